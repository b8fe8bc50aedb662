package sandbox

import "github.com/yumen-data/yumen"

// Names of the layers, as they stand in reports.
const (
	layerNamespaces = "namespaces"
	layerRoot       = "private-root"
	layerRlimits    = "rlimits"
	layerDump       = "not-dumpable"
	layerLandlock   = "landlock"
	layerCaps       = "capabilities"
	layerPrivs      = "no-new-privs"
	layerSeccomp    = "seccomp"
	layerCgroup     = "cgroup"
)

// knownLayers are all layers in the order in which they are put on, with what to do where one is missing.
var knownLayers = []struct {
	name      string
	required  bool // for level full
	does, fix yumen.Text
}{
	{layerNamespaces, true,
		yumen.Say("own user, process, mount, network, IPC, host name and cgroup namespaces: no network, no other process",
			"独立的用户、进程、挂载、网络、IPC、主机名和 cgroup 命名空间：没有网络，看不到其他进程"),
		yumen.Say("allow unprivileged user namespaces: sysctl user.max_user_namespaces > 0, and where they exist kernel.unprivileged_userns_clone=1 "+
			"and kernel.apparmor_restrict_unprivileged_userns=0 (or an AppArmor profile for yumen); in a container, a seccomp profile that lets clone create them",
			"允许非特权用户命名空间：sysctl user.max_user_namespaces 大于 0；如存在，设 kernel.unprivileged_userns_clone=1、"+
				"kernel.apparmor_restrict_unprivileged_userns=0（或为 yumen 配置 AppArmor 规则）；在容器中，seccomp 配置须允许 clone 创建命名空间")},
	{layerRoot, true,
		yumen.Say("a root with nothing in it but the inputs, read-only, and a private work folder",
			"根目录中只有只读输入和私有工作目录"),
		yumen.Say("needs the namespaces, and a /proc that is not masked (in a container: run it unmasked)",
			"需要命名空间，以及未被遮蔽的 /proc（在容器中请取消遮蔽）")},
	{layerRlimits, true,
		yumen.Say("caps on memory, file size, open files, threads and cpu time", "限制内存、文件大小、打开文件数、线程数和 CPU 时间"),
		yumen.Say("raise the hard limits (ulimit -H) under which yumen runs to those of the enclave",
			"将 yumen 运行时的硬限制（ulimit -H）提高到不低于安全计算环境的限制")},
	{layerDump, true,
		yumen.Say("no core dump and no debugger", "不产生核心转储，不可被调试"), yumen.Say("any Linux has it", "任何 Linux 都具备")},
	{layerLandlock, true,
		yumen.Say("the kernel checks each file access against a list, and refuses TCP", "内核按清单检查每次文件访问，并拒绝 TCP"),
		yumen.Say("Linux 6.2 or newer with Landlock enabled: CONFIG_SECURITY_LANDLOCK=y and landlock in the lsm= boot parameter",
			"需要启用了 Landlock 的 Linux 6.2 或更新版本：CONFIG_SECURITY_LANDLOCK=y，且启动参数 lsm= 中含 landlock")},
	{layerCaps, true,
		yumen.Say("no capability in any set of any thread", "任何线程都没有任何特权能力"),
		yumen.Say("any Linux has it", "任何 Linux 都具备")},
	{layerPrivs, true,
		yumen.Say("no program can gain privileges", "任何程序都不能获得特权"), yumen.Say("any Linux has it", "任何 Linux 都具备")},
	{layerSeccomp, true,
		yumen.Say("only the system calls that the role needs", "只允许该角色需要的系统调用"),
		yumen.Say("a kernel with CONFIG_SECCOMP_FILTER=y, on amd64 or arm64",
			"需要 CONFIG_SECCOMP_FILTER=y 的内核，且为 amd64 或 arm64")},
	{layerCgroup, false,
		yumen.Say("the kernel counts all memory and threads, page cache included", "内核统计全部内存（含页缓存）和线程"),
		yumen.Say("optional: delegate a cgroup to yumen (systemd: Delegate=yes and DelegateSubgroup=server); rlimits bound memory and threads without it",
			"可选：向 yumen 委派 cgroup（systemd：Delegate=yes 与 DelegateSubgroup=server）；没有时由 rlimits 限制内存和线程")},
}

// maxThreads is how many threads an enclave may have: those it is given to compute with, and room for those in which
// the Go runtime waits.
func maxThreads(l yumen.Limits) int { return l.Threads + 64 }
