package bind

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// aggregate binds an aggregate call and registers it with the block.
func (x *binder) aggregate(v ast.Call, c clause) *plan.Expr {
	fn := cmp.Or(plan.Aggregates[v.Name], plan.Quantiles[v.Name], postAggregates[v.Name])
	v.Distinct = v.Distinct || v.Name == "approx_count_distinct" // counted exactly
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return plan.BadExpr(v.Pos())
	}
	a := &plan.Aggregate{Fn: fn, At: v.Pos()}
	if v.Filter != nil {
		a.Filter = x.wantBool(x.expr(v.Filter, inner))
	}
	if fn == "median" {
		a.Quantile = 0.5
	}
	if fn == "quantile" {
		var ok bool
		if a.Quantile, ok = x.share(&v); !ok {
			return plan.BadExpr(v.Pos())
		}
	}
	if v.Name != "count_star" {
		if len(v.Args) != 1 {
			x.Add("function.arguments", v.Pos(), yumen.Say("%s takes one argument", "%s 只接受一个参数", fn))
			return plan.BadExpr(v.Pos())
		}
		if v.Name == "count_if" || v.Name == "countif" {
			return x.countIf(a, v, inner)
		}
		if s, ok := v.Args[0].(ast.Star); ok && fn == "count" && s.Relation == "" && !v.Distinct {
			v.Name = "count_star"
		} else {
			if a.Arg = x.expr(v.Args[0], inner); !a.Arg.Compared() {
				return x.refuseFigure(a.Arg.At)
			}
		}
	}
	return x.typed(a, v)
}

// aggregateClause is where the arguments of an aggregate stand, if it may stand where it does.
func (x *binder) aggregateClause(v ast.Call, c clause) (clause, bool) {
	x.meant = true
	if !c.aggregates || c.inside {
		x.AddFix("expression.aggregate", v.Pos(), yumen.Say("an aggregate cannot stand in %s", "聚合不能出现在 %s 中", c.name),
			yumen.Say("filter groups with HAVING", "筛选分组请用 HAVING"))
		return clause{}, false
	}
	return clause{name: yumen.Text{EN: "an aggregate", ZH: "聚合函数"}, inside: true, aliases: c.aliases}, true
}

// countIf is COUNT(*) with one condition more.
func (x *binder) countIf(a *plan.Aggregate, v ast.Call, inner clause) *plan.Expr {
	c := x.wantBool(x.expr(v.Args[0], inner))
	if c.Type.Kind == plan.KindBad {
		return plan.BadExpr(v.Pos())
	}
	a.Filter = plan.And(a.Filter, c)
	return x.typed(a, v)
}

// share takes the constant share of a quantile off its arguments.
func (x *binder) share(v *ast.Call) (float64, bool) {
	if len(v.Args) == 2 {
		if c, ok := v.Args[1].(ast.Const); ok && c.Lit.Type.Numeric() {
			q, err := strconv.ParseFloat(c.Lit.Text, 64)
			if v.Args = v.Args[:1]; err == nil && q >= 0 && q <= 1 {
				return q, true
			}
		}
	}
	if len(v.Args) == 2 {
		if list, ok := v.Args[1].(ast.Call); ok && (list.Name == "list_value" || list.Name == "#array") {
			x.AddFix("expression.nested", v.Pos(),
				yumen.Say("a list of quantiles is several values in one cell", "一个单元格中不能有多个分位数组成的列表"),
				yumen.Say("write one column for each: quantile_cont(x, 0.25), quantile_cont(x, 0.5)",
					"请每个分位数各写一列：quantile_cont(x, 0.25), quantile_cont(x, 0.5)"))
			return 0, false
		}
	}
	x.AddFix("function.arguments", v.Pos(),
		yumen.Say("a quantile takes a value and a constant from 0 to 1", "分位数需要一个值和一个 0 到 1 之间的常量"),
		yumen.Say("write quantile_cont(x, 0.9)", "请写 quantile_cont(x, 0.9)"))
	return 0, false
}

// typed settles the function, its type and whether its argument fits.
func (x *binder) typed(a *plan.Aggregate, v ast.Call) *plan.Expr {
	if a.Arg != nil && a.Arg.Type.Kind == plan.KindBad {
		return plan.BadExpr(v.Pos())
	}
	for a.Arg != nil && a.Arg.Op == plan.OpCase && len(a.Arg.Args) == 3 && plan.IsNull(a.Arg.Args[2]) { // CASE WHEN c THEN x END
		a.Filter, a.Arg = plan.And(a.Filter, a.Arg.Args[0]), a.Arg.Args[1]
	}
	if v.Distinct {
		x.distinctAggregate(a, v)
	}
	switch a.Fn {
	case "count", "count_units", "count_distinct":
		a.Type = plan.Int
		if a.Arg != nil && a.Arg.Op == plan.OpConst && a.Arg.Type != plan.Null && a.Fn == "count" {
			a.Arg = nil // COUNT(1)
		}
	case "sum":
		a.Type = plan.SumType(a.Arg.Type)
	case "min", "max":
		a.Type = a.Arg.Type
		return x.register(a)
	default:
		a.Type = plan.Double
	}
	if a.Arg != nil && !strings.HasPrefix(a.Fn, "count") && !a.Arg.Type.Numeric() && a.Arg.Type != plan.Bool &&
		a.Arg.Type.Kind != plan.KindNull {
		fix := yumen.Text{}
		if a.Arg.Type == plan.Date {
			fix = yumen.Say("write the mean day: DATE '2025-01-01' + CAST(avg(x - DATE '2025-01-01') AS INTEGER)",
				"请写平均日期：DATE '2025-01-01' + CAST(avg(x - DATE '2025-01-01') AS INTEGER)")
		}
		x.AddFix("type.mismatch", v.Pos(),
			yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", a.Fn, a.Arg.Type.Name()), fix)
		return plan.BadExpr(v.Pos())
	}
	return x.register(a)
}

func (x *binder) distinctAggregate(a *plan.Aggregate, v ast.Call) {
	if a.Fn != "count" || a.Arg == nil {
		x.AddFix("function.distinct", v.Pos(),
			yumen.Say("%s(DISTINCT …) is refused: equal values of different people would be told apart",
				"不允许 %s(DISTINCT …)：它会区分不同人的相等取值", a.Fn), yumen.Say("leave DISTINCT out", "请去掉 DISTINCT"))
		return
	}
	a.Fn = "count_distinct"
	if u := plan.UnitOf(a.Arg, nil); u != nil {
		a.Fn, a.Unit = "count_units", u
	}
}

func (x *binder) register(a *plan.Aggregate) *plan.Expr {
	for _, known := range x.b.Aggs {
		if known.Signature() == a.Signature() {
			return &plan.Expr{Op: plan.OpAgg, Aggregate: known, Type: known.Type, At: a.At}
		}
	}
	x.b.Aggs = append(x.b.Aggs, a)
	return &plan.Expr{Op: plan.OpAgg, Aggregate: a, Type: a.Type, At: a.At}
}
