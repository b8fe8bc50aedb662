package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// groupEmitter writes an aggregate result and, row by row beside it, the evidence of who is behind it. Its parts:
//
//	_base the rows of FROM and WHERE, once for each level k0 where there are several: keys k1…, privacy units u1…, aggregate inputs a1…, subsets f1…, the parts that a row
//	      is in as bits of m
//	_p    _base by keys and unit: sums t1…, counts c1…, whether a sum moves m1…
//	_x    by keys: the answer v1… with its rows v0, fewest units n, and of each measure the units q1… that it tells of, the
//	      total z1…, the largest unit l1…, the two largest d1… and the n largest b1…
//	_q    by keys: quantiles, from a histogram that _h to _s count (see histogram.go)
//	_a    by keys: how many units are in each combination of parts, by their rows and by all they have
//	_y    by keys: how many units add what to the figures, from _y1… where no other table has it (see vectors.go)
//	_g    _base by keys: the answer alone; _e1… the evidence over each unit
//	_w1…  by fewer keys: the units that a count of repeated rows tells of, added up over groups
//	_r    the answer with n and, for each measure, its share s1… and p-ratio p1…
//
// Where each row of _base is a unit of its own, _x comes straight from _base. With one privacy unit and an answer that
// can be put together from each unit's part, _x comes from _p. Otherwise _r joins _g and the worst of _e1…. No
// dataset's name begins with _, so none can be meant by these.
type groupEmitter struct {
	b     *plan.Block
	m     *cells.Measures
	h     *cells.Histogram
	cells []yumen.ArtifactColumn
	risk  yumen.Risk
	units []*plan.Unit
}

// CellsSQL is a statement that gives a table of cells with evidence in its last columns, and where there is one the
// pass that gives the same rows sooner.
type CellsSQL struct {
	SQL      string
	Evidence int
	Grouping *task.Grouping
	Labels   *task.LabelsSpec
}

// Cells writes the statement of a table of cells. The risk appetite holds the strictest threshold.
func Cells(t *cells.Table, risk yumen.Risk) (out CellsSQL) {
	b := t.Block
	e := groupEmitter{b: b, m: t.Measures, h: cells.HistogramOf(b), cells: t.Columns, risk: risk, units: b.Present()}
	final := e.final()
	out.Evidence = len(e.evidenceColumns())
	ctes := []string{cte("_base", e.base())}
	switch {
	case e.rowsAreUnits():
		ctes = append(ctes, cte("_x", e.direct()), cte("_r", e.ratios("_x")))
		if e.mergeable() {
			out.Grouping = e.grouping(final)
		}
	case len(e.units) == 1 && e.mergeable():
		ctes = append(ctes, cte("_p", e.perUnit(0)), cte("_x", e.merged()), cte("_r", e.ratios("_x")))
		out.Grouping = e.grouping(final)
	default:
		ctes = append(ctes, cte("_g", e.answer()))
		for i := range e.units {
			ctes = append(ctes, cte(fmt.Sprintf("_e%d", i+1), e.evidenceOf(i)))
		}
		ctes = append(ctes, cte("_r", e.together()))
	}
	if len(e.m.Parts) > 0 {
		ctes = append(ctes, cte("_a", e.atoms()))
	}
	ctes = append(ctes, e.vectors()...)
	if e.h != nil { // no pass counts buckets
		ctes, out.Grouping = append(ctes, e.histogram()...), nil
	}
	ctes = append(ctes, e.totals()...)
	out.Labels = e.labels()
	out.SQL = "WITH " + strings.Join(ctes, ",\n") + "\n" + final
	return out
}

func cte(name, body string) string { return name + " AS (\n  " + body + "\n)" }

func (e groupEmitter) rowsAreUnits() bool { return e.b.RowsAreUnits() }

// mergeable reports whether the answer is a function of sums and counts.
func (e groupEmitter) mergeable() bool {
	return !slices.ContainsFunc(e.b.Aggs, func(g *plan.Aggregate) bool {
		return g.Fn != "count" && g.Fn != "sum" && g.Fn != "avg" && g.Fn != "count_units"
	})
}

