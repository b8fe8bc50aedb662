package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// place is a pack in force under which agreements run for three years in principle.
func place(revision int, term string) []byte {
	return fmt.Appendf(nil, `pack: {id: cn-place, revision: %d, title: 试验办法, status: in_force, scope: [operation], source: none}
valid: {from: 2025-01-01, until: null}
offices: {bureau: 主管部门, operator: 运营主体}
agreements: {contract: {signers: [bureau], article: "11.1", max_term: {is: %s, strength: 原则上, override: reason}}}
cases: {objection: {opened_by: [person], to: bureau, clock: {law: 5wd, from: accepted}}}
`, revision, term)
}

// A pack that was signed binds the contracts that are signed after it, in its last revision, and the log says which.
func TestSignPack(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir) // its contract runs for 80 years, and was signed before there was a rule
	sign := func(name, valid string) error {
		text := strings.NewReplacer("contract: study", "contract: "+name, "valid: {from: 2020-01-01, until: 2099-12-31}",
			"valid: "+valid).Replace(agreement)
		_, err := s.Sign(t.Context(), regulator, "c.yaml", []byte(text))
		return err
	}
	const long, short = "{from: 2026-01-01, until: 2035-12-31}", "{from: 2026-01-01, until: 2028-12-31}"
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", place(1, "3y"), false); err != nil {
		t.Fatal(err)
	}
	wantReason(t, sign("long", long), "term")
	if err := sign("short", short); err != nil {
		t.Error(err)
	}
	if err := sign("reasoned", strings.Replace(long, "}", ", reason: 城市运行需要}", 1)); err != nil {
		t.Error(err)
	}
	again, err := s.SignPack(t.Context(), regulator, "p.yaml", place(1, "3y"), false)
	if err != nil || again.Revision != 1 {
		t.Errorf("signed again: %+v, %v", again, err)
	}
	for _, text := range [][]byte{place(1, "2y"), place(0, "3y")} {
		if _, err := s.SignPack(t.Context(), regulator, "p.yaml", text, false); err == nil {
			t.Errorf("another text of the same revision is taken")
		}
	}
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", place(2, "10y"), false); err != nil {
		t.Fatal(err)
	}
	if err := sign("long", long); err != nil {
		t.Errorf("by the second revision: %v", err)
	}
	if all, err := s.Packs(t.Context()); err != nil || len(all) != 2 || all[1].Revision != 2 || all[0].SignedBy != regulator.Name {
		t.Errorf("%+v, %v", all, err)
	}
	log := d.logged(yumen.ActionPackSign)
	if len(log) != 2 || log[1].Digests["pack"] != yumen.DigestOf(place(2, "10y")) || log[1].Details["revision"] != "2" {
		t.Errorf("%+v", log)
	}
}

// Drafts are signed on trial and bind nobody; what has expired is not signed.
func TestPacksThatDoNotHold(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	draft := []byte(strings.NewReplacer("in_force", "draft", "2025-01-01", "null").Replace(string(place(1, "1mo"))))
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", draft, false); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("a draft: %v", err)
	}
	if p, err := s.SignPack(t.Context(), regulator, "p.yaml", draft, true); err != nil || !p.Trial {
		t.Errorf("a draft on trial: %+v, %v", p, err)
	}
	expired := []byte(strings.NewReplacer("in_force", "expired", "until: null", "until: 2025-06-30").Replace(string(place(2,
		"1mo"))))
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", expired, true); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("an expired pack: %v", err)
	}
	later := []byte(strings.Replace(string(place(3, "1mo")), "2025-01-01", "2098-01-01", 1))
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", later, false); err != nil {
		t.Errorf("a pack that holds from a later day: %v", err)
	}
	text := strings.Replace(agreement, "contract: study", "contract: other", 1) // for 80 years
	if _, err := s.Sign(t.Context(), regulator, "c.yaml", []byte(text)); err != nil {
		t.Errorf("a contract by packs that do not hold: %v", err)
	}
	if _, err := s.SignPack(t.Context(), regulator, "p.yaml", []byte("pack: {}"), false); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("no pack: %v", err)
	}
}

// A year of working days is added once, and put in the place of what was announced before; the log names both.
func TestAddYear(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	text := []byte("year: 2027\nsource: [a notice]\noff: [2027-01-01..2027-01-03]\n")
	other := append(text[:len(text):len(text)], "worked: [2027-01-09]\n"...)
	for _, b := range [][]byte{text, text, other} {
		if y, err := s.AddYear(t.Context(), regulator, "y.yaml", b); err != nil || y.Year != 2027 {
			t.Errorf("%+v, %v", y, err)
		}
	}
	all, err := s.Years(t.Context())
	if err != nil || len(all) != 1 || all[0].Digest != yumen.DigestOf(other) {
		t.Errorf("%+v, %v", all, err)
	}
	log := d.logged(yumen.ActionCalendarAdd)
	if len(log) != 2 || log[1].Digests["before"] != yumen.DigestOf(text) {
		t.Errorf("%+v", log)
	}
	if _, err := s.AddYear(t.Context(), regulator, "y.yaml", []byte("year: 2027\n")); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("no year: %v", err)
	}
}

// Only the revision of a pack that is in force has to be readable: one before it that cannot be read any more, as it was
// signed with an earlier release, keeps nobody from signing; one that may be in force does.
func TestUnreadablePack(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	prepare(t, s, d.dir)
	done()
	check := func(want yumen.ErrorKind) {
		t.Helper()
		s, done := d.mustOpen(calm())
		defer done()
		rs, err := s.CheckContract(t.Context(), regulator, "c.yaml", []byte(agreement))
		if (err != nil) != (want != "") || err != nil && yumen.KindOf(err) != want || len(rs) > 0 {
			t.Errorf("%v, %v, want kind %q", rs, err, want)
		}
	}
	d.storePack(1, "pick: {}")
	check(yumen.KindCorrupt)
	d.storePack(2, string(place(2, "100y")))
	check("")
	d.storePack(3, "pick: {}")
	check(yumen.KindCorrupt)
}

// storePack writes a revision of a pack as an earlier release might have.
func (d *domain) storePack(revision int, text string) {
	d.t.Helper()
	_, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		j, err := journal.Open(d.t.Context(), journal.Config{State: c.State, Objects: c.Objects, Log: c.Log, Clock: time.Now,
			Crash: func(string) {}})
		if err != nil {
			d.t.Fatal(err)
		}
		p, err := journal.Put(store.Pack, fmt.Sprintf("cn-place/%06d", revision), 0,
			yumen.SignedPack{ID: "cn-place", Revision: revision, Text: text})
		if err == nil {
			err = j.Commit(d.t.Context(), journal.Step{Records: []store.Record{p},
				Entries: []yumen.Entry{{At: time.Now().UTC(), Actor: "r", Action: yumen.ActionPackSign, Subject: "cn-place"}}})
		}
		if err != nil {
			d.t.Fatal(err)
		}
	})
	done()
}
