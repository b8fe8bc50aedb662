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
	parts  []int // of a combination: the measures it stands for
}

// measures numbers the inputs of a block's aggregates from 0 and their measures from 1.
type measures struct {
	inputs []input
	list   []measure
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

// of returns the number of an aggregate's measure. Counting all units has none: each contributes one.
func (m *measures) of(g *aggregate) int {
	if g.fn == "count_units" && g.filter == nil {
		return 0
	}
	counts := g.fn == "count" || g.fn == "count_distinct" || g.fn == "count_units"
	want := measure{input: m.in(g.arg, g.filter), counts: counts}
	for i, known := range m.list {
		if known.parts == nil && known.counts == want.counts && known.input == want.input {
			return i + 1
		}
	}
	m.list = append(m.list, want)
	return len(m.list)
}

// combined returns the number of the measure that covers several aggregates at once.
func (m *measures) combined(aggs []*aggregate) int {
	var parts []int
	for _, g := range aggs {
		if n := m.of(g); n > 0 && !slices.Contains(parts, n) {
			parts = append(parts, n)
		}
	}
	slices.Sort(parts)
	switch len(parts) {
	case 0:
		return 0
	case 1:
		return parts[0]
	}
	for i, known := range m.list {
		if slices.Equal(known.parts, parts) {
			return i + 1
		}
	}
	m.list = append(m.list, measure{parts: parts})
	return len(m.list)
}

// single lists the measures that are no combination.
func (m *measures) single() (out []int) {
	for i, x := range m.list {
		if x.parts == nil {
			out = append(out, i+1)
		}
	}
	return out
}
