package home

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
)

func backedUp(t *testing.T, dir string) []byte {
	t.Helper()
	b := &bytes.Buffer{}
	if err := Backup(t.Context(), dir, b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// actions are what the log of a home says, in order.
func actions(t *testing.T, dir string) (out []yumen.AuditAction) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(dir, PublicKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range audit.Reader(filepath.Join(dir, LogDir), string(key))(0) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r.Entry.Action)
	}
	return out
}

// A home that another one replaces takes no step any more, and can be read. One that has gone on since the backup is
// not replaced, nor is one of another domain.
func TestRestoreRetiresTheOriginal(t *testing.T) {
	dir := made(t)
	early := backedUp(t, dir)
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	register(t, h, 1)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	late := backedUp(t, dir)
	to := func(name string) string { return filepath.Join(t.TempDir(), name) }
	for name, c := range map[string]struct {
		backup   []byte
		original Original
		kind     yumen.ErrorKind
	}{
		"nothing said":         {late, Original{}, yumen.KindInvalid},
		"both said":            {late, Original{Replaced: dir, Lost: true}, yumen.KindInvalid},
		"it has gone on":       {early, Original{Replaced: dir}, yumen.KindConflict},
		"of another domain":    {late, Original{Replaced: made(t)}, yumen.KindConflict},
		"where no home is":     {late, Original{Replaced: t.TempDir()}, yumen.KindNotFound},
		"restored over itself": {late, Original{Replaced: to("nowhere")}, yumen.KindNotFound},
	} {
		new := to(name)
		if err := Restore(t.Context(), new, bytes.NewReader(c.backup), c.original); yumen.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ReadSettings(new); yumen.KindOf(err) != yumen.KindNotFound {
			t.Errorf("%s left a home: %v", name, err)
		}
	}
	new := to("new")
	if err := Restore(t.Context(), new, bytes.NewReader(late), Original{Replaced: dir}); err != nil {
		t.Fatal(err)
	}
	goesOn(t, new, 1, 1)
	if as := actions(t, new); !slices.Contains(as, yumen.ActionHomeRestore) ||
		slices.Contains(as, yumen.ActionHomeRetire) {
		t.Errorf("the new log says %v", as)
	}
	if err := Restore(t.Context(), to("again"), bytes.NewReader(late),
		Original{Replaced: dir}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("replaced twice: %v", err)
	}
	if err := Restore(t.Context(), to("ended"), bytes.NewReader(backedUp(t, dir)),
		Original{Replaced: dir}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("replaced twice, by a backup taken since: %v", err)
	}
	if as := actions(t, dir); as[len(as)-1] != yumen.ActionHomeRetire || len(as) != 4 {
		t.Errorf("the old log says %v", as)
	}
	if _, err := Open(t.Context(), dir, Options{}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the original goes on: %v", err)
	}
	r, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if ds, err := r.route.Datasets(t.Context()); err != nil || len(ds) != 1 || r.Close() != nil {
		t.Errorf("%d datasets, %v", len(ds), err)
	}
}

