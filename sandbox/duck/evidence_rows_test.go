package duck

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	analysis "github.com/yumen-data/yumen/query"
)

// rowUnits makes a table in which each row is a unit, with groups of no value, of zeros, of one row, of two, of one
// that outweighs all, and of 40 rows.
const rowUnits = `CREATE TABLE samples AS SELECT i::BIGINT AS _unit, g, x::BIGINT AS small, (x / 7)::DECIMAL(10,2) AS price, (x / 7)::DECIMAL(28,4) AS wide, (x / 7)::DOUBLE AS weight,
	(x * s)::BIGINT AS change, CASE WHEN s < 0 AND x > 90 THEN -9223372036854775808 ELSE x * s END::BIGINT AS large, (x * s / 7)::DECIMAL(18,2) AS gain, (x * s / 7)::DECIMAL(38,10) AS fine,
	(x * s / 7)::DOUBLE AS drift, x > 50 AS high, nullif(x, 3)::BIGINT AS day
	FROM (SELECT i, CASE WHEN i < 4 THEN 'none' WHEN i < 8 THEN 'zero' WHEN i = 8 THEN 'one' WHEN i < 11 THEN 'two' WHEN i < 20 THEN 'giant' WHEN i < 23 THEN 'three' ELSE 'many' || (i % 3) END AS g,
		CASE WHEN i < 4 THEN NULL WHEN i < 8 THEN 0 WHEN i = 15 THEN 1000000 WHEN i % 11 = 0 THEN NULL WHEN i % 6 = 0 THEN 0 ELSE i * 37 % 100 END AS x, CASE WHEN i % 4 = 1 THEN -1 ELSE 1 END AS s FROM range(143) t(i))`

// TestEvidenceOfRows holds the evidence of sums over rows that are units, in every form that analysis has for it,
// against the rule as it stands in the books, counted openly.
func TestEvidenceOfRows(t *testing.T) {
	e := free(t)
	if err := e.exec(t.Context(), rowUnits); err != nil {
		t.Fatal(err)
	}
	d := yumen.Dataset{Name: "samples", Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
		Columns: []yumen.Column{{Name: "g", Type: yumen.TypeText}}}
	least := &yumen.Bounds{Max: 1e6}
	for _, c := range []yumen.Column{{Name: "small", Type: yumen.TypeInteger, Bounds: least},
		{Name: "price", Type: "decimal(10,2)", Bounds: least}, {Name: "wide", Type: "decimal(28,4)", Bounds: least},
		{Name: "weight", Type: yumen.TypeDouble, Bounds: least},
		{Name: "change", Type: yumen.TypeInteger}, {Name: "large", Type: yumen.TypeInteger},
		{Name: "gain", Type: "decimal(18,2)"}, {Name: "fine", Type: "decimal(38,10)"},
		{Name: "drift", Type: yumen.TypeDouble},
		{Name: "high", Type: yumen.TypeBoolean}, {Name: "day", Type: yumen.TypeInteger, Bounds: least}} {
		c.Nullable = true
		d.Columns = append(d.Columns, c)
	}
	uses := map[string][]yumen.Constraint{}
	for _, c := range d.Columns {
		uses[c.Name] = []yumen.Constraint{{Use: yumen.UseFilter}, {Use: yumen.UseGroup},
			{Use: yumen.UseAggregate, Functions: []string{"count", "sum", "avg", "stddev"}}}
	}
	for _, n := range []int{1, 2, 4} {
		scope := analysis.Scope{Class: yumen.ClassAggregate, Classes: []yumen.ReleaseClass{yumen.ClassAggregate},
			Tables: []analysis.Table{{Dataset: d, Uses: uses}},
			Risk:   yumen.Risk{K: 100, Dominance: yumen.Dominance{N: n, Share: 1}, PRatio: 1e-300}}
		for _, c := range []struct{ call, value, where string }{
			{"sum(small)", "small", ""}, {"sum(price)", "price", ""}, {"sum(wide)", "wide", ""},
			{"sum(weight)", "weight", ""}, {"sum(change)", "change", ""},
			{"sum(large)", "large", ""}, {"sum(gain)", "gain", ""}, {"sum(fine)", "fine", ""},
			{"sum(drift)", "drift", ""}, {"sum(high)", "high::INT", ""}, {"sum(day)", "day", ""},
			{"avg(price)", "price", ""}, {"avg(gain)", "gain", ""}, {"avg(change)", "change", ""},
			{"stddev(small)", "small", ""}, {"sum(-price)", "price", ""}, {"sum(price - 6)", "price", ""},
			{"sum(price * small)", "price * small", ""}, {"sum(gain * change)", "gain * change", ""},
			{"sum(change)", "change", "change >= 0"}, {"sum(change)", "change", "change BETWEEN -9 AND 60"},
			{"sum(change) FILTER (WHERE change > 0)", "CASE WHEN change > 0 THEN change END", ""},
			{"sum(gain) FILTER (WHERE small > 5)", "CASE WHEN small > 5 THEN gain END", "g <> 'one'"},
			{"sum(price)", "price", "price < 0"},
		} {
			where := ""
			if c.where != "" {
				where = " WHERE " + c.where
			}
			sql := "SELECT g, " + c.call + " AS answer FROM samples" + where + " GROUP BY g"
			plan, err := analysed(t, e, sql, scope)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			got, err := cellsOf(t, e, "SELECT g, _units_1, _rows, _share_1, _p_1 FROM ("+plan.SQL+") ORDER BY g",
				&analysis.Plan{Columns: plan.Columns[:1]}, 5, 5)
			if err != nil {
				t.Fatalf("%v\n%s", err, plan.SQL)
			}
			want, err := cellsOf(t, e, openly(c.value, where, n), &analysis.Plan{Columns: plan.Columns[:1]}, 5, 5)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, the %d largest: %s\n%s", sql, n, diff, plan.SQL)
			}
			if len(want) < 6 && c.where == "" {
				t.Errorf("%s: %d groups", sql, len(want))
			}
		}
	}
}

// openly writes the units that move a sum, or of these, if fewer, those that add another value than most; the rows, the
// share of the n largest units and what all but the two largest add, over the largest. What counts rows is told by
// those that move it.
func openly(value, where string, n int) string {
	units := "len(list_filter(added, lambda x: x <> 0))"
	if value != "high::INT" {
		units = "least(" + units +
			", coalesce(len(added) - list_max(map_values(list_aggregate(added::FLOAT[], 'histogram'))), 0))"
	}
	return fmt.Sprintf(`SELECT g, %s, n, CASE WHEN z > 0 THEN least(list_sum(sorted[1:%d]) / z, 1) ELSE -1 END,
		CASE WHEN sorted[1] > 0 THEN greatest((z - list_sum(sorted[1:2])) / sorted[1], 0) ELSE -1 END
		FROM (SELECT g, n, added, list_reverse_sort(list_transform(added, lambda x: abs(x))) AS sorted, list_sum(sorted) AS z FROM (SELECT g, count(*) AS n,
			coalesce(list((%[3]s)::DOUBLE) FILTER (WHERE (%[3]s) IS NOT NULL), []) AS added FROM samples%[4]s GROUP BY g)) ORDER BY g`, units, n, value, where)
}
