package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/query"
)

// Explain analyses a query, or what is declared of a module, as Submit and Drive would, without recording a job and
// without any data. The text may begin with EXPLAIN POLICY. A module itself is not looked at.
func (s *Service) Explain(ctx context.Context, by yumen.Actor, spec yumen.JobSpec, module []byte) (api.Explanation,
	error) {
	var x api.Explanation
	c, err := s.KnownContract(ctx, by, spec.Contract)
	if err != nil {
		return x, err
	}
	spec.SQL, _ = query.ExplainPolicy(spec.SQL)
	j := jobRun{contract: c}
	j.V = yumen.Job{Spec: spec, Engine: yumen.EngineSQL, Submitter: by, Program: yumen.DigestOf(spec.Program()),
		Created: s.now()}
	if module != nil {
		j.V.Engine, j.V.Program = yumen.EngineWasm, yumen.DigestOf(module)
	}
	datasets, err := s.published(ctx)
	if err != nil {
		return x, err
	}
	j.datasets = datasets
	if err := yumen.Refuse(yumen.KindDenied, yumen.Say("contract %s does not admit the job", "合同 %s 不准许该任务", c.Name),
		contract.Admit(&c, &j.V, datasets, contract.Facts{Now: s.now()})); err != nil {
		return x, err
	}
	var cells []query.ExplainedCell
	if module != nil {
		err = s.planModule(ctx, &j)
	} else {
		_, cells, err = s.planSQL(ctx, &j)
	}
	if err != nil {
		return x, err
	}
	if err := s.fixVersions(ctx, &j); err != nil {
		return x, err
	}
	x = api.Explanation{Class: j.V.Class, Columns: j.plan.Columns, Datasets: j.V.Versions,
		K: j.plan.K, Risk: j.risk(), Reviewers: egress.Needed(c.Review, j.V.Class), Emitted: j.plan.emitted(),
		Post: j.plan.post(), Withheld: withheld(&j, datasets), Notes: j.plan.Notes,
		Notice: notice(j.V.Class)}
	for _, c := range cells {
		x.Cells = append(x.Cells, api.ExplainedCell(c))
	}
	for _, l := range j.plan.Lineage {
		x.Lineage = append(x.Lineage, api.ColumnLineage(l))
	}
	if x.Automatic, err = s.automatic(ctx, &j); err != nil || j.plan.Private == nil {
		return x, err
	}
	x.Reviewers = 0
	if err := s.setTerms(ctx, &j); err != nil {
		return x, err
	}
	x.Privacy, err = s.cost(ctx, &j)
	return x, err
}

// withheld lists the columns of the datasets that a plan reads which it could not have used.
func withheld(j *jobRun, datasets map[string]yumen.Dataset) []yumen.ColumnRef {
	out := []yumen.ColumnRef{}
	for _, v := range j.V.Versions {
		d := datasets[v.Dataset]
		uses := contract.Uses(&j.contract.Contract, &d)
		for _, c := range d.Columns {
			if len(uses[c.Name]) == 0 {
				out = append(out, yumen.ColumnRef{Dataset: d.Name, Column: c.Name})
			}
		}
	}
	return out
}
