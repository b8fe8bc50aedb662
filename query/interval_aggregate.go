package query

import "math/big"

// aggregate is the span of an aggregate over some rows of one group.
func (sp *spanner) aggregate(g *aggregate, as assumed) span {
	if g.counts() {
		return span{lo: new(big.Rat), hi: sp.most(whole64(1))}
	}
	x := sp.of(g.arg, as)
	if g.arg.typ == tBool {
		x = x.within(exactly(0, 1))
	}
	switch g.fn {
	case "min", "max", "first": // one of the values, as there is a row
		x.null = sp.of(g.arg, nil).null || g.filter != nil
		return x
	case "avg", "median", "quantile":
		// The engine's average of doubles may leave the interval by rounding; what is measured is clamped again.
		return span{x.lo, x.hi, true}.double()
	case "sum":
		if x = sp.sum(x); g.typ == tDouble {
			return x.double()
		}
		return x
	}
	// Deviations and variances: of values within a distance d none is greater than d or d².
	out := span{lo: new(big.Rat), null: true}
	if x.bounded() {
		d := new(big.Rat).Sub(x.hi, x.lo)
		if g.fn == "var" || g.fn == "var_pop" {
			d.Mul(d, d)
		}
		out.hi = nearestDouble(d)
	}
	return out
}

// window is the span of a window function over the rows of a unit.
func (sp *spanner) window(e *expr, as assumed) span {
	switch e.fn {
	case "rank", "dense_rank", "row_number", "ntile":
		return span{lo: whole64(1)}
	case "count":
		return span{lo: new(big.Rat)}
	case "percent_rank", "cume_dist":
		return exactly(0, 1)
	case "sum", "avg":
		return span{null: true}
	}
	x := sp.of(e.args[0], as) // one of the values
	x.null = true
	return x
}

// sum is the span of a sum of values in x. It has an end where values have one sign, and where it is said how many rows count:
// each adds x at most, and a row that is not there, or NULL, adds 0.
func (sp *spanner) sum(x span) span {
	out := span{null: true}
	if x.lo != nil {
		out.lo = sp.most(leastKnown(x.lo, new(big.Rat)))
	}
	if x.hi != nil {
		out.hi = sp.most(greatestKnown(x.hi, new(big.Rat)))
	}
	return out
}

// most is what all rows that count make of x, which is no end where x is one and their number is not said.
func (sp *spanner) most(x *big.Rat) *big.Rat {
	if x.Sign() == 0 {
		return x
	}
	if sp.rows == 0 {
		return nil
	}
	return keep(new(big.Rat).Mul(x, whole64(sp.rows)))
}

// mean is the span of sum(x) / count(x), or sum(x) / count(*), of one subquery by units, which is that of x.
func (sp *spanner) mean(e *expr) (span, bool) {
	if sp.rows == 0 {
		return span{}, false
	}
	sum, count := aggregateBelow(e.args[0]), aggregateBelow(e.args[1])
	if sum == nil || count == nil || sum.fn != "sum" || count.fn != "count" || !sameExpr(sum.filter, count.filter) {
		return span{}, false
	}
	if columnBelow(e.args[0]).rel != columnBelow(e.args[1]).rel || count.arg != nil && !sameExpr(sum.arg, count.arg) {
		return span{}, false
	}
	x := sp.of(sum.arg, assume(columnBelow(e.args[0]).rel.inner.where, sum.filter))
	if count.arg == nil { // rows where x is NULL count, and add nothing
		x = x.join(exactly(0, 0))
	}
	x.null = true
	return x.double(), true
}

// columnBelow returns the column that e is, widened perhaps.
func columnBelow(e *expr) *column {
	for e.op == opCast && e.typ == tDouble {
		e = e.args[0]
	}
	if e.op != opColumn {
		return nil
	}
	return e.col
}

// aggregateBelow returns the aggregate of a subquery that e is, or nil.
func aggregateBelow(e *expr) *aggregate {
	if c := columnBelow(e); c != nil && c.def != nil && c.def.op == opAgg {
		return c.def.agg
	}
	return nil
}
