package bind

import (
	"slices"

	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// This file reads any_value, min, max, first, last and mode of what the group keys determine: the group has one such
// value, and the function is the value itself. So it is with columns of reference data that a key is looked up in, and
// of lists of the text. They become keys.

// ofOne are the functions that give the value of a group which has one.
var ofOne = []string{"any_value", "arbitrary", "min", "max", "first", "last", "mode"}

// determined binds such a function; nil where the keys do not determine its argument.
func (x *binder) determined(v ast.Call, c clause) *plan.Expr {
	if !slices.Contains(ofOne, canonical(v)) || x.b.Post || !x.b.Grouped || len(x.b.Keys) == 0 || len(x.q.Sets) > 0 ||
		x.unitKeyed() ||
		!c.aggregates || c.inside || len(v.Args) != 1 || v.Filter != nil {
		return nil
	}
	told := len(x.All)
	e := x.expr(v.Args[0], clause{name: c.name, aliases: c.aliases, aggregates: true, inside: true})
	if len(x.All) > told || e.Op == plan.OpBad {
		return plan.BadExpr(v.Pos())
	}
	d := determining{x, map[*plan.Relation]bool{}}
	if !d.fixed(e) || x.scope.Private() && !x.kept(e) { // where all combinations of public keys are answered, more keys are more groups
		return nil
	}
	x.keep(e)
	return plan.Elsewhere(e, v.Pos())
}

// keep makes keys of the columns of e that are none.
func (x *binder) keep(e *plan.Expr) {
	switch {
	case x.isGroupKey(e):
	case e.Op == plan.OpColumn:
		x.key(e)
	default:
		for _, a := range e.Args {
			x.keep(a)
		}
	}
}

// kept reports whether e is made of keys.
func (x *binder) kept(e *plan.Expr) bool {
	return x.isGroupKey(e) || e.Op != plan.OpColumn &&
		!slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !x.kept(a) })
}

func (x *binder) isGroupKey(e *plan.Expr) bool {
	return slices.ContainsFunc(x.b.Keys, func(k *plan.Expr) bool { return plan.SameExpr(k, e) })
}

// determining looks for what the keys of a block determine; seen are the tables that it is looking at.
type determining struct {
	*binder
	seen map[*plan.Relation]bool
}

// fixed reports whether e has one value in each group.
func (d determining) fixed(e *plan.Expr) bool {
	switch {
	case d.isGroupKey(e), e.Op == plan.OpConst:
		return true
	case e.Op == plan.OpColumn:
		r := e.Column.Relation
		if d.seen[r] {
			return false
		}
		d.seen[r] = true
		defer delete(d.seen, r)
		return r.List != nil && d.fixedList(r) || r.List == nil && r.Reference() && d.fixedLookup(r)
	case len(e.Args) == 0 || e.Op == plan.OpAgg || e.Op == plan.OpWindow:
		return false
	}
	return !slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !d.fixed(a) })
}

// fixedList reports whether what a list is joined by has one value in each group.
func (d determining) fixedList(r *plan.Relation) bool {
	conds := slices.Concat(d.chosenOn, d.b.Where)
	for _, c := range d.choices {
		if !slices.Contains(c.lists, r) {
			continue
		}
		if slices.ContainsFunc(c.conds, func(e *plan.Expr) bool { return !d.fixedBeside(e, r) }) {
			return false
		}
	}
	return !slices.ContainsFunc(conds,
		func(e *plan.Expr) bool { return slices.Contains(e.Relations(), r) && !d.fixedBeside(e, r) })
}

// fixedBeside reports whether what a condition reads besides a list has one value in each group.
func (d determining) fixedBeside(e *plan.Expr, r *plan.Relation) bool {
	switch {
	case e.Op == plan.OpColumn && e.Column.Relation == r, d.isGroupKey(e):
		return true
	case len(e.Args) == 0 || e.Op == plan.OpAgg:
		return d.fixed(e)
	}
	return !slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !d.fixedBeside(a, r) })
}

// fixedLookup reports whether reference data is looked up by what has one value in each group. One row of it is found
// at most, which is asked of the data before anything is (see cells.LookupsOf).
func (d determining) fixedLookup(r *plan.Relation) bool {
	equal, fixed := 0, true
	look := func(conds []*plan.Expr, left bool) {
		for _, c := range conds {
			a, b, ok := plan.EqualColumns(c)
			if !ok || (a.Relation == r) == (b.Relation == r) {
				fixed = fixed && !left
				continue
			}
			equal++
			fixed = fixed && (d.fixed(c.Args[0]) || d.fixed(c.Args[1]))
		}
	}
	if d.b.Joins == nil || r.Table == nil {
		return false
	}
	d.b.Joins.Visit(func(j *plan.JoinTree) {
		if j.Kind == plan.LeftJoin && slices.Contains(j.Right.Rels(), r) {
			look(j.On, true)
		} else if slices.ContainsFunc(j.On, func(c *plan.Expr) bool { return slices.Contains(c.Relations(), r) }) {
			look(readingSome(j.On, r), false)
		}
	})
	look(readingSome(d.b.Where, r), false)
	return equal > 0 && fixed
}

// readingSome are the conditions that read a table.
func readingSome(conds []*plan.Expr, r *plan.Relation) []*plan.Expr {
	return slices.DeleteFunc(slices.Clone(conds), func(c *plan.Expr) bool { return !slices.Contains(c.Relations(), r) })
}

// picking reports whether an item has such a function in it, so that GROUP BY ALL looks at it after the others.
func picking(v ast.Expr) (found bool) {
	replaced(v, func(c ast.Call) ast.Expr {
		found = found || slices.Contains(ofOne, canonical(c))
		return nil
	})
	return found
}
