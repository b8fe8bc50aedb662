package pgrows

import (
	"encoding/binary"
	"math/big"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func decimals(a *array.Decimal128, bin bool) cell {
	scale := int(a.DataType().(*arrow.Decimal128Type).Scale)
	var digits []byte
	return func(dst []byte, i int) ([]byte, error) {
		negative := false
		digits, negative = appendDigits(digits[:0], a.Value(i))
		return appendNumeric(dst, digits, negative, scale, bin), nil
	}
}

func unsigned(a *array.Uint64, bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		if !bin {
			return strconv.AppendUint(dst, a.Value(i), 10), nil
		}
		return binaryNumeric(dst, strconv.AppendUint(nil, a.Value(i), 10), false, 0), nil
	}
}

// appendDigits appends the digits of a number without its sign.
func appendDigits(dst []byte, v decimal128.Num) ([]byte, bool) {
	if high := v.HighBits(); high == int64(v.LowBits())>>63 {
		low := int64(v.LowBits())
		if low < 0 {
			return strconv.AppendUint(dst, uint64(-low), 10), true
		}
		return strconv.AppendUint(dst, uint64(low), 10), false
	}
	b := v.BigInt()
	return new(big.Int).Abs(b).Append(dst, 10), b.Sign() < 0
}

// appendNumeric appends a number given by its digits, of which the last scale are a fraction.
func appendNumeric(dst, digits []byte, negative bool, scale int, bin bool) []byte {
	if bin {
		return binaryNumeric(dst, digits, negative, scale)
	}
	if negative {
		dst = append(dst, '-')
	}
	if scale <= 0 {
		return append(dst, digits...)
	}
	whole := max(len(digits)-scale, 0)
	if whole == 0 {
		dst = append(dst, '0')
	}
	dst = append(append(dst, digits[:whole]...), '.')
	for range scale - (len(digits) - whole) {
		dst = append(dst, '0')
	}
	return append(dst, digits[whole:]...)
}

// binaryNumeric appends a number as numeric_send does: count of groups of four digits, weight of the first, sign,
// digits behind the point, the groups. Groups of zeros at either end are left out.
func binaryNumeric(dst, digits []byte, negative bool, scale int) []byte {
	groups := make([]uint16, 0, 16)
	first := -scale // power of ten of the last digit
	// The number of digits behind the point is filled up to whole groups.
	fill := ((first % 4) + 4) % 4
	all := append(make([]byte, 0, len(digits)+8), digits...)
	for range fill {
		all = append(all, '0')
	}
	last := (first - fill) / 4 // weight of the last group
	for end := len(all); end > 0; end -= 4 {
		v := uint16(0)
		for _, d := range all[max(end-4, 0):end] {
			v = v*10 + uint16(d-'0')
		}
		groups = append(groups, v)
	}
	weight := last + len(groups) - 1
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
		weight--
	}
	low := 0
	for low < len(groups) && groups[low] == 0 {
		low++
	}
	sign := uint16(0)
	if negative {
		sign = 0x4000
	}
	if len(groups) == 0 {
		weight, sign = 0, 0
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(groups)-low))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(max(scale, 0)))
	for i := len(groups) - 1; i >= low; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}
