package duck

import (
	"math"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// Where each row is a unit of its own (task.Grouping.RowUnits), nothing has to be kept of a unit: rows count in their groups at
// once, and the rows of a part follow from those of each combination at the end.

// addRows is add for rows that are units.
func (t *groupTally) addRows(units []int64, groups []int32, columns []privacy.Column) error {
	all := t.groups
	for _, g := range groups {
		all[g].rows++
	}
	var masks []int64
	if t.asked.Parts > 0 {
		masks = columns[len(columns)-1].Values[:len(groups)]
		t.pure.room(len(all))
		t.pure.addAll(groups, masks)
	}
	read := 0
	for j, in := range t.asked.Inputs {
		if in.Part > 0 {
			continue
		}
		if err := t.rowValues(j, groups, &columns[read], in.Sum); err != nil {
			return err
		}
		read++
	}
	for j := range t.asked.Subsets {
		c := &columns[read+j]
		for i, g := range groups {
			if c.Values[i] != 0 && !isNull(c.Valid, i) {
				t.inside[int(g)*t.asked.Subsets+j]++
			}
		}
	}
	t.rowRatios(groups, columns, masks)
	if len(t.asked.Vectors) > 0 {
		t.rowVectors(units, groups, columns, masks)
	}
	return nil
}

// rowValues counts values of an input. One that is only counted says whether there is one.
func (t *groupTally) rowValues(j int, groups []int32, c *privacy.Column, summed bool) error {
	values, sums, k := c.Values[:len(groups)], t.sums, len(t.asked.Inputs)
	if !summed {
		for i, g := range groups {
			if !isNull(c.Valid, i) {
				sums[int(g)*k+j].rows += values[i]
			}
		}
		return nil
	}
	least := int64(0)
	for i, g := range groups {
		if c.Valid != nil && isNull(c.Valid, i) {
			continue
		}
		x, cell := values[i], int(g)*k+j
		s := &sums[cell]
		s.rows++
		if x != 0 {
			s.moved++
		}
		least = min(least, x)
		if distance := s.add(x); distance > s.least {
			t.raiseTop(cell, distance)
		}
	}
	if least == math.MinInt64 { // which has no distance
		return errTooLarge
	}
	return nil
}

// rowRatios reads what rows add to measures, of groups where that is not certain yet.
func (t *groupTally) rowRatios(groups []int32, columns []privacy.Column, masks []int64) {
	if t.ratios.uncertain == 0 {
		return
	}
	for i, g := range groups {
		if t.ratios.open[g] == 0 {
			continue
		}
		for n, m := range t.asked.Measures {
			t.ratios.added[n] = 1
			if m.Input == 0 {
				continue
			}
			x := t.rowAdds(m, i, columns, masks)
			if t.ratios.added[n] = float64(x); !m.Count && !m.Once {
				t.ratios.added[n] = asDouble(x, t.ratios.scale[m.Input-1])
			}
		}
		t.ratios.compare(g)
	}
}

// rowVectors keeps what the first units of each group add.
func (t *groupTally) rowVectors(units []int64, groups []int32, columns []privacy.Column, masks []int64) {
	last := t.vectors.last
	for i, g := range groups {
		if units[i] > last[g] {
			continue
		}
		adds := t.vectors.add(g, units[i])
		for f, n := range t.asked.Vectors {
			adds[f] = int32(t.rowAdds(t.asked.Measures[n-1], i, columns, masks) % linear.Prime)
		}
	}
}

// rowAdds is what row i adds to a measure, a decimal without its point.
func (t *groupTally) rowAdds(m task.UnitMeasure, i int, columns []privacy.Column, masks []int64) int64 {
	if m.Input == 0 {
		return 1
	}
	in := t.asked.Inputs[m.Input-1]
	if in.Part > 0 {
		return masks[i] >> (in.Part - 1) & 1
	}
	c := &columns[t.column[m.Input-1]]
	switch {
	case isNull(c.Valid, i):
		return 0
	case (m.Count || m.Once) && in.Sum:
		return 1
	}
	return c.Values[i]
}

// endRows counts what follows from rows being units.
func (t *groupTally) endRows() {
	for g := range t.groups {
		t.groups[g].units = t.groups[g].rows
		ones(t.most[g*t.largest:][:t.largest], t.groups[g].rows)
	}
	for cell := range t.sums {
		t.sums[cell].units = t.sums[cell].rows
		ones(t.counts[cell*t.largest:][:t.largest], t.sums[cell].rows)
	}
	t.endParts()
}
