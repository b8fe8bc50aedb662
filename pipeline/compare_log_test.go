package pipeline_test

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// compared compares state and log of a domain and returns the rules of what differs.
func compared(t *testing.T, d *domain, s *pipeline.Service) string {
	t.Helper()
	err := s.CompareLog(t.Context(), func() (*audit.Log, error) { return audit.OpenReader(d.path("log"), d.key.Verifier()) })
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

// Whatever is changed by hand of where jobs stand, of votes and of accounts is found by comparing with the log.
func TestCompareLogFindsWhatWasWrittenByHand(t *testing.T) {
	d := newDomain(t)
	var st store.State
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { st = c.State })
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	if got := compared(t, d, s); got != "" {
		t.Fatalf("found %s where nothing was changed", got)
	}
	rewrite(t, st, store.Job, j.ID, func(j *yumen.Job) { j.State = yumen.StateReleased })
	if got := compared(t, d, s); got != "state.job" {
		t.Errorf("a job moved: %s", got)
	}
	rewrite(t, st, store.Job, j.ID, func(j *yumen.Job) { j.State = yumen.StateApproved })
	rewrite(t, st, store.Vote, voteRecord(j, reviewer1), func(v *yumen.Vote) { v.Reason = "other" })
	if got := compared(t, d, s); got != "state.vote" {
		t.Errorf("a vote changed: %s", got)
	}
	rewrite(t, st, store.Vote, voteRecord(j, reviewer1), func(v *yumen.Vote) { v.Reason = "fine" })
	rewrite(t, st, store.Vote, voteRecord(j, analyst), func(v *yumen.Vote) {
		*v = yumen.Vote{Job: j.ID, Artifact: j.Artifact, Voter: analyst, Decision: yumen.DecisionApprove, Reason: "fine", At: j.Updated}
	})
	if got := compared(t, d, s); got != "state.vote" {
		t.Errorf("a vote made up: %s", got)
	}
}

// An account or a payment that was changed by hand buys nothing, and is found by comparing with the log.
func TestAccountsAreBoundToTheLog(t *testing.T) {
	for name, forge := range map[string]struct {
		rule string
		do   func(t *testing.T, st store.State)
	}{
		"emptied": {"state.account", func(t *testing.T, st store.State) {
			rewrite(t, st, store.Account, only(t, st, store.Account), func(a *map[string]any) { (*a)["rho"] = 0 })
		}},
		"a debit taken back": {"state.account", func(t *testing.T, st store.State) {
			rewrite(t, st, store.Account, only(t, st, store.Account), func(a *map[string]any) { (*a)["debits"] = 0 })
		}},
		"paid again for nothing": {"state.debit", func(t *testing.T, st store.State) {
			rewrite(t, st, store.Debit, only(t, st, store.Debit), func(a *map[string]any) { (*a)["times"] = 2 })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPrivately(t)
			p.done()
			var st store.State
			p.open(func(c *pipeline.Config) { st = c.State })
			if j := p.ask(question(10)); j.State != yumen.StateReleased {
				t.Fatalf("%s, %v", j.State, j.Error)
			}
			if got := compared(t, p.domain, p.s); got != "" {
				t.Fatalf("found %s where nothing was changed", got)
			}
			forge.do(t, st)
			if got := compared(t, p.domain, p.s); got != forge.rule {
				t.Errorf("found %q", got)
			}
			bound := 11
			if forge.rule == "state.debit" {
				bound = 10 // the question that was paid for
			}
			j, err := p.s.Submit(t.Context(), analyst, question(bound), []byte("module"))
			if err != nil {
				t.Fatal(err)
			}
			if j, err = p.s.Drive(t.Context(), reviewer1, j.ID); yumen.KindOf(err) != yumen.KindCorrupt || j.State == yumen.StateReleased {
				t.Errorf("the job is %s, %v", j.State, err)
			}
		})
	}
}

// only returns the id of the one record of a kind.
func only(t *testing.T, st store.State, kind store.Kind) string {
	t.Helper()
	page, err := st.Select(t.Context(), store.Query{Kind: kind})
	if err != nil || len(page.Records) != 1 {
		t.Fatalf("%d records, %v", len(page.Records), err)
	}
	return page.Records[0].ID
}
