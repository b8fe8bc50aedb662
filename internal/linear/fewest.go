package linear

import (
	"cmp"
	"slices"
)

// Row is what some units add to figures, each of them the same, modulo Prime.
type Row struct {
	Adds  []int64
	Units int64
}

// maxSteps bounds the search of AtLeast.
const maxSteps = 4096

// AtLeast reports whether every combination of figures that does not vanish by itself changes with k units or more: the
// figures have as many dimensions as rank says, whoever the units are. If the units span fewer, some combination changes
// with none. It is the question whether the code that the figures generate over the units has a minimum distance of k, which is
// hard in general (Vardy 1997), so after too many steps the answer is no.
func AtLeast(k int64, rank int, rows []Row) bool {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Units, a.Units) }) // many at once settle a branch
	s := search{steps: maxSteps}
	return s.atLeast(k, rank, rows)
}

type search struct{ steps int }

// atLeast looks for a basis among the units. A combination that does not vanish changes with some element of it: with the
// first, or not with the first but the second, and so on. Those before are divided out, the element is left out, and the same is asked of
// the rest for fewer units. As many bases as units wanted, none of which share a unit, need no search.
func (s *search) atLeast(k int64, rank int, rows []Row) bool {
	if rank == 0 || k <= 0 {
		return true
	}
	if s.steps--; s.steps < 0 {
		return false
	}
	basis, bases := disjointBases(k, rank, rows)
	if bases >= k {
		return true
	}
	if basis == nil {
		return false
	}
	for n, at := range basis {
		without := slices.Delete(slices.Clone(rows), at, at+1)
		if !s.atLeast(k-rows[at].Units, rank-n, without) {
			return false
		}
		var zero Span
		zero.Add(rows[at].Adds)
		for i := range rows {
			rows[i].Adds = zero.Reduced(rows[i].Adds)
		}
	}
	return true
}

// disjointBases chooses bases one after the other, at most k, and returns the first, by places of rows, nil if there is none.
func disjointBases(k int64, rank int, rows []Row) (first []int, n int64) {
	left := make([]int64, len(rows))
	for i, r := range rows {
		left[i] = r.Units
	}
	for ; n < k; n++ {
		var s Span
		var chosen []int
		for i, r := range rows {
			if left[i] > 0 && s.Add(r.Adds) {
				if chosen = append(chosen, i); len(chosen) == rank {
					break
				}
			}
		}
		if len(chosen) < rank {
			return first, n
		}
		for _, i := range chosen {
			left[i]--
		}
		if first == nil {
			first = chosen
		}
	}
	return first, n
}