// A restore that was interrupted after the original's last step, before there were settings, is ended by repeating it:
// the original names the log that goes on. In no other folder and for no other original is anything ended, and never
// twice.
func TestRestoreGoesOnWhereItWasInterrupted(t *testing.T) {
	dir := made(t)
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	register(t, h, 1)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	b, new := backedUp(t, dir), filepath.Join(t.TempDir(), "new")
	again := func(to string, o Original) error { return Restore(t.Context(), to, bytes.NewReader(b), o) }
	if err := again(new, Original{Replaced: dir}); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(new, SettingsFile)
	if err := again(new, Original{Replaced: dir}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("restored over a home: %v", err)
	}
	if err := os.Remove(settings); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half")
	if err := errors.Join(os.CopyFS(half, os.DirFS(new)),
		os.Remove(filepath.Join(half, "log", "checkpoint"))); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := again(other, Original{Lost: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(other, SettingsFile)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to       string
		original Original
	}{"the original is said to be lost": {new, Original{Lost: true}},
		"another original":           {new, Original{Replaced: made(t)}},
		"no log":                     {half, Original{Replaced: dir}},
		"the log of another restore": {other, Original{Replaced: dir}},
		"some other folder":          {filepath.Dir(half), Original{Replaced: dir}}} {
		if err := again(c.to, c.original); err == nil || fileExists(filepath.Join(c.to, SettingsFile)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := again(new, Original{Replaced: dir}); err != nil {
		t.Fatal(err)
	}
	goesOn(t, new, 1, 1)
	if as := actions(t, dir); as[len(as)-1] != yumen.ActionHomeRetire || len(as) != 4 {
		t.Errorf("the old log says %v", as)
	}
}

// What lies in the folder is compared once more before it becomes a home.
func TestInterruptedRestoreIsVerified(t *testing.T) {
	dir, object := stored(t)
	b, new := backedUp(t, dir), filepath.Join(t.TempDir(), "new")
	if err := Restore(t.Context(), new, bytes.NewReader(b), Original{Replaced: dir}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(new, object)
	if err := errors.Join(os.Remove(filepath.Join(new, SettingsFile)), os.Chmod(file, 0o600),
		os.WriteFile(file, []byte("mobule"), 0o600)); err != nil {
		t.Fatal(err)
	}
	err := Restore(t.Context(), new, bytes.NewReader(b), Original{Replaced: dir})
	if yumen.KindOf(err) != yumen.KindCorrupt || fileExists(filepath.Join(new, SettingsFile)) {
		t.Errorf("%v", err)
	}
}

func fileExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// stored makes a home with a module that a job names, and returns the file of it.
func stored(t *testing.T) (dir, object string) {
	t.Helper()
	dir = made(t)
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	lab := yumen.Actor{Name: "a", Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}
	j, err := h.route.Submit(t.Context(), lab, yumen.JobSpec{Contract: "c"}, []byte("module"))
	if err := errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(objectsDir, "programs", j.Program.Hex())
}

// An object that is damaged or gone is named by the backup, by the restore and by those who verify; files that are not
// the home's are left out.
func TestObjectsAreThere(t *testing.T) {
	dir, object := stored(t)
	foreign := []string{"objects/programs/note.txt", "objects/held/abc", "keys/old.key", "objects/programs/core"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good, to := backedUp(t, dir), filepath.Join(t.TempDir(), "to")
	if err := Restore(t.Context(), to, bytes.NewReader(good), Original{Lost: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range foreign {
		if _, err := os.Lstat(filepath.Join(to, name)); err == nil {
			t.Errorf("%s was restored", name)
		}
	}
	missing := func(err error) bool {
		e := yumen.AsError(err)
		return yumen.KindOf(err) == yumen.KindCorrupt && len(e.Reasons) == 1 && e.Reasons[0].Place == object
	}
	without := changed(t, good, object, objectsDir+"/programs/"+yumen.DigestOf([]byte("x")).Hex(), []byte("x"))
	if err := Restore(t.Context(), filepath.Join(t.TempDir(), "b"), bytes.NewReader(without),
		Original{Lost: true}); !missing(err) {
		t.Errorf("restored without an object: %v", err)
	}
	path := filepath.Join(dir, object)
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("other!"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), dir, &bytes.Buffer{}); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("a damaged object was backed up: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), dir, &bytes.Buffer{}); !missing(err) {
		t.Errorf("backed up without an object: %v", err)
	}
	h, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{Quick: true}); !missing(err) ||
		h.Close() != nil {
		t.Errorf("verified without an object: %v", err)
	}
}

// A backup that is stopped leaves nothing in the home, and the next start removes what earlier versions left.
func TestBackupLeavesNothing(t *testing.T) {
	dir := made(t)
	ctx, cancel := context.WithCancel(t.Context())
	stopping := writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil })
	if err := Backup(ctx, dir, stopping); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	left := filepath.Join(dir, ".backup-1")
	if err := errors.Join(os.Mkdir(left, 0o700), os.WriteFile(filepath.Join(left, stateFile), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if got, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(got) > 0 {
		t.Errorf("left: %v, %v", got, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
