package cells

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// A quotient of two counts or sums of one cell is a cell of its own: it is computed exactly and rounded once, where a
// quotient of rounded figures carries the rounding of both. What it is computed from is in the table of cells too and
// judged as if it were shown, so the quotient is suppressed where a part of it would be. (A mean is such a quotient
// already.)

// ratios puts cells of their own in the place of quotients, in all that is computed from the aggregates of a block.
func ratios(b *plan.Block) {
	b.Having, b.Qualify = withRatios(b, b.Having), withRatios(b, b.Qualify)
	for _, o := range b.Outs {
		o.Expr = withRatios(b, o.Expr)
	}
	for i, o := range b.Order {
		b.Order[i].Expr = withRatios(b, o.Expr)
	}
}

func withRatios(b *plan.Block, e *plan.Expr) *plan.Expr {
	switch {
	case e == nil || e.Op == plan.OpAgg:
		return e
	case e.Op == plan.OpCall && e.Fn == "/":
		if q := quotient(b, e); q != nil {
			return q
		}
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return withRatios(b, a) })
}

// maxRatios is how many ratios one quotient becomes at most.
const maxRatios = 4

// quotient writes (Σ cᵢ·aᵢ) / (c·a) as Σ cᵢ/c · aᵢ/a, over ratios; nil where it is none, or only a number.
func quotient(b *plan.Block, e *plan.Expr) *plan.Expr {
	lower, ok := linearOver(e.Args[1])
	if !ok || len(lower) != 1 || !divides(b, lower[0].agg) {
		return nil
	}
	upper, ok := linearOver(e.Args[0])
	if !ok || len(upper) > maxRatios {
		return nil
	}
	var total *plan.Expr
	number, found := new(big.Rat), false
	for _, t := range upper {
		factor := new(big.Rat).Quo(t.factor, lower[0].factor)
		if t.agg == lower[0].agg {
			number = factor
			continue
		}
		found = true
		part := scaled(factor, ratio(b, t.agg, lower[0].agg, e.At))
		if total == nil {
			total = part
		} else {
			total = plan.Arithmetic("+", total, part)
		}
	}
	if !found {
		return nil
	}
	if number.Sign() != 0 {
		total = plan.Arithmetic("+", total, rational(number))
	}
	return plan.Elsewhere(total, e.At)
}

// divides reports whether an aggregate can be the lower part of a ratio: it must not have both signs, or it could be
// anything while what it adds up is large.
func divides(b *plan.Block, g *plan.Aggregate) bool {
	return g.Adds() && (g.Counts() || interval.NewFinder().Of(g.Arg, interval.Assume(b.Where, g.Filter)).Positive())
}

func ratio(b *plan.Block, upper, lower *plan.Aggregate, at int) *plan.Expr {
	double := func(g *plan.Aggregate) *plan.Expr {
		return plan.CastTo(&plan.Expr{Op: plan.OpAgg, Aggregate: g, Type: g.Type, At: at}, plan.Double)
	}
	return derive(b, &plan.Aggregate{Fn: "ratio", Of: plan.Arithmetic("/", double(upper), double(lower)), Upper: upper,
		Lower: lower, Type: plan.Double, At: at})
}

// derive adds a cell that is computed from others.
func derive(b *plan.Block, g *plan.Aggregate) *plan.Expr {
	i := slices.IndexFunc(b.Derived, func(known *plan.Aggregate) bool { return known.Signature() == g.Signature() })
	if i < 0 {
		i = len(b.Derived)
		b.Derived = append(b.Derived, g)
	}
	return &plan.Expr{Op: plan.OpAgg, Aggregate: b.Derived[i], Type: g.Type, At: g.At}
}

// multiple is a constant times an aggregate.
type multiple struct {
	factor *big.Rat
	agg    *plan.Aggregate
}

// linearOver writes an expression as a sum of multiples of counts and sums, each once; false where it is none.
func linearOver(e *plan.Expr) ([]multiple, bool) {
	switch {
	case e.Op == plan.OpAgg:
		return []multiple{{plan.Whole(1), e.Aggregate}}, e.Aggregate.Adds()
	case e.Op == plan.OpCast:
		t := e.Args[0].Type
		if !t.Numeric() || e.Type != plan.Double && (plan.CastFails(t, e.Type) || e.Type.Scale < t.Scale) {
			return nil, false
		}
		return linearOver(e.Args[0])
	case e.Op != plan.OpCall:
		return nil, false
	}
	switch e.Fn {
	case "nullif": // a ratio is NULL there anyway
		if !e.Args[1].Zero() {
			return nil, false
		}
		return linearOver(e.Args[0])
	case "-", "+":
		return sumOver(e)
	case "*", "/":
		for i, a := range e.Args {
			l, ok := a.Constant()
			c, valued := l.Value()
			if !ok || !valued || c.Sign() == 0 || e.Fn == "/" && i == 0 {
				continue
			}
			if e.Fn == "/" {
				c = new(big.Rat).Inv(c)
			}
			of, linear := linearOver(e.Args[1-i])
			return timesAll(of, c), linear
		}
	}
	return nil, false
}

func sumOver(e *plan.Expr) (out []multiple, linear bool) {
	for i, a := range e.Args {
		of, ok := linearOver(a)
		if !ok {
			return nil, false
		}
		if e.Fn == "-" && i == len(e.Args)-1 {
			of = timesAll(of, plan.Whole(-1))
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

// aggregatesIn lists those that an expression reads, each once.
func aggregatesIn(e *plan.Expr) (out []*plan.Aggregate) {
	e.Walk(func(x *plan.Expr) bool {
		if x.Op == plan.OpAgg && !slices.Contains(out, x.Aggregate) {
			out = append(out, x.Aggregate)
		}
		return x.Op != plan.OpAgg
	})
	return out
}
