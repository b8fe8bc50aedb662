package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Waiting returns a page of the jobs that wait for a reviewer, to be voted on or approved and not yet released, the
// longest waiting first. After is the Next of the page before; a limit of 0 asks for all. A page costs one read by
// index, and what is shown of a job stands in its record.
func (s *Service) Waiting(ctx context.Context, by yumen.Actor, after string, limit int) (api.Queue, error) {
	q := store.Query{Kind: store.Job, States: []yumen.State{yumen.StateInReview, yumen.StateApproved},
		Order: store.ByUpdated, After: after, Limit: limit}
	var out api.Queue
	jobs, next, err := journal.Select[yumen.Job](ctx, s.state, q)
	if err != nil {
		return out, err
	}
	out.Next, out.Jobs = next, make([]api.Waiting, len(jobs))
	contracts := map[string]*yumen.SignedContract{}
	for i := range jobs {
		name := jobs[i].Spec.Contract
		if contracts[name] == nil {
			c, err := s.Contract(ctx, name)
			if err != nil {
				return out, err
			}
			contracts[name] = &c
		}
		if out.Jobs[i], err = s.waiting(ctx, by, &jobs[i], contracts[name]); err != nil {
			return out, err
		}
	}
	out.Total, err = s.state.Count(ctx, q)
	return out, err
}

// waiting is a job as the queue shows it to somebody.
func (s *Service) waiting(ctx context.Context, by yumen.Actor, j *yumen.Job, c *yumen.SignedContract) (api.Waiting,
	error) {
	sum, err := s.storedSummary(ctx, j, c)
	if err != nil {
		return api.Waiting{}, err
	}
	w := api.Waiting{Job: s.jobViewFor(by, *j), Needed: sum.Needed, Approvals: len(sum.Approved)}
	if s.ownFindings(by, j) == nil {
		w.Rows, w.Verdict = sum.Rows, sum.Verdict
	}
	votes := make([]yumen.Vote, len(sum.Approved))
	for i, name := range sum.Approved {
		votes[i] = yumen.Vote{Job: j.ID, Artifact: sum.Artifact, Voter: yumen.Actor{Name: name}}
	}
	a := yumen.Artifact{Job: j.ID, Digest: sum.Artifact, Verdict: sum.Verdict}
	if w.Refusals = egress.MayVote(by, j, &a, c, votes); j.State == yumen.StateApproved {
		w.Refusals = egress.MayLeave(j, c, s.now())
		if len(votes) == 0 {
			w.Refusals = append(w.Refusals, yumen.Reason{Rule: "release.automatic",
				Msg: yumen.Say("it leaves without people", "该结果无需人员审核，将自行放行")})
		}
	}
	return w, nil
}

// storedSummary is what the job's record says of its review, or what artifact and votes say where it was written before
// records had a summary.
func (s *Service) storedSummary(ctx context.Context, j *yumen.Job, c *yumen.SignedContract) (*yumen.ReviewSummary,
	error) {
	if j.Review != nil {
		return j.Review, nil
	}
	votes, err := journal.List[yumen.Vote](ctx, s.state, store.Vote, j.ID+"/")
	if err != nil {
		return nil, err
	}
	return s.summary(ctx, j, egress.Needed(c.Review, j.Class), votes)
}

// summary sums a review up from the artifact under review and its votes.
func (s *Service) summary(ctx context.Context, j *yumen.Job, needed int, votes []yumen.Vote) (*yumen.ReviewSummary,
	error) {
	a, err := journal.Load[yumen.Artifact](ctx, s.state, store.Artifact, artifactID(j.ID, j.Rounds))
	if err != nil {
		return nil, err
	}
	sum := &yumen.ReviewSummary{Artifact: a.V.Digest, Rows: a.V.Rows, Verdict: a.V.Verdict, Needed: needed}
	for _, v := range votes {
		if v.Artifact == a.V.Digest && v.Decision == yumen.DecisionApprove {
			sum.Approved = append(sum.Approved, v.Voter.Name)
		}
	}
	return sum, nil
}
