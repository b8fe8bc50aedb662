package pipeline_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// compared compares state and log of a domain and returns the rules of what differs.
func compared(t *testing.T, s *pipeline.Service) string {
	t.Helper()
	err := s.CompareLog(t.Context())
	if err == nil {
		return ""
	}
	if yumen.KindOf(err) != yumen.KindCorrupt {
		t.Fatal(err)
	}
	var rules []string
	for _, r := range yumen.AsError(err).Reasons {
		rules = append(rules, r.Rule)
	}
	return strings.Join(rules, " ")
}

// everyRecord returns all records that the log commits to.
func everyRecord(t *testing.T, st store.State) (rs []store.Record) {
	t.Helper()
	for _, kind := range store.Kinds {
		p, err := st.Select(t.Context(), store.Query{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, p.Records...)
	}
	return rs
}

// editedEach writes each record anew with one field changed, one after the other for every field that there is, calls
// what has to notice it, and puts the record back as it was.
func editedEach(t *testing.T, st store.State, notice func(of store.Record, field string)) {
	t.Helper()
	for _, was := range everyRecord(t, st) {
		var body map[string]json.RawMessage
		if err := json.Unmarshal(was.Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, field := range slices.Sorted(maps.Keys(body)) {
			forged := was
			edited := maps.Clone(body)
			edited[field] = json.RawMessage(`null`)
			if string(body[field]) == "null" {
				edited[field] = json.RawMessage(`{}`)
			}
			var err error
			if forged.Body, err = json.Marshal(edited); err != nil {
				t.Fatal(err)
			}
			forged.Rev = put(t, st, forged)
			notice(was, field)
			was.Rev = forged.Rev
			was.Rev = put(t, st, was)
		}
	}
}

// onlyOf reports whether something was found, all of it about one kind of record.
func onlyOf(rules string, kind store.Kind) bool {
	return rules != "" && strings.ReplaceAll(rules+" ", "state."+string(kind)+" ", "") == ""
}

// Whatever is changed by hand in any field of any record is found by comparing with the log, and so is a record that
// was taken away, made up, or put back to what it was before.
func TestCompareLogFindsWhatWasWrittenByHand(t *testing.T) {
	d := newDomain(t)
	var st store.State
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { st = c.State })
	defer done()
	prepare(t, s, d.dir)
	released, j := submit(t, s), submit(t, s)
	approve(t, s, released)
	if _, err := s.Release(t.Context(), reviewer1, released.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
	before, err := st.Get(t.Context(), store.Job, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	if got := compared(t, s); got != "" {
		t.Fatalf("found %s where nothing was changed", got)
	}
	fields := 0
	editedEach(t, st, func(of store.Record, field string) {
		fields++
		if got := compared(t, s); !onlyOf(got, of.Kind) {
			t.Errorf("%s, %s: %q", of.Name(), field, got)
		}
		if _, err := s.Release(t.Context(), reviewer1, of.ID, yumen.FormatCSV); of.Kind == store.Job &&
			yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s, %s: released, %v", of.Name(), field, err)
		}
	})
	if fields < 60 {
		t.Errorf("only %d fields were edited", fields)
	}
	now, err := st.Get(t.Context(), store.Job, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	before.Rev = now.Rev
	now.Rev = put(t, st, before)
	if got := compared(t, s); got != "state.job" {
		t.Errorf("put back: %q", got)
	}
	put(t, st, now, store.Record{Kind: store.Vote, ID: voteRecord(j, analyst), Body: json.RawMessage(`{}`)})
	if got := compared(t, s); got != "state.vote" {
		t.Errorf("a vote made up: %q", got)
	}
}

// Everybody who reads, votes, releases or fetches is told of a record that was edited, and nothing leaves: not a result
// that was rejected and then called in review, with its findings emptied, nor one whose contract or submitter is
// another.
func TestReadersAndReleaseNoticeEdits(t *testing.T) {
	d := newDomain(t)
	var st store.State
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { st = c.State })
	defer done()
	prepare(t, s, d.dir)
	released, j := submit(t, s), submit(t, s)
	approve(t, s, released)
	rel, err := s.Release(t.Context(), reviewer1, released.ID, yumen.FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	reads := map[store.Kind]map[string]func(*pipeline.Service) error{
		store.Job: {
			"show": func(s *pipeline.Service) error { _, err := s.Show(ctx, analyst, j.ID); return err },
			"job":  func(s *pipeline.Service) error { _, err := s.Job(ctx, analyst, j.ID); return err },
			"list": func(s *pipeline.Service) error { _, err := s.Jobs(ctx, analyst); return err },
			"queue": func(s *pipeline.Service) error {
				_, err := s.Waiting(ctx, reviewer2, "", 0)
				return err
			},
			"case": func(s *pipeline.Service) error { _, err := s.Case(ctx, reviewer2, j.ID); return err },
		},
		store.Artifact: {"case": func(s *pipeline.Service) error { _, err := s.Case(ctx, reviewer2, j.ID); return err },
			"show": func(s *pipeline.Service) error { _, err := s.Show(ctx, reviewer2, j.ID); return err }},
		store.Vote: {"case": func(s *pipeline.Service) error { _, err := s.Case(ctx, reviewer2, j.ID); return err }},
		store.Contract: {"show": func(s *pipeline.Service) error { _, err := s.Contract(ctx, "study"); return err },
			"list":   func(s *pipeline.Service) error { _, err := s.Contracts(ctx); return err },
			"ledger": func(s *pipeline.Service) error { _, err := s.Ledger(ctx, regulator, "study"); return err }},
		store.Release: {"list": func(s *pipeline.Service) error { _, err := s.Releases(ctx); return err },
			"ledger": func(s *pipeline.Service) error { _, err := s.Ledger(ctx, regulator, "study"); return err }},
		store.Dataset: {"show": func(s *pipeline.Service) error { _, err := s.Dataset(ctx, "visits"); return err },
			"list": func(s *pipeline.Service) error { _, err := s.Datasets(ctx); return err }},
		store.Version: {"show": func(s *pipeline.Service) error { _, err := s.Dataset(ctx, "visits"); return err },
			"list": func(s *pipeline.Service) error { _, err := s.Datasets(ctx); return err }},
	}
	looking := pipeline.Reader(st, d.reader(), nil, nil)
	editedEach(t, st, func(of store.Record, field string) {
		if strings.Contains(of.ID, released.ID) {
			return
		}
		for name, read := range reads[of.Kind] {
			for _, s := range []*pipeline.Service{s, looking} {
				if err := read(s); yumen.KindOf(err) != yumen.KindCorrupt {
					t.Errorf("%s of %s, %s: %v", name, of.Name(), field, err)
				}
			}
		}
		switch of.Kind {
		case store.Job, store.Artifact, store.Vote, store.Contract:
			_, err := s.Vote(ctx, reviewer2, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine")
			if yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("vote with %s, %s: %v", of.Name(), field, err)
			}
		case store.Release:
			if _, err := s.Fetch(ctx, analyst, rel.Name); yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("get with %s, %s: %v", of.Name(), field, err)
			}
		}
	})
	if out, err := s.Vote(ctx, reviewer2, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil ||
		out.State != yumen.StateApproved {
		t.Errorf("as it was: %s, %v", out.State, err)
	}
}

// An account, a payment or an answer that was changed by hand buys nothing, and is found by comparing with the log.
func TestAccountsAreBoundToTheLog(t *testing.T) {
	p := newPrivately(t)
	p.done()
	var st store.State
	p.open(func(c *pipeline.Config) { st = c.State })
	if j := p.ask(question(10)); j.State != yumen.StateReleased {
		t.Fatalf("%s, %v", j.State, j.Error)
	}
	if got := compared(t, p.s); got != "" {
		t.Fatalf("found %s where nothing was changed", got)
	}
	j, err := p.s.Submit(t.Context(), analyst, question(10), []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[store.Kind]bool{}
	editedEach(t, st, func(of store.Record, field string) {
		if of.Kind != store.Account && of.Kind != store.Debit && of.Kind != store.Answer {
			return
		}
		kinds[of.Kind] = true
		if got := compared(t, p.s); got != "state."+string(of.Kind) {
			t.Errorf("%s, %s: found %q", of.Name(), field, got)
		}
		if _, err := p.s.Ledger(t.Context(), regulator, "private"); of.Kind == store.Account &&
			yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("the ledger with %s, %s: %v", of.Name(), field, err)
		}
		if j, err := p.s.Drive(t.Context(), reviewer1, j.ID); yumen.KindOf(err) != yumen.KindCorrupt ||
			j.State == yumen.StateReleased {
			t.Errorf("%s, %s: the job is %s, %v", of.Name(), field, j.State, err)
		}
	})
	if len(kinds) != 3 {
		t.Errorf("edited %v", kinds)
	}
	if j, err := p.s.Drive(t.Context(), reviewer1, j.ID); err != nil || j.State != yumen.StateReleased {
		t.Errorf("as it was: %s, %v", j.State, err)
	}
}

// What is verified is every object that a record names: one that is not there is named, and one whose bytes changed
// unless only a quick look is taken.
func TestObjectsAreVerified(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	submit(t, s)
	objects, err := s.Referred(t.Context())
	if err != nil || len(objects) < 2 {
		t.Fatal(objects, err)
	}
	var steps []int64
	whole, err := s.VerifyObjects(t.Context(),
		api.VerifyOptions{Progress: func(done, total int64) { steps = append(steps, done, total) }})
	if err != nil || whole.Objects != len(objects) || !whole.Read || whole.Bytes == 0 || len(steps) != 2*len(objects) ||
		steps[len(steps)-2] != whole.Bytes {
		t.Fatal(whole, steps, err)
	}
	at := func(o store.Object) string {
		return d.path(filepath.Join("objects", string(o.Space), o.Digest.Hex()))
	}
	changed, gone := objects[0], objects[1]
	if err := errors.Join(os.Chmod(at(changed), 0o600), os.WriteFile(at(changed), []byte("other bytes"), 0o600),
		os.Remove(at(gone))); err != nil {
		t.Fatal(err)
	}
	for quick, want := range map[bool][]string{true: {"object.missing"}, false: {"object.missing", "object.changed"}} {
		_, err := s.Verify(t.Context(), api.VerifyOptions{Quick: quick})
		var rules []string
		for _, r := range yumen.AsError(err).Reasons {
			rules = append(rules, r.Rule)
			if !strings.Contains(at(gone)+at(changed), r.Place) {
				t.Errorf("%s at %s", r.Rule, r.Place)
			}
		}
		if yumen.KindOf(err) != yumen.KindCorrupt || !slices.Equal(rules, want) {
			t.Errorf("quick %v: %v, %v", quick, rules, err)
		}
	}
}
