package query

import "slices"

// input is a value that an aggregate takes from each row: its argument where its filter holds, NULL elsewhere. A nil
// argument is the constant 1.
type input struct{ arg, filter *expr }

// measure is a magnitude whose spread over units is evidence: the sum of an input over a unit's rows or, for counts, the
// number of rows where it is not NULL. Input −1 is every row.
type measure struct {
	input  int
	counts bool
}

// measures numbers the inputs of a block's aggregates from 0 and their measures from 1.
type measures struct {
	inputs []input
	list   []measure
	subset []subset
}

// subset is a part of a group's rows that an aggregate tells apart from the others. Too few units behind any of them would
// show in the aggregate, so each is counted.
type subset struct {
	input
	counts bool // rows where the value is not NULL count; otherwise, those where it is not 0
	rest   bool // all rows but these
}

func measuresOf(b *block) *measures {
	m := &measures{}
	for _, k := range b.keys {
		if r := k.parting(); r != nil {
			r.apart = true
		}
	}
	for _, g := range b.aggs {
		m.of(g)
	}
	for _, g := range b.aggs {
		m.subsets(g, b)
	}
	m.tellSides(b)
	m.tellRest(b)
	return m
}

// in returns the number of an input.
func (m *measures) in(arg, filter *expr) int {
	if arg == nil && filter == nil {
		return -1
	}
	for i, known := range m.inputs {
		if sameExpr(known.arg, arg) && sameExpr(known.filter, filter) {
			return i
		}
	}
	m.inputs = append(m.inputs, input{arg, filter})
	return len(m.inputs) - 1
}

func sameExpr(a, b *expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.signature() == b.signature()
}

// counts reports whether the aggregate counts rows or units rather than adding values up.
func (g *aggregate) counts() bool {
	return g.fn == "count" || g.fn == "count_distinct" || g.fn == "count_units"
}

// of returns the number of an aggregate's measure. Counting all units has none: each contributes one.
func (m *measures) of(g *aggregate) int {
	if g.fn == "count_units" && g.filter == nil {
		return 0
	}
	want := measure{input: m.in(g.arg, g.filter), counts: g.counts()}
	if i := slices.Index(m.list, want); i >= 0 {
		return i + 1
	}
	m.list = append(m.list, want)
	return len(m.list)
}

// subsets finds the parts of the rows that conditions inside an aggregate tell apart: each branch of a CASE and each
// comparison used as a number, and what is left over where the row shows the whole as well.
func (m *measures) subsets(g *aggregate, b *block) {
	var vs []*expr
	perUnit := g.arg.overAggregates()
	if g.arg != nil && !(g.counts() && perUnit) {
		vs = variants(g.arg, !g.counts())
	}
	if len(vs) == 1 && g.arg.op == opCase {
		vs[0] = g.arg // its one branch is what the measure counts already
	}
	for _, v := range vs {
		if v != g.arg {
			m.tell(subset{input: input{v, g.filter}, counts: g.counts()})
		}
	}
	conditional := len(vs) > 0 && !perUnit // of one person's rows, tellRest sees to those left over
	if conditional && !g.counts() && g.fn != "sum" && g.arg.givesZeros() || (g.filter != nil || conditional) && b.shows(g, conditional) {
		m.tell(subset{input: input{g.arg, g.filter}, counts: g.counts(), rest: true})
	}
}

// shows reports whether another aggregate of the block runs over other rows than g, so that the difference can be told.
func (b *block) shows(g *aggregate, conditional bool) bool {
	return slices.ContainsFunc(b.aggs, func(h *aggregate) bool {
		return !sameExpr(h.filter, g.filter) || conditional && !sameExpr(h.arg, g.arg)
	})
}

func (m *measures) tell(s subset) {
	for _, known := range m.subset {
		if known.counts == s.counts && known.rest == s.rest && sameExpr(known.arg, s.arg) && sameExpr(known.filter, s.filter) {
			return
		}
	}
	m.subset = append(m.subset, s)
}
