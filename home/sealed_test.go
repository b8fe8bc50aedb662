package home

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/store"
)

// secretText is what no file of a home may hold.
const secretText = "110101199003070011 secret"

// withObjects makes a home with objects in several spaces, and a job that names one.
func withObjects(t *testing.T) (dir string, objects map[store.Object]string) {
	t.Helper()
	dir, _ = stored(t)
	h := opened(t, dir)
	objects = map[store.Object]string{}
	for _, space := range []store.Space{store.Versions, store.Identifiers, store.Keys, store.Held} {
		text := string(space) + secretText
		w, err := h.objects.Create(space)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.Stage()
		if err := errors.Join(err, h.objects.Publish(o)); err != nil {
			t.Fatal(err)
		}
		objects[o] = text
	}
	objects[store.Object{Space: store.Programs, Digest: yumen.DigestOf([]byte("module")), Bytes: 6}] = "module"
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, objects
}

func opened(t *testing.T, dir string) *Home {
	t.Helper()
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// madeBefore makes a home as it was before objects were sealed: they lie as they are, and there is no key of objects.
func madeBefore(t *testing.T) (dir string, objects map[store.Object]string) {
	t.Helper()
	dir, objects = withObjects(t)
	for o, text := range objects {
		path := filepath.Join(dir, objectsDir, string(o.Space), o.Digest.Hex())
		if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o400)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, sealFile)), os.Remove(filepath.Join(dir, apartFile)),
		os.Remove(filepath.Join(dir, masterFile)),
		os.RemoveAll(filepath.Join(dir, objectKeys))); err != nil {
		t.Fatal(err)
	}
	return dir, objects
}

