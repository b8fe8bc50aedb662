package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// Window functions run over the answer: its rows are groups, and what they rank, add up or put side by side are
// protected figures. Over the rows of datasets they would put other people's values beside a row, and are refused.

// window binds a function OVER a window.
func (x *binder) window(v ast.Window, c clause) *plan.Expr {
	if !c.windows {
		x.RefuseWindow(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	c.windows, c.bare = false, false
	w := &plan.Window{Fn: v.Name, Args: len(v.Args), Partition: len(v.Partition), Frame: v.Frame}
	e := &plan.Expr{Op: plan.OpWindow, Window: w, At: v.Pos(), Fn: v.Name}
	for _, a := range slices.Concat(v.Args, v.Partition) {
		e.Args = append(e.Args, x.expr(a, c))
	}
	for _, o := range v.Order {
		e.Args = append(e.Args, x.expr(o.Expr, c))
		w.Directions = append(w.Directions,
			plan.Ordering{Descending: o.Descending, NullsFirst: o.NullsFirst}.Direction())
	}
	if slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return a.Type.Kind == plan.KindBad }) {
		return plan.BadExpr(v.Pos())
	}
	if !x.windowType(e) {
		x.Add("function.arguments", v.Pos(),
			yumen.Say("wrong number or kind of arguments of %s", "%s 的参数个数或类型有误", v.Name))
		return plan.BadExpr(v.Pos())
	}
	return e
}

// windowType settles the type of a window function and whether its arguments fit.
func (x *binder) windowType(e *plan.Expr) bool {
	args := e.Args[:e.Window.Args]
	least := map[string]int{"count": 0}
	n, given := least[e.Fn]
	if !given {
		n = min(1, plan.WindowFunctions[e.Fn].Most)
	}
	if e.Fn == "nth_value" {
		n = 2
	}
	if len(args) < n || len(args) > plan.WindowFunctions[e.Fn].Most {
		return false
	}
	number := len(args) == 0 || args[0].Type.Numeric()
	whole := func(i int) bool { return len(args) <= i || args[i].Op == plan.OpConst && args[i].Type == plan.Int }
	switch e.Fn {
	case "rank", "dense_rank", "row_number", "count":
		e.Type = plan.Int
		return true
	case "percent_rank", "cume_dist":
		e.Type = plan.Double
		return true
	case "ntile":
		e.Type = plan.Int
		return whole(0)
	case "sum":
		e.Type = plan.SumType(args[0].Type)
		return number
	case "avg":
		e.Type = plan.Double
		return number
	}
	e.Type = args[0].Type
	same := len(args) < 3 || args[2].Type == e.Type || args[2].Op == plan.OpConst &&
		args[2].Type.Numeric() == e.Type.Numeric()
	return whole(1) && same
}
