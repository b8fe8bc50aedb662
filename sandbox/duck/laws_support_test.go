package duck

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// lawCell is a visible aggregate of a group: what each person adds to it.
type lawCell struct {
	name    string
	effects []float64
	parts   map[string][]float64 // the same by group, of a total by the groups that it is made of
	rows    bool                 // it counts rows in whose number the statement has a hand
}

// support looks for combinations of visible aggregates that 1…k−1 people alone change: sums of up to four with
// coefficients −2…2 in one group and of up to three across groups, and in one group those that give nothing for one
// person less than there are aggregates, chosen at random. Visible with a quantile are the counts of the buckets that
// it is read from, where these may be told.
func (l *population) support(t *testing.T, w *laws, s lawStatement, plan *analysis.Plan, out [][]string,
	n tally) string {
	t.Helper()
	effects, parts := l.effects(t, w.route, s), l.parts(t, w.route, s)
	var buckets map[string][][]lawCell
	if s.quantilesOf != "" && w.tellsBuckets(t, s, plan) {
		buckets = l.buckets(t, w, s, plan)
	}
	at := func(name string) int { return slices.Index(out[0], name) }
	var all [][]lawCell
	for _, row := range out[1:] {
		var keys []string
		for i := range s.keys {
			keys = append(keys, row[at(fmt.Sprintf("k%d", i+1))])
		}
		var visible, counted []lawCell
		quantiles := 0
		group := strings.Join(keys, " | ")
		for i, a := range s.aggregates {
			name := fmt.Sprintf("a%d", i+1)
			if status := at(name + "_status"); row[at(name)] == "∅" || status >= 0 && row[status] != "∅" {
				continue
			}
			if a.buckets != "" {
				quantiles = 1
				if buckets[group] != nil {
					counted = append(counted, buckets[group][i]...)
				}
			}
			if a.adds == "" {
				continue
			}
			c := lawCell{name: fmt.Sprintf("%s of %v", name, keys)}
			c.rows = s.repeatsRows() && strings.HasPrefix(a.adds, "count(") && !strings.HasPrefix(a.adds, "count(DISTINCT")
			for _, e := range effects[group] {
				c.effects = append(c.effects, e[i])
			}
			if c.parts = map[string][]float64{group: c.effects}; s.sets != "" {
				c.parts = s.partsOf(keys, i, parts)
			}
			if len(c.effects) > 0 {
				visible = append(visible, c)
			}
		}
		if len(visible) > 0 {
			n["groups with visible aggregates"]++
			all = append(all, visible)
		}
		if len(visible) > 1 {
			n["groups with several visible"]++
		}
		n["groups with visible quantiles"] += quantiles
		if len(counted) > 0 {
			n["groups with visible buckets"]++
			visible = append(visible, l.some(counted, 6)...)
		}
		if v := l.within(visible, n); v != "" {
			return v
		}
	}
	return l.across(all, n)
}

// touchesFew reports whether a combination of cells changes with 1…k−1 people alone.
func touchesFew(cells []lawCell, c []float64) bool {
	touched := 0
	for u := range cells[0].effects {
		sum, size := 0.0, 0.0
		for i, k := range c {
			x := k * cells[i].effects[u]
			sum, size = sum+x, size+math.Abs(x)
		}
		if math.Abs(sum) > 1e-9*size {
			if touched++; touched >= lawK {
				return false
			}
		}
	}
	return touched > 0
}

// remainder looks for a number that all but a few people's rows are multiples of: a count of rows divided by it leaves
// what these few add.
func remainder(c lawCell) string {
	for d := 2.0; c.rows && d <= 40; d++ {
		others := 0
		for _, e := range c.effects {
			if math.Mod(e, d) != 0 {
				others++
			}
		}
		if others < lawK {
			return fmt.Sprintf("%s is a multiple of %v but for what %d people add", c.name, d, others)
		}
	}
	return ""
}

func (l *population) within(cells []lawCell, n tally) string {
	for _, c := range cells {
		if c.rows {
			n["counts of rows that a statement repeats"]++
		}
		if v := remainder(c); v != "" {
			return v
		}
	}
	for c := range combinations(len(cells)) {
		n["combinations"]++
		if touchesFew(cells, c) {
			return describe(cells, c)
		}
	}
	for _, some := range subsets(len(cells)) {
		var chosen []lawCell
		for _, i := range some {
			chosen = append(chosen, cells[i])
		}
		for range 4 {
			c := l.null(chosen)
			n["null vectors"]++
			if c != nil && touchesFew(chosen, c) {
				return "null vector, " + describe(chosen, c)
			}
		}
	}
	return ""
}

func describe(cells []lawCell, c []float64) string {
	var out []string
	for i, k := range c {
		if k != 0 {
			out = append(out, fmt.Sprintf("%v × %s", k, cells[i].name))
		}
	}
	return strings.Join(out, " + ") + fmt.Sprintf(" changes with fewer than %d people", lawK)
}

