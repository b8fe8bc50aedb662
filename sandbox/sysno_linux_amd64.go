package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// ownSysno are calls that arm64 does not have, or names otherwise.
var ownSysno = map[string]uint32{
	"access":     unix.SYS_ACCESS,
	"epoll_wait": unix.SYS_EPOLL_WAIT,
	"lstat":      unix.SYS_LSTAT,
	"mkdir":      unix.SYS_MKDIR,
	"newfstatat": unix.SYS_NEWFSTATAT,
	"open":       unix.SYS_OPEN,
	"poll":       unix.SYS_POLL,
	"readlink":   unix.SYS_READLINK,
	"rename":     unix.SYS_RENAME,
	"rmdir":      unix.SYS_RMDIR,
	"stat":       unix.SYS_STAT,
	"time":       unix.SYS_TIME,
	"unlink":     unix.SYS_UNLINK,
}
