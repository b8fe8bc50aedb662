package pipeline

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/store"
)

// Ledger is what has left under a contract, added up as far as it can be.
type Ledger struct {
	Contract string       `json:"contract"`
	Budget   yumen.Budget `json:"budget"`
	Accounts []Balance    `json:"accounts"` // one for each kind of privacy unit
	// Unbounded are the releases of other classes. What they disclose of a unit has no bound: on their columns they
	// count as an infinite ε, beside whatever the accounts say.
	Unbounded []yumen.Release `json:"unbounded"`
}

// Balance is an account and what is left in it.
type Balance struct {
	Unit    string          `json:"unit"`
	Answers int             `json:"answers"` // paid for
	Spent   float64         `json:"spent"`   // ε of all answers together, at the budget's δ
	Left    float64         `json:"left"`    // largest ε of one more answer
	Used    privacy.Account `json:"used"`
	Limit   privacy.Account `json:"limit"`
}

// Ledger returns the accounts of a contract and, beside them, the releases that no account bounds.
func (s *Service) Ledger(ctx context.Context, name string) (Ledger, error) {
	c, err := s.Contract(ctx, name)
	if err != nil {
		return Ledger{}, err
	}
	l := Ledger{Contract: name, Budget: contract.Budget(c.Budget), Accounts: []Balance{}, Unbounded: []yumen.Release{}}
	units, err := s.unitsOf(ctx, &c.Contract)
	if err != nil {
		return l, err
	}
	for _, u := range units {
		a, err := journal.Find[account](ctx, s.state, store.Account, accountID(name, u))
		if err != nil {
			return l, err
		}
		l.Accounts = append(l.Accounts, Balance{Unit: u, Answers: a.V.Debits, Spent: a.V.Spent(l.Budget),
			Left: a.V.Left(l.Budget), Used: a.V.Account, Limit: privacy.Limit(l.Budget)})
	}
	rs, err := s.Releases(ctx) // all of them: none can be missing from these unnoticed
	for _, r := range rs {
		if r.Contract == name && r.Class != yumen.ClassDP {
			l.Unbounded = append(l.Unbounded, r)
		}
	}
	return l, err
}

// unitsOf lists the kinds of privacy units that a contract that allows class dp has accounts for.
func (s *Service) unitsOf(ctx context.Context, c *yumen.Contract) ([]string, error) {
	if !slices.Contains(c.Classes, yumen.ClassDP) {
		return nil, nil
	}
	datasets, err := s.published(ctx)
	var out []string
	for _, g := range c.Datasets {
		if d, ok := datasets[g.Dataset]; ok && !d.Reference() && !slices.Contains(out, d.UnitName()) {
			out = append(out, d.UnitName())
		}
	}
	return out, err
}
