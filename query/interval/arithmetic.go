package interval

import (
	"math"
	"math/big"
	"slices"

	"github.com/yumen-data/yumen/query/plan"
)

func (sp *Finder) args(e *plan.Expr, as Assumed) []Span {
	out := make([]Span, len(e.Args))
	for i, a := range e.Args {
		out[i] = sp.Of(a, as)
		if e.Type.Kind == plan.KindDouble || e.Type.Kind == plan.KindTimestamp {
			out[i] = out[i].as(a.Type, e.Type)
		}
	}
	return out
}

func (sp *Finder) call(e *plan.Expr, as Assumed) Span {
	x := sp.args(e, as)
	null := slices.ContainsFunc(x, func(s Span) bool { return s.Null })
	switch e.Fn {
	case "+", "-", "*", "/", "//", "%":
		return sp.arithmetic(e, x)
	case "abs":
		return x[0].Abs().inType(e.Type)
	case "sign":
		return Span{plan.Whole(-1), plan.Whole(1), null}.within(signs(x[0]))
	case "floor", "ceil", "trunc":
		return x[0].coarse(0).inType(e.Type)
	case "round":
		return sp.round(e, x[0])
	case "greatest":
		return extreme(x)
	case "least":
		return negatedAll(extreme(negatedEach(x)))
	case "coalesce":
		return firstPresent(x)
	case "nullif":
		return Span{x[0].Lo, x[0].Hi, true}
	case "try":
		return x[0]
	case "sqrt", "ln", "log10", "log2":
		return monotone(e.Fn, x[0], smallest(e.Args[0].Type))
	case "exp":
		return rising(math.Exp, x[0])
	case "power":
		return power(x[0], e.Args[1])
	case "date_part":
		return datePart(e, x[1])
	case "date_trunc":
		return dateTrunc(e, x[1])
	case "date_diff", "date_sub":
		return dateDiff(e, x[1], x[2])
	case "epoch":
		return epoch(e.Args[0].Type, x[0])
	case "length", "strlen", "strpos":
		return Span{Lo: new(big.Rat), Null: null}
	case "is null", "is not null", "is distinct from", "is not distinct from":
		return Exactly(0, 1)
	}
	if e.Type == plan.Bool {
		return Span{new(big.Rat), plan.Whole(1), null}
	}
	return Span{Null: null || plan.Functions[e.Fn].Fails}
}

func signs(s Span) Span {
	out := Exactly(-1, 1)
	out.Null = s.Null
	if s.Positive() {
		out.Lo = new(big.Rat)
	}
	if s.Hi != nil && s.Hi.Sign() <= 0 {
		out.Hi = new(big.Rat)
	}
	return out
}

func (sp *Finder) arithmetic(e *plan.Expr, x []Span) Span {
	if e.Type.Temporal() || e.Type.Kind == plan.KindInt && e.Args[0].Type.Temporal() {
		return dateArithmetic(e, x)
	}
	if len(x) == 1 {
		if e.Fn == "-" {
			return x[0].negated().inType(e.Type)
		}
		return x[0]
	}
	var out Span
	switch e.Fn {
	case "+":
		out = x[0].plus(x[1])
	case "-":
		out = x[0].plus(x[1].negated())
	case "*":
		out = x[0].times(x[1])
		if e.Args[0].Signature() == e.Args[1].Signature() { // a square is not below 0
			out = x[0].Abs().times(x[0].Abs())
		}
	case "/":
		out = x[0].over(x[1], smallest(e.Args[1].Type))
		if mean, ok := sp.mean(e); ok {
			out = out.within(mean)
		}
	case "//":
		out = x[0].over(x[1], plan.Whole(1)).coarse(0)
	case "%":
		out = remainder(x[0], x[1])
	}
	if e.Type == plan.Double {
		return out.Double()
	}
	return out.inType(e.Type)
}

// smallest is the least number above 0 of an exact type.
func smallest(t plan.Type) *big.Rat {
	switch t.Kind {
	case plan.KindInt:
		return plan.Whole(1)
	case plan.KindDecimal:
		return Pow10(-t.Scale)
	}
	return nil
}

// remainder has the sign of the dividend and is less than the divisor.
func remainder(a, b Span) Span {
	out := Span{Null: true}
	if b.Lo != nil && b.Lo.Sign() > 0 || b.Hi != nil && b.Hi.Sign() < 0 {
		out.Null = a.Null || b.Null
	}
	most := b.Abs().Hi
	if most != nil {
		most = new(big.Rat).Sub(most, plan.Whole(1))
		if most.Sign() < 0 {
			most = new(big.Rat)
		}
	}
	most = leastKnown(most, a.Abs().Hi)
	out.Lo, out.Hi = negate(most), most
	if a.Positive() {
		out.Lo = new(big.Rat)
	}
	if a.Hi != nil && a.Hi.Sign() <= 0 {
		out.Hi = new(big.Rat)
	}
	return out
}

func (sp *Finder) round(e *plan.Expr, x Span) Span {
	digits := 0
	if len(e.Args) > 1 {
		v, ok := e.Args[1].Literal.Value()
		if !ok || !v.IsInt() || v.Num().BitLen() > 8 {
			return Span{Null: true}
		}
		digits = int(v.Num().Int64())
	}
	out := x.coarse(digits)
	if e.Type == plan.Double {
		return out.Double()
	}
	return out.inType(e.Type)
}

// extreme is the span of greatest, which leaves NULL arguments out: an argument that may be NULL raises the result's
// upper end, but holds up its lower end only if there is no other.
func extreme(x []Span) Span {
	out := x[0]
	for _, s := range x[1:] {
		hi := greatest(out.Hi, s.Hi)
		switch {
		case !out.Null && !s.Null:
			out = Span{Lo: greatestKnown(out.Lo, s.Lo)}
		case !out.Null:
			out = Span{Lo: out.Lo}
		case !s.Null:
			out = Span{Lo: s.Lo}
		default:
			out = Span{Lo: least(out.Lo, s.Lo), Null: true}
		}
		out.Hi = hi
	}
	return out
}

func negatedEach(x []Span) []Span {
	out := make([]Span, len(x))
	for i, s := range x {
		out[i] = s.negated()
	}
	return out
}

func negatedAll(s Span) Span { return s.negated() }

func firstPresent(x []Span) Span {
	out := x[0]
	for _, s := range x[1:] {
		if !out.Null {
			return out
		}
		out.Null = false
		out = out.join(s)
	}
	return out
}

// monotone is the span of a rising function that fails, and so is NULL, outside its domain. Step is the least number
// above 0 that the argument can be, nil where there is none: the logarithm of 0 is NULL, that of the next number is the
// least.
func monotone(fn string, x Span, step *big.Rat) Span {
	f := map[string]func(float64) float64{"sqrt": math.Sqrt, "ln": math.Log, "log10": math.Log10, "log2": math.Log2}[fn]
	lo, hi := math.Inf(-1), math.Inf(1)
	if x.Lo != nil {
		lo, _ = x.Lo.Float64()
	}
	if x.Hi != nil {
		hi, _ = x.Hi.Float64()
	}
	null := x.Null || lo < 0 || lo == 0 && fn != "sqrt"
	if step != nil && fn != "sqrt" {
		least, _ := step.Float64()
		lo, hi = math.Max(lo, least), math.Max(hi, least)
	}
	a, b := f(math.Max(lo, 0)), f(math.Max(hi, 0))
	slack := 1e-12 * (1 + math.Abs(a))
	return outward(a-slack, b+1e-12*(1+math.Abs(b)), null)
}
