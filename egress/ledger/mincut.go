package ledger

// smallestCut finds, in a connected graph given by its weights between n nodes, the cut of least weight (Stoer and
// Wagner 1997). Side says which nodes lie on one side of it. It takes O(n³).
func smallestCut(weights [][]float64) (least float64, side []bool) {
	n := len(weights)
	w := make([][]float64, n)
	groups := make([][]int, n) // nodes that were merged into each
	alive := make([]int, n)
	for i := range weights {
		w[i], groups[i], alive[i] = append([]float64(nil), weights[i]...), []int{i}, i
	}
	for len(alive) > 1 {
		last, before, weight := orderByAdjacency(w, alive)
		if side == nil || weight < least {
			least, side = weight, make([]bool, n)
			for _, i := range groups[last] {
				side[i] = true
			}
		}
		for _, i := range alive {
			w[before][i] += w[last][i]
			w[i][before] = w[before][i]
		}
		groups[before] = append(groups[before], groups[last]...)
		rest := alive[:0]
		for _, i := range alive {
			if i != last {
				rest = append(rest, i)
			}
		}
		alive = rest
	}
	return least, side
}

// orderByAdjacency takes node after node, each the one most tightly bound to those taken. It returns the last two and
// the weight that binds the last to all others.
func orderByAdjacency(w [][]float64, alive []int) (last, before int, weight float64) {
	bound := make([]float64, len(w))
	taken := make([]bool, len(w))
	last = -1
	for range alive {
		next := -1
		for _, i := range alive {
			if !taken[i] && (next < 0 || bound[i] > bound[next]) {
				next = i
			}
		}
		taken[next], before, last, weight = true, last, next, bound[next]
		for _, i := range alive {
			if !taken[i] {
				bound[i] += w[next][i]
			}
		}
	}
	return last, before, weight
}

// union keeps sets of nodes that are merged.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) root(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

// merge reports whether the two were in different sets.
func (u union) merge(a, b int) bool {
	a, b = u.root(a), u.root(b)
	u[max(a, b)] = min(a, b)
	return a != b
}
