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
func (s *Service) start(ctx context.Context, j *jobRun) error {
	j.V.Attempts++
	e := s.systemEntry(yumen.ActionJobRun, j.V.ID)
	e.Details = map[string]string{"attempt": strconv.Itoa(j.V.Attempts)}
	if j.plan.Private != nil {
		return s.answerPrivate(ctx, j, e)
	}
	_, err := s.move(ctx, e, &j.Versioned, yumen.StateRunning, journal.Step{})
	return err
}

// runAgain announces another run of a job that a crash cut short, or gives it up.
func (s *Service) runAgain(ctx context.Context, j *jobRun) error {
	if j.V.Attempts >= maxAttempts {
		return s.refuse(ctx, j, yumen.ActionJobFail, yumen.StateFailed, yumen.Errorf(yumen.KindFailed,
			"the run was cut short %d times", "运行已被中断 %d 次", j.V.Attempts))
	}
	return s.start(ctx, j)
}

// run has the plan carried out and takes the result into quarantine.
func (s *Service) run(ctx context.Context, j *jobRun) error {
	var in inputs
	defer in.release()
	tk, streams, err := s.runTask(ctx, &in, j)
	if yumen.KindOf(err) == yumen.KindDenied {
		return s.refuse(ctx, j, yumen.ActionJobFail, yumen.StateFailed, err)
	}
	if err != nil {
		return err
	}
	p := j.asked()
	a := yumen.Artifact{Job: j.V.ID, Figures: j.atFigures(), Columns: p.Columns}
	if j.V.Figures {
		a.Round = j.V.Rounds + 1
	}
	if p.Post != "" {
		a.Columns, a.Cells = p.Cells, true
	}
	return s.produce(ctx, j, yumen.ActionJobHold, a, tk, streams,
		func(err error) *yumen.Error { return runError(j, err) })
}

// post makes the result out of the protected cells. Nothing else is given to this enclave.
func (s *Service) post(ctx context.Context, j *jobRun) error {
	cells, err := journal.Load[yumen.Artifact](ctx, s.state, store.Artifact, artifactID(j.V.ID, j.V.Rounds))
	if err != nil {
		return err
	}
	var in inputs
	defer in.release()
	if err := in.fetch(ctx, s.cfg.Objects, task.InCells, store.Held, cells.V.Digest); err != nil {
		return err
	}
	p := j.asked()
	a := yumen.Artifact{Job: j.V.ID, Round: cells.V.Round + 1, Figures: cells.V.Figures, Columns: p.Columns,
		Parent: cells.V.Digest}
	return s.produce(ctx, j, yumen.ActionJobPost, a, s.postTask(j, p.Post, &in),
		map[string]store.Space{task.OutResult: store.Held}, func(err error) *yumen.Error { return runError(j, err) })
}

// postTask asks for a post statement over a table of cells.
func (s *Service) postTask(j *jobRun, sql string, cells *inputs) task.Task {
	return task.Task{Role: task.Post, Tenant: j.ahead(), Program: yumen.DigestOf([]byte(sql)),
		Spec:   task.PostSpec{SQL: sql, MaxRows: maxRows(j.contract.Risk)},
		Inputs: cells.all, Limits: s.runLimits(j)}
}

// produce has an enclave make a result and takes it into quarantine as the job's artifact. Where the run fails the
// job does, and reason says why.
func (s *Service) produce(ctx context.Context, j *jobRun, action yumen.AuditAction, a yumen.Artifact, tk task.Task,
	streams map[string]store.Space, reason func(error) *yumen.Error) error {
	out, err := run[task.ResultAnswer](ctx, s, tk, streams)
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // interrupted: it is done again at the next start
	case runFailed(err):
		return s.refuse(ctx, j, yumen.ActionJobFail, yumen.StateFailed, reason(err))
	case err != nil:
		return err
	case out.answer.Repeats > 0:
		return s.refuse(ctx, j, yumen.ActionJobFail, yumen.StateFailed, repeats(j, out.answer.Repeats))
	}
	a.Enclaves = append(a.Enclaves, out.report)
	return s.hold(ctx, j, action, a, out)
}

