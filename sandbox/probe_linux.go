package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"golang.org/x/sys/unix"
)

// probe tries, after lock-down, what must fail. An attempt that succeeds makes the enclave worth nothing, whatever
// layers it has on paper. Attempts that only the system call filter stops are made where there is one; without it the
// level is lower anyway.
func probe(o order, filtered bool) []yumen.Probe {
	attempts := []attempt{
		{"read a host file", func() error { return opens("/etc/passwd", unix.O_RDONLY) }},
		{"list the root", func() error { return opens("/", unix.O_RDONLY|unix.O_DIRECTORY) }},
		{"write outside the work folder", func() error { return opens("/escaped", unix.O_WRONLY|unix.O_CREAT) }},
		{"write among the inputs", func() error { return opens("/in/escaped", unix.O_WRONLY|unix.O_CREAT) }},
		{"write an input", func() error { return writesInput(o) }},
		{"connect to this host", func() error { return connects([4]byte{127, 0, 0, 1}) }},
		{"connect to the network", func() error { return connects([4]byte{192, 0, 2, 1}) }}, // TEST-NET-1, RFC 5737
		{"see other processes", seesOthers},
		{"signal other processes", func() error { return unix.Kill(-1, 0) }},
		{"use a descriptor left open", func() error { return leftOpen(o) }},
		{"find a thread with privileges", func() error { return privileged(filtered) }},
		{"start a program", func() error { return unix.Exec(executable, []string{"yumen", "enclave"}, nil) }},
	}
	if filtered {
		attempts = append(attempts, kernelSurface...)
	}
	var out []yumen.Probe
	for _, a := range attempts {
		err := a.try()
		p := yumen.Probe{Name: a.name, Blocked: err != nil}
		if err != nil {
			p.Detail = errorName(err)
		}
		out = append(out, p)
	}
	return out
}

type attempt struct {
	name string
	try  func() error // nil if it succeeded
}

// errSafe says that there was nothing to succeed with.
var errSafe = errors.New("none")

func errorName(err error) string {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

func opens(path string, flags int) error {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func writesInput(o order) error {
	if len(o.Inputs) == 0 {
		return errSafe
	}
	return opens("/in/"+o.Inputs[0].Name, unix.O_RDWR)
}

// connects tries TCP without waiting. Being refused or under way means that the packet found a way.
func connects(addr [4]byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	err = unix.Connect(fd, &unix.SockaddrInet4{Port: 9, Addr: addr})
	if err == unix.ECONNREFUSED || err == unix.EINPROGRESS {
		return nil
	}
	return err
}

// seesOthers looks for any process besides this one.
func seesOthers() error {
	names, err := namesIn("/proc")
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := strconv.Atoi(name); err == nil && name != "1" {
			return nil
		}
	}
	return errSafe
}

// leftOpen looks for descriptors besides the standard ones, those of the protocol, those of inputs and those of the Go
// runtime's poller.
func leftOpen(o order) error {
	names, err := namesIn("/proc/self/fd")
	if err != nil {
		return nil // what cannot be checked does not hold
	}
	for _, name := range names {
		fd, _ := strconv.Atoi(name)
		if fd <= resultFD || slices.ContainsFunc(o.Inputs, func(in orderInput) bool { return in.fd == fd }) {
			continue
		}
		to, err := os.Readlink("/proc/self/fd/" + name)
		if err == nil && !strings.HasPrefix(to, "anon_inode:") && to != "/proc/1/fd" {
			return nil
		}
	}
	return errSafe
}

// privileged looks for a thread that has a capability, could gain one, or escaped the filter.
func privileged(filtered bool) error {
	threads, err := namesIn("/proc/self/task")
	if err != nil {
		return nil
	}
	want := map[string]string{"NoNewPrivs": "1"}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		want[set] = "0000000000000000"
	}
	if filtered {
		want["Seccomp"] = "2"
	}
	for _, id := range threads {
		status, err := os.ReadFile("/proc/self/task/" + id + "/status")
		if err != nil {
			continue // it ended meanwhile
		}
		for line := range strings.Lines(string(status)) {
			name, value, _ := strings.Cut(line, ":")
			if w, ok := want[name]; ok && w != strings.TrimSpace(value) {
				return nil
			}
		}
	}
	return fmt.Errorf("none of %d threads", len(threads))
}

func namesIn(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// kernelSurface are calls that reach parts of the kernel which no enclave needs. Their arguments are harmless even
// where they are let through; only being refused by rule counts.
var kernelSurface = []attempt{
	{"ptrace", refused(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0)},
	{"process_vm_readv", refused(unix.SYS_PROCESS_VM_READV, 1, 0, 0)},
	{"mount", refused(unix.SYS_MOUNT, 0, 0, 0)},
	{"pivot_root", refused(unix.SYS_PIVOT_ROOT, 0, 0, 0)},
	{"chroot", refused(unix.SYS_CHROOT, 0, 0, 0)},
	{"unshare", refused(unix.SYS_UNSHARE, unix.CLONE_NEWUSER, 0, 0)},
	{"setns", refused(unix.SYS_SETNS, ^uintptr(0), 0, 0)},
	{"new process", refused(unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_THREAD, 0, 0)}, // invalid where it is let through
	{"bpf", refused(unix.SYS_BPF, ^uintptr(0), 0, 0)},
	{"perf_event_open", refused(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0)},
	{"userfaultfd", refused(unix.SYS_USERFAULTFD, ^uintptr(0), 0, 0)},
	{"io_uring", refused(unix.SYS_IO_URING_SETUP, 0, 0, 0)},
	{"keyctl", refused(unix.SYS_KEYCTL, ^uintptr(0), 0, 0)},
	{"memfd_create", refused(unix.SYS_MEMFD_CREATE, 0, ^uintptr(0), 0)},
	{"executable memory", func() error {
		b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err == nil {
			_ = unix.Munmap(b)
		}
		return err
	}},
}

func refused(nr, a, b, c uintptr) func() error {
	return func() error {
		_, _, errno := unix.RawSyscall(nr, a, b, c)
		if errno == unix.EPERM || errno == unix.ENOSYS || errno == unix.EACCES {
			return errno
		}
		return nil
	}
}
