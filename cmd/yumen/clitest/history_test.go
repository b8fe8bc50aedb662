package clitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Four jobs, each of which passes every check of its own: two pairs that differ by who visited on one day. The second of
// each pair is stopped by what left before, reviewers alone are told, and the submitter sees it in review like any other.
//
// Duty 106 (XX38.3): what is computed from the same data again and again is compared with what left before.
func TestHistory(t *testing.T) { eachWay(t, testHistory) }

func testHistory(t *testing.T) {
	h := newHome(t) // to which a version is added in which one person of each district came on a day of their own
	h.must("catalog", "import", "visits", write(t, t.TempDir(), "visits.csv", visitsCSV()+
		"P0003,north,2026-02-12,500,\nP0004,south,2026-02-12,500,\n"), "--as", "provider")
	h.must("catalog", "publish", "visits", "--as", "provider")
	for _, asked := range []string{"SELECT count(*) AS n FROM visits WHERE district = 'north'",
		"SELECT count(DISTINCT person) AS people, sum(fee) AS fees FROM visits WHERE district = 'south'"} {
		first, _ := h.submitSQL(asked)
		if c := ask[api.Case](h, "review", "show", first.ID, "--as", "reviewer"); c.Artifacts[len(c.Artifacts)-1].Verdict == yumen.VerdictFail {
			t.Fatalf("%s fails already: %+v", first.ID, c.Artifacts)
		}
		h.must("review", "vote", first.ID, h.artifact(first.ID), "--reason", "fine", "--as", "reviewer")
		h.must("review", "release", first.ID, "--as", "reviewer")
		second, said := h.submitSQL(asked + " AND day <> DATE '2026-02-12'")
		if second.State != yumen.StateInReview || strings.Contains(said.out+said.err, "ledger") {
			t.Errorf("the submitter is told %s %s %s", second.State, said.out, said.err)
		}
		found := ask[api.Case](h, "review", "show", second.ID, "--as", "reviewer")
		last := found.Artifacts[len(found.Artifacts)-1]
		if !slices.ContainsFunc(found.Artifacts, func(a yumen.Artifact) bool {
			return slices.ContainsFunc(a.Findings, func(f yumen.Finding) bool {
				return f.Rule == "ledger.difference" && f.Verdict == yumen.VerdictFail
			})
		}) {
			t.Errorf("nothing was found: %+v", last.Findings)
		}
		a := h.run("review", "vote", second.ID, h.artifact(second.ID), "--reason", "fine", "--as", "reviewer")
		if a.code != 1 || !strings.Contains(a.err, "vote.verdict") {
			t.Errorf("it was approved: %d %s%s", a.code, a.out, a.err)
		}
		if got := h.must("release", "list", "--as", "analyst"); strings.Contains(got, strings.TrimPrefix(second.ID, "j")) {
			t.Errorf("it was released: %s", got)
		}
	}
}
