package query

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
)

// Functions of two columns, and of the shape of one. In class aggregate a correlation and a shape are cells derived from sums
// of powers and products, which are judged as if they were shown; covariances and lines of regression are computed from
// the correlation, means and deviations, all protected. In class dp all are computed from noisy means and variances.

// pairs are the functions of two columns y and x, in the order in which the engine takes them.
var pairs = []string{"corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_count", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy"}

// shapesOf are the functions of the shape of one column.
var shapesOf = []string{"skewness", "kurtosis", "kurtosis_pop"}

// pair binds a function of two columns: its argument is their product.
func (x *binder) pair(v astCall, c clause) *expr {
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return bad(v.pos())
	}
	if len(v.args) != 2 || v.distinct || len(v.order) > 0 {
		x.addFix("function.arguments", v.pos(), yumen.Say("%s takes two columns of numbers", "%s 需要两个数值列", v.name), yumen.Say("write %s(y, x)", "请写 %s(y, x)", v.name))
		return bad(v.pos())
	}
	if x.scope.private() {
		if v.name == "regr_count" {
			return x.resolve(x.pairCall("count", v, v.args[0]), c)
		}
		return x.resolve(x.privatePair(v), c)
	}
	a := &aggregate{fn: v.name, at: v.pos(), typ: tDouble}
	if v.filter != nil {
		a.filter = x.wantBool(x.expr(v.filter, inner))
	}
	args := make([]*expr, 2)
	for i, arg := range v.args {
		args[i] = x.expr(arg, inner)
		if args[i].typ.kind == kBad {
			return args[i]
		}
		if !args[i].typ.numeric() {
			x.add("type.mismatch", v.pos(), yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", v.name, args[i].typ.name()))
			return bad(v.pos())
		}
		args[i] = castTo(args[i], tDouble)
	}
	a.arg = arithmetic("*", args[0], args[1])
	if v.name == "regr_count" {
		a.typ = tInt
	}
	return x.register(a)
}

// pairCall is an aggregate over the rows where both columns of a pair are there.
func (x *binder) pairCall(name string, v astCall, arg astExpr) astCall {
	filter := v.filter
	for _, a := range v.args {
		there := astExpr(astCall{at: v.at, name: "#is not null", args: []astExpr{a}})
		if c, ok := a.(astColumn); ok && !x.mayBeNull(c) {
			continue
		}
		if filter != nil {
			there = astCall{at: v.at, name: "#and", args: []astExpr{filter, there}}
		}
		filter = there
	}
	return astCall{at: v.at, name: name, args: []astExpr{arg}, filter: filter}
}

// mayBeNull reports whether the catalog lets a column of FROM be NULL, or does not say.
func (x *binder) mayBeNull(v astColumn) bool {
	table, name, ok := split(v.names)
	found := x.candidates(table, name)
	return !ok || len(found) != 1 || found[0].base == nil || found[0].base.Nullable
}

// privatePair writes a function of two columns over means and variances, to which noise is added.
func (x *binder) privatePair(v astCall) astExpr {
	y, z := v.args[0], v.args[1]
	of := func(name string, arg astExpr) astExpr { return x.pairCall(name, v, arg) }
	op := func(name string, args ...astExpr) astExpr { return astCall{at: v.at, name: "#" + name, args: args} }
	n := of("count", y)
	cov := op("-", of("avg", op("*", y, z)), op("*", of("avg", y), of("avg", z)))
	slope := op("/", cov, of("var_pop", z))
	switch v.name {
	case "corr":
		return op("/", cov, op("*", of("stddev_pop", y), of("stddev_pop", z)))
	case "covar_pop":
		return cov
	case "covar_samp":
		return op("/", op("*", cov, n), op("-", n, astConst{v.at, literal{tInt, "1"}}))
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

// moments are the sums of powers and products over the rows of an aggregate where all its columns are there.
type moments struct {
	*normal
	g      *aggregate
	filter *expr
}

func (n *normal) moments(g *aggregate, of ...*expr) moments {
	var there []*expr
	for _, e := range of {
		there = append(there, n.present(e)...)
	}
	return moments{n, g, n.where(g, there)}
}

// of is an aggregate of the normal form over these rows, as a double.
func (m moments) of(fn string, arg *expr) *expr {
	t := tDouble
	if fn == "sum" {
		t = sumType(arg.typ)
	}
	return castTo(m.aggregate(&aggregate{fn: fn, arg: arg, filter: m.filter, typ: t, at: m.g.at}), tDouble)
}

func (m moments) count() *expr {
	return castTo(m.register(&aggregate{fn: "count", filter: m.filter, typ: tInt, at: m.g.at}), tDouble)
}

// power is the sum of a product of columns, each divided by the count.
func (m moments) mean(of ...*expr) *expr {
	arg := of[0]
	for _, e := range of[1:] {
		arg = arithmetic("*", arg, e)
	}
	return arithmetic("/", m.of("sum", arg), m.count())
}

// pair writes a function of two columns over cells of class aggregate.
func (n *normal) pair(g *aggregate) *expr {
	y, x := uncast(g.arg.args[0]), uncast(g.arg.args[1])
	m := n.moments(g, y, x)
	op := arithmetic
	switch g.fn {
	case "regr_count":
		return n.register(&aggregate{fn: "count", filter: m.filter, typ: tInt, at: g.at})
	case "regr_avgx":
		return m.of("avg", x)
	case "regr_avgy":
		return m.of("avg", y)
	case "regr_sxx":
		return op("*", m.count(), m.of("var_pop", x))
	case "regr_syy":
		return op("*", m.count(), m.of("var_pop", y))
	}
	r := m.correlation(y, x)
	if r.op == opBad {
		return r
	}
	slope := func() *expr { return op("/", op("*", r, m.of("stddev_pop", y)), m.of("stddev_pop", x)) }
	switch g.fn {
	case "covar_pop":
		return op("*", r, op("*", m.of("stddev_pop", y), m.of("stddev_pop", x)))
	case "covar_samp":
		return op("*", r, op("*", m.of("stddev", y), m.of("stddev", x)))
	case "regr_slope":
		return slope()
	case "regr_intercept":
		return op("-", m.of("avg", y), op("*", slope(), m.of("avg", x)))
	case "regr_r2":
		return op("*", r, r)
	case "regr_sxy":
		return op("*", op("*", m.count(), r), op("*", m.of("stddev_pop", y), m.of("stddev_pop", x)))
	}
	return r
}

// correlation is a derived cell; NULL where a column is the same, or nearly so, in all rows.
func (m moments) correlation(y, x *expr) *expr {
	my, mx, yy, xx, yx := m.mean(y), m.mean(x), m.mean(y, y), m.mean(x, x), m.mean(y, x)
	if slices.ContainsFunc([]*expr{my, mx, yy, xx, yx}, broken) {
		return bad(m.g.at)
	}
	op := arithmetic
	vy, vx := op("-", yy, op("*", my, my)), op("-", xx, op("*", mx, mx))
	cov := op("-", yx, op("*", my, mx))
	root := m.double("sqrt", op("*", vy, vx))
	value := caseOf(cov, m.varies(vy, yy, vx, xx), m.double("greatest", m.double("least", op("/", cov, root), castTo(rational(whole64(1)), tDouble)),
		castTo(rational(whole64(-1)), tDouble)), null())
	return m.b.derive(&aggregate{fn: "corr", of: value, upper: m.sumOf(yx), typ: tDouble, at: m.g.at})
}

func broken(e *expr) (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opBad
		return !found
	})
	return found
}

func (m moments) double(fn string, args ...*expr) *expr {
	return &expr{op: opCall, fn: fn, typ: tDouble, args: args, at: m.g.at}
}

// varies is the condition that variances are more than what is left of a difference of two doubles that are equal.
func (m moments) varies(variances ...*expr) *expr {
	var all []*expr
	for i := 0; i < len(variances); i += 2 {
		least := arithmetic("*", castTo(rational(big.NewRat(1, 1_000_000_000)), tDouble), variances[i+1])
		all = append(all, call(">", variances[i], variances[i], least))
	}
	return and(all...)
}

// sumOf is the sum that a mean divides.
func (m moments) sumOf(mean *expr) *aggregate { return aggregatesIn(mean)[0] }

// shape writes the skewness or kurtosis of a column, as the engine computes them, as a derived cell.
func (n *normal) shape(g *aggregate) *expr {
	x := uncast(g.arg)
	m := n.moments(g, x)
	mx, xx, xxx := m.mean(x), m.mean(x, x), m.mean(x, x, x)
	op, number := arithmetic, func(v int64) *expr { return castTo(rational(whole64(v)), tDouble) }
	count, square := m.count(), op("*", mx, mx)
	last := xxx
	if g.fn != "skewness" {
		last = m.mean(x, x, x, x)
	}
	if slices.ContainsFunc([]*expr{mx, xx, xxx, last}, broken) {
		return bad(g.at)
	}
	v := op("-", xx, square)
	m3 := op("+", op("-", xxx, op("*", number(3), op("*", xx, mx))), op("*", number(2), op("*", square, mx)))
	m4 := op("-", op("+", op("-", last, op("*", number(4), op("*", xxx, mx))), op("*", number(6), op("*", xx, square))), op("*", number(3), op("*", square, square)))
	less := func(k int64) *expr { return op("-", count, number(k)) }
	var value *expr
	switch g.fn {
	case "skewness":
		value = op("*", op("/", m.double("sqrt", op("*", count, less(1))), less(2)), op("/", m3, op("*", v, m.double("sqrt", v))))
	case "kurtosis_pop":
		value = op("-", op("/", m4, op("*", v, v)), number(3))
	default:
		inner := op("-", op("/", op("*", op("+", count, number(1)), m4), op("*", v, v)), op("*", number(3), less(1)))
		value = op("/", op("*", less(1), inner), op("*", less(2), less(3)))
	}
	fn := "kurtosis"
	if g.fn == "skewness" {
		fn = g.fn
	}
	value = caseOf(value, m.varies(v, xx), value, null())
	return n.b.derive(&aggregate{fn: fn, of: value, upper: m.sumOf(last), typ: tDouble, at: g.at})
}

// shape binds a function of the shape of one column.
func (x *binder) shape(v astCall, c clause) *expr {
	inner, ok := x.aggregateClause(v, c)
	if !ok {
		return bad(v.pos())
	}
	if len(v.args) != 1 || v.distinct {
		x.add("function.arguments", v.pos(), yumen.Say("%s takes one argument", "%s 只接受一个参数", v.name))
		return bad(v.pos())
	}
	a := &aggregate{fn: v.name, at: v.pos(), arg: x.expr(v.args[0], inner), typ: tDouble}
	if v.filter != nil {
		a.filter = x.wantBool(x.expr(v.filter, inner))
	}
	if a.arg.typ.kind != kBad && !a.arg.typ.numeric() {
		x.add("type.mismatch", v.pos(), yumen.Say("%s takes a number, not %s", "%s 需要数值，而非 %s", v.name, a.arg.typ.name()))
		return bad(v.pos())
	}
	if a.arg.typ.kind == kBad {
		return a.arg
	}
	return x.register(a)
}

// related reports whether an aggregate is one of the functions of this file.
func (g *aggregate) related() bool {
	return slices.Contains(pairs, g.fn) || slices.Contains(shapesOf, g.fn)
}
