package home

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/seal"
)

// KeysVariable is the environment variable that names the folder of keys of a home that has none of its own.
const KeysVariable = "YUMEN_KEYS"

// credential is the name under which systemd passes the master key (LoadCredential=, systemd.exec(5)).
const credential = "yumen-master"

// PathOf returns where a file of the home in dir lies. Keys may lie apart from it: in the folder that KeysVariable
// names, unless the home has keys of its own.
func PathOf(dir, name string) string {
	rest, ok := strings.CutPrefix(name, keysDir+string(filepath.Separator))
	if !ok {
		return filepath.Join(dir, name)
	}
	return filepath.Join(keysOf(dir), rest)
}

func keysOf(dir string) string {
	own := filepath.Join(dir, keysDir)
	apart := os.Getenv(KeysVariable)
	if apart == "" {
		return own
	}
	if _, err := os.Lstat(filepath.Join(dir, keyFile)); err == nil {
		return own
	}
	return apart
}

// newKeysFolder refuses to make a home whose keys would come among others.
func newKeysFolder(dir string) error {
	keys := keysOf(dir)
	if files, err := os.ReadDir(keys); err == nil && len(files) > 0 {
		return yumen.Errorf(yumen.KindConflict, "%s is not empty", "%s 非空", keys).
			ToFix("let %s name an empty or new folder", "请将 %s 设为空目录或新目录", KeysVariable)
	}
	return nil
}

// kms returns what the keyrings are sealed by: the master key that systemd passes, or that the command of the settings
// prints, or that lies among the keys. The last is made where the home has no keyring yet.
func (h *Home) kms(ctx context.Context) (*keyring.Local, error) {
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		text, err := os.ReadFile(filepath.Join(dir, credential))
		if err == nil {
			return keyring.ParseLocal(text)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, noMaster().Because(err)
		}
	}
	if len(h.Settings.Keys.Command) > 0 {
		return masterFrom(ctx, h.Settings.Keys.Command)
	}
	if _, err := os.Lstat(h.path(masterFile)); errors.Is(err, fs.ErrNotExist) && h.hasRings() {
		return nil, noMaster()
	}
	return keyring.OpenLocal(h.path(masterFile))
}

func (h *Home) hasRings() bool {
	for _, name := range []string{ringFile, sealFile, apartFile} {
		if _, err := os.Lstat(h.path(name)); err == nil {
			return true
		}
	}
	return false
}

// masterFrom runs a command that prints the master key. What it says on its standard error is not shown: it may be
// secret.
func masterFrom(ctx context.Context, command []string) (*keyring.Local, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.WaitDelay = time.Second
	text, err := c.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			err = errors.New(failed.ProcessState.String())
		}
		return nil, noMaster().At("keys.command").Because(err)
	}
	defer clear(text)
	return keyring.ParseLocal(bytes.TrimSpace(text))
}

func noMaster() *yumen.Error {
	return yumen.Errorf(yumen.KindUnavailable, "the master key of this home cannot be had", "无法取得该主目录的主密钥").
		ToFix("put keys/master.key back, let YUMEN_KEYS name the folder of keys, pass the systemd credential %s, or see that keys.command in home.yaml prints it",
			"请放回 keys/master.key，用 YUMEN_KEYS 指明密钥目录，经 systemd 传入凭据 %s，或确认 home.yaml 中的 keys.command 能输出主密钥",
			credential)
}

// sealFiles are the keyrings of sealed objects, by the id of the one key that each holds.
var sealFiles = map[string]string{seal.KeyID: sealFile, seal.KeyIdentifiers: apartFile}

// rings are the domain's keys of sealed objects, each in a keyring of its own. They are opened when they are first
// asked for: whoever only looks may never need one.
type rings struct {
	h      *Home
	mu     sync.Mutex
	opened map[string]*keyring.Ring
}

// Key returns a version of one of the domain's keys.
func (r *rings) Key(ctx context.Context, id string, version int) (keyring.Key, error) {
	ring, err := r.open(ctx, id, false)
	if err != nil {
		return keyring.Key{}, err
	}
	return ring.Key(ctx, id, version)
}

