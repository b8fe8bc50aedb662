package privacy

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// ErrNotClustered says that a unit came back after another one, so that a Pass cannot know how much of it was counted. Its
// totals are void; the caller sorts the rows by unit and starts anew.
var ErrNotClustered = errors.New("privacy: the rows of a unit are not side by side")

// maxDistance bounds how far a value may lie from the centre where squares are summed: 2^32 of them still fit in 128 bits.
const maxDistance = 1 << 46

// Pass computes the exact totals of a question from rows that come unit after unit, in increasing order of the unit's number,
// and bounds what each unit adds to them as it reads. It keeps one unit in memory at a time.
//
// What a unit adds is a function of its own rows and the run's Choice, whatever the other units are and in whatever order its
// rows come. So adding or removing a unit moves the totals by what that unit adds, which is at most GroupsPerUnit groups and
// RowsPerUnit rows in each: the bounds that Component.Sensitivity is computed from. A Pass is not safe for concurrent use;
// several, over disjoint sets of units, are merged.
type Pass struct {
	bounds   bounds
	choice   Choice
	ranks    []uint64 // of each group, what the choice of a unit's groups goes by
	sums     []Int128 // by group and component
	trees    []map[uint32]int64
	distinct int // columns of sums: components

	begun bool
	unit  int64
	of    uint64  // what the unit adds to ranks
	slot  []int32 // of each group, its place among those of this unit, or -1
	// Of the unit that is being read, at each place:
	touched []int32 // its group
	rows    []int64
	cells   []cell     // for each input
	squares []Int128   // likewise, where they are asked for
	leaves  [][]uint32 // likewise
	heap    []ranked   // of places, the greatest rank first, once they are as many as may count
	order   []ranked
}

// cell is what a unit has in a group of an input.
type cell struct {
	n   int64
	sum Int128
}

// Column is an input's values for some rows, in units of 10^-Scale. What lies outside the input's interval is clamped.
type Column struct {
	Values []int64
	Valid  []uint64 // bit i%64 of word i/64 is set where row i is not null; nil where no row is
}

// NewPass prepares a pass over the rows of a question. Groups of public keys are known at once, in the order of Totals;
// others are announced with Group. It refuses, with kind invalid, a question whose totals might not fit in 128 bits.
func NewPass(q *task.Question, choice Choice) (*Pass, error) {
	b, err := newBounds(q)
	if err != nil {
		return nil, err
	}
	p := &Pass{bounds: b, choice: choice, distinct: len(b.components)}
	if groups, public := Groups(q); public {
		for g := range groups {
			p.Group(mix(uint64(g)))
		}
	}
	return p, nil
}

// Group announces a group and returns its number. The rank must follow from the group's keys and the run's Choice alone.
func (p *Pass) Group(rank uint64) int32 {
	p.ranks = append(p.ranks, rank)
	p.slot = append(p.slot, -1)
	p.sums = append(p.sums, make([]Int128, p.distinct)...)
	p.trees = append(p.trees, make([]map[uint32]int64, p.distinct)...)
	return int32(len(p.ranks) - 1)
}

// Groups returns how many groups there are.
func (p *Pass) Groups() int { return len(p.ranks) }

// Add reads rows: of each its unit, its group, and a value of each input. A row with a negative group lies in no group and
// counts nowhere.
func (p *Pass) Add(units []int64, groups []int32, inputs []Column) error {
	if len(inputs) != len(p.bounds.inputs) {
		return yumen.Errorf(yumen.Internal, "%d inputs were given, %d are measured", "给出 %d 个输入，应为 %d 个", len(inputs), len(p.bounds.inputs))
	}
	for i, u := range units {
		if u != p.unit || !p.begun {
			if p.begun && u < p.unit {
				return ErrNotClustered
			}
			p.flush()
			p.unit, p.of, p.begun = u, p.choice.unit(u), true
		}
		g := groups[i]
		if g < 0 {
			continue
		}
		at := p.slot[g]
		if at < 0 {
			if at = p.place(g); at < 0 {
				continue
			}
		}
		p.rows[at]++
		for j := range inputs {
			if c := &inputs[j]; c.Valid == nil || c.Valid[i>>6]>>(i&63)&1 == 1 {
				p.value(int(at)*len(inputs)+j, &p.bounds.inputs[j], c.Values[i])
			}
		}
	}
	return nil
}

// value counts a value of an input for the unit.
func (p *Pass) value(at int, in *bounded, x int64) {
	x = min(max(x, in.Lo), in.Hi)
	c := &p.cells[at]
	c.n++
	lo, carry := bits.Add64(c.sum.Lo, uint64(x), 0)
	c.sum = Int128{c.sum.Hi + x>>63 + int64(carry), lo}
	if in.squares {
		p.squares[at] = p.squares[at].Add(square(x - in.centre))
	}
	if in.tree {
		p.leaves[at] = append(p.leaves[at], Leaf(in.MeasuredInput, x))
	}
}

// place gives a group that the unit has not met a place among those in which it counts, or -1. Of more groups than may count
// those of least rank stay. A group that had to go never comes back, because the greatest rank kept only falls.
func (p *Pass) place(g int32) int32 {
	at := int32(len(p.touched))
	switch r := (p.ranks[g] ^ p.of) * golden; {
	case int(at) < p.bounds.groups:
		p.touched = append(p.touched, g)
		p.heap = append(p.heap, ranked{r, at})
		if len(p.heap) == p.bounds.groups {
			for i := len(p.heap) / 2; i >= 0; i-- {
				sink(p.heap, i)
			}
		}
	case r >= p.heap[0].rank:
		return -1
	default:
		at = p.heap[0].at
		p.slot[p.touched[at]] = -1
		p.touched[at] = g
		p.heap[0].rank = r
		sink(p.heap, 0)
	}
	p.slot[g] = at
	p.clear(int(at))
	return at
}

