package duck

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// quantileCase is a statement with quantiles of x, by a key, over the rows of from.
type quantileCase struct {
	key, x, unit, from string
	filters            []string // of the quantiles; TRUE for none
	q                  []float64
	places             places
	others             string // further aggregates, whose filters are part of where
	parts              []string
	hidden             bool // rows below an edge are not told
}

// places is a grid of finest buckets, written apart from the one that is emitted.
type places struct {
	width, step float64 // width 0: two leading digits, in steps of leading at least
	lo, hi      float64 // the ends of all buckets, where there is a width
	bits        int
	leading     float64
}

// number is the number of the finest bucket of a value.
func (p places) number(x float64) int {
	if p.width > 0 {
		return int(math.Floor(x/p.width+1e-9)) - int(math.Floor(p.lo/p.width))
	}
	n, a := 0, math.Abs(x)
	for next := 1; next < 2000 && p.upTo(next) <= a*(1+1e-12)+1e-12; next++ {
		n = next
	}
	if x < 0 {
		return 2047 - n
	}
	return 2048 + n
}

// upTo is where the n-th bucket of positive values begins: 0 to 9 least steps, then 90 in each decade.
func (p places) upTo(n int) float64 {
	if n < 10 {
		return float64(n) * p.leading
	}
	return float64(10+(n-10)%90) * p.leading * math.Pow10((n-10)/90)
}

// value is where a bucket begins; values in steps lie in the middle of theirs.
func (p places) value(n int) float64 {
	switch {
	case p.width > 0:
		return (float64(n)+math.Floor(p.lo/p.width))*p.width - p.step/2
	case n >= 2048:
		return p.upTo(n-2048) - p.step/2
	}
	return -(p.upTo(2048-n) - p.step/2)
}

// quantileRow is a row as the text in plain DuckDB gives it.
type quantileRow struct {
	key, unit string
	x         float64
	in        []bool // which quantile takes it
	mask      string // the combination of parts
}

// TestQuantiles computes the histogram behind quantiles anew, from the rows that plain DuckDB gives: which buckets have
// k units in each combination of parts, where edges are, and how many rows lie below, rounded. The figure follows from
// these alone. Plain DuckDB's quantile lies in the bucket that it is read from, but for as many rows as rounding moves.
func TestQuantiles(t *testing.T) {
	money := places{leading: 0.01, step: 0.01, bits: 12}
	cases := []quantileCase{
		{key: "'all'", x: "age", unit: "_unit", from: "residents", q: []float64{0.5, 0.25, 0.9},
			places: places{width: 1, step: 1, hi: 120, bits: 7}},
		{key: "sex", x: "income", unit: "_unit", from: "residents", q: []float64{0.5, 0.1}, places: money},
		{key: "district", x: "income", unit: "_unit", from: "residents", q: []float64{0.5},
			filters: []string{"sex = 'F'", "sex = 'M'"}, places: money},
		{key: "department", x: "cost", unit: "_unit", from: "visits", q: []float64{0.5, 0.75}, places: money,
			hidden: true},
		{key: "department", x: "days", unit: "_unit", from: "visits", q: []float64{0.5, 0.3},
			places: places{leading: 1, step: 1, bits: 12}, hidden: true},
		{key: "sex", x: "age", unit: "_unit", from: "residents", q: []float64{0.5, 0.25},
			places: places{width: 1, step: 1, hi: 120, bits: 7}, others: "avg(income)",
			parts: []string{"income IS NOT NULL"}, hidden: true},
		{key: "insured", x: "income", unit: "_unit", from: "residents", q: []float64{0.4, 0.6}, places: money,
			others: "sum(income)", hidden: true},
		{key: "'all'", x: "s", unit: "id",
			from: "(SELECT resident_id AS id, sum(cost) AS s FROM visits GROUP BY resident_id)", q: []float64{0.5, 0.8},
			places: money},
		{key: "diagnosis", x: "cost", unit: "_unit", from: "visits", q: []float64{0.5},
			filters: []string{"days < 6", "department = 'eyes'"}, places: money,
			others: "count(*) FILTER (WHERE hospital_code = 'h1')", parts: []string{"hospital_code = 'h1'"},
			hidden: true},
		{key: "a.diagnosis", x: "a.days", unit: "a._unit",
			from: "visits a JOIN visits b ON a.resident_id = b.resident_id", q: []float64{0.5, 0.4, 0.6},
			places: places{leading: 1, step: 1, bits: 12}, hidden: true},
	}
	for _, rounding := range []int{1, 5} {
		w, shown := newLaws(t, rounding, nil), 0
		for i, d := range w.scope.Tables {
			for j, column := range d.Dataset.Columns {
				if column.Name == "age" {
					w.scope.Tables[i].Dataset.Columns[j].Bounds = &yumen.Bounds{Min: 0, Max: 120}
				}
			}
		}
		for seed := range uint64(6) {
			l := newPopulation(t, seed+100, w.data, w.scope)
			l.load(t)
			for _, c := range cases {
				if len(c.filters) == 0 {
					c.filters = []string{"TRUE"}
				}
				shown += c.check(t, w, rounding)
			}
		}
		if shown < 60 {
			t.Errorf("only %d quantiles are shown", shown)
		}
	}
}

