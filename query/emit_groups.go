package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// groupEmitter writes an aggregate result and, row by row beside it, the evidence of who is behind it. Its parts:
//
//	_base the rows of FROM and WHERE: keys k1…, privacy units u1…, aggregate inputs a1…, subsets f1…, the parts that a row
//	      is in as bits of m
//	_p    _base by keys and unit: sums t1…, counts c1…, whether a sum moves m1…
//	_x    by keys: the answer v1… with its rows v0, fewest units n, and of each measure the units q1… that it tells of, the
//	      total z1…, the largest unit l1…, the two largest d1… and the n largest b1…
//	_a    by keys: how many units are in each combination of parts, by their rows and by all they have
//	_g    _base by keys: the answer alone; _e1… the evidence over each unit
//	_r    the answer with n and, for each measure, its share s1… and p-ratio p1…
//
// Where each row of _base is a unit of its own, _x comes straight from _base. With one privacy unit and an answer that can be
// put together from each unit's part, _x comes from _p. Otherwise _r joins _g and the worst of _e1…. No dataset's
// name begins with _, so none can be meant by these.
type groupEmitter struct {
	b     *block
	m     *measures
	cells []yumen.ArtifactColumn
	risk  yumen.Risk
	units []*unit
}

// groupsSQL is a statement that gives a table of cells with evidence in its last columns, and where there is one the pass that gives the
// same rows sooner.
type groupsSQL struct {
	sql      string
	evidence int
	grouping *task.Grouping
}

// emitGroups writes the statement of a table of cells. The risk appetite holds the strictest threshold.
func emitGroups(t *cellTable, risk yumen.Risk) (out groupsSQL) {
	b := t.block
	e := groupEmitter{b: b, m: t.measures, cells: t.columns, risk: risk, units: b.present()}
	final := e.final()
	out.evidence = len(e.evidenceColumns())
	ctes := []string{cte("_base", e.base())}
	switch {
	case e.rowsAreUnits():
		ctes = append(ctes, cte("_x", e.direct()), cte("_r", e.ratios("_x")))
		if len(e.m.parts) > 0 && e.mergeable() { // else the engine is faster
			out.grouping = e.grouping(final)
		}
	case len(e.units) == 1 && e.mergeable():
		ctes = append(ctes, cte("_p", e.perUnit(0)), cte("_x", e.merged()), cte("_r", e.ratios("_x")))
		out.grouping = e.grouping(final)
	default:
		ctes = append(ctes, cte("_g", e.answer()))
		for i := range e.units {
			ctes = append(ctes, cte(fmt.Sprintf("_e%d", i+1), e.evidenceOf(i)))
		}
		ctes = append(ctes, cte("_r", e.together()))
	}
	if len(e.m.parts) > 0 {
		ctes = append(ctes, cte("_a", e.atoms()))
	}
	out.sql = "WITH " + strings.Join(ctes, ",\n") + "\n" + final
	return out
}

func cte(name, body string) string { return name + " AS (\n  " + body + "\n)" }

// present lists the privacy units that rows can depend on: those that WHERE does not exclude.
func (b *block) present() []*unit {
	return slices.DeleteFunc(b.classes(), func(u *unit) bool { return u.absent })
}

func (e groupEmitter) rowsAreUnits() bool { return e.b.rowsAreUnits() }

// rowsAreUnits reports whether every row belongs to a unit of its own.
func (b *block) rowsAreUnits() bool {
	if len(b.rels) != 1 || len(b.present()) != 1 {
		return false
	}
	r := b.rels[0]
	if r.table != nil {
		return r.table.Dataset.Unit.Kind == yumen.UnitKindRow
	}
	return r.inner != nil && r.inner.grouped && len(r.inner.keys) == 1
}

// mergeable reports whether the answer is a function of sums and counts.
func (e groupEmitter) mergeable() bool {
	return !slices.ContainsFunc(e.b.aggs, func(g *aggregate) bool {
		return g.fn != "count" && g.fn != "sum" && g.fn != "avg" && g.fn != "count_units"
	})
}

