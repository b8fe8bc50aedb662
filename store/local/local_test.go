package local

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
	"github.com/yumen-data/yumen/store/storetest"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change writes other bytes into a file, which keeps its times as a failing disk would.
func change(t *testing.T, path string) {
	t.Helper()
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-1] ^= 1
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, text, 0o600),
		os.Chtimes(path, was.ModTime(), was.ModTime())); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	for name, open := range map[string]func(*testing.T) func() *Store{
		"unsealed": func(t *testing.T) func() *Store {
			s := open(t)
			return func() *Store { return reopened(t, s.root, nil, nil) }
		},
		"aes-256-gcm": func(t *testing.T) func() *Store { return sealedStore(t, seal.AES256GCM, 1<<20) },
		"sm4-gcm":     func(t *testing.T) func() *Store { return sealedStore(t, seal.SM4GCM, 1<<20) },
		"in scratch":  func(t *testing.T) func() *Store { return sealedStore(t, seal.AES256GCM, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.RunObjects(t, func(t *testing.T) storetest.ObjectStore {
				again := open(t)
				s := again()
				return storetest.ObjectStore{Objects: s, Reopen: func() store.Objects { return again() },
					Change: func(o store.Object) { change(t, filepath.Join(s.root, string(o.Space), o.Digest.Hex())) }}
			})
		})
	}
}

func TestPublishTrustsNothing(t *testing.T) {
	s := open(t)
	w, err := s.Create(store.Held)
	if err == nil {
		_, err = io.WriteString(w, "truth")
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Stage()
	if err != nil {
		t.Fatal(err)
	}
	change(t, s.staged(o))
	if err := s.Publish(o); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Fetch(t.Context(), o); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("got %v, want kind corrupt", err)
	}
}

// A name that leads elsewhere is no object, whatever lies there; a named pipe keeps nobody waiting.
func TestOnlyFilesAreObjects(t *testing.T) {
	s := open(t)
	target := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := yumen.DigestOf([]byte("x"))
	p := filepath.Join(s.root, string(store.Held), d.Hex())
	for name, put := range map[string]func() error{"link": func() error { return os.Symlink(target, p) },
		"folder":     func() error { return os.Mkdir(p, 0o700) },
		"named pipe": func() error { return syscall.Mkfifo(p, 0o600) }} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if f, _, err := s.Fetch(t.Context(), store.Object{Space: store.Held, Digest: d}); err == nil {
			t.Errorf("%s: handed out %s", name, f.Name())
		}
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
}
