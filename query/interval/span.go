package interval

import (
	"math"
	"math/big"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// Span is what is known of an expression's value without looking at data: it lies in [lo, hi], or is NULL. A nil end is
// not known. Numbers stand for themselves, booleans for 0 and 1, dates for days and timestamps for microseconds since
// 1970; of texts only null is known.
//
// Ends are exact rationals. Where the engine computes in doubles, each end is rounded as the engine rounds: rounding to
// the nearest double keeps order, so a value between the exact ends is rounded to one between the rounded ends.
type Span struct {
	Lo, Hi *big.Rat
	Null   bool
}

// Bounded reports whether both ends are known.
func (s Span) Bounded() bool { return s.Lo != nil && s.Hi != nil }

// maxBits bounds the size of an end: products of products would make it grow with the text.
const maxBits = 512

func keep(r *big.Rat) *big.Rat {
	if r == nil || r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits {
		return nil
	}
	return r
}

// Exactly is a span that both ends of are known.
func Exactly(lo, hi int64) Span { return Span{Lo: plan.Whole(lo), Hi: plan.Whole(hi)} }

// Double returns s with its ends as the nearest doubles; an end beyond all doubles is not known.
func (s Span) Double() Span {
	return Span{plan.NearestDouble(s.Lo), plan.NearestDouble(s.Hi), s.Null}
}

// outward widens ends that came from a function which is not exactly rounded.
func outward(lo, hi float64, null bool) Span {
	s := Span{Null: null}
	if lo = math.Nextafter(math.Nextafter(lo, math.Inf(-1)), math.Inf(-1)); !math.IsInf(lo, 0) && !math.IsNaN(lo) {
		s.Lo = new(big.Rat).SetFloat64(lo)
	}
	if hi = math.Nextafter(math.Nextafter(hi, math.Inf(1)), math.Inf(1)); !math.IsInf(hi, 0) && !math.IsNaN(hi) {
		s.Hi = new(big.Rat).SetFloat64(hi)
	}
	return s
}

func (s Span) join(o Span) Span {
	return Span{least(s.Lo, o.Lo), greatest(s.Hi, o.Hi), s.Null || o.Null}
}

// within narrows s to what o says as well.
func (s Span) within(o Span) Span {
	out := Span{greatestKnown(s.Lo, o.Lo), leastKnown(s.Hi, o.Hi), s.Null && o.Null}
	if out.Bounded() && out.Lo.Cmp(out.Hi) > 0 {
		return Span{out.Lo, out.Lo, out.Null} // nothing is left; any point will do
	}
	return out
}

// apart reports whether s and o have no value in common.
func (s Span) apart(o Span) bool {
	return s.Hi != nil && o.Lo != nil && s.Hi.Cmp(o.Lo) < 0 || s.Lo != nil && o.Hi != nil && o.Hi.Cmp(s.Lo) < 0
}

// least is the smaller end of a union: unknown where either is.
func least(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

func greatest(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}

func leastKnown(a, b *big.Rat) *big.Rat {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return least(a, b)
}

func greatestKnown(a, b *big.Rat) *big.Rat {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return greatest(a, b)
}

func (s Span) negated() Span { return Span{negate(s.Hi), negate(s.Lo), s.Null} }

func negate(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	return new(big.Rat).Neg(r)
}

func (s Span) plus(o Span) Span {
	return Span{add(s.Lo, o.Lo), add(s.Hi, o.Hi), s.Null || o.Null}
}

func add(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	return keep(new(big.Rat).Add(a, b))
}

func (s Span) times(o Span) Span {
	out := Span{Null: s.Null || o.Null}
	if !s.Bounded() || !o.Bounded() {
		if s.Positive() && o.Positive() {
			out.Lo = keep(new(big.Rat).Mul(s.Lo, o.Lo))
		}
		return out
	}
	for _, a := range []*big.Rat{s.Lo, s.Hi} {
		for _, b := range []*big.Rat{o.Lo, o.Hi} {
			p := keep(new(big.Rat).Mul(a, b))
			if p == nil {
				return Span{Null: out.Null}
			}
			if out.Lo == nil || p.Cmp(out.Lo) < 0 {
				out.Lo = p
			}
			if out.Hi == nil || p.Cmp(out.Hi) > 0 {
				out.Hi = p
			}
		}
	}
	return out
}

// Positive reports whether no value is less than 0.
func (s Span) Positive() bool { return s.Lo != nil && s.Lo.Sign() >= 0 }

// over is s / o, NULL where the divisor is 0. Step is the least distance of a divisor from 0, nil where there is none.
func (s Span) over(o Span, step *big.Rat) Span {
	parts := []Span{}
	if o.Lo != nil && o.Lo.Sign() > 0 || o.Hi != nil && o.Hi.Sign() < 0 {
		parts = append(parts, o)
	} else if step != nil {
		if o.Hi == nil || o.Hi.Cmp(step) >= 0 {
			parts = append(parts, Span{Lo: step, Hi: o.Hi})
		}
		if down := negate(step); o.Lo == nil || o.Lo.Cmp(down) <= 0 {
			parts = append(parts, Span{Lo: o.Lo, Hi: down})
		}
	} else {
		return Span{Null: true}
	}
	null := s.Null || o.Null || len(parts) == 0 || parts[0] != o
	if len(parts) == 0 {
		return Span{new(big.Rat), new(big.Rat), true}
	}
	out := s.times(parts[0].inverse())
	for _, p := range parts[1:] {
		out = out.join(s.times(p.inverse()))
	}
	out.Null = null
	return out
}

// inverse is 1 / s for s on one side of 0. An unknown end is infinity, whose inverse is 0.
func (s Span) inverse() Span {
	inv := func(r *big.Rat) *big.Rat {
		if r == nil {
			return new(big.Rat)
		}
		return new(big.Rat).Inv(r)
	}
	return Span{Lo: inv(s.Hi), Hi: inv(s.Lo)}
}

// Abs is the span of absolute values.
func (s Span) Abs() Span {
	switch {
	case s.Positive():
		return s
	case s.Hi != nil && s.Hi.Sign() <= 0:
		return s.negated()
	}
	out := Span{Lo: new(big.Rat), Null: s.Null}
	if s.Bounded() {
		out.Hi = greatest(negate(s.Lo), s.Hi)
	}
	return out
}

// FloorOf is the greatest whole number that is not more than r.
func FloorOf(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

// CeilOf is the least whole number that is not less than r.
func CeilOf(r *big.Rat) *big.Rat { return negate(FloorOf(negate(r))) }

// coarse rounds the ends outward to multiples of 10^-digits.
func (s Span) coarse(digits int) Span {
	unit := Pow10(digits)
	out := func(r *big.Rat, f func(*big.Rat) *big.Rat) *big.Rat {
		if r == nil {
			return nil
		}
		return new(big.Rat).Quo(f(new(big.Rat).Mul(r, unit)), unit)
	}
	return Span{out(s.Lo, FloorOf), out(s.Hi, CeilOf), s.Null}
}

// Pow10 is 10 to the power of n.
func Pow10(n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
	if n < 0 {
		p.Inv(p)
	}
	return p
}

// typeSpan is the range of a type: what lies beyond cannot be, or is NULL.
func typeSpan(t plan.Type) Span {
	switch t.Kind {
	case plan.KindBool:
		return Exactly(0, 1)
	case plan.KindInt:
		return Exactly(math.MinInt64, math.MaxInt64)
	case plan.KindDecimal:
		most := new(big.Rat).Sub(Pow10(t.Width-t.Scale), Pow10(-t.Scale))
		return Span{Lo: negate(most), Hi: most}
	}
	return Span{}
}

// inType holds a computed span to its type's range; what would leave it is NULL.
func (s Span) inType(t plan.Type) Span {
	if t.Kind != plan.KindInt && t.Kind != plan.KindDecimal {
		return s
	}
	r := typeSpan(t)
	if s.Lo == nil || s.Hi == nil || s.Lo.Cmp(r.Lo) < 0 || s.Hi.Cmp(r.Hi) > 0 {
		s.Null = true
	}
	if s.Lo != nil && s.Lo.Cmp(r.Lo) < 0 {
		s.Lo = r.Lo
	}
	if s.Hi != nil && s.Hi.Cmp(r.Hi) > 0 {
		s.Hi = r.Hi
	}
	return s
}

// Declared is what the catalog says of a column; import holds every cell to it.
func Declared(c *yumen.Column, t plan.Type) Span {
	s := Span{Null: c.Nullable}
	if t == plan.Bool {
		return Span{new(big.Rat), plan.Whole(1), c.Nullable}
	}
	if !t.Numeric() {
		return s
	}
	if b := c.Bounds; b != nil {
		s.Lo, s.Hi = bound(b.Min, t, CeilOf), bound(b.Max, t, FloorOf)
	}
	for i, v := range c.Domain {
		r, ok := new(big.Rat).SetString(strings.TrimSpace(v))
		switch {
		case !ok || keep(r) == nil:
			return s
		case i == 0:
			s.Lo, s.Hi = r, r
		default:
			s.Lo, s.Hi = least(s.Lo, r), greatest(s.Hi, r)
		}
	}
	return s
}

// bound reads a declared bound as import does: as the decimal it is written as, rounded inward to a value of the type.
func bound(f float64, t plan.Type, inward func(*big.Rat) *big.Rat) *big.Rat {
	if t == plan.Double {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		return new(big.Rat).SetFloat64(f)
	}
	r, ok := new(big.Rat).SetString(plan.FormatDouble(f))
	if !ok {
		return nil
	}
	unit := Pow10(t.Scale)
	return new(big.Rat).Quo(inward(new(big.Rat).Mul(r, unit)), unit)
}
