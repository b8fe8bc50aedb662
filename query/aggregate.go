package query

import (
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// aggregate binds an aggregate call and registers it with the block.
func (x *binder) aggregate(v astCall, c clause) *expr {
	fn := aggregates[v.name]
	if fn == "" {
		fn = postAggregates[v.name]
	}
	v.distinct = v.distinct || v.name == "approx_count_distinct" // counted exactly
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return bad(v.pos())
	}
	a := &aggregate{fn: fn, at: v.pos()}
	if v.filter != nil {
		a.filter = x.wantBool(x.expr(v.filter, inner))
	}
	if fn == "median" {
		a.q = 0.5
	}
	if fn == "quantile" {
		var ok bool
		if a.q, ok = x.share(&v); !ok {
			return bad(v.pos())
		}
	}
	if v.name != "count_star" {
		if len(v.args) != 1 {
			x.add("function.arguments", v.pos(), yumen.Say("%s takes one argument", "%s 只接受一个参数", fn))
			return bad(v.pos())
		}
		if v.name == "count_if" || v.name == "countif" {
			return x.countIf(a, v, inner)
		}
		if s, ok := v.args[0].(astStar); ok && fn == "count" && s.relation == "" && !v.distinct {
			v.name = "count_star"
		} else {
			a.arg = x.expr(v.args[0], inner)
		}
	}
	return x.typed(a, v)
}

// aggregateClause is where the arguments of an aggregate stand, if it may stand where it does.
func (x *binder) aggregateClause(v astCall, c clause) (clause, bool) {
	x.meant = true
	if !c.aggregates || c.inside {
		x.addFix("expression.aggregate", v.pos(), yumen.Say("an aggregate cannot stand in %s", "聚合不能出现在 %s 中", c.name), yumen.Say("filter groups with HAVING", "筛选分组请用 HAVING"))
		return clause{}, false
	}
	return clause{name: yumen.Text{EN: "an aggregate", ZH: "聚合函数"}, inside: true, aliases: c.aliases}, true
}

// countIf is COUNT(*) with one condition more.
func (x *binder) countIf(a *aggregate, v astCall, inner clause) *expr {
	c := x.wantBool(x.expr(v.args[0], inner))
	if c.typ.kind == kBad {
		return bad(v.pos())
	}
	a.filter = and(a.filter, c)
	return x.typed(a, v)
}

// privateAggregates are the further aggregates of class dp. Elsewhere they would give one row's value.
var privateAggregates = map[string]string{"median": "median", "quantile": "quantile", "quantile_cont": "quantile"}

// share takes the constant share of a quantile off its arguments.
func (x *binder) share(v *astCall) (float64, bool) {
	if len(v.args) == 2 {
		if c, ok := v.args[1].(astConst); ok && c.lit.typ.numeric() {
			q, err := strconv.ParseFloat(c.lit.text, 64)
			if v.args = v.args[:1]; err == nil && q >= 0 && q <= 1 {
				return q, true
			}
		}
	}
	x.addFix("function.arguments", v.pos(), yumen.Say("a quantile takes a value and a constant from 0 to 1", "分位数需要一个值和一个 0 到 1 之间的常量"), yumen.Say("write quantile_cont(x, 0.9)", "请写 quantile_cont(x, 0.9)"))
	return 0, false
}

// typed settles the function, its type and whether its argument fits.
func (x *binder) typed(a *aggregate, v astCall) *expr {
	if a.arg != nil && a.arg.typ.kind == kBad {
		return bad(v.pos())
	}
	for a.arg != nil && a.arg.op == opCase && len(a.arg.args) == 3 && isNull(a.arg.args[2]) { // CASE WHEN c THEN x END
		a.filter, a.arg = and(a.filter, a.arg.args[0]), a.arg.args[1]
	}
	if v.distinct {
		x.distinctAggregate(a, v)
	}
	switch a.fn {
	case "count", "count_units", "count_distinct":
		a.typ = tInt
		if a.arg != nil && a.arg.op == opConst && a.arg.typ != tNull && a.fn == "count" {
			a.arg = nil // COUNT(1)
		}
	case "sum":
		a.typ = sumType(a.arg.typ)
	case "min", "max":
		a.typ = a.arg.typ
		return x.register(a)
	default:
		a.typ = tDouble
	}
	if a.arg != nil && !strings.HasPrefix(a.fn, "count") && !a.arg.typ.numeric() && a.arg.typ != tBool && a.arg.typ.kind != kNull {
		x.add("type.mismatch", v.pos(), yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", a.fn, a.arg.typ.name()))
		return bad(v.pos())
	}
	return x.register(a)
}

func (x *binder) distinctAggregate(a *aggregate, v astCall) {
	if a.fn != "count" || a.arg == nil {
		x.addFix("function.distinct", v.pos(), yumen.Say("%s(DISTINCT …) is refused: equal values of different people would be told apart", "不允许 %s(DISTINCT …)：它会区分不同人的相等取值", a.fn), yumen.Say("leave DISTINCT out", "请去掉 DISTINCT"))
		return
	}
	a.fn = "count_distinct"
	if u := unitOf(a.arg, nil); u != nil {
		a.fn, a.unit = "count_units", u
	}
}

// sumType: integers stay integers, decimals keep their scale in the widest decimal, all else is double.
func sumType(t sqlType) sqlType {
	switch t.kind {
	case kInt, kBool, kNull:
		return tInt
	case kDecimal:
		switch {
		case t.scale == 0: // at 38 digits it could not be told from the engine's whole numbers of 128 bits
			return tDecimal(37, 0)
		case t.scale <= maxSumScale:
			return tDecimal(38, t.scale)
		}
	}
	return tDouble
}

// maxSumScale is the largest scale at which a decimal is summed exactly. Arguments are held to 28 digits, so that ten
// thousand million rows cannot overflow the 38 of the sum.
const maxSumScale = 18

func (x *binder) register(a *aggregate) *expr {
	for _, known := range x.b.aggs {
		if known.signature() == a.signature() {
			return &expr{op: opAgg, agg: known, typ: known.typ, at: a.at}
		}
	}
	x.b.aggs = append(x.b.aggs, a)
	return &expr{op: opAgg, agg: a, typ: a.typ, at: a.at}
}
