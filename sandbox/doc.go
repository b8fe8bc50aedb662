// Package sandbox runs one task.Task in an enclave: a process of its own, cut off from the host, that does one thing, states
// what confines it, sends its result back and dies. The control plane calls Host.Run; the child process, which is the same
// executable started with the argument "enclave", calls Main with the handlers of the roles it knows.
//
// It is not an engine (see sandbox/duck and sandbox/wasm), it does not decide what may be run (see query, contract) and it
// never looks into a result: bytes pass through it.
//
// # What confines an enclave
//
//	namespaces     user, pid, mount, net, ipc, uts and cgroup namespaces of its own; no network device but a dead loopback
//	private-root   a read-only tmpfs of 1 MiB as root; inputs bound read-only under /in, a private /work, /dev/null and
//	               /dev/urandom, an own /proc that shows only itself; the host's tree is detached
//	landlock       reading under /in, reading and writing under /work, nothing else; no TCP; no signals or abstract sockets
//	               to the outside (Landlock ABI 1 to 7, as far as the kernel has it)
//	capabilities   none, in no set, and no way to get any (securebits locked, bounding set empty)
//	no-new-privs   set on every thread
//	rlimits        data, file size, open files, processes, cpu seconds, no core dump, no locked memory
//	not-dumpable   neither ptrace nor /proc/self/mem from outside
//	cgroup         memory and number of threads, where the host delegates a cgroup (v1 or v2)
//
// # Levels
//
// full means: every layer above but cgroup. reduced means: namespaces and private root are there, another one is missing.
// none is everything else. A missing cgroup does not lower the level, because rlimits bound memory (RLIMIT_DATA) and the
// number of processes as well; the cgroup bounds page cache and kernel memory on top. Config.Minimum says below which level
// nothing runs.
//
// # Trust
//
// The parent trusts nothing that comes out of an enclave: every frame is bounded, every count and digest is compared, an
// unknown or missing frame is an error, and text from inside is stripped of control characters and cut. What an enclave says
// about itself is what the executable measured before a handler saw any data.
package sandbox
