package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

func newRing(t testing.TB, dir string) *keyring.Ring {
	t.Helper()
	kms, err := keyring.OpenLocal(filepath.Join(dir, "master"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Open(filepath.Join(dir, "ring"), kms)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func reopened(t testing.TB, root string, v *seal.Vault, o *seal.Opener) *Store {
	t.Helper()
	s, err := OpenSealed(root, v, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sealedStore returns what opens a sealed store; opened objects may take so much memory.
func sealedStore(t testing.TB, suite seal.Suite, memory int64) func() *Store {
	t.Helper()
	dir := t.TempDir()
	ring := newRing(t, dir)
	for _, id := range seal.KeyIDs {
		if _, err := ring.Create(t.Context(), id, "t"); err != nil {
			t.Fatal(err)
		}
	}
	return func() *Store {
		opener := seal.NewOpener(memory, dir, true)
		t.Cleanup(func() { _ = opener.Close() })
		return reopened(t, filepath.Join(dir, "objects"), seal.NewVault(filepath.Join(dir, "keys"), ring, suite),
			opener)
	}
}

func put(t testing.TB, s *Store, space store.Space, text []byte) store.Object {
	t.Helper()
	w, err := s.Create(space)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Stage()
	if err == nil {
		err = s.Publish(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func get(s *Store, o store.Object) ([]byte, error) {
	f, release, err := s.Fetch(context.Background(), o)
	if err != nil {
		return nil, err
	}
	defer release()
	return io.ReadAll(f)
}

func wantKind(t *testing.T, what string, err error, want yumen.ErrorKind) {
	t.Helper()
	if err == nil || yumen.KindOf(err) != want {
		t.Errorf("%s: %v, want kind %s", what, err, want)
	}
}

// files are those below a folder, with what they hold.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[p], err = os.ReadFile(p)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

func keysOf(t testing.TB, s *Store) []string {
	return slices.Sorted(maps.Keys(files(t, filepath.Join(filepath.Dir(s.root), "keys"))))
}

// Objects of many sizes come back, and nothing of them lies on disk, but for those that may leave.
func TestSealedObjects(t *testing.T) {
	for _, suite := range []seal.Suite{seal.AES256GCM, seal.SM4GCM} {
		s := sealedStore(t, suite, 1<<20)()
		for _, n := range []int{0, 1, 65535, 65536, 65537, 131072, 200_000} {
			text := bytes.Repeat([]byte("110101199003070011,"), n/19+1)[:n]
			o := put(t, s, store.Versions, text)
			if got, err := get(s, o); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%v, %d bytes: read %d, %v", suite, n, len(got), err)
			}
			if err := s.Verify(t.Context(), o); err != nil {
				t.Errorf("%v, %d bytes: %v", suite, n, err)
			}
		}
		for name, text := range files(t, filepath.Dir(s.root)) {
			if bytes.Contains(text, []byte("110101199003070011")) {
				t.Errorf("%v: %s holds what was sealed", suite, name)
			}
		}
		open := put(t, s, store.Released, []byte("may leave"))
		if text, err := os.ReadFile(filepath.Join(s.root, string(store.Released), open.Digest.Hex())); err != nil ||
			string(text) != "may leave" {
			t.Errorf("released: %q, %v", text, err)
		}
	}
}

// Nobody changes an opened object: it is a file in memory that is sealed against writing.
func TestOpenedObjectsCannotBeChanged(t *testing.T) {
	s := sealedStore(t, seal.AES256GCM, 1<<20)()
	f, release, err := s.Fetch(t.Context(), put(t, s, store.Held, []byte("truth")))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("written")
	}
	w, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDWR, 0)
	if err == nil {
		_, err = w.WriteAt([]byte("x"), 0)
	}
	if err == nil {
		t.Error("written through another descriptor")
	}
}

// Whatever is done to the file of an object, what comes out is the object or an error of kind corrupt that names it.
func TestChangedFilesAreRefused(t *testing.T) {
	text := make([]byte, 200_000)
	rand.Read(text)
	for _, suite := range []seal.Suite{seal.AES256GCM, seal.SM4GCM} {
		open := sealedStore(t, suite, 1<<20)
		s := open()
		a, b := put(t, s, store.Held, text), put(t, s, store.Held, text[1:])
		elsewhere, empty := put(t, s, store.Versions, text), put(t, s, store.Held, nil)
		name := func(o store.Object) string { return filepath.Join(s.root, string(o.Space), o.Digest.Hex()) }
		raw := func(o store.Object) []byte {
			b, err := os.ReadFile(name(o))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		good := raw(a)
		chunk := (len(good) - 25) / 3 / 16 * 16
		cases := map[string][]byte{"another object": raw(b), "the same from another space": raw(elsewhere),
			"an empty object": raw(empty),
			"nothing":         {}, "header only": good[:25], "one byte more": append(slices.Clone(good), 0),
			"twice": slices.Concat(good, good[25:]),
			"exchanged parts": slices.Concat(good[:25], good[25+chunk:25+2*chunk], good[25:25+chunk],
				good[25+2*chunk:])}
		for _, cut := range []int{1, 15, 16, 17, 5000, 65536, 65552, 65568, 131072, 131104, 131136} {
			cases[fmt.Sprintf("cut by %d", cut)] = good[:len(good)-cut]
			cases[fmt.Sprintf("cut after %d", cut+25)] = good[:cut+25]
		}
		for at := 0; at < len(good); at += 1 + at/50 {
			flipped := slices.Clone(good)
			flipped[at] ^= 1 << (at % 8)
			cases[fmt.Sprintf("bit of byte %d", at)] = flipped
		}
		for what, bytes := range cases {
			if err := errors.Join(os.Remove(name(a)), os.WriteFile(name(a), bytes, 0o600)); err != nil {
				t.Fatal(err)
			}
			_, err := get(open(), a)
			wantKind(t, what, err, yumen.KindCorrupt)
			if err != nil && !strings.Contains(err.Error(), a.Digest.Short()) {
				t.Errorf("%s: %v does not name the object", what, err)
			}
			wantKind(t, what, open().Verify(t.Context(), a), yumen.KindCorrupt)
		}
	}
}

// Keys are their objects': exchanged, changed, under another domain key or gone, they open nothing.
func TestKeysAreTheirObjects(t *testing.T) {
	open := sealedStore(t, seal.AES256GCM, 1<<20)
	s := open()
	a := put(t, s, store.Held, []byte("aaaa"))
	keyA := keysOf(t, s)
	put(t, s, store.Held, []byte("bbbb"))
	keyB := slices.DeleteFunc(keysOf(t, s), func(k string) bool { return k == keyA[0] })
	good, err1 := os.ReadFile(keyA[0])
	other, err2 := os.ReadFile(keyB[0])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"another's": string(other), "empty": "",
		"more bytes":  strings.Replace(string(good), `"bytes":4`, `"bytes":5`, 1),
		"fewer bytes": strings.Replace(string(good), `"bytes":4`, `"bytes":0`, 1),
		"no key":      `{"bytes":4,"domain":1,"key":""}`} {
		if err := os.WriteFile(keyA[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := get(open(), a)
		wantKind(t, what, err, yumen.KindCorrupt)
	}
	if err := os.WriteFile(keyA[0], good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := get(open(), a); err != nil {
		t.Error(err)
	}
	ring := newRing(t, t.TempDir())
	if _, err := ring.Create(t.Context(), seal.KeyID, "t"); err != nil {
		t.Fatal(err)
	}
	foreign := reopened(t, s.root, seal.NewVault(filepath.Dir(filepath.Dir(keyA[0])), ring, seal.AES256GCM),
		seal.NewOpener(1<<20, "", false))
	_, err := get(foreign, a)
	wantKind(t, "another domain's key", err, yumen.KindCorrupt)
	if err := os.Remove(keyA[0]); err != nil {
		t.Fatal(err)
	}
	_, err = get(open(), a)
	wantKind(t, "no key", err, yumen.KindCorrupt)
}

// The same bytes staged once more do not lose the key of the published object, and a sweep leaves one key for each
// object.
func TestSweepOfKeys(t *testing.T) {
	open := sealedStore(t, seal.AES256GCM, 1<<20)
	s := open()
	o := put(t, s, store.Held, []byte("truth"))
	stage := func(text string) store.Object {
		w, err := s.Create(store.Held)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		staged, err := w.Stage()
		if err != nil {
			t.Fatal(err)
		}
		return staged
	}
	stage("truth")
	stage("lost")
	if n := len(keysOf(t, s)); n != 3 {
		t.Errorf("%d keys", n)
	}
	again := open()
	if n, err := again.Sweep(); n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if n := len(keysOf(t, s)); n != 1 {
		t.Errorf("%d keys after a sweep", n)
	}
	if text, err := get(again, o); err != nil || string(text) != "truth" {
		t.Errorf("%q, %v", text, err)
	}
	stage("truth") // and published over the first
	if err := again.Publish(o); err != nil {
		t.Fatal(err)
	}
	if text, err := get(again, o); err != nil || string(text) != "truth" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := open().Sweep(); err != nil || len(keysOf(t, s)) != 1 {
		t.Errorf("%d keys, %v", len(keysOf(t, s)), err)
	}
	if text, err := get(open(), o); err != nil || string(text) != "truth" {
		t.Errorf("%q, %v", text, err)
	}
}

// A destroyed object is gone with all its keys; a copy of its file cannot be opened any more.
func TestDestroy(t *testing.T) {
	open := sealedStore(t, seal.AES256GCM, 1<<20)
	s := open()
	o, other := put(t, s, store.Versions, []byte("truth")), put(t, s, store.Held, []byte("truth"))
	path := filepath.Join(s.root, string(o.Space), o.Digest.Hex())
	copied, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(s, o); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Destroy(o); err != nil {
			t.Fatal(err)
		}
		_, err = get(s, o)
		wantKind(t, "destroyed", err, yumen.KindNotFound)
	}
	if err := os.WriteFile(path, copied, 0o400); err != nil {
		t.Fatal(err)
	}
	_, err = get(s, o)
	wantKind(t, "a copy", err, yumen.KindCorrupt)
	if text, err := get(s, other); err != nil || string(text) != "truth" {
		t.Errorf("%q, %v", text, err)
	}
	wantKind(t, "no digest", s.Destroy(store.Object{Space: store.Held, Digest: "sha256:.."}), yumen.KindInvalid)
}

// After a rotation new objects use the newest version, and rewrapping changes keys alone.
func TestRotation(t *testing.T) {
	for _, suite := range []seal.Suite{seal.AES256GCM, seal.SM4GCM} {
		dir := t.TempDir()
		ring := newRing(t, dir)
		if _, err := ring.Create(t.Context(), seal.KeyID, "t"); err != nil {
			t.Fatal(err)
		}
		v := seal.NewVault(filepath.Join(dir, "keys"), ring, suite)
		s := reopened(t, filepath.Join(dir, "objects"), v, seal.NewOpener(1<<20, dir, false))
		a := put(t, s, store.Held, []byte("a"))
		if _, err := ring.Rotate(t.Context(), seal.KeyID, "t"); err != nil {
			t.Fatal(err)
		}
		b := put(t, s, store.Held, []byte("b"))
		before := files(t, s.root)
		for _, want := range []int{1, 0} {
			if n, err := v.Rewrap(t.Context()); n != want || err != nil {
				t.Errorf("rewrapped %d, %v, want %d", n, err, want)
			}
		}
		if !maps.EqualFunc(before, files(t, s.root), bytes.Equal) {
			t.Error("rewrapping changed objects")
		}
		if err := ring.Destroy(seal.KeyID, 1, "t", "rotated"); err != nil {
			t.Fatal(err)
		}
		again := reopened(t, s.root, v, seal.NewOpener(1<<20, dir, false))
		for o, want := range map[store.Object]string{a: "a", b: "b"} {
			if text, err := get(again, o); err != nil || string(text) != want {
				t.Errorf("%q, %v", text, err)
			}
		}
	}
}

// An object above the limit is opened into scratch where that is declared encrypted, and otherwise not at all.
func TestLargeObjects(t *testing.T) {
	dir := t.TempDir()
	ring := newRing(t, dir)
	if _, err := ring.Create(t.Context(), seal.KeyID, "t"); err != nil {
		t.Fatal(err)
	}
	v, scratch := seal.NewVault(filepath.Join(dir, "keys"), ring, seal.AES256GCM), t.TempDir()
	s := reopened(t, filepath.Join(dir, "objects"), v, seal.NewOpener(4, scratch, false))
	o := put(t, s, store.Versions, []byte("large"))
	_, err := get(s, o)
	wantKind(t, "undeclared", err, yumen.KindLimit)
	if e := yumen.AsError(err); !strings.Contains(e.Fix.In(yumen.LangEnglish), "encrypted: true") {
		t.Errorf("%v says not what to do", err)
	}
	if err := s.Publish(o); err != nil {
		t.Errorf("a step that publishes it cannot be repeated: %v", err)
	}
	s = reopened(t, s.root, v, seal.NewOpener(4, scratch, true))
	f, release, err := s.Fetch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if text, err := io.ReadAll(f); err != nil || string(text) != "large" {
		t.Errorf("%q, %v", text, err)
	}
	if left := files(t, scratch); len(left) > 0 {
		t.Errorf("named files in scratch: %v", slices.Collect(maps.Keys(left)))
	}
}

// What stays open is bounded, and what was read last stays.
func TestOpenedObjectsAreBounded(t *testing.T) {
	open := sealedStore(t, seal.AES256GCM, 10)
	s := open()
	a, b, c := put(t, s, store.Held, []byte("aaaa")), put(t, s, store.Held, []byte("bbbb")),
		put(t, s, store.Held, []byte("cccc"))
	inode := func(o store.Object) uint64 {
		f, release, err := s.Fetch(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		id, err := identify(f)
		if err != nil {
			t.Fatal(err)
		}
		return id.inode
	}
	one, two := inode(a), inode(b)
	if inode(a) != one {
		t.Error("decrypted again although it was open")
	}
	inode(c)
	if inode(a) != one {
		t.Error("the one that was read last was let go of")
	}
	if inode(b) == two {
		t.Error("more stays open than was allowed")
	}
}
