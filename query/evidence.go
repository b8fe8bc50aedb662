package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ofUnit reads what perUnit wrote.
func (e groupEmitter) ofUnit() unitRow {
	return unitRow{
		magnitude: func(n int) string { return e.m.list[n-1].ofUnit() },
		moves:     func(n int) string { return e.m.list[n-1].movedByUnit() },
		tells:     func(i int) string { return fmt.Sprintf("f%d", i+1) },
	}
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
	s := "SELECT g.*, " + strings.Join(cols, ", ") + "\n  FROM _g AS g"
	for i := range e.units {
		s += fmt.Sprintf(" LEFT JOIN _e%d AS e%d ON %s", i+1, i+1, e.sameKeys(i+1))
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

// evidenceColumns are the last columns of the result, in the order of Plan.Evidence. A combination is as bad as its worst
// part.
func (e groupEmitter) evidenceColumns() []string {
	cols := []string{`r.n AS "_units"`, `r.v0 AS "_rows"`}
	for i, m := range e.m.list {
		s, p := fmt.Sprintf("r.s%d", i+1), fmt.Sprintf("r.p%d", i+1)
		if m.parts != nil {
			var shares, ratios []string
			for _, n := range m.parts {
				shares, ratios = append(shares, fmt.Sprintf("r.s%d", n)), append(ratios, fmt.Sprintf("nullif(r.p%d, -1)", n))
			}
			s, p = worst("greatest", shares), "coalesce("+worst("least", ratios)+", -1)"
		}
		cols = append(cols, fmt.Sprintf(`%s AS "_share_%d", %s AS "_p_%d"`, s, i+1, p, i+1))
	}
	return cols
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
