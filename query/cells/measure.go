package cells

import (
	"slices"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// Input is a value that an aggregate takes from each row: its argument where its filter holds, NULL elsewhere. A nil
// argument is the constant 1.
type Input struct{ Arg, Filter *plan.Expr }

// Measure is a magnitude whose spread over units is evidence: the sum of an input over a unit's rows or, for counts,
// the number of rows where it is not NULL. Input −1 is every row.
type Measure struct {
	Input  int
	Counts bool
	Units  bool // each unit adds 1, however many rows it has
	Values bool // what is counted is different values, which do not add up
}

// Measures numbers the inputs of a block's aggregates from 0 and their measures from 1.
type Measures struct {
	find         *variantFinder
	rowsAreUnits bool
	Inputs       []Input
	List         []Measure // those of aggregates, then counts that only others are compared with
	Shown        int       // how many are of aggregates
	// Repeats says that the statement has a hand in how many rows a person has, so that counts of rows are judged as
	// sums are.
	Repeats bool
	// Alternatives are, of each measure that adds up, the numbers of the subsets that it is told by (see disjuncts.go)
	Alternatives [][]int
	Own          []int        // of each of these that adds values up, the number of the count of its rows; 0 for others
	Parts        []*plan.Expr // filters of aggregates, each once
	Subset       []Subset
	whole        []bool // of each of these that adds values up, whether each row of its part has one
	sumsCounts   []bool // of each of these, whether it adds up how many rows units have, and the statement chose by that
}

// Subset is a part of a group's rows that unions and subqueries by units tell apart from the others. Too few units
// behind any of them would show in an aggregate, so each is counted.
type Subset struct {
	Arg    *plan.Expr
	Counts bool // rows where the value is not NULL count; otherwise, those where it is not 0
	Rest   bool // all rows but these
	Sums   bool // only those sums tell of it that name it
}

func measuresOf(b *plan.Block, find *variantFinder) *Measures {
	m := &Measures{find: find, rowsAreUnits: b.RowsAreUnits()}
	for _, k := range b.Keys {
		if r := parting(k); r != nil {
			r.Apart = true
		}
	}
	m.Repeats = showsFigures(b) && repeats(b)
	for _, g := range b.Aggs {
		m.Of(g)
		m.Part(g.Filter)
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
func (m *Measures) countOwn(b *plan.Block) {
	m.Shown, m.Own = len(m.List), make([]int, len(m.List))
	m.whole, m.sumsCounts = make([]bool, len(m.List)), make([]bool, len(m.List))
	for i := range m.Own {
		if m.List[i].Counts {
			continue
		}
		m.sumsCounts[i] = sumsCounts(b, m.Inputs[m.List[i].Input])
		own, in := Measure{Input: m.List[i].Input, Counts: true}, m.Inputs[m.List[i].Input]
		if m.whole[i] = !interval.NewFinder().Of(in.Arg, interval.Assume(b.Where, in.Filter)).Null; m.whole[i] {
			rows := slices.IndexFunc(m.Inputs,
				func(r Input) bool { return r.Arg == nil && plan.SameExpr(r.Filter, in.Filter) })
			if rows >= 0 || in.Filter == nil {
				own.Input = rows // -1 is every row
			}
		}
		n := slices.Index(m.List, own)
		if n < 0 {
			n = len(m.List)
			m.List = append(m.List, own)
		}
		m.Own[i] = n + 1
	}
}

// AddsUp reports whether a measure is told by alternatives: a sum, and a count of rows in which the statement has a
// hand.
func (m *Measures) AddsUp(n int) bool { return m.Own[n] > 0 || m.CountsRepeated(n) }

// CountsRepeated reports whether a measure counts rows in whose number the statement has a hand.
func (m *Measures) CountsRepeated(n int) bool {
	of := m.List[n]
	return m.Repeats && of.Counts && !of.Units && !of.Values
}

// Multiples reports whether a measure is told by the units whose part is no multiple of a number: a count of rows in
// which the statement has a hand, and a sum of such counts of single units.
func (m *Measures) Multiples(n int) bool { return m.CountsRepeated(n) || m.sumsCounts[n] }

// In returns the number of an input.
func (m *Measures) In(arg, filter *plan.Expr) int {
	if arg == nil && filter == nil {
		return -1
	}
	for i, known := range m.Inputs {
		if plan.SameExpr(known.Arg, arg) && plan.SameExpr(known.Filter, filter) {
			return i
		}
	}
	m.Inputs = append(m.Inputs, Input{arg, filter})
	return len(m.Inputs) - 1
}

// Of returns the number of an aggregate's measure.
func (m *Measures) Of(g *plan.Aggregate) int {
	want := Measure{Counts: g.Counts(), Units: g.Fn == "count_units", Values: g.Fn == "count_distinct"}
	if want.Units {
		want.Input = m.In(nil, g.Filter)
	} else {
		want.Input = m.In(g.Arg, g.Filter)
	}
	if i := slices.Index(m.List, want); i >= 0 {
		return i + 1
	}
	m.List = append(m.List, want)
	return len(m.List)
}

// Part returns the number of a filter, from 1; 0 for none.
func (m *Measures) Part(filter *plan.Expr) int {
	if filter == nil {
		return 0
	}
	if i := slices.IndexFunc(m.Parts, func(p *plan.Expr) bool { return plan.SameExpr(p, filter) }); i >= 0 {
		return i + 1
	}
	m.Parts = append(m.Parts, filter)
	return len(m.Parts)
}

// subsets finds the parts that the sides of unions and the conditions of subqueries by units make, and what is left
// over of them where an average, or another aggregate beside, takes that in.
func (m *Measures) subsets(g *plan.Aggregate, b *plan.Block) {
	perUnit := g.Arg.OverAggregates()
	if g.Arg == nil || g.Counts() && perUnit {
		return
	}
	vs := m.find.variants(g.Arg, !g.Counts())
	for _, v := range vs {
		m.tell(Subset{Arg: v, Counts: g.Counts()})
	}
	if len(vs) == 0 || perUnit { // of one person's rows, tellRest sees to those left over
		return
	}
	mean := !g.Counts() && g.Fn != "sum" && m.find.givesZeros(g.Arg)
	if mean || slices.ContainsFunc(b.Aggs, func(h *plan.Aggregate) bool {
		return !plan.SameExpr(h.Arg, g.Arg) || !plan.SameExpr(h.Filter, g.Filter)
	}) {
		m.tell(Subset{Arg: g.Arg, Counts: g.Counts(), Rest: true})
	}
}

// tell returns the number of a subset.
func (m *Measures) tell(s Subset) int {
	n := slices.IndexFunc(m.Subset, func(known Subset) bool {
		return known.Counts == s.Counts && known.Rest == s.Rest && known.Sums == s.Sums &&
			plan.SameExpr(known.Arg, s.Arg)
	})
	if n < 0 {
		n = len(m.Subset)
		m.Subset = append(m.Subset, s)
	}
	return n
}

// Adds returns the number, from 1, of what an aggregate adds up: the same for all whose figures are sums of the same
// values over different rows, and so can be added to and subtracted from each other.
func (m *Measures) Adds(g *plan.Aggregate) int {
	is := func(arg *plan.Expr) bool { return plan.SameExpr(arg, g.Arg) }
	switch {
	case g.Fn == "count" || g.Fn == "count_units" && m.rowsAreUnits:
		return 1
	case g.Fn == "count_units":
		return task.AddsUnits
	}
	n := slices.IndexFunc(m.Inputs, func(in Input) bool { return is(in.Arg) })
	return FirstSummed + n
}

// squares returns the number of what the squares of an aggregate's values add up; 0 for aggregates that do not depend
// on them, and where values are 0 and 1, which are their squares.
func (m *Measures) squares(b *plan.Block, g *plan.Aggregate) int {
	if !g.Spread() {
		return 0
	}
	s := interval.NewFinder().Of(g.Arg, interval.Assume(b.Where, g.Filter))
	if t := g.Arg.Type; t.Step() == 1 && s.Bounded() && s.Lo.Sign() >= 0 && s.Hi.Cmp(plan.Whole(1)) <= 0 {
		return 0
	}
	if i := slices.IndexFunc(m.Inputs, func(in Input) bool { return squares(in.Arg, g.Arg) }); i >= 0 {
		return FirstSummed + i
	}
	return m.Adds(g) + len(m.Inputs)
}

// squares reports whether e is the product of a value with itself.
func squares(e, value *plan.Expr) bool {
	if e == nil {
		return false
	}
	other := func(factor *plan.Expr) bool { return !plan.SameExpr(plan.Uncast(factor), plan.Uncast(value)) }
	e = plan.Uncast(e)
	return e.Op == plan.OpCall && e.Fn == "*" && !slices.ContainsFunc(e.Args, other)
}

// FirstSummed is the number of the first values that are added up; rows and units come before.
const FirstSummed = 3
