package pipeline

import (
	"context"
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
)

// Cost says what an answer of class dp promises and costs.
type Cost struct {
	Unit    string  `json:"unit"` // kind of privacy unit that is protected, and whose account pays
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"` // of the contract, for all its answers together
	// Module is set where a module sees all rows of a unit, which counts once; otherwise what follows says how much
	// of it counts.
	Module        bool           `json:"module,omitempty"`
	RowsPerUnit   int            `json:"rows_per_unit"`
	GroupsPerUnit int            `json:"groups_per_unit"`
	Noise         task.Noise     `json:"noise"`
	Measures      []NoisyMeasure `json:"measures"`
	Rows          int64          `json:"rows"`     // of a group, for NoisyMeasure.Share: published rows over public groups, or the least that are told of
	Deadline      yumen.Duration `json:"deadline"` // the answer is given at its end
	Answer        yumen.Digest   `json:"answer_key"`
	// Free says that nothing is to be paid: the same was asked and answered before, or is paid for already.
	Free       bool `json:"free"`
	Affordable bool `json:"affordable"` // so it is, or the account holds it
	Paid       bool `json:"paid"`       // this job paid for it
	// Left is the largest ε of an answer that the account can pay for, now and after this one.
	Left      float64 `json:"left"`
	LeftAfter float64 `json:"left_after"`
}

// NoisyMeasure is a column of the noisy table with the error that noise causes in it.
type NoisyMeasure struct {
	privacy.Expected
	Fn    task.MeasureFn `json:"fn"`
	Input int            `json:"input,omitempty"` // 1-based
	Lo    float64        `json:"lo"`              // what lies outside is clamped; both 0 where nothing is
	Hi    float64        `json:"hi"`
	// Share is Half beside what is public: the rows of a group, the largest sum that they can have, the bounds of a mean, all ranks.
	Share float64 `json:"share"`
}

// MuchNoise is the Share from which on an explanation warns.
const MuchNoise = 0.1

// cost is what the plan's question costs the account as it stands.
func (s *Service) cost(ctx context.Context, j *jobRun) (*Cost, error) {
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
	c := &Cost{Unit: p.Question.Unit, Epsilon: p.Privacy.Epsilon, Delta: b.Delta, Module: p.Question.Module != nil,
		RowsPerUnit: p.Question.RowsPerUnit, GroupsPerUnit: p.Question.GroupsPerUnit, Noise: p.Noise,
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

func noisyMeasures(p *privatePlan, rows float64) []NoisyMeasure {
	out, shares := []NoisyMeasure{}, privacy.Shares(&p.Question, p.Noise, rows)
	for i, e := range privacy.Expect(&p.Question, p.Noise) {
		m := p.Question.Measures[i]
		n := NoisyMeasure{Expected: e, Fn: m.Fn, Input: m.Input, Share: shares[i]}
		if m.Input > 0 {
			in := p.Question.Inputs[m.Input-1]
			n.Lo, n.Hi = in.Value(in.Lo), in.Value(in.Hi)
		}
		out = append(out, n)
	}
	return out
}

// costOf is what a job of class dp costs or has cost; nil where it has no such plan.
func (s *Service) costOf(ctx context.Context, job yumen.Job) (*Cost, error) {
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
