package technique

import (
	"cmp"
	"math"
	"math/big"
	randv2 "math/rand/v2"
	"regexp"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/yumen-data/yumen"
)

// Round replaces numbers by a multiple of a base near them. Where that multiple does not fit the type, the one on the
// other side of the number is taken. NaN and infinities stay.
type Round struct {
	Base string `yaml:"base" en:"a positive number; 6 for midpoint6 if absent" zh:"正数；midpoint6 缺省为 6"`
	Mode string `yaml:"mode" en:"nearest (default; ties away from zero), half_even, floor, ceiling, stochastic (up with a probability that keeps the mean), midpoint6 (counts up to the next multiple, less half the base; zero stays)" zh:"nearest（缺省，逢半远离零）、half_even、floor、ceiling、stochastic（保持均值的随机取整）、midpoint6（向上取整后减半个基数，零不变）"`
}

func (*Round) about() About {
	return About{
		Title: yumen.Text{EN: "rounding", ZH: "取整"}, Term: yumen.Text{EN: "generalization: rounding", ZH: "泛化技术：取整"},
		Types: "integer, double, decimal", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "magnitude; with stochastic, means", ZH: "量级；stochastic 还保持均值"},
		Leaks: yumen.Text{EN: "the interval of one base; totals and exact parts together narrow it",
			ZH: "一个基数宽的区间；合计与精确分量并列时可收窄"},
	}
}

func (r *Round) bind(b *Binding) (Stage, error) {
	text := r.Base
	if text == "" && r.Mode == "midpoint6" {
		text = "6"
	}
	base, ok := ParseBase(text)
	if !ok {
		return nil, yumen.Errorf(yumen.KindInvalid, "base must be a positive number", "base 须为正数")
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		f, err := roundBy(b.kind(i), base, r.Mode, random)
		return f, b.Schema.Field(i).Type, err
	})
}

var decimalForm = regexp.MustCompile(`^[0-9]{1,38}(\.[0-9]{1,38})?$`)

