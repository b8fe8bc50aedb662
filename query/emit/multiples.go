package emit

import (
	"fmt"
	"slices"
	"strings"
)

// Where a statement has a hand in how many rows a person has (see cells/repeats.go), it can make all but a few people's
// rows multiples of a number: a count divided by that number leaves what these few add. So it counts, for each number
// above one, the units whose rows are no multiple of it; the fewest tell how many a count discloses. If all have one
// row, there is no such number, and a count of rows is a count of people.

// maxDivisor bounds the numbers that are tried beside the numbers of rows themselves. What divides a number divides it
// by a prime, so one above it would have to be a prime that few numbers of rows are multiples of.
const maxDivisor = 1000

// indivisible counts the units whose c rows, those with any, are no multiple of a number above one, for the number that
// leaves the fewest; k = enough at most. With a number above the k-th least there are k such units, so that one and
// those below it are tried.
func (e groupEmitter) indivisible(c string) string {
	k := e.enough()
	some := c + " > 0"
	least := fmt.Sprintf("min(%s, %d) FILTER (WHERE %s)", c, k, some)
	divisors := fmt.Sprintf("list_concat(range(2, CAST(least(list_extract(%s, -1), %d) AS BIGINT) + 1), "+
		"list_filter(%s, lambda v: v > %d))", least, maxDivisor, least, maxDivisor)
	rest := fmt.Sprintf("list_sum(list_transform(map_entries(histogram(%s) FILTER (WHERE %s)), "+
		"lambda v: CASE WHEN v.key %% d <> 0 THEN v.value ELSE 0 END))", c, some)
	return fmt.Sprintf("CAST(least(list_min(list_transform(%s, lambda d: %s)), %d) AS BIGINT)", divisors, rest, k)
}

// indivisibleAtoms counts for each combination of parts the units that its rows tell of, of several kinds of units the
// fewest: what differences of counts tell is what a count over a combination would.
func (e groupEmitter) indivisibleAtoms() string {
	var of []string
	for _, u := range e.each("u%d") {
		unit := "SELECT " + e.keys("") + "m, " + u + ", count(*) AS c FROM _base WHERE " + u + " IS NOT NULL" +
			e.groupBy("m, "+u)
		of = append(of, "SELECT "+e.keys("")+"m, least(count(*), "+e.indivisible("c")+") AS n FROM ("+unit+")"+
			e.groupBy("m"))
	}
	return e.fewest(of)
}

// fewest joins numbers of several kinds of units by combination of parts: the least of them, 0 where one kind has none.
func (e groupEmitter) fewest(of []string) string {
	if len(of) == 1 {
		return of[0]
	}
	return fmt.Sprintf("SELECT %sm, CASE WHEN count(*) = %d THEN min(n) ELSE 0 END AS n FROM (%s)%s",
		e.keys(""), len(of), strings.Join(of, " UNION ALL "), e.groupBy("m"))
}

// wholeOf is what whole number a unit adds, where each has a row.
func (e groupEmitter) wholeOf(n int) string {
	m := e.m.List[n-1]
	if m.Counts {
		return fmt.Sprintf("c%d", m.Input+1)
	}
	return fmt.Sprintf("abs(t%d)", m.Input+1)
}

// Groups add up: where each person has seven rows, the counts of all groups are a multiple of seven together, though
// none is by itself. So units are counted over each total of groups, too.

// repeated lists the numbers of the measures whose totals are looked at.
func (e groupEmitter) repeated() (out []int) {
	for n := range e.m.Shown {
		if e.m.CountsRepeated(n) {
			out = append(out, n+1)
		}
	}
	return out
}

