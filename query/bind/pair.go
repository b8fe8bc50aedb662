package bind

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// pair binds a function of two columns: its argument is their product.
func (x *binder) pair(v ast.Call, c clause) *plan.Expr {
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return plan.BadExpr(v.Pos())
	}
	if len(v.Args) != 2 || v.Distinct || len(v.Order) > 0 {
		x.AddFix("function.arguments", v.Pos(), yumen.Say("%s takes two columns of numbers", "%s 需要两个数值列", v.Name),
			yumen.Say("write %s(y, x)", "请写 %s(y, x)", v.Name))
		return plan.BadExpr(v.Pos())
	}
	if x.scope.Private() {
		if v.Name == "regr_count" {
			return x.resolve(x.pairCall("count", v, v.Args[0]), c)
		}
		return x.resolve(x.privatePair(v), c)
	}
	a := &plan.Aggregate{Fn: v.Name, At: v.Pos(), Type: plan.Double}
	if v.Filter != nil {
		a.Filter = x.wantBool(x.expr(v.Filter, inner))
	}
	args := make([]*plan.Expr, 2)
	for i, arg := range v.Args {
		args[i] = x.expr(arg, inner)
		if args[i].Type.Kind == plan.KindBad {
			return args[i]
		}
		if !args[i].Type.Numeric() {
			x.Add("type.mismatch", v.Pos(),
				yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", v.Name, args[i].Type.Name()))
			return plan.BadExpr(v.Pos())
		}
		args[i] = plan.CastTo(args[i], plan.Double)
	}
	a.Arg = plan.Arithmetic("*", args[0], args[1])
	if v.Name == "regr_count" {
		a.Type = plan.Int
	}
	return x.register(a)
}

// pairCall is an aggregate over the rows where both columns of a pair are there.
func (x *binder) pairCall(name string, v ast.Call, arg ast.Expr) ast.Call {
	filter := v.Filter
	for _, a := range v.Args {
		there := ast.Expr(ast.Call{At: v.At, Name: "#is not null", Args: []ast.Expr{a}})
		if c, ok := a.(ast.Column); ok && !x.mayBeNull(c) {
			continue
		}
		if filter != nil {
			there = ast.Call{At: v.At, Name: "#and", Args: []ast.Expr{filter, there}}
		}
		filter = there
	}
	return ast.Call{At: v.At, Name: name, Args: []ast.Expr{arg}, Filter: filter}
}

// mayBeNull reports whether the catalog lets a column of FROM be NULL, or does not say.
func (x *binder) mayBeNull(v ast.Column) bool {
	table, name, ok := split(v.Names)
	found := x.candidates(table, name)
	return !ok || len(found) != 1 || found[0].Base == nil || found[0].Base.Nullable
}

// privatePair writes a function of two columns over means and variances, to which noise is added.
func (x *binder) privatePair(v ast.Call) ast.Expr {
	y, z := v.Args[0], v.Args[1]
	of := func(name string, arg ast.Expr) ast.Expr { return x.pairCall(name, v, arg) }
	op := func(name string, args ...ast.Expr) ast.Expr { return ast.Call{At: v.At, Name: "#" + name, Args: args} }
	n := of("count", y)
	cov := op("-", of("avg", op("*", y, z)), op("*", of("avg", y), of("avg", z)))
	slope := op("/", cov, of("var_pop", z))
	switch v.Name {
	case "corr":
		return op("/", cov, op("*", of("stddev_pop", y), of("stddev_pop", z)))
	case "covar_pop":
		return cov
	case "covar_samp":
		return op("/", op("*", cov, n), op("-", n, ast.Const{At: v.At, Lit: plan.Literal{Type: plan.Int, Text: "1"}}))
	case "regr_slope":
		return slope
	case "regr_intercept":
		return op("-", of("avg", y), op("*", slope, of("avg", z)))
	case "regr_r2":
		return op("/", op("*", cov, cov), op("*", of("var_pop", y), of("var_pop", z)))
	case "regr_avgx":
		return of("avg", z)
	case "regr_avgy":
		return of("avg", y)
	case "regr_sxx":
		return op("*", n, of("var_pop", z))
	case "regr_syy":
		return op("*", n, of("var_pop", y))
	}
	return op("*", n, cov)
}

// shape binds a function of the shape of one column.
func (x *binder) shape(v ast.Call, c clause) *plan.Expr {
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return plan.BadExpr(v.Pos())
	}
	if len(v.Args) != 1 || v.Distinct {
		x.Add("function.arguments", v.Pos(), yumen.Say("%s takes one argument", "%s 只接受一个参数", v.Name))
		return plan.BadExpr(v.Pos())
	}
	a := &plan.Aggregate{Fn: v.Name, At: v.Pos(), Arg: x.expr(v.Args[0], inner), Type: plan.Double}
	if v.Filter != nil {
		a.Filter = x.wantBool(x.expr(v.Filter, inner))
	}
	if a.Arg.Type.Kind != plan.KindBad && !a.Arg.Type.Numeric() {
		x.Add("type.mismatch", v.Pos(),
			yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", v.Name, a.Arg.Type.Name()))
		return plan.BadExpr(v.Pos())
	}
	if a.Arg.Type.Kind == plan.KindBad {
		return a.Arg
	}
	return x.register(a)
}
