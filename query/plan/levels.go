package plan

import (
	"cmp"
	"math/bits"
	"slices"
)

// MaxLevels bounds the levels of a table of cells: each reads every row once.
const MaxLevels = 64

// LevelsOf are levels in order, each once: the parts first, and totals over fewer keys before those over more.
func LevelsOf(all []uint64) []uint64 {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(a), bits.OnesCount64(b)), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

// Grouping is what GROUPING of some keys is in a level: the first key is the highest bit, 1 for a total over it.
func (e *Expr) Grouping(level uint64) (n int64) {
	for _, k := range e.Args {
		n = n<<1 | int64(level>>k.Key&1)
	}
	return n
}
