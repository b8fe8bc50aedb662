package duck

import (
	"math"

	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/privacy"
)

// Where each row is a unit of its own (task.Grouping.RowUnits), nothing has to be kept of a unit: rows count in their
// groups at once, and the rows of a part follow from those of each combination at the end.

// addRows is add for rows that are units.
func (t *groupTally) addRows(units []int64, groups []int32, columns []privacy.Column) error {
	var masks []int64
	if t.asked.Parts > 0 {
		masks = columns[len(columns)-1].Values[:len(groups)]
		t.single.addAll(groups, masks)
	} else {
		all := t.groups
		for _, g := range groups {
			all[g].rows++
		}
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
	vectors := len(t.asked.Vectors) > 0 && t.vectors.wantsAny(units)
	if t.ratios.uncertain == 0 && !vectors {
		return nil
	}
	ms := t.rowMeasures(columns, masks)
	if t.ratios.uncertain > 0 {
		t.rowRatios(groups, ms)
	}
	if vectors {
		t.rowVectors(units, groups, ms)
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
		x, cell := values[i], int(g)*k+j
		s := &sums[cell]
		if c.Valid != nil && isNull(c.Valid, i) {
			s.rows-- // of all rows, which endRows adds
			s.moved--
			continue
		}
		s.add(x)
		distance := x
		switch {
		case x < 0:
			least = min(least, x)
			distance = s.addBelow(x)
		case x == 0:
			s.moved--
		}
		if distance > s.least {
			t.raiseTop(cell, distance)
		}
	}
	if least == math.MinInt64 { // which has no distance
		return errTooLarge
	}
	return nil
}

// rowMeasures read what rows add to each measure.
type rowMeasures struct {
	masks []int64
	of    []rowMeasure
}

// rowMeasure reads a decimal without its point; a row without a value adds 0.
type rowMeasure struct {
	part   int     // from 1, of one that counts the rows in a part
	values []int64 // nil for one that counts all rows
	valid  []uint64
	counts bool // that there is a value
}

func (t *groupTally) rowMeasures(columns []privacy.Column, masks []int64) rowMeasures {
	ms := rowMeasures{masks, t.reading[:0]}
	for _, m := range t.asked.Measures {
		r := rowMeasure{}
		if m.Input > 0 {
			in := &t.asked.Inputs[m.Input-1]
			if r.part = in.Part; r.part == 0 {
				c := &columns[t.column[m.Input-1]]
				r.values, r.valid, r.counts = c.Values, c.Valid, (m.Count || m.Once) && in.Sum
			}
		}
		ms.of = append(ms.of, r)
	}
	t.reading = ms.of
	return ms
}

// adds is what row i adds to a measure, by its place.
func (ms *rowMeasures) adds(measure, i int) int64 {
	switch m := &ms.of[measure]; {
	case m.part > 0:
		return ms.masks[i] >> (m.part - 1) & 1
	case m.values == nil:
		return 1
	case isNull(m.valid, i):
		return 0
	case m.counts:
		return 1
	default:
		return m.values[i]
	}
}

// rowRatios reads what rows add to measures, of groups where that is not certain yet.
func (t *groupTally) rowRatios(groups []int32, ms rowMeasures) {
	for i, g := range groups {
		if t.ratios.open[g] == 0 {
			continue
		}
		for n := range ms.of {
			t.ratios.added[n] = asDouble(ms.adds(n, i), t.ratios.scale[n])
		}
		t.ratios.compare(g)
	}
}

// rowVectors keeps what the first units of each group add.
func (t *groupTally) rowVectors(units []int64, groups []int32, ms rowMeasures) {
	last := t.vectors.last
	for i, g := range groups {
		if units[i] > last[g] {
			continue
		}
		adds := t.vectors.add(g, units[i])
		for f, n := range t.asked.Vectors {
			adds[f] = int32(ms.adds(n-1, i) % linear.Prime)
		}
	}
}

// endRows counts what follows from rows being units.
func (t *groupTally) endRows() {
	t.single.each(func(g int32, _ uint64, units int64) { t.groups[g].rows += units })
	for g := range t.groups {
		t.groups[g].units = t.groups[g].rows
		ones(t.most[g*t.largest:][:t.largest], t.groups[g].rows)
	}
	for cell := range t.sums {
		s, k := &t.sums[cell], len(t.asked.Inputs)
		if t.asked.Inputs[cell%k].Sum {
			all := t.groups[cell/k].rows
			s.rows, s.moved = s.rows+all, s.moved+all
		}
		s.units = s.rows
		ones(t.counts[cell*t.largest:][:t.largest], s.rows)
	}
	t.endParts()
}
