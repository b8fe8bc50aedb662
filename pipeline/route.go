package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/store"
)

// maxAttempts is how often a run is started that crashes keep cutting short.
const maxAttempts = 3

// planned is what analysis fixed about a job: what will run, over what, and what is known of its result.
type planned struct {
	SQL      string                 `json:"sql,omitempty"`
	Evidence int                    `json:"evidence,omitempty"`
	Views    []task.View            `json:"views"`
	Files    []task.WasmFile        `json:"files,omitempty"`
	Columns  []yumen.ArtifactColumn `json:"columns"`
	K        int                    `json:"k"`
	MaxShare float64                `json:"max_share,omitempty"` // a column's own bound on dominance, stricter than the contract's
	Notes    []yumen.Text           `json:"notes,omitempty"`
}

// traveller is a job on its way with what the steps need to know of it.
type traveller struct {
	saved[yumen.Job]
	contract yumen.SignedContract
	plan     planned
}

// Drive takes a job along its route until a person is due or it has ended. It returns the job as it stands then; that the
// job was refused or failed is no error of Drive.
func (s *Service) Drive(ctx context.Context, id string) (yumen.Job, error) {
	t, err := s.travel(ctx, id)
	if err != nil {
		return t.V, err
	}
	if t.V.State == yumen.Running {
		if err := s.restart(ctx, &t); err != nil {
			return t.V, err
		}
	}
	arrows := map[yumen.State]func(context.Context, *traveller) error{
		yumen.Submitted: s.admit, yumen.Admitted: s.plan, yumen.Planned: s.start,
		yumen.Running: s.run, yumen.Held: s.check, yumen.Fixing: s.fix,
	}
	for !t.V.State.Resting() {
		if err := arrows[t.V.State](ctx, &t); err != nil {
			return t.V, err
		}
	}
	return t.V, nil
}

func (s *Service) travel(ctx context.Context, id string) (traveller, error) {
	j, err := load[yumen.Job](ctx, s.cfg.State, store.Job, id)
	t := traveller{saved: j}
	if err != nil {
		return t, err
	}
	if t.contract, err = s.Contract(ctx, j.V.Spec.Contract); err != nil && yumen.KindOf(err) != yumen.NotFound {
		return t, err
	}
	if len(j.V.Plan) > 0 {
		err = json.Unmarshal(j.V.Plan, &t.plan)
	} else {
		err = nil
	}
	return t, err
}

// refuse ends a job with the reasons why. The log names the rules, never their texts.
func (s *Service) refuse(ctx context.Context, t *traveller, action string, to yumen.State, why error) error {
	e := s.systemEntry(action, t.V.ID)
	t.V.Error = yumen.AsError(why)
	e.Details = map[string]string{"kind": string(t.V.Error.Kind)}
	var rules []string
	for _, r := range t.V.Error.Reasons {
		rules = append(rules, r.Rule)
	}
	if slices.Sort(rules); len(rules) > 0 {
		e.Details["rules"] = strings.Join(slices.Compact(rules), " ")
	}
	_, err := s.move(ctx, e, &t.saved, to, step{})
	return err
}

// admit asks access and contract.
func (s *Service) admit(ctx context.Context, t *traveller) error {
	spec := t.V.Spec
	if t.contract.Name == "" {
		return s.refuse(ctx, t, "job.reject", yumen.Rejected, yumen.Refuse(yumen.Denied, yumen.Say("the job is not admitted", "任务未获准入"),
			[]yumen.Reason{{Rule: "contract.unknown", Msg: yumen.Say("no contract named %q", "没有名为“%s”的合同", spec.Contract)}}))
	}
	datasets, err := s.published(ctx)
	if err != nil {
		return err
	}
	today, err := s.jobsToday(ctx, t)
	if err != nil {
		return err
	}
	reasons := contract.Admit(&t.contract, &t.V, datasets, contract.Facts{Now: s.now(), JobsToday: today})
	if len(reasons) > 0 {
		return s.refuse(ctx, t, "job.reject", yumen.Rejected, yumen.Refuse(yumen.Denied,
			yumen.Say("contract %s does not admit the job", "合同 %s 不准许该任务", t.contract.Name), reasons))
	}
	e := s.systemEntry("job.admit", t.V.ID)
	e.Digests = map[string]yumen.Digest{"contract": t.contract.Digest}
	t.V.ContractDigest = t.contract.Digest
	_, err = s.move(ctx, e, &t.saved, yumen.Admitted, step{})
	return err
}