// copyHome copies a home; nobody but its owner may read the files.
func copyHome(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(to, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(p, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
}

func wantObjects(t *testing.T, h *Home, objects map[store.Object]string) {
	t.Helper()
	for o, want := range objects {
		f, release, err := h.objects.Fetch(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", o.Space, err)
			continue
		}
		if text, err := io.ReadAll(f); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", o.Space, text, err)
		}
		release()
	}
}

// holding are the files below a folder that hold a text.
func holding(t *testing.T, dir, text string) (out []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if bytes.Contains(b, []byte(text)) {
			out = append(out, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestObjectsAreSealedByDefault(t *testing.T) {
	dir, objects := withObjects(t)
	if in := holding(t, dir, secretText); len(in) > 0 {
		t.Errorf("in clear in %v", in)
	}
	h := opened(t, dir)
	defer h.Close()
	wantObjects(t, h, objects)
	if v, err := h.route.VerifyObjects(t.Context(), api.VerifyOptions{}); err != nil || v.Objects == 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

const migrateVariable = "YUMEN_TEST_MIGRATE"

// A home made before is read as it is, and sealed by a migration that is killed before and after every durable write.
func TestMigrationIsKilled(t *testing.T) {
	if dir, at, ok := strings.Cut(os.Getenv(migrateVariable), "|"); ok {
		migrateUntil(t, dir, at)
		return
	}
	before, objects := madeBefore(t)
	if in := holding(t, before, secretText); len(in) != 4 {
		t.Fatalf("the home of the version before holds the text in %v", in)
	}
	for _, point := range []string{"seal-written", "seal-key", "seal-placed"} {
		for n := 1; n <= len(objects); n++ {
			t.Run(fmt.Sprintf("%s %d", point, n), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "home")
				copyHome(t, before, dir)
				cmd := exec.Command(os.Args[0], "-test.run=^TestMigrationIsKilled$")
				cmd.Env = append(os.Environ(), migrateVariable+"="+dir+"|"+fmt.Sprintf("%s %d", point, n))
				out, err := cmd.CombinedOutput()
				if exit, ok := errors.AsType[*exec.ExitError](err); !ok ||
					exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("not killed: %v\n%s", err, out)
				}
				goesOnSealing(t, dir, objects)
			})
		}
	}
}

// migrateUntil migrates a home and dies at the nth time that it comes to a point.
func migrateUntil(t *testing.T, dir, at string) {
	var point string
	var n int
	if _, err := fmt.Sscan(at, &point, &n); err != nil {
		t.Fatal(err)
	}
	h := opened(t, dir)
	h.objects.Crash = func(here string) {
		if here != point {
			return
		}
		if n--; n == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	_, err := h.Seal(t.Context(), func(int64, int64) {})
	t.Error(err)
}

// goesOnSealing finishes a migration. Before and after it every object can be read, and nothing is superfluous in the
// end.
func goesOnSealing(t *testing.T, dir string, objects map[store.Object]string) {
	t.Helper()
	h := opened(t, dir)
	wantObjects(t, h, objects)
	steps := 0
	if _, err := h.Seal(t.Context(), func(done, total int64) { steps++ }); err != nil {
		t.Fatal(err)
	}
	wantObjects(t, h, objects)
	if left, err := Unsealed(dir); err != nil || len(left) > 0 {
		t.Errorf("unsealed: %v, %v", left, err)
	}
	if n, err := h.Seal(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("sealed %d again, %v", n, err)
	}
	_, err := h.route.VerifyObjects(t.Context(), api.VerifyOptions{})
	if err := errors.Join(err, h.Close()); err != nil {
		t.Error(err)
	}
	if in := holding(t, dir, secretText); len(in) > 0 {
		t.Errorf("in clear in %v", in)
	}
	if err := opened(t, dir).Close(); err != nil { // sweeps
		t.Fatal(err)
	}
	keys, err := filepath.Glob(filepath.Join(dir, objectKeys, "*", "*"))
	if err != nil || len(keys) != len(objects) {
		t.Errorf("%d keys for %d objects, %v", len(keys), len(objects), err)
	}
	to := filepath.Join(t.TempDir(), "restored")
	if err := Restore(t.Context(), to, bytes.NewReader(backedUp(t, dir)), Original{Lost: true}); err != nil {
		t.Fatal(err)
	}
	r := opened(t, to)
	defer r.Close()
	wantObjects(t, r, objects)
}

// A home made before can be used, backed up and restored without a migration; what is stored from now on is sealed.
func TestHomeMadeBefore(t *testing.T) {
	dir, objects := madeBefore(t)
	goesOn(t, dir, 0, 1)
	to := filepath.Join(t.TempDir(), "restored")
	if err := Restore(t.Context(), to, bytes.NewReader(backedUp(t, dir)), Original{Lost: true}); err != nil {
		t.Fatal(err)
	}
	h := opened(t, to)
	defer h.Close()
	wantObjects(t, h, objects)
}

// Without its keys, or with others, a home is refused with what to do, and no new key is made for it.
func TestKeysMissingOrWrong(t *testing.T) {
	good, objects := withObjects(t)
	other := made(t)
	read := func(dir, name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, change := range map[string]func(dir string) error{
		"no master key": func(dir string) error { return os.Remove(filepath.Join(dir, masterFile)) },
		"another master key": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, masterFile), read(other, masterFile), 0o600)
		},
		"no domain key":         func(dir string) error { return os.Remove(filepath.Join(dir, sealFile)) },
		"no key of identifiers": func(dir string) error { return os.Remove(filepath.Join(dir, apartFile)) },
		"the domain key in place of that of identifiers": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, apartFile), read(dir, sealFile), 0o600)
		},
		"another home's key of identifiers": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, apartFile), read(other, apartFile), 0o600)
		},
		"another home's domain key": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, sealFile), read(other, sealFile), 0o600)
		},
		"neither": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, sealFile)), os.Remove(filepath.Join(dir, masterFile)))
		},
		"a command that fails": func(dir string) error { return setting(dir, "keys: {command: [\"false\"]}\n") },
		"a command that prints another": func(dir string) error {
			return setting(dir, "keys: {command: [cat, "+filepath.Join(other, masterFile)+"]}\n")
		},
	} {
		dir := filepath.Join(t.TempDir(), "home")
		copyHome(t, good, dir)
		if err := change(dir); err != nil {
			t.Fatal(err)
		}
		h, err := Open(t.Context(), dir, Options{})
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = h.Close()
			continue
		}
		if k := yumen.KindOf(err); k != yumen.KindUnavailable && k != yumen.KindCorrupt ||
			yumen.AsError(err).Fix.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
		if err := Backup(t.Context(), dir, io.Discard); err == nil || yumen.AsError(err).Fix.IsZero() {
			t.Errorf("%s: backed up, %v", name, err)
		}
	}
	h := opened(t, good)
	defer h.Close()
	wantObjects(t, h, objects)
}

