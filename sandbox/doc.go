// Package sandbox runs one task.Task in an enclave: a process of its own, cut off from the host, that does one thing,
// states what confines it, sends its result back and dies. The control plane calls Host.Run; the child process, which
// is the same executable started with the argument "enclave", calls Main with the handlers of the roles it knows.
//
// It is not an engine (see sandbox/duck and sandbox/wasm), it does not decide what may be run (see query, contract) and
// it never looks into a result: bytes pass through it.
//
// # What confines an enclave
//
//	namespaces     user, pid, mount, net, ipc, uts and cgroup namespaces of its own; no network device but a dead loopback
//	private-root   a read-only tmpfs of 1 MiB as root; inputs bound read-only under /in (those in memory linked), a private /work, /dev/null and
//	               /dev/urandom, an own /proc that shows only itself; the host's tree is detached
//	landlock       reading under /in, reading and writing under /work, nothing else; no TCP; no signals or abstract sockets
//	               to the outside (Landlock ABI 1 to 7, as far as the kernel has it)
//	capabilities   none, in no set, and no way to get any (securebits locked, bounding set empty)
//	no-new-privs   set on every thread
//	seccomp        the system calls in syscalls.txt and no others, per role; memory is never writable and executable at once
//	rlimits        data, file size, open files, processes, cpu seconds, no core dump, no locked memory
//	not-dumpable   neither ptrace nor /proc/self/mem from outside
//	cgroup         memory, number of threads and processor time, where the host delegates a cgroup (v1 or v2)
//
// When all are on, the enclave tries what must fail (read a host file, connect, see or signal another process, start a
// program, ptrace, mount, bpf …) and sends what it found. If one attempt succeeds it never sees its task's data.
//
// # Levels
//
// full means: every layer above but cgroup. reduced means: namespaces and private root are there, another one is
// missing. none is everything else. A missing cgroup does not lower the level: RLIMIT_DATA bounds memory, the filter
// refuses new processes, and RLIMIT_NPROC bounds threads (for root, whom the kernel exempts from it, memory does: each
// thread takes some). The cgroup bounds page cache and kernel memory on top. Config.Minimum says below which level
// nothing runs.
//
// # Limits
//
// Wall: the handler's context ends, and if the enclave does not end then it is killed. Memory: RLIMIT_DATA, and the
// cgroup's limit with room for the pages of the executable. Output: counted inside and again by the parent. Scratch:
// RLIMIT_FSIZE for one file, and the sum over the work folder looked at five times a second, so that it can be passed
// by what is written in that time. Threads: what the handler may compute with; the kernel allows 64 more, which wait in
// system calls.
//
// # Started ahead
//
// After Host.Open, processes of enclaves are started before there is a task for them, as many as Config.Started says.
// Such a process is in namespaces of its own and waits for its order; it has no input, no text of anybody's and no
// folder, and runs nothing but this program's start. The order of its task has it put up all walls, probe them and
// report, as in a process that is started for the task. It serves one task, or one session, and ends with it: what saw
// data is never used again.
//
// # Sessions
//
// A Session keeps one enclave warm for the statements of one contract and one actor (Owner); nobody else gets a
// statement into it. The enclave is locked in, probed and reported as any other, and its inputs are fixed when it is
// opened. Statements come one at a time over the control socket, and each has a conversation of its own that begins
// with its number, with its own deadline, output cap, counts and checksums. An Opener prepares the next statement while
// the session is idle, and whatever a statement could have changed is cleared after it, the work folder always, so that
// no table, setting, log or file passes from one to the next. (sandbox/duck lets statements share a database if they
// can neither leave nor find anything in it.) The enclave is killed and, at the next statement, replaced after
// Config.Session's number of statements or age, and after anything but success. Until then it holds its share of memory
// and threads; idle, only until somebody waits for room.
//
// # Trust
//
// The parent trusts nothing that comes out of an enclave: every frame is bounded, every count and checksum is compared,
// an unknown or missing frame is an error, and text from inside is stripped of control characters and cut. What an
// enclave says about itself is what the executable measured before a handler saw any data.
package sandbox
