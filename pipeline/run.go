package pipeline

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// inspectLimits bound the look at a module; compiling a large one takes seconds.
var inspectLimits = yumen.Limits{Wall: yumen.Duration(60 * time.Second), Output: 1 << 30, Threads: 1}

// maxAttempts is how often a run is started that crashes keep cutting short.
const maxAttempts = 3

// start announces a run.
func (s *Service) start(ctx context.Context, t *jobRun) error {
	t.V.Attempts++
	e := s.systemEntry("job.run", t.V.ID)
	e.Details = map[string]string{"attempt": strconv.Itoa(t.V.Attempts)}
	if t.plan.Private != nil {
		return s.answerPrivate(ctx, t, e)
	}
	_, err := s.move(ctx, e, &t.versioned, yumen.StateRunning, step{})
	return err
}

// restart announces another run of a job that a crash cut short, or gives it up.
func (s *Service) restart(ctx context.Context, t *jobRun) error {
	if t.V.Attempts >= maxAttempts {
		return s.refuse(ctx, t, "job.fail", yumen.StateFailed, yumen.Errorf(yumen.KindFailed,
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
	outs, err := s.stageOutputs(streams)
	if err != nil {
		return err
	}
	defer outs.abort() // what is staged by then stays
	out, err := s.cfg.Enclave.Run(ctx, tk, outs.sinks())
	if ctx.Err() != nil {
		return ctx.Err() // interrupted: it is run again at the next start
	}
	if err != nil {
		return s.refuse(ctx, t, "job.fail", yumen.StateFailed, runError(t, err))
	}
	a := yumen.Artifact{Job: t.V.ID, Columns: t.plan.Columns, Enclaves: []yumen.EnclaveReport{out.Report}}
	return s.hold(ctx, t, "job.hold", a, out, outs)
}

// hold takes what an enclave produced into quarantine as the job's artifact.
func (s *Service) hold(ctx context.Context, t *jobRun, action string, a yumen.Artifact, out task.Outcome, outs *staged) error {
	var ans task.ResultAnswer
	if err := json.Unmarshal(out.Answer, &ans); err != nil {
		return s.refuse(ctx, t, "job.fail", yumen.StateFailed, yumen.Errorf(yumen.KindCorrupt, "the enclave gave no readable answer", "飞地未给出可读的应答"))
	}
	objs, err := outs.stage()
	if err != nil {
		return err
	}
	result := objs[task.OutResult]
	a.Digest, a.Bytes, a.Rows, a.Held = result.Digest, result.Bytes, ans.Rows, s.now()
	a.Fixes = ans.Fixes
	a.Columns = typed(a.Columns, ans.Columns)
	st := step{objects: []store.Object{result}}
	e := s.systemEntry(action, t.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": a.Digest, "report": digestJSON(out.Report)}
	if ev, ok := objs[task.OutEvidence]; ok && ev.Bytes > 0 {
		a.Evidence, st.objects, e.Digests["evidence"] = ev.Digest, append(st.objects, ev), ev.Digest
	}
	if a.Parent != "" {
		e.Digests["parent"] = a.Parent
	}
	e.Details = reportDetails(out.Report)
	p, err := put(store.Artifact, artifactID(a.Job, a.Round), 0, a)
	if err != nil {
		return err
	}
	st.puts = []store.Record{p}
	t.V.Artifact, t.V.Rounds = a.Digest, a.Round
	_, err = s.move(ctx, e, &t.versioned, yumen.StateHeld, st)
	return err
}

// typed is what analysis knows of the columns, with the types that the engine gave them.
func typed(known, got []yumen.ArtifactColumn) []yumen.ArtifactColumn {
	out := slices.Clone(known)
	for i := range min(len(out), len(got)) {
		out[i].Type = got[i].Type
	}
	return out
}

func digestJSON(v any) yumen.Digest {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // only plain structs come here
	}
	return yumen.DigestOf(b)
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
// the data may have had a part in, because a message about data could reveal it. No text from inside the enclave is passed on.
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
