package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// A plan of class dp is written in a normal form, so that texts which mean the same by construction ask the same
// question: subqueries and WITH are written out where they are used, conditions stand together, and nothing keeps the
// order or the names it was written with.

// flattening writes out subqueries.
type flattening struct {
	rs   *reason.List
	defs map[*plan.Column]*plan.Expr        // of columns of subqueries, over what is below them
	lazy map[*plan.Column]func() *plan.Expr // the same, not yet needed
	full bool                               // something grew too large, which is told
}

func newFlattening(rs *reason.List) *flattening {
	return &flattening{rs: rs, defs: map[*plan.Column]*plan.Expr{}, lazy: map[*plan.Column]func() *plan.Expr{}}
}

// block writes out FROM and WHERE of a block.
func (f *flattening) block(b *plan.Block) *plan.Reading {
	s := f.tree(b.Joins, false)
	s.Conds = append(s.Conds, f.conjuncts(b.Where)...)
	return s
}

// tree writes out a join. Optional is set on the side of a left join that may find no partner.
func (f *flattening) tree(j *plan.JoinTree, optional bool) *plan.Reading {
	if j.Rel != nil {
		return f.leaf(j.Rel, optional)
	}
	left := f.tree(j.Left, optional)
	right := f.tree(j.Right, optional || j.Kind == plan.LeftJoin)
	on := f.conjuncts(j.On)
	if j.Kind == plan.InnerJoin || j.Kind == plan.CrossJoin {
		left.Rels, left.Joined = append(left.Rels, right.Rels...), append(left.Joined, right.Joined...)
		left.Conds = slices.Concat(left.Conds, right.Conds, on)
		return left
	}
	on, right.Conds = append(on, right.Conds...), nil
	left.Joined = append(left.Joined, &plan.Joined{Kind: j.Kind, Right: right, On: on})
	return left
}

func (f *flattening) leaf(r *plan.Relation, optional bool) *plan.Reading {
	b := r.Inner
	switch {
	case r.Table != nil:
		r.Optional = optional
		return &plan.Reading{Rels: []*plan.Relation{r}}
	case r.Parts != nil:
		return f.union(r, optional)
	case b.Grouped:
		return f.groups(r, optional)
	}
	s := f.block(b)
	if optional {
		s.Mark()
	}
	for _, c := range r.Cols {
		f.later(c, optional, s, func() *plan.Expr { return f.expr(c.Def) })
	}
	return s
}

// later says what a column of a subquery is below it. Where a left join may find no row of the subquery, what is
// computed there is NULL, so its being found is asked for.
func (f *flattening) later(c *plan.Column, optional bool, s *plan.Reading, def func() *plan.Expr) {
	f.lazy[c] = func() *plan.Expr {
		e := def()
		if !optional || e.Op == plan.OpColumn {
			return e
		}
		found := plan.Sized(&plan.Expr{Op: plan.OpCall, Fn: "is not null", Type: plan.Bool, At: e.At,
			Args: []*plan.Expr{s.Unit(e.At)}})
		return plan.Sized(&plan.Expr{Op: plan.OpCase, Type: e.Type, At: e.At,
			Args: []*plan.Expr{found, e, plan.NullConst()}})
	}
}

// groups writes out a subquery grouped by a unit: its keys and aggregates become columns of a new relation, what it
// makes of them is computed above it.
func (f *flattening) groups(r *plan.Relation, optional bool) *plan.Reading {
	b := r.Inner
	g := &plan.UnitGroups{Reading: f.block(b), Unit: -1}
	out := &plan.Relation{ID: r.ID, Alias: r.Alias, Groups: g, Optional: optional, Inner: &plan.Block{}}
	column := func(def *plan.Expr, unit *plan.Unit) *plan.Column {
		c := &plan.Column{Relation: out, Number: len(out.Cols), Type: def.Type, Def: def, Unit: unit}
		out.Cols = append(out.Cols, c)
		return c
	}
	keys, aggs := make([]*plan.Expr, len(b.Keys)), map[*plan.Aggregate]*plan.Expr{}
	for i, k := range b.Keys {
		g.Keys = append(g.Keys, f.expr(k))
		u := plan.UnitOf(k, nil)
		if u != nil && g.Unit < 0 &&
			!slices.ContainsFunc(b.Classes(), func(o *plan.Unit) bool { return !o.DependsOn(u) }) {
			g.Unit = i
		}
		keys[i] = plan.ColumnExpr(column(&plan.Expr{Op: plan.OpKey, Key: i, Type: k.Type, At: k.At}, u), k.At)
	}
	for _, a := range b.Aggs {
		flat := f.aggregate(a)
		g.Aggs = append(g.Aggs, flat)
		aggs[a] = plan.ColumnExpr(column(&plan.Expr{Op: plan.OpAgg, Aggregate: flat, Type: a.Type, At: a.At}, nil),
			a.At)
	}
	out.Inner.Keys, out.Inner.Where, out.Inner.Grouped = g.Keys, g.Reading.Conds, true
	s := &plan.Reading{Rels: []*plan.Relation{out}}
	over := func(e *plan.Expr) *plan.Expr { return f.grouped(e, keys, aggs) }
	if b.Having != nil {
		s.Conds = plan.Conjuncts(over(b.Having))
	}
	for _, c := range r.Cols {
		f.later(c, optional, s, func() *plan.Expr { return over(c.Def) })
	}
	return s
}

