package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// openedHost is a host whose enclaves are started ahead, most of them at a time.
func openedHost(t testing.TB, most int) *Host {
	t.Helper()
	h := testHost(t, Config{Started: most})
	h.Open()
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// waits returns the processes that wait for a task, once they are started.
func waits(h *Host) (out []*process) {
	h.processes.mu.Lock()
	defer h.processes.mu.Unlock()
	for _, started := range h.processes.waiting {
		p := <-started
		started <- p
		out = append(out, p)
	}
	return out
}

// serveOnce runs a task that counts what its process was asked before.
func serveOnce(t testing.TB, h *Host, input string) yumen.EnclaveReport {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	in := opened(t, "a", path)
	defer in.File.Close()
	got, err := h.Run(t.Context(),
		task.Task{Role: task.Query, Spec: testSpec{Do: "copy", Arg: "a"}, Inputs: []task.Input{in}},
		map[string]io.Writer{"out": &out})
	if err != nil || out.String() != input {
		t.Fatalf("%q, %v", out.String(), err)
	}
	return got.Report
}

// An enclave that was started ahead serves one task, behind the same walls as one that is started for it, and another
// takes its place.
func TestStartedAheadServesOneTask(t *testing.T) {
	want := serveOnce(t, testHost(t, Config{}), "cold")
	check := nothingLeft(t)
	h := openedHost(t, 2)
	seen := map[int]bool{}
	for i := range 5 {
		next := waits(h)[0].cmd.Process.Pid
		if seen[next] {
			t.Fatalf("process %d waits again", next)
		}
		seen[next] = true
		got := serveOnce(t, h, fmt.Sprint("warm ", i))
		if diff := cmp.Diff(walls(want), walls(got)); diff != "" {
			t.Errorf("other walls:\n%s", diff)
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", next)); err == nil {
			t.Errorf("process %d is there after its task", next)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	serveOnce(t, h, "after the end")
	if left := waits(h); len(left) > 0 {
		t.Errorf("%d processes wait on a closed host", len(left))
	}
	check()
}

// walls is what a report says of the walls: each layer, and each probe with whether it was blocked.
func walls(r yumen.EnclaveReport) (out []string) {
	for _, l := range r.Layers {
		out = append(out, fmt.Sprint(l.Name, " ", l.Applied, " ", l.Detail))
	}
	for _, p := range r.Probes {
		out = append(out, fmt.Sprint(p.Name, " ", p.Blocked))
	}
	return append(out, fmt.Sprintf("%s %+v %s", r.Level, r.Limits, r.Binary))
}

// A process that waits is in namespaces of its own and holds nothing but its pipes and the socket of its order: no
// file, no text, nobody's environment.
func TestWaitingProcessHoldsNothing(t *testing.T) {
	t.Setenv("YUMEN_TEST_SECRET", "4711")
	file := opened(t, "a", filepath.Join(t.TempDir(), "..")) // what the parent has open is not handed down
	h := openedHost(t, 1)
	p := waits(h)[0]
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	for _, ns := range []string{"user", "pid_for_children", "mnt", "net", "ipc", "uts", "cgroup"} {
		mine, err1 := os.Readlink("/proc/self/ns/" + ns)
		theirs, err2 := os.Readlink(dir + "ns/" + ns)
		if err1 != nil || err2 != nil || mine == theirs {
			t.Errorf("namespace %s: %s, %s, %v, %v", ns, mine, theirs, err1, err2)
		}
	}
	env, err := os.ReadFile(dir + "environ")
	if err != nil || strings.Contains(string(env), "4711") {
		t.Errorf("environment %q, %v", env, err)
	}
	var held []string
	for range 500 { // while it is loaded it has its libraries open
		if held = handedDown(t, dir); len(held) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(held) > 0 {
		t.Errorf("it holds %s (the parent has %s)", held, file.File.Name())
	}
}

// handedDown lists what a process has open but pipes, itself and the socket on which its order comes.
func handedDown(t *testing.T, dir string) (held []string) {
	t.Helper()
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		to, err := os.Readlink(dir + "fd/" + fd.Name())
		if fd.Name() == "3" && strings.HasPrefix(to, "socket:") {
			continue // its order comes on it
		}
		if err == nil && !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "anon_inode:") &&
			to != "/dev/null" && !strings.HasPrefix(to, "/proc/") {
			held = append(held, fd.Name()+" "+to)
		}
	}
	return held
}

// Whoever ends a process that waits harms no task.
func TestWaitingProcessIsKilled(t *testing.T) {
	h := openedHost(t, 2)
	for _, p := range waits(h) {
		p.kill()
		for !p.dead() {
		}
	}
	serveOnce(t, h, "served all the same")
	serveOnce(t, h, "and again")
}

// As many wait as the configuration says, however often somebody says that tasks are about to come.
func TestNoMoreWaitThanConfigured(t *testing.T) {
	h := openedHost(t, 3)
	for range 10 {
		h.Open()
	}
	if n := len(waits(h)); n != 3 {
		t.Errorf("%d wait", n)
	}
}

// What gets no process of its own ahead gets the error of starting one.
func TestCannotStartAhead(t *testing.T) {
	h := testHost(t, Config{Executable: filepath.Join(t.TempDir(), "none")})
	h.Open()
	defer h.Close()
	_, err := h.Run(t.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}}, nil)
	if yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("%v", err)
	}
}

// Every attempt to break out fails from an enclave that was started ahead, too.
func TestAttemptsFromStartedAhead(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := opened(t, "secret", secret)
	check := nothingLeft(t)
	h := openedHost(t, 2)
	for _, a := range Probes() {
		if got, err := h.attempt(t.Context(), a, dir, in.File); err != nil || !got.Blocked {
			t.Errorf("%s: %s, %v", a.Name, got.Result, err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	check()
}

// BenchmarkStart compares a task's time with enclaves started ahead to that with enclaves started for it.
func BenchmarkStart(b *testing.B) {
	cold, warm := testHost(b, Config{}), openedHost(b, 2)
	run := func(h *Host) {
		got, err := h.Run(b.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}}, nil)
		if err != nil || !json.Valid(got.Answer) {
			b.Fatal(err)
		}
	}
	var took [2]float64
	for b.Loop() {
		for i, h := range []*Host{warm, cold} {
			_ = waits(warm)
			begun := b.Elapsed()
			run(h)
			took[i] += float64(b.Elapsed() - begun)
		}
	}
	b.ReportMetric(took[0]/took[1], "warm/cold")
}

// An enclave does not read a file that took the place of the one it was to be given, even if that happened after the
// parent looked: the test puts another file in the order.
func TestEnclaveKnowsItsInputs(t *testing.T) {
	in := replacedFile(t)
	o, err := (&order{}).locate(opened(t, "a", in.File.Name()))
	if err != nil {
		t.Fatal(err)
	}
	o.Inode++
	err = checkReadable([]orderInput{o}, filepath.Dir(o.Path))
	if yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("%v", err)
	}
	o.Inode--
	if err := checkReadable([]orderInput{o}, filepath.Dir(o.Path)); err != nil {
		t.Error(err)
	}
}
