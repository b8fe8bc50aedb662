package query

import (
	"math/big"
	"slices"
	"strings"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

// piece is what an argument is on some of the rows: those where all conditions hold. The pieces of an argument exclude each
// other and leave no row out. A nil value is NULL.
type piece struct {
	conds []*expr
	value *expr
}

// pieces takes an argument apart by the conditions in it.
func (n *normal) pieces(e *expr) []piece {
	switch {
	case isNull(e):
		return []piece{{}}
	case e.op == opColumn && e.col.written() != nil:
		return n.pieces(elsewhere(e.col.written(), e.at))
	case e.typ == tBool:
		return n.choices(truthNumber(e))
	case e.op == opCase:
		return n.choices(e)
	case e.op == opCast && e.args[0].typ == tBool:
		return n.pieces(e.args[0])
	case e.op == opCall && choice[e.fn] != nil:
		return n.choices(choice[e.fn](e))
	case e.op == opCall && e.fn == "try":
		return n.pieces(e.args[0])
	case len(e.args) > 0 && (linearCall(e) || e.op == opCast):
		return n.crossed(e)
	}
	return []piece{{value: n.through(e)}}
}

// through puts what columns of subqueries are in their place, wherever e reads them.
func (n *normal) through(e *expr) *expr {
	if e.op == opColumn {
		if w := e.col.written(); w != nil {
			return elsewhere(w, e.at)
		}
		return e
	}
	return mapped(e, n.through)
}

// choices are the pieces of a CASE.
func (n *normal) choices(e *expr) (out []piece) {
	var before []*expr // that no earlier condition holds
	for i := 0; i+1 < len(e.args); i += 2 {
		when := n.through(e.args[i])
		for _, p := range n.pieces(e.args[i+1]) {
			out = append(out, piece{slices.Concat(before, conjuncts(plain(when)), p.conds), p.value})
		}
		before = append(before, untrue(n.spans, n.given, when))
		if len(out) > maxSubsets {
			return out
		}
	}
	for _, p := range n.pieces(e.args[len(e.args)-1]) {
		out = append(out, piece{slices.Concat(before, p.conds), p.value})
	}
	return out
}

// crossed are the pieces of an expression whose arguments have pieces.
func (n *normal) crossed(e *expr) []piece {
	out := []piece{{value: e}}
	for i, a := range e.args {
		var next []piece
		for _, sofar := range out {
			for _, p := range n.pieces(a) {
				q := piece{conds: slices.Concat(sofar.conds, p.conds)}
				if sofar.value != nil && p.value != nil {
					args := slices.Clone(sofar.value.args)
					args[i] = p.value
					q.value = sofar.value.with(args)
				}
				next = append(next, q)
			}
		}
		if out = next; len(out) > maxSubsets {
			return out
		}
	}
	return out
}

// untrue is the condition that another is false or NULL.
func untrue(sp *spanner, given assumed, e *expr) *expr {
	if e == nil {
		return &expr{op: opConst, typ: tBool, lit: literal{tBool, "false"}, size: 1}
	}
	if sp.of(e, given).null {
		e = call("coalesce", e, e, &expr{op: opConst, typ: tBool, lit: literal{tBool, "false"}, size: 1})
	}
	return negation(call("not", e, e))
}

// choice writes functions that choose between values as a CASE.
var choice = map[string]func(*expr) *expr{
	"nullif": func(e *expr) *expr { return caseOf(e, call("=", e, e.args...), null(), e.args[0]) },
	"coalesce": func(e *expr) *expr {
		var parts []*expr
		for _, a := range e.args[:len(e.args)-1] {
			parts = append(parts, call("is not null", a, a), a)
		}
		return caseOf(e, append(parts, e.args[len(e.args)-1])...)
	},
	"abs": func(e *expr) *expr {
		return caseOf(e, call("<", e, e.args[0], zeroOf(e)), negative(e.args[0]), e.args[0])
	},
	"sign": func(e *expr) *expr {
		x := e.args[0]
		return caseOf(e, call("<", e, x, zeroOf(x)), rational(whole64(-1)), call(">", e, x, zeroOf(x)), rational(whole64(1)),
			call("=", e, x, zeroOf(x)), zeroOf(x), null())
	},
	"least":    func(e *expr) *expr { return extremeOf(e, "<=") },
	"greatest": func(e *expr) *expr { return extremeOf(e, ">=") },
}

func caseOf(like *expr, args ...*expr) *expr {
	return &expr{op: opCase, typ: like.typ, at: like.at, args: args}
}

func zeroOf(like *expr) *expr { return elsewhere(rational(new(big.Rat)), like.at) }

func negative(e *expr) *expr {
	return &expr{op: opCall, fn: "-", typ: e.typ, args: []*expr{e}, at: e.at}
}

// truthNumber is a truth value as 1 or 0.
func truthNumber(e *expr) *expr {
	return &expr{op: opCase, typ: tInt, at: e.at, args: []*expr{e, rational(whole64(1)), call("not", e, e), rational(new(big.Rat)), null()}}
}

// extremeOf is the least or greatest of its arguments, of which the engine leaves out those that are NULL.
func extremeOf(e *expr, fn string) *expr {
	rest := e.args[len(e.args)-1]
	for i := len(e.args) - 2; i >= 0; i-- {
		a := e.args[i]
		rest = caseOf(e, call("or", e, call(fn, e, a, rest), call("and", e, call("is null", e, rest), call("is not null", e, a))), a, rest)
	}
	return rest
}

// linearCall reports whether a call is exact and linear in each argument, whatever the values: + − and products of numbers,
// quotients by constants, days between dates.
func linearCall(e *expr) bool {
	if e.op != opCall {
		return false
	}
	numbers := !slices.ContainsFunc(e.args, func(a *expr) bool { return !a.typ.numeric() && a.typ != tBool })
	switch e.fn {
	case "+", "-", "*":
		return numbers && e.typ.numeric()
	case "/":
		l, ok := e.args[1].constant()
		return numbers && ok && nonzero(l)
	}
	return false
}

// linearUse reports whether what an expression tells of its arguments is a linear function of them, so that adding it up is
// adding them up.
func linearUse(e *expr) bool {
	switch {
	case linearCall(e), e.op == opCall && e.fn == "try":
		return true
	case e.op == opCast:
		return e.args[0].typ.numeric() && e.typ.numeric() && !castFails(e.args[0].typ, e.typ) && (e.typ == tDouble || e.typ.scale >= e.args[0].typ.scale)
	case e.op == opCall && e.fn == "-", e.op == opCall && e.fn == "date_diff" && e.args[0].lit.text == "day":
		return !slices.ContainsFunc(e.args, func(a *expr) bool { return a.typ != tDate && a.op != opConst })
	}
	return false
}

// polynomial is a₀ + Σ aᵢ·(product of values).
type polynomial struct {
	constant *big.Rat
	terms    []term
}

type term struct {
	factor *big.Rat
	of     []*expr // in the order of what they are
}

func (t term) signature() string {
	var s []string
	for _, e := range t.of {
		s = append(s, e.signature())
	}
	return strings.Join(s, "*")
}

// polynomial multiplies an expression without conditions out.
func (n *normal) polynomial(e *expr) polynomial {
	if l, ok := e.constant(); ok {
		if v, ok := l.value(); ok {
			return polynomial{constant: v}
		}
	}
	switch {
	case e.op == opCast && linearUse(e) && !(e.args[0].typ == tDouble && e.typ != tDouble):
		return n.polynomial(e.args[0])
	case !linearCall(e):
		return polynomial{new(big.Rat), []term{{whole64(1), []*expr{e}}}}
	case len(e.args) == 1:
		p := n.polynomial(e.args[0])
		if e.fn == "-" {
			return p.times(polynomial{constant: whole64(-1)})
		}
		return p
	}
	a, b := n.polynomial(e.args[0]), n.polynomial(e.args[1])
	switch e.fn {
	case "+":
		return a.plus(b)
	case "-":
		return a.plus(b.times(polynomial{constant: whole64(-1)}))
	case "/":
		return a.times(polynomial{constant: new(big.Rat).Inv(b.constant)})
	}
	return a.times(b)
}

func (p polynomial) plus(o polynomial) polynomial {
	out := polynomial{new(big.Rat).Add(p.constant, o.constant), slices.Clone(p.terms)}
	for _, t := range o.terms {
		i := slices.IndexFunc(out.terms, func(k term) bool { return k.signature() == t.signature() })
		if i < 0 {
			out.terms = append(out.terms, t)
			continue
		}
		if sum := new(big.Rat).Add(out.terms[i].factor, t.factor); sum.Sign() != 0 {
			out.terms[i] = term{sum, t.of}
		} else {
			out.terms = slices.Delete(out.terms, i, i+1)
		}
	}
	return out
}

func (p polynomial) times(o polynomial) polynomial {
	out := polynomial{constant: new(big.Rat).Mul(p.constant, o.constant)}
	add := func(factor *big.Rat, of []*expr) {
		if factor.Sign() != 0 {
			of = slices.Clone(of)
			slices.SortStableFunc(of, func(a, b *expr) int { return compareText(a.signature(), b.signature()) })
			out = out.plus(polynomial{new(big.Rat), []term{{factor, of}}})
		}
	}
	for _, t := range p.terms {
		add(new(big.Rat).Mul(t.factor, o.constant), t.of)
		for _, u := range o.terms {
			add(new(big.Rat).Mul(t.factor, u.factor), slices.Concat(t.of, u.of))
		}
	}
	for _, u := range o.terms {
		add(new(big.Rat).Mul(u.factor, p.constant), u.of)
	}
	return out
}

// measured is one measure of a polynomial: a constant times terms that are added up as one.
type measured struct {
	factor *big.Rat
	terms  []term
}

// bare is the column, or function of one, that a measure is as it stands; nil for others.
func (m measured) bare() *expr {
	if len(m.terms) == 1 && len(m.terms[0].of) == 1 {
		return m.terms[0].of[0]
	}
	return nil
}

// measures are what a polynomial adds up. Columns that stand by themselves are one measure together, since a difference of two
// columns means something of its own; a product, and a function of a column, is a measure each.
func (p polynomial) measures() (out []measured) {
	var columns []term
	for _, t := range p.terms {
		if len(t.of) == 1 && t.of[0].op == opColumn {
			columns = append(columns, t)
		} else {
			out = append(out, measured{t.factor, []term{{whole64(1), t.of}}})
		}
	}
	if len(columns) == 0 {
		return out
	}
	slices.SortStableFunc(columns, func(a, b term) int { return compareText(a.signature(), b.signature()) })
	first := columns[0].factor
	for i, t := range columns {
		columns[i].factor = new(big.Rat).Quo(t.factor, first)
	}
	return append([]measured{{first, columns}}, out...)
}

// written is what a column of a subquery is, over columns of the subquery that are what they are; nil for such a column, and
// for one of a union.
func (c *column) written() *expr {
	if c.def == nil || c.alts != nil || c.rel.inner == nil {
		return nil
	}
	e := throughColumns(c.def)
	switch e.op {
	case opColumn, opKey, opAgg, opWindow:
		return nil
	}
	return c.rel.lifted(e)
}

func throughColumns(e *expr) *expr {
	if e.op == opColumn {
		if w := e.col.written(); w != nil {
			return w
		}
		return e
	}
	return mapped(e, throughColumns)
}

// lifted writes an expression of a subquery over columns of the subquery, which are added where there are none.
func (r *relation) lifted(e *expr) *expr {
	switch e.op {
	case opColumn, opKey, opAgg, opWindow:
		return columnExpr(r.hide(e), e.at)
	}
	return mapped(e, func(a *expr) *expr { return r.lifted(a) })
}
