package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
)

func key(t *testing.T, n byte) keyring.Key {
	k, err := keyring.Bundle{{ID: "vault", Version: int(n), Secret: bytes.Repeat([]byte{n}, 32)}}.Key(t.Context(),
		"vault", 0)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTokensLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	v, err := Open(path, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := v.Token("patients", "SECRETVALUE")
	again, _ := v.Token("patients", "SECRETVALUE")
	elsewhere, _ := v.Token("staff", "SECRETVALUE")
	other, _ := v.Token("patients", "李四")
	if a != again || a == elsewhere || a == other || len(a) != len(Prefix)+26 {
		t.Error(a, again, elsewhere, other)
	}
	if _, err := Open(path, key(t, 1)); yumen.KindOf(err) != yumen.KindConflict {
		t.Error("opened twice:", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	file, _ := os.ReadFile(path)
	if bytes.Contains(file, []byte("SECRET")) || bytes.Contains(file, []byte(a)) {
		t.Error("the file is not sealed")
	}
	v, err = Open(path, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if got, _ := v.Token("patients", "SECRETVALUE"); got != a {
		t.Error("the token changed")
	}
	if value, ok := v.Value("patients", a); !ok || value != "SECRETVALUE" {
		t.Error(value, ok)
	}
	if _, ok := v.Value("staff", a); ok {
		t.Error("a token opens in another context")
	}
}

func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	v, err := Open(path, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := v.Token("c", "one")
	_, _ = v.Token("c", "two")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	if _, err := Open(path, key(t, 2)); yumen.KindOf(err) != yumen.KindDenied {
		t.Error("another key:", err)
	}
	write := func(b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	head := bytes.IndexByte(whole, '\n') + 1
	for i := head; i < len(whole); i++ {
		b := bytes.Clone(whole)
		b[i] ^= 1
		write(b)
		v, err := Open(path, key(t, 1))
		if err == nil {
			// A length that grew looks like a record cut off; what stands before it is sound.
			if v.n == 2 {
				t.Errorf("a changed bit at %d goes unseen", i)
			}
			v.Close()
		} else if yumen.KindOf(err) != yumen.KindCorrupt {
			t.Error(err)
		}
	}
	// The second record in the place of the first.
	size := 4 + int(whole[head+3])
	write(append(bytes.Clone(whole[:head]), whole[head+size:]...))
	if _, err := Open(path, key(t, 1)); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Error("a record was moved:", err)
	}
	// Cut off in the second record: the first is there, and the vault goes on.
	write(whole[:len(whole)-3])
	v, err = Open(path, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if value, ok := v.Value("c", first); !ok || value != "one" || v.n != 1 {
		t.Error(value, ok)
	}
	third, _ := v.Token("c", "three")
	v.Close()
	v, err = Open(path, key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if value, _ := v.Value("c", third); value != "three" {
		t.Error("lost after repair")
	}
}
