package privacy

import (
	"math"

	"github.com/yumen-data/yumen/internal/task"
)

// noisyTree is a tree of counts whose nodes get noise when a walk first looks at them. The noise was drawn beforehand, and each
// node's is independent of every other, so that it does not matter that nodes never looked at have none.
type noisyTree struct {
	counts [treeHeight + 1]map[uint32]int64 // of the nodes of each level; level 0 is the root
	noises []int64
	seen   map[treeNode][treeFanout]float64 // noisy counts of a node's children
}

// treeNode is a node's level and its number on it.
type treeNode struct {
	level int
	index uint32
}

func newNoisyTree(leaves map[uint32]int64, noises []int64) *noisyTree {
	t := &noisyTree{noises: noises, seen: map[treeNode][treeFanout]float64{}}
	t.counts[treeHeight] = leaves
	for level := treeHeight - 1; level >= 1; level-- {
		t.counts[level] = map[uint32]int64{}
		for i, n := range t.counts[level+1] {
			t.counts[level][i/treeFanout] += n
		}
	}
	return t
}

// negligible is the part of a node's values below which a child is taken for empty, so that the noise of many empty children
// does not add up (BoundedQuantiles of Google's library does the same; post-processing).
const negligible = 0.0075

// children returns the noisy counts of a node's children; what is negligible is 0.
func (t *noisyTree) children(of treeNode) [treeFanout]float64 {
	if have, ok := t.seen[of]; ok {
		return have
	}
	var out [treeFanout]float64
	total := 0.0
	for i := range out {
		n := t.counts[of.level+1][of.index*treeFanout+uint32(i)] + t.noises[i]
		out[i] = max(0, float64(n))
		total += out[i]
	}
	for i := range out {
		if out[i] < negligible*total {
			out[i] = 0
		}
	}
	t.noises = t.noises[treeFanout:]
	t.seen[of] = out
	return out
}

// quantile walks from the root to the leaf that holds the part q of all values, by noisy counts only, and returns its place
// within the leaf by linear interpolation. It grows with q.
func (t *noisyTree) quantile(in task.MeasuredInput, q float64) float64 {
	node := treeNode{}
	for node.level < treeHeight {
		children := t.children(node)
		total := 0.0
		for _, n := range children {
			total += n
		}
		if total == 0 {
			break // nothing is known below: values may lie anywhere in the node
		}
		i, below := 0, 0.0
		for last := lastOf(children); i < last && below+children[i] < q*total; i++ {
			below += children[i]
		}
		if children[i] > 0 {
			q = min(max((q*total-below)/children[i], 0), 1)
		} else {
			q = 0 // only where q is 0 and the first children are empty
		}
		node = treeNode{node.level + 1, node.index*treeFanout + uint32(i)}
	}
	return within(in, node, q)
}

// lastOf returns the last child with values.
func lastOf(children [treeFanout]float64) int {
	last := 0
	for i, n := range children {
		if n > 0 {
			last = i
		}
	}
	return last
}

// within returns the point of a node's interval with the part q of it on its left, in the input's own unit.
func within(in task.MeasuredInput, node treeNode, q float64) float64 {
	nodes := math.Pow(treeFanout, float64(node.level))
	lo, width := float64(in.Lo), float64(in.Hi)-float64(in.Lo)+1
	x := lo + (float64(node.index)+q)/nodes*width
	if node.level == treeHeight && width <= treeLeaves { // a leaf holds one value at most: the first one in it
		x = lo + math.Ceil(float64(node.index)*width/treeLeaves)
	}
	return min(x, float64(in.Hi)) / math.Pow10(in.Scale)
}
