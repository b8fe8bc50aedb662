package duck

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// tallyRow is a row of one unit in one group.
type tallyRow struct {
	unit  int64
	group int32
	value int64
	mask  int64
}

// tallied counts rows, batch by batch, in so many tallies that each have units of their own, and merges them.
func tallied(t *testing.T, g *task.Grouping, rows []tallyRow, groups, tallies, batch int) *groupTally {
	t.Helper()
	all := make([]*groupTally, tallies)
	for n := range all {
		all[n] = newTally(g)
		for range groups {
			all[n].group()
		}
		var mine []tallyRow
		for _, r := range rows {
			if int(r.unit)%tallies == n {
				mine = append(mine, r)
			}
		}
		for some := range slices.Chunk(mine, batch) {
			var units, values, masks []int64
			var in []int32
			for _, r := range some {
				units, in = append(units, r.unit), append(in, r.group)
				values, masks = append(values, r.value), append(masks, r.mask)
			}
			if err := all[n].add(units, in, []privacy.Column{{Values: values}, {Values: masks}}); err != nil {
				t.Fatal(err)
			}
		}
		all[n].end()
	}
	to := make([]int32, groups)
	for g := range to {
		to[g] = int32(g)
	}
	for _, other := range all[1:] {
		all[0].merge(other, to)
	}
	return all[0]
}

// The combinations of parts and the deviants that a tally finds are those found by counting each unit in full,
// whatever the batches are, and however units are dealt to tallies.
func TestTallyIsCounting(t *testing.T) {
	const groups = 3
	certain, exact := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		g := &task.Grouping{Parts: []int{2, 8, 9, task.MaxPassedParts}[r.IntN(4)], UnitAtoms: true,
			Largest: 2, K: 1 + r.IntN(8),
			Inputs:   []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}, {Type: yumen.TypeBoolean, Part: 2}},
			Measures: []task.UnitMeasure{{Count: true}, {Input: 1}, {Input: 2, Count: true}, {Once: true}},
			Ratios:   [][2]int{{2, 1}, {3, 1}, {3, 2}, {4, 1}, {4, 3}}}
		var rows []tallyRow
		odd := r.IntN(20) // in a hundred
		for unit := range int64(r.IntN(60)) {
			for range 1 + r.IntN(4) {
				row := tallyRow{unit, int32(r.IntN(groups)), 100, 3}
				if r.IntN(100) < odd {
					row.value, row.mask = int64(r.IntN(3)-1)*50, r.Int64N(1<<g.Parts)
				}
				rows = append(rows, row)
			}
		}
		got := tallied(t, g, rows, groups, 1+r.IntN(3), 1+r.IntN(20))
		atoms, unitAtoms := got.atoms.texts(groups), got.unitAtoms.texts(groups)
		for group := range groups {
			want := countedFully(rows, int32(group))
			if string(atoms[group]) != want.atoms || string(unitAtoms[group]) != want.unitAtoms {
				t.Errorf("seed %d: atoms %q and %q, want %q and %q", seed, atoms[group],
					unitAtoms[group], want.atoms, want.unitAtoms)
			}
			cell := group*len(g.Inputs) + 1
			if s := got.sums[cell]; s.rows != want.rows || s.units != want.units ||
				!slices.Equal(got.counts[2*cell:2*cell+2], want.largest) {
				t.Errorf("seed %d: part 2 has %d rows of %d units, %d at most, want %d of %d, %d", seed, s.rows,
					s.units,
					got.counts[2*cell:2*cell+2], want.rows, want.units, want.largest)
			}
			for i := range g.Ratios {
				n := got.deviants(group, i)
				if n != min(want.deviants[i], int64(g.K)) {
					t.Errorf("seed %d: %d deviants of %v, want %d, %d at most", seed, n, g.Ratios[i], want.deviants[i],
						g.K)
				}
				if n == int64(g.K) {
					certain++
				} else if n > 0 {
					exact++
				}
			}
		}
	}
	if certain < 100 || exact < 100 {
		t.Errorf("%d pairs reached k, %d stayed below: too few to tell", certain, exact)
	}
}

