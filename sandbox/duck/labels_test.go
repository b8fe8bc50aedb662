package duck

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress/ledger"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// labelStatements are statements whose labels are compared with what they show.
var labelStatements = []string{
	"SELECT department, count(*) AS n, sum(cost) AS c, avg(cost) AS m, count(DISTINCT resident_id) AS people FROM visits GROUP BY department",
	"SELECT sum(days), avg(days), count(cost), count(*) FILTER (WHERE days > 3) FROM visits",
	"SELECT sex, count(*) FROM residents GROUP BY sex",
	"SELECT sum(cost), count(*) FROM visits WHERE days > 1000",
	"SELECT r.sex, v.department, count(*), sum(v.cost) FROM visits v JOIN residents r ON v.resident_id = r.resident_id GROUP BY ALL",
	"SELECT visit_date, count(*), count(DISTINCT diagnosis) FROM visits GROUP BY 1",
	"SELECT department, diagnosis, count(*) FROM visits GROUP BY ROLLUP (department, diagnosis)",
	"SELECT r.sex, count(v.cost) FROM residents r LEFT JOIN visits v ON v.resident_id = r.resident_id GROUP BY 1",
	"SELECT n, count(*) FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) GROUP BY n",
	"SELECT days, median(cost) FROM visits GROUP BY days",
}

// What the labels of a cell add up to is the figure in it, whether a pass made the table or the statement, and each of
// its units is there once.
func TestLabelsAddUpToFigures(t *testing.T) {
	_, judged, scope := publicEngines(t)
	scope.Risk = yumen.Risk{K: 5, Dominance: yumen.Dominance{N: 2, Share: 0.9}, PRatio: 0.1}
	files := groupingFiles(t)
	compared, passes := 0, 0
	statements := labelStatements
	for seed := uint64(1); seed < 200; seed++ {
		g := &grammar{Rand: rand.New(rand.NewPCG(seed, 23))}
		statements = append(statements, g.statement().sql)
	}
	for i, sql := range statements {
		plan, err := analysed(t, judged, sql, scope)
		if err != nil || plan.Class != yumen.ClassAggregate || plan.Figures != nil {
			if i < len(labelStatements) {
				t.Errorf("%s: %v", sql, err)
			}
			continue
		}
		compared += compareLabels(t, sql, plan, files, nil)
		if plan.Grouping != nil {
			passes++
			compareLabels(t, sql, plan, files, plan.Grouping)
		}
	}
	if compared < 1000 || passes < 20 {
		t.Errorf("only %d figures, %d passes", compared, passes)
	}
}

// compareLabels runs a plan with its labels and returns how many figures were compared.
func compareLabels(t *testing.T, sql string, plan *analysis.Plan, files map[string]string, pass *task.Grouping) (n int) {
	t.Helper()
	inputs := map[string]string{}
	for _, v := range plan.Views {
		if files[v.Name] == "" {
			return 0 // it is not stored
		}
		inputs[v.Input] = files[v.Name]
	}
	spec := task.QuerySpec{Views: plan.Views, SQL: plan.SQL, Evidence: plan.Evidence, MaxRows: 10000,
		Labels: plan.Labels, Grouping: pass}
	in := newTestEnv(t, spec, inputs)
	if err := in.run(t, task.Query); err != nil {
		t.Fatalf("%v\n%s\n%s", err, sql, plan.Labels.Kinds[0].SQL)
	}
	got, err := ledger.ReadLabels(bytes.NewReader(in.Outputs[task.OutLabels].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, in.Outputs[task.OutResult].Bytes())[1:]
	for c, col := range plan.Cells {
		if col.Kind != yumen.ColumnAggregate || len(col.From) > 0 {
			continue
		}
		if col.Function != "count" && col.Function != "sum" && col.Function != "count_units" {
			continue
		}
		for kind, k := range plan.Labels.Kinds {
			if len(plan.Labels.Kinds) > 1 && col.Function != "count_units" {
				continue // rows without a unit of the kind count as well
			}
			total := totals(t, got, k, kind, col, len(rows))
			for r, row := range rows {
				want, err := strconv.ParseFloat(row[c], 64)
				if err != nil || col.Function == "count_units" && len(plan.Labels.Kinds) > 1 {
					continue // no value
				}
				if math.Abs(total[r]-want) > 1e-6*math.Max(1, math.Abs(want)) {
					t.Errorf("%s\nrow %d, %s: %v, labels add up to %v", sql, r+1, col.Name, want, total[r])
				}
				n++
			}
		}
	}
	return n
}

// totals adds up the labels of the layer that a column shows.
func totals(t *testing.T, ls *ledger.Labels, k task.LabeledKind, kind int, column yumen.ArtifactColumn,
	rows int) []float64 {
	t.Helper()
	out, seen := make([]float64, rows), map[[2]int]bool{}
	for n, layer := range k.Layers {
		if !slices.Contains(layer.Columns, column.Name) || layer.Sum != "" != (column.Function == "sum") {
			continue
		}
		for _, l := range ls.Layers {
			if l.Kind != kind || l.Layer != n {
				continue
			}
			clear(seen)
			l.Table.Each(func(x ledger.Label) {
				if at := [2]int{x.Unit, x.Cell}; seen[at] {
					t.Errorf("unit %d is twice in cell %d", x.Unit, x.Cell)
				} else {
					seen[at] = true
				}
				if layer.Sum != "" {
					out[x.Cell] += x.Value
				} else {
					out[x.Cell] += float64(x.Adds)
				}
			})
		}
	}
	return out
}
