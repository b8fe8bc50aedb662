package query

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// Bounds on the values of one key: those that follow from an interval alone, and those that are tried one by one.
const (
	maxDomain = 1000
	maxPoints = 5000
)

// domain finds the values that a key can take from the catalog and the text.
func (p *private) domain(e *expr) domain {
	points, ok := p.points(e)
	if !ok {
		return domain{}
	}
	points = slices.DeleteFunc(points, func(v point) bool { return v.null }) // whether it can be is for the span to say
	s := p.spans.of(e, p.given)
	d := domain{null: s.null, known: true}
	if e.op != opColumn || e.col.base == nil { // a declared domain has an order of its own
		slices.SortFunc(points, point.compare)
	}
	for _, v := range points {
		text, ok := v.written()
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
func (p *private) passes(e *expr, v point) bool {
	for _, c := range p.src.conds {
		if c.op == opCall && slices.Contains([]string{"=", "<>", "in", "not in"}, c.fn) && c.args[0].signature() == e.signature() {
			equal := false
			for _, a := range c.args[1:] {
				of, ok := pointOf(a.lit, v.typ)
				if a.op != opConst || !ok {
					return true
				}
				equal = equal || of.compare(v) == 0
			}
			if equal != (c.fn == "=" || c.fn == "in") {
				return false
			}
		}
	}
	s, ok := p.given[e.signature()]
	if !ok || v.num == nil {
		return true
	}
	return (s.lo == nil || v.num.Cmp(s.lo) >= 0) && (s.hi == nil || v.num.Cmp(s.hi) <= 0)
}

func (p point) compare(o point) int {
	switch {
	case p.num != nil && o.num != nil:
		return p.num.Cmp(o.num)
	case p.typ == tDouble:
		return cmp.Compare(p.dbl, o.dbl)
	}
	return strings.Compare(p.txt, o.txt)
}

// points lists the values that an expression can take, and more perhaps, but none twice; ok is false where they are not known
// or too many. NULL is among them only where working out gives it.
func (p *private) points(e *expr) (out []point, ok bool) {
	switch {
	case e.op == opConst:
		return p.constant(e)
	case e.typ == tBool:
		return []point{exactPoint(tBool, new(big.Rat)), exactPoint(tBool, whole64(1))}, true
	case e.op == opColumn && e.col.base != nil && len(e.col.base.Domain) > 0 && e.col.unit == nil:
		return declared(e.col.base, e.typ)
	case e.op == opColumn && e.col.rel.groups != nil && e.col.def.op == opKey:
		if inner := e.col.rel.groups.keys[e.col.def.key]; inner.op != opColumn || inner.col.unit == nil {
			if out, ok := p.points(inner); ok {
				return out, true
			}
		}
	case e.op == opColumn && e.col.rel.union != nil:
		var sides []*expr
		for _, side := range e.col.rel.union.sides {
			sides = append(sides, side.cols[e.col.n])
		}
		if out, ok := p.together(sides, e.typ); ok {
			return out, true
		}
	case e.op == opCase:
		return p.branches(e)
	case e.op == opCall && e.fn == "coalesce":
		return p.together(e.args, e.typ)
	case e.op == opCall && steps(e) != nil:
		return p.steps(e)
	case e.op == opCall || e.op == opCast:
		if out, ok := p.computed(e); ok {
			return out, true
		}
	}
	return p.ranged(e)
}

func (p *private) constant(e *expr) ([]point, bool) {
	if e.typ.kind == kNull {
		return []point{{typ: e.typ, null: true}}, true
	}
	v, ok := pointOf(e.lit, e.typ)
	return []point{v}, ok
}

func declared(c *yumen.Column, t sqlType) (out []point, ok bool) {
	for _, text := range c.Domain {
		v, ok := pointOf(literal{tText, text}, t)
		if !ok || len(out) == maxPoints {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func (p *private) branches(e *expr) ([]point, bool) {
	var results []*expr
	for i := 1; i < len(e.args); i += 2 {
		results = append(results, e.args[i])
	}
	return p.together(append(results, e.args[len(e.args)-1]), e.typ)
}

// together lists the values of several expressions as those of one type.
func (p *private) together(es []*expr, t sqlType) (out []point, ok bool) {
	for _, e := range es {
		more, ok := p.points(e)
		if !ok {
			return nil, false
		}
		for _, v := range more {
			if v, ok = v.cast(t); !ok {
				return nil, false
			}
			out = append(out, v)
		}
	}
	return distinct(out)
}

func distinct(all []point) ([]point, bool) {
	var out []point
	for _, v := range all {
		if !slices.ContainsFunc(out, func(o point) bool { return o.null == v.null && (o.null || o.compare(v) == 0) }) {
			out = append(out, v)
		}
		if len(out) > maxDomain {
			return nil, false
		}
	}
	return out, true
}

// computed works e out for every combination of values of its arguments.
func (p *private) computed(e *expr) ([]point, bool) {
	args := make([][]point, len(e.args))
	n := 1
	for i, a := range e.args {
		var ok bool
		if args[i], ok = p.points(a); !ok || len(args[i]) == 0 || n > maxPoints/len(args[i]) {
			return nil, false
		}
		n *= len(args[i])
	}
	seen := map[string]bool{}
	var out []point
	for i := range n {
		given := make([]point, len(args))
		for j, rest := 0, i; j < len(args); j++ {
			given[j] = args[j][rest%len(args[j])]
			rest /= len(args[j])
		}
		v, ok := e.apply(given)
		if !ok {
			return nil, false
		}
		text := "NULL"
		if !v.null {
			if text, ok = v.written(); !ok {
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
func (p *private) ranged(e *expr) ([]point, bool) {
	s := p.spans.of(e, p.given)
	wholeDouble := e.op == opCall && (e.fn == "floor" || e.fn == "ceil" || e.fn == "round") && len(e.args) == 1
	switch {
	case e.op == opCall && e.fn == "date_trunc":
		return p.calendar(e)
	case !s.bounded():
		return nil, false
	case e.typ.kind == kInt || e.typ == tDate || wholeDouble:
		return progression(e.typ, ceilOf(s.lo), s.hi, whole64(1))
	}
	return nil, false
}

func progression(t sqlType, from, to, step *big.Rat) ([]point, bool) {
	n := new(big.Rat).Quo(new(big.Rat).Sub(to, from), step)
	if n.Cmp(whole64(maxDomain)) >= 0 {
		return nil, false
	}
	var out []point
	for v := from; v.Cmp(to) <= 0; v = new(big.Rat).Add(v, step) {
		out = append(out, exactPoint(t, v))
	}
	return out, true
}

// steps returns what x - x % w is cut from, for whole numbers and a constant w, or nil.
func steps(e *expr) *expr {
	if e.fn != "-" || e.typ.kind != kInt {
		return nil
	}
	x, w, ok := interval(e)
	if !ok || w != float64(int64(w)) {
		return nil
	}
	return x
}

func (p *private) steps(e *expr) ([]point, bool) {
	x := steps(e)
	w, _ := e.args[1].args[1].lit.value()
	s := p.spans.of(x, p.given)
	if !s.bounded() || w == nil || w.Sign() <= 0 {
		return nil, false
	}
	multiple := func(r *big.Rat) *big.Rat { // towards 0, as the engine's remainder goes
		q := new(big.Rat).Quo(r, w)
		if q.Sign() < 0 {
			return new(big.Rat).Mul(ceilOf(q), w)
		}
		return new(big.Rat).Mul(floorOf(q), w)
	}
	return progression(tInt, multiple(s.lo), multiple(s.hi), w)
}

// calendar lists the beginnings of the parts of the calendar that a bounded date can lie in.
func (p *private) calendar(e *expr) ([]point, bool) {
	s := p.spans.of(e.args[1], p.given)
	lo, ok1 := timeOf(s.lo, e.args[1].typ)
	hi, ok2 := timeOf(s.hi, e.args[1].typ)
	part := e.args[0].lit.text
	months, days := map[string]int{"month": 1, "quarter": 3, "year": 12}[part], map[string]int{"day": 1, "week": 7}[part]
	if !ok1 || !ok2 || months+days == 0 || lo.Year() < 1 || hi.Year() > 9999 {
		return nil, false
	}
	var out []point
	for at, _ := beginning(part, lo); !at.After(hi); at = at.AddDate(0, months, days) {
		if out = append(out, exactPoint(tTimestamp, whole64(at.UnixMicro()))); len(out) > maxDomain {
			return nil, false
		}
	}
	return out, true
}
