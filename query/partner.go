package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// This file reads IN (SELECT …) and EXISTS (SELECT …) in WHERE as what they mean there: a semi join, and with NOT an anti
// join, on the key of a privacy unit or with reference data. Anything else that a subquery in an expression can do is refused.

// subqueryExpr decodes a subquery in an expression.
func (d *decoder) subqueryExpr(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "subquery_type", "subquery", "child", "comparison_type")
	s := astSubquery{at: pos, query: d.subquery(o["subquery"]), child: d.optional(o["child"])}
	switch kind := str(o, "subquery_type"); {
	case kind == "EXISTS" && s.child == nil, kind == "ANY" && s.child != nil && str(o, "comparison_type") == "COMPARE_EQUAL":
		return s
	case kind == "SCALAR" && s.child == nil:
		return astScalar{pos, s.query}
	}
	d.refuseSubquery(int(pos))
	return astBad{pos}
}

func (r *reasons) refuseSubquery(pos int) {
	r.addFix("expression.subquery", pos, yumen.Say("a subquery in an expression is refused, because it can single out one row; only key IN (SELECT key …) and EXISTS (… WHERE inner.key = outer.key) on the key of a privacy unit may stand", "不允许表达式中的子查询，因为它可以锁定单行；只有以隐私单元键书写的 键 IN (SELECT 键 …) 和 EXISTS (… WHERE 内层.键 = 外层.键)可用"),
		yumen.Say("join the table in FROM on a key; to ask whether a unit has rows there, use SEMI JOIN or ANTI JOIN; a total over all groups is sum(count(*)) OVER ()",
			"请在 FROM 中按键连接该表；若只需判断该单元有无记录，请用 SEMI JOIN 或 ANTI JOIN；所有分组的总计写作 sum(count(*)) OVER ()"))
}

// partner is a subquery that asks whether a unit has rows elsewhere.
type partner struct {
	astSubquery
	kind joinKind
}

// splitPartners takes the subqueries among the conjuncts of a condition apart from the rest, which is nil where none is left.
func splitPartners(v astExpr) (rest astExpr, partners []partner) {
	if c, ok := v.(astCall); ok && c.name == "#and" {
		left := astCall{at: c.at, name: c.name}
		for _, a := range c.args {
			r, p := splitPartners(a)
			partners = append(partners, p...)
			if r != nil {
				left.args = append(left.args, r)
			}
		}
		switch len(left.args) {
		case 0:
			return nil, partners
		case 1:
			return left.args[0], partners
		}
		return left, partners
	}
	p, inner := partner{kind: semiJoin}, v
	for c, ok := inner.(astCall); ok && c.name == "#not" && len(c.args) == 1; c, ok = inner.(astCall) {
		inner = c.args[0]
		p.kind = semiJoin + antiJoin - p.kind
	}
	var ok bool
	if p.astSubquery, ok = inner.(astSubquery); ok {
		return nil, []partner{p}
	}
	return v, nil
}

// partner joins the block to what a subquery reads.
func (x *binder) partner(p partner) {
	if x.b.joins == nil {
		return
	}
	j := &joinTree{kind: p.kind, at: p.pos(), left: x.b.joins}
	if p.child != nil {
		x.in(p, j)
	} else {
		x.exists(p, j)
	}
	if j.right == nil {
		if len(x.list) == 0 {
			x.refuseSubquery(p.pos())
		}
		return
	}
	if x.b.post && j.right.answers() {
		x.b.joins = j
		return
	}
	x.anchored(j)
	if !x.tied(j) {
		x.addFix("expression.subquery", p.pos(), yumen.Say("EXISTS must be tied to the query around it by an equality of the privacy unit's keys: otherwise it tells whether any row is there", "EXISTS 必须以隐私单元键相等与外层查询关联：否则它会说明某行是否存在"),
			yumen.Say("write EXISTS (SELECT 1 FROM t WHERE t.key = outer.key AND …)", "请写 EXISTS (SELECT 1 FROM t WHERE t.键 = 外层.键 AND …)"))
		return
	}
	x.b.joins = j
}

