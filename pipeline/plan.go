package pipeline

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/store"
)

// planned is what analysis fixed about a job: what will run, over what, and what is known of its result.
type planned struct {
	SQL      string                 `json:"sql,omitempty"`
	Evidence int                    `json:"evidence,omitempty"`
	Grouping *task.Grouping         `json:"grouping,omitempty"` // the same rows sooner
	Views    []task.View            `json:"views"`
	Files    []task.WasmFile        `json:"files,omitempty"`
	Columns  []yumen.ArtifactColumn `json:"columns"`
	K        int                    `json:"k"`
	MaxShare float64                `json:"max_share,omitempty"` // a column's own bound on dominance, stricter than the contract's
	Notes    []yumen.Text           `json:"notes,omitempty"`
	Units    *task.UnitsSpec        `json:"units,omitempty"` // modes map and block of a module
	// Reference are the datasets read that are about nobody: that a result repeats their rows is no finding.
	Reference []string              `json:"reference,omitempty"`
	Compiled  *store.Object         `json:"compiled,omitempty"` // machine code of the module
	Key       *store.Object         `json:"key,omitempty"`      // names, but does not tell, what deals units into blocks
	Private   *privatePlan          `json:"private,omitempty"`  // class dp
	Lineage   []query.ColumnLineage `json:"lineage,omitempty"`  // of Columns, for SQL
}

// plan fixes what will run and over which versions.
func (s *Service) plan(ctx context.Context, t *jobRun) error {
	var reports []yumen.EnclaveReport
	var err error
	if t.V.Engine == yumen.EngineSQL {
		reports, err = s.planSQL(ctx, t)
	} else {
		reports, err = s.planWasm(ctx, t)
	}
	if err == nil {
		err = s.fixVersions(ctx, t)
	}
	if err == nil && t.plan.Private != nil {
		err = s.price(ctx, t)
	}
	if ctx.Err() != nil {
		return ctx.Err() // interrupted, not refused
	}
	if err != nil {
		return s.refuse(ctx, t, yumen.ActionJobReject, yumen.StateRejected, err)
	}
	if t.V.Plan, err = json.Marshal(t.plan); err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionJobPlan, t.V.ID)
	e.Digests = map[string]yumen.Digest{"plan": yumen.DigestOf(t.V.Plan)}
	e.Details = map[string]string{"class": string(t.V.Class)}
	if p := t.plan.Private; p != nil {
		e.Digests["answer_key"] = p.Key
		e.Details["unit"], e.Details["epsilon"], e.Details["deadline"] = p.Question.Unit, number(p.Privacy.Epsilon), time.Duration(p.Deadline).String()
	}
	for _, v := range t.V.Versions {
		e.Digests["version "+v.Dataset] = v.Digest
	}
	for _, r := range reports {
		e.Details["parser_isolation"] = string(r.Level)
	}
	st := journal.Step{}
	if t.plan.Key != nil {
		st.Objects = []store.Object{*t.plan.Key}
	}
	if err := t.addCompiled(&st); err != nil {
		return err
	}
	_, err = s.move(ctx, e, &t.Versioned, yumen.StatePlanned, st)
	return err
}

func (s *Service) planSQL(ctx context.Context, t *jobRun) ([]yumen.EnclaveReport, error) {
	spec := t.V.Spec
	out, err := runInto[task.ParseAnswer](ctx, s, task.Task{Role: task.Parse, Account: t.contract.Name, Spec: task.ParseSpec{SQL: spec.SQL}, Program: t.V.Program,
		Limits: yumen.Limits{Wall: yumen.Duration(10 * time.Second), Threads: 1}}, nil)
	if err != nil {
		return nil, err
	}
	scope, err := s.scope(ctx, t)
	if err != nil {
		return nil, err
	}
	p, err := query.Analyse(spec.SQL, out.answer.Tree, scope)
	if err != nil {
		return nil, err
	}
	t.V.Class = p.Class
	t.plan = planned{SQL: p.SQL, Evidence: p.Evidence, Grouping: p.Grouping, Views: p.Views, Columns: p.Columns, K: p.K, MaxShare: p.MaxDominance, Notes: p.Notes, Lineage: p.Lineage}
	if p.Private != nil {
		t.plan.Private = &privatePlan{Question: *p.Private, Post: p.Post}
	}
	return []yumen.EnclaveReport{out.report}, nil
}