// hold writes the artifact, with what the enclave says of it.
func (s *Service) hold(ctx context.Context, j *jobRun, action yumen.AuditAction, a yumen.Artifact,
	out outcome[task.ResultAnswer]) error {
	result := out.objects[task.OutResult]
	a.Digest, a.Bytes, a.Rows, a.Held = result.Digest, result.Bytes, out.answer.Rows, s.now()
	a.Fixes = out.answer.Fixes
	a.Columns = withTypes(a.Columns, out.answer.Columns)
	st := journal.Step{Objects: []store.Object{result}}
	e := s.systemEntry(action, j.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": a.Digest, "report": digestJSON(out.report)}
	if ev, ok := out.objects[task.OutEvidence]; ok && ev.Bytes > 0 {
		a.Evidence, st.Objects, e.Digests["evidence"] = ev.Digest, append(st.Objects, ev), ev.Digest
	}
	if ls, ok := out.objects[task.OutLabels]; ok && ls.Bytes > 0 {
		a.Labels, st.Objects, e.Digests["labels"] = ls.Digest, append(st.Objects, ls), ls.Digest
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
	j.V.Artifact, j.V.Rounds = a.Digest, a.Round
	_, err = s.move(ctx, e, &j.Versioned, yumen.StateHeld, st)
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

// runTask asks for what the plan says, over inputs that it adds to in.
func (s *Service) runTask(ctx context.Context, in *inputs, j *jobRun) (task.Task, map[string]store.Space, error) {
	tk := task.Task{Tenant: j.tenant(), Limits: s.runLimits(j)}
	streams := map[string]store.Space{task.OutResult: store.Held}
	p := j.asked()
	views, err := s.versionInputs(ctx, in, j, p.Views)
	if err != nil {
		return tk, nil, err
	}
	tk.Inputs = in.all
	most := maxRows(j.contract.Risk)
	if j.V.Engine == yumen.EngineSQL {
		tk.Role, tk.Program = task.Query, yumen.DigestOf([]byte(p.SQL))
		spec := task.QuerySpec{Views: views, SQL: p.SQL, Evidence: p.Evidence, MaxRows: most, Grouping: p.Grouping}
		for _, k := range p.Lookups {
			spec.Lookups = append(spec.Lookups, k.SQL)
		}
		if spec.Figures = j.V.Figures; spec.Figures {
			if err := s.figuresInput(ctx, in, j); err != nil {
				return tk, nil, err
			}
		}
		tk.Spec, tk.Inputs = spec, in.all
		if p.Evidence > 0 {
			streams[task.OutEvidence] = store.Held
		}
		if p.Labels != nil {
			spec.Labels, streams[task.OutLabels] = p.Labels, store.Labels
			tk.Spec, tk.Limits.Output = spec, tk.Limits.Output+labelsOutput
		}
		return tk, streams, nil
	}
	tk.Role, tk.Program = task.Wasm, j.V.Program
	tk.Spec = task.WasmSpec{Views: views, Files: j.plan.Files, Output: j.V.Spec.Output, Args: j.V.Spec.Args,
		MaxRows: most, Seed: j.V.Spec.Seed, Units: j.plan.Units}
	if j.plan.Units != nil {
		streams[task.OutEvidence] = store.Held
	}
	err = s.moduleInputs(ctx, in, j)
	tk.Inputs = in.all
	return tk, streams, err
}

// figuresInput adds the protected answer that the statement compares rows with.
func (s *Service) figuresInput(ctx context.Context, in *inputs, j *jobRun) error {
	rounds, err := s.artifacts(ctx, j.V.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rounds, func(a yumen.Artifact) bool { return a.Figures && !a.Cells })
	if at < 0 {
		return yumen.Errorf(yumen.KindCorrupt, "the figures that job %s compares rows with are not on record",
			"任务 %s 用于比较的统计值没有记录", j.V.ID)
	}
	return in.fetch(ctx, s.cfg.Objects, task.FiguresTable, store.Held, rounds[at].Digest)
}

// moduleInputs adds a module and what belongs to it: the secret that assigns units to blocks, and stored machine code.
func (s *Service) moduleInputs(ctx context.Context, in *inputs, j *jobRun) error {
	err := in.fetch(ctx, s.cfg.Objects, task.InModule, store.Programs, j.V.Program)
	if err == nil && j.plan.Key != nil {
		err = in.fetch(ctx, s.cfg.Objects, task.InKey, j.plan.Key.Space, j.plan.Key.Digest)
	}
	if err == nil {
		s.compiledInput(ctx, in, j.plan.Compiled)
	}
	return err
}

// runLimits are those of the contract.
func (s *Service) runLimits(j *jobRun) yumen.Limits {
	q := j.contract.Quotas
	return yumen.Limits{Wall: q.Wall, Memory: q.Memory, Threads: s.cfg.Threads, Output: runOutput(j.contract.Risk)}
}

// maxRows caps the rows of a run beyond the cap of egress, so that a raw extract is held and shown for what it is.
func maxRows(r yumen.Risk) int64 { return 20 * max(r.MaxRows, 5000) }

// runOutput caps what a run may write: well above what may be released, well below what would hurt the host.
func runOutput(r yumen.Risk) yumen.Size { return max(8*r.MaxBytes, 64<<20) }

// labelsOutput is what labels may take besides: a few bytes for each unit and measure.
const labelsOutput = 1 << 30

// repeats is what a submitter learns of a list that is no list to look up in: what is known of it from the text. That
// it has several rows follows from the list, which is public.
func repeats(j *jobRun, lookup int) *yumen.Error {
	lookups := j.asked().Lookups
	if lookup > len(lookups) {
		return yumen.Errorf(yumen.KindCorrupt, "the enclave gave an answer to what it was not asked", "飞地答非所问")
	}
	return &yumen.Error{Kind: yumen.KindDenied, Msg: yumen.Say("the query is refused", "查询被拒绝"),
		Reasons: []yumen.Reason{lookups[lookup-1].Why}}
}

// runError is what a submitter learns of a failed run: which public limit was reached, or one sentence for everything
// that the data may have had a part in, because a message about data could reveal it. No text from inside the enclave
// is passed on.
func runError(j *jobRun, err error) *yumen.Error {
	q := j.contract.Quotas
	switch yumen.KindOf(err) {
	case yumen.KindLimit:
		return yumen.Errorf(yumen.KindLimit,
			"the run reached a limit of its contract (deadline %s, memory %s, of which files take half at most while scratch is in memory, output %s)",
			"运行达到合同限额（时限 %s，内存 %s（临时目录在内存中时，文件至多占其一半），输出 %s）", time.Duration(q.Wall), q.Memory,
			runOutput(j.contract.Risk)).
			ToFix("make it do less, or ask for a larger quota", "请减少计算量，或申请更高限额")
	case yumen.KindUnavailable, yumen.KindCorrupt:
		return yumen.AsError(err)
	}
	if j.V.Engine == yumen.EngineWasm {
		return yumen.Errorf(yumen.KindFailed,
			"the module trapped, left with a non-zero code, or did not write the declared output; more is not said of a run on data",
			"模块异常终止、返回非零码或未按声明写出结果；对真实数据上的运行不再透露更多").
			ToFix("try it on synthetic data of the same shape", "请用同结构的模拟数据调试")
	}
	return yumen.Errorf(yumen.KindFailed, "the run failed; more is not said of a run on data", "运行失败；对真实数据上的运行不再透露更多").
		ToFix("try the query on synthetic data of the same shape", "请用同结构的模拟数据调试")
}
