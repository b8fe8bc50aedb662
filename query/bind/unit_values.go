package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// This file is about aggregates that give one row's value: the least, the largest, the first in an order. Of a group of
// people that is somebody's value, and refused. Of the rows of one unit, in a subquery grouped by its key, it is a
// value of the unit like any other, which is then aggregated over many. What is compared or put in order chooses among
// rows, so it needs the use filter.

// unitAggregate binds an aggregate that gives one row's value, or nil where its name is no such one's.
func (x *binder) unitAggregate(v ast.Call, c clause) *plan.Expr {
	fn := plan.UnitAggregates[v.Name] + plan.TruthAggregates[v.Name]
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return plan.BadExpr(v.Pos())
	}
	a := &plan.Aggregate{Fn: fn, At: v.Pos(), As: v.Name}
	if v.Filter != nil {
		a.Filter = x.wantBool(x.expr(v.Filter, inner))
	}
	var args []*plan.Expr
	for _, arg := range v.Args {
		args = append(args, x.expr(arg, inner))
	}
	for _, o := range v.Order {
		a.Order = append(a.Order,
			plan.Ordering{Expr: x.expr(o.Expr, inner), Descending: o.Descending, NullsFirst: o.NullsFirst})
	}
	by := fn == "arg_min" || fn == "arg_max"
	if by && len(args) == 2 && len(a.Order) == 0 {
		a.Order = []plan.Ordering{{Expr: args[1], Descending: fn == "arg_max"}}
		a.Filter = plan.And(a.Filter, present(args[0]), present(args[1]))
	} else if by || len(args) != 1 || len(a.Order) == 0 && (fn == "first" || fn == "last") || len(a.Order) > 0 &&
		plan.TruthAggregates[v.Name] != "" ||
		v.Distinct && len(a.Order) > 0 {
		x.refuseFunction(v)
		return plan.BadExpr(v.Pos())
	}
	all := slices.Clone(args)
	for _, o := range a.Order {
		all = append(all, o.Expr)
	}
	if slices.ContainsFunc(all, func(e *plan.Expr) bool { return e.Type.Kind == plan.KindBad }) {
		return plan.BadExpr(v.Pos())
	}
	if a.Arg = args[0]; len(a.Order) > 0 {
		pickFirst(a)
	}
	return x.unitValue(a)
}

// pickFirst makes the aggregate the first value in its order.
func pickFirst(a *plan.Aggregate) {
	if a.Fn == "min" { // any_value leaves NULL out
		a.Filter = plan.And(a.Filter, present(a.Arg))
	}
	if a.Fn == "last" {
		for i, o := range a.Order {
			a.Order[i].Descending, a.Order[i].NullsFirst = !o.Descending, !o.NullsFirst
		}
	}
	a.Fn = "first"
}

// present is the condition that e is not NULL; nil where it never is.
func present(e *plan.Expr) *plan.Expr {
	if !interval.NewFinder().Of(e, nil).Null {
		return nil
	}
	return plan.Call("is not null", e, e)
}

// unitValue settles what an aggregate that gives one row's value is. Over truth values it asks whether a condition
// holds in some row: that is a count of such rows.
func (x *binder) unitValue(a *plan.Aggregate) *plan.Expr {
	x.picks = append(x.picks, a)
	for a.Fn != "first" && a.Arg.Op == plan.OpCase && len(a.Arg.Args) == 3 && plan.IsNull(a.Arg.Args[2]) { // CASE WHEN c THEN x END
		a.Filter, a.Arg = plan.And(a.Filter, a.Arg.Args[0]), a.Arg.Args[1]
	}
	if a.Type = a.Arg.Type; a.Fn != "first" {
		if e := x.held(a); e != nil {
			return e
		}
	}
	if a.Arg.Type.Kind == plan.KindNull || a.Arg.Type.Kind == plan.KindInterval || !asItIs(a.Arg) ||
		slices.ContainsFunc(a.Order, func(o plan.Ordering) bool { return !placing(o.Expr) }) {
		x.AddFix("aggregate.shaped", a.At,
			yumen.Say("%s runs over a value that is chosen or computed in several steps: it could be made to differ for one person alone", "%s 作用于经选择或多步计算的值：它可能只对一个人不同", a.As),
			yumen.Say("take %s of a column, with FILTER (WHERE …) for the condition",
				"请对列本身使用 %s，条件写作 FILTER (WHERE …)", a.As))
		return plan.BadExpr(a.At)
	}
	return x.register(a)
}

