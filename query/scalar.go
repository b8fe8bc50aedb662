package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// astScalar is a subquery that stands for a value.
type astScalar struct {
	at
	query *astSelect
}

// scalarSubquery binds a subquery that stands for a value: a figure of one row beside the groups of the block.
func (x *binder) scalarSubquery(v astScalar, c clause) *expr {
	if x.choosesPeople(c) {
		x.refuseChoice(v.pos())
		return bad(v.pos())
	}
	r := x.derived(v.query, x.seen, "", nil, v.pos())
	if r == nil {
		return bad(v.pos())
	}
	if !r.answer() || len(r.cols) != 1 || !r.oneRow() {
		if len(x.list) == 0 {
			x.addFix("expression.subquery", v.pos(), yumen.Say("a subquery that stands for a value gives one column and one row: an aggregate without GROUP BY", "代表一个值的子查询须只有一列一行：不带 GROUP BY 的聚合"),
				yumen.Say("join the groups in FROM: SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k", "请在 FROM 中连接分组结果：SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k"))
		}
		return bad(v.pos())
	}
	x.b.scalars = append(x.b.scalars, r)
	return columnExpr(r.cols[0], v.pos())
}

// oneRow reports whether an answer has at most one row by construction.
func (r *relation) oneRow() bool {
	b := r.inner
	return b != nil && (b.grouped && len(b.keys) == 0 || b.limit != nil && *b.limit <= 1 || b.joins == nil)
}

// scalar reports whether e is the value of a subquery.
func (x *binder) scalar(e *expr) bool {
	return e.op == opColumn && slices.Contains(x.b.scalars, e.col.rel)
}

// refuseScalars refuses figures of others beside rows of people.
func (x *binder) refuseScalars() {
	if len(x.b.scalars) > 0 && !x.answering() {
		x.addFix("expression.subquery", x.firstPlace(), yumen.Say("a figure over others stands beside groups of an answer, not beside single rows", "其他人的统计值只能与分组结果并列，不能与单行并列"),
			yumen.Say("group first: SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k", "请先分组：SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k"))
	}
}

// readsScalar reports whether e is computed from the value of a subquery.
func (x *binder) readsScalar(e *expr) bool {
	return slices.ContainsFunc(e.relations(), func(r *relation) bool { return slices.Contains(x.b.scalars, r) })
}

// choosesPeople reports whether what stands in a clause decides about rows of people.
func (x *binder) choosesPeople(c clause) bool { return !x.b.post && (!c.aggregates || c.inside) }

func (x *binder) refuseChoice(pos int) {
	x.addFix("expression.subquery", pos, yumen.Say("here a subquery would choose rows of people by a figure over others, which has to be protected first", "此处的子查询会用他人的统计值来选择个人的行，而该值须先受保护"),
		yumen.Say("ask for the figure first, and write the value that is released as a constant", "请先查询该值，再把放行的数值写作常量"))
}
