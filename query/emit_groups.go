package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// groupEmitter writes an aggregate result and, row by row beside it, the evidence of who is behind it. Its parts:
//
//	base  the rows of FROM and WHERE: keys k1…, privacy units u1…, aggregate inputs a1…, subsets f1…
//	p     base by keys and unit: sums t1…, counts c1…, whether a sum moves m1…
//	x     by keys: the answer v1… with its rows v0, fewest units n, and of each measure the total z1…, the largest unit l1…,
//	      the two largest d1… and the n largest b1…
//	g     base by keys: the answer alone; e1… the evidence over each unit
//	r     the answer with n and, for each measure, its share s1… and p-ratio p1…
//
// Where each row of base is a unit of its own, x comes straight from base. With one privacy unit and an answer that can be
// put together from each unit's part, x comes from p. Otherwise r joins g and the worst of e1….
type groupEmitter struct {
	b     *block
	m     *measures
	risk  yumen.Risk
	plan  *Plan
	units []*unit
	// deciding are the aggregates that HAVING and ORDER BY look at; their units are then counted apart.
	deciding []*aggregate
}

func emitGroups(b *block, m *measures, risk yumen.Risk, plan *Plan) string {
	e := groupEmitter{b: b, m: m, risk: risk, plan: plan, units: b.present(), deciding: b.deciding()}
	ctes := []string{cte("base", e.base())}
	switch {
	case e.rowsAreUnits():
		ctes = append(ctes, cte("x", e.direct()), cte("r", e.ratios("x")))
	case len(e.units) == 1 && e.mergeable():
		ctes = append(ctes, cte("p", e.perUnit(0)), cte("x", e.merged()), cte("r", e.ratios("x")))
	default:
		ctes = append(ctes, cte("g", e.answer()))
		for i := range e.units {
			ctes = append(ctes, cte(fmt.Sprintf("e%d", i+1), e.evidenceOf(i)))
		}
		ctes = append(ctes, cte("r", e.together()))
	}
	return "WITH " + strings.Join(ctes, ",\n") + "\n" + e.final()
}

func cte(name, body string) string { return name + " AS (\n  " + body + "\n)" }

// deciding lists the aggregates that HAVING and ORDER BY look at.
func (b *block) deciding() (out []*aggregate) {
	gather := func(x *expr) bool {
		if x.op == opAgg && !slices.Contains(out, x.agg) {
			out = append(out, x.agg)
		}
		return x.op != opAgg
	}
	b.having.walk(gather)
	for _, o := range b.order {
		o.expr.walk(gather)
	}
	return out
}

// present lists the privacy units that rows can depend on: those that WHERE does not exclude.
func (b *block) present() []*unit {
	return slices.DeleteFunc(b.classes(), func(u *unit) bool { return u.absent })
}

// rowsAreUnits reports whether every row of base belongs to a unit of its own.
func (e groupEmitter) rowsAreUnits() bool {
	if len(e.b.rels) != 1 || len(e.units) != 1 {
		return false
	}
	r := e.b.rels[0]
	if r.inner == nil {
		return r.table.Dataset.Unit.Kind == yumen.RowUnit
	}
	return r.inner.grouped && len(r.inner.keys) == 1
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
	return "SELECT " + strings.Join(cols, ", ") + e.b.fromSQL()
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
	in := s.input.sql(s.arg)
	if s.counts {
		if s.rest {
			return "(" + in + ") IS NULL"
		}
		return "(" + in + ") IS NOT NULL"
	}
	if s.arg != nil && s.arg.typ == tBool {
		in = "CAST(" + in + " AS BIGINT)"
	}
	if s.rest {
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
	return out
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
	return "SELECT " + e.keys("") + e.answers() + " FROM base" + e.groupBy("")
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
	case g.fn == "count_distinct":
		arg = "DISTINCT " + arg
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
	return fmt.Sprintf("DISTINCT CASE WHEN a%d IS NOT NULL THEN %s END", e.m.in(g.arg, g.filter)+1, u)
}

// direct writes r where each row of base is one unit.
func (e groupEmitter) direct() string {
	source := unitRow{
		magnitude: func(n int) string { return e.m.list[n-1].ofRow() },
		moves:     func(n int) string { return e.m.list[n-1].movedByRow() },
		tells:     func(i int) string { return fmt.Sprintf("f%d", i+1) },
	}
	return "SELECT " + e.keys("") + e.answers() + ", " + e.evidence(source) + " FROM base" + e.groupBy("")
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
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + " FROM base WHERE " + u + " IS NOT NULL" + e.groupBy(u)
}

// summed reports whether values of the input are added up, not only counted.
func (e groupEmitter) summed(in input) bool {
	return slices.ContainsFunc(e.b.aggs, func(g *aggregate) bool {
		return !g.counts() && sameExpr(g.arg, in.arg) && sameExpr(g.filter, in.filter)
	})
}

// ofUnit reads what perUnit wrote.
func (e groupEmitter) ofUnit() unitRow {
	return unitRow{
		magnitude: func(n int) string { return e.m.list[n-1].ofUnit() },
		moves:     func(n int) string { return e.m.list[n-1].movedByUnit() },
		tells:     func(i int) string { return fmt.Sprintf("f%d", i+1) },
	}
}

// merged writes r from p.
func (e groupEmitter) merged() string {
	cols := []string{"coalesce(CAST(sum(c0) AS BIGINT), 0) AS v0"}
	for i, g := range e.b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.mergedAggregate(g), i+1))
	}
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + ", " + e.evidence(e.ofUnit()) + " FROM p" + e.groupBy("")
}

