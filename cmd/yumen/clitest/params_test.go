package clitest

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestParams: values of parameters reach the data as constants of their types, whatever stands in them; reviewers read
// them, the program's digest is of them too, and what does not fit is refused with the parameter and no value.
func TestParams(t *testing.T) { eachWay(t, testParams) }

func testParams(t *testing.T) {
	h := newHome(t)
	const sql = "SELECT district, count(*) AS n FROM visits WHERE district <> $not AND day >= $since GROUP BY district"
	held := func(text string, more ...string) (yumen.Job, string) {
		t.Helper()
		j, a := h.submitTo("study", text, more...)
		if j.State != yumen.StateInReview {
			t.Fatalf("%s is %s\n%s", text, j.State, a.err)
		}
		return j, h.must("review", "preview", j.ID, "--as", "reviewer")
	}
	given, rows := held(sql, "--param", "not:text=south", "--param", "since:date=2026-01-05")
	_, written := held("SELECT district, count(*) AS n FROM visits WHERE district <> 'south' AND day >= DATE '2026-01-05' GROUP BY district")
	if rows != written || strings.Contains(rows, "south") {
		t.Errorf("with parameters\n%s\nwithout\n%s", rows, written)
	}
	if out := h.must("review", "show", given.ID, "--as", "reviewer"); !strings.Contains(out,
		`-- $not text = "south"`) || !strings.Contains(out, `-- $since date = "2026-01-05"`) {
		t.Errorf("a reviewer does not read the values:\n%s", out)
	}
	other, rows := held(sql, "--param", "not:text=x' OR true --\n", "--param", "since:date=2026-01-05")
	if !strings.Contains(rows, "south") || other.Program == given.Program {
		t.Errorf("a quote is read as SQL, or %s is %s\n%s", other.Program, given.Program, rows)
	}
	for name, more := range map[string][]string{
		"no value for $since": {"--param", "not:text=south"},
		"not a day":           {"--param", "not:text=south", "--param", "since:date=secret"},
		"no such type":        {"--param", "not:words=secret", "--param", "since:date=2026-01-05"},
		"a value too many": {"--param", "not:text=south", "--param", "since:date=2026-01-05", "--param",
			"text=secret"},
		"a number for a name": {"--param", "not:text=south", "--param", "2:date=2026-01-05"},
		"a name twice": {"--param", "not:text=south", "--param", "Not:text=secret", "--param",
			"since:date=2026-01-05"},
	} {
		j, a := h.submitTo("study", sql, more...)
		if j.State != yumen.StateRejected || a.code != 1 || !strings.Contains(a.err, "param") ||
			strings.Contains(a.err, "secret") {
			t.Errorf("%s: %s, exit code %d\n%s", name, j.State, a.code, a.err)
		}
	}
}