// check compares the quantiles of a statement, and returns how many have a value.
func (c quantileCase) check(t *testing.T, w *laws, rounding int) (shown int) {
	t.Helper()
	var items []string
	for _, f := range c.filters {
		for _, q := range c.q {
			items = append(items,
				fmt.Sprintf("quantile_cont(%s, %v) FILTER (WHERE %s) AS a%d", c.x, q, f, len(items)+1))
		}
	}
	if c.others != "" {
		items = append(items, c.others+" AS other")
	}
	sql := "SELECT " + strings.Join(items, ", ") + " FROM " + c.from
	if c.key != "'all'" {
		sql = "SELECT " + c.key + " AS k, " + strings.Join(items, ", ") + " FROM " + c.from + " GROUP BY k"
	}
	sql = strings.ReplaceAll(sql, " FILTER (WHERE TRUE)", "")
	plan, err := analysed(t, w.data, sql, w.scope)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	q := w.prepare(t, plan)
	defer q.s.close()
	cells, _ := w.ask(t, q)
	got := sandboxtest.Rows(t, cells, "∅", false)
	rows := c.rows(t, w)
	for _, row := range got[1:] {
		key := "all"
		if i := slices.Index(got[0], "k"); i >= 0 {
			key = row[i]
		}
		for i, f := range c.filters {
			for j, share := range c.q {
				name := fmt.Sprintf("a%d", i*len(c.q)+j+1)
				text := row[slices.Index(got[0], name)]
				want, between := c.quantile(rows, key, i, share, rounding)
				if text == "∅" && math.IsNaN(want) {
					continue
				}
				value, err := strconv.ParseFloat(text, 64)
				if err != nil || math.Abs(value-want) > 1e-9+0.006*math.Abs(want)+c.places.step {
					t.Fatalf("%s of %s FILTER (%s) is %s, not %v\n%s\n%s", name, key, f, text, want, sql, plan.SQL)
				}
				shown++
				if !between {
					t.Fatalf("%s of %s FILTER (%s): plain DuckDB's quantile does not lie near %s\n%s", name, key, f,
						text, sql)
				}
			}
		}
	}
	return shown
}

// rows reads what the statement is over.
func (c quantileCase) rows(t *testing.T, w *laws) (out []quantileRow) {
	t.Helper()
	cols := []string{c.key, c.unit, "CAST(" + c.x + " AS DOUBLE)"}
	parts := append(slices.Clone(c.filters), c.parts...)
	for _, p := range parts {
		cols = append(cols, "coalesce("+p+", FALSE)")
	}
	for i := range cols {
		cols[i] = fmt.Sprintf("CAST(%s AS VARCHAR) AS c%d", cols[i], i)
	}
	in := w.env(nil, nil)
	if err := w.data.answer(t.Context(), in,
		task.QuerySpec{SQL: "SELECT " + strings.Join(cols, ", ") + " FROM " + c.from + " WHERE " + c.x +
			" IS NOT NULL"}); err != nil {
		t.Fatal(err)
	}
	for _, row := range sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)[1:] {
		x, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		r := quantileRow{key: row[0], unit: row[1], x: x, mask: strings.Join(row[3:], " ")}
		for _, in := range row[3 : 3+len(c.filters)] {
			r.in = append(r.in, in == "true")
		}
		out = append(out, r)
	}
	return out
}

