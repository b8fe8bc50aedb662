package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// This file reads key IN (SELECT key …) and EXISTS (SELECT …) as a value: in CASE, FILTER, under OR, or as a group key. Whether
// a unit has rows elsewhere is then whether a left join finds the unit among those that have, of which it finds one row at
// most. The unit that it finds is the one whose row it is, so that nobody more is behind the row.

// presence binds such a subquery as a truth value.
func (x *binder) presence(v astSubquery) *expr {
	child, query := v.child, *v.query
	if child == nil {
		var key astExpr
		if child, key, query = x.correlated(v); key == nil {
			x.refuseSubquery(v.pos())
			return bad(v.pos())
		}
		query.items = []astItem{{expr: key}}
	}
	query.distinct = true
	if x.b.joins == nil || x.outer != nil || query.limit != nil || query.offset != nil {
		x.refuseSubquery(v.pos())
		return bad(v.pos())
	}
	told := len(x.list)
	of := x.expr(child, clause{name: yumen.Text{EN: "WHERE"}})
	r := x.derivedBlock(&query, x.seen, "", nil, v.pos())
	if r == nil || of.op == opBad || len(x.list) > told {
		if len(x.list) == 0 {
			x.refuseSubquery(v.pos())
		}
		return bad(v.pos())
	}
	if of.op != opColumn || of.col.unit == nil || !neverNull(of.col, x.b) || len(r.cols) != 1 || r.cols[0].unit == nil || r.inner.loose || len(r.inner.keys) != 1 {
		x.refuseSubquery(v.pos())
		return bad(v.pos())
	}
	key := columnExpr(r.cols[0], v.pos())
	j := &joinTree{kind: leftJoin, at: v.pos(), left: x.b.joins, right: &joinTree{rel: r}}
	if j.on = []*expr{x.apply("=", functions["="], []*expr{of, key}, v.pos())}; !x.tied(j) {
		return bad(v.pos())
	}
	r.cols[0].hidden = true
	x.b.joins, x.b.rels = j, append(x.b.rels, r)
	return x.apply("is not null", functions["is not null"], []*expr{key}, v.pos())
}

// correlated takes the equality of a column inside with one outside off the conditions of EXISTS.
func (x *binder) correlated(v astSubquery) (outside, inside astExpr, rest astSelect) {
	rest = *v.query
	if rest.from == nil || rest.grouped || rest.groupAll || rest.having != nil || rest.where == nil {
		return nil, nil, rest
	}
	in := &binder{analysis: x.analysis, q: &astSelect{from: rest.from}, seen: &names{x.seen, rest.ctes}, b: &block{}}
	in.from()
	conds := conjunctsOf(rest.where)
	for i, c := range conds {
		eq, ok := c.(astCall)
		if !ok || eq.name != "#=" {
			continue
		}
		a, ok1 := eq.args[0].(astColumn)
		b, ok2 := eq.args[1].(astColumn)
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
			rest.where = nil
		case 1:
			rest.where = left[0]
		default:
			rest.where = astCall{at: eq.at, name: "#and", args: left}
		}
		return b, a, rest
	}
	return nil, nil, rest
}

func conjunctsOf(v astExpr) (out []astExpr) {
	if c, ok := v.(astCall); ok && c.name == "#and" {
		for _, a := range c.args {
			out = append(out, conjunctsOf(a)...)
		}
		return out
	}
	return []astExpr{v}
}

// has reports whether a table in FROM has the column.
func (x *binder) has(c astColumn) bool {
	table, name, ok := split(c.names)
	return ok && len(x.candidates(table, name)) > 0
}
