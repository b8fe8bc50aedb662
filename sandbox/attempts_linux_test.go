package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// An attempt is made inside an enclave, by code that has taken the process over: it calls the kernel directly. It returns
// nil if it got what it wanted.
type breakout struct {
	name string
	try  func(in Inside, s testSpec) error
}

// raw makes a system call with up to six arguments.
func raw(nr uintptr, args ...uintptr) func(Inside, testSpec) error {
	var a [6]uintptr
	copy(a[:], args)
	return func(Inside, testSpec) error { return rawErr(nr, a) }
}

func rawErr(nr uintptr, a [6]uintptr) error {
	_, _, errno := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return errno
	}
	return nil
}

func ptr(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s + "\x00"))) }

func open(path string, flags int) func(Inside, testSpec) error {
	return func(Inside, testSpec) error { return opens(path, flags) }
}

func family(f int) func(Inside, testSpec) error {
	return func(Inside, testSpec) error {
		for _, kind := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_RAW, unix.SOCK_SEQPACKET} {
			if fd, err := unix.Socket(f, kind, 0); err == nil {
				return unix.Close(fd)
			}
		}
		return unix.EPERM
	}
}

func program(path string, args ...string) func(Inside, testSpec) error {
	return func(Inside, testSpec) error { return exec.Command(path, args...).Run() }
}

var minusOne = ^uintptr(0)

var networkAttempts = []breakout{
	{"unix socket", family(unix.AF_UNIX)},
	{"inet socket", family(unix.AF_INET)},
	{"inet6 socket", family(unix.AF_INET6)},
	{"netlink socket", family(unix.AF_NETLINK)},
	{"packet socket", family(unix.AF_PACKET)},
	{"vsock socket", family(unix.AF_VSOCK)},
	{"crypto API socket", family(unix.AF_ALG)},
	{"bluetooth socket", family(unix.AF_BLUETOOTH)},
	{"CAN socket", family(unix.AF_CAN)},
	{"XDP socket", family(unix.AF_XDP)},
	{"TIPC socket", family(unix.AF_TIPC)},
	{"RDS socket", family(unix.AF_RDS)},
	{"key socket", family(unix.AF_KEY)},
	{"multipath TCP", raw(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 262)},
	{"ping socket", raw(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)},
	{"socket pair", raw(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM, 0, 0)},
	{"resolve a name", func(Inside, testSpec) error { _, err := net.LookupHost("example.com"); return err }},
	{"dial this host", func(Inside, testSpec) error { _, err := net.Dial("tcp", "127.0.0.1:22"); return err }},
	{"listen", func(Inside, testSpec) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err }},
}

