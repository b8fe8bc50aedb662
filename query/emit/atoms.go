package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// mask writes the parts that a row is in as bits, part 1 the lowest.
func (e groupEmitter) mask() string {
	all := make([]int, len(e.m.Parts))
	for i := range all {
		all[i] = i + 1
	}
	return e.maskOf(all)
}

// maskOf writes those of some parts.
func (e groupEmitter) maskOf(parts []int) string {
	var bits []string
	for _, n := range parts {
		bits = append(bits, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", ExprSQL(e.m.Parts[n-1], nil), 1<<(n-1)))
	}
	return "CAST(" + strings.Join(bits, " + ") + " AS BIGINT)"
}

// partsOfUnits reports whether units are counted under a filter: then it matters which parts a unit has rows in at all.
func (e groupEmitter) partsOfUnits() bool {
	return slices.ContainsFunc(e.b.Aggs,
		func(g *plan.Aggregate) bool { return g.Fn == "count_units" && g.Filter != nil })
}

// atoms counts the units with rows in each combination of parts, and, where units are counted under filters, those
// whose rows are together in each: "combination:units", a list in one text. Where figures over several parts add up the
// same values, "combination:units:adds" counts those with rows that add something to them. Where the statement has a
// hand in how many rows a unit has, units are those that a count of rows tells of.
func (e groupEmitter) atoms() string {
	list := func(name, items, from string) string {
		return "SELECT " + e.keys("") + "string_agg(" + items + ", ' ' ORDER BY m) AS " + name + " FROM (" + from +
			")" + e.groupBy("")
	}
	count := []string{"count(*)"}
	if !e.rowsAreUnits() {
		count = e.each("count(DISTINCT u%d)")
	}
	from := "_base"
	if len(e.units) == 1 && !e.rowsAreUnits() && e.mergeable() { // the answer has rows of units alone
		from += " WHERE u1 IS NOT NULL"
	}
	items, cols := "m || ':' || n", worst("least", count)+" AS n"
	for _, adds := range e.addedByParts() {
		items += fmt.Sprintf(" || ' ' || m || ':' || n%d || ':%d'", adds, adds)
		var some []string
		for _, c := range count {
			some = append(some, c+" FILTER (WHERE "+e.adding(adds)+")")
		}
		cols += fmt.Sprintf(", %s AS n%d", worst("least", some), adds)
	}
	of := "SELECT " + e.keys("") + "m, " + cols + " FROM " + from + e.groupBy("m")
	if e.m.Repeats {
		of = "SELECT x.* REPLACE (coalesce(y.n, 0) AS n) FROM (" + of + ") AS x LEFT JOIN (" + e.indivisibleAtoms() +
			") AS y ON " +
			e.sameKeys("x", "y") + " AND x.m = y.m"
	}
	rows := list("atoms", items, of)
	if !e.partsOfUnits() {
		return rows
	}
	units := list("unit_atoms", "m || ':' || n", e.masksOfUnits())
	return "SELECT x.*, y.unit_atoms FROM (" + rows + ") AS x LEFT JOIN (" + units + ") AS y ON " + e.sameKeys("x", "y")
}

// addedByParts lists the numbers of values that figures over several parts add up.
func (e groupEmitter) addedByParts() (out []int) {
	part := map[int]int{}
	for _, g := range e.b.Aggs {
		if g.Fn == "count" || g.Fn == "count_units" {
			continue
		}
		n, p := e.m.Adds(g), e.m.Part(g.Filter)
		if known, ok := part[n]; ok && known != p && !slices.Contains(out, n) {
			out = append(out, n)
		} else if !ok {
			part[n] = p
		}
	}
	return out
}

// adding is the condition that a row adds something to the values of a number in some part; a value that is only told
// from others does so by being there.
func (e groupEmitter) adding(adds int) string {
	var some []string
	for i, in := range e.m.Inputs {
		if !plan.SameExpr(in.Arg, e.m.Inputs[adds-cells.FirstSummed].Arg) {
			continue
		}
		if e.summed(in) {
			some = append(some, fmt.Sprintf("a%d <> 0", i+1))
		} else {
			some = append(some, fmt.Sprintf("a%d IS NOT NULL", i+1))
		}
	}
	return strings.Join(some, " OR ")
}
