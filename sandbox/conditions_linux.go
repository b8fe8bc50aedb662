package sandbox

import "golang.org/x/sys/unix"

// check asks that the low half of an argument, masked, is one of the values; with none it asks for the opposite.
// Arguments checked here are read by the kernel as 32 bits or have no meaning above them, except pointers, where high
// asks for the other half.
type check struct {
	arg    uint32
	high   bool
	mask   uint32
	values []uint32
	none   bool
}

const newNamespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

const all32 = ^uint32(0)

// conditions are the words behind a colon in syscalls.txt; all checks of one must hold.
var conditions = map[string][]check{
	// clone: a thread of this process, in no new namespace.
	"thread": {{arg: 0, mask: unix.CLONE_THREAD | newNamespaces, values: []uint32{unix.CLONE_THREAD}}},
	// mmap, mprotect: not executable.
	"noexec": {{arg: 2, mask: unix.PROT_EXEC, values: []uint32{0}}},
	// mprotect: not both.
	"writable-or-executable": {{arg: 2, mask: unix.PROT_WRITE | unix.PROT_EXEC,
		values: []uint32{unix.PROT_WRITE | unix.PROT_EXEC}, none: true}},
	// tgkill: this process, which is the first of its pid namespace.
	"self": {{arg: 0, mask: all32, values: []uint32{1}}},
	// prlimit64: no new limit, which is the third argument, a pointer.
	"read": {{arg: 2, mask: all32, values: []uint32{0}}, {arg: 2, high: true, mask: all32, values: []uint32{0}}},
	// prctl: naming threads and memory areas.
	"name": {{arg: 0, mask: all32, values: []uint32{unix.PR_SET_NAME, unix.PR_SET_VMA}}},
	// prctl: what is already so.
	"no-new-privs": {{arg: 0, mask: all32, values: []uint32{unix.PR_SET_NO_NEW_PRIVS}}},
	// fcntl: flags, duplicates and locks of files; not owners and signals.
	"files": {{arg: 1, mask: all32,
		values: []uint32{unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_DUPFD_CLOEXEC,
			unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW}}},
}
