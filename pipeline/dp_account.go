package pipeline

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/store"
)

// account is what was spent of a contract's budget on one kind of privacy unit.
type account struct {
	privacy.Account
	Contract string `json:"contract"`
	Unit     string `json:"unit"`
	Debits   int    `json:"debits"` // how many
}

// debit is what was paid for an answer. It is written in the step that announces the run, so before the run.
type debit struct {
	Contract string          `json:"contract"`
	Unit     string          `json:"unit"`
	Key      yumen.Digest    `json:"key"`  // of the answer
	Cost     privacy.Account `json:"cost"` // each time
	Job      string          `json:"job"`  // that paid, the last one
	At       time.Time       `json:"at"`
	Times    int             `json:"times"` // paid
	// Failed says that the run it paid for failed on the data. Nothing is paid back, and asking again is paid again:
	// otherwise one could ask whether a run fails as often as one likes.
	Failed bool `json:"failed,omitempty"`
}

// answer is a noisy table. There is one for each key and contract, for anyone who asks.
type answer struct {
	Contract string              `json:"contract"`
	Key      yumen.Digest        `json:"key"`
	Job      string              `json:"job"` // that it was made for
	Table    store.Object        `json:"table"`
	Enclave  yumen.EnclaveReport `json:"enclave"` // that made it
	At       time.Time           `json:"at"`
}

func accountID(contract, unit string) string { return contract + "/" + unit }

func answerID(contract string, key yumen.Digest) string {
	return contract + "/" + key.Hex()
}

// storedAnswer finds the answer to a question that was asked before; its revision is 0 where there is none.
func (s *Service) storedAnswer(ctx context.Context, j *jobRun) (journal.Versioned[answer], error) {
	return journal.Find[answer](ctx, s.state, store.Answer, answerID(j.contract.Name, j.plan.Private.Key))
}

// spending is an account as it stands now and as it would stand after an answer.
type spending struct {
	account journal.Versioned[account]
	debit   journal.Versioned[debit]
	after   privacy.Account
	free    bool // the answer is stored, or paid for by a run that has not ended
}

// spending reads the account. It fails with kind limit where the budget does not allow the answer.
func (s *Service) spending(ctx context.Context, j *jobRun) (spending, error) {
	p, name := j.plan.Private, j.contract.Name
	var b spending
	var err error
	if b.account, err = journal.Find[account](ctx, s.state, store.Account,
		accountID(name, p.Question.Unit)); err != nil {
		return b, err
	}
	b.account.V.Contract, b.account.V.Unit = name, p.Question.Unit
	if b.debit, err = journal.Find[debit](ctx, s.state, store.Debit, answerID(name, p.Key)); err != nil {
		return b, err
	}
	a, err := s.storedAnswer(ctx, j)
	if err != nil {
		return b, err
	}
	b.free, b.after = a.Rev > 0 || b.debit.Rev > 0 && !b.debit.V.Failed, b.account.V.Account
	if b.free {
		return b, nil
	}
	lost, err := s.state.OriginalLost(ctx, store.Contract, name)
	if err != nil {
		return b, err
	}
	if !lost.IsZero() {
		return b, yumen.Errorf(yumen.KindLimit,
			"the home was restored on %s from a backup, and what contract %s had paid for since that backup is lost",
			"该主目录于 %s 由备份恢复，合同 %s 在该备份之后的支出已丢失", yumen.DayOf(lost), name).
			ToFix("ask for a new contract, with what is left of the budget", "请就剩余预算另签新合同")
	}
	b.after, err = b.after.Spend(privacy.Cost(p.Noise), contract.Budget(j.contract.Budget))
	return b, err
}

// overBudget says in the terms of the job that spending reached a limit.
func overBudget(j *jobRun, err error) error {
	if yumen.KindOf(err) != yumen.KindLimit {
		return err
	}
	e := yumen.AsError(err)
	return yumen.Refuse(yumen.KindLimit, yumen.Say("contract %s cannot pay for this answer about units of kind %s",
		"合同 %s 无力支付关于 %s 类隐私单元的该答案", j.contract.Name, j.plan.Private.Question.Unit),
		[]yumen.Reason{{Rule: "budget.exhausted", Msg: e.Msg, Fix: e.Fix}})
}

// debitStep is the part of a step that pays: the entry in the log, the account and the debit. It is empty where
// nothing is to be paid.
func (s *Service) debitStep(ctx context.Context, j *jobRun) (journal.Step, error) {
	if err := s.journal.Settle(ctx); err != nil { // a debit that the log holds is in the state
		return journal.Step{}, err
	}
	b, err := s.spending(ctx, j)
	if err != nil || b.free {
		return journal.Step{}, overBudget(j, err)
	}
	p := j.plan.Private
	b.account.V.Account = b.after
	b.account.V.Debits++
	b.debit.V = debit{Contract: j.contract.Name, Unit: p.Question.Unit, Key: p.Key, Cost: privacy.Cost(p.Noise),
		Job: j.V.ID, At: s.now(), Times: b.debit.V.Times + 1}
	ap, err1 := journal.Put(store.Account, accountID(j.contract.Name, p.Question.Unit), b.account.Rev, b.account.V)
	dp, err2 := journal.Put(store.Debit, answerID(j.contract.Name, p.Key), b.debit.Rev, b.debit.V)
	e := s.systemEntry(yumen.ActionBudgetDebit, j.V.ID)
	e.Digests = map[string]yumen.Digest{"answer_key": p.Key}
	e.Details = map[string]string{"contract": j.contract.Name, "unit": p.Question.Unit, "rho": number(p.Noise.Rho),
		"delta": number(p.Noise.Delta), "rho_spent": number(b.after.Rho), "delta_spent": number(b.after.Delta)}
	return journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{ap, dp}}, cmp.Or(err1, err2)
}

// number writes a number so that reading it back gives the same.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// maxTries is how often a step is tried again that others came before.
const maxTries = 16

// startPrivate announces a run of class dp and pays for it in the same step, so that no crash comes between. This
// process changes one account at a time; another process may come between, and then the account is read again.
func (s *Service) startPrivate(ctx context.Context, j *jobRun, e yumen.Entry) error {
	s.accountMu.Lock()
	defer s.accountMu.Unlock()
	var err error
	for range maxTries {
		var paid journal.Step
		if paid, err = s.debitStep(ctx, j); err != nil {
			if yumen.KindOf(err) == yumen.KindLimit {
				return s.refuse(ctx, j, yumen.ActionJobReject, yumen.StateRejected, err)
			}
			return err
		}
		if _, err = s.move(ctx, e, &j.Versioned, yumen.StateRunning, paid); yumen.KindOf(err) != yumen.KindConflict {
			return err
		}
	}
	return err
}

// failedDebitStep is the part of a step that ends a run which failed on the data: what was paid for it is not given
// back.
func (s *Service) failedDebitStep(ctx context.Context, j *jobRun) (journal.Step, error) {
	d, err := journal.Find[debit](ctx, s.state, store.Debit, answerID(j.contract.Name, j.plan.Private.Key))
	if err != nil || d.Rev == 0 || d.V.Failed {
		return journal.Step{}, err
	}
	d.V.Failed = true
	p, err := journal.Put(store.Debit, answerID(j.contract.Name, j.plan.Private.Key), d.Rev, d.V)
	return journal.Step{Records: []store.Record{p}}, err
}
