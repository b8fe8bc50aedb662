package duck

import (
	"errors"
	"math"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// errTooLarge says that one unit's sum leaves 64 bits. The engine's own sums do not, so the statement is run instead.
var errTooLarge = errors.New("a unit's sum leaves 64 bits")

// groupTally adds up groups of rows that come unit by unit, in increasing order of units: the sums, and how they spread over units.
// See task.Grouping for what it finds. It is not safe for concurrent use; several, over disjoint units, are merged.
type groupTally struct {
	summed  []bool // of each input
	subsets int
	largest int // how many of the largest are kept, at least 2

	begun   bool
	unit    int64
	slot    []int32 // of each group, its place among those of this unit, or -1
	touched []int32 // of each place, its group
	cells   []unitCell
	parts   []unitPart // by place and input

	groups []groupSums
	sums   []inputSums // by group and input
	most   []int64     // by group: the most rows of a unit, in descending order, largest of them
	counts []int64     // by group and input: likewise, the rows where it is not NULL
	tops   []int64     // by group and input: likewise, the distances of a unit's sum from 0
	inside []int64     // by group and subset: units
}

// unitCell is what a unit has in a group; unitPart, of an input.
type unitCell struct {
	rows    int64
	subsets uint64
}

type unitPart struct {
	n, sum int64
	moved  bool
}

type groupSums struct{ units, rows int64 }

type inputSums struct {
	rows, units, moved int64
	sum, distance      privacy.Int128
}

func newTally(g *task.Grouping) *groupTally {
	t := &groupTally{subsets: g.Subsets, largest: max(2, g.Largest)}
	for _, in := range g.Inputs {
		t.summed = append(t.summed, in.Sum)
	}
	return t
}

// group makes room for one more group.
func (t *groupTally) group() {
	k := len(t.summed)
	t.slot = append(t.slot, -1)
	t.groups = append(t.groups, groupSums{})
	t.sums = append(t.sums, make([]inputSums, k)...)
	t.most = append(t.most, make([]int64, t.largest)...)
	t.counts = append(t.counts, make([]int64, k*t.largest)...)
	t.tops = append(t.tops, make([]int64, k*t.largest)...)
	t.inside = append(t.inside, make([]int64, t.subsets)...)
}

// add reads rows: after the inputs come the subsets.
func (t *groupTally) add(units []int64, groups []int32, columns []privacy.Column) error {
	k := len(t.summed)
	for i, u := range units {
		if u != t.unit || !t.begun {
			if t.begun && u < t.unit {
				return privacy.ErrNotClustered
			}
			t.flush()
			t.unit, t.begun = u, true
		}
		at := t.slot[groups[i]]
		if at < 0 {
			at = t.touch(groups[i])
		}
		t.cells[at].rows++
		for j := range k {
			c := &columns[j]
			if isNull(c.Valid, i) {
				continue
			}
			if err := t.value(&t.parts[int(at)*k+j], c.Values[i], t.summed[j]); err != nil {
				return err
			}
		}
		for j := range t.subsets {
			if c := &columns[k+j]; c.Values[i] != 0 && !isNull(c.Valid, i) {
				t.cells[at].subsets |= 1 << j
			}
		}
	}
	return nil
}

// value counts a value for the unit. One that is only counted says whether there is one.
func (t *groupTally) value(p *unitPart, x int64, summed bool) error {
	if !summed {
		p.n += x
		return nil
	}
	p.n++
	p.moved = p.moved || x != 0
	sum := p.sum + x
	if (p.sum^sum)&(x^sum) < 0 || sum == math.MinInt64 {
		return errTooLarge
	}
	p.sum = sum
	return nil
}

func (t *groupTally) touch(g int32) int32 {
	at, k := len(t.touched), len(t.summed)
	t.touched = append(t.touched, g)
	t.slot[g] = int32(at)
	if at == len(t.cells) {
		t.cells = append(t.cells, unitCell{})
		t.parts = append(t.parts, make([]unitPart, k)...)
	}
	t.cells[at] = unitCell{}
	clear(t.parts[at*k : at*k+k])
	return int32(at)
}

// flush adds the unit to its groups.
func (t *groupTally) flush() {
	k := len(t.summed)
	for at, g := range t.touched {
		t.slot[g] = -1
		c, all := &t.cells[at], &t.groups[g]
		all.units++
		all.rows += c.rows
		raise(t.most[int(g)*t.largest:][:t.largest], c.rows)
		for j := range k {
			t.count(int(g)*k+j, &t.parts[at*k+j], t.summed[j])
		}
		for j := range t.subsets {
			t.inside[int(g)*t.subsets+j] += int64(c.subsets >> j & 1)
		}
	}
	t.touched = t.touched[:0]
}

// count adds what the unit has of an input in a group.
func (t *groupTally) count(at int, p *unitPart, summed bool) {
	if p.n == 0 {
		return
	}
	s := &t.sums[at]
	s.rows += p.n
	s.units++
	raise(t.counts[at*t.largest:][:t.largest], p.n)
	if !summed {
		return
	}
	if p.moved {
		s.moved++
	}
	distance := max(p.sum, -p.sum)
	s.sum, s.distance = s.sum.Add(privacy.Int(p.sum)), s.distance.Add(privacy.Int(distance))
	raise(t.tops[at*t.largest:][:t.largest], distance)
}

// raise puts x among the largest, which stand in descending order, if it is one of them.
func raise(largest []int64, x int64) {
	i := len(largest) - 1
	if x <= largest[i] {
		return
	}
	for ; i > 0 && largest[i-1] < x; i-- {
		largest[i] = largest[i-1]
	}
	largest[i] = x
}

// merge adds another tally of other units, whose group g is here called to[g].
func (t *groupTally) merge(o *groupTally, to []int32) {
	o.flush()
	k := len(t.summed)
	for from, g := range to {
		t.groups[g].units += o.groups[from].units
		t.groups[g].rows += o.groups[from].rows
		t.raiseAll(t.most, o.most, int(g), from)
		for j := range k {
			at, other := int(g)*k+j, from*k+j
			s, more := &t.sums[at], &o.sums[other]
			*s = inputSums{s.rows + more.rows, s.units + more.units, s.moved + more.moved, s.sum.Add(more.sum), s.distance.Add(more.distance)}
			t.raiseAll(t.counts, o.counts, at, other)
			t.raiseAll(t.tops, o.tops, at, other)
		}
		for j := range t.subsets {
			t.inside[int(g)*t.subsets+j] += o.inside[from*t.subsets+j]
		}
	}
}

func (t *groupTally) raiseAll(ours, theirs []int64, at, other int) {
	for _, x := range theirs[other*t.largest:][:t.largest] {
		raise(ours[at*t.largest:][:t.largest], x)
	}
}
