package pipeline

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// inspectLimits bound the look at a module; compiling a large one takes seconds.
var inspectLimits = yumen.Limits{Wall: yumen.Duration(60 * time.Second), Output: 1 << 30, Threads: 1}

// maxAttempts is how often a run is started that crashes keep cutting short.
const maxAttempts = 3

// start announces a run.
func (s *Service) start(ctx context.Context, t *jobRun) error {
	t.V.Attempts++
	e := s.systemEntry(yumen.ActionJobRun, t.V.ID)
	e.Details = map[string]string{"attempt": strconv.Itoa(t.V.Attempts)}
	if t.plan.Private != nil {
		return s.answerPrivate(ctx, t, e)
	}
	_, err := s.move(ctx, e, &t.Versioned, yumen.StateRunning, journal.Step{})
	return err
}

// runAgain announces another run of a job that a crash cut short, or gives it up.
func (s *Service) runAgain(ctx context.Context, t *jobRun) error {
	if t.V.Attempts >= maxAttempts {
		return s.refuse(ctx, t, yumen.ActionJobFail, yumen.StateFailed, yumen.Errorf(yumen.KindFailed,
			"the run was cut short %d times", "运行已被中断 %d 次", t.V.Attempts))
	}
	return s.start(ctx, t)
}

// run has the plan carried out and takes the result into quarantine.
func (s *Service) run(ctx context.Context, t *jobRun) error {
	tk, streams, err := s.runTask(t)
	if err != nil {
		return err
	}
	a := yumen.Artifact{Job: t.V.ID, Columns: t.plan.Columns}
	return s.produce(ctx, t, yumen.ActionJobHold, a, tk, streams, func(err error) *yumen.Error { return runError(t, err) })
}

// produce has an enclave make a result and takes it into quarantine as the job's artifact. Where the run fails the job does, and
// reason says why.
func (s *Service) produce(ctx context.Context, t *jobRun, action yumen.AuditAction, a yumen.Artifact, tk task.Task, streams map[string]store.Space,
	reason func(error) *yumen.Error) error {
	out, err := run[task.ResultAnswer](ctx, s, tk, streams)
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // interrupted: it is done again at the next start
	case runFailed(err):
		return s.refuse(ctx, t, yumen.ActionJobFail, yumen.StateFailed, reason(err))
	case err != nil:
		return err
	}
	a.Enclaves = append(a.Enclaves, out.report)
	return s.hold(ctx, t, action, a, out)
}

