package home

import (
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// An administrator lets the first regulator in, since nobody else can; from then on regulators do.
func TestTheFirstRegulator(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	for range 2 { // a code that nobody used does not shut the regulator out
		_, made := h.with(t, h.as(t, "admin"), api.NewToken{Person: "regulator"})
		if life := made.Expires.Sub(made.Issued); life != 24*time.Hour || made.By != "admin" ||
			made.Method != api.MethodCode {
			t.Errorf("%v %+v", life, made)
		}
	}
	code, _ := h.with(t, h.as(t, "admin"), api.NewToken{Person: "regulator"})
	regulator, _ := h.with(t, code, api.NewToken{})
	if _, err := h.Service.CreateToken(t.Context(), h.as(t, "admin"),
		api.NewToken{Person: "regulator"}); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("another one: %v", err)
	}
	for _, name := range []string{"reviewer", "analyst"} {
		if _, err := h.Service.CreateToken(t.Context(), regulator, api.NewToken{Person: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// It takes two people to let somebody in: whoever entered a person, gave them a role or enabled them hands out no code
// of theirs, in whichever order these come, unless nobody else could.
func TestItTakesTwoToLetSomebodyIn(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, regulator := h.as(t, "admin"), h.as(t, "regulator")
	may := func(by api.Principal, person string) bool {
		made, err := h.Service.CreateToken(t.Context(), by, api.NewToken{Person: person})
		if err != nil && (yumen.KindOf(err) != yumen.KindDenied || made.Secret != "") {
			t.Errorf("%s for %s: %v", by.Person.Name, person, err)
		}
		return err == nil
	}
	add := func(by api.Principal, name string, roles ...yumen.Role) {
		t.Helper()
		if _, err := h.Service.AddPerson(t.Context(), by,
			api.NewPerson{Name: name, Org: "data-authority", Roles: roles}); err != nil {
			t.Fatal(err)
		}
	}
	grant := func(by api.Principal, name string, role yumen.Role) {
		t.Helper()
		if _, err := h.Service.GrantRole(t.Context(), by, name, role); err != nil {
			t.Fatal(err)
		}
	}
	add(admin, "puppet", yumen.RoleAnalyst)
	if may(admin, "puppet") || !may(regulator, "puppet") {
		t.Error("an administrator lets in whom they entered")
	}
	// Roles of both appointers, in both orders.
	add(admin, "both", yumen.RoleAnalyst)
	grant(regulator, "both", yumen.RoleReviewer)
	add(regulator, "other", yumen.RoleReviewer)
	grant(admin, "other", yumen.RoleAnalyst)
	for _, name := range []string{"both", "other"} {
		if may(admin, name) || !may(regulator, name) { // the one regulator there is
			t.Errorf("%s is let in by an administrator, or by nobody", name)
		}
		if _, err := h.Service.DisablePerson(t.Context(), admin, name); err != nil {
			t.Error(err)
		}
		if _, err := h.Service.EnablePerson(t.Context(), admin, name); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("an administrator brings %s back: %v", name, err)
		}
		if _, err := h.Service.EnablePerson(t.Context(), regulator, name); err != nil {
			t.Errorf("%s stays disabled: %v", name, err)
		}
	}
	add(regulator, "regulator2", yumen.RoleRegulator)
	if may(regulator, "both") || !may(h.as(t, "regulator2"), "both") {
		t.Error("of two regulators the one who appointed lets in")
	}
	grant(admin, "regulator2", yumen.RoleAdmin)
	if !may(h.as(t, "regulator2"), "puppet") {
		t.Error("another administrator does not let in")
	}
	// Somebody who left and is brought back by an administrator.
	if _, err := h.Service.DisablePerson(t.Context(), admin, "analyst"); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.EnablePerson(t.Context(), admin, "analyst"); err != nil || may(admin, "analyst") {
		t.Errorf("whoever brings somebody back lets them in: %v", err)
	}
}

// Whoever handed out a code of a person and gives them a role afterwards ends what goes back to it: the order of the
// two steps is no way around the second person.
func TestAppointingAfterwardsEndsWhatOneHandedOut(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin := h.as(t, "admin")
	own, _ := h.with(t, h.as(t, "operator"), api.NewToken{})
	unused, _ := h.with(t, admin, api.NewToken{Person: "analyst"})
	code, _ := h.with(t, admin, api.NewToken{Person: "analyst"})
	first, _ := h.with(t, code, api.NewToken{})
	second, _ := h.with(t, first, api.NewToken{})
	for _, name := range []string{"analyst", "operator"} {
		if _, err := h.Service.GrantRole(t.Context(), admin, name, yumen.RoleApplicant); err != nil {
			t.Fatal(err)
		}
	}
	for _, by := range []api.Principal{unused, first, second} {
		if _, err := h.Auth.Now(t.Context(), by); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s still counts: %v", by.Credential, err)
		}
	}
	if _, err := h.Auth.Now(t.Context(), own); err != nil {
		t.Errorf("a token that nobody handed out ends: %v", err)
	}
}

// A code makes one token of its person and nothing else. All other tokens of theirs end then, so that they notice when
// somebody else used it, and whoever handed it out is named by every token that goes back to it.
func TestCodesForOthers(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	before, _ := h.with(t, h.as(t, "analyst"), api.NewToken{})
	code, made := h.with(t, h.as(t, "admin"), api.NewToken{Person: "analyst", Scopes: []api.Scope{api.ScopeJobs,
		api.ScopeIdentities}})
	if made.Method != api.MethodCode {
		t.Errorf("%+v", made)
	}
	if _, err := h.Service.Jobs(t.Context(), code); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("a code does more: %v", err)
	}
	if _, err := h.Service.Jobs(t.Context(), before); err != nil {
		t.Errorf("a code that nobody used ends others: %v", err)
	}
	first, tok := h.with(t, code, api.NewToken{})
	if len(tok.Scopes) != 2 || tok.HandedBy != "admin" {
		t.Errorf("%+v", tok)
	}
	if _, err := h.Service.Jobs(t.Context(), before); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("an earlier token stays: %v", err)
	}
	if _, err := h.Service.CreateToken(t.Context(), code, api.NewToken{}); yumen.KindOf(err) != yumen.KindDenied ||
		!strings.Contains(err.Error(), "came in as you") { // whoever it was meant for reads that
		t.Errorf("a code counts twice: %v", err)
	}
	_, second := h.with(t, first, api.NewToken{Scopes: []api.Scope{api.ScopeJobs}})
	by, err := h.Auth.Authenticate(t.Context(), second.Secret)
	if err != nil || second.HandedBy != "admin" || by.Person.HandedBy != "admin" {
		t.Errorf("%+v %+v %v", second, by, err)
	}
	if now, err := h.Auth.Now(t.Context(), by); err != nil || now.HandedBy != "admin" {
		t.Errorf("%+v %v", now, err)
	}
	if es := h.said(t, yumen.ActionTokenCreate); es[len(es)-1].HandedBy != "admin" {
		t.Errorf("%+v", es[len(es)-1])
	}
	few, _ := h.with(t, h.as(t, "admin"), api.NewToken{Person: "analyst", Scopes: []api.Scope{api.ScopeJobs}})
	if tok, err := h.Service.CreateToken(t.Context(), few, api.NewToken{}); err != nil || len(tok.Scopes) != 1 {
		t.Errorf("a code of few scopes: %+v %v", tok, err)
	}
}

