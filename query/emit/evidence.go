package emit

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// ofUnit reads what perUnit wrote.
func (e groupEmitter) ofUnit() unitSource {
	return unitSource{
		spread: func(n int) spread { return e.spreadOfUnits(ofUnit(e.m.List[n-1])) },
		moving: func(n int) string { return unitsMoving(e.m.List[n-1]) },
		values: func(n int) string {
			return fmt.Sprintf("coalesce(CAST(sum(c%d) AS BIGINT), 0)",
				e.m.List[n-1].Input+1)
		},
		ratio: func(n, o int) string { return e.deviants(fmt.Sprintf("x%d_%d", n, o)) },
		tells: tellingRows,
		whole: func(n int) string { return e.wholeOf(n) },
		units: "count(*)",
	}
}

// tellingRows counts, over one row for each unit, those with rows in subset i.
func tellingRows(i int) string { return fmt.Sprintf("count(*) FILTER (WHERE f%d)", i+1) }

// unitSource says how to read from a relation how many units there are, how measure n spreads over them, how many of
// them move it at all ("" where all do), how many (enough at most) stand in another ratio of measures n and o than
// most, how many values measure n takes in, and how many units have rows in subset i, and what whole number a unit adds
// to measure n.
type unitSource struct {
	spread func(n int) spread
	moving func(n int) string
	ratio  func(n, o int) string
	values func(n int) string
	tells  func(i int) string
	whole  func(n int) string
	units  string
}

// spread writes the total of a measure, its largest unit, the two largest and the n largest.
type spread struct{ z, l, d, b string }

// distance is how far a row's value lies from 0. Numbers of an exact type stay what they are: the engine adds and
// compares them much faster than doubles.
func (e groupEmitter) distance(m cells.Measure) string {
	a, in := fmt.Sprintf("a%d", m.Input+1), e.m.Inputs[m.Input]
	t := e.guard(in).Type
	switch {
	case (t.Kind == plan.KindInt || t.Kind == plan.KindDecimal) &&
		interval.NewFinder().Of(in.Arg, interval.Assume(e.b.Where, in.Filter)).Positive():
		return a
	case t.Kind == plan.KindDecimal && t.Width <= 18:
		return "abs(" + a + ")"
	}
	return "abs(CAST(" + a + " AS DOUBLE))" // there is no abs of the least BIGINT
}

// spreadOfRows writes the spread of a measure where each unit has one row. Counted rows add 1 each, so the count says
// all; otherwise one list of the largest does.
func (e groupEmitter) spreadOfRows(m cells.Measure) spread {
	most := e.risk.Dominance.N
	if m.Input < 0 || m.Counts { // a unit is a row
		c := "count(*)"
		if m.Input >= 0 {
			c = fmt.Sprintf("count(a%d)", m.Input+1)
		}
		return spread{"CAST(" + c + " AS DOUBLE)", "least(" + c + ", 1)", "least(" + c + ", 2)",
			fmt.Sprintf("least(%s, %d)", c, most)}
	}
	s := e.distance(m)
	list := fmt.Sprintf("max(%s, %d)", s, e.kept())
	largest := func(n int) string { return fmt.Sprintf("CAST(list_sum(list_slice(%s, 1, %d)) AS DOUBLE)", list, n) }
	return spread{"CAST(sum(" + s + ") AS DOUBLE)", "CAST(list_extract(" + list + ", 1) AS DOUBLE)", largest(2),
		largest(most)}
}

// spreadOfUnits writes the spread of s, what each row adds in doubles.
func (e groupEmitter) spreadOfUnits(s string) spread {
	return spread{"sum(" + s + ")", "max(" + s + ")", "list_sum(max(" + s + ", 2))",
		fmt.Sprintf("list_sum(max(%s, %d))", s, e.risk.Dominance.N)}
}

// evidence writes the fewest units n and for each measure z, l, d and b.
func (e groupEmitter) evidence(from unitSource) string {
	least, cols := []string{from.units}, []string{}
	for n := 1; n <= e.m.Shown; n++ {
		told := []string{from.units}
		if moving := from.moving(n); moving != "" {
			told[0] = moving
		}
		for _, o := range e.beside(n) {
			if e.m.Own[n-1] == o { // units that add nothing have one ratio: those that move the measure are no fewer
				told[0] = from.ratio(n, o)
			} else {
				told = append(told, from.ratio(n, o))
			}
		}
		for _, i := range e.m.Alternatives[n-1] {
			told = append(told, from.tells(i))
		}
		if e.m.Multiples(n - 1) {
			told = append(told, e.indivisible(from.whole(n)))
		}
		cols = append(cols, fmt.Sprintf("%s AS q%d", worst("least", told), n))
		sp := from.spread(n)
		cols = append(cols, fmt.Sprintf("%s AS z%d, %s AS l%d, %s AS d%d", sp.z, n, sp.l, n, sp.d, n),
			fmt.Sprintf("%s AS w%d", from.values(n), n))
		if e.risk.Dominance.N != 2 {
			cols = append(cols, fmt.Sprintf("%s AS b%d", sp.b, n))
		}
	}
	for i, s := range e.m.Subset {
		if !s.Sums {
			least = append(least, from.tells(i))
		}
	}
	return strings.Join(append([]string{worst("least", least) + " AS n"}, cols...), ", ")
}

