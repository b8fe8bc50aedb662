package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
)

// Config says how enclaves run. The zero value isolates fully or not at all.
type Config struct {
	// Minimum is the isolation level below which nothing runs. Defaults to full.
	Minimum yumen.IsolationLevel
	// Scratch is a folder on the host that holds one private folder for each run while it runs. Defaults to the
	// system's temporary folder.
	Scratch string
	// WorkInMemory gives each run a work folder in its own memory, of half its memory limit, instead of one in Scratch:
	// what a run spills or prepares then never lies on a disk. For hosts whose Scratch is on no encrypted volume.
	WorkInMemory bool
	// AllowUnconfined lets tasks run in a plain child process with no isolation at all, on systems that have none of
	// the layers, for development. It takes effect only with Minimum none. Never set it where real data is.
	AllowUnconfined bool
	// Limits hold for tasks that set none. Defaults to wall 60s, memory 2GiB, output 1GiB, scratch 8GiB, threads 2.
	Limits yumen.Limits
	// Memory is what all enclaves together may have; further runs wait their turn. Defaults to three quarters of the
	// machine's.
	Memory yumen.Size
	// Threads is how many threads all enclaves together may compute with. Defaults to four for each processor.
	Threads int
	// Started is how many processes of enclaves wait for a task at most, once Open was called. Defaults to one for each
	// processor.
	Started int
	// Tenants are the limits of tenants: how many runs, and which share of Memory. Defaults to what the tasks
	// themselves say.
	Tenants *tenant.Current
	// Session bounds what one warm enclave does before it gives way to a fresh one.
	Session SessionLimits
	// Observe, where not nil, is told how long each task of a role took, from making its work folder to removing it, or
	// each statement, from its order to its end; without waiting for room and for whoever takes its outputs. It must
	// return at once.
	Observe func(role task.Role, took time.Duration)
	// Executable is the path of the program that enclaves are started from, as "Executable enclave". It must call Main
	// and must not be replaced while the host is in use. Defaults to the running program itself.
	Executable string
}

var defaultLimits = yumen.Limits{
	Wall:    yumen.Duration(60 * time.Second),
	Memory:  2 << 30,
	Output:  1 << 30,
	Scratch: 8 << 30,
	Threads: 2,
}

// grace is how long an enclave gets to end by itself after its deadline before it is killed.
const grace = 300 * time.Millisecond

// Host runs tasks in enclaves on this machine. It is safe for concurrent use.
type Host struct {
	minimum    yumen.IsolationLevel
	scratch    string
	unconfined bool
	inMemory   bool // work folders
	limits     yumen.Limits
	groups     cgroups
	admission  *admission
	processes  pool
	session    SessionLimits
	observe    func(task.Role, time.Duration)
	idle       idleSessions
	executable string
	digest     func() (yumen.Digest, error) // of the executable
	tolerant   bool                         // reports probes that got through instead of refusing; for Doctor, which runs nothing
}

// New checks the configuration and removes what a crashed process left in the scratch folder. It does not try out the
// isolation: see Doctor.
func New(c Config) (*Host, error) {
	c.Minimum = cmp.Or(c.Minimum, yumen.IsolationFull)
	if levelRank(c.Minimum) < 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "unknown isolation level %q: want full, reduced or none",
			"未知的隔离等级 %q：应为 full、reduced 或 none", c.Minimum).At("minimum")
	}
	if c.Observe == nil {
		c.Observe = func(task.Role, time.Duration) {}
	}
	if c.AllowUnconfined && c.Minimum != yumen.IsolationNone {
		return nil, yumen.Errorf(yumen.KindInvalid, "running unconfined needs the minimum isolation level none",
			"不受限运行要求最低隔离等级为 none").At("minimum")
	}
	c.Scratch = cmp.Or(c.Scratch, os.TempDir())
	fill(&c.Memory, yumen.Size(machineMemory()/4*3))
	fill(&c.Threads, 4*runtime.NumCPU())
	fill(&c.Started, runtime.NumCPU())
	fill(&c.Session.Statements, 100)
	fill(&c.Session.Age, 10*time.Minute)
	sweepWorkdirs(c.Scratch)
	h := &Host{minimum: c.Minimum, scratch: c.Scratch, unconfined: c.AllowUnconfined, inMemory: c.WorkInMemory,
		session: c.Session, observe: c.Observe,
		limits: fillLimits(c.Limits, defaultLimits), admission: newAdmission(cost{int64(c.Memory), c.Threads})}
	h.admission.short, h.admission.tenants = h.makeRoom, c.Tenants
	h.processes.start, h.processes.most = h.startProcess, c.Started
	h.executable, h.digest = executable, ownDigest
	if c.Executable != "" {
		h.executable, h.digest = c.Executable, digestOnce(c.Executable)
	}
	return h, nil
}

