package query

import (
	"math"
	"math/big"
)

// rising is the span of a function that is defined everywhere and never falls.
func rising(f func(float64) float64, x span) span {
	end := func(r *big.Rat, unknown float64) float64 {
		if r == nil {
			return f(unknown)
		}
		v, _ := r.Float64()
		return f(v)
	}
	a, b := end(x.lo, math.Inf(-1)), end(x.hi, math.Inf(1))
	return outward(a-1e-12*(1+math.Abs(a)), b+1e-12*(1+math.Abs(b)), x.null)
}

// power is the span of x to a constant exponent, known where x is not negative, and above 0 for exponents below 0.
func power(x span, exponent *expr) span {
	c, ok := fixed(exponent)
	if !ok || c == nil || !x.positive() || c.Sign() < 0 && x.lo.Sign() == 0 {
		return span{null: true}
	}
	p, _ := c.Float64()
	f := func(v float64) float64 { return math.Pow(v, p) }
	if p >= 0 {
		return rising(f, x)
	}
	out := rising(func(v float64) float64 { return -f(v) }, x).negated()
	return span{greatestKnown(out.lo, new(big.Rat)), out.hi, out.null}
}
