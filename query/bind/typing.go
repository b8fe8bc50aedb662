package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// apply types a call of a listed function.
func (x *binder) apply(name string, f *plan.Function, args []*plan.Expr, pos int) *plan.Expr {
	if f == nil || !arity(f.Params, len(args)) { // nil: one that is written out as others, if it has its arguments
		x.Add("function.arguments", pos, yumen.Say("%s does not take %d arguments", "%s 不接受 %d 个参数", name, len(args)))
		return plan.BadExpr(pos)
	}
	// A call with something wrong in it keeps its arguments, so that their columns are still checked.
	e := &plan.Expr{Op: plan.OpCall, Fn: name, Args: args, At: pos, Type: plan.Bad}
	if slices.ContainsFunc(args, func(a *plan.Expr) bool { return a.Type.Kind == plan.KindBad }) {
		return e
	}
	if f.Result == nil {
		e.Type = x.arithmetic(e)
		return e
	}
	if !x.arguments(name, f, e) {
		return e
	}
	e.Type = f.Result(e.Args)
	if name == "power" {
		return product(e)
	}
	return e
}

// product writes a square or a cube as the product that it is: a product of columns is a measure.
func product(e *plan.Expr) *plan.Expr {
	times, ok := map[string]int{"2": 1, "3": 2}[e.Args[1].Literal.Text]
	if !ok || e.Args[0].Type.Kind == plan.KindNull {
		return e
	}
	x := e.Args[0]
	if x.Type != plan.Double {
		x = plan.CastTo(x, plan.Double)
	}
	out := x
	for range times {
		out = &plan.Expr{Op: plan.OpCall, Fn: "*", Args: []*plan.Expr{out, x}, Type: plan.Double, At: e.At}
	}
	return out
}

// params expands a parameter list for n arguments: "xx*" and 4 give "xxxx".
func params(spec string, n int) (out []byte) {
	for i := 0; i < len(spec) && len(out) < n; i++ {
		switch spec[i] {
		case '?':
		case '*':
			for len(out) < n {
				out = append(out, spec[i-1])
			}
		default:
			out = append(out, spec[i])
		}
	}
	return out
}

func arity(spec string, n int) bool {
	least := len(spec) - 2*strings.Count(spec, "?") - 2*strings.Count(spec, "*")
	if spec == "v*" || spec == "Tv*" {
		least = strings.Count(spec, "T") + 1
	}
	most := len(spec) - strings.Count(spec, "?")
	return n >= least && (n <= most || strings.Contains(spec, "*"))
}

// arguments checks every argument against its parameter, and reads string constants as the type they are compared with.
func (x *binder) arguments(name string, f *plan.Function, e *plan.Expr) bool {
	ps := params(f.Params, len(e.Args))
	if strings.Contains(f.Params, "x") && !x.agree(name, e, ps) {
		return false
	}
	for i, a := range e.Args {
		if !fits(ps[i], a) {
			x.AddFix("type.mismatch", a.At,
				yumen.Say("argument %d of %s must be %s", "%[2]s 的第 %[1]d 个参数必须是%[3]s", i+1, name, paramNames[ps[i]]),
				argumentHint(name, ps[i]))
			return false
		}
		if ps[i] == 'T' && f.Names != nil && !slices.Contains(f.Names, reason.Fold(a.Literal.Text)) {
			x.Add("function.arguments", a.At,
				yumen.Say("%s knows the parts %s", "%s 支持的部分有 %s", name, strings.Join(f.Names, ", ")))
			return false
		}
	}
	return x.constants(name, e)
}

// constants holds what the letters cannot say of a call.
func (x *binder) constants(name string, e *plan.Expr) bool {
	switch name {
	case "strftime", "try_strptime":
		if !plainFormat(e.Args[1].Literal.Text) {
			x.Add("function.arguments", e.Args[1].At,
				yumen.Say("%s knows %s", "%s 支持 %s", name, "%"+strings.Join(strings.Split(dateFormats, ""), " %")))
			return false
		}
	case "regexp_matches", "regexp_full_match", "regexp_extract":
		return x.pattern(name, e)
	case "regexp_replace":
		return x.pattern(name, e) && x.bounded(name, e)
	case "replace":
		return x.bounded(name, e)
	case "power":
		return x.exponent(e)
	case "lpad", "rpad":
		return x.padding(name, e)
	case "format", "printf", "bar":
		return x.drawn(name, e)
	case "repeat":
		return x.bounded(name, e)
	case "||", "concat", "concat_ws":
		for i, a := range e.Args {
			if a.Type.Kind != plan.KindText && a.Type.Kind != plan.KindNull {
				e.Args[i] = plan.CastTo(a, plan.Text)
			}
		}
		return x.bounded(name, e)
	case "date_part", "date_trunc", "date_diff", "date_sub":
		e.Args[0] = text(reason.Fold(e.Args[0].Literal.Text), e.Args[0].At)
	}
	return true
}