// totalled lists the keys of each total: all choices of fewer than there are, and with many keys those that leave out
// one or all.
func (e groupEmitter) totalled() (out [][]int) {
	keys := len(e.b.Keys)
	if len(e.repeated()) == 0 || keys == 0 {
		return nil
	}
	choices := [][]int{nil}
	for k := 1; k <= keys && keys <= maxTotalled; k++ {
		for _, some := range slices.Clone(choices) {
			choices = append(choices, append(slices.Clone(some), k))
		}
	}
	for k := 1; k <= keys && keys > maxTotalled; k++ {
		var rest []int
		for i := range keys {
			if i+1 != k {
				rest = append(rest, i+1)
			}
		}
		choices = append(choices, rest)
	}
	choices = slices.DeleteFunc(choices, func(some []int) bool { return len(some) == keys })
	for i := range choices { // each level has every row
		if len(e.b.Levels) > 0 {
			choices[i] = append([]int{0}, choices[i]...)
		}
	}
	return choices
}

// maxTotalled is of how many keys all totals are looked at.
const maxTotalled = 4

// totals writes _w1…, one for each total.
func (e groupEmitter) totals() (ctes []string) {
	for i, keys := range e.totalled() {
		var of []string
		for u := range e.units {
			of = append(of, e.totalOf(keys, u))
		}
		sql := of[0]
		if len(of) > 1 {
			var cols []string
			for _, n := range e.repeated() {
				cols = append(cols, fmt.Sprintf("min(w%d) AS w%d", n, n))
			}
			sql = "SELECT " + keyList(keys) + strings.Join(cols, ", ") + " FROM (" + strings.Join(of, " UNION ALL ") +
				")" +
				groupedBy(keyList(keys))
		}
		ctes = append(ctes, cte(fmt.Sprintf("_w%d", i+1), sql))
	}
	return ctes
}

// totalOf counts for a total the units of the u-th kind that each measure tells of.
func (e groupEmitter) totalOf(keys []int, u int) string {
	var cols, sums []string
	for _, n := range e.repeated() {
		c := e.wholeOf(n)
		sum := fmt.Sprintf("CAST(sum(%s) AS BIGINT) AS %s", c, c)
		if cols = append(cols, fmt.Sprintf("%s AS w%d", e.indivisible(c), n)); !slices.Contains(sums, sum) {
			sums = append(sums, sum)
		}
	}
	from, unit := "_p", "u1"
	if len(e.units) > 1 || !e.mergeable() {
		from, unit = "("+e.perUnit(u)+")", fmt.Sprintf("u%d", u+1)
	}
	inner := "SELECT " + keyList(keys) + unit + ", " + strings.Join(sums, ", ") + " FROM " + from +
		groupedBy(keyList(keys)+unit)
	return "SELECT " + keyList(keys) + strings.Join(cols, ", ") + " FROM (" + inner + ")" + groupedBy(keyList(keys))
}

// joinedTotals joins a group with the totals that it is part of.
func (e groupEmitter) joinedTotals() string {
	var s strings.Builder
	for i, keys := range e.totalled() {
		on := []string{"TRUE"}
		for _, k := range keys {
			on = append(on, fmt.Sprintf("r.k%d IS NOT DISTINCT FROM w%d.k%d", k, i+1, k))
		}
		fmt.Fprintf(&s, " LEFT JOIN _w%d AS w%d ON %s", i+1, i+1, strings.Join(on, " AND "))
	}
	return s.String()
}

// told is how many units measure n tells of, in its group and in each total.
func (e groupEmitter) told(n int) string {
	of := []string{fmt.Sprintf("r.q%d", n)}
	if e.m.CountsRepeated(n - 1) {
		for i := range e.totalled() {
			of = append(of, fmt.Sprintf("coalesce(w%d.w%d, 0)", i+1, n))
		}
	}
	return worst("least", of)
}

func keyList(keys []int) string {
	var s strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&s, "k%d, ", k)
	}
	return s.String()
}

func groupedBy(list string) string {
	if list = strings.TrimSuffix(list, ", "); list == "" {
		return ""
	}
	return " GROUP BY " + list
}
