package pipeline

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// CompareLog compares what stands in the state with what the log says of it: where each job stands, every vote, and the
// privacy accounts, added up anew. It fails with kind corrupt and a reason for each difference. Others may write
// meanwhile; where they never pause it fails with kind conflict.
func (s *Service) CompareLog(ctx context.Context, open func() (*audit.Log, error)) error {
	for range 10 {
		before, err := journal.LogSize(ctx, s.cfg.State)
		if err != nil {
			return err
		}
		found, err := s.compareLog(ctx, open, before)
		if err != nil {
			return err
		}
		after, err := journal.LogSize(ctx, s.cfg.State)
		if err != nil {
			return err
		}
		if before == after {
			return yumen.Refuse(yumen.KindCorrupt, yumen.Say("the state is not what the log says",
				"状态与日志所载不符"), found)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return yumen.Errorf(yumen.KindConflict, "others write so much that the state cannot be compared with the log",
		"写入过于频繁，无法将状态与日志比对").ToFix("repeat when less is going on", "请在空闲时重试")
}

// told is what the first entries of a log say.
type told struct {
	states map[string]yumen.State
	votes  map[string]yumen.Entry // by voteID
	payments
}

func (s *Service) compareLog(ctx context.Context, open func() (*audit.Log, error), size int64) ([]yumen.Reason, error) {
	log, err := open()
	if err != nil {
		return nil, err
	}
	defer log.Close() // read only
	t := told{map[string]yumen.State{}, map[string]yumen.Entry{}, newPayments()}
	for r, err := range log.Entries(0) {
		if err != nil {
			return nil, err
		}
		if r.Index < size {
			t.add(r.Entry)
		}
	}
	var found []yumen.Reason
	for _, compare := range []func(context.Context, store.State) ([]yumen.Reason, error){t.jobs, t.voters, t.budgets} {
		rs, err := compare(ctx, s.cfg.State)
		if err != nil {
			return nil, err
		}
		found = append(found, rs...)
	}
	return found, nil
}

func (t *told) add(e yumen.Entry) {
	if e.To != "" {
		t.states[e.Subject] = e.To
	}
	for _, d := range decisions {
		if e.Action == d.action {
			v := yumen.Vote{Job: e.Subject, Artifact: e.Digests["artifact"], Voter: yumen.Actor{Name: e.Actor}}
			t.votes[voteID(v)] = e
		}
	}
	t.payments.add(e)
}

func (t *told) jobs(ctx context.Context, st store.State) (found []yumen.Reason, err error) {
	jobs, err := journal.List[yumen.Job](ctx, st, store.Job, "")
	for _, j := range jobs {
		if want := t.states[j.ID]; want != j.State {
			found = append(found, differs("state.job", j.ID, yumen.Say("the job is %s by the state, %s by the log",
				"任务按状态库为 %s，按日志为 %s", string(j.State), string(want))))
		}
		delete(t.states, j.ID)
	}
	for id := range t.states {
		found = append(found, differs("state.job", id, yumen.Say("the log has this job, the state has not", "日志中有此任务，状态库中没有")))
	}
	return found, err
}

func (t *told) voters(ctx context.Context, st store.State) (found []yumen.Reason, err error) {
	votes, err := journal.List[yumen.Vote](ctx, st, store.Vote, "")
	for _, v := range votes {
		e, ok := t.votes[voteID(v)]
		if !ok || !says(e, v) {
			found = append(found, differs("state.vote", voteID(v), yumen.Say("the log has no such vote", "日志中没有该次表决")))
		}
		delete(t.votes, voteID(v))
	}
	for id := range t.votes {
		found = append(found, differs("state.vote", id, yumen.Say("the log has this vote, the state has not", "日志中有此次表决，状态库中没有")))
	}
	return found, err
}

func (t *told) budgets(ctx context.Context, st store.State) (found []yumen.Reason, err error) {
	accounts, err := journal.List[account](ctx, st, store.Account, "")
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		id := accountID(a.Contract, a.Unit)
		if !t.agrees(id, a) {
			found = append(found, differs("state.account", id, yumen.Say("it is not what the log says was paid", "与日志所载的支出不符")))
		}
		delete(t.accounts, id)
	}
	debits, err := journal.List[debit](ctx, st, store.Debit, "")
	for _, d := range debits {
		id := answerID(d.Contract, d.Key)
		if t.answers[id] != d.Times {
			found = append(found, differs("state.debit", id, yumen.Say("paid %d times by the state, %d times by the log",
				"按状态库支付 %d 次，按日志 %d 次", d.Times, t.answers[id])))
		}
		delete(t.answers, id)
	}
	for id := range t.accounts {
		found = append(found, differs("state.account", id, yumen.Say("the log has this account, the state has not", "日志中有此账户，状态库中没有")))
	}
	for id := range t.answers {
		found = append(found, differs("state.debit", id, yumen.Say("the log has this payment, the state has not", "日志中有此支出，状态库中没有")))
	}
	return found, err
}

func differs(rule, place string, msg yumen.Text) yumen.Reason {
	return yumen.Reason{Rule: rule, Place: place, Msg: msg}
}
