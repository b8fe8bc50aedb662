package duck

import (
	"math/bits"

	"github.com/yumen-data/yumen/privacy"
)

// inputSums is what all units of a group have of an input.
type inputSums struct {
	rows, units, moved int64
	least              int64 // of the largest distances that are kept
	sum                privacy.Int128
	below              privacy.Int128 // what values below 0 add up to, without their sign
}

// distance is the sum of the distances from 0.
func (s *inputSums) distance() privacy.Int128 { return s.sum.Add(s.below).Add(s.below) }

// flushInput adds what units have of an input.
func (t *groupTally) flushInput(j int, own []unitPart, summed bool) {
	touched, sums, counts, kept := t.touched[:len(own)], t.sums, t.counts, t.largest
	k := len(t.asked.Inputs)
	for at := range own {
		p := &own[at]
		if p.n == 0 {
			continue
		}
		cell := int(touched[at])*k + j
		end := (cell + 1) * kept
		s := &sums[cell]
		s.rows += p.n
		s.units++
		if p.n > counts[end-1] {
			raise(counts[end-kept:end], p.n)
		}
		if !summed {
			continue
		}
		if p.moved != 0 {
			s.moved++
		}
		s.add(p.sum)
		distance := p.sum
		if distance < 0 {
			distance = s.addBelow(distance)
		}
		if distance > s.least {
			t.raiseTop(cell, distance)
		}
	}
}

// add adds what a unit adds; a caller does the same for what is below 0 by addBelow.
func (s *inputSums) add(x int64) {
	lo, carry := bits.Add64(s.sum.Lo, uint64(x), 0)
	s.sum.Lo = lo
	s.sum.Hi += x>>63 + int64(carry)
}

// addBelow adds what a unit adds, which is below 0, to the distances, and returns its distance from 0.
func (s *inputSums) addBelow(x int64) (distance int64) {
	s.below = s.below.Add(privacy.Int(-x))
	return -x
}

// raiseTop puts a distance among the largest of an input.
func (t *groupTally) raiseTop(cell int, distance int64) {
	tops := t.tops[cell*t.largest:][:t.largest]
	raise(tops, distance)
	t.sums[cell].least = tops[len(tops)-1]
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
