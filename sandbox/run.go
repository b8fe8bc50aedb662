package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// run is one enclave seen from its parent.
type run struct {
	host  *Host
	task  task.Task
	dir   *workdir
	order order
	sinks []io.Writer

	*process
	quit    chan struct{}
	watcher sync.WaitGroup
	group   *group        // nil where the host has none
	noGroup error         // why
	away    time.Duration // that whoever takes the outputs took
	rep     yumen.EnclaveReport
}

// do starts the enclave, feeds it, reads its result and sees to its end.
func (r *run) do(ctx context.Context) (json.RawMessage, error) {
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	if err := r.begin(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, r.kill)
	answer, err := r.converse(r.result)
	stop()
	if err := r.finish(ctx, err); err != nil {
		return nil, err
	}
	return answer, nil
}

var errDeadline = errors.New("deadline")

// deadline gives the enclave its wall time, and the grace to end by itself.
func (r *run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, time.Duration(r.task.Limits.Wall)+grace, errDeadline)
}

// begin starts the enclave and what watches it. After it, finish must be called.
func (r *run) begin() error {
	if r.order.Confine {
		r.group, r.noGroup = r.host.groups.make(r.task.Limits)
	}
	var err error
	if r.process, err = r.host.processes.take(); err != nil {
		r.group.remove()
		return err
	}
	r.quit = make(chan struct{})
	r.watcher.Go(func() { r.dir.watch(r.task.Limits.Scratch, r.quit, r.kill) })
	r.join()
	return nil
}

// finish ends the enclave and, where the conversation broke with err, says why.
func (r *run) finish(ctx context.Context, err error) error {
	end := r.end()
	close(r.quit)
	r.watcher.Wait()
	if err != nil {
		err = r.explain(ctx, err, end)
	}
	r.group.remove()
	return err
}

// join puts the enclave into its control group, before it is sent anything.
func (r *run) join() {
	if r.group == nil {
		return
	}
	if r.noGroup = r.group.add(r.cmd.Process.Pid); r.noGroup != nil {
		r.group.remove()
		r.group = nil
	}
}

// converse sends the order and reads frames from in until the last one.
func (r *run) converse(in io.Reader) (json.RawMessage, error) {
	if err := r.send(r.order, r.order.files...); err != nil {
		return nil, err
	}
	d := newDecoder(in, r.sinks, int64(r.task.Limits.Output))
	d.hello, d.progress = r.admit, r.task.Progress
	z, answer, err := d.run()
	r.away = d.away
	if err != nil {
		return nil, err
	}
	r.rep.Engines = z.Engines
	return answer, nil
}

// send gives the enclave an order, with the files that it says come as descriptors, or a statement.
func (r *run) send(message any, files ...*os.File) error {
	body, err := json.Marshal(message)
	if err != nil {
		return yumen.AsError(err)
	}
	if len(body) > maxTask {
		return yumen.Errorf(yumen.KindInvalid, "the task is larger than %s", "任务超过 %s", yumen.Size(maxTask))
	}
	if err = sendOrder(r.control, body, files); err != nil {
		return fmt.Errorf("%w: %v", errIncomplete, err)
	}
	return nil
}

// admit judges what the enclave says of itself and, if it is enough, permits it to start.
func (r *run) admit(h hello) error {
	if len(h.Layers) > maxLayers || len(h.Probes) > maxLayers {
		return corrupt("bad greeting")
	}
	for i, l := range h.Layers {
		h.Layers[i] = yumen.Layer{Name: clean(l.Name), Applied: l.Applied, Detail: clean(l.Detail)}
	}
	for i, p := range h.Probes {
		h.Probes[i] = yumen.Probe{Name: clean(p.Name), Blocked: p.Blocked, Detail: clean(p.Detail)}
	}
	r.rep.Layers, r.rep.Probes = append(h.Layers, r.groupLayer()), h.Probes
	level, missing := levelOf(h.Layers, h.Probes)
	r.rep.Level = level
	got := r.order.Confine && !allBlocked(h.Probes) && !r.host.tolerant
	if levelRank(level) < levelRank(r.host.minimum) || got {
		return missingLayers(level, r.host.minimum, missing)
	}
	_, err := r.control.Write([]byte{goByte})
	return err
}

func (r *run) groupLayer() yumen.Layer {
	if r.group != nil {
		return yumen.Layer{Name: layerCgroup, Applied: true, Detail: r.group.detail()}
	}
	l := yumen.Layer{Name: layerCgroup}
	if r.noGroup != nil {
		l.Detail = withoutPath(r.noGroup).Error()
	}
	return l
}

