package home

import (
	"net"
	"os"
	"syscall"
)

// ofOwner reports whether the other end of a connection is a process of the home's owner.
func ofOwner(c net.Conn, dir string) (bool, error) {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return false, err
	}
	var peer *syscall.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) {
		peer, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return false, err
	}
	if asked != nil {
		return false, asked
	}
	fi, err := os.Stat(dir)
	return err == nil && ownedBy(fi, peer.Uid), err
}

// ownFolder reports whether a folder is that of the account which this process runs as.
func ownFolder(dir *os.File) bool {
	fi, err := dir.Stat()
	return err == nil && ownedBy(fi, uint32(os.Geteuid()))
}

func ownedBy(fi os.FileInfo, uid uint32) bool {
	owner, ok := fi.Sys().(*syscall.Stat_t)
	return ok && owner.Uid == uid
}
