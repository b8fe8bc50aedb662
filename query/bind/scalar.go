package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// scalarSubquery binds a subquery that stands for a value: a figure of one row beside the groups of the block.
func (x *binder) scalarSubquery(v ast.Scalar, c clause) *plan.Expr {
	listed := x.isList(v.Query, x.seen)
	if e, ok := x.correlatedValue(v, c); ok && !listed {
		return e
	}
	if !listed && x.choosesPeople(c) {
		x.refuseChoice(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	r := x.derived(v.Query, x.seen, "", nil, v.Pos())
	if r == nil {
		return plan.BadExpr(v.Pos())
	}
	if e, ok := r.List.Lone(); ok {
		return plan.Elsewhere(e, v.Pos())
	}
	if x.choosesPeople(c) {
		x.refuseChoice(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	if !r.Answer() || len(r.Cols) != 1 || !r.OneRow() {
		if len(x.All) == 0 {
			x.AddFix("expression.subquery", v.Pos(), yumen.Say("a subquery that stands for a value gives one column and one row: an aggregate without GROUP BY", "代表一个值的子查询须只有一列一行：不带 GROUP BY 的聚合"),
				yumen.Say("join the groups in FROM: SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k", "请在 FROM 中连接分组结果：SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k"))
		}
		return plan.BadExpr(v.Pos())
	}
	x.b.Scalars = append(x.b.Scalars, r)
	return plan.ColumnExpr(r.Cols[0], v.Pos())
}

// scalar reports whether e is the value of a subquery.
func (x *binder) scalar(e *plan.Expr) bool {
	return e.Op == plan.OpColumn && slices.Contains(x.b.Scalars, e.Column.Relation)
}

// refuseScalars refuses figures of others beside rows of people.
func (x *binder) refuseScalars() {
	if len(x.b.Scalars) > 0 && !x.answering() {
		x.AddFix("expression.subquery", x.firstPlace(), yumen.Say("a figure over others stands beside groups of an answer, not beside single rows", "其他人的统计值只能与分组结果并列，不能与单行并列"),
			yumen.Say("group first: SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k", "请先分组：SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k"))
	}
}

// readsScalar reports whether e is computed from the value of a subquery.
func (x *binder) readsScalar(e *plan.Expr) bool {
	return slices.ContainsFunc(e.Relations(), func(r *plan.Relation) bool { return slices.Contains(x.b.Scalars, r) })
}

// choosesPeople reports whether what stands in a clause decides about rows of people.
func (x *binder) choosesPeople(c clause) bool { return !x.b.Post && (!c.aggregates || c.inside) }

func (x *binder) refuseChoice(pos int) {
	x.AddFix("expression.subquery", pos, yumen.Say("here a subquery would choose rows of people by a figure over others, which has to be protected first", "此处的子查询会用他人的统计值来选择个人的行，而该值须先受保护"),
		yumen.Say("ask for the figure first, and write the value that is released as a constant", "请先查询该值，再把放行的数值写作常量"))
}
