// Package cellparse says which spellings of a cell are accepted: one family for each column type, and nothing else.
//
//	boolean    true false t f in any case, 1 0
//	integer    -?digits within 64 bits
//	double     decimal or exponent form; not NaN or Inf
//	decimal    -?digits[.digits] that fit precision and scale without rounding
//	date       YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD, years 0001 to 9999
//	timestamp  YYYY-MM-DD hh:mm:ss[.ffffff], or with T; no zone
//	text       UTF-8 without NUL
//
// Nothing is trimmed: a space around a number is a defect of the file that its provider should hear of. Which text
// stands for null is for the reader of a file to say, and how a cell is written is in package arrowio.
package cellparse

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Integer takes an optional minus sign and decimal digits, leading zeros allowed, within 64 bits.
func Integer(s string) (int64, bool) {
	if s == "" || s[0] == '+' {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// Double takes a plain or exponent decimal number. "NaN" and "Inf" are not values: a missing measure is null. A
// number too large for a double is refused rather than made infinite.
func Double(s string) (float64, bool) {
	mantissa, exponent, hasExponent := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = s[:i], s[i+1:], true
	}
	if _, _, _, ok := splitNumber(mantissa); !ok {
		return 0, false
	}
	if hasExponent {
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" || !digits(exponent) {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// splitNumber takes "-12.50", "12" or ".5" apart. There is at least one digit, and one after a point.
func splitNumber(s string) (negative bool, whole, fraction string, ok bool) {
	s, negative = strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	if point && fraction == "" || whole == "" && fraction == "" {
		return false, "", "", false
	}
	return negative, whole, fraction, digits(whole) && digits(fraction)
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Decimal takes a plain decimal number. Digits after the point beyond the scale must be zeros: nothing is rounded.
func Decimal(s string, precision, scale int32) (decimal128.Num, bool) {
	negative, whole, fraction, ok := splitNumber(s)
	if !ok {
		return decimal128.Num{}, false
	}
	if len(fraction) > int(scale) {
		if strings.Trim(fraction[scale:], "0") != "" {
			return decimal128.Num{}, false
		}
		fraction = fraction[:scale]
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > int(precision-scale) {
		return decimal128.Num{}, false
	}
	return unscaled(negative, whole+fraction+strings.Repeat("0", int(scale)-len(fraction))), true
}

// unscaled returns the number that at most 38 digits spell.
func unscaled(negative bool, all string) decimal128.Num {
	var n decimal128.Num
	if len(all) <= 18 {
		v, _ := strconv.ParseInt("0"+all, 10, 64)
		n = decimal128.FromI64(v)
	} else {
		b, _ := new(big.Int).SetString(all, 10)
		n = decimal128.FromBigInt(b)
	}
	if negative {
		return n.Negate()
	}
	return n
}

// Date takes YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD, years 0001 to 9999, and only days that exist.
func Date(s string) (arrow.Date32, bool) {
	var y, m, d int
	var ok1, ok2, ok3 bool
	switch {
	case len(s) == 10 && (s[4] == '-' || s[4] == '/') && s[7] == s[4]:
		y, ok1 = number(s[0:4])
		m, ok2 = number(s[5:7])
		d, ok3 = number(s[8:10])
	case len(s) == 8:
		y, ok1 = number(s[0:4])
		m, ok2 = number(s[4:6])
		d, ok3 = number(s[6:8])
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) // another day where there is no such one
	if !ok1 || !ok2 || !ok3 || y < 1 || t.Month() != time.Month(m) || t.Day() != d {
		return 0, false
	}
	return arrow.Date32(t.Unix() / 86400), true
}

// number reads a few digits and nothing else.
func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0
}

// Timestamp takes "YYYY-MM-DD hh:mm:ss" or with a T between, and up to six digits of a second after a point. Zones are
// refused: a column has one clock. Second 60 is refused too.
func Timestamp(s string) (arrow.Timestamp, bool) {
	if len(s) < 19 || s[4] != '-' || (s[10] != ' ' && s[10] != 'T') || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	day, ok1 := Date(s[:10])
	h, ok2 := number(s[11:13])
	m, ok3 := number(s[14:16])
	sec, ok4 := number(s[17:19])
	micros, ok5 := fraction(s[19:])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	seconds := int64(day)*86400 + int64(h*3600+m*60+sec)
	return arrow.Timestamp(seconds*1e6 + int64(micros)), true
}

// fraction reads "" or a point and one to six digits as microseconds.
func fraction(s string) (int, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != '.' || len(s) > 7 {
		return 0, false
	}
	n, ok := number(s[1:])
	for range 7 - len(s) {
		n *= 10
	}
	return n, ok
}

// Boolean takes true, false, t, f in any case, 1 and 0.
func Boolean(s string) (value, ok bool) {
	switch {
	case s == "1", strings.EqualFold(s, "true"), strings.EqualFold(s, "t"):
		return true, true
	case s == "0", strings.EqualFold(s, "false"), strings.EqualFold(s, "f"):
		return false, true
	}
	return false, false
}

// Text takes UTF-8 without the NUL character, which engines and C programs take for an end.
func Text(s string) (string, bool) { return s, utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
