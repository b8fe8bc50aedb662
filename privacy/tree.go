package privacy

import (
	"math/bits"

	"github.com/yumen-data/yumen/internal/task"
)

// A quantile is found in a tree of counts over the declared interval of its input: treeFanout children a node,
// treeHeight levels below the root, intervals of one width.
const (
	treeFanout = 16
	treeHeight = 4
	treeLeaves = 1 << 16 // treeFanout to the power of treeHeight
)

// Leaf returns the leaf that holds x, which lies in [in.Lo, in.Hi].
func Leaf(in task.MeasuredInput, x int64) uint32 {
	hi, lo := bits.Mul64(uint64(x)-uint64(in.Lo), treeLeaves)
	width := uint64(in.Hi) - uint64(in.Lo) + 1
	if width == 0 { // 2^64 values
		return uint32(hi)
	}
	q, _ := bits.Div64(hi, lo, width)
	return uint32(q)
}
