package duck

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// across combines cells of several groups, as far as there are people who have rows in several.
func (l *population) across(groups [][]lawCell, n tally) string {
	var cells []lawCell
	in := make([]int, len(l.rows["residents"]))
	for _, g := range groups {
		cells = append(cells, g...)
		for u := range in {
			if slices.ContainsFunc(g, func(c lawCell) bool { return c.effects[u] != 0 }) {
				in[u]++
			}
		}
	}
	if len(groups) < 2 || slices.Max(in) < 2 || len(cells) > 16 {
		return ""
	}
	for i := range cells {
		for j := range i {
			for h := range j + 1 { // h = j for pairs
				trio := []lawCell{cells[i], cells[j], cells[h]}
				if h == j {
					trio = trio[:2]
				}
				for c := range combinations(len(trio)) {
					n["combinations across groups"]++
					if !touchesFew(trio, c) {
						continue
					}
					if !byChance(trio, c) {
						return "across groups, " + describe(trio, c)
					}
					n["few across small groups"]++
				}
			}
		}
	}
	return ""
}

// byChance reports whether a combination of cells changes with few people only because small groups have nearly the
// same people, which nobody can know: the groups by all keys that it is left with, once totals are written as the sums
// of theirs, change with k people or more, and some but fewer than 3k of these cancel out.
func byChance(cells []lawCell, c []float64) bool {
	sums, sizes := map[string][]float64{}, map[string][]float64{}
	for i, k := range c {
		for group, effects := range cells[i].parts {
			if sums[group] == nil {
				sums[group], sizes[group] = make([]float64, len(effects)), make([]float64, len(effects))
			}
			for u, e := range effects {
				sums[group][u] += k * e
				sizes[group][u] += math.Abs(k * e)
			}
		}
	}
	changed, cancelled := 0, 0
	for u := range cells[0].effects {
		sum, size := 0.0, 0.0
		for group := range sums {
			if x := sums[group][u]; math.Abs(x) > 1e-9*sizes[group][u] {
				sum, size = sum+x, size+math.Abs(x)
			}
		}
		if size > 0 {
			changed++
			if math.Abs(sum) <= 1e-9*size {
				cancelled++
			}
		}
	}
	return changed >= lawK && cancelled < 3*lawK
}

// parts says, for each group by all keys, by how much each aggregate falls when a person is left out, and after these
// by how much each does that a total has in its place. Nil where there are no totals.
func (l *population) parts(t *testing.T, r *route, s lawStatement) map[string][][]float64 {
	t.Helper()
	if s.sets == "" {
		return nil
	}
	s.sets, s.keys, s.aggregates = "", s.keys[:len(s.keys)-1], slices.Clone(s.aggregates)
	for _, a := range s.aggregates {
		if a.total != "" {
			a.adds, a.written = a.total, ""
		}
		s.aggregates = append(s.aggregates, a)
	}
	return l.effects(t, r, s)
}

// partsOf says what people add to aggregate i of the row with these keys, by group.
func (s lawStatement) partsOf(row []string, i int, parts map[string][][]float64) map[string][]float64 {
	last := len(row) - 1
	level, err := strconv.Atoi(row[last])
	if err != nil {
		panic(err)
	}
	out := map[string][]float64{}
	for group, people := range parts {
		within, at := true, i
		for k, value := range strings.Split(group, " | ") {
			within = within && (level>>(last-1-k)&1 == 1 || value == row[k])
		}
		if level != 0 {
			at += len(s.aggregates)
		}
		for _, e := range people {
			if within {
				out[group] = append(out[group], e[at])
			}
		}
	}
	return out
}
