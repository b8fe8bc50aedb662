package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/emmansun/gmsm/sm4"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
)

// KeyID and KeyIdentifiers are the ids of the domain's keys that a Vault asks for: that of identifiers is one of its
// own, and the other one is for all else. They are in keyrings that hold nothing else, so that no profile of
// desensitization can name them and no enclave gets them.
const (
	KeyID          = "objects"
	KeyIdentifiers = "identifiers"
)

// KeyIDs lists the domain's keys.
var KeyIDs = []string{KeyID, KeyIdentifiers}

// KeyOf returns the id of the domain's key that keys of a space are wrapped by.
func KeyOf(space store.Space) string {
	if space == store.Identifiers {
		return KeyIdentifiers
	}
	return KeyID
}

// Vault keeps the keys of objects: a file for each in a folder, apart from the objects.
type Vault struct {
	dir    string
	domain keyring.Source
	suite  Suite
}

// NewVault returns a vault over a folder, which is made when the first key is kept. New objects are sealed with suite.
func NewVault(dir string, domain keyring.Source, suite Suite) *Vault {
	return &Vault{dir, domain, suite}
}

// wrapped is the file of an object's key.
type wrapped struct {
	Bytes  int64  `json:"bytes"`  // of the object itself
	Domain int    `json:"domain"` // version of the domain's key that the object's key is wrapped by
	Key    []byte `json:"key"`    // nonce, and the object's secret encrypted
}

// Writer seals one new object.
type Writer struct {
	v      *Vault
	head   header
	secret []byte
	stream io.WriteCloser
	bytes  int64
}

// Create begins a sealed file on w.
func (v *Vault) Create(w io.Writer) (*Writer, error) {
	s := &Writer{v: v, head: newHeader(v.suite), secret: make([]byte, secretSize)}
	rand.Read(s.secret)
	key, err := s.head.contentKey(s.secret)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(s.head[:]); err != nil {
		return nil, err
	}
	s.stream, err = v.suite.encrypter(w, key)
	return s, err
}

func (h header) contentKey(secret []byte) ([]byte, error) {
	return h.suite().derive(secret, "yumen sealed object "+string(h[:]))
}

// Write encrypts.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.stream.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Finish ends the stream, wraps the object's key under the domain's newest and makes it durable. The sealed file must
// get its name only afterwards: a key without an object is swept, an object without its key is lost.
func (w *Writer) Finish(ctx context.Context, space store.Space, d yumen.Digest) error {
	if err := w.stream.Close(); err != nil {
		return err
	}
	return w.v.keep(ctx, w.head, space, d, w.secret, w.bytes)
}

// keep wraps a key and makes its file durable, in the place of an earlier one.
func (v *Vault) keep(ctx context.Context, h header, space store.Space, d yumen.Digest, secret []byte,
	size int64) error {
	domain, err := v.domain.Key(ctx, KeyOf(space), 0)
	if err != nil {
		return noKey(err)
	}
	aead, err := h.wrapping(domain)
	if err != nil {
		return err
	}
	k := wrapped{Bytes: size, Domain: domain.Version, Key: make([]byte, aead.NonceSize())}
	rand.Read(k.Key)
	k.Key = aead.Seal(k.Key, k.Key, secret, h.bound(space, d, k))
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return v.write(v.path(space, d, h.id()), text)
}

func (v *Vault) write(path string, text []byte) error {
	err := durable.Replace(path, text)
	if errors.Is(err, fs.ErrNotExist) { // the first key of its space
		dir := filepath.Dir(path)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		for _, d := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
			if err := durable.SyncDir(d); err != nil {
				return err
			}
		}
		err = durable.Replace(path, text)
	}
	return err
}

// path is where the key of an object lies: under its digest, which finds it, and its own id, because an object may be
// sealed again.
func (v *Vault) path(space store.Space, d yumen.Digest, id string) string {
	return filepath.Join(v.dir, string(space), d.Hex()+"."+id)
}

// wrapping makes the cipher that wraps objects' keys.
func (h header) wrapping(domain keyring.Key) (cipher.AEAD, error) {
	const purpose = "yumen keys of sealed objects"
	if h.suite() == SM4GCM {
		return SM4GCM.aead(domain.DeriveSM3(purpose, SM4GCM.keySize()))
	}
	return AES256GCM.aead(domain.Derive(purpose, AES256GCM.keySize()))
}

