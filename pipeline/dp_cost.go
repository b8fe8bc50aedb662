package pipeline

import (
	"context"
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
)

// cost is what the plan's question costs the account as it stands.
func (s *Service) cost(ctx context.Context, j *jobRun) (*api.Cost, error) {
	p := j.plan.Private
	if p == nil {
		return nil, nil
	}
	b := contract.Budget(j.contract.Budget)
	of, err := s.sizeRead(ctx, j)
	if err != nil {
		return nil, err
	}
	rows := int64(usualRows(p, of))
	c := &api.Cost{Unit: p.Question.Unit, Epsilon: p.Privacy.Epsilon, Delta: b.Delta, Module: p.Question.Module != nil,
		RowsPerUnit: p.Question.RowsPerUnit, GroupsPerUnit: p.Question.GroupsPerUnit, Noise: noise(p.Noise),
		Measures: noisyMeasures(p, float64(rows)), Rows: rows, Deadline: p.Deadline, Answer: p.Key}
	sp, err := s.spending(ctx, j)
	c.Affordable = err == nil
	if err != nil && yumen.KindOf(err) != yumen.KindLimit {
		return nil, err
	}
	c.Paid = j.V.ID != "" && sp.debit.V.Job == j.V.ID
	c.Free, c.Left, c.LeftAfter = sp.free, sp.account.V.Left(b), sp.after.Left(b)
	return c, nil
}

// noise is what an explanation says of it.
func noise(n task.Noise) api.Noise {
	return api.Noise{Price: api.Price(privacy.Cost(n)), MinUnits: n.MinUnits, Tau: n.Tau}
}

func noisyMeasures(p *privatePlan, rows float64) []api.NoisyMeasure {
	out, shares := []api.NoisyMeasure{}, privacy.Shares(&p.Question, p.Noise, rows)
	for i, e := range privacy.Expect(&p.Question, p.Noise) {
		m := p.Question.Measures[i]
		n := api.NoisyMeasure{Column: e.Column, Stddev: e.Stddev, Half: e.Half, Rows: e.Rows, Ranks: e.Ranks,
			Fn:    string(m.Fn),
			Input: m.Input, Share: shares[i]}
		if m.Input > 0 {
			in := p.Question.Inputs[m.Input-1]
			n.Lo, n.Hi = in.Value(in.Lo), in.Value(in.Hi)
		}
		out = append(out, n)
	}
	return out
}

// costOf is what a job of class dp costs or has cost; nil where it has no such plan.
func (s *Service) costOf(ctx context.Context, job yumen.Job) (*api.Cost, error) {
	j := jobRun{Versioned: journal.Versioned[yumen.Job]{V: job}}
	if len(job.Plan) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(job.Plan, &j.plan); err != nil {
		return nil, err
	}
	var err error
	if j.contract, err = s.Contract(ctx, job.Spec.Contract); err != nil {
		return nil, err
	}
	return s.cost(ctx, &j)
}
