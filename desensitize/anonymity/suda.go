package anonymity

import (
	"cmp"
	"context"
	"slices"
)

// SUDA is what the minimal sample uniques of a table say about its special uniques (Elliot, Manning, Ford 2002;
// Manning, Haglin, Keane 2008). A minimal sample unique is a row that is alone on a set of columns and on no smaller
// set of them.
type SUDA struct {
	Columns []string `json:"columns"`
	Size    int      `json:"size"`    // of the largest set looked at
	BySize  []int64  `json:"by_size"` // minimal sample uniques on 1, 2, … columns
	Rows    int64    `json:"rows"`    // rows that have any
	Keys    []Key    `json:"keys"`    // the sets of columns that have any, the most first
	// Contribution is, for each column, the share of the total score that stems from minimal sample uniques it is part
	// of.
	Contribution []float64 `json:"contribution"`
	// Score is, for each row, the sum over its minimal sample uniques of the product of (columns − i) for i from the
	// size of the set up to, without, min(Size, columns − 1) (Elliot et al. 2005, as in the sdcMicro practice guide):
	// the smaller the sets and the more of them, the higher.
	Score []float64 `json:"-"`
}

// Key is a set of columns on which rows are minimal sample uniques.
type Key struct {
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
}

// MeasureSUDA finds the minimal sample uniques on all sets of up to size of the named columns, level by level: a row is
// one if it is unique on a set and, as uniqueness can only grow with the set, on none of the sets that lack one column
// of it. Size 0 takes all columns. It keeps one bit for each distinct row and each set of the last two sizes. It fails
// with kind limit if there are too many sets.
func MeasureSUDA(ctx context.Context, t *Table, columns []string, size int) (*SUDA, error) {
	places, err := t.pick(columns, quasiText)
	if err != nil {
		return nil, err
	}
	v, err := newTuples(t, places, nil, nil)
	if err != nil {
		return nil, err
	}
	size = clampSize(size, len(places))
	s := &sudaRun{v: v, out: &SUDA{Columns: columns, Size: size, BySize: make([]int64, size),
		Contribution: make([]float64, len(places))},
		score: make([]float64, len(v.count))}
	if err := subsets(ctx, len(places), size, s.visit); err != nil {
		return nil, err
	}
	return s.finish(), nil
}

type sudaRun struct {
	v          *tuples
	g          grouper
	out        *SUDA
	score      []float64 // by tuple
	total      float64
	size       int                 // of the sets visited now
	last, next map[uint32][]uint64 // set → tuples unique on it, for the sets one smaller and for those visited now
}

// visit finds the minimal sample uniques on one set.
func (s *sudaRun) visit(set uint32) {
	cols := columnsOf(set)
	if len(cols) != s.size {
		s.size, s.last, s.next = len(cols), s.next, map[uint32][]uint64{}
	}
	unique := s.unique(set)
	s.next[set] = unique
	known := make([]uint64, len(unique))
	for _, c := range cols {
		for w, bits := range s.last[set&^(1<<c)] {
			known[w] |= bits
		}
	}
	found := int64(0)
	weight := sudaWeight(len(s.v.quasi), len(cols), s.out.Size)
	for i := range s.v.count {
		if bit := uint64(1) << (i & 63); unique[i>>6]&bit != 0 && known[i>>6]&bit == 0 {
			found++
			s.score[i] += weight
		}
	}
	s.add(set, cols, found, weight)
}

func (s *sudaRun) unique(set uint32) []uint64 {
	sizes, ids := s.v.sizesOn(&s.g, set)
	unique := make([]uint64, (len(ids)+63)/64)
	for i, id := range ids {
		if sizes[id] == 1 {
			unique[i>>6] |= 1 << (i & 63)
		}
	}
	return unique
}

func (s *sudaRun) add(set uint32, cols []int, found int64, weight float64) {
	if found == 0 {
		return
	}
	s.out.BySize[len(cols)-1] += found
	s.out.Keys = append(s.out.Keys, Key{s.v.names(set), found})
	s.total += float64(found) * weight
	for _, c := range cols {
		s.out.Contribution[c] += float64(found) * weight
	}
}

// sudaWeight is the score of one minimal sample unique.
func sudaWeight(columns, size, most int) float64 {
	weight := 1.0
	for i := size; i < min(most, columns-1); i++ {
		weight *= float64(columns - i)
	}
	return weight
}

func (s *sudaRun) finish() *SUDA {
	if s.total > 0 {
		scaled(s.out.Contribution, 1/s.total)
	}
	slices.SortStableFunc(s.out.Keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(len(a.Columns), len(b.Columns)))
	})
	s.out.Score = make([]float64, len(s.v.of))
	for row, tuple := range s.v.of {
		if s.out.Score[row] = s.score[tuple]; s.score[tuple] > 0 {
			s.out.Rows++
		}
	}
	return s.out
}