func (e groupEmitter) base() string {
	var cols []string
	for i, k := range e.b.keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", k.sql(nil), i+1))
	}
	for i, u := range e.units {
		cols = append(cols, fmt.Sprintf("%s AS u%d", u.unitSQL(), i+1))
	}
	for i, in := range e.m.inputs {
		cols = append(cols, fmt.Sprintf("%s AS a%d", in.sql(e.guard(in)), i+1))
	}
	for i, s := range e.m.subset {
		cols = append(cols, fmt.Sprintf("%s AS f%d", s.sql(), i+1))
	}
	if len(e.m.parts) > 0 {
		cols = append(cols, e.mask()+" AS m")
	}
	rows := "SELECT " + strings.Join(cols, ", ") + e.b.fromSQL()
	var held []string
	for _, g := range e.b.aggs {
		if g.fn == "count_distinct" {
			held = append(held, e.heldBy(e.m.in(g.arg, g.filter)+1))
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

// sql writes the value an aggregate takes from a row.
func (in input) sql(arg *expr) string {
	value := "1"
	if arg != nil {
		value = arg.sql(nil)
	}
	if in.filter != nil {
		value = fmt.Sprintf("CASE WHEN %s THEN %s END", in.filter.sql(nil), value)
	}
	return value
}

// sql writes whether a row belongs to the subset.
func (s subset) sql() string {
	in := s.arg.sql(nil)
	if s.arg.typ == tBool && !s.counts {
		in = "CAST(" + in + " AS BIGINT)"
	}
	switch {
	case s.counts && s.rest:
		return "(" + in + ") IS NULL"
	case s.counts:
		return "(" + in + ") IS NOT NULL"
	case s.rest:
		return "coalesce((" + in + ") = 0, TRUE)"
	}
	return "coalesce((" + in + ") <> 0, FALSE)"
}

// guard holds an input to the range of all aggregates that read it.
func (e groupEmitter) guard(in input) *expr {
	out := in.arg
	for _, g := range e.b.aggs {
		if g.arg != nil && sameExpr(g.arg, in.arg) && sameExpr(g.filter, in.filter) && !g.counts() {
			out = g.guarded()
			if g.fn != "sum" && g.fn != "avg" {
				break
			}
		}
	}
	return e.narrowed(out, in)
}

// keys lists the key columns with a prefix, each followed by a comma.
func (e groupEmitter) keys(prefix string) string {
	var s strings.Builder
	for i := range e.b.keys {
		fmt.Fprintf(&s, "%sk%d, ", prefix, i+1)
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
	for i, g := range e.b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.aggregate(g), i+1))
	}
	return strings.Join(cols, ", ")
}

// aggregate writes an aggregate over base.
func (e groupEmitter) aggregate(g *aggregate) string {
	if g.fn == "count_units" {
		return "count(" + e.countedUnit(g) + ")"
	}
	arg := "*"
	if n := e.m.in(g.arg, g.filter); n >= 0 {
		arg = fmt.Sprintf("a%d", n+1)
	}
	switch {
	case g.fn == "count_distinct": // a value that few hold would tell of them by being there
		n := e.m.in(g.arg, g.filter) + 1
		arg = fmt.Sprintf("DISTINCT CASE WHEN held%d >= %d THEN a%d END", n, e.risk.K, n)
	case g.fn == "sum" && g.typ == tInt:
		return "TRY_CAST(sum(" + arg + ") AS BIGINT)"
	}
	return engineNames[g.fn] + "(" + arg + ")"
}

// countedUnit is the argument that counts distinct units: those of the rows that pass the aggregate's filter.
func (e groupEmitter) countedUnit(g *aggregate) string {
	u := fmt.Sprintf("u%d", slices.Index(e.units, g.unit.root())+1)
	if g.filter == nil {
		return "DISTINCT " + u
	}
	return fmt.Sprintf("DISTINCT CASE WHEN a%d IS NOT NULL THEN %s END", e.m.in(nil, g.filter)+1, u)
}

// direct writes r where each row of base is one unit.
func (e groupEmitter) direct() string {
	source := unitSource{
		spread: func(n int) spread { return e.spreadOfRows(e.m.list[n-1]) },
		moving: func(n int) string { return e.m.list[n-1].rowsMoving() },
		ratio:  e.deviantRows,
		values: func(n int) string { return e.m.list[n-1].rowsValued() },
		tells:  tellingRows,
		units:  "count(*)",
	}
	from := e.withRatios("_base", func(m measure) string { return m.ofRow() })
	return "SELECT " + e.keys("") + e.answers() + ", " + e.evidence(source) + " FROM " + from + e.groupBy("")
}

