package sqlsession

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// outcome is the answer of a job that has ended.
func (s *Session) outcome(ctx context.Context, job yumen.Job, x *api.Explanation) (*Answer, error) {
	switch job.State {
	case yumen.StateReleased:
		return s.releasedAs(ctx, job.Release)
	case yumen.StateRejected, yumen.StateReturned:
		return nil, rejected(job)
	case yumen.StateFailed, yumen.StateCancelled:
		return nil, Coded(CodeFailed, yumen.Errorf(yumen.KindFailed, "job %s did not come to an answer", "任务 %s 未得出结果",
			job.ID).Because(errorOf(job)).ToFix("ask again, or ask for less", "请重试，或缩小查询"))
	}
	return s.held(ctx, job, x)
}

// errorOf is why a job ended, as its submitter may know it.
func errorOf(j yumen.Job) error {
	if j.Error == nil {
		return nil
	}
	return j.Error
}

// short reports whether a job was refused before it ran, or for want of budget or quota, and so not for what it asks.
func short(j yumen.Job) bool {
	if j.Error == nil {
		return j.Attempts == 0
	}
	code := CodeOf(j.Error)
	return j.Attempts == 0 || code == CodeBudget || code == CodeQuota
}

func rejected(j yumen.Job) error {
	if short(j) && j.Error != nil {
		return j.Error
	}
	fix := yumen.Say("change the statement; SET yumen.again = on asks for the same once more",
		"请修改语句；如需再次提交同一语句，请执行 SET yumen.again = on")
	if j.State == yumen.StateReturned {
		fix = yumen.Say("change the statement as the reviewer asks", "请按审核意见修改语句")
	}
	e := yumen.Errorf(yumen.KindDenied, "job %s was %s", "任务 %s 的状态为 %s", j.ID, j.State).ToFix(fix.EN, fix.ZH)
	if j.Error != nil {
		e = e.Because(j.Error)
	}
	return &coded{code: CodeRejected, err: e, job: j.ID}
}

// held says that a result waits for review: as an error, which every client shows; as a row; or, once it has left, by
// the result itself.
func (s *Session) held(ctx context.Context, job yumen.Job, x *api.Explanation) (*Answer, error) {
	switch on := s.Settings.Get("yumen.on_hold"); {
	case on == "ticket" && !x.Automatic: // otherwise the columns of its result were promised
		return &Answer{Columns: ticketColumns(), Rows: Texts{{job.ID, string(x.Class), strconv.Itoa(x.Reviewers),
			selectReleased(job.ID)}}}, nil
	case on == "wait":
		job, err := s.await(ctx, job)
		if err != nil {
			return nil, err
		}
		return s.outcome(ctx, job, x)
	}
	return nil, &coded{code: CodeHeld, job: job.ID,
		err: yumen.Errorf(yumen.KindConflict, "held for review as job %s; nothing was lost",
			"已提交审核，任务编号 %s；没有丢失任何内容", job.ID).
			ToFix("once released: %s", "放行后：%s", selectReleased(job.ID)),
		detail: yumen.Say("class %s, reviewers needed: %d", "类别 %s，所需审核人数：%d", string(x.Class), x.Reviewers)}
}

// Held returns the answer of a job that was held, or nil while it still is. The error says how it ended otherwise.
func (s *Session) Held(ctx context.Context, job string) (*Answer, error) {
	j, err := s.Domain.Job(ctx, s.By, job)
	if err != nil {
		return nil, err
	}
	if !j.State.Final() && j.State != yumen.StateReturned {
		return nil, s.InForce(ctx) // nothing is released any more
	}
	return s.outcome(ctx, j.Job, nil)
}

func selectReleased(job string) string { return fmt.Sprintf("SELECT * FROM released.%q", job) }

func ticketColumns() []Column { return TextColumns("job", "class", "reviewers_needed", "then") }

// awaitEvery is how often a session looks whether a result was decided on.
const awaitEvery = 500 * time.Millisecond

// await waits until people have decided on a job. What the machine found is shown at times that are fixed, as
// everywhere.
func (s *Session) await(ctx context.Context, job yumen.Job) (yumen.Job, error) {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		j, err := s.Domain.Job(ctx, s.By, job.ID)
		if err != nil || j.State.Final() || j.State == yumen.StateReturned {
			return j.Job, err
		}
		if err := s.InForce(ctx); err != nil { // nothing is released any more
			return j.Job, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return j.Job, ctx.Err()
		}
	}
}
