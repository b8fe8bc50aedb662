package cells

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// normal brings the aggregates of a block of class aggregate to a normal form, so that what a cell may be is an
// allow-list:
//
//   - Conditions inside an argument become filters: sum(CASE WHEN c THEN x ELSE y END) is sum(x) FILTER (c) and sum(y)
//     FILTER (NOT c), coalesce, nullif, abs, sign, least, greatest and truth values likewise.
//   - A sum is a₀ + Σ aᵢmᵢ over measures mᵢ, columns or products of columns. Constants are multiplied out into the post
//     statement, which sees protected figures, so that no weight and no offset of the analyst's meets data.
//   - Where a column is NULL is a condition too, wherever more than that column is added up.
//
// What is left in an argument is a column, a combination or product of columns, or a function of a column that its
// grant lets rows be filtered by.
type normal struct {
	*reason.List
	b     *plan.Block
	spans *interval.Finder
	given interval.Assumed // what WHERE says of every row
	aggs  []*plan.Aggregate
}

// normalise rewrites the aggregates of a block, and what is computed from them.
func normalise(b *plan.Block, rs *reason.List) {
	b.MarkOptional()
	n := &normal{List: rs, b: b, spans: interval.NewFinder(), given: interval.Assume(b.Where)}
	of := map[*plan.Aggregate]*plan.Expr{}
	for _, g := range b.Aggs {
		of[g] = n.aggregate(g)
	}
	if len(n.aggs) == 0 { // so that a group that is too small is a cell to suppress
		n.register(&plan.Aggregate{Fn: "count", Type: plan.Int, At: b.At})
	}
	b.Aggs = n.aggs
	b.Having, b.Qualify = replaceAggregates(b.Having, of), replaceAggregates(b.Qualify, of)
	for _, o := range b.Outs {
		o.Expr = replaceAggregates(o.Expr, of)
	}
	for i, o := range b.Order {
		b.Order[i].Expr = replaceAggregates(o.Expr, of)
	}
	if len(n.All) == 0 {
		ratios(b)
	}
}

func replaceAggregates(e *plan.Expr, of map[*plan.Aggregate]*plan.Expr) *plan.Expr {
	if e == nil {
		return nil
	}
	if e.Op == plan.OpAgg {
		return plan.Elsewhere(of[e.Aggregate], e.At)
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return replaceAggregates(a, of) })
}

// aggregate returns what an aggregate is over aggregates of the normal form.
func (n *normal) aggregate(g *plan.Aggregate) *plan.Expr {
	if n.deep(g.Arg, n.b.Keys, map[*plan.Column]bool{}) != nil {
		return n.refuseShaped(g)
	}
	switch g.Fn {
	case "count":
		return n.register(&plan.Aggregate{Fn: "count", Filter: n.where(g, n.present(g.Arg)), Type: plan.Int, At: g.At})
	case "count_units":
		if n.b.RowsAreUnits() { // rows and units are one figure
			return n.register(&plan.Aggregate{Fn: "count", Filter: n.where(g, n.present(g.Arg)), Type: plan.Int,
				At: g.At})
		}
		return n.register(&plan.Aggregate{Fn: g.Fn, Arg: g.Arg, Unit: g.Unit, Filter: n.where(g, n.present(g.Arg)),
			Type: plan.Int, At: g.At})
	case "count_distinct":
		same := *g
		return n.register(&same)
	}
	if slices.Contains(plan.Pairs, g.Fn) {
		return n.pair(g)
	}
	if g.Related() {
		return n.shape(g)
	}
	if g.Quantiles() {
		return n.quantile(g)
	}
	pieces := n.pieces(g.Arg)
	if len(pieces) > maxSubsets {
		n.AddFix("aggregate.conditions", g.At,
			yumen.Say("%s tells apart more than %d parts of each group", "%s 把每组分成超过 %d 部分", g.Fn, maxSubsets),
			yumen.Say("group by the column instead", "请改为按该列分组"))
		return plan.BadExpr(g.At)
	}
	pieces = n.occurring(pieces)
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.value != nil && shaped(p.value) != nil }) {
		return n.refuseShaped(g)
	}
	valued := slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return p.value == nil })
	var out *plan.Expr
	switch {
	case len(valued) == 0:
		return plan.CastTo(plan.NullConst(), g.Type)
	case g.Fn == "sum":
		out = n.sum(g, valued)
	case len(valued) == 1 && len(n.polynomial(valued[0].value).measures()) == 1:
		out = n.moment(g, valued[0])
	case g.Fn == "avg":
		out = plan.Arithmetic("/", n.sum(g, valued),
			n.register(&plan.Aggregate{Fn: "count", Filter: n.anyOf(g, pieces), Type: plan.Int, At: g.At}))
	default:
		n.AddFix("aggregate.conditions", g.At,
			yumen.Say("%s of a choice between several values is refused: each is a measure of its own",
				"不允许对多个取值之一求 %s：每个取值各为一个度量", g.Fn),
			yumen.Say("write %s(x) FILTER (WHERE …)", "请写 %s(x) FILTER (WHERE …)", g.Fn))
		return plan.BadExpr(g.At)
	}
	if out.Type != g.Type {
		out = plan.CastTo(out, g.Type)
	}
	return out
}