// scope is what the contract lets a query see.
func (s *Service) scope(ctx context.Context, t *jobRun) (query.Scope, error) {
	c := &t.contract.Contract
	sc := query.Scope{Classes: c.Classes, Class: t.V.Spec.Class, Risk: c.Risk, Privacy: contract.Privacy(c.Budget, t.V.Spec.Privacy)}
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
func (s *Service) planWasm(ctx context.Context, t *jobRun) ([]yumen.EnclaveReport, error) {
	report, err := s.inspectModule(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := s.planModule(ctx, t); err != nil {
		return nil, err
	}
	if t.compiled != nil {
		t.plan.Compiled = &t.compiled.V
	}
	if t.V.Spec.Mode == yumen.ModeBlock {
		err = s.drawBlockKey(t)
	}
	return []yumen.EnclaveReport{report}, err
}

// planModule is what follows from the declaration of a module.
func (s *Service) planModule(ctx context.Context, t *jobRun) error {
	t.V.Class = yumen.ClassOpaque
	t.plan = planned{K: t.contract.Risk.K}
	datasets, err := s.published(ctx)
	if err != nil {
		return err
	}
	if m := t.V.Spec.Mode; m == yumen.ModeMap || m == yumen.ModeBlock {
		return s.planUnits(t, datasets)
	}
	for _, in := range t.V.Spec.Inputs {
		d := datasets[in.Dataset]
		view := task.View{Name: strings.ReplaceAll(in.Name, ".", "_"), Input: in.Dataset}
		for _, name := range in.Columns {
			view.Columns = append(view.Columns, s.moduleColumn(t, &d, name))
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
		t.plan.Columns = append(t.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type, Kind: yumen.ColumnOpaque})
	}
	return nil
}

// viewColumn shows a column under its name, and the dense integer in place of the unit's key.
func viewColumn(d *yumen.Dataset, name string) task.ViewColumn {
	if name == d.Unit.Column {
		return task.ViewColumn{Name: name, From: yumen.UnitColumn, Type: yumen.TypeInteger}
	}
	c, ok := d.Column(name)
	if !ok {
		return task.ViewColumn{Name: name, From: name}
	}
	return task.ViewColumn{Name: name, From: name, Type: c.Type}
}

// moduleColumn is viewColumn for a module. What a module reads it can pass on in any form, so a column that the contract lets
// leave under a mask only is masked before the module sees it.
func (s *Service) moduleColumn(t *jobRun, d *yumen.Dataset, name string) task.ViewColumn {
	v := viewColumn(d, name)
	if v.From == yumen.UnitColumn {
		return v
	}
	uses := contract.Uses(&t.contract.Contract, d)[name]
	if !slices.ContainsFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UsePlain }) {
		if i := slices.IndexFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UseMask }); i >= 0 {
			v.Mask = uses[i].Technique
		}
	}
	return v
}

// fixVersions names the newest published version of each dataset the plan reads.
func (s *Service) fixVersions(ctx context.Context, t *jobRun) error {
	t.V.Versions, t.plan.Reference = nil, nil
	for _, v := range t.plan.Views {
		if slices.ContainsFunc(t.V.Versions, func(r yumen.VersionRef) bool { return r.Dataset == v.Input }) {
			continue
		}
		d, ver, err := s.current(ctx, v.Input)
		if err != nil {
			return err
		}
		if d.Reference() {
			t.plan.Reference = append(t.plan.Reference, d.Name)
		}
		t.V.Versions = append(t.V.Versions, yumen.VersionRef{Dataset: d.Name, Digest: ver.Digest, Seq: ver.Seq,
			Acquired: ver.Acquired, Provider: d.Provider, Source: d.Source})
	}
	return nil
}
