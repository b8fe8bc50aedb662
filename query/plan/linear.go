package plan

import "slices"

// LinearCall reports whether a call is exact and linear in each argument, whatever the values: + − and products of
// numbers, quotients by constants, days between dates.
func LinearCall(e *Expr) bool {
	if e.Op != OpCall {
		return false
	}
	numbers := !slices.ContainsFunc(e.Args, func(a *Expr) bool { return !a.Type.Numeric() && a.Type != Bool })
	switch e.Fn {
	case "+", "-", "*":
		return numbers && e.Type.Numeric()
	case "/":
		l, ok := e.Args[1].Constant()
		return numbers && ok && Nonzero(l)
	}
	return false
}

// LinearUse reports whether what an expression tells of its arguments is a linear function of them, so that adding it
// up is adding them up.
func LinearUse(e *Expr) bool {
	switch {
	case LinearCall(e), e.Op == OpCall && e.Fn == "try":
		return true
	case e.Op == OpCast:
		return e.Args[0].Type.Numeric() && e.Type.Numeric() && !CastFails(e.Args[0].Type, e.Type) &&
			(e.Type == Double || e.Type.Scale >= e.Args[0].Type.Scale)
	case e.Op == OpCall && e.Fn == "-", e.Op == OpCall && e.Fn == "date_diff" && e.Args[0].Literal.Text == "day":
		return !slices.ContainsFunc(e.Args, func(a *Expr) bool { return a.Type != Date && a.Op != OpConst })
	}
	return false
}

// Bare reports whether e is a column or a constant.
func Bare(e *Expr) bool {
	e = Uncast(e)
	return e.Op == OpColumn || e.Op == OpConst || e.Op == OpCall && e.Fn == "-" && len(e.Args) == 1 && Bare(e.Args[0])
}

// PolynomialOf reports whether e is made of columns and constants by + − and products.
func PolynomialOf(e *Expr) bool {
	return Bare(e) || LinearUse(e) && !slices.ContainsFunc(e.Args, func(a *Expr) bool { return !PolynomialOf(a) })
}
