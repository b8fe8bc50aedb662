package anonymity

import (
	"cmp"
	"context"
	"slices"
)

// QuasiRank is how well a set of columns tells rows apart.
type QuasiRank struct {
	Columns     []string `json:"columns"`
	Distinction float64  `json:"distinction"` // different combinations ÷ rows
	Separation  float64  `json:"separation"`  // share of pairs of rows that differ
	Uniqueness  float64  `json:"uniqueness"`  // share of rows that nobody shares the combination with
}

// RankQuasi ranks all sets of up to size of the named columns as quasi-identifiers, smaller sets first, then by falling
// separation (α-distinct and α-separation quasi-identifiers of Motwani and Xu 2007). Size 0 takes all columns. It fails
// with kind limit if there are too many sets.
func RankQuasi(ctx context.Context, t *Table, columns []string, size int) ([]QuasiRank, error) {
	places, err := t.pick(columns, quasiText)
	if err != nil {
		return nil, err
	}
	v, err := newTuples(t, places, nil, nil)
	if err != nil {
		return nil, err
	}
	var ranks []QuasiRank
	var g grouper
	err = subsets(ctx, len(places), clampSize(size, len(places)), func(set uint32) {
		sizes, _ := v.sizesOn(&g, set)
		ranks = append(ranks, v.rank(set, sizes))
	})
	slices.SortStableFunc(ranks, func(a, b QuasiRank) int {
		return cmp.Or(cmp.Compare(len(a.Columns), len(b.Columns)), cmp.Compare(b.Separation, a.Separation))
	})
	return ranks, err
}

func clampSize(size, n int) int {
	if size <= 0 || size > n {
		return n
	}
	return size
}

func (v *tuples) rank(set uint32, sizes []int64) QuasiRank {
	r := QuasiRank{Columns: v.names(set)}
	alike := 0.0
	for _, n := range sizes {
		alike += float64(n) * float64(n-1)
		if n == 1 {
			r.Uniqueness++
		}
	}
	rows := float64(v.rows)
	if rows > 0 {
		r.Distinction, r.Uniqueness = float64(len(sizes))/rows, r.Uniqueness/rows
	}
	if rows > 1 {
		r.Separation = 1 - alike/(rows*(rows-1))
	}
	return r
}
