package duck

import (
	"fmt"
	"strconv"
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
		{"SELECT sum(cost), sum(cost) FILTER (WHERE cost > 100) FROM visits",
			"m || ':' || n || ' ' || m || ':' || c || ':3'"},
		{"SELECT count(*), avg(cost) FILTER (WHERE cost > 100) FROM visits", "m || ':' || n"},
	} {
		plan, err := analysed(t, judged, c.sql, scope)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := cellsOf(t, judged,
			"SELECT (SELECT _atoms FROM ("+plan.SQL+")) = (SELECT string_agg("+c.atoms+", ' ' ORDER BY m) FROM "+
				"(SELECT coalesce(cost > 100, false)::INT AS m, count(DISTINCT _unit) AS n, count(DISTINCT _unit) FILTER (WHERE cost <> 0) AS c "+
				"FROM visits_ GROUP BY ALL))", &analysis.Plan{}, 1, 1)
		if err != nil || len(rows) != 1 || rows[0][0] != "1" {
			t.Errorf("%s: %v, %v\n%s", c.sql, rows, err, plan.SQL)
		}
	}
}

// Where a left join finds rows of some people only, a combination of parts has as many people as it found: that many
// others have no rows hides nobody.
func TestEvidenceOfPartsBesideLeftJoin(t *testing.T) {
	_, judged, scope := publicEngines(t)
	const from = "residents%[1]s r LEFT JOIN visits%[1]s v ON v.%[2]s = r.%[2]s"
	for _, c := range []struct{ counted, part string }{
		{"r.resident_id", "r.age > 40"},
		{"v.resident_id", "v.department = 'surgery'"},
		{"v.resident_id", "r.age > 40 AND v.department = 'surgery'"},
	} {
		asked := "SELECT count(*), count(DISTINCT " + c.counted + ") FILTER (WHERE " + c.part + ") FROM " +
			fmt.Sprintf(from, "", "resident_id")
		plan, err := analysed(t, judged, asked, scope)
		if err != nil {
			t.Fatal(err)
		}
		one := func(sql string) string {
			rows, err := cellsOf(t, judged, sql,
				&analysis.Plan{Columns: []yumen.ArtifactColumn{{Type: yumen.TypeText}}}, 1, 1)
			if err != nil || len(rows) != 1 {
				t.Fatalf("%v, %v\n%s", rows, err, plan.SQL)
			}
			return rows[0][0]
		}
		in := func(unit string, mask int) int {
			n, err := strconv.Atoi(one(fmt.Sprintf("SELECT count(*)::VARCHAR FROM (SELECT max(coalesce(%[1]s, false)::INT) AS m FROM %[2]s WHERE %[3]s._unit IS NOT NULL GROUP BY %[3]s._unit) WHERE m = %[4]d", c.part, fmt.Sprintf(from, "_", "_unit"), unit, mask)))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		want := ""
		for mask := range 2 {
			if r, v := in("r", mask), in("v", mask); r+v > 0 {
				want += fmt.Sprintf(" %d:%d", mask, min(r, v))
			}
		}
		if got := one("SELECT (SELECT _unit_atoms FROM (" + plan.SQL + "))"); " "+got != want {
			t.Errorf("%s: %q, want %q", asked, got, want)
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
