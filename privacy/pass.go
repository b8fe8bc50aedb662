package privacy

import (
	"cmp"
	"errors"
	"math"
	"math/bits"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// ErrNotClustered says that a unit came back after another one, so that a Pass cannot know how much of it was counted.
// Its totals are void; the caller sorts the rows by unit and starts anew.
var ErrNotClustered = errors.New("privacy: the rows of a unit are not side by side")

// maxDistance bounds how far a value may lie from the centre where squares are summed: 2^32 of them still fit in 128
// bits.
const maxDistance = 1 << 46

// Pass computes the exact totals of a question from rows that come unit after unit, in increasing order of the unit's
// number, and bounds what each unit adds to them as it reads. It keeps one unit in memory at a time.
//
// What a unit adds is a function of its own rows and the run's Choice, whatever the other units are and in whatever
// order its rows come. So adding or removing a unit moves the totals by what that unit adds, which is at most
// GroupsPerUnit groups and RowsPerUnit rows in each: the bounds that Component.Sensitivity is computed from. A Pass is
// not safe for concurrent use; several, over disjoint sets of units, are merged.
type Pass struct {
	bounds   bounds
	choice   Choice
	ranks    []uint64 // of each group, what the choice of a unit's groups goes by
	sums     []Int128 // by group and component
	trees    []map[uint32]int64
	held     []map[uint64]struct{} // likewise, distinct values
	distinct int                   // columns of sums: components
	places   int                   // of a unit

	begun bool
	unit  int64
	of    uint64  // what the unit adds to ranks
	slot  []int32 // of each group, its place among those of this unit, or -1
	at    []int32 // of each row of the batch, the place where it counts, or -1
	// Of the unit that is being read, at each place:
	touched  []int32  // its group
	priority []uint64 // its rank for this unit: those of least rank count
	rows     []int64
	cells    []cell     // for each input
	squares  []Int128   // likewise, where they are asked for
	leaves   [][]uint64 // likewise: leaves of a tree, or values where they are told apart
	limit    uint64     // a group of greater rank does not count, whatever comes
	chosen   []int32    // places that count
	found    [maxCompared]int32
	order    []ranked
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
	p := &Pass{bounds: b, choice: choice, distinct: len(b.components), places: max(fewPlaces, 2*b.groups)}
	if groups, public := Groups(q); public {
		for g := range groups {
			p.Group(mix(uint64(g)))
		}
	}
	return p, nil
}

// Group announces a group and returns its number. The rank must follow from the group's keys and the run's Choice
// alone.
func (p *Pass) Group(rank uint64) int32 {
	p.ranks = append(p.ranks, rank)
	p.slot = append(p.slot, -1)
	p.sums = append(p.sums, make([]Int128, p.distinct)...)
	p.trees = append(p.trees, make([]map[uint32]int64, p.distinct)...)
	p.held = append(p.held, make([]map[uint64]struct{}, p.distinct)...)
	return int32(len(p.ranks) - 1)
}

// Groups returns how many groups there are.
func (p *Pass) Groups() int { return len(p.ranks) }

// Add reads rows: of each its unit, its group, and a value of each input. A row with a negative group lies in no group
// and counts nowhere.
func (p *Pass) Add(units []int64, groups []int32, inputs []Column) error {
	if len(inputs) != len(p.bounds.inputs) {
		return yumen.Errorf(yumen.KindInternal, "%d inputs were given, %d are measured", "给出 %d 个输入，应为 %d 个",
			len(inputs), len(p.bounds.inputs))
	}
	for len(p.at) < len(units) {
		p.at = append(p.at, -1)
	}
	for i := 0; i < len(units); {
		if u := units[i]; u != p.unit || !p.begun {
			if p.begun && u < p.unit {
				return ErrNotClustered
			}
			p.flush()
			p.unit, p.of, p.limit, p.begun = u, p.choice.unit(u), math.MaxUint64, true
			if end := endOf(units, i); end < len(units) && end-i <= fewPlaces && !p.bounds.more &&
				p.addScattered(groups, inputs, i, end) {
				i = end
				continue
			}
		}
		end := p.placeRows(units, groups, i)
		for j := range inputs {
			p.values(j, &inputs[j], i, end)
		}
		if i = end; i < len(units) && units[i] == p.unit {
			p.prune()
		}
	}
	return nil
}

// endOf returns the row after the last of the unit of row i.
func endOf(units []int64, i int) int {
	unit := units[i]
	for i++; i < len(units) && units[i] == unit; i++ {
	}
	return i
}

// placeRows counts the unit's rows from row i on and notes their places. It returns the row after the last, which
// belongs to the unit too where there was no place left for its group.
func (p *Pass) placeRows(units []int64, groups []int32, i int) int {
	groups, at, slot, ranks, rows := groups[:len(units)], p.at[:len(units)], p.slot, p.ranks, p.rows
	unit, of, limit := p.unit, p.of, p.limit
	for ; i < len(units) && units[i] == unit; i++ {
		at[i] = -1
		g := groups[i]
		if g < 0 {
			continue
		}
		place := slot[g]
		if place < 0 { // a group that the unit has not met
			rank := (ranks[g] ^ of) * golden
			if rank > limit {
				continue
			}
			place = int32(len(p.touched))
			if int(place) == p.places {
				return i
			}
			if int(place) == len(rows) {
				p.extend()
				rows = p.rows
			}
			p.touched, p.priority = append(p.touched, g), append(p.priority, rank)
			slot[g] = place
		}
		rows[place]++
		at[i] = place
	}
	return i
}

// values counts the values of an input in rows from i to before end, all of the unit. Each thing that is gathered has a
// loop of its own, so that the usual one, a sum, is short.
func (p *Pass) values(input int, c *Column, i, end int) {
	in, k := &p.bounds.inputs[input], len(p.bounds.inputs)
	at, values := p.at[i:end], c.Values[i:end]
	values = values[:len(at)]
	for r, place := range at {
		if place < 0 || c.null(i+r) {
			continue
		}
		x := min(max(values[r], in.Lo), in.Hi)
		own := &p.cells[int(place)*k+input]
		own.n++
		own.sum.addInt(x)
	}
	if !in.more() {
		return
	}
	for r, place := range at {
		if place < 0 || c.null(i+r) {
			continue
		}
		x, own := min(max(values[r], in.Lo), in.Hi), int(place)*k+input
		if in.squares {
			p.squares[own] = p.squares[own].Add(square(x - in.centre))
		}
		if in.tree {
			p.leaves[own] = append(p.leaves[own], uint64(Leaf(in.MeasuredInput, x)))
		}
		if in.distinct {
			p.leaves[own] = append(p.leaves[own], uint64(x))
		}
	}
}

func (c *Column) null(i int) bool { return c.Valid != nil && c.Valid[i>>6]>>(i&63)&1 == 0 }

// fewPlaces is how many groups of a unit are kept, at least, before some must go. Most units have no more, and are
// chosen from once, when all are known: comparing ranks as groups come is a branch that the processor cannot foresee.
const fewPlaces = 16

// extend makes a place, empty as all are that belong to no group.
func (p *Pass) extend() {
	k := len(p.bounds.inputs)
	p.rows = append(p.rows, 0)
	p.cells = append(p.cells, make([]cell, k)...)
	p.squares = append(p.squares, make([]Int128, k)...)
	p.leaves = append(p.leaves, make([][]uint64, k)...)
}

// leave empties the places from the given one on and takes them from their groups.
func (p *Pass) leave(from int) {
	n, k := len(p.touched), len(p.bounds.inputs)
	clear(p.rows[from:n])
	clear(p.cells[from*k : n*k])
	if p.bounds.more {
		clear(p.squares[from*k : n*k])
		for i := from * k; i < n*k; i++ {
			p.leaves[i] = p.leaves[i][:0]
		}
	}
	p.touched, p.priority = p.touched[:from], p.priority[:from]
}

// prune frees the places of groups that cannot count any more. A group that had to go never comes back, because its
// rank lies above the limit, which only falls.
func (p *Pass) prune() {
	for _, g := range p.touched {
		p.slot[g] = -1
	}
	p.limit = 0
	for to, from := range p.choose() {
		p.limit = max(p.limit, p.priority[from])
		p.move(to, int(from))
	}
	p.leave(len(p.chosen))
}

// move gives a group another place, which lies before its own.
func (p *Pass) move(to, from int) {
	p.touched[to], p.priority[to], p.rows[to] = p.touched[from], p.priority[from], p.rows[from]
	p.slot[p.touched[to]] = int32(to)
	for j := range p.bounds.inputs {
		k := len(p.bounds.inputs)
		a, b := to*k+j, from*k+j
		p.cells[a], p.squares[a] = p.cells[b], p.squares[b]
		p.leaves[a], p.leaves[b] = p.leaves[b], p.leaves[a]
	}
}

// flush adds what the unit may add to the totals.
func (p *Pass) flush() {
	if len(p.touched) == 0 {
		return
	}
	p.count(p.choose())
	for _, g := range p.touched {
		p.slot[g] = -1
	}
	p.leave(0)
}

// choose returns the places that count, in increasing order: those of least rank, as many as may.
func (p *Pass) choose() []int32 {
	n := len(p.priority)
	p.chosen = p.chosen[:0]
	switch {
	case n <= p.bounds.groups:
		for at := range p.priority {
			p.chosen = append(p.chosen, int32(at))
		}
	case n <= maxCompared:
		p.chosen = least(p.priority, p.bounds.groups, &p.found)
	default:
		p.order = p.order[:0]
		for at, r := range p.priority {
			p.order = append(p.order, ranked{r, int64(at)})
		}
		slices.SortFunc(p.order,
			func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.at, b.at)) })
		for _, o := range p.order[:p.bounds.groups] {
			p.chosen = append(p.chosen, int32(o.at))
		}
		slices.Sort(p.chosen)
	}
	return p.chosen
}

