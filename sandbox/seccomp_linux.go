package sandbox

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (seccomp(2)).
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16
)

// filterFor assembles the filter of a role. Each call is a block of its own that ends in a verdict, so that no block
// can be entered with anything but the call's number in the accumulator. (An assembler that lets a failed check fall
// through to the next comparison, as go-seccomp-bpf 1.6.0 does, compares an argument with call numbers from there on:
// clone(9) passes for mmap.)
func filterFor(rules syscallRules) ([]unix.SockFilter, error) {
	if sysno == nil {
		return nil, fmt.Errorf("no table of system calls for this architecture")
	}
	prog := []unix.SockFilter{
		load(dataArch), skipUnless(auditArch, 1, 0), ret(unix.SECCOMP_RET_KILL_PROCESS),
		load(dataNr),
		// The x32 calls of amd64 have numbers from here on.
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: 0x4000_0000, Jf: 1}, ret(errno(unix.ENOSYS)),
	}
	for _, name := range rules.names {
		nr, ok := sysno[name]
		if !ok {
			continue // a call of another architecture
		}
		block, err := blockFor(rules.allowed[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		prog = append(append(prog, skipUnless(nr, 0, byte(len(block)))), block...)
	}
	for _, name := range rules.absent {
		if nr, ok := sysno[name]; ok {
			prog = append(prog, skipUnless(nr, 0, 1), ret(errno(unix.ENOSYS)))
		}
	}
	return append(prog, ret(errno(unix.EPERM))), nil
}

// blockFor is entered with a call's number and always ends in a verdict. Any of the conditions suffices.
func blockFor(names []string) ([]unix.SockFilter, error) {
	if len(names) == 0 {
		return []unix.SockFilter{ret(unix.SECCOMP_RET_ALLOW)}, nil
	}
	var block []unix.SockFilter
	for _, name := range names {
		checks, ok := conditions[name]
		if !ok {
			return nil, fmt.Errorf("unknown condition %q", name)
		}
		block = append(block, conditionBlock(checks)...)
	}
	return append(block, ret(errno(unix.EPERM))), nil
}

// conditionBlock allows the call if every check holds and runs into what follows otherwise. It is built from its end.
func conditionBlock(checks []check) []unix.SockFilter {
	block := []unix.SockFilter{ret(unix.SECCOMP_RET_ALLOW)}
	for i := len(checks) - 1; i >= 0; i-- {
		block = append(checkBlock(checks[i], len(block)), block...)
	}
	return block
}

// checkBlock runs into the rest of the condition, rest instructions long, if the check holds, and jumps behind it
// otherwise.
func checkBlock(c check, rest int) []unix.SockFilter {
	offset := uint32(dataArgs + 8*c.arg)
	//lint:ignore S1002 littleEndian is a constant of the architecture, not of the program
	if c.high == littleEndian {
		offset += 4
	}
	block := []unix.SockFilter{load(offset), {Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: c.mask}}
	for i, v := range c.values {
		after := byte(len(c.values) - 1 - i) // comparisons behind this one
		jump := skipUnless(v, after, 0)
		switch last := after == 0; {
		case c.none:
			jump.Jt = after + byte(rest)
		case last:
			jump.Jf = byte(rest)
		}
		block = append(block, jump)
	}
	return block
}

const littleEndian = true // of amd64 and arm64 Linux

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// skipUnless compares with k and skips equal or different instructions.
func skipUnless(k uint32, equal, different byte) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: equal, Jf: different}
}

func ret(verdict uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict}
}

func errno(e unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }

// restrictSyscalls puts the role's filter on every thread at once.
func restrictSyscalls(role string) (string, error) {
	rules := syscallsFor(role)
	prog, err := filterFor(rules)
	if err != nil {
		return "", err
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&fprog)))
	if e != 0 {
		return "", e
	}
	return fmt.Sprintf("%d calls allowed to role %s, others refused", len(rules.names), role), nil
}
