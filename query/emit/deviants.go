package emit

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/query/cells"
)

// beside lists the measures that n could be nearly proportional to: the count of its own rows, and those before it that
// a cell shows beside it. The test against its own count is that of the sum.
func (e groupEmitter) beside(n int) (out []int) {
	m := e.m.List[n-1]
	if own := e.m.Own[n-1]; own > 0 {
		out = append(out, own)
	}
	for i, o := range e.m.List[:n-1] {
		same := m.Counts && o.Counts && m.Input == o.Input && e.rowsAreUnits()
		if !m.Values && !o.Values && !same && e.m.Own[i] != n && e.m.Own[n-1] != i+1 {
			out = append(out, i+1)
		}
	}
	return out
}

// withRatios adds to a relation with a row for each unit the ratio x<n>_<o> of what the unit adds to each two
// measures: in single precision, so that what is equal stays equal however it was added up; NULL where it adds to
// neither. What leaves single precision is as if it were infinite: it must not fail, because a failure would depend on
// data.
func (e groupEmitter) withRatios(from string, added func(cells.Measure) string) string {
	var cols strings.Builder
	for i := range e.m.Shown {
		for _, o := range e.beside(i + 1) {
			if e.rowsAreUnits() && (e.m.Own[i] == o || everyRow(e.m.List[i]) || everyRow(e.m.List[o-1])) {
				continue
			}
			a, b := added(e.m.List[i]), added(e.m.List[o-1])
			fmt.Fprintf(&cols,
				", CASE WHEN %s <> 0 THEN coalesce(TRY_CAST(%s / %s AS FLOAT), CAST('Infinity' AS FLOAT))"+
					" WHEN %s <> 0 THEN CAST('Infinity' AS FLOAT) END AS x%d_%d", b, a, b, a, i+1, o)
		}
	}
	if cols.Len() == 0 {
		return from
	}
	return "(SELECT *" + cols.String() + " FROM " + from + ")"
}

// deviants counts those of x that are another value than the most frequent one, k = enough at most: an exact number
// above it would say more than the threshold asks. The k smallest and the k largest of x are enough for that. Leaving
// values out never makes more deviants: of any values, those that are not the most frequent one do not decrease as one
// more comes. So k deviants among them are k deviants at least. With fewer, one value is the most frequent among the
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
	if e.m.Own[n-1] == o { // rows without a value are not counted
		return e.unlike(e.ends(e.m.List[n-1].Input))
	}
	if everyRow(e.m.List[o-1]) {
		n, o = o, n
	}
	other := e.m.List[o-1]
	switch {
	case !everyRow(e.m.List[n-1]):
		return e.deviants(fmt.Sprintf("x%d_%d", max(n, o), min(n, o)))
	case everyRow(other):
		return "0"
	case other.Counts:
		return fmt.Sprintf("least(count(a%[1]d), count(*) - count(a%[1]d), %[2]d)", other.Input+1, e.enough())
	}
	return e.unlike(fmt.Sprintf("list_concat(%s, list_resize(CAST([] AS FLOAT[]), "+
		"least(count(*) - count(a%d), %d), CAST(0 AS FLOAT)))", e.ends(other.Input), other.Input+1, 2*e.enough()))
}

// kept is how many of the largest values of rows are kept, for dominance and for deviants: one list serves both.
func (e groupEmitter) kept() int { return max(e.risk.Dominance.N, 2, e.enough()) }

// enough is from how many units on no rule asks for more: k, and one more for each equation that the measures before
// may be.
func (e groupEmitter) enough() int { return e.risk.K + 2*len(e.b.Aggs) }
