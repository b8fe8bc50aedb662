package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// This file is about window functions in subqueries that are partitioned by the key of a unit: what they rank, number and put
// side by side are one unit's own rows. Their order chooses among rows, so what is ordered by needs the use filter. Rows that
// come at the same place are told apart by all columns that the statement reads of them: then those that are left are equal in
// whatever it computes, and the answer is the same whenever it is computed.

// unitWindows reports whether all window functions of the block look at the rows of one unit only.
func (b *block) unitWindows() bool {
	return !b.grouped && !slices.ContainsFunc(b.windows(), func(e *expr) bool {
		return !slices.ContainsFunc(e.partition(), func(p *expr) bool {
			u := unitOf(p, nil)
			return u != nil && u.root().follows == nil &&
				!slices.ContainsFunc(b.classes(), func(o *unit) bool { return !o.dependsOn(u) })
		})
	})
}

func (e *expr) partition() []*expr { return e.args[e.win.args : e.win.args+e.win.partition] }
func (e *expr) ordered() []*expr   { return e.args[e.win.args+e.win.partition:] }

// placed reports whether the function depends on the order of rows that ORDER BY puts at one place.
func (e *expr) placed() bool {
	return windowFunctions[e.fn].ties || len(e.win.frame) > 4 && e.win.frame[:4] == "ROWS"
}

// unitWindow refuses what a window function over a unit's rows is not given.
func (x *binder) unitWindow(e *expr) {
	switch {
	case x.scope.private():
		x.addFix("clause.window", e.at, yumen.Say("in class dp, window functions over the rows of a unit are not answered", "dp 类不支持对单元各行使用窗口函数"),
			yumen.Say("first and last rows are min(x), max(x) and arg_min(x, y) in a subquery grouped by the unit's key", "首行与末行可在按单元键分组的子查询中写作 min(x)、max(x)、arg_min(x, y)"))
	case slices.ContainsFunc(e.args[:e.win.args], func(a *expr) bool { return a.op != opConst && !asItIs(a) }) ||
		slices.ContainsFunc(slices.Concat(e.partition(), e.ordered()), func(o *expr) bool { return !placing(o) }) || e.win.args > 2:
		x.addFix("aggregate.shaped", e.at, yumen.Say("%s runs over a value that is chosen or computed in several steps: it could be made to differ for one person alone", "%s 作用于经选择或多步计算的值：它可能只对一个人不同", e.fn),
			yumen.Say("take %s of a column, ordered by columns, and compute with it outside", "请对列本身使用 %s 并按列排序，再在外层计算", e.fn))
	}
}

// placing reports whether e may put rows in order: a column or a part of a date.
func placing(e *expr) bool {
	if e.op == opColumn && e.col.unit != nil {
		return true
	}
	return asItIs(e) && !(e.op == opCall && linearCall(e))
}

