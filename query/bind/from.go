package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// unusedCTEs resolves WITH queries that nothing refers to, so that what is wrong in them is told as well.
func (a *analysis) unusedCTEs(q *ast.Select, seen *names) {
	for i, c := range q.CTEs {
		if !mentioned(q, c.Name) {
			a.block(c.Query, &names{outer: seen.outer, ctes: q.CTEs[:i]}, false)
		}
	}
}

// mentioned reports whether a table of that name is read anywhere below q.
func mentioned(q *ast.Select, name string) bool {
	if q == nil {
		return false
	}
	exprs := append(slices.Clone(q.Groups), q.Where, q.Having, q.Qualify)
	for _, i := range q.Items {
		exprs = append(exprs, i.Expr)
	}
	for _, o := range q.Order {
		exprs = append(exprs, o.Expr)
	}
	return inTable(q.From, name) || slices.ContainsFunc(exprs, func(v ast.Expr) bool { return inExpr(v, name) }) ||
		slices.ContainsFunc(q.CTEs, func(c ast.CTE) bool { return mentioned(c.Query, name) })
}

func inTable(t ast.Table, name string) bool {
	switch t := t.(type) {
	case ast.Base:
		return reason.Same(t.Name, name)
	case ast.Derived:
		return mentioned(t.Query, name)
	case ast.Union:
		return slices.ContainsFunc(t.Sides, func(q *ast.Select) bool { return mentioned(q, name) })
	case ast.Join:
		return inTable(t.Left, name) || inTable(t.Right, name)
	}
	return false
}

// inExpr looks into the subqueries of an expression.
func inExpr(v ast.Expr, name string) bool {
	in := func(v ast.Expr) bool { return inExpr(v, name) }
	switch v := v.(type) {
	case ast.Subquery:
		return mentioned(v.Query, name)
	case ast.Scalar:
		return mentioned(v.Query, name)
	case ast.Call:
		return slices.ContainsFunc(v.Args, in) || in(v.Filter)
	case ast.Cast:
		return in(v.Arg)
	case ast.Case:
		return slices.ContainsFunc(slices.Concat(v.Whens, v.Thens), in) || in(v.Otherwise)
	case ast.Window:
		return slices.ContainsFunc(slices.Concat(v.Args, v.Partition), in) ||
			slices.ContainsFunc(v.Order, func(o ast.Order) bool { return in(o.Expr) })
	}
	return false
}

func (x *binder) from() {
	if x.q.From == nil {
		return
	}
	x.b.Joins = x.table(x.q.From)
	x.b.Post = x.b.Joins.Answers()
	if x.b.Joins != nil && !x.b.Post && !x.scope.Private() {
		x.b.Joins = x.takeFigures(x.b.Joins)
	}
	x.b.Rels = x.b.Joins.Rels()
	if x.b.Joins != nil && !x.b.Post {
		x.b.Joins = x.takeLists(x.b.Joins, false)
	}
	seen := map[string]bool{}
	for _, r := range x.b.Rels {
		x.b.Units = append(x.b.Units, r.Units...)
		if name := reason.Fold(r.Alias); name != "" && seen[name] {
			x.AddFix("table.alias", x.q.From.Pos(),
				yumen.Say("two tables in FROM are called %s", "FROM 中有两个表都叫 %s", reason.Printable(r.Alias)),
				yumen.Say("give each its own alias", "请为每个表起不同的别名"))
		} else {
			seen[name] = true
		}
	}
}

func (x *binder) table(t ast.Table) *plan.JoinTree {
	var r *plan.Relation
	switch t := t.(type) {
	case ast.Base:
		r = x.base(t, x.seen)
	case ast.Derived:
		r = x.derived(t.Query, &names{outer: x.seen, beside: x.beside}, t.Alias, t.Columns, t.Pos())
	case ast.Union:
		r = x.union(t, x.seen, "")
	case ast.Values:
		r = x.values(t, x.seen)
	case ast.Series:
		r = x.series(t, x.seen)
	case ast.Join:
		return x.join(t)
	}
	if r == nil {
		return nil
	}
	if x.tables == nil {
		x.tables = map[*plan.Relation]ast.Table{}
	}
	x.tables[r] = t
	return &plan.JoinTree{Rel: r}
}
