package ledger

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Pair finds whether a combination of cells of two tables of counts and the public number of all units isolates fewer
// than k of them. It is exact where each unit lies in one cell of each table at most and adds 1 to it; of other units
// an outcome may be Open. Population is the public number; a smaller one than units count in the tables is none.
func Pair(t, s *Table, population int64, k int) Outcome {
	return PairOf(t, s, []int64{population}, k)
}

// PairOf is Pair with several public numbers, of which each may be combined with the cells, or none.
func PairOf(t, s *Table, populations []int64, k int) Outcome {
	g := newGraph(t, s)
	var neither []int64
	for _, n := range populations {
		if n >= g.units {
			neither = append(neither, n-g.units)
		}
	}
	if len(neither) == 0 {
		g.oneZ = true
		return g.decide(int64(k))
	}
	slices.Sort(neither)
	out := Outcome{State: Proved}
	for _, n := range slices.Compact(neither) {
		if delete(g.edges, [2]int32{0, 0}); n > 0 {
			g.edges[[2]int32{0, 0}] = n
		}
		out = worse(out, g.decide(int64(k)))
	}
	return out
}

// graph is two tables as nodes and edges: the cells of the first and Z, in none of them, then the same of the second.
type graph struct {
	left, right int // nodes of each table
	edges       map[[2]int32]int64
	many        map[string]*class // units that are no edge
	units       int64
	oneZ        bool // the two Z are one: no number of all units is public
}

// class is some units that add the same to every node.
type class struct {
	adds  []entry
	units int64
}

// entry is what a unit adds to a node, or to a cell.
type entry struct {
	at int
	of int64
}

// maxMatrix bounds the cells of the matrix in which edges are counted.
const maxMatrix = 1 << 22

func newGraph(t, s *Table) *graph {
	g := &graph{left: t.cells + 1, right: s.cells + 1, edges: map[[2]int32]int64{}, many: map[string]*class{}}
	count := func(a, b int32) { g.edges[[2]int32{a, b}]++ }
	var matrix []int64
	if g.left*g.right <= maxMatrix {
		matrix = make([]int64, g.left*g.right)
		width := int32(g.right)
		count = func(a, b int32) { matrix[a*width+b]++ }
	}
	for u := range max(len(t.of), len(s.of)) {
		a, b := t.at(u), s.at(u)
		switch {
		case a == several || b == several:
			g.units++
			g.addMany(t.labelsOf(u), s.labelsOf(u))
		case a != 0 || b != 0:
			g.units++
			count(a, b)
		}
	}
	for i, n := range matrix {
		if n > 0 {
			g.edges[[2]int32{int32(i / g.right), int32(i % g.right)}] = n
		}
	}
	return g
}

// node is a cell of a table, from 1, or its Z, 0.
func (g *graph) node(table int, cell int32) int { return table*g.left + int(cell) }

// addMany adds a unit that lies in several cells: with values x on the first table's nodes and y on the second's, where
// a combination is x less y, it adds what follows, which is 0 in sum.
func (g *graph) addMany(t, s []Label) {
	adds := map[int]int64{}
	rows := int64(-1)
	for _, l := range t {
		adds[g.node(0, int32(l.Cell)+1)] += l.Adds
	}
	for _, l := range s {
		adds[g.node(1, int32(l.Cell)+1)] -= l.Adds
		rows += l.Adds
	}
	adds[g.node(1, 0)] += rows
	sum := int64(0)
	for _, n := range adds {
		sum += n
	}
	adds[g.node(0, 0)] -= sum
	addClass(g.many, adds, 1)
}

// addClass adds units to those that add the same.
func addClass(to map[string]*class, adds map[int]int64, units int64) {
	var c class
	var key strings.Builder
	for _, at := range slices.Sorted(maps.Keys(adds)) {
		if n := adds[at]; n != 0 {
			c.adds = append(c.adds, entry{at, n})
			fmt.Fprintf(&key, "%d:%d ", at, n)
		}
	}
	if len(c.adds) == 0 {
		return // nothing that a combination could show
	}
	old := to[key.String()]
	if old == nil {
		old = &c
		to[key.String()] = old
	}
	old.units += units
}

// decide contracts what no combination of interest can cut, and looks for a cut of what is left.
func (g *graph) decide(k int64) Outcome {
	merged, weights, many := g.contract(k)
	if len(many) > 0 {
		return g.decideMany(merged, weights, many, k)
	}
	out := Outcome{State: Proved}
	for _, part := range components(weights) {
		least, side := smallestCut(part.weights)
		if least < float64(k) {
			out = worse(out, g.found(merged, part.inside(side), int64(math.Round(least))))
		}
	}
	return out
}

// contract merges the ends of every edge of k units or more, until there is none: a cut of fewer does not use them. It
// returns the weights between merged nodes, and units that are still no edge.
func (g *graph) contract(k int64) (union, map[[2]int]int64, map[string]*class) {
	merged := newUnion(g.left + g.right)
	if g.oneZ {
		merged.merge(g.node(0, 0), g.node(1, 0))
	}
	for {
		weights, many := g.quotient(merged)
		again := false
		for e, n := range weights {
			if n >= k {
				again = merged.merge(e[0], e[1]) || again
			}
		}
		if !again {
			return merged, weights, many
		}
	}
}

