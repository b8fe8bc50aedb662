package duck

import "math/bits"

// mask finds the parts that units have rows in. Most units have one row in a group, or all in one combination of parts:
// these count when they are flushed.
func (t *groupTally) mask(units []int64, groups []int32, masks []int64) {
	cells := t.cells
	masks = masks[:len(t.at)]
	for i, at := range t.at {
		mask := uint64(masks[i]) | hasRow
		if c := &cells[at]; c.mask == 0 {
			c.mask = mask
		} else {
			t.maskAgain(units[i], groups[i], at, mask)
		}
	}
}

// hasRow says in a unit's mask that it has a row at all.
const hasRow = 1 << 63

// maskAgain counts a further row of a unit.
func (t *groupTally) maskAgain(unit int64, group, at int32, mask uint64) {
	c := &t.cells[at]
	if again := c.mask & mask & t.parts.counted; again != 0 {
		t.parts.again(at, again)
		c.again |= again
	}
	switch {
	case c.mixed:
	case c.mask == mask:
		return
	default:
		c.mixed = true
		t.atoms.row(group, c.mask&^hasRow, unit)
	}
	t.atoms.row(group, mask&^hasRow, unit)
	c.mask |= mask
}

// flushParts adds the parts that units have rows in.
func (t *groupTally) flushParts(touched []int32) {
	cells, few := t.cells[:len(touched)], t.single.units
	for at, g := range touched {
		c := &cells[at]
		switch mask := c.mask &^ hasRow; {
		case c.rows > 1:
			t.flushSeveral(g, at)
		case mask < uint64(len(few)) && int(g) < len(few[mask]):
			few[mask][g]++
		default:
			t.single.add(g, mask, 1)
		}
	}
}

// flushSeveral adds a unit with several rows.
func (t *groupTally) flushSeveral(g int32, at int) {
	c, of := &t.cells[at], t.pure
	if c.mixed {
		of = t.unitAtoms
	}
	of.add(g, c.mask&^hasRow, 1)
	if t.masked.open[g] > 0 {
		t.masked.unit(g, t, at)
	}
	for again := c.again; again != 0; again &= again - 1 {
		part := bits.TrailingZeros64(again)
		cell, more := int(g)*len(t.asked.Inputs)+t.parts.input[part], t.parts.take(at, part)
		t.sums[cell].rows += more
		raise(t.counts[cell*t.largest:][:t.largest], more+1)
	}
}

// endParts counts what follows from the parts that units have rows in: the units in each part, and a row of each. Those
// with more rows there have been counted.
func (t *groupTally) endParts() {
	k := len(t.asked.Inputs)
	t.single.each(t.masked.alone)
	for _, of := range []*atomTally{t.single, t.pure} {
		of.each(func(g int32, mask uint64, units int64) {
			t.atoms.add(g, mask, units)
			t.unitAtoms.add(g, mask, units)
		})
	}
	t.unitAtoms.each(func(g int32, mask uint64, units int64) {
		for mask &= t.parts.counted; mask != 0; mask &= mask - 1 {
			cell := int(g)*k + t.parts.input[bits.TrailingZeros64(mask)]
			t.sums[cell].rows += units
			t.sums[cell].units += units
		}
	})
	for cell := range t.sums {
		if t.asked.Inputs[cell%k].Part > 0 {
			ones(t.counts[cell*t.largest:][:t.largest], t.sums[cell].units)
		}
	}
}

// ones fills in the largest of n numbers of which those that are missing are ones.
func ones(largest []int64, n int64) {
	for i := range largest[:min(int64(len(largest)), n)] {
		largest[i] = max(largest[i], 1)
	}
}