// open opens the keyring of a key and tries it. With create, a home that has none yet gets one.
func (r *rings) open(ctx context.Context, id string, create bool) (*keyring.Ring, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ring, ok := r.opened[id]; ok {
		return ring, nil
	}
	kms, err := r.h.kms(ctx)
	if err != nil {
		return nil, err
	}
	ring, err := keyring.Open(r.h.path(sealFiles[id]), kms)
	if err != nil {
		return nil, err
	}
	_, err = ring.Key(ctx, id, 0)
	if yumen.KindOf(err) == yumen.KindNotFound {
		if err = r.h.noneSealed(id, create); err == nil {
			_, err = ring.Create(ctx, id, yumen.System.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	r.opened[id] = ring
	return ring, nil
}

// noneSealed refuses to make a new key of the domain where objects are sealed by one that is gone, and where none is to
// be made.
func (h *Home) noneSealed(id string, create bool) error {
	if !create {
		return h.keysGone(id)
	}
	objects := local.OpenReader(h.path(objectsDir), nil, nil)
	return objects.Each(func(o store.Object) error {
		if o.Space == store.Released || seal.KeyOf(o.Space) != id {
			return nil
		}
		f, err := objects.File(o)
		if err != nil {
			return err
		}
		defer f.Close() // read only
		if sealed, err := seal.Sealed(f); err != nil || !sealed {
			return err
		}
		return h.keysGone(id)
	})
}

func (h *Home) keysGone(id string) error {
	return yumen.Errorf(yumen.KindUnavailable, "objects of this home are sealed, and their keys are not here",
		"该主目录中的对象已密封，而密钥不在此处").At(h.path(sealFiles[id])).
		ToFix("put the folder of keys back, or let YUMEN_KEYS name it", "请放回密钥目录，或用 YUMEN_KEYS 指明")
}

func (h *Home) newRings() *rings { return &rings{h: h, opened: map[string]*keyring.Ring{}} }

// readObjects opens the objects for looking.
func (h *Home) readObjects() *local.Store {
	h.objects = local.OpenReader(h.path(objectsDir),
		seal.NewVault(h.path(objectKeys), h.newRings(), h.Settings.Sealing.suite()), h.newOpener())
	return h.objects
}

// openObjects opens the objects for writing.
func (h *Home) openObjects(ctx context.Context) (*local.Store, error) {
	keys := h.newRings()
	for _, id := range seal.KeyIDs {
		if _, err := keys.open(ctx, id, true); err != nil {
			return nil, err
		}
	}
	h.sealing = sealing{seal.NewVault(h.path(objectKeys), keys, h.Settings.Sealing.suite()), keys}
	var err error
	if h.objects, err = local.OpenSealed(h.path(objectsDir), h.sealing.vault, h.newOpener()); err != nil {
		return nil, err
	}
	h.objects.Crash = h.crash
	return h.objects, nil
}

func (h *Home) newOpener() *seal.Opener {
	h.opener = seal.NewOpener(int64(h.Settings.Sealing.memory()), h.path(workDir), h.Settings.Scratch.Encrypted)
	h.closers = append(h.closers, h.opener)
	return h.opener
}

// Draft makes a file that is held as decrypted objects are: in memory, or in scratch where that is encrypted.
func (h *Home) Draft() (*seal.Draft, error) { return h.opener.Draft() }

// draft makes a file for a step.
func (h *Home) draft() (pipeline.Scratch, error) { return h.opener.Draft() }

// sealing is the domain's keys of sealed objects, for those who rotate them.
type sealing struct {
	vault *seal.Vault
	keys  *rings
}

// Rotate adds a version to each key and wraps the keys of all objects by it. Objects stay as they are.
func (s sealing) Rotate(ctx context.Context, by string) (ref keyring.Ref, err error) {
	for _, id := range slices.Backward(seal.KeyIDs) { // the last one says its version
		ring, err := s.keys.open(ctx, id, false)
		if err == nil {
			ref, err = ring.Rotate(ctx, id, by)
		}
		if err != nil {
			return ref, err
		}
	}
	_, err = s.vault.Rewrap(ctx)
	return ref, err
}

// suite is what new objects are sealed by. Names were checked when the settings were read.
func (s Sealing) suite() seal.Suite {
	suite, err := seal.ParseSuite(s.Cipher)
	if err != nil {
		return seal.AES256GCM
	}
	return suite
}

// memory is what one object, and all opened ones together, may take of memory.
func (s Sealing) memory() yumen.Size {
	if s.Memory > 0 {
		return s.Memory
	}
	return max(256<<20, machineMemory()/8)
}

func machineMemory() yumen.Size {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return yumen.Size(uint64(info.Totalram) * uint64(info.Unit))
}
