package pipeline

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
)

// Sign checks a contract against the catalog and the rules of the place and signs it. Where those say which parties
// sign, it is in force once all have; else the data authority puts it in force alone. A signature that does not count is
// refused, and the log says so.
func (s *Service) Sign(ctx context.Context, by yumen.Actor, file string, text []byte) (yumen.SignedContract, error) {
	c, err := contract.Parse(file, text)
	if err != nil {
		return yumen.SignedContract{Contract: c}, err
	}
	signers, against, err := s.agree(ctx, by, &c)
	if err == nil {
		err = yumen.Refuse(yumen.KindDenied, yumen.Say("contract %s asks for what the catalog or the rules of the place do not allow",
			"合同 %s 超出目录或本地规则允许的范围", c.Name), against)
	}
	if err != nil {
		return yumen.SignedContract{Contract: c}, err
	}
	if len(signers) == 0 {
		return s.signAlone(ctx, by, c, text)
	}
	r, err := contract.NewRevision(c, text, signers)
	if err != nil {
		return yumen.SignedContract{Contract: c}, err
	}
	var out yumen.SignedContract
	for range maxTries { // others may sign meanwhile
		if out, err = s.sign(ctx, by, r); !stale(err) {
			break
		}
	}
	if k := yumen.KindOf(err); err != nil && (k == yumen.KindDenied || k == yumen.KindConflict) {
		return out, s.refuseSigning(ctx, by, c.Name, r.Terms, err)
	}
	if err == nil && out.Next == nil && len(out.Missing()) == 0 && out.Revision > 1 {
		err = s.stopJobs(ctx, out.Name)
	}
	return out, err
}

// refuseSigning logs that a signature was refused, by which rules.
func (s *Service) refuseSigning(ctx context.Context, by yumen.Actor, name string, terms yumen.Digest, why error) error {
	e := s.entry(by, yumen.ActionContractRefuse, name)
	e.Details = map[string]string{"kind": string(yumen.KindOf(why))}
	var rules []string
	for _, r := range yumen.AsError(why).Reasons {
		rules = append(rules, r.Rule)
	}
	if len(rules) > 0 {
		e.Details["rules"] = strings.Join(rules, " ")
	}
	if terms != "" {
		e.Digests = map[string]yumen.Digest{"terms": terms}
	}
	if err := s.record(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	return why
}

// agree returns who has to sign a contract besides the data authority, and every reason not to sign it.
func (s *Service) agree(ctx context.Context, by yumen.Actor, c *yumen.Contract) ([]yumen.Signer, []yumen.Reason, error) {
	datasets, err := s.published(ctx)
	if err != nil {
		return nil, nil, err
	}
	packs, err := s.packsInForce(ctx)
	if err != nil {
		return nil, nil, err
	}
	around := contract.Around{Today: yumen.DayOf(s.now())}
	if c.Within != "" {
		u, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, c.Within)
		if err != nil {
			return nil, nil, err
		}
		if u.Rev > 0 && s.knows(by, &u.V.Contract) {
			around.Umbrella = &u.V
		}
	}
	orgs, err := s.Orgs(ctx)
	if err != nil {
		return nil, nil, err
	}
	around.Holds = func(org, credential string) bool {
		for _, o := range orgs {
			for _, held := range o.Credentials {
				if o.Name == org && held.Name == credential && held.Expires >= around.Today {
					return true
				}
			}
		}
		return false
	}
	signers, rules := contract.Agree(c, packs, around)
	under, err := s.contractsWithin(ctx, c.Name)
	for _, u := range under {
		if !u.V.Terminated && !u.V.Withdrawn && !contract.Covers(c, &u.V.Contract) {
			rules = append(rules, yumen.Reason{Rule: "agreement.covers", Place: "valid",
				Msg: yumen.Say("contract %s under it runs longer", "其下的合同 %s 期限更长", u.V.Name)})
		}
	}
	return signers, append(contract.Check(c, datasets), rules...), err
}

