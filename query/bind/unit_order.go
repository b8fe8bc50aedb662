package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// This file is about window functions in subqueries that are partitioned by the key of a unit: what they rank, number
// and put side by side are one unit's own rows. Their order chooses among rows, so what is ordered by needs the use
// filter. Rows that come at the same place are told apart by all columns that the statement reads of them: then those
// that are left are equal in whatever it computes, and the answer is the same whenever it is computed.

// unitWindow refuses what a window function over a unit's rows is not given.
func (x *binder) unitWindow(e *plan.Expr) {
	switch {
	case x.scope.Private():
		x.AddFix("clause.window", e.At,
			yumen.Say("in class dp, window functions over the rows of a unit are not answered", "dp 类不支持对单元各行使用窗口函数"),
			yumen.Say("first and last rows are min(x), max(x) and arg_min(x, y) in a subquery grouped by the unit's key", "首行与末行可在按单元键分组的子查询中写作 min(x)、max(x)、arg_min(x, y)"))
	case slices.ContainsFunc(e.Args[:e.Window.Args],
		func(a *plan.Expr) bool { return a.Op != plan.OpConst && !asItIs(a) }) ||
		slices.ContainsFunc(slices.Concat(e.Partition(), e.Ordered()),
			func(o *plan.Expr) bool { return !placing(o) }) || e.Window.Args > 2:
		x.AddFix("aggregate.shaped", e.At,
			yumen.Say("%s runs over a value that is chosen or computed in several steps: it could be made to differ for one person alone", "%s 作用于经选择或多步计算的值：它可能只对一个人不同", e.Fn),
			yumen.Say("take %s of a column, ordered by columns, and compute with it outside", "请对列本身使用 %s 并按列排序，再在外层计算",
				e.Fn))
	}
}

// placing reports whether e may put rows in order: a column or a part of a date.
func placing(e *plan.Expr) bool {
	if e.Op == plan.OpColumn && e.Column.Unit != nil {
		return true
	}
	return asItIs(e) && !(e.Op == plan.OpCall && plan.LinearCall(e))
}

// checkWindow looks through a window function over the rows of a unit.
func (a *analysis) checkWindow(e *plan.Expr, n need, keys []*plan.Expr) {
	if n.use == yumen.UsePlain {
		a.computedRows(n.place(e))
		return
	}
	filter := need{purpose: purpose{use: yumen.UseFilter}, at: n.place(e), computed: true}
	for _, p := range slices.Concat(e.Partition(), e.Ordered()) {
		if plan.UnitOf(p, keys) != nil {
			a.checkAt(p, need{purpose: purpose{use: yumen.UseJoin}, at: n.place(e)}, keys)
		} else {
			a.checkAt(p, filter, keys)
		}
	}
	n.computed = true
	for _, arg := range e.Args[:e.Window.Args] {
		switch e.Fn {
		case "count":
			a.checkAt(arg, need{purpose: purpose{yumen.UseAggregate, countEach}, at: n.place(e)}, keys)
		case "min", "max":
			a.checkAt(arg, filter, keys)
			a.checkAt(arg, n, keys)
		default:
			a.checkAt(arg, n, keys)
		}
	}
}

// settleWindows puts what is read of rows behind the order of each window, once it is known what that is. Used says
// which outputs of the block are read.
func (a *analysis) settleWindows(b *plan.Block, used func(int) bool) {
	if b.Joins == nil {
		return
	}
	read := b.Reads(used)
	if b.UnitWindows() {
		a.breakTies(b, read)
	}
	for _, r := range b.Joins.Leaves() {
		of := func(i int) bool { return i < len(r.Cols) && slices.Contains(read, r.Cols[i]) }
		if r.Inner != nil {
			a.settleWindows(r.Inner, of)
		}
		for _, p := range r.Parts {
			a.settleWindows(p.Inner, of)
		}
	}
}

// breakTies orders rows that windows put at one place. Two windows of a block that order rows differently would number
// equal rows each in its own way.
func (a *analysis) breakTies(b *plan.Block, read []*plan.Column) {
	var first *plan.Expr
	for _, e := range b.Windows() {
		if !e.Placed() {
			continue
		}
		if first == nil {
			first = e
		} else if !first.SameWindow(e) {
			a.AddFix("clause.window", e.At,
				yumen.Say("window functions of one subquery that depend on the place of single rows need one order",
					"同一子查询中取决于单行位置的窗口函数须使用同一排序"),
				yumen.Say("write each order in a subquery of its own, or use count(*) OVER (PARTITION BY key)",
					"请将每种排序写在单独的子查询中，或使用 count(*) OVER (PARTITION BY 键)"))
			continue
		}
		for _, c := range read {
			tie := plan.ColumnExpr(c, e.At)
			if c.Unit != nil ||
				slices.ContainsFunc(e.Args[e.Window.Args:], func(o *plan.Expr) bool { return plan.SameExpr(o, tie) }) {
				continue
			}
			a.checkAt(tie, need{purpose: purpose{use: yumen.UseFilter}, at: e.At, computed: true}, nil)
			e.Window.Ties = append(e.Window.Ties, tie)
		}
	}
}