// union writes out the sides of a union.
func (f *flattening) union(r *plan.Relation, optional bool) *plan.Reading {
	out := &plan.Relation{ID: r.ID, Alias: r.Alias, Union: &plan.UnionRows{}, Optional: optional}
	out.Cols = []*plan.Column{{Relation: out, Type: plan.Int, Unit: &plan.Unit{Relation: out}}}
	for i, c := range r.Cols {
		u := &plan.Column{Relation: out, Number: i + 1, Type: c.Type}
		if c.Unit != nil {
			u.Unit = out.Cols[0].Unit
		}
		out.Cols = append(out.Cols, u)
		f.defs[c] = plan.ColumnExpr(u, -1)
		f.lazy[c] = nil
	}
	for _, p := range r.Parts {
		src := f.leaf(p, false)
		side := &plan.UnionSide{Reading: src, Cols: []*plan.Expr{src.Unit(-1)}}
		for _, c := range p.Cols {
			side.Cols = append(side.Cols, f.expr(plan.ColumnExpr(c, -1)))
		}
		out.Union.Sides = append(out.Union.Sides, side)
	}
	return &plan.Reading{Rels: []*plan.Relation{out}}
}

func (f *flattening) aggregate(g *plan.Aggregate) *plan.Aggregate {
	flat := *g
	if g.Arg != nil {
		flat.Arg = f.expr(g.Arg)
	}
	if g.Filter != nil {
		flat.Filter = f.expr(g.Filter)
	}
	flat.Order = nil
	for _, o := range g.Order {
		flat.Order = append(flat.Order,
			plan.Ordering{Expr: f.expr(o.Expr), Descending: o.Descending, NullsFirst: o.NullsFirst})
	}
	return &flat
}

// grouped puts columns in place of keys and aggregates.
func (f *flattening) grouped(e *plan.Expr, keys []*plan.Expr, aggs map[*plan.Aggregate]*plan.Expr) *plan.Expr {
	switch e.Op {
	case plan.OpKey:
		return plan.Elsewhere(keys[e.Key], e.At)
	case plan.OpAgg:
		return plan.Elsewhere(aggs[e.Aggregate], e.At)
	}
	return f.mapped(e, func(a *plan.Expr) *plan.Expr { return f.grouped(a, keys, aggs) })
}

// expr writes e over datasets and subqueries by units. The key of a unit becomes its number.
func (f *flattening) expr(e *plan.Expr) *plan.Expr {
	if e.Op != plan.OpColumn {
		return f.mapped(e, f.expr)
	}
	c := e.Column
	if def, ok := f.lazy[c]; ok {
		if f.defs[c] == nil {
			f.defs[c] = def()
		}
		return plan.Elsewhere(f.defs[c], e.At)
	}
	if c.Unit != nil && c.Base != nil {
		return plan.UnitNumber(c.Relation, c.Unit, e.At)
	}
	return plan.ColumnExpr(c, e.At)
}

func (f *flattening) conjuncts(es []*plan.Expr) (out []*plan.Expr) {
	for _, e := range es {
		out = append(out, plan.Conjuncts(plan.Plain(f.expr(e)))...)
	}
	return out
}

func (f *flattening) mapped(e *plan.Expr, each func(*plan.Expr) *plan.Expr) *plan.Expr {
	args := make([]*plan.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = each(a)
	}
	c := plan.Sized(e.With(args))
	if c.Size > plan.MaxExpr {
		f.full = true
		f.rs.AddFix("statement.size", e.At,
			yumen.Say("this expression has more than %d parts once the subqueries it reads are written out",
				"展开子查询后，此表达式超过 %d 个组成部分", plan.MaxExpr),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return &plan.Expr{Op: plan.OpConst, Type: e.Type, Literal: plan.Literal{Type: plan.Null}, At: e.At, Size: 1}
	}
	return c
}
