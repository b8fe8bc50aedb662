package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// LogIn returns the person whom a provider says somebody to be. At the first login the person is bound to the
// provider's subject, and nobody else logs in by the name from then on. Where roles come from claims, the record
// becomes what the claims say, with an entry where that is something else than before.
func (s *Service) LogIn(ctx context.Context, in access.LoggedIn) (out yumen.Actor, err error) {
	if in.Claims { // it may enter a person and an organisation
		s.naming.Lock()
		defer s.naming.Unlock()
	}
	for range maxTries {
		if out, err = s.logIn(ctx, in); !stale(err) {
			break
		}
	}
	return out, err
}

func (s *Service) logIn(ctx context.Context, in access.LoggedIn) (yumen.Actor, error) {
	p, err := journal.Find[api.Person](ctx, s.state, store.Person, in.Name)
	if err != nil {
		return yumen.Actor{}, err
	}
	was := p.V
	switch {
	case p.Rev == 0 && !in.Claims:
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "%s is nobody of this domain", "%s 不是本域人员",
			in.Name).Then("person.add", in.Name)
	case p.Rev > 0 && was.Login != "" && was.Login != in.Login:
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "somebody else logs in as %s at this provider",
			"该提供方的另一账户以 %s 登录", in.Name).
			ToFix("an administrator looks which account is theirs", "请由运维核实账户")
	case p.Rev > 0 && was.Disabled:
		_, err := s.Find(ctx, in.Name)
		return yumen.Actor{}, err
	}
	p.V.Login = in.Login
	if in.Claims {
		p.V.Name, p.V.Org, p.V.Roles = in.Name, in.Org, append([]yumen.Role{}, in.Roles...)
	}
	st := journal.Step{}
	if p.Rev == 0 {
		p.V.Added, p.V.By = s.now(), yumen.System.Name
		if err := s.checkClaimed(ctx, in); err != nil {
			return yumen.Actor{}, err
		}
	}
	changed := p.V.Org != was.Org || !slices.Equal(p.V.Roles, was.Roles)
	if p.Rev > 0 && !changed && was.Login == in.Login {
		return s.Find(ctx, in.Name)
	}
	if in.Claims {
		if err := s.claimed(ctx, in, was.Roles, &st); err != nil {
			return yumen.Actor{}, err
		}
	}
	r, err := journal.Put(store.Person, in.Name, p.Rev, p.V)
	if err != nil {
		return yumen.Actor{}, err
	}
	e := s.systemEntry(yumen.ActionPersonLogin, in.Name)
	e.Details = map[string]string{"org": p.V.Org, "roles": rolesText(p.V.Roles)}
	st.Entries, st.Records = append([]yumen.Entry{e}, st.Entries...), append(st.Records, r)
	if err := s.journal.Commit(ctx, st); err != nil {
		return yumen.Actor{}, err
	}
	return s.Find(ctx, in.Name)
}

// checkClaimed refuses a person that claims say there is and that cannot be entered.
func (s *Service) checkClaimed(ctx context.Context, in access.LoggedIn) error {
	all, err := s.People(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	rs := access.CheckPerson(yumen.Actor{Name: in.Name, Org: in.Org, Roles: in.Roles}, names)
	return yumen.Refuse(yumen.KindDenied,
		yumen.Say("the person that the provider names cannot be entered", "无法登记提供方所指人员"), rs)
}

// claimed has a step enter the organisation of claims and, where they give a role that sees data, end all tokens of the
// person.
func (s *Service) claimed(ctx context.Context, in access.LoggedIn, was []yumen.Role, st *journal.Step) error {
	o, err := journal.Find[api.Org](ctx, s.state, store.Org, in.Org)
	if err != nil {
		return err
	}
	if o.Rev == 0 {
		o.V = api.Org{NewOrg: api.NewOrg{Name: in.Org}, Added: s.now(), By: yumen.System.Name}
		if err := cmp.Or(checkOrg(&o.V.NewOrg), s.newOrgName(ctx, in.Org)); err != nil {
			return yumen.Errorf(yumen.KindDenied, "the provider names no organisation", "提供方未指明机构").
				ToFix("have the provider name it in the claim that oidc.org_claim says",
					"请由提供方在 oidc.org_claim 所指声明中给出").Because(err)
		}
		p, err := journal.Put(store.Org, in.Org, 0, o.V)
		if err != nil {
			return err
		}
		st.Records = append(st.Records, p)
	}
	for _, r := range in.Roles {
		if access.AppointedBy(r) == yumen.RoleRegulator && !slices.Contains(was, r) {
			return s.endTokens(ctx, yumen.System, in.Name, st, every)
		}
	}
	return nil
}
