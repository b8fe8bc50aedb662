package query

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// point is one value of an expression, worked out here instead of in the engine. Numbers, dates (days) and timestamps
// (microseconds since 1970) of exact types are in num, doubles in dbl, texts in txt. A NULL has null set and nothing else.
type point struct {
	typ  sqlType
	null bool
	num  *big.Rat
	dbl  float64
	txt  string
}

func exactPoint(t sqlType, r *big.Rat) point {
	if t == tDouble {
		f, _ := r.Float64()
		return point{typ: t, dbl: f + 0} // −0 is 0
	}
	return point{typ: t, num: r}
}

// written is the value as the catalog writes it, and as role private reads it from the engine: whole numbers in digits,
// decimals with all digits of their scale, doubles as short as reads back the same, dates as 2026-01-31, timestamps as
// 2026-01-31 12:00:00, booleans as true and false. It reports false for what cannot be written so.
func (p point) written() (string, bool) {
	switch p.typ.kind {
	case kText:
		return p.txt, true
	case kBool:
		return strconv.FormatBool(p.num.Sign() != 0), true
	case kInt:
		return p.num.Num().String(), p.num.IsInt()
	case kDecimal:
		return p.num.FloatString(p.typ.scale), true
	case kDouble:
		format := byte('f')
		if abs := math.Abs(p.dbl); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			format = 'e'
		}
		return strconv.FormatFloat(p.dbl, format, -1, 64), !math.IsInf(p.dbl, 0) && !math.IsNaN(p.dbl)
	case kDate, kTimestamp:
		t, ok := timeOf(p.num, p.typ)
		layout := time.DateOnly
		if p.typ == tTimestamp {
			if layout = time.DateTime; t.Nanosecond() != 0 {
				layout = "2006-01-02 15:04:05.000000"
			}
		}
		return t.Format(layout), ok && t.Year() >= 1 && t.Year() <= 9999
	}
	return "", false
}

// pointOf reads a constant, or a value of a declared domain.
func pointOf(l literal, t sqlType) (point, bool) {
	if t == tText {
		return point{typ: t, txt: l.text}, l.typ == tText
	}
	if l.typ == tText {
		text := l.text
		if t.kind == kTimestamp || t.kind == kDate {
			l, ok := literal{tText, text}.as(t)
			if !ok {
				return point{}, false
			}
			return pointOf(l, t)
		}
		if t == tBool {
			return exactPoint(t, map[bool]*big.Rat{true: whole64(1), false: new(big.Rat)}[text == "true"]), text == "true" || text == "false"
		}
		r, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok || keep(r) == nil {
			return point{}, false
		}
		return exactPoint(t, r), t.numeric()
	}
	v, ok := l.value()
	if !ok {
		return point{}, false
	}
	return exactPoint(l.typ, v).cast(t)
}

// cast converts between types as the engine does: decimals to the nearest, halves away from 0, doubles to whole numbers with
// halves to even. It reports false for conversions it does not know.
func (p point) cast(t sqlType) (point, bool) {
	switch {
	case p.null:
		return point{typ: t, null: true}, true
	case p.typ == t:
		return p, true
	case p.typ.kind == kInt && t == tText:
		s, ok := p.written()
		return point{typ: t, txt: s}, ok
	case p.typ.temporal() && t == tTimestamp:
		return exactPoint(t, new(big.Rat).Mul(p.num, whole64(dayMicros))), true
	case p.typ == tTimestamp && t == tDate:
		return exactPoint(t, floorOf(new(big.Rat).Quo(p.num, whole64(dayMicros)))), true
	case !(p.typ.numeric() || p.typ == tBool) || !t.numeric():
		return point{}, false
	case p.typ == tDouble && t.kind == kInt:
		if math.Abs(p.dbl) >= 1<<63 {
			return point{typ: t, null: true}, true
		}
		return exactPoint(t, new(big.Rat).SetFloat64(math.RoundToEven(p.dbl))), true
	case p.typ == tDouble:
		return point{}, false // digits of a double are the engine's to choose
	}
	return inRange(t, halfAway(p.num, t)), true
}

// halfAway rounds to a value of an exact type, halves away from 0; for a double nothing is rounded yet.
func halfAway(r *big.Rat, t sqlType) *big.Rat {
	if t == tDouble {
		return r
	}
	unit := pow10(t.scale)
	x := new(big.Rat).Mul(r, unit)
	half := big.NewRat(1, 2)
	if x.Sign() < 0 {
		return new(big.Rat).Quo(ceilOf(new(big.Rat).Sub(x, half)), unit)
	}
	return new(big.Rat).Quo(floorOf(new(big.Rat).Add(x, half)), unit)
}

// inRange is NULL beyond the type, as the emitted forms make it.
func inRange(t sqlType, r *big.Rat) point {
	if s := typeSpan(t); s.bounded() && (r.Cmp(s.lo) < 0 || r.Cmp(s.hi) > 0) {
		return point{typ: t, null: true}
	}
	return exactPoint(t, r)
}

