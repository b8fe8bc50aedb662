package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// Of three figures, one may be the sum of the others for all but a few units: gross less net less tax. Pairs do not
// show it, so it is said what single units add to all figures (see task.EvidenceVectors).

// figure is what an aggregate adds up: its values, the rows that have one, or, of a variance or deviation, the squares.
type figure struct {
	*plan.Aggregate
	task.Figure
}

// figures lists what a cell shows as different sums, if there are more than pairs tell of. Where each unit has one row
// and all are sums of the same values, combinations of parts tell everything. Of two computed doubles constants of the
// text can put the ratio between two numbers of single precision, where pairs take what is equal for different; pairs
// do not look at squares.
func (e groupEmitter) figures() (out []figure) {
	same, pairs := true, true
	for _, f := range task.Figures(e.cells) {
		out = append(out, figure{e.b.Aggs[f.Column-len(e.b.Keys)], f})
		same = same && f.Adds == task.Figures(e.cells)[0].Adds
		pairs = pairs && !f.Squares
	}
	if len(out) < 2 || len(out) == 2 && pairs && (same || !e.computed(out[0]) || !e.computed(out[1])) || same &&
		e.rowsAreUnits() {
		return nil
	}
	return out
}

// computed reports whether a figure adds up doubles that are no column.
func (e groupEmitter) computed(f figure) bool {
	return e.double(f.Aggregate) && f.Arg.Op != plan.OpColumn
}

// double reports whether an aggregate adds up doubles, which are as good as equal where they are equal in single
// precision.
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
			ctes = append(ctes, cte(from, e.perUnit(i, e.squared()...)))
		}
		of = append(of, e.vectorsOf(i, from))
	}
	list := "SELECT " + e.keys("") + "string_agg(i || ':' || v || ':' || n, ' ' ORDER BY i, v) AS vectors FROM (" +
		strings.Join(of, " UNION ALL ") + ")" + e.groupBy("")
	return append(ctes, cte("_y", list))
}

// squared adds up the squares that figures need, by unit.
func (e groupEmitter) squared() (cols []string) {
	for _, f := range e.figures() {
		if f.Squares {
			n := e.m.In(f.Arg, f.Filter) + 1
			cols = append(cols, fmt.Sprintf("sum(%s) AS s%d", e.square(n, e.exact()), n))
		}
	}
	return cols
}

// exact reports whether no figure adds up doubles.
func (e groupEmitter) exact() bool {
	return !slices.ContainsFunc(e.figures(), func(f figure) bool { return e.double(f.Aggregate) })
}

// vectorsOf counts the units of the i-th kind by what they add.
func (e groupEmitter) vectorsOf(i int, from string) string {
	var added []string
	exact := e.exact()
	for _, g := range e.figures() {
		added = append(added, e.addedTo(g, exact))
	}
	unit := fmt.Sprintf("u%d", i+1)
	last := fmt.Sprintf("SELECT %slist_extract(min(%s, %d), -1) AS last FROM %s%s", e.keys(""), unit, e.looked(), from,
		e.groupBy(""))
	each := fmt.Sprintf("SELECT %sconcat_ws(',', %s) AS v FROM %s AS x JOIN (%s) AS y ON %s AND x.%s <= y.last",
		e.keys("x."), strings.Join(added, ", "), from, last, e.sameKeys("x", "y"), unit)
	return fmt.Sprintf("SELECT %s%d AS i, v, count(*) AS n FROM (%s)%s", e.keys(""), i+1, each, e.groupBy("v"))
}

// addedTo is what a unit adds to a figure, modulo linear.Prime where all figures add up exactly.
func (e groupEmitter) addedTo(g figure, exact bool) string {
	arg, row := g.Arg, e.rowsAreUnits()
	if g.Fn == "count_units" {
		arg = nil
	}
	n := e.m.In(arg, g.Filter) + 1
	switch {
	case g.Counts() && (row || g.Fn == "count_units") && n == 0:
		return "1"
	case (g.Counts() || g.Rows) && row:
		return fmt.Sprintf("CAST(a%d IS NOT NULL AS INTEGER)", n)
	case g.Fn == "count_units":
		return fmt.Sprintf("CAST(c%d > 0 AS INTEGER)", n)
	case g.Counts() || g.Rows:
		return fmt.Sprintf("c%d", n)
	}
	x := fmt.Sprintf("t%d", n)
	if row {
		x = fmt.Sprintf("a%d", n)
	}
	if g.Squares {
		return e.squaresAdded(n, exact)
	}
	switch t := e.guard(e.m.Inputs[n-1]).Type; t.Kind {
	case plan.KindInt, plan.KindDecimal:
		x = whole(x, t)
	default:
		return fmt.Sprintf("coalesce(CASE WHEN isfinite(%[1]s) THEN %[1]s END, 0)", x)
	}
	if !exact {
		return "coalesce(" + x + ", 0)"
	}
	return fmt.Sprintf("coalesce(%s %% %d, 0)", x, linear.Prime)
}

// whole writes an exact number without its point.
func whole(x string, t plan.Type) string {
	if t.Kind == plan.KindDecimal {
		x = "replace(CAST(" + x + " AS VARCHAR), '.', '')"
	}
	return "CAST(" + x + " AS HUGEINT)"
}

// squaresAdded is what the squares of input n add up to over the rows of a unit.
func (e groupEmitter) squaresAdded(n int, exact bool) string {
	x := fmt.Sprintf("s%d", n)
	if e.rowsAreUnits() {
		x = e.square(n, exact)
	}
	if !exact {
		return fmt.Sprintf("coalesce(CASE WHEN isfinite(%[1]s) THEN %[1]s END, 0)", x)
	}
	return fmt.Sprintf("coalesce(%s %% %d, 0)", x, linear.Prime)
}

// square is that of input n in a row, of what is left of it modulo linear.Prime where all figures add up exactly.
func (e groupEmitter) square(n int, exact bool) string {
	x := fmt.Sprintf("CAST(a%d AS DOUBLE)", n)
	if exact {
		x = fmt.Sprintf("(%s %% %d)", whole(fmt.Sprintf("a%d", n), e.guard(e.m.Inputs[n-1]).Type), linear.Prime)
	}
	return x + " * " + x
}
