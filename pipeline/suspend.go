package pipeline

import (
	"context"
	"errors"
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
	if err != nil {
		return c, err
	}
	err = s.stopJobs(ctx, name)
	under, err2 := s.contractsWithin(ctx, name)
	for _, u := range under {
		err2 = errors.Join(err2, s.stopJobs(ctx, u.V.Name))
	}
	return c, errors.Join(err, err2)
}

// stopJobs stops the jobs of a contract on their way. Whoever starts one from here on finds what stopped it; they are
// started once more themselves, should that have been taken back meanwhile.
func (s *Service) stopJobs(ctx context.Context, contract string) error {
	jobs, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, Contract: contract,
		States: append([]yumen.State{yumen.StateSubmitted, yumen.StateAdmitted}, holding...)})
	for i := range jobs {
		s.driver.end(jobs[i].ID)
		if jobs[i].State != yumen.StateApproved { // one that was not admitted before is refused
			s.driver.start(jobs[i].ID)
		}
	}
	return err
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
	if to == nil && c.V.Suspended.Within != "" {
		return c.V, yumen.Errorf(yumen.KindConflict, "contract %s goes on with %s, above it", "合同 %s 随其上位协议 %s 恢复", name,
			c.V.Suspended.Within).ToFix("resume that", "请恢复上位协议")
	}
	c.V.Suspended = to
	var above []store.Record
	if to == nil && c.V.Within != "" {
		u, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, c.V.Within)
		if err != nil {
			return c.V, err
		}
		if u.V.Stopped() != nil {
			return c.V, yumen.Errorf(yumen.KindConflict, "%s, above contract %s, is not in force", "合同 %[2]s 的上位协议 %[1]s 未生效",
				c.V.Within, name).ToFix("resume that first", "请先恢复上位协议")
		}
		above = []store.Record{{Kind: store.Contract, ID: c.V.Within, Rev: u.Rev}}
	}
	st, err := s.changeContracts(ctx, by, action, c, func(under *yumen.SignedContract) bool {
		switch {
		case under.Terminated:
			return false
		case to == nil && under.Suspended != nil && under.Suspended.Within == name:
			under.Suspended = nil
			return true
		case to != nil && under.Suspended == nil:
			with := *to
			with.Within = name
			under.Suspended = &with
			return true
		}
		return false
	})
	if err != nil {
		return c.V, err
	}
	st.Seen = above
	for i := range st.Entries {
		st.Entries[i].Digests = map[string]yumen.Digest{"reason": yumen.DigestOf([]byte(strings.TrimSpace(reason)))}
	}
	return c.V, s.journal.Commit(ctx, st)
}

// contractsWithin returns the contracts that lie under another.
func (s *Service) contractsWithin(ctx context.Context, name string) ([]journal.Versioned[yumen.SignedContract], error) {
	page, err := s.state.Select(ctx, store.Query{Kind: store.Contract})
	if err != nil {
		return nil, err
	}
	var out []journal.Versioned[yumen.SignedContract]
	for _, r := range page.Records {
		c, err := journal.Decode[yumen.SignedContract](r)
		if err != nil {
			return nil, err
		}
		if c.V.Within == name {
			out = append(out, c)
		}
	}
	return out, nil
}

// changeContracts is the step that writes a contract as it is now, and changes those that lie under it in the same way.
func (s *Service) changeContracts(ctx context.Context, by yumen.Actor, action yumen.AuditAction,
	c journal.Versioned[yumen.SignedContract], change func(*yumen.SignedContract) bool) (st journal.Step, err error) {
	add := func(c journal.Versioned[yumen.SignedContract]) error {
		p, err := journal.Put(store.Contract, c.V.Name, c.Rev, c.V)
		st.Entries = append(st.Entries, s.entry(by, action, c.V.Name))
		st.Records = append(st.Records, p)
		return err
	}
	if err := add(c); err != nil {
		return st, err
	}
	under, err := s.contractsWithin(ctx, c.V.Name)
	for i := range under {
		if err == nil && change(&under[i].V) {
			err = add(under[i])
		}
	}
	return st, err
}

// stopped reports whether a job goes no further because its contract was suspended, terminated or amended. One that was not
// admitted yet does: it is refused; and so does one that is to leave under a terminated contract.
func (j *jobRun) stopped() bool {
	refused := j.V.State == yumen.StateSubmitted || j.contract.Terminated && j.V.State == yumen.StateApproved
	return (j.contract.Stopped() != nil || j.amended()) && !refused
}

// amended reports whether the contract has other terms by now than those under which the job was admitted.
func (j *jobRun) amended() bool {
	return j.V.ContractDigest != "" && j.V.ContractDigest != j.contract.Digest
}
