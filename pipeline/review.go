package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/store"
)

// Case returns what there is to know about a job, without a byte of its result.
func (s *Service) Case(ctx context.Context, by yumen.Actor, id string) (api.Case, error) {
	c, j, err := s.loadCase(ctx, id)
	if err == nil {
		err = s.ownFindings(by, &c.Job)
	}
	if err == nil && !noisy(&c.Job) {
		err = mayReview(by, &j)
	}
	if err != nil {
		return api.Case{}, err
	}
	return c, nil
}

// loadCase reads a job once, with all that a decision on it needs.
func (s *Service) loadCase(ctx context.Context, id string) (api.Case, jobRun, error) {
	j, err := s.loadJob(ctx, id)
	if err != nil {
		return api.Case{}, j, err
	}
	c := api.Case{Job: j.V, Contract: j.contract.Name, Needed: egress.Needed(j.contract.Review, j.V.Class),
		Emitted: j.plan.emitted(), Post: j.plan.post(), Notes: j.plan.Notes}
	if c.Artifacts, err = s.artifacts(ctx, id); err != nil {
		return c, j, err
	}
	all, err := journal.List[yumen.Vote](ctx, s.state, store.Vote, id+"/")
	c.Votes = slices.DeleteFunc(all, func(v yumen.Vote) bool { return v.Struck })
	return c, j, err
}

// Preview shows a reviewer some rows of the held result. That somebody looked is logged first.
func (s *Service) Preview(ctx context.Context, by yumen.Actor, id string, offset int64,
	rows int) (task.PreviewAnswer, error) {
	return s.preview(ctx, by, id, task.PreviewSpec{Offset: offset, Rows: rows})
}

// PreviewCells shows a reviewer some rows of the table of cells that the held result is made of, as it was checked
// last. That somebody looked is logged first.
func (s *Service) PreviewCells(ctx context.Context, by yumen.Actor, id string, offset int64,
	rows int) (task.PreviewAnswer, error) {
	return s.preview(ctx, by, id, task.PreviewSpec{Offset: offset, Rows: rows, Suppressed: query.Suppressed})
}

// preview shows rows of the cells where the spec says how a suppressed one is shown, else of the result.
func (s *Service) preview(ctx context.Context, by yumen.Actor, id string,
	spec task.PreviewSpec) (ans task.PreviewAnswer, err error) {
	c, j, err := s.loadCase(ctx, id)
	if err != nil {
		return ans, err
	}
	if err := mayReview(by, &j); err != nil {
		return ans, err
	}
	if j.V.State != yumen.StateInReview && j.V.State != yumen.StateApproved {
		return ans, yumen.Errorf(yumen.KindConflict, "job %s is %s: only a result in review can be previewed",
			"任务 %s 处于 %s 状态，只有待审结果可以预览", id, j.V.State)
	}
	a, stage := c.Current(), "result"
	if spec.Suppressed != "" {
		a, stage = c.Cells(), "cells"
	}
	if a == nil {
		return ans, yumen.Errorf(yumen.KindNotFound, "the result of job %s is not made of a table of cells",
			"任务 %s 的结果并非由单元格表生成", id).ToFix("preview the result itself", "请预览结果本身")
	}
	e := s.entry(by, yumen.ActionReviewPreview, id)
	e.Digests = map[string]yumen.Digest{"artifact": a.Digest}
	e.Details = map[string]string{"offset": strconv.FormatInt(spec.Offset, 10), "rows": strconv.Itoa(spec.Rows),
		"stage": stage}
	if err := s.record(ctx, e); err != nil {
		return ans, err
	}
	bare := *a
	bare.Evidence = "" // not needed to look at the rows
	var in inputs
	defer in.release()
	if err := s.heldInputs(ctx, &in, &bare); err != nil {
		return ans, err
	}
	spec.Columns = a.Columns
	out, err := runInto[task.PreviewAnswer](ctx, s, task.Task{Role: task.Preview, Spec: spec, Inputs: in.all,
		Program: a.Digest, Limits: yumen.Limits{Wall: yumen.Duration(30 * time.Second)}}, nil)
	return out.answer, err
}

// Vote records a reviewer's decision on the artifact whose digest starts with digest. Enough approvals approve the
// job; one return or rejection ends it. Where another vote came between, it is judged and recorded anew.
func (s *Service) Vote(ctx context.Context, by yumen.Actor, id, digest string, d yumen.Decision,
	reason string) (out yumen.Job, err error) {
	for range maxTries {
		if out, err = s.vote(ctx, by, id, digest, d, reason); yumen.KindOf(err) != yumen.KindConflict {
			break
		}
	}
	return out, err
}

