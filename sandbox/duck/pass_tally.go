package duck

import (
	"errors"
	"slices"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// errTooLarge says that a pass leaves its bounds: 64 bits of one unit's sum, or the memory that groups may take. The
// engine's own sums do not, so the statement is run instead.
var errTooLarge = errors.New("a pass leaves its bounds")

// Bounds of what a pass keeps in memory; the engine can put its own groups on disk.
const (
	maxPassedGroups = 1 << 18
	maxPassedRatios = 1 << 20 // of all groups
	maxPassedAtoms  = 1 << 21 // likewise
)

// groupTally adds up groups of rows that come unit by unit, in increasing order of units: the sums, and how they
// spread over units. See task.Grouping for what it finds. It is not safe for concurrent use; several, over disjoint
// units, are merged.
//
// Each group of each unit has a place while the unit is read. Places are numbered on and on, and those of a batch lie
// side by side, so that every step is a loop over rows or places.
type groupTally struct {
	asked   *task.Grouping
	largest int // how many of the largest are kept, at least 2

	unseen  []int32 // groups that no row was in yet
	unit    int64
	base    int64   // the number of the first place that is kept
	first   int64   // that of the first place of the unit
	slot    []int64 // of each group, its last place
	touched []int32 // of each place, its group
	owner   []int64 // of each place, its unit, as long as vectors want to know
	at      []int32 // of each row of the batch, its place less base
	cells   []unitCell
	inputs  [][]unitPart // by input and place
	parts   partRows
	column  []int        // of each input that is read, its column
	reading []rowMeasure // of rowMeasures

	groups    []groupSums
	sums      []inputSums  // by group and input
	running   []runningSum // likewise
	most      []int64      // by group: the most rows of a unit, in descending order, largest of them
	counts    []int64      // by group and input: likewise, the rows where it is not NULL
	tops      []int64      // by group and input: likewise, the distances of a unit's sum from 0
	inside    []int64      // by group and subset: units
	single    *atomTally   // units with one row, until the end
	pure      *atomTally   // units with several rows, all in one combination, until the end
	atoms     *atomTally   // other units
	unitAtoms *atomTally   // likewise, by the parts that they have rows in at all
	ratios    ratioTally   // of pairs of measures
	masked    ratioTally   // likewise
	settles   int64        // when so many places were freed, masked is settled as far as it is certain
	vectors   vectorTally
}

// unitCell is what a unit has in a group; unitPart, of an input.
type unitCell struct {
	rows    int64
	subsets uint64
	mask    uint64 // with hasRow
	again   uint64 // parts with several rows
	mixed   bool   // rows are in several combinations of parts
}

type unitPart struct {
	n, sum int64
	moved  int64 // not 0 where a value is not
}

// groupSums are the units of a group and, until the end, the rows that units have more than one each.
type groupSums struct{ units, rows int64 }

func newTally(g *task.Grouping) *groupTally {
	t := &groupTally{asked: g, largest: max(2, g.Largest), unit: noUnit, inputs: make([][]unitPart, len(g.Inputs)),
		parts: newPartRows(g), single: newAtoms(g.Parts), pure: newAtoms(g.Parts), atoms: newAtoms(g.Parts),
		unitAtoms: newAtoms(g.Parts), vectors: newVectors(g), settles: firstSettled}
	t.ratios, t.masked = newRatios(g)
	read := 0
	for _, in := range g.Inputs {
		t.column = append(t.column, read)
		if in.Part == 0 {
			read++
		}
	}
	return t
}

// group makes room for one more group. It is of no account before a row is in it: a dictionary has values that no row
// has.
func (t *groupTally) group() {
	k := len(t.asked.Inputs)
	t.unseen = append(t.unseen, int32(len(t.slot)))
	t.slot = append(t.slot, -1)
	t.groups = append(t.groups, groupSums{})
	t.sums = append(t.sums, make([]inputSums, k)...)
	t.running = append(t.running, make([]runningSum, k)...)
	t.most = append(t.most, make([]int64, t.largest)...)
	t.counts = append(t.counts, make([]int64, k*t.largest)...)
	t.tops = append(t.tops, make([]int64, k*t.largest)...)
	t.inside = append(t.inside, make([]int64, t.asked.Subsets)...)
	t.ratios.group()
	t.masked.group()
	t.vectors.group()
}

// see notes which groups rows are in for the first time, as counted says.
func (t *groupTally) see(counted func(g int32) bool) {
	if len(t.unseen) == 0 {
		return
	}
	t.unseen = slices.DeleteFunc(t.unseen, func(g int32) bool {
		if !counted(g) {
			return false
		}
		t.ratios.see(g)
		t.masked.see(g)
		t.vectors.see(g)
		return true
	})
}

// full reports whether there is no room for what was found.
func (t *groupTally) full() bool {
	return len(t.groups) > maxPassedGroups || len(t.groups)*len(t.asked.Ratios) > maxPassedRatios ||
		t.single.full(len(t.groups)) || t.pure.full(len(t.groups)) || t.atoms.full(len(t.groups)) ||
		t.unitAtoms.full(len(t.groups)) || t.vectors.full()
}

// add reads rows: after the inputs that are read come the subsets and the mask of parts.
func (t *groupTally) add(units []int64, groups []int32, columns []privacy.Column) error {
	if t.full() {
		return errTooLarge
	}
	if t.asked.RowUnits {
		return t.addRows(units, groups, columns)
	}
	kept, unit := len(t.touched), t.unit
	if err := t.place(units, groups); err != nil {
		return err
	}
	t.see(func(g int32) bool { return t.slot[g] >= 0 })
	if t.vectors.open > 0 { // units come in order, so a full list is complete
		t.own(units, kept, unit)
	}
	if t.asked.Parts > 0 {
		t.mask(units, groups, columns[len(columns)-1].Values)
	}
	read := 0
	for j, in := range t.asked.Inputs {
		if in.Part > 0 {
			continue
		}
		if err := t.values(t.inputs[j], &columns[read], in.Sum); err != nil {
			return err
		}
		read++
	}
	for j := range t.asked.Subsets {
		c := &columns[read+j]
		for i, at := range t.at {
			if c.Values[i] != 0 && !isNull(c.Valid, i) {
				t.cells[at].subsets |= 1 << j
			}
		}
	}
	t.flush(int(t.first - t.base))
	return nil
}

// place finds the places of rows and counts them.
func (t *groupTally) place(units []int64, groups []int32) error {
	n := len(t.touched) + len(units) // places at most
	t.room(n, len(units))
	groups, at, cells, slot := groups[:len(units)], t.at, t.cells[:n], t.slot
	unit, first, base, next := t.unit, t.first, t.base, t.base+int64(len(t.touched))
	for i, u := range units {
		if u != unit {
			if u < unit {
				return privacy.ErrNotClustered
			}
			unit, first = u, next
		}
		g := groups[i]
		place := slot[g]
		if place < first {
			place, slot[g] = next, next
			t.touched = append(t.touched, g)
			next++
		}
		at[i] = int32(place - base)
		cells[place-base].rows++
	}
	t.unit, t.first = unit, first
	return nil
}

// own notes whose places are: those that were kept are of one unit, the others of the units of the rows.
func (t *groupTally) own(units []int64, kept int, unit int64) {
	t.owner = slices.Grow(t.owner[:0], len(t.touched))[:len(t.touched)]
	for at := range t.owner[:kept] {
		t.owner[at] = unit
	}
	for i, at := range t.at {
		t.owner[at] = units[i]
	}
}

// room makes room for so many places and rows.
func (t *groupTally) room(places, rows int) {
	t.at = slices.Grow(t.at[:0], rows)[:rows]
	t.touched = slices.Grow(t.touched, places-len(t.touched))
	if more := places - len(t.cells); more > 0 {
		t.cells = append(t.cells, make([]unitCell, more)...)
	}
	for j := range t.inputs {
		if more := places - len(t.inputs[j]); more > 0 && t.asked.Inputs[j].Part == 0 {
			t.inputs[j] = append(t.inputs[j], make([]unitPart, more)...)
		}
	}
	t.parts.room(places)
}

// values counts values for the units. One that is only counted says whether there is one.
func (t *groupTally) values(own []unitPart, c *privacy.Column, summed bool) error {
	places := t.at
	values := c.Values[:len(places)]
	if !summed {
		for i, at := range places {
			if !isNull(c.Valid, i) {
				own[at].n += values[i]
			}
		}
		return nil
	}
	left := int64(0) // below 0 once a sum has left its 64 bits, or cannot be negated
	for i, at := range places {
		if isNull(c.Valid, i) {
			continue
		}
		p, x := &own[at], values[i]
		p.n++
		p.moved |= x
		sum := p.sum + x
		left |= (p.sum^sum)&(x^sum) | sum&-sum
		p.sum = sum
	}
	if left < 0 {
		return errTooLarge
	}
	return nil
}

// flush adds the units at the first n places to their groups, and keeps the places after them.
func (t *groupTally) flush(n int) {
	touched, cells, groups := t.touched[:n], t.cells[:n], t.groups
	for at, g := range touched {
		groups[g].units++
		if rows := cells[at].rows; rows > 1 {
			groups[g].rows += rows - 1
			raise(t.most[int(g)*t.largest:][:t.largest], rows)
		}
	}
	for j, in := range t.asked.Inputs {
		if in.Part == 0 {
			t.flushInput(j, t.inputs[j][:n], in.Sum)
		}
	}
	if t.ratios.uncertain > 0 {
		for at, g := range touched {
			if t.ratios.open[g] > 0 {
				t.ratios.unit(g, t, at)
			}
		}
	}
	if t.vectors.open > 0 {
		for at, g := range touched {
			t.vectors.unit(g, t.owner[at], t, at)
		}
	}
	if t.asked.Subsets > 0 {
		t.flushSubsets(touched)
	}
	if t.asked.Parts > 0 {
		t.flushParts(touched)
	}
	t.keep(n)
	if t.base >= t.settles && t.masked.uncertain > 0 {
		t.settles *= 4
		t.masked.settleBy(t.single)
	}
}

// flushSubsets adds the subsets that units have rows in.
func (t *groupTally) flushSubsets(touched []int32) {
	k := t.asked.Subsets
	for at, g := range touched {
		for j := range k {
			t.inside[int(g)*k+j] += int64(t.cells[at].subsets >> j & 1)
		}
	}
}

// keep frees the first n places.
func (t *groupTally) keep(n int) {
	rest := copy(t.touched, t.touched[n:])
	t.touched = t.touched[:rest]
	t.owner = t.owner[:copy(t.owner, t.owner[min(n, len(t.owner)):])]
	copy(t.cells, t.cells[n:n+rest])
	clear(t.cells[rest : n+rest])
	for j, own := range t.inputs {
		if t.asked.Inputs[j].Part == 0 {
			copy(own, own[n:n+rest])
			clear(own[rest : n+rest])
		}
	}
	t.parts.keep(n, rest)
	t.base += int64(n)
}

// end adds the last unit.
func (t *groupTally) end() {
	defer t.ratios.end()
	defer t.masked.end()
	if t.asked.RowUnits {
		t.endRows()
		return
	}
	t.flush(len(t.touched))
	t.endSums()
	t.endParts()
}

// merge adds another tally of other units, whose group g is here called to[g]. Both have ended.
func (t *groupTally) merge(o *groupTally, to []int32) {
	k, subsets := len(t.asked.Inputs), t.asked.Subsets
	for from, g := range to {
		t.groups[g].units += o.groups[from].units
		t.groups[g].rows += o.groups[from].rows
		t.raiseAll(t.most, o.most, int(g), from)
		for j := range k {
			at, other := int(g)*k+j, from*k+j
			s, more := &t.sums[at], &o.sums[other]
			t.raiseAll(t.counts, o.counts, at, other)
			t.raiseAll(t.tops, o.tops, at, other)
			*s = inputSums{s.rows + more.rows, s.units + more.units, s.moved + more.moved, s.sum.Add(more.sum),
				s.below.Add(more.below)}
		}
		for j := range subsets {
			t.inside[int(g)*subsets+j] += o.inside[from*subsets+j]
		}
	}
	t.atoms.merge(o.atoms, to)
	t.unitAtoms.merge(o.unitAtoms, to)
	t.ratios.merge(&o.ratios, to)
	t.masked.merge(&o.masked, to)
	t.vectors.merge(&o.vectors, to)
}
