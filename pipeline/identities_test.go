package pipeline_test

import (
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

// A person who is disabled loses their tokens for good, also once they are enabled again.
func TestDisablingEndsTokens(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = nil })
	defer done()
	admin := yumen.Actor{Name: "adm", Org: "bureau", Roles: []yumen.Role{yumen.RoleAdmin}}
	if err := s.ImportPeople(t.Context(), []yumen.Actor{provider, regulator, analyst, admin},
		yumen.DigestOf(nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPerson(t.Context(), admin, api.NewPerson{Name: "new", Org: analyst.Org,
		Roles: []yumen.Role{yumen.RoleAnalyst}}); err != nil {
		t.Fatal(err)
	}
	c, _, err := access.NewCredential(api.Token{Person: "new", Method: api.MethodToken, Scopes: api.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateCredential(t.Context(), admin, c, time.Hour, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if p, err := s.DisablePerson(t.Context(), admin, "new"); err != nil || !p.Disabled {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err := s.EnablePerson(t.Context(), admin, "new"); err != nil || p.Disabled {
		t.Fatalf("%+v, %v", p, err)
	}
	if got, err := s.Credential(t.Context(), c.ID); err != nil || got.Counts(time.Now()) == nil {
		t.Errorf("the token still counts: %v", err)
	}
	if _, err := s.DisablePerson(t.Context(), admin, "adm"); yumen.KindOf(err) == "" {
		t.Error("the last administrator is disabled")
	}
}
