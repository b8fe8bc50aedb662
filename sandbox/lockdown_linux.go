package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// closeOthers closes every descriptor but the standard three, the two of the protocol and those of the runtime's
// poller. The C constructor beside it did so for all that were inherited; this is for builds without it. It closes one
// by one what it saw, never a range: the poller may be starting on another thread this moment, and the runtime dies
// without it.
func closeOthers() {
	names, err := namesIn("/proc/self/fd")
	if err != nil {
		return // the probe for descriptors left open will find them
	}
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil || fd <= resultFD {
			continue
		}
		if to, err := os.Readlink("/proc/self/fd/" + name); err == nil && !strings.HasPrefix(to, "anon_inode:") {
			_ = unix.Close(fd)
		}
	}
}

// applyFilter is a variable so that tests can see what the other layers hold without it.
var applyFilter = restrictSyscalls

// lockDown puts every layer on, one after the other, and says which hold. Only a layer without which the enclave could
// not even find its files is an error; the parent judges the rest.
func lockDown(o order) (hello, error) {
	if !o.Confine {
		return hello{Layers: []yumen.Layer{{Name: layerNamespaces, Detail: "running unconfined"}}}, nil
	}
	var h hello
	layer := func(name string, apply func() (string, error)) error {
		detail, err := apply()
		if err != nil {
			detail = withoutPath(err).Error()
		}
		h.Layers = append(h.Layers, yumen.Layer{Name: name, Applied: err == nil, Detail: detail})
		return err
	}
	_ = layer(layerNamespaces, checkNamespaces)
	if err := layer(layerRoot, func() (string, error) { return "tmpfs, pivot_root", privateRoot(o) }); err != nil {
		return h, setupError(err)
	}
	if err := checkReadable(o.Inputs, "/in"); err != nil {
		return h, err
	}
	_ = layer(layerRlimits, func() (string, error) { return setLimits(o) })
	_ = layer(layerDump, notDumpable)
	_ = layer(layerLandlock, func() (string, error) { return restrictFiles(o) })
	_ = layer(layerCaps, dropCapabilities)
	_ = layer(layerPrivs, noNewPrivs)
	filtered := layer(layerSeccomp, func() (string, error) { return applyFilter(o.Role) }) == nil
	h.Probes = probe(o, filtered)
	return h, nil
}

func setupError(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "cannot set up the enclave", "无法建立安全计算环境").Because(withoutPath(err)).
		ToFix("see what the host lacks", "请查看本机缺少什么").Then("doctor", "")
}

// checkReadable finds inputs that are not those that the parent opened, and such as belong to somebody else. The
// enclave has the parent's user id and no capability: not even root's enclave reads what only another user may.
func checkReadable(inputs []orderInput, dir string) error {
	for _, in := range inputs {
		var got unix.Stat_t
		fd, err := unix.Open(filepath.Join(dir, in.Name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Fstat(fd, &got)
			unix.Close(fd)
		}
		if err == nil && (uint64(got.Dev) != in.Device || got.Ino != in.Inode) {
			return replaced(in.Name)
		}
		if err != nil {
			return yumen.Errorf(yumen.KindUnavailable, "the enclave may not read input %s", "安全计算环境无权读取输入 %s",
				in.Name).Because(err).
				ToFix("let it belong to the user that yumen runs as, or be readable for everybody",
					"请让文件属于运行 yumen 的用户，或允许所有人读取")
		}
	}
	return nil
}

// checkNamespaces verifies what the parent asked the kernel for: this process must be the first of its pid namespace
// and carry the inner user.
func checkNamespaces() (string, error) {
	if os.Getpid() != 1 || os.Getuid() != innerID {
		return "", fmt.Errorf("pid %d, uid %d", os.Getpid(), os.Getuid())
	}
	if err := unix.Sethostname([]byte("enclave")); err != nil {
		return "", err
	}
	return "user pid mount net ipc uts cgroup", nil
}

// setLimits sets hard resource limits. RLIMIT_AS is left alone: Go and DuckDB reserve far more address space than they
// use.
func setLimits(o order) (string, error) {
	l := o.Limits
	cpu := uint64(max(time.Duration(l.Wall), o.Session))/1e9*uint64(l.Threads) + 5
	for _, r := range []struct {
		what int
		max  uint64
	}{
		{unix.RLIMIT_DATA, uint64(l.Memory)},
		{unix.RLIMIT_FSIZE, uint64(l.Scratch)},
		{unix.RLIMIT_NOFILE, 256},
		{unix.RLIMIT_NPROC, uint64(maxThreads(l))},
		{unix.RLIMIT_CPU, cpu},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_MEMLOCK, 0},
		{unix.RLIMIT_MSGQUEUE, 0},
	} {
		if err := unix.Setrlimit(r.what, &unix.Rlimit{Cur: r.max, Max: r.max}); err != nil {
			return "", fmt.Errorf("rlimit %d: %w", r.what, err)
		}
	}
	return fmt.Sprintf("data %s, file %s, cpu %ds, 256 descriptors, %d threads", l.Memory, l.Scratch, cpu,
		maxThreads(l)), nil
}

func notDumpable() (string, error) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return "", err
	}
	// Asked for again, because the kernel forgets it when credentials change on exec.
	return "", unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// dropCapabilities empties every set on every thread and locks the securebits, so that no user id and no file brings
// any back.
func dropCapabilities() (string, error) {
	if err := allThreads(unix.SYS_PRCTL, unix.PR_SET_SECUREBITS, lockedSecurebits, 0); err != nil {
		return "", fmt.Errorf("securebits: %w", err)
	}
	if err := emptyBoundingSet(); err != nil {
		return "", fmt.Errorf("bounding set: %w", err)
	}
	if err := setNoCaps(); err != nil {
		return "", fmt.Errorf("capset: %w", err)
	}
	return "", noCapsLeft()
}

// emptyBoundingSet drops what the C constructor beside it has not dropped before the runtime started.
func emptyBoundingSet() error {
	for c := uintptr(0); ; c++ {
		left, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0)
		if err == unix.EINVAL {
			return nil // the kernel knows no more of them
		}
		if err != nil {
			return err
		}
		if left == 0 {
			continue
		}
		if err := allThreads(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c, 0); err != nil {
			return err
		}
	}
}

// lockedSecurebits is SECBIT_NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off, NO_CAP_AMBIENT_RAISE, all locked
// (capabilities(7)).
const lockedSecurebits = 1<<0 | 1<<1 | 1<<2 | 1<<3 | 1<<5 | 1<<6 | 1<<7

func noCapsLeft() error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return err
	}
	if data != [2]unix.CapUserData{} {
		return fmt.Errorf("capabilities left: %x", data)
	}
	return nil
}

func noNewPrivs() (string, error) {
	v, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err == nil && v != 1 {
		err = allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0)
	}
	return "", err
}

func allThreads(nr, a, b, c uintptr) error {
	if _, _, errno := psx.Syscall3(nr, a, b, c); errno != 0 {
		return errno
	}
	return nil
}
