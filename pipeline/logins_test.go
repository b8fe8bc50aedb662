package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

var (
	adm  = yumen.Actor{Name: "adm", Org: "bureau", Roles: []yumen.Role{yumen.RoleAdmin}}
	adm2 = yumen.Actor{Name: "adm2", Org: "office", Roles: []yumen.Role{yumen.RoleAdmin}}
)

// withPeople opens a domain whose people are those on record.
func withPeople(t *testing.T) (*domain, *pipeline.Service) {
	t.Helper()
	d := newDomain(t)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = nil })
	t.Cleanup(done)
	if err := s.ImportPeople(t.Context(), []yumen.Actor{provider, regulator, analyst, reviewer1, adm, adm2},
		yumen.DigestOf(nil)); err != nil {
		t.Fatal(err)
	}
	return d, s
}

// token makes a token of a person, with another one or none, and returns its id.
func token(t *testing.T, s *pipeline.Service, by yumen.Actor, of api.Token) string {
	t.Helper()
	of.Method, of.Scopes = api.MethodToken, api.Scopes
	c, _, err := access.NewCredential(of)
	if err == nil {
		c, err = s.CreateCredential(t.Context(), by, c, time.Hour, func() error { return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func counts(t *testing.T, s *pipeline.Service, id string) bool {
	t.Helper()
	c, err := s.Credential(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Counts(time.Now()) == nil
}

// Where people are entered before, the first login binds them to an account; nobody else comes in by their name, nor
// somebody whom nobody entered or who was disabled.
func TestLoginsOfRecords(t *testing.T) {
	d, s := withPeople(t)
	in := access.LoggedIn{Login: "https://id a", Name: analyst.Name, Org: "elsewhere", Roles: yumen.Roles}
	for range 2 {
		a, err := s.LogIn(t.Context(), in)
		if err != nil || a.Org != analyst.Org || !slices.Equal(a.Roles, analyst.Roles) {
			t.Fatalf("%+v %v", a, err)
		}
	}
	if es := d.logged(yumen.ActionPersonLogin); len(es) != 1 || es[0].Subject != analyst.Name ||
		es[0].Actor != yumen.System.Name {
		t.Errorf("%+v", es)
	}
	if p, err := s.Person(t.Context(), analyst.Name); err != nil || p.Login != in.Login {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := s.DisablePerson(t.Context(), adm, provider.Name); err != nil {
		t.Fatal(err)
	}
	for what, in := range map[string]access.LoggedIn{
		"another account": {Login: "https://id b", Name: analyst.Name},
		"nobody":          {Login: "https://id c", Name: "mallory"},
		"disabled":        {Login: "https://id d", Name: provider.Name},
	} {
		if a, err := s.LogIn(t.Context(), in); yumen.KindOf(err) != yumen.KindDenied || err == nil || a.Name != "" {
			t.Errorf("%s: %+v %v", what, a, err)
		}
	}
}

// Where the provider says roles and organisation, the record becomes what it says, people and organisations are entered
// when they come first, and with a role that sees data all tokens of before end.
//
// Duty 143 (XX20): identities of the place log in by OpenID Connect.
func TestLoginsOfClaims(t *testing.T) {
	d, s := withPeople(t)
	in := access.LoggedIn{Login: "https://id a", Name: "wang.wu", Org: "court", Claims: true,
		Roles: []yumen.Role{yumen.RoleAnalyst}}
	if a, err := s.LogIn(t.Context(), in); err != nil || a.Org != "court" || !slices.Equal(a.Roles, in.Roles) {
		t.Fatalf("%+v %v", a, err)
	}
	if o, err := s.Org(t.Context(), "court"); err != nil || o.By != yumen.System.Name {
		t.Errorf("%+v %v", o, err)
	}
	id := token(t, s, yumen.Actor{Name: in.Name, Org: in.Org, Roles: in.Roles}, api.Token{Person: in.Name})
	if _, err := s.LogIn(t.Context(), in); err != nil || !counts(t, s, id) {
		t.Errorf("the same again ends a token: %v", err)
	}
	in.Roles = []yumen.Role{yumen.RoleAnalyst, yumen.RoleReviewer}
	if a, err := s.LogIn(t.Context(), in); err != nil || !a.Has(yumen.RoleReviewer) || counts(t, s, id) {
		t.Errorf("%+v %v", a, err)
	}
	in.Roles = nil
	if a, err := s.LogIn(t.Context(), in); err != nil || len(a.Roles) != 0 {
		t.Errorf("%+v %v", a, err)
	}
	if es := d.logged(yumen.ActionPersonLogin); len(es) != 3 || es[1].Details["roles"] != "analyst reviewer" {
		t.Errorf("%+v", es)
	}
	for what, in := range map[string]access.LoggedIn{
		"no organisation":         {Login: "x y", Name: "li.si", Claims: true},
		"a name of lines":         {Login: "x y", Name: "li\nsi", Org: "court", Claims: true},
		"a name like another's":   {Login: "x y", Name: "Wang.Wu", Org: "court", Claims: true},
		"an organisation like it": {Login: "x y", Name: "li.si", Org: "Court", Claims: true},
		"a role that is none": {Login: "x y", Name: "li.si", Org: "court", Roles: []yumen.Role{"root"},
			Claims: true},
		"the name of somebody": {Login: "x y", Name: "wang.wu", Org: "court", Claims: true},
	} {
		if a, err := s.LogIn(t.Context(), in); yumen.KindOf(err) != yumen.KindDenied || err == nil || a.Name != "" {
			t.Errorf("%s: %+v %v", what, a, err)
		}
	}
	if got := compared(t, s); got != "" {
		t.Error(got)
	}
}

// Organisations are entered once and changed whole; the log says how many contacts they have, and not which.
func TestOrganisations(t *testing.T) {
	d, s := withPeople(t)
	n := api.NewOrg{Name: "court", Contacts: []string{"wang@court"},
		Credentials: []api.OrgCredential{{Name: "licence", Expires: "2099-01-01"}}}
	if o, err := s.AddOrg(t.Context(), adm, n); err != nil || o.By != adm.Name {
		t.Fatalf("%+v %v", o, err)
	}
	for what, n := range map[string]api.NewOrg{"again": n, "looks like it": {Name: "Court"}, "no name": {},
		"a day that is none": {Name: "x", Credentials: []api.OrgCredential{{Name: "a", Expires: "soon"}}}} {
		if _, err := s.AddOrg(t.Context(), adm, n); err == nil {
			t.Errorf("%s is entered", what)
		}
	}
	n.Contacts, n.Credentials[0].Expires = nil, "2098-01-01"
	if o, err := s.ChangeOrg(t.Context(), regulator, n); err != nil || o.By != adm.Name || o.Contacts != nil {
		t.Errorf("%+v %v", o, err)
	}
	if _, err := s.ChangeOrg(t.Context(), adm, api.NewOrg{Name: "nowhere"}); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("%v", err)
	}
	if _, err := s.Org(t.Context(), "nowhere"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("%v", err)
	}
	all, err := s.Orgs(t.Context())
	if err != nil || !slices.IsSortedFunc(all, func(a, b api.Org) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	}) || !slices.ContainsFunc(all, func(o api.Org) bool { return o.Name == "court" && o.Contacts == nil }) {
		t.Errorf("%+v %v", all, err)
	}
	es := d.logged(yumen.ActionOrgChange)
	if len(es) != 1 || es[0].Details["contacts"] != "0" || es[0].Details["credential licence"] != "2098-01-01" {
		t.Errorf("%+v", es)
	}
	if _, err := s.Person(t.Context(), "nobody"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("%v", err)
	}
}

// Revoking a token ends all that were made with it, however far down, once.
func TestRevokedWithAllThatWereMadeWithThem(t *testing.T) {
	d, s := withPeople(t)
	first := token(t, s, analyst, api.Token{Person: analyst.Name})
	second := token(t, s, analyst, api.Token{Person: analyst.Name, With: first})
	third := token(t, s, analyst, api.Token{Person: analyst.Name, With: second})
	beside := token(t, s, analyst, api.Token{Person: analyst.Name})
	if ended, err := s.RevokeCredential(t.Context(), adm, second); err != nil || len(ended) != 2 {
		t.Errorf("%+v %v", ended, err)
	}
	if ended, err := s.RevokeCredential(t.Context(), analyst, first); err != nil || len(ended) != 1 {
		t.Errorf("%+v %v", ended, err)
	}
	for id, want := range map[string]bool{first: false, second: false, third: false, beside: true} {
		if counts(t, s, id) != want {
			t.Errorf("%s counts: %v", id, !want)
		}
	}
	if _, err := s.RevokeCredential(t.Context(), adm, third); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("again: %v", err)
	}
	if _, err := s.RevokeCredential(t.Context(), adm, "aaaaaaaaaaaa"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("none: %v", err)
	}
	if es := d.logged(yumen.ActionTokenRevoke); len(es) != 3 || es[0].Actor != adm.Name || es[2].Actor != analyst.Name {
		t.Errorf("%+v", es)
	}
	c, _, err := access.NewCredential(api.Token{Person: analyst.Name, With: first})
	if err == nil {
		_, err = s.CreateCredential(t.Context(), analyst, c, time.Hour, func() error { return nil })
	}
	if yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("made with one that was revoked: %v", err)
	}
}

// What the machine does is in the log: failed logins by number, policies by digest where they changed, notes.
func TestWhatTheMachineNotes(t *testing.T) {
	d, s := withPeople(t)
	if err := s.RecordFailures(t.Context(), access.Failures{Wrong: 3, Ended: 2, Locked: 1, Sources: 4}); err != nil {
		t.Fatal(err)
	}
	if es := d.logged(yumen.ActionLoginRefuse); len(es) != 1 || es[0].Details["wrong"] != "3" ||
		es[0].Details["ended"] != "2" || es[0].Details["locked"] != "1" || es[0].Details["sources"] != "4" {
		t.Errorf("%+v", es)
	}
	shipped, own := yumen.DigestOf([]byte("shipped")), yumen.DigestOf([]byte("own"))
	for _, c := range []struct {
		digest yumen.Digest
		own    bool
		said   int // entries by then
	}{{shipped, false, 0}, {own, true, 1}, {own, true, 1}, {shipped, false, 2}, {shipped, false, 2}} {
		if err := s.RecordPolicies(t.Context(), c.digest, c.own); err != nil {
			t.Fatal(err)
		}
		if es := d.logged(yumen.ActionPoliciesLoad); len(es) != c.said ||
			c.said > 0 && es[c.said-1].Digests["policies"] != c.digest {
			t.Errorf("%+v: %+v", c, es)
		}
	}
	if err := s.Note(t.Context(), yumen.ActionServerStart, "server",
		map[string]yumen.Digest{"settings": own}); err != nil {
		t.Fatal(err)
	}
	if es := d.logged(yumen.ActionServerStart); len(es) != 1 || es[0].Digests["settings"] != own ||
		es[0].Actor != yumen.System.Name {
		t.Errorf("%+v", es)
	}
}

// Whoever handed out the codes that submitter and voters came in by is named in the job, the votes, the log and the
// receipt.
func TestHandoversAreNamed(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	by, voters := analyst, []yumen.Actor{reviewer1, reviewer2}
	by.HandedBy, voters[0].HandedBy = "adm", "reg"
	j, err := s.Submit(t.Context(), by, moduleJob, []byte("module"))
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range voters {
		if _, err := s.Vote(t.Context(), v, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
			t.Fatal(err)
		}
	}
	c, err1 := s.Case(t.Context(), reviewer2, j.ID)
	r, err2 := s.Release(t.Context(), reviewer2, j.ID, yumen.FormatCSV)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if c.Job.Submitter.HandedBy != "adm" || c.Votes[0].Voter.HandedBy+c.Votes[1].Voter.HandedBy != "reg" {
		t.Errorf("%+v %+v", c.Job.Submitter, c.Votes)
	}
	if es := d.logged(yumen.ActionJobSubmit); es[0].HandedBy != "adm" {
		t.Errorf("%+v", es)
	}
	file, err := s.Fetch(t.Context(), analyst, r.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // read only
	for _, want := range []string{`"handed_by": "adm"`, `"handed_by": "reg"`} {
		if strings.Count(string(file.Receipt), want) != 1 {
			t.Errorf("the receipt does not say %s once:\n%s", want, file.Receipt)
		}
	}
}
