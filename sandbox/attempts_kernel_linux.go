package sandbox

import (
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

var processAttempts = []escape{
	{"see another process", func(attemptSpec) error { return seesOthers() }},
	{"signal everybody", raw(unix.SYS_KILL, minusOne, 0)},
	{"signal the parent by its host pid", func(s attemptSpec) error { return unix.Kill(s.Parent, 0) }},
	{"signal a thread by id", raw(unix.SYS_TKILL, 2, 0)},
	{"queue a signal", raw(unix.SYS_RT_SIGQUEUEINFO, 1, 0, 0)},
	{"pidfd of the parent", func(s attemptSpec) error {
		return rawErr(unix.SYS_PIDFD_OPEN,
			[6]uintptr{uintptr(s.Parent)})
	}},
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
	{"exec oneself", func(attemptSpec) error { return unix.Exec("/proc/self/exe", []string{"x"}, nil) }},
	{"exec a file in work", func(attemptSpec) error {
		if err := os.WriteFile("/work/x", []byte("#!/proc/self/exe\n"), 0o700); err != nil {
			return nil
		}
		return unix.Exec("/work/x", []string{"x"}, nil)
	}},
	{"exec by descriptor", raw(unix.SYS_EXECVEAT, minusOne, 0, 0, 0, unix.AT_EMPTY_PATH)},
	{"exec from memory", func(attemptSpec) error { _, err := unix.MemfdCreate("x", 0); return err }},
	{"set niceness", raw(unix.SYS_SETPRIORITY, 0, 0, 0)},
	{"outlive the parent", raw(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0)},
	{"become dumpable", raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1)},
	{"let a tracer in", raw(unix.SYS_PRCTL, unix.PR_SET_PTRACER, minusOne)},
	{"become a subreaper", raw(unix.SYS_PRCTL, unix.PR_SET_CHILD_SUBREAPER, 1)},
	{"raise a limit", func(attemptSpec) error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 4096, Max: 4096})
	}},
	{"find a descriptor left open", func(attemptSpec) error { return leftOpen(order{}) }},
	{"find a privileged thread", func(attemptSpec) error { return privileged(true) }},
	{"find the parent's environment", func(attemptSpec) error {
		b, _ := os.ReadFile("/proc/self/environ")
		for v := range strings.SplitSeq(string(b), "\x00") {
			if v != "" && !slices.Contains(enclaveEnv, v) {
				return nil
			}
		}
		return errSafe
	}},
	{"learn the host's name", func(s attemptSpec) error {
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

var kernelAttempts = []escape{
	{"new user namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWUSER)},
	{"new mount namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWNS)},
	{"new network namespace", raw(unix.SYS_UNSHARE, unix.CLONE_NEWNET)},
	{"join a namespace", func(attemptSpec) error {
		fd, err := unix.Open("/proc/self/ns/mnt", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		return unix.Setns(fd, 0)
	}},
	{"mount a tmpfs", func(attemptSpec) error { return unix.Mount("tmpfs", "/work", "tmpfs", 0, "") }},
	{"mount by bind", func(attemptSpec) error { return unix.Mount("/proc", "/work", "", unix.MS_BIND, "") }},
	{"make the root writable",
		func(attemptSpec) error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") }},
	{"unmount /proc", func(attemptSpec) error { return unix.Unmount("/proc", unix.MNT_DETACH) }},
	{"unmount the root", func(attemptSpec) error { return unix.Unmount("/", unix.MNT_DETACH) }},
	{"pivot_root", func(attemptSpec) error { return unix.PivotRoot("/work", "/work") }},
	{"chroot", func(attemptSpec) error { return unix.Chroot("/work") }},
	{"open a mount tree", raw(unix.SYS_OPEN_TREE, minusOne, 0, unix.OPEN_TREE_CLONE)},
	{"move a mount", raw(unix.SYS_MOVE_MOUNT, minusOne, 0, minusOne, 0, 0)},
	{"new filesystem", func(attemptSpec) error { _, err := unix.Fsopen("tmpfs", 0); return err }},
	{"change a mount's flags", raw(unix.SYS_MOUNT_SETATTR, minusOne, 0, 0, 0, 0)},
	{"change the host name", func(attemptSpec) error { return unix.Sethostname([]byte("x")) }},
	{"become root", func(attemptSpec) error { return syscall.Setuid(0) }},
	{"gain capabilities", func(attemptSpec) error {
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		data := [2]unix.CapUserData{{Effective: 1 << unix.CAP_SYS_ADMIN, Permitted: 1 << unix.CAP_SYS_ADMIN}}
		return unix.Capset(&hdr, &data[0])
	}},
	{"raise an ambient capability",
		raw(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, unix.CAP_SYS_ADMIN, 0, 0)},
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
	{"writable and executable memory", func(attemptSpec) error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	}},
	{"make memory executable", func(attemptSpec) error {
		b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return err
		}
		return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
	}},
	{"the x32 ABI", raw(0x4000_0000 | unix.SYS_GETPID)},
}
