package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// HasPeople reports whether people were ever recorded, by the log, whatever the state has of them.
func (s *Service) HasPeople(ctx context.Context) (bool, error) {
	n, err := s.state.Committed(ctx, store.Person)
	return n > 0, err
}

// Find returns the person of that name with the roles that they have now, or kind denied. Of an organisation with a
// credential that has expired only administrators remain.
func (s *Service) Find(ctx context.Context, name string) (yumen.Actor, error) {
	p, err := journal.Find[api.Person](ctx, s.state, store.Person, name)
	switch {
	case err != nil:
		return yumen.Actor{}, err
	case p.Rev == 0:
		return yumen.Actor{}, s.unknown(ctx, name)
	case p.V.Disabled:
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "%s was disabled", "%s 已停用", name).Then("person.enable",
			name)
	}
	o, err := journal.Find[api.Org](ctx, s.state, store.Org, p.V.Org)
	if err != nil {
		return yumen.Actor{}, err
	}
	return actorOf(p.V, o.V, yumen.DayOf(s.now()))
}

// actorOf returns a person as they may act on a day, or kind denied.
func actorOf(p api.Person, o api.Org, today yumen.Day) (yumen.Actor, error) {
	a := yumen.Actor{Name: p.Name, Org: p.Org, Roles: p.Roles}
	for _, c := range o.Credentials {
		if c.Expires >= today {
			continue
		}
		if !a.Has(yumen.RoleAdmin) {
			return yumen.Actor{},
				yumen.Errorf(yumen.KindDenied, "the credential %q of %s expired after %s",
					"%[2]s 的资质“%[1]s”已于 %[3]s 到期",
					c.Name, p.Org, string(c.Expires)).Then("org.change", p.Org)
		}
		a.Roles = []yumen.Role{yumen.RoleAdmin}
	}
	return a, nil
}

// Able returns everybody who can act on a day, with the roles that they have then, as if the organisations given were
// on record as they are given.
func (s *Service) Able(ctx context.Context, today yumen.Day, changed ...api.Org) (out []yumen.Actor, err error) {
	people, err := s.People(ctx)
	if err != nil {
		return nil, err
	}
	orgs, err := s.Orgs(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]api.Org{}
	for _, o := range append(orgs, changed...) {
		byName[o.Name] = o
	}
	for _, p := range people {
		if a, err := actorOf(p, byName[p.Org], today); err == nil && !p.Disabled {
			out = append(out, a)
		}
	}
	return out, nil
}

