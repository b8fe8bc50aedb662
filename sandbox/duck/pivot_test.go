package duck

import (
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// TestPivot holds that PIVOT gives the rows, and names of columns, that it gives in plain DuckDB.
func TestPivot(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	scope.Risk.Rounding, scope.Risk.MaxRows, scope.Risk.MaxBytes = 1, 10000, 1<<20
	w := &route{data: judged, empty: free(t), dir: t.TempDir(), risk: scope.Risk}
	for _, sql := range []string{
		"PIVOT (SELECT district, sex, count(*) AS n FROM residents GROUP BY ALL) ON sex IN ('F', 'M') USING sum(n)",
		"PIVOT (SELECT district, sex, age // 30 AS band, count(*) AS n FROM residents GROUP BY ALL) ON band IN (0, 1, 2, 7) USING sum(n) AS people, max(n) AS most",
		"SELECT * FROM (SELECT department, diagnosis, sum(days) AS d FROM visits GROUP BY ALL) PIVOT (sum(d) FOR diagnosis IN ('J11' AS flu, 'C34'))",
		"PIVOT visits ON diagnosis IN ('J11', 'I10', 'none') USING count(*) GROUP BY department",
		"PIVOT visits ON diagnosis IN ('J11', 'C34') USING sum(cost) AS cost, count(cost) AS n GROUP BY department",
	} {
		plan, err := analysed(t, judged, sql, scope)
		if err != nil {
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		q := w.prepare(t, plan)
		cells, _ := w.ask(t, q)
		q.s.close()
		got := w.post(t, w.empty, plan, cells)
		in := w.env(nil, nil)
		if err := plain.answer(t.Context(), in, task.QuerySpec{SQL: sql}); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
		want := sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)
		if !slices.Equal(inOrder(got, len(want[0])), inOrder(want, len(want[0]))) {
			t.Errorf("%s\ngives\n%s\n-- in plain DuckDB\n%s", sql, rowLines(got), rowLines(want))
		}
	}
}

// inOrder are the first columns of rows as text, the names first.
func inOrder(rows [][]string, columns int) (out []string) {
	for _, r := range rows {
		out = append(out, strings.Join(r[:columns], " | "))
	}
	slices.Sort(out[1:])
	return out
}
