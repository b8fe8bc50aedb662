package cells

import (
	"math/big"
	"slices"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// Which combinations of parts a row can be in is known as far as catalog and text tell it: two branches of one CASE
// exclude each other, and so do x = 1 and x = 2; a row with x < 10 is one with x < 20. Combinations that can occur and
// do not are judged as if a few units were in them: that nobody is there would tell as much.

// maxWorlds bounds the combinations of outcomes of conditions that are tried.
const maxWorlds = 1 << 14

// truthValue is what a condition gives.
type truthValue uint8

const (
	isFalse truthValue = iota
	isTrue
	isUnknown // NULL
)

// world is an outcome of each condition that occurs, by signature.
type world map[string]truthValue

// possible lists the combinations of parts that rows which meet the conditions can be in, bit n for part n+1; nil where
// that is not known.
func possible(parts, where []*plan.Expr, sp *interval.Finder) []uint64 {
	var leaves []*plan.Expr
	for _, p := range parts {
		leaves = append(leaves, leavesOf(p)...)
	}
	groups := grouped(leaves)
	worlds := []world{{}}
	for _, g := range groups {
		var next []world
		for _, w := range worlds {
			for _, more := range g.outcomes(sp) {
				joined := world{}
				for k, v := range w {
					joined[k] = v
				}
				for k, v := range more {
					joined[k] = v
				}
				next = append(next, joined)
			}
		}
		if worlds = next; len(worlds) > maxWorlds {
			return nil
		}
	}
	var out []uint64
	for _, w := range worlds {
		if slices.ContainsFunc(where, func(c *plan.Expr) bool { v, known := w.of(c); return known && v != isTrue }) {
			continue
		}
		mask := uint64(0)
		for i, p := range parts {
			if v, _ := w.of(p); v == isTrue {
				mask |= 1 << i
			}
		}
		if !slices.Contains(out, mask) {
			out = append(out, mask)
		}
	}
	slices.Sort(out)
	return out
}

// excluded reports whether no value of some expression meets those of the conditions that compare it alone with
// constants.
func excluded(conds []*plan.Expr, sp *interval.Finder) bool {
	var leaves []*plan.Expr
	for _, c := range conds {
		leaves = append(leaves, leavesOf(c)...)
	}
	return slices.ContainsFunc(grouped(leaves), func(g *related) bool {
		return !slices.ContainsFunc(g.outcomes(sp), func(w world) bool {
			return !slices.ContainsFunc(conds, func(c *plan.Expr) bool {
				v, known := w.of(c)
				return known && v != isTrue
			})
		})
	})
}

// logical reports whether the outcome of a call is that of its arguments taken together.
func logical(e *plan.Expr) bool {
	if e.Op != plan.OpCall {
		return false
	}
	switch e.Fn {
	case "and", "or", "not":
		return true
	case "coalesce":
		return e.Type == plan.Bool && len(e.Args) == 2 && e.Args[1].Op == plan.OpConst
	}
	return false
}

// leavesOf lists the conditions that others are put together from, each once.
func leavesOf(e *plan.Expr) (out []*plan.Expr) {
	if e.Op == plan.OpConst {
		return nil
	}
	if !logical(e) {
		return []*plan.Expr{e}
	}
	for _, a := range e.Args {
		out = append(out, leavesOf(a)...)
	}
	return out
}

// of works a condition out; known is false where it depends on one that is not in the world.
func (w world) of(e *plan.Expr) (v truthValue, known bool) {
	if e.Op == plan.OpConst {
		switch {
		case e.Type.Kind == plan.KindNull:
			return isUnknown, true
		case e.Literal.Text == "true":
			return isTrue, true
		}
		return isFalse, true
	}
	if !logical(e) {
		v, known = w[e.Signature()]
		return v, known
	}
	known = true
	values := make([]truthValue, len(e.Args))
	for i, a := range e.Args {
		one, ok := w.of(a)
		values[i], known = one, known && ok
	}
	switch e.Fn {
	case "not":
		return []truthValue{isTrue, isFalse, isUnknown}[values[0]], known
	case "coalesce":
		if values[0] == isUnknown {
			return values[1], known
		}
		return values[0], known
	}
	decides, otherwise := isFalse, isTrue
	if e.Fn == "or" {
		decides, otherwise = isTrue, isFalse
	}
	switch {
	case slices.Contains(values, decides):
		return decides, known
	case slices.Contains(values, isUnknown):
		return isUnknown, known
	}
	return otherwise, known
}

// related are conditions that compare one expression with constants, or a single other condition.
type related struct {
	of     *plan.Expr // what is compared; nil for another condition
	leaves []*plan.Expr
}

// grouped puts conditions together that compare the same.
func grouped(leaves []*plan.Expr) (out []*related) {
	seen := map[string]bool{}
	for _, l := range leaves {
		if seen[l.Signature()] {
			continue
		}
		seen[l.Signature()] = true
		of := comparedWithConstants(l)
		i := slices.IndexFunc(out, func(g *related) bool { return of != nil && g.of != nil && plan.SameExpr(g.of, of) })
		if i < 0 {
			out = append(out, &related{of: of})
			i = len(out) - 1
		}
		out[i].leaves = append(out[i].leaves, l)
	}
	return out
}

// comparedWithConstants returns what a condition compares with nothing but constants, or whether it is NULL.
func comparedWithConstants(e *plan.Expr) *plan.Expr {
	if e.Op != plan.OpCall || !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">=", "between", "in", "not in",
		"is null", "is not null"}, e.Fn) {
		return nil
	}
	for _, a := range e.Args[1:] {
		if _, ok := comparedPoint(a, e.Args[0].Type); !ok {
			return nil
		}
	}
	return e.Args[0]
}

