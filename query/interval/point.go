package interval

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen/query/plan"
)

// Point is one value of an expression, worked out here instead of in the engine. Numbers, dates (days) and timestamps
// (microseconds since 1970) of exact types are in num, doubles in dbl, texts in txt. A NULL has null set and nothing
// else.
type Point struct {
	Type   plan.Type
	Null   bool
	Number *big.Rat
	dbl    float64
	txt    string
}

// ExactPoint is a number as a value of a type.
func ExactPoint(t plan.Type, r *big.Rat) Point {
	if t == plan.Double {
		f, _ := r.Float64()
		return Point{Type: t, dbl: f + 0} // −0 is 0
	}
	return Point{Type: t, Number: r}
}

// Written is the value as the catalog writes it, and as role private reads it from the engine: whole numbers in digits,
// decimals with all digits of their scale, doubles as short as reads back the same, dates as 2026-01-31, timestamps as
// 2026-01-31 12:00:00, booleans as true and false. It reports false for what cannot be written so.
func (p Point) Written() (string, bool) {
	switch p.Type.Kind {
	case plan.KindText:
		return p.txt, true
	case plan.KindBool:
		return strconv.FormatBool(p.Number.Sign() != 0), true
	case plan.KindInt:
		return p.Number.Num().String(), p.Number.IsInt()
	case plan.KindDecimal:
		return p.Number.FloatString(p.Type.Scale), true
	case plan.KindDouble:
		format := byte('f')
		if abs := math.Abs(p.dbl); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			format = 'e'
		}
		return strconv.FormatFloat(p.dbl, format, -1, 64), !math.IsInf(p.dbl, 0) && !math.IsNaN(p.dbl)
	case plan.KindDate, plan.KindTimestamp:
		t, ok := TimeOf(p.Number, p.Type)
		layout := time.DateOnly
		if p.Type == plan.Timestamp {
			if layout = time.DateTime; t.Nanosecond() != 0 {
				layout = "2006-01-02 15:04:05.000000"
			}
		}
		return t.Format(layout), ok && t.Year() >= 1 && t.Year() <= 9999
	}
	return "", false
}

// PointOf reads a constant, or a value of a declared domain.
func PointOf(l plan.Literal, t plan.Type) (Point, bool) {
	if t == plan.Text {
		return Point{Type: t, txt: l.Text}, l.Type == plan.Text
	}
	if l.Type == plan.Text {
		text := l.Text
		if t.Kind == plan.KindTimestamp || t.Kind == plan.KindDate {
			l, ok := plan.Literal{Type: plan.Text, Text: text}.As(t)
			if !ok {
				return Point{}, false
			}
			return PointOf(l, t)
		}
		if t == plan.Bool {
			return ExactPoint(t, map[bool]*big.Rat{true: plan.Whole(1), false: new(big.Rat)}[text == "true"]),
				text == "true" || text == "false"
		}
		r, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok || keep(r) == nil {
			return Point{}, false
		}
		return ExactPoint(t, r), t.Numeric()
	}
	v, ok := l.Value()
	if !ok {
		return Point{}, false
	}
	return ExactPoint(l.Type, v).Cast(t)
}

// Cast converts between types as the engine does: decimals to the nearest, halves away from 0, doubles to whole numbers
// with halves to even. It reports false for conversions it does not know.
func (p Point) Cast(t plan.Type) (Point, bool) {
	switch {
	case p.Null:
		return Point{Type: t, Null: true}, true
	case p.Type == t:
		return p, true
	case p.Type.Kind == plan.KindInt && t == plan.Text:
		s, ok := p.Written()
		return Point{Type: t, txt: s}, ok
	case p.Type.Temporal() && t == plan.Timestamp:
		return ExactPoint(t, new(big.Rat).Mul(p.Number, plan.Whole(dayMicros))), true
	case p.Type == plan.Timestamp && t == plan.Date:
		return ExactPoint(t, FloorOf(new(big.Rat).Quo(p.Number, plan.Whole(dayMicros)))), true
	case !(p.Type.Numeric() || p.Type == plan.Bool) || !t.Numeric():
		return Point{}, false
	case p.Type == plan.Double && t.Kind == plan.KindInt:
		if math.Abs(p.dbl) >= 1<<63 {
			return Point{Type: t, Null: true}, true
		}
		return ExactPoint(t, new(big.Rat).SetFloat64(math.RoundToEven(p.dbl))), true
	case p.Type == plan.Double:
		return Point{}, false // digits of a double are the engine's to choose
	}
	return inRange(t, HalfAway(p.Number, t)), true
}

// HalfAway rounds to a value of an exact type, halves away from 0; for a double nothing is rounded yet.
func HalfAway(r *big.Rat, t plan.Type) *big.Rat {
	if t == plan.Double {
		return r
	}
	unit := Pow10(t.Scale)
	x := new(big.Rat).Mul(r, unit)
	half := big.NewRat(1, 2)
	if x.Sign() < 0 {
		return new(big.Rat).Quo(CeilOf(new(big.Rat).Sub(x, half)), unit)
	}
	return new(big.Rat).Quo(FloorOf(new(big.Rat).Add(x, half)), unit)
}

// inRange is NULL beyond the type, as the emitted forms make it.
func inRange(t plan.Type, r *big.Rat) Point {
	if s := typeSpan(t); s.Bounded() && (r.Cmp(s.Lo) < 0 || r.Cmp(s.Hi) > 0) {
		return Point{Type: t, Null: true}
	}
	return ExactPoint(t, r)
}

