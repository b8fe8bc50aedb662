package query

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// span is what is known of an expression's value without looking at data: it lies in [lo, hi], or is NULL. A nil end is not
// known. Numbers stand for themselves, booleans for 0 and 1, dates for days and timestamps for microseconds since 1970; of
// texts only null is known.
//
// Ends are exact rationals. Where the engine computes in doubles, each end is rounded as the engine rounds: rounding to the
// nearest double keeps order, so a value between the exact ends is rounded to one between the rounded ends.
type span struct {
	lo, hi *big.Rat
	null   bool
}

func (s span) bounded() bool { return s.lo != nil && s.hi != nil }

// maxBits bounds the size of an end: products of products would make it grow with the text.
const maxBits = 512

func keep(r *big.Rat) *big.Rat {
	if r == nil || r.Num().BitLen() > maxBits || r.Denom().BitLen() > maxBits {
		return nil
	}
	return r
}

func whole64(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func exactly(lo, hi int64) span { return span{lo: whole64(lo), hi: whole64(hi)} }

// rounded returns s with its ends as the nearest doubles; an end beyond all doubles is not known.
func (s span) double() span {
	return span{nearestDouble(s.lo), nearestDouble(s.hi), s.null}
}

func nearestDouble(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		return nil
	}
	return new(big.Rat).SetFloat64(f)
}

// outward widens ends that came from a function which is not exactly rounded.
func outward(lo, hi float64, null bool) span {
	s := span{null: null}
	if lo = math.Nextafter(math.Nextafter(lo, math.Inf(-1)), math.Inf(-1)); !math.IsInf(lo, 0) && !math.IsNaN(lo) {
		s.lo = new(big.Rat).SetFloat64(lo)
	}
	if hi = math.Nextafter(math.Nextafter(hi, math.Inf(1)), math.Inf(1)); !math.IsInf(hi, 0) && !math.IsNaN(hi) {
		s.hi = new(big.Rat).SetFloat64(hi)
	}
	return s
}

func (s span) join(o span) span {
	return span{least(s.lo, o.lo), greatest(s.hi, o.hi), s.null || o.null}
}

// within narrows s to what o says as well.
func (s span) within(o span) span {
	out := span{greatestKnown(s.lo, o.lo), leastKnown(s.hi, o.hi), s.null && o.null}
	if out.bounded() && out.lo.Cmp(out.hi) > 0 {
		return span{out.lo, out.lo, out.null} // nothing is left; any point will do
	}
	return out
}

