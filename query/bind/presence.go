package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// This file reads key IN (SELECT key …) and EXISTS (SELECT …) as a value: in CASE, FILTER, under OR, or as a group key.
// Whether a unit has rows elsewhere is then whether a left join finds the unit among those that have, of which it finds
// one row at most. The unit that it finds is the one whose row it is, so that nobody more is behind the row.

// presence binds such a subquery as a truth value.
func (x *binder) presence(v ast.Subquery) *plan.Expr {
	if v.Child != nil && x.isList(v.Query, x.seen) {
		return x.member(v.Child, v, v.Query, clause{name: yumen.Text{EN: "WHERE"}})
	}
	child, query := v.Child, *v.Query
	if child == nil {
		var key ast.Expr
		if child, key, query = x.correlated(v); key == nil {
			x.RefuseSubquery(v.Pos())
			return plan.BadExpr(v.Pos())
		}
		query.Items = []ast.Item{{Expr: key}}
	}
	query.Distinct = true
	if x.b.Joins == nil || x.outer != nil || query.Limit != nil || query.Offset != nil {
		x.RefuseSubquery(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	told := len(x.All)
	of := x.expr(child, clause{name: yumen.Text{EN: "WHERE"}})
	r := x.derivedBlock(&query, x.seen, "", nil, v.Pos())
	if r == nil || of.Op == plan.OpBad || len(x.All) > told {
		if len(x.All) == 0 {
			x.RefuseSubquery(v.Pos())
		}
		return plan.BadExpr(v.Pos())
	}
	if of.Op != plan.OpColumn || of.Column.Unit == nil || !neverNull(of.Column, x.b) || len(r.Cols) != 1 ||
		r.Cols[0].Unit == nil || r.Inner.Loose || len(r.Inner.Keys) != 1 {
		x.RefuseSubquery(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	key := plan.ColumnExpr(r.Cols[0], v.Pos())
	j := &plan.JoinTree{Kind: plan.LeftJoin, At: v.Pos(), Left: x.b.Joins, Right: &plan.JoinTree{Rel: r}}
	if j.On = []*plan.Expr{x.apply("=", plan.Functions["="], []*plan.Expr{of, key}, v.Pos())}; !x.tied(j) {
		return plan.BadExpr(v.Pos())
	}
	r.Cols[0].Hidden = true
	x.b.Joins, x.b.Rels = j, append(x.b.Rels, r)
	return x.apply("is not null", plan.Functions["is not null"], []*plan.Expr{key}, v.Pos())
}

// correlated takes the equality of a column inside with one outside off the conditions of EXISTS.
func (x *binder) correlated(v ast.Subquery) (outside, inside ast.Expr, rest ast.Select) {
	rest = *v.Query
	if rest.From == nil || rest.Grouped || rest.GroupAll || rest.Having != nil || rest.Where == nil {
		return nil, nil, rest
	}
	in := &binder{analysis: x.analysis, q: &ast.Select{From: rest.From}, seen: &names{outer: x.seen, ctes: rest.CTEs},
		b: &plan.Block{}}
	in.from()
	conds := conjunctsOf(rest.Where)
	for i, c := range conds {
		eq, ok := c.(ast.Call)
		if !ok || eq.Name != "#=" {
			continue
		}
		a, ok1 := eq.Args[0].(ast.Column)
		b, ok2 := eq.Args[1].(ast.Column)
		if !ok1 || !ok2 {
			continue
		}
		if in.has(b) {
			a, b = b, a
		}
		if !in.has(a) || in.has(b) {
			continue
		}
		switch left := slices.Delete(slices.Clone(conds), i, i+1); len(left) {
		case 0:
			rest.Where = nil
		case 1:
			rest.Where = left[0]
		default:
			rest.Where = ast.Call{At: eq.At, Name: "#and", Args: left}
		}
		return b, a, rest
	}
	return nil, nil, rest
}

func conjunctsOf(v ast.Expr) (out []ast.Expr) {
	if c, ok := v.(ast.Call); ok && c.Name == "#and" {
		for _, a := range c.Args {
			out = append(out, conjunctsOf(a)...)
		}
		return out
	}
	return []ast.Expr{v}
}

// has reports whether a table in FROM has the column.
func (x *binder) has(c ast.Column) bool {
	table, name, ok := split(c.Names)
	return ok && len(x.candidates(table, name)) > 0
}
