package query

import (
	"fmt"
	"strconv"
	"strings"
)

// ofUnit reads what perUnit wrote.
func (e groupEmitter) ofUnit() unitSource {
	return unitSource{
		spread: func(n int) spread { return e.spreadOfUnits(e.m.list[n-1].ofUnit()) },
		moving: func(n int) string { return e.m.list[n-1].unitsMoving() },
		tells:  tellingRows,
		units:  "count(*)",
	}
}

// tellingRows counts, over one row for each unit, those with rows in subset i.
func tellingRows(i int) string { return fmt.Sprintf("count(*) FILTER (WHERE f%d)", i+1) }

// unitSource says how to read from a relation how many units there are, how measure n spreads over them, how many of them move it
// at all ("" where all do), and how many have rows in subset i.
type unitSource struct {
	spread func(n int) spread
	moving func(n int) string
	tells  func(i int) string
	units  string
}

// spread writes the total of a measure, its largest unit, the two largest and the n largest.
type spread struct{ z, l, d, b string }

// An average is its sum over its count, so only rows that move the sum make a unit a contributor to it.
func (m measure) unitsMoving() string {
	switch {
	case m.input < 0:
		return ""
	case m.counts:
		return fmt.Sprintf("count(*) FILTER (WHERE c%d > 0)", m.input+1)
	}
	return fmt.Sprintf("count(*) FILTER (WHERE m%d)", m.input+1)
}

func (m measure) ofUnit() string {
	if m.counts {
		return fmt.Sprintf("CAST(c%d AS DOUBLE)", m.input+1)
	}
	return fmt.Sprintf("abs(CAST(t%d AS DOUBLE))", m.input+1)
}

// rowsMoving counts those that are not 0. Zeros are few as a rule, so the engine is faster at counting them.
func (m measure) rowsMoving() string {
	switch {
	case m.input < 0:
		return ""
	case m.counts:
		return fmt.Sprintf("count(a%d)", m.input+1)
	}
	return fmt.Sprintf("count(a%d) - count(*) FILTER (WHERE a%d = 0)", m.input+1, m.input+1)
}

// distance is how far a row's value lies from 0. Numbers of an exact type stay what they are: the engine adds and compares them
// much faster than doubles.
func (e groupEmitter) distance(m measure) string {
	a, in := fmt.Sprintf("a%d", m.input+1), e.m.inputs[m.input]
	t := e.guard(in).typ
	switch {
	case (t.kind == kInt || t.kind == kDecimal) && newSpanner().of(in.arg, assume(e.b.where, in.filter)).positive():
		return a
	case t.kind == kDecimal && t.width <= 18:
		return "abs(" + a + ")"
	}
	return "abs(CAST(" + a + " AS DOUBLE))" // there is no abs of the least BIGINT
}

// spreadOfRows writes the spread of a measure where each unit has one row. Counted rows add 1 each, so the count says all;
// otherwise one list of the largest does.
func (e groupEmitter) spreadOfRows(m measure) spread {
	most := e.risk.Dominance.N
	if m.input < 0 || m.counts {
		c := "count(*)"
		if m.input >= 0 {
			c = fmt.Sprintf("count(a%d)", m.input+1)
		}
		return spread{"CAST(" + c + " AS DOUBLE)", "least(" + c + ", 1)", "least(" + c + ", 2)", fmt.Sprintf("least(%s, %d)", c, most)}
	}
	s := e.distance(m)
	list := fmt.Sprintf("max(%s, %d)", s, max(most, 2))
	largest := func(n int) string {
		if n < max(most, 2) {
			return fmt.Sprintf("CAST(list_sum(list_slice(%s, 1, %d)) AS DOUBLE)", list, n)
		}
		return "CAST(list_sum(" + list + ") AS DOUBLE)"
	}
	return spread{"CAST(sum(" + s + ") AS DOUBLE)", "CAST(list_extract(" + list + ", 1) AS DOUBLE)", largest(2), largest(most)}
}

// spreadOfUnits writes the spread of s, what each row adds in doubles.
func (e groupEmitter) spreadOfUnits(s string) spread {
	return spread{"sum(" + s + ")", "max(" + s + ")", "list_sum(max(" + s + ", 2))", fmt.Sprintf("list_sum(max(%s, %d))", s, e.risk.Dominance.N)}
}

// evidence writes the fewest units n and for each measure z, l, d and b.
func (e groupEmitter) evidence(from unitSource) string {
	least, cols := []string{from.units}, []string{}
	for i := range e.m.list {
		n := i + 1
		if moving := from.moving(n); moving != "" {
			least = append(least, moving)
		}
		sp := from.spread(n)
		cols = append(cols, fmt.Sprintf("%s AS z%d, %s AS l%d, %s AS d%d", sp.z, n, sp.l, n, sp.d, n))
		if e.risk.Dominance.N != 2 {
			cols = append(cols, fmt.Sprintf("%s AS b%d", sp.b, n))
		}
	}
	for i := range e.m.subset {
		least = append(least, from.tells(i))
	}
	return strings.Join(append([]string{worst("least", least) + " AS n"}, cols...), ", ")
}

// ratios adds to a relation with z, l, d and b the share of the n largest units and the p-ratio, −1 where there is none.
func (e groupEmitter) ratios(from string) string {
	var cols strings.Builder
	for i := range e.m.list {
		n, largest := i+1, "b"
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
	cols := []string{worst("least", e.each("coalesce(e%d.n, 0)")) + " AS n"}
	for i := range e.m.list {
		n := i + 1
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

// evidenceColumns are the last columns of the statement, in the order of Plan.Evidence.
func (e groupEmitter) evidenceColumns() []string {
	cols := []string{`r.n AS "_units"`, `r.v0 AS "_rows"`}
	for i := range e.m.list {
		cols = append(cols, fmt.Sprintf(`r.s%d AS "_share_%d", r.p%d AS "_p_%d"`, i+1, i+1, i+1, i+1))
	}
	return cols
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
