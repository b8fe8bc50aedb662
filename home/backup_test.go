package home

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
)

func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "home")
	if _, err := Create(t.Context(), dir, "test-domain"); err != nil {
		t.Fatal(err)
	}
	return dir
}

const city = `dataset: city_%d
title: City
provider: bureau
source: {system: generated}
unit: {kind: row}
columns:
  - {name: n, title: N, type: integer, role: measure, grade: 1, bounds: {min: 0, max: 9}, constraints: [aggregate: {functions: [sum]}]}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: monthly
`

var bureau = yumen.Actor{Name: "p", Org: "bureau", Roles: []yumen.Role{yumen.RoleProvider}}

func register(t *testing.T, h *Home, i int) {
	t.Helper()
	if _, err := h.route.Register(t.Context(), bureau, "city.yaml", fmt.Appendf(nil, city, i)); err != nil {
		t.Error(err)
	}
}

// A backup taken while somebody writes restores to a home in which state and log are of one moment, and which goes on.
func TestBackupWhileWriting(t *testing.T) {
	dir := made(t)
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	register(t, h, 0) // so that there is something to back up, however little is written beside
	written := 1
	wg.Go(func() {
		for ; ; written++ {
			select {
			case <-stop:
				return
			default:
				register(t, h, written)
			}
		}
	})
	var archives []*bytes.Buffer
	for range 8 {
		b := &bytes.Buffer{}
		if err := Backup(t.Context(), dir, b); err != nil {
			t.Error(err)
		}
		archives = append(archives, b)
	}
	close(stop)
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	before := 0
	for i, b := range archives {
		to := filepath.Join(t.TempDir(), "restored")
		if err := Restore(t.Context(), to, b, Original{Lost: true}); err != nil {
			t.Fatalf("backup %d: %v", i, err)
		}
		before = goesOn(t, to, before, 1)
	}
	if before == 0 || written < before {
		t.Errorf("the last backup holds %d of %d", before, written)
	}
}

// goesOn opens a home, takes a step in it and verifies it, with so many steps of its own beside its creation. It
// returns how many datasets it had, at least least.
func goesOn(t *testing.T, dir string, least, own int) int {
	t.Helper()
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ds, err := h.route.Datasets(t.Context())
	if err != nil || len(ds) < least {
		t.Errorf("%d datasets after %d, %v", len(ds), least, err)
	}
	register(t, h, 1_000_000)
	key, err := os.ReadFile(filepath.Join(dir, PublicKeyFile))
	if err := errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
	if r, err := audit.Verify(filepath.Join(dir, LogDir), string(key)); err != nil || r.Size != int64(len(ds)+own)+3 {
		t.Errorf("%d datasets, log %+v, %v", len(ds), r, err)
	}
	if r, err := OpenReader(t.Context(), dir); err != nil || r.Close() != nil {
		t.Errorf("read: %v", err)
	}
	return len(ds)
}

// An archive that was cut short or changed, and one that is something else, restore to no home.
func TestRestoreRefuses(t *testing.T) {
	dir := made(t)
	object := filepath.Join(objectsDir, "programs", yumen.DigestOf([]byte("text")).Hex())
	if err := os.WriteFile(filepath.Join(dir, object), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := &bytes.Buffer{}
	if err := Backup(t.Context(), dir, good); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"no archive": []byte("text"), "empty": nil,
		"cut": good.Bytes()[:good.Len()/2],
		"an object that is not what its name says": changed(t, good.Bytes(), object, object, []byte("test")),
		"a path that leads out":                    archive(t, "../home.yaml"),
		"a file of another kind":                   archive(t, "objects/held/../../x"),
		"an unknown file":                          archive(t, "work/x"),
		"a name that is not clean":                 changed(t, good.Bytes(), SettingsFile, "./"+SettingsFile, nil),
		"another domain": changed(t, good.Bytes(), SettingsFile, SettingsFile,
			[]byte("domain: other\n")),
		"another public key": changed(t, good.Bytes(), PublicKeyFile, PublicKeyFile,
			[]byte("x\n")),
		"another key file":       changed(t, good.Bytes(), keyFile, "keys/other.key", nil),
		"an object of no digest": changed(t, good.Bytes(), object, "objects/programs/x", nil),
		"no people":              changed(t, good.Bytes(), PeopleFile, "log/x", nil)} {
		to := filepath.Join(t.TempDir(), "to")
		if err := Restore(t.Context(), to, bytes.NewReader(b),
			Original{Lost: true}); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ReadSettings(to); yumen.KindOf(err) != yumen.KindNotFound {
			t.Errorf("%s left a home: %v", name, err)
		}
	}
	if err := Restore(t.Context(), dir, bytes.NewReader(good.Bytes()),
		Original{Lost: true}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("restored into a home: %v", err)
	}
}

// changed is an archive in which a file has another name or, if body is not nil, holds something else.
func changed(t *testing.T, from []byte, name, to string, body []byte) []byte {
	t.Helper()
	b, found := &bytes.Buffer{}, false
	r, w := tar.NewReader(bytes.NewReader(from)), tar.NewWriter(b)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		text, err2 := io.ReadAll(r)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if h.Name == name {
			found, h.Name = true, to
			if body != nil {
				text, h.Size = body, int64(len(body))
			}
		}
		err = w.WriteHeader(h)
		_, err2 = w.Write(text)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || !found {
		t.Fatalf("%s: found %t, %v", name, found, err)
	}
	return b.Bytes()
}

func archive(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err1 := w.WriteHeader(&tar.Header{Name: name, Size: 1, Mode: 0o600})
	_, err2 := io.WriteString(w, "x")
	if err := errors.Join(err1, err2, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A home that was copied without its empty folders opens.
func TestHomeWithoutEmptyFolders(t *testing.T) {
	dir := made(t)
	for _, sub := range []string{workDir, objectsDir} {
		if err := os.RemoveAll(filepath.Join(dir, sub)); err != nil {
			t.Fatal(err)
		}
	}
	goesOn(t, dir, 0, 0)
}

// A state that is older or newer than the log is told to everybody who reads.
func TestReadersCompareStateAndLog(t *testing.T) {
	dir, kept := made(t), t.TempDir()
	steps := func(from int) {
		h, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		register(t, h, from)
		register(t, h, from+1)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	steps(0)
	for _, what := range []string{LogDir} {
		if err := os.CopyFS(filepath.Join(kept, what), os.DirFS(filepath.Join(dir, LogDir))); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	steps(2)
	newer, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	read := func() error {
		h, err := OpenReader(context.WithoutCancel(t.Context()), dir)
		if err == nil {
			err = h.Close()
		}
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, stateFile), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := read(); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("an older state: %v", err)
	}
	err1 := os.WriteFile(filepath.Join(dir, stateFile), newer, 0o600)
	err2 := os.RemoveAll(filepath.Join(dir, LogDir))
	err3 := os.CopyFS(filepath.Join(dir, LogDir), os.DirFS(filepath.Join(kept, LogDir)))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if err := read(); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("an older log: %v", err)
	}
}

// Whoever makes a home in a folder that others may read keeps them out of all of it.
func TestCreateKeepsOthersOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), dir, "test-domain"); err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	register(t, h, 0)
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err == nil && fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, fi.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