// signAlone puts a contract in force by the data authority's word.
func (s *Service) signAlone(ctx context.Context, by yumen.Actor, c yumen.Contract, text []byte) (yumen.SignedContract,
	error) {
	signed := yumen.SignedContract{Contract: c, Digest: yumen.DigestOf(text), Signed: s.now(), SignedBy: by.Name}
	if !by.Has(yumen.RoleRegulator) {
		return signed, yumen.Errorf(yumen.KindDenied, "contracts of this kind are signed by the data authority", "此类合同由主管部门签署").
			ToFix("have a regulator sign it", "请由主管部门人员签署")
	}
	old, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, c.Name)
	switch {
	case err != nil:
		return signed, err
	case old.Rev > 0 && old.V.Digest == signed.Digest && len(old.V.Signers) == 0:
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

// sign adds the signature of a party to terms.
func (s *Service) sign(ctx context.Context, by yumen.Actor, r yumen.Revision) (yumen.SignedContract, error) {
	now, seen, err := s.signer(ctx, by)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	old, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, r.Name)
	if err != nil {
		return old.V, err
	}
	if old.Rev > 0 && !s.knows(by, &old.V.Contract) {
		return yumen.SignedContract{}, yumen.Errorf(yumen.KindConflict, "the name %s cannot be used", "不能使用名称 %s", r.Name).
			ToFix("choose another", "请另选名称")
	}
	if r, err = contract.Open(&old.V, r); err != nil {
		return old.V, err
	}
	x := yumen.Signature{By: by.Name, ByOrg: by.Org, At: s.now()}
	may := contract.SignsFor(now, r.Signers)
	missing := contract.SignsFor(now, r.Missing())
	switch {
	case len(may) == 0:
		return old.V, notParty(by)
	case len(missing) == 0:
		x.Signer = may[0] // refused as a second one
	default:
		x.Signer = missing[0]
	}
	if err := s.putSignature(ctx, &x, contract.Statement(r.Name, &r.Signing)); err != nil {
		return old.V, err
	}
	out, err := contract.Sign(&old.V, r, x)
	if err != nil {
		return old.V, err
	}
	if r.Within != "" { // as it was when it was looked at
		u, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, r.Within)
		if err != nil {
			return old.V, err
		}
		if u.V.Stopped() != nil {
			return old.V, yumen.Errorf(yumen.KindDenied, "%s is not in force", "%s 未生效", r.Within).ToFix("wait until it is", "请待其生效")
		}
		seen = append(seen, store.Record{Kind: store.Contract, ID: r.Within, Rev: u.Rev})
	}
	return out, s.putContract(ctx, s.signEntry(by, &out, x.Signer), old.Rev, out, seen)
}

func notParty(by yumen.Actor) error {
	return yumen.Refuse(yumen.KindDenied, yumen.Say("the contract cannot be signed so", "无法如此签署合同"),
		[]yumen.Reason{{Rule: "signature.not-party", Place: "contract",
			Msg: yumen.Say("%s of %s signs for no party of it", "%[2]s 的 %[1]s 不能代表任何一方签署", by.Name, by.Org),
			Fix: yumen.Say("somebody of a party with its role signs: provider, operator, applicant, or regulator for the bureau",
				"请由当事方中具有相应角色的人员签署")}})
}

// signer finds out anew who signs: whoever left, or belongs to another organisation by now, does not.
func (s *Service) signer(ctx context.Context, by yumen.Actor) (yumen.Actor, []store.Record, error) {
	now, err := s.cfg.People.Find(ctx, by.Name)
	if err == nil && now.Org != by.Org {
		err = notParty(by)
	}
	if err != nil {
		return now, nil, err
	}
	seen, err := s.personSeen(ctx, by.Name)
	return now, seen, err
}

