package home

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/pipeline"
)

func TestHome(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "home")
	if _, err := OpenReader(ctx, dir); yumen.KindOf(err) != yumen.KindNotFound {
		t.Fatalf("read before it is made: %v", err)
	}
	key, err := Create(ctx, dir, "test-domain")
	if err != nil {
		t.Fatal(err)
	}
	if pub, err := os.ReadFile(filepath.Join(dir, PublicKeyFile)); err != nil || string(pub) != key.Verifier()+"\n" {
		t.Errorf("public key %q, %v", pub, err)
	}
	if _, err := Create(ctx, dir, "test-domain"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("made twice: %v", err)
	}
	wrapped := false
	h, err := Open(ctx, dir, Options{Wrap: func(e pipeline.Enclave) pipeline.Enclave { wrapped = true; return e }})
	if err != nil {
		t.Fatal(err)
	}
	if !wrapped || h.Settings.Domain != "test-domain" || h.Settings.Isolation != yumen.IsolationFull {
		t.Errorf("opened %+v, wrapped %t", h.Settings, wrapped)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := Open(short, dir, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opened for writing twice: %v", err)
	}
	r, err := OpenReader(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), h.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Open(ctx, dir, Options{})
	if err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"domain: a\n", true},
		{"domain: a\nisolation: none\nthreads: 1\nmemory: 1GiB\n", true},
		{"", false},
		{"domain: a b\n", false},
		{"domain: a+b\n", false},
		{"domain: a\nthreads: 0\n", false},
		{"domain: a\nisolation: some\n", false},
		{"domain: a\nunknown: 1\n", false},
		{settingsText("a"), true},
		{"domain: a\ndisk: {reserve: 0, reserve_percent: 0}\n", true},
		{"domain: a\ndisk: {reserve_percent: 91}\n", false},
		{"domain: a\ndisk: {reserves: 1GiB}\n", false},
		{"domain: a\nlimits: {each_contract: {runs: 1}, organisations: [{name: b, limits: {held: 1GiB}}]}\n", true},
		{"domain: a\nlimits: {each_contract: {runs: -1}}\n", false},
		{"domain: a\nlimits: {each_contract: {memory_percent: 101}}\n", false},
		{"domain: a\nlimits: {organisations: [{name: b}, {name: b}]}\n", false},
		{"domain: a\nlimits: {organisations: [{limits: {runs: 1}}]}\n", false},
	} {
		if _, err := parseSettings("home.yaml", []byte(c.text)); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// A file that is gone or empty is named, with what to do.
func TestMissingFilesAreNamed(t *testing.T) {
	for _, name := range []string{PeopleFile, PublicKeyFile, stateFile, LogDir + "/hashes", LogDir + "/entries",
		LogDir + "/checkpoint"} {
		for what, damage := range map[string]func(string) error{"gone": os.Remove,
			"empty": func(path string) error { return os.Truncate(path, 0) }} {
			dir := made(t)
			if err := damage(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			h, err := OpenReader(t.Context(), dir)
			if err == nil {
				_, err = h.route.Datasets(t.Context())
				err = errors.Join(err, h.Close())
			}
			want := yumen.KindCorrupt
			if what == "empty" && name == PeopleFile {
				want = yumen.KindInvalid
			}
			if yumen.KindOf(err) != want {
				t.Errorf("%s is %s: %v", name, what, err)
			}
		}
	}
}
