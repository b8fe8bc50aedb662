package plan

import (
	"fmt"
	"math"

	"github.com/yumen-data/yumen"
)

// Kind is the family of a value's type.
type Kind int

// Kinds of types.
const (
	KindBad  Kind = iota // already refused: fits everything, so that one mistake is told once
	KindNull             // the constant NULL
	KindBool
	KindInt
	KindDecimal
	KindDouble
	KindDate
	KindTimestamp
	KindText
	KindInterval
)

// Type is the type of an expression. Width and scale belong to decimals.
type Type struct {
	Kind         Kind
	Width, Scale int
}

// Types without parameters.
var (
	Bad       = Type{Kind: KindBad}
	Null      = Type{Kind: KindNull}
	Bool      = Type{Kind: KindBool}
	Int       = Type{Kind: KindInt}
	Days      = Type{Kind: KindInt, Width: 32} // of emitted SQL only: what the engine adds to a date
	Double    = Type{Kind: KindDouble}
	Date      = Type{Kind: KindDate}
	Timestamp = Type{Kind: KindTimestamp}
	Text      = Type{Kind: KindText}
	Interval  = Type{Kind: KindInterval}
)

// Decimal is the type of decimals with so many digits, so many of them after the point.
func Decimal(width, scale int) Type { return Type{KindDecimal, width, scale} }

// Numeric reports whether values of t are numbers.
func (t Type) Numeric() bool {
	return t.Kind == KindInt || t.Kind == KindDecimal || t.Kind == KindDouble
}

// Temporal reports whether values of t are dates or timestamps.
func (t Type) Temporal() bool { return t.Kind == KindDate || t.Kind == KindTimestamp }

// Open reports whether t fits every type.
func (t Type) Open() bool { return t.Kind == KindBad || t.Kind == KindNull }

var kindNames = map[Kind]yumen.Type{
	KindBool: yumen.TypeBoolean, KindInt: yumen.TypeInteger, KindDouble: yumen.TypeDouble, KindDate: yumen.TypeDate,
	KindTimestamp: yumen.TypeTimestamp, KindText: yumen.TypeText,
}

// Name is the type in the vocabulary of the catalog. NULL alone counts as text; an interval has no name.
func (t Type) Name() yumen.Type {
	switch t.Kind {
	case KindDecimal:
		return yumen.Type(fmt.Sprintf("decimal(%d,%d)", t.Width, t.Scale))
	case KindNull:
		return yumen.TypeText
	case KindInterval:
		return "interval"
	}
	return kindNames[t.Kind]
}

// TypeOf reads a catalog type.
func TypeOf(t yumen.Type) (Type, bool) {
	for k, name := range kindNames {
		if name == t {
			return Type{Kind: k}, true
		}
	}
	var w, s int
	if _, err := fmt.Sscanf(string(t), "decimal(%d,%d)", &w, &s); err != nil || w < 1 || w > 38 || s < 0 || s > w {
		return Bad, false
	}
	return Decimal(w, s), true
}

// CastTypes are the types a cast may name. 32-bit and smaller integers count as integers: the catalog has one width,
// and a narrower cast would only add a way to fail.
var CastTypes = map[string]Type{
	"BOOLEAN": Bool, "TINYINT": Int, "SMALLINT": Int, "INTEGER": Int, "BIGINT": Int,
	"FLOAT": Double, "DOUBLE": Double, "DATE": Date, "TIMESTAMP": Timestamp, "VARCHAR": Text,
}

// Unify returns the type that values of both types can be read as, as in the branches of CASE.
func Unify(a, b Type) (Type, bool) {
	switch {
	case a.Open():
		return b, true
	case b.Open() || a == b:
		return a, true
	case a.Temporal() && b.Temporal():
		return Timestamp, true
	case a.Numeric() && b.Numeric():
		return unifyNumbers(a, b), true
	}
	return Bad, false
}

func unifyNumbers(a, b Type) Type {
	if a.Kind == KindDouble || b.Kind == KindDouble {
		return Double
	}
	a, b = a.AsDecimal(), b.AsDecimal()
	scale := max(a.Scale, b.Scale)
	width := max(a.Width-a.Scale, b.Width-b.Scale) + scale
	if width > 38 {
		return Double
	}
	return Decimal(width, scale)
}

// AsDecimal is the decimal type that holds whole numbers, and t for others.
func (t Type) AsDecimal() Type {
	if t.Kind == KindInt {
		return Decimal(19, 0)
	}
	return t
}

// CastFails reports whether some value of one type has none in another.
func CastFails(from, to Type) bool {
	switch {
	case from == to || to.Kind == KindText || from.Kind == KindNull:
		return false
	case to == Double || to.Numeric() && from.Kind == KindBool || to == Date && from == Timestamp:
		return from.Kind == KindText
	case from.Kind == KindInt && to.Kind == KindDecimal:
		return to.Width-to.Scale < 19
	case from.Kind == KindDecimal && to.Kind == KindDecimal:
		return to.Width-to.Scale < from.Width-from.Scale
	}
	return true
}

// SumType is the type of sums: integers stay integers, decimals keep their scale in the widest decimal, all else is
// double.
func SumType(t Type) Type {
	switch t.Kind {
	case KindInt, KindBool, KindNull:
		return Int
	case KindDecimal:
		switch {
		case t.Scale == 0: // at 38 digits it could not be told from the engine's whole numbers of 128 bits
			return Decimal(37, 0)
		case t.Scale <= MaxSumScale:
			return Decimal(38, t.Scale)
		}
	}
	return Double
}

// MaxSumScale is the largest scale at which a decimal is summed exactly. Arguments are held to 28 digits, so that ten
// thousand million rows cannot overflow the 38 of the sum.
const MaxSumScale = 18

// DecimalArithmetic is the type of arithmetic on decimals: a product has the sum of both scales; beyond the exact range
// the result is double.
func DecimalArithmetic(fn string, a, b Type) Type {
	scale := max(a.Scale, b.Scale)
	if fn == "*" {
		scale = a.Scale + b.Scale
	}
	if scale > MaxSumScale {
		return Double
	}
	return Decimal(38, scale)
}

// Step is the least distance of two values of a type, 0 where there is none.
func (t Type) Step() float64 {
	switch t.Kind {
	case KindInt:
		return 1
	case KindDecimal:
		return math.Pow10(-t.Scale)
	}
	return 0
}
