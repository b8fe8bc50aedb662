package home

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/store"
)

// The people of people.yaml are recorded when a home is first used, in one step; a file that is changed later is
// refused, and one that is gone is not missed.
func TestPeopleAreImportedOnce(t *testing.T) {
	dir := made(t)
	h, err := openHomeAt(t, dir, access.LocalAsserted)
	if err != nil {
		t.Fatal(err)
	}
	want, err := access.Parse(PeopleFile, access.Starter())
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Service.People(t.Context(), h.as(t, "reviewer"))
	if err != nil || len(got) != len(want.People()) {
		t.Fatalf("%v %v", got, err)
	}
	for _, p := range got {
		a, err := h.Auth.Find(t.Context(), p.Name)
		if w, err1 := want.Find(t.Context(), p.Name); err != nil || err1 != nil || a.Org != w.Org ||
			!slices.Equal(a.Roles, w.Roles) {
			t.Errorf("%+v, %+v: %v %v", a, w, err, err1)
		}
	}
	if es := h.said(t, yumen.ActionPersonImport); len(es) != 1 ||
		es[0].Digests["people"] != yumen.DigestOf(access.Starter()) {
		t.Errorf("%+v", es)
	}
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
		t.Error(err)
	}
	file := filepath.Join(dir, PeopleFile)
	for what, c := range map[string]struct {
		text string
		ok   bool
	}{"as it was": {string(access.Starter()), true}, "changed": {string(access.Starter()) + "\n", false},
		"not YAML": {"{", false}} {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err = openHomeAt(t, dir, access.LocalAsserted)
		if (err == nil) != c.ok || err != nil && yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("%s: %v", what, err)
		}
		r, err := OpenReader(t.Context(), dir)
		if (err == nil) != c.ok {
			t.Errorf("%s, to read: %v", what, err)
		}
		if r != nil {
			_ = r.Close()
		}
		if h == nil {
			h = &Home{}
		}
	}
	if err := errors.Join(h.Close(), os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	if h, err = openHomeAt(t, dir, access.LocalAsserted); err != nil || len(h.said(t, yumen.ActionPersonImport)) != 1 {
		t.Errorf("gone: %v", err)
	}
}

