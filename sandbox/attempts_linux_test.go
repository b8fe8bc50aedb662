package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

func init() {
	deeds["attempt"] = func(_ context.Context, in Env, s testSpec) error {
		name, dir, _ := strings.Cut(s.Arg, "|")
		for _, b := range escapes {
			for _, a := range b.attempts {
				if a.name == name {
					return tryEscape(in, a, attemptSpec{Name: name, Dir: dir, Parent: int(s.N)})
				}
			}
		}
		return errors.New("no such attempt")
	}
}

// TestAttempts makes every attempt in an enclave of its own: it must fail, the enclave must be able to say so, and
// nothing may be left of it.
func TestAttempts(t *testing.T) {
	t.Setenv("YUMEN_TEST_SECRET", "4711")
	names := map[string]bool{}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, in := testHost(t, Config{}), opened(t, "secret", secret)
	for _, a := range Probes() {
		if names[a.Name] {
			t.Errorf("two attempts are called %s", a.Name)
		}
		names[a.Name] = true
		t.Run(a.Name, func(t *testing.T) {
			defer nothingLeft(t)()
			got, err := h.attempt(t.Context(), a, dir, in.File)
			if err != nil || !got.Blocked {
				t.Fatalf("%s: %v", got.Result, err)
			}
			t.Logf("%q", got.Result)
			if b, err := os.ReadFile(secret); string(b) != "4711" {
				t.Errorf("the input changed: %v", err)
			}
		})
	}
	t.Logf("%d attempts", len(names))
}

// onlyTheFilter names the attempts that no other layer stops on every host. They lead nowhere by themselves: to sockets
// without a network, namespaces within the own ones, objects of the own process. No file of the host, no other process
// and no network is among them.
var onlyTheFilter = strings.Fields(`unix_socket inet_socket inet6_socket netlink_socket vsock_socket multipath_TCP listen
	set_an_attribute hard_link_in_work watch_files signal_a_thread_by_id pidfd_of_oneself be_traced read_another's_memory
	write_another's_memory compare_kernel_objects fork clone_with_a_new_user_namespace exec_from_memory set_niceness outlive_the_parent
	become_dumpable become_a_subreaper find_a_privileged_thread userfaultfd add_a_key personality shared_memory_segment message_queue
	semaphores secret_memory memory_policy writable_and_executable_memory make_memory_executable`)

func init() {
	applyFilter = func(role string) (string, error) {
		if role == string(unfiltered) {
			return "", errors.New("left out by the test")
		}
		return restrictSyscalls(role)
	}
}

// TestWithoutTheFilter makes every attempt with the system call filter left out, to see what the other layers hold
// alone.
func TestWithoutTheFilter(t *testing.T) {
	h := testHost(t, Config{Minimum: yumen.IsolationReduced})
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, a := range Probes() {
		name := strings.ReplaceAll(a.Name, " ", "_")
		_, _, err := deed(t, h, testSpec{Do: "attempt", Arg: a.Name + "|" + dir, N: int64(os.Getpid())},
			func(k *task.Task) {
				k.Role, k.Inputs = unfiltered, []task.Input{opened(t, "secret", secret)}
			})
		if err != nil && !slices.Contains(onlyTheFilter, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func init() {
	deeds["narrow"] = func(_ context.Context, in Env, _ testSpec) error {
		keep, out := filepath.Join(in.Work(), "keep"), filepath.Join(in.Work(), "out")
		if err := errors.Join(os.Mkdir(keep, 0o700), os.Mkdir(out, 0o700),
			os.WriteFile(filepath.Join(keep, "a"), nil, 0o600)); err != nil {
			return err
		}
		if err := in.(Narrower).Narrow(keep, out); err != nil {
			return err
		}
		for path, want := range map[string]bool{"/in/secret": false, "/proc/self/status": false,
			filepath.Join(in.Work(), "b"): false,
			filepath.Join(keep, "b"):      false, filepath.Join(keep, "a"): true, filepath.Join(out, "b"): true} {
			flags := unix.O_RDONLY
			if filepath.Base(path) == "b" {
				flags = unix.O_WRONLY | unix.O_CREAT
			}
			for range 8 { // on whichever threads the runtime has
				if got := opens(path, flags); (got == nil) != want {
					return yumen.Errorf(yumen.KindDenied, "%s: %v", "%s：%v", path, got)
				}
				runtime.Gosched()
			}
		}
		return in.Answer("narrow")
	}
}

// TestTracedThread: a thread that asks its parent to trace it, where no filter refuses, cannot keep the parent waiting.
func TestTracedThread(t *testing.T) {
	deadThread := testSpec{Do: "be traced on another thread"}
	_, _, err := deed(t, testHost(t, Config{Minimum: yumen.IsolationReduced}), deadThread,
		func(k *task.Task) { k.Role = unfiltered })
	if err != nil {
		t.Error(err)
	}
}

func init() {
	deeds["be traced on another thread"] = func(_ context.Context, in Env, _ testSpec) error {
		runtime.LockOSThread() // the main goroutine is elsewhere, or will be
		result := make(chan error)
		for range 4 {
			go func() {
				runtime.LockOSThread()
				result <- rawErr(unix.SYS_PTRACE, [6]uintptr{unix.PTRACE_TRACEME})
				select {}
			}()
			if err := <-result; err != nil {
				return err
			}
		}
		return in.Answer("traced")
	}
}

func TestNarrow(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "narrow"}, func(k *task.Task) {
		k.Role, k.Inputs = task.Wasm, []task.Input{opened(t, "secret", secret)}
	})
	if err != nil || string(got.Answer) != `"narrow"` {
		t.Errorf("%s %v", got.Answer, err)
	}
}

// nothingLeft notes processes, mounts and descriptors, and checks afterwards that there are no others.
func nothingLeft(t testing.TB) func() {
	t.Helper()
	mounts, files := mountsNow(t), openFiles(t)
	return func() {
		t.Helper()
		noGroupLeft(t)
		if left := children(t); len(left) > 0 {
			t.Errorf("processes left: %v", left)
		}
		if after := mountsNow(t); after != mounts {
			t.Errorf("mounts left:\n%s", after)
		}
		if after := openFiles(t); after > files {
			t.Errorf("%d descriptors open, %d before", after, files)
		}
	}
}

// mountsNow leaves out what is mounted in temporary folders of other tests: packages are tested side by side, and one
// of them mounts a small disk to fill it.
func mountsNow(t testing.TB) string {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	own, _, _ := strings.Cut(t.Name(), "/")
	var ours []string
	for line := range strings.Lines(string(b)) {
		point := strings.Fields(line)[4]
		if !strings.Contains(point, "/Test") || strings.Contains(point, "/"+own) {
			ours = append(ours, line)
		}
	}
	return strings.Join(ours, "")
}

func openFiles(t testing.TB) int {
	names, err := namesIn("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// children lists the processes whose parent is this one.
func children(t testing.TB) []string {
	t.Helper()
	names, err := namesIn("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, pid := range names {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(after); len(f) > 1 && f[1] == fmt.Sprint(os.Getpid()) {
			out = append(out, pid)
		}
	}
	return out
}