func (n *normal) register(g *plan.Aggregate) *plan.Expr {
	for _, known := range n.aggs {
		if known.Signature() == g.Signature() {
			return &plan.Expr{Op: plan.OpAgg, Aggregate: known, Type: known.Type, At: g.At}
		}
	}
	n.aggs = append(n.aggs, g)
	return &plan.Expr{Op: plan.OpAgg, Aggregate: g, Type: g.Type, At: g.At}
}

// where is the filter of an aggregate with more conditions.
func (n *normal) where(g *plan.Aggregate, conds []*plan.Expr) *plan.Expr {
	var all []*plan.Expr
	if g.Filter != nil {
		all = append(all, plan.Plain(n.through(g.Filter)))
	}
	for _, c := range conds {
		all = append(all, plan.Plain(c))
	}
	return distinctAnd(all)
}

// distinctAnd is the conjunction of conditions, each once, in the order of what they are.
func distinctAnd(conds []*plan.Expr) *plan.Expr {
	joined := plan.And(conds...)
	if joined == nil {
		return nil
	}
	all := plan.Conjuncts(joined)
	slices.SortStableFunc(all, func(a, b *plan.Expr) int { return compareText(a.Signature(), b.Signature()) })
	all = slices.CompactFunc(all, func(a, b *plan.Expr) bool { return a.Signature() == b.Signature() })
	return plan.And(all...)
}

// anyOf is the filter under which some piece has a value.
func (n *normal) anyOf(g *plan.Aggregate, pieces []piece) *plan.Expr {
	var conds []*plan.Expr
	if g.Filter != nil {
		conds = append(conds, plan.Plain(n.through(g.Filter)))
	}
	for _, p := range pieces {
		here := plan.And(p.conds...)
		if p.value == nil { // pieces exclude each other and leave nothing out
			conds = append(conds, untrue(n.spans, n.given, here))
			continue
		}
		for _, c := range n.present(p.value, p.conds...) {
			if here != nil {
				c = plan.Call("or", c, untrue(n.spans, n.given, here), c)
			}
			conds = append(conds, c)
		}
	}
	return distinctAnd(conds)
}

// sum writes the sum of several pieces.
func (n *normal) sum(g *plan.Aggregate, pieces []piece) *plan.Expr {
	var total *plan.Expr
	plus := func(e *plan.Expr) {
		if total == nil {
			total = e
		} else {
			total = plan.Arithmetic("+", total, e)
		}
	}
	for _, p := range pieces {
		poly := n.polynomial(p.value)
		measures := poly.measures()
		conds := p.conds
		if len(measures) > 1 || poly.constant.Sign() != 0 {
			conds = append(slices.Clone(conds), n.present(p.value, p.conds...)...)
		} else if len(measures) == 1 {
			conds = append(without(conds, measures[0].bare()), n.lost(p, measures[0])...)
		}
		for _, m := range measures {
			arg := n.argument(m)
			plus(scaled(m.factor,
				n.register(&plan.Aggregate{Fn: "sum", Arg: arg, Filter: n.where(g, conds), Type: plan.SumType(arg.Type),
					At: g.At})))
		}
		if poly.constant.Sign() != 0 {
			plus(scaled(poly.constant,
				n.register(&plan.Aggregate{Fn: "count", Filter: n.where(g, conds), Type: plan.Int, At: g.At})))
		}
	}
	if total == nil { // of zeros
		total = scaled(new(big.Rat),
			n.register(&plan.Aggregate{Fn: "count", Filter: n.where(g, nil), Type: plan.Int, At: g.At}))
	}
	return total
}

// moment writes an average, variance or deviation of one measure: avg(a₀ + am) = a₀ + a·avg(m), var(a₀ + am) =
// a²·var(m).
func (n *normal) moment(g *plan.Aggregate, p piece) *plan.Expr {
	poly := n.polynomial(p.value)
	m := poly.measures()[0]
	conds := p.conds
	if m.bare() == nil {
		conds = append(slices.Clone(conds), n.present(p.value, p.conds...)...)
	} else {
		conds = append(without(conds, m.bare()), n.lost(p, m)...)
	}
	of := n.register(&plan.Aggregate{Fn: g.Fn, Arg: n.argument(m), Filter: n.where(g, conds), Type: plan.Double,
		At: g.At})
	switch g.Fn {
	case "avg":
		out := scaled(m.factor, of)
		if poly.constant.Sign() != 0 {
			out = plan.Arithmetic("+", out, rational(poly.constant))
		}
		return out
	case "var", "var_pop":
		return scaled(new(big.Rat).Mul(m.factor, m.factor), of)
	}
	return scaled(new(big.Rat).Abs(m.factor), of)
}