// unknown refuses a name that nobody has.
func (s *Service) unknown(ctx context.Context, name string) error {
	all, err := s.People(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return access.Unknown(name, names)
}

// People returns everybody, ordered by name.
func (s *Service) People(ctx context.Context) ([]api.Person, error) {
	return journal.List[api.Person](ctx, s.state, store.Person, "")
}

// Person returns one of them, or kind not_found.
func (s *Service) Person(ctx context.Context, name string) (api.Person, error) {
	p, err := journal.Load[api.Person](ctx, s.state, store.Person, name)
	return p.V, err
}

// importedEach is how many records an entry commits to, so that it is not longer than an entry may be.
const importedEach = 200

// ImportPeople records the people of a file, and their organisations, where none were ever recorded.
func (s *Service) ImportPeople(ctx context.Context, people []yumen.Actor, digest yumen.Digest) error {
	has, err := s.HasPeople(ctx)
	if err != nil || has {
		return err
	}
	st := journal.Step{}
	put := func(kind store.Kind, id string, v any) error {
		p, err := journal.Put(kind, id, 0, v)
		st.Records = append(st.Records, p)
		return err
	}
	orgs := map[string]bool{}
	for _, p := range people {
		if !orgs[p.Org] {
			orgs[p.Org] = true
			if err := put(store.Org, p.Org,
				api.Org{NewOrg: api.NewOrg{Name: p.Org}, Added: s.now(), By: yumen.System.Name}); err != nil {
				return err
			}
		}
		if err := put(store.Person, p.Name, api.Person{Name: p.Name, Org: p.Org, Roles: p.Roles, Added: s.now(),
			By: yumen.System.Name, Imported: digest}); err != nil {
			return err
		}
	}
	for n := 0; n < len(st.Records); n += importedEach {
		e := s.systemEntry(yumen.ActionPersonImport, "people")
		e.Digests = map[string]yumen.Digest{"people": digest}
		e.Details = map[string]string{"people": strconv.Itoa(len(people)), "organisations": strconv.Itoa(len(orgs))}
		st.Entries = append(st.Entries, e)
	}
	if len(st.Entries) > audit.MaxBatch {
		return yumen.Errorf(yumen.KindLimit, "these are more people than can be recorded at once: %d",
			"一次可登记的人数有限，现有 %d 人", len(people))
	}
	return s.journal.Commit(ctx, st)
}

// AddPerson enters a person.
func (s *Service) AddPerson(ctx context.Context, by yumen.Actor, n api.NewPerson) (api.Person, error) {
	s.naming.Lock()
	defer s.naming.Unlock()
	all, err := s.People(ctx)
	if err != nil {
		return api.Person{}, err
	}
	there := make([]string, len(all))
	for i, p := range all {
		there[i] = p.Name
	}
	o, err := journal.Find[api.Org](ctx, s.state, store.Org, n.Org)
	if err != nil {
		return api.Person{}, err
	}
	rs := access.CheckPerson(yumen.Actor{Name: n.Name, Org: n.Org, Roles: n.Roles}, there)
	if o.Rev == 0 {
		rs = append(rs, yumen.Reason{Rule: "org", Place: "org",
			Msg: yumen.Say("no organisation %q takes part", "没有机构“%s”", n.Org),
			Fix: yumen.Say("enter it first: yumen org add", "请先登记：yumen org add")})
	}
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the person cannot be entered", "无法登记该人员"), rs); err != nil {
		return api.Person{}, err
	}
	p := journal.Versioned[api.Person]{V: api.Person{Name: n.Name, Org: n.Org,
		Roles: append([]yumen.Role{}, n.Roles...), Added: s.now(), By: by.Name, Appointers: []string{by.Name}}}
	e := s.entry(by, yumen.ActionPersonAdd, n.Name)
	e.Details = map[string]string{"org": n.Org, "roles": rolesText(n.Roles)}
	return p.V, s.putPerson(ctx, by, e, p, n.Roles, journal.Step{})
}

func rolesText(roles []yumen.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return strings.Join(out, " ")
}

// putPerson writes a person's record. Whoever gives roles by it may do so at the moment at which the step is taken.
func (s *Service) putPerson(ctx context.Context, by yumen.Actor, e yumen.Entry, p journal.Versioned[api.Person],
	given []yumen.Role,
	st journal.Step) error {
	seen, err := s.personSeen(ctx, by.Name)
	if err != nil {
		return err
	}
	giver, err := s.cfg.People.Find(ctx, by.Name)
	if err != nil {
		return err
	}
	if given != nil {
		if err := access.MayAppoint(giver, p.V.Name, given...); err != nil {
			return err
		}
	}
	r, err := journal.Put(store.Person, p.V.Name, p.Rev, p.V)
	if err != nil {
		return err
	}
	if by.Name != p.V.Name {
		st.Seen = append(st.Seen, seen...)
	}
	st.Entries, st.Records = append([]yumen.Entry{e}, st.Entries...), append(st.Records, r)
	return s.journal.Commit(ctx, st)
}

// personSeen returns what a step that was decided on what people are is bound to: it is refused where one of them
// changes meanwhile.
func (s *Service) personSeen(ctx context.Context, names ...string) ([]store.Record, error) {
	out := make([]store.Record, len(names))
	for i, name := range names {
		out[i] = store.Record{Kind: store.Person, ID: name}
	}
	revs, err := s.state.Revisions(ctx, out)
	for i, rev := range revs {
		out[i].Rev = rev
	}
	return out, err
}

