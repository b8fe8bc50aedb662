package cells

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen/query/plan"
)

// Functions of two columns, and of the shape of one. In class aggregate a correlation and a shape are cells derived
// from sums of powers and products, which are judged as if they were shown; covariances and lines of regression are
// computed from the correlation, means and deviations, all protected. In class dp all are computed from noisy means and
// variances.

// moments are the sums of powers and products over the rows of an aggregate where all its columns are there.
type moments struct {
	*normal
	g      *plan.Aggregate
	filter *plan.Expr
}

func (n *normal) moments(g *plan.Aggregate, of ...*plan.Expr) moments {
	var there []*plan.Expr
	for _, e := range of {
		there = append(there, n.present(e)...)
	}
	return moments{n, g, n.where(g, there)}
}

// of is an aggregate of the normal form over these rows, as a double.
func (m moments) of(fn string, arg *plan.Expr) *plan.Expr {
	t := plan.Double
	if fn == "sum" {
		t = plan.SumType(arg.Type)
	}
	return plan.CastTo(m.aggregate(&plan.Aggregate{Fn: fn, Arg: arg, Filter: m.filter, Type: t, At: m.g.At}),
		plan.Double)
}

func (m moments) count() *plan.Expr {
	return plan.CastTo(m.register(&plan.Aggregate{Fn: "count", Filter: m.filter, Type: plan.Int, At: m.g.At}),
		plan.Double)
}

// mean is the sum of a product of columns, each divided by the count.
func (m moments) mean(of ...*plan.Expr) *plan.Expr {
	arg := of[0]
	for _, e := range of[1:] {
		arg = plan.Arithmetic("*", arg, e)
	}
	return plan.Arithmetic("/", m.of("sum", arg), m.count())
}

// pair writes a function of two columns over cells of class aggregate.
func (n *normal) pair(g *plan.Aggregate) *plan.Expr {
	y, x := plan.Uncast(g.Arg.Args[0]), plan.Uncast(g.Arg.Args[1])
	m := n.moments(g, y, x)
	op := plan.Arithmetic
	switch g.Fn {
	case "regr_count":
		return n.register(&plan.Aggregate{Fn: "count", Filter: m.filter, Type: plan.Int, At: g.At})
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
	if r.Op == plan.OpBad {
		return r
	}
	slope := func() *plan.Expr { return op("/", op("*", r, m.of("stddev_pop", y)), m.of("stddev_pop", x)) }
	switch g.Fn {
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
func (m moments) correlation(y, x *plan.Expr) *plan.Expr {
	my, mx, yy, xx, yx := m.mean(y), m.mean(x), m.mean(y, y), m.mean(x, x), m.mean(y, x)
	if slices.ContainsFunc([]*plan.Expr{my, mx, yy, xx, yx}, broken) {
		return plan.BadExpr(m.g.At)
	}
	op := plan.Arithmetic
	vy, vx := op("-", yy, op("*", my, my)), op("-", xx, op("*", mx, mx))
	cov := op("-", yx, op("*", my, mx))
	root := m.double("sqrt", op("*", vy, vx))
	value := caseOf(cov, m.varies(vy, yy, vx, xx),
		m.double("greatest", m.double("least", op("/", cov, root), plan.CastTo(rational(plan.Whole(1)), plan.Double)),
			plan.CastTo(rational(plan.Whole(-1)), plan.Double)), plan.NullConst())
	return derive(m.b, &plan.Aggregate{Fn: "corr", Of: value, Upper: m.sumOf(yx), Type: plan.Double, At: m.g.At})
}

func broken(e *plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpBad
		return !found
	})
	return found
}

func (m moments) double(fn string, args ...*plan.Expr) *plan.Expr {
	return &plan.Expr{Op: plan.OpCall, Fn: fn, Type: plan.Double, Args: args, At: m.g.At}
}

// varies is the condition that variances are more than what is left of a difference of two doubles that are equal.
func (m moments) varies(variances ...*plan.Expr) *plan.Expr {
	var all []*plan.Expr
	for i := 0; i < len(variances); i += 2 {
		least := plan.Arithmetic("*", plan.CastTo(rational(big.NewRat(1, 1_000_000_000)), plan.Double), variances[i+1])
		all = append(all, plan.Call(">", variances[i], variances[i], least))
	}
	return plan.And(all...)
}

// sumOf is the sum that a mean divides.
func (m moments) sumOf(mean *plan.Expr) *plan.Aggregate { return aggregatesIn(mean)[0] }

// shape writes the skewness or kurtosis of a column, as the engine computes them, as a derived cell.
func (n *normal) shape(g *plan.Aggregate) *plan.Expr {
	x := plan.Uncast(g.Arg)
	m := n.moments(g, x)
	mx, xx, xxx := m.mean(x), m.mean(x, x), m.mean(x, x, x)
	op, number := plan.Arithmetic, func(v int64) *plan.Expr { return plan.CastTo(rational(plan.Whole(v)), plan.Double) }
	count, square := m.count(), op("*", mx, mx)
	last := xxx
	if g.Fn != "skewness" {
		last = m.mean(x, x, x, x)
	}
	if slices.ContainsFunc([]*plan.Expr{mx, xx, xxx, last}, broken) {
		return plan.BadExpr(g.At)
	}
	v := op("-", xx, square)
	m3 := op("+", op("-", xxx, op("*", number(3), op("*", xx, mx))), op("*", number(2), op("*", square, mx)))
	m4 := op("-", op("+", op("-", last, op("*", number(4), op("*", xxx, mx))), op("*", number(6), op("*", xx, square))),
		op("*", number(3), op("*", square, square)))
	less := func(k int64) *plan.Expr { return op("-", count, number(k)) }
	var value *plan.Expr
	switch g.Fn {
	case "skewness":
		value = op("*", op("/", m.double("sqrt", op("*", count, less(1))), less(2)),
			op("/", m3, op("*", v, m.double("sqrt", v))))
	case "kurtosis_pop":
		value = op("-", op("/", m4, op("*", v, v)), number(3))
	default:
		inner := op("-", op("/", op("*", op("+", count, number(1)), m4), op("*", v, v)), op("*", number(3), less(1)))
		value = op("/", op("*", less(1), inner), op("*", less(2), less(3)))
	}
	fn := "kurtosis"
	if g.Fn == "skewness" {
		fn = g.Fn
	}
	value = caseOf(value, m.varies(v, xx), value, plan.NullConst())
	return derive(n.b, &plan.Aggregate{Fn: fn, Of: value, Upper: m.sumOf(last), Type: plan.Double, At: g.At})
}
