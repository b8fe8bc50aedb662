package main

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// A statement is offered where a name was misspelt, with nothing else changed; a refusal that only says what to change
// offers none.
func TestRewritten(t *testing.T) {
	a := &app{}
	for _, c := range []struct {
		text, hint string
		position   int32
		want       string
	}{
		{"SELECT count(*) FROM vists;", "did you mean visits?", 22, "SELECT count(*) FROM visits;"},
		{"SELECT '城', distrct, 1 FROM visits;", `是否想写 "district"？`, 13, "SELECT '城', district, 1 FROM visits;"},
		{"SELECT max(fee) FROM visits;", "use avg(fee)", 8, ""},
		{`SELECT "vists" FROM t;`, "did you mean visits?", 8, ""},
		{"SELECT 1;", "did you mean visits?", 0, ""},
		{"SELECT 1;", "did you mean visits?", 99, ""},
		{"SELECT 1;", "", 1, ""},
	} {
		err := a.sqlError(&pgconn.PgError{Code: "42P01", Hint: c.hint, Position: c.position})
		if got := rewritten(c.text, err); got != c.want {
			t.Errorf("%s %s: %q, not %q", c.text, c.hint, got, c.want)
		}
	}
	if got := rewritten("SELECT 1;", nil); got != "" {
		t.Errorf("%q", got)
	}
}
