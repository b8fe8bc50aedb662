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
	units  bool // each unit adds 1, however many rows it has
	values bool // what is counted is different values, which do not add up
}

// measures numbers the inputs of a block's aggregates from 0 and their measures from 1.
type measures struct {
	find   *variantFinder
	inputs []input
	list   []measure // those of aggregates, then counts that only others are compared with
	shown  int       // how many are of aggregates
	// alternatives are, of each measure that adds values up, the numbers of the subsets that it is told by (see disjuncts.go)
	alternatives [][]int
	own          []int   // of each of these that adds values up, the number of the count of its rows; 0 for others
	parts        []*expr // filters of aggregates, each once
	subset       []subset
}

// subset is a part of a group's rows that unions and subqueries by units tell apart from the others. Too few units behind any
// of them would show in an aggregate, so each is counted.
type subset struct {
	arg    *expr
	counts bool // rows where the value is not NULL count; otherwise, those where it is not 0
	rest   bool // all rows but these
	sums   bool // only those sums tell of it that name it
}

func measuresOf(b *block, find *variantFinder) *measures {
	m := &measures{find: find}
	for _, k := range b.keys {
		if r := k.parting(); r != nil {
			r.apart = true
		}
	}
	for _, g := range b.aggs {
		m.of(g)
		m.part(g.filter)
		m.subsets(g, b)
	}
	m.tellSides(b)
	m.tellRest(b)
	m.countOwn(b)
	return m
}

// countOwn finds for each measure that adds values up the count of the rows that have one. A sum whose values are the
// same for all but a few units discloses what these few add, whether that count is shown or not: where the statement
// holds everybody else to 30, the sum modulo 30 does.
func (m *measures) countOwn(b *block) {
	m.shown, m.own = len(m.list), make([]int, len(m.list))
	for i := range m.own {
		if m.list[i].counts {
			continue
		}
		own, in := measure{input: m.list[i].input, counts: true}, m.inputs[m.list[i].input]
		if !newSpanner().of(in.arg, assume(b.where, in.filter)).null {
			rows := slices.IndexFunc(m.inputs, func(r input) bool { return r.arg == nil && sameExpr(r.filter, in.filter) })
			if rows >= 0 || in.filter == nil {
				own.input = rows // -1 is every row
			}
		}
		n := slices.Index(m.list, own)
		if n < 0 {
			n = len(m.list)
			m.list = append(m.list, own)
		}
		m.own[i] = n + 1
	}
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

// of returns the number of an aggregate's measure.
func (m *measures) of(g *aggregate) int {
	want := measure{counts: g.counts(), units: g.fn == "count_units", values: g.fn == "count_distinct"}
	if want.units {
		want.input = m.in(nil, g.filter)
	} else {
		want.input = m.in(g.arg, g.filter)
	}
	if i := slices.Index(m.list, want); i >= 0 {
		return i + 1
	}
	m.list = append(m.list, want)
	return len(m.list)
}

// part returns the number of a filter, from 1; 0 for none.
func (m *measures) part(filter *expr) int {
	if filter == nil {
		return 0
	}
	if i := slices.IndexFunc(m.parts, func(p *expr) bool { return sameExpr(p, filter) }); i >= 0 {
		return i + 1
	}
	m.parts = append(m.parts, filter)
	return len(m.parts)
}

// subsets finds the parts that the sides of unions and the conditions of subqueries by units make, and what is left over of them
// where an average, or another aggregate beside, takes that in.
func (m *measures) subsets(g *aggregate, b *block) {
	perUnit := g.arg.overAggregates()
	if g.arg == nil || g.counts() && perUnit {
		return
	}
	vs := m.find.variants(g.arg, !g.counts())
	for _, v := range vs {
		m.tell(subset{arg: v, counts: g.counts()})
	}
	if len(vs) == 0 || perUnit { // of one person's rows, tellRest sees to those left over
		return
	}
	mean := !g.counts() && g.fn != "sum" && m.find.givesZeros(g.arg)
	if mean || slices.ContainsFunc(b.aggs, func(h *aggregate) bool { return !sameExpr(h.arg, g.arg) || !sameExpr(h.filter, g.filter) }) {
		m.tell(subset{arg: g.arg, counts: g.counts(), rest: true})
	}
}

// tell returns the number of a subset.
func (m *measures) tell(s subset) int {
	n := slices.IndexFunc(m.subset, func(known subset) bool {
		return known.counts == s.counts && known.rest == s.rest && known.sums == s.sums && sameExpr(known.arg, s.arg)
	})
	if n < 0 {
		n = len(m.subset)
		m.subset = append(m.subset, s)
	}
	return n
}

// adds returns the number, from 1, of what an aggregate adds up: the same for all whose figures are sums of the same values
// over different rows, and so can be added to and subtracted from each other.
func (m *measures) adds(g *aggregate) int {
	is := func(arg *expr) bool { return sameExpr(arg, g.arg) }
	switch g.fn {
	case "count":
		return 1
	case "count_units":
		return 2
	}
	n := slices.IndexFunc(m.inputs, func(in input) bool { return is(in.arg) })
	return firstSummed + n
}

// firstSummed is the number of the first values that are added up; rows and units come before.
const firstSummed = 3