// asItIs reports whether a value is a column, a sum, difference or product of columns, or a part of a date: what tells
// rows apart no further than its columns do. Columns of subqueries are what they are there.
func asItIs(e *plan.Expr) bool {
	e = plan.ThroughColumns(e)
	if e.Op == plan.OpColumn && e.Column.Alts != nil {
		return !slices.ContainsFunc(e.Column.Alts, func(c *plan.Column) bool { return !asItIs(c.Def) })
	}
	switch {
	case e.Type == plan.Bool:
		return e.Op == plan.OpColumn
	case plan.Bare(e):
		return e.Reads()
	case e.Op == plan.OpCall && (e.Fn == "date_part" || e.Fn == "date_trunc" || e.Fn == "last_day"):
		return plan.Bare(e.Args[len(e.Args)-1])
	}
	return plan.PolynomialOf(e) && e.Reads()
}

// held is the least or largest of two values that a condition decides between, and of truth values: a count of the rows
// in which the condition holds. It is nil for other values.
func (x *binder) held(a *plan.Aggregate) *plan.Expr {
	cond, yes, no := a.Arg, plan.ConstantOf(plan.Bool, "true"), plan.ConstantOf(plan.Bool, "false")
	for cond.Op == plan.OpCast && cond.Args[0].Type == plan.Bool {
		cond, yes, no = cond.Args[0], plan.CastTo(yes, a.Type), plan.CastTo(no, a.Type)
	}
	most := a.Fn == "max"
	switch {
	case cond.Type == plan.Bool:
	case cond.Op == plan.OpCase && len(cond.Args) == 3:
		u, ok1 := interval.Fixed(plan.Uncast(cond.Args[1]))
		v, ok2 := interval.Fixed(plan.Uncast(cond.Args[2]))
		if !ok1 || !ok2 || u == nil || v == nil {
			return nil
		}
		yes, no = cond.Args[1], cond.Args[2]
		most = most == (u.Cmp(v) >= 0)
		cond = plan.Call("coalesce", cond.Args[0], cond.Args[0], plan.ConstantOf(plan.Bool, "false"))
	default:
		return nil
	}
	rows := func(where *plan.Expr) *plan.Expr {
		n := x.register(&plan.Aggregate{Fn: "count", Filter: plan.And(a.Filter, where), Type: plan.Int, At: a.At})
		return plan.Sized(&plan.Expr{Op: plan.OpCall, Fn: ">", Type: plan.Bool, At: a.At,
			Args: []*plan.Expr{n, plan.ConstantOf(plan.Int, "0")}})
	}
	out := &plan.Expr{Op: plan.OpCase, Type: a.Type, At: a.At}
	not := plan.Negation(plan.Call("not", cond, cond))
	if most {
		out.Args = []*plan.Expr{rows(cond), yes, rows(not), no, plan.NullConst()}
	} else {
		out.Args = []*plan.Expr{rows(not), no, rows(cond), yes, plan.NullConst()}
	}
	if a.Filter == nil && !interval.NewFinder().Of(cond, nil).Null { // every group has a row
		out.Args = []*plan.Expr{out.Args[0], out.Args[1], out.Args[3]}
	}
	return plan.Sized(out)
}

// refusePicks refuses aggregates that give one row's value where a group is not the rows of one unit.
func (x *binder) refusePicks() {
	if !x.top && x.unitKeyed() {
		return
	}
	for _, g := range x.picks {
		x.refuseFunction(ast.Call{At: ast.At(g.At), Name: g.As})
	}
}

// checkPicks checks the use filter of what decides which row's value an aggregate of a unit's rows gives.
func (x *binder) checkPicks(g *plan.Aggregate) {
	if x.top || !x.unitKeyed() {
		return // which is refused
	}
	for _, e := range g.Chooses() {
		x.check(e, purpose{use: yumen.UseFilter}, nil)
	}
}