// Apply works a call out. It reports false for calls it does not know.
func Apply(e *plan.Expr, args []Point) (Point, bool) {
	if slices.ContainsFunc(args, func(p Point) bool { return p.Null }) {
		return Point{Type: e.Type, Null: true}, e.Fn != "coalesce" && e.Fn != "greatest" && e.Fn != "least"
	}
	if e.Op == plan.OpCast {
		return args[0].Cast(e.Type)
	}
	switch e.Fn {
	case "date_part", "date_trunc":
		return datePoint(e, args[1])
	case "floor", "ceil", "round":
		if len(args) > 1 {
			return Point{}, false
		}
		return roundPoint(e, args[0])
	case "sign":
		if args[0].Type == plan.Double {
			args[0] = ExactPoint(plan.Int, new(big.Rat).SetInt64(int64(cmp.Compare(args[0].dbl, 0))))
		}
	}
	for i := range args {
		if e.Type == plan.Double {
			var ok bool
			if args[i], ok = args[i].Cast(plan.Double); !ok {
				return Point{}, false
			}
		}
		if args[i].Number == nil && e.Type != plan.Double || args[i].Type.Temporal() {
			return Point{}, false
		}
	}
	if e.Type == plan.Double {
		return doublePoint(e, args)
	}
	return numberPoint(e, args)
}

func doublePoint(e *plan.Expr, args []Point) (Point, bool) {
	x, y := args[0].dbl, 0.0
	if len(args) > 1 {
		y = args[1].dbl
	}
	var r float64
	switch {
	case e.Fn == "+" && len(args) == 2:
		r = x + y
	case e.Fn == "-" && len(args) == 2:
		r = x - y
	case e.Fn == "-":
		r = -x
	case e.Fn == "*":
		r = x * y
	case e.Fn == "/" && y == 0:
		return Point{Type: plan.Double, Null: true}, true
	case e.Fn == "/":
		r = x / y
	case e.Fn == "abs":
		r = math.Abs(x)
	default:
		return Point{}, false
	}
	return Point{Type: plan.Double, dbl: r + 0}, true
}

func numberPoint(e *plan.Expr, args []Point) (Point, bool) {
	x, r := args[0].Number, new(big.Rat)
	switch {
	case e.Fn == "-" && len(args) == 1:
		r.Neg(x)
	case e.Fn == "abs":
		r.Abs(x)
	case e.Fn == "sign":
		r.SetInt64(int64(x.Sign()))
	case len(args) != 2:
		return Point{}, false
	case e.Fn == "+":
		r.Add(x, args[1].Number)
	case e.Fn == "-":
		r.Sub(x, args[1].Number)
	case e.Fn == "*":
		r.Mul(x, args[1].Number)
	case e.Fn == "//" || e.Fn == "%":
		y := args[1].Number
		if y.Sign() == 0 {
			return Point{Type: e.Type, Null: true}, true
		}
		q, rest := new(big.Int).QuoRem(x.Num(), y.Num(), new(big.Int)) // towards 0, the rest with the sign of x
		if r.SetInt(q); e.Fn == "%" {
			r.SetInt(rest)
		}
	default:
		return Point{}, false
	}
	return inRange(e.Type, r), true
}

func roundPoint(e *plan.Expr, x Point) (Point, bool) {
	if x.Type == plan.Double {
		f := map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "round": math.Round}[e.Fn]
		return Point{Type: plan.Double, dbl: f(x.dbl) + 0}, true
	}
	if !x.Type.Numeric() {
		return Point{}, false
	}
	f := map[string]func(*big.Rat) *big.Rat{"floor": FloorOf, "ceil": CeilOf,
		"round": func(r *big.Rat) *big.Rat { return HalfAway(r, plan.Int) }}[e.Fn]
	return inRange(e.Type, f(x.Number)), true
}

// datePoint works out parts and beginnings of dates of our era.
func datePoint(e *plan.Expr, x Point) (Point, bool) {
	t, ok := TimeOf(x.Number, x.Type)
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return Point{}, false
	}
	part := e.Args[0].Literal.Text
	if e.Fn == "date_trunc" {
		begin, ok := Beginning(part, t)
		return ExactPoint(plan.Timestamp, plan.Whole(begin.UnixMicro())), ok
	}
	n, ok := map[string]int{"year": t.Year(), "month": int(t.Month()), "quarter": (int(t.Month()) + 2) / 3,
		"day": t.Day(), "decade": t.Year() / 10,
		"dayofweek": int(t.Weekday()), "dow": int(t.Weekday()), "isodow": (int(t.Weekday())+6)%7 + 1,
		"dayofyear": t.YearDay(), "doy": t.YearDay(),
		"hour": t.Hour(), "century": (t.Year()-1)/100 + 1}[part]
	return ExactPoint(plan.Int, plan.Whole(int64(n))), ok
}

// Compare returns −1, 0 or 1 as p is less than, equal to or greater than o.
func (p Point) Compare(o Point) int {
	switch {
	case p.Number != nil && o.Number != nil:
		return p.Number.Cmp(o.Number)
	case p.Type == plan.Double:
		return cmp.Compare(p.dbl, o.dbl)
	}
	return strings.Compare(p.txt, o.txt)
}
