package bind

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// maxSelect bounds all expressions of a select list together.
const maxSelect = 50_000

// expr resolves an expression.
func (x *binder) expr(v ast.Expr, c clause) *plan.Expr {
	e := x.resolve(v, c)
	if !e.Compared() && !e.PlainFigure() || e.ComparesFigures() && len(e.Relations()) == 0 {
		return x.refuseFigure(e.At) // compared with each other, figures would tell more than each is
	}
	if e.Size == 0 {
		e.Size = 1
		for _, a := range e.Args {
			e.Size += a.Size
		}
	}
	if e.Size > plan.MaxExpr && e.Op != plan.OpBad {
		x.AddFix("statement.size", e.At,
			yumen.Say("this expression has more than %d parts once its aliases are written out",
				"展开别名后，此表达式超过 %d 个组成部分", plan.MaxExpr),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return plan.BadExpr(e.At)
	}
	return e
}

func (x *binder) resolve(v ast.Expr, c clause) *plan.Expr {
	bare := c.bare
	c.bare = false
	switch v := v.(type) {
	case ast.Column:
		return x.column(v, c, bare)
	case starColumn:
		return x.columnExpr(v.col, v.Pos())
	case ast.Const:
		return &plan.Expr{Op: plan.OpConst, Type: v.Lit.Type, Literal: v.Lit, At: v.Pos()}
	case ast.Call:
		return x.call(v, c)
	case ast.Cast:
		return x.cast(x.expr(v.Arg, c), v.To, v.Pos())
	case ast.Case:
		return x.caseOf(v, c)
	case ast.Subquery:
		return x.presence(v)
	case ast.Scalar:
		return x.scalarSubquery(v, c)
	case ast.Window:
		return x.window(v, c)
	case ast.Star:
		x.Add("expression.columns", v.Pos(),
			yumen.Say("* may stand only in the select list and in COUNT(*)", "* 只能出现在选择列表和 COUNT(*) 中"))
	}
	return plan.BadExpr(v.Pos())
}

func titledIn(rels []*plan.Relation, table, name string) (out []*plan.Column) {
	for _, r := range rels {
		if table != "" && !reason.Same(table, r.Alias) {
			continue
		}
		for _, c := range r.Cols {
			if b := entryOf(c); b != nil && name != "" && !(c.Hidden && table == "") &&
				(reason.Same(b.Title.EN, name) || reason.Same(b.Title.ZH, name) || reason.Same(b.Header, name)) {
				out = append(out, c)
			}
		}
	}
	return out
}

// entryOf is the catalog's entry of a column, also of a subquery's that is one under its own name.
func entryOf(c *plan.Column) *yumen.Column {
	of := c
	for of.Base == nil && of.Def != nil && of.Def.Op == plan.OpColumn {
		of = of.Def.Column
	}
	if of.Base != nil && reason.Same(of.Name, c.Name) {
		return of.Base
	}
	return nil
}

func (x *binder) call(v ast.Call, c clause) *plan.Expr {
	if v.Name == "#grouping" {
		return x.grouping(v, c)
	}
	name := canonical(v)
	if plan.Aggregates[name] != "" || plan.Quantiles[name] != "" && !x.b.Post || x.b.Post &&
		postAggregates[name] != "" {
		return x.aggregate(v, c)
	}
	if e := x.determined(v, c); e != nil {
		return e
	}
	switch {
	case slices.Contains(plan.Pairs, name) && !x.b.Post:
		return x.pair(v, c)
	case slices.Contains(plan.Shapes, name) && !x.b.Post && !x.scope.Private():
		return x.shape(v, c)
	case name == "sem" && len(v.Args) == 1: // sqrt(var_pop(x) / n), as the engine has it
		of := func(fn string) ast.Expr { return ast.Call{At: v.At, Name: fn, Args: v.Args, Filter: v.Filter} }
		n := ast.Call{At: v.At, Name: "#sqrt", Args: []ast.Expr{of("count")}}
		return x.resolve(ast.Call{At: v.At, Name: "#/", Args: []ast.Expr{of("stddev_pop"), n}}, c)
	case (name == "geomean" || name == "geometric_mean") && len(v.Args) == 1:
		ln := ast.Call{At: v.At, Name: "#ln", Args: v.Args}
		mean := ast.Call{At: v.At, Name: "avg", Args: []ast.Expr{ln}, Filter: v.Filter}
		return x.resolve(ast.Call{At: v.At, Name: "#exp", Args: []ast.Expr{mean}}, c)
	}
	if !x.b.Post && (plan.UnitAggregates[name] != "" || plan.TruthAggregates[name] != "") {
		return x.unitAggregate(v, c)
	}
	if plan.Functions[name] == nil && intervals[name] == "" && !slices.Contains(plan.PartFunctions, name) &&
		name != "not between" && !slices.Contains(writtenOut, name) && !slices.Contains(nowNames, name) {
		for _, a := range v.Args {
			x.expr(a, c)
		}
		x.refuseFunction(v)
		return plan.BadExpr(v.Pos())
	}
	if v.Distinct || v.Filter != nil {
		x.Add("function.unknown", v.Pos(),
			yumen.Say("DISTINCT and FILTER belong to aggregates only", "DISTINCT 和 FILTER 只用于聚合函数"))
		return plan.BadExpr(v.Pos())
	}
	if e, ok := x.special(name, v, c); ok {
		return e
	}
	args := make([]*plan.Expr, len(v.Args))
	for i, a := range v.Args {
		args[i] = x.expr(a, c)
	}
	return x.apply(name, plan.Functions[name], args, v.Pos())
}

// canonical is the name a call has in the allow-list.
func canonical(v ast.Call) string {
	name := strings.TrimPrefix(v.Name, "#")
	if a, ok := plan.Aliases[name]; ok && a != "" {
		return a
	}
	return name
}

// special handles calls that are written out as others: dateparts by name, intervals, LIKE … ESCAPE.
func (x *binder) special(name string, v ast.Call, c clause) (*plan.Expr, bool) {
	switch {
	case name == "year" && len(v.Args) == 1 && years(v.Args[0]) != nil:
		return x.expr(years(v.Args[0]), c), true
	case slices.Contains(plan.PartFunctions, name) && len(v.Args) == 1:
		return x.apply("date_part", plan.Functions["date_part"],
			[]*plan.Expr{text(partName(name), v.Pos()), x.expr(v.Args[0], c)}, v.Pos()), true
	case intervals[name] != "" && len(v.Args) == 1:
		return x.interval(intervals[name], v), true
	case name == "today" && len(v.Args) == 0:
		return x.today(v.Pos()), true
	case slices.Contains(nowNames, name) && len(v.Args) == 0:
		return x.now(v.Pos()), true
	case name == "width_bucket" && len(v.Args) == 4:
		return x.expr(widthBucket(v), c), true
	case name == "date_part" && len(v.Args) == 2 && isText(v.Args[0], "epoch"):
		return x.apply("epoch", plan.Functions["epoch"], []*plan.Expr{x.expr(v.Args[1], c)}, v.Pos()), true
	case name == "not between" && len(v.Args) == 3:
		inner := ast.Call{At: v.At, Name: "#between", Args: v.Args}
		return x.expr(ast.Call{At: v.At, Name: "#not", Args: []ast.Expr{inner}}, c), true
	}
	return nil, false
}

func isText(v ast.Expr, s string) bool {
	c, ok := v.(ast.Const)
	return ok && c.Lit.Type == plan.Text && reason.Same(c.Lit.Text, s)
}

// today is the day of the job, the same whenever its answer is checked again.
func (x *binder) today(pos int) *plan.Expr {
	if x.scope.Today.IsZero() {
		x.AddFix("function.nondeterministic", pos,
			yumen.Say("current_date is refused here: the statement belongs to no job, and so to no day",
				"此处不允许 current_date：该语句不属于任何任务，因而没有日期"),
			yumen.Say("write the date you mean, such as DATE '2026-01-31'", "请直接写出日期，如 DATE '2026-01-31'"))
		return plan.BadExpr(pos)
	}
	day := x.scope.Today.Format(time.DateOnly)
	note := yumen.Say("current_date is %s, the day of the job", "current_date 为任务之日 %s", day)
	if !slices.Contains(x.found.Notes, note) {
		x.found.Notes = append(x.found.Notes, note)
	}
	return &plan.Expr{Op: plan.OpConst, Type: plan.Date, Literal: plan.Literal{Type: plan.Date, Text: day}, At: pos}
}

// nowNames are names of the present moment.
var nowNames = []string{"now", "current_timestamp", "localtimestamp", "get_current_timestamp", "transaction_timestamp"}

// writtenOut are functions that are written as others.
var writtenOut = []string{"today", "width_bucket"}

// now is the first moment of the day of the job: the time of day would not be the same when the answer is checked
// again.
func (x *binder) now(pos int) *plan.Expr {
	e := x.today(pos)
	if e.Op == plan.OpBad {
		return e
	}
	note := yumen.Say("now() is the first moment of that day", "now() 取该日零时")
	if !slices.Contains(x.found.Notes, note) {
		x.found.Notes = append(x.found.Notes, note)
	}
	l, _ := plan.Literal{Type: plan.Text, Text: e.Literal.Text}.As(plan.Timestamp)
	return &plan.Expr{Op: plan.OpConst, Type: plan.Timestamp, Literal: l, At: pos}
}

// years are the whole years of an age, as the engine counts them.
func years(v ast.Expr) ast.Expr {
	a, ok := v.(ast.Call)
	if !ok || a.Name != "age" || len(a.Args) < 1 || len(a.Args) > 2 {
		return nil
	}
	from, to := a.Args[len(a.Args)-1], ast.Expr(ast.Call{At: a.At, Name: "today"})
	if len(a.Args) == 2 {
		to = a.Args[0]
	}
	return ast.Call{At: a.At, Name: "date_sub",
		Args: []ast.Expr{ast.Const{At: a.At, Lit: plan.Literal{Type: plan.Text, Text: "year"}}, from, to}}
}

// widthBucket is the number of the class of equal width that a value is in, as PostgreSQL has it: 0 below all, one more
// than there are classes above.
func widthBucket(v ast.Call) ast.Expr {
	op := func(name string, args ...ast.Expr) ast.Expr { return ast.Call{At: v.At, Name: "#" + name, Args: args} }
	number := func(n string) ast.Expr { return ast.Const{At: v.At, Lit: plan.Literal{Type: plan.Int, Text: n}} }
	x, lo, hi, n := v.Args[0], v.Args[1], v.Args[2], v.Args[3]
	class := op("+", op("floor", op("/", op("*", op("-", x, lo), n), op("-", hi, lo))), number("1"))
	return ast.Case{At: v.At, Whens: []ast.Expr{op("<", x, lo), op(">=", x, hi)},
		Thens:     []ast.Expr{number("0"), op("+", n, number("1"))},
		Otherwise: ast.Cast{At: v.At, Arg: class, To: plan.Int}}
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

func text(s string, at int) *plan.Expr {
	l := plan.Literal{Type: plan.Text, Text: s}
	return &plan.Expr{Op: plan.OpConst, Type: plan.Text, Literal: l, At: at}
}

var intervals = map[string]string{"to_years": "year", "to_months": "month", "to_days": "day", "to_weeks": "week",
	"to_hours": "hour", "to_minutes": "minute", "to_seconds": "second", "to_quarters": "quarter"}

// interval is INTERVAL n UNIT, which the parser writes as a function of a cast of a truncation of a cast.
func (x *binder) interval(unit string, v ast.Call) *plan.Expr {
	arg := v.Args[0]
	for {
		switch a := arg.(type) {
		case ast.Cast:
			arg = a.Arg
			continue
		case ast.Call:
			if a.Name == "trunc" && len(a.Args) == 1 {
				arg = a.Args[0]
				continue
			}
		}
		break
	}
	if c, ok := arg.(ast.Const); ok {
		if l, ok := c.Lit.As(plan.Int); ok && len(l.Text) <= 6 && (c.Lit.Type == plan.Int || c.Lit.Type == plan.Text) {
			return &plan.Expr{Op: plan.OpConst, Type: plan.Interval,
				Literal: plan.Literal{Type: plan.Interval, Text: l.Text + " " + unit}, At: v.Pos()}
		}
	}
	x.AddFix("type.constant", v.Pos(),
		yumen.Say("an interval is a whole number of at most six digits and a unit", "时间间隔由至多六位整数和单位组成"),
		yumen.Say("write INTERVAL 3 MONTH", "请写 INTERVAL 3 MONTH"))
	return plan.BadExpr(v.Pos())
}

// meantToAggregate are the rules that refuse aggregates: who asks for one does not ask for rows.
var meantToAggregate = []string{"function.single-value", "function.single-row", "function.unmeasured", "function.pair"}

func (x *binder) refuseFunction(v ast.Call) {
	if x.Full() {
		return
	}
	name := strings.TrimPrefix(v.Name, "#")
	for _, group := range refusedFunctions {
		if slices.Contains(group.names, name) {
			x.meant = x.meant || slices.Contains(meantToAggregate, group.rule)
			x.AddFix(group.rule, v.Pos(), yumen.Say(group.why.EN, group.why.ZH, name), group.fix)
			return
		}
	}
	known := slices.Concat(slices.Sorted(maps.Keys(plan.Functions)), slices.Sorted(maps.Keys(plan.Aggregates)),
		slices.Sorted(maps.Keys(plan.Quantiles)), slices.Sorted(maps.Keys(elsewhereNames)))
	known = slices.DeleteFunc(known,
		func(n string) bool { return slices.Contains(operators, n) || strings.Contains(n, " ") })
	fix := yumen.Text{}
	if n, ok := suggest.Nearest(name, known); ok && !slices.Contains(wellSpelt, name) {
		if here := elsewhereNames[n]; here != "" {
			n = here
		}
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", n)
	}
	if sign := reason.FullWidthFix(name); !sign.IsZero() {
		fix = sign
	}
	x.AddFix("function.unknown", v.Pos(),
		yumen.Say("function %s is not on the allow-list", "函数 %s 不在允许清单内", reason.Printable(name)), fix)
}
