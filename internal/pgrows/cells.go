package pgrows

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// cell returns what writes the values of a column, and nil where its type cannot be written as the oid's.
func (e *Encoder) cell(arr arrow.Array, oid uint32, bin bool) cell {
	switch a := arr.(type) {
	case *array.Null:
		return func(dst []byte, _ int) ([]byte, error) { return dst, nil }
	case *array.Boolean:
		return booleans(a, bin)
	case *array.Float32:
		return floats(func(i int) float64 { return float64(a.Value(i)) }, 32, bin)
	case *array.Float64:
		return floats(a.Value, 64, bin)
	case *array.Decimal128:
		return decimals(a, bin)
	case *array.Uint64:
		return unsigned(a, bin)
	case array.StringLike:
		return strs(a.Value, oid, bin)
	case *array.Dictionary:
		values := e.cell(a.Dictionary(), oid, bin)
		if values == nil {
			return nil
		}
		return func(dst []byte, i int) ([]byte, error) { return values(dst, a.GetValueIndex(i)) }
	case *array.FixedSizeBinary:
		if oid == oidUUID {
			return uuids(func(i int) ([]byte, error) { return a.Value(i), nil }, bin)
		}
		return bytea(a.Value, bin)
	case *array.Binary:
		return bytea(a.Value, bin)
	case *array.LargeBinary:
		return bytea(a.Value, bin)
	case *array.BinaryView:
		return bytea(a.Value, bin)
	}
	if value := integers(arr); value != nil {
		return ints(value, oid, bin)
	}
	if write := e.temporal(arr, bin); write != nil {
		return write
	}
	return e.nested(arr, oid, bin)
}

func booleans(a *array.Boolean, bin bool) cell {
	yes, no := byte('t'), byte('f')
	if bin {
		yes, no = 1, 0
	}
	return func(dst []byte, i int) ([]byte, error) {
		if a.Value(i) {
			return append(dst, yes), nil
		}
		return append(dst, no), nil
	}
}

// integers returns what reads a column of integers that an int64 can hold, and nil for any other.
func integers(arr arrow.Array) func(int) int64 {
	switch a := arr.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int64:
		return a.Value
	case *array.Uint8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint32:
		return func(i int) int64 { return int64(a.Value(i)) }
	}
	return nil
}

func ints(value func(int) int64, oid uint32, bin bool) cell {
	if !bin {
		return func(dst []byte, i int) ([]byte, error) { return strconv.AppendInt(dst, value(i), 10), nil }
	}
	switch widths[oid] {
	case 2:
		return func(dst []byte, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint16(dst, uint16(value(i))), nil
		}
	case 4:
		return func(dst []byte, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, uint32(value(i))), nil
		}
	case 8:
		return func(dst []byte, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, uint64(value(i))), nil
		}
	}
	return nil
}

// floats writes the shortest digits that read back as the same number; with an exponent where PostgreSQL has one.
func floats(value func(int) float64, bits int, bin bool) cell {
	if bin && bits == 32 {
		return func(dst []byte, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(value(i)))), nil
		}
	}
	if bin {
		return func(dst []byte, i int) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, math.Float64bits(value(i))), nil
		}
	}
	return func(dst []byte, i int) ([]byte, error) { return appendFloat(dst, value(i), bits), nil }
}

func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case v == 0:
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	most := 15
	if bits == 32 {
		most = 6
	}
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, bits)
	e := start + bytes.LastIndexByte(dst[start:], 'e')
	exponent, _ := strconv.Atoi(string(dst[e+1:]))
	if last := dst[e-1]; bits == 32 && last%2 == 1 && halfway(v, e-start-len("."), last) {
		dst[e-1]-- // PostgreSQL takes the even digit of two that are as near, Go the greater
	}
	if exponent < -4 || exponent >= most {
		return dst
	}
	return plain(dst, start, e, exponent)
}

// halfway reports whether a number lies in the middle between the digit that its shortest text ends in, at that length,
// and the one below.
func halfway(v float64, length int, last byte) bool {
	digits := strconv.AppendFloat(nil, v, 'e', length+40, 64)
	at := length // the first digit, the point, and so on: the index of the last digit of the shortest text
	return at > 1 && at+1 < len(digits) && digits[at] == last-1 && digits[at+1] == '5' &&
		len(bytes.Trim(digits[at+2:bytes.IndexByte(digits, 'e')], "0")) == 0
}

// plain changes d.ddde±xx, which begins at start and whose e is at e, to a text without an exponent.
func plain(dst []byte, start, e, exponent int) []byte {
	var space [24]byte
	digits := space[:0]
	for _, c := range dst[start:e] {
		if c != '.' {
			digits = append(digits, c)
		}
	}
	dst = dst[:start]
	if exponent < 0 {
		dst = append(dst, "0.0000"[:1-exponent]...)
		return append(dst, digits...)
	}
	for len(digits) <= exponent {
		digits = append(digits, '0')
	}
	dst = append(dst, digits[:exponent+1]...)
	if len(digits) == exponent+1 {
		return dst
	}
	return append(append(dst, '.'), digits[exponent+1:]...)
}

// strs writes text, and what is known by its text: "char", uuid, names of objects.
func strs(value func(int) string, oid uint32, bin bool) cell {
	switch {
	case bin && oid == oidUUID:
		return uuids(func(i int) ([]byte, error) {
			raw, err := hex.DecodeString(strings.ReplaceAll(value(i), "-", ""))
			if err != nil || len(raw) != 16 {
				return nil, noBinary()
			}
			return raw, nil
		}, true)
	case bin && oid == oidChar:
		return func(dst []byte, i int) ([]byte, error) {
			if v := value(i); v != "" {
				return append(dst, v...), nil
			}
			return append(dst, 0), nil // the value that is written as no text
		}
	case bin && oid == oidJSONB:
		return func(dst []byte, i int) ([]byte, error) { return append(append(dst, 1), value(i)...), nil }
	case bin && oid != oidName && widths[oid] > 0:
		return func(dst []byte, _ int) ([]byte, error) { return dst, noBinary() }
	}
	return func(dst []byte, i int) ([]byte, error) { return append(dst, value(i)...), nil }
}

func bytea(value func(int) []byte, bin bool) cell {
	if bin {
		return func(dst []byte, i int) ([]byte, error) { return append(dst, value(i)...), nil }
	}
	return func(dst []byte, i int) ([]byte, error) { return hex.AppendEncode(append(dst, `\x`...), value(i)), nil }
}

func uuids(value func(int) ([]byte, error), bin bool) cell {
	return func(dst []byte, i int) ([]byte, error) {
		raw, err := value(i)
		if err != nil || bin {
			return append(dst, raw...), err
		}
		for j, b := range raw {
			if j == 4 || j == 6 || j == 8 || j == 10 {
				dst = append(dst, '-')
			}
			dst = hex.AppendEncode(dst, []byte{b})
		}
		return dst, nil
	}
}
