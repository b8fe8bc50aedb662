package pipeline

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Tenants are the organisations that work in a domain. What one of them agreed, asks and has is not known to another:
// a contract exists for its parties and for whoever answers for the domain, and so do its jobs. What somebody may not
// know of is refused in the same words as what is not there.

// answersForAll reports whether somebody answers for the whole domain, and so knows what every tenant has.
func (s *Service) answersForAll(by yumen.Actor) bool {
	return by.Name == yumen.System.Name || s.cfg.Rules.Permit(by, access.TenantShowAll)
}

// knows reports whether somebody may know that a contract exists.
func (s *Service) knows(by yumen.Actor, c *yumen.Contract) bool {
	return s.answersForAll(by) || c.Parties.Has(by.Org)
}

// KnownContract returns a contract that the actor may know of.
func (s *Service) KnownContract(ctx context.Context, by yumen.Actor, name string) (yumen.SignedContract, error) {
	c, err := s.Contract(ctx, name)
	if err == nil && !s.knows(by, &c.Contract) {
		return yumen.SignedContract{}, store.Missing(store.Contract, name)
	}
	return c, err
}

// KnownContracts returns the contracts that the actor may know of, ordered by name.
func (s *Service) KnownContracts(ctx context.Context, by yumen.Actor) ([]yumen.SignedContract, error) {
	all, err := s.Contracts(ctx)
	return slices.DeleteFunc(all, func(c yumen.SignedContract) bool { return !s.knows(by, &c.Contract) }), err
}

// knownJobs leaves of jobs those that the actor may know of: their own, and those under contracts that they know of.
func (s *Service) knownJobs(ctx context.Context, by yumen.Actor, jobs []yumen.Job) ([]yumen.Job, error) {
	if s.answersForAll(by) {
		return jobs, nil
	}
	contracts, err := s.KnownContracts(ctx, by)
	known := map[string]bool{}
	for _, c := range contracts {
		known[c.Name] = true
	}
	return slices.DeleteFunc(jobs, func(j yumen.Job) bool {
		return j.Submitter.Name != by.Name && !known[j.Spec.Contract]
	}), err
}

// knownJob loads a job that the actor may know of.
func (s *Service) knownJob(ctx context.Context, by yumen.Actor, id string) (journal.Versioned[yumen.Job], error) {
	j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, id)
	if err != nil {
		return j, err
	}
	known, err := s.knownJobs(ctx, by, []yumen.Job{j.V})
	if err == nil && len(known) == 0 {
		return journal.Versioned[yumen.Job]{}, store.Missing(store.Job, id)
	}
	return j, err
}

// KnownPeople returns the people whom the actor may know of: those of their own organisation, and whoever answers for
// the domain.
func (s *Service) KnownPeople(ctx context.Context, by yumen.Actor) ([]api.Person, error) {
	all, err := s.People(ctx)
	return slices.DeleteFunc(all, func(p api.Person) bool { return !s.knowsPerson(by, person(&p)) }), err
}

// KnownPerson returns one of them.
func (s *Service) KnownPerson(ctx context.Context, by yumen.Actor, name string) (api.Person, error) {
	p, err := s.Person(ctx, name)
	if err == nil && !s.knowsPerson(by, person(&p)) {
		return api.Person{}, store.Missing(store.Person, name)
	}
	return p, err
}

func person(p *api.Person) yumen.Actor { return yumen.Actor{Name: p.Name, Org: p.Org, Roles: p.Roles} }

func (s *Service) knowsPerson(by, of yumen.Actor) bool {
	return s.answersForAll(by) || by.Org != "" && by.Org == of.Org || s.answersForAll(of)
}

// KnownOrgs returns the organisations that the actor may know of: their own, those of people whom they know, and the
// parties of contracts that they know of.
func (s *Service) KnownOrgs(ctx context.Context, by yumen.Actor) ([]api.Org, error) {
	all, err := s.Orgs(ctx)
	if err != nil || s.answersForAll(by) {
		return all, err
	}
	known, err := s.orgsKnownTo(ctx, by)
	return slices.DeleteFunc(all, func(o api.Org) bool { return !known[o.Name] }), err
}

// KnownOrg returns one of them.
func (s *Service) KnownOrg(ctx context.Context, by yumen.Actor, name string) (api.Org, error) {
	o, err := s.Org(ctx, name)
	if err != nil || s.answersForAll(by) {
		return o, err
	}
	known, err := s.orgsKnownTo(ctx, by)
	if err == nil && !known[name] {
		err = store.Missing(store.Org, name)
	}
	if err != nil {
		return api.Org{}, err
	}
	return o, nil
}

func (s *Service) orgsKnownTo(ctx context.Context, by yumen.Actor) (map[string]bool, error) {
	people, err := s.KnownPeople(ctx, by)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{by.Org: true}
	for _, p := range people {
		known[p.Org] = true
	}
	datasets, err := s.Datasets(ctx) // the catalog names who provides what
	for _, d := range datasets {
		known[d.Provider] = true
	}
	if err != nil {
		return nil, err
	}
	contracts, err := s.KnownContracts(ctx, by)
	for _, c := range contracts {
		known[c.Parties.Operator], known[c.Parties.Applicant] = true, true
		for _, name := range c.Parties.Providers {
			known[name] = true
		}
		for _, name := range c.Parties.Offices {
			known[name] = true
		}
	}
	return known, err
}