// quantile is what the histogram of a group gives for the values of one part, NaN where there is nothing to show, and
// whether the exact quantile lies in that bucket, or as many rows from it as rounding moves at most.
func (c quantileCase) quantile(rows []quantileRow, key string, part int, q float64, rounding int) (value float64,
	near bool) {
	rows = slices.DeleteFunc(slices.Clone(rows),
		func(r quantileRow) bool { return r.key != key || !slices.Contains(r.in, true) })
	edges := c.edges(rows)
	var values []float64
	units := map[string]bool{}
	for _, r := range rows {
		if r.in[part] {
			values, units[r.unit] = append(values, r.x), true
		}
	}
	if len(edges) == 0 || float64(len(units))*min(q, 1-q) < lawK {
		return math.NaN(), true
	}
	slices.Sort(values)
	if c.hidden {
		rounding = max(rounding, lawK)
	}
	to := func(n int) float64 { return float64((n + rounding/2) / rounding * rounding) }
	round, moved := to, float64(rounding)
	if c.hidden {
		round = func(n int) float64 { return to(int(math.Round(float64(n) * to(len(units)) / float64(len(values))))) }
		moved *= float64(len(values)) / to(len(units)) // in average units
	}
	total, last := round(len(values)), 0.0
	from, end := math.Inf(-1), math.Inf(1)
	if c.places.width > 0 {
		from, end = c.places.lo, c.places.hi
	}
	for _, e := range append(slices.Clone(edges), 1<<c.places.bits) {
		place := end
		if e < 1<<c.places.bits {
			place = c.places.value(e)
		}
		n := round(len(slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return c.places.number(v) >= e })))
		if n < q*total || n == last {
			last, from = n, place
			continue
		}
		if math.IsInf(from, -1) || math.IsInf(place, 1) {
			return math.NaN(), true
		}
		at := func(rows float64) float64 { return values[min(max(int(rows), 1), len(values))-1] }
		exact := q * float64(len(values))
		near = at(exact-moved) <= place && at(exact+moved+1) >= from
		if c.hidden {
			return (from + place) / 2, near
		}
		return from + (q*total-last)/(n-last)*(place-from), near
	}
	return math.NaN(), true
}

// edges are where two neighbouring buckets of one width both have k units of each combination of parts that has k in
// all.
func (c quantileCase) edges(rows []quantileRow) (out []int) {
	type bucket struct {
		width, number int
		mask          string
	}
	units := map[bucket]map[string]bool{}
	masks := map[string]map[string]bool{}
	put := func(into map[string]bool, unit string) map[string]bool {
		if into == nil {
			into = map[string]bool{}
		}
		into[unit] = true
		return into
	}
	for _, r := range rows {
		masks[r.mask] = put(masks[r.mask], r.unit)
		for width := 1; width <= 32; width *= 2 {
			b := bucket{width, c.places.number(r.x) / width, r.mask}
			units[b] = put(units[b], r.unit)
		}
	}
	full := func(width, number int) bool {
		some := false
		for m, all := range masks {
			if len(all) >= lawK {
				some = true
				if len(units[bucket{width, number, m}]) < lawK {
					return false
				}
			}
		}
		return some
	}
	for width := 1; width <= 32; width *= 2 {
		for n := range 4096 / width {
			if full(width, n) && full(width, n+1) && !slices.Contains(out, (n+1)*width) {
				out = append(out, (n+1)*width)
			}
		}
	}
	slices.Sort(out)
	return out
}
