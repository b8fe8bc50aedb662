package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/store"
)

// planned is what analysis fixed about a job: what will run, over what, and what is known of its result.
type planned struct {
	SQL      string                 `json:"sql,omitempty"`
	Evidence int                    `json:"evidence,omitempty"`
	Lookups  []query.Lookup         `json:"lookups,omitempty"`  // give no row, or SQL is not run
	Grouping *task.Grouping         `json:"grouping,omitempty"` // the same rows sooner
	Labels   *task.LabelsSpec       `json:"labels,omitempty"`   // class aggregate: who counts in which of Cells
	Views    []task.View            `json:"views"`
	Files    []task.WasmFile        `json:"files,omitempty"`
	Columns  []yumen.ArtifactColumn `json:"columns"`
	Cells    []yumen.ArtifactColumn `json:"cells,omitempty"`    // class aggregate: what SQL gives
	Possible []uint64               `json:"possible,omitempty"` // combinations of parts of Cells that can occur
	Post     string                 `json:"post,omitempty"`     // class aggregate: makes the result of protected cells
	K        int                    `json:"k"`
	// a column's own bound on dominance, stricter than the contract's
	MaxShare float64         `json:"max_share,omitempty"`
	Notes    []yumen.Text    `json:"notes,omitempty"`
	Units    *task.UnitsSpec `json:"units,omitempty"` // modes map and block of a module
	// Reference are the datasets read that are about nobody: that a result repeats their rows is no finding.
	Reference []string              `json:"reference,omitempty"`
	Compiled  *store.Object         `json:"compiled,omitempty"` // machine code of the module
	Key       *store.Object         `json:"key,omitempty"`      // by digest: the secret that assigns units to blocks
	Private   *privatePlan          `json:"private,omitempty"`  // class dp
	Lineage   []query.ColumnLineage `json:"lineage,omitempty"`  // of Columns, for SQL
	// Figures is the question of class aggregate whose protected answer SQL compares rows with. It is asked first.
	Figures *planned `json:"figures,omitempty"`
	// Slot is the first of the times at which it is shown that the machine has come to an end, counted from the
	// submission.
	Slot yumen.Duration `json:"slot,omitempty"`
}

// views are those of the plan and of its figures.
func (p *planned) views() []task.View {
	if p.Figures == nil {
		return p.Views
	}
	return slices.Concat(p.Views, p.Figures.Views)
}

// plan fixes what will run and over which versions.
func (s *Service) plan(ctx context.Context, j *jobRun) error {
	var reports []yumen.EnclaveReport
	var err error
	if j.V.Engine == yumen.EngineSQL {
		reports, _, err = s.planSQL(ctx, j)
	} else {
		reports, err = s.planWasm(ctx, j)
	}
	if err == nil {
		err = s.fixVersions(ctx, j)
	}
	if err == nil && j.plan.Private != nil {
		err = s.price(ctx, j)
	}
	if err == nil {
		err = s.reserve(ctx, j)
	}
	if err == nil {
		err = s.fixSlot(ctx, j)
	}
	if ctx.Err() != nil {
		return ctx.Err() // interrupted, not refused
	}
	if homeFailed(err) {
		return err
	}
	if err != nil {
		return s.refuse(ctx, j, yumen.ActionJobReject, yumen.StateRejected, err)
	}
	if j.V.Plan, err = json.Marshal(j.plan); err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionJobPlan, j.V.ID)
	e.Digests = map[string]yumen.Digest{"plan": yumen.DigestOf(j.V.Plan)}
	e.Details = map[string]string{"class": string(j.V.Class)}
	if p := j.plan.Private; p != nil {
		e.Digests["answer_key"] = p.Key
		e.Details["unit"], e.Details["epsilon"], e.Details["deadline"] = p.Question.Unit, number(p.Privacy.Epsilon),
			time.Duration(p.Deadline).String()
	}
	for _, v := range j.V.Versions {
		e.Digests["version "+v.Dataset] = v.Digest
	}
	for _, r := range reports {
		e.Details["parser_isolation"] = string(r.Level)
	}
	st := journal.Step{}
	if j.plan.Key != nil {
		st.Objects = []store.Object{*j.plan.Key}
	}
	if err := j.addCompiled(&st); err != nil {
		return err
	}
	if _, err = s.move(ctx, e, &j.Versioned, yumen.StatePlanned, st); stale(err) { // it was withdrawn meanwhile
		s.undecided.ended(&j.V)
	}
	return err
}

// homeFailed reports whether it was the home that could not be read or written, which says nothing of the job.
func homeFailed(err error) bool {
	var e *yumen.Error
	switch {
	case err == nil:
		return false
	case yumen.KindOf(err) == yumen.KindCorrupt:
		return true
	case runFailed(err):
		return false
	}
	return !errors.As(err, &e) || e.Kind == yumen.KindUnavailable
}

// fixVersions names the newest published version of each dataset the plan reads.
func (s *Service) fixVersions(ctx context.Context, j *jobRun) error {
	j.V.Versions, j.plan.Reference = nil, nil
	for _, v := range j.plan.views() {
		if slices.ContainsFunc(j.V.Versions, func(r yumen.VersionRef) bool { return r.Dataset == v.Input }) {
			continue
		}
		d, ver, err := s.current(ctx, v.Input)
		if err != nil {
			return err
		}
		if d.Reference() {
			j.plan.Reference = append(j.plan.Reference, d.Name)
		}
		j.V.Versions = append(j.V.Versions, yumen.VersionRef{Dataset: d.Name, Digest: ver.Digest, Seq: ver.Seq,
			Acquired: ver.Acquired, Provider: d.Provider, Source: d.Source})
	}
	return nil
}