func (e groupEmitter) base() string {
	var cols []string
	if len(e.b.Levels) > 0 {
		cols = append(cols, "l.k0")
	}
	for i, k := range e.b.Keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", e.keySQL(i, k), i+1))
	}
	for i, u := range e.units {
		cols = append(cols, fmt.Sprintf("%s AS u%d", unitSQL(u), i+1))
	}
	for i, in := range e.m.Inputs {
		cols = append(cols, fmt.Sprintf("%s AS a%d", inputSQL(in, e.guard(in)), i+1))
	}
	for i, s := range e.m.Subset {
		cols = append(cols, fmt.Sprintf("%s AS f%d", subsetSQL(s), i+1))
	}
	if len(e.m.Parts) > 0 {
		cols = append(cols, e.mask()+" AS m")
	}
	if e.h != nil {
		cols = append(cols, "CAST("+ExprSQL(e.h.Column, nil)+" AS DOUBLE) AS x")
	}
	rows := "SELECT " + strings.Join(cols, ", ") + fromLevels(e.b)
	var held []string
	for _, g := range e.b.Aggs {
		if g.Fn == "count_distinct" {
			held = append(held, e.heldBy(e.m.In(g.Arg, g.Filter)+1))
		}
	}
	if len(held) == 0 {
		return rows
	}
	slices.Sort(held)
	return "SELECT *, " + strings.Join(slices.Compact(held), ", ") + " FROM (" + rows + ")"
}

// heldBy writes how many units of its group hold the value that input n has in a row.
func (e groupEmitter) heldBy(n int) string {
	var units []string
	for _, u := range e.each("u%d") {
		units = append(units, fmt.Sprintf("count(DISTINCT %s) OVER (PARTITION BY %sa%d)", u, e.keys(""), n))
	}
	return fmt.Sprintf("%s AS held%d", worst("least", units), n)
}

// guard holds an input to the range of all aggregates that read it.
func (e groupEmitter) guard(in cells.Input) *plan.Expr {
	out := in.Arg
	for _, g := range e.b.Aggs {
		if g.Arg != nil && plan.SameExpr(g.Arg, in.Arg) && plan.SameExpr(g.Filter, in.Filter) && !g.Counts() {
			out = guarded(g)
			if g.Fn != "sum" && g.Fn != "avg" {
				break
			}
		}
	}
	return e.narrowed(out, in)
}

// keys lists the key columns with a prefix, each followed by a comma.
func (e groupEmitter) keys(prefix string) string {
	var s strings.Builder
	for _, i := range e.keyNumbers() {
		fmt.Fprintf(&s, "%sk%d, ", prefix, i)
	}
	return s.String()
}

func (e groupEmitter) groupBy(extra string) string {
	list := strings.TrimSuffix(e.keys("")+extra, ", ")
	if list == "" {
		return ""
	}
	return " GROUP BY " + list
}

// answer writes g.
func (e groupEmitter) answer() string {
	return "SELECT " + e.keys("") + e.answers() + " FROM _base" + e.groupBy("")
}

func (e groupEmitter) answers() string {
	cols := []string{"count(*) AS v0"}
	for i, g := range e.b.Aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.aggregate(g), i+1))
	}
	return strings.Join(cols, ", ")
}

// aggregate writes an aggregate over base.
func (e groupEmitter) aggregate(g *plan.Aggregate) string {
	if g.Fn == "count_units" {
		return "count(" + e.countedUnit(g) + ")"
	}
	arg := "*"
	if n := e.m.In(g.Arg, g.Filter); n >= 0 {
		arg = fmt.Sprintf("a%d", n+1)
	}
	switch {
	case g.Fn == "count_distinct": // a value that few hold would tell of them by being there
		n := e.m.In(g.Arg, g.Filter) + 1
		arg = fmt.Sprintf("DISTINCT CASE WHEN held%d >= %d THEN a%d END", n, e.risk.K, n)
	case g.Fn == "sum" && g.Type == plan.Int:
		return "TRY_CAST(sum(" + arg + ") AS BIGINT)"
	}
	return EngineNames[g.Fn] + "(" + arg + ")"
}

// countedUnit is the argument that counts distinct units: those of the rows that pass the aggregate's filter.
func (e groupEmitter) countedUnit(g *plan.Aggregate) string {
	u := fmt.Sprintf("u%d", slices.Index(e.units, g.Unit.Root())+1)
	if g.Filter == nil {
		return "DISTINCT " + u
	}
	return fmt.Sprintf("DISTINCT CASE WHEN a%d IS NOT NULL THEN %s END", e.m.In(nil, g.Filter)+1, u)
}

// direct writes r where each row of base is one unit.
func (e groupEmitter) direct() string {
	source := unitSource{
		spread: func(n int) spread { return e.spreadOfRows(e.m.List[n-1]) },
		moving: func(n int) string { return rowsMoving(e.m.List[n-1]) },
		ratio:  e.deviantRows,
		values: func(n int) string { return rowsValued(e.m.List[n-1]) },
		tells:  tellingRows,
		whole:  func(n int) string { return fmt.Sprintf("abs(a%d)", e.m.List[n-1].Input+1) },
		units:  "count(*)",
	}
	from := e.withRatios("_base", func(m cells.Measure) string { return ofRow(m) })
	return "SELECT " + e.keys("") + e.answers() + ", " + e.evidence(source) + " FROM " + from + e.groupBy("")
}

