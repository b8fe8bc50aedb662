package query

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/yumen-data/yumen"
	"pgregory.net/rapid"
)

// TestSpans holds that whatever rows hold, an expression's value lies in its span, and is NULL only where the span says so.
// Expressions are random, over columns with random bounds, and worked out here by the engine's rules.
func TestSpans(t *testing.T) {
	tried, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := newSpanGame(t)
		e := g.number(rapid.IntRange(1, 4).Draw(t, "depth"))
		conds := g.conditions(e)
		as := assume(conds)
		s := newSpanner().of(e, as)
		for range 8 {
			row := g.row()
			drawn++
			if !row.meets(conds) {
				continue
			}
			tried++
			v := row.value(e)
			switch {
			case v.null && !s.null:
				t.Fatalf("%s is NULL for %v, which its span %v excludes", e.signature(), row, s)
			case !v.null && !s.holds(v):
				t.Fatalf("%s is %v for %v, beyond its span [%v, %v]; assumed %v", e.signature(), v, row, s.lo, s.hi, as)
			}
		}
	})
	if tried < drawn/8 { // a share, because -short draws a fifth of the expressions
		t.Errorf("only %d of %d rows were tried", tried, drawn)
	}
}

func (s span) holds(p point) bool {
	r := p.num
	if p.typ == tDouble {
		if math.IsInf(p.dbl, 0) || math.IsNaN(p.dbl) {
			return !s.bounded()
		}
		r = new(big.Rat).SetFloat64(p.dbl)
	}
	return (s.lo == nil || r.Cmp(s.lo) >= 0) && (s.hi == nil || r.Cmp(s.hi) <= 0)
}

// spanGame draws columns, expressions over them and rows.
type spanGame struct {
	t    *rapid.T
	cols []*column
}

func newSpanGame(t *rapid.T) *spanGame {
	g := &spanGame{t: t}
	r := &relation{id: 1, table: &Table{}}
	for i, typ := range []sqlType{tInt, tInt, tDecimal(10, 2), tDouble} {
		lo := float64(rapid.IntRange(-20, 20).Draw(t, "least"))
		hi := lo + float64(rapid.IntRange(0, 30).Draw(t, "width"))
		c := &yumen.Column{Name: fmt.Sprint("x", i), Type: typ.name(), Bounds: &yumen.Bounds{Min: lo, Max: hi}, Nullable: rapid.Bool().Draw(t, "nullable")}
		if rapid.IntRange(0, 5).Draw(t, "declared") == 0 {
			c.Bounds = nil
		}
		g.cols = append(g.cols, &column{rel: r, n: i, name: c.Name, typ: typ, base: c})
	}
	return g
}

func (g *spanGame) leaf() *expr {
	if rapid.IntRange(0, 3).Draw(g.t, "leaf") > 0 {
		return columnExpr(rapid.SampledFrom(g.cols).Draw(g.t, "column"), -1)
	}
	l := rapid.SampledFrom([]literal{{tInt, "0"}, {tInt, "3"}, {tInt, "-7"}, {tDecimal(3, 1), "2.5"}, {tDouble, "-0.3e0"}, {tDouble, "1e2"}}).Draw(g.t, "constant")
	return &expr{op: opConst, typ: l.typ, lit: l, at: -1, size: 1}
}

// number draws an expression that is a number, typed as the binder types it.
func (g *spanGame) number(depth int) *expr {
	if depth == 0 {
		return g.leaf()
	}
	fn := rapid.SampledFrom([]string{"+", "-", "*", "/", "//", "%", "neg", "abs", "sign", "floor", "ceil", "round", "greatest", "least", "coalesce", "nullif", "case", "cast"}).Draw(g.t, "function")
	x, y := g.number(depth-1), g.number(depth-1)
	switch fn {
	case "neg":
		return g.apply("-", x)
	case "abs", "sign", "floor", "ceil", "round":
		return g.apply(fn, x)
	case "//", "%":
		return g.apply(fn, castTo(x, tInt), castTo(y, tInt))
	case "case":
		return g.choice(x, y)
	case "cast":
		to := rapid.SampledFrom([]sqlType{tInt, tDouble, tDecimal(12, 2), tDecimal(18, 0)}).Draw(g.t, "to")
		if x.typ == tDouble && to.kind == kDecimal {
			return x // how a double's digits are rounded is not modelled here
		}
		return castTo(x, to)
	}
	return g.apply(fn, x, y)
}

