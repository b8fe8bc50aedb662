package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
)

var operator = yumen.Actor{Name: "o", Org: "lab", Roles: []yumen.Role{yumen.RoleOperator}}

// released is a domain with a released job.
func released(t *testing.T) (*domain, *pipeline.Service, func(), yumen.Job, yumen.Release) {
	t.Helper()
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	r, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	return d, s, done, j, r.Release
}

// gone reports whether no object of that digest lies in any space.
func (d *domain) gone(space store.Space, of yumen.Digest) bool {
	_, err := local.OpenReader(d.path("objects"), nil, nil).Size(d.t.Context(), store.Object{Space: space, Digest: of})
	return yumen.KindOf(err) == yumen.KindNotFound
}

// A held result, a released file and a version are destroyed each by those who may; what is asked for later is told
// when and why, and verifying counts it as destroyed.
//
// Duty 151 (XX69): what is destroyed is gone, with a record.
func TestDestroy(t *testing.T) {
	d, s, done, j, r := released(t)
	defer done()
	ctx := t.Context()
	version := must(s.Dataset(ctx, "visits")).Versions[0]
	for what, c := range map[string]struct {
		by   yumen.Actor
		name string
		kind yumen.ErrorKind
	}{
		"a result by a provider":    {provider, string(j.Artifact), yumen.KindDenied},
		"a version by the operator": {operator, "visits/1", yumen.KindDenied},
		"a program":                 {operator, string(j.Program), yumen.KindConflict},
		"nothing known":             {operator, string(yumen.DigestOf([]byte("x"))), yumen.KindNotFound},
		"no digest":                 {operator, "x", yumen.KindNotFound},
		"no number":                 {provider, "visits/x", yumen.KindNotFound},
		"no version":                {provider, "visits/2", yumen.KindNotFound},
	} {
		if _, err := s.Destroy(ctx, c.by, c.name, "asked for"); yumen.KindOf(err) != c.kind {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Destroy(ctx, operator, string(j.Artifact), " "); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("without a reason: %v", err)
	}
	if n := len(d.logged(yumen.ActionObjectDestroy)); n != 0 {
		t.Fatalf("%d destructions are in the log", n)
	}
	for name, by := range map[string]yumen.Actor{string(j.Artifact): operator, r.File.Hex(): operator,
		"visits/1": provider} {
		if _, err := s.Destroy(ctx, by, name, "the term is over"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !d.gone(store.Held, j.Artifact) || !d.gone(store.Released, r.File) || !d.gone(store.Versions, version.Data) ||
		!d.gone(store.Identifiers, version.Identifiers) {
		t.Error("something is still there")
	}
	_, err := s.Fetch(ctx, analyst, r.Name)
	if yumen.KindOf(err) != yumen.KindNotFound || !strings.Contains(err.Error(), "destroyed by o on") ||
		!strings.Contains(err.Error(), "the term is over") {
		t.Errorf("a destroyed file is asked for: %v", err)
	}
	v, err := s.Verify(ctx, api.VerifyOptions{})
	if err != nil || v.Destroyed != 4 {
		t.Errorf("%+v, %v", v, err)
	}
	if a, b := len(d.logged(yumen.ActionObjectDestroy)), len(d.logged(yumen.ActionObjectDestroyed)); a != 4 || b != 4 {
		t.Errorf("the log announces %d and says of %d that it took place", a, b)
	}
	prepareAgain(t, s, d) // the earlier version, which is gone, is not needed
}

// prepareAgain imports another version.
func prepareAgain(t *testing.T, s *pipeline.Service, d *domain) {
	t.Helper()
	_, err := s.Import(t.Context(), provider,
		api.ImportFiles{Dataset: "visits", Paths: []string{d.path("in.csv")}, Format: yumen.FormatCSV,
			Acquired: "2026-01-01"})
	if err != nil && yumen.KindOf(err) != yumen.KindConflict { // the script brings the same rows
		t.Errorf("imported after the earlier version was destroyed: %v", err)
	}
}

// What a job on its way needs is not destroyed.
func TestDestroyWaitsForTheJob(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	if _, err := s.Destroy(t.Context(), operator, string(j.Artifact), "why"); yumen.KindOf(err) != yumen.KindConflict ||
		d.gone(store.Held, j.Artifact) {
		t.Errorf("destroyed on its way: %v", err)
	}
}

// undestroyable fails to destroy.
type undestroyable struct{ store.Objects }

func (undestroyable) Destroy(store.Object) error { return errors.New("the disk") }

// A destruction that was announced is carried out by the next start, once: what is stored later under the same digest
// stays.
func TestDestroyIsCarriedOut(t *testing.T) {
	d, _, done, j, r := released(t)
	done()
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.Objects = undestroyable{c.Objects} })
	if _, err := s.Destroy(t.Context(), operator, string(r.File), "why"); err == nil || d.gone(store.Released, r.File) {
		t.Errorf("destroyed by what cannot: %v", err)
	}
	done()
	s, done = d.mustOpen(calm())
	if !d.gone(store.Released, r.File) || len(d.logged(yumen.ActionObjectDestroyed)) != 1 {
		t.Error("it was not carried out")
	}
	again := submit(t, s)
	approve(t, s, again)
	if _, err := s.Release(t.Context(), reviewer1, again.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
	done()
	s, done = d.mustOpen(calm())
	defer done()
	if d.gone(store.Released, r.File) || d.gone(store.Held, j.Artifact) {
		t.Error("what was stored later is gone, too")
	}
	if v, err := s.Verify(t.Context(), api.VerifyOptions{}); err != nil || v.Destroyed != 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
