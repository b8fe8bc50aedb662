package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// groupEmitter writes an aggregate result and, row by row beside it, the evidence of who is behind it:
//
//	base  the rows of FROM and WHERE: keys k1…, privacy units u1…, aggregate inputs a1…
//	g     the answer: keys, aggregates v1…, number of rows v0
//	e1…   for each privacy unit, from one row for each key and unit: least number of contributing units n, and for each
//	      measure i the share of its largest units s_i and its p-ratio p_i
//	r     all of it side by side, the worst over the units; ok tells whether the thresholds hold
type groupEmitter struct {
	b     *block
	m     *measures
	risk  yumen.Risk
	plan  *Plan
	units []*unit
}

func emitGroups(b *block, m *measures, risk yumen.Risk, plan *Plan) string {
	e := groupEmitter{b, m, risk, plan, b.classes()}
	inputs := e.inputs()
	base := e.base(inputs)
	ctes := []string{"base AS (\n  " + base + "\n)", "g AS (\n  " + e.answer() + "\n)"}
	for i := range e.units {
		ctes = append(ctes, fmt.Sprintf("e%d AS (\n  %s\n)", i+1, e.spread(i)))
	}
	ctes = append(ctes, "r AS (\n  "+e.together()+"\n)")
	return "WITH " + strings.Join(ctes, ",\n") + "\n" + e.final()
}

// inputs writes the value each aggregate takes from a row.
func (e groupEmitter) inputs() (out []string) {
	for _, in := range e.m.inputs {
		value := "1"
		if in.arg != nil {
			value = e.guard(in).sql(nil)
		}
		if in.filter != nil {
			value = fmt.Sprintf("CASE WHEN %s THEN %s END", in.filter.sql(nil), value)
		}
		out = append(out, value)
	}
	return out
}

// guard holds an input to the range of all aggregates that read it.
func (e groupEmitter) guard(in input) *expr {
	out := in.arg
	for _, g := range e.b.aggs {
		if sameExpr(g.arg, in.arg) && sameExpr(g.filter, in.filter) && !strings.HasPrefix(g.fn, "count") {
			out = g.guarded()
			if g.fn != "sum" && g.fn != "avg" {
				break
			}
		}
	}
	return out
}

func (e groupEmitter) base(inputs []string) string {
	var cols []string
	for i, k := range e.b.keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", k.sql(nil), i+1))
	}
	for i, u := range e.units {
		cols = append(cols, fmt.Sprintf("%s AS u%d", u.unitSQL(), i+1))
	}
	for i, in := range inputs {
		cols = append(cols, fmt.Sprintf("%s AS a%d", in, i+1))
	}
	return "SELECT " + strings.Join(cols, ", ") + e.b.fromSQL()
}

// keys lists the key columns with a prefix, each followed by a comma.
func (e groupEmitter) keys(prefix string) string {
	var s strings.Builder
	for i := range e.b.keys {
		fmt.Fprintf(&s, "%sk%d, ", prefix, i+1)
	}
	return s.String()
}

func (e groupEmitter) groupBy(extra ...string) string {
	keys := append(strings.Split(strings.TrimSuffix(e.keys(""), ", "), ", "), extra...)
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	if len(keys) == 0 {
		return ""
	}
	return " GROUP BY " + strings.Join(keys, ", ")
}

func (e groupEmitter) answer() string {
	cols := []string{"count(*) AS v0"}
	for i, g := range e.b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.aggregate(g), i+1))
	}
	return "SELECT " + e.keys("") + strings.Join(cols, ", ") + " FROM base" + e.groupBy()
}

