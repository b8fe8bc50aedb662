package duck

import (
	"math"
	"slices"

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
			all[g].units++
		}
	}
	t.see(t.counted)
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

// counted reports whether rows are in a group. Of many parts, where combinations are looked up, only groups with rows
// are announced.
func (t *groupTally) counted(g int32) bool {
	if t.asked.Parts == 0 {
		return t.groups[g].units > 0
	}
	has := func(of []int64) bool { return int(g) < len(of) && of[g] > 0 }
	return t.single.hashed != nil || slices.ContainsFunc(t.single.units, has)
}

// rowValues counts values of an input. One that is only counted says whether there is one.
func (t *groupTally) rowValues(j int, groups []int32, c *privacy.Column, summed bool) error {
	values, valid, running, k := c.Values[:len(groups)], c.Valid, t.running, len(t.asked.Inputs)
	if !summed {
		for i, g := range groups {
			if values[i] == 0 || isNull(valid, i) {
				t.countRows(int(g)*k+j, 0)
			}
		}
		return nil
	}
	least := int64(0)
	for i, g := range groups {
		x, cell := values[i], int(g)*k+j
		if valid != nil && isNull(valid, i) {
			t.countRows(cell, 0)
			continue
		}
		if r := &running[cell]; r.usual(x) {
			if low := r.low + uint64(x); low >= r.low {
				r.low = low
				continue
			}
		}
		least = min(least, x)
		t.addUnit(cell, &unitPart{1, x, x})
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

// endRows counts the rows of each combination of parts.
func (t *groupTally) endRows() {
	t.single.each(func(g int32, _ uint64, units int64) { t.groups[g].units += units })
	t.endSums()
	t.endParts()
}
