package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// standing returns the votes as they count now: roles and organisations of the voters are those that they have now.
func (s *Service) standing(ctx context.Context, votes []yumen.Vote) ([]yumen.Vote, error) {
	out := make([]yumen.Vote, len(votes))
	for i, v := range votes {
		now, err := s.cfg.People.Find(ctx, v.Voter.Name)
		if err != nil && yumen.KindOf(err) != yumen.KindDenied {
			return nil, err
		}
		out[i] = v
		out[i].Voter.Org, out[i].Voter.Roles = now.Org, now.Roles // none of somebody who has left
	}
	return out, nil
}

// lacksVotes reports whether a result may not leave for want of votes alone.
func lacksVotes(err error) bool {
	return yumen.KindOf(err) == yumen.KindDenied && !slices.ContainsFunc(yumen.AsError(err).Reasons,
		func(r yumen.Reason) bool { return r.Rule != egress.RuleVotes })
}

// reopen takes an approved job back to review, because approvals no longer count: it strikes these, so that others
// vote, or the same people once they may again. It returns why, and what was done.
func (s *Service) reopen(ctx context.Context, j *jobRun, c api.Case, why error) error {
	votes, err := s.standing(ctx, c.Votes)
	if err != nil {
		return err
	}
	counted := egress.Counted(&j.V, j.contract.Review, votes)
	st, names := journal.Step{}, []string{}
	for _, v := range c.Votes {
		if slices.ContainsFunc(counted, func(w yumen.Vote) bool { return voteID(v) == voteID(w) }) {
			continue
		}
		old, err := journal.Load[yumen.Vote](ctx, s.state, store.Vote, voteID(v))
		if err != nil {
			return err
		}
		old.V.Struck = true
		p, err := journal.Put(store.Vote, voteID(v), old.Rev, old.V)
		if err != nil {
			return err
		}
		st.Records, names = append(st.Records, p), append(names, v.Voter.Name)
	}
	if j.V.Review, err = s.summary(ctx, &j.V, c.Needed, counted); err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionReviewReopen, j.V.ID)
	e.Digests = map[string]yumen.Digest{"artifact": j.V.Artifact}
	e.Details = map[string]string{"struck": strings.Join(names, " ")}
	if _, err := s.move(ctx, e, &j.Versioned, yumen.StateInReview, st); err != nil {
		return err
	}
	return yumen.Refuse(yumen.KindDenied, yumen.Say("votes on job %s no longer count (%s), so it is in review again",
		"对任务 %s 的表决已失效（%s），任务已退回审核", j.V.ID, strings.Join(names, ", ")), yumen.AsError(why).Reasons)
}
