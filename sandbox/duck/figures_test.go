package duck

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// A statement is given the figures that it compares rows with, each an input of one row. None is as good as one without
// value.
func TestFiguresAreInputs(t *testing.T) {
	_, judged, scope := publicEngines(t)
	where, err := analysed(t, judged, "SELECT count(*) AS n FROM visits WHERE days > (SELECT avg(days) FROM visits)",
		scope)
	if err != nil {
		t.Fatal(err)
	}
	joined, err := analysed(t, judged,
		"SELECT count(w.days) AS n FROM visits v LEFT JOIN visits w ON v.resident_id = w.resident_id"+
			" AND v.days > (SELECT avg(days) FROM visits)", scope)
	if err != nil {
		t.Fatal(err)
	}
	for _, plan := range []*analysis.Plan{where, joined} {
		figuresAreInputs(t, plan)
	}
}

func figuresAreInputs(t *testing.T, plan *analysis.Plan) {
	version := parquetOf(t, "SELECT i::BIGINT AS _unit, i::BIGINT AS days FROM range(10) t(i)")
	figure := func(sql string) string {
		artifact, _ := heldOf(t, sql, 0)
		return artifact
	}
	spec := task.QuerySpec{Views: plan.Views, SQL: plan.SQL, Evidence: plan.Evidence, MaxRows: 10, Figures: true}
	for _, c := range []struct{ name, figure, want, wrong string }{
		{"a value", "SELECT 6.5::DOUBLE AS f1", "3", ""},
		{"suppressed", "SELECT NULL::DOUBLE AS f1, 'c' AS f1_status", "0", ""},
		{"no row", "SELECT 6.5::DOUBLE AS f1 WHERE false", "0", ""},
		{"two rows", "SELECT unnest([6.5, 7.5])::DOUBLE AS f1", "", "more than one row"},
		{"none", "", "", task.FiguresTable},
	} {
		inputs := map[string]string{"visits": version}
		if c.figure != "" {
			inputs[task.FiguresTable] = figure(c.figure)
		}
		in := newTestEnv(t, spec, inputs)
		err := in.run(t, task.Query)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := rowsOf(t, in.Outputs[task.OutResult].Bytes())[1][0]; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