func (s *Service) vote(ctx context.Context, by yumen.Actor, id, digest string, d yumen.Decision,
	reason string) (yumen.Job, error) {
	c, j, err := s.loadCase(ctx, id)
	if err != nil {
		return s.jobViewFor(by, j.V), err
	}
	seen, err := s.personSeen(ctx, by.Name)
	if err != nil {
		return s.jobViewFor(by, j.V), err
	}
	a, asked := c.Current(), j.V
	judge := func() (yumen.Actor, error) { // by who the voter is at this moment
		now, err := s.cfg.People.Find(ctx, by.Name)
		if err != nil {
			return now, err
		}
		now.Asserted, now.HandedBy = by.Asserted, by.HandedBy
		ballot := egress.Ballot{Digest: digest, Reason: reason, Objects: d != yumen.DecisionApprove,
			Blind: s.ownFindings(now, &asked) != nil}
		return now, yumen.Refuse(yumen.KindDenied, yumen.Say("the vote on job %s is not taken", "对任务 %s 的表决未被接受", id),
			egress.CheckBallot(ballot, now, &asked, a, &j.contract, c.Votes))
	}
	voter, err := judge()
	if err != nil {
		return s.jobViewFor(by, j.V), err
	}
	v := yumen.Vote{Job: id, Artifact: a.Digest, Voter: voter, Decision: d, Reason: strings.TrimSpace(reason),
		At: s.now()}
	out, err := s.recordVote(ctx, &j, v, append(c.Votes, v), append(seen, j.terms), judge)
	return s.jobViewFor(voter, out), err
}

// decisions say what the log calls each and, where one vote ends the review, in which state.
var decisions = map[yumen.Decision]struct {
	action yumen.AuditAction
	ends   yumen.State
}{
	yumen.DecisionApprove: {action: yumen.ActionReviewApprove},
	yumen.DecisionReturn:  {yumen.ActionReviewReturn, yumen.StateReturned},
	yumen.DecisionReject:  {yumen.ActionReviewReject, yumen.StateRejected},
}

// voteEntry is what the log says of a vote: the digest of the reason, not its text.
func (s *Service) voteEntry(v yumen.Vote) yumen.Entry {
	e := s.entry(v.Voter, decisions[v.Decision].action, v.Job)
	e.At = v.At
	e.Digests = map[string]yumen.Digest{"artifact": v.Artifact, "reason": yumen.DigestOf([]byte(v.Reason))}
	return e
}

// recordVote writes the vote and, where it decides, the job's new state. The voter is judged once more within the step,
// which may have waited for others.
func (s *Service) recordVote(ctx context.Context, j *jobRun, v yumen.Vote, votes []yumen.Vote,
	seen []store.Record, judge func() (yumen.Actor, error)) (yumen.Job, error) {
	e := s.voteEntry(v)
	struck, err := journal.Find[yumen.Vote](ctx, s.state, store.Vote, voteID(v)) // an earlier one of theirs
	if err != nil {
		return j.V, err
	}
	st := journal.Step{Seen: seen, Indexed: func(index int64) ([]store.Record, error) {
		if _, err := judge(); err != nil {
			return nil, err
		}
		v.LogIndex = index
		p, err := journal.Put(store.Vote, voteID(v), struck.Rev, v)
		return []store.Record{p}, err
	}}
	if to := decisions[v.Decision].ends; to != "" {
		j.V.Error = yumen.Errorf(yumen.KindDenied, "a reviewer decided: %s", "审核员意见：%s", v.Reason)
		return s.move(ctx, e, &j.Versioned, to, st)
	}
	standing, err := s.standing(ctx, votes[:len(votes)-1])
	if err != nil {
		return j.V, err
	}
	standing = egress.Counted(&j.V, j.contract.Review, append(standing, v))
	needed := egress.Needed(j.contract.Review, j.V.Class)
	approved, n := egress.Tally(standing, v.Artifact, needed)
	if j.V.Review, err = s.summary(ctx, &j.V, needed, standing); err != nil {
		return j.V, err
	}
	e.Details = map[string]string{"approvals": fmt.Sprintf("%d of %d", n, needed)}
	if approved {
		return s.move(ctx, e, &j.Versioned, yumen.StateApproved, st)
	}
	st.Entries = []yumen.Entry{e}
	return j.V, s.commitBeside(ctx, &j.Versioned, st)
}

// commitBeside takes a step that leaves the job as it is. The job is written all the same, so that of two steps that
// were decided on what the job was before, the second is refused.
func (s *Service) commitBeside(ctx context.Context, j *journal.Versioned[yumen.Job], st journal.Step) error {
	p, err := journal.Put(store.Job, j.V.ID, j.Rev, j.V)
	if err != nil {
		return err
	}
	st.Records = append(st.Records, p)
	if err = s.journal.Commit(ctx, st); err == nil {
		j.Rev++
	}
	return err
}