// changePerson changes a person's record, anew where something else came between.
func (s *Service) changePerson(ctx context.Context, name string,
	change func(p journal.Versioned[api.Person]) (api.Person, error)) (out api.Person, err error) {
	for range maxTries {
		var p journal.Versioned[api.Person]
		if p, err = journal.Load[api.Person](ctx, s.state, store.Person, name); err == nil {
			out, err = change(p)
		}
		if !stale(err) {
			break
		}
	}
	return out, err
}

// GrantRole gives a person a role.
func (s *Service) GrantRole(ctx context.Context, by yumen.Actor, name string, role yumen.Role) (api.Person, error) {
	return s.changePerson(ctx, name, func(p journal.Versioned[api.Person]) (api.Person, error) {
		if rs := access.CheckRoles(append(slices.Clone(p.V.Roles), role)); len(rs) > 0 {
			return p.V, yumen.Refuse(yumen.KindInvalid,
				yumen.Say("the role cannot be given to %s", "无法将该角色授予 %s", name), rs)
		}
		p.V.Roles = append(slices.Clone(p.V.Roles), role)
		p.V.Appointers = appointedBy(p.V.Appointers, by)
		e := s.entry(by, yumen.ActionRoleGrant, name)
		e.Details = map[string]string{"role": string(role)}
		st, ends := journal.Step{}, handedOutBy(by)
		if access.Guarded(role) {
			ends = every
		}
		if err := s.endTokens(ctx, by, name, &st, ends); err != nil {
			return p.V, err
		}
		return p.V, s.putPerson(ctx, by, e, p, []yumen.Role{role}, st)
	})
}

// appointedBy are the appointers of a person whom one more has appointed.
func appointedBy(before []string, by yumen.Actor) []string {
	if slices.Contains(before, by.Name) {
		return before
	}
	return append(slices.Clone(before), by.Name)
}

// WithdrawRole takes a role away from a person.
func (s *Service) WithdrawRole(ctx context.Context, by yumen.Actor, name string, role yumen.Role) (api.Person, error) {
	return s.changePerson(ctx, name, func(p journal.Versioned[api.Person]) (api.Person, error) {
		i := slices.Index(p.V.Roles, role)
		if i < 0 {
			return p.V, yumen.Errorf(yumen.KindConflict, "%s does not have the role %s", "%s 没有角色 %s", name,
				string(role)).
				ToFix("nothing is left to do", "无需再操作")
		}
		p.V.Roles = slices.Delete(slices.Clone(p.V.Roles), i, i+1)
		st, err := s.remaining(ctx, name, role)
		if err != nil {
			return p.V, err
		}
		e := s.entry(by, yumen.ActionRoleWithdraw, name)
		e.Details = map[string]string{"role": string(role)}
		return p.V, s.putPerson(ctx, by, e, p, nil, st)
	})
}

// governing are the roles without which a domain cannot be set right any more.
var governing = []yumen.Role{yumen.RoleAdmin, yumen.RoleRegulator}

// remaining refuses to leave a domain without an administrator or a regulator; the step is bound to somebody who
// remains.
func (s *Service) remaining(ctx context.Context, but string, roles ...yumen.Role) (st journal.Step, err error) {
	all, err := s.Able(ctx, yumen.DayOf(s.now()))
	if err != nil {
		return st, err
	}
	for _, r := range roles {
		if !slices.Contains(governing, r) {
			continue
		}
		i := slices.IndexFunc(all, func(p yumen.Actor) bool { return p.Name != but && p.Has(r) })
		if i < 0 {
			return st, yumen.Errorf(yumen.KindConflict, "nobody else who can act has the role %s",
				"没有其他可操作的人员具有角色 %s", string(r)).
				ToFix("give it to somebody else first, whose organisation has no credential that expired",
					"请先授予所属机构资质均有效的他人")
		}
		seen, err := s.ableSeen(ctx, all[i], r)
		if err != nil {
			return st, err
		}
		st.Seen = append(st.Seen, seen...)
	}
	return st, nil
}

