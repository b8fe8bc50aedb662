package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// This file reads a subquery that stands for a value and is tied to the row around it by an equality of the unit's
// keys, as what it means: a left join with a subquery grouped by the key. So (SELECT sum(x) FROM t WHERE t.key =
// outer.key) is a value of the unit like any other. Tied to reference data it is a lookup.

// tiedOutside reports whether a condition of a subquery is an equality of two columns, as one that ties it to the row
// around it is.
func tiedOutside(q *ast.Select) bool {
	return q.From != nil && q.Where != nil && slices.ContainsFunc(conjunctsOf(q.Where), func(v ast.Expr) bool {
		c, ok := v.(ast.Call)
		if !ok || c.Name != "#=" {
			return false
		}
		_, left := c.Args[0].(ast.Column)
		_, right := c.Args[1].(ast.Column)
		return left && right
	})
}

// correlatedValue binds such a subquery; ok is false where it is none.
func (x *binder) correlatedValue(v ast.Scalar, c clause) (e *plan.Expr, ok bool) {
	if x.b.Post || x.b.Joins == nil || x.outer != nil || len(v.Query.Items) != 1 || !tiedOutside(v.Query) {
		return nil, false
	}
	told := len(x.All)
	outside, key, query := x.correlated(ast.Subquery{At: v.At, Query: v.Query})
	if key == nil {
		return nil, false
	}
	if len(x.All) > told {
		return plan.BadExpr(v.Pos()), true
	}
	var figures []ast.Call
	value := replaced(v.Query.Items[0].Expr, func(a ast.Call) ast.Expr {
		if !aggregating(a) {
			return nil
		}
		figures = append(figures, a)
		return figure{a.At, len(figures)}
	})
	query.Items = []ast.Item{{Expr: key}}
	for _, a := range figures {
		query.Items = append(query.Items, ast.Item{Expr: a})
	}
	if query.Groups, query.Grouped = []ast.Expr{key}, true; len(figures) == 0 {
		query.Groups, query.Grouped, query.Items = nil, false, append(query.Items, v.Query.Items[0])
	}
	r := x.besideUnit(v, outside, &query)
	if r == nil {
		return plan.BadExpr(v.Pos()), true
	}
	if len(figures) == 0 {
		return plan.ColumnExpr(r.Cols[1], v.Pos()), true
	}
	return x.expr(replacedFigures(value, figures, r), c), true
}

// besideUnit left joins the block with a subquery that has a row for each unit, or each entry of reference data.
func (x *binder) besideUnit(v ast.Scalar, outside ast.Expr, query *ast.Select) *plan.Relation {
	of := x.expr(outside, clause{name: yumen.Text{EN: "WHERE"}})
	r := x.derivedBlock(query, x.seen, "", nil, v.Pos())
	if r == nil || of.Op == plan.OpBad {
		return nil
	}
	unit := of.Op == plan.OpColumn && of.Column.Unit != nil && neverNull(of.Column, x.b) && r.Cols[0].Unit != nil &&
		!r.Inner.Loose && len(r.Inner.Keys) == 1
	lookup := of.Op == plan.OpColumn && r.Reference() && !r.Inner.Grouped
	if !unit && !lookup {
		x.RefuseSubquery(v.Pos())
		return nil
	}
	key := plan.ColumnExpr(r.Cols[0], v.Pos())
	j := &plan.JoinTree{Kind: plan.LeftJoin, At: v.Pos(), Left: x.b.Joins, Right: &plan.JoinTree{Rel: r}}
	if j.On = []*plan.Expr{x.apply("=", plan.Functions["="], []*plan.Expr{of, key}, v.Pos())}; !x.tied(j) {
		x.RefuseSubquery(v.Pos())
		return nil
	}
	for _, c := range r.Cols {
		c.Hidden = true
	}
	x.b.Joins, x.b.Rels = j, append(x.b.Rels, r)
	return r
}

// figure stands for an aggregate of a subquery, by number.
type figure struct {
	ast.At
	number int
}

// replacedFigures puts the columns of the joined subquery in the place of its aggregates. Counts of nothing are 0.
func replacedFigures(v ast.Expr, figures []ast.Call, r *plan.Relation) ast.Expr {
	if f, ok := v.(figure); ok {
		col := starColumn{f.At, r.Cols[f.number]}
		if name := canonical(figures[f.number-1]); strings.HasPrefix(name, "count") ||
			strings.HasPrefix(plan.Aggregates[name], "count") {
			zero := ast.Const{At: f.At, Lit: plan.Literal{Type: plan.Int, Text: "0"}}
			return ast.Call{At: f.At, Name: "#coalesce", Args: []ast.Expr{col, zero}}
		}
		return col
	}
	return parts(v, func(p ast.Expr) ast.Expr { return replacedFigures(p, figures, r) })
}

// aggregating reports whether a call is an aggregate.
func aggregating(c ast.Call) bool {
	name := canonical(c)
	return plan.Aggregates[name] != "" || plan.Quantiles[name] != "" || plan.UnitAggregates[c.Name] != "" ||
		plan.TruthAggregates[c.Name] != ""
}

// replaced is v with what put gives in the place of calls for which it gives anything.
func replaced(v ast.Expr, put func(ast.Call) ast.Expr) ast.Expr {
	if c, ok := v.(ast.Call); ok {
		if to := put(c); to != nil {
			return to
		}
	}
	return parts(v, func(p ast.Expr) ast.Expr { return replaced(p, put) })
}

// parts is v with each part replaced.
func parts(v ast.Expr, each func(ast.Expr) ast.Expr) ast.Expr {
	all := func(vs []ast.Expr) (out []ast.Expr) {
		for _, p := range vs {
			out = append(out, each(p))
		}
		return out
	}
	switch e := v.(type) {
	case ast.Call:
		e.Args = all(e.Args)
		return e
	case ast.Cast:
		e.Arg = each(e.Arg)
		return e
	case ast.Case:
		e.Whens, e.Thens, e.Otherwise = all(e.Whens), all(e.Thens), each(e.Otherwise)
		return e
	}
	return v
}
