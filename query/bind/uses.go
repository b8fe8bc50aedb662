package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	grants "github.com/yumen-data/yumen/internal/uses"
	"github.com/yumen-data/yumen/query/plan"
)

// purpose is what an expression is used for, and so which use its columns need.
type purpose struct {
	use yumen.Use
	fn  string // of aggregate
}

// condition is the purpose of a condition inside an expression: inside an aggregate it selects rows, as WHERE would;
// anywhere else its outcome is shown, and what it compares is used like the rest.
func (p purpose) condition() purpose {
	if p.use == yumen.UseAggregate {
		return purpose{use: yumen.UseFilter}
	}
	return p
}

var useNames = map[yumen.Use]yumen.Text{
	yumen.UseFilter: {EN: "filter (WHERE, ON, CASE)", ZH: "筛选 (WHERE、ON、CASE)"}, yumen.UseJoin: {EN: "join", ZH: "连接"},
	yumen.UseGroup: {EN: "group (GROUP BY)", ZH: "分组 (GROUP BY)"}, yumen.UseAggregate: {EN: "aggregate", ZH: "聚合"},
	yumen.UsePlain: {EN: "row-level output", ZH: "行级输出"},
}

func (p purpose) name() yumen.Text {
	t := useNames[p.use]
	if p.fn != "" {
		t.EN, t.ZH = t.EN+" ("+p.fn+")", t.ZH+" ("+p.fn+")"
	}
	return t
}

// need is a purpose at a place. Columns of subqueries are looked through, and what is wrong below is told at the place
// of the reference, where the reader will look.
type need struct {
	purpose
	at       int  // −1 for the place of the expression itself
	computed bool // the column is part of something computed
	shaped   bool // in class dp: what is made of it is not linear, so that conditions on it could tell as much
}

// seenNeed remembers what was looked through, so that chains of WITH queries cost no more than their length.
type seenNeed struct {
	col *plan.Column
	need
}

// check refuses every column of e whose grant does not cover the purpose. Keys are those of the block that e belongs
// to.
func (a *analysis) check(e *plan.Expr, p purpose, keys []*plan.Expr) {
	a.checkAt(e, need{purpose: p, at: -1}, keys)
}

func (a *analysis) checkAt(e *plan.Expr, n need, keys []*plan.Expr) {
	if e == nil {
		return
	}
	switch e.Op {
	case plan.OpColumn:
		a.checkColumn(e, n)
	case plan.OpKey:
		a.checkAt(keys[e.Key], n, nil)
	case plan.OpAgg:
		a.checkAggregate(e, n)
	case plan.OpWindow:
		a.checkWindow(e, n, keys)
	case plan.OpCase:
		n.computed = true
		for i, x := range e.Args {
			if i%2 == 0 && i < len(e.Args)-1 {
				a.checkAt(x, n.condition(), keys)
			} else {
				a.checkAt(x, n, keys)
			}
		}
	case plan.OpCall:
		if n.use == yumen.UseGroup && (a.bucketed(e) || a.byCalendar(e)) {
			return
		}
		if plan.NullTest(e) && plan.UnitOf(e.Args[0], keys) != nil {
			if c := e.Args[0].Column; n.use == yumen.UsePlain && c != nil && c.Relation.Inner != nil {
				a.computedRows(n.place(e)) // what a subquery filters by would be shown person by person
				return
			}
			n.use, n.fn = yumen.UseJoin, "" // whether a left join found a partner
			a.checkAt(e.Args[0], n, keys)
			return
		}
		if plan.Functions[e.Fn].Condition || a.chooses(e, n) {
			n = n.condition()
		}
		n.computed, n.shaped = true, n.shaped || a.shapes(e, n)
		for _, x := range e.Args {
			a.checkAt(x, n, keys)
		}
	case plan.OpCast:
		if n.use == yumen.UseGroup && a.byCalendar(e) {
			return
		}
		if a.chooses(e, n) {
			n = n.condition()
		}
		n.computed, n.shaped = true, n.shaped || a.shapes(e, n)
		a.checkAt(e.Args[0], n, keys)
	default:
		for _, x := range e.Args {
			a.checkAt(x, n, keys)
		}
	}
}

