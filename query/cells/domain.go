package cells

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// Bounds on the values of one key: those that follow from an interval alone, and those that are tried one by one.
const (
	maxDomain = 1000
	maxPoints = 5000
)

// domain finds the values that a key can take from the catalog and the text.
func (p *Question) domain(e *plan.Expr) domain {
	points, ok := p.points(e)
	if !ok {
		return domain{}
	}
	points = slices.DeleteFunc(points, func(v interval.Point) bool { return v.Null }) // whether it can be is for the span to say
	s := p.spans.Of(e, p.given)
	d := domain{null: s.Null, known: true}
	if e.Op != plan.OpColumn || e.Column.Base == nil { // a declared domain has an order of its own
		slices.SortFunc(points, interval.Point.Compare)
	}
	for _, v := range points {
		text, ok := v.Written()
		if !ok {
			return domain{}
		}
		if p.passes(e, v) && !slices.Contains(d.values, text) {
			d.values = append(d.values, text)
		}
	}
	return d
}

// passes reports whether a value of a key meets the conditions of WHERE that compare it with constants.
func (p *Question) passes(e *plan.Expr, v interval.Point) bool {
	for _, c := range p.Reading.Conds {
		if c.Op == plan.OpCall && slices.Contains([]string{"=", "<>", "in", "not in"}, c.Fn) &&
			c.Args[0].Signature() == e.Signature() {
			equal := false
			for _, a := range c.Args[1:] {
				of, ok := interval.PointOf(a.Literal, v.Type)
				if a.Op != plan.OpConst || !ok {
					return true
				}
				equal = equal || of.Compare(v) == 0
			}
			if equal != (c.Fn == "=" || c.Fn == "in") {
				return false
			}
		}
	}
	s, ok := p.given[e.Signature()]
	if !ok || v.Number == nil {
		return true
	}
	return (s.Lo == nil || v.Number.Cmp(s.Lo) >= 0) && (s.Hi == nil || v.Number.Cmp(s.Hi) <= 0)
}

// points lists the values that an expression can take, and more perhaps, but none twice; ok is false where they are not
// known or too many. NULL is among them only where working out gives it.
func (p *Question) points(e *plan.Expr) (out []interval.Point, ok bool) {
	switch {
	case e.Op == plan.OpConst:
		return p.constant(e)
	case e.Type == plan.Bool:
		return []interval.Point{interval.ExactPoint(plan.Bool, new(big.Rat)),
			interval.ExactPoint(plan.Bool, plan.Whole(1))}, true
	case e.Op == plan.OpColumn && e.Column.Base != nil && len(e.Column.Base.Domain) > 0 && e.Column.Unit == nil:
		return declared(e.Column.Base, e.Type)
	case e.Op == plan.OpColumn && e.Column.Relation.Groups != nil && e.Column.Def.Op == plan.OpKey:
		if inner := e.Column.Relation.Groups.Keys[e.Column.Def.Key]; inner.Op != plan.OpColumn ||
			inner.Column.Unit == nil {
			if out, ok := p.points(inner); ok {
				return out, true
			}
		}
	case e.Op == plan.OpColumn && e.Column.Relation.Union != nil:
		var sides []*plan.Expr
		for _, side := range e.Column.Relation.Union.Sides {
			sides = append(sides, side.Cols[e.Column.Number])
		}
		if out, ok := p.together(sides, e.Type); ok {
			return out, true
		}
	case e.Op == plan.OpCase:
		return p.branches(e)
	case e.Op == plan.OpCall && e.Fn == "coalesce":
		return p.together(e.Args, e.Type)
	case e.Op == plan.OpCall && steps(e) != nil:
		return p.steps(e)
	case e.Op == plan.OpCall || e.Op == plan.OpCast:
		if out, ok := p.computed(e); ok {
			return out, true
		}
	}
	return p.ranged(e)
}

func (p *Question) constant(e *plan.Expr) ([]interval.Point, bool) {
	if e.Type.Kind == plan.KindNull {
		return []interval.Point{{Type: e.Type, Null: true}}, true
	}
	v, ok := interval.PointOf(e.Literal, e.Type)
	return []interval.Point{v}, ok
}

