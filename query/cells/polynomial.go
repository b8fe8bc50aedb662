package cells

import (
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// polynomial is a₀ + Σ aᵢ·(product of values).
type polynomial struct {
	constant *big.Rat
	terms    []term
}

type term struct {
	factor *big.Rat
	of     []*plan.Expr // in the order of what they are
}

func (t term) signature() string {
	var s []string
	for _, e := range t.of {
		s = append(s, e.Signature())
	}
	return strings.Join(s, "*")
}

// polynomial multiplies an expression without conditions out.
func (n *normal) polynomial(e *plan.Expr) polynomial {
	if l, ok := e.Constant(); ok {
		if v, ok := l.Value(); ok {
			return polynomial{constant: v}
		}
	}
	switch {
	case e.Op == plan.OpCast && plan.LinearUse(e) && !(e.Args[0].Type == plan.Double && e.Type != plan.Double):
		return n.polynomial(e.Args[0])
	case !plan.LinearCall(e):
		return polynomial{new(big.Rat), []term{{plan.Whole(1), []*plan.Expr{e}}}}
	case len(e.Args) == 1:
		p := n.polynomial(e.Args[0])
		if e.Fn == "-" {
			return p.times(polynomial{constant: plan.Whole(-1)})
		}
		return p
	}
	a, b := n.polynomial(e.Args[0]), n.polynomial(e.Args[1])
	switch e.Fn {
	case "+":
		return a.plus(b)
	case "-":
		return a.plus(b.times(polynomial{constant: plan.Whole(-1)}))
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
	add := func(factor *big.Rat, of []*plan.Expr) {
		if factor.Sign() != 0 {
			of = slices.Clone(of)
			slices.SortStableFunc(of, func(a, b *plan.Expr) int { return compareText(a.Signature(), b.Signature()) })
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
func (m measured) bare() *plan.Expr {
	if len(m.terms) == 1 && len(m.terms[0].of) == 1 {
		return m.terms[0].of[0]
	}
	return nil
}

// measures are what a polynomial adds up. Columns that stand by themselves are one measure together, since a difference
// of two columns means something of its own; a product, and a function of a column, is a measure each.
func (p polynomial) measures() (out []measured) {
	var columns []term
	for _, t := range p.terms {
		if len(t.of) == 1 && t.of[0].Op == plan.OpColumn {
			columns = append(columns, t)
		} else {
			out = append(out, measured{t.factor, []term{{plan.Whole(1), t.of}}})
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
