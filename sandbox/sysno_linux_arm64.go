package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// ownSysno are calls that amd64 names otherwise.
var ownSysno = map[string]uint32{"newfstatat": unix.SYS_FSTATAT}
