package query

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
)

// A quotient of two counts or sums of one cell is a cell of its own: it is computed exactly and rounded once, where a quotient
// of rounded figures carries the rounding of both. What it is computed from is in the table of cells too and judged as if it
// were shown, so the quotient is suppressed where a part of it would be. (A mean is such a quotient already.)

// ratios puts cells of their own in the place of quotients, in all that is computed from the aggregates of a block.
func (b *block) ratios() {
	b.having, b.qualify = b.withRatios(b.having), b.withRatios(b.qualify)
	for _, o := range b.outs {
		o.expr = b.withRatios(o.expr)
	}
	for i, o := range b.order {
		b.order[i].expr = b.withRatios(o.expr)
	}
}

func (b *block) withRatios(e *expr) *expr {
	switch {
	case e == nil || e.op == opAgg:
		return e
	case e.op == opCall && e.fn == "/":
		if q := b.quotient(e); q != nil {
			return q
		}
	}
	return mapped(e, b.withRatios)
}

// maxRatios is how many ratios one quotient becomes at most.
const maxRatios = 4

// quotient writes (Σ cᵢ·aᵢ) / (c·a) as Σ cᵢ/c · aᵢ/a, over ratios; nil where it is none, or only a number.
func (b *block) quotient(e *expr) *expr {
	lower, ok := linearOver(e.args[1])
	if !ok || len(lower) != 1 || !b.divides(lower[0].agg) {
		return nil
	}
	upper, ok := linearOver(e.args[0])
	if !ok || len(upper) > maxRatios {
		return nil
	}
	var total *expr
	number, found := new(big.Rat), false
	for _, t := range upper {
		factor := new(big.Rat).Quo(t.factor, lower[0].factor)
		if t.agg == lower[0].agg {
			number = factor
			continue
		}
		found = true
		part := scaled(factor, b.ratio(t.agg, lower[0].agg, e.at))
		if total == nil {
			total = part
		} else {
			total = arithmetic("+", total, part)
		}
	}
	if !found {
		return nil
	}
	if number.Sign() != 0 {
		total = arithmetic("+", total, rational(number))
	}
	return elsewhere(total, e.at)
}

// divides reports whether an aggregate can be the lower part of a ratio: it must not have both signs, or it could be
// anything while what it adds up is large.
func (b *block) divides(g *aggregate) bool {
	return g.adds() && (g.counts() || newSpanner().of(g.arg, assume(b.where, g.filter)).positive())
}

// adds reports whether an aggregate is a count or a sum.
func (g *aggregate) adds() bool { return g.fn == "count" || g.fn == "count_units" || g.fn == "sum" }

func (b *block) ratio(upper, lower *aggregate, at int) *expr {
	double := func(g *aggregate) *expr { return castTo(&expr{op: opAgg, agg: g, typ: g.typ, at: at}, tDouble) }
	return b.derive(&aggregate{fn: "ratio", of: arithmetic("/", double(upper), double(lower)), upper: upper, lower: lower, typ: tDouble, at: at})
}

// derive adds a cell that is computed from others.
func (b *block) derive(g *aggregate) *expr {
	i := slices.IndexFunc(b.derived, func(known *aggregate) bool { return known.signature() == g.signature() })
	if i < 0 {
		i = len(b.derived)
		b.derived = append(b.derived, g)
	}
	return &expr{op: opAgg, agg: b.derived[i], typ: g.typ, at: g.at}
}

// multiple is a constant times an aggregate.
type multiple struct {
	factor *big.Rat
	agg    *aggregate
}

// linearOver writes an expression as a sum of multiples of counts and sums, each once; false where it is none.
func linearOver(e *expr) ([]multiple, bool) {
	switch {
	case e.op == opAgg:
		return []multiple{{whole64(1), e.agg}}, e.agg.adds()
	case e.op == opCast:
		t := e.args[0].typ
		if !t.numeric() || e.typ != tDouble && (castFails(t, e.typ) || e.typ.scale < t.scale) {
			return nil, false
		}
		return linearOver(e.args[0])
	case e.op != opCall:
		return nil, false
	}
	switch e.fn {
	case "nullif": // a ratio is NULL there anyway
		if !e.args[1].zero() {
			return nil, false
		}
		return linearOver(e.args[0])
	case "-", "+":
		return sumOver(e)
	case "*", "/":
		for i, a := range e.args {
			l, ok := a.constant()
			c, valued := l.value()
			if !ok || !valued || c.Sign() == 0 || e.fn == "/" && i == 0 {
				continue
			}
			if e.fn == "/" {
				c = new(big.Rat).Inv(c)
			}
			of, linear := linearOver(e.args[1-i])
			return timesAll(of, c), linear
		}
	}
	return nil, false
}

func sumOver(e *expr) (out []multiple, linear bool) {
	for i, a := range e.args {
		of, ok := linearOver(a)
		if !ok {
			return nil, false
		}
		if e.fn == "-" && i == len(e.args)-1 {
			of = timesAll(of, whole64(-1))
		}
		for _, m := range of {
			if j := slices.IndexFunc(out, func(o multiple) bool { return o.agg == m.agg }); j >= 0 {
				out[j].factor = new(big.Rat).Add(out[j].factor, m.factor)
			} else {
				out = append(out, m)
			}
		}
	}
	return slices.DeleteFunc(out, func(m multiple) bool { return m.factor.Sign() == 0 }), true
}

func timesAll(of []multiple, c *big.Rat) (out []multiple) {
	for _, m := range of {
		out = append(out, multiple{new(big.Rat).Mul(m.factor, c), m.agg})
	}
	return out
}

// aggregates lists those that an expression reads, each once.
func aggregatesIn(e *expr) (out []*aggregate) {
	e.walk(func(x *expr) bool {
		if x.op == opAgg && !slices.Contains(out, x.agg) {
			out = append(out, x.agg)
		}
		return x.op != opAgg
	})
	return out
}

// derivedColumns describes the derived cells, of which name is the name of each aggregate's column.
func (b *block) derivedColumns(m *measures, name func(*aggregate) string, taken map[string]bool) (out []yumen.ArtifactColumn) {
	for _, g := range b.derived {
		c := sourced(g.of, nil)
		c.Name = free(b.cellName(func(e *expr) bool { return e.op == opAgg && e.agg == g }, g.fn), taken)
		c.Type, c.Kind, c.Function, c.Public = g.typ.name(), yumen.ColumnAggregate, g.fn, b.publicGroups()
		for _, of := range aggregatesIn(g.of) {
			c.From = append(c.From, name(of))
		}
		c.Measure = m.of(g.upper)
		if g.lower != nil {
			c.Step, c.Bound = b.grain(g.upper)
			c.Over = &yumen.Divisor{Measure: m.of(g.lower), Counts: g.lower.counts()}
			c.Over.Step, c.Over.Bound = b.grain(g.lower)
		}
		out = append(out, c)
	}
	return out
}

// grain is the step of the values that an aggregate adds up, and the most that one unit may add to it; 0 where there is
// none, or it is not known.
func (b *block) grain(g *aggregate) (step, bound float64) {
	switch {
	case g.fn == "count_units":
		return 1, 1
	case !g.counts():
		return g.arg.typ.step(), b.bound(g)
	case b.joins.single():
		return 1, 1
	}
	return 1, 0
}
