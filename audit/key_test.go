package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

func TestKeyFile(t *testing.T) {
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "key")
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := k.Save(path); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("saved over a key: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	got, err := LoadKey(path)
	if err != nil || got.Verifier() != k.Verifier() || got.Name() != k.Name() {
		t.Fatalf("loaded %v, %v", got, err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := LoadKey(path + "x"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("no file: %v", err)
	}
}

// A public key that is missing, empty or no key is named by its place.
func TestVerifierFile(t *testing.T) {
	key, err := GenerateKey("d")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "domain.pub")
	for text, want := range map[string]yumen.ErrorKind{"-": yumen.KindNotFound, "": yumen.KindCorrupt,
		" \n":     yumen.KindCorrupt,
		"nothing": yumen.KindInvalid, key.Verifier() + "\n": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if text == "-" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		got, err := LoadVerifier(path)
		switch {
		case want == "" && (err != nil || got != key.Verifier()):
			t.Errorf("%q, %v", got, err)
		case want != "" && (err == nil || yumen.KindOf(err) != want || !strings.Contains(err.Error(), path)):
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBadKeys(t *testing.T) {
	for _, name := range []string{"", "a b", "a+b", "a\n"} {
		if _, err := GenerateKey(name); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("name %q: %v", name, err)
		}
	}
	k := newKey(t)
	for _, s := range []string{"", "nonsense", k.Verifier(), k.secret()[:20], k.secret() + "x",
		strings.Replace(k.secret(), "yumen", "other", 1)} {
		if _, err := ParseKey(s); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("a bad key was taken: %v", err)
		} else if strings.Contains(err.Error(), s) && len(s) > 8 {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

// However a key is printed, alone or inside something, its secret does not show.
func TestKeyNeverShowsItsSecret(t *testing.T) {
	k := newKey(t)
	parts := strings.SplitN(k.secret(), "+", 5) // the last may hold the sign itself
	data := parts[len(parts)-1]
	var b bytes.Buffer
	inside := struct {
		K *Key
		V Key
		m map[string]*Key
	}{k, *k, map[string]*Key{"k": k}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n"+verb+"\n"+verb+"\n", k, *k, inside)
	}
	logger := slog.New(slog.NewJSONHandler(&b, nil))
	logger.Info("key", "key", k, "value", *k, "inside", inside)
	slog.New(slog.NewTextHandler(&b, nil)).Info("key", "key", k, "inside", inside)
	if strings.Contains(b.String(), data) || strings.Contains(b.String(), "PRIVATE") {
		t.Error("the secret shows")
	}
	if !strings.Contains(b.String(), k.Verifier()) {
		t.Error("the public key does not show")
	}
}