// clear empties a place.
func (p *Pass) clear(at int) {
	k := len(p.bounds.inputs)
	if at == len(p.rows) {
		p.rows = append(p.rows, 0)
		p.cells = append(p.cells, make([]cell, k)...)
		p.squares = append(p.squares, make([]Int128, k)...)
		p.leaves = append(p.leaves, make([][]uint32, k)...)
	}
	p.rows[at] = 0
	for j := range p.bounds.inputs {
		in, i := &p.bounds.inputs[j], at*k+j
		p.cells[i] = cell{}
		if in.squares {
			p.squares[i] = Int128{}
		}
		if in.tree {
			p.leaves[i] = p.leaves[i][:0]
		}
	}
}

// flush adds what the unit may add to the totals.
func (p *Pass) flush() {
	for at, g := range p.touched {
		p.count(at)
		p.slot[g] = -1
	}
	p.touched, p.heap = p.touched[:0], p.heap[:0]
}

// ranked is a place or a leaf with what the choice goes by.
type ranked struct {
	rank uint64
	at   int32
}

// golden is an odd number: a product with it is a bijection whose high bits depend on all others (Knuth, TAOCP 3, 6.4).
const golden = 0x9e3779b97f4a7c15

// sink lets an element down to its place in a heap whose first is the greatest.
func sink(heap []ranked, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1].rank > heap[child].rank {
			child++
		}
		if heap[i].rank >= heap[child].rank {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// count adds what the unit has at a place to the totals of its group.
func (p *Pass) count(at int) {
	g := int(p.touched[at])
	sums := p.sums[g*p.distinct:][:p.distinct]
	for i := range p.bounds.components {
		t := &p.bounds.components[i]
		if t.input == 0 {
			sums[i] = sums[i].Add(t.rows(p.rows[at]))
			continue
		}
		own := at*len(p.bounds.inputs) + t.input - 1
		c := &p.cells[own]
		switch {
		case c.n == 0:
		case t.kind == task.TotalSum:
			sums[i] = sums[i].Add(c.sum.clamp(t.lo, t.hi))
		case t.kind == task.TotalCentred:
			sums[i] = sums[i].Add(scaled(c.sum.Add(product(-c.n, t.centre)), t.c, c.n))
		case t.kind == task.TotalSquares:
			sums[i] = sums[i].Add(scaled(p.squares[own], t.c, c.n))
		case t.kind == task.TotalTree:
			p.grow(g*p.distinct+i, p.leaves[own], p.ranks[g])
		default:
			sums[i] = sums[i].Add(t.rows(c.n))
		}
	}
}

// grow adds the leaves that count of a unit to a tree.
func (p *Pass) grow(at int, leaves []uint32, rank uint64) {
	if p.trees[at] == nil {
		p.trees[at] = map[uint32]int64{}
	}
	if int64(len(leaves)) <= p.bounds.rows {
		for _, l := range leaves {
			p.trees[at][l]++
		}
		return
	}
	for _, r := range p.sample(leaves, p.of^mix(rank)) {
		p.trees[at][uint32(r.at)]++
	}
}

// sample returns as many leaves of a unit as may count, as ranked.at. Equal leaves are told apart by a number, so that every
// value has the same chance; which ones are taken does not depend on the order in which they came.
func (p *Pass) sample(leaves []uint32, of uint64) []ranked {
	slices.Sort(leaves)
	p.order = p.order[:0]
	nth := uint64(0)
	for i, l := range leaves {
		if i > 0 && l == leaves[i-1] {
			nth++
		} else {
			nth = 0
		}
		p.order = append(p.order, ranked{mix(mix(of^uint64(l)) + nth), int32(l)})
	}
	slices.SortFunc(p.order, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	return p.order[:p.bounds.rows]
}

// Merge adds the totals of another pass over other units. Its group g is here called groups[g].
func (p *Pass) Merge(o *Pass, groups []int32) {
	o.flush()
	for from, to := range groups {
		for i := range p.distinct {
			at := int(to)*p.distinct + i
			p.sums[at] = p.sums[at].Add(o.sums[from*p.distinct+i])
			for leaf, n := range o.trees[from*p.distinct+i] {
				if p.trees[at] == nil {
					p.trees[at] = map[uint32]int64{}
				}
				p.trees[at][leaf] += n
			}
		}
	}
}

// Totals returns the totals, with the keys of each group, which are the caller's to know.
func (p *Pass) Totals(keys [][]Value) Totals {
	p.flush()
	t := Totals{Keys: keys, Sums: make([][]Int128, p.distinct), Trees: make([][]map[uint32]int64, p.distinct)}
	for i, c := range p.bounds.components {
		if c.kind == task.TotalTree {
			t.Trees[i] = make([]map[uint32]int64, p.Groups())
			for g := range t.Trees[i] {
				t.Trees[i][g] = p.trees[g*p.distinct+i]
			}
			continue
		}
		t.Sums[i] = make([]Int128, p.Groups())
		for g := range t.Sums[i] {
			t.Sums[i][g] = p.sums[g*p.distinct+i]
		}
	}
	return t
}