// jobsToday counts the other jobs of the contract that were submitted on the same day.
func (s *Service) jobsToday(ctx context.Context, t *traveller) (int, error) {
	jobs, err := list[yumen.Job](ctx, s.cfg.State, store.Job, "j-"+t.V.Created.Format("20060102"))
	n := 0
	for _, j := range jobs {
		if j.Spec.Contract == t.V.Spec.Contract && j.ID != t.V.ID {
			n++
		}
	}
	return n, err
}

// plan fixes what will run and over which versions.
func (s *Service) plan(ctx context.Context, t *traveller) error {
	var reports []yumen.EnclaveReport
	var err error
	if t.V.Engine == yumen.SQL {
		reports, err = s.planSQL(ctx, t)
	} else {
		reports, err = s.planWasm(ctx, t)
	}
	if err == nil {
		err = s.fixVersions(ctx, t)
	}
	if ctx.Err() != nil {
		return ctx.Err() // interrupted, not refused
	}
	if err != nil {
		return s.refuse(ctx, t, "job.reject", yumen.Rejected, err)
	}
	if t.V.Plan, err = json.Marshal(t.plan); err != nil {
		return err
	}
	e := s.systemEntry("job.plan", t.V.ID)
	e.Digests = map[string]yumen.Digest{"plan": yumen.DigestOf(t.V.Plan)}
	e.Details = map[string]string{"class": string(t.V.Class)}
	for _, v := range t.V.Versions {
		e.Digests["version "+v.Dataset] = v.Digest
	}
	for _, r := range reports {
		e.Details["parser_isolation"] = string(r.Level)
	}
	_, err = s.move(ctx, e, &t.saved, yumen.Planned, step{})
	return err
}

func (s *Service) planSQL(ctx context.Context, t *traveller) ([]yumen.EnclaveReport, error) {
	spec := t.V.Spec
	out, err := s.cfg.Enclave.Run(ctx, task.Task{Role: task.Parse, Spec: task.ParseSpec{SQL: spec.SQL}, Program: t.V.Program,
		Limits: yumen.Limits{Wall: yumen.Duration(10 * time.Second), Threads: 1}}, nil)
	if err != nil {
		return nil, err
	}
	var ans task.ParseAnswer
	if err := json.Unmarshal(out.Answer, &ans); err != nil {
		return nil, fmt.Errorf("read parse answer: %w", err)
	}
	scope, err := s.scope(ctx, t)
	if err != nil {
		return nil, err
	}
	p, err := query.Analyse(spec.SQL, ans.Tree, scope)
	if err != nil {
		return nil, err
	}
	t.V.Class = p.Class
	t.plan = planned{SQL: p.SQL, Evidence: p.Evidence, Views: p.Views, Columns: p.Columns, K: p.K, MaxShare: p.MaxDominance, Notes: p.Notes}
	return []yumen.EnclaveReport{out.Report}, nil
}

// scope is what the contract lets a query see.
func (s *Service) scope(ctx context.Context, t *traveller) (query.Scope, error) {
	c := &t.contract.Contract
	sc := query.Scope{Classes: c.Classes, Class: t.V.Spec.Class, Risk: c.Risk}
	datasets, err := s.published(ctx)
	if err != nil {
		return sc, err
	}
	for _, g := range c.Datasets {
		if d, ok := datasets[g.Dataset]; ok {
			sc.Tables = append(sc.Tables, query.Table{Dataset: d, Uses: contract.Uses(c, &d)})
		}
	}
	return sc, nil
}