// in reads key IN (SELECT key …). Where a key could be NULL, NOT IN holds for no row or differs from an anti join.
func (x *binder) in(p partner, j *joinTree) {
	r := x.derived(p.query, x.seen, "", nil, p.pos())
	child := x.expr(p.child, clause{name: yumen.Text{EN: "WHERE"}, aliases: len(x.items)})
	if r == nil || child.op == opBad {
		return
	}
	listed := r.reference() && child.op == opColumn && child.directs(nil) != nil && len(r.cols) == 1 && columnExpr(r.cols[0], -1).directs(nil) != nil
	listed = listed || x.b.post && r.answer() && len(r.cols) == 1 && p.kind == semiJoin
	if !listed && (len(r.cols) != 1 || unitOf(child, nil) == nil || r.cols[0].unit == nil) {
		if p.set != "" {
			x.refuseSetOperation(p.set, p.pos())
			return
		}
		x.refuseSubquery(p.pos())
		return
	}
	if p.kind == antiJoin && !(neverNull(child.col, x.b) && neverNull(r.cols[0], &block{joins: &joinTree{rel: r}})) {
		x.addFix("expression.subquery", p.pos(), yumen.Say("NOT IN is refused where a key can be NULL: it would then hold for no row at all", "键可能为 NULL 时不允许 NOT IN：此时它对任何行都不成立"),
			yumen.Say("write NOT EXISTS (SELECT 1 FROM t WHERE t.key = outer.key), or filter the subquery by key IS NOT NULL", "请写 NOT EXISTS (SELECT 1 FROM t WHERE t.键 = 外层.键)，或在子查询中用 键 IS NOT NULL 筛选"))
		return
	}
	key := &expr{op: opColumn, typ: r.cols[0].typ, col: r.cols[0], at: p.pos()}
	if e := x.apply("=", functions["="], []*expr{child, key}, p.pos()); e.typ.kind != kBad {
		j.right, j.on = &joinTree{rel: r}, []*expr{e}
	}
}

// exists reads EXISTS (SELECT … FROM … WHERE …): its FROM is the other side, its WHERE the condition of the join.
func (x *binder) exists(p partner, j *joinTree) {
	q := p.query
	if q.from == nil || q.grouped || q.groupAll || q.having != nil || q.limit != nil || q.offset != nil || q.where == nil {
		x.refuseSubquery(p.pos())
		return
	}
	in := &binder{analysis: x.analysis, q: &astSelect{from: q.from}, seen: &names{x.seen, q.ctes}, b: &block{}, outer: x}
	x.unusedCTEs(q, in.seen)
	in.from()
	if in.b.joins == nil {
		return
	}
	if in.b.joins.crosses() {
		x.joinCondition(p.pos())
		return
	}
	for _, item := range q.items {
		if _, star := item.expr.(astStar); !star {
			in.expr(item.expr, clause{name: yumen.Text{EN: "EXISTS"}})
		}
	}
	rest, partners := splitPartners(q.where)
	for _, inner := range partners {
		in.partner(inner)
	}
	if rest == nil {
		return // tied to the query around it by nothing
	}
	j.right = in.b.joins
	j.on = conjuncts(x.wantBool(in.expr(rest, clause{name: yumen.Text{EN: "WHERE"}})))
}

func (j *joinTree) crosses() bool {
	return j.rel == nil && (j.kind == crossJoin || j.left.crosses() || j.right.crosses())
}

// neverNull reports whether a key has a value in every row of a block: no join leaves it out, or a condition says so.
func neverNull(c *column, b *block) bool {
	if slices.ContainsFunc(b.where, func(w *expr) bool { return w.fn == "is not null" && w.args[0].op == opColumn && w.args[0].col == c }) {
		return true
	}
	if !b.joins.keeps(c.rel) {
		return false
	}
	if c.base != nil {
		return c.unit != nil || !c.base.Nullable // every stored row belongs to a unit, and import refuses empty cells
	}
	return !slices.ContainsFunc(c.sides(), func(s *column) bool {
		e := s.def
		if e.op == opKey {
			e = s.rel.inner.keys[e.key]
		}
		return e.op != opColumn || !neverNull(e.col, s.rel.inner)
	})
}

// keeps reports whether no join puts NULL in place of the columns of r.
func (j *joinTree) keeps(r *relation) bool {
	if j.rel != nil {
		return j.rel == r
	}
	return j.left.keeps(r) || j.kind != leftJoin && !j.halves() && j.right.keeps(r)
}
