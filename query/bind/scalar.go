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
	told, figures := len(x.All), len(x.found.Figures)
	r := x.derived(v.Query, x.seen, "", nil, v.Pos())
	if r == nil || len(x.All) > told {
		if x.choosesPeople(c) &&
			slices.ContainsFunc(x.All[told:],
				func(r yumen.Reason) bool { return r.Rule == "column.unknown" || r.Rule == "table.unknown" }) {
			x.AddFix("expression.subquery", v.Pos(),
				yumen.Say("a figure that rows are compared with is one for all: its subquery sees no column of the query around it", "用于比较的统计值对所有行相同：其子查询看不到外层查询的列"),
				yumen.Say("ask for the figures of the groups first, and write those that are released as constants: CASE k WHEN … THEN …", "请先按组查询该值，再把放行的数值写作常量：CASE k WHEN … THEN …"))
		}
		return plan.BadExpr(v.Pos())
	}
	if e, ok := r.List.Lone(); ok {
		return plan.Elsewhere(e, v.Pos())
	}
	if !r.Answer() || len(r.Cols) != 1 || !r.OneRow() {
		if len(x.All) == 0 {
			x.AddFix("expression.subquery", v.Pos(),
				yumen.Say("a subquery that stands for a value gives one column and one row: an aggregate without GROUP BY", "代表一个值的子查询须只有一列一行：不带 GROUP BY 的聚合"),
				yumen.Say("join the groups in FROM: SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k", "请在 FROM 中连接分组结果：SELECT … FROM (SELECT k, count(*) AS n FROM t GROUP BY k) a JOIN (…) b ON a.k = b.k"))
		}
		return plan.BadExpr(v.Pos())
	}
	if x.choosesPeople(c) {
		if len(x.found.Figures) > figures {
			return x.refuseFigure(v.Pos())
		}
		return x.figure(r, v.Pos())
	}
	x.b.Scalars = append(x.b.Scalars, r)
	return plan.ColumnExpr(r.Cols[0], v.Pos())
}

// figure makes the value of a subquery one that rows of people are compared with. It is asked for before, by itself,
// and compared as it is protected: what its question and this one tell together is what two statements would.
func (x *binder) figure(r *plan.Relation, pos int) *plan.Expr {
	if x.scope.Private() {
		x.refuseChoice(pos) // it would be a question of its own, with a part of the budget
		return plan.BadExpr(pos)
	}
	t := r.Cols[0].Type
	if !t.Numeric() && t != plan.Date && t != plan.Timestamp {
		x.Add("type.mismatch", pos,
			yumen.Say("rows are compared with figures and dates, not with %s", "个人的行只能与数值或日期比较，而非 %s", t.Name()))
		return plan.BadExpr(pos)
	}
	if i := slices.IndexFunc(x.found.Figures, func(f *plan.Figure) bool { return f.Relation == r }); i >= 0 {
		return &plan.Expr{Op: plan.OpFigure, Type: t, Figure: x.found.Figures[i], At: pos}
	}
	f := &plan.Figure{Number: len(x.found.Figures) + 1, Relation: r}
	x.found.Figures = append(x.found.Figures, f)
	return &plan.Expr{Op: plan.OpFigure, Type: t, Figure: f, At: pos}
}

// refuseFigure refuses what does more with a figure over others than compare rows with it.
func (x *binder) refuseFigure(pos int) *plan.Expr {
	x.AddFix("expression.subquery", pos,
		yumen.Say("rows of people may be compared with a figure over others, and nothing else be made of it: it is known only once it is protected", "个人的行只可与他人的统计值比较，不可另作他用：该值须先受保护"),
		yumen.Say("compare a column with the figure, times or plus a constant: x > 2 * (SELECT avg(x) FROM t)",
			"请将列与该值（可乘以或加上常量）比较：x > 2 * (SELECT avg(x) FROM t)"))
	return plan.BadExpr(pos)
}

// scalar reports whether e is the value of a subquery.
func (x *binder) scalar(e *plan.Expr) bool {
	return e.Op == plan.OpColumn && slices.Contains(x.b.Scalars, e.Column.Relation)
}

// refuseScalars refuses figures of others beside rows of people.
func (x *binder) refuseScalars() {
	if len(x.b.Scalars) > 0 && !x.answering() {
		x.AddFix("expression.subquery", x.firstPlace(),
			yumen.Say("a figure over others stands beside groups of an answer, not beside single rows",
				"其他人的统计值只能与分组结果并列，不能与单行并列"),
			yumen.Say("group first: SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k",
				"请先分组：SELECT k, count(*), (SELECT count(*) FROM t) FROM t GROUP BY k"))
	}
}

// readsScalar reports whether e is computed from the value of a subquery.
func (x *binder) readsScalar(e *plan.Expr) bool {
	return slices.ContainsFunc(e.Relations(), func(r *plan.Relation) bool { return slices.Contains(x.b.Scalars, r) })
}

// choosesPeople reports whether what stands in a clause decides about rows of people.
func (x *binder) choosesPeople(c clause) bool { return !x.b.Post && (!c.aggregates || c.inside) }

func (x *binder) refuseChoice(pos int) {
	x.AddFix("expression.subquery", pos,
		yumen.Say("here a subquery would choose rows of people by a figure over others, which has to be protected first", "此处的子查询会用他人的统计值来选择个人的行，而该值须先受保护"),
		yumen.Say("ask for the figure first, and write the value that is released as a constant", "请先查询该值，再把放行的数值写作常量"))
}
