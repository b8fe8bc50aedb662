package duck

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Values of a key that no row has make no group: whether few or many of a file's values are left out, whether a group
// comes late, and whether codes are numbers to the end or groups are numbered as they are met from some row on.
func TestGroupsWithoutRows(t *testing.T) {
	file := parquetOf(t, `SELECT range AS _unit,
		CASE WHEN range > 150000 AND range % 7 = 0 THEN 'late' WHEN range % 11 = 0 THEN NULL
		ELSE 'g' || (range % 200) END AS g, (range % 1000)::DECIMAL(10,2) AS v, (range % 10)::BIGINT AS w FROM range(200000)`)
	views := []task.View{{Name: "visits", Input: "v1", Columns: []task.ViewColumn{
		{Name: "g", From: "g", Type: yumen.TypeText}, {Name: "v", From: "v", Type: "decimal(10,2)"},
		{Name: "w", From: "w", Type: yumen.TypeInteger}}}}
	for where, most := range map[string]int{"true": 202, "g IS NOT NULL": 201, "g IN ('g7', 'late') OR g IS NULL": 3,
		"g NOT IN ('g1', 'g2', 'g3')": 198, "g LIKE 'g1%' OR g = 'late'": 112, "false": 0} {
		sql := "SELECT _unit AS u, g AS k1, v AS a1 FROM visits WHERE " + where
		plain := withParts(task.Grouping{SQL: sql, Keys: []yumen.Type{yumen.TypeText},
			Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}}, Largest: 2, K: 10,
			Measures: []task.UnitMeasure{{Count: true}, {Input: 1}}, Ratios: [][2]int{{2, 1}},
			Rest: "SELECT k1, rows, t1 FROM " + task.GroupsTable + " ORDER BY k1"}, 8)
		plain.Rest = "SELECT k1, rows, CAST(t1 AS VARCHAR) AS total FROM " + task.GroupsTable +
			" ORDER BY k1 NULLS LAST"
		for _, rowUnits := range []bool{false, true} {
			g := *plain
			g.RowUnits = rowUnits
			spec := task.QuerySpec{Views: views, SQL: "SELECT the pass was not taken", MaxRows: 5000, Grouping: &g}
			got := answered(t, file, spec)
			want := answered(t, file, task.QuerySpec{Views: views, MaxRows: 5000,
				SQL: "SELECT g AS k1, count(*) AS rows, CAST(sum(v) AS VARCHAR) AS total FROM visits WHERE " + where +
					" GROUP BY g ORDER BY g NULLS LAST"})
			if d := cmp.Diff(want, got); d != "" || len(got)-1 != most {
				t.Errorf("%s, rows units %t: %d groups: %s", where, rowUnits, len(got)-1, d)
			}
		}
	}
}
