package duck

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen/internal/task"
)

// partRows counts the rows of a unit in each part, by place, from the second on: that there is one at all is in the
// unit's mask.
type partRows struct {
	parts   int
	counted uint64 // parts whose rows are an input
	input   []int  // of each part
	more    []int64
}

func newPartRows(g *task.Grouping) partRows {
	p := partRows{parts: g.Parts, input: make([]int, g.Parts)}
	for j, in := range g.Inputs {
		if in.Part > 0 {
			p.input[in.Part-1] = j
			p.counted |= 1 << (in.Part - 1)
		}
	}
	return p
}

func (p *partRows) room(places int) {
	if lacking := places*p.parts - len(p.more); lacking > 0 {
		p.more = append(p.more, make([]int64, lacking)...)
	}
}

// again counts a row in parts in which the unit has one already.
func (p *partRows) again(at int32, mask uint64) {
	for ; mask != 0; mask &= mask - 1 {
		p.more[int(at)*p.parts+bits.TrailingZeros64(mask)]++
	}
}

func (p *partRows) at(place, part int) int64 { return p.more[place*p.parts+part] }

// take returns how many rows there are and leaves none.
func (p *partRows) take(place, part int) int64 {
	n := p.at(place, part)
	p.more[place*p.parts+part] = 0
	return n
}

// keep frees the first n places, from which all was taken, and keeps the rest after them.
func (p *partRows) keep(n, rest int) {
	copy(p.more, p.more[n*p.parts:(n+rest)*p.parts])
	clear(p.more[max(n, rest)*p.parts : (n+rest)*p.parts])
}

// atomTally counts units in each combination of parts of each group. Few parts index a table, with a list of groups for
// each combination that occurs: mostly the same ones do in all groups. Of more parts, combinations are looked up.
type atomTally struct {
	parts  int
	units  [][]int64 // by mask and group, where there are few parts; groups at the end may be missing
	last   [][]int64 // likewise, the last unit that row counted
	hashed []hashedAtom
	taken  int
}

// fewParts is how many parts index a table.
const fewParts = 8

// hashedAtom is free where its key is 0.
type hashedAtom struct {
	key         uint64 // the number of the group from 1, and the mask
	units, last int64
}

// noUnit stands before all units.
const noUnit = math.MinInt64

func newAtoms(parts int) *atomTally {
	if parts > fewParts {
		return &atomTally{parts: parts, hashed: make([]hashedAtom, 1<<12)}
	}
	return &atomTally{parts: parts, units: make([][]int64, 1<<parts), last: make([][]int64, 1<<parts)}
}

// full reports whether there is no room for the combinations of so many groups.
func (t *atomTally) full(groups int) bool {
	if t.hashed != nil {
		return t.taken > maxPassedAtoms
	}
	return t.parts > 0 && groups<<t.parts > maxPassedAtoms
}

// row counts a unit for a row, once however many rows it has in the combination.
func (t *atomTally) row(g int32, mask uint64, unit int64) {
	units, last := t.at(g, mask)
	if *last != unit {
		*last = unit
		*units++
	}
}

// at returns how many units there are, and the last one.
func (t *atomTally) at(g int32, mask uint64) (units, last *int64) {
	if t.hashed != nil {
		a := t.hashedAt((uint64(g)+1)<<maskBits | mask)
		return &a.units, &a.last
	}
	for lacking := int(g) + 1 - len(t.last[mask]); lacking > 0; lacking-- {
		t.last[mask] = append(t.last[mask], noUnit)
	}
	t.add(g, mask, 0)
	return &t.units[mask][g], &t.last[mask][g]
}

// add counts units.
func (t *atomTally) add(g int32, mask uint64, units int64) {
	if t.hashed != nil {
		t.hashedAt((uint64(g)+1)<<maskBits | mask).units += units
		return
	}
	if lacking := int(g) + 1 - len(t.units[mask]); lacking > 0 {
		t.units[mask] = append(t.units[mask], make([]int64, lacking)...)
	}
	t.units[mask][g] += units
}

// addAll counts a unit for each of some rows.
func (t *atomTally) addAll(groups []int32, masks []int64) {
	few := t.units
	for i, mask := range masks[:len(groups)] {
		if g := groups[i]; int(mask) < len(few) && int(g) < len(few[mask]) {
			few[mask][g]++
		} else {
			t.add(g, uint64(mask), 1)
		}
	}
}

// maskBits is room for a mask beside the number of a group.
const maskBits = 32

// hashedAt finds a combination, which it adds where it is new. At most half of the table is taken.
func (t *atomTally) hashedAt(key uint64) *hashedAtom {
	a := t.find(key)
	if a.key != 0 {
		return a
	}
	if t.taken++; 2*t.taken > len(t.hashed) {
		old := t.hashed
		t.hashed = make([]hashedAtom, 2*len(old))
		for _, h := range old {
			if h.key != 0 {
				*t.find(h.key) = h
			}
		}
		a = t.find(key)
	}
	*a = hashedAtom{key: key, last: noUnit}
	return a
}

// find returns the entry of a combination, or the free one where it would stand.
func (t *atomTally) find(key uint64) *hashedAtom {
	hi, lo := bits.Mul64(key, golden)
	for i := int(hi ^ lo); ; i++ {
		if a := &t.hashed[i&(len(t.hashed)-1)]; a.key == key || a.key == 0 {
			return a
		}
	}
}

// golden is an odd number: all bits of a product with it depend on the factor (Knuth, TAOCP 3, 6.4).
const golden = 0x9e3779b97f4a7c15

// merge adds another tally of other units.
func (t *atomTally) merge(o *atomTally, to []int32) {
	o.each(func(g int32, mask uint64, units int64) { t.add(to[g], mask, units) })
}

// each shows the combinations that occur.
func (t *atomTally) each(show func(g int32, mask uint64, units int64)) {
	for mask, of := range t.units {
		for g, units := range of {
			if units > 0 {
				show(int32(g), uint64(mask), units)
			}
		}
	}
	for _, h := range t.hashed {
		if h.key != 0 {
			show(int32(h.key>>maskBits)-1, h.key&(1<<maskBits-1), h.units)
		}
	}
}

// texts writes the combinations of each group as task.Grouping says.
func (t *atomTally) texts(groups int) [][]byte {
	type found struct {
		mask  uint64
		units int64
	}
	all := make([][]found, groups)
	t.each(func(g int32, mask uint64, units int64) { all[g] = append(all[g], found{mask, units}) })
	out := make([][]byte, groups)
	for g, list := range all {
		slices.SortFunc(list, func(a, b found) int { return int(a.mask) - int(b.mask) })
		for i, f := range list {
			if i > 0 {
				out[g] = append(out[g], ' ')
			}
			out[g] = append(strconv.AppendUint(out[g], f.mask, 10), ':')
			out[g] = strconv.AppendInt(out[g], f.units, 10)
		}
	}
	return out
}
