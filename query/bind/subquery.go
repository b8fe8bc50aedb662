package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// This file reads IN (SELECT …) and EXISTS (SELECT …) in WHERE as what they mean there: a semi join, and with NOT an
// anti join, on the key of a privacy unit or with reference data. Anything else that a subquery in an expression can do
// is refused.

// partner is a subquery that asks whether a unit has rows elsewhere.
type partner struct {
	ast.Subquery
	kind plan.JoinKind
}

// splitPartners takes the subqueries among the conjuncts of a condition apart from the rest, which is nil where none is
// left.
func splitPartners(v ast.Expr) (rest ast.Expr, partners []partner) {
	if c, ok := v.(ast.Call); ok && c.Name == "#and" {
		left := ast.Call{At: c.At, Name: c.Name}
		for _, a := range c.Args {
			r, p := splitPartners(a)
			partners = append(partners, p...)
			if r != nil {
				left.Args = append(left.Args, r)
			}
		}
		switch len(left.Args) {
		case 0:
			return nil, partners
		case 1:
			return left.Args[0], partners
		}
		return left, partners
	}
	p, inner := partner{kind: plan.SemiJoin}, v
	for c, ok := inner.(ast.Call); ok && c.Name == "#not" && len(c.Args) == 1; c, ok = inner.(ast.Call) {
		inner = c.Args[0]
		p.kind = plan.SemiJoin + plan.AntiJoin - p.kind
	}
	var ok bool
	if p.Subquery, ok = inner.(ast.Subquery); ok {
		return nil, []partner{p}
	}
	return v, nil
}

// partner joins the block to what a subquery reads.
func (x *binder) partner(p partner) {
	if x.b.Joins == nil {
		return
	}
	if p.Child != nil && x.isList(p.Query, x.seen) {
		e := x.member(p.Child, p.Subquery, p.Query, clause{name: yumen.Text{EN: "WHERE"}, aliases: len(x.items)})
		if p.kind == plan.AntiJoin {
			e = plan.Negation(plan.Call("not", e, e))
		}
		x.b.Where = append(x.b.Where, plan.Conjuncts(e)...)
		return
	}
	j := &plan.JoinTree{Kind: p.kind, At: p.Pos(), Left: x.b.Joins}
	if p.Child != nil {
		x.in(p, j)
	} else {
		x.exists(p, j)
	}
	if j.Right == nil {
		if len(x.All) == 0 {
			x.RefuseSubquery(p.Pos())
		}
		return
	}
	if x.b.Post && j.Right.Answers() {
		x.b.Joins = j
		return
	}
	x.anchored(j)
	if !x.tied(j) {
		x.AddFix("expression.subquery", p.Pos(),
			yumen.Say("EXISTS must be tied to the query around it by an equality of the privacy unit's keys: otherwise it tells whether any row is there", "EXISTS 必须以隐私单元键相等与外层查询关联：否则它会说明某行是否存在"),
			yumen.Say("write EXISTS (SELECT 1 FROM t WHERE t.key = outer.key AND …)",
				"请写 EXISTS (SELECT 1 FROM t WHERE t.键 = 外层.键 AND …)"))
		return
	}
	x.b.Joins = j
}

