package ledger

import "math"

// cutTree is a Gomory–Hu tree by Gusfield's construction: the least weight on the path between two nodes is the weight
// of the smallest cut between them.
type cutTree struct {
	parent []int
	weight []float64 // of the edge to the parent
}

func newCutTree(weights [][]float64) cutTree {
	n := len(weights)
	t := cutTree{make([]int, n), make([]float64, n)}
	for i := 1; i < n; i++ {
		flow, side := maxFlow(weights, i, t.parent[i])
		t.weight[i] = flow
		for j := i + 1; j < n; j++ {
			if side[j] && t.parent[j] == t.parent[i] {
				t.parent[j] = i
			}
		}
	}
	return t
}

// between returns the weight of the smallest cut between two nodes.
func (t cutTree) between(a, b int) float64 {
	depth := func(n int) (d int) {
		for ; n != 0; n = t.parent[n] {
			d++
		}
		return d
	}
	least := math.Inf(1)
	up := func(n int) int {
		least = math.Min(least, t.weight[n])
		return t.parent[n]
	}
	da, db := depth(a), depth(b)
	for a != b {
		if da >= db {
			a, da = up(a), da-1
		} else {
			b, db = up(b), db-1
		}
	}
	return least
}

// maxFlow is the largest flow between two nodes of an undirected graph (Edmonds and Karp), and the side of its source.
func maxFlow(weights [][]float64, from, to int) (flow float64, side []bool) {
	n := len(weights)
	left := make([][]float64, n)
	for i := range weights {
		left[i] = append([]float64(nil), weights[i]...)
	}
	for {
		before := reach(left, from)
		if before[to] < 0 {
			side = make([]bool, n)
			for i := range side {
				side[i] = before[i] >= 0
			}
			return flow, side
		}
		room := math.Inf(1)
		for i := to; i != from; i = before[i] {
			room = math.Min(room, left[before[i]][i])
		}
		for i := to; i != from; i = before[i] {
			left[before[i]][i] -= room
			left[i][before[i]] += room
		}
		flow += room
	}
}

// reach says from where each node is reached by a shortest path, −1 where it is not.
func reach(left [][]float64, from int) []int {
	before := make([]int, len(left))
	for i := range before {
		before[i] = -1
	}
	before[from] = from
	queue := []int{from}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for j, room := range left[i] {
			if room > 0 && before[j] < 0 {
				before[j] = i
				queue = append(queue, j)
			}
		}
	}
	return before
}
