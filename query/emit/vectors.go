package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// Of three figures, one may be the sum of the others for all but a few units: gross less net less tax. Pairs do not show it,
// so it is said what single units add to all figures (see task.EvidenceVectors).

// figures lists the aggregates that a cell shows as different sums, if there are more than pairs tell of. Where each unit has one
// row and all are sums of the same values, combinations of parts tell everything. Of two computed doubles constants of the text can put
// the ratio between two numbers of single precision, where pairs take what is equal for different.
func (e groupEmitter) figures() (out []*plan.Aggregate) {
	at := task.Figures(e.cells)
	same := !slices.ContainsFunc(at, func(i int) bool { return e.cells[i].Adds != e.cells[at[0]].Adds })
	if len(at) < 2 || len(at) == 2 && (same || !e.computed(at[0]) || !e.computed(at[1])) || same && e.rowsAreUnits() {
		return nil
	}
	for _, i := range at {
		out = append(out, e.b.Aggs[i-len(e.b.Keys)])
	}
	return out
}

// computed reports whether the i-th column of cells adds up doubles that are no column.
func (e groupEmitter) computed(i int) bool {
	g := e.b.Aggs[i-len(e.b.Keys)]
	return e.double(g) && g.Arg.Op != plan.OpColumn
}

// double reports whether an aggregate adds up doubles, which are as good as equal where they are equal in single precision.
func (e groupEmitter) double(g *plan.Aggregate) bool {
	return !g.Counts() && g.Fn != "count_units" && e.guard(e.m.Inputs[e.m.In(g.Arg, g.Filter)]).Type == plan.Double
}

// looked is how many units of a group are looked at: enough for as many bases as a threshold asks for, were only every
// fourth of use, as far as the engine's min() allows.
func (e groupEmitter) looked() int { return min(4*e.risk.K*len(e.figures()), 999_999) }

// vectors writes _y1…, what each unit adds, where no other table says so, and _y, the list.
func (e groupEmitter) vectors() (ctes []string) {
	if e.figures() == nil {
		return nil
	}
	var of []string
	for i := range e.units {
		from := "_base"
		switch {
		case e.rowsAreUnits():
		case len(e.units) == 1 && e.mergeable():
			from = "_p"
		default:
			from = fmt.Sprintf("_y%d", i+1)
			ctes = append(ctes, cte(from, e.perUnit(i)))
		}
		of = append(of, e.vectorsOf(i, from))
	}
	list := "SELECT " + e.keys("") + "string_agg(i || ':' || v || ':' || n, ' ' ORDER BY i, v) AS vectors FROM (" +
		strings.Join(of, " UNION ALL ") + ")" + e.groupBy("")
	return append(ctes, cte("_y", list))
}

// vectorsOf counts the units of the i-th kind by what they add.
func (e groupEmitter) vectorsOf(i int, from string) string {
	var added []string
	exact := !slices.ContainsFunc(e.figures(), e.double)
	for _, g := range e.figures() {
		added = append(added, e.addedTo(g, exact))
	}
	unit := fmt.Sprintf("u%d", i+1)
	last := fmt.Sprintf("SELECT %slist_extract(min(%s, %d), -1) AS last FROM %s%s", e.keys(""), unit, e.looked(), from, e.groupBy(""))
	each := fmt.Sprintf("SELECT %sconcat_ws(',', %s) AS v FROM %s AS x JOIN (%s) AS y ON %s AND x.%s <= y.last",
		e.keys("x."), strings.Join(added, ", "), from, last, e.sameKeys("x", "y"), unit)
	return fmt.Sprintf("SELECT %s%d AS i, v, count(*) AS n FROM (%s)%s", e.keys(""), i+1, each, e.groupBy("v"))
}

// addedTo is what a unit adds to an aggregate, modulo linear.Prime where all aggregates add up exactly.
func (e groupEmitter) addedTo(g *plan.Aggregate, exact bool) string {
	arg, row := g.Arg, e.rowsAreUnits()
	if g.Fn == "count_units" {
		arg = nil
	}
	n := e.m.In(arg, g.Filter) + 1
	switch {
	case g.Counts() && (row || g.Fn == "count_units") && n == 0:
		return "1"
	case g.Counts() && row:
		return fmt.Sprintf("CAST(a%d IS NOT NULL AS INTEGER)", n)
	case g.Fn == "count_units":
		return fmt.Sprintf("CAST(c%d > 0 AS INTEGER)", n)
	case g.Counts():
		return fmt.Sprintf("c%d", n)
	}
	x := fmt.Sprintf("t%d", n)
	if row {
		x = fmt.Sprintf("a%d", n)
	}
	switch t := e.guard(e.m.Inputs[n-1]).Type; t.Kind {
	case plan.KindInt:
		x = "CAST(" + x + " AS HUGEINT)"
	case plan.KindDecimal:
		x = "CAST(replace(CAST(" + x + " AS VARCHAR), '.', '') AS HUGEINT)"
	default:
		return fmt.Sprintf("coalesce(CASE WHEN isfinite(%[1]s) THEN %[1]s END, 0)", x)
	}
	if !exact {
		return "coalesce(" + x + ", 0)"
	}
	return fmt.Sprintf("coalesce(%s %% %d, 0)", x, linear.Prime)
}