var fileAttempts = []breakout{
	{"read /etc/passwd", open("/etc/passwd", unix.O_RDONLY)},
	{"read /etc/shadow", open("/etc/shadow", unix.O_RDONLY)},
	{"list /", open("/", unix.O_RDONLY|unix.O_DIRECTORY)},
	{"list / by dot-dot", open("/work/../..", unix.O_RDONLY|unix.O_DIRECTORY)},
	{"dot-dot to a host file", open("/in/../../../../../etc/passwd", unix.O_RDONLY)},
	{"root of process 1", open("/proc/1/root/etc/passwd", unix.O_RDONLY)},
	{"own root through /proc", open("/proc/self/root/", unix.O_RDONLY|unix.O_DIRECTORY)},
	{"own program through /proc", open("/proc/self/exe", unix.O_RDONLY)},
	{"write own memory through /proc", open("/proc/self/mem", unix.O_RDWR)},
	{"change own uid map", open("/proc/self/uid_map", unix.O_WRONLY)},
	{"change own OOM score", open("/proc/self/oom_score_adj", unix.O_WRONLY)},
	{"kernel symbols", open("/proc/kallsyms", unix.O_RDONLY)},
	{"kernel memory", open("/proc/kcore", unix.O_RDONLY)},
	{"kernel settings", open("/proc/sys/kernel/hostname", unix.O_RDONLY)},
	{"sysrq", open("/proc/sysrq-trigger", unix.O_WRONLY)},
	{"sysfs", open("/sys/kernel", unix.O_RDONLY)},
	{"physical memory", open("/dev/mem", unix.O_RDONLY)},
	{"terminal", open("/dev/tty", unix.O_RDWR)},
	{"new terminal", open("/dev/ptmx", unix.O_RDWR)},
	{"shared memory folder", open("/dev/shm/x", unix.O_RDWR|unix.O_CREAT)},
	{"temporary folder", open("/tmp/x", unix.O_RDWR|unix.O_CREAT)},
	{"write at the root", open("/x", unix.O_RDWR|unix.O_CREAT)},
	{"write among the inputs", open("/in/x", unix.O_RDWR|unix.O_CREAT)},
	{"write an input", open("/in/secret", unix.O_RDWR)},
	{"truncate an input", func(Inside, testSpec) error { return os.Truncate("/in/secret", 0) }},
	{"chmod an input", func(Inside, testSpec) error { return os.Chmod("/in/secret", 0o777) }},
	{"remove an input", func(Inside, testSpec) error { return os.Remove("/in/secret") }},
	{"rename an input", func(Inside, testSpec) error { return os.Rename("/in/secret", "/work/secret") }},
	{"hard link to an input", func(Inside, testSpec) error { return os.Link("/in/secret", "/work/secret") }},
	{"set an input's times", func(Inside, testSpec) error {
		return unix.UtimesNano("/in/secret", make([]unix.Timespec, 2))
	}},
	{"set an attribute", func(Inside, testSpec) error { return unix.Setxattr("/work", "user.x", []byte("x"), 0) }},
	{"symbolic link", func(Inside, testSpec) error { return os.Symlink("/etc", "/work/link") }},
	{"hard link in work", func(Inside, testSpec) error {
		_ = os.WriteFile("/work/a", nil, 0o600)
		return os.Link("/work/a", "/work/b")
	}},
	{"named pipe", func(Inside, testSpec) error { return unix.Mkfifo("/work/pipe", 0o600) }},
	{"device node", func(Inside, testSpec) error { return unix.Mknod("/work/sda", unix.S_IFBLK|0o600, 0x800) }},
	{"socket node", func(Inside, testSpec) error { return unix.Mknod("/work/sock", unix.S_IFSOCK|0o600, 0) }},
	{"reopen an input for writing", func(Inside, testSpec) error {
		fd, err := unix.Open("/in/secret", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		return opens("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDWR)
	}},
	{"open by file handle", raw(unix.SYS_OPEN_BY_HANDLE_AT, minusOne, 0, 0)},
	{"host path of the scratch folder", func(_ Inside, s testSpec) error { return opens(s.Arg, unix.O_RDONLY) }},
	{"host path of an input", func(_ Inside, s testSpec) error { return opens(filepath.Join(s.Arg, "secret"), unix.O_RDONLY) }},
	{"change owner", func(Inside, testSpec) error { return os.Chown("/work", 0, 0) }},
	{"watch files", raw(unix.SYS_INOTIFY_INIT1, 0)},
	{"watch the filesystem", raw(unix.SYS_FANOTIFY_INIT, 0, 0)},
}

var processAttempts = []breakout{
	{"see another process", func(Inside, testSpec) error { return seesOthers() }},
	{"signal everybody", raw(unix.SYS_KILL, minusOne, 0)},
	{"signal the parent by its host pid", func(_ Inside, s testSpec) error { return unix.Kill(int(s.N), 0) }},
	{"signal a thread by id", raw(unix.SYS_TKILL, 2, 0)},
	{"queue a signal", raw(unix.SYS_RT_SIGQUEUEINFO, 1, 0, 0)},
	{"pidfd of the parent", func(_ Inside, s testSpec) error { return rawErr(unix.SYS_PIDFD_OPEN, [6]uintptr{uintptr(s.N)}) }},
	{"pidfd of oneself", raw(unix.SYS_PIDFD_OPEN, 1, 0)},
	{"take another's descriptor", raw(unix.SYS_PIDFD_GETFD, 0, 0, 0)},
	{"be traced", raw(unix.SYS_PTRACE, unix.PTRACE_TRACEME)},
	{"trace process 1", raw(unix.SYS_PTRACE, unix.PTRACE_ATTACH, 1)},
	{"read another's memory", raw(unix.SYS_PROCESS_VM_READV, 1, 0, 0, 0, 0, 0)},
	{"write another's memory", raw(unix.SYS_PROCESS_VM_WRITEV, 1, 0, 0, 0, 0, 0)},
	{"compare kernel objects", raw(unix.SYS_KCMP, 1, 1, 0, 0, 0)},
	{"fork", raw(unix.SYS_CLONE, uintptr(unix.SIGCHLD))},
	{"clone with a new user namespace", raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD))},
	{"clone3", raw(unix.SYS_CLONE3, 0, 0)},
	{"run a shell", program("/bin/sh", "-c", "true")},
	{"run oneself", program("/proc/self/exe")},
	{"exec oneself", func(Inside, testSpec) error { return unix.Exec("/proc/self/exe", []string{"x"}, nil) }},
	{"exec a file in work", func(Inside, testSpec) error {
		if err := os.WriteFile("/work/x", []byte("#!/proc/self/exe\n"), 0o700); err != nil {
			return nil
		}
		return unix.Exec("/work/x", []string{"x"}, nil)
	}},
	{"exec by descriptor", raw(unix.SYS_EXECVEAT, minusOne, 0, 0, 0, unix.AT_EMPTY_PATH)},
	{"exec from memory", func(Inside, testSpec) error { _, err := unix.MemfdCreate("x", 0); return err }},
	{"set niceness", raw(unix.SYS_SETPRIORITY, 0, 0, 0)},
	{"outlive the parent", raw(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0)},
	{"become dumpable", raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1)},
	{"let a tracer in", raw(unix.SYS_PRCTL, unix.PR_SET_PTRACER, minusOne)},
	{"become a subreaper", raw(unix.SYS_PRCTL, unix.PR_SET_CHILD_SUBREAPER, 1)},
	{"raise a limit", func(Inside, testSpec) error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 4096, Max: 4096})
	}},
	{"find a descriptor left open", func(Inside, testSpec) error { return leftOpen() }},
	{"find a privileged thread", func(Inside, testSpec) error { return privileged(true) }},
	{"find the parent's environment", func(Inside, testSpec) error {
		b, _ := os.ReadFile("/proc/self/environ")
		if len(os.Environ()) == 0 && !strings.Contains(string(b), "YUMEN_TEST_SECRET") {
			return errSafe
		}
		return nil
	}},
	{"learn the host's name", func(_ Inside, s testSpec) error {
		var u unix.Utsname
		if err := unix.Uname(&u); err != nil {
			return err
		}
		if host := unix.ByteSliceToString(u.Nodename[:]); host != "enclave" {
			return nil
		}
		return errSafe
	}},
}

