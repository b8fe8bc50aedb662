package pipeline

import (
	"context"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
)

// payments are what was paid for answers of class dp by the entries of the log.
type payments struct {
	accounts map[string]loggedAccount // by accountID
	answers  map[string]int           // by answerID: how often it was paid for
}

// loggedAccount is an account as its last debit left it.
type loggedAccount struct {
	rho, delta string
	debits     int
}

func newPayments() payments {
	return payments{map[string]loggedAccount{}, map[string]int{}}
}

// add counts an entry, if it is of a debit.
func (p payments) add(e yumen.Entry) {
	if e.Action != yumen.ActionBudgetDebit {
		return
	}
	id := accountID(e.Details["contract"], e.Details["unit"])
	p.accounts[id] = loggedAccount{e.Details["rho_spent"], e.Details["delta_spent"], p.accounts[id].debits + 1}
	p.answers[answerID(e.Details["contract"], e.Digests["answer_key"])]++
}

// agrees reports whether an account is what the log says.
func (p payments) agrees(id string, a account) bool {
	logged, ok := p.accounts[id]
	if !ok {
		return a.Debits == 0 && a.Rho == 0 && a.Delta == 0
	}
	return logged == loggedAccount{number(a.Rho), number(a.Delta), a.Debits}
}

// paymentLog follows the debits of a log. Its zero value has read nothing yet.
type paymentLog struct {
	mu   sync.Mutex
	next int64
	payments
}

// check compares an account and the payment for an answer with the log, of which only what is new is read.
func (p *paymentLog) check(log *audit.Log, id string, b *spending, answer string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.accounts == nil {
		p.payments = newPayments()
	}
	for r, err := range log.Entries(p.next) {
		if err != nil {
			return err
		}
		p.add(r.Entry)
		p.next = r.Index + 1
	}
	if !p.agrees(id, b.account.V) || p.answers[answer] != b.debit.V.Times || b.free && b.debit.V.Times == 0 {
		return yumen.Errorf(yumen.KindCorrupt, "the account of %s is not what the log says was paid", "%s 的账目与日志所载的支出不符", id).
			ToFix("restore state and log from one backup", "请从同一份备份恢复状态与日志")
	}
	return nil
}

// checkPaid compares what is about to be spent with the log. The caller holds accountMu.
func (s *Service) checkPaid(ctx context.Context, j *jobRun, b *spending) error {
	if err := s.journal.Settle(ctx); err != nil {
		return err
	}
	p := j.plan.Private
	return s.paid.check(s.cfg.Log, accountID(j.contract.Name, p.Question.Unit), b, answerID(j.contract.Name, p.Key))
}
