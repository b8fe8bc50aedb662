package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// CheckContract returns every reason not to sign a contract.
func (s *Service) CheckContract(ctx context.Context, by yumen.Actor, file string, text []byte) ([]yumen.Reason, error) {
	c, err := contract.Parse(file, text)
	if rs := yumen.AsError(err).Reasons; err != nil && len(rs) > 0 {
		return rs, nil
	} else if err != nil {
		return nil, err
	}
	_, against, err := s.agree(ctx, by, &c)
	return against, err
}

// published returns the published datasets by name.
func (s *Service) published(ctx context.Context) (map[string]yumen.Dataset, error) {
	ds, err := journal.List[api.Dataset](ctx, s.state, store.Dataset, "")
	out := map[string]yumen.Dataset{}
	for _, d := range ds {
		if d.Published {
			out[d.Name] = d.Dataset
		}
	}
	return out, err
}

// Contract returns a contract that was signed.
func (s *Service) Contract(ctx context.Context, name string) (yumen.SignedContract, error) {
	c, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, name)
	return c.V, err
}

// Contracts returns all contracts, ordered by name.
func (s *Service) Contracts(ctx context.Context) ([]yumen.SignedContract, error) {
	return journal.List[yumen.SignedContract](ctx, s.state, store.Contract, "")
}

// Terminate ends a contract: no job is admitted under it and no run begun, and no result released from then on. A run
// under way comes to its end.
func (s *Service) Terminate(ctx context.Context, by yumen.Actor, name string) (yumen.SignedContract, error) {
	c, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, name)
	if err != nil || c.V.Terminated {
		return c.V, err
	}
	c.V.Terminated, c.V.Next = true, nil
	st, err := s.changeContracts(ctx, by, yumen.ActionContractTerminate, c, func(under *yumen.SignedContract) bool {
		change := !under.Terminated
		under.Terminated, under.Next = true, nil
		return change
	})
	if err != nil {
		return c.V, err
	}
	return c.V, s.journal.Commit(ctx, st)
}

// Quotas returns what the quotas of a contract say of its limits as a tenant, and whether there is such a contract, in
// force, whose jobs the organisation submits.
func (s *Service) Quotas(name, organisation string) (yumen.TenantLimits, bool) {
	c, err := journal.Find[yumen.SignedContract](context.Background(), s.state, store.Contract, name)
	p := c.V.Parties
	return c.V.Quotas.Limits, err == nil && c.V.Stopped() == nil && organisation != "" &&
		(organisation == p.Applicant || organisation == p.Operator)
}
