package duck

import (
	"math/bits"

	"github.com/yumen-data/yumen/privacy"
)

// inputSums is what all units of a group have of an input. Until the end, numbers of rows, units and those that moved
// say how far they differ from as many units as the group has, each of one row that is not 0: of most units, only the
// sum has to be added then, which is in runningSum.
type inputSums struct {
	rows, units, moved int64
	sum                privacy.Int128
	below              privacy.Int128 // what values below 0 add up to, without their sign
}

// runningSum is the part of a sum that nearly every unit changes. It lies apart, so that the sums of many groups are
// near the processor.
type runningSum struct {
	low   uint64 // the low half of the sum
	least int64  // of the largest distances that are kept
}

// distance is the sum of the distances from 0.
func (s *inputSums) distance() privacy.Int128 { return s.sum.Add(s.below).Add(s.below) }

// flushInput adds what units have of an input.
func (t *groupTally) flushInput(j int, own []unitPart, summed bool) {
	touched, running, k := t.touched[:len(own)], t.running, len(t.asked.Inputs)
	if !summed {
		for at := range own {
			if n := own[at].n; n != 1 {
				t.countRows(int(touched[at])*k+j, n)
			}
		}
		return
	}
	for at := range own {
		p, cell := &own[at], int(touched[at])*k+j
		if r := &running[cell]; p.n == 1 && r.usual(p.sum) {
			if low := r.low + uint64(p.sum); low >= r.low {
				r.low = low
				continue
			}
		}
		t.addUnit(cell, p)
	}
}

// usual reports whether what a unit adds lies above 0 and is none of the largest.
func (r *runningSum) usual(x int64) bool { return uint64(x-1) < uint64(r.least) }

// countRows counts a unit that has not one row of an input.
func (t *groupTally) countRows(cell int, n int64) {
	s := &t.sums[cell]
	s.rows += n - 1
	if n == 0 {
		s.units--
		s.moved--
		return
	}
	raise(t.counts[cell*t.largest:][:t.largest], n)
}

// addUnit adds what a unit has, whatever it is. Its sum can be negated.
func (t *groupTally) addUnit(cell int, p *unitPart) {
	if p.n != 1 {
		t.countRows(cell, p.n)
	}
	if p.n == 0 {
		return
	}
	s, r := &t.sums[cell], &t.running[cell]
	if p.moved == 0 {
		s.moved--
	}
	low, carry := bits.Add64(r.low, uint64(p.sum), 0)
	r.low = low
	s.sum.Hi += p.sum>>63 + int64(carry)
	distance := p.sum
	if distance < 0 {
		distance = -distance
		s.below = s.below.Add(privacy.Int(distance))
	}
	if distance > r.least {
		tops := t.tops[cell*t.largest:][:t.largest]
		raise(tops, distance)
		r.least = tops[len(tops)-1]
	}
}

// endSums completes what inputSums and groupSums say until the end.
func (t *groupTally) endSums() {
	for g := range t.groups {
		all := &t.groups[g]
		all.rows += all.units
		ones(t.most[g*t.largest:][:t.largest], all.units)
	}
	for cell := range t.sums {
		s, k := &t.sums[cell], len(t.asked.Inputs)
		if t.asked.Inputs[cell%k].Part > 0 {
			continue
		}
		all := t.groups[cell/k].units
		s.rows, s.units, s.sum.Lo = s.rows+all, s.units+all, t.running[cell].low
		if t.asked.Inputs[cell%k].Sum {
			s.moved += all
		} else {
			s.moved = 0
		}
		ones(t.counts[cell*t.largest:][:t.largest], s.units)
	}
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

func (t *groupTally) raiseAll(ours, theirs []int64, at, other int) {
	for _, x := range theirs[other*t.largest:][:t.largest] {
		raise(ours[at*t.largest:][:t.largest], x)
	}
}