// Roles are given by those who may, by nobody to themselves, and count at once; so does taking them away.
func TestRolesAreGivenAndWithdrawn(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, regulator := h.as(t, "admin"), h.as(t, "regulator")
	if _, err := h.Service.AddOrg(t.Context(), admin,
		api.NewOrg{Name: "lab", Contacts: []string{"li@lab"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.AddPerson(t.Context(), admin,
		api.NewPerson{Name: "li.si", Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"a reviewer by an administrator": func() error {
			_, err := h.Service.GrantRole(t.Context(), admin, "li.si", yumen.RoleReviewer)
			return err
		},
		"an analyst by a regulator": func() error {
			_, err := h.Service.GrantRole(t.Context(), regulator, "provider", yumen.RoleAnalyst)
			return err
		},
		"reviewer to oneself": func() error {
			_, err := h.Service.GrantRole(t.Context(), regulator, "regulator", yumen.RoleReviewer)
			return err
		},
		"operator to oneself": func() error {
			_, err := h.Service.GrantRole(t.Context(), admin, "admin", yumen.RoleOperator)
			return err
		},
		"by an analyst": func() error {
			_, err := h.Service.GrantRole(t.Context(), h.as(t, "analyst"), "li.si", yumen.RoleAdmin)
			return err
		},
		"entered as a reviewer": func() error {
			_, err := h.Service.AddPerson(t.Context(), admin,
				api.NewPerson{Name: "puppet", Org: "lab", Roles: []yumen.Role{yumen.RoleReviewer}})
			return err
		},
	} {
		if err := do(); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, p := range map[string]api.NewPerson{"another spelling": {Name: "LI.SI", Org: "lab"},
		"no organisation": {Name: "x", Org: "nowhere"},
		"a bad name":      {Name: "a/b", Org: "lab"}, "the system": {Name: "System", Org: "lab"},
		"no role": {Name: "y", Org: "lab", Roles: []yumen.Role{"root"}}} {
		if _, err := h.Service.AddPerson(t.Context(), admin, p); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := h.Service.GrantRole(t.Context(), regulator, "li.si", yumen.RoleReviewer); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Waiting(t.Context(), h.as(t, "li.si"), "", 0); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.WithdrawRole(t.Context(), admin, "li.si", yumen.RoleReviewer); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Waiting(t.Context(), h.as(t, "li.si"), "", 0); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("withdrawn: %v", err)
	}
	for name, role := range map[string]yumen.Role{"admin": yumen.RoleAdmin, "regulator": yumen.RoleRegulator} {
		if _, err := h.Service.WithdrawRole(t.Context(), admin, name, role); yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("the last %s: %v", role, err)
		}
		if _, err := h.Service.DisablePerson(t.Context(), admin, name); yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("the last %s is disabled: %v", role, err)
		}
	}
	if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
		t.Error(err)
	}
}

// An administrator who made the first token of somebody does not become a reviewer through them: with the role all
// tokens end.
func TestNobodyBecomesAReviewerThroughAPuppet(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, regulator := h.as(t, "admin"), h.as(t, "regulator")
	_, err := h.Service.AddPerson(t.Context(), admin,
		api.NewPerson{Name: "puppet", Org: "data-authority", Roles: []yumen.Role{yumen.RoleAnalyst}})
	if err != nil {
		t.Fatal(err)
	}
	code, _ := h.with(t, regulator, api.NewToken{Person: "puppet"})
	first, _ := h.with(t, code, api.NewToken{})
	second, _ := h.with(t, first, api.NewToken{})
	if _, err := h.Service.GrantRole(t.Context(), regulator, "puppet", yumen.RoleReviewer); err != nil {
		t.Fatal(err)
	}
	for _, by := range []api.Principal{code, first, second} {
		if _, err := h.Service.Waiting(t.Context(), by, "", 0); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("reviews: %v", err)
		}
	}
	if _, err := h.Service.CreateToken(t.Context(), admin,
		api.NewToken{Person: "puppet"}); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("makes another: %v", err)
	}
}

// However the making of a token and a role that ends all tokens come together, no token of before reviews.
func TestTokensEndWhileARoleIsGiven(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, regulator := h.as(t, "admin"), h.as(t, "regulator")
	for range 8 {
		var wg sync.WaitGroup
		tokens := make([]api.IssuedToken, 4)
		for i := range tokens {
			wg.Go(func() { tokens[i], _ = h.Service.CreateToken(t.Context(), admin, api.NewToken{Person: "analyst"}) })
		}
		_, err := h.Service.GrantRole(t.Context(), regulator, "analyst", yumen.RoleReviewer)
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tokens {
			if m.Secret == "" {
				continue
			}
			if by, err := h.Auth.Authenticate(t.Context(), m.Secret); err == nil {
				t.Errorf("outlives the role: %+v", by)
			}
		}
		if _, err := h.Service.WithdrawRole(t.Context(), regulator, "analyst", yumen.RoleReviewer); err != nil {
			t.Fatal(err)
		}
	}
}

// Somebody who is disabled does nothing any more, and their tokens do not come back with them.
func TestDisable(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin := h.as(t, "admin")
	analyst, _ := h.with(t, h.as(t, "analyst"), api.NewToken{})
	if _, err := h.Service.DisablePerson(t.Context(), admin, "analyst"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Jobs(t.Context(), analyst); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if _, err := h.Auth.Asserted(t.Context(), "analyst"); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if _, err := h.Service.EnablePerson(t.Context(), admin, "analyst"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Jobs(t.Context(), analyst); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("the token is back: %v", err)
	}
	if _, err := h.Service.Jobs(t.Context(), h.as(t, "analyst")); err != nil {
		t.Error(err)
	}
	if _, err := h.Service.DisablePerson(t.Context(), admin, "reviewer"); err == nil {
		if _, err := h.Service.EnablePerson(t.Context(), admin, "reviewer"); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("an administrator brings a reviewer back: %v", err)
		}
	}
}

