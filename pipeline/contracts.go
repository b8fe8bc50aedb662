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
func (s *Service) CheckContract(ctx context.Context, file string, text []byte) ([]yumen.Reason, error) {
	c, err := contract.Parse(file, text)
	if rs := yumen.AsError(err).Reasons; err != nil && len(rs) > 0 {
		return rs, nil
	} else if err != nil {
		return nil, err
	}
	datasets, err := s.published(ctx)
	if err != nil {
		return nil, err
	}
	term, err := s.checkTerm(ctx, &c)
	return append(contract.Check(&c, datasets), term...), err
}

// Sign checks a contract against the catalog and the rules of the place, and puts it in force.
func (s *Service) Sign(ctx context.Context, by yumen.Actor, file string, text []byte) (yumen.SignedContract, error) {
	c, err := contract.Parse(file, text)
	signed := yumen.SignedContract{Contract: c, Digest: yumen.DigestOf(text), Signed: s.now(), SignedBy: by.Name}
	if err != nil {
		return signed, err
	}
	against, err := s.CheckContract(ctx, file, text)
	if err != nil {
		return signed, err
	}
	if err := yumen.Refuse(yumen.KindDenied, yumen.Say("contract %s asks for what the catalog or the rules of the place do not allow",
		"合同 %s 超出目录或本地规则允许的范围", c.Name), against); err != nil {
		return signed, err
	}
	old, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, c.Name)
	switch {
	case err != nil:
		return signed, err
	case old.Rev > 0 && old.V.Digest == signed.Digest:
		return old.V, nil
	case old.Rev > 0:
		return signed, yumen.Errorf(yumen.KindConflict, "a contract named %s was signed on %s with another text",
			"名为 %s 的合同已于 %s 签署，内容不同", c.Name, yumen.DayOf(old.V.Signed)).ToFix("sign the new text under a new name",
			"请以新名称签署新文本")
	}
	p, err := journal.Put(store.Contract, c.Name, 0, signed)
	if err != nil {
		return signed, err
	}
	e := s.entry(by, yumen.ActionContractSign, c.Name)
	e.Digests = map[string]yumen.Digest{"contract": signed.Digest}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}})
	return signed, err
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
	c.V.Terminated = true
	p, err := journal.Put(store.Contract, name, c.Rev, c.V)
	if err != nil {
		return c.V, err
	}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{s.entry(by, yumen.ActionContractTerminate, name)},
		Records: []store.Record{p}})
	return c.V, err
}

// Quotas returns what the quotas of a contract say of its limits as a tenant, and whether there is such a contract, in
// force, whose jobs the organisation submits.
func (s *Service) Quotas(name, organisation string) (yumen.TenantLimits, bool) {
	c, err := journal.Find[yumen.SignedContract](context.Background(), s.state, store.Contract, name)
	p := c.V.Parties
	return c.V.Quotas.Limits, err == nil && c.V.Stopped() == nil && organisation != "" &&
		(organisation == p.Applicant || organisation == p.Operator)
}
