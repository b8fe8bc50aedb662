package linear

import (
	"cmp"
	"slices"
)

// RowOf is what some units add to figures, each of them the same.
type RowOf[V any] struct {
	Adds  V
	Units int64
}

// Row is what units add modulo Prime; NearRow is what they add as far as it is known.
type (
	Row     = RowOf[[]int64]
	NearRow = RowOf[[]Near]
)

// spans is what vectors span: Add reports whether one was no combination of those before, Reduced is what remains of
// one.
type spans[V any] interface {
	Add(v V) bool
	Reduced(v V) V
}

// maxSteps bounds the search of AtLeast.
const maxSteps = 4096

// AtLeast reports whether every combination of figures that does not vanish by itself changes with k units or more: the
// figures have as many dimensions as rank says, whoever the units are. If the units span fewer, some combination
// changes with none. It is the question whether the code that the figures generate over the units has a minimum
// distance of k, which is hard in general (Vardy 1997), so after too many steps the answer is no.
func AtLeast(k int64, rank int, rows []Row) bool {
	return atLeast(k, rank, rows, func() spans[[]int64] { return new(Span) })
}

// NearlyAtLeast is AtLeast of what is not known exactly: what could be a combination of others, as far as is known, is
// one.
func NearlyAtLeast(k int64, rank int, rows []NearRow) bool {
	return atLeast(k, rank, rows, func() spans[[]Near] { return new(nearSpan) })
}

func atLeast[V any](k int64, rank int, rows []RowOf[V], empty func() spans[V]) bool {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b RowOf[V]) int { return cmp.Compare(b.Units, a.Units) }) // many at once settle a branch
	s := search[V]{steps: maxSteps, empty: empty}
	return s.atLeast(k, rank, rows)
}

type search[V any] struct {
	steps int
	empty func() spans[V]
}

// atLeast looks for a basis among the units. A combination that does not vanish changes with some element of it: with
// the first, or not with the first but the second, and so on. Those before are divided out, the element is left out,
// and the same is asked of the rest for fewer units. As many bases as units wanted, none of which share a unit, need no
// search.
func (s *search[V]) atLeast(k int64, rank int, rows []RowOf[V]) bool {
	if rank == 0 || k <= 0 {
		return true
	}
	if s.steps--; s.steps < 0 {
		return false
	}
	basis, bases := s.disjointBases(k, rank, rows)
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
		zero := s.empty()
		zero.Add(rows[at].Adds)
		for i := range rows {
			rows[i].Adds = zero.Reduced(rows[i].Adds)
		}
	}
	return true
}

// disjointBases chooses bases one after the other, at most k, and returns the first, by places of rows, nil if there is
// none.
func (s *search[V]) disjointBases(k int64, rank int, rows []RowOf[V]) (first []int, n int64) {
	left := make([]int64, len(rows))
	for i, r := range rows {
		left[i] = r.Units
	}
	for ; n < k; n++ {
		span := s.empty()
		var chosen []int
		for i, r := range rows {
			if left[i] > 0 && span.Add(r.Adds) {
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
