package query

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

func itoa(n int) string { return strconv.Itoa(n) }

// maxExpr bounds what repeated use of an alias can blow an expression up to.
const maxExpr = 20_000

// maxSelect bounds all expressions of a select list together.
const maxSelect = 50_000

// expr resolves an expression.
func (x *binder) expr(v astExpr, c clause) *expr {
	e := x.resolve(v, c)
	if e.size == 0 {
		e.size = 1
		for _, a := range e.args {
			e.size += a.size
		}
	}
	if e.size > maxExpr && e.op != opBad {
		x.addFix("statement.size", e.at, yumen.Say("this expression has more than %d parts once its aliases are written out", "展开别名后，此表达式超过 %d 个组成部分", maxExpr),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return bad(e.at)
	}
	return e
}

func (x *binder) resolve(v astExpr, c clause) *expr {
	bare := c.bare
	c.bare = false
	switch v := v.(type) {
	case astColumn:
		return x.column(v, c, bare)
	case astBound:
		return &expr{op: opColumn, typ: v.col.typ, col: v.col, at: v.pos()}
	case astConst:
		return &expr{op: opConst, typ: v.lit.typ, lit: v.lit, at: v.pos()}
	case astCall:
		return x.call(v, c)
	case astCast:
		return x.cast(x.expr(v.arg, c), v.to, v.pos())
	case astCase:
		return x.caseOf(v, c)
	case astSubquery:
		return x.presence(v)
	case astScalar:
		return x.scalarSubquery(v, c)
	case astWindow:
		return x.window(v, c)
	case astStar:
		x.add("expression.columns", v.pos(), yumen.Say("* may stand only in the select list and in COUNT(*)", "* 只能出现在选择列表和 COUNT(*) 中"))
	}
	return bad(v.pos())
}

// column resolves a column. In GROUP BY, WHERE and the select list a column of FROM wins over an alias of the select list; in
// HAVING an alias wins unless the column is a group key; in ORDER BY an alias standing alone always wins.
func (x *binder) column(v astColumn, c clause, bare bool) *expr {
	table, name, ok := split(v.names)
	if !ok {
		x.addFix("expression.nested", v.pos(), yumen.Say("a column is named by itself or as table.column", "列名写作 列 或 表.列"), yumen.Say("leave schema, catalog and field names out", "请去掉 schema、catalog 和字段名"))
		return bad(v.pos())
	}
	if table == "" && c.preferOut && !c.inside {
		if i := x.alias(name, c); i >= 0 && (bare || x.b.grouped && !x.isKey(name)) {
			return elsewhere(x.item(i), v.pos())
		}
	}
	found := x.candidates(table, name)
	switch len(found) {
	case 1:
		return &expr{op: opColumn, typ: found[0].typ, col: found[0], at: v.pos()}
	case 0:
		if i := x.alias(name, c); table == "" && i >= 0 {
			return x.aliased(i, v, c)
		}
		titled := x.titled(table, name)
		if len(titled) == 1 {
			return &expr{op: opColumn, typ: titled[0].typ, col: titled[0], at: v.pos()}
		}
		if table == "" && same(name, "current_date") {
			return x.today(v.pos())
		}
		if table == "" && slices.Contains(nowNames, fold(name)) {
			return x.now(v.pos())
		}
		x.unknownColumn(table, name, titled, v.pos())
	default:
		x.addFix("column.ambiguous", v.pos(), yumen.Say("%s could be a column of several tables", "%s 可能属于多个表", printable(name)),
			yumen.Say("write %s.%s", "请写 %s.%s", found[0].rel.alias, found[0].name))
	}
	return bad(v.pos())
}

func split(names []string) (table, name string, ok bool) {
	switch len(names) {
	case 1:
		return "", names[0], true
	case 2:
		return names[0], names[1], true
	case 3:
		return names[1], names[2], plainSchema(names[0])
	}
	return "", "", false
}

func elsewhere(e *expr, at int) *expr {
	c := *e
	c.at = at
	return &c
}

// alias returns the number of the first select item of that alias, or −1.
func (x *binder) alias(name string, c clause) int {
	if i, ok := x.aliases[fold(name)]; ok && i < c.aliases {
		return i
	}
	return -1
}

// aliased is a select item used by its alias where DuckDB allows it.
func (x *binder) aliased(i int, v astColumn, c clause) *expr {
	e := x.item(i)
	if e.aggregates() && (!c.aggregates || c.inside) {
		x.add("expression.aggregate", v.pos(), yumen.Say("%s is an aggregate and cannot be used in %s", "%s 是聚合，不能用于 %s", printable(v.names[0]), c.name))
		return bad(v.pos())
	}
	if x.readsScalar(e) && x.choosesPeople(c) {
		x.refuseChoice(v.pos())
		return bad(v.pos())
	}
	return elsewhere(e, v.pos())
}

// isKey reports whether the unqualified name is a column that the block groups by.
func (x *binder) isKey(name string) bool {
	found := x.candidates("", name)
	return len(found) == 1 && slices.ContainsFunc(x.b.keys, func(k *expr) bool { return k.op == opColumn && k.col == found[0] })
}

func (x *binder) candidates(table, name string) (out []*column) {
	shadowed := false
	for _, r := range x.b.rels {
		if table != "" && !same(table, r.alias) {
			continue
		}
		shadowed = table != ""
		for _, c := range r.cols {
			if same(c.name, name) && !(c.hidden && table == "") {
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 && !shadowed && x.outer != nil {
		return x.outer.candidates(table, name)
	}
	return out
}

// titled are the columns of datasets in FROM that the catalog gives this title, in either language, or header.
func (x *binder) titled(table, name string) []*column {
	out := titledIn(x.b.rels, table, name)
	here := slices.ContainsFunc(x.b.rels, func(r *relation) bool { return table != "" && same(table, r.alias) })
	if len(out) == 0 && !here && x.outer != nil {
		return x.outer.titled(table, name)
	}
	return out
}

func titledIn(rels []*relation, table, name string) (out []*column) {
	for _, r := range rels {
		if table != "" && !same(table, r.alias) {
			continue
		}
		for _, c := range r.cols {
			if b := c.entry(); b != nil && name != "" && !(c.hidden && table == "") && (same(b.Title.EN, name) || same(b.Title.ZH, name) || same(b.Header, name)) {
				out = append(out, c)
			}
		}
	}
	return out
}

// entry is the catalog's entry of a column, also of a subquery's that is one under its own name.
func (c *column) entry() *yumen.Column {
	of := c
	for of.base == nil && of.def != nil && of.def.op == opColumn {
		of = of.def.col
	}
	if of.base != nil && same(of.name, c.name) {
		return of.base
	}
	return nil
}

func (x *binder) unknownColumn(table, name string, titled []*column, pos int) {
	if x.full() {
		return
	}
	if len(titled) > 1 {
		x.addFix("column.ambiguous", pos, yumen.Say("%s is the title of several columns", "%s 是多个列的标题", printable(name)),
			yumen.Say("write %s.%s", "请写 %s.%s", titled[0].rel.alias, titled[0].name))
		return
	}
	for _, group := range refusedFunctions {
		if (group.rule == "function.nondeterministic" || group.rule == "function.system") && slices.Contains(group.names, fold(name)) {
			x.addFix(group.rule, pos, yumen.Say(group.why.EN, group.why.ZH, fold(name)), group.fix)
			return
		}
	}
	if len(x.b.rels) == 0 && x.q.from != nil {
		return // the table itself is unknown, which is told already
	}
	var known, tables []string
	names := map[string]string{} // by title
	for _, r := range x.b.rels {
		tables = append(tables, r.alias)
		for _, c := range r.cols {
			if c.base == nil || len(r.table.Uses[c.base.Name]) > 0 {
				known = append(known, c.name)
			}
			if c.base != nil && len(r.table.Uses[c.base.Name]) > 0 {
				names[c.base.Title.EN], names[c.base.Title.ZH], names[c.base.Header] = c.name, c.name, c.name
			}
		}
	}
	if table != "" && !slices.ContainsFunc(tables, func(t string) bool { return same(t, table) }) {
		x.addFix("table.unknown", pos, yumen.Say("no table in FROM is called %s", "FROM 中没有名为 %s 的表", printable(table)), didYouMean(table, tables))
		return
	}
	fix := didYouMean(name, known)
	if title, ok := suggest.Nearest(name, slices.Sorted(maps.Keys(names))); ok && fix.IsZero() {
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", names[title])
	}
	if wide := fullWidthFix(name); !wide.IsZero() {
		fix = wide
	} else if fix.IsZero() && pos >= 0 && pos < len(x.src.text) && (x.src.text[pos] == '"' || x.src.text[pos] >= utf8.RuneSelf) {
		fix = yumen.Say("if it is a text and no name, write it in single quotes", "如果是文本而非名称，请用单引号括起")
	}
	x.addFix("column.unknown", pos, yumen.Say("no table in FROM has a column %s", "FROM 中的表没有列 %s", printable(name)), fix)
}

func didYouMean(name string, known []string) yumen.Text {
	if n, ok := suggest.Nearest(name, known); ok {
		return yumen.Say("did you mean %s?", "是否想写 %s？", n)
	}
	return yumen.Text{}
}

func (x *binder) call(v astCall, c clause) *expr {
	name := canonical(v)
	if aggregates[name] != "" || privateAggregates[name] != "" && x.scope.private() || x.b.post && postAggregates[name] != "" {
		return x.aggregate(v, c)
	}
	switch {
	case slices.Contains(pairs, name) && !x.b.post:
		return x.pair(v, c)
	case slices.Contains(shapesOf, name) && !x.b.post && !x.scope.private():
		return x.shape(v, c)
	case name == "sem" && len(v.args) == 1: // sqrt(var_pop(x) / n), as the engine has it
		of := func(fn string) astExpr { return astCall{at: v.at, name: fn, args: v.args, filter: v.filter} }
		n := astCall{at: v.at, name: "#sqrt", args: []astExpr{of("count")}}
		return x.resolve(astCall{at: v.at, name: "#/", args: []astExpr{of("stddev_pop"), n}}, c)
	case (name == "geomean" || name == "geometric_mean") && len(v.args) == 1:
		ln := astCall{at: v.at, name: "#ln", args: v.args}
		mean := astCall{at: v.at, name: "avg", args: []astExpr{ln}, filter: v.filter}
		return x.resolve(astCall{at: v.at, name: "#exp", args: []astExpr{mean}}, c)
	}
	if !x.b.post && (unitAggregates[name] != "" || truthAggregates[name] != "") {
		return x.unitAggregate(v, c)
	}
	if functions[name] == nil && intervals[name] == "" && !slices.Contains(partFunctions, name) && name != "not between" && !slices.Contains(writtenOut, name) && !slices.Contains(nowNames, name) {
		for _, a := range v.args {
			x.expr(a, c)
		}
		x.refuseFunction(v)
		return bad(v.pos())
	}
	if v.distinct || v.filter != nil {
		x.add("function.unknown", v.pos(), yumen.Say("DISTINCT and FILTER belong to aggregates only", "DISTINCT 和 FILTER 只用于聚合函数"))
		return bad(v.pos())
	}
	if e, ok := x.special(name, v, c); ok {
		return e
	}
	args := make([]*expr, len(v.args))
	for i, a := range v.args {
		args[i] = x.expr(a, c)
	}
	return x.apply(name, functions[name], args, v.pos())
}

// canonical is the name a call has in the allow-list.
func canonical(v astCall) string {
	name := strings.TrimPrefix(v.name, "#")
	if a, ok := aliases[name]; ok && a != "" {
		return a
	}
	return name
}

// special handles calls that are written out as others: dateparts by name, intervals, LIKE … ESCAPE.
func (x *binder) special(name string, v astCall, c clause) (*expr, bool) {
	switch {
	case name == "year" && len(v.args) == 1 && years(v.args[0]) != nil:
		return x.expr(years(v.args[0]), c), true
	case slices.Contains(partFunctions, name) && len(v.args) == 1:
		return x.apply("date_part", functions["date_part"], []*expr{text(partName(name), v.pos()), x.expr(v.args[0], c)}, v.pos()), true
	case intervals[name] != "" && len(v.args) == 1:
		return x.interval(intervals[name], v), true
	case name == "today" && len(v.args) == 0:
		return x.today(v.pos()), true
	case slices.Contains(nowNames, name) && len(v.args) == 0:
		return x.now(v.pos()), true
	case name == "width_bucket" && len(v.args) == 4:
		return x.expr(widthBucket(v), c), true
	case name == "date_part" && len(v.args) == 2 && isText(v.args[0], "epoch"):
		return x.apply("epoch", functions["epoch"], []*expr{x.expr(v.args[1], c)}, v.pos()), true
	case name == "not between" && len(v.args) == 3:
		inner := astCall{at: v.at, name: "#between", args: v.args}
		return x.expr(astCall{at: v.at, name: "#not", args: []astExpr{inner}}, c), true
	}
	return nil, false
}

func isText(v astExpr, s string) bool {
	c, ok := v.(astConst)
	return ok && c.lit.typ == tText && same(c.lit.text, s)
}

// today is the day of the job, the same whenever its answer is checked again.
func (x *binder) today(pos int) *expr {
	if x.scope.Today.IsZero() {
		x.addFix("function.nondeterministic", pos, yumen.Say("current_date is refused here: the statement belongs to no job, and so to no day", "此处不允许 current_date：该语句不属于任何任务，因而没有日期"),
			yumen.Say("write the date you mean, such as DATE '2026-01-31'", "请直接写出日期，如 DATE '2026-01-31'"))
		return bad(pos)
	}
	day := x.scope.Today.Format(time.DateOnly)
	note := yumen.Say("current_date is %s, the day of the job", "current_date 为任务之日 %s", day)
	if !slices.Contains(x.found.notes, note) {
		x.found.notes = append(x.found.notes, note)
	}
	return &expr{op: opConst, typ: tDate, lit: literal{tDate, day}, at: pos}
}

// nowNames are names of the present moment.
var nowNames = []string{"now", "current_timestamp", "localtimestamp", "get_current_timestamp", "transaction_timestamp"}

// writtenOut are functions that are written as others.
var writtenOut = []string{"today", "width_bucket"}

// now is the first moment of the day of the job: the time of day would not be the same when the answer is checked again.
func (x *binder) now(pos int) *expr {
	e := x.today(pos)
	if e.op == opBad {
		return e
	}
	note := yumen.Say("now() is the first moment of that day", "now() 取该日零时")
	if !slices.Contains(x.found.notes, note) {
		x.found.notes = append(x.found.notes, note)
	}
	l, _ := literal{tText, e.lit.text}.as(tTimestamp)
	return &expr{op: opConst, typ: tTimestamp, lit: l, at: pos}
}

// years are the whole years of an age, as the engine counts them.
func years(v astExpr) astExpr {
	a, ok := v.(astCall)
	if !ok || a.name != "age" || len(a.args) < 1 || len(a.args) > 2 {
		return nil
	}
	from, to := a.args[len(a.args)-1], astExpr(astCall{at: a.at, name: "today"})
	if len(a.args) == 2 {
		to = a.args[0]
	}
	return astCall{at: a.at, name: "date_sub", args: []astExpr{astConst{a.at, literal{tText, "year"}}, from, to}}
}

// widthBucket is the number of the class of equal width that a value is in, as PostgreSQL has it: 0 below all, one more than
// there are classes above.
func widthBucket(v astCall) astExpr {
	op := func(name string, args ...astExpr) astExpr { return astCall{at: v.at, name: "#" + name, args: args} }
	number := func(n string) astExpr { return astConst{v.at, literal{tInt, n}} }
	x, lo, hi, n := v.args[0], v.args[1], v.args[2], v.args[3]
	class := op("+", op("floor", op("/", op("*", op("-", x, lo), n), op("-", hi, lo))), number("1"))
	return astCase{at: v.at, whens: []astExpr{op("<", x, lo), op(">=", x, hi)}, thens: []astExpr{number("0"), op("+", n, number("1"))},
		otherwise: astCast{at: v.at, arg: class, to: tInt}}
}

func partName(name string) string {
	switch name {
	case "weekofyear":
		return "week"
	case "dayofmonth":
		return "day"
	case "weekday":
		return "dayofweek"
	}
	return name
}

func text(s string, at int) *expr {
	l := literal{tText, s}
	return &expr{op: opConst, typ: tText, lit: l, at: at}
}

var intervals = map[string]string{"to_years": "year", "to_months": "month", "to_days": "day", "to_weeks": "week", "to_hours": "hour", "to_minutes": "minute", "to_seconds": "second", "to_quarters": "quarter"}

// interval is INTERVAL n UNIT, which the parser writes as a function of a cast of a truncation of a cast.
func (x *binder) interval(unit string, v astCall) *expr {
	arg := v.args[0]
	for {
		switch a := arg.(type) {
		case astCast:
			arg = a.arg
			continue
		case astCall:
			if a.name == "trunc" && len(a.args) == 1 {
				arg = a.args[0]
				continue
			}
		}
		break
	}
	if c, ok := arg.(astConst); ok {
		if l, ok := c.lit.as(tInt); ok && len(l.text) <= 6 && (c.lit.typ == tInt || c.lit.typ == tText) {
			return &expr{op: opConst, typ: tInterval, lit: literal{tInterval, l.text + " " + unit}, at: v.pos()}
		}
	}
	x.addFix("type.constant", v.pos(), yumen.Say("an interval is a whole number of at most six digits and a unit", "时间间隔由至多六位整数和单位组成"), yumen.Say("write INTERVAL 3 MONTH", "请写 INTERVAL 3 MONTH"))
	return bad(v.pos())
}

// meantToAggregate are the rules that refuse aggregates: who asks for one does not ask for rows.
var meantToAggregate = []string{"function.single-value", "function.single-row", "function.unmeasured", "function.pair"}

func (x *binder) refuseFunction(v astCall) {
	if x.full() {
		return
	}
	name := strings.TrimPrefix(v.name, "#")
	for _, group := range refusedFunctions {
		if slices.Contains(group.names, name) {
			x.meant = x.meant || slices.Contains(meantToAggregate, group.rule)
			fix := group.fix
			if group.rule == "function.single-value" && x.scope.private() {
				fix = yumen.Say("use count, sum, avg, stddev, median(x) or quantile_cont(x, 0.9)", "请使用 count、sum、avg、stddev、median(x) 或 quantile_cont(x, 0.9)")
			}
			x.addFix(group.rule, v.pos(), yumen.Say(group.why.EN, group.why.ZH, name), fix)
			return
		}
	}
	known := slices.Sorted(maps.Keys(functions))
	known = slices.Concat(known, slices.Sorted(maps.Keys(aggregates)), slices.Sorted(maps.Keys(elsewhereNames)))
	fix := yumen.Text{}
	if n, ok := suggest.Nearest(name, known); ok {
		if here := elsewhereNames[n]; here != "" {
			n = here
		}
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", n)
	}
	if sign := fullWidthFix(name); !sign.IsZero() {
		fix = sign
	}
	x.addFix("function.unknown", v.pos(), yumen.Say("function %s is not on the allow-list", "函数 %s 不在允许清单内", printable(name)), fix)
}
