package sandbox

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"github.com/yumen-data/yumen"
	"golang.org/x/sys/unix"
)

// executable is the running program itself, even if its file was replaced meanwhile.
const executable = "/proc/self/exe"

// innerID is the user and group an enclave sees itself as. It is not 0, so that nothing inside mistakes itself for
// root.
const innerID = 1000

// Descriptors that an enclave is started with, besides the standard three.
const (
	controlFD = 3
	resultFD  = 4
)

const namespaces = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
	syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWCGROUP

// startProcess starts the process of an enclave, in namespaces of its own. It waits for its order.
func (h *Host) startProcess() (*process, error) {
	controlR, controlW, err := newControl()
	if err != nil {
		return nil, startError(err)
	}
	defer controlR.Close()
	resultR, resultW, err := os.Pipe()
	if err != nil {
		controlW.Close()
		return nil, startError(err)
	}
	defer resultW.Close()
	_, _ = unix.FcntlInt(resultR.Fd(), unix.F_SETPIPE_SZ, 1<<20) // only faster
	_ = syscall.SetNonblock(int(resultR.Fd()), true)             // Fd made it blocking

	p := &process{control: controlW, result: resultR, stderr: &headWriter{}}
	p.cmd = &exec.Cmd{
		Path: h.executable, Args: []string{"yumen", "enclave"}, Dir: "/", Env: enclaveEnv,
		Stderr: p.stderr, ExtraFiles: []*os.File{controlR, resultW},
		SysProcAttr: attributes(!h.unconfined),
	}
	if err := onSpawner(p.cmd.Start); err != nil {
		controlW.Close()
		resultR.Close()
		return nil, startError(err)
	}
	return p, nil
}

// newControl makes the channel to an enclave: a socket, because descriptors travel with the order. Nothing comes back
// on it.
func newControl() (theirs, ours *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	err = errors.Join(unix.Shutdown(fds[1], unix.SHUT_RD), unix.SetNonblock(fds[1], true))
	theirs, ours = os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control")
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close(), ours.Close())
	}
	return theirs, ours, nil
}

// dead reports whether the process has ended by itself, and leaves it to be collected.
func (p *process) dead() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err != nil || info.Signo != 0
}

// enclaveEnv is the whole environment of an enclave until it empties it: the Go runtime shall not hold descriptors of
// the host's cgroup files open. Go's heap may grow to five times what is needed before it is collected: nothing that
// starting leaves behind is worth it, and roles that answer hold little beside the engine. For others, Main changes it.
var enclaveEnv = []string{"GODEBUG=containermaxprocs=0,updatemaxprocs=0", "GOGC=400"}

func attributes(confine bool) *syscall.SysProcAttr {
	if !confine {
		return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	}
	return &syscall.SysProcAttr{
		Cloneflags:  namespaces,
		Pdeathsig:   syscall.SIGKILL,
		Setsid:      true, // no terminal, and none of its signals: the parent decides when an enclave ends
		UidMappings: []syscall.SysProcIDMap{{ContainerID: innerID, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: innerID, HostID: os.Getegid(), Size: 1}},
		// What setting up needs; all is dropped before the handler runs.
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP},
	}
}

func startError(err error) *yumen.Error {
	for _, none := range []error{syscall.EPERM, syscall.ENOSYS, syscall.EINVAL, syscall.EUSERS} {
		if errors.Is(err, none) {
			e := missingLayers(yumen.IsolationNone, yumen.IsolationReduced, []string{layerNamespaces})
			return e.Because(err)
		}
	}
	return yumen.Errorf(yumen.KindUnavailable, "cannot start an enclave", "无法启动安全计算环境").Because(err)
}

// onSpawner runs start on a thread that lives as long as the process. The death signal that an enclave asks for is sent
// when the thread that started it ends, and Go ends threads whose goroutine locked them.
func onSpawner(start func() error) error {
	result := make(chan error)
	spawner() <- func() { result <- start() }
	return <-result
}

var spawner = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// machineMemory returns the machine's memory in bytes.
func machineMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return info.Totalram * uint64(info.Unit)
}

// collectTraced collects dead threads of a process that asked to be traced by this one.
func collectTraced(pid int) {
	threads, err := namesIn("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return
	}
	for _, name := range threads {
		if tid, err := strconv.Atoi(name); err == nil && tid != pid {
			_, _ = unix.Wait4(tid, nil, unix.WNOHANG|unix.WALL, nil)
		}
	}
}