// People of an organisation whose credential has expired do nothing but administer the domain.
func TestCredentialsOfOrganisationsExpire(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	admin, analyst := h.as(t, "admin"), h.as(t, "analyst")
	org, today := analyst.Person.Org, yumen.DayOf(time.Now())
	for _, c := range []struct {
		last yumen.Day
		ok   bool
	}{{yumen.DayOf(time.Now().Add(48 * time.Hour)), true}, {today, true}, {"2020-01-01", false}} {
		if _, err := h.Service.ChangeOrg(t.Context(), admin,
			api.NewOrg{Name: org, Contacts: []string{"ask@x"},
				Credentials: []api.OrgCredential{{Name: "licence", Expires: c.last}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Service.Jobs(t.Context(), analyst); (err == nil) != c.ok || err != nil &&
			!strings.Contains(err.Error(), "licence") {
			t.Errorf("until %s: %v", c.last, err)
		}
	}
	if _, err := h.Service.ChangeOrg(t.Context(), admin,
		api.NewOrg{Name: admin.Person.Org,
			Credentials: []api.OrgCredential{{Name: "licence", Expires: "2020-01-01"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Orgs(t.Context(), admin); err != nil {
		t.Errorf("nobody is left to renew it: %v", err)
	}
	for what, o := range map[string]api.NewOrg{"no name": {}, "lines": {Name: "a\nb"},
		"no day": {Name: "x", Credentials: []api.OrgCredential{{Name: "a", Expires: "soon"}}},
		"twice": {Name: "x", Credentials: []api.OrgCredential{{Name: "a", Expires: today},
			{Name: "a", Expires: today}}}} {
		if _, err := h.Service.AddOrg(t.Context(), admin, o); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	o, err := h.Service.Org(t.Context(), h.as(t, "reviewer"), org)
	if err != nil || o.Contacts != nil || len(o.Credentials) != 1 {
		t.Errorf("%+v %v", o, err)
	}
}

// Whether a domain is whole is told to everybody; how much there is, and what is not whole, to those who may know it.
func TestWhoSeesWhatVerifyingFinds(t *testing.T) {
	h := openHome(t, access.LocalAsserted)
	for _, name := range []string{"regulator", "admin", "analyst", "reviewer", "provider"} {
		v, err := h.Service.Verify(t.Context(), h.as(t, name), api.VerifyOptions{})
		if err != nil || v.Counted != (name == "regulator" || name == "admin") || !v.Read {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
	r := recordIn(t, h.Dir, store.Person, "provider")
	r.Body = []byte(strings.Replace(string(r.Body), `["provider"]`, `["analyst"]`, 1))
	rewriteIn(t, h.Dir, r)
	for _, name := range []string{"regulator", "analyst"} {
		told := 0
		progress := func(int64, int64) { told++ }
		v, err := h.Service.Verify(t.Context(), h.as(t, name), api.VerifyOptions{Progress: progress})
		e := yumen.AsError(err)
		if v.Counted || err == nil || e.Kind != yumen.KindCorrupt ||
			strings.Contains(err.Error(), "provider") != (name == "regulator") {
			t.Errorf("%s: %+v %v", name, v, err)
		}
		if name == "analyst" && (told > 0 || e.Fix.IsZero()) {
			t.Errorf("%d reports of progress, %+v", told, e)
		}
	}
}

// A role that is written into the state past the log is nobody's.
func TestPeopleAreBoundToTheLog(t *testing.T) {
	dir := made(t)
	h, err := openHomeAt(t, dir, access.LocalAsserted)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r := recordIn(t, dir, store.Person, "analyst")
	r.Body = []byte(strings.Replace(string(r.Body), `["analyst"]`, `["analyst","reviewer"]`, 1))
	rewriteIn(t, dir, r)
	h, err = openHomeAt(t, dir, access.LocalAsserted)
	if yumen.KindOf(err) == yumen.KindCorrupt {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if by, err := h.Auth.Asserted(t.Context(), "analyst"); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("%+v %v", by, err)
	}
}
