package clitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// TestSuppressedKeys: a group too small to be shown is not in the released table, nor the one suppressed to protect it;
// where the values of the key are public it stays, with c in its cells. Both at once, the rounds of fixes and the
// receipt included.
func TestSuppressedKeys(t *testing.T) { eachWay(t, testSuppressedKeys) }

func testSuppressedKeys(t *testing.T) {
	h := newHome(t)
	for _, c := range []struct {
		sql, fixes string
		keys       []string // of the released rows
		empty      int      // rows without a figure
	}{
		{"SELECT lower(district) AS d, count(*) AS visits, sum(fee) AS fees FROM visits GROUP BY 1",
			"suppress round drop", []string{"east", "south"}, 0},
		{"SELECT lower(district) AS d, count(*) AS visits FROM visits WHERE district = 'west' GROUP BY 1",
			"suppress round drop", nil, 0},
		{countSQL, "suppress round", []string{"east", "north", "south", "west"}, 2},
		{"SELECT district, count(*) AS visits FROM visits WHERE district = 'west' GROUP BY 1", "suppress round drop",
			nil, 0},
		{"SELECT count(*) AS visits FROM visits WHERE district = 'west'", "suppress round", []string{"c"}, 1},
	} {
		j, a := h.submitSQL(c.sql)
		if j.State != yumen.StateInReview {
			t.Fatalf("%s: %s\n%s", c.sql, j.State, a.err)
		}
		h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
		h.must("review", "release", j.ID, "--as", "reviewer")
		told := h.must("job", "show", j.ID, "--as", "analyst", "--json")
		if strings.Contains(told, `"drop"`) || strings.Contains(told, `"suppress"`) {
			t.Errorf("%s: the submitter is told of fixes of the cells: %s", c.sql, told)
		}
		var keys []string
		empty := 0
		for _, row := range strings.Split(strings.TrimSuffix(h.released("r"+strings.TrimPrefix(j.ID, "j")), "\n"),
			"\n")[1:] {
			key, cells, _ := strings.Cut(row, ",")
			keys = append(keys, key)
			if strings.Trim(cells, ",c") == "" {
				empty++
			}
		}
		if d := cmp.Diff(c.keys, keys); d != "" || empty != c.empty {
			t.Errorf("%s: %d rows without a figure, %s", c.sql, empty, d)
		}
		var fixes []string
		for _, art := range ask[api.Case](h, "review", "show", j.ID, "--as", "reviewer").Artifacts {
			for _, f := range art.Fixes {
				fixes = append(fixes, string(f.Technique))
			}
		}
		if got := strings.Join(slices.Compact(fixes), " "); got != c.fixes {
			t.Errorf("%s: fixed by %s, want %s", c.sql, got, c.fixes)
		}
	}
}
