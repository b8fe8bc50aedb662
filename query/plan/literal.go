package plan

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Literal is a constant of the submitted text, kept as text so that nothing is lost.
type Literal struct {
	Type Type
	Text string // digits, ISO date, or the string itself; unused for NULL; true or false for a boolean
}

// As reads a string constant as a value of another type, as the engine would; the engine's own conversion fails at run
// time with the text in its message.
func (l Literal) As(t Type) (Literal, bool) {
	s := strings.TrimSpace(l.Text)
	switch t.Kind {
	case KindDate:
		d, err := time.Parse(time.DateOnly, s)
		return Literal{Date, d.Format(time.DateOnly)}, err == nil
	case KindTimestamp:
		return parseTimestamp(s)
	case KindInt:
		n, err := strconv.ParseInt(s, 10, 64)
		return Literal{Int, strconv.FormatInt(n, 10)}, err == nil
	case KindDecimal, KindDouble:
		f, err := strconv.ParseFloat(s, 64)
		return Literal{Double, FormatDouble(f)}, err == nil && f-f == 0
	case KindBool:
		b, err := strconv.ParseBool(s)
		return Literal{Bool, strconv.FormatBool(b)}, err == nil
	}
	return l, t.Kind == KindText
}

func parseTimestamp(s string) (Literal, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", "2006-01-02 15:04",
		time.DateOnly} {
		if ts, err := time.Parse(layout, s); err == nil {
			return Literal{Timestamp, ts.Format("2006-01-02 15:04:05.999999")}, true
		}
	}
	return Literal{}, false
}

// FormatDouble writes a double so that it reads back the same.
func FormatDouble(f float64) string { return strconv.FormatFloat(f, 'e', -1, 64) }

// Nonzero reports whether a number is not 0.
func Nonzero(l Literal) bool {
	digits, _, _ := strings.Cut(l.Text, "e")
	return strings.ContainsAny(digits, "123456789")
}

// Value returns the number a constant stands for.
func (l Literal) Value() (*big.Rat, bool) {
	switch l.Type.Kind {
	case KindInt, KindDecimal, KindDouble:
		if len(l.Text) > 400 {
			return nil, false
		}
		r, ok := new(big.Rat).SetString(l.Text)
		if ok && l.Type.Kind == KindDouble {
			r = NearestDouble(r)
		}
		return r, ok && r != nil
	case KindBool:
		if l.Text == "true" {
			return Whole(1), true
		}
		return new(big.Rat), true
	case KindDate:
		d, err := time.Parse(time.DateOnly, l.Text)
		return Whole(d.Unix() / 86400), err == nil
	case KindTimestamp:
		ts, err := time.Parse("2006-01-02 15:04:05.999999", l.Text)
		return Whole(ts.UnixMicro()), err == nil
	}
	return nil, false
}

// Whole is a whole number as a rational.
func Whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// NearestDouble is the double nearest to r, nil where that is infinite.
func NearestDouble(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		return nil
	}
	return new(big.Rat).SetFloat64(f)
}

// FormatFloat writes a number in decimal digits.
func FormatFloat(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
