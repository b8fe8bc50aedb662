package wasm

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/privacy"
)

// Doubles are summed as whole multiples of 2^-40, in 128 bits. With bounds of at most 2^53 that takes 2^34 units, more
// than there are people, and the sum does not depend on their order.
const (
	fractionBits = 40
	maxBound     = 1 << 53
)

// fixedOf rounds a double to the nearest multiple of 2^-40, ties to even. |v| must be at most 2^53.
func fixedOf(v float64) privacy.Int128 {
	scaled := math.RoundToEven(math.Abs(v) * (1 << fractionBits)) // exact but for the rounding: a power of two
	hi := math.Floor(scaled / (1 << 64))
	f := privacy.Int128{Hi: int64(hi), Lo: uint64(scaled - hi*(1<<64))}
	if v < 0 {
		return f.Neg()
	}
	return f
}

func bigOf(a privacy.Int128) *big.Int {
	n := big.NewInt(a.Hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(a.Lo))
}

// double returns a × 2^-shift as the nearest double, divided by n.
func double(a privacy.Int128, shift uint, n int64) float64 {
	v, _ := new(big.Rat).SetFrac(bigOf(a), new(big.Int).Lsh(big.NewInt(n), shift)).Float64()
	return v
}

// vector is what a module declared to return: a group and one number for each coordinate.
type vector struct {
	coordinates []yumen.Coordinate
	groups      int
	counters    []privacy.Counter // class dp: how doubles are counted. nil for all other classes: as multiples of 2^-40
}

// size is the length of a result: u32 group, u32 zero, 8 bytes for each coordinate.
func (v *vector) size() int { return 8 + 8*len(v.coordinates) }

// read decodes a result into values, clamped to their bounds. It reports false for anything but what was declared:
// another group, bits where there should be zeros, or NaN.
func (v *vector) read(b []byte, values []privacy.Int128) (group int, ok bool) {
	g := binary.LittleEndian.Uint32(b)
	if uint64(g) >= uint64(v.groups) || binary.LittleEndian.Uint32(b[4:]) != 0 {
		return 0, false
	}
	for i := range v.coordinates {
		if values[i], ok = v.number(i, binary.LittleEndian.Uint64(b[8+8*i:])); !ok {
			return 0, false
		}
	}
	return int(g), true
}

// defaults are the values of a unit whose result is none; it falls into group 0.
func (v *vector) defaults(values []privacy.Int128) {
	for i, c := range v.coordinates {
		values[i] = privacy.Int(int64(c.Default))
		if c.Type == yumen.TypeDouble {
			values[i] = v.count(i, c.Default)
		}
	}
}

func (v *vector) number(i int, cell uint64) (privacy.Int128, bool) {
	c := &v.coordinates[i]
	if c.Type == yumen.TypeInteger {
		return privacy.Int(min(max(int64(cell), int64(c.Min)), int64(c.Max))), true
	}
	f := math.Float64frombits(cell)
	if math.IsNaN(f) {
		return privacy.Int128{}, false
	}
	return v.count(i, min(max(f, c.Min), c.Max)), true
}

// count turns a double into the number that is summed.
func (v *vector) count(i int, f float64) privacy.Int128 {
	if v.counters != nil {
		return privacy.Int(v.counters[i].Count(f))
	}
	return fixedOf(f)
}

// shift is how many bits of a coordinate's fixed numbers stand behind the point.
func shift(c yumen.Coordinate) uint {
	if c.Type == yumen.TypeDouble {
		return fractionBits
	}
	return 0
}

// sums are the totals of one group.
type sums struct {
	units int64
	rows  int64
	total []privacy.Int128
}

func (s *sums) add(values []privacy.Int128, rows int64) {
	s.units++
	s.rows += rows
	for i, v := range values {
		s.total[i] = s.total[i].Add(v)
	}
}

// median returns the middle value, or the mean of the two middle ones. It sorts values.
func median(values []privacy.Int128, shift uint) float64 {
	slices.SortFunc(values, func(a, b privacy.Int128) int {
		return cmp.Or(cmp.Compare(a.Hi, b.Hi), cmp.Compare(a.Lo, b.Lo))
	})
	n := len(values)
	return double(values[(n-1)/2].Add(values[n/2]), shift, 2)
}