func setting(dir, line string) error {
	f, err := os.OpenFile(filepath.Join(dir, SettingsFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

// The folder of keys may lie elsewhere, and the master key may come from a command or from systemd.
func TestKeysApart(t *testing.T) {
	dir, objects := withObjects(t)
	apart := filepath.Join(t.TempDir(), "keys")
	if err := os.Rename(filepath.Join(dir, keysDir), apart); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil {
		t.Error("opened without keys")
	}
	works := func(what string) {
		t.Helper()
		h := opened(t, dir)
		defer h.Close()
		wantObjects(t, h, objects)
		if err := Backup(t.Context(), dir, io.Discard); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, keysDir)); err == nil {
			t.Errorf("%s: keys were made in the home", what)
		}
	}
	t.Setenv(KeysVariable, apart)
	works("a folder")
	master := filepath.Join(t.TempDir(), credential)
	if err := os.Rename(filepath.Join(apart, "master.key"), master); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(master))
	works("a credential")
	backup := backedUp(t, dir)
	if bytes.Contains(backup, bytes.TrimSpace(must(os.ReadFile(master)))) {
		t.Error("the backup holds a master key that is kept elsewhere")
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if err := setting(dir, "keys: {command: [cat, "+master+"]}\n"); err != nil {
		t.Fatal(err)
	}
	works("a command")
	t.Setenv(KeysVariable, filepath.Join(t.TempDir(), "other"))
	err := Restore(t.Context(), filepath.Join(t.TempDir(), "to"), bytes.NewReader(backup), Original{Lost: true})
	if yumen.KindOf(err) != yumen.KindUnavailable || yumen.AsError(err).Fix.IsZero() {
		t.Errorf("restored without a master key: %v", err)
	}
}

func must[T any](b T, err error) T {
	if err != nil {
		panic(err)
	}
	return b
}

// A backup holds objects sealed, each with its key, and one from which keys were taken is refused.
func TestBackupOfSealedObjects(t *testing.T) {
	dir, objects := withObjects(t)
	backup := backedUp(t, dir)
	if bytes.Contains(backup, []byte(secretText)) {
		t.Error("in clear in the backup")
	}
	keys, err := filepath.Glob(filepath.Join(dir, objectKeys, "*", "*"))
	if err != nil || len(keys) != len(objects) {
		t.Fatalf("%v, %v", keys, err)
	}
	name, err := filepath.Rel(dir, keys[0])
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{"changed": changed(t, backup, name, name,
		[]byte(`{"bytes":1,"domain":1,"key":""}`)),
		"another's": changed(t, backup, name, name[:len(name)-1]+"0", nil)} {
		if what == "another's" && strings.HasSuffix(name, "0") {
			continue
		}
		err := Restore(t.Context(), filepath.Join(t.TempDir(), "to"), bytes.NewReader(b), Original{Lost: true})
		if yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.Remove(keys[0]); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), dir, io.Discard); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("backed up without a key: %v", err)
	}
}

// Rotated, a home goes on with the objects that it has.
func TestRotateSealing(t *testing.T) {
	dir, objects := withObjects(t)
	h := opened(t, dir)
	for want := 2; want < 4; want++ {
		ref, err := h.route.RotateSealing(t.Context(),
			yumen.Actor{Name: "a", Org: "o", Roles: []yumen.Role{yumen.RoleAdmin}})
		if err != nil || ref.Version != want {
			t.Errorf("%v, %v", ref, err)
		}
	}
	if err := must(h.sealing.keys.open(t.Context(), "objects", false)).Destroy("objects", 1, "a",
		"rotated"); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := opened(t, dir)
	defer again.Close()
	wantObjects(t, again, objects)
}

// The key of versions opens no identifiers, and that of identifiers no version.
func TestKeysOpenTheirOwnObjects(t *testing.T) {
	dir, objects := withObjects(t)
	for lacking, closed := range map[string]store.Space{apartFile: store.Identifiers, sealFile: store.Versions} {
		insiders := filepath.Join(t.TempDir(), "home")
		copyHome(t, dir, insiders)
		if err := os.Remove(filepath.Join(insiders, lacking)); err != nil {
			t.Fatal(err)
		}
		h, err := OpenReader(t.Context(), insiders)
		if err != nil {
			t.Fatal(err)
		}
		for o := range objects {
			if o.Space != store.Identifiers && o.Space != store.Versions {
				continue
			}
			_, release, err := h.objects.Fetch(t.Context(), o)
			if o.Space != closed {
				if err != nil {
					t.Errorf("without %s: %s: %v", lacking, o.Space, err)
				} else {
					release()
				}
			} else if yumen.KindOf(err) != yumen.KindUnavailable || yumen.AsError(err).Fix.IsZero() {
				t.Errorf("without %s: %s: %v", lacking, o.Space, err)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// An object of another version in the place of one is named and not used, and neither is one whose key was put in the
// place of its own.
func TestIdentifiersExchanged(t *testing.T) {
	dir, _ := withObjects(t)
	h := opened(t, dir)
	var both [2]store.Object
	for i := range both {
		w, err := h.objects.Create(store.Identifiers)
		if err == nil {
			_, err = io.WriteString(w, strings.Repeat(fmt.Sprint(i), 100))
		}
		if err != nil {
			t.Fatal(err)
		}
		if both[i], err = w.Stage(); err != nil {
			t.Fatal(err)
		}
		if err := h.objects.Publish(both[i]); err != nil {
			t.Fatal(err)
		}
	}
	at := func(root string, o store.Object) string {
		found, err := filepath.Glob(filepath.Join(dir, root, string(o.Space), o.Digest.Hex()+"*"))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return found[0]
	}
	for _, root := range []string{objectsDir, objectKeys} { // first the file, then its key besides
		from, to := at(root, both[1]), at(root, both[0])
		if root == objectKeys {
			to = filepath.Join(filepath.Dir(to), both[0].Digest.Hex()+filepath.Ext(from))
		}
		b := must(os.ReadFile(from))
		_ = os.Remove(to) // it may not be written to
		if err := os.WriteFile(to, b, 0o400); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.objects.Fetch(t.Context(), both[0]); yumen.KindOf(err) != yumen.KindCorrupt ||
			yumen.AsError(err).Fix.IsZero() {
			t.Errorf("%s exchanged: %v", root, err)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
