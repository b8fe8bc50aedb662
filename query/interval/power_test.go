package interval

import (
	"math"
	"math/big"
	"testing"

	"github.com/yumen-data/yumen/query/plan"
	"pgregory.net/rapid"
)

// TestPowerSpans holds that exponentials and powers of what lies in an interval lie in their span.
func TestPowerSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-50, 50).Draw(t, "least")
		hi := lo + rapid.Float64Range(0, 50).Draw(t, "width")
		v := lo + (hi-lo)*rapid.Float64Range(0, 1).Draw(t, "value")
		x := Span{Lo: new(big.Rat).SetFloat64(lo), Hi: new(big.Rat).SetFloat64(hi)}
		if s := rising(math.Exp, x); !s.holds(Point{Type: plan.Double, dbl: math.Exp(v)}) || !s.Bounded() || s.Null {
			t.Fatalf("exp(%v) of [%v, %v] is beyond [%v, %v]", v, lo, hi, s.Lo, s.Hi)
		}
		exponent := rapid.SampledFrom([]string{"0.5", "1.5", "7", "-1", "-0.3", "0"}).Draw(t, "exponent")
		s := power(x, &plan.Expr{Op: plan.OpConst, Type: plan.Double,
			Literal: plan.Literal{Type: plan.Double, Text: exponent}})
		p, _ := new(big.Rat).SetString(exponent)
		c, _ := p.Float64()
		defined := lo > 0 || lo == 0 && c >= 0
		if defined != s.Bounded() || defined == s.Null || defined &&
			!s.holds(Point{Type: plan.Double, dbl: math.Pow(v, c)}) {
			t.Fatalf("power(%v, %s) of [%v, %v] is beyond [%v, %v]", v, exponent, lo, hi, s.Lo, s.Hi)
		}
	})
}