// ParseBase reads a rounding base exactly: a positive number in decimal form.
func ParseBase(s string) (*big.Rat, bool) {
	if !decimalForm.MatchString(s) {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(s)
	return r, ok && r.Sign() > 0
}

// RoundTo returns what rounds a column of type t to the nearest multiple of base, ties away from zero.
func RoundTo(t yumen.Type, base *big.Rat) (Change, error) { return roundBy(t, base, "nearest", nil) }

func roundBy(t yumen.Type, base *big.Rat, mode string, random *randv2.Rand) (Change, error) {
	up, known := roundingModes[mode]
	if !known {
		return nil, yumen.Errorf(yumen.KindInvalid, "unknown rounding mode", "未知的取整方式")
	}
	precision, scale, decimal := t.Decimal()
	switch {
	case mode == "midpoint6" && t != yumen.TypeInteger:
		return nil, yumen.Errorf(yumen.KindInvalid, "midpoint rounding is for counts", "中点取整仅用于计数")
	case t == yumen.TypeDouble:
		return each(roundFloat(base, up, random)), nil
	case !decimal && t != yumen.TypeInteger:
		return nil, yumen.Errorf(yumen.KindInvalid, "rounding is for numbers, not for %s", "取整用于数值，不用于 %s", t)
	}
	unscaled := new(big.Rat).Mul(base, new(big.Rat).SetInt(pow10(scale)))
	switch {
	case !unscaled.IsInt():
		return nil, yumen.Errorf(yumen.KindInvalid, "the base is finer than the column's type %s", "取整基数比列类型 %s 更细", t)
	case decimal:
		return each(func(v decimal128.Num) decimal128.Num {
			return decimal128.FromBigInt(roundBig(v.BigInt(), unscaled.Num(), pow10(precision), up, random))
		}), nil
	case !unscaled.Num().IsInt64():
		return nil, yumen.Errorf(yumen.KindInvalid, "the base does not fit 64 bits", "取整基数超出 64 位")
	}
	m := unscaled.Num().Int64()
	if mode == "midpoint6" {
		return each(func(v int64) int64 { return midpoint(v, m) }), nil
	}
	return each(func(v int64) int64 { return roundInt(v, m, up, random) }), nil
}

// between is a number between two multiples of a base: how far it is above the lower one.
type between struct {
	half     int  // sign of (distance − base/2)
	negative bool // the number
	even     bool // the lower multiple is an even one
	share    func() float64
	random   *randv2.Rand
}

// roundingModes say of a number that is no multiple whether the upper one is taken.
var roundingModes = map[string]func(between) bool{
	"":           nearest,
	"nearest":    nearest,
	"half_even":  func(b between) bool { return b.half > 0 || b.half == 0 && !b.even },
	"floor":      func(between) bool { return false },
	"ceiling":    func(between) bool { return true },
	"midpoint6":  nil, // computed by midpoint
	"stochastic": func(b between) bool { return b.random.Float64() < b.share() },
}

func nearest(b between) bool { return b.half > 0 || b.half == 0 && !b.negative }

func roundInt(v, base int64, up func(between) bool, random *randv2.Rand) int64 {
	quotient, rest := floorDiv(v, base)
	if rest == 0 {
		return v
	}
	down, fits := v-rest, v-rest < v
	upper := down + base // wraps where down does, and back
	b := between{half: cmp.Compare(rest, base-rest), negative: v < 0, even: quotient%2 == 0, random: random,
		share: func() float64 { return float64(rest) / float64(base) }}
	switch {
	case !fits:
		return upper
	case upper < v, !up(b):
		return down
	}
	return upper
}

// midpoint is the rounding of counts that OpenSAFELY uses with base 6: up to a multiple of the base, less half of it. A
// number below zero is treated as its opposite.
func midpoint(v, base int64) int64 {
	switch {
	case v == 0:
		return 0
	case v == math.MinInt64:
		v++
		fallthrough
	case v < 0:
		return -midpoint(-v, base)
	}
	return (v-1)/base*base + base - base/2
}

// roundFloat divides by the base or multiplies by its inverse, whichever is an integer, so that 0.1 gives the double
// nearest to each tenth. A number too large to have a fraction stays.
func roundFloat(base *big.Rat, up func(between) bool, random *randv2.Rand) func(float64) float64 {
	b, _ := base.Float64()
	inverse := new(big.Rat).Inv(base)
	inv, _ := inverse.Float64()
	times, over := func(q float64) float64 { return q * b }, func(v float64) float64 { return v / b }
	if inverse.IsInt() {
		times, over = func(q float64) float64 { return q / inv }, func(v float64) float64 { return v * inv }
	}
	return func(v float64) float64 {
		q := over(v)
		down := math.Floor(q)
		if rest := q - down; rest > 0 && up(between{half: cmp.Compare(rest, 0.5), negative: v < 0,
			even: math.Mod(down, 2) == 0, share: func() float64 { return rest }, random: random}) {
			down++
		}
		out := times(down)
		if math.IsInf(out, 0) || math.IsNaN(out) {
			return v
		}
		return out
	}
}

// roundBig rounds v, keeping its absolute value below limit.
func roundBig(v, base, limit *big.Int, up func(between) bool, random *randv2.Rand) *big.Int {
	q, rest := new(big.Int), new(big.Int)
	q.DivMod(v, base, rest)
	if rest.Sign() == 0 {
		return v
	}
	down := new(big.Int).Mul(q, base)
	upper := new(big.Int).Add(down, base)
	b := between{half: new(big.Int).Lsh(rest, 1).Cmp(base), negative: v.Sign() < 0, even: q.Bit(0) == 0, random: random,
		share: func() float64 { f, _ := new(big.Rat).SetFrac(rest, base).Float64(); return f }}
	switch {
	case down.CmpAbs(limit) >= 0:
		return upper
	case upper.CmpAbs(limit) >= 0, !up(b):
		return down
	}
	return upper
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
