package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// File rights inside. Making devices, sockets, pipes and symbolic links, and executing, are allowed nowhere.
const (
	readRights = landlock.AccessFSSet(ll.AccessFSReadFile | ll.AccessFSReadDir)
	workRights = readRights | landlock.AccessFSSet(ll.AccessFSWriteFile|ll.AccessFSTruncate|ll.AccessFSMakeReg|ll.AccessFSMakeDir|
		ll.AccessFSRemoveFile|ll.AccessFSRemoveDir)
)

// restrictFiles puts Landlock on every thread: the newest rules this kernel has, up to ABI 7.
func restrictFiles() (string, error) {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		return "", fmt.Errorf("the kernel has no Landlock: %v", err)
	}
	err = landlock.V7.BestEffort().Restrict(
		landlock.PathAccess(readRights, "/in", "/proc", "/sys"),
		landlock.PathAccess(workRights, "/work"),
		landlock.PathAccess(landlock.AccessFSSet(ll.AccessFSReadFile|ll.AccessFSWriteFile), "/dev/null"),
		landlock.PathAccess(landlock.AccessFSSet(ll.AccessFSReadFile), "/dev/urandom"),
	)
	return fmt.Sprintf("ABI %d", abi), err
}
