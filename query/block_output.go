package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// finish checks what the block is used for: a block inside another must keep hold of the privacy units, the outermost is
// what leaves.
func (x *binder) finish() {
	if x.b.joins == nil && len(x.b.scalars) > 0 {
		x.b.post = true
	}
	if x.b.post {
		x.finishPost()
		return
	}
	if x.b.joins == nil {
		if x.q.from == nil && (!x.q.broken || len(x.list) == 0) {
			x.addFix("clause.from", x.firstPlace(), yumen.Say("a SELECT without FROM has no data and no privacy unit", "没有 FROM 的 SELECT 既无数据也无隐私单元"), yumen.Say("name a dataset of the contract in FROM", "请在 FROM 中写出合同中的数据集"))
		}
		return
	}
	x.refuseLoose()
	x.refuseWindows()
	x.refusePicks()
	x.refuseScalars()
	if x.top && x.b.joins.reference() {
		x.refuseReference()
	}
	for _, g := range x.b.aggs {
		if g.picks() {
			x.checkPicks(g)
			continue
		}
		x.check(g.arg, purpose{yumen.UseAggregate, g.fn}, nil)
		x.check(g.filter, purpose{use: yumen.UseFilter}, nil)
	}
	switch {
	case x.top && x.b.grouped:
		x.finishGroups()
	case x.top:
		x.finishRows()
	case x.b.grouped:
		x.perUnit()
	default:
		x.b.carried = x.b.classes()
	}
}

// refuseWindows refuses window functions over anything but the groups of an answer.
func (x *binder) refuseWindows() {
	if !x.top && x.b.unitWindows() {
		for _, w := range x.b.windows() {
			x.unitWindow(w)
		}
		x.check(x.b.qualify, purpose{use: yumen.UseFilter}, nil)
		return
	}
	if ws := x.b.windows(); len(ws) > 0 && (!x.b.grouped || !x.top && x.unitKeyed()) {
		x.refuseWindow(ws[0].at)
	} else if x.b.qualify != nil && !x.b.grouped {
		x.refuseWindow(x.b.qualify.at)
	}
}

// unitKeyed reports whether the block is grouped by a unit's key.
func (x *binder) unitKeyed() bool {
	return slices.ContainsFunc(x.b.keys, func(k *expr) bool { return unitOf(k, nil) != nil })
}

// refuseLoose refuses subqueries whose groups lost their units and that the block does more with than show them.
func (x *binder) refuseLoose() {
	if x.b.joins == nil {
		return
	}
	for _, r := range x.b.joins.leaves() {
		if !r.answer() {
			continue
		}
		at := x.firstPlace()
		if r.inner != nil {
			at = r.inner.at
		}
		x.addFix("subquery.grouped", at, yumen.Say("groups of people are joined here with rows of a dataset: the people behind the result can no longer be counted", "此处把人群分组与数据集的行连接：结果背后的人数将无法统计"),
			yumen.Say("group each side first and join the groups, or group by the unit's key inside", "请先对每一侧分组再连接分组结果，或在内层按单元键分组"))
	}
}

func (x *binder) firstPlace() int {
	if len(x.q.items) > 0 {
		return x.q.items[0].expr.pos()
	}
	return -1
}

// finishGroups checks the keys of an aggregate result. What is made of keys and aggregates needs no more than they do.
func (x *binder) finishGroups() {
	for _, k := range x.b.keys {
		x.check(k, purpose{use: yumen.UseGroup}, nil)
	}
}

// finishRows checks a row-level result: a bare column needs plain or mask, an expression plain for all its columns.
func (x *binder) finishRows() {
	shown := false
	for _, o := range x.b.outs {
		shown = shown || o.expr.typ.kind == kBad || len(o.expr.bases(nil)) > 0 || o.expr.overAggregates()
		if maskOf(o.expr) == "" && !o.expr.windowed() { // which is refused
			x.check(o.expr, purpose{use: yumen.UsePlain}, nil)
		}
	}
	if !shown && len(x.b.outs) > 0 {
		x.addFix("rows.empty", x.firstPlace(), yumen.Say("the rows show no column of a dataset, only how many there are", "结果行不含数据集的任何列，只显示行数"), yumen.Say("use COUNT(*)", "请使用 COUNT(*)"))
	}
	for _, o := range x.b.order {
		x.check(o.expr, purpose{use: yumen.UsePlain}, nil)
		if x.b.distinct && !slices.ContainsFunc(x.b.outs, func(out *output) bool { return sameExpr(out.expr, o.expr) }) {
			x.addFix("clause.order", o.expr.at, yumen.Say("with DISTINCT, rows are ordered by columns of the select list", "使用 DISTINCT 时只能按选择列表中的列排序"), yumen.Say("add it to the select list", "请将其加入选择列表"))
		}
	}
}

// maskOf returns the technique that a bare column must be masked with, or "" if it may be shown as it is or not at all. Of a
// union, a column that is masked on one side is masked on all; sides that want different techniques cannot be shown. Reference data is shown as it is.
func maskOf(e *expr) (technique string) {
	for _, c := range e.directs(nil) {
		uses := c.rel.table.Uses[c.base.Name]
		i := slices.IndexFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UseMask })
		switch {
		case hasUse(uses, yumen.UseDeny) || c.rel.reference():
			return ""
		case hasUse(uses, yumen.UsePlain):
		case i < 0 || technique != "" && technique != uses[i].Technique:
			return ""
		default:
			technique = uses[i].Technique
		}
	}
	return technique
}

// perUnit checks a grouped subquery: its rows must each belong to one unit, so one key has to be the unit's, and every
// other unit in FROM has to be that one or absent.
func (x *binder) perUnit() {
	var keys []*unit
	for _, k := range x.b.keys {
		if u := unitOf(k, nil); u != nil {
			keys = append(keys, u.root())
		}
	}
	if len(keys) == 0 {
		x.b.loose, x.b.at = true, x.firstPlace()
		if x.b.joins.reference() {
			x.refuseReference()
		}
		x.finishGroups()
		return
	}
	for _, u := range x.b.classes() {
		if !slices.ContainsFunc(keys, u.dependsOn) {
			x.addFix("subquery.units", x.firstPlace(), yumen.Say("this subquery groups by one privacy unit but its rows depend on another (%s)", "该子查询按一个隐私单元分组，但其行还依赖另一个单元（%s）", u.kind),
				yumen.Say("group by the key of each unit in its FROM", "请同时按 FROM 中每个单元的键分组"))
			return
		}
		x.b.carried = append(x.b.carried, u)
	}
	if i := slices.IndexFunc(x.b.aggs, (*aggregate).related); i >= 0 {
		g := x.b.aggs[i]
		x.addFix("function.pair", g.at, yumen.Say("%s is refused over the rows of one unit: what it gives could not be bounded", "不允许对单个单元的各行求 %s：其结果无法界定", g.fn),
			yumen.Say("use sum, avg or count in the subquery", "请在子查询中使用 sum、avg 或 count"))
	}
	x.check(x.b.having, purpose{use: yumen.UseFilter}, x.b.keys)
}
