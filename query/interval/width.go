package interval

import (
	"strconv"

	"github.com/yumen-data/yumen/query/plan"
)

// WidthOf returns what is cut into intervals of width w.
func WidthOf(e *plan.Expr) (x *plan.Expr, w float64, ok bool) {
	switch {
	case e.Fn == "floor" && e.Args[0].Op == plan.OpCall && e.Args[0].Fn == "/":
		return quotient(e.Args[0])
	case e.Fn == "//":
		return quotient(e)
	case e.Fn == "-" && len(e.Args) == 2 && e.Args[1].Op == plan.OpCall && e.Args[1].Fn == "%":
		x, w, ok = quotient(e.Args[1])
		return x, w, ok && x.Signature() == e.Args[0].Signature()
	case e.Fn == "date_trunc" || e.Fn == "date_part":
		return e, 1, true
	}
	return nil, 0, false
}

func quotient(e *plan.Expr) (x *plan.Expr, w float64, ok bool) {
	if len(e.Args) != 2 {
		return nil, 0, false
	}
	lit, isConst := e.Args[1].Constant()
	if !isConst || !lit.Type.Numeric() {
		return nil, 0, false
	}
	w, err := strconv.ParseFloat(lit.Text, 64)
	return e.Args[0], w, err == nil && w > 0
}
