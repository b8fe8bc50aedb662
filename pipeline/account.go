package pipeline

import (
	"context"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
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
	// Failed says that the run it paid for failed on the data. Nothing is paid back, and asking again is paid again: otherwise
	// one could ask whether a run fails as often as one likes.
	Failed bool `json:"failed,omitempty"`
}

// answer is a noisy table. There is one for each key and contract, whoever asks.
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

// found loads a record that need not be there; its zero value then stands for it.
func found[T any](ctx context.Context, st store.State, kind store.Kind, id string) (versioned[T], bool, error) {
	r, err := load[T](ctx, st, kind, id)
	if err != nil && yumen.KindOf(err) == yumen.KindNotFound {
		return versioned[T]{}, false, nil
	}
	return r, err == nil, err
}

// stored finds the answer to a question that was asked before.
func (s *Service) stored(ctx context.Context, t *jobRun) (answer, bool, error) {
	a, ok, err := found[answer](ctx, s.cfg.State, store.Answer, answerID(t.contract.Name, t.plan.Private.Key))
	return a.V, ok, err
}

// bill is what an answer costs, with the account as it stands now and as it would stand after.
type bill struct {
	account versioned[account]
	debit   versioned[debit]
	after   privacy.Account
	stored  bool // the answer is there
	free    bool // so it is, or it is paid for by a run that has not ended
}

// bill looks at the books. It fails with kind limit where the budget does not hold the answer.
func (s *Service) bill(ctx context.Context, t *jobRun) (bill, error) {
	p, name := t.plan.Private, t.contract.Name
	var b bill
	var err error
	if b.account, _, err = found[account](ctx, s.cfg.State, store.Account, accountID(name, p.Question.Unit)); err != nil {
		return b, err
	}
	b.account.V.Contract, b.account.V.Unit = name, p.Question.Unit
	var paid bool
	if b.debit, paid, err = found[debit](ctx, s.cfg.State, store.Debit, answerID(name, p.Key)); err != nil {
		return b, err
	}
	if _, b.stored, err = s.stored(ctx, t); err != nil {
		return b, err
	}
	b.free, b.after = b.stored || paid && !b.debit.V.Failed, b.account.V.Account
	if b.free {
		return b, nil
	}
	b.after, err = b.after.Spend(privacy.Cost(p.Noise), contract.Budget(t.contract.Budget))
	return b, err
}

// unaffordable puts what bill says into the terms of the job.
func unaffordable(t *jobRun, err error) error {
	if yumen.KindOf(err) != yumen.KindLimit {
		return err
	}
	e := yumen.AsError(err)
	return yumen.Refuse(yumen.KindLimit, yumen.Say("contract %s cannot pay for this answer about units of kind %s", "合同 %s 无力支付关于 %s 类隐私单元的该答案",
		t.contract.Name, t.plan.Private.Question.Unit), []yumen.Reason{{Rule: "budget.exhausted", Msg: e.Msg, Fix: e.Fix}})
}

// charge is the part of a step that pays: the entry in the log, the account and the debit. It holds nothing where nothing is due.
func (s *Service) charge(ctx context.Context, t *jobRun) (step, error) {
	b, err := s.bill(ctx, t)
	if err != nil || b.free {
		return step{}, unaffordable(t, err)
	}
	p := t.plan.Private
	b.account.V.Account = b.after
	b.account.V.Debits++
	b.debit.V = debit{Contract: t.contract.Name, Unit: p.Question.Unit, Key: p.Key, Cost: privacy.Cost(p.Noise), Job: t.V.ID,
		At: s.now(), Times: b.debit.V.Times + 1}
	ap, err1 := put(store.Account, accountID(t.contract.Name, p.Question.Unit), b.account.rev, b.account.V)
	dp, err2 := put(store.Debit, answerID(t.contract.Name, p.Key), b.debit.rev, b.debit.V)
	e := s.systemEntry(yumen.ActionBudgetDebit, t.V.ID)
	e.Digests = map[string]yumen.Digest{"answer_key": p.Key}
	e.Details = map[string]string{"contract": t.contract.Name, "unit": p.Question.Unit, "rho": number(p.Noise.Rho), "delta": number(p.Noise.Delta),
		"rho_spent": number(b.after.Rho), "delta_spent": number(b.after.Delta)}
	return step{entries: []yumen.Entry{e}, puts: []store.Record{ap, dp}}, orElse(err1, err2)
}

// number writes a number so that reading it back gives the same.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// maxTries is how often a step is tried again that others came before.
const maxTries = 16

// startPrivate announces a run of class dp and pays for it in the same step, so that no crash comes between. Steps of this
// process take turns at the books; another process may come between, and then the books are read again.
func (s *Service) startPrivate(ctx context.Context, t *jobRun, e yumen.Entry) error {
	s.books.Lock()
	defer s.books.Unlock()
	var err error
	for range maxTries {
		var paid step
		if paid, err = s.charge(ctx, t); err != nil {
			if yumen.KindOf(err) == yumen.KindLimit {
				return s.refuse(ctx, t, yumen.ActionJobReject, yumen.StateRejected, err)
			}
			return err
		}
		if _, err = s.move(ctx, e, &t.versioned, yumen.StateRunning, paid); yumen.KindOf(err) != yumen.KindConflict {
			return err
		}
	}
	return err
}

// forfeit is the part of a step that ends a run which failed on the data: what was paid for it is gone.
func (s *Service) forfeit(ctx context.Context, t *jobRun) (step, error) {
	d, ok, err := found[debit](ctx, s.cfg.State, store.Debit, answerID(t.contract.Name, t.plan.Private.Key))
	if err != nil || !ok || d.V.Failed {
		return step{}, err
	}
	d.V.Failed = true
	p, err := put(store.Debit, answerID(t.contract.Name, t.plan.Private.Key), d.rev, d.V)
	return step{puts: []store.Record{p}}, err
}
