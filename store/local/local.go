// Package local keeps immutable objects as files in a folder of the domain: dataset versions, programs, held results
// and released files, each named by its SHA-256. A file appears under its name only when all its bytes are on disk, and
// what is handed out for use is checked against its name first. All but released files are sealed where the store is
// opened with a vault (package seal); the name is that of the bytes before they were sealed.
//
// It knows nothing of what the bytes mean and never parses them.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

const tempDir = "incoming"

// Store is a folder of objects.
type Store struct {
	root   string
	vault  *seal.Vault // nil where nothing is sealed
	opener *seal.Opener
	// Crash, where not nil, is called before and after every durable write of an object with the name of the point.
	// Tests kill the process there.
	Crash func(point string)

	mu      sync.Mutex
	checked map[string]identity // files whose digest was verified by this process and have not changed since
}

// identity tells whether a file is still the one that was checked.
type identity struct {
	inode uint64
	size  int64
	mtime time.Time
	ctime syscall.Timespec // unlike mtime, its owner cannot set it back
}

// Open opens a folder in which nothing is sealed. What is missing of it and its spaces is made, because copies leave
// empty folders out.
func Open(root string) (*Store, error) { return OpenSealed(root, nil, nil) }

// OpenReader opens a folder in which nothing is written. Without a vault, what is sealed in it cannot be read.
func OpenReader(root string, vault *seal.Vault, opener *seal.Opener) *Store {
	return &Store{root: root, vault: vault, opener: opener, checked: map[string]identity{}}
}

// OpenSealed opens a folder whose objects are sealed, but for those that may leave. Objects that were stored before
// that are read as they are until Migrate seals them.
func OpenSealed(root string, vault *seal.Vault, opener *seal.Opener) (*Store, error) {
	s := OpenReader(root, vault, opener)
	for _, sp := range append([]store.Space{tempDir}, store.Spaces...) {
		if err := os.MkdirAll(filepath.Join(root, string(sp)), 0o700); err != nil {
			return nil, fmt.Errorf("open objects: %w", err)
		}
	}
	return s, nil
}

func (s *Store) staged(o store.Object) string {
	return filepath.Join(s.root, tempDir, string(o.Space)+"-"+o.Digest.Hex())
}

// Publish moves a staged object into its space. Doing it again changes nothing, so that a step can be repeated after a
// crash.
func (s *Store) Publish(o store.Object) error {
	to, err := s.path(o.Space, o.Digest)
	if err != nil {
		return err
	}
	err = durable.Rename(s.staged(o), to)
	if errors.Is(err, fs.ErrNotExist) {
		return s.Verify(context.Background(), o) // whatever it takes of memory to open it
	}
	return s.wrap(err)
}

func (s *Store) path(space store.Space, d yumen.Digest) (string, error) {
	if _, err := yumen.ParseDigest(string(d)); err != nil || !slices.Contains(store.Spaces, space) {
		return "", yumen.Errorf(yumen.KindInvalid, "not a digest in a space of objects", "不是对象空间中的合法摘要").Because(err)
	}
	return filepath.Join(s.root, string(space), d.Hex()), nil
}

// Fetch opens an object. What is not sealed is compared with its digest, again only when the file has changed since
// this process last did so. What is sealed is decrypted under a key that is bound to the digest, so that no other bytes
// come out.
func (s *Store) Fetch(ctx context.Context, o store.Object) (*os.File, func(), error) {
	f, err := s.file(o.Space, o.Digest)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := s.isSealed(o.Space, f)
	if err == nil && !sealed {
		if err = s.check(ctx, f, o.Digest); err == nil {
			return f, func() { _ = f.Close() }, nil
		}
	}
	if err == nil {
		var plain *os.File
		if plain, err = s.unseal(ctx, f, o); err == nil {
			_ = f.Close() // read only
			return plain, func() { _ = plain.Close() }, nil
		}
	}
	_ = f.Close() // read only
	return nil, nil, err
}