// apply works a call out. It reports false for calls it does not know.
func (e *expr) apply(args []point) (point, bool) {
	if slices.ContainsFunc(args, func(p point) bool { return p.null }) {
		return point{typ: e.typ, null: true}, e.fn != "coalesce" && e.fn != "greatest" && e.fn != "least"
	}
	if e.op == opCast {
		return args[0].cast(e.typ)
	}
	switch e.fn {
	case "date_part", "date_trunc":
		return datePoint(e, args[1])
	case "floor", "ceil", "round":
		if len(args) > 1 {
			return point{}, false
		}
		return roundPoint(e, args[0])
	case "sign":
		if args[0].typ == tDouble {
			args[0] = exactPoint(tInt, new(big.Rat).SetInt64(int64(cmp.Compare(args[0].dbl, 0))))
		}
	}
	for i := range args {
		if e.typ == tDouble {
			var ok bool
			if args[i], ok = args[i].cast(tDouble); !ok {
				return point{}, false
			}
		}
		if args[i].num == nil && e.typ != tDouble || args[i].typ.temporal() {
			return point{}, false
		}
	}
	if e.typ == tDouble {
		return doublePoint(e, args)
	}
	return numberPoint(e, args)
}

func doublePoint(e *expr, args []point) (point, bool) {
	x, y := args[0].dbl, 0.0
	if len(args) > 1 {
		y = args[1].dbl
	}
	var r float64
	switch {
	case e.fn == "+" && len(args) == 2:
		r = x + y
	case e.fn == "-" && len(args) == 2:
		r = x - y
	case e.fn == "-":
		r = -x
	case e.fn == "*":
		r = x * y
	case e.fn == "/" && y == 0:
		return point{typ: tDouble, null: true}, true
	case e.fn == "/":
		r = x / y
	case e.fn == "abs":
		r = math.Abs(x)
	default:
		return point{}, false
	}
	return point{typ: tDouble, dbl: r + 0}, true
}

func numberPoint(e *expr, args []point) (point, bool) {
	x, r := args[0].num, new(big.Rat)
	switch {
	case e.fn == "-" && len(args) == 1:
		r.Neg(x)
	case e.fn == "abs":
		r.Abs(x)
	case e.fn == "sign":
		r.SetInt64(int64(x.Sign()))
	case len(args) != 2:
		return point{}, false
	case e.fn == "+":
		r.Add(x, args[1].num)
	case e.fn == "-":
		r.Sub(x, args[1].num)
	case e.fn == "*":
		r.Mul(x, args[1].num)
	case e.fn == "//" || e.fn == "%":
		y := args[1].num
		if y.Sign() == 0 {
			return point{typ: e.typ, null: true}, true
		}
		q, rest := new(big.Int).QuoRem(x.Num(), y.Num(), new(big.Int)) // towards 0, the rest with the sign of x
		if r.SetInt(q); e.fn == "%" {
			r.SetInt(rest)
		}
	default:
		return point{}, false
	}
	return inRange(e.typ, r), true
}

func roundPoint(e *expr, x point) (point, bool) {
	if x.typ == tDouble {
		f := map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "round": math.Round}[e.fn]
		return point{typ: tDouble, dbl: f(x.dbl) + 0}, true
	}
	if !x.typ.numeric() {
		return point{}, false
	}
	f := map[string]func(*big.Rat) *big.Rat{"floor": floorOf, "ceil": ceilOf, "round": func(r *big.Rat) *big.Rat { return halfAway(r, tInt) }}[e.fn]
	return inRange(e.typ, f(x.num)), true
}

// datePoint works out parts and beginnings of dates of our era.
func datePoint(e *expr, x point) (point, bool) {
	t, ok := timeOf(x.num, x.typ)
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return point{}, false
	}
	part := e.args[0].lit.text
	if e.fn == "date_trunc" {
		begin, ok := beginning(part, t)
		return exactPoint(tTimestamp, whole64(begin.UnixMicro())), ok
	}
	n, ok := map[string]int{"year": t.Year(), "month": int(t.Month()), "quarter": (int(t.Month()) + 2) / 3, "day": t.Day(), "decade": t.Year() / 10,
		"dayofweek": int(t.Weekday()), "dow": int(t.Weekday()), "isodow": (int(t.Weekday())+6)%7 + 1, "dayofyear": t.YearDay(), "doy": t.YearDay(),
		"hour": t.Hour(), "century": (t.Year()-1)/100 + 1}[part]
	return exactPoint(tInt, whole64(int64(n))), ok
}

// beginning is the first moment of the part that t lies in.
func beginning(part string, t time.Time) (time.Time, bool) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch part {
	case "day":
		return day(t.Date()), true
	case "week":
		return day(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7), true
	case "month":
		return day(t.Year(), t.Month(), 1), true
	case "quarter":
		return day(t.Year(), (t.Month()-1)/3*3+1, 1), true
	case "year":
		return day(t.Year(), 1, 1), true
	}
	return time.Time{}, false
}
