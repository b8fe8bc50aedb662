package pipeline

import (
	"context"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// SuspendContract stops a contract at once: what runs under it is stopped and waits, nothing is admitted or released,
// and its parties are given nothing of what was released. Nothing is lost; held results stay held.
func (s *Service) SuspendContract(ctx context.Context, by yumen.Actor, name, reason string) (yumen.SignedContract,
	error) {
	c, err := s.setSuspension(ctx, by, name, reason, yumen.ActionContractSuspend,
		&yumen.Suspension{By: by.Name, At: s.now(), Reason: strings.TrimSpace(reason)})
	if err != nil {
		return c, err
	}
	jobs, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, Contract: name,
		States: append([]yumen.State{yumen.StateSubmitted, yumen.StateAdmitted}, holding...)})
	for i := range jobs { // whoever starts one from here on finds the contract suspended
		s.driver.end(jobs[i].ID)
		if jobs[i].State == yumen.StateSubmitted { // it is refused, where it was not admitted before
			s.driver.start(jobs[i].ID)
		}
	}
	return c, err
}

// ResumeContract lets a suspended contract go on, and has its jobs driven again.
func (s *Service) ResumeContract(ctx context.Context, by yumen.Actor, name, reason string) (yumen.SignedContract,
	error) {
	c, err := s.setSuspension(ctx, by, name, reason, yumen.ActionContractResume, nil)
	if err == nil {
		_, err = s.startDue(ctx)
	}
	return c, err
}

// setSuspension writes whether a contract is suspended. That it is so already is no fault.
func (s *Service) setSuspension(ctx context.Context, by yumen.Actor, name, reason string, action yumen.AuditAction,
	to *yumen.Suspension) (yumen.SignedContract, error) {
	if strings.TrimSpace(reason) == "" {
		return yumen.SignedContract{}, yumen.Errorf(yumen.KindInvalid, "whoever suspends or resumes a contract says why",
			"中止或恢复合同须说明原因").ToFix("give the reason", "请填写原因")
	}
	c, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, name)
	switch {
	case err != nil || (c.V.Suspended == nil) == (to == nil):
		return c.V, err
	case c.V.Terminated:
		return c.V, yumen.Errorf(yumen.KindConflict, "contract %s was terminated", "合同 %s 已终止", name)
	}
	c.V.Suspended = to
	p, err := journal.Put(store.Contract, name, c.Rev, c.V)
	if err != nil {
		return c.V, err
	}
	e := s.entry(by, action, name)
	e.Digests = map[string]yumen.Digest{"reason": yumen.DigestOf([]byte(strings.TrimSpace(reason)))}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}})
	return c.V, err
}

// stopped reports whether a job goes no further because its contract was suspended or terminated. One that was not
// admitted yet does: it is refused; and so does one that is to leave under a terminated contract.
func (j *jobRun) stopped() bool {
	refused := j.V.State == yumen.StateSubmitted || j.contract.Terminated && j.V.State == yumen.StateApproved
	return j.contract.Stopped() != nil && !refused
}
