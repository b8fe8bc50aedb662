package keyring

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
)

// KMS seals secrets. An implementation for an external system calls its wrap and unwrap operations; the master key
// never leaves it.
type KMS interface {
	// Seal returns secret encrypted and bound to its label.
	Seal(ctx context.Context, label string, secret []byte) ([]byte, error)
	// Open is the inverse of Seal. It fails where label or bytes are not those of a Seal.
	Open(ctx context.Context, label string, sealed []byte) ([]byte, error)
}

// Ring is a keyring file. Every change is written whole to a new file that then takes the place of the old one.
type Ring struct {
	path string
	kms  KMS
	now  func() time.Time
	mu   sync.Mutex
	keys []entry
}

// entry and version are what the file holds.
type entry struct {
	ID       string    `json:"id"`
	Org      string    `json:"org,omitempty"` // that it is for, where it is for one
	Versions []version `json:"versions"`      // by number
}

type version struct {
	Version   int          `json:"version"`
	Created   time.Time    `json:"created"`
	By        string       `json:"by"`
	Sealed    []byte       `json:"sealed,omitempty"`
	Destroyed *Destruction `json:"destroyed,omitempty"`
}

// Destruction records that a version of a key was destroyed.
type Destruction struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Info describes a version of a key.
type Info struct {
	Ref
	Org       string       `json:"org,omitempty"`
	Created   time.Time    `json:"created"`
	By        string       `json:"by"`
	Current   bool         `json:"current"`
	Destroyed *Destruction `json:"destroyed,omitempty"`
}

// Open opens the keyring at path; a file that does not exist is an empty keyring, and made by the first Create.
func Open(path string, kms KMS) (*Ring, error) {
	r := &Ring{path: path, kms: kms, now: time.Now}
	return r, r.load()
}

func (r *Ring) load() error {
	b, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		r.keys = nil
		return nil
	}
	if err != nil {
		return unavailable(err)
	}
	var keys []entry
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&keys); err != nil || !sound(keys) {
		return yumen.Errorf(yumen.KindCorrupt, "the keyring file is damaged", "密钥环文件已损坏")
	}
	r.keys = keys
	return nil
}

func sound(keys []entry) bool {
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.ID] || len(k.Versions) == 0 {
			return false
		}
		seen[k.ID] = true
		for i, v := range k.Versions {
			if v.Version != i+1 || (len(v.Sealed) == 0) == (v.Destroyed == nil) {
				return false
			}
		}
	}
	return true
}

