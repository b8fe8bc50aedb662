package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

var everyRole = []string{"parse", "import", "sql", "private", "post", "wasm", "inspect", "check", "fix", "preview",
	"export", "desensitize", "describe", "trace", "catalog", "bind", "released", "ledger"}

// call is what the kernel shows a filter.
type call struct {
	arch uint32
	nr   uint32
	args [6]uint64
}

func (c call) load(offset uint32) uint32 {
	switch {
	case offset == dataNr:
		return c.nr
	case offset == dataArch:
		return c.arch
	}
	v := c.args[(offset-dataArgs)/8]
	if (offset-dataArgs)%8 == 4 {
		return uint32(v >> 32)
	}
	return uint32(v)
}

// verdict runs a filter as the kernel would (classic BPF, the instructions that filterFor uses).
func verdict(prog []unix.SockFilter, c call) uint32 {
	var a uint32
	for pc := 0; pc < len(prog); pc++ {
		switch in := prog[pc]; in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = c.load(in.K)
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			a &= in.K
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			pc += jump(a == in.K, in)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			pc += jump(a >= in.K, in)
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		default:
			panic(fmt.Sprintf("instruction %#x", in.Code))
		}
	}
	panic("the filter runs past its end")
}

func jump(yes bool, in unix.SockFilter) int {
	if yes {
		return int(in.Jt)
	}
	return int(in.Jf)
}

func filter(t testing.TB, role string) []unix.SockFilter {
	t.Helper()
	prog, err := filterFor(syscallsFor(role))
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// TestFilterDecidesAsTheListSays is the law of the assembler: for every call and argument, the filter gives what the
// list and its conditions say, computed without it.
func TestFilterDecidesAsTheListSays(t *testing.T) {
	progs := map[string][]unix.SockFilter{}
	for _, r := range everyRole {
		progs[r] = filter(t, r)
	}
	names := map[uint32]string{}
	for name, nr := range sysno {
		names[nr] = name
	}
	// Arguments near the numbers and flags that matter, besides any.
	near := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 500),
		rapid.SampledFrom([]uint64{unix.CLONE_THREAD, unix.CLONE_THREAD | unix.CLONE_VM,
			unix.CLONE_THREAD | unix.CLONE_NEWUSER, unix.PR_SET_VMA, 1 << 32, 1<<32 | 1, unix.F_SETOWN}))
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom(everyRole).Draw(t, "role")
		c := call{arch: auditArch, nr: rapid.Uint32Range(0, 480).Draw(t, "nr")}
		for i := range c.args {
			c.args[i] = near.Draw(t, "arg")
		}
		rules := syscallsFor(role)
		want := want(rules, names[c.nr], c)
		if got := verdict(progs[role], c); got != want {
			t.Fatalf("%s %s%v: %#x, want %#x", role, names[c.nr], c.args, got, want)
		}
	})
}

func want(rules syscallRules, name string, c call) uint32 {
	terms, ok := rules.allowed[name]
	if ok && (len(terms) == 0 ||
		slices.ContainsFunc(terms, func(term string) bool { return holds(conditions[term], c) })) {
		return unix.SECCOMP_RET_ALLOW
	}
	if !ok && slices.Contains(rules.absent, name) {
		return errno(unix.ENOSYS)
	}
	return errno(unix.EPERM)
}

func holds(checks []check, c call) bool {
	for _, k := range checks {
		v := uint32(c.args[k.arg])
		if k.high {
			v = uint32(c.args[k.arg] >> 32)
		}
		if slices.Contains(k.values, v&k.mask) == k.none {
			return false
		}
	}
	return true
}

func TestFilterRefusesOtherABIs(t *testing.T) {
	prog := filter(t, "sql")
	if got := verdict(prog, call{arch: unix.AUDIT_ARCH_I386, nr: 3}); got != unix.SECCOMP_RET_KILL_PROCESS {
		t.Errorf("32-bit call: %#x", got)
	}
	if got := verdict(prog, call{arch: auditArch, nr: 0x4000_0000 | sysno["read"]}); got != errno(unix.ENOSYS) {
		t.Errorf("x32 call: %#x", got)
	}
}

// TestListIsWellFormed holds the list against an independent table of numbers and against typing errors.
func TestListIsWellFormed(t *testing.T) {
	table, err := arch.GetInfo("")
	if err != nil {
		t.Skip(err)
	}
	known := func(name string) {
		t.Helper()
		nr, ours := sysno[name]
		want, theirs := table.SyscallNames[name]
		if theirs && (!ours || nr != uint32(want)) {
			t.Errorf("%s is number %d, the table says %d", name, nr, want)
		}
		if !theirs && ours {
			t.Errorf("%s is in no table", name)
		}
	}
	for _, role := range everyRole {
		rules := syscallsFor(role)
		for _, name := range append(rules.names, rules.absent...) {
			known(name)
		}
		if len(rules.names) < 50 {
			t.Errorf("%s may make %d calls only", role, len(rules.names))
		}
	}
	for line := range strings.Lines(syscallList) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] != '[' {
			continue
		}
		for _, role := range words[1:] {
			if role != "all" && role != "-" && !slices.Contains(everyRole, role) {
				t.Errorf("%s names the role %s, which there is not", words[0], role)
			}
		}
	}
}

// TestNeverAllowed names calls that no role may ever get, so that a careless line in the list fails here.
func TestNeverAllowed(t *testing.T) {
	table, err := arch.GetInfo("")
	if err != nil {
		t.Skip(err)
	}
	never := strings.Fields(`socket socketpair connect bind listen accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
		execve execveat fork vfork clone3 ptrace process_vm_readv process_vm_writev kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open
		pidfd_getfd pidfd_send_signal mount umount2 pivot_root chroot unshare setns move_mount open_tree fsopen fsmount mount_setattr
		bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key memfd_create memfd_secret
		init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff iopl ioperm syslog acct quotactl
		symlink symlinkat link linkat mknod mknodat ioctl setuid setgid setreuid setregid setresuid setresgid setgroups capset personality
		setrlimit seccomp shmget shmat msgget semget mq_open open_by_handle_at name_to_handle_at fanotify_init inotify_init inotify_init1
		chown fchown lchown fchownat setxattr fsetxattr sethostname setdomainname settimeofday clock_settime adjtimex nfsservctl
		process_madvise process_mrelease kcmp lookup_dcookie vmsplice splice tee mbind migrate_pages move_pages`)
	for _, role := range everyRole {
		prog := filter(t, role)
		for _, name := range never {
			nr, ok := table.SyscallNames[name]
			if !ok || name == "tkill" && role == "wasm" {
				continue
			}
			if verdict(prog, call{arch: auditArch, nr: uint32(nr)}) == unix.SECCOMP_RET_ALLOW {
				t.Errorf("%s may call %s", role, name)
			}
		}
	}
}
