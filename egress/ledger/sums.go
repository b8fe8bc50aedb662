package ledger

import (
	"math"
)

// Sums finds whether a combination of cells of two tables of sums of one expression tells of fewer than k units, or of
// one above all: the p-percent rule asks that what it changes by is (1+p) times the largest unit and the second largest.
// No total is public. Where the smallest cut that a unit lies on keeps the rule, but a larger one might not, the
// outcome is Open.
func Sums(t, s *Table, p float64, k int) Outcome {
	g := newSumGraph(t, s)
	return worse(g.decide(int64(k)), dominated(weigh(t, s), g, p))
}

// scale turns what units add into whole numbers, so that equal amounts stay equal: what a unit adds to a cell is itself
// added up in doubles, whose last digits depend on the order.
const scale = 1 << 20

func whole(x float64) int64 { return int64(math.Round(x * scale)) }

// newSumGraph is newGraph for sums: a unit that adds as much to a cell of each is an edge between them. Z is one node,
// because the sum over everybody is not public.
func newSumGraph(t, s *Table) *graph {
	g := &graph{left: t.cells + 1, right: s.cells + 1, edges: map[[2]int32]int64{}, many: map[string]*class{}, oneZ: true}
	for u := range max(len(t.of), len(s.of)) {
		a, b := t.at(u), s.at(u)
		switch {
		case a == 0 && b == 0:
		case a != several && b != several && (a == 0 || b == 0 || whole(t.value[u]) == whole(s.value[u])):
			g.edges[[2]int32{a, b}]++
		default:
			adds := map[int]int64{}
			for _, l := range t.labelsOf(u) {
				adds[g.node(0, int32(l.Cell)+1)] += whole(l.Value)
			}
			for _, l := range s.labelsOf(u) {
				adds[g.node(1, int32(l.Cell)+1)] -= whole(l.Value)
			}
			sum := int64(0)
			for _, n := range adds {
				sum += n
			}
			adds[g.node(0, 0)] -= sum
			addClass(g.many, adds, 1)
		}
	}
	return g
}

// load is what units add on an edge: their sum, the largest and the second largest, and how many they are.
type load struct {
	sum, largest, second float64
	units                int64
}

func (l *load) add(x float64) {
	l.sum += x
	l.units++
	if x > l.largest {
		l.largest, l.second = x, l.largest
	} else {
		l.second = math.Max(l.second, x)
	}
}

func (l *load) merge(o load) {
	l.sum, l.units = l.sum+o.sum, l.units+o.units
	l.second = math.Max(math.Min(l.largest, o.largest), math.Max(l.second, o.second))
	l.largest = math.Max(l.largest, o.largest)
}

// weigh loads edges with what units add: as much as they add to cells of both tables between these, the rest towards Z.
func weigh(t, s *Table) map[[2]int32]*load {
	out := map[[2]int32]*load{}
	add := func(a, b int32, x float64) {
		l := out[[2]int32{a, b}]
		if l == nil {
			l = &load{}
			out[[2]int32{a, b}] = l
		}
		l.add(x)
	}
	for u := range max(len(t.of), len(s.of)) {
		left, right := t.labelsOf(u), s.labelsOf(u)
		i, j, x, y := 0, 0, 0.0, 0.0
		for {
			if x == 0 && i < len(left) {
				x, i = math.Abs(float64(whole(left[i].Value)))/scale, i+1
			}
			if y == 0 && j < len(right) {
				y, j = math.Abs(float64(whole(right[j].Value)))/scale, j+1
			}
			if x == 0 && y == 0 {
				break
			}
			a, b, both := int32(0), int32(0), math.Max(x, y)
			if x > 0 && y > 0 {
				both = math.Min(x, y)
			}
			if x > 0 {
				a, x = int32(left[i-1].Cell)+1, x-both
			}
			if y > 0 {
				b, y = int32(right[j-1].Cell)+1, y-both
			}
			add(a, b, both)
		}
	}
	return out
}

// dominated looks for a cut on which one unit is more than the p-percent rule allows.
func dominated(loads map[[2]int32]*load, g *graph, p float64) Outcome {
	merged := newUnion(g.left + g.right)
	merged.merge(g.node(0, 0), g.node(1, 0))
	var all load
	for _, l := range loads {
		all.merge(*l)
	}
	// no cut that breaks the rule has an edge of so much
	enough := (1+p)*all.largest + all.second
	var between map[[2]int]load
	for again := true; again; {
		again, between = false, map[[2]int]load{}
		for e, l := range loads {
			a, b := merged.root(g.node(0, e[0])), merged.root(g.node(1, e[1]))
			if a == b {
				continue
			}
			at := [2]int{min(a, b), max(a, b)}
			sum := between[at]
			sum.merge(*l)
			between[at] = sum
		}
		for e, l := range between {
			if l.sum >= enough {
				again = merged.merge(e[0], e[1]) || again
			}
		}
	}
	weights := map[[2]int]float64{}
	for e, l := range between {
		weights[e] = l.sum
	}
	out := Outcome{State: Proved}
	for _, part := range components(weights) {
		out = worse(out, g.dominatedIn(part, between, merged, p))
	}
	return out
}

// dominatedIn compares the largest unit of each edge with the smallest cut between the ends of the edge.
func (g *graph) dominatedIn(part component, between map[[2]int]load, merged union, p float64) Outcome {
	at := map[int]int{}
	for i, n := range part.nodes {
		at[n] = i
	}
	all := load{}
	for e, l := range between {
		if _, ok := at[e[0]]; ok {
			all.merge(l)
		}
	}
	out := Outcome{State: Proved}
	tree := newCutTree(part.weights)
	for e, l := range between {
		a, ok := at[e[0]]
		if !ok {
			continue
		}
		second := l.largest
		if l.largest == all.largest {
			second = all.second
		}
		const slack = 1e-9 // of adding up
		if tree.between(a, at[e[1]])*(1+slack) >= (1+p)*l.largest+second {
			continue
		}
		_, side := maxFlow(part.weights, a, at[e[1]])
		var cut load
		for o, l := range between {
			i, ok := at[o[0]]
			if ok && side[i] != side[at[o[1]]] {
				cut.merge(l)
			}
		}
		if cut.sum*(1+slack) >= (1+p)*cut.largest+cut.second {
			out = worse(out, Outcome{State: Open})
			continue
		}
		out = worse(out, g.found(merged, part.inside(side), cut.units))
	}
	return out
}
