package local

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/durable"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

// writer takes the bytes of one new object.
type writer struct {
	s      *Store
	space  store.Space
	f      *os.File
	sealed *seal.Writer // nil where the object is not sealed
	h      *yumen.Hasher
	err    error
}

// Create begins a new object.
func (s *Store) Create(space store.Space) (store.ObjectWriter, error) { return s.create(space) }

func (s *Store) create(space store.Space) (*writer, error) {
	f, err := os.CreateTemp(filepath.Join(s.root, tempDir), string(space)+"-*")
	if err != nil {
		return nil, s.wrap(err)
	}
	w := &writer{s: s, space: space, f: f, h: yumen.NewHasher()}
	if s.seals(space) {
		if w.sealed, err = s.vault.Create(f); err != nil {
			return nil, s.wrap(errors.Join(err, w.Abort()))
		}
	}
	return w, nil
}

// seals reports whether new objects of a space are sealed.
func (s *Store) seals(space store.Space) bool { return s.vault != nil && space != store.Released }

// Write appends to the object.
func (w *writer) Write(p []byte) (n int, err error) {
	to := io.Writer(w.f)
	if w.sealed != nil {
		to = w.sealed
	}
	n, err = to.Write(p)
	_, _ = w.h.Write(p[:n]) // never fails
	if err != nil {
		w.err = w.s.wrap(err)
		return n, w.err
	}
	return n, nil
}

// Stage makes the object durable under its digest, but not yet part of its space: Publish does that within the step
// that refers to it. The key of a sealed object is durable before it. The Writer is done either way.
func (w *writer) Stage() (store.Object, error) {
	o := store.Object{Space: w.space, Digest: w.h.Digest(), Bytes: w.h.Size()}
	return o, w.place(o, w.s.staged(o))
}

// place ends the object and gives its file a name.
func (w *writer) place(o store.Object, path string) error {
	err := w.err
	w.s.crash("seal-written")
	if err == nil && w.sealed != nil {
		err = w.sealed.Finish(context.Background(), o.Space, o.Digest)
	}
	w.s.crash("seal-key")
	if err == nil {
		err = w.f.Chmod(0o400)
	}
	if err != nil {
		return w.s.wrap(errors.Join(err, w.Abort()))
	}
	err = durable.Place(w.f, path)
	w.s.crash("seal-placed")
	return w.s.wrap(err)
}

func (s *Store) crash(point string) {
	if s.Crash != nil {
		s.Crash(point)
	}
}

// Abort forgets the object.
func (w *writer) Abort() error {
	return errors.Join(w.f.Close(), os.Remove(w.f.Name()))
}