func (n need) condition() need {
	return need{purpose: n.purpose.condition(), at: n.at, computed: n.computed}
}

// chooses reports whether what an expression makes of its arguments inside an aggregate is not linear: where a value or
// a NULL depends on a value in any other way, rows are told apart as a condition would. In class dp noise hides that as
// it hides the rest.
func (a *analysis) chooses(e *plan.Expr, n need) bool {
	if n.use != yumen.UseAggregate || a.scope.Private() {
		return false
	}
	if strings.HasPrefix(n.fn, "count") && e.Op == plan.OpCall && plan.Strict[e.Fn] && !e.CanFail() {
		return false // it is NULL where the column is
	}
	return !plan.LinearUse(e)
}

// shapes reports whether an expression makes something else of its arguments inside a sum or mean of class dp than a
// linear function. The mean of such a function follows from counts under conditions, so that whoever may filter by a
// column may ask for it.
func (a *analysis) shapes(e *plan.Expr, n need) bool {
	return n.use == yumen.UseAggregate && (n.fn == "sum" || n.fn == "avg") && a.scope.Private() && !plan.LinearUse(e)
}

// counted reports whether a function is computed from counts under conditions, as quantiles of class aggregate are.
func (a *analysis) counted(n need) bool {
	return !a.scope.Private() && (n.fn == "median" || n.fn == "quantile")
}

// checkAggregate looks through an aggregate of a per-unit subquery.
func (a *analysis) checkAggregate(e *plan.Expr, n need) {
	if n.use == yumen.UsePlain {
		a.computedRows(n.place(e))
		return
	}
	a.checkAt(e.Aggregate.Arg, n.counted(e.Aggregate), nil)
	a.checkAt(e.Aggregate.Filter, n.condition(), nil)
	for _, o := range e.Aggregate.Order {
		a.checkAt(o.Expr, need{purpose: purpose{use: yumen.UseFilter}, at: n.place(e), computed: true}, nil)
	}
}

func (a *analysis) computedRows(pos int) {
	a.AddFix("rows.computed", pos,
		yumen.Say("a value computed over a person's rows cannot be shown person by person", "不能逐人显示对某人各行计算得到的值"),
		yumen.Say("aggregate it over many people", "请对多人聚合"))
}

func (n need) place(e *plan.Expr) int {
	if n.at >= 0 {
		return n.at
	}
	return e.At
}

// counted is the need of what a per-unit aggregate counts: not its values are used, but in how many rows it is there.
func (n need) counted(g *plan.Aggregate) need {
	switch {
	case g.Fn == "count_units", g.Counts() && n.use == yumen.UseAggregate:
		n.purpose = purpose{yumen.UseAggregate, g.Fn}
	case g.Fn == "count":
		n.purpose = purpose{yumen.UseAggregate, countEach}
	}
	return n
}

// countEach is counting a column's values person by person, where the number then makes groups or decides.
const countEach = "count for each unit"

func (a *analysis) checkColumn(e *plan.Expr, n need) {
	c := e.Column
	a.borrow(c, need{purpose: n.purpose, at: n.place(e)})
	if c.Alts != nil {
		n.at = n.place(e)
		for _, alt := range c.Alts {
			a.checkColumn(&plan.Expr{Op: plan.OpColumn, Column: alt, At: n.at}, n)
		}
		return
	}
	if c.Def != nil {
		n.at = n.place(e)
		if key := (seenNeed{c, n}); !a.looked[key] {
			a.looked[key] = true
			a.checkAt(c.Def, n, c.Relation.Inner.Keys)
		}
		return
	}
	if c.Base == nil {
		return
	}
	uses := c.Relation.Table.Uses[c.Base.Name]
	if c.Unit != nil && n.fn == "count_distinct" {
		n.fn = "count_units"
	}
	switch {
	case c.Unit != nil && n.use != yumen.UsePlain && n.use != yumen.UseJoin && (n.computed || !countsUnits(n.purpose)):
		a.unitValue(c, n.place(e), n.purpose)
	case (n.shaped || n.computed && c.Type.Temporal() || a.counted(n)) && n.use == yumen.UseAggregate &&
		!granted(uses, n.purpose) && granted(uses, purpose{use: yumen.UseFilter}):
		a.tighten(uses, purpose{use: yumen.UseFilter})
	case n.use == yumen.UseGroup && c.Type == plan.Date && a.tellsParts(e.At, []*plan.Column{c}, grants.Day):
	case granted(uses, n.purpose), n.use == yumen.UseGroup && eachValue(c, uses) && !c.Relation.Reference():
		a.tighten(uses, n.purpose)
	default:
		a.notGranted(c, n, n.place(e), uses)
	}
}

