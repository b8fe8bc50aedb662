package duck

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// The evidence of vectors says what single units add to each figure, and there is none where pairs or parts say it all.
func TestEvidenceOfVectors(t *testing.T) {
	_, judged, scope := publicEngines(t)
	for _, table := range scope.Tables {
		if table.Dataset.Name == "census" {
			n := slices.IndexFunc(table.Dataset.Columns, func(c yumen.Column) bool { return c.Name == "hours" })
			table.Dataset.Columns[n].Bounds = &yumen.Bounds{Min: 0, Max: 1}
		}
	}
	unit := func(sql string) string {
		return "SELECT string_agg('1:' || v || ':' || n, ' ' ORDER BY v) FROM (SELECT v, count(*) AS n FROM " +
			"(SELECT " + sql + " AS v FROM visits_ GROUP BY _unit) GROUP BY v)"
	}
	for _, c := range []struct{ sql, vectors string }{
		{"SELECT count(*), sum(days) FROM visits", ""},
		{"SELECT count(*) FILTER (WHERE age > 40), count(*) FILTER (WHERE age > 50), count(*) FROM residents", ""},
		{"SELECT count(DISTINCT resident_id) FILTER (WHERE cost > 100), count(*), sum(cost) FROM visits",
			unit("concat_ws(',', max((coalesce(cost > 100, false))::INT), count(*), coalesce(sum(cost) * 100, 0)::HUGEINT % 2147483647)")},
		{"SELECT count(*), sum(-3 * days), count(*) FILTER (WHERE days > 4) FROM visits",
			unit("concat_ws(',', count(*), coalesce(sum(days), 0), count(*) FILTER (days > 4))")},
		{"SELECT avg(days), stddev(3 - days), var_pop(days) FROM visits",
			unit("concat_ws(',', count(*), sum(days), sum(days * days))")},
		{"SELECT sum(days * days), variance(days) FROM visits",
			unit("concat_ws(',', count(*), sum(days::DOUBLE * days::DOUBLE), sum(days))")},
		{"SELECT sum(visit_id) FILTER (days > 4), sum(days), count(*) FROM visits",
			unit("concat_ws(',', count(*) FILTER (days > 4), coalesce(sum(visit_id) FILTER (days > 4), 0), count(*), sum(days))")},
		{"SELECT sum(days), sum(days) FILTER (days > 4) FROM visits", ""},
		{"SELECT variance(cost) FROM visits",
			unit("concat_ws(',', coalesce(sum(cost) * 100, 0)::HUGEINT % 2147483647, " +
				"coalesce(sum(cost * cost) * 10000, 0)::HUGEINT % 2147483647)")},
		{"SELECT avg(score), stddev(score) FILTER (WHERE days > 4) FROM visits",
			unit("concat_ws(',', coalesce(sum(score), 0), " +
				"coalesce(sum(score) FILTER (days > 4), 0), coalesce(sum(score * score) FILTER (days > 4), 0))")},
		{"SELECT count(*), avg(hours), stddev(hours) FROM census", ""}, // of 0 and 1
	} {
		scope.Risk.K = 10_000 // so that all units are looked at
		plan, err := analysed(t, judged, c.sql, scope)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan.SQL, task.EvidenceVectors) != (c.vectors != "") {
			t.Errorf("%s: %s", c.sql, plan.SQL)
		}
		if c.vectors == "" {
			continue
		}
		rows, err := cellsOf(t, judged,
			"SELECT (SELECT "+task.EvidenceVectors+" FROM ("+plan.SQL+")) = ("+c.vectors+")", &analysis.Plan{}, 1, 1)
		if err != nil || len(rows) != 1 || rows[0][0] != "1" {
			t.Errorf("%s: %v, %v\n%s", c.sql, rows, err, plan.SQL)
		}
	}
}