// ableSeen returns what a step is bound to that was decided on somebody's having a role and being able to act.
func (s *Service) ableSeen(ctx context.Context, a yumen.Actor, r yumen.Role) ([]store.Record, error) {
	seen := []store.Record{{Kind: store.Person, ID: a.Name}, {Kind: store.Org, ID: a.Org}}
	revs, err := s.state.Revisions(ctx, seen)
	if err != nil {
		return nil, err
	}
	for i, rev := range revs {
		seen[i].Rev = rev
	}
	if now, err := s.Find(ctx, a.Name); err != nil || now.Org != a.Org || !now.Has(r) {
		return nil, yumen.Errorf(yumen.KindConflict, "%s was changed meanwhile", "%s 已被更改", a.Name).
			ToFix("try again", "请重试").Because(err)
	}
	return seen, nil
}

// DisablePerson has a person do nothing any more.
func (s *Service) DisablePerson(ctx context.Context, by yumen.Actor, name string) (api.Person, error) {
	return s.changePerson(ctx, name, func(p journal.Versioned[api.Person]) (api.Person, error) {
		if p.V.Disabled {
			return p.V, yumen.Errorf(yumen.KindConflict, "%s is disabled already", "%s 此前已停用",
				name).ToFix("nothing is left to do", "无需再操作")
		}
		st, err := s.remaining(ctx, name, p.V.Roles...)
		if err == nil {
			err = s.endTokens(ctx, by, name, &st, every)
		}
		if err != nil {
			return p.V, err
		}
		p.V.Disabled = true
		return p.V, s.putPerson(ctx, by, s.entry(by, yumen.ActionPersonDisable, name), p, nil, st)
	})
}

// EnablePerson undoes that.
func (s *Service) EnablePerson(ctx context.Context, by yumen.Actor, name string) (api.Person, error) {
	return s.changePerson(ctx, name, func(p journal.Versioned[api.Person]) (api.Person, error) {
		if !p.V.Disabled {
			return p.V, yumen.Errorf(yumen.KindConflict, "%s is not disabled", "%s 未停用",
				name).ToFix("nothing is left to do", "无需再操作")
		}
		p.V.Disabled, p.V.Appointers = false, appointedBy(p.V.Appointers, by)
		given := slices.DeleteFunc(slices.Clone(p.V.Roles), func(r yumen.Role) bool { return !access.Guarded(r) })
		if len(given) == 0 {
			given = append([]yumen.Role{}, p.V.Roles...)
		}
		return p.V, s.putPerson(ctx, by, s.entry(by, yumen.ActionPersonEnable, name), p, given, journal.Step{})
	})
}

// every token ends.
func every(access.Credential) bool { return true }

// handedOutBy are the tokens that somebody handed out, or that go back to one: whoever appoints a person has none of
// theirs.
func handedOutBy(by yumen.Actor) func(access.Credential) bool {
	return func(c access.Credential) bool {
		return c.HandedBy == by.Name || c.Method == api.MethodCode && c.By == by.Name
	}
}

// endTokens has a step revoke the tokens of a person that still count, those of them that which says.
func (s *Service) endTokens(ctx context.Context, by yumen.Actor, name string, st *journal.Step,
	which func(access.Credential) bool) error {
	all, err := s.Credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Person != name || c.Counts(s.now()) != nil || !which(c) {
			continue
		}
		old, err := journal.Load[access.Credential](ctx, s.state, store.Credential, c.ID)
		if err == nil {
			err = s.revoke(by, &old, st)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