func countsUnits(p purpose) bool {
	return p.use == yumen.UseAggregate &&
		(p.fn == "count" || p.fn == "count_distinct" || p.fn == "count_units" || p.fn == countEach)
}

func (a *analysis) unitValue(c *plan.Column, at int, p purpose) {
	fix := yumen.Say("join on it, count it with COUNT(DISTINCT %s), or group by it inside a subquery and aggregate outside", "可用它连接，用 COUNT(DISTINCT %s) 计数，或在子查询中按它分组后再在外层聚合", c.Name)
	if p.use == yumen.UseGroup {
		a.AddFix("unit.group", at,
			yumen.Say("%s is the key of the privacy unit: one group for each unit is a row for each person",
				"%s 是隐私单元键：每单元一组等于每人一行", c.Name), fix)
		return
	}
	a.AddFix("unit.value", at,
		yumen.Say("%s is the key of the privacy unit: it has no value to compare or compute with",
			"%s 是隐私单元键：没有可比较或可计算的值", c.Name), fix)
}

// granted reports whether the constraints on a column cover a purpose.
func granted(uses []yumen.Constraint, p purpose) bool {
	if len(uses) == 0 || plan.HasUse(uses, yumen.UseDeny) {
		return false
	}
	if p.use == yumen.UseAggregate {
		return grantedAggregate(uses, p.fn)
	}
	return plan.HasUse(uses, p.use)
}

// grantedAggregate: a function must be named. Counting is also allowed where the same count could be had by WHERE x IS
// NOT NULL or by GROUP BY x, and units may be counted wherever their key is granted at all.
func grantedAggregate(uses []yumen.Constraint, fn string) bool {
	names := map[string][]string{
		"count": {"count", "count_distinct"}, "count_distinct": {"count_distinct", "count"},
		"count_units": {"count", "count_distinct", "count_units"},
		"stddev":      {"stddev", "stddev_samp"}, "stddev_pop": {"stddev", "stddev_pop"},
		"var": {"var", "variance", "var_samp"}, "var_pop": {"var", "variance", "var_pop"}, "avg": {"avg", "mean"},
		"median": {"median", "quantile"},
	}[fn]
	if slices.Contains(plan.Pairs, fn) || slices.Contains(plan.Shapes, fn) { // no more than spread does
		names = []string{"stddev", "stddev_samp", "stddev_pop", "var", "variance", "var_samp", "var_pop"}
	}
	if names == nil {
		names = []string{fn}
	}
	for _, c := range uses {
		switch {
		case c.Use == yumen.UseAggregate &&
			slices.ContainsFunc(c.Functions, func(f string) bool { return slices.Contains(names, strings.ToLower(f)) }):
			return true
		case (fn == "count" || fn == countEach) &&
			(c.Use == yumen.UseFilter || c.Use == yumen.UseGroup || c.Use == yumen.UseJoin),
			fn == "count_distinct" && c.Use == yumen.UseGroup, fn == "count_units":
			return true
		}
	}
	return false
}

// tighten raises the statement's thresholds to those of a column's constraint.
func (a *analysis) tighten(uses []yumen.Constraint, p purpose) {
	for _, c := range uses {
		if c.Use != p.use && !(p.use == yumen.UseGroup && c.Use == yumen.UseBucket) {
			continue
		}
		a.found.K = max(a.found.K, c.MinK)
		if c.MaxDominance > 0 && (a.found.MaxDominance == 0 || c.MaxDominance < a.found.MaxDominance) {
			a.found.MaxDominance = c.MaxDominance
		}
	}
}