// checkWindow looks through a window function over the rows of a unit.
func (a *analysis) checkWindow(e *expr, n need, keys []*expr) {
	if n.use == yumen.UsePlain {
		a.computedRows(n.place(e))
		return
	}
	filter := need{purpose: purpose{use: yumen.UseFilter}, at: n.place(e), computed: true}
	for _, p := range slices.Concat(e.partition(), e.ordered()) {
		if unitOf(p, keys) != nil {
			a.checkAt(p, need{purpose: purpose{use: yumen.UseJoin}, at: n.place(e)}, keys)
		} else {
			a.checkAt(p, filter, keys)
		}
	}
	n.computed = true
	for _, arg := range e.args[:e.win.args] {
		switch e.fn {
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

// settleWindows puts what is read of rows behind the order of each window, once it is known what that is. Used says which
// outputs of the block are read.
func (a *analysis) settleWindows(b *block, used func(int) bool) {
	if b.joins == nil {
		return
	}
	read := b.reads(used)
	if b.unitWindows() {
		a.breakTies(b, read)
	}
	for _, r := range b.joins.leaves() {
		of := func(i int) bool { return i < len(r.cols) && slices.Contains(read, r.cols[i]) }
		if r.inner != nil {
			a.settleWindows(r.inner, of)
		}
		for _, p := range r.parts {
			a.settleWindows(p.inner, of)
		}
	}
}

// reads lists the columns that a block reads for the outputs that are used.
func (b *block) reads(used func(int) bool) (out []*column) {
	all := slices.Concat(b.where, b.keys, b.joins.allOn(), []*expr{b.having, b.qualify})
	for i, o := range b.outs {
		if used(i) || b.distinct {
			all = append(all, o.expr)
		}
	}
	for _, g := range b.aggs {
		all = append(all, &expr{op: opAgg, agg: g})
	}
	for _, o := range b.order {
		all = append(all, o.expr)
	}
	for _, e := range all {
		e.walk(func(x *expr) bool {
			if x.op == opColumn && !slices.Contains(out, x.col) {
				out = append(out, x.col)
			}
			return true
		})
	}
	return out
}

// breakTies orders rows that windows put at one place. Two windows of a block that order rows differently would number equal
// rows each in its own way.
func (a *analysis) breakTies(b *block, read []*column) {
	var first *expr
	for _, e := range b.windows() {
		if !e.placed() {
			continue
		}
		if first == nil {
			first = e
		} else if !first.sameWindow(e) {
			a.addFix("clause.window", e.at, yumen.Say("window functions of one subquery that depend on the place of single rows need one order", "同一子查询中取决于单行位置的窗口函数须使用同一排序"),
				yumen.Say("write each order in a subquery of its own, or use count(*) OVER (PARTITION BY key)", "请将每种排序写在单独的子查询中，或使用 count(*) OVER (PARTITION BY 键)"))
			continue
		}
		for _, c := range read {
			tie := columnExpr(c, e.at)
			if c.unit != nil || slices.ContainsFunc(e.args[e.win.args:], func(o *expr) bool { return sameExpr(o, tie) }) {
				continue
			}
			a.checkAt(tie, need{purpose: purpose{use: yumen.UseFilter}, at: e.at, computed: true}, nil)
			e.win.ties = append(e.win.ties, tie)
		}
	}
}

func (e *expr) sameWindow(o *expr) bool {
	of := func(e *expr) []string { return argumentSignatures(&expr{args: e.args[e.win.args:]}) }
	return e.win.partition == o.win.partition && slices.Equal(e.win.directions, o.win.directions) && slices.Equal(of(e), of(o))
}

// windowedSQL writes a block with window functions over the rows of units. What is computed with them stands one level
// further out, because TRY takes none.
func (b *block) windowedSQL(r *relation) string {
	var outer, inner []string
	seen := map[string]*expr{}
	of := func(e *expr, name string) *expr {
		known, ok := seen[e.signature()]
		if !ok {
			known = cellExpr(name+itoa(len(seen)+1), e.typ)
			inner = append(inner, e.sql(nil)+" AS "+known.col.cell)
			seen[e.signature()] = known
		}
		return known
	}
	var over func(*expr) *expr
	over = func(e *expr) *expr {
		switch e.op {
		case opWindow:
			return of(e, "w")
		case opColumn:
			return of(e, "x")
		}
		return mapped(e, over)
	}
	for i, c := range r.cols {
		if c.used {
			outer = append(outer, fmt.Sprintf("%s AS c%d", over(c.def).sql(nil), i+1))
		}
	}
	where := ""
	if b.qualify != nil {
		where = " WHERE " + over(b.qualify).sql(nil)
	}
	for i, u := range r.carried() {
		outer = append(outer, fmt.Sprintf("r.u%d", i+1))
		inner = append(inner, fmt.Sprintf("%s AS u%d", u.unitSQL(), i+1))
	}
	return "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + b.fromSQL() + ") AS r" + where
}
