package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// File rights inside. Making devices, sockets, pipes and symbolic links, and executing, are allowed nowhere.
const (
	readRights = landlock.AccessFSSet(ll.AccessFSReadFile | ll.AccessFSReadDir)
	workRights = readRights | landlock.AccessFSSet(ll.AccessFSWriteFile|ll.AccessFSTruncate|ll.AccessFSMakeReg|ll.AccessFSMakeDir|
		ll.AccessFSRemoveFile|ll.AccessFSRemoveDir)
)

// leastABI is the first that stops truncating files (Linux 6.2). What later ones add, TCP and signals, other layers
// stop too.
const leastABI = 3

// restrictFiles puts Landlock on every thread: the newest rules this kernel has, up to ABI 7.
func restrictFiles(o order) (string, error) {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < leastABI {
		return "", fmt.Errorf("the kernel has Landlock ABI %d, at least %d is needed", max(abi, 0), leastABI)
	}
	var descriptors []string
	for _, in := range o.Inputs {
		if in.Descriptor > 0 && onDisk(in.fd) {
			descriptors = append(descriptors, in.Path)
		}
	}
	err = landlock.V7.BestEffort().Restrict(
		landlock.PathAccess(landlock.AccessFSSet(ll.AccessFSReadFile), descriptors...),
		landlock.PathAccess(readRights, "/in", "/proc", "/sys"),
		landlock.PathAccess(workRights, "/work"),
		landlock.PathAccess(landlock.AccessFSSet(ll.AccessFSReadFile|ll.AccessFSWriteFile), "/dev/null"),
		landlock.PathAccess(landlock.AccessFSSet(ll.AccessFSReadFile), "/dev/urandom"),
	)
	return fmt.Sprintf("ABI %d", abi), err
}

// Narrow implements Narrower by one more Landlock layer: layers only ever take away. Descriptors of inputs are closed,
// because Landlock does not stop those of files in memory.
func (in *taskEnv) Narrow(readOnly, writable string) error {
	if !in.order.Confine {
		return nil
	}
	for i, input := range in.order.Inputs {
		if input.fd > 0 {
			_ = unix.Close(input.fd)
			in.order.Inputs[i].fd = 0
		}
	}
	err := landlock.V7.BestEffort().Restrict(
		landlock.PathAccess(readRights, readOnly),
		landlock.PathAccess(workRights, writable),
	)
	if err != nil {
		return fmt.Errorf("give up the inputs: %w", err)
	}
	return nil
}