func (a *analysis) notGranted(c *plan.Column, n need, at int, uses []yumen.Constraint) {
	p := n.purpose
	dataset := c.Relation.Table.Dataset.Name
	if len(uses) == 0 || plan.HasUse(uses, yumen.UseDeny) {
		a.AddFix("column.not-granted", at,
			yumen.Say("column %s of %s is not granted", "未授权使用 %[2]s 的列 %[1]s", c.Base.Name, dataset),
			yumen.Say("leave it out, or apply for it", "请去掉该列，或申请授权"))
		return
	}
	if parts := calendarParts(uses); len(parts) > 0 && p.use == yumen.UseGroup {
		a.AddFix("group.calendar", at,
			yumen.Say("column %s of %s may be a group key only as parts of the calendar: %s",
				"%[2]s 的列 %[1]s 只能按日历部分分组：%[3]s", c.Base.Name, dataset, strings.Join(parts, ", ")),
			calendarFix(c, parts))
		return
	}
	w, ok := bucketWidth(uses)
	if ok && p.use == yumen.UseGroup && c.Relation.Reference() {
		a.AddFix("group.bucket", at,
			yumen.Say("column %s of %s is granted in intervals, which no column of reference data is grouped in: the columns it is joined by would have to be cut into the same",
				"%[2]s 的列 %[1]s 只授权按区间分组，而参考数据的列不能按区间分组：其所连接的列也须按同样的区间划分", c.Base.Name, dataset),
			yumen.Say("group by another column of the list", "请改为按名单的其他列分组"))
		return
	}
	if ok && p.use == yumen.UseGroup {
		width := formatWidth(w)
		a.AddFix("group.bucket", at,
			yumen.Say("column %s of %s may be a group key only in intervals of %s", "%[2]s 的列 %[1]s 只能按宽度 %[3]s 的区间分组",
				c.Base.Name, dataset, width),
			bucketFix(c, w))
		return
	}
	a.AddFix("column.not-granted", at,
		yumen.Say("column %s of %s is not granted for %s; the contract allows: %s",
			"%[2]s 的列 %[1]s 未授权用于%[3]s；合同允许：%[4]s", c.Base.Name, dataset, p.name(), allowedUses(uses)),
		a.alternative(c, n, uses))
}

// alternative is the rewrite that a grant allows instead.
func (a *analysis) alternative(c *plan.Column, n need, uses []yumen.Constraint) yumen.Text {
	fns := aggregateFunctions(uses)
	switch {
	case n.use == yumen.UseFilter || n.use == yumen.UseJoin:
		return yumen.Text{}
	case n.use == yumen.UseAggregate && n.computed: // another function of the column alone would be another question
		return yumen.Say("apply for the use aggregate(%s) of %s", "请申请将 %[2]s 用于 aggregate(%[1]s)", grantFor(n.fn),
			c.Name)
	case slices.Contains(fns, "avg"): // tells more than the number of values
		return yumen.Say("use avg(%s)", "请使用 avg(%s)", c.Name)
	case len(fns) > 0 && c.Unit != nil:
		return yumen.Say("use COUNT(DISTINCT %s)", "请使用 COUNT(DISTINCT %s)", c.Name)
	case len(fns) > 0:
		return yumen.Say("use %s(%s)", "请使用 %s(%s)", fns[0], c.Name)
	}
	return yumen.Text{}
}

// grantFor names a function that a catalog can grant and that lets another be asked for.
func grantFor(fn string) string {
	switch {
	case fn == "var_pop":
		return "var"
	case fn == "stddev_pop", slices.Contains(plan.Pairs, fn), slices.Contains(plan.Shapes, fn):
		return "stddev"
	}
	return fn
}

func aggregateFunctions(uses []yumen.Constraint) (out []string) {
	for _, c := range uses {
		if c.Use == yumen.UseAggregate {
			out = append(out, c.Functions...)
		}
	}
	return out
}

func allowedUses(uses []yumen.Constraint) string {
	var out []string
	for _, c := range uses {
		s := string(c.Use)
		switch c.Use {
		case yumen.UseAggregate:
			s += "(" + strings.Join(c.Functions, ", ") + ")"
		case yumen.UseBucket:
			s += "(" + formatWidth(c.Width) + ")"
		case yumen.UseCalendar:
			s += "(" + strings.Join(c.Parts, ", ") + ")"
		case yumen.UseMask:
			s += "(" + c.Technique + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}
