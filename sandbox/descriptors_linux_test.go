package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// nameless are files as decrypted objects are held in: in memory, and in a file that was removed.
func nameless(t testing.TB, text []byte) map[string]*os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("object", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	removed, err := os.CreateTemp(t.TempDir(), "object")
	if err == nil {
		err = os.Remove(removed.Name())
	}
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*os.File{"memory": os.NewFile(uintptr(fd), "object"), "removed": removed}
	for name, f := range files {
		_, err := f.Write(text)
		if err := errors.Join(err, f.Chmod(0o400)); err != nil {
			t.Fatal(err)
		}
		again, err := os.Open(fdPath(int(f.Fd())))
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = again.Close() }) // read only
		files[name] = again
	}
	return files
}

// Inputs without a name reach an enclave, several and beside one that has a name, and every probe holds.
func TestInputsWithoutAName(t *testing.T) {
	text := make([]byte, 3<<20+17)
	rand.Read(text)
	named := filepath.Join(t.TempDir(), "named")
	if err := os.WriteFile(named, text, 0o600); err != nil {
		t.Fatal(err)
	}
	files := nameless(t, text)
	inputs := []task.Input{{Name: "memory", File: files["memory"]}, opened(t, "named", named),
		{Name: "removed", File: files["removed"]}}
	h := openedHost(t, 1)
	for _, in := range inputs {
		got, out, err := deed(t, h, testSpec{Do: "copy", Arg: in.Name}, func(k *task.Task) { k.Inputs = inputs })
		if err != nil || out != string(text) {
			t.Fatalf("%s: %d bytes, %v", in.Name, len(out), err)
		}
		if got.Report.Level != yumen.IsolationFull {
			t.Errorf("%s: level %s", in.Name, got.Report.Level)
		}
		for _, p := range got.Report.Probes {
			if !p.Blocked {
				t.Errorf("%s: %s got through", in.Name, p.Name)
			}
		}
	}
}

// An input in memory counts as memory of its task where runs share the host.
func TestInputsInMemoryAreClaimed(t *testing.T) {
	files := nameless(t, make([]byte, 1<<20))
	for name, want := range map[string]yumen.Size{"memory": 5 << 20, "removed": 4 << 20} {
		o, err := newOrder(task.Task{Limits: yumen.Limits{Memory: 4 << 20},
			Inputs: []task.Input{{Name: "a", File: files[name]}}}, nil)
		if got := o.claim().Memory; err != nil || got != want {
			t.Errorf("%s: claims %s, %v", name, got, err)
		}
	}
}

// An order whose descriptors did not come is not carried out.
func TestOrderWithoutItsDescriptors(t *testing.T) {
	theirs, ours, err := newControl()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	body := []byte(`{"role":"sql","spec":null,"inputs":[{"name":"a","descriptor":1,"device":0,"inode":0}],"outputs":null,` +
		`"limits":{},"root":"","work":"","confine":true}`)
	if err := errors.Join(sendOrder(ours, body, nil), ours.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := readOrder(theirs); err == nil {
		t.Error("carried out")
	}
	if _, err := theirs.Write([]byte("x")); err == nil {
		t.Error("something comes back on the control channel")
	}
}

func init() {
	deeds["work on disk"] = func(_ context.Context, in Env, _ testSpec) error {
		f, err := os.Create(filepath.Join(in.Work(), "file"))
		if err != nil {
			return err
		}
		defer f.Close()
		return in.Answer(onDisk(int(f.Fd())))
	}
}

// With work folders in memory a run writes there as before, nothing of it comes to lie on the host, and what does not
// fit is refused with what to do.
func TestWorkInMemory(t *testing.T) {
	scratch := t.TempDir()
	h := testHost(t, Config{Scratch: scratch, WorkInMemory: true})
	got, _, err := deed(t, h, testSpec{Do: "work", Arg: "spill"}, nil)
	if err != nil || string(got.Answer) != `"spill"` {
		t.Fatalf("%s %v", got.Answer, err)
	}
	for _, inMemory := range []bool{true, false} {
		got, _, err := deed(t, testHost(t, Config{Scratch: "/var/tmp", WorkInMemory: inMemory}),
			testSpec{Do: "work on disk"}, nil)
		if disk := string(got.Answer) == "true"; err != nil || disk == inMemory {
			t.Errorf("in memory %v: on disk %s, %v", inMemory, got.Answer, err)
		}
	}
	r := run{order: order{WorkMemory: 1}}
	if e := yumen.AsError(r.workInMemory(yumen.Errorf(yumen.KindLimit, "a", "b"))); e.Fix.IsZero() {
		t.Errorf("%v says not what to do", e)
	}
}

// Every attempt fails as well where the input is a file in memory, or one on disk without a name, and leaves it as it
// was; and so it does where the work folder is in memory.
func TestAttemptsOnInputsWithoutAName(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range nameless(t, []byte("4711")) {
		h := testHost(t, Config{WorkInMemory: name == "memory"})
		for _, a := range Probes() {
			if a.Area != "files" && !strings.Contains(a.Name, "input") {
				continue
			}
			got, err := h.attempt(t.Context(), a, dir, f)
			if err != nil || !got.Blocked {
				t.Errorf("%s, %s: %s: %v", name, a.Name, got.Result, err)
			}
			b := make([]byte, 8)
			if n, _ := f.ReadAt(b, 0); string(b[:n]) != "4711" {
				t.Errorf("%s, %s: the input is %q", name, a.Name, b[:n])
			}
			if st, err := f.Stat(); err != nil || st.Mode().Perm() != 0o400 {
				t.Errorf("%s, %s: mode %v, %v", name, a.Name, st.Mode(), err)
			}
		}
	}
}
