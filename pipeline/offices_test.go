package pipeline_test

import (
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

const officeRules = `pack: {id: cn-offices, revision: 1, title: 试验规则, status: in_force, scope: [sharing], source: none, read: 试验}
valid: {from: 2020-01-01, until: null}
calendar: {id: cn-holidays, tz: Asia/Shanghai, event_day: excluded, roll: next_working_day}
offices: {bureau: 数据局, provider: 提供单位, center: 信息中心, applicant: 应用主体, operator: 运营主体}
cases:
  check: {opened_by: [person, organisation], to: provider, clock: {law: 5wd, from: received}, refuse: reason}
  form: {opened_by: [organisation], to: center, clock: {law: 3wd, from: received}, refuse: reason}
  rectify: {opened_by: [bureau], to: applicant, clock: {law: 30d, from: received}}
  ask: {opened_by: [applicant], to: operator}
`

// Who holds an office follows from what a case is about, and else from an appointment, which ends; the indicators count by
// organisation; tenants know of the people and organisations that they have to do with, and of no others.
func TestOffices(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = nil })
	defer done()
	ctx := t.Context()
	clerk := yumen.Actor{Name: "clerk", Org: "center", Roles: []yumen.Role{yumen.RoleAnalyst}}
	stranger := yumen.Actor{Name: "stranger", Org: "rival", Roles: []yumen.Role{yumen.RoleAnalyst, yumen.RoleApplicant}}
	if err := s.ImportPeople(ctx, []yumen.Actor{provider, regulator, analyst, clerk, stranger}, yumen.DigestOf(nil)); err != nil {
		t.Fatal(err)
	}
	prepare(t, s, d.dir)
	if _, err := s.SignPack(ctx, regulator, "p.yaml", []byte(officeRules), false); err != nil {
		t.Fatal(err)
	}
	open := func(by yumen.Actor, n api.NewCase, want yumen.ErrorKind) api.OfficeCase {
		t.Helper()
		c, err := s.OpenCase(ctx, by, n)
		if want == "" && err != nil || want != "" && (err == nil || yumen.KindOf(err) != want) {
			t.Errorf("%+v: %v, want %q", n, err, want)
		}
		return c
	}
	open(analyst, api.NewCase{Type: "form"}, yumen.KindInvalid) // nobody is the center
	for name, a := range map[string]api.Appointment{"the bureau": {Office: "bureau", Org: "center"}, "no name": {Office: "A b", Org: "center"},
		"of another": {Office: "center", Org: "center", People: []string{"stranger"}}} {
		if _, err := s.AppointOffice(ctx, regulator, a); yumen.KindOf(err) != yumen.KindInvalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AppointOffice(ctx, regulator, api.Appointment{Office: "center", Org: "nowhere"}); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("an organisation that is not there: %v", err)
	}
	if _, err := s.AppointOffice(ctx, regulator, api.Appointment{Office: "center", Org: "center", People: []string{"clerk"}}); err != nil {
		t.Fatal(err)
	}
	form := open(analyst, api.NewCase{Type: "form"}, "")
	about := open(analyst, api.NewCase{Type: "check", Subject: "dataset:visits"}, "")
	open(regulator, api.NewCase{Type: "rectify", Subject: "contract:study", Office: "bureau"}, "")
	open(analyst, api.NewCase{Type: "rectify", Subject: "contract:study", Office: "bureau"}, yumen.KindDenied)
	open(analyst, api.NewCase{Type: "ask", Subject: "contract:study", Office: "applicant"}, "")
	open(stranger, api.NewCase{Type: "ask", Subject: "contract:study", Office: "applicant"}, yumen.KindNotFound)
	for _, subject := range []string{"visits", "house:x", "job:", "job:j-none", "release:r-none", "dataset:none"} {
		if _, err := s.OpenCase(ctx, analyst, api.NewCase{Type: "check", Subject: subject}); err == nil {
			t.Errorf("about %s", subject)
		}
	}
	if _, err := s.ActOnCase(ctx, stranger, form.ID, api.CaseAct{Kind: "withdraw"}); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := s.ActOnCase(ctx, clerk, form.ID, api.CaseAct{Kind: "decide", Decision: "pass", Office: "operator"}); err == nil {
		t.Error("for an office that is not theirs")
	}
	with, err := s.AttachToCase(ctx, analyst, form.ID, "a.pdf", []byte("%PDF-1.7 x"))
	if err != nil || len(with.Documents) != 1 {
		t.Fatalf("%+v %v", with.Documents, err)
	}
	if b, err := s.CaseDocument(ctx, clerk, form.ID, with.Documents[0].Digest); err != nil || string(b) != "%PDF-1.7 x" {
		t.Errorf("%q %v", b, err)
	}
	if _, err := s.ActOnCase(ctx, clerk, form.ID, api.CaseAct{Kind: "decide", Decision: "refuse", Reason: "x"}); err != nil {
		t.Error(err)
	}
	if _, err := s.DismissOffice(ctx, regulator, "center", "center"); err != nil {
		t.Error(err)
	}
	for by, want := range map[*yumen.Actor]int{&regulator: 1, &stranger: 0} {
		if got, err := s.KnownOffices(ctx, *by); err != nil || len(got) > 1 || len(got) < want {
			t.Errorf("%s: %+v %v", by.Name, got, err)
		}
	}
	x, err := s.Indicators(ctx, "2000-01-01", "2999-12-31")
	if err != nil || len(x.Bodies) < 2 {
		t.Errorf("%+v %v", x, err)
	}
	for _, b := range x.Bodies {
		if b.Org == "center" && (b.Steps != 1 || b.Ended != 1 || b.OnTime != 1) {
			t.Errorf("%+v", b)
		}
	}
	if _, err := s.Indicators(ctx, "2027-01-01", "2026-01-01"); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	_ = about
	if _, err := s.KnownPerson(ctx, stranger, "clerk"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("a person of another: %v", err)
	}
	if p, err := s.KnownPerson(ctx, regulator, "clerk"); err != nil || p.Org != "center" {
		t.Errorf("%+v %v", p, err)
	}
	people, err := s.KnownPeople(ctx, stranger)
	for _, p := range people {
		if err != nil || p.Name == "clerk" {
			t.Errorf("%+v %v", p, err)
		}
	}
	if _, err := s.KnownOrg(ctx, stranger, "center"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("an organisation of others: %v", err)
	}
	if _, err := s.KnownOrg(ctx, stranger, "rival"); err != nil {
		t.Error(err)
	}
	orgs, err := s.KnownOrgs(ctx, clerk)
	for _, o := range orgs {
		if err != nil || o.Name == "rival" {
			t.Errorf("%+v %v", o, err)
		}
	}
}