// dateFormats are the parts of dates that a format may name, each of bounded length and the same everywhere.
const dateFormats = "YmdHMSjVuaAbBIpyUWwG"

func plainFormat(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i++; i == len(s) || !strings.ContainsRune(dateFormats, rune(s[i])) {
				return false
			}
		}
	}
	return true
}

var paramNames = map[byte]yumen.Text{
	'n': {EN: "a number", ZH: "数值"}, 'i': {EN: "a whole number", ZH: "整数"}, 't': {EN: "a text", ZH: "文本"},
	'd': {EN: "a date or timestamp", ZH: "日期或时间戳"},
	'b': {EN: "a condition", ZH: "条件"}, 'N': {EN: "a constant number", ZH: "数值常量"},
	'I': {EN: "a constant whole number", ZH: "整数常量"}, 'T': {EN: "a constant text", ZH: "文本常量"},
	'D': {EN: "a constant interval", ZH: "时间间隔常量"},
	'L': {EN: "a constant whole number of at most 2147483647", ZH: "不超过 2147483647 的整数常量"},
	'x': {EN: "a value", ZH: "值"}, 'v': {EN: "a value", ZH: "值"},
}

// examples show calls whose arguments must be constants.
var examples = map[string]string{"substr": "substr(x, 1, 4)", "left": "left(x, 4)", "right": "right(x, 4)",
	"power": "power(x, 2)", "lpad": "lpad(x, 8, '0')",
	"rpad": "rpad(x, 8, ' ')", "replace": "replace(x, 'a', 'b')", "regexp_matches": "regexp_matches(x, '^[A-F]')",
	"regexp_full_match": "regexp_full_match(x, '[A-F].*')",
	"regexp_extract":    "regexp_extract(x, '^[A-F]')", "regexp_replace": "regexp_replace(x, '[0-9]+', '')",
	"like": "x LIKE 'A%'", "not like": "x NOT LIKE 'A%'",
	"ilike": "x ILIKE 'a%'", "not ilike": "x NOT ILIKE 'a%'", "starts_with": "starts_with(x, 'A')",
	"ends_with": "ends_with(x, 'A')", "contains": "contains(x, 'A')",
	"trim": "trim(x, '-')", "ltrim": "ltrim(x, '-')", "rtrim": "rtrim(x, '-')", "strpos": "strpos(x, 'A')",
	"split_part": "split_part(x, '-', 1)",
	"concat_ws":  "concat_ws('-', x, y)", "translate": "translate(x, 'ab', 'xy')", "repeat": "repeat('*', 3)",
	"bar":    "bar(x, 0, 100, 20)",
	"format": "format('{:.1f} %', x)", "printf": "printf('%d people', x)",
	"try_strptime": "try_strptime(x, '%Y-%m-%d')",
	"time_bucket":  "time_bucket(INTERVAL 15 MINUTE, x)", "round": "round(x, 2)", "strftime": "strftime(x, '%Y-%m')",
	"date_part": "date_part('month', x)", "date_trunc": "date_trunc('month', x)",
	"date_diff": "date_diff('day', x, y)", "date_sub": "date_sub('day', x, y)"}

// argumentHint says how an argument that does not fit is written.
func argumentHint(name string, p byte) yumen.Text {
	if 'A' <= p && p <= 'Z' {
		return yumen.Say("write it as in %s", "请参照 %s 书写", examples[name])
	}
	return castHint(p)
}

func castHint(p byte) yumen.Text {
	to := map[byte]string{'n': "double", 'i': "bigint", 't': "varchar", 'd': "date"}[p]
	if to == "" {
		return yumen.Text{}
	}
	return yumen.Say("write TRY_CAST(… AS %s)", "请写 TRY_CAST(… AS %s)", to)
}

