package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// What is added up may be any function of a column that its grant lets rows be filtered by, but not one that an analyst
// can shape: avg(length(replace(key, 'hers', 'a very long text'))) is the same for everybody else, and sums of such
// functions can be made to differ for one person alone, while each two of them differ for many.

// smooth are the functions that may be added up besides columns and their products, of a column or, the first, of what
// is linear in columns.
var smooth = map[string]bool{"sqrt": true, "ln": true, "log10": true, "log2": true, "power": true, "/": true,
	"exp":   true,
	"round": false, "floor": false, "ceil": false, "trunc": false, "//": false, "length": false, "strlen": false,
	"epoch": false, "date_part": false, "date_diff": false, "date_sub": false}

// shaped returns a part of e, a value without conditions, that is no such function; nil where there is none.
func shaped(e *plan.Expr) *plan.Expr {
	switch {
	case plan.Bare(e):
		return nil
	case plan.LinearUse(e) || e.Op == plan.OpCast && plan.Bare(e.Args[0]):
		return firstOf(e.Args, shaped)
	case e.Op != plan.OpCall:
		return e
	}
	of, listed := smooth[e.Fn]
	switch {
	case !listed:
		return e
	case e.Fn == "/" && !monomial(e.Args[1]): // 1 / (x - c) stands out where x is c
		return e
	case e.Fn == "/":
		return firstOf(e.Args[:1], polynomialOrNot(e))
	case e.Fn == "exp" && !tame(e.Args[0]): // exp(c * x) is the largest x alone
		return e
	case of:
		return firstOf(e.Args, polynomialOrNot(e))
	}
	if slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !plan.Bare(a) && !scaledColumn(a) }) {
		return e
	}
	return nil
}

// polynomialOrNot returns e for arguments that are no polynomials of columns.
func polynomialOrNot(e *plan.Expr) func(*plan.Expr) *plan.Expr {
	return func(a *plan.Expr) *plan.Expr {
		if shaped(a) != nil || !plan.PolynomialOf(a) {
			return e
		}
		return nil
	}
}

// monomial reports whether e is a product of columns and constants, none of which takes it out of reach for some
// values.
func monomial(e *plan.Expr) bool {
	if e.Op == plan.OpCast {
		return plan.LinearUse(e) && monomial(e.Args[0])
	}
	if l, ok := e.Constant(); ok {
		v, known := l.Value()
		million := interval.Pow10(6)
		return known && v.Sign() != 0 && v.Abs(v).Cmp(million) <= 0 && v.Cmp(million.Inv(million)) >= 0
	}
	product := plan.LinearCall(e) && (e.Fn == "*" || e.Fn == "/")
	return plan.Bare(e) || product && !slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !monomial(a) })
}

// maxExponent is up to where the exponential of a column is added up.
const maxExponent = 20

// tame reports whether e is a column or its opposite, between bounds that its exponential leaves in reach of each
// other.
func tame(e *plan.Expr) bool {
	s := interval.NewFinder().Of(e, nil)
	return plan.Bare(e) && s.Bounded() && s.Abs().Hi.Cmp(plan.Whole(maxExponent)) <= 0
}

func firstOf(args []*plan.Expr, of func(*plan.Expr) *plan.Expr) *plan.Expr {
	for _, a := range args {
		if found := of(a); found != nil {
			return found
		}
	}
	return nil
}

// scaledColumn reports whether e is a column times or through a constant, or plus one.
func scaledColumn(e *plan.Expr) bool {
	return plan.PolynomialOf(e) && len(e.Args) == 2 && plan.Bare(e.Args[0]) && plan.Bare(e.Args[1]) &&
		(e.Args[0].Op == plan.OpConst || e.Args[1].Op == plan.OpConst || e.Fn == "-")
}

