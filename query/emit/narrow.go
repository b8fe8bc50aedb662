package emit

import (
	"math/big"

	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// maxShortDigits is how many digits a decimal of 64 bits has: the engine adds and compares those much faster than
// wider ones.
const maxShortDigits = 18

// narrowed holds an input to the digits that bounds of the catalog and conditions prove it to have. Where they were
// wrong it would be NULL, as what leaves its type is.
func (e groupEmitter) narrowed(guarded *plan.Expr, in cells.Input) *plan.Expr {
	if guarded == nil {
		return nil
	}
	t := guarded.Type
	if guarded.Op != plan.OpCast || t.Kind != plan.KindDecimal || t.Width <= maxShortDigits ||
		guarded.Args[0] != in.Arg {
		return guarded
	}
	n := narrower{interval.NewFinder(), interval.Assume(e.b.Where, in.Filter)}
	if d := n.digits(in.Arg, t.Scale); d > 0 && d <= maxShortDigits {
		return plan.CastTo(n.narrow(in.Arg), plan.Decimal(maxShortDigits, t.Scale))
	}
	return guarded
}

// narrower knows what values of expressions can be.
type narrower struct {
	*interval.Finder
	as interval.Assumed
}

// narrow casts whole numbers in sums and products to no more digits than they have.
func (n narrower) narrow(e *plan.Expr) *plan.Expr {
	switch {
	case e.Op == plan.OpCast && e.Type == plan.Decimal(19, 0) && e.Args[0].Type == plan.Int:
		if d := n.digits(e.Args[0], 0); d > 0 && d <= maxShortDigits {
			return plan.CastTo(e.Args[0], plan.Decimal(d, 0))
		}
	case e.Op == plan.OpCall && (e.Fn == "+" || e.Fn == "-" || e.Fn == "*"):
		out := *e
		out.Args = make([]*plan.Expr, len(e.Args))
		for i, a := range e.Args {
			out.Args[i] = n.narrow(a)
		}
		return &out
	}
	return e
}

// digits is how many a decimal needs that holds every value of e with so many of them behind the point; 0 where that
// is not known.
func (n narrower) digits(e *plan.Expr, scale int) int {
	s := n.Of(e, n.as)
	if !s.Bounded() {
		return 0
	}
	most := new(big.Rat).Abs(s.Lo)
	if hi := new(big.Rat).Abs(s.Hi); hi.Cmp(most) > 0 {
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
