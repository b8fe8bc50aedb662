package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// finish checks what the block is used for: a block inside another must keep hold of the privacy units, the outermost
// is what leaves.
func (x *binder) finish() {
	if x.b.Joins == nil && (len(x.b.Scalars) > 0 || !x.top && x.q.From == nil && !x.q.Broken && !x.b.Grouped) {
		x.b.Post = true
	}
	x.refuseLevels()
	if x.b.Post {
		x.finishPost()
		return
	}
	if x.b.Joins == nil {
		if x.q.From == nil && (!x.q.Broken || len(x.All) == 0) {
			x.AddFix("clause.from", x.firstPlace(),
				yumen.Say("a SELECT without FROM has no data and no privacy unit", "没有 FROM 的 SELECT 既无数据也无隐私单元"),
				yumen.Say("name a dataset of the contract in FROM", "请在 FROM 中写出合同中的数据集"))
		}
		return
	}
	loose := x.refuseLoose()
	x.refuseWindows()
	x.refusePicks()
	x.refuseScalars()
	if x.top && x.b.Joins.Reference() {
		x.refuseReference()
	}
	for _, g := range x.b.Aggs {
		if g.Picks() {
			x.checkPicks(g)
			continue
		}
		x.check(g.Arg, purpose{yumen.UseAggregate, g.Fn}, nil)
		x.check(g.Filter, purpose{use: yumen.UseFilter}, nil)
	}
	switch {
	case x.top && x.b.Grouped:
		x.finishGroups()
	case x.top:
		if !loose { // what is made of the groups is not what is wrong
			x.finishRows()
		}
	case x.b.Grouped:
		x.perUnit()
	default:
		x.b.Carried = x.b.Classes()
	}
}

// refuseWindows refuses window functions over anything but the groups of an answer.
func (x *binder) refuseWindows() {
	if !x.top && x.b.UnitWindows() {
		for _, w := range x.b.Windows() {
			x.unitWindow(w)
		}
		x.check(x.b.Qualify, purpose{use: yumen.UseFilter}, nil)
		return
	}
	if ws := x.b.Windows(); len(ws) > 0 && (!x.b.Grouped || !x.top && x.unitKeyed()) {
		x.RefuseWindow(ws[0].At)
	} else if x.b.Qualify != nil && !x.b.Grouped {
		x.RefuseWindow(x.b.Qualify.At)
	}
}

// unitKeyed reports whether the block is grouped by a unit's key.
func (x *binder) unitKeyed() bool {
	return slices.ContainsFunc(x.b.Keys, func(k *plan.Expr) bool { return plan.UnitOf(k, nil) != nil })
}

// refuseLoose refuses subqueries whose groups lost their units and that the block does more with than show them.
func (x *binder) refuseLoose() (found bool) {
	if x.b.Joins == nil {
		return false
	}
	for _, r := range x.b.Joins.Leaves() {
		if !r.Answer() {
			continue
		}
		found = true
		at := x.firstPlace()
		if r.Inner != nil {
			at = r.Inner.At
		}
		if r.OneRow() && !x.scope.Private() {
			x.AddFix("subquery.grouped", at,
				yumen.Say("figures of one row are joined here with rows of people by more than CROSS JOIN",
					"此处把一行统计值与个人的行连接，且不是 CROSS JOIN"),
				yumen.Say("write CROSS JOIN, and compare in WHERE or FILTER: FROM t CROSS JOIN (SELECT avg(x) AS m FROM t) a WHERE t.x > a.m", "请写 CROSS JOIN，并在 WHERE 或 FILTER 中比较：FROM t CROSS JOIN (SELECT avg(x) AS m FROM t) a WHERE t.x > a.m"))
			continue
		}
		if x.besideLists() {
			x.AddFix("subquery.grouped", at,
				yumen.Say("groups of people are joined here with reference data, which is read where the rows of people are",
					"此处把人群分组与参考数据连接：参考数据只能与个人的行一同读取"),
				yumen.Say("join the list before grouping, and show any_value(l.area): FROM t JOIN list l ON l.code = t.code GROUP BY t.code",
					"请在分组前连接名单，并显示 any_value(l.area)：FROM t JOIN list l ON l.code = t.code GROUP BY t.code"))
			continue
		}
		x.AddFix("subquery.grouped", at,
			yumen.Say("groups of people are joined here with rows of a dataset: the people behind the result can no longer be counted", "此处把人群分组与数据集的行连接：结果背后的人数将无法统计"),
			yumen.Say("group each side first and join the groups, or group by the unit's key inside",
				"请先对每一侧分组再连接分组结果，或在内层按单元键分组"))
	}
	return found
}

