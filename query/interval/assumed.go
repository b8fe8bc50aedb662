package interval

import (
	"math/big"

	"github.com/yumen-data/yumen/query/plan"
)

// Assumed is what conditions that every row has met say about expressions, by signature.
type Assumed map[string]Span

// Assume reads conditions of the forms x < constant, x BETWEEN …, x IN (…) and x IS NOT NULL. What they say comes from
// the text, never from data.
func Assume(conds []*plan.Expr, more ...*plan.Expr) Assumed {
	out := Assumed{}
	for _, c := range conds {
		out.take(c)
	}
	for _, m := range more {
		if m != nil {
			for _, c := range plan.Conjuncts(m) {
				out.take(c)
			}
		}
	}
	return out
}

// And adds what another condition says.
func (as Assumed) And(e *plan.Expr) Assumed {
	out := Assumed{}
	for k, v := range as {
		out[k] = v
	}
	for _, c := range plan.Conjuncts(e) {
		out.take(c)
	}
	return out
}

func (as Assumed) take(c *plan.Expr) {
	if c.Op == plan.OpColumn && c.Type == plan.Bool {
		as.learn(c, Exactly(1, 1))
		return
	}
	if c.Op != plan.OpCall {
		return
	}
	switch c.Fn {
	case "=", "<", "<=", ">", ">=":
		as.compare(c.Fn, c.Args[0], c.Args[1])
		as.compare(flipped[c.Fn], c.Args[1], c.Args[0])
	case "between":
		as.compare(">=", c.Args[0], c.Args[1])
		as.compare("<=", c.Args[0], c.Args[2])
	case "in":
		as.among(c.Args[0], c.Args[1:])
	case "is not null":
		as.learn(c.Args[0], Span{})
	}
}

var flipped = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (as Assumed) compare(fn string, x, constant *plan.Expr) {
	if _, ok := Fixed(x); ok {
		return
	}
	v, ok := Fixed(constant)
	switch {
	case !ok:
		return
	case v == nil:
		as.learn(x, Span{}) // of texts it is known that they are not NULL
		return
	}
	step := new(big.Rat)
	if x.Type.Kind == plan.KindInt || x.Type.Temporal() {
		step = plan.Whole(1)
	}
	switch fn {
	case "=":
		as.learn(x, Span{Lo: v, Hi: v})
	case "<":
		as.learn(x, Span{Hi: beyond(v, step, -1)})
	case "<=":
		as.learn(x, Span{Hi: v})
	case ">":
		as.learn(x, Span{Lo: beyond(v, step, 1)})
	case ">=":
		as.learn(x, Span{Lo: v})
	}
}

// Fixed returns the number that a constant, its negative or its cast to a wider type stands for, and whether e is such
// a constant. It is nil for a text.
func Fixed(e *plan.Expr) (*big.Rat, bool) {
	switch {
	case e.Op == plan.OpConst && e.Type.Kind == plan.KindText:
		return nil, true
	case e.Op == plan.OpConst:
		return e.Literal.Value()
	case e.Op == plan.OpCall && e.Fn == "-" && len(e.Args) == 1:
		v, ok := Fixed(e.Args[0])
		return negate(v), ok && v != nil
	case e.Op == plan.OpCast && e.Type == plan.Double && e.Args[0].Type.Numeric():
		v, ok := Fixed(e.Args[0])
		v = plan.NearestDouble(v)
		return v, ok && v != nil
	case e.Op == plan.OpCast && e.Type == plan.Timestamp && e.Args[0].Type == plan.Date:
		v, ok := Fixed(e.Args[0])
		if !ok || v == nil {
			return nil, false
		}
		return new(big.Rat).Mul(v, plan.Whole(dayMicros)), true
	}
	return nil, false
}

// beyond is the end of a strict comparison: for whole numbers the next one.
func beyond(v, step *big.Rat, direction int64) *big.Rat {
	if step.Sign() == 0 || !v.IsInt() {
		return v
	}
	return new(big.Rat).Add(v, new(big.Rat).Mul(step, plan.Whole(direction)))
}

func (as Assumed) among(x *plan.Expr, list []*plan.Expr) {
	s := Span{}
	for i, e := range list {
		v, ok := Fixed(e)
		switch {
		case !ok:
			return
		case v == nil || i > 0 && s.Lo == nil:
			s = Span{}
		case i == 0:
			s = Span{Lo: v, Hi: v}
		default:
			s = s.join(Span{Lo: v, Hi: v})
		}
	}
	as.learn(x, s)
}

func (as Assumed) learn(x *plan.Expr, s Span) {
	if known, ok := as[x.Signature()]; ok {
		s = known.within(s)
	}
	as[x.Signature()] = s
}