// A figure that with others tells of a few units tells of no more than those; what is not to be read is nobody.
func TestVectorsAreRead(t *testing.T) {
	part := func(c yumen.ArtifactColumn, adds, part, measure int) yumen.ArtifactColumn {
		c.Adds, c.Part, c.Measure = adds, part, measure
		return c
	}
	columns := []yumen.ArtifactColumn{part(aggregate("gross", "sum"), 3, 0, 1), part(aggregate("net", "sum"), 4, 0, 2),
		part(aggregate("tax", "sum"), 5, 0, 3)}
	sums := func(kind, others int) string { // gross is net and tax for all but these
		var items []string
		for i := range 30 {
			net, tax := 100+i*i, 7*i+3
			gross := net + tax
			if i < others {
				gross += i + 1
			}
			items = append(items, fmt.Sprintf("%d:%d,%d,%d:1", kind, gross, net, tax))
		}
		return strings.Join(items, " ")
	}
	logarithms := func(others int) string { // of x, of 3 x, and how many, for all but these
		var items []string
		for i := range 30 {
			x, n := math.Log(float64(2+i))+math.Log(float64(3+i*i)), 2
			multiple := x + 2*math.Log(3)
			if i < others {
				multiple, n = 0, 0
			}
			items = append(items, fmt.Sprintf("1:%v,%v,%d:1", x, multiple, n))
		}
		return strings.Join(items, " ")
	}
	few := func(c yumen.ArtifactColumn) yumen.ArtifactColumn { c.Measure = 4; return c } // its measure tells of 9 units
	for _, c := range []struct {
		name, vectors string
		possible      []uint64
		columns       []yumen.ArtifactColumn
		units         []int64
	}{
		{"nobody's gross is more", sums(1, 0), nil, columns, []int64{50, 50, 0}},
		{"one person's", sums(1, 1), nil, columns, []int64{50, 50, 1}},
		{"of k − 1", sums(1, 9), nil, columns, []int64{50, 50, 9}},
		{"of k", sums(1, 10), nil, columns, []int64{50, 50, 50}},
		{"fewer than k and two more", strings.Join(strings.Fields(sums(1, 11))[:11], " "), nil, columns,
			[]int64{50, 50, 9}},
		{"k and two more", strings.Join(strings.Fields(sums(1, 12))[:12], " "), nil, columns, []int64{50, 50, 50}},
		{"logarithms of a multiple but for one person", logarithms(1), nil, columns, []int64{50, 50, 1}},
		{"but for k", logarithms(10), nil, columns, []int64{50, 50, 50}},
		{"all combinations of k", "1:all:10", nil, columns, []int64{50, 50, 50}},
		{"all combinations of fewer", "1:all:9", nil, columns, []int64{9, 9, 9}},
		{"all combinations of one kind, few units of another", "1:all:10 " + sums(2, 4), nil, columns,
			[]int64{50, 50, 4}},
		{"all combinations of no number", "1:all:x", nil, columns, []int64{0, 0, 0}},
		{"no double", "1:1.5,x,2:60", nil, columns, []int64{0, 0, 0}},
		{"no number", "1:1,x,2:60", nil, columns, []int64{0, 0, 0}},
		{"too few numbers", "1:1,2:60", nil, columns, []int64{0, 0, 0}},
		{"two kinds, of one of which few", sums(1, 30) + " " + sums(2, 4), nil, columns, []int64{50, 50, 4}},
		{"parts of a whole", "1:1,1,2:20 1:1,2,3:20 1:4,1,5:20", []uint64{1, 2},
			[]yumen.ArtifactColumn{part(aggregate("a", "count"), 1, 1, 1), part(aggregate("b", "count"), 1, 2, 2),
				part(aggregate("all", "count"), 1, 0, 3)},
			[]int64{50, 50, 50}},
		{"one person's, beside a net that is suppressed", sums(1, 1), nil,
			[]yumen.ArtifactColumn{columns[0], few(columns[1]), columns[2]}, []int64{50, 50, 50, 9}},
		{"one person's, beside a net that is shown by another column", sums(1, 1), nil,
			[]yumen.ArtifactColumn{columns[0], few(columns[1]), columns[2], part(aggregate("mean", "avg"), 4, 0, 2)},
			[]int64{50, 50, 1, 9}},
	} {
		sql := "SELECT "
		for _, shown := range c.columns {
			sql += "1::BIGINT AS " + shown.Name + ", "
		}
		sql += "50::BIGINT AS _units, 60::BIGINT AS _rows"
		for i, units := range []int{50, 50, 50, 9} {
			sql += fmt.Sprintf(", %[2]d::BIGINT AS _units_%[1]d, 0.1::DOUBLE AS _share_%[1]d, 9::DOUBLE AS _p_%[1]d, 9::DOUBLE AS _total_%[1]d, 60::BIGINT AS _values_%[1]d", i+1, units)
		}
		sql += ", '" + c.vectors + "' AS " + task.EvidenceVectors
		got := checkOf(t, task.CheckSpec{K: 10, Rounding: 1, Columns: c.columns, Possible: c.possible}, sql, 23, "")
		for i, want := range c.units {
			if m := got.Groups[0].Measures[i]; m.Units != want {
				t.Errorf("%s: measure %d tells of %d units, want %d", c.name, i+1, m.Units, want)
			}
		}
	}
}
