package query

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
)

// normal brings the aggregates of a block of class aggregate to a normal form, so that what a cell may be is an allow-list:
//
//   - Conditions inside an argument become filters: sum(CASE WHEN c THEN x ELSE y END) is sum(x) FILTER (c) and sum(y)
//     FILTER (NOT c), coalesce, nullif, abs, sign, least, greatest and truth values likewise.
//   - A sum is a₀ + Σ aᵢmᵢ over measures mᵢ, columns or products of columns. Constants are multiplied out into the post
//     statement, which sees protected figures, so that no weight and no offset of the analyst's meets data.
//   - Where a column is NULL is a condition too, wherever more than that column is added up.
//
// What is left in an argument is a column, a combination or product of columns, or a function of a column that its grant
// lets rows be filtered by.
type normal struct {
	*reasons
	b     *block
	spans *spanner
	given assumed // what WHERE says of every row
	aggs  []*aggregate
}

// normalise rewrites the aggregates of a block, and what is computed from them.
func normalise(b *block, rs *reasons) {
	b.markOptional()
	n := &normal{reasons: rs, b: b, spans: newSpanner(), given: assume(b.where)}
	of := map[*aggregate]*expr{}
	for _, g := range b.aggs {
		of[g] = n.aggregate(g)
	}
	if len(n.aggs) == 0 { // so that a group that is too small is a cell to suppress
		n.register(&aggregate{fn: "count", typ: tInt, at: b.at})
	}
	b.aggs = n.aggs
	b.having, b.qualify = replaceAggregates(b.having, of), replaceAggregates(b.qualify, of)
	for _, o := range b.outs {
		o.expr = replaceAggregates(o.expr, of)
	}
	for i, o := range b.order {
		b.order[i].expr = replaceAggregates(o.expr, of)
	}
	if len(n.list) == 0 {
		b.ratios()
	}
}

func replaceAggregates(e *expr, of map[*aggregate]*expr) *expr {
	if e == nil {
		return nil
	}
	if e.op == opAgg {
		return elsewhere(of[e.agg], e.at)
	}
	return mapped(e, func(a *expr) *expr { return replaceAggregates(a, of) })
}

// mapped is e with other arguments.
func mapped(e *expr, each func(*expr) *expr) *expr {
	if len(e.args) == 0 {
		return e
	}
	args := make([]*expr, len(e.args))
	for i, a := range e.args {
		args[i] = each(a)
	}
	return e.with(args)
}

// aggregate returns what an aggregate is over aggregates of the normal form.
func (n *normal) aggregate(g *aggregate) *expr {
	if n.deep(g.arg, n.b.keys, map[*column]bool{}) != nil {
		return n.refuseShaped(g)
	}
	switch g.fn {
	case "count":
		return n.register(&aggregate{fn: "count", filter: n.where(g, n.present(g.arg)), typ: tInt, at: g.at})
	case "count_units":
		if n.b.rowsAreUnits() { // rows and units are one figure
			return n.register(&aggregate{fn: "count", filter: n.where(g, n.present(g.arg)), typ: tInt, at: g.at})
		}
		return n.register(&aggregate{fn: g.fn, arg: g.arg, unit: g.unit, filter: n.where(g, n.present(g.arg)), typ: tInt, at: g.at})
	case "count_distinct":
		same := *g
		return n.register(&same)
	}
	if slices.Contains(pairs, g.fn) {
		return n.pair(g)
	}
	if g.related() {
		return n.shape(g)
	}
	pieces := n.pieces(g.arg)
	if len(pieces) > maxSubsets {
		n.addFix("aggregate.conditions", g.at, yumen.Say("%s tells apart more than %d parts of each group", "%s 把每组分成超过 %d 部分", g.fn, maxSubsets),
			yumen.Say("group by the column instead", "请改为按该列分组"))
		return bad(g.at)
	}
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.value != nil && shaped(p.value) != nil }) {
		return n.refuseShaped(g)
	}
	valued := slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return p.value == nil })
	var out *expr
	switch {
	case len(valued) == 0:
		return castTo(null(), g.typ)
	case g.fn == "sum":
		out = n.sum(g, valued)
	case len(valued) == 1 && len(n.polynomial(valued[0].value).measures()) == 1:
		out = n.moment(g, valued[0])
	case g.fn == "avg":
		out = arithmetic("/", n.sum(g, valued), n.register(&aggregate{fn: "count", filter: n.anyOf(g, pieces), typ: tInt, at: g.at}))
	default:
		n.addFix("aggregate.conditions", g.at, yumen.Say("%s of a choice between several values is refused: each is a measure of its own", "不允许对多个取值之一求 %s：每个取值各为一个度量", g.fn),
			yumen.Say("write %s(x) FILTER (WHERE …)", "请写 %s(x) FILTER (WHERE …)", g.fn))
		return bad(g.at)
	}
	if out.typ != g.typ {
		out = castTo(out, g.typ)
	}
	return out
}

