package interval

import (
	"math/big"

	"github.com/yumen-data/yumen/query/plan"
)

// aggregate is the span of an aggregate over some rows of one group.
func (sp *Finder) aggregate(g *plan.Aggregate, as Assumed) Span {
	if g.Counts() {
		return Span{Lo: new(big.Rat), Hi: sp.most(plan.Whole(1))}
	}
	x := sp.Of(g.Arg, as)
	if g.Arg.Type == plan.Bool {
		x = x.within(Exactly(0, 1))
	}
	switch g.Fn {
	case "min", "max", "first": // one of the values, as there is a row
		x.Null = sp.Of(g.Arg, nil).Null || g.Filter != nil
		return x
	case "avg", "median", "quantile":
		// The engine's average of doubles may leave the interval by rounding; what is measured is clamped again.
		return Span{x.Lo, x.Hi, true}.Double()
	case "sum":
		if x = sp.sum(x); g.Type == plan.Double {
			return x.Double()
		}
		return x
	}
	// Deviations and variances: of values within a distance d none is greater than d or d².
	out := Span{Lo: new(big.Rat), Null: true}
	if x.Bounded() {
		d := new(big.Rat).Sub(x.Hi, x.Lo)
		if g.Fn == "var" || g.Fn == "var_pop" {
			d.Mul(d, d)
		}
		out.Hi = plan.NearestDouble(d)
	}
	return out
}

// window is the span of a window function over the rows of a unit.
func (sp *Finder) window(e *plan.Expr, as Assumed) Span {
	switch e.Fn {
	case "rank", "dense_rank", "row_number", "ntile":
		return Span{Lo: plan.Whole(1)}
	case "count":
		return Span{Lo: new(big.Rat)}
	case "percent_rank", "cume_dist":
		return Exactly(0, 1)
	case "sum", "avg":
		return Span{Null: true}
	}
	x := sp.Of(e.Args[0], as) // one of the values
	x.Null = true
	return x
}

// sum is the span of a sum of values in x. It has an end where values have one sign, and where it is said how many rows
// count: each adds x at most, and a row that is not there, or NULL, adds 0.
func (sp *Finder) sum(x Span) Span {
	out := Span{Null: true}
	if x.Lo != nil {
		out.Lo = sp.most(leastKnown(x.Lo, new(big.Rat)))
	}
	if x.Hi != nil {
		out.Hi = sp.most(greatestKnown(x.Hi, new(big.Rat)))
	}
	return out
}

// most is what all rows that count make of x, which is no end where x is one and their number is not said.
func (sp *Finder) most(x *big.Rat) *big.Rat {
	if x.Sign() == 0 {
		return x
	}
	if sp.Rows == 0 {
		return nil
	}
	return keep(new(big.Rat).Mul(x, plan.Whole(sp.Rows)))
}

// mean is the span of sum(x) / count(x), or sum(x) / count(*), of one subquery by units, which is that of x.
func (sp *Finder) mean(e *plan.Expr) (Span, bool) {
	if sp.Rows == 0 {
		return Span{}, false
	}
	sum, count := aggregateBelow(e.Args[0]), aggregateBelow(e.Args[1])
	if sum == nil || count == nil || sum.Fn != "sum" || count.Fn != "count" ||
		!plan.SameExpr(sum.Filter, count.Filter) {
		return Span{}, false
	}
	if columnBelow(e.Args[0]).Relation != columnBelow(e.Args[1]).Relation || count.Arg != nil &&
		!plan.SameExpr(sum.Arg, count.Arg) {
		return Span{}, false
	}
	x := sp.Of(sum.Arg, Assume(columnBelow(e.Args[0]).Relation.Inner.Where, sum.Filter))
	if count.Arg == nil { // rows where x is NULL count, and add nothing
		x = x.join(Exactly(0, 0))
	}
	x.Null = true
	return x.Double(), true
}

// columnBelow returns the column that e is, widened perhaps.
func columnBelow(e *plan.Expr) *plan.Column {
	for e.Op == plan.OpCast && e.Type == plan.Double {
		e = e.Args[0]
	}
	if e.Op != plan.OpColumn {
		return nil
	}
	return e.Column
}

// aggregateBelow returns the aggregate of a subquery that e is, or nil.
func aggregateBelow(e *plan.Expr) *plan.Aggregate {
	if c := columnBelow(e); c != nil && c.Def != nil && c.Def.Op == plan.OpAgg {
		return c.Def.Aggregate
	}
	return nil
}
