package local

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stage(t *testing.T, s *Store, text string) store.Object {
	t.Helper()
	w, err := s.Create(store.Held)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	o, err := w.Stage()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestStagedIsNotThereUntilPublished(t *testing.T) {
	s := open(t)
	o := stage(t, s, "result")
	if o.Digest != yumen.DigestOf([]byte("result")) || o.Bytes != 6 {
		t.Errorf("got %+v", o)
	}
	if _, err := s.Path(store.Held, o.Digest); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("before publishing: got %v, want not found", err)
	}
	for range 2 { // a step may be repeated after a crash
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Open(store.Held, o.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != "result" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestSweepTakesOnlyWhatIsNotPublished(t *testing.T) {
	s := open(t)
	kept := stage(t, s, "kept")
	if err := s.Publish(kept); err != nil {
		t.Fatal(err)
	}
	lost := stage(t, s, "lost")
	w, err := s.Create(store.Versions)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "half"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Sweep(); n != 2 || err != nil {
		t.Errorf("swept %d, %v, want 2", n, err)
	}
	if _, err := s.Path(store.Held, kept.Digest); err != nil {
		t.Errorf("a published object is gone: %v", err)
	}
	if err := s.Publish(lost); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("got %v, want not found", err)
	}
}

func TestChangedBytesAreNotHandedOut(t *testing.T) {
	for name, known := range map[string]bool{"checked before": true, "not checked before": false} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			o := stage(t, s, "truth")
			if err := s.Publish(o); err != nil {
				t.Fatal(err)
			}
			p := filepath.Join(s.root, string(store.Held), o.Digest.Hex())
			if !known {
				s = &Store{root: s.root, checked: map[string]identity{}}
			}
			if _, err := s.Path(store.Held, o.Digest); known && err != nil {
				t.Fatal(err)
			}
			was, err := os.Stat(p)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(p, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, []byte("trvth"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(p, was.ModTime(), was.ModTime()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Path(store.Held, o.Digest); yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("got %v, want kind corrupt", err)
			}
		})
	}
}

// What was changed while it was staged is not handed out, nor is anything brought into being outside the spaces.
func TestPublishTrustsNothing(t *testing.T) {
	s := open(t)
	o := stage(t, s, "truth")
	p := s.staged(o)
	if err := errors.Join(os.Chmod(p, 0o600), os.WriteFile(p, []byte("trvth"), 0o600), s.Publish(o)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Path(store.Held, o.Digest); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("got %v, want kind corrupt", err)
	}
	for _, bad := range []store.Object{{Space: "../..", Digest: o.Digest}, {Space: store.Held, Digest: "sha256:../../x"}, {Space: tempDir, Digest: o.Digest}} {
		if err := s.Publish(bad); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%+v: got %v, want kind invalid", bad, err)
		}
	}
}

// Bytes that change between the check and the reading end in an error.
func TestReadingChecksOnceMore(t *testing.T) {
	s := open(t)
	o := stage(t, s, "truth")
	if err := s.Publish(o); err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(s.root, string(store.Held), o.Digest.Hex())
	for text, want := range map[string]yumen.ErrorKind{"truth": "", "trvth": yumen.KindCorrupt} {
		if err := errors.Join(os.Chmod(p, 0o600), os.WriteFile(p, []byte("truth"), 0o600)); err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(store.Held, o.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r)
		if (err != nil || want != "") && yumen.KindOf(err) != want {
			t.Errorf("%s: %v", text, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPathTakesDigestsOnly(t *testing.T) {
	s := open(t)
	for _, d := range []yumen.Digest{"", "../../etc/passwd", "sha256:../x", "sha256:ABC"} {
		if _, err := s.Path(store.Held, d); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%q: got %v, want kind invalid", d, err)
		}
	}
}

func TestASymlinkIsNoObject(t *testing.T) {
	s := open(t)
	target := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := yumen.DigestOf([]byte("x"))
	if err := os.Symlink(target, filepath.Join(s.root, string(store.Held), d.Hex())); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Path(store.Held, d); err == nil {
		t.Errorf("handed out %s", p)
	}
}
