package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// This file is about aggregates that give one row's value: the least, the largest, the first in an order. Of a group of
// people that is somebody's value, and refused. Of the rows of one unit, in a subquery grouped by its key, it is a value of
// the unit like any other, which is then aggregated over many. What is compared or put in order chooses among rows, so it
// needs the use filter.

// unitAggregates are these aggregates by name; truthAggregates ask whether a condition holds in some row or in all.
var (
	unitAggregates = map[string]string{"min": "min", "max": "max", "any_value": "min", "arbitrary": "min", "first": "first", "last": "last",
		"arg_min": "arg_min", "argmin": "arg_min", "min_by": "arg_min", "arg_max": "arg_max", "argmax": "arg_max", "max_by": "arg_max"}
	truthAggregates = map[string]string{"bool_or": "max", "bool_and": "min", "every": "min"}
)

// picks reports whether the aggregate gives the value of one row.
func (g *aggregate) picks() bool { return g.fn == "min" || g.fn == "max" || g.fn == "first" }

// unitAggregate binds an aggregate that gives one row's value, or nil where its name is no such one's.
func (x *binder) unitAggregate(v astCall, c clause) *expr {
	fn := unitAggregates[v.name] + truthAggregates[v.name]
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return bad(v.pos())
	}
	a := &aggregate{fn: fn, at: v.pos(), as: v.name}
	if v.filter != nil {
		a.filter = x.wantBool(x.expr(v.filter, inner))
	}
	var args []*expr
	for _, arg := range v.args {
		args = append(args, x.expr(arg, inner))
	}
	for _, o := range v.order {
		a.order = append(a.order, ordering{x.expr(o.expr, inner), o.descending, o.nullsFirst})
	}
	by := fn == "arg_min" || fn == "arg_max"
	if by && len(args) == 2 && len(a.order) == 0 {
		a.order = []ordering{{expr: args[1], descending: fn == "arg_max"}}
		a.filter = and(a.filter, present(args[0]), present(args[1]))
	} else if by || len(args) != 1 || len(a.order) == 0 && (fn == "first" || fn == "last") || len(a.order) > 0 && truthAggregates[v.name] != "" ||
		v.distinct && len(a.order) > 0 {
		x.refuseFunction(v)
		return bad(v.pos())
	}
	all := slices.Clone(args)
	for _, o := range a.order {
		all = append(all, o.expr)
	}
	if slices.ContainsFunc(all, func(e *expr) bool { return e.typ.kind == kBad }) {
		return bad(v.pos())
	}
	if a.arg = args[0]; len(a.order) > 0 {
		a.pickFirst()
	}
	return x.unitValue(a)
}

// pickFirst makes the aggregate the first value in its order.
func (a *aggregate) pickFirst() {
	if a.fn == "min" { // any_value leaves NULL out
		a.filter = and(a.filter, present(a.arg))
	}
	if a.fn == "last" {
		for i, o := range a.order {
			a.order[i].descending, a.order[i].nullsFirst = !o.descending, !o.nullsFirst
		}
	}
	a.fn = "first"
}

// present is the condition that e is not NULL; nil where it never is.
func present(e *expr) *expr {
	if !newSpanner().of(e, nil).null {
		return nil
	}
	return call("is not null", e, e)
}

// unitValue settles what an aggregate that gives one row's value is. Over truth values it asks whether a condition holds in
// some row: that is a count of such rows.
func (x *binder) unitValue(a *aggregate) *expr {
	x.picks = append(x.picks, a)
	for a.fn != "first" && a.arg.op == opCase && len(a.arg.args) == 3 && isNull(a.arg.args[2]) { // CASE WHEN c THEN x END
		a.filter, a.arg = and(a.filter, a.arg.args[0]), a.arg.args[1]
	}
	if a.typ = a.arg.typ; a.fn != "first" {
		if e := x.held(a); e != nil {
			return e
		}
	}
	if a.arg.typ.kind == kNull || a.arg.typ.kind == kInterval || !asItIs(a.arg) || slices.ContainsFunc(a.order, func(o ordering) bool { return !placing(o.expr) }) {
		x.addFix("aggregate.shaped", a.at, yumen.Say("%s runs over a value that is chosen or computed in several steps: it could be made to differ for one person alone", "%s 作用于经选择或多步计算的值：它可能只对一个人不同", a.as),
			yumen.Say("take %s of a column, with FILTER (WHERE …) for the condition", "请对列本身使用 %s，条件写作 FILTER (WHERE …)", a.as))
		return bad(a.at)
	}
	return x.register(a)
}