// apply types a call of numbers as they are typed where names are bound.
func (g *spanGame) apply(fn string, args ...*expr) *expr {
	e := &expr{op: opCall, fn: fn, args: args, at: -1}
	common := unified(args)
	switch f := functions[fn]; {
	case f.result == nil && len(args) == 2 && common.kind == kDecimal:
		e.typ = decimalArithmetic(fn, args[0].typ.asDecimal(), args[1].typ.asDecimal())
	case f.result == nil:
		e.typ = common
	default:
		for i, a := range args {
			if f.params[0] == 'x' && common == tDouble && a.typ.kind == kDecimal {
				e.args[i] = castTo(a, tDouble)
			}
		}
		e.typ = f.result(e.args)
	}
	return e
}

func (g *spanGame) choice(x, y *expr) *expr {
	t, ok := unify(x.typ, y.typ)
	if !ok || t == tDouble && (x.typ.kind == kDecimal || y.typ.kind == kDecimal) {
		return x
	}
	cond := g.comparison(x)
	return &expr{op: opCase, typ: t, at: -1, args: []*expr{cond, x, y}}
}

func (g *spanGame) comparison(x *expr) *expr {
	fn := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "=", "is not null"}).Draw(g.t, "comparison")
	if fn == "is not null" {
		return call(fn, x, x)
	}
	l := literal{tInt, fmt.Sprint(rapid.IntRange(-30, 30).Draw(g.t, "limit"))}
	c := &expr{op: opConst, typ: tInt, lit: l, at: -1}
	if rapid.Bool().Draw(g.t, "constant first") {
		return call(fn, x, c, x)
	}
	return call(fn, x, x, c)
}

// conditions are what WHERE says of the columns and of the expression itself.
func (g *spanGame) conditions(e *expr) (out []*expr) {
	for range rapid.IntRange(0, 2).Draw(g.t, "conditions") {
		of := e
		if rapid.Bool().Draw(g.t, "of a column") {
			of = columnExpr(rapid.SampledFrom(g.cols).Draw(g.t, "column"), -1)
		}
		out = append(out, g.comparison(of))
	}
	return out
}

// spanRow is a value for each column.
type spanRow map[*column]point

func (g *spanGame) row() spanRow {
	row := spanRow{}
	for _, c := range g.cols {
		lo, hi := -1000, 1000
		if b := c.base.Bounds; b != nil {
			lo, hi = int(b.Min), int(b.Max)
		}
		r := big.NewRat(int64(rapid.IntRange(lo*100, hi*100).Draw(g.t, c.name)), 100)
		if c.typ == tInt {
			r = floorOf(r)
		}
		row[c] = exactPoint(c.typ, r)
		if c.base.Nullable && rapid.IntRange(0, 4).Draw(g.t, "null") == 0 {
			row[c] = point{typ: c.typ, null: true}
		}
	}
	return row
}

func (r spanRow) meets(conds []*expr) bool {
	for _, c := range conds {
		if !r.holds(c) {
			return false
		}
	}
	return true
}

// holds works out a comparison; NULL does not hold.
func (r spanRow) holds(c *expr) bool {
	x := r.value(c.args[0])
	if c.fn == "is not null" {
		return !x.null
	}
	y := r.value(c.args[1])
	if x.null || y.null {
		return false
	}
	n := number(x).Cmp(number(y))
	return map[string]bool{"<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0, "=": n == 0}[c.fn]
}

func number(p point) *big.Float {
	if p.typ == tDouble {
		return big.NewFloat(p.dbl)
	}
	return new(big.Float).SetPrec(2000).SetRat(p.num)
}

// value works an expression out by the engine's rules.
func (r spanRow) value(e *expr) point {
	switch e.op {
	case opColumn:
		return r[e.col]
	case opConst:
		p, _ := pointOf(e.lit, e.typ)
		return p
	case opCase:
		branch := e.args[2]
		if r.holds(e.args[0]) {
			branch = e.args[1]
		}
		p, _ := r.value(branch).cast(e.typ)
		return p
	}
	args := make([]point, len(e.args))
	for i, a := range e.args {
		args[i] = r.value(a)
	}
	if e.op == opCall {
		if p, ok := extremePoint(e, args); ok {
			return p
		}
	}
	p, ok := e.apply(args)
	if !ok {
		panic("the test cannot work out " + e.fn)
	}
	return p
}

// extremePoint works out the functions that treat NULL in their own way.
func extremePoint(e *expr, args []point) (point, bool) {
	out := point{typ: e.typ, null: true}
	for _, a := range args {
		a, _ = a.cast(e.typ)
		switch {
		case e.fn == "nullif":
			if args[0].null || args[1].null {
				return args[0], true
			}
			if number(args[0]).Cmp(number(args[1])) == 0 {
				return out, true
			}
			return args[0], true
		case e.fn != "greatest" && e.fn != "least" && e.fn != "coalesce":
			return point{}, false
		case a.null:
		case out.null:
			out = a
		case e.fn == "greatest" && a.compare(out) > 0 || e.fn == "least" && a.compare(out) < 0:
			out = a
		}
	}
	return out, true
}