// perUnit writes p for the i-th unit, with more that is added up.
func (e groupEmitter) perUnit(i int, more ...string) string {
	u := fmt.Sprintf("u%d", i+1)
	cols := []string{u, "count(*) AS c0"}
	for i, in := range e.m.Inputs {
		cols = append(cols, fmt.Sprintf("count(a%d) AS c%d", i+1, i+1))
		if e.summed(in) {
			cols = append(cols, fmt.Sprintf("sum(a%d) AS t%d, bool_or(a%d <> 0) AS m%d", i+1, i+1, i+1, i+1))
		}
	}
	for i := range e.m.Subset {
		cols = append(cols, fmt.Sprintf("bool_or(f%d) AS f%d", i+1, i+1))
	}
	cols = append(cols, more...)
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + " FROM _base WHERE " + u + " IS NOT NULL" + e.groupBy(u)
}

// summed reports whether values of the input are added up, not only counted.
func (e groupEmitter) summed(in cells.Input) bool {
	return slices.ContainsFunc(e.b.Aggs, func(g *plan.Aggregate) bool {
		return !g.Counts() && plan.SameExpr(g.Arg, in.Arg) && plan.SameExpr(g.Filter, in.Filter)
	})
}

// merged writes r from p.
func (e groupEmitter) merged() string {
	cols := []string{"coalesce(CAST(sum(c0) AS BIGINT), 0) AS v0"}
	for i, g := range e.b.Aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.mergedAggregate(g), i+1))
	}
	from := e.withRatios("_p", func(m cells.Measure) string { return addedBy(m) })
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + ", " + e.evidence(e.ofUnit()) + " FROM " + from +
		e.groupBy("")
}

func (e groupEmitter) mergedAggregate(g *plan.Aggregate) string {
	if g.Fn == "count_units" && g.Filter == nil {
		return "count(*)"
	}
	if g.Fn == "count_units" {
		return fmt.Sprintf("count(*) FILTER (WHERE c%d > 0)", e.m.In(nil, g.Filter)+1)
	}
	n := e.m.In(g.Arg, g.Filter) + 1
	switch {
	case g.Fn == "count":
		return fmt.Sprintf("coalesce(CAST(sum(c%d) AS BIGINT), 0)", n)
	case g.Fn == "avg":
		return fmt.Sprintf("CAST(sum(t%d) AS DOUBLE) / NULLIF(sum(c%d), 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(sum(t%d) AS %s)", n, typeSQL(g.Type))
}

// evidenceOf writes the evidence over the i-th unit on its own.
func (e groupEmitter) evidenceOf(i int) string {
	from := e.withRatios("("+e.perUnit(i)+")", func(m cells.Measure) string { return addedBy(m) })
	x := "SELECT " + e.keys("") + e.evidence(e.ofUnit()) + "\n  FROM " + from + e.groupBy("")
	return e.ratios("(" + x + ")")
}

// final writes the outermost SELECT: the cells with their evidence, in the order of their keys.
func (e groupEmitter) final() string {
	var cols, order []string
	for i, k := range e.b.Keys {
		key := &plan.Expr{Op: plan.OpKey, Key: i, Type: k.Type}
		cols = append(cols, outputSQL(key, e.b.Aggs)+" AS "+Quote(e.cells[i].Name))
		order = append(order, fmt.Sprintf("r.k%d NULLS LAST", i+1))
	}
	for i, g := range e.b.Aggs {
		v := &plan.Expr{Op: plan.OpAgg, Aggregate: g, Type: g.Type}
		cols = append(cols, outputSQL(v, e.b.Aggs)+" AS "+Quote(e.cells[len(e.b.Keys)+i].Name))
	}
	for i, g := range e.b.Derived {
		value := outputSQL(g.Of, e.b.Aggs)
		if g.Fn == "quantile" {
			value = fmt.Sprintf("q.q%d", 1+slices.Index(e.h.Of, g))
		}
		cols = append(cols, value+" AS "+Quote(e.cells[len(e.b.Keys)+len(e.b.Aggs)+i].Name))
	}
	if len(e.b.Levels) > 0 {
		cols, order = append(cols, e.levelName()), append(order, "r.k0")
	}
	s := "SELECT " + strings.Join(append(cols, e.evidenceColumns()...), ", ") + "\nFROM _r AS r"
	if len(e.m.Parts) > 0 {
		s += " LEFT JOIN _a AS a ON " + e.sameKeys("r", "a")
	}
	if e.figures() != nil {
		s += " LEFT JOIN _y AS y ON " + e.sameKeys("r", "y")
	}
	if e.h != nil {
		s += " LEFT JOIN _q AS q ON " + e.sameKeys("r", "q")
	}
	s += e.joinedTotals()
	if len(order) > 0 {
		s += "\nORDER BY " + strings.Join(order, ", ")
	}
	return s
}
