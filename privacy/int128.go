package privacy

import (
	"math"
	"math/bits"
)

// Int128 is a signed integer of 128 bits in two's complement. Its zero value is 0.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Int returns x as 128 bits.
func Int(x int64) Int128 { return Int128{x >> 63, uint64(x)} }

// Add returns a + b modulo 2^128.
func (a Int128) Add(b Int128) Int128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), carry)
	return Int128{int64(hi), lo}
}

// addInt adds x modulo 2^128.
func (a *Int128) addInt(x int64) {
	lo, carry := bits.Add64(a.Lo, uint64(x), 0)
	a.Lo = lo
	a.Hi += x>>63 + int64(carry)
}

// Neg returns −a modulo 2^128.
func (a Int128) Neg() Int128 {
	lo, borrow := bits.Sub64(0, a.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.Hi), borrow)
	return Int128{int64(hi), lo}
}

// Less reports whether a < b.
func (a Int128) Less(b Int128) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

// Float64 returns the double next to a, give or take one step.
func (a Int128) Float64() float64 {
	if a.Hi < 0 {
		return -a.Neg().magnitude()
	}
	return a.magnitude()
}

// magnitude reads a as an unsigned integer.
func (a Int128) magnitude() float64 { return math.Ldexp(float64(uint64(a.Hi)), 64) + float64(a.Lo) }

// floor returns a rounded down to a multiple of 2^shift, divided by it. shift is below 128.
func (a Int128) floor(shift uint) Int128 {
	if shift >= 64 {
		return Int128{a.Hi >> 63, uint64(a.Hi >> (shift - 64))}
	}
	return Int128{a.Hi >> shift, a.Lo>>shift | uint64(a.Hi)<<(64-shift)}
}

// times returns a · 2^shift modulo 2^128. shift is below 128.
func (a Int128) times(shift uint) Int128 {
	if shift >= 64 {
		return Int128{int64(a.Lo << (shift - 64)), 0}
	}
	return Int128{a.Hi<<shift | int64(a.Lo>>(64-shift)), a.Lo << shift}
}

// clamp returns the number in [lo, hi] next to a.
func (a Int128) clamp(lo, hi Int128) Int128 {
	switch {
	case a.Less(lo):
		return lo
	case hi.Less(a):
		return hi
	}
	return a
}
