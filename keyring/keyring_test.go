package keyring

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
)

var ctx = context.Background()

func open(t *testing.T, dir string) *Ring {
	t.Helper()
	kms, err := OpenLocal(filepath.Join(dir, "master"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(filepath.Join(dir, "keys.json"), kms)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLifeOfAKey(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	if _, err := r.Key(ctx, "pseudonym", 0); yumen.KindOf(err) != yumen.KindNotFound {
		t.Error(err)
	}
	if ref, err := r.Create(ctx, "pseudonym", "wang"); err != nil || ref != (Ref{"pseudonym", 1}) {
		t.Fatal(ref, err)
	}
	if _, err := r.Create(ctx, "pseudonym", "wang"); yumen.KindOf(err) != yumen.KindConflict {
		t.Error(err)
	}
	first, err := r.Key(ctx, "pseudonym", 0)
	if err != nil {
		t.Fatal(err)
	}
	if ref, err := r.Rotate(ctx, "pseudonym", "li"); err != nil || ref.Version != 2 {
		t.Fatal(ref, err)
	}
	again := open(t, dir) // as another process
	second, err := again.Key(ctx, "pseudonym", 0)
	if err != nil || second.Version != 2 || bytes.Equal(second.Derive("x", 32), first.Derive("x", 32)) {
		t.Error("rotation keeps the secret", second, err)
	}
	old, err := again.Key(ctx, "pseudonym", 1)
	if err != nil || !bytes.Equal(old.Derive("x", 32), first.Derive("x", 32)) {
		t.Error("the old version is not what it was", err)
	}
	if err := again.Destroy("pseudonym", 1, "li", ""); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	if err := again.Destroy("pseudonym", 1, "li", "contract ended"); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir)
	if _, err := r.Key(ctx, "pseudonym", 1); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if err := r.Destroy("pseudonym", 1, "li", "again"); yumen.KindOf(err) != yumen.KindDenied {
		t.Error("destroyed twice:", err)
	}
	info, err := r.List()
	if err != nil || len(info) != 2 || info[0].Destroyed == nil || info[0].Destroyed.By != "li" || !info[1].Current ||
		info[1].Destroyed != nil {
		t.Errorf("%+v", info)
	}
	if _, err := r.Key(ctx, "pseudonym", 3); yumen.KindOf(err) != yumen.KindNotFound {
		t.Error(err)
	}
	for _, id := range []string{"", "Upper", "a/b", strings.Repeat("a", 65)} {
		if _, err := r.Create(ctx, id, "x"); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("id %q: %v", id, err)
		}
	}
}

func TestSealing(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	for _, id := range []string{"a", "b"} {
		if _, err := r.Create(ctx, id, "x"); err != nil {
			t.Fatal(err)
		}
	}
	key, _ := r.Key(ctx, "a", 0)
	file, _ := os.ReadFile(filepath.Join(dir, "keys.json"))
	if bytes.Contains(file, key.secret[:]) || bytes.Contains(file, []byte(hex.EncodeToString(key.secret[:]))) {
		t.Error("the file holds a secret")
	}
	// A secret cannot take another key's place.
	r.keys[0].Versions[0].Sealed = r.keys[1].Versions[0].Sealed
	if err := r.save(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Key(ctx, "a", 0); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Error(err)
	}
	other, _ := NewLocal(make([]byte, 32))
	stranger, err := Open(filepath.Join(dir, "keys.json"), other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Key(ctx, "b", 0); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Error("another master key opens it:", err)
	}
	if err := os.Chmod(filepath.Join(dir, "master"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLocal(filepath.Join(dir, "master")); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	k := Key{ID: "a", Version: 1, secret: [32]byte(bytes.Repeat([]byte("S"), 32))}
	b := Bundle{{"a", 1, k.secret[:]}}
	j, _ := json.Marshal(struct{ K Key }{k})
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x %s %q %d", k, k, k, k, k, k), string(j),
		fmt.Sprintf("%v %+v %#v %s", b, b, b, b), k.LogValue().String(), b.LogValue().String(),
		fmt.Sprintf("%v", struct{ K Key }{k})} {
		if strings.Contains(s, "SS") || strings.Contains(s, "5353") || strings.Contains(s, "83 83") {
			t.Errorf("shows the secret: %s", s)
		}
	}
}

// Derived keys differ by purpose, by hash and by key, and a Ref names what made them.
func TestDerive(t *testing.T) {
	a, b := Key{ID: "a", Version: 2, secret: [32]byte{1}}, Key{ID: "a", Version: 2, secret: [32]byte{2}}
	seen := map[string]bool{}
	for _, d := range [][]byte{a.Derive("p", 32), a.Derive("q", 32), a.DeriveSM3("p", 32), b.Derive("p", 32),
		b.DeriveSM3("p", 32)} {
		if len(d) != 32 || seen[string(d)] {
			t.Error("two derived keys are equal")
		}
		seen[string(d)] = true
	}
	if !bytes.Equal(a.Derive("p", 16), a.Derive("p", 32)[:16]) || a.Ref() != (Ref{"a", 2}) {
		t.Error("not HKDF, or another name")
	}
}

func TestBundle(t *testing.T) {
	r := open(t, t.TempDir())
	_, _ = r.Create(ctx, "a", "x")
	_, _ = r.Rotate(ctx, "a", "x")
	b, err := Bundled(ctx, r, "a")
	if err != nil {
		t.Fatal(err)
	}
	j, _ := json.Marshal(b)
	var back Bundle
	if err := json.Unmarshal(j, &back); err != nil {
		t.Fatal(err)
	}
	want, _ := r.Key(ctx, "a", 2)
	if got, err := back.Key(ctx, "a", 0); err != nil || got != want {
		t.Error(got, err)
	}
	if _, err := back.Key(ctx, "a", 1); yumen.KindOf(err) != yumen.KindNotFound {
		t.Error(err)
	}
	if _, err := Bundled(ctx, r, "a", "none"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Error(err)
	}
}

func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.json")
	kms, _ := NewLocal(make([]byte, 32))
	for _, s := range []string{"", "{}", "[", `[{"id":"a","versions":[]}]`,
		`[{"id":"a","versions":[{"version":2,"sealed":"AA=="}]}]`,
		`[{"id":"a","versions":[{"version":1}]}]`,
		`[{"id":"a","extra":1,"versions":[{"version":1,"sealed":"AA=="}]}]`} {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, kms); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// Two processes rotating at once lose no version.
func TestConcurrentRotation(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	if _, err := a.Create(ctx, "k", "x"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []int
	for _, r := range []*Ring{a, b} {
		for range 10 {
			wg.Go(func() {
				ref, err := r.Rotate(ctx, "k", "x")
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got = append(got, ref.Version)
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	slices.Sort(got)
	for i, v := range got {
		if v != i+2 {
			t.Fatal(got)
		}
	}
}