// in reads key IN (SELECT key …). Where a key could be NULL, NOT IN holds for no row or differs from an anti join.
func (x *binder) in(p partner, j *plan.JoinTree) {
	r := x.derived(p.Query, x.seen, "", nil, p.Pos())
	child := x.expr(p.Child, clause{name: yumen.Text{EN: "WHERE"}, aliases: len(x.items)})
	if r == nil || child.Op == plan.OpBad {
		return
	}
	listed := r.Reference() && child.Op == plan.OpColumn && child.Directs(nil) != nil && len(r.Cols) == 1 &&
		plan.ColumnExpr(r.Cols[0], -1).Directs(nil) != nil
	listed = listed || x.b.Post && r.Answer() && len(r.Cols) == 1 && p.kind == plan.SemiJoin
	if !listed && (len(r.Cols) != 1 || plan.UnitOf(child, nil) == nil || r.Cols[0].Unit == nil) {
		if p.Set != "" {
			x.RefuseSetOperation(p.Set, p.Pos())
			return
		}
		x.RefuseSubquery(p.Pos())
		return
	}
	if p.kind == plan.AntiJoin &&
		!(neverNull(child.Column, x.b) && neverNull(r.Cols[0], &plan.Block{Joins: &plan.JoinTree{Rel: r}})) {
		x.AddFix("expression.subquery", p.Pos(),
			yumen.Say("NOT IN is refused where a key can be NULL: it would then hold for no row at all",
				"键可能为 NULL 时不允许 NOT IN：此时它对任何行都不成立"),
			yumen.Say("write NOT EXISTS (SELECT 1 FROM t WHERE t.key = outer.key), or filter the subquery by key IS NOT NULL", "请写 NOT EXISTS (SELECT 1 FROM t WHERE t.键 = 外层.键)，或在子查询中用 键 IS NOT NULL 筛选"))
		return
	}
	key := &plan.Expr{Op: plan.OpColumn, Type: r.Cols[0].Type, Column: r.Cols[0], At: p.Pos()}
	if e := x.apply("=", plan.Functions["="], []*plan.Expr{child, key}, p.Pos()); e.Type.Kind != plan.KindBad {
		j.Right, j.On = &plan.JoinTree{Rel: r}, []*plan.Expr{e}
	}
}

// exists reads EXISTS (SELECT … FROM … WHERE …): its FROM is the other side, its WHERE the condition of the join.
func (x *binder) exists(p partner, j *plan.JoinTree) {
	q := p.Query
	if q.From == nil || q.Grouped || q.GroupAll || q.Having != nil || q.Limit != nil || q.Offset != nil ||
		q.Where == nil {
		x.RefuseSubquery(p.Pos())
		return
	}
	in := &binder{analysis: x.analysis, q: &ast.Select{From: q.From}, seen: &names{outer: x.seen, ctes: q.CTEs}, b: &plan.Block{},
		outer: x}
	x.unusedCTEs(q, in.seen)
	in.from()
	if in.b.Joins == nil {
		return
	}
	if len(in.choices) > 0 {
		x.RefuseSubquery(p.Pos())
		return
	}
	if in.b.Joins.Crosses() {
		x.joinCondition(p.Pos())
		return
	}
	for _, item := range q.Items {
		if _, star := item.Expr.(ast.Star); !star {
			in.expr(item.Expr, clause{name: yumen.Text{EN: "EXISTS"}})
		}
	}
	rest, partners := splitPartners(q.Where)
	for _, inner := range partners {
		in.partner(inner)
	}
	if rest == nil {
		return // tied to the query around it by nothing
	}
	j.Right = in.b.Joins
	j.On = plan.Conjuncts(x.wantBool(in.expr(rest, clause{name: yumen.Text{EN: "WHERE"}})))
}

// neverNull reports whether a key has a value in every row of a block: no join leaves it out, or a condition says so.
func neverNull(c *plan.Column, b *plan.Block) bool {
	if slices.ContainsFunc(b.Where, func(w *plan.Expr) bool {
		return w.Fn == "is not null" && w.Args[0].Op == plan.OpColumn && w.Args[0].Column == c
	}) {
		return true
	}
	if !b.Joins.Keeps(c.Relation) {
		return false
	}
	if c.Base != nil {
		return c.Unit != nil || !c.Base.Nullable // every stored row belongs to a unit, and import refuses empty cells
	}
	return !slices.ContainsFunc(c.Sides(), func(s *plan.Column) bool {
		e := s.Def
		if e.Op == plan.OpKey {
			e = s.Relation.Inner.Keys[e.Key]
		}
		return e.Op != plan.OpColumn || !neverNull(e.Column, s.Relation.Inner)
	})
}
