// Package linear is linear algebra modulo a prime: what follows from figures by addition and subtraction, and how many
// units any combination of them rests on.
package linear

import "slices"

// Prime is the modulus, 2³¹−1. No minor of a matrix of zeros and ones with MaxColumns columns reaches it (Hadamard: n
// columns, at most (n+1)^((n+1)/2) / 2^n), so that what is 0 modulo it is 0.
const (
	Prime      = 1<<31 - 1
	MaxColumns = 22
)

// Span is a basis, in echelon form, of what vectors span: each begins with a 1 in a column where those after it have a
// 0.
type Span [][]int64

// Add puts a vector in, whose entries lie between 0 and Prime, and reports whether it was no linear combination of
// those that are there.
func (s *Span) Add(v []int64) bool {
	v = s.Reduced(v)
	lead := Leading(v)
	if lead < 0 {
		return false
	}
	inverse := Invert(v[lead])
	for i := range v {
		v[i] = v[i] * inverse % Prime
	}
	*s = append(*s, v)
	return true
}

// Reduced is what remains of a vector less a linear combination of those that are there.
func (s Span) Reduced(v []int64) []int64 {
	v = slices.Clone(v)
	for _, b := range s {
		if factor := v[Leading(b)]; factor != 0 {
			for i := range v {
				v[i] = (v[i] + (Prime-factor)*b[i]) % Prime
			}
		}
	}
	return v
}

// Leading is the place of the first entry that is not 0, −1 if all are.
func Leading(v []int64) int { return slices.IndexFunc(v, func(x int64) bool { return x != 0 }) }

// Invert is x^(p−2), which is 1/x modulo the prime p.
func Invert(x int64) int64 {
	out := int64(1)
	for e := Prime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = out * x % Prime
		}
		x = x * x % Prime
	}
	return out
}
