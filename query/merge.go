package query

import "slices"

// merge makes one block of a SELECT over a single grouped subquery: SELECT … FROM (SELECT … GROUP BY …) WHERE … ORDER BY ….
// What the outer block does is done with groups, so its WHERE is a HAVING and its columns are made of keys and aggregates.
func (x *binder) merge() bool {
	if x.b.grouped || x.b.distinct || len(x.b.rels) != 1 || x.b.joins.rel == nil {
		return false
	}
	r := x.b.rels[0]
	if r.inner == nil || !r.inner.loose || r.inner.post || r.inner.limit != nil || r.inner.offset != nil || len(x.b.scalars)+len(r.inner.scalars) > 0 {
		return false
	}
	in := *r.inner
	if len(in.windows()) > 0 && x.windowed() {
		return false // a window over what another window made
	}
	conds := subst(x.b.where, r)
	if len(in.windows()) > 0 { // they ran before these conditions
		in.qualify = and(append([]*expr{in.qualify}, conds...)...)
	} else {
		in.having = and(append([]*expr{in.having}, conds...)...)
	}
	if x.b.qualify != nil {
		in.qualify = and(in.qualify, x.b.qualify.over(r))
	}
	in.outs, in.order = nil, nil
	for _, o := range x.b.outs {
		in.outs = append(in.outs, &output{o.name, o.expr.over(r), o.at})
	}
	for _, o := range x.b.order {
		in.order = append(in.order, ordering{o.expr.over(r), o.descending, o.nullsFirst})
	}
	in.limit, in.offset, in.loose = x.b.limit, x.b.offset, false // and finish looks at what it is now
	in.aggs = slices.DeleteFunc(slices.Clone(in.aggs), func(g *aggregate) bool { return !in.uses(g) })
	x.b = &in
	return true
}

// windowed reports whether the block itself has window functions, those of subqueries left out.
func (x *binder) windowed() bool { return len(x.b.windows()) > 0 }

// uses reports whether anything that comes out of the block looks at the aggregate.
func (b *block) uses(g *aggregate) (found bool) {
	look := func(x *expr) bool {
		found = found || x.op == opAgg && x.agg == g
		return !found
	}
	b.having.walk(look)
	b.qualify.walk(look)
	for _, o := range b.outs {
		o.expr.walk(look)
	}
	for _, o := range b.order {
		o.expr.walk(look)
	}
	return found
}

func subst(es []*expr, r *relation) (out []*expr) {
	for _, e := range es {
		out = append(out, e.over(r))
	}
	return out
}

// over rewrites e from columns of r to the keys and aggregates that they are inside it.
func (e *expr) over(r *relation) *expr {
	if e.op == opColumn && e.col.rel == r {
		return elsewhere(e.col.def, e.at)
	}
	return mapped(e, func(a *expr) *expr { return a.over(r) })
}

// and is the conjunction of conditions, flat; nil for none.
func and(es ...*expr) *expr {
	var flat []*expr
	for _, e := range es {
		if e != nil {
			flat = append(flat, conjuncts(e)...)
		}
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return &expr{op: opCall, fn: "and", typ: tBool, args: flat, at: flat[0].at}
}
