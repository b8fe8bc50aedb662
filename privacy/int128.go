package privacy

import "math/bits"

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
