package pipeline

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/store"
)

// Ledger returns the accounts of a contract and, beside them, the releases that no account bounds.
func (s *Service) Ledger(ctx context.Context, by yumen.Actor, name string) (api.Ledger, error) {
	c, err := s.KnownContract(ctx, by, name)
	if err != nil {
		return api.Ledger{}, err
	}
	l := api.Ledger{Contract: name, Budget: contract.Budget(c.Budget), Accounts: []api.Balance{},
		Unbounded: []yumen.Release{}, Automatic: api.AutomaticReleases{Allowed: c.Review.Automatic}}
	if l.Decisions, err = s.decisionsOnData(ctx, name); err != nil {
		return l, err
	}
	if l.Automatic.Released, err = s.leftAutomatically(ctx, name); err != nil {
		return l, err
	}
	units, err := s.unitsOf(ctx, &c.Contract)
	if err != nil {
		return l, err
	}
	for _, u := range units {
		a, err := journal.Find[account](ctx, s.state, store.Account, accountID(name, u))
		if err != nil {
			return l, err
		}
		l.Accounts = append(l.Accounts, api.Balance{Unit: u, Answers: a.V.Debits, Spent: a.V.Spent(l.Budget),
			Left: a.V.Left(l.Budget), Used: api.Price(a.V.Account), Limit: api.Price(privacy.Limit(l.Budget))})
	}
	rs, err := s.Releases(ctx) // all of them: none can be missing from these unnoticed
	rs = slices.DeleteFunc(rs, func(r yumen.Release) bool { return r.Contract != name })
	for _, r := range rs {
		if r.Class != yumen.ClassDP {
			l.Unbounded = append(l.Unbounded, r)
		}
	}
	l.Unused = unused(&c.Contract, rs)
	return l, err
}

// unused are the columns that a contract grants and none of the releases was computed from.
func unused(c *yumen.Contract, released []yumen.Release) []yumen.ColumnRef {
	used, out := map[yumen.ColumnRef]bool{}, []yumen.ColumnRef{}
	for _, r := range released {
		for _, ref := range r.Columns {
			used[ref] = true
		}
	}
	for _, d := range c.Datasets {
		for _, g := range d.Columns {
			if ref := (yumen.ColumnRef{Dataset: d.Dataset, Column: g.Name}); !used[ref] {
				out = append(out, ref)
			}
		}
	}
	return out
}

// decisionsOnData counts the jobs of a contract that were run under another class than dp. Those that are under way count:
// a number that rose when their checks end would tell when that is.
func (s *Service) decisionsOnData(ctx context.Context, contract string) (n int, err error) {
	jobs, _, err := journal.Select[yumen.Job](ctx, s.state, store.Query{Kind: store.Job, Contract: contract})
	for i := range jobs {
		if jobs[i].Class != yumen.ClassDP && jobs[i].Attempts > 0 {
			n++
		}
	}
	return n, err
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
