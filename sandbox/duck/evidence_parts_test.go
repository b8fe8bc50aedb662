package duck

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// The evidence of parts counts the units with rows in each combination, and those that add something to a sum there.
func TestEvidenceOfParts(t *testing.T) {
	_, judged, scope := publicEngines(t)
	for _, c := range []struct{ sql, atoms string }{
		{"SELECT count(*), count(*) FILTER (WHERE cost > 100) FROM visits", "m || ':' || n"},
		{"SELECT sum(cost), sum(cost) FILTER (WHERE cost > 100) FROM visits", "m || ':' || n || ' ' || m || ':' || c || ':3'"},
		{"SELECT count(*), avg(cost) FILTER (WHERE cost > 100) FROM visits", "m || ':' || n"},
	} {
		plan, err := analysed(t, judged, c.sql, scope)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := cellsOf(t, judged, "SELECT (SELECT _atoms FROM ("+plan.SQL+")) = (SELECT string_agg("+c.atoms+", ' ' ORDER BY m) FROM "+
			"(SELECT coalesce(cost > 100, false)::INT AS m, count(DISTINCT _unit) AS n, count(DISTINCT _unit) FILTER (WHERE cost <> 0) AS c "+
			"FROM visits_ GROUP BY ALL))", &analysis.Plan{}, 1, 1)
		if err != nil || len(rows) != 1 || rows[0][0] != "1" {
			t.Errorf("%s: %v, %v\n%s", c.sql, rows, err, plan.SQL)
		}
	}
}

func TestAtomsAreRead(t *testing.T) {
	got := checkOf(t, task.CheckSpec{K: 10, Rounding: 1, Columns: []yumen.ArtifactColumn{aggregate("n", "count")}},
		"SELECT 1::BIGINT AS n, 50::BIGINT AS _units, 60::BIGINT AS _rows, '0:3 0:2:4 3:x 5:7' AS _atoms", 3, "")
	want := []yumen.Atom{{Units: 3}, {Units: 2, Adds: 4}, {}, {Parts: 5, Units: 7}}
	if diff := cmp.Diff(want, got.Groups[0].Atoms); diff != "" {
		t.Error(diff)
	}
}