// hold writes the artifact, with what the enclave says of it.
func (s *Service) hold(ctx context.Context, t *jobRun, action yumen.AuditAction, a yumen.Artifact, out outcome[task.ResultAnswer]) error {
	result := out.objects[task.OutResult]
	a.Digest, a.Bytes, a.Rows, a.Held = result.Digest, result.Bytes, out.answer.Rows, s.now()
	a.Fixes = out.answer.Fixes
	a.Columns = withTypes(a.Columns, out.answer.Columns)
	st := journal.Step{Objects: []store.Object{result}}
	e := s.systemEntry(action, t.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": a.Digest, "report": digestJSON(out.report)}
	if ev, ok := out.objects[task.OutEvidence]; ok && ev.Bytes > 0 {
		a.Evidence, st.Objects, e.Digests["evidence"] = ev.Digest, append(st.Objects, ev), ev.Digest
	}
	if a.Parent != "" {
		e.Digests["parent"] = a.Parent
	}
	e.Details = reportDetails(out.report)
	p, err := journal.Put(store.Artifact, artifactID(a.Job, a.Round), 0, a)
	if err != nil {
		return err
	}
	st.Records = []store.Record{p}
	t.V.Artifact, t.V.Rounds = a.Digest, a.Round
	_, err = s.move(ctx, e, &t.Versioned, yumen.StateHeld, st)
	return err
}

// withTypes is what analysis knows of the columns, with the types that the engine gave them.
func withTypes(known, got []yumen.ArtifactColumn) []yumen.ArtifactColumn {
	out := slices.Clone(known)
	for i := range min(len(out), len(got)) {
		out[i].Type = got[i].Type
	}
	return out
}

func (s *Service) runTask(t *jobRun) (task.Task, map[string]store.Space, error) {
	tk := task.Task{Account: t.contract.Name, Limits: s.runLimits(t)}
	streams := map[string]store.Space{task.OutResult: store.Held}
	inputs, err := s.versionInputs(t)
	if err != nil {
		return tk, nil, err
	}
	tk.Inputs = inputs
	most := maxRows(t.contract.Risk)
	if t.V.Engine == yumen.EngineSQL {
		tk.Role, tk.Program = task.Query, yumen.DigestOf([]byte(t.plan.SQL))
		tk.Spec = task.QuerySpec{Views: t.plan.Views, SQL: t.plan.SQL, Evidence: t.plan.Evidence, MaxRows: most, Grouping: t.plan.Grouping}
		if t.plan.Evidence > 0 {
			streams[task.OutEvidence] = store.Held
		}
		return tk, streams, nil
	}
	tk.Role, tk.Program = task.Wasm, t.V.Program
	tk.Spec = task.WasmSpec{Views: t.plan.Views, Files: t.plan.Files, Output: t.V.Spec.Output, Args: t.V.Spec.Args, MaxRows: most, Seed: t.V.Spec.Seed, Units: t.plan.Units}
	if t.plan.Units != nil {
		streams[task.OutEvidence] = store.Held
	}
	more, err := s.moduleInputs(t)
	tk.Inputs = append(tk.Inputs, more...)
	return tk, streams, err
}

// moduleInputs hands in a module with what belongs to it: what deals units into blocks, and machine code that was kept.
func (s *Service) moduleInputs(t *jobRun) ([]task.Input, error) {
	path, err := s.cfg.Objects.Path(store.Programs, t.V.Program)
	in := []task.Input{{Name: task.InModule, Path: path, Digest: t.V.Program}}
	if err == nil && t.plan.Key != nil {
		path, err = s.cfg.Objects.Path(t.plan.Key.Space, t.plan.Key.Digest)
		in = append(in, task.Input{Name: task.InKey, Path: path, Digest: t.plan.Key.Digest})
	}
	if compiled, ok := s.compiledInput(t.plan.Compiled); ok {
		in = append(in, compiled)
	}
	return in, err
}

// runLimits are those of the contract.
func (s *Service) runLimits(t *jobRun) yumen.Limits {
	q := t.contract.Quotas
	return yumen.Limits{Wall: q.Wall, Memory: q.Memory, Threads: s.cfg.Threads, Output: runOutput(t.contract.Risk)}
}

// maxRows caps the rows of a run beyond the cap of egress, so that a raw extract is held and shown for what it is.
func maxRows(r yumen.Risk) int64 { return 20 * max(r.MaxRows, 5000) }

// runOutput caps what a run may write: well above what may be released, well below what would hurt the host.
func runOutput(r yumen.Risk) yumen.Size { return max(8*r.MaxBytes, 64<<20) }

// versionInputs hands in the versions that the plan reads, each checked against its digest.
func (s *Service) versionInputs(t *jobRun) ([]task.Input, error) {
	var in []task.Input
	for _, v := range t.V.Versions {
		p, err := s.cfg.Objects.Path(store.Versions, v.Digest)
		if err != nil {
			return nil, err
		}
		in = append(in, task.Input{Name: v.Dataset, Path: p, Digest: v.Digest})
	}
	return in, nil
}

// runError is what a submitter learns of a failed run: which public limit was reached, or one sentence for everything that
// the data may have had a part in (see DESIGN, one error for data). No text from inside the enclave is passed on.
func runError(t *jobRun, err error) *yumen.Error {
	q := t.contract.Quotas
	switch yumen.KindOf(err) {
	case yumen.KindLimit:
		return yumen.Errorf(yumen.KindLimit, "the run reached a limit of its contract (deadline %s, memory %s, output %s)",
			"运行达到合同限额（时限 %s，内存 %s，输出 %s）", time.Duration(q.Wall), q.Memory, runOutput(t.contract.Risk)).
			ToFix("make it do less, or ask for a larger quota", "请减少计算量，或申请更高限额")
	case yumen.KindUnavailable, yumen.KindCorrupt:
		return yumen.AsError(err)
	}
	if t.V.Engine == yumen.EngineWasm {
		return yumen.Errorf(yumen.KindFailed, "the module trapped, left with a non-zero code, or did not write the declared output; more is not said of a run on data",
			"模块异常终止、返回非零码或未按声明写出结果；对真实数据上的运行不再透露更多").
			ToFix("try it on synthetic data of the same shape", "请用同结构的模拟数据调试")
	}
	return yumen.Errorf(yumen.KindFailed, "the run failed; more is not said of a run on data", "运行失败；对真实数据上的运行不再透露更多").
		ToFix("try the query on synthetic data of the same shape", "请用同结构的模拟数据调试")
}
