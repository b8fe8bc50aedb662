package interval

import (
	"math"
	"math/big"

	"github.com/yumen-data/yumen/query/plan"
)

// rising is the span of a function that is defined everywhere and never falls.
func rising(f func(float64) float64, x Span) Span {
	end := func(r *big.Rat, unknown float64) float64 {
		if r == nil {
			return f(unknown)
		}
		v, _ := r.Float64()
		return f(v)
	}
	a, b := end(x.Lo, math.Inf(-1)), end(x.Hi, math.Inf(1))
	return outward(a-1e-12*(1+math.Abs(a)), b+1e-12*(1+math.Abs(b)), x.Null)
}

// power is the span of x to a constant exponent, known where x is not negative, and above 0 for exponents below 0.
func power(x Span, exponent *plan.Expr) Span {
	c, ok := Fixed(exponent)
	if !ok || c == nil || !x.Positive() || c.Sign() < 0 && x.Lo.Sign() == 0 {
		return Span{Null: true}
	}
	p, _ := c.Float64()
	f := func(v float64) float64 { return math.Pow(v, p) }
	if p >= 0 {
		return rising(f, x)
	}
	out := rising(func(v float64) float64 { return -f(v) }, x).negated()
	return Span{greatestKnown(out.Lo, new(big.Rat)), out.Hi, out.Null}
}
