package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// LeastInterval is how often a job may recur at most.
const LeastInterval = time.Hour

// Recur has a released job of the actor's own asked again, the first time when so much time has gone by.
func (s *Service) Recur(ctx context.Context, by yumen.Actor, id string, every time.Duration) (yumen.Recurrence, error) {
	j, err := s.knownJob(ctx, by, id)
	if err != nil {
		return yumen.Recurrence{}, err
	}
	old, err := journal.Find[yumen.Recurrence](ctx, s.state, store.Recurrence, id)
	if err != nil {
		return yumen.Recurrence{}, err
	}
	switch {
	case by.Name != j.V.Submitter.Name:
		return yumen.Recurrence{},
			yumen.Errorf(yumen.KindDenied, "only %s, who submitted job %s, may have it asked again",
				"只有提交者 %s 可以让任务 %s 重复执行", j.V.Submitter.Name, id).
				ToFix("ask them, or submit a job of your own", "请与其联系，或自行提交任务")
	case j.V.State != yumen.StateReleased || j.V.Recurs != "":
		return yumen.Recurrence{},
			yumen.Errorf(yumen.KindConflict, "job %s is not one that was asked once and released",
				"任务 %s 不是首次提交且已放行的任务", id).ToFix("wait until its result is released", "请待其结果放行后再设置")
	case every < LeastInterval:
		return yumen.Recurrence{},
			yumen.Errorf(yumen.KindInvalid, "a job recurs at most every %s", "任务重复间隔至少为 %s", LeastInterval)
	case old.Rev > 0 && !old.V.Ended():
		return old.V, yumen.Errorf(yumen.KindConflict, "job %s recurs already", "任务 %s 已设置重复", id)
	}
	r := yumen.Recurrence{ID: id, Spec: j.V.Spec, Engine: j.V.Engine, Program: j.V.Program, Submitter: by,
		Every: yumen.Duration(every), Due: s.now().Add(every), Last: id}
	return r, s.putRecurrence(ctx, s.entry(by, yumen.ActionJobRecur, id), old.Rev, r)
}

// putRecurrence writes a recurrence together with what the log says of it.
func (s *Service) putRecurrence(ctx context.Context, e yumen.Entry, rev int64, r yumen.Recurrence) error {
	p, err := journal.Put(store.Recurrence, r.ID, rev, r)
	if err != nil {
		return err
	}
	e.Details = map[string]string{"every": time.Duration(r.Every).String()}
	if r.Ended() {
		e.Details = map[string]string{"why": r.Why}
	}
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}})
}

// Recurrences returns what recurs, ended or not: to submitters their own, to reviewers and regulators all.
func (s *Service) Recurrences(ctx context.Context, by yumen.Actor) ([]yumen.Recurrence, error) {
	all, err := journal.List[yumen.Recurrence](ctx, s.state, store.Recurrence, "")
	return slices.DeleteFunc(all, func(r yumen.Recurrence) bool {
		return r.Submitter.Name != by.Name && !s.cfg.Rules.Permit(by, access.JobFindings)
	}), err
}

// EndRecurrence ends what the actor had asked again. The job that was asked last goes on.
func (s *Service) EndRecurrence(ctx context.Context, by yumen.Actor, id string) (yumen.Recurrence, error) {
	if _, err := s.knownJob(ctx, by, id); err != nil {
		return yumen.Recurrence{}, err
	}
	r, err := journal.Load[yumen.Recurrence](ctx, s.state, store.Recurrence, id)
	switch {
	case err != nil:
		return r.V, err
	case by.Name != r.V.Submitter.Name:
		return yumen.Recurrence{}, yumen.Errorf(yumen.KindDenied, "only %s, who submitted job %s, may end this",
			"只有提交者 %s 可以终止任务 %s 的重复", r.V.Submitter.Name, id).
			ToFix("ask them; it ends as well with their role or with the contract", "请与其联系；其角色或合同终止时也会结束")
	case r.V.Ended():
		return r.V, nil
	}
	r.V.Why = "withdrawn"
	return r.V, s.putRecurrence(ctx, s.entry(by, yumen.ActionJobRecurEnd, id), r.Rev, r.V)
}

// askDue submits what is due to be asked again.
func (s *Service) askDue(ctx context.Context) error {
	all, err := s.state.Select(ctx, store.Query{Kind: store.Recurrence})
	if err != nil {
		return err
	}
	var failed []error
	for _, rec := range all.Records {
		r, err := journal.Decode[yumen.Recurrence](rec)
		if err == nil && !r.V.Ended() && !r.V.Due.After(s.now()) {
			err = s.askAgain(ctx, r)
		}
		if err != nil && !stale(err) { // somebody else asked it, or ended it
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// askAgain submits what is due as a job of its own, for the submitter as they are now. Where the last one is still on
// its way it waits for that, and where quotas or the disk leave no room now, for room, and while the contract is suspended, for that; where the last one ended without
// a release other than by a quota, or the submitter may submit no more, it ends.
func (s *Service) askAgain(ctx context.Context, r journal.Versioned[yumen.Recurrence]) error {
	last, err := journal.Load[yumen.Job](ctx, s.state, store.Job, r.V.Last)
	if err != nil || !last.V.State.Final() {
		return err
	}
	c, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, r.V.Spec.Contract)
	if err != nil || c.V.Suspended != nil && !c.V.Terminated { // due once it goes on
		return err
	}
	by, err := s.cfg.People.Find(ctx, r.V.Submitter.Name)
	by.Asserted, by.HandedBy = r.V.Submitter.Asserted, r.V.Submitter.HandedBy
	if err == nil {
		err = s.cfg.Rules.May(by, access.JobSubmit)
	}
	switch {
	case last.V.State != yumen.StateReleased && !metQuota(&last.V):
		r.V.Why = "the job asked last is " + string(last.V.State)
	case yumen.KindOf(err) == yumen.KindDenied:
		r.V.Why = "the submitter may submit no more"
	case err != nil:
		return err
	}
	if r.V.Ended() {
		return s.putRecurrence(ctx, s.systemEntry(yumen.ActionJobRecurEnd, r.V.ID), r.Rev, r.V)
	}
	if room, err := s.roomFor(ctx, &last.V); err != nil || !room {
		return err
	}
	job := yumen.Job{ID: s.newID(jobPrefix), Spec: r.V.Spec, Engine: r.V.Engine, Program: r.V.Program, Submitter: by,
		State: yumen.StateSubmitted, Recurs: r.V.ID, Created: s.now(), Updated: s.now()}
	r.V.Last = job.ID
	for every := time.Duration(r.V.Every); !r.V.Due.After(s.now()); { // once, however many times were missed
		r.V.Due = r.V.Due.Add(every)
	}
	p, err := journal.Put(store.Recurrence, r.V.ID, r.Rev, r.V)
	if err != nil {
		return err
	}
	return s.submit(ctx, by, job, journal.Step{Records: []store.Record{p}})
}
