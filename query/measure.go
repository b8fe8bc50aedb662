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
	subset []subset
}

// subset is a part of a group's rows that an aggregate tells apart from the others. Too few units behind any of them would
// show in the aggregate, so each is counted.
type subset struct {
	input
	counts bool // rows where the value is not NULL count; otherwise, those where it is not 0
	rest   bool // all rows but these
	of     []*aggregate
}

func measuresOf(b *block) *measures {
	m := &measures{}
	for _, g := range b.aggs {
		m.of(g)
	}
	for _, g := range b.aggs {
		m.subsets(g, b)
	}
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
			m.tell(subset{input: input{v, g.filter}, counts: g.counts(), of: []*aggregate{g}})
		}
	}
	conditional := len(vs) > 0 && !perUnit // of one person's rows, those left over are that person's too
	if conditional && !g.counts() && g.fn != "sum" && g.arg.givesZeros() || (g.filter != nil || conditional) && b.shows(g, conditional) {
		m.tell(subset{input: input{g.arg, g.filter}, counts: g.counts(), rest: true, of: []*aggregate{g}})
	}
}

// givesZeros reports whether a condition in e decides between something and 0, so that an average tells the share of either.
func (e *expr) givesZeros() (found bool) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opCase:
			for i, a := range x.args {
				found = found || (i%2 == 1 || i == len(x.args)-1) && a.zero()
			}
		case x.op == opCast:
			found = found || x.args[0].typ == tBool
		case x.op == opColumn && x.col.def != nil && !x.col.overAggregates():
			if x.col.zeros == nil {
				zeros := x.col.def.givesZeros()
				x.col.zeros = &zeros
			}
			found = found || *x.col.zeros
		}
		return !found
	})
	return found || e.typ == tBool
}

// shows reports whether another aggregate of the block runs over other rows than g, so that the difference can be told.
func (b *block) shows(g *aggregate, conditional bool) bool {
	return slices.ContainsFunc(b.aggs, func(h *aggregate) bool {
		return !sameExpr(h.filter, g.filter) || conditional && !sameExpr(h.arg, g.arg)
	})
}

// choosesByKey reports whether e takes a value from a group key of a per-unit subquery that is itself a choice between
// several: which of them it was cannot be told any more. Keys are those of the block that e belongs to.
func (e *expr) choosesByKey(keys []*expr) (found bool) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opKey:
			k := keys[x.key]
			found = found || k.typ != tBool && len(variants(k, true)) > 0 || k.choosesByKey(nil)
		case x.op == opColumn && x.col.def != nil:
			if x.col.byKey == nil {
				by := x.col.def.choosesByKey(x.col.rel.inner.keys)
				x.col.byKey = &by
			}
			found = found || *x.col.byKey
		}
		return !found
	})
	return found
}

func (m *measures) tell(s subset) {
	for i, known := range m.subset {
		if known.counts == s.counts && known.rest == s.rest && sameExpr(known.arg, s.arg) && sameExpr(known.filter, s.filter) {
			m.subset[i].of = append(known.of, s.of...)
			return
		}
	}
	m.subset = append(m.subset, s)
}

// variants lists e once for each condition in it, NULL wherever that condition does not hold. Zeros says that a branch
// that gives 0 adds nothing.
func variants(e *expr, zeros bool) (out []*expr) {
	switch {
	case e.op == opCase:
		return caseVariants(e, zeros)
	case e.op == opColumn && e.col.def != nil:
		return columnVariants(e.col, e.at, zeros)
	case e.op == opAgg:
		return aggregateVariants(e)
	case e.typ == tBool && (e.op == opColumn || e.op == opCall || e.op == opKey):
		yes := &expr{op: opConst, typ: tBool, lit: literal{tBool, "true"}}
		return []*expr{{op: opCase, typ: tBool, at: e.at, args: []*expr{e, yes, null()}}}
	}
	for i, a := range e.args {
		for _, v := range variants(a, zeros) {
			c := *e
			c.sig, c.args = "", slices.Clone(e.args)
			c.args[i] = v
			if out = append(out, &c); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

func null() *expr { return &expr{op: opConst, typ: tNull, lit: literal{typ: tNull}} }

func caseVariants(e *expr, zeros bool) (out []*expr) {
	for i := range e.args {
		if i%2 == 0 && i < len(e.args)-1 || e.args[i].typ == tNull || zeros && e.args[i].zero() {
			continue
		}
		inner := variants(e.args[i], zeros)
		if len(inner) == 0 {
			inner = []*expr{e.args[i]}
		}
		for _, v := range inner {
			c := *e
			c.sig, c.args = "", slices.Clone(e.args)
			for j := range c.args {
				if j%2 == 1 || j == len(c.args)-1 {
					c.args[j] = null()
				}
			}
			c.args[i] = v
			if out = append(out, &c); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

// columnVariants makes the variants of a subquery's column hidden columns of the subquery.
func columnVariants(c *column, at int, zeros bool) (out []*expr) {
	vs, known := c.variants[zeros]
	if !known {
		vs = variants(c.def, zeros)
		if c.variants == nil {
			c.variants = map[bool][]*expr{}
		}
		c.variants[zeros] = vs
	}
	for _, v := range vs {
		c.rel.inner.adopt(v)
		i := slices.IndexFunc(c.rel.cols, func(h *column) bool { return h.def != nil && sameExpr(h.def, v) })
		if i < 0 {
			i = len(c.rel.cols)
			c.rel.cols = append(c.rel.cols, &column{rel: c.rel, typ: v.typ, def: v, name: "hidden" + itoa(i)})
		}
		h := c.rel.cols[i]
		out = append(out, &expr{op: opColumn, typ: h.typ, col: h, at: at})
	}
	return out
}

// adopt adds the aggregates of e to those the block computes.
func (b *block) adopt(e *expr) {
	e.walk(func(x *expr) bool {
		if x.op != opAgg {
			return true
		}
		for _, known := range b.aggs {
			if known.signature() == x.agg.signature() {
				x.agg = known
				return false
			}
		}
		b.aggs = append(b.aggs, x.agg)
		return false
	})
}

// aggregateVariants makes the variants of a per-unit aggregate further aggregates of its block.
func aggregateVariants(e *expr) (out []*expr) {
	if e.agg.arg == nil {
		return nil
	}
	vs := variants(e.agg.arg, !e.agg.counts())
	if len(vs) == 1 && e.agg.arg.op == opCase {
		return nil // its one branch is what moves the aggregate anyway
	}
	for _, v := range vs {
		g := *e.agg
		g.arg = v
		out = append(out, &expr{op: opAgg, agg: &g, typ: e.typ, at: e.at})
	}
	return out
}

// overAggregates reports whether e depends on aggregates of a per-unit subquery.
func (e *expr) overAggregates() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opAgg || x.op == opColumn && x.col.overAggregates()
		return !found
	})
	return found
}

func (c *column) overAggregates() bool {
	if c.perUnit == nil {
		found := c.def != nil && c.def.overAggregates()
		c.perUnit = &found
	}
	return *c.perUnit
}

// zero reports whether e is the constant 0.
func (e *expr) zero() bool {
	l, ok := e.constant()
	return ok && l.typ.numeric() && !nonzero(l)
}