func (n *normal) register(g *aggregate) *expr {
	for _, known := range n.aggs {
		if known.signature() == g.signature() {
			return &expr{op: opAgg, agg: known, typ: known.typ, at: g.at}
		}
	}
	n.aggs = append(n.aggs, g)
	return &expr{op: opAgg, agg: g, typ: g.typ, at: g.at}
}

// where is the filter of an aggregate with more conditions.
func (n *normal) where(g *aggregate, conds []*expr) *expr {
	var all []*expr
	if g.filter != nil {
		all = append(all, plain(n.through(g.filter)))
	}
	for _, c := range conds {
		all = append(all, plain(c))
	}
	return distinctAnd(all)
}

// distinctAnd is the conjunction of conditions, each once, in the order of what they are.
func distinctAnd(conds []*expr) *expr {
	joined := and(conds...)
	if joined == nil {
		return nil
	}
	all := conjuncts(joined)
	slices.SortStableFunc(all, func(a, b *expr) int { return compareText(a.signature(), b.signature()) })
	all = slices.CompactFunc(all, func(a, b *expr) bool { return a.signature() == b.signature() })
	return and(all...)
}

// anyOf is the filter under which some piece has a value.
func (n *normal) anyOf(g *aggregate, pieces []piece) *expr {
	var conds []*expr
	if g.filter != nil {
		conds = append(conds, plain(n.through(g.filter)))
	}
	for _, p := range pieces {
		here := and(p.conds...)
		if p.value == nil { // pieces exclude each other and leave nothing out
			conds = append(conds, untrue(n.spans, n.given, here))
			continue
		}
		for _, c := range n.present(p.value, p.conds...) {
			if here != nil {
				c = call("or", c, untrue(n.spans, n.given, here), c)
			}
			conds = append(conds, c)
		}
	}
	return distinctAnd(conds)
}

// sum writes the sum of several pieces.
func (n *normal) sum(g *aggregate, pieces []piece) *expr {
	var total *expr
	plus := func(e *expr) {
		if total == nil {
			total = e
		} else {
			total = arithmetic("+", total, e)
		}
	}
	for _, p := range pieces {
		poly := n.polynomial(p.value)
		measures := poly.measures()
		conds := p.conds
		if len(measures) > 1 || poly.constant.Sign() != 0 {
			conds = append(slices.Clone(conds), n.present(p.value, p.conds...)...)
		} else if len(measures) == 1 {
			conds = without(conds, measures[0].bare())
		}
		for _, m := range measures {
			arg := n.argument(m)
			plus(scaled(m.factor, n.register(&aggregate{fn: "sum", arg: arg, filter: n.where(g, conds), typ: sumType(arg.typ), at: g.at})))
		}
		if poly.constant.Sign() != 0 {
			plus(scaled(poly.constant, n.register(&aggregate{fn: "count", filter: n.where(g, conds), typ: tInt, at: g.at})))
		}
	}
	if total == nil { // of zeros
		total = scaled(new(big.Rat), n.register(&aggregate{fn: "count", filter: n.where(g, nil), typ: tInt, at: g.at}))
	}
	return total
}

// moment writes an average, variance or deviation of one measure: avg(a₀ + am) = a₀ + a·avg(m), var(a₀ + am) = a²·var(m).
func (n *normal) moment(g *aggregate, p piece) *expr {
	poly := n.polynomial(p.value)
	m := poly.measures()[0]
	conds := p.conds
	if m.bare() == nil {
		conds = append(slices.Clone(conds), n.present(p.value, p.conds...)...)
	} else {
		conds = without(conds, m.bare())
	}
	of := n.register(&aggregate{fn: g.fn, arg: n.argument(m), filter: n.where(g, conds), typ: tDouble, at: g.at})
	switch g.fn {
	case "avg":
		out := scaled(m.factor, of)
		if poly.constant.Sign() != 0 {
			out = arithmetic("+", out, rational(poly.constant))
		}
		return out
	case "var", "var_pop":
		return scaled(new(big.Rat).Mul(m.factor, m.factor), of)
	}
	return scaled(new(big.Rat).Abs(m.factor), of)
}

