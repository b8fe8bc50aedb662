package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ofUnit reads what perUnit wrote.
func (e groupEmitter) ofUnit() unitSource {
	return unitSource{
		spread: func(n int) spread { return e.spreadOfUnits(e.m.list[n-1].ofUnit()) },
		moving: func(n int) string { return e.m.list[n-1].unitsMoving() },
		values: func(n int) string { return fmt.Sprintf("coalesce(CAST(sum(c%d) AS BIGINT), 0)", e.m.list[n-1].input+1) },
		ratio:  func(n, o int) string { return e.deviants(fmt.Sprintf("x%d_%d", n, o)) },
		tells:  tellingRows,
		units:  "count(*)",
	}
}

// tellingRows counts, over one row for each unit, those with rows in subset i.
func tellingRows(i int) string { return fmt.Sprintf("count(*) FILTER (WHERE f%d)", i+1) }

// unitSource says how to read from a relation how many units there are, how measure n spreads over them, how many of them move it
// at all ("" where all do), how many (enough at most) stand in another ratio of measures n and o than most, how many values measure n takes in, and how
// many units have rows in subset i.
type unitSource struct {
	spread func(n int) spread
	moving func(n int) string
	ratio  func(n, o int) string
	values func(n int) string
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
	switch {
	case m.units && m.input < 0:
		return "CAST(1 AS DOUBLE)"
	case m.units:
		return fmt.Sprintf("CAST(c%d > 0 AS DOUBLE)", m.input+1)
	case m.counts:
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
	if m.input < 0 || m.counts { // a unit is a row
		c := "count(*)"
		if m.input >= 0 {
			c = fmt.Sprintf("count(a%d)", m.input+1)
		}
		return spread{"CAST(" + c + " AS DOUBLE)", "least(" + c + ", 1)", "least(" + c + ", 2)", fmt.Sprintf("least(%s, %d)", c, most)}
	}
	s := e.distance(m)
	list := fmt.Sprintf("max(%s, %d)", s, e.kept())
	largest := func(n int) string { return fmt.Sprintf("CAST(list_sum(list_slice(%s, 1, %d)) AS DOUBLE)", list, n) }
	return spread{"CAST(sum(" + s + ") AS DOUBLE)", "CAST(list_extract(" + list + ", 1) AS DOUBLE)", largest(2), largest(most)}
}

// spreadOfUnits writes the spread of s, what each row adds in doubles.
func (e groupEmitter) spreadOfUnits(s string) spread {
	return spread{"sum(" + s + ")", "max(" + s + ")", "list_sum(max(" + s + ", 2))", fmt.Sprintf("list_sum(max(%s, %d))", s, e.risk.Dominance.N)}
}

// evidence writes the fewest units n and for each measure z, l, d and b.
func (e groupEmitter) evidence(from unitSource) string {
	least, cols := []string{from.units}, []string{}
	for n := 1; n <= e.m.shown; n++ {
		told := []string{from.units}
		if moving := from.moving(n); moving != "" {
			told[0] = moving
		}
		for _, o := range e.beside(n) {
			if e.m.own[n-1] == o { // units that add nothing have one ratio: those that move the measure are no fewer
				told[0] = from.ratio(n, o)
			} else {
				told = append(told, from.ratio(n, o))
			}
		}
		for _, i := range e.m.alternatives[n-1] {
			told = append(told, from.tells(i))
		}
		cols = append(cols, fmt.Sprintf("%s AS q%d", worst("least", told), n))
		sp := from.spread(n)
		cols = append(cols, fmt.Sprintf("%s AS z%d, %s AS l%d, %s AS d%d", sp.z, n, sp.l, n, sp.d, n), fmt.Sprintf("%s AS w%d", from.values(n), n))
		if e.risk.Dominance.N != 2 {
			cols = append(cols, fmt.Sprintf("%s AS b%d", sp.b, n))
		}
	}
	for i, s := range e.m.subset {
		if !s.sums {
			least = append(least, from.tells(i))
		}
	}
	return strings.Join(append([]string{worst("least", least) + " AS n"}, cols...), ", ")
}

// ratios adds to a relation with z, l, d and b the share of the n largest units and the p-ratio, −1 where there is none.
func (e groupEmitter) ratios(from string) string {
	var cols strings.Builder
	for n := 1; n <= e.m.shown; n++ {
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
	for n := 1; n <= e.m.shown; n++ {
		share, p := e.each(fmt.Sprintf("coalesce(e%%d.s%d, -1)", n)), e.each(fmt.Sprintf("nullif(e%%d.p%d, -1)", n))
		cols = append(cols, fmt.Sprintf("%s AS q%d", worst("least", e.each(fmt.Sprintf("coalesce(e%%d.q%d, 0)", n))), n))
		cols = append(cols, fmt.Sprintf("%s AS z%d", worst("greatest", e.each(fmt.Sprintf("coalesce(e%%d.z%d, 0)", n))), n),
			fmt.Sprintf("%s AS w%d", worst("least", e.each(fmt.Sprintf("coalesce(e%%d.w%d, 0)", n))), n))
		cols = append(cols, fmt.Sprintf("%s AS s%d, coalesce(%s, -1) AS p%d", worst("greatest", share), n, worst("least", p), n))
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
	if len(e.b.keys) == 0 {
		return "TRUE"
	}
	var s []string
	for i := range e.b.keys {
		s = append(s, fmt.Sprintf("%s.k%d IS NOT DISTINCT FROM %s.k%d", a, i+1, b, i+1))
	}
	return strings.Join(s, " AND ")
}

// evidenceColumns are the last columns of the statement, in the order of Plan.Evidence.
func (e groupEmitter) evidenceColumns() []string {
	cols := []string{`r.n AS "_units"`, `r.v0 AS "_rows"`}
	for i := range e.m.shown {
		cols = append(cols, fmt.Sprintf(`r.q%d AS "_units_%d"`, i+1, i+1), fmt.Sprintf(`r.s%d AS "_share_%d"`, i+1, i+1), fmt.Sprintf(`r.p%d AS "_p_%d"`, i+1, i+1),
			fmt.Sprintf(`coalesce(r.z%d, 0) AS "_total_%d"`, i+1, i+1), fmt.Sprintf(`r.w%d AS "_values_%d"`, i+1, i+1))
	}
	if len(e.m.parts) > 0 {
		cols = append(cols, `a.atoms AS "_atoms"`)
	}
	if e.partsOfUnits() {
		cols = append(cols, `a.unit_atoms AS "_unit_atoms"`)
	}
	return cols
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// addedBy is what a unit adds to a measure, a double.
func (m measure) addedBy() string {
	switch {
	case m.units || m.input < 0 && !m.counts:
		return m.ofUnit()
	case m.counts:
		return fmt.Sprintf("CAST(c%d AS DOUBLE)", m.input+1)
	}
	return fmt.Sprintf("coalesce(CAST(t%d AS DOUBLE), 0)", m.input+1)
}

// ofRow is what a row adds that is a unit of its own.
func (m measure) ofRow() string {
	switch {
	case m.input < 0:
		return "CAST(1 AS DOUBLE)"
	case m.counts:
		return fmt.Sprintf("CAST(a%d IS NOT NULL AS DOUBLE)", m.input+1)
	}
	return fmt.Sprintf("coalesce(CAST(a%d AS DOUBLE), 0)", m.input+1)
}

// beside lists the measures that n could be nearly proportional to: the count of its own rows, and those before it that a
// cell shows beside it. The test against its own count is that of the sum.
func (e groupEmitter) beside(n int) (out []int) {
	m := e.m.list[n-1]
	if own := e.m.own[n-1]; own > 0 {
		out = append(out, own)
	}
	for i, o := range e.m.list[:n-1] {
		same := m.counts && o.counts && m.input == o.input && e.rowsAreUnits()
		if !m.values && !o.values && !same && e.m.own[i] != n && e.m.own[n-1] != i+1 {
			out = append(out, i+1)
		}
	}
	return out
}

// withRatios adds to a relation with a row for each unit the ratio x<n>_<o> of what the unit adds to each two
// measures: in single precision, so that what is equal stays equal however it was added up; NULL where it adds to
// neither. What leaves single precision is as if it were infinite: it must not fail, because a failure would depend on
// data.
func (e groupEmitter) withRatios(from string, added func(measure) string) string {
	var cols strings.Builder
	for i := range e.m.shown {
		for _, o := range e.beside(i + 1) {
			if e.rowsAreUnits() && (e.m.own[i] == o || e.m.list[i].everyRow() || e.m.list[o-1].everyRow()) {
				continue
			}
			a, b := added(e.m.list[i]), added(e.m.list[o-1])
			fmt.Fprintf(&cols, ", CASE WHEN %s <> 0 THEN coalesce(TRY_CAST(%s / %s AS FLOAT), CAST('Infinity' AS FLOAT))"+
				" WHEN %s <> 0 THEN CAST('Infinity' AS FLOAT) END AS x%d_%d", b, a, b, a, i+1, o)
		}
	}
	if cols.Len() == 0 {
		return from
	}
	return "(SELECT *" + cols.String() + " FROM " + from + ")"
}

// deviants counts those of x that are another value than the most frequent one, k = enough at most: an exact number above it
// would say more than the threshold asks. The k smallest and the k largest of x are enough for that. Leaving values
// out never makes more deviants: of any values, those that are not the most frequent one do not decrease as one more
// comes. So k deviants among them are k deviants at least. With fewer, one value is the most frequent among the
// smallest and among the largest, so it is every value between, and there are no more deviants than those seen.
func (e groupEmitter) deviants(x string) string {
	k := e.enough()
	return e.unlike(fmt.Sprintf("list_concat(min(%[1]s, %[2]d), "+
		"list_slice(max(%[1]s, %[2]d), 1, greatest(count(%[1]s) - %[2]d, 0)))", x, k))
}

// unlike counts those of a list that are another value than the most frequent one, enough at most.
func (e groupEmitter) unlike(list string) string {
	most := "list_max(map_values(list_aggregate(" + list + ", 'histogram')))"
	return fmt.Sprintf("least(coalesce(len(%s) - %s, 0), %d)", list, most, e.enough())
}

// deviantRows is deviants where each row is a unit. Beside the count of all rows the ratio is what the row adds to the
// other measure, or one over that: it is compared as it is, and only the ends are brought to single precision. Rows
// without a value add 0. Of them, 2k are enough: if 0 is not the most frequent value, k of them differ from it, and
// otherwise none does.
func (e groupEmitter) deviantRows(n, o int) string {
	if e.m.own[n-1] == o { // rows without a value are not counted
		return e.unlike(e.ends(e.m.list[n-1].input))
	}
	if e.m.list[o-1].everyRow() {
		n, o = o, n
	}
	other := e.m.list[o-1]
	switch {
	case !e.m.list[n-1].everyRow():
		return e.deviants(fmt.Sprintf("x%d_%d", max(n, o), min(n, o)))
	case other.everyRow():
		return "0"
	case other.counts:
		return fmt.Sprintf("least(count(a%[1]d), count(*) - count(a%[1]d), %[2]d)", other.input+1, e.enough())
	}
	return e.unlike(fmt.Sprintf("list_concat(%s, list_resize(CAST([] AS FLOAT[]), "+
		"least(count(*) - count(a%d), %d), CAST(0 AS FLOAT)))", e.ends(other.input), other.input+1, 2*e.enough()))
}

// ends lists the k smallest and the k largest values of an input in single precision.
func (e groupEmitter) ends(input int) string {
	return fmt.Sprintf("CAST(list_concat(min(%[1]s, %[2]d), list_slice(max(%[1]s, %[3]d), 1, "+
		"least(greatest(count(%[1]s) - %[2]d, 0), %[2]d))) AS FLOAT[])", fmt.Sprintf("a%d", input+1), e.enough(), e.kept())
}

// everyRow reports whether a row that is a unit adds 1, whatever is in it.
func (m measure) everyRow() bool { return m.input < 0 }

// kept is how many of the largest values of rows are kept, for dominance and for deviants: one list serves both.
func (e groupEmitter) kept() int { return max(e.risk.Dominance.N, 2, e.enough()) }

// mask writes the parts that a row is in as bits, part 1 the lowest.
func (e groupEmitter) mask() string {
	bits := make([]string, len(e.m.parts))
	for i, p := range e.m.parts {
		bits[i] = fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", p.sql(nil), 1<<i)
	}
	return "CAST(" + strings.Join(bits, " + ") + " AS BIGINT)"
}

// partsOfUnits reports whether units are counted under a filter: then it matters which parts a unit has rows in at all.
func (e groupEmitter) partsOfUnits() bool {
	return slices.ContainsFunc(e.b.aggs, func(g *aggregate) bool { return g.fn == "count_units" && g.filter != nil })
}

// atoms counts the units with rows in each combination of parts, and, where units are counted under filters, those whose rows
// are together in each: "combination:units", a list in one text. Where figures over several parts add up the same values,
// "combination:units:adds" counts those with rows that add something to them.
func (e groupEmitter) atoms() string {
	list := func(name, items, from string) string {
		return "SELECT " + e.keys("") + "string_agg(" + items + ", ' ' ORDER BY m) AS " + name + " FROM (" + from + ")" + e.groupBy("")
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
	rows := list("atoms", items, "SELECT "+e.keys("")+"m, "+cols+" FROM "+from+e.groupBy("m"))
	if !e.partsOfUnits() {
		return rows
	}
	units := list("unit_atoms", "m || ':' || n", e.masksOfUnits())
	return "SELECT x.*, y.unit_atoms FROM (" + rows + ") AS x LEFT JOIN (" + units + ") AS y ON " + e.sameKeys("x", "y")
}

// masksOfUnits counts the units whose rows are together in each combination of parts, of several kinds of units the fewest.
func (e groupEmitter) masksOfUnits() string {
	var of []string
	for _, u := range e.each("u%d") {
		unit := "SELECT " + e.keys("") + u + ", bit_or(m) AS m FROM _base WHERE " + u + " IS NOT NULL" + e.groupBy(u)
		of = append(of, "SELECT "+e.keys("")+"m, count(*) AS n FROM ("+unit+")"+e.groupBy("m"))
	}
	if len(of) == 1 {
		return of[0]
	}
	return fmt.Sprintf("SELECT %sm, CASE WHEN count(*) = %d THEN min(n) ELSE 0 END AS n FROM (%s)%s",
		e.keys(""), len(of), strings.Join(of, " UNION ALL "), e.groupBy("m"))
}

// rowsValued counts the values of a measure over rows.
func (m measure) rowsValued() string {
	if m.input < 0 {
		return "count(*)"
	}
	return fmt.Sprintf("count(a%d)", m.input+1)
}

// addedByParts lists the numbers of values that figures over several parts add up.
func (e groupEmitter) addedByParts() (out []int) {
	part := map[int]int{}
	for _, g := range e.b.aggs {
		if g.fn == "count" || g.fn == "count_units" {
			continue
		}
		n, p := e.m.adds(g), e.m.part(g.filter)
		if known, ok := part[n]; ok && known != p && !slices.Contains(out, n) {
			out = append(out, n)
		} else if !ok {
			part[n] = p
		}
	}
	return out
}

// adding is the condition that a row adds something to the values of a number in some part; a value that is only told from
// others does so by being there.
func (e groupEmitter) adding(adds int) string {
	var some []string
	for i, in := range e.m.inputs {
		if !sameExpr(in.arg, e.m.inputs[adds-firstSummed].arg) {
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

// enough is from how many units on no rule asks for more: k, and one more for each equation that the measures before may be.
func (e groupEmitter) enough() int { return e.risk.K + 2*len(e.b.aggs) }
