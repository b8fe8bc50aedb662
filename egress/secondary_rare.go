package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// withRare is the table with a suppressed row wherever one could be of whom nobody may know whether they are there.
// That nobody is there is treated as that a few are, as everywhere. A table that becomes too large by it is too large.
func (t *table) withRare() *table {
	out := *t
	out.groups, out.cells = slices.Concat(t.groups, rare(t.groups, t.s)), make([][]cell, len(t.cells))
	for col, cells := range t.cells {
		out.cells[col] = slices.Clone(cells)
		for len(out.cells[col]) < len(out.groups) {
			out.cells[col] = append(out.cells[col], hidden)
		}
	}
	return &out
}

// rare are the groups that a table lacks, of keys that the statement computes, at the levels that fewer than k units
// have in each group, and of a key that is chosen (yumen.ArtifactColumn), at all levels. Otherwise the one line that
// lost another cell for its sake would show where whoever has the level is: of GROUP BY store, order_id = 17, the store;
// of WHERE paid OR order_id = 17 GROUP BY store, paid, the same. So would combinations of levels of several computed
// keys, each of which many have: order_id > 16, order_id > 17. Levels of columns are not known beforehand, and are not
// asked for one by one.
func rare(groups []yumen.GroupEvidence, s Subject) (out []yumen.GroupEvidence) {
	var chosen, computed []int
	d := 0
	for _, c := range s.Columns {
		if c.Kind != yumen.ColumnKey {
			continue
		}
		switch {
		case c.Chosen:
			chosen = append(chosen, d)
		case !c.Direct:
			computed = append(computed, d)
		}
		d++
	}
	if len(computed) > maxDims { // all levels of each are no fewer than all combinations that are rare
		chosen, computed = append(chosen, computed...), nil
	}
	for _, d := range chosen {
		out = append(out, unseen(groups, out, []int{d}, 0)...)
	}
	for set := 1; set < 1<<len(computed); set++ {
		var keys []int
		for i, d := range computed {
			if set>>i&1 == 1 {
				keys = append(keys, d)
			}
		}
		out = append(out, unseen(groups, out, keys, int64(s.K))...)
	}
	return out
}

// unseen are the groups, beside those of a table and more, that are missing at the combinations of levels of some keys
// which fewer than k units have in each group of the table, or for k = 0 at all of them: one beside each combination of
// the other keys.
func unseen(table, more []yumen.GroupEvidence, keys []int, k int64) (out []yumen.GroupEvidence) {
	most, levels, has, lines := map[string]int64{}, [][]int{}, map[string]bool{}, [][]int{}
	known := map[string]bool{}
	for n, g := range slices.Concat(table, more) {
		has[fmt.Sprint(g.Keys)] = true
		others := slices.Clone(g.Keys)
		at := make([]int, len(keys))
		for i, key := range keys {
			at[i], others[key] = g.Keys[key], 0
		}
		if name := fmt.Sprint(others); !known[name] {
			known[name], lines = true, append(lines, others)
		}
		if n >= len(table) {
			continue
		}
		name := fmt.Sprint(at)
		units, seen := most[name]
		if !seen {
			levels = append(levels, at)
		}
		most[name] = max(units, g.Units)
	}
	for _, at := range levels {
		if k > 0 && most[fmt.Sprint(at)] >= k {
			continue
		}
		for _, others := range lines {
			if len(out) > maxTable {
				return out
			}
			place := slices.Clone(others)
			for i, key := range keys {
				place[key] = at[i]
			}
			if !has[fmt.Sprint(place)] {
				out = append(out,
					yumen.GroupEvidence{Keys: place, Measures: make([]yumen.MeasureEvidence, len(table[0].Measures))})
			}
		}
	}
	return out
}
