package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// kind is the family of a value's type.
type kind int

const (
	kBad  kind = iota // already refused: fits everything, so that one mistake is told once
	kNull             // the constant NULL
	kBool
	kInt
	kDecimal
	kDouble
	kDate
	kTimestamp
	kText
	kInterval
)

// sqlType is the type of an expression. Width and scale belong to decimals.
type sqlType struct {
	kind         kind
	width, scale int
}

var (
	tBad       = sqlType{kind: kBad}
	tNull      = sqlType{kind: kNull}
	tBool      = sqlType{kind: kBool}
	tInt       = sqlType{kind: kInt}
	tDays      = sqlType{kind: kInt, width: 32} // of emitted SQL only: what the engine adds to a date
	tDouble    = sqlType{kind: kDouble}
	tDate      = sqlType{kind: kDate}
	tTimestamp = sqlType{kind: kTimestamp}
	tText      = sqlType{kind: kText}
	tInterval  = sqlType{kind: kInterval}
)

func tDecimal(width, scale int) sqlType { return sqlType{kDecimal, width, scale} }

func (t sqlType) numeric() bool  { return t.kind == kInt || t.kind == kDecimal || t.kind == kDouble }
func (t sqlType) temporal() bool { return t.kind == kDate || t.kind == kTimestamp }
func (t sqlType) open() bool     { return t.kind == kBad || t.kind == kNull }

var kindNames = map[kind]yumen.Type{
	kBool: yumen.TypeBoolean, kInt: yumen.TypeInteger, kDouble: yumen.TypeDouble, kDate: yumen.TypeDate, kTimestamp: yumen.TypeTimestamp, kText: yumen.TypeText,
}

// name is the type in the vocabulary of the catalog. NULL alone counts as text; an interval has no name.
func (t sqlType) name() yumen.Type {
	switch t.kind {
	case kDecimal:
		return yumen.Type(fmt.Sprintf("decimal(%d,%d)", t.width, t.scale))
	case kNull:
		return yumen.TypeText
	case kInterval:
		return "interval"
	}
	return kindNames[t.kind]
}

// typeOf reads a catalog type.
func typeOf(t yumen.Type) (sqlType, bool) {
	for k, name := range kindNames {
		if name == t {
			return sqlType{kind: k}, true
		}
	}
	var w, s int
	if _, err := fmt.Sscanf(string(t), "decimal(%d,%d)", &w, &s); err != nil || w < 1 || w > 38 || s < 0 || s > w {
		return tBad, false
	}
	return tDecimal(w, s), true
}

// castTypes are the types a cast may name. 32-bit and smaller integers count as integers: the catalog has one width, and a
// narrower cast would only add a way to fail.
var castTypes = map[string]sqlType{
	"BOOLEAN": tBool, "TINYINT": tInt, "SMALLINT": tInt, "INTEGER": tInt, "BIGINT": tInt,
	"FLOAT": tDouble, "DOUBLE": tDouble, "DATE": tDate, "TIMESTAMP": tTimestamp, "VARCHAR": tText,
}

// unify returns the type that values of both types can be read as, as in the branches of CASE.
func unify(a, b sqlType) (sqlType, bool) {
	switch {
	case a.open():
		return b, true
	case b.open() || a == b:
		return a, true
	case a.temporal() && b.temporal():
		return tTimestamp, true
	case a.numeric() && b.numeric():
		return unifyNumbers(a, b), true
	}
	return tBad, false
}

func unifyNumbers(a, b sqlType) sqlType {
	if a.kind == kDouble || b.kind == kDouble {
		return tDouble
	}
	a, b = a.asDecimal(), b.asDecimal()
	scale := max(a.scale, b.scale)
	width := max(a.width-a.scale, b.width-b.scale) + scale
	if width > 38 {
		return tDouble
	}
	return tDecimal(width, scale)
}

func (t sqlType) asDecimal() sqlType {
	if t.kind == kInt {
		return tDecimal(19, 0)
	}
	return t
}

// literal is a constant of the submitted text, kept as text so that nothing is lost.
type literal struct {
	typ  sqlType
	text string // digits, ISO date, or the string itself; unused for NULL; true or false for a boolean
}

// as reads a string constant as a value of another type, as the engine would; the engine's own conversion fails at run
// time with the text in its message.
func (l literal) as(t sqlType) (literal, bool) {
	s := strings.TrimSpace(l.text)
	switch t.kind {
	case kDate:
		d, err := time.Parse(time.DateOnly, s)
		return literal{tDate, d.Format(time.DateOnly)}, err == nil
	case kTimestamp:
		return parseTimestamp(s)
	case kInt:
		n, err := strconv.ParseInt(s, 10, 64)
		return literal{tInt, strconv.FormatInt(n, 10)}, err == nil
	case kDecimal, kDouble:
		f, err := strconv.ParseFloat(s, 64)
		return literal{tDouble, formatDouble(f)}, err == nil && f-f == 0
	case kBool:
		b, err := strconv.ParseBool(s)
		return literal{tBool, strconv.FormatBool(b)}, err == nil
	}
	return l, t.kind == kText
}

func parseTimestamp(s string) (literal, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", "2006-01-02 15:04", time.DateOnly} {
		if ts, err := time.Parse(layout, s); err == nil {
			return literal{tTimestamp, ts.Format("2006-01-02 15:04:05.999999")}, true
		}
	}
	return literal{}, false
}

func formatDouble(f float64) string { return strconv.FormatFloat(f, 'e', -1, 64) }
