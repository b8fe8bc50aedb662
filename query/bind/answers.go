package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// Blocks whose FROM holds only answers, that is groups of people that lost their units, see no data: whatever they
// join, filter, group and compute is a function of protected cells. They belong to the post statement, and nothing in
// them has to be granted. A grouped block that reads datasets is a table of cells.

// answering reports whether the rows of the block are groups of people, which ORDER BY and LIMIT may choose among.
func (x *binder) answering() bool {
	return x.b.Post || x.b.Grouped && !x.unitKeyed()
}

// postAggregates are the further aggregates over protected figures. Over people they would give one row's value.
var postAggregates = map[string]string{"min": "min", "max": "max", "median": "median", "quantile": "quantile",
	"quantile_cont": "quantile"}

// joinAnswers binds the condition of a join of answers, which may be any.
func (x *binder) joinAnswers(j *plan.JoinTree, t ast.Join) *plan.JoinTree {
	if len(j.On) == 0 && t.Kind != plan.CrossJoin {
		x.joinCondition(t.Pos())
	}
	if t.Kind == plan.FullJoin && slices.ContainsFunc(j.On, func(c *plan.Expr) bool {
		l, r, ok := plan.EqualColumns(c)
		return !ok || l.Protected() || r.Protected() || l.Relation == r.Relation
	}) {
		x.joinCondition(t.Pos())
	}
	return j
}

// columnExpr is a column that a name alone means: of a column that FULL JOIN … USING merged, that of the side which has
// a row.
func (x *binder) columnExpr(c *plan.Column, at int) *plan.Expr {
	e := &plan.Expr{Op: plan.OpColumn, Type: c.Type, Column: c, At: at}
	if c.Merged == nil {
		return e
	}
	return x.apply("coalesce", plan.Functions["coalesce"], []*plan.Expr{e, x.columnExpr(c.Merged, at)}, at)
}

// mergedName is the name of a column that FULL JOIN … USING merged, "" for anything else.
func mergedName(e *plan.Expr) string {
	if e.Op == plan.OpCall && e.Fn == "coalesce" && e.Args[0].Op == plan.OpColumn && e.Args[0].Column.Merged != nil {
		return e.Args[0].Column.Name
	}
	return ""
}

// finishPost ends a block over answers.
func (x *binder) finishPost() {
	x.b.Loose, x.b.At = !x.top, x.firstPlace()
	if x.top && len(x.b.Tables()) == 0 && len(x.All) == 0 {
		x.AddFix("clause.from", x.firstPlace(),
			yumen.Say("the statement reads only what it says itself: no dataset, and no privacy unit",
				"该语句只读取其自身写出的内容，既无数据集也无隐私单元"),
			yumen.Say("name a dataset of the contract in FROM", "请在 FROM 中写出合同中的数据集"))
	}
	if ws := x.b.Windows(); len(ws) > 0 && x.b.Grouped && slices.ContainsFunc(x.b.Keys, (*plan.Expr).Windowed) {
		x.AddFix("clause.window", ws[0].At, yumen.Say("a window function cannot be a group key", "窗口函数不能作为分组键"),
			yumen.Say("compute it in a subquery and group by its column outside", "请在子查询中计算，再在外层按该列分组"))
	}
}