// combinations gives coefficients from −2 to 2 of which at most four are not 0, one of each pair of opposites.
func combinations(n int) func(func([]float64) bool) {
	return func(yield func([]float64) bool) {
		c := make([]float64, n)
		var from func(i, used int, positive bool) bool
		from = func(i, used int, positive bool) bool {
			if i == n {
				return used == 0 || yield(c)
			}
			for _, k := range []float64{0, 1, 2, -1, -2} {
				if k != 0 && (used == 4 || !positive && k < 0) {
					continue
				}
				c[i] = k
				u := used
				if k != 0 {
					u++
				}
				if !from(i+1, u, positive || k > 0) {
					return false
				}
			}
			c[i] = 0
			return true
		}
		from(0, 0, false)
	}
}

// subsets lists those of two to four of the first n numbers.
func subsets(n int) (out [][]int) {
	for mask := range 1 << n {
		var some []int
		for i := range n {
			if mask>>i&1 == 1 {
				some = append(some, i)
			}
		}
		if len(some) >= 2 && len(some) <= 4 {
			out = append(out, some)
		}
	}
	return out
}

// null returns coefficients with which cells give nothing for some people at random, one fewer than there are cells;
// nil where there are none that all cells take part in.
func (l *population) null(cells []lawCell) []float64 {
	n := len(cells)
	var rows [][]float64
	for range n - 1 {
		u := l.IntN(len(cells[0].effects))
		row := make([]float64, n)
		for i, c := range cells {
			row[i] = c.effects[u]
		}
		rows = append(rows, row)
	}
	for i := range rows { // Gauss and Jordan, for the first n−1 columns
		pivot := i
		for j := i; j < n-1; j++ {
			if math.Abs(rows[j][i]) > math.Abs(rows[pivot][i]) {
				pivot = j
			}
		}
		rows[i], rows[pivot] = rows[pivot], rows[i]
		if math.Abs(rows[i][i]) < 1e-9 {
			return nil
		}
		for j := range rows {
			if f := rows[j][i] / rows[i][i]; j != i {
				for c := range rows[j] {
					rows[j][c] -= f * rows[i][c]
				}
			}
		}
	}
	out := make([]float64, n)
	out[n-1] = 1
	for i := range rows {
		out[i] = -rows[i][n-1] / rows[i][i]
		if math.Abs(out[i]) < 1e-9 {
			return nil
		}
	}
	return out
}

// effects says, for each group, by how much each aggregate falls when a person is left out, as the text gives it in
// plain DuckDB: one statement for all of them. A group that is gone with a person falls to nothing.
func (l *population) effects(t *testing.T, r *route, s lawStatement) map[string][][]float64 {
	t.Helper()
	cols := []string{"CAST(left_out._unit AS VARCHAR) AS w"}
	by := "1"
	for i, k := range s.keys {
		cols = append(cols, fmt.Sprintf("coalesce(CAST(%s AS VARCHAR), '∅') AS k%d", k, i+1))
		by += fmt.Sprintf(", %d", i+2)
	}
	if s.sets != "" {
		by = "1, " + s.sets
	}
	for i, a := range s.aggregates {
		text := a.adds
		if r.m.asWritten() && a.written != "" {
			text = a.written
		}
		if a.total != "" && s.sets != "" {
			text = "CASE WHEN " + s.keys[len(s.keys)-1] + " = 0 THEN " + text + " ELSE " + a.total + " END"
		}
		if text == "" {
			text = "0"
		}
		cols = append(cols, fmt.Sprintf("coalesce(CAST(%s AS DOUBLE), 0) AS a%d", text, i+1))
	}
	where := ""
	if s.where != "" {
		where = " AND (" + s.where + ")"
	}
	sql := "SELECT " + strings.Join(cols, ", ") + " FROM " + s.exact() +
		" CROSS JOIN (SELECT _unit FROM residents_ UNION ALL SELECT 0) left_out WHERE " + s.key + " <> left_out._unit" +
		where + " GROUP BY " + by
	in := r.env(nil, nil)
	if err := r.data.answer(t.Context(), in, task.QuerySpec{SQL: sql}); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	people := len(l.rows["residents"])
	figures, out := map[string][][]float64{}, map[string][][]float64{}
	for _, row := range sandboxtest.Rows(t, in.Outputs[task.OutResult].Bytes(), "∅", false)[1:] {
		group := strings.Join(row[1:1+len(s.keys)], " | ")
		if figures[group] == nil {
			figures[group] = make([][]float64, people+1)
		}
		numbers := make([]float64, len(s.aggregates))
		for i, c := range row[1+len(s.keys):] {
			var err error
			if numbers[i], err = strconv.ParseFloat(c, 64); err != nil {
				t.Fatalf("%q is no number", c)
			}
		}
		person, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		figures[group][person] = numbers
	}
	for group, by := range figures {
		for _, without := range by[1:] {
			e := slices.Clone(by[0])
			for i := range without {
				e[i] -= without[i]
			}
			out[group] = append(out[group], e)
		}
	}
	return out
}