// maxCompared is how many ranks are compared each with each: without branches, that is faster than sorting up to here.
const maxCompared = 32

// least returns the places of the least ranks, as many as most; of equal ranks the first is less. There are no more
// than maxCompared. It counts for each how many are less.
func least(ranks []uint64, most int, found *[maxCompared]int32) []int32 {
	var less [maxCompared]uint64
	for i, r := range ranks {
		mine := uint64(i)
		for j, other := range ranks[:i] {
			_, below := bits.Sub64(r, other, 0)
			less[j&(maxCompared-1)] += below
			mine -= below
		}
		less[i&(maxCompared-1)] = mine
	}
	k := uint64(0)
	for i := range ranks {
		found[k&(maxCompared-1)] = int32(i)
		_, counts := bits.Sub64(less[i&(maxCompared-1)], uint64(most), 0)
		k += counts
	}
	return found[:k]
}

// ranked is a place or a value with what the choice goes by.
type ranked struct {
	rank uint64
	at   int64
}

// golden is an odd number: a product with it is a bijection whose high bits depend on all others (Knuth, TAOCP 3, 6.4).
const golden = 0x9e3779b97f4a7c15

// count adds what the unit has at places to the totals of their groups, component by component.
func (p *Pass) count(places []int32) {
	k := len(p.bounds.inputs)
	for i := range p.bounds.components {
		t := &p.bounds.components[i]
		for _, at := range places {
			g := int(p.touched[at])
			sum := &p.sums[g*p.distinct+i]
			if t.input == 0 {
				*sum = sum.Add(t.rows(p.rows[at]))
				continue
			}
			own := int(at)*k + t.input - 1
			c := &p.cells[own]
			switch t.kind {
			case task.TotalSum:
				*sum = sum.Add(t.sum(c))
			case task.TotalCentred:
				*sum = sum.Add(scaled(c.sum.Add(product(-c.n, t.centre)), t.c, c.n))
			case task.TotalSquares:
				*sum = sum.Add(scaled(p.squares[own], t.c, c.n))
			case task.TotalTree:
				p.grow(g*p.distinct+i, p.leaves[own], p.ranks[g])
			case task.TotalDistinct:
				p.hold(g*p.distinct+i, p.leaves[own], p.ranks[g])
			default:
				*sum = sum.Add(t.rows(c.n))
			}
		}
	}
}