// comparedPoint is the value of a constant that something of a type is compared with.
func comparedPoint(e *plan.Expr, t plan.Type) (interval.Point, bool) {
	if e.Op == plan.OpConst && e.Type.Kind != plan.KindNull {
		return interval.PointOf(e.Literal, t)
	}
	if v, ok := interval.Fixed(e); ok && v != nil && t.Kind != plan.KindText {
		return interval.ExactPoint(t, v), true
	}
	return interval.Point{}, false
}

// outcomes lists how the conditions of a group can come out together.
func (g *related) outcomes(sp *interval.Finder) (out []world) {
	add := func(w world) {
		if !slices.ContainsFunc(out, func(o world) bool { return sameWorld(o, w) }) {
			out = append(out, w)
		}
	}
	if g.of == nil {
		l := g.leaves[0]
		add(world{l.Signature(): isFalse})
		add(world{l.Signature(): isTrue})
		if sp.Of(l, nil).Null {
			add(world{l.Signature(): isUnknown})
		}
		return out
	}
	of := sp.Of(g.of, nil)
	if of.Null {
		w := world{}
		for _, l := range g.leaves {
			w[l.Signature()] = isUnknown
			if plan.NullTest(l) {
				w[l.Signature()] = map[bool]truthValue{true: isTrue, false: isFalse}[l.Fn == "is null"]
			}
		}
		add(w)
	}
	for _, at := range g.places(of) {
		w := world{}
		for _, l := range g.leaves {
			w[l.Signature()] = map[bool]truthValue{true: isTrue, false: isFalse}[at.meets(l)]
		}
		add(w)
	}
	return out
}

func sameWorld(a, b world) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// place is a value, or one just below or above all that are equal to it.
type place struct {
	interval.Point
	beside int // −1 or 1
}

// places lists one value of each kind that the conditions tell apart: each constant, and the values between, below and
// above, as far as the catalog allows such values. Of a declared domain, these are its values.
func (g *related) places(within interval.Span) (out []place) {
	if g.of.Op == plan.OpColumn && g.of.Column.Base != nil && len(g.of.Column.Base.Domain) > 0 &&
		g.of.Column.Unit == nil {
		if all, ok := declared(g.of.Column.Base, g.of.Type); ok {
			for _, p := range all {
				out = append(out, place{Point: p})
			}
			return out
		}
	}
	var constants []interval.Point
	for _, l := range g.leaves {
		for _, a := range l.Args[1:] {
			p, _ := comparedPoint(a, g.of.Type)
			constants = append(constants, p)
		}
	}
	if len(constants) == 0 {
		return []place{{}}
	}
	slices.SortFunc(constants, interval.Point.Compare)
	constants = slices.CompactFunc(constants, func(a, b interval.Point) bool { return a.Compare(b) == 0 })
	if between(nil, &constants[0], within) {
		out = append(out, place{constants[0], -1})
	}
	for i, p := range constants {
		if between(&p, &p, within) {
			out = append(out, place{p, 0})
		}
		next := (*interval.Point)(nil)
		if i+1 < len(constants) {
			next = &constants[i+1]
		}
		if between(&p, next, within) {
			out = append(out, place{p, 1})
		}
	}
	return out
}

// between reports whether values of a span can lie between two constants, neither of them included, or be the one
// constant that both are. A nil end is none. Doubles, which may be no number, and texts can lie anywhere.
func between(lo, hi *interval.Point, within interval.Span) bool {
	if lo != nil && lo.Number == nil || hi != nil && hi.Number == nil {
		return true
	}
	if lo == hi || lo != nil && hi != nil && lo.Compare(*hi) == 0 {
		return (within.Lo == nil || lo.Number.Cmp(within.Lo) >= 0) &&
			(within.Hi == nil || lo.Number.Cmp(within.Hi) <= 0)
	}
	if lo != nil && within.Hi != nil && lo.Number.Cmp(within.Hi) >= 0 ||
		hi != nil && within.Lo != nil && hi.Number.Cmp(within.Lo) <= 0 {
		return false
	}
	if lo == nil || hi == nil || lo.Type.Kind != plan.KindInt && lo.Type.Kind != plan.KindDate {
		return true
	}
	next := new(big.Rat).Add(interval.FloorOf(lo.Number), plan.Whole(1))
	return next.Cmp(hi.Number) < 0
}

// meets reports whether a value that is there meets a comparison.
func (at place) meets(e *plan.Expr) bool {
	if plan.NullTest(e) {
		return e.Fn == "is not null"
	}
	to := func(a *plan.Expr) int {
		p, _ := comparedPoint(a, e.Args[0].Type)
		if c := at.Compare(p); c != 0 {
			return c
		}
		return at.beside
	}
	switch e.Fn {
	case "=":
		return to(e.Args[1]) == 0
	case "<>":
		return to(e.Args[1]) != 0
	case "<":
		return to(e.Args[1]) < 0
	case "<=":
		return to(e.Args[1]) <= 0
	case ">":
		return to(e.Args[1]) > 0
	case ">=":
		return to(e.Args[1]) >= 0
	case "between":
		return to(e.Args[1]) >= 0 && to(e.Args[2]) <= 0
	}
	among := slices.ContainsFunc(e.Args[1:], func(a *plan.Expr) bool { return to(a) == 0 })
	return among == (e.Fn == "in")
}