// planWasm has the module looked at in an enclave without data and says which projections it will be given.
func (s *Service) planWasm(ctx context.Context, t *traveller) ([]yumen.EnclaveReport, error) {
	path, err := s.cfg.Objects.Path(store.Programs, t.V.Program)
	if err != nil {
		return nil, err
	}
	out, err := s.cfg.Enclave.Run(ctx, task.Task{Role: task.Inspect, Program: t.V.Program,
		Inputs: []task.Input{{Name: task.InModule, Path: path, Digest: t.V.Program}},
		Limits: yumen.Limits{Wall: yumen.Duration(30 * time.Second), Threads: 1}}, nil)
	if err != nil {
		return nil, err
	}
	t.V.Class = yumen.ClassOpaque
	t.plan = planned{K: t.contract.Risk.K}
	datasets, err := s.published(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range t.V.Spec.Inputs {
		d := datasets[in.Dataset]
		view := task.View{Name: strings.ReplaceAll(in.Name, ".", "_"), Input: in.Dataset}
		for _, name := range in.Columns {
			view.Columns = append(view.Columns, viewColumn(&d, name))
		}
		format := in.Format
		if format == "" {
			format, _ = yumen.FormatOf(in.Name)
		}
		t.plan.Views = append(t.plan.Views, view)
		t.plan.Files = append(t.plan.Files, task.WasmFile{Name: in.Name, View: view.Name, Format: format})
	}
	if out := &t.V.Spec.Output; out.Format == "" {
		out.Format, _ = yumen.FormatOf(out.Name)
	}
	for _, c := range t.V.Spec.Output.Columns {
		t.plan.Columns = append(t.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type, Kind: yumen.OpaqueColumn})
	}
	return []yumen.EnclaveReport{out.Report}, nil
}

// viewColumn shows a column under its name, and the dense integer in place of the unit's key.
func viewColumn(d *yumen.Dataset, name string) task.ViewColumn {
	if name == d.Unit.Column {
		return task.ViewColumn{Name: name, From: yumen.UnitColumn, Type: yumen.Integer}
	}
	c, ok := d.Column(name)
	if !ok {
		return task.ViewColumn{Name: name, From: name}
	}
	return task.ViewColumn{Name: name, From: name, Type: c.Type}
}

// fixVersions names the newest published version of each dataset the plan reads.
func (s *Service) fixVersions(ctx context.Context, t *traveller) error {
	t.V.Versions = nil
	for _, v := range t.plan.Views {
		if slices.ContainsFunc(t.V.Versions, func(r yumen.VersionRef) bool { return r.Dataset == v.Input }) {
			continue
		}
		d, ver, err := s.current(ctx, v.Input)
		if err != nil {
			return err
		}
		t.V.Versions = append(t.V.Versions, yumen.VersionRef{Dataset: d.Name, Digest: ver.Digest, Seq: ver.Seq,
			Acquired: ver.Acquired, Provider: d.Provider, Source: d.Source})
	}
	return nil
}

// start announces a run.
func (s *Service) start(ctx context.Context, t *traveller) error {
	t.V.Attempts++
	e := s.systemEntry("job.run", t.V.ID)
	e.Details = map[string]string{"attempt": strconv.Itoa(t.V.Attempts)}
	_, err := s.move(ctx, e, &t.saved, yumen.Running, step{})
	return err
}

// restart announces another run of a job that a crash cut short, or gives it up.
func (s *Service) restart(ctx context.Context, t *traveller) error {
	if t.V.Attempts >= maxAttempts {
		return s.refuse(ctx, t, "job.fail", yumen.FailedRun, yumen.Errorf(yumen.Failed,
			"the run was cut short %d times", "运行已被中断 %d 次", t.V.Attempts))
	}
	return s.start(ctx, t)
}

// run has the plan carried out and takes the result into quarantine.
func (s *Service) run(ctx context.Context, t *traveller) error {
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
		return s.refuse(ctx, t, "job.fail", yumen.FailedRun, runError(t, err))
	}
	a := yumen.Artifact{Job: t.V.ID, Columns: t.plan.Columns, Enclaves: []yumen.EnclaveReport{out.Report}}
	return s.hold(ctx, t, "job.hold", a, out, outs)
}