func fits(p byte, a *plan.Expr) bool {
	_, isConst := a.Constant()
	t := a.Type
	switch p {
	case 'n':
		return t.Numeric() || t.Kind == plan.KindNull
	case 'i':
		return t.Kind == plan.KindInt || t.Kind == plan.KindNull
	case 't':
		return t.Kind == plan.KindText || t.Kind == plan.KindNull
	case 'd':
		return t.Temporal() || t.Kind == plan.KindNull
	case 'b':
		return t.Kind == plan.KindBool || t.Kind == plan.KindNull
	case 'N':
		return isConst && t.Numeric()
	case 'I':
		return isConst && t.Kind == plan.KindInt && len(a.Literal.Text) <= 4
	case 'D':
		return isConst && t.Kind == plan.KindInterval
	case 'L':
		v, ok := interval.Fixed(a)
		return ok && v != nil && t.Kind == plan.KindInt && v.Num().BitLen() < 32
	case 'T':
		return isConst && t.Kind == plan.KindText
	}
	return t.Kind != plan.KindInterval
}

// agree brings the x arguments to one type. String constants are read as dates, numbers or booleans here: the engine
// would do so at run time and fail with the text in its message.
func (x *binder) agree(name string, e *plan.Expr, ps []byte) bool {
	common := plan.Null
	for i, a := range e.Args {
		if ps[i] != 'x' || a.Op == plan.OpConst && a.Type == plan.Text {
			continue
		}
		t, ok := plan.Unify(common, a.Type)
		if !ok {
			x.mismatch(name, e, common, a.Type)
			return false
		}
		common = t
	}
	for i, a := range e.Args {
		if ps[i] == 'x' && common == plan.Double && a.Type.Kind == plan.KindDecimal {
			e.Args[i] = plan.CastTo(a, plan.Double) // no decimal holds both sides
		}
		if ps[i] == 'x' && common == plan.Timestamp && a.Type == plan.Date {
			e.Args[i] = plan.CastTo(a, plan.Timestamp) // dates reach further than timestamps
		}
		if ps[i] != 'x' || a.Op != plan.OpConst || a.Type != plan.Text || common.Kind == plan.KindNull ||
			common == plan.Text {
			continue
		}
		l, ok := a.Literal.As(common)
		if !ok {
			x.AddFix("type.mismatch", a.At, yumen.Say("this text cannot be read as %s", "此文本无法读作 %s", common.Name()),
				didYouMeanDate(common))
			return false
		}
		e.Args[i] = &plan.Expr{Op: plan.OpConst, Type: l.Type, Literal: l, At: a.At}
	}
	return true
}

func didYouMeanDate(t plan.Type) yumen.Text {
	if t.Temporal() {
		return yumen.Say("write dates as 2026-01-31", "日期请写成 2026-01-31")
	}
	return yumen.Text{}
}

func (x *binder) mismatch(name string, e *plan.Expr, a, b plan.Type) {
	x.AddFix("type.mismatch", e.At,
		yumen.Say("%s cannot bring together %s and %s", "%s 无法同时用于 %s 和 %s", name, a.Name(), b.Name()),
		yumen.Say("cast one side with TRY_CAST", "请用 TRY_CAST 转换其中一侧"))
}

// arithmetic types + - * over numbers, and + - over dates.
func (x *binder) arithmetic(e *plan.Expr) plan.Type {
	if len(e.Args) == 1 {
		return x.numberOrBad(e, e.Args[0].Type)
	}
	a, b := e.Args[0].Type, e.Args[1].Type
	if e.Fn != "*" && (a.Temporal() || b.Temporal()) {
		return x.dateArithmetic(e, a, b)
	}
	if !(a.Numeric() || a.Kind == plan.KindNull) || !(b.Numeric() || b.Kind == plan.KindNull) {
		x.mismatch(e.Fn, e, a, b)
		return plan.Bad
	}
	switch {
	case a.Kind == plan.KindNull || b.Kind == plan.KindNull || a.Kind == plan.KindInt && b.Kind == plan.KindInt:
		t, _ := plan.Unify(a, b)
		return t
	case a.Kind == plan.KindDouble || b.Kind == plan.KindDouble:
		return plan.Double
	}
	return plan.DecimalArithmetic(e.Fn, a.AsDecimal(), b.AsDecimal())
}

func (x *binder) numberOrBad(e *plan.Expr, t plan.Type) plan.Type {
	if !t.Numeric() && t.Kind != plan.KindNull {
		x.mismatch(e.Fn, e, t, t)
		return plan.Bad
	}
	return t
}

