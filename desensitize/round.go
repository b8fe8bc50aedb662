package desensitize

import (
	"math"
	"math/big"
	"regexp"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

var decimalForm = regexp.MustCompile(`^[0-9]{1,38}(\.[0-9]{1,38})?$`)

// parseBase reads a rounding base exactly: a positive number in decimal form.
func parseBase(s string) (*big.Rat, bool) {
	if !decimalForm.MatchString(s) {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(s)
	return r, ok && r.Sign() > 0
}

// roundTo returns what rounds a column of type t to the nearest multiple of base, ties away from zero.
func roundTo(t yumen.Type, base *big.Rat) (change, error) {
	if t == yumen.Double {
		return eachFloat64(roundFloat(base)), nil
	}
	_, scale, decimal := t.Decimal()
	if !decimal && t != yumen.Integer {
		return nil, yumen.Errorf(yumen.Invalid, "rounding is for numbers, not for %s", "取整用于数值，不用于 %s", t)
	}
	unscaled := new(big.Rat).Mul(base, new(big.Rat).SetInt(pow10(scale)))
	if !unscaled.IsInt() {
		return nil, yumen.Errorf(yumen.Invalid, "the base is finer than the column's type %s", "取整基数比列类型 %s 更细", t)
	}
	if decimal {
		return roundDecimal(t, unscaled.Num()), nil
	}
	if !unscaled.Num().IsInt64() {
		return nil, yumen.Errorf(yumen.Invalid, "the base does not fit 64 bits", "取整基数超出 64 位")
	}
	m := unscaled.Num().Int64()
	return eachInt64(func(v int64) int64 { return roundInt(v, m) }), nil
}

// roundInt returns the multiple of base nearest to v, ties away from zero, within 64 bits.
func roundInt(v, base int64) int64 {
	rest := v % base
	down := v - rest
	if rest < 0 {
		rest = -rest
	}
	if rest < base-rest {
		return down
	}
	up := down + base
	if v < 0 {
		up = down - base
	}
	if (v < 0) != (up < 0) { // overflow: the nearest multiple is not a 64-bit integer
		return down
	}
	return up
}

// roundFloat divides by the base or multiplies by its inverse, whichever is an integer, so that 0.1 gives the double nearest
// to each tenth.
func roundFloat(base *big.Rat) func(float64) float64 {
	b, _ := base.Float64()
	inverse := new(big.Rat).Inv(base)
	inv, _ := inverse.Float64()
	return func(v float64) float64 {
		out := math.Round(v/b) * b
		if inverse.IsInt() {
			out = math.Round(v*inv) / inv
		}
		if math.IsInf(out, 0) || math.IsNaN(out) { // NaN, infinities, and numbers too large to have a fraction
			return v
		}
		return out
	}
}

// roundDecimal rounds unscaled values to multiples of base.
func roundDecimal(t yumen.Type, base *big.Int) change {
	precision, _, _ := t.Decimal()
	limit := pow10(precision)
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
		a := in.(*array.Decimal128)
		b := array.NewDecimal128Builder(mem, a.DataType().(*arrow.Decimal128Type))
		defer b.Release()
		changed := 0
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			v := decimal128.FromBigInt(roundBig(a.Value(i).BigInt(), base, limit))
			if v != a.Value(i) {
				changed++
			}
			b.Append(v)
		}
		return b.NewArray(), changed, nil
	}
}

// roundBig returns the multiple of base nearest to v, ties away from zero, of absolute value below limit.
func roundBig(v, base, limit *big.Int) *big.Int {
	down, rest := new(big.Int), new(big.Int)
	down.QuoRem(v, base, rest)
	down.Mul(down, base)
	twice := new(big.Int).Abs(rest)
	if twice.Lsh(twice, 1).Cmp(base) < 0 {
		return down
	}
	step := base
	if v.Sign() < 0 {
		step = new(big.Int).Neg(base)
	}
	if up := new(big.Int).Add(down, step); up.CmpAbs(limit) < 0 {
		return up
	}
	return down
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
