package pipeline

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Expiring returns the credentials of organisations that have ended or do so within api.ExpirySoon days, the earliest
// first.
func (s *Service) Expiring(ctx context.Context) ([]api.Expiry, error) {
	now := s.now()
	orgs, err := s.Orgs(ctx)
	if err != nil {
		return nil, err
	}
	holders, err := s.Able(ctx, "") // as if no credential ever ended
	if err != nil {
		return nil, err
	}
	out := []api.Expiry{}
	for _, o := range orgs {
		for _, c := range o.Credentials {
			if c.Expires > soon(now) {
				continue
			}
			e := api.Expiry{Org: o.Name, OrgCredential: c}
			if e.Leaves, err = s.leaves(ctx, o.Name, max(c.Expires.Next(), yumen.DayOf(now)), holders); err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b api.Expiry) int { return cmp.Compare(a.Expires, b.Expires) })
	return out, nil
}

// leaves returns the governing roles of people of an organisation that nobody who can act on a day has.
func (s *Service) leaves(ctx context.Context, org string, day yumen.Day, holders []yumen.Actor) (out []yumen.Role,
	err error) {
	able, err := s.Able(ctx, day)
	for _, r := range governing {
		here := func(a yumen.Actor) bool { return a.Has(r) && a.Org == org }
		if slices.ContainsFunc(holders, here) &&
			!slices.ContainsFunc(able, func(a yumen.Actor) bool { return a.Has(r) }) {
			out = append(out, r)
		}
	}
	return out, err
}

// soon is the last day on which a credential that ends is warned of.
func soon(now time.Time) yumen.Day { return yumen.DayOf(now.AddDate(0, 0, api.ExpirySoon)) }