// explain finds out why an enclave ended without a complete result.
func (r *run) explain(ctx context.Context, err, end error) error {
	var known *yumen.Error
	switch {
	case errors.As(err, &known):
		return r.workInMemory(known)
	case errors.Is(context.Cause(ctx), errDeadline):
		return late{timeLimit(r.task.Limits.Wall)}
	case ctx.Err() != nil:
		return cancelled(ctx.Err())
	case r.dir.over.Load():
		return scratchLimit(r.task.Limits.Scratch)
	case r.group.outOfMemory(), r.stderr.says(outOfMemory...), end != nil && r.fullMemory():
		return memoryLimit(r.task.Limits.Memory)
	}
	return yumen.Errorf(yumen.KindFailed, "the run ended before its result was complete",
		"运行在结果完整之前中止").Because(endOf(end))
}

// workInMemory says what else can be done where a run needs more than its memory holds. What an enclave says of limits
// and full disks has no way on of its own.
func (r *run) workInMemory(e *yumen.Error) error {
	full := e.Kind == yumen.KindLimit || e.Kind == yumen.KindUnavailable
	if full && e.Fix.IsZero() && r.order.WorkMemory > 0 {
		return e.ToFix("make the job smaller; scratch is in memory until home.yaml declares its volume encrypted (scratch: {encrypted: true})",
			"请缩小任务；在 home.yaml 声明临时目录位于加密卷（scratch: {encrypted: true}）之前，临时空间只用内存")
	}
	return e
}

func cancelled(err error) *yumen.Error {
	return yumen.Errorf(yumen.KindUnavailable, "the run was cancelled", "运行已取消").Because(err)
}

// outOfMemory are the words with which the Go runtime, the C library and the C++ runtime die for lack of memory.
var outOfMemory = []string{"out of memory", "cannot allocate memory", "Cannot allocate memory", "bad_alloc",
	"pthread_create failed",
	"failed to create new OS thread"}

// fullMemory reports whether the enclave, which ended by itself and badly, had nearly all the memory it may have: the
// Go runtime does not always find words when an allocation fails in the middle of a collection. The kernel counts the
// parent's own peak into that of a child it starts (setmax_mm_hiwater_rss on exec), so nothing can be said where that
// is as large.
func (r *run) fullMemory() bool {
	most := int64(r.task.Limits.Memory) / 4 * 3
	var own syscall.Rusage
	usage, ok := r.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok || syscall.Getrusage(syscall.RUSAGE_SELF, &own) != nil {
		return false
	}
	return peak(own) < most && peak(*usage) >= most
}

// peak returns the most memory a process had resident, in bytes.
func peak(u syscall.Rusage) int64 { return u.Maxrss << 10 }

// endOf names how a process ended, without anything it said.
func endOf(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return errors.New(exit.ProcessState.String())
	}
	return err
}

// report completes the enclave's report with what the parent knows better.
func (r *run) report(begun time.Time) (yumen.EnclaveReport, error) {
	rep := r.rep
	rep.Layers, rep.Probes = slices.Clone(rep.Layers), slices.Clone(rep.Probes)
	rep.WallMS = time.Since(begun).Milliseconds()
	digest, err := r.host.digest()
	if err != nil {
		return rep, yumen.Errorf(yumen.KindUnavailable, "cannot read the executable that enclaves run",
			"无法读取安全计算环境所用的可执行文件").Because(err)
	}
	rep.Role, rep.Binary, rep.Program, rep.Limits = string(r.task.Role), digest, r.task.Program, r.task.Limits
	for _, in := range r.task.Inputs {
		rep.Inputs = append(rep.Inputs, yumen.InputDigest{Name: in.Name, Digest: in.Digest})
	}
	return rep, nil
}

// levelOf adds up the layers. A probe that was not blocked makes the layers worth nothing.
func levelOf(layers []yumen.Layer, probes []yumen.Probe) (yumen.IsolationLevel, []string) {
	applied, missing := map[string]bool{}, []string{}
	for _, l := range layers {
		applied[l.Name] = l.Applied
	}
	for _, l := range knownLayers {
		if l.required && !applied[l.name] {
			missing = append(missing, l.name)
		}
	}
	level := yumen.IsolationFull
	if len(missing) > 0 {
		level = yumen.IsolationReduced
	}
	if !allBlocked(probes) {
		missing = append(missing, "a probe got through")
		level = yumen.IsolationNone
	}
	if !applied[layerNamespaces] || !applied[layerRoot] {
		level = yumen.IsolationNone
	}
	return level, missing
}

func allBlocked(probes []yumen.Probe) bool {
	return !slices.ContainsFunc(probes, func(p yumen.Probe) bool { return !p.Blocked })
}