// hold takes what an enclave produced into quarantine as the job's artifact.
func (s *Service) hold(ctx context.Context, t *traveller, action string, a yumen.Artifact, out task.Outcome, outs *staged) error {
	var ans task.ResultAnswer
	if err := json.Unmarshal(out.Answer, &ans); err != nil {
		return s.refuse(ctx, t, "job.fail", yumen.FailedRun, yumen.Errorf(yumen.Corrupt, "the enclave gave no readable answer", "飞地未给出可读的应答"))
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
	e.Details["rows"], e.Details["bytes"] = strconv.FormatInt(a.Rows, 10), strconv.FormatInt(a.Bytes, 10)
	p, err := put(store.Artifact, artifactID(a.Job, a.Round), 0, a)
	if err != nil {
		return err
	}
	st.puts = []store.Record{p}
	t.V.Artifact, t.V.Rounds = a.Digest, a.Round
	_, err = s.move(ctx, e, &t.saved, yumen.Held, st)
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

func (s *Service) runTask(t *traveller) (task.Task, map[string]store.Space, error) {
	q, r := t.contract.Quotas, t.contract.Risk
	tk := task.Task{Limits: yumen.Limits{Wall: q.Wall, Memory: q.Memory, Threads: s.cfg.Threads, Output: runOutput(r)}}
	streams := map[string]store.Space{task.OutResult: store.Held}
	inputs, err := s.versionInputs(t)
	if err != nil {
		return tk, nil, err
	}
	tk.Inputs = inputs
	maxRows := 20 * max(r.MaxRows, 5000) // beyond the cap of egress, so that a raw extract is held and shown for what it is
	if t.V.Engine == yumen.SQL {
		tk.Role, tk.Program = task.Query, yumen.DigestOf([]byte(t.plan.SQL))
		tk.Spec = task.QuerySpec{Views: t.plan.Views, SQL: t.plan.SQL, Evidence: t.plan.Evidence, MaxRows: maxRows}
		if t.plan.Evidence > 0 {
			streams[task.OutEvidence] = store.Held
		}
		return tk, streams, nil
	}
	path, err := s.cfg.Objects.Path(store.Programs, t.V.Program)
	tk.Role, tk.Program = task.Wasm, t.V.Program
	tk.Inputs = append(tk.Inputs, task.Input{Name: task.InModule, Path: path, Digest: t.V.Program})
	tk.Spec = task.WasmSpec{Views: t.plan.Views, Files: t.plan.Files, Output: t.V.Spec.Output, Args: t.V.Spec.Args, MaxRows: maxRows}
	return tk, streams, err
}

// runOutput caps what a run may write: well above what may be released, well below what would hurt the host.
func runOutput(r yumen.Risk) yumen.Size { return max(8*r.MaxBytes, 64<<20) }

// versionInputs hands in the versions that the plan reads, each checked against its digest.
func (s *Service) versionInputs(t *traveller) ([]task.Input, error) {
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
func runError(t *traveller, err error) *yumen.Error {
	q := t.contract.Quotas
	switch yumen.KindOf(err) {
	case yumen.Limit:
		return yumen.Errorf(yumen.Limit, "the run reached a limit of its contract (deadline %s, memory %s, output %s)",
			"运行达到合同限额（时限 %s，内存 %s，输出 %s）", time.Duration(q.Wall), q.Memory, runOutput(t.contract.Risk)).
			ToFix("make it do less, or ask for a larger quota", "请减少计算量，或申请更高限额")
	case yumen.Unavailable, yumen.Corrupt:
		return yumen.AsError(err)
	}
	if t.V.Engine == yumen.Wasm {
		return yumen.Errorf(yumen.Failed, "the module trapped, left with a non-zero code, or did not write the declared output; more is not said of a run on data",
			"模块异常终止、返回非零码或未按声明写出结果；对真实数据上的运行不再透露更多").
			ToFix("try it on synthetic data of the same shape", "请用同结构的模拟数据调试")
	}
	return yumen.Errorf(yumen.Failed, "the run failed; more is not said of a run on data", "运行失败；对真实数据上的运行不再透露更多").
		ToFix("try the query on synthetic data of the same shape", "请用同结构的模拟数据调试")
}
