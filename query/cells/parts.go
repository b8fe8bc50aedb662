package cells

import (
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

// piece is what an argument is on some of the rows: those where all conditions hold. The pieces of an argument exclude
// each other and leave no row out. A nil value is NULL.
type piece struct {
	conds []*plan.Expr
	value *plan.Expr
}

// pieces takes an argument apart by the conditions in it.
func (n *normal) pieces(e *plan.Expr) []piece {
	switch {
	case plan.IsNull(e):
		return []piece{{}}
	case e.Op == plan.OpColumn && e.Column.Written() != nil:
		return n.pieces(plan.Elsewhere(e.Column.Written(), e.At))
	case e.Type == plan.Bool:
		return n.choices(truthNumber(e))
	case e.Op == plan.OpCase:
		return n.choices(e)
	case e.Op == plan.OpCast && e.Args[0].Type == plan.Bool:
		return n.pieces(e.Args[0])
	case e.Op == plan.OpCall && choice[e.Fn] != nil:
		return n.choices(choice[e.Fn](e))
	case e.Op == plan.OpCall && e.Fn == "try":
		return n.pieces(e.Args[0])
	case len(e.Args) > 0 && (plan.LinearCall(e) || e.Op == plan.OpCast):
		return n.crossed(e)
	}
	return []piece{{value: n.through(e)}}
}

// occurring leaves out the pieces that no row can be in, by catalog and text: figures over them would be known to be of
// nobody, and be suppressed.
func (n *normal) occurring(pieces []piece) []piece {
	out := slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool {
		return p.conds != nil && excluded(slices.Concat(p.conds, n.b.Where), n.spans)
	})
	if len(out) == 0 {
		return pieces
	}
	return out
}

// through puts what columns of subqueries are in their place, wherever e reads them.
func (n *normal) through(e *plan.Expr) *plan.Expr {
	if e.Op == plan.OpColumn {
		if w := e.Column.Written(); w != nil {
			return plan.Elsewhere(w, e.At)
		}
		return e
	}
	return plan.Mapped(e, n.through)
}

// choices are the pieces of a CASE.
func (n *normal) choices(e *plan.Expr) (out []piece) {
	var before []*plan.Expr // that no earlier condition holds
	for i := 0; i+1 < len(e.Args); i += 2 {
		when := n.through(e.Args[i])
		for _, p := range n.pieces(e.Args[i+1]) {
			out = append(out, piece{slices.Concat(before, plan.Conjuncts(plan.Plain(when)), p.conds), p.value})
		}
		before = append(before, untrue(n.spans, n.given, when))
		if len(out) > maxSubsets {
			return out
		}
	}
	for _, p := range n.pieces(e.Args[len(e.Args)-1]) {
		out = append(out, piece{slices.Concat(before, p.conds), p.value})
	}
	return out
}

// crossed are the pieces of an expression whose arguments have pieces.
func (n *normal) crossed(e *plan.Expr) []piece {
	out := []piece{{value: e}}
	for i, a := range e.Args {
		var next []piece
		for _, sofar := range out {
			for _, p := range n.pieces(a) {
				q := piece{conds: slices.Concat(sofar.conds, p.conds)}
				if sofar.value != nil && p.value != nil {
					args := slices.Clone(sofar.value.Args)
					args[i] = p.value
					q.value = sofar.value.With(args)
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
func untrue(sp *interval.Finder, given interval.Assumed, e *plan.Expr) *plan.Expr {
	if e == nil {
		return &plan.Expr{Op: plan.OpConst, Type: plan.Bool, Literal: plan.Literal{Type: plan.Bool, Text: "false"},
			Size: 1}
	}
	if sp.Of(e, given).Null {
		e = plan.Call("coalesce", e, e,
			&plan.Expr{Op: plan.OpConst, Type: plan.Bool, Literal: plan.Literal{Type: plan.Bool, Text: "false"},
				Size: 1})
	}
	return plan.Negation(plan.Call("not", e, e))
}

// choice writes functions that choose between values as a CASE.
var choice = map[string]func(*plan.Expr) *plan.Expr{
	"nullif": func(e *plan.Expr) *plan.Expr {
		return caseOf(e, plan.Call("=", e, e.Args...), plan.NullConst(), e.Args[0])
	},
	"coalesce": func(e *plan.Expr) *plan.Expr {
		var parts []*plan.Expr
		for _, a := range e.Args[:len(e.Args)-1] {
			parts = append(parts, plan.Call("is not null", a, a), a)
		}
		return caseOf(e, append(parts, e.Args[len(e.Args)-1])...)
	},
	"abs": func(e *plan.Expr) *plan.Expr {
		return caseOf(e, plan.Call("<", e, e.Args[0], zeroOf(e)), negative(e.Args[0]), e.Args[0])
	},
	"sign": func(e *plan.Expr) *plan.Expr {
		x := e.Args[0]
		return caseOf(e, plan.Call("<", e, x, zeroOf(x)), rational(plan.Whole(-1)), plan.Call(">", e, x, zeroOf(x)),
			rational(plan.Whole(1)),
			plan.Call("=", e, x, zeroOf(x)), zeroOf(x), plan.NullConst())
	},
	"least":    func(e *plan.Expr) *plan.Expr { return extremeOf(e, "<=") },
	"greatest": func(e *plan.Expr) *plan.Expr { return extremeOf(e, ">=") },
}

func caseOf(like *plan.Expr, args ...*plan.Expr) *plan.Expr {
	return &plan.Expr{Op: plan.OpCase, Type: like.Type, At: like.At, Args: args}
}

func zeroOf(like *plan.Expr) *plan.Expr { return plan.Elsewhere(rational(new(big.Rat)), like.At) }

func negative(e *plan.Expr) *plan.Expr {
	return &plan.Expr{Op: plan.OpCall, Fn: "-", Type: e.Type, Args: []*plan.Expr{e}, At: e.At}
}

// truthNumber is a truth value as 1 or 0.
func truthNumber(e *plan.Expr) *plan.Expr {
	return &plan.Expr{Op: plan.OpCase, Type: plan.Int, At: e.At,
		Args: []*plan.Expr{e, rational(plan.Whole(1)), plan.Call("not", e, e), rational(new(big.Rat)),
			plan.NullConst()}}
}

// extremeOf is the least or greatest of its arguments, of which the engine leaves out those that are NULL.
func extremeOf(e *plan.Expr, fn string) *plan.Expr {
	rest := e.Args[len(e.Args)-1]
	for i := len(e.Args) - 2; i >= 0; i-- {
		a := e.Args[i]
		rest = caseOf(e, plan.Call("or", e, plan.Call(fn, e, a, rest),
			plan.Call("and", e, plan.Call("is null", e, rest), plan.Call("is not null", e, a))), a, rest)
	}
	return rest
}
