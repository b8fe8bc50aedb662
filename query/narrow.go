package query

import "math/big"

// maxShortDigits is how many digits a decimal of 64 bits has: the engine adds and compares those much faster than
// wider ones.
const maxShortDigits = 18

// narrowed holds an input to the digits that bounds of the catalog and conditions prove it to have. Where they were
// wrong it would be NULL, as what leaves its type is.
func (e groupEmitter) narrowed(guarded *expr, in input) *expr {
	if guarded == nil {
		return nil
	}
	t := guarded.typ
	if guarded.op != opCast || t.kind != kDecimal || t.width <= maxShortDigits || guarded.args[0] != in.arg {
		return guarded
	}
	n := narrower{newSpanner(), assume(e.b.where, in.filter)}
	if d := n.digits(in.arg, t.scale); d > 0 && d <= maxShortDigits {
		return castTo(n.narrow(in.arg), tDecimal(maxShortDigits, t.scale))
	}
	return guarded
}

// narrower knows what values of expressions can be.
type narrower struct {
	*spanner
	as assumed
}

// narrow casts whole numbers in sums and products to no more digits than they have.
func (n narrower) narrow(e *expr) *expr {
	switch {
	case e.op == opCast && e.typ == tDecimal(19, 0) && e.args[0].typ == tInt:
		if d := n.digits(e.args[0], 0); d > 0 && d <= maxShortDigits {
			return castTo(e.args[0], tDecimal(d, 0))
		}
	case e.op == opCall && (e.fn == "+" || e.fn == "-" || e.fn == "*"):
		out := *e
		out.args = make([]*expr, len(e.args))
		for i, a := range e.args {
			out.args[i] = n.narrow(a)
		}
		return &out
	}
	return e
}

// digits is how many a decimal needs that holds every value of e with so many of them behind the point; 0 where that
// is not known.
func (n narrower) digits(e *expr, scale int) int {
	s := n.of(e, n.as)
	if !s.bounded() {
		return 0
	}
	most := new(big.Rat).Abs(s.lo)
	if hi := new(big.Rat).Abs(s.hi); hi.Cmp(most) > 0 {
		most = hi
	}
	digits, limit, ten := 1, big.NewRat(10, 1), big.NewRat(10, 1)
	for range scale {
		most.Mul(most, ten)
	}
	for ; most.Cmp(limit) >= 0 && digits <= maxShortDigits; digits++ {
		limit.Mul(limit, ten)
	}
	return digits
}