func (e groupEmitter) mergedAggregate(g *aggregate) string {
	if g.fn == "count_units" && g.filter == nil {
		return "count(*)"
	}
	n := e.m.in(g.arg, g.filter) + 1
	switch {
	case g.fn == "count_units":
		return fmt.Sprintf("count(*) FILTER (WHERE c%d > 0)", n)
	case g.fn == "count":
		return fmt.Sprintf("coalesce(CAST(sum(c%d) AS BIGINT), 0)", n)
	case g.fn == "avg":
		return fmt.Sprintf("CAST(sum(t%d) AS DOUBLE) / NULLIF(sum(c%d), 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(sum(t%d) AS %s)", n, g.typ.sql())
}

// evidenceOf writes the evidence over the i-th unit on its own.
func (e groupEmitter) evidenceOf(i int) string {
	x := "SELECT " + e.keys("") + e.evidence(e.ofUnit()) + "\n  FROM (" + e.perUnit(i) + ")" + e.groupBy("")
	return e.ratios("(" + x + ")")
}

// unitRow says how to read, from a relation with one row for each key and unit, what the unit adds to measure n, whether it
// moves it at all, and whether it has rows in subset i.
type unitRow struct {
	magnitude, moves func(n int) string
	tells            func(i int) string
}

// An average is its sum over its count, so only rows that move the sum make a unit a contributor to it.
func (m measure) movedByUnit() string {
	switch {
	case m.input < 0:
		return ""
	case m.counts:
		return fmt.Sprintf("c%d > 0", m.input+1)
	}
	return fmt.Sprintf("m%d", m.input+1)
}

func (m measure) ofUnit() string {
	if m.counts {
		return fmt.Sprintf("CAST(c%d AS DOUBLE)", m.input+1)
	}
	return fmt.Sprintf("abs(CAST(t%d AS DOUBLE))", m.input+1)
}

func (m measure) movedByRow() string {
	switch {
	case m.input < 0:
		return ""
	case m.counts:
		return fmt.Sprintf("a%d IS NOT NULL", m.input+1)
	}
	return fmt.Sprintf("a%d <> 0", m.input+1)
}

// ofRow is what a row adds; of a count, the count itself, as spread wants it.
func (m measure) ofRow() string {
	switch {
	case m.input < 0:
		return "count(*)"
	case m.counts:
		return fmt.Sprintf("count(a%d)", m.input+1)
	}
	return fmt.Sprintf("abs(CAST(a%d AS DOUBLE))", m.input+1)
}

// evidence writes, over one row for each unit, the fewest units n and for each measure z, l, d and b. Where aggregates decide
// about rows, it also writes what n is the least of: n0 for all, q1… for the measures, h1… for the subsets.
func (e groupEmitter) evidence(from unitRow) string {
	least, cols := []string{"count(*)"}, []string{}
	count := func(condition, as string) {
		c := "count(*) FILTER (WHERE " + condition + ")"
		least = append(least, c)
		if len(e.deciding) > 0 {
			cols = append(cols, c+" AS "+as)
		}
	}
	for _, n := range e.m.single() {
		if moves := from.moves(n); moves != "" {
			count(moves, fmt.Sprintf("q%d", n))
		}
		cols = append(cols, e.spread(n, from.magnitude(n))...)
	}
	for i := range e.m.subset {
		count(from.tells(i), fmt.Sprintf("h%d", i+1))
	}
	first := []string{worst("least", least) + " AS n"}
	if len(e.deciding) > 0 {
		first = append(first, "count(*) AS n0")
	}
	return strings.Join(append(first, cols...), ", ")
}

// spread writes z, l, d and b of a measure. Where each unit has one row and adds 1 for it, they follow from the count.
func (e groupEmitter) spread(n int, s string) []string {
	z, l, d, b := "sum("+s+")", "max("+s+")", "list_sum(max("+s+", 2))", fmt.Sprintf("list_sum(max(%s, %d))", s, e.risk.Dominance.N)
	if strings.HasPrefix(s, "count(") {
		z, l, d, b = "CAST("+s+" AS DOUBLE)", "least("+s+", 1)", "least("+s+", 2)", fmt.Sprintf("least(%s, %d)", s, e.risk.Dominance.N)
	}
	cols := []string{fmt.Sprintf("%s AS z%d, %s AS l%d, %s AS d%d", z, n, l, n, d, n)}
	if e.risk.Dominance.N != 2 {
		cols = append(cols, fmt.Sprintf("%s AS b%d", b, n))
	}
	return cols
}

// counted lists the columns of evidence that count units.
func (e groupEmitter) counted() []string {
	out := []string{"n"}
	if len(e.deciding) == 0 {
		return out
	}
	out = append(out, "n0")
	for _, n := range e.m.single() {
		if e.m.list[n-1].movedByUnit() != "" {
			out = append(out, fmt.Sprintf("q%d", n))
		}
	}
	for i := range e.m.subset {
		out = append(out, fmt.Sprintf("h%d", i+1))
	}
	return out
}

// ratios adds to a relation with z, l, d and b the share of the n largest units and the p-ratio, −1 where there is none.
func (e groupEmitter) ratios(from string) string {
	var cols strings.Builder
	for _, n := range e.m.single() {
		largest := "b"
		if e.risk.Dominance.N == 2 {
			largest = "d"
		}
		fmt.Fprintf(&cols, ",\n    CASE WHEN z%d > 0 THEN least(%s%d / z%d, 1) ELSE -1 END AS s%d, CASE WHEN l%d > 0 THEN greatest((z%d - d%d) / l%d, 0) ELSE -1 END AS p%d",
			n, largest, n, n, n, n, n, n, n, n)
	}
	return "SELECT *" + cols.String() + " FROM " + from
}

// together joins answer and evidence. Over several units the fewest, the largest share and the least p-ratio count.
func (e groupEmitter) together() string {
	var cols []string
	for _, c := range e.counted() {
		cols = append(cols, worst("least", e.each("coalesce(e%d."+c+", 0)"))+" AS "+c)
	}
	for _, n := range e.m.single() {
		share, p := e.each(fmt.Sprintf("coalesce(e%%d.s%d, -1)", n)), e.each(fmt.Sprintf("nullif(e%%d.p%d, -1)", n))
		cols = append(cols, fmt.Sprintf("%s AS s%d, coalesce(%s, -1) AS p%d", worst("greatest", share), n, worst("least", p), n))
	}
	s := "SELECT g.*, " + strings.Join(cols, ", ") + "\n  FROM g"
	for i := range e.units {
		s += fmt.Sprintf(" LEFT JOIN e%d ON %s", i+1, e.sameKeys(i+1))
	}
	return s
}

func (e groupEmitter) each(format string) (out []string) {
	for i := range e.units {
		out = append(out, fmt.Sprintf(format, i+1))
	}
	return out
}

func worst(fn string, of []string) string {
	if len(of) == 1 {
		return of[0]
	}
	return fn + "(" + strings.Join(of, ", ") + ")"
}

func (e groupEmitter) sameKeys(n int) string {
	if len(e.b.keys) == 0 {
		return "TRUE"
	}
	var s []string
	for i := range e.b.keys {
		s = append(s, fmt.Sprintf("g.k%d IS NOT DISTINCT FROM e%d.k%d", i+1, n, i+1))
	}
	return strings.Join(s, " AND ")
}

// final writes the outermost SELECT. A group below the thresholds takes no part in HAVING and is not placed by its values in
// ORDER BY: whether it passes, or where it stands, would tell them.
func (e groupEmitter) final() string {
	var cols, order []string
	for _, o := range e.b.outs {
		cols = append(cols, o.expr.output(e.b.aggs)+" AS "+quote(o.name))
	}
	from := "r"
	byValue := slices.ContainsFunc(e.b.order, func(o ordering) bool { return o.expr.aggregates() })
	decided := e.b.having != nil && e.b.having.aggregates()
	if decided || byValue {
		from = "(SELECT *, " + e.safe() + " AS ok FROM r)"
	}
	if byValue {
		order = append(order, "ok DESC")
	}
	for _, o := range e.b.order {
		order = append(order, e.orderSQL(o))
	}
	for i := range e.b.keys {
		order = append(order, fmt.Sprintf("k%d NULLS LAST", i+1))
	}
	s := "SELECT " + strings.Join(append(cols, e.evidenceColumns()...), ", ") + "\nFROM " + from
	if decided {
		s += "\nWHERE ok AND " + e.b.having.sql(e.b.aggs)
	} else if e.b.having != nil {
		s += "\nWHERE " + e.b.having.sql(e.b.aggs)
	}
	if len(order) > 0 {
		s += "\nORDER BY " + strings.Join(order, ", ")
	}
	e.note(decided, byValue)
	return s + e.b.limitSQL()
}

// evidenceColumns are the last columns of the result, in the order of Plan.Evidence. A combination is as bad as its worst
// part.
func (e groupEmitter) evidenceColumns() []string {
	cols := []string{`n AS "_units"`, `v0 AS "_rows"`}
	for i, m := range e.m.list {
		s, p := fmt.Sprintf("s%d", i+1), fmt.Sprintf("p%d", i+1)
		if m.parts != nil {
			var shares, ratios []string
			for _, n := range m.parts {
				shares, ratios = append(shares, fmt.Sprintf("s%d", n)), append(ratios, fmt.Sprintf("nullif(p%d, -1)", n))
			}
			s, p = worst("greatest", shares), "coalesce("+worst("least", ratios)+", -1)"
		}
		cols = append(cols, fmt.Sprintf(`%s AS "_share_%d", %s AS "_p_%d"`, s, i+1, p, i+1))
	}
	return cols
}

func (e groupEmitter) note(decided, byValue bool) {
	if decided {
		e.plan.Notes = append(e.plan.Notes, yumen.Say("HAVING: groups below the thresholds are left out, whether they meet the condition or not", "HAVING：低于阈值的分组一律略去，无论是否满足条件"))
	} else if byValue {
		e.plan.Notes = append(e.plan.Notes, yumen.Say("ORDER BY: groups below the thresholds come last, in the order of their keys", "ORDER BY：低于阈值的分组排在最后，按键排序"))
	}
}

func (e groupEmitter) orderSQL(o ordering) string {
	if !o.expr.aggregates() {
		return o.sql(e.b.aggs)
	}
	return fmt.Sprintf("CASE WHEN ok THEN %s END%s", o.expr.sql(e.b.aggs), o.direction())
}

// aggregates reports whether e is computed from aggregates.
func (e *expr) aggregates() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opAgg
		return !found
	})
	return found
}

// safe is the condition that a group meets every threshold the engine can measure, for all that the deciding aggregates
// tell.
func (e groupEmitter) safe() string {
	share := e.risk.Dominance.Share
	if e.plan.MaxDominance > 0 {
		share = min(share, e.plan.MaxDominance)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "(n0 >= %d", e.plan.K)
	for _, n := range e.m.single() {
		if !slices.ContainsFunc(e.deciding, func(g *aggregate) bool { return e.m.of(g) == n }) {
			continue
		}
		if e.m.list[n-1].movedByUnit() != "" {
			fmt.Fprintf(&s, " AND q%d >= %d", n, e.plan.K)
		}
		fmt.Fprintf(&s, " AND s%d <= %s AND (p%d = -1 OR p%d >= %s)", n, float(share), n, n, float(e.risk.PRatio))
	}
	for i, sub := range e.m.subset {
		if slices.ContainsFunc(sub.of, func(g *aggregate) bool { return slices.Contains(e.deciding, g) }) {
			fmt.Fprintf(&s, " AND h%d >= %d", i+1, e.plan.K)
		}
	}
	return s.String() + ")"
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
