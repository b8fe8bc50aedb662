package pipeline

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query"
)

// planSQL analyses a query. Beside the report of the enclave that parsed it, it returns the cells for an explanation.
func (s *Service) planSQL(ctx context.Context, j *jobRun) ([]yumen.EnclaveReport, []query.ExplainedCell, error) {
	spec := j.V.Spec
	out, err := runInto[task.ParseAnswer](ctx, s, task.Task{Role: task.Parse, Tenant: j.ahead(),
		Spec: task.ParseSpec{SQL: spec.SQL}, Program: j.V.Program,
		Limits: yumen.Limits{Wall: yumen.Duration(10 * time.Second), Threads: 1}}, nil)
	if err != nil {
		return nil, nil, err
	}
	scope, err := s.scope(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	p, err := query.Analyse(spec.SQL, out.answer.Tree, scope)
	if err != nil {
		return nil, nil, err
	}
	j.V.Class = p.Class
	j.plan = plannedOf(p)
	if p.Figures != nil {
		figures := plannedOf(p.Figures)
		figures.Labels = nil // they do not leave
		j.plan.Figures = &figures
	}
	if p.Private != nil {
		j.plan.Private, j.plan.Post = &privatePlan{Question: *p.Private, Post: p.Post}, ""
	}
	return []yumen.EnclaveReport{out.report}, p.Explained, nil
}

// plannedOf is what runs of a question.
func plannedOf(p *query.Plan) planned {
	return planned{SQL: p.SQL, Evidence: p.Evidence, Lookups: p.Lookups, Grouping: p.Grouping, Labels: p.Labels, Views: p.Views,
		Columns: p.Columns, K: p.K,
		Cells: p.Cells, Possible: p.Possible, Post: p.Post, MaxShare: p.MaxDominance, Notes: p.Notes,
		Lineage: p.Lineage}
}

// scope is what the contract lets a query see.
func (s *Service) scope(ctx context.Context, j *jobRun) (query.Scope, error) {
	c := &j.contract.Contract
	sc := query.Scope{Classes: c.Classes, Class: j.V.Spec.Class, Risk: c.Risk,
		Privacy: contract.Privacy(c.Budget, j.V.Spec.Privacy), Today: j.V.Created, Params: j.V.Spec.Params}
	datasets := j.datasets
	if datasets == nil {
		var err error
		if datasets, err = s.published(ctx); err != nil {
			return sc, err
		}
	}
	for _, g := range c.Datasets {
		if d, ok := datasets[g.Dataset]; ok {
			sc.Tables = append(sc.Tables, query.Table{Dataset: d, Uses: contract.Uses(c, &d)})
		}
	}
	return sc, nil
}
