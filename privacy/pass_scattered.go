package privacy

import (
	"math/bits"

	"github.com/yumen-data/yumen/internal/task"
)

// Most units have few rows, each in a group of its own. Such a unit needs no places: which rows count follows from the
// ranks of their groups, and each adds what it has at once.

// Four ranks are compared at a time by their first 15 bits, each in a lane of 16 bits whose first bit is free.
const (
	laneBits  = 16
	everyLane = 0x0001_0001_0001_0001
	laneSigns = 0x8000_8000_8000_8000
	freeLane  = 0x7fff // less than no other
)

// addScattered adds a unit whose rows are those from row i to before end, fewPlaces at most, and reports whether it
// could: two rows may lie in one group, or ranks begin with the same bits. If it could not, it added nothing.
func (p *Pass) addScattered(groups []int32, inputs []Column, i, end int) bool {
	var rows [fewPlaces]int32
	var short [fewPlaces]uint64
	n, ranks, of := 0, p.ranks, p.of
	for ; i < end; i++ {
		if g := groups[i]; g >= 0 {
			rows[n&(fewPlaces-1)], short[n&(fewPlaces-1)] = int32(i), (ranks[g]^of)*golden>>49
			n++
		}
	}
	chosen, ok := leastOf(&rows, &short, n, p.bounds.groups)
	if !ok {
		return false
	}
	for c := range p.bounds.components {
		p.countRows(c, chosen, groups, inputs)
	}
	return true
}

// leastOf puts the rows of least rank first, as many as most of n, and returns them. Not ok means that the first bits
// do not tell all ranks apart. For each rank it counts how many are less.
func leastOf(rows *[fewPlaces]int32, short *[fewPlaces]uint64, n, most int) (chosen []int32, ok bool) {
	for free := n; free < fewPlaces; free++ {
		short[free] = freeLane
	}
	var lanes [fewPlaces / 4]uint64
	for l := range lanes {
		four := short[4*l:][:4]
		lanes[l] = laneSigns | four[0] | four[1]<<laneBits | four[2]<<(2*laneBits) | four[3]<<(3*laneBits)
	}
	k, all := 0, 0
	for i, rank := range short[:n] {
		mine := rank * everyLane
		notLess := (lanes[0]-mine)&laneSigns>>15 + (lanes[1]-mine)&laneSigns>>15 +
			(lanes[2]-mine)&laneSigns>>15 + (lanes[3]-mine)&laneSigns>>15
		less := fewPlaces - notLess*everyLane>>(3*laneBits)
		rows[k&(fewPlaces-1)] = rows[i]
		_, counts := bits.Sub64(less, uint64(most), 0)
		k, all = k+int(counts), all+int(less)
	}
	return rows[:k], all == n*(n-1)/2
}

// countRows adds to component c what rows of groups of their own have.
func (p *Pass) countRows(c int, rows []int32, groups []int32, inputs []Column) {
	t := &p.bounds.components[c]
	if t.input == 0 {
		for _, r := range rows {
			p.sums[int(groups[r])*p.distinct+c].addInt(1)
		}
		return
	}
	of, in := &inputs[t.input-1], &p.bounds.inputs[t.input-1]
	for _, r := range rows {
		if of.null(int(r)) {
			continue
		}
		sum := &p.sums[int(groups[r])*p.distinct+c]
		switch t.kind {
		case task.TotalSum:
			sum.addInt(min(max(of.Values[r], in.Lo), in.Hi))
		case task.TotalCentred:
			*sum = sum.Add(Int(min(max(of.Values[r], in.Lo), in.Hi)).Add(product(-1, t.centre)))
		default:
			sum.addInt(1)
		}
	}
}
