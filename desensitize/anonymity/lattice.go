package anonymity

import (
	"cmp"
	"slices"

	"github.com/yumen-data/yumen"
)

// maxNodes bounds the lattice a search may walk.
const maxNodes = 1 << 22

// lattice is the generalization lattice: a node is one level per column, and a node lies above another where no level
// is lower (Samarati 2001). Nodes are numbered in mixed radix, the first column slowest.
type lattice struct {
	levels []int // of each column
	stride []int
	nodes  int
}

func newLattice(ladders []*ladder) (*lattice, error) {
	t := &lattice{levels: make([]int, len(ladders)), stride: make([]int, len(ladders)), nodes: 1}
	for c := len(ladders) - 1; c >= 0; c-- {
		t.levels[c], t.stride[c] = ladders[c].levels(), t.nodes
		if t.nodes *= t.levels[c]; t.nodes > maxNodes {
			return nil, yumen.Errorf(yumen.KindLimit, "the hierarchies combine to more than %d generalizations",
				"各层级组合后的泛化方案超过 %d 种", maxNodes).
				ToFix("use fewer quasi-identifiers or levels, or local recoding", "请减少准标识符或层级数，或改用局部重编码")
		}
	}
	return t, nil
}

func (t *lattice) decode(node int) []uint8 {
	levels := make([]uint8, len(t.levels))
	for c := range levels {
		levels[c] = uint8(node / t.stride[c] % t.levels[c])
	}
	return levels
}

// above calls do for each node one level higher in one column.
func (t *lattice) above(node int, do func(int)) {
	for c, n := range t.levels {
		if node/t.stride[c]%n+1 < n {
			do(node + t.stride[c])
		}
	}
}

// below calls do for each node one level lower in one column.
func (t *lattice) below(node int, do func(int)) {
	for c, n := range t.levels {
		if node/t.stride[c]%n > 0 {
			do(node - t.stride[c])
		}
	}
}

// height is the sum of the levels.
func (t *lattice) height(node int) int {
	sum := 0
	for c, n := range t.levels {
		sum += node / t.stride[c] % n
	}
	return sum
}

// sorted returns all nodes by ascending key, then number.
func (t *lattice) sorted(key func(int) float64) []int32 {
	keys := make([]float64, t.nodes)
	nodes := make([]int32, t.nodes)
	for i := range nodes {
		nodes[i], keys[i] = int32(i), key(i)
	}
	slices.SortStableFunc(nodes, func(a, b int32) int { return cmp.Compare(keys[a], keys[b]) })
	return nodes
}