// signEntry is the entry of a signature: for which party, to which terms, how many are missing.
func (s *Service) signEntry(by yumen.Actor, c *yumen.SignedContract, party yumen.Signer) yumen.Entry {
	at, digest := &c.Signing, c.Digest
	if c.Next != nil {
		at, digest = &c.Next.Signing, c.Next.Digest
	}
	e := s.entry(by, yumen.ActionContractSign, c.Name)
	e.Digests = map[string]yumen.Digest{"contract": digest, "terms": at.Terms}
	e.Details = map[string]string{"revision": strconv.Itoa(at.Revision), "party": party.String(),
		"missing": strconv.Itoa(len(at.Missing()))}
	return e
}

func (s *Service) putContract(ctx context.Context, e yumen.Entry, rev int64, c yumen.SignedContract,
	seen []store.Record) error {
	p, err := journal.Put(store.Contract, c.Name, rev, c)
	if err != nil {
		return err
	}
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}, Seen: seen})
}

// putSignature signs a statement with the key of the signer's organisation, which is made with its first signature.
func (s *Service) putSignature(ctx context.Context, x *yumen.Signature, statement []byte) error {
	if s.cfg.Keys == nil {
		return yumen.Errorf(yumen.KindUnavailable, "there is no keyring to sign with", "没有可用于签署的密钥环")
	}
	id := "signing-" + yumen.DigestOf([]byte(x.ByOrg)).Hex()[:16]
	b, err := s.cfg.Keys.Live(ctx, id)
	if yumen.KindOf(err) == yumen.KindNotFound && err != nil {
		_, err = s.newVersion(ctx, yumen.System, yumen.ActionKeyCreate, id, map[string]string{"org": x.ByOrg},
			func(ctx context.Context, id, by string) (keyring.Ref, error) {
				return s.cfg.Keys.CreateFor(ctx, id, x.ByOrg, by)
			})
		if err == nil || yumen.KindOf(err) == yumen.KindConflict { // somebody else made it meanwhile
			b, err = s.cfg.Keys.Live(ctx, id)
		}
	}
	if err != nil {
		return err
	}
	all, err := s.cfg.Keys.List()
	for _, k := range all {
		if k.ID == id && k.Org != x.ByOrg {
			err = errors.Join(err, yumen.Errorf(yumen.KindCorrupt, "the signing key of %s is for another organisation", "%s 的签名密钥归属有误",
				x.ByOrg))
		}
	}
	if err != nil {
		return err
	}
	k, err := b.Key(ctx, id, 0)
	if err != nil {
		return err
	}
	key := ed25519.NewKeyFromSeed(k.Derive("contract signature", ed25519.SeedSize))
	x.Key, x.Pub, x.Value = k.String(), key.Public().(ed25519.PublicKey), ed25519.Sign(key, statement)
	return nil
}

// WithdrawSignature takes the signature of the actor's organisation back, before the last is there.
func (s *Service) WithdrawSignature(ctx context.Context, by yumen.Actor, name string) (out yumen.SignedContract, err error) {
	for range maxTries {
		if out, err = s.withdraw(ctx, by, name); !stale(err) {
			break
		}
	}
	return out, err
}

func (s *Service) withdraw(ctx context.Context, by yumen.Actor, name string) (yumen.SignedContract, error) {
	now, seen, err := s.signer(ctx, by)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	old, err := journal.Load[yumen.SignedContract](ctx, s.state, store.Contract, name)
	if err != nil {
		return old.V, err
	}
	if !s.knows(by, &old.V.Contract) {
		return yumen.SignedContract{}, store.Missing(store.Contract, name)
	}
	signers := old.V.Signers
	if old.V.Next != nil {
		signers = old.V.Next.Signers
	}
	out, party, err := contract.Withdraw(&old.V, contract.SignsFor(now, signers), s.now())
	if err != nil {
		return old.V, err
	}
	e := s.entry(by, yumen.ActionContractWithdraw, name)
	e.Details = map[string]string{"party": party.String()}
	return out, s.putContract(ctx, e, old.Rev, out, seen)
}