var keyID = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`)

// Create makes a new key with its first version. An id that is taken is an error of kind conflict.
func (r *Ring) Create(ctx context.Context, id, by string) (Ref, error) {
	return r.CreateFor(ctx, id, "", by)
}

// CreateFor is Create for one organisation. Who may use the key of an organisation is for the caller to see to.
func (r *Ring) CreateFor(ctx context.Context, id, org, by string) (Ref, error) {
	if !keyID.MatchString(id) {
		return Ref{}, yumen.Errorf(yumen.KindInvalid,
			"a key id has up to 64 lower-case letters, digits, dots and dashes",
			"密钥标识由不超过 64 个小写字母、数字、点和短横组成")
	}
	return r.change(ctx, id, func(k *entry) (*entry, error) {
		if k != nil {
			return nil, yumen.Errorf(yumen.KindConflict, "key %q exists already", "密钥 %q 已存在", id).
				ToFix("rotate it for a new version", "如需新版本请轮换")
		}
		return &entry{ID: id, Org: org}, nil
	}, by)
}

// Rotate adds a version to a key, which becomes the current one. Earlier versions stay for what they encrypted.
func (r *Ring) Rotate(ctx context.Context, id, by string) (Ref, error) {
	return r.change(ctx, id, func(k *entry) (*entry, error) {
		if k == nil {
			return nil, missing(id, 0)
		}
		return k, nil
	}, by)
}

// change loads the file under its lock, lets f look at the key, adds a version to what f returns and writes the file.
func (r *Ring) change(ctx context.Context, id string, f func(*entry) (*entry, error), by string) (Ref, error) {
	ref := Ref{ID: id}
	err := r.update(func() error {
		i := r.index(id)
		var k *entry
		if i >= 0 {
			k = &r.keys[i]
		}
		k, err := f(k)
		if err != nil {
			return err
		}
		if err := r.addVersion(ctx, k, by); err != nil {
			return err
		}
		if i < 0 {
			r.keys = append(r.keys, *k)
		}
		ref.Version = len(k.Versions)
		return nil
	})
	return ref, err
}

func (r *Ring) addVersion(ctx context.Context, k *entry, by string) error {
	secret := make([]byte, SecretSize)
	rand.Read(secret)
	n := len(k.Versions) + 1
	sealed, err := r.kms.Seal(ctx, label(k.ID, n), secret)
	clear(secret)
	if err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "the key-management system cannot seal the key",
			"密钥管理系统无法封装密钥").Because(err)
	}
	k.Versions = append(k.Versions, version{Version: n, Created: r.now().UTC(), By: by, Sealed: sealed})
	return nil
}

// Destroy erases a version of a key for good and records when, by whom and why. What was encrypted under it cannot be
// decrypted any more. Copies of the file keep the sealed secret: destroying the master key too is up to the KMS.
func (r *Ring) Destroy(id string, number int, by, reason string) error {
	if reason == "" {
		return yumen.Errorf(yumen.KindInvalid, "the destruction of a key needs a reason", "销毁密钥须写明原因")
	}
	return r.update(func() error {
		v, err := r.version(id, number)
		if err != nil {
			return err
		}
		v.Sealed = nil
		v.Destroyed = &Destruction{At: r.now().UTC(), By: by, Reason: reason}
		return nil
	})
}

// Key returns a version of a key, the current one for 0. It reads the file anew, so that a rotation or destruction by
// another process counts at once.
func (r *Ring) Key(ctx context.Context, id string, number int) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return Key{}, err
	}
	v, err := r.version(id, number)
	if err != nil {
		return Key{}, err
	}
	secret, err := r.kms.Open(ctx, label(id, v.Version), v.Sealed)
	if err != nil || len(secret) != SecretSize {
		return Key{}, yumen.Errorf(yumen.KindCorrupt, "the key-management system cannot open key %q", "密钥管理系统无法解开密钥 %q",
			id).
			ToFix("check that the master key is the one the keyring was made with", "请确认主密钥与建立密钥环时一致")
	}
	return Key{id, v.Version, [SecretSize]byte(secret)}, nil
}

// version finds a version that can be used; 0 stands for the newest, destroyed or not.
func (r *Ring) version(id string, number int) (*version, error) {
	i := r.index(id)
	if i < 0 {
		return nil, missing(id, 0)
	}
	k := &r.keys[i]
	number = cmp.Or(number, len(k.Versions))
	if number < 1 || number > len(k.Versions) {
		return nil, missing(id, number)
	}
	v := &k.Versions[number-1]
	if v.Destroyed != nil {
		return nil, yumen.Errorf(yumen.KindDenied, "version %[2]d of key %[1]q was destroyed on %[3]s",
			"密钥 %[1]q 第 %[2]d 版已于 %[3]s 销毁",
			id, number, v.Destroyed.At.Format(time.DateOnly)).
			ToFix("use a later version; what was made with this one cannot be turned back", "请使用后续版本；以该版处理的内容无法还原")
	}
	return v, nil
}

// List describes every version of every key, destroyed ones included.
func (r *Ring) List() ([]Info, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, err
	}
	var out []Info
	for _, k := range r.keys {
		for _, v := range k.Versions {
			out = append(out, Info{Ref{k.ID, v.Version}, k.Org, v.Created, v.By, v.Version == len(k.Versions), v.Destroyed})
		}
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Or(cmp.Compare(a.ID, b.ID), a.Version-b.Version) })
	return out, nil
}

func (r *Ring) index(id string) int {
	return slices.IndexFunc(r.keys, func(k entry) bool { return k.ID == id })
}

// label binds a sealed secret to its place, so that versions cannot be exchanged in the file.
func label(id string, number int) string { return Key{ID: id, Version: number}.String() }

// update changes the file under a lock that other processes respect. A change that fails leaves file and Ring as they
// were.
func (r *Ring) update(f func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return unavailable(err)
	}
	lock, err := os.OpenFile(r.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return unavailable(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return unavailable(err)
	}
	if err := r.load(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, r.load())
	}
	return r.save()
}

func (r *Ring) save() error {
	b, err := json.MarshalIndent(r.keys, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.Replace(r.path, append(b, '\n')); err != nil {
		return unavailable(err)
	}
	return nil
}

func unavailable(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "the keyring file cannot be used", "密钥环文件无法使用").Because(err)
}
