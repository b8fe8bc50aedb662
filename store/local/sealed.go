package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

// Close lets go of the objects that stay open in memory.
func (s *Store) Close() error {
	if s.opener == nil {
		return nil
	}
	return s.opener.Close()
}

// isSealed reports whether the file of an object is sealed. What may leave never is, whatever bytes it begins with.
func (s *Store) isSealed(space store.Space, f *os.File) (bool, error) {
	if !s.seals(space) {
		return false, nil
	}
	sealed, err := seal.Sealed(f)
	return sealed, s.wrap(err)
}

// unseal opens a sealed object for reading.
func (s *Store) unseal(ctx context.Context, f *os.File, o store.Object) (*os.File, error) {
	id, err := identify(f)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	plain, err := s.opener.Open(ctx, f.Name(), id, func() (*seal.Reader, error) { return s.decrypt(ctx, f, o) })
	if err != nil {
		return nil, s.wrap(seal.Damage(err, o.Digest))
	}
	return plain, nil
}

func (s *Store) decrypt(ctx context.Context, f *os.File, o store.Object) (*seal.Reader, error) {
	return s.vault.Open(ctx, f, f, o.Space, o.Digest)
}

// Verify reads an object whole and compares it with its digest, without opening it for anybody: kind corrupt where it
// has other bytes.
func (s *Store) Verify(ctx context.Context, o store.Object) error {
	f, err := s.File(o)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	return s.VerifyFile(ctx, o, f, f)
}

// VerifyFile is Verify of a file that File opened, whose bytes it reads from from.
func (s *Store) VerifyFile(ctx context.Context, o store.Object, f *os.File, from io.Reader) error {
	return s.verify(ctx, o, f, from, io.Discard)
}

// verify copies the bytes of an object and compares them with its digest.
func (s *Store) verify(ctx context.Context, o store.Object, f *os.File, from io.Reader, to io.Writer) error {
	if _, err := identify(f); err != nil {
		return s.wrap(err)
	}
	sealed, err := s.isSealed(o.Space, f)
	if err != nil {
		return err
	}
	if sealed {
		if from, err = s.vault.Open(ctx, f, from, o.Space, o.Digest); err != nil {
			return s.wrap(err)
		}
	}
	h := yumen.NewHasher()
	if _, err := io.CopyBuffer(io.MultiWriter(h, to), reader{ctx, from}, make([]byte, 256<<10)); err != nil {
		return s.wrap(seal.Damage(err, o.Digest))
	}
	if h.Digest() != o.Digest {
		return store.Damaged(o.Digest)
	}
	return nil
}

// File opens the file of an object as it is stored, sealed or not.
func (s *Store) File(o store.Object) (*os.File, error) { return s.file(o.Space, o.Digest) }

// Each calls f with every object that is stored, its bytes not set, until it fails. Files that are not named as objects
// are left out.
func (s *Store) Each(f func(store.Object) error) error {
	for _, space := range store.Spaces {
		files, err := os.ReadDir(filepath.Join(s.root, string(space)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.wrap(err)
		}
		for _, file := range files {
			o := store.Object{Space: space, Digest: yumen.Digest("sha256:" + file.Name())}
			if _, err := yumen.ParseDigest(string(o.Digest)); err != nil || !file.Type().IsRegular() {
				continue
			}
			if err := f(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unsealed lists the objects that are stored as they are and would be sealed today, with the bytes of each.
func (s *Store) Unsealed() (out []store.Object, err error) {
	err = s.Each(func(o store.Object) error {
		if o.Space == store.Released {
			return nil
		}
		f, err := s.File(o)
		if err != nil {
			return err
		}
		defer f.Close() // read only
		sealed, err := seal.Sealed(f)
		if err != nil || sealed {
			return s.wrap(err)
		}
		id, err := identify(f)
		o.Bytes = id.size
		out = append(out, o)
		return s.wrap(err)
	})
	return out, err
}

// Seal seals an object that is stored as it is, under the same digest. It may be interrupted anywhere and repeated: the
// sealed file takes the place of the other one when it and its key are durable, and Sweep removes what was begun. An
// object that is not what its digest names is an error of kind corrupt and stays as it is.
func (s *Store) Seal(ctx context.Context, o store.Object) (err error) {
	f, err := s.File(o)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	if sealed, err := s.isSealed(o.Space, f); err != nil || sealed || !s.seals(o.Space) {
		return err
	}
	w, err := s.create(o.Space)
	if err != nil {
		return err
	}
	if err := s.verify(ctx, o, f, f, w); err != nil {
		return errors.Join(err, w.Abort())
	}
	return w.place(o, f.Name())
}

// Destroy removes an object for good: first its keys, so that no copy of a sealed object can be read, then its file. It
// may be repeated.
func (s *Store) Destroy(o store.Object) error {
	p, err := s.path(o.Space, o.Digest)
	if err != nil {
		return err
	}
	if s.vault != nil {
		if err := s.vault.Destroy(o.Space, o.Digest); err != nil {
			return s.wrap(err)
		}
	}
	s.crash("destroy-keys")
	if s.opener != nil {
		s.opener.Forget(p)
	}
	if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.wrap(err)
	}
	err = durable.SyncDir(filepath.Dir(p))
	s.crash("destroy-file")
	return s.wrap(err)
}
