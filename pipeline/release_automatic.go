package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Results that leave without people: of class dp, whose promise was kept before there was a result, and as many of class
// aggregate as their contract allows. When checks end depends on the data, so the latter leave at the time at which the
// job would be shown to have come to review.

// automatic reports whether a result of the job leaves without people where no check has anything against it.
func (s *Service) automatic(ctx context.Context, j *jobRun) (bool, error) {
	left := 0
	if j.V.Class == yumen.ClassAggregate && j.contract.Review.Automatic > 0 {
		var err error
		if left, err = s.leftAutomatically(ctx, j.contract.Name); err != nil {
			return false, err
		}
	}
	return egress.Automatic(j.contract.Review, j.V.Class, left), nil
}

// leftAutomatically counts results of class aggregate that have left under a contract without people.
func (s *Service) leftAutomatically(ctx context.Context, contract string) (n int, err error) {
	rs, _, err := journal.Select[ReleaseRecord](ctx, s.state, store.Query{Kind: store.Release, Contract: contract})
	for i := range rs {
		if rs[i].Class == yumen.ClassAggregate && rs[i].By == yumen.System.Name {
			n++
		}
	}
	return n, err
}

// autoRelease releases a result that nobody needs to vote on. Where it may not leave after all, because its contract
// has ended, the job ends; one that people were asked about waits for them.
func (s *Service) autoRelease(ctx context.Context, j *jobRun) (out yumen.Job, err error) {
	if !j.V.Shown.IsZero() {
		if err := s.cfg.Wait(ctx, j.V.Shown); err != nil {
			return j.V, err
		}
	}
	unlock := func() {}
	if j.V.Class == yumen.ClassAggregate { // one after the other, so that none is above their number
		if unlock, err = s.leaving.lock(ctx, j.contract.Name); err != nil {
			return j.V, err
		}
	}
	defer unlock()
	for range maxTries { // its contract may end meanwhile
		if out, err = s.tryAutoRelease(ctx, j.V.ID); !stale(err) {
			break
		}
	}
	return out, err
}

func (s *Service) tryAutoRelease(ctx context.Context, id string) (yumen.Job, error) {
	c, j, err := s.loadCase(ctx, id)
	a := c.Current()
	if err != nil || a == nil || j.stopped() || j.V.State != yumen.StateApproved || a.Verdict != yumen.VerdictPass || len(c.Votes) > 0 {
		return j.V, err // people decide about it
	}
	automatic, err := s.automatic(ctx, &j)
	if err != nil {
		return j.V, err
	}
	cleared, err := s.clear(ctx, &j, a, c.Votes, automatic)
	switch {
	case lacksVotes(err): // others took the last places
		if err = s.reopen(ctx, &j, c, err); yumen.KindOf(err) == yumen.KindDenied {
			err = nil
		}
	case yumen.KindOf(err) == yumen.KindDenied:
		err = s.refuse(ctx, &j, yumen.ActionJobReject, yumen.StateRejected, err)
	case err == nil:
		_, err = s.release(ctx, yumen.System, &j, c, cleared, yumen.FormatCSV)
	}
	return j.V, err
}