func (e groupEmitter) aggregate(g *aggregate) string {
	arg := "*"
	if n := e.m.in(g.arg, g.filter); n >= 0 {
		arg = fmt.Sprintf("a%d", n+1)
	}
	switch g.fn {
	case "count_units":
		arg = e.countedUnit(g)
	case "count_distinct":
		arg = "DISTINCT " + arg
	case "sum":
		if g.typ == tInt {
			return "TRY_CAST(sum(" + arg + ") AS BIGINT)"
		}
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

// spread writes the evidence over the i-th privacy unit.
func (e groupEmitter) spread(i int) string {
	u := fmt.Sprintf("u%d", i+1)
	inner, least := []string{}, []string{"count(*)"}
	var outer []string
	for _, n := range e.m.single() {
		m := e.m.list[n-1]
		magnitude, contributes := e.contribution(m)
		inner = append(inner, fmt.Sprintf("%s AS s%d", magnitude, n))
		if contributes != "" {
			inner = append(inner, fmt.Sprintf("%s AS c%d", contributes, n))
			least = append(least, fmt.Sprintf("count(*) FILTER (WHERE c%d)", n))
		}
		outer = append(outer, e.concentration(n)...)
	}
	units := least[0]
	if len(least) > 1 {
		units = "least(" + strings.Join(least, ", ") + ")"
	}
	outer = append([]string{units + " AS n"}, outer...)
	inner = append([]string{u}, inner...)
	return fmt.Sprintf("SELECT %s%s\n  FROM (SELECT %s%s FROM base WHERE %s IS NOT NULL%s)%s",
		e.keys(""), strings.Join(outer, ", "), e.keys(""), strings.Join(inner, ", "), u, e.groupBy(u), e.groupBy())
}

// contribution is what one unit adds to a measure, in absolute terms, and whether it adds anything at all. An average is
// its sum over its count, so only rows that move the sum make a unit a contributor to it.
func (e groupEmitter) contribution(m measure) (magnitude, contributes string) {
	a := fmt.Sprintf("a%d", m.input+1)
	switch {
	case m.input < 0:
		return "CAST(count(*) AS DOUBLE)", ""
	case m.counts:
		return "CAST(count(" + a + ") AS DOUBLE)", "count(" + a + ") > 0"
	}
	return "coalesce(abs(CAST(sum(" + a + ") AS DOUBLE)), 0)", "coalesce(bool_or(" + a + " <> 0), FALSE)"
}

// concentration writes the share of the largest units in a measure and its p-ratio, −1 where there is none.
func (e groupEmitter) concentration(n int) []string {
	s := fmt.Sprintf("s%d", n)
	return []string{
		fmt.Sprintf("coalesce(least(list_sum(max(%s, %d)) / NULLIF(sum(%s), 0), 1), -1) AS s%d", s, e.risk.Dominance.N, s, n),
		fmt.Sprintf("coalesce(greatest((sum(%s) - list_sum(max(%s, 2))) / NULLIF(max(%s), 0), 0), -1) AS p%d", s, s, s, n),
	}
}

// together joins answer and evidence. Over several units the fewest, the largest share and the least p-ratio count.
func (e groupEmitter) together() string {
	units, cols := e.each("coalesce(e%d.n, 0)"), []string{}
	cols = append(cols, worst("least", units)+" AS n")
	for i, m := range e.m.list {
		share, p := e.each(fmt.Sprintf("coalesce(e%%d.s%d, -1)", i+1)), e.each(fmt.Sprintf("nullif(e%%d.p%d, -1)", i+1))
		if m.parts != nil {
			share, p = nil, nil
			for _, part := range m.parts {
				share = append(share, e.each(fmt.Sprintf("coalesce(e%%d.s%d, -1)", part))...)
				p = append(p, e.each(fmt.Sprintf("nullif(e%%d.p%d, -1)", part))...)
			}
		}
		cols = append(cols, fmt.Sprintf("%s AS s%d", worst("greatest", share), i+1), fmt.Sprintf("coalesce(%s, -1) AS p%d", worst("least", p), i+1))
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
	cols = append(cols, `n AS "_units"`, `v0 AS "_rows"`)
	for i := range e.m.list {
		cols = append(cols, fmt.Sprintf(`s%d AS "_share_%d", p%d AS "_p_%d"`, i+1, i+1, i+1, i+1))
	}
	if slices.ContainsFunc(e.b.order, func(o ordering) bool { return o.expr.aggregates() }) {
		order = append(order, "CASE WHEN "+e.safe()+" THEN 0 ELSE 1 END")
	}
	for _, o := range e.b.order {
		order = append(order, e.orderSQL(o))
	}
	for i := range e.b.keys {
		order = append(order, fmt.Sprintf("k%d NULLS LAST", i+1))
	}
	s := "SELECT " + strings.Join(cols, ", ") + "\nFROM r"
	if e.b.having != nil {
		s += "\nWHERE " + e.safe() + " AND " + e.b.having.sql(e.b.aggs)
		e.plan.Notes = append(e.plan.Notes, yumen.Say("HAVING: groups below the thresholds are left out, whether they meet the condition or not", "HAVING：低于阈值的分组一律略去，无论是否满足条件"))
	}
	if len(order) > 0 {
		s += "\nORDER BY " + strings.Join(order, ", ")
	}
	return s + e.b.limitSQL()
}

func (e groupEmitter) orderSQL(o ordering) string {
	if !o.expr.aggregates() {
		return o.sql(e.b.aggs)
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s END%s", e.safe(), o.expr.sql(e.b.aggs), o.direction())
}

// aggregates reports whether e is computed from aggregates.
func (e *expr) aggregates() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opAgg
		return !found
	})
	return found
}

// safe is the condition that a group meets every threshold the engine can measure.
func (e groupEmitter) safe() string {
	share := e.risk.Dominance.Share
	if e.plan.MaxDominance > 0 {
		share = min(share, e.plan.MaxDominance)
	}
	s := fmt.Sprintf("(n >= %d", e.plan.K)
	for _, n := range e.m.single() {
		s += fmt.Sprintf(" AND s%d <= %s AND (p%d = -1 OR p%d >= %s)", n, float(share), n, n, float(e.risk.PRatio))
	}
	return s + ")"
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
