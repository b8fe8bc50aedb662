package query

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestPowerSpans holds that exponentials and powers of what lies in an interval lie in their span.
func TestPowerSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-50, 50).Draw(t, "least")
		hi := lo + rapid.Float64Range(0, 50).Draw(t, "width")
		v := lo + (hi-lo)*rapid.Float64Range(0, 1).Draw(t, "value")
		x := span{lo: new(big.Rat).SetFloat64(lo), hi: new(big.Rat).SetFloat64(hi)}
		if s := rising(math.Exp, x); !s.holds(point{typ: tDouble, dbl: math.Exp(v)}) || !s.bounded() || s.null {
			t.Fatalf("exp(%v) of [%v, %v] is beyond [%v, %v]", v, lo, hi, s.lo, s.hi)
		}
		exponent := rapid.SampledFrom([]string{"0.5", "1.5", "7", "-1", "-0.3", "0"}).Draw(t, "exponent")
		s := power(x, &expr{op: opConst, typ: tDouble, lit: literal{tDouble, exponent}})
		p, _ := new(big.Rat).SetString(exponent)
		c, _ := p.Float64()
		defined := lo > 0 || lo == 0 && c >= 0
		if defined != s.bounded() || defined == s.null || defined && !s.holds(point{typ: tDouble, dbl: math.Pow(v, c)}) {
			t.Fatalf("power(%v, %s) of [%v, %v] is beyond [%v, %v]", v, exponent, lo, hi, s.lo, s.hi)
		}
	})
}
