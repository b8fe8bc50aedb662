package bind

import (
	"slices"

	"github.com/yumen-data/yumen/query/plan"
)

// merge makes one block of a SELECT over a single grouped subquery: SELECT … FROM (SELECT … GROUP BY …) WHERE … ORDER
// BY …. What the outer block does is done with groups, so its WHERE is a HAVING and its columns are made of keys and
// aggregates.
func (x *binder) merge() bool {
	if x.b.Grouped || x.b.Distinct || len(x.b.Rels) != 1 || x.b.Joins.Rel == nil {
		return false
	}
	r := x.b.Rels[0]
	if r.Inner == nil || !r.Inner.Loose || r.Inner.Post || r.Inner.Limit != nil || r.Inner.Offset != nil ||
		len(x.b.Scalars)+len(r.Inner.Scalars) > 0 {
		return false
	}
	in := *r.Inner
	if len(in.Windows()) > 0 && x.windowed() {
		return false // a window over what another window made
	}
	conds := subst(x.b.Where, r)
	if len(in.Windows()) > 0 { // they ran before these conditions
		in.Qualify = plan.And(append([]*plan.Expr{in.Qualify}, conds...)...)
	} else {
		in.Having = plan.And(append([]*plan.Expr{in.Having}, conds...)...)
	}
	if x.b.Qualify != nil {
		in.Qualify = plan.And(in.Qualify, over(x.b.Qualify, r))
	}
	in.Outs, in.Order = nil, nil
	for _, o := range x.b.Outs {
		in.Outs = append(in.Outs, &plan.Output{Name: o.Name, Expr: over(o.Expr, r), At: o.At})
	}
	for _, o := range x.b.Order {
		in.Order = append(in.Order,
			plan.Ordering{Expr: over(o.Expr, r), Descending: o.Descending, NullsFirst: o.NullsFirst})
	}
	in.Limit, in.Offset, in.Loose = x.b.Limit, x.b.Offset, false // and finish looks at what it is now
	in.Aggs = slices.DeleteFunc(slices.Clone(in.Aggs), func(g *plan.Aggregate) bool { return !in.Uses(g) })
	x.b = &in
	return true
}

// windowed reports whether the block itself has window functions, those of subqueries left out.
func (x *binder) windowed() bool { return len(x.b.Windows()) > 0 }

func subst(es []*plan.Expr, r *plan.Relation) (out []*plan.Expr) {
	for _, e := range es {
		out = append(out, over(e, r))
	}
	return out
}

// over rewrites e from columns of r to the keys and aggregates that they are inside it.
func over(e *plan.Expr, r *plan.Relation) *plan.Expr {
	if e.Op == plan.OpColumn && e.Column.Relation == r {
		return plan.Elsewhere(e.Column.Def, e.At)
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return over(a, r) })
}
