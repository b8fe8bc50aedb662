package duck

import (
	"math/bits"

	"github.com/yumen-data/yumen/privacy"
)

// inputSums is what all units of a group have of an input.
type inputSums struct {
	rows, units, moved int64
	least              int64 // of the largest distances that are kept
	sum, distance      privacy.Int128
}

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
		if distance := s.add(p.sum); distance > s.least {
			t.raiseTop(cell, distance)
		}
	}
}

// add adds a sum, and returns its distance from 0.
func (s *inputSums) add(x int64) (distance int64) {
	sign := x >> 63
	distance = x ^ sign - sign
	var carry uint64
	s.sum.Lo, carry = bits.Add64(s.sum.Lo, uint64(x), 0)
	s.sum.Hi += sign + int64(carry)
	s.distance.Lo, carry = bits.Add64(s.distance.Lo, uint64(distance), 0)
	s.distance.Hi += int64(carry)
	return distance
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