func (x *binder) dateArithmetic(e *plan.Expr, a, b plan.Type) plan.Type {
	switch {
	case a.Temporal() && b.Kind == plan.KindInterval, e.Fn == "+" && a.Kind == plan.KindInterval && b.Temporal():
		return plan.Timestamp
	case a == plan.Date && b == plan.Date && e.Fn == "-":
		return plan.Int
	case a == plan.Date && b == plan.Int:
		e.Args[1] = days(e.Args[1])
		return plan.Date
	case a == plan.Int && b == plan.Date && e.Fn == "+":
		e.Args[0] = days(e.Args[0])
		return plan.Date
	}
	x.AddFix("type.mismatch", e.At,
		yumen.Say("%s cannot bring together %s and %s", "%s 无法同时用于 %s 和 %s", e.Fn, a.Name(), b.Name()),
		yumen.Say("add whole days, or use date_diff('day', a, b) for the days between two moments",
			"请加整天数；计算两个时刻相差的天数请用 date_diff('day', a, b)"))
	return plan.Bad
}

// days is a number of days as the engine adds it to a date: of 32 bits. What does not fit is NULL, as a date beyond the
// calendar is.
func days(e *plan.Expr) *plan.Expr {
	if v, ok := interval.Fixed(e); ok && v != nil && v.Num().BitLen() < 32 {
		return e
	}
	if e.Op == plan.OpCast && e.Args[0].Type == plan.Int {
		e = e.Args[0]
	}
	return plan.CastTo(e, plan.Days)
}

// cast types a cast. All casts are non-failing when emitted. Casts of string constants are done here.
func (x *binder) cast(arg *plan.Expr, to plan.Type, pos int) *plan.Expr {
	if arg.Type.Kind == plan.KindBad {
		return arg
	}
	if arg.Op == plan.OpConst && arg.Type == plan.Text && to != plan.Text {
		if l, ok := arg.Literal.As(to); ok && to.Kind != plan.KindDecimal {
			return &plan.Expr{Op: plan.OpConst, Type: l.Type, Literal: l, At: pos}
		} else if !ok {
			x.AddFix("type.mismatch", arg.At, yumen.Say("this text cannot be read as %s", "此文本无法读作 %s", to.Name()),
				didYouMeanDate(to))
			return plan.BadExpr(pos)
		}
	}
	if !castable(arg.Type, to) {
		x.Add("type.cast", pos, yumen.Say("%s cannot be cast to %s", "%s 不能转换为 %s", arg.Type.Name(), to.Name()))
		return plan.BadExpr(pos)
	}
	return &plan.Expr{Op: plan.OpCast, Type: to, Args: []*plan.Expr{arg}, At: pos}
}

func castable(from, to plan.Type) bool {
	switch {
	case from.Kind == plan.KindNull || from.Kind == plan.KindText || to.Kind == plan.KindText &&
		from.Kind != plan.KindInterval:
		return true
	case from.Numeric() || from.Kind == plan.KindBool:
		return to.Numeric() || to.Kind == plan.KindBool
	case from.Temporal():
		return to.Temporal()
	}
	return false
}

func (x *binder) caseOf(v ast.Case, c clause) *plan.Expr {
	e := &plan.Expr{Op: plan.OpCase, Type: plan.Null, At: v.Pos()}
	results := &plan.Expr{Op: plan.OpCall, Fn: "CASE", At: v.Pos()}
	for i := range v.Whens {
		e.Args = append(e.Args, x.wantBool(x.expr(v.Whens[i], c)), nil)
		results.Args = append(results.Args, x.expr(v.Thens[i], c))
	}
	results.Args = append(results.Args, x.expr(v.Otherwise, c))
	if !x.agree("CASE", results, params("xx*", len(results.Args))) {
		return plan.BadExpr(v.Pos())
	}
	for i, r := range results.Args {
		if r.Type.Kind == plan.KindBad {
			return r
		}
		e.Type, _ = plan.Unify(e.Type, r.Type)
		if i < len(v.Thens) {
			e.Args[2*i+1] = r
		}
	}
	e.Args = append(e.Args, results.Args[len(v.Thens)])
	if slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return a.Type.Kind == plan.KindBad }) {
		return plan.BadExpr(v.Pos())
	}
	return e
}