// file opens the file of an object as it is stored.
func (s *Store) file(space store.Space, d yumen.Digest) (*os.File, error) {
	p, err := s.path(space, d)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) // a named pipe would block
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(store.Object{Space: space, Digest: d})
	}
	return f, s.wrap(err)
}

// Size returns the size of an object: that of its file, or what is said beside the key of a sealed one. A sealed object
// without a key is an error of kind corrupt.
func (s *Store) Size(_ context.Context, o store.Object) (int64, error) {
	p, err := s.path(o.Space, o.Digest)
	if err != nil {
		return 0, err
	}
	fi, err := os.Lstat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !fi.Mode().IsRegular():
		return 0, missing(o)
	case err != nil:
		return 0, s.wrap(err)
	}
	f, err := s.File(o)
	if err != nil {
		return 0, err
	}
	defer f.Close() // read only
	if sealed, err := s.isSealed(o.Space, f); err != nil || !sealed {
		return fi.Size(), err
	}
	n, err := s.vault.Size(f, o.Space, o.Digest)
	return n, s.wrap(err)
}

func missing(o store.Object) error {
	return yumen.Errorf(yumen.KindNotFound, "no object %s in %s", "%[2]s 中没有对象 %[1]s", o.Digest.Short(), o.Space).
		ToFix("put it back from a backup; verifying the home names all that are missing",
			"请从备份恢复；核验主目录会列出全部缺失对象").Then("audit.verify", "")
}

// check compares a file with its digest, unless it did so before.
func (s *Store) check(ctx context.Context, f *os.File, want yumen.Digest) error {
	id, err := identify(f)
	if err != nil {
		return s.wrap(err)
	}
	s.mu.Lock()
	known := s.checked[f.Name()] == id
	s.mu.Unlock()
	if known {
		return ctx.Err()
	}
	got, _, err := yumen.DigestReader(reader{ctx, io.NewSectionReader(f, 0, id.size)})
	if err != nil {
		return s.wrap(err)
	}
	if got != want {
		return store.Damaged(want)
	}
	s.mu.Lock()
	s.checked[f.Name()] = id // as it was before it was read
	s.mu.Unlock()
	return nil
}

// reader reads until its context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func identify(f *os.File) (identity, error) {
	fi, err := f.Stat()
	if err != nil {
		return identity{}, err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || !fi.Mode().IsRegular() {
		return identity{}, fmt.Errorf("%s is not a regular file", filepath.Base(f.Name()))
	}
	return identity{st.Ino, st.Size, fi.ModTime(), st.Ctim}, nil
}

// Sweep removes what a crash left between writing an object and the step that would have referred to it, keys included,
// and returns how many objects that were. Only the one writer of a home may call it, after it has completed open
// intents.
func (s *Store) Sweep() (int, error) {
	dir := filepath.Join(s.root, tempDir)
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0, s.wrap(err)
	}
	for i, f := range files {
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return i, s.wrap(err)
		}
	}
	if s.vault != nil {
		published := func(space store.Space, d yumen.Digest) (*os.File, error) {
			return os.Open(filepath.Join(s.root, string(space), d.Hex()))
		}
		if _, err := s.vault.Sweep(published); err != nil {
			return len(files), s.wrap(err)
		}
	}
	return len(files), nil
}

func (s *Store) wrap(err error) error {
	var known *yumen.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return yumen.Errorf(yumen.KindUnavailable, "the disk that holds the objects is full", "存放对象的磁盘已满").
			At(s.root).ToFix("free some space and repeat", "请清理空间后重试")
	case errors.As(err, new(syscall.Errno)):
		return yumen.Errorf(yumen.KindUnavailable, "cannot read or write the objects", "无法读写对象").At(s.root).
			Because(err)
	}
	return fmt.Errorf("objects: %w", err)
}