var kernelAttempts = []breakout{
	{"new user namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWUSER)},
	{"new mount namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWNS)},
	{"new network namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWNET)},
	{"join a namespace", func(Inside, testSpec) error {
		fd, err := unix.Open("/proc/self/ns/mnt", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		return unix.Setns(fd, 0)
	}},
	{"mount a tmpfs", func(Inside, testSpec) error { return unix.Mount("tmpfs", "/work", "tmpfs", 0, "") }},
	{"mount by bind", func(Inside, testSpec) error { return unix.Mount("/proc", "/work", "", unix.MS_BIND, "") }},
	{"make the root writable", func(Inside, testSpec) error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") }},
	{"unmount /proc", func(Inside, testSpec) error { return unix.Unmount("/proc", unix.MNT_DETACH) }},
	{"unmount the root", func(Inside, testSpec) error { return unix.Unmount("/", unix.MNT_DETACH) }},
	{"pivot_root", func(Inside, testSpec) error { return unix.PivotRoot("/work", "/work") }},
	{"chroot", func(Inside, testSpec) error { return unix.Chroot("/work") }},
	{"open a mount tree", raw(unix.SYS_OPEN_TREE, minusOne, 0, unix.OPEN_TREE_CLONE)},
	{"move a mount", raw(unix.SYS_MOVE_MOUNT, minusOne, 0, minusOne, 0, 0)},
	{"new filesystem", func(Inside, testSpec) error { _, err := unix.Fsopen("tmpfs", 0); return err }},
	{"change a mount's flags", raw(unix.SYS_MOUNT_SETATTR, minusOne, 0, 0, 0, 0)},
	{"change the host name", func(Inside, testSpec) error { return unix.Sethostname([]byte("x")) }},
	{"become root", func(Inside, testSpec) error { return syscall.Setuid(0) }},
	{"gain capabilities", func(Inside, testSpec) error {
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		data := [2]unix.CapUserData{{Effective: 1 << unix.CAP_SYS_ADMIN, Permitted: 1 << unix.CAP_SYS_ADMIN}}
		return unix.Capset(&hdr, &data[0])
	}},
	{"raise an ambient capability", raw(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, unix.CAP_SYS_ADMIN, 0, 0)},
	{"bpf", raw(unix.SYS_BPF, 0, 0, 0)},
	{"perf_event_open", raw(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0, 0, 0)},
	{"userfaultfd", raw(unix.SYS_USERFAULTFD, 1)},
	{"io_uring", raw(unix.SYS_IO_URING_SETUP, 1, 0)},
	{"io_uring_enter", raw(unix.SYS_IO_URING_ENTER, 0, 0, 0, 0, 0, 0)},
	{"asynchronous I/O", raw(unix.SYS_IO_SETUP, 1, 0)},
	{"keyctl", raw(unix.SYS_KEYCTL, 0, minusOne, 0)},
	{"add a key", raw(unix.SYS_ADD_KEY, ptr("user"), ptr("x"), ptr("x"), 1, minusOne)},
	{"request a key", raw(unix.SYS_REQUEST_KEY, ptr("user"), ptr("x"), 0, minusOne)},
	{"load a module", raw(unix.SYS_INIT_MODULE, 0, 0, 0)},
	{"load a module file", raw(unix.SYS_FINIT_MODULE, minusOne, 0, 0)},
	{"load a kernel", raw(unix.SYS_KEXEC_LOAD, 0, 0, 0, 0)},
	{"reboot", raw(unix.SYS_REBOOT, 0, 0, 0)},
	{"swap on", raw(unix.SYS_SWAPON, 0, 0)},
	{"read the kernel log", raw(unix.SYS_SYSLOG, 3, 0, 0)},
	{"process accounting", raw(unix.SYS_ACCT, 0)},
	{"quotas", raw(unix.SYS_QUOTACTL, 0, 0, 0, 0)},
	{"personality", raw(unix.SYS_PERSONALITY, 0x0400000)},
	{"set the clock", raw(unix.SYS_CLOCK_SETTIME, 0, 0)},
	{"add a filter", raw(unix.SYS_SECCOMP, 1, 0, 0)},
	{"device control", raw(unix.SYS_IOCTL, 0, unix.TIOCSTI, 0)},
	{"shared memory segment", raw(unix.SYS_SHMGET, 0, 4096, unix.IPC_CREAT|0o600)},
	{"message queue", raw(unix.SYS_MSGGET, 0, unix.IPC_CREAT|0o600)},
	{"semaphores", raw(unix.SYS_SEMGET, 0, 1, unix.IPC_CREAT|0o600)},
	{"POSIX message queue", raw(unix.SYS_MQ_OPEN, ptr("x"), unix.O_CREAT|unix.O_RDWR, 0o600, 0)},
	{"secret memory", raw(unix.SYS_MEMFD_SECRET, 0)},
	{"memory policy", raw(unix.SYS_MBIND, 0, 0, 0, 0, 0, 0)},
	{"writable and executable memory", func(Inside, testSpec) error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	}},
	{"make memory executable", func(Inside, testSpec) error {
		b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return err
		}
		return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
	}},
	{"the x32 ABI", raw(0x4000_0000 | unix.SYS_GETPID)},
}

func allAttempts() []breakout {
	var all []breakout
	for _, group := range [][]breakout{networkAttempts, fileAttempts, processAttempts, kernelAttempts} {
		all = append(all, group...)
	}
	return all
}

// errGotThrough is how an attempt that succeeded comes back.
var errGotThrough = yumen.Errorf(yumen.Denied, "it got through", "突破成功")

func init() {
	deeds["attempt"] = func(_ context.Context, in Inside, s testSpec) error {
		for _, a := range allAttempts() {
			if name, arg, _ := strings.Cut(s.Arg, "|"); a.name == name {
				s.Arg = arg
				err := a.try(in, s)
				if err == nil {
					return errGotThrough
				}
				return in.Answer(errorName(err))
			}
		}
		return errors.New("no such attempt")
	}
}

// TestAttempts makes every attempt in an enclave of its own: it must fail, the enclave must be able to say so, and nothing
// may be left of it.
func TestAttempts(t *testing.T) {
	t.Setenv("YUMEN_TEST_SECRET", "4711")
	names := map[string]bool{}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testHost(t, Config{})
	for _, a := range allAttempts() {
		if names[a.name] {
			t.Errorf("two attempts are called %s", a.name)
		}
		names[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			defer nothingLeft(t)()
			got, _, err := deed(t, h, testSpec{Do: "attempt", Arg: a.name + "|" + dir, N: int64(os.Getpid())}, func(k *task.Task) {
				k.Inputs = []task.Input{{Name: "secret", Path: secret}}
			})
			if err != nil {
				t.Fatalf("%v", err)
			}
			t.Logf("%s", got.Answer)
			if b, err := os.ReadFile(secret); string(b) != "4711" {
				t.Errorf("the input changed: %v", err)
			}
		})
	}
	t.Logf("%d attempts", len(names))
}

// onlyTheFilter names the attempts that no other layer stops on every host. They lead nowhere by themselves: to sockets without a network,
// namespaces within the own ones, objects of the own process. No file of the host, no other process and no network is among them.
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

// TestWithoutTheFilter makes every attempt with the system call filter left out, to see what the other layers hold alone.
func TestWithoutTheFilter(t *testing.T) {
	h := testHost(t, Config{Minimum: yumen.IsolationReduced})
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, a := range allAttempts() {
		name := strings.ReplaceAll(a.name, " ", "_")
		_, _, err := deed(t, h, testSpec{Do: "attempt", Arg: a.name + "|" + dir, N: int64(os.Getpid())}, func(k *task.Task) {
			k.Role, k.Inputs = unfiltered, []task.Input{{Name: "secret", Path: secret}}
		})
		if err != nil && !slices.Contains(onlyTheFilter, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func init() {
	deeds["narrow"] = func(_ context.Context, in Inside, _ testSpec) error {
		keep, out := filepath.Join(in.Work(), "keep"), filepath.Join(in.Work(), "out")
		if err := errors.Join(os.Mkdir(keep, 0o700), os.Mkdir(out, 0o700), os.WriteFile(filepath.Join(keep, "a"), nil, 0o600)); err != nil {
			return err
		}
		if err := in.(Narrower).Narrow(keep, out); err != nil {
			return err
		}
		for path, want := range map[string]bool{"/in/secret": false, "/proc/self/status": false, filepath.Join(in.Work(), "b"): false,
			filepath.Join(keep, "b"): false, filepath.Join(keep, "a"): true, filepath.Join(out, "b"): true} {
			flags := unix.O_RDONLY
			if filepath.Base(path) == "b" {
				flags = unix.O_WRONLY | unix.O_CREAT
			}
			for range 8 { // on whichever threads the runtime has
				if got := opens(path, flags); (got == nil) != want {
					return yumen.Errorf(yumen.Denied, "%s: %v", "%s：%v", path, got)
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
	_, _, err := deed(t, testHost(t, Config{Minimum: yumen.IsolationReduced}), deadThread, func(k *task.Task) { k.Role = unfiltered })
	if err != nil {
		t.Error(err)
	}
}

func init() {
	deeds["be traced on another thread"] = func(_ context.Context, in Inside, _ testSpec) error {
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
		k.Role, k.Inputs = task.Wasm, []task.Input{{Name: "secret", Path: secret}}
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

func mountsNow(t testing.TB) string {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
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
