package clitest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// automatic signs a contract under which one result of class aggregate may leave without people.
func (h home) automatic() {
	h.t.Helper()
	text := strings.NewReplacer("contract: study", "contract: few", "quotas:", "review: {automatic: 1}\nquotas:").
		Replace(contractYAML)
	h.must("contract", "sign", write(h.t, h.t.TempDir(), "few.yaml", text), "--as", "regulator")
}

// TestAutomatic: one result leaves without people, with a receipt that is verified; the next waits for them, and the
// books tell of both.
func TestAutomatic(t *testing.T) { eachWay(t, testAutomatic) }

func testAutomatic(t *testing.T) {
	h := newHome(t)
	h.automatic()
	if x := ask[api.Explanation](h, "query", "--explain", "--contract", "few", countSQL, "--as", "analyst"); !x.Automatic ||
		x.Reviewers != 1 {
		t.Errorf("%+v", x)
	}
	j, a := h.submitTo("few", countSQL)
	if j.State != yumen.StateReleased || a.code != 0 {
		t.Fatalf("%s\n%s", j.State, a.err)
	}
	if rows := h.released(j.Release); !strings.HasPrefix(rows, "district,visits,fees\n") {
		t.Errorf("%q", rows)
	}
	if j, _ := h.submitTo("few", strings.Replace(countSQL, "sum", "avg", 1)); j.State != yumen.StateInReview {
		t.Errorf("a second is %s", j.State)
	}
	if l := ask[api.Ledger](h, "contract", "budget", "few", "--as", "regulator"); l.Decisions != 2 ||
		l.Automatic != (api.AutomaticReleases{Released: 1, Allowed: 1}) || len(l.Unbounded) != 1 ||
		!slices.Equal(l.Unused, []yumen.ColumnRef{{Dataset: "visits", Column: "person"}, {Dataset: "visits", Column: "day"}}) {
		t.Errorf("%+v", l)
	}
	if said := h.must("contract", "show", "few", "--as", "regulator"); !strings.Contains(said, "may leave without people") {
		t.Errorf("%s", said)
	}
}

// TestPostgresAutomatic: what may leave without people is answered with its rows, what may not is held.
func TestPostgresAutomatic(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	d.home.automatic()
	ctx, c := context.Background(), d.connect("analyst", "few")
	for range 2 { // the second time it is the same job
		if rows := texts(t, c, countSQL); len(rows) == 0 || len(rows[0]) != 5 {
			t.Errorf("%v", rows)
		}
	}
	if _, err := c.Exec(ctx, "SET yumen.on_hold = ticket"); err != nil {
		t.Fatal(err)
	}
	second := strings.Replace(countSQL, "sum", "avg", 1)
	if rows := texts(t, c, second); len(rows) != 1 || !strings.HasPrefix(rows[0][0], "j-") {
		t.Errorf("%v", rows)
	}
	if _, err := c.Exec(ctx, "SET yumen.on_hold = error"); err != nil {
		t.Fatal(err)
	}
	_, err := c.Exec(ctx, second)
	refusal(t, err, "YM001", "nothing was lost")
}