// besideLists reports whether all that answers are joined with is reference data.
func (x *binder) besideLists() bool {
	return !slices.ContainsFunc(x.b.Joins.Leaves(), func(r *plan.Relation) bool {
		return !r.Answer() && (r.Table == nil || !r.Table.Dataset.Reference())
	})
}

func (x *binder) firstPlace() int {
	if len(x.q.Items) > 0 {
		return x.q.Items[0].Expr.Pos()
	}
	return -1
}

// finishGroups checks the keys of an aggregate result. What is made of keys and aggregates needs no more than they do.
func (x *binder) finishGroups() {
	for _, k := range x.b.Keys {
		x.check(k, purpose{use: yumen.UseGroup}, nil)
	}
}

// finishRows checks a row-level result: a bare column needs plain or mask, an expression plain for all its columns.
func (x *binder) finishRows() {
	shown := false
	for _, o := range x.b.Outs {
		shown = shown || o.Expr.Type.Kind == plan.KindBad || len(o.Expr.Bases(nil)) > 0 || o.Expr.OverAggregates()
		if plan.MaskOf(o.Expr) == "" && !o.Expr.Windowed() { // which is refused
			x.check(o.Expr, purpose{use: yumen.UsePlain}, nil)
		}
	}
	if !shown && len(x.b.Outs) > 0 {
		x.AddFix("rows.empty", x.firstPlace(),
			yumen.Say("the rows show no column of a dataset, only how many there are", "结果行不含数据集的任何列，只显示行数"),
			yumen.Say("use COUNT(*)", "请使用 COUNT(*)"))
	}
	for _, o := range x.b.Order {
		x.check(o.Expr, purpose{use: yumen.UsePlain}, nil)
		if x.b.Distinct && !slices.ContainsFunc(x.b.Outs,
			func(out *plan.Output) bool { return plan.SameExpr(out.Expr, o.Expr) }) {
			x.AddFix("clause.order", o.Expr.At,
				yumen.Say("with DISTINCT, rows are ordered by columns of the select list", "使用 DISTINCT 时只能按选择列表中的列排序"),
				yumen.Say("add it to the select list", "请将其加入选择列表"))
		}
	}
}

// listed reports whether the block is reference data of which each row stands once: a list like any other. What its
// columns are used for is looked at where they are.
func (x *binder) listed() bool {
	return x.b.Joins.Reference() && !x.scope.Private() && len(x.b.Aggs) == 0 && x.b.Having == nil &&
		x.b.Qualify == nil &&
		len(x.b.Windows()) == 0 && x.b.Limit == nil && x.b.Offset == nil
}

// perUnit checks a grouped subquery: its rows must each belong to one unit, so one key has to be the unit's, and every
// other unit in FROM has to be that one or absent.
func (x *binder) perUnit() {
	var keys []*plan.Unit
	for _, k := range x.b.Keys {
		if u := plan.UnitOf(k, nil); u != nil {
			keys = append(keys, u.Root())
		}
	}
	if len(keys) == 0 && x.listed() {
		return
	}
	if len(keys) == 0 {
		x.b.Loose, x.b.At = true, x.firstPlace()
		if x.b.Joins.Reference() {
			x.refuseReference()
		}
		x.finishGroups()
		return
	}
	for _, u := range x.b.Classes() {
		if !slices.ContainsFunc(keys, u.DependsOn) {
			x.AddFix("subquery.units", x.firstPlace(),
				yumen.Say("this subquery groups by one privacy unit but its rows depend on another (%s)",
					"该子查询按一个隐私单元分组，但其行还依赖另一个单元（%s）", u.Kind),
				yumen.Say("join its tables on the key that it groups by", "请按其分组所用的键连接各表"))
			return
		}
		x.b.Carried = append(x.b.Carried, u)
	}
	if i := slices.IndexFunc(x.b.Aggs,
		func(g *plan.Aggregate) bool { return g.Related() || g.Quantiles() && !x.scope.Private() }); i >= 0 {
		g := x.b.Aggs[i]
		x.AddFix("function.pair", g.At,
			yumen.Say("%s is refused over the rows of one unit: what it gives could not be bounded",
				"不允许对单个单元的各行求 %s：其结果无法界定", g.Fn),
			yumen.Say("use sum, avg or count in the subquery", "请在子查询中使用 sum、avg 或 count"))
	}
	x.check(x.b.Having, purpose{use: yumen.UseFilter}, x.b.Keys)
}
