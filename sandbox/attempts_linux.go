package sandbox

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An escape is an attempt made inside an enclave, by code that has taken the process over: it calls the kernel
// directly. It returns nil if it got what it wanted. None of them does harm where it fails, nor uses anything up.
type escape struct {
	name string
	try  func(s attemptSpec) error
}

// raw makes a system call with up to six arguments.
func raw(nr uintptr, args ...uintptr) func(attemptSpec) error {
	var a [6]uintptr
	copy(a[:], args)
	return func(attemptSpec) error { return rawErr(nr, a) }
}

func rawErr(nr uintptr, a [6]uintptr) error {
	_, _, errno := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return errno
	}
	return nil
}

func ptr(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s + "\x00"))) }

func open(path string, flags int) func(attemptSpec) error {
	return func(attemptSpec) error { return opens(path, flags) }
}

func family(f int) func(attemptSpec) error {
	return func(attemptSpec) error {
		for _, kind := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_RAW, unix.SOCK_SEQPACKET} {
			if fd, err := unix.Socket(f, kind, 0); err == nil {
				return unix.Close(fd)
			}
		}
		return unix.EPERM
	}
}

func program(path string, args ...string) func(attemptSpec) error {
	return func(attemptSpec) error { return exec.Command(path, args...).Run() }
}

var minusOne = ^uintptr(0)

var networkAttempts = []escape{
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
	{"resolve a name", func(attemptSpec) error { _, err := net.LookupHost("example.com"); return err }},
	{"dial this host", func(attemptSpec) error { _, err := net.Dial("tcp", "127.0.0.1:22"); return err }},
	{"listen", func(attemptSpec) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err }},
}

var fileAttempts = []escape{
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
	{"truncate an input", func(attemptSpec) error { return os.Truncate("/in/secret", 0) }},
	{"chmod an input", func(attemptSpec) error { return os.Chmod("/in/secret", 0o777) }},
	{"remove an input", func(attemptSpec) error { return os.Remove("/in/secret") }},
	{"rename an input", func(attemptSpec) error { return os.Rename("/in/secret", "/work/secret") }},
	{"hard link to an input", func(attemptSpec) error { return os.Link("/in/secret", "/work/secret") }},
	{"set an input's times", func(attemptSpec) error {
		return unix.UtimesNano("/in/secret", make([]unix.Timespec, 2))
	}},
	{"set an attribute", func(attemptSpec) error { return unix.Setxattr("/work", "user.x", []byte("x"), 0) }},
	{"symbolic link", func(attemptSpec) error { return os.Symlink("/etc", "/work/link") }},
	{"hard link in work", func(attemptSpec) error {
		_ = os.WriteFile("/work/a", nil, 0o600)
		return os.Link("/work/a", "/work/b")
	}},
	{"named pipe", func(attemptSpec) error { return unix.Mkfifo("/work/pipe", 0o600) }},
	{"device node", func(attemptSpec) error { return unix.Mknod("/work/sda", unix.S_IFBLK|0o600, 0x800) }},
	{"socket node", func(attemptSpec) error { return unix.Mknod("/work/sock", unix.S_IFSOCK|0o600, 0) }},
	{"reopen an input for writing", func(attemptSpec) error {
		fd, err := unix.Open("/in/secret", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		return opens("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDWR)
	}},
	{"open by file handle", raw(unix.SYS_OPEN_BY_HANDLE_AT, minusOne, 0, 0)},
	{"host path of the scratch folder", func(s attemptSpec) error { return opens(s.Dir, unix.O_RDONLY) }},
	{"host path of an input", func(s attemptSpec) error {
		return opens(filepath.Join(s.Dir, "secret"),
			unix.O_RDONLY)
	}},
	{"change owner", func(attemptSpec) error { return os.Chown("/work", 0, 0) }},
	{"watch files", raw(unix.SYS_INOTIFY_INIT1, 0)},
	{"watch the filesystem", raw(unix.SYS_FANOTIFY_INIT, 0, 0)},
}