// ratios adds to a relation with z, l, d and b the share of the n largest units and the p-ratio, −1 where there is
// none.
func (e groupEmitter) ratios(from string) string {
	var cols strings.Builder
	for n := 1; n <= e.m.Shown; n++ {
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
	cols := []string{worst("least", e.each("coalesce(e%d.n, 0)")) + " AS n"}
	for n := 1; n <= e.m.Shown; n++ {
		share, p := e.each(fmt.Sprintf("coalesce(e%%d.s%d, -1)", n)), e.each(fmt.Sprintf("nullif(e%%d.p%d, -1)", n))
		cols = append(cols, fmt.Sprintf("%s AS q%d", worst("least", e.each(fmt.Sprintf("coalesce(e%%d.q%d, 0)", n))),
			n))
		cols = append(cols, fmt.Sprintf("%s AS z%d", worst("greatest", e.each(fmt.Sprintf("coalesce(e%%d.z%d, 0)", n))),
			n),
			fmt.Sprintf("%s AS w%d", worst("least", e.each(fmt.Sprintf("coalesce(e%%d.w%d, 0)", n))), n))
		cols = append(cols, fmt.Sprintf("%s AS s%d, coalesce(%s, -1) AS p%d", worst("greatest", share), n,
			worst("least", p), n))
	}
	s := "SELECT g.*, " + strings.Join(cols, ", ") + "\n  FROM _g AS g"
	for i := range e.units {
		s += fmt.Sprintf(" LEFT JOIN _e%d AS e%d ON %s", i+1, i+1, e.sameKeys("g", fmt.Sprintf("e%d", i+1)))
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

func (e groupEmitter) sameKeys(a, b string) string {
	if len(e.b.Keys) == 0 {
		return "TRUE"
	}
	var s []string
	for _, i := range e.keyNumbers() {
		s = append(s, fmt.Sprintf("%s.k%d IS NOT DISTINCT FROM %s.k%d", a, i, b, i))
	}
	return strings.Join(s, " AND ")
}

// evidenceColumns are the last columns of the statement, in the order of Plan.Evidence.
func (e groupEmitter) evidenceColumns() []string {
	cols := []string{`r.n AS "_units"`, `r.v0 AS "_rows"`}
	for i := range e.m.Shown {
		cols = append(cols, fmt.Sprintf(`%s AS "_units_%d"`, e.told(i+1), i+1),
			fmt.Sprintf(`r.s%d AS "_share_%d"`, i+1, i+1), fmt.Sprintf(`r.p%d AS "_p_%d"`, i+1, i+1),
			fmt.Sprintf(`coalesce(r.z%d, 0) AS "_total_%d"`, i+1, i+1), fmt.Sprintf(`r.w%d AS "_values_%d"`, i+1, i+1))
	}
	if len(e.m.Parts) > 0 {
		cols = append(cols, `a.atoms AS "_atoms"`)
	}
	if e.partsOfUnits() {
		cols = append(cols, `a.unit_atoms AS "_unit_atoms"`)
	}
	if e.figures() != nil {
		cols = append(cols, "y.vectors AS "+Quote(task.EvidenceVectors))
	}
	return cols
}

// ends lists the k smallest and the k largest values of an input in single precision.
func (e groupEmitter) ends(input int) string {
	return fmt.Sprintf("CAST(list_concat(min(%[1]s, %[2]d), list_slice(max(%[1]s, %[3]d), 1, "+
		"least(greatest(count(%[1]s) - %[2]d, 0), %[2]d))) AS FLOAT[])", fmt.Sprintf("a%d", input+1), e.enough(),
		e.kept())
}

// masksOfUnits counts the units whose rows are together in each combination of parts, of several kinds of units the
// fewest.
func (e groupEmitter) masksOfUnits() string {
	var of []string
	for _, u := range e.each("u%d") {
		unit := "SELECT " + e.keys("") + u + ", bit_or(m) AS m FROM _base WHERE " + u + " IS NOT NULL" + e.groupBy(u)
		of = append(of, "SELECT "+e.keys("")+"m, count(*) AS n FROM ("+unit+")"+e.groupBy("m"))
	}
	return e.fewest(of)
}