// No change leaves a domain without somebody who can act as administrator or regulator: not of an organisation, nor of
// a role while the others cannot act.
func TestSomebodyStaysWhoCanAct(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, regulator := h.as(t, "admin"), h.as(t, "regulator")
	until := func(org string, last yumen.Day) error {
		_, err := h.Service.ChangeOrg(t.Context(), admin,
			api.NewOrg{Name: org, Credentials: []api.OrgCredential{{Name: "licence", Expires: last}}})
		return err
	}
	authority := regulator.Person.Org
	if err := until(authority, "2020-01-01"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the last regulator is shut out: %v", err)
	}
	if _, err := h.Service.Contracts(t.Context(), regulator); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.AddOrg(t.Context(), admin, api.NewOrg{Name: "court"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.AddPerson(t.Context(), regulator, api.NewPerson{Name: "reg2", Org: "court",
		Roles: []yumen.Role{yumen.RoleRegulator}}); err != nil {
		t.Fatal(err)
	}
	if err := until(authority, "2020-01-01"); err != nil {
		t.Errorf("another regulator is left: %v", err)
	}
	if err := until("court", "2020-01-01"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("then the other one: %v", err)
	}
	if _, err := h.Service.WithdrawRole(t.Context(), admin, "reg2",
		yumen.RoleRegulator); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the other one's role, while the first cannot act: %v", err)
	}
	if _, err := h.Service.DisablePerson(t.Context(), admin, "reg2"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("the other one: %v", err)
	}
	if err := until(authority, "2099-01-01"); err != nil {
		t.Errorf("the way back: %v", err)
	}
	if err := until("court", "2020-01-01"); err != nil {
		t.Errorf("the first one can act again: %v", err)
	}
	soon := yumen.DayOf(time.Now().AddDate(0, 0, api.ExpirySoon))
	for _, ahead := range []int{0, 1, api.ExpirySoon - 1} { // too late to be warned of
		if err := until(authority,
			yumen.DayOf(time.Now().AddDate(0, 0, ahead))); yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("%d days ahead: %v", ahead, err)
		}
	}
	if err := until(authority, soon); err != nil { // time alone does it, and that is said before
		t.Fatal(err)
	}
	if _, err := h.Service.ChangeOrg(t.Context(), admin, api.NewOrg{Name: "data-applicant",
		Credentials: []api.OrgCredential{{Name: "a", Expires: soon}, {Name: "b", Expires: "2099-01-01"}}}); err != nil {
		t.Fatal(err)
	}
	got, err := h.Expiring(t.Context())
	if err != nil || len(got) != 3 || got[0].Org != "court" || len(got[0].Leaves) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	for _, e := range got[1:] {
		if last := e.Org == authority; e.Expires != soon || (len(e.Leaves) > 0) != last ||
			last && e.Leaves[0] != yumen.RoleRegulator {
			t.Errorf("%+v", e)
		}
	}
}
