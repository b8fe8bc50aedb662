package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// apply types a call of a listed function.
func (x *binder) apply(name string, f *function, args []*expr, pos int) *expr {
	if !arity(f.params, len(args)) {
		x.add("function.arguments", pos, yumen.Say("%s does not take %d arguments", "%s 不接受 %d 个参数", name, len(args)))
		return bad(pos)
	}
	// A call with something wrong in it keeps its arguments, so that their columns are still checked.
	e := &expr{op: opCall, fn: name, args: args, at: pos, typ: tBad}
	if slices.ContainsFunc(args, func(a *expr) bool { return a.typ.kind == kBad }) {
		return e
	}
	if f.result == nil {
		e.typ = x.arithmetic(e)
		return e
	}
	if !x.arguments(name, f, e) {
		return e
	}
	e.typ = f.result(e.args)
	if name == "power" {
		return product(e)
	}
	return e
}

// product writes a square or a cube as the product that it is: a product of columns is a measure.
func product(e *expr) *expr {
	times, ok := map[string]int{"2": 1, "3": 2}[e.args[1].lit.text]
	if !ok || e.args[0].typ.kind == kNull {
		return e
	}
	x := e.args[0]
	if x.typ != tDouble {
		x = castTo(x, tDouble)
	}
	out := x
	for range times {
		out = &expr{op: opCall, fn: "*", args: []*expr{out, x}, typ: tDouble, at: e.at}
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
func (x *binder) arguments(name string, f *function, e *expr) bool {
	ps := params(f.params, len(e.args))
	if strings.Contains(f.params, "x") && !x.agree(name, e, ps) {
		return false
	}
	for i, a := range e.args {
		if !fits(ps[i], a) {
			x.addFix("type.mismatch", a.at, yumen.Say("argument %d of %s must be %s", "%[2]s 的第 %[1]d 个参数必须是%[3]s", i+1, name, paramNames[ps[i]]), argumentHint(name, ps[i]))
			return false
		}
		if ps[i] == 'T' && f.names != nil && !slices.Contains(f.names, fold(a.lit.text)) {
			x.add("function.arguments", a.at, yumen.Say("%s knows the parts %s", "%s 支持的部分有 %s", name, strings.Join(f.names, ", ")))
			return false
		}
	}
	return x.constants(name, e)
}

// constants holds what the letters cannot say of a call.
func (x *binder) constants(name string, e *expr) bool {
	switch name {
	case "strftime", "try_strptime":
		if !plainFormat(e.args[1].lit.text) {
			x.add("function.arguments", e.args[1].at, yumen.Say("%s knows %s", "%s 支持 %s", name, "%"+strings.Join(strings.Split(dateFormats, ""), " %")))
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
		for i, a := range e.args {
			if a.typ.kind != kText && a.typ.kind != kNull {
				e.args[i] = castTo(a, tText)
			}
		}
		return x.bounded(name, e)
	case "date_part", "date_trunc", "date_diff", "date_sub":
		e.args[0] = text(fold(e.args[0].lit.text), e.args[0].at)
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
	'n': {EN: "a number", ZH: "数值"}, 'i': {EN: "a whole number", ZH: "整数"}, 't': {EN: "a text", ZH: "文本"}, 'd': {EN: "a date or timestamp", ZH: "日期或时间戳"},
	'b': {EN: "a condition", ZH: "条件"}, 'N': {EN: "a constant number", ZH: "数值常量"}, 'I': {EN: "a constant whole number", ZH: "整数常量"}, 'T': {EN: "a constant text", ZH: "文本常量"},
	'D': {EN: "a constant interval", ZH: "时间间隔常量"},
	'L': {EN: "a constant whole number of at most 2147483647", ZH: "不超过 2147483647 的整数常量"},
	'x': {EN: "a value", ZH: "值"}, 'v': {EN: "a value", ZH: "值"},
}

// examples show calls whose arguments must be constants.
var examples = map[string]string{"substr": "substr(x, 1, 4)", "left": "left(x, 4)", "right": "right(x, 4)", "power": "power(x, 2)", "lpad": "lpad(x, 8, '0')",
	"rpad": "rpad(x, 8, ' ')", "replace": "replace(x, 'a', 'b')", "regexp_matches": "regexp_matches(x, '^[A-F]')", "regexp_full_match": "regexp_full_match(x, '[A-F].*')",
	"regexp_extract": "regexp_extract(x, '^[A-F]')", "regexp_replace": "regexp_replace(x, '[0-9]+', '')", "like": "x LIKE 'A%'", "not like": "x NOT LIKE 'A%'",
	"ilike": "x ILIKE 'a%'", "not ilike": "x NOT ILIKE 'a%'", "starts_with": "starts_with(x, 'A')", "ends_with": "ends_with(x, 'A')", "contains": "contains(x, 'A')",
	"trim": "trim(x, '-')", "ltrim": "ltrim(x, '-')", "rtrim": "rtrim(x, '-')", "strpos": "strpos(x, 'A')", "split_part": "split_part(x, '-', 1)",
	"concat_ws": "concat_ws('-', x, y)", "translate": "translate(x, 'ab', 'xy')", "repeat": "repeat('*', 3)", "bar": "bar(x, 0, 100, 20)",
	"format": "format('{:.1f} %', x)", "printf": "printf('%d people', x)", "try_strptime": "try_strptime(x, '%Y-%m-%d')",
	"time_bucket": "time_bucket(INTERVAL 15 MINUTE, x)", "round": "round(x, 2)", "strftime": "strftime(x, '%Y-%m')", "date_part": "date_part('month', x)", "date_trunc": "date_trunc('month', x)",
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

func fits(p byte, a *expr) bool {
	_, isConst := a.constant()
	t := a.typ
	switch p {
	case 'n':
		return t.numeric() || t.kind == kNull
	case 'i':
		return t.kind == kInt || t.kind == kNull
	case 't':
		return t.kind == kText || t.kind == kNull
	case 'd':
		return t.temporal() || t.kind == kNull
	case 'b':
		return t.kind == kBool || t.kind == kNull
	case 'N':
		return isConst && t.numeric()
	case 'I':
		return isConst && t.kind == kInt && len(a.lit.text) <= 4
	case 'D':
		return isConst && t.kind == kInterval
	case 'L':
		v, ok := fixed(a)
		return ok && v != nil && t.kind == kInt && v.Num().BitLen() < 32
	case 'T':
		return isConst && t.kind == kText
	}
	return t.kind != kInterval
}

// agree brings the x arguments to one type. String constants are read as dates, numbers or booleans here: the engine would
// do so at run time and fail with the text in its message.
func (x *binder) agree(name string, e *expr, ps []byte) bool {
	common := tNull
	for i, a := range e.args {
		if ps[i] != 'x' || a.op == opConst && a.typ == tText {
			continue
		}
		t, ok := unify(common, a.typ)
		if !ok {
			x.mismatch(name, e, common, a.typ)
			return false
		}
		common = t
	}
	for i, a := range e.args {
		if ps[i] == 'x' && common == tDouble && a.typ.kind == kDecimal {
			e.args[i] = castTo(a, tDouble) // no decimal holds both sides
		}
		if ps[i] == 'x' && common == tTimestamp && a.typ == tDate {
			e.args[i] = castTo(a, tTimestamp) // dates reach further than timestamps
		}
		if ps[i] != 'x' || a.op != opConst || a.typ != tText || common.kind == kNull || common == tText {
			continue
		}
		l, ok := a.lit.as(common)
		if !ok {
			x.addFix("type.mismatch", a.at, yumen.Say("this text cannot be read as %s", "此文本无法读作 %s", common.name()), didYouMeanDate(common))
			return false
		}
		e.args[i] = &expr{op: opConst, typ: l.typ, lit: l, at: a.at}
	}
	return true
}

func didYouMeanDate(t sqlType) yumen.Text {
	if t.temporal() {
		return yumen.Say("write dates as 2026-01-31", "日期请写成 2026-01-31")
	}
	return yumen.Text{}
}

func (x *binder) mismatch(name string, e *expr, a, b sqlType) {
	x.addFix("type.mismatch", e.at, yumen.Say("%s cannot bring together %s and %s", "%s 无法同时用于 %s 和 %s", name, a.name(), b.name()),
		yumen.Say("cast one side with TRY_CAST", "请用 TRY_CAST 转换其中一侧"))
}

// arithmetic types + - * over numbers, and + - over dates.
func (x *binder) arithmetic(e *expr) sqlType {
	if len(e.args) == 1 {
		return x.numberOrBad(e, e.args[0].typ)
	}
	a, b := e.args[0].typ, e.args[1].typ
	if e.fn != "*" && (a.temporal() || b.temporal()) {
		return x.dateArithmetic(e, a, b)
	}
	if !(a.numeric() || a.kind == kNull) || !(b.numeric() || b.kind == kNull) {
		x.mismatch(e.fn, e, a, b)
		return tBad
	}
	switch {
	case a.kind == kNull || b.kind == kNull || a.kind == kInt && b.kind == kInt:
		t, _ := unify(a, b)
		return t
	case a.kind == kDouble || b.kind == kDouble:
		return tDouble
	}
	return decimalArithmetic(e.fn, a.asDecimal(), b.asDecimal())
}

// decimalArithmetic: a product has the sum of both scales; beyond the exact range the result is double.
func decimalArithmetic(fn string, a, b sqlType) sqlType {
	scale := max(a.scale, b.scale)
	if fn == "*" {
		scale = a.scale + b.scale
	}
	if scale > maxSumScale {
		return tDouble
	}
	return tDecimal(38, scale)
}

func (x *binder) numberOrBad(e *expr, t sqlType) sqlType {
	if !t.numeric() && t.kind != kNull {
		x.mismatch(e.fn, e, t, t)
		return tBad
	}
	return t
}

func (x *binder) dateArithmetic(e *expr, a, b sqlType) sqlType {
	switch {
	case a.temporal() && b.kind == kInterval, e.fn == "+" && a.kind == kInterval && b.temporal():
		return tTimestamp
	case a == tDate && b == tDate && e.fn == "-":
		return tInt
	case a == tDate && b == tInt:
		e.args[1] = days(e.args[1])
		return tDate
	case a == tInt && b == tDate && e.fn == "+":
		e.args[0] = days(e.args[0])
		return tDate
	}
	x.addFix("type.mismatch", e.at, yumen.Say("%s cannot bring together %s and %s", "%s 无法同时用于 %s 和 %s", e.fn, a.name(), b.name()),
		yumen.Say("add whole days, or use date_diff('day', a, b) for the days between two moments", "请加整天数；计算两个时刻相差的天数请用 date_diff('day', a, b)"))
	return tBad
}

// days is a number of days as the engine adds it to a date: of 32 bits. What does not fit is NULL, as a date beyond the calendar is.
func days(e *expr) *expr {
	if v, ok := fixed(e); ok && v != nil && v.Num().BitLen() < 32 {
		return e
	}
	if e.op == opCast && e.args[0].typ == tInt {
		e = e.args[0]
	}
	return castTo(e, tDays)
}

// cast types a cast. All casts are non-failing when emitted. Casts of string constants are done here.
func (x *binder) cast(arg *expr, to sqlType, pos int) *expr {
	if arg.typ.kind == kBad {
		return arg
	}
	if arg.op == opConst && arg.typ == tText && to != tText {
		if l, ok := arg.lit.as(to); ok && to.kind != kDecimal {
			return &expr{op: opConst, typ: l.typ, lit: l, at: pos}
		} else if !ok {
			x.addFix("type.mismatch", arg.at, yumen.Say("this text cannot be read as %s", "此文本无法读作 %s", to.name()), didYouMeanDate(to))
			return bad(pos)
		}
	}
	if !castable(arg.typ, to) {
		x.add("type.cast", pos, yumen.Say("%s cannot be cast to %s", "%s 不能转换为 %s", arg.typ.name(), to.name()))
		return bad(pos)
	}
	return &expr{op: opCast, typ: to, args: []*expr{arg}, at: pos}
}

func castable(from, to sqlType) bool {
	switch {
	case from.kind == kNull || from.kind == kText || to.kind == kText && from.kind != kInterval:
		return true
	case from.numeric() || from.kind == kBool:
		return to.numeric() || to.kind == kBool
	case from.temporal():
		return to.temporal()
	}
	return false
}

func (x *binder) caseOf(v astCase, c clause) *expr {
	e := &expr{op: opCase, typ: tNull, at: v.pos()}
	results := &expr{op: opCall, fn: "CASE", at: v.pos()}
	for i := range v.whens {
		e.args = append(e.args, x.wantBool(x.expr(v.whens[i], c)), nil)
		results.args = append(results.args, x.expr(v.thens[i], c))
	}
	results.args = append(results.args, x.expr(v.otherwise, c))
	if !x.agree("CASE", results, params("xx*", len(results.args))) {
		return bad(v.pos())
	}
	for i, r := range results.args {
		if r.typ.kind == kBad {
			return r
		}
		e.typ, _ = unify(e.typ, r.typ)
		if i < len(v.thens) {
			e.args[2*i+1] = r
		}
	}
	e.args = append(e.args, results.args[len(v.thens)])
	if slices.ContainsFunc(e.args, func(a *expr) bool { return a.typ.kind == kBad }) {
		return bad(v.pos())
	}
	return e
}
