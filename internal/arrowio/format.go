package arrowio

import (
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// AppendCell appends the text of one cell to dst: the spelling that an Appender of the column's type reads back as the
// same value. A null cell appends nothing. Exceptions, which no Appender takes: NaN and infinities of a double, and days
// outside the years 0001 to 9999, which have a sign and six digits of year. The array must be of a type that TypeOf knows.
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
		return appendDate(dst, int64(a.Value(row)))
	case *array.Timestamp:
		return appendTimestamp(dst, int64(a.Value(row)))
	case *array.String:
		return append(dst, a.Value(row)...)
	}
	panic("arrowio: cell of unmapped type " + arr.DataType().Name())
}

// appendDouble writes the shortest decimal that reads back as v, without exponent where that stays short; the limits are
// those of ECMAScript, so that CSV and JSON show the same text.
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

const microsPerDay = 86400 * 1e6

func appendDate(dst []byte, days int64) []byte {
	t := time.Unix(days*86400, 0).UTC()
	year := t.Year()
	if year < 1 || year > 9999 {
		if year < 0 {
			dst, year = append(dst, '-'), -year
		} else {
			dst = append(dst, '+')
		}
		dst = appendPadded(dst, year, 6)
	} else {
		dst = appendPadded(dst, year, 4)
	}
	dst = appendPadded(append(dst, '-'), int(t.Month()), 2)
	return appendPadded(append(dst, '-'), t.Day(), 2)
}

func appendTimestamp(dst []byte, micros int64) []byte {
	days, rest := micros/microsPerDay, micros%microsPerDay
	if rest < 0 {
		days, rest = days-1, rest+microsPerDay
	}
	seconds, fraction := int(rest/1e6), int(rest%1e6)
	dst = append(appendDate(dst, days), ' ')
	dst = appendPadded(dst, seconds/3600, 2)
	dst = appendPadded(append(dst, ':'), seconds/60%60, 2)
	dst = appendPadded(append(dst, ':'), seconds%60, 2)
	if fraction != 0 {
		dst = appendPadded(append(dst, '.'), fraction, 6)
	}
	return dst
}

func appendPadded(dst []byte, n, width int) []byte {
	text := strconv.Itoa(n)
	for range width - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}