// asItIs reports whether a value is a column, a sum, difference or product of columns, or a part of a date: what tells rows
// apart no further than its columns do. Columns of subqueries are what they are there.
func asItIs(e *expr) bool {
	e = throughColumns(e)
	if e.op == opColumn && e.col.alts != nil {
		return !slices.ContainsFunc(e.col.alts, func(c *column) bool { return !asItIs(c.def) })
	}
	switch {
	case e.typ == tBool:
		return e.op == opColumn
	case bare(e):
		return e.reads()
	case e.op == opCall && (e.fn == "date_part" || e.fn == "date_trunc" || e.fn == "last_day"):
		return bare(e.args[len(e.args)-1])
	}
	return polynomialOf(e) && e.reads()
}

// held is the least or largest of two values that a condition decides between, and of truth values: a count of the rows in
// which the condition holds. It is nil for other values.
func (x *binder) held(a *aggregate) *expr {
	cond, yes, no := a.arg, constantOf(tBool, "true"), constantOf(tBool, "false")
	for cond.op == opCast && cond.args[0].typ == tBool {
		cond, yes, no = cond.args[0], castTo(yes, a.typ), castTo(no, a.typ)
	}
	most := a.fn == "max"
	switch {
	case cond.typ == tBool:
	case cond.op == opCase && len(cond.args) == 3:
		u, ok1 := fixed(uncast(cond.args[1]))
		v, ok2 := fixed(uncast(cond.args[2]))
		if !ok1 || !ok2 || u == nil || v == nil {
			return nil
		}
		yes, no = cond.args[1], cond.args[2]
		most = most == (u.Cmp(v) >= 0)
		cond = call("coalesce", cond.args[0], cond.args[0], constantOf(tBool, "false"))
	default:
		return nil
	}
	rows := func(where *expr) *expr {
		n := x.register(&aggregate{fn: "count", filter: and(a.filter, where), typ: tInt, at: a.at})
		return sized(&expr{op: opCall, fn: ">", typ: tBool, at: a.at, args: []*expr{n, constantOf(tInt, "0")}})
	}
	out := &expr{op: opCase, typ: a.typ, at: a.at}
	not := negation(call("not", cond, cond))
	if most {
		out.args = []*expr{rows(cond), yes, rows(not), no, null()}
	} else {
		out.args = []*expr{rows(not), no, rows(cond), yes, null()}
	}
	if a.filter == nil && !newSpanner().of(cond, nil).null { // every group has a row
		out.args = []*expr{out.args[0], out.args[1], out.args[3]}
	}
	return sized(out)
}

func constantOf(t sqlType, text string) *expr {
	return &expr{op: opConst, typ: t, lit: literal{t, text}, size: 1}
}

// refusePicks refuses aggregates that give one row's value where a group is not the rows of one unit.
func (x *binder) refusePicks() {
	if !x.top && x.unitKeyed() {
		return
	}
	for _, g := range x.picks {
		x.refuseFunction(astCall{at: at(g.at), name: g.as})
	}
}

// checkPicks checks the use filter of what decides which row's value an aggregate of a unit's rows gives.
func (x *binder) checkPicks(g *aggregate) {
	if x.top || !x.unitKeyed() {
		return // which is refused
	}
	for _, e := range g.chooses() {
		x.check(e, purpose{use: yumen.UseFilter}, nil)
	}
}

// chooses lists what decides which row's value the aggregate gives. Rows that come first together are told apart by the value.
func (g *aggregate) chooses() []*expr {
	out := []*expr{g.arg, g.filter}
	for _, o := range g.order {
		out = append(out, o.expr)
	}
	return out
}

// picked returns the dataset columns one of whose values e is: itself, or of a unit the least, the first and the like.
func (e *expr) picked(keys []*expr) []*column {
	switch {
	case e.op == opAgg && e.agg.picks():
		return e.agg.arg.picked(nil)
	case e.op == opColumn && e.col.def != nil && e.col.rel.inner != nil:
		return e.col.def.picked(e.col.rel.inner.keys)
	}
	return e.directs(keys)
}