// quotient adds up edges between merged nodes, and finds units that have become edges.
func (g *graph) quotient(merged union) (map[[2]int]int64, map[string]*class) {
	weights, many := map[[2]int]int64{}, map[string]*class{}
	edge := func(a, b int, n int64) {
		if a, b = merged.root(a), merged.root(b); a != b {
			weights[[2]int{min(a, b), max(a, b)}] += n
		}
	}
	for e, n := range g.edges {
		edge(g.node(0, e[0]), g.node(1, e[1]), n)
	}
	for _, c := range g.many {
		adds := map[int]int64{}
		for _, x := range c.adds {
			adds[merged.root(x.at)] += x.of
		}
		maps.DeleteFunc(adds, func(_ int, n int64) bool { return n == 0 })
		if len(adds) == 2 { // so much at one end, as much less at the other
			ends := slices.Collect(maps.Keys(adds))
			edge(ends[0], ends[1], c.units)
			continue
		}
		addClass(many, adds, c.units)
	}
	return weights, many
}

// decideMany decides where units that are no edge are left, over the merged nodes but for that of Z, whose value is 0.
func (g *graph) decideMany(merged union, weights map[[2]int]int64, many map[string]*class, k int64) Outcome {
	zero := merged.root(g.node(0, 0))
	at := map[int]int{}
	place := func(adds map[int]int64) (c class) {
		for n, x := range adds {
			if n == zero {
				continue
			}
			if _, ok := at[n]; !ok {
				at[n] = len(at)
			}
			c.adds = append(c.adds, entry{at[n], x})
		}
		return c
	}
	var classes []class
	for e, n := range weights {
		c := place(map[int]int64{e[0]: 1, e[1]: -1})
		c.units = n
		classes = append(classes, c)
	}
	for _, m := range many {
		adds := map[int]int64{}
		for _, x := range m.adds {
			adds[x.at] = x.of
		}
		c := place(adds)
		c.units = m.units
		classes = append(classes, c)
	}
	d := decideClasses(classes, len(at), k)
	if d.state != Found {
		return Outcome{State: d.state}
	}
	inside := map[int]bool{}
	for node, i := range at {
		inside[node] = d.in[i]
	}
	return g.found(merged, inside, d.units)
}

// found says which cells a combination takes together that is 1 on one side of a cut and 0 on the other, of merged
// nodes. Z of the first table is 0 in any case. Where neither is on the cut, the side with fewer cells is taken.
func (g *graph) found(merged union, sides map[int]bool, units int64) Outcome {
	on := func(n int, side bool) bool {
		at, ok := sides[merged.root(n)]
		return ok && at == side
	}
	var best *Outcome
	for _, side := range []bool{true, false} {
		if on(g.node(0, 0), side) {
			continue
		}
		o := Outcome{State: Found, Units: units, Cells: [][]int{nil, nil}, Total: on(g.node(1, 0), side)}
		for n := range g.left + g.right {
			switch {
			case n > 0 && n < g.left && on(n, side):
				o.Cells[0] = append(o.Cells[0], n-1)
			case n > g.left && on(n, side) != o.Total: // with the total, the cells that are not there
				o.Cells[1] = append(o.Cells[1], n-g.left-1)
			}
		}
		if best == nil || o.size() < best.size() {
			best = &o
		}
	}
	return *best
}

// size is how many cells a combination takes together.
func (o Outcome) size() (n int) {
	for _, c := range o.Cells {
		n += len(c)
	}
	return n
}

// component is a connected part of a graph.
type component struct {
	nodes   []int
	weights [][]float64
}

// inside maps a side by place to one by node.
func (c component) inside(side []bool) map[int]bool {
	out := map[int]bool{}
	for i, n := range c.nodes {
		out[n] = side[i]
	}
	return out
}

// components splits a graph with weighted edges.
func components[W int64 | float64](weights map[[2]int]W) []component {
	at, nodes := map[int]int{}, []int(nil)
	for e := range weights {
		for _, n := range e {
			if _, ok := at[n]; !ok {
				at[n] = 0
				nodes = append(nodes, n)
			}
		}
	}
	slices.Sort(nodes)
	for i, n := range nodes {
		at[n] = i
	}
	joined := newUnion(len(nodes))
	for e := range weights {
		joined.merge(at[e[0]], at[e[1]])
	}
	byRoot, place := map[int]*component{}, make([]int, len(nodes))
	var order []int
	for i, n := range nodes {
		r := joined.root(i)
		if byRoot[r] == nil {
			byRoot[r], order = &component{}, append(order, r)
		}
		place[i] = len(byRoot[r].nodes)
		byRoot[r].nodes = append(byRoot[r].nodes, n)
	}
	var out []component
	for _, r := range order {
		c := byRoot[r]
		c.weights = make([][]float64, len(c.nodes))
		for i := range c.weights {
			c.weights[i] = make([]float64, len(c.nodes))
		}
	}
	for e, n := range weights {
		a, b := at[e[0]], at[e[1]]
		c := byRoot[joined.root(a)]
		c.weights[place[a]][place[b]] += float64(n)
		c.weights[place[b]][place[a]] += float64(n)
	}
	for _, r := range order {
		out = append(out, *byRoot[r])
	}
	return out
}