// without leaves out the condition that a column is not NULL, where no more than that column is added up.
func without(conds []*expr, column *expr) []*expr {
	return slices.DeleteFunc(slices.Clone(conds), func(c *expr) bool {
		return c.op == opCall && c.fn == "is not null" && column != nil && sameExpr(c.args[0], column)
	})
}

// present lists conditions which, where others hold, say together that e is not NULL.
func (n *normal) present(e *expr, where ...*expr) []*expr {
	given := n.given
	for _, c := range where {
		given = given.and(c)
	}
	switch {
	case e == nil || !n.spans.of(e, given).null:
		return nil
	case e.op == opCase && len(e.args) == 3 && e.args[2].typ.kind == kNull:
		return append(conjuncts(plain(e.args[0])), n.present(e.args[1], where...)...)
	case e.op == opCast && !castFails(e.args[0].typ, e.typ), e.op == opCall && strict[e.fn] && (!e.canFail() || linearCall(e)):
		var out []*expr
		for _, a := range e.args {
			out = append(out, n.present(a, where...)...)
		}
		return out
	}
	return []*expr{call("is not null", e, e)}
}

// strict functions are NULL where an argument is, and nowhere else as far as they do not fail.
var strict = map[string]bool{"+": true, "-": true, "*": true, "lower": true, "upper": true, "trim": true, "ltrim": true, "rtrim": true, "length": true,
	"strpos": true, "date_part": true, "date_trunc": true, "round": true, "floor": true, "ceil": true, "trunc": true, "sign": true}

// argument is a measure as an expression that cannot overflow: a column as it is, everything else in decimals where bounds prove
// that 28 digits hold it, and in doubles otherwise.
func (n *normal) argument(m measured) *expr {
	if e := m.bare(); e != nil {
		return e
	}
	exact := func(fraction bool) *expr {
		var total *expr
		for _, t := range m.terms {
			e := widened(t.of[0], fraction)
			for _, f := range t.of[1:] {
				e = arithmetic("*", e, widened(f, fraction))
			}
			e = scaled(t.factor, e)
			if total == nil {
				total = e
			} else {
				total = arithmetic("+", total, e)
			}
		}
		return total
	}
	if e := exact(false); e.typ.kind == kDecimal {
		s := n.spans.of(e, n.given)
		limit := pow10(28 - e.typ.scale)
		if s.bounded() && s.lo.Cmp(new(big.Rat).Neg(limit)) > 0 && s.hi.Cmp(limit) < 0 {
			return e
		}
	}
	return exact(true)
}

// widened is a factor in a type in which products and sums of it are exact, or a double.
func widened(e *expr, double bool) *expr {
	switch {
	case double && e.typ != tDouble:
		return castTo(e, tDouble)
	case e.typ.kind == kInt:
		return castTo(e, tDecimal(19, 0))
	}
	return e
}

// arithmetic is a call over numbers, typed as one that a person writes.
func arithmetic(fn string, a, b *expr) *expr {
	e := &expr{op: opCall, fn: fn, args: []*expr{a, b}, at: a.at}
	switch {
	case fn == "/" || a.typ.kind == kDouble || b.typ.kind == kDouble:
		e.typ = tDouble
	case a.typ.kind == kInt && b.typ.kind == kInt:
		e.typ = tInt
	default:
		e.typ = decimalArithmetic(fn, a.typ.asDecimal(), b.typ.asDecimal())
	}
	if e.typ == tDouble && fn != "/" {
		for i, x := range e.args {
			if x.typ.kind == kDecimal {
				e.args[i] = castTo(x, tDouble)
			}
		}
	}
	return e
}

// scaled multiplies by a constant.
func scaled(factor *big.Rat, e *expr) *expr {
	if factor.Cmp(whole64(1)) == 0 {
		return e
	}
	return arithmetic("*", rational(factor), e)
}

// rational writes a rational constant: whole, in decimals where these are few, or as the nearest double.
func rational(r *big.Rat) *expr {
	lit := literal{typ: tInt, text: r.Num().String()}
	if digits, exact := r.FloatPrec(); !r.IsInt() || !r.Num().IsInt64() {
		f, _ := r.Float64()
		lit = literal{tDouble, formatDouble(f)}
		if text := r.FloatString(digits); exact && digits <= 9 && len(text) <= 18 {
			lit = literal{tDecimal(18, digits), text}
		}
	}
	return &expr{op: opConst, typ: lit.typ, lit: lit, size: 1}
}
