package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// levels reads GROUPING SETS, ROLLUP and CUBE: which keys the rows of each set are totals over. At says which key each
// group is.
func (x *binder) levels(at []int) {
	if len(x.q.Sets) == 0 || slices.Contains(at, -1) {
		return
	}
	pos := x.q.Groups[0].Pos()
	for _, set := range x.q.Sets {
		level := uint64(1)<<len(x.b.Keys) - 1
		for _, group := range set {
			level &^= 1 << at[group]
		}
		x.b.Levels = append(x.b.Levels, level)
	}
	if n := len(x.b.Levels); n > plan.MaxLevels || len(x.b.Keys) >= 64 {
		x.AddFix("clause.grouping-sets", pos,
			yumen.Say("the statement asks for %d grouping sets; %d are allowed", "该语句有 %d 个分组集；最多允许 %d 个", n,
				plan.MaxLevels),
			yumen.Say("write GROUPING SETS with those that you need", "请用 GROUPING SETS 只写需要的分组集"))
		return
	}
	if len(plan.LevelsOf(x.b.Levels)) < len(x.b.Levels) {
		x.AddFix("clause.grouping-sets", pos,
			yumen.Say("a grouping set is written twice: each of its rows would come twice", "同一分组集写了两次：其各行会重复出现"),
			yumen.Say("write each grouping set once", "请每个分组集只写一次"))
	}
}

// refuseLevels refuses totals beside parts where they are not planned.
func (x *binder) refuseLevels() {
	if len(x.q.Sets) == 0 {
		return
	}
	pos, fix := x.q.Groups[0].Pos(), yumen.Say("write one GROUP BY", "请只写一个 GROUP BY")
	switch {
	case x.b.Post:
		x.AddFix("clause.grouping-sets", pos,
			yumen.Say("GROUPING SETS, ROLLUP and CUBE group rows of people here, not the groups of an answer",
				"此处 GROUPING SETS、ROLLUP、CUBE 只对个人的行分组，不对分组结果再分组"), fix)
	case x.unitKeyed():
		x.AddFix("clause.grouping-sets", pos,
			yumen.Say("GROUPING SETS, ROLLUP and CUBE are refused in a subquery by units: a total is of no unit",
				"按隐私单元分组的子查询不允许 GROUPING SETS、ROLLUP、CUBE：合计不属于任何单元"), fix)
	case x.q.Distinct:
		x.AddFix("clause.grouping-sets", pos,
			yumen.Say("DISTINCT is refused beside GROUPING SETS, ROLLUP and CUBE: it would bring totals and parts together that show the same", "DISTINCT 不得与 GROUPING SETS、ROLLUP、CUBE 并用：它会合并显示相同的合计与分项"),
			yumen.Say("leave DISTINCT out", "请去掉 DISTINCT"))
	}
}

// grouping binds GROUPING(key, …), which says over which keys a row is a total. Without GROUPING SETS no row is.
func (x *binder) grouping(v ast.Call, c clause) *plan.Expr {
	if !x.q.Grouped || !c.aggregates || c.inside {
		x.AddFix("clause.grouping-sets", v.Pos(),
			yumen.Say("GROUPING says over which keys a row of GROUP BY is a total, in the select list, HAVING and ORDER BY", "GROUPING 说明 GROUP BY 的某行是对哪些键的合计，只能用于选择列表、HAVING 和 ORDER BY"),
			yumen.Say("leave it out", "请去掉"))
		return plan.BadExpr(v.Pos())
	}
	e := &plan.Expr{Op: plan.OpLevel, Type: plan.Int, At: v.Pos()}
	for _, a := range v.Args {
		k := x.regroup(x.expr(a, clause{name: c.name, aliases: c.aliases}))
		if k.Op == plan.OpBad {
			return k
		}
		if k.Op != plan.OpKey {
			x.AddFix("clause.grouping-sets", v.Pos(),
				yumen.Say("GROUPING is given something that is no group key", "GROUPING 的参数不是分组键"),
				yumen.Say("name a key of GROUP BY", "请写 GROUP BY 中的键"))
			return plan.BadExpr(v.Pos())
		}
		e.Args = append(e.Args, k)
	}
	if len(x.b.Levels) == 0 {
		return &plan.Expr{Op: plan.OpConst, Type: plan.Int, Literal: plan.Literal{Type: plan.Int, Text: "0"},
			At: v.Pos()}
	}
	return e
}