// refuseShaped refuses an aggregate over values that an analyst can shape.
func (n *normal) refuseShaped(g *plan.Aggregate) *plan.Expr {
	n.AddFix("aggregate.shaped", g.At,
		yumen.Say("%s runs over a value that is computed in several steps, from text, or too large or NULL for some: it could be made to differ for one person alone", "%s 作用于经多步计算、由文本得出、或对部分行过大或为 NULL 的值：它可能只对一个人不同", g.Fn),
		yumen.Say("write the condition out, as %s(x) FILTER (WHERE …), and compute with the aggregates",
			"请写明条件，如 %s(x) FILTER (WHERE …)，并用聚合结果计算", g.Fn))
	return plan.BadExpr(g.At)
}

// maxMagnitude bounds what arithmetic on a person's rows may make: beyond it whole numbers overflow and doubles swallow
// digits, and both tell values apart.
var maxMagnitude = interval.Pow10(15)

// deep looks for shaped values below e: in what subqueries by units add up or group by, and in the sides of unions.
// There nothing is taken apart by its conditions, so only CASE and truth values may hold any, whose branches are
// counted.
func (n *normal) deep(e *plan.Expr, keys []*plan.Expr, seen map[*plan.Column]bool) (found *plan.Expr) {
	e.Walk(func(x *plan.Expr) bool {
		switch {
		case found != nil:
		case x.Op == plan.OpKey:
			found = n.inner(keys[x.Key])
			if found == nil {
				found = n.deep(keys[x.Key], nil, seen)
			}
		case x.Op == plan.OpAgg && x.Aggregate.Arg != nil:
			found = n.inner(x.Aggregate.Arg)
		case x.Op == plan.OpWindow:
			found = firstOf(x.Args[:x.Window.Args], n.inner)
		case x.Op == plan.OpColumn && !seen[x.Column]:
			seen[x.Column] = true
			for _, s := range x.Column.Sides() {
				if s.Def == nil {
					continue
				}
				if x.Column.Alts != nil {
					found = n.inner(s.Def)
				}
				if found == nil {
					found = n.deep(s.Def, s.Relation.Inner.Keys, seen)
				}
				if found != nil {
					break
				}
			}
		}
		return found == nil
	})
	return found
}

// inner returns a part of what is added up person by person that is shaped, or that may be too large or NULL where
// another part is not.
func (n *normal) inner(e *plan.Expr) *plan.Expr {
	switch {
	case plan.Bare(e), e.Op == plan.OpKey, e.Op == plan.OpAgg, e.Type == plan.Bool, !e.Type.Numeric():
		return nil
	case e.Op == plan.OpCase:
		for i, a := range e.Args {
			if i%2 == 1 || i == len(e.Args)-1 {
				if found := n.inner(a); found != nil {
					return found
				}
			}
		}
		return nil
	case e.Op == plan.OpCall && e.Fn == "coalesce" && len(e.Args) == 2 && e.Args[1].Zero():
		return n.inner(e.Args[0])
	case plan.LinearUse(e):
		s := n.spans.Of(e, nil)
		if s.Bounded() && s.Abs().Hi.Cmp(maxMagnitude) > 0 || !s.Bounded() && weighty(e) || s.Null &&
			severalColumns(e) {
			return e
		}
		return firstOf(e.Args, n.inner)
	}
	return shaped(e)
}

// severalColumns reports whether e reads more than one value of a row: where one is NULL, so is what is made of all.
func severalColumns(e *plan.Expr) bool {
	read := map[string]bool{}
	e.Walk(func(x *plan.Expr) bool {
		if x.Op == plan.OpColumn || x.Op == plan.OpKey {
			read[x.Signature()] = true
		}
		return true
	})
	return len(read) > 1
}

// weighty reports whether a constant of more than a million stands beside values of which no bounds are known.
func weighty(e *plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		if l, ok := x.Constant(); ok {
			v, known := l.Value()
			found = found || known && v.Abs(v).Cmp(interval.Pow10(6)) > 0
		}
		return !found
	})
	return found
}