// without leaves out the condition that a column is not NULL, where no more than that column is added up.
func without(conds []*plan.Expr, column *plan.Expr) []*plan.Expr {
	return slices.DeleteFunc(slices.Clone(conds), func(c *plan.Expr) bool {
		return c.Op == plan.OpCall && c.Fn == "is not null" && column != nil && plan.SameExpr(c.Args[0], column)
	})
}

// lost lists the conditions that a value is NULL without and its only measure is not: that a column is not NULL which
// is multiplied by 0 or subtracted from itself.
func (n *normal) lost(p piece, m measured) []*plan.Expr {
	conds := n.present(p.value, p.conds...)
	for _, t := range m.terms {
		for _, f := range t.of {
			for _, held := range n.present(f, p.conds...) {
				conds = slices.DeleteFunc(conds, func(c *plan.Expr) bool { return plan.SameExpr(c, held) })
			}
		}
	}
	return conds
}

// present lists conditions which, where others hold, say together that e is not NULL.
func (n *normal) present(e *plan.Expr, where ...*plan.Expr) []*plan.Expr {
	given := n.given
	for _, c := range where {
		given = given.And(c)
	}
	switch {
	case e == nil || !n.spans.Of(e, given).Null:
		return nil
	case e.Op == plan.OpCase && len(e.Args) == 3 && e.Args[2].Type.Kind == plan.KindNull:
		return append(plan.Conjuncts(plan.Plain(e.Args[0])), n.present(e.Args[1], where...)...)
	case e.Op == plan.OpCast && !plan.CastFails(e.Args[0].Type, e.Type), plan.LinearCall(e),
		e.Op == plan.OpCall && plan.Strict[e.Fn] && !e.CanFail():
		var out []*plan.Expr
		for _, a := range e.Args {
			out = append(out, n.present(a, where...)...)
		}
		return out
	}
	return []*plan.Expr{plan.Call("is not null", e, e)}
}

// argument is a measure as an expression that cannot overflow: a column as it is, everything else in decimals where
// bounds prove that 28 digits hold it, and in doubles otherwise.
func (n *normal) argument(m measured) *plan.Expr {
	if e := m.bare(); e != nil {
		return e
	}
	exact := func(fraction bool) *plan.Expr {
		var total *plan.Expr
		for _, t := range m.terms {
			e := widened(t.of[0], fraction)
			for _, f := range t.of[1:] {
				e = plan.Arithmetic("*", e, widened(f, fraction))
			}
			e = scaled(t.factor, e)
			if total == nil {
				total = e
			} else {
				total = plan.Arithmetic("+", total, e)
			}
		}
		return total
	}
	if e := exact(false); e.Type.Kind == plan.KindDecimal {
		s := n.spans.Of(e, n.given)
		limit := interval.Pow10(28 - e.Type.Scale)
		if s.Bounded() && s.Lo.Cmp(new(big.Rat).Neg(limit)) > 0 && s.Hi.Cmp(limit) < 0 {
			return e
		}
	}
	return exact(true)
}

// widened is a factor in a type in which products and sums of it are exact, or a double.
func widened(e *plan.Expr, double bool) *plan.Expr {
	switch {
	case double && e.Type != plan.Double:
		return plan.CastTo(e, plan.Double)
	case e.Type.Kind == plan.KindInt:
		return plan.CastTo(e, plan.Decimal(19, 0))
	}
	return e
}

// scaled multiplies by a constant.
func scaled(factor *big.Rat, e *plan.Expr) *plan.Expr {
	if factor.Cmp(plan.Whole(1)) == 0 {
		return e
	}
	return plan.Arithmetic("*", rational(factor), e)
}

// rational writes a rational constant: whole, in decimals where these are few, or as the nearest double.
func rational(r *big.Rat) *plan.Expr {
	lit := plan.Literal{Type: plan.Int, Text: r.Num().String()}
	if digits, exact := r.FloatPrec(); !r.IsInt() || !r.Num().IsInt64() {
		f, _ := r.Float64()
		lit = plan.Literal{Type: plan.Double, Text: plan.FormatDouble(f)}
		if text := r.FloatString(digits); exact && digits <= 9 && len(text) <= 18 {
			lit = plan.Literal{Type: plan.Decimal(18, digits), Text: text}
		}
	}
	return &plan.Expr{Op: plan.OpConst, Type: lit.Type, Literal: lit, Size: 1}
}