// perUnit writes p for the i-th unit.
func (e groupEmitter) perUnit(i int) string {
	u := fmt.Sprintf("u%d", i+1)
	cols := []string{u, "count(*) AS c0"}
	for i, in := range e.m.inputs {
		cols = append(cols, fmt.Sprintf("count(a%d) AS c%d", i+1, i+1))
		if e.summed(in) {
			cols = append(cols, fmt.Sprintf("sum(a%d) AS t%d, bool_or(a%d <> 0) AS m%d", i+1, i+1, i+1, i+1))
		}
	}
	for i := range e.m.subset {
		cols = append(cols, fmt.Sprintf("bool_or(f%d) AS f%d", i+1, i+1))
	}
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + " FROM _base WHERE " + u + " IS NOT NULL" + e.groupBy(u)
}

// summed reports whether values of the input are added up, not only counted.
func (e groupEmitter) summed(in input) bool {
	return slices.ContainsFunc(e.b.aggs, func(g *aggregate) bool {
		return !g.counts() && sameExpr(g.arg, in.arg) && sameExpr(g.filter, in.filter)
	})
}

// merged writes r from p.
func (e groupEmitter) merged() string {
	cols := []string{"coalesce(CAST(sum(c0) AS BIGINT), 0) AS v0"}
	for i, g := range e.b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.mergedAggregate(g), i+1))
	}
	from := e.withRatios("_p", func(m measure) string { return m.addedBy() })
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + ", " + e.evidence(e.ofUnit()) + " FROM " + from + e.groupBy("")
}

func (e groupEmitter) mergedAggregate(g *aggregate) string {
	if g.fn == "count_units" && g.filter == nil {
		return "count(*)"
	}
	if g.fn == "count_units" {
		return fmt.Sprintf("count(*) FILTER (WHERE c%d > 0)", e.m.in(nil, g.filter)+1)
	}
	n := e.m.in(g.arg, g.filter) + 1
	switch {
	case g.fn == "count":
		return fmt.Sprintf("coalesce(CAST(sum(c%d) AS BIGINT), 0)", n)
	case g.fn == "avg":
		return fmt.Sprintf("CAST(sum(t%d) AS DOUBLE) / NULLIF(sum(c%d), 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(sum(t%d) AS %s)", n, g.typ.sql())
}

// evidenceOf writes the evidence over the i-th unit on its own.
func (e groupEmitter) evidenceOf(i int) string {
	from := e.withRatios("("+e.perUnit(i)+")", func(m measure) string { return m.addedBy() })
	x := "SELECT " + e.keys("") + e.evidence(e.ofUnit()) + "\n  FROM " + from + e.groupBy("")
	return e.ratios("(" + x + ")")
}

// final writes the outermost SELECT: the cells with their evidence, in the order of their keys.
func (e groupEmitter) final() string {
	var cols, order []string
	for i, k := range e.b.keys {
		key := &expr{op: opKey, key: i, typ: k.typ}
		cols = append(cols, key.output(e.b.aggs)+" AS "+quote(e.cells[i].Name))
		order = append(order, fmt.Sprintf("r.k%d NULLS LAST", i+1))
	}
	for i, g := range e.b.aggs {
		v := &expr{op: opAgg, agg: g, typ: g.typ}
		cols = append(cols, v.output(e.b.aggs)+" AS "+quote(e.cells[len(e.b.keys)+i].Name))
	}
	for i, g := range e.b.derived {
		cols = append(cols, g.of.output(e.b.aggs)+" AS "+quote(e.cells[len(e.b.keys)+len(e.b.aggs)+i].Name))
	}
	s := "SELECT " + strings.Join(append(cols, e.evidenceColumns()...), ", ") + "\nFROM _r AS r"
	if len(e.m.parts) > 0 {
		s += " LEFT JOIN _a AS a ON " + e.sameKeys("r", "a")
	}
	if len(order) > 0 {
		s += "\nORDER BY " + strings.Join(order, ", ")
	}
	return s
}

// aggregates reports whether e is computed from aggregates.
func (e *expr) aggregates() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opAgg
		return !found
	})
	return found
}