func fillLimits(l, d yumen.Limits) yumen.Limits {
	fill(&l.Wall, d.Wall)
	fill(&l.Memory, d.Memory)
	fill(&l.Output, d.Output)
	fill(&l.Scratch, d.Scratch)
	fill(&l.Threads, d.Threads)
	return l
}

// fill sets what is not above 0 to its default.
func fill[T ~int | ~int64](v *T, standard T) {
	if *v <= 0 {
		*v = standard
	}
}

func levelRank(l yumen.IsolationLevel) int {
	return slices.Index([]yumen.IsolationLevel{yumen.IsolationNone, yumen.IsolationReduced, yumen.IsolationFull}, l)
}

// Open says that tasks are about to come: from now on processes of enclaves are started ahead of them, in namespaces of
// their own, without any input. It does not wait. A task gets a process to itself, as it does without Open, only
// sooner. The host must be closed.
func (h *Host) Open() { h.processes.open() }

// Close ends the processes that wait for a task. Tasks that come later start their own.
func (h *Host) Close() error {
	h.processes.close()
	return nil
}

// Run carries out t in a fresh enclave and writes its output streams to outs. The names in outs are the streams that
// the enclave may write. When Run returns, the enclave and everything it started are dead and its work folder is gone.
//
// On an error, what was written to outs is an unusable part. Errors are *yumen.Error: of kind limit for the deadline,
// the output, memory or scratch cap; unavailable when the isolation is below the minimum, or the host has no space;
// failed when the run broke on its data; corrupt when the enclave broke its protocol; otherwise as the role's handler
// made them.
func (h *Host) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	t.Limits = fillLimits(t.Limits, h.limits)
	names := slices.Sorted(maps.Keys(outs))
	ord, err := newOrder(t, names)
	if err != nil {
		return task.Outcome{}, err
	}
	leave, err := h.admission.enter(ctx, t.Tenant, ord.claim())
	if err != nil {
		return task.Outcome{}, cancelled(err)
	}
	defer leave()
	if t.Started != nil {
		t.Started()
	}
	begun := time.Now()
	dir, err := newWorkdir(h.scratch)
	if err != nil {
		return task.Outcome{}, err
	}
	h.place(&ord, dir)
	r := &run{host: h, task: t, dir: dir, order: ord}
	defer func() {
		dir.remove()
		h.observe(t.Role, time.Since(begun)-r.away)
	}()
	go h.digest() // 100 MB the first time: meanwhile the enclave works
	for _, n := range names {
		r.sinks = append(r.sinks, outs[n])
	}
	answer, err := r.do(ctx)
	if err != nil {
		return task.Outcome{}, err
	}
	rep, err := r.report(begun)
	if err != nil {
		return task.Outcome{}, err
	}
	return task.Outcome{Answer: answer, Report: rep}, nil
}

// place says where an enclave puts its root and its work folder.
func (h *Host) place(o *order, dir *workdir) {
	o.Root, o.Work, o.Confine = dir.root, dir.work, !h.unconfined
	if h.inMemory && o.Confine {
		o.WorkMemory = o.Limits.Memory / 2
	}
}