func (s Suite) aead(key []byte) (cipher.AEAD, error) {
	make := aes.NewCipher
	if s == SM4GCM {
		make = sm4.NewCipher
	}
	block, err := make(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// bound is what the wrapping depends on beside the key: the file's header, the object it is the key of, and its size.
func (h header) bound(space store.Space, d yumen.Digest, k wrapped) []byte {
	return fmt.Appendf(nil, "%x %q %q %d %d", h[:], space, d, k.Bytes, k.Domain)
}

// Reader decrypts a sealed file.
type Reader struct {
	io.Reader
	Bytes int64 // of the object itself
	// from decrypts anew, from the start of a chunk on.
	from func(at int64) (io.Reader, error)
}

// Open begins to decrypt a file that Sealed recognizes, from its first byte. Errors while reading come from Damage.
func (v *Vault) Open(ctx context.Context, f io.ReaderAt, from io.Reader, space store.Space, d yumen.Digest) (*Reader,
	error) {
	h, sealed, err := readHeader(f)
	if err == nil && !sealed {
		err = errDamaged
	}
	if err != nil {
		return nil, Damage(err, d)
	}
	k, err := v.load(space, d, h)
	if err != nil {
		return nil, err
	}
	secret, err := v.unwrap(ctx, h, space, d, k)
	if err != nil {
		return nil, err
	}
	key, err := h.contentKey(secret)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(from, make([]byte, headerSize)); err != nil {
		return nil, Damage(err, d)
	}
	plain, err := h.suite().decrypter(from, key, k.Bytes)
	return &Reader{plain, k.Bytes, func(at int64) (io.Reader, error) { return h.from(f, key, k.Bytes, at) }}, err
}

// from decrypts a sealed file of an object of so many bytes from a place on, which is the start of a chunk.
func (h header) from(f io.ReaderAt, key []byte, size, at int64) (io.Reader, error) {
	begin := int64(headerSize) + at/chunkSize*h.suite().sealedChunk()
	sealed := io.NewSectionReader(f, begin, math.MaxInt64-begin)
	if size == 0 {
		return emptyStream{sealed}, nil
	}
	return h.suite().decrypterAt(sealed, key, uint32(at/chunkSize))
}

// Size returns the size of a sealed object as it is said beside its key, which reading it verifies.
func (v *Vault) Size(f io.ReaderAt, space store.Space, d yumen.Digest) (int64, error) {
	h, sealed, err := readHeader(f)
	if err == nil && !sealed {
		err = errDamaged
	}
	if err != nil {
		return 0, Damage(err, d)
	}
	k, err := v.load(space, d, h)
	return k.Bytes, err
}

// Damage is the error of an object that could not be decrypted because of err.
func Damage(err error, d yumen.Digest) error {
	if errors.Is(err, errDamaged) || errors.Is(err, io.ErrUnexpectedEOF) {
		return store.Damaged(d)
	}
	return err
}

func (v *Vault) load(space store.Space, d yumen.Digest, h header) (k wrapped, err error) {
	text, err := os.ReadFile(v.path(space, d, h.id()))
	if errors.Is(err, fs.ErrNotExist) {
		return k, lost(d)
	}
	if err != nil {
		return k, noKey(err)
	}
	if json.Unmarshal(text, &k) != nil || k.Bytes < 0 {
		return k, damagedKey(d)
	}
	return k, nil
}

func (v *Vault) unwrap(ctx context.Context, h header, space store.Space, d yumen.Digest, k wrapped) ([]byte, error) {
	domain, err := v.domain.Key(ctx, KeyOf(space), max(k.Domain, 1))
	if err != nil {
		return nil, noKey(err)
	}
	aead, err := h.wrapping(domain)
	if err != nil {
		return nil, err
	}
	n := min(len(k.Key), aead.NonceSize())
	if n < aead.NonceSize() {
		return nil, damagedKey(d)
	}
	secret, err := aead.Open(nil, k.Key[:n], k.Key[n:], h.bound(space, d, k))
	if err != nil {
		return nil, damagedKey(d)
	}
	return secret, nil
}

// lost is the error of a sealed file whose key is not there: another object's file in its place has another key.
func lost(d yumen.Digest) error {
	return yumen.Errorf(yumen.KindCorrupt, "stored object %s is sealed and has no key of its own here",
		"存储对象 %s 已密封，此处没有它的密钥", d.Short()).
		ToFix("put its key back from a backup, with the folder of keys; it is not used as it is",
			"请从备份恢复密钥目录，当前内容不会被使用")
}

func damagedKey(d yumen.Digest) error {
	return yumen.Errorf(yumen.KindCorrupt, "the key of stored object %s was changed, or is another object's",
		"存储对象 %s 的密钥已被更改，或属于其他对象", d.Short()).
		ToFix("put it back from a backup, with the folder of keys", "请从备份恢复密钥目录")
}

func noKey(err error) error {
	if _, ok := errors.AsType[*yumen.Error](err); ok {
		return err
	}
	return yumen.Errorf(yumen.KindUnavailable, "the keys of objects cannot be read or written", "无法读写对象密钥").Because(err)
}

// KeyFile returns the name of the key of a sealed file within the vault's folder, and false where the file is not
// sealed.
func KeyFile(f io.ReaderAt, space store.Space, d yumen.Digest) (name string, sealed bool, err error) {
	h, sealed, err := readHeader(f)
	if err != nil || !sealed {
		return "", sealed, Damage(err, d)
	}
	return filepath.Join(string(space), d.Hex()+"."+h.id()), true, nil
}

// IsKeyFile reports whether a name within the vault's folder is one that KeyFile gives.
func IsKeyFile(name string) bool {
	space, file := filepath.Split(name)
	hex, id, ok := strings.Cut(file, ".")
	_, err := yumen.ParseDigest("sha256:" + hex)
	return ok && err == nil && len(id) == 2*idSize && strings.Trim(id, "0123456789abcdef") == "" &&
		isSpace(store.Space(filepath.Clean(space)))
}
