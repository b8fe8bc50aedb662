package arrowio

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// AppendCell appends the text of one cell to dst: the spelling that an Appender of the column's type reads back as the
// same value. A null cell appends nothing. Exceptions, which no Appender takes: NaN and infinities of a double, and
// days outside the years 0001 to 9999, which have a sign and six digits of year. The array must be of a type that
// TypeOf knows.
func AppendCell(dst []byte, arr arrow.Array, row int) []byte {
	if arr.IsNull(row) {
		return dst
	}
	switch a := arr.(type) {
	case *array.Boolean:
		return strconv.AppendBool(dst, a.Value(row))
	case *array.Int64:
		return strconv.AppendInt(dst, a.Value(row), 10)
	case *array.Float64:
		return appendDouble(dst, a.Value(row))
	case *array.Decimal128:
		return appendDecimal(dst, a.Value(row), a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Date32:
		return appendDate(dst, time.Unix(int64(a.Value(row))*86400, 0).UTC())
	case *array.Timestamp:
		return appendTimestamp(dst, time.UnixMicro(int64(a.Value(row))).UTC())
	case *array.String:
		return append(dst, a.Value(row)...)
	}
	panic("arrowio: cell of unmapped type " + arr.DataType().Name())
}

// appendDouble writes the shortest decimal that reads back as v, without exponent where that stays short; the limits
// are those of ECMAScript, so that CSV and JSON show the same text.
func appendDouble(dst []byte, v float64) []byte {
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, 64)
}

// appendDecimal writes all digits of the scale: 1.50 stays 1.50.
func appendDecimal(dst []byte, v decimal128.Num, scale int32) []byte {
	text := v.BigInt().String()
	if v.Sign() < 0 {
		dst, text = append(dst, '-'), text[1:]
	}
	for len(text) <= int(scale) {
		text = "0" + text
	}
	point := len(text) - int(scale)
	dst = append(dst, text[:point]...)
	if scale > 0 {
		dst = append(append(dst, '.'), text[point:]...)
	}
	return dst
}

// appendDate writes a year outside 0001 to 9999 with a sign and six digits.
func appendDate(dst []byte, t time.Time) []byte {
	if t.Year() >= 1 && t.Year() <= 9999 {
		return t.AppendFormat(dst, time.DateOnly)
	}
	return fmt.Appendf(dst, "%+07d-%02d-%02d", t.Year(), t.Month(), t.Day())
}

func appendTimestamp(dst []byte, t time.Time) []byte {
	dst = t.AppendFormat(append(appendDate(dst, t), ' '), time.TimeOnly)
	if t.Nanosecond() != 0 {
		dst = t.AppendFormat(dst, ".000000")
	}
	return dst
}
