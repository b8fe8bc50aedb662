package anonymity

import (
	"context"
	"math/bits"

	"github.com/yumen-data/yumen"
)

// maxSubsets bounds how many sets of columns are looked at.
const maxSubsets = 1 << 14

// subsets calls do for every set of up to size of the first n columns, as a bit mask, smaller sets first.
func subsets(ctx context.Context, n, size int, do func(set uint32)) error {
	if n > 31 || countSubsets(n, size) > maxSubsets {
		return yumen.Errorf(yumen.KindLimit, "there are more than %d sets of up to %d of %d columns",
			"%[3]d 列中不超过 %[2]d 列的组合多于 %[1]d 个", maxSubsets, size, n).
			ToFix("name fewer columns or a smaller size", "请减少列数或组合大小")
	}
	for k := 1; k <= size; k++ {
		for set := uint32(1)<<k - 1; set < 1<<n; set = nextSubset(set) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			do(set)
		}
	}
	return nil
}

func countSubsets(n, size int) int {
	total, choose := 0, 1
	for k := 1; k <= size && total <= maxSubsets; k++ {
		choose = choose * (n - k + 1) / k
		total += choose
	}
	return total
}

// nextSubset returns the next larger number with as many bits (Gosper; HAKMEM 175).
func nextSubset(set uint32) uint32 {
	low := set & -set
	carry := set + low
	return carry | (set^carry)>>2/low
}

// columnsOf lists the places of the bits of a set.
func columnsOf(set uint32) []int {
	var places []int
	for ; set != 0; set &= set - 1 {
		places = append(places, bits.TrailingZeros32(set))
	}
	return places
}

// sizesOn returns the sizes of the classes of the tuples on some of the quasi-identifiers, and each tuple's class.
func (v *tuples) sizesOn(g *grouper, set uint32) (sizes []int64, ids []int32) {
	var cols []grouped
	for _, c := range columnsOf(set) {
		cols = append(cols, grouped{codes: v.code[c], card: len(v.table.cols[v.quasi[c]].values)})
	}
	ids, n := g.group(len(v.count), cols)
	sizes = make([]int64, n)
	for i, id := range ids {
		sizes[id] += int64(v.count[i])
	}
	return sizes, ids
}

func (v *tuples) names(set uint32) []string {
	var names []string
	for _, c := range columnsOf(set) {
		names = append(names, v.table.cols[v.quasi[c]].name)
	}
	return names
}
