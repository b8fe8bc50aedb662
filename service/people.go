package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// People returns those whom the principal may know of, ordered by name.
func (s *Service) People(ctx context.Context, by api.Principal) ([]api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.PersonShow)
	if err != nil {
		return nil, err
	}
	all, err := s.route.KnownPeople(ctx, person)
	for i := range all {
		all[i] = s.personFor(person, all[i])
	}
	return all, err
}

// personFor leaves out the account at a provider for whoever may not see it.
func (s *Service) personFor(by yumen.Actor, p api.Person) api.Person {
	if !s.rules.Permit(by, access.OrgContacts) {
		p.Login = ""
	}
	return p
}

// Person returns one of them.
func (s *Service) Person(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.PersonShow)
	if err != nil {
		return api.Person{}, err
	}
	p, err := s.route.KnownPerson(ctx, person, name)
	return s.personFor(person, p), err
}

// AddPerson enters a person of an organisation.
func (s *Service) AddPerson(ctx context.Context, by api.Principal, p api.NewPerson) (api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.PersonAdd)
	if err != nil {
		return api.Person{}, err
	}
	return s.route.AddPerson(ctx, person, p)
}

// GrantRole gives a role to somebody else.
func (s *Service) GrantRole(ctx context.Context, by api.Principal, name string, role yumen.Role) (api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.RoleGrant)
	if err != nil {
		return api.Person{}, err
	}
	return s.route.GrantRole(ctx, person, name, role)
}

// WithdrawRole takes a role away.
func (s *Service) WithdrawRole(ctx context.Context, by api.Principal, name string, role yumen.Role) (api.Person,
	error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.RoleWithdraw)
	if err != nil {
		return api.Person{}, err
	}
	return s.route.WithdrawRole(ctx, person, name, role)
}

// DisablePerson has a person do nothing any more.
func (s *Service) DisablePerson(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.PersonDisable)
	if err != nil {
		return api.Person{}, err
	}
	return s.route.DisablePerson(ctx, person, name)
}

// EnablePerson undoes that.
func (s *Service) EnablePerson(ctx context.Context, by api.Principal, name string) (api.Person, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.PersonEnable)
	if err != nil {
		return api.Person{}, err
	}
	return s.route.EnablePerson(ctx, person, name)
}

// Orgs returns the organisations that the principal may know of, ordered by name.
func (s *Service) Orgs(ctx context.Context, by api.Principal) ([]api.Org, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.OrgShow)
	if err != nil {
		return nil, err
	}
	all, err := s.route.KnownOrgs(ctx, person)
	for i := range all {
		all[i] = s.orgFor(person, all[i])
	}
	return all, err
}

// Org returns one of them.
func (s *Service) Org(ctx context.Context, by api.Principal, name string) (api.Org, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.OrgShow)
	if err != nil {
		return api.Org{}, err
	}
	o, err := s.route.KnownOrg(ctx, person, name)
	return s.orgFor(person, o), err
}

// orgFor leaves out the contacts for whoever may not see them.
func (s *Service) orgFor(by yumen.Actor, o api.Org) api.Org {
	if !s.rules.Permit(by, access.OrgContacts) {
		o.Contacts = nil
	}
	return o
}

// AddOrg enters an organisation.
func (s *Service) AddOrg(ctx context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.OrgAdd)
	if err != nil {
		return api.Org{}, err
	}
	return s.route.AddOrg(ctx, person, o)
}

// ChangeOrg replaces the contacts and credentials of an organisation.
func (s *Service) ChangeOrg(ctx context.Context, by api.Principal, o api.NewOrg) (api.Org, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.OrgChange)
	if err != nil {
		return api.Org{}, err
	}
	return s.route.ChangeOrg(ctx, person, o)
}