// newOrder turns a task into what is sent to the enclave.
func newOrder(t task.Task, outputs []string) (order, error) {
	spec, err := json.Marshal(t.Spec)
	if err != nil {
		return order{}, yumen.AsError(fmt.Errorf("encode the task's spec: %w", err))
	}
	if len(outputs) > maxStreams {
		return order{}, yumen.AsError(fmt.Errorf("%d output streams, at most %d", len(outputs), maxStreams))
	}
	o := order{Role: string(t.Role), Spec: spec, Outputs: outputs, Limits: t.Limits}
	seen := map[string]bool{}
	for _, in := range t.Inputs {
		if !validName(in.Name) || seen[in.Name] {
			return order{}, yumen.Errorf(yumen.KindInvalid,
				"input name %q cannot be used as a file name, or is used twice",
				"输入名称 %q 不能用作文件名，或重复", in.Name)
		}
		seen[in.Name] = true
		found, err := o.locate(in)
		if err != nil {
			return order{}, err
		}
		o.Inputs = append(o.Inputs, found)
	}
	if len(o.files) > maxDescriptors {
		return order{}, yumen.Errorf(yumen.KindLimit, "a task has more than %d sealed inputs", "一个任务的密封输入超过 %d 个",
			maxDescriptors)
	}
	return o, nil
}

// locate says where an enclave finds an input, and which file it must be. A file without a name is added to those that
// travel as descriptors. What is no regular file is refused before an enclave is started for it.
func (ord *order) locate(in task.Input) (orderInput, error) {
	o := orderInput{Name: in.Name}
	if in.File == nil {
		return o, yumen.Errorf(yumen.KindInternal, "input %s has no file", "输入 %s 没有文件", in.Name)
	}
	unreadable := func(err error) error {
		return yumen.Errorf(yumen.KindUnavailable, "cannot read input %s", "无法读取输入 %s",
			in.Name).Because(withoutPath(err))
	}
	info, err := in.File.Stat()
	if err != nil {
		return o, unreadable(err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		return o, yumen.Errorf(yumen.KindInvalid, "input %s is not a regular file", "输入 %s 不是普通文件", in.Name)
	}
	o.Device, o.Inode = uint64(st.Dev), st.Ino
	if st.Nlink == 0 && canSendDescriptors {
		ord.files = append(ord.files, in.File)
		if !onDisk(int(in.File.Fd())) {
			ord.opened += info.Size()
		}
		o.Descriptor = len(ord.files)
		return o, nil
	}
	if o.Path, err = filepath.Abs(in.File.Name()); err != nil { // an enclave has no working folder in common with us
		return o, unreadable(err)
	}
	named, err := os.Stat(o.Path)
	if err == nil && !os.SameFile(named, info) || errors.Is(err, os.ErrNotExist) {
		return o, replaced(in.Name)
	}
	if err != nil {
		return o, unreadable(err)
	}
	return o, nil
}

func replaced(input string) *yumen.Error {
	return yumen.Errorf(yumen.KindConflict, "input %s was replaced while it was in use", "输入 %s 在使用中被替换", input).
		ToFix("repeat once nobody writes to it", "请在无人写入后重试")
}

// validName reports whether s may be the name of one file in a folder.
func validName(s string) bool {
	odd := func(r rune) bool { return r == '/' || r < ' ' || r == 0x7f || r == '\uFFFD' }
	return s != "" && len(s) <= 200 && s != "." && s != ".." && !strings.ContainsFunc(s, odd)
}

// ownDigest returns the digest of the running program. The kernel refuses writing to it while it runs, so one reading
// lasts for the process.
var ownDigest = digestOnce(executable)

// digestOnce returns a function that reads a file the first time it is called and returns the file's digest every time.
func digestOnce(path string) func() (yumen.Digest, error) {
	return sync.OnceValues(func() (yumen.Digest, error) {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		digest, _, err := yumen.DigestReader(f)
		return digest, err
	})
}