// apart reports whether s and o have no value in common.
func (s span) apart(o span) bool {
	return s.hi != nil && o.lo != nil && s.hi.Cmp(o.lo) < 0 || s.lo != nil && o.hi != nil && o.hi.Cmp(s.lo) < 0
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

func (s span) negated() span { return span{negate(s.hi), negate(s.lo), s.null} }

func negate(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	return new(big.Rat).Neg(r)
}

func (s span) plus(o span) span {
	return span{add(s.lo, o.lo), add(s.hi, o.hi), s.null || o.null}
}

func add(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	return keep(new(big.Rat).Add(a, b))
}

func (s span) times(o span) span {
	out := span{null: s.null || o.null}
	if !s.bounded() || !o.bounded() {
		if s.positive() && o.positive() {
			out.lo = keep(new(big.Rat).Mul(s.lo, o.lo))
		}
		return out
	}
	for _, a := range []*big.Rat{s.lo, s.hi} {
		for _, b := range []*big.Rat{o.lo, o.hi} {
			p := keep(new(big.Rat).Mul(a, b))
			if p == nil {
				return span{null: out.null}
			}
			if out.lo == nil || p.Cmp(out.lo) < 0 {
				out.lo = p
			}
			if out.hi == nil || p.Cmp(out.hi) > 0 {
				out.hi = p
			}
		}
	}
	return out
}

func (s span) positive() bool { return s.lo != nil && s.lo.Sign() >= 0 }

// over is s / o, NULL where the divisor is 0. Step is the least distance of a divisor from 0, nil where there is none.
func (s span) over(o span, step *big.Rat) span {
	parts := []span{}
	if o.lo != nil && o.lo.Sign() > 0 || o.hi != nil && o.hi.Sign() < 0 {
		parts = append(parts, o)
	} else if step != nil {
		if o.hi == nil || o.hi.Cmp(step) >= 0 {
			parts = append(parts, span{lo: step, hi: o.hi})
		}
		if down := negate(step); o.lo == nil || o.lo.Cmp(down) <= 0 {
			parts = append(parts, span{lo: o.lo, hi: down})
		}
	} else {
		return span{null: true}
	}
	null := s.null || o.null || len(parts) == 0 || parts[0] != o
	if len(parts) == 0 {
		return span{new(big.Rat), new(big.Rat), true}
	}
	out := s.times(parts[0].inverse())
	for _, p := range parts[1:] {
		out = out.join(s.times(p.inverse()))
	}
	out.null = null
	return out
}

// inverse is 1 / s for s on one side of 0. An unknown end is infinity, whose inverse is 0.
func (s span) inverse() span {
	inv := func(r *big.Rat) *big.Rat {
		if r == nil {
			return new(big.Rat)
		}
		return new(big.Rat).Inv(r)
	}
	return span{lo: inv(s.hi), hi: inv(s.lo)}
}

func (s span) abs() span {
	switch {
	case s.positive():
		return s
	case s.hi != nil && s.hi.Sign() <= 0:
		return s.negated()
	}
	out := span{lo: new(big.Rat), null: s.null}
	if s.bounded() {
		out.hi = greatest(negate(s.lo), s.hi)
	}
	return out
}

func floorOf(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func ceilOf(r *big.Rat) *big.Rat { return negate(floorOf(negate(r))) }

// coarse rounds the ends outward to multiples of 10^-digits.
func (s span) coarse(digits int) span {
	unit := pow10(digits)
	out := func(r *big.Rat, f func(*big.Rat) *big.Rat) *big.Rat {
		if r == nil {
			return nil
		}
		return new(big.Rat).Quo(f(new(big.Rat).Mul(r, unit)), unit)
	}
	return span{out(s.lo, floorOf), out(s.hi, ceilOf), s.null}
}

func pow10(n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
	if n < 0 {
		p.Inv(p)
	}
	return p
}

// typeSpan is the range of a type: what lies beyond cannot be, or is NULL.
func typeSpan(t sqlType) span {
	switch t.kind {
	case kBool:
		return exactly(0, 1)
	case kInt:
		return exactly(math.MinInt64, math.MaxInt64)
	case kDecimal:
		most := new(big.Rat).Sub(pow10(t.width-t.scale), pow10(-t.scale))
		return span{lo: negate(most), hi: most}
	}
	return span{}
}

// inType holds a computed span to its type's range; what would leave it is NULL.
func (s span) inType(t sqlType) span {
	if t.kind != kInt && t.kind != kDecimal {
		return s
	}
	r := typeSpan(t)
	if s.lo == nil || s.hi == nil || s.lo.Cmp(r.lo) < 0 || s.hi.Cmp(r.hi) > 0 {
		s.null = true
	}
	if s.lo != nil && s.lo.Cmp(r.lo) < 0 {
		s.lo = r.lo
	}
	if s.hi != nil && s.hi.Cmp(r.hi) > 0 {
		s.hi = r.hi
	}
	return s
}

// value returns the number a constant stands for.
func (l literal) value() (*big.Rat, bool) {
	switch l.typ.kind {
	case kInt, kDecimal, kDouble:
		if len(l.text) > 400 {
			return nil, false
		}
		r, ok := new(big.Rat).SetString(l.text)
		if ok && l.typ.kind == kDouble {
			r = nearestDouble(r)
		}
		return r, ok && r != nil
	case kBool:
		if l.text == "true" {
			return whole64(1), true
		}
		return new(big.Rat), true
	case kDate:
		d, err := time.Parse(time.DateOnly, l.text)
		return whole64(d.Unix() / 86400), err == nil
	case kTimestamp:
		ts, err := time.Parse("2006-01-02 15:04:05.999999", l.text)
		return whole64(ts.UnixMicro()), err == nil
	}
	return nil, false
}

// stored is what the catalog says of a column; import holds every cell to it.
func stored(c *yumen.Column, t sqlType) span {
	s := span{null: c.Nullable}
	if t == tBool {
		return span{new(big.Rat), whole64(1), c.Nullable}
	}
	if !t.numeric() {
		return s
	}
	if b := c.Bounds; b != nil {
		s.lo, s.hi = bound(b.Min, t, ceilOf), bound(b.Max, t, floorOf)
	}
	for i, v := range c.Domain {
		r, ok := new(big.Rat).SetString(strings.TrimSpace(v))
		switch {
		case !ok || keep(r) == nil:
			return s
		case i == 0:
			s.lo, s.hi = r, r
		default:
			s.lo, s.hi = least(s.lo, r), greatest(s.hi, r)
		}
	}
	return s
}

// bound reads a declared bound as import does: as the decimal it is written as, rounded inward to a value of the type.
func bound(f float64, t sqlType, inward func(*big.Rat) *big.Rat) *big.Rat {
	if t == tDouble {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		return new(big.Rat).SetFloat64(f)
	}
	r, ok := new(big.Rat).SetString(formatDouble(f))
	if !ok {
		return nil
	}
	unit := pow10(t.scale)
	return new(big.Rat).Quo(inward(new(big.Rat).Mul(r, unit)), unit)
}
