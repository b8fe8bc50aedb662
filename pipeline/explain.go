package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/egress"
)

// Explanation says what would become of a query, before it is submitted.
type Explanation struct {
	Class     yumen.ReleaseClass     `json:"class"`
	Columns   []yumen.ArtifactColumn `json:"columns"`
	Datasets  []yumen.VersionRef     `json:"datasets"`
	K         int                    `json:"k"`
	Risk      yumen.Risk             `json:"risk"`
	Reviewers int                    `json:"reviewers"`
	Emitted   string                 `json:"emitted_sql"`
	Notes     []yumen.Text           `json:"notes,omitempty"`
}

// Explain analyses a query as Submit and Drive would, without recording a job and without any data.
func (s *Service) Explain(ctx context.Context, by yumen.Actor, spec yumen.JobSpec) (Explanation, error) {
	var x Explanation
	if err := access.May(by, access.JobSubmit); err != nil {
		return x, err
	}
	c, err := s.Contract(ctx, spec.Contract)
	if err != nil {
		return x, err
	}
	t := traveller{contract: c}
	t.V = yumen.Job{Spec: spec, Engine: yumen.SQL, Submitter: by, Program: yumen.DigestOf([]byte(spec.SQL)), Created: s.now()}
	datasets, err := s.published(ctx)
	if err != nil {
		return x, err
	}
	if err := yumen.Refuse(yumen.Denied, yumen.Say("contract %s does not admit the query", "合同 %s 不准许该查询", c.Name),
		contract.Admit(&c, &t.V, datasets, contract.Facts{Now: s.now()})); err != nil {
		return x, err
	}
	if _, err := s.planSQL(ctx, &t); err != nil {
		return x, err
	}
	if err := s.fixVersions(ctx, &t); err != nil {
		return x, err
	}
	return Explanation{Class: t.V.Class, Columns: t.plan.Columns, Datasets: t.V.Versions, K: t.plan.K, Risk: t.risk(),
		Reviewers: egress.Needed(c.Review, t.V.Class), Emitted: t.plan.SQL, Notes: t.plan.Notes}, nil
}