// Where each row is a unit, what is counted row by row is what is counted unit by unit.
func TestRowsAsUnits(t *testing.T) {
	const groups = 4
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 11))
		byUnit := &task.Grouping{Parts: []int{2, 8, 9, task.MaxPassedParts}[r.IntN(4)], UnitAtoms: r.IntN(2) == 0,
			Largest: 2 + r.IntN(3), K: 1 + r.IntN(8),
			Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}, {Type: yumen.TypeBoolean, Part: 2},
				{Type: yumen.TypeBoolean, Part: 1}},
			Measures: []task.UnitMeasure{{Count: true}, {Input: 1}, {Input: 2, Count: true}, {Once: true},
				{Input: 1, Count: true}},
			Ratios: [][2]int{{2, 1}, {3, 1}, {3, 2}, {4, 1}, {4, 3}, {5, 3}}}
		var rows []tallyRow
		odd := r.IntN(100)
		for unit := range int64(r.IntN(80)) {
			row := tallyRow{unit, int32(r.IntN(groups)), 100, 3}
			if r.IntN(100) < odd {
				row.value, row.mask = int64(r.IntN(5)-2)*50, r.Int64N(1<<byUnit.Parts)
			}
			rows = append(rows, row)
		}
		byRow := *byUnit
		byRow.RowUnits = true
		want := tallied(t, byUnit, rows, groups, 1, 1+r.IntN(20))
		got := tallied(t, &byRow, rows, groups, 1+r.IntN(3), 1+r.IntN(20))
		for _, c := range []struct {
			name      string
			got, want any
		}{
			{"groups", got.groups, want.groups}, {"sums", got.sums, want.sums}, {"most rows", got.most, want.most},
			{"largest counts", got.counts, want.counts}, {"largest sums", got.tops, want.tops},
			{"atoms", got.atoms.texts(groups), want.atoms.texts(groups)},
			{"atoms of units", got.unitAtoms.texts(groups), want.unitAtoms.texts(groups)},
		} {
			if !reflect.DeepEqual(c.got, c.want) {
				t.Errorf("seed %d, %s: %v, want %v", seed, c.name, c.got, c.want)
			}
		}
		for g := range groups {
			for i, pair := range byUnit.Ratios {
				if n, m := got.deviants(g, i), want.deviants(g, i); n != m {
					t.Errorf("seed %d: %d deviants of %v, want %d", seed, n, pair, m)
				}
			}
		}
	}
}

// fullCount is what countedFully finds.
type fullCount struct {
	atoms, unitAtoms string
	deviants         []int64
	rows, units      int64   // in part 2
	largest          []int64 // likewise, the rows of the two units with most
}

// countedFully counts the units of a group in maps.
func countedFully(rows []tallyRow, group int32) fullCount {
	type total struct{ rows, value, second, mask int64 }
	units, masks := map[int64]total{}, map[int64]map[int64]bool{}
	for _, r := range rows {
		if r.group != group {
			continue
		}
		u := units[r.unit]
		units[r.unit] = total{u.rows + 1, u.value + r.value, u.second + r.mask>>1&1, u.mask | r.mask}
		if masks[r.mask] == nil {
			masks[r.mask] = map[int64]bool{}
		}
		masks[r.mask][r.unit] = true
	}
	atoms, unitAtoms := map[int64]int{}, map[int64]int{}
	for mask, of := range masks {
		atoms[mask] = len(of)
	}
	ratios := make([]map[float32]int64, 5)
	for i := range ratios {
		ratios[i] = map[float32]int64{}
	}
	for _, u := range units {
		unitAtoms[u.mask]++
		n, v, s := float64(u.rows), float64(u.value)/100, float64(u.second)
		for i, pair := range [][2]float64{{v, n}, {s, n}, {s, v}, {1, n}, {1, s}} {
			if pair[0] != 0 || pair[1] != 0 {
				ratio := pair[0] / pair[1]
				if pair[1] == 0 {
					ratio = 1e300 // is infinite in single precision
				}
				ratios[i][float32(ratio)+0]++
			}
		}
	}
	out := fullCount{atoms: spelled(atoms), unitAtoms: spelled(unitAtoms), largest: make([]int64, 2)}
	for _, u := range units {
		out.rows += u.second
		out.units += min(u.second, 1)
		out.largest = append(out.largest, u.second)
	}
	slices.SortFunc(out.largest, func(a, b int64) int { return int(b - a) })
	out.largest = out.largest[:2]
	for _, of := range ratios {
		var all, most int64
		for _, n := range of {
			all, most = all+n, max(most, n)
		}
		out.deviants = append(out.deviants, all-most)
	}
	return out
}

// spelled writes units by mask.
func spelled(units map[int64]int) string {
	var masks []int64
	for m := range units {
		masks = append(masks, m)
	}
	slices.Sort(masks)
	var out []string
	for _, m := range masks {
		out = append(out, fmt.Sprintf("%d:%d", m, units[m]))
	}
	return strings.Join(out, " ")
}

// A tally says so when what it would keep leaves its bounds.
func TestTallyIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		g      task.Grouping
		groups int
	}{
		"combinations in a table": {task.Grouping{Parts: 8}, maxPassedAtoms>>8 + 1},
		"ratios":                  {task.Grouping{Ratios: make([][2]int, 64)}, maxPassedRatios>>6 + 1},
		"groups":                  {task.Grouping{}, maxPassedGroups + 1},
	} {
		tally := newTally(&c.g)
		for range c.groups - 1 {
			tally.group()
		}
		if tally.full() {
			t.Errorf("%s: full too early", name)
		}
		if tally.group(); tally.add(nil, nil, make([]privacy.Column, 1)) != errTooLarge {
			t.Errorf("%s: not full", name)
		}
	}
}