func declared(c *yumen.Column, t plan.Type) (out []interval.Point, ok bool) {
	for _, text := range c.Domain {
		v, ok := interval.PointOf(plan.Literal{Type: plan.Text, Text: text}, t)
		if !ok || len(out) == maxPoints {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func (p *Question) branches(e *plan.Expr) ([]interval.Point, bool) {
	var results []*plan.Expr
	for i := 1; i < len(e.Args); i += 2 {
		results = append(results, e.Args[i])
	}
	return p.together(append(results, e.Args[len(e.Args)-1]), e.Type)
}

// together lists the values of several expressions as those of one type.
func (p *Question) together(es []*plan.Expr, t plan.Type) (out []interval.Point, ok bool) {
	for _, e := range es {
		more, ok := p.points(e)
		if !ok {
			return nil, false
		}
		for _, v := range more {
			if v, ok = v.Cast(t); !ok {
				return nil, false
			}
			out = append(out, v)
		}
	}
	return distinct(out)
}

func distinct(all []interval.Point) ([]interval.Point, bool) {
	var out []interval.Point
	for _, v := range all {
		if !slices.ContainsFunc(out,
			func(o interval.Point) bool { return o.Null == v.Null && (o.Null || o.Compare(v) == 0) }) {
			out = append(out, v)
		}
		if len(out) > maxDomain {
			return nil, false
		}
	}
	return out, true
}

// computed works e out for every combination of values of its arguments.
func (p *Question) computed(e *plan.Expr) ([]interval.Point, bool) {
	args := make([][]interval.Point, len(e.Args))
	n := 1
	for i, a := range e.Args {
		var ok bool
		if args[i], ok = p.points(a); !ok || len(args[i]) == 0 || n > maxPoints/len(args[i]) {
			return nil, false
		}
		n *= len(args[i])
	}
	seen := map[string]bool{}
	var out []interval.Point
	for i := range n {
		given := make([]interval.Point, len(args))
		for j, rest := 0, i; j < len(args); j++ {
			given[j] = args[j][rest%len(args[j])]
			rest /= len(args[j])
		}
		v, ok := interval.Apply(e, given)
		if !ok {
			return nil, false
		}
		text := "NULL"
		if !v.Null {
			if text, ok = v.Written(); !ok {
				return nil, false
			}
		}
		if !seen[text] {
			seen[text] = true
			out = append(out, v)
		}
	}
	if len(out) > maxDomain {
		return nil, false
	}
	return out, true
}

// ranged lists whole numbers, whole doubles, days and beginnings of parts of the calendar from an interval.
func (p *Question) ranged(e *plan.Expr) ([]interval.Point, bool) {
	s := p.spans.Of(e, p.given)
	wholeDouble := e.Op == plan.OpCall && (e.Fn == "floor" || e.Fn == "ceil" || e.Fn == "round") && len(e.Args) == 1
	switch {
	case e.Op == plan.OpCall && e.Fn == "date_trunc":
		return p.calendar(e)
	case !s.Bounded():
		return nil, false
	case e.Type.Kind == plan.KindInt || e.Type == plan.Date || wholeDouble:
		return progression(e.Type, interval.CeilOf(s.Lo), s.Hi, plan.Whole(1))
	}
	return nil, false
}

func progression(t plan.Type, from, to, step *big.Rat) ([]interval.Point, bool) {
	n := new(big.Rat).Quo(new(big.Rat).Sub(to, from), step)
	if n.Cmp(plan.Whole(maxDomain)) >= 0 {
		return nil, false
	}
	var out []interval.Point
	for v := from; v.Cmp(to) <= 0; v = new(big.Rat).Add(v, step) {
		out = append(out, interval.ExactPoint(t, v))
	}
	return out, true
}

// steps returns what x - x % w is cut from, for whole numbers and a constant w, or nil.
func steps(e *plan.Expr) *plan.Expr {
	if e.Fn != "-" || e.Type.Kind != plan.KindInt {
		return nil
	}
	x, w, ok := interval.WidthOf(e)
	if !ok || w != float64(int64(w)) {
		return nil
	}
	return x
}

func (p *Question) steps(e *plan.Expr) ([]interval.Point, bool) {
	x := steps(e)
	w, _ := e.Args[1].Args[1].Literal.Value()
	s := p.spans.Of(x, p.given)
	if !s.Bounded() || w == nil || w.Sign() <= 0 {
		return nil, false
	}
	multiple := func(r *big.Rat) *big.Rat { // towards 0, as the engine's remainder goes
		q := new(big.Rat).Quo(r, w)
		if q.Sign() < 0 {
			return new(big.Rat).Mul(interval.CeilOf(q), w)
		}
		return new(big.Rat).Mul(interval.FloorOf(q), w)
	}
	return progression(plan.Int, multiple(s.Lo), multiple(s.Hi), w)
}

// calendar lists the beginnings of the parts of the calendar that a bounded date can lie in.
func (p *Question) calendar(e *plan.Expr) ([]interval.Point, bool) {
	s := p.spans.Of(e.Args[1], p.given)
	lo, ok1 := interval.TimeOf(s.Lo, e.Args[1].Type)
	hi, ok2 := interval.TimeOf(s.Hi, e.Args[1].Type)
	part := e.Args[0].Literal.Text
	months, days := map[string]int{"month": 1, "quarter": 3, "year": 12}[part],
		map[string]int{"day": 1, "week": 7}[part]
	if !ok1 || !ok2 || months+days == 0 || lo.Year() < 1 || hi.Year() > 9999 {
		return nil, false
	}
	var out []interval.Point
	for at, _ := interval.Beginning(part, lo); !at.After(hi); at = at.AddDate(0, months, days) {
		if out = append(out, interval.ExactPoint(plan.Timestamp, plan.Whole(at.UnixMicro()))); len(out) > maxDomain {
			return nil, false
		}
	}
	return out, true
}
