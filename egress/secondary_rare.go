package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// withRare is the table with a suppressed row wherever one could be of whom nobody may know whether they are there: in
// each line of a key that the statement computes, at its rare levels, and of a key that is chosen
// (yumen.ArtifactColumn), at all levels. A level is rare that fewer than k units have in each group. Otherwise the one
// line that lost another cell for its sake would show where whoever has the level is: of GROUP BY store, order_id = 17,
// the store; of WHERE paid OR order_id = 17 GROUP BY store, paid, the same. That nobody is there is treated as that a
// few are, as everywhere. Levels of columns are not known beforehand, and are not asked for one by one. A table that
// becomes too large by it is too large.
func (t *table) withRare() *table {
	out := *t
	out.groups, out.cells = slices.Clone(t.groups), make([][]cell, len(t.cells))
	d := 0
	for _, c := range t.s.Columns {
		if c.Kind != yumen.ColumnKey {
			continue
		}
		out.groups = append(out.groups, unseen(out.groups, c, d, int64(t.s.K))...)
		d++
	}
	for col, cells := range t.cells {
		out.cells[col] = slices.Clone(cells)
		for len(out.cells[col]) < len(out.groups) {
			out.cells[col] = append(out.cells[col], hidden)
		}
	}
	return &out
}

// unseen are the groups that lines along a key lack at its rare levels, or at all of them.
func unseen(groups []yumen.GroupEvidence, c yumen.ArtifactColumn, key int, k int64) (out []yumen.GroupEvidence) {
	if c.Direct && !c.Chosen || len(groups) == 0 {
		return nil
	}
	most, has, lines := map[int]int64{}, map[string]bool{}, map[string][]int{}
	var names []string
	for _, g := range groups {
		most[g.Keys[key]] = max(most[g.Keys[key]], g.Units)
		has[fmt.Sprint(g.Keys)] = true
		others := slices.Clone(g.Keys)
		others[key] = 0
		name := fmt.Sprint(others)
		if lines[name] == nil {
			names = append(names, name)
		}
		lines[name] = others
	}
	for level := range len(most) + 1 {
		if units, known := most[level]; !known || units >= k && !c.Chosen {
			continue
		}
		for _, name := range names {
			at := slices.Clone(lines[name])
			at[key] = level
			if len(out) > maxTable {
				return out
			}
			if !has[fmt.Sprint(at)] {
				out = append(out,
					yumen.GroupEvidence{Keys: at, Measures: make([]yumen.MeasureEvidence, len(groups[0].Measures))})
			}
		}
	}
	return out
}
