package interval

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"pgregory.net/rapid"
)

// TestSpans holds that whatever rows hold, an expression's value lies in its span, and is NULL only where the span says
// so. Expressions are random, over columns with random bounds, and worked out here by the engine's rules.
func TestSpans(t *testing.T) {
	tried, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := newSpanGame(t)
		e := g.number(rapid.IntRange(1, 4).Draw(t, "depth"))
		conds := g.conditions(e)
		as := Assume(conds)
		s := NewFinder().Of(e, as)
		for range 8 {
			row := g.row()
			drawn++
			if !row.meets(conds) {
				continue
			}
			tried++
			v := row.value(e)
			switch {
			case v.Null && !s.Null:
				t.Fatalf("%s is NULL for %v, which its span %v excludes", e.Signature(), row, s)
			case !v.Null && !s.holds(v):
				t.Fatalf("%s is %v for %v, beyond its span [%v, %v]; assumed %v", e.Signature(), v, row, s.Lo, s.Hi, as)
			}
		}
	})
	if tried < drawn/8 { // a share, because -short draws a fifth of the expressions
		t.Errorf("only %d of %d rows were tried", tried, drawn)
	}
}

func (s Span) holds(p Point) bool {
	r := p.Number
	if p.Type == plan.Double {
		if math.IsInf(p.dbl, 0) || math.IsNaN(p.dbl) {
			return !s.Bounded()
		}
		r = new(big.Rat).SetFloat64(p.dbl)
	}
	return (s.Lo == nil || r.Cmp(s.Lo) >= 0) && (s.Hi == nil || r.Cmp(s.Hi) <= 0)
}

// spanGame draws columns, expressions over them and rows.
type spanGame struct {
	t    *rapid.T
	cols []*plan.Column
}

func newSpanGame(t *rapid.T) *spanGame {
	g := &spanGame{t: t}
	r := &plan.Relation{ID: 1, Table: &plan.Table{}}
	for i, typ := range []plan.Type{plan.Int, plan.Int, plan.Decimal(10, 2), plan.Double} {
		lo := float64(rapid.IntRange(-20, 20).Draw(t, "least"))
		hi := lo + float64(rapid.IntRange(0, 30).Draw(t, "width"))
		c := &yumen.Column{Name: fmt.Sprint("x", i), Type: typ.Name(), Bounds: &yumen.Bounds{Min: lo, Max: hi},
			Nullable: rapid.Bool().Draw(t, "nullable")}
		if rapid.IntRange(0, 5).Draw(t, "declared") == 0 {
			c.Bounds = nil
		}
		g.cols = append(g.cols, &plan.Column{Relation: r, Number: i, Name: c.Name, Type: typ, Base: c})
	}
	return g
}

func (g *spanGame) leaf() *plan.Expr {
	if rapid.IntRange(0, 3).Draw(g.t, "leaf") > 0 {
		return plan.ColumnExpr(rapid.SampledFrom(g.cols).Draw(g.t, "column"), -1)
	}
	l := rapid.SampledFrom([]plan.Literal{{Type: plan.Int, Text: "0"}, {Type: plan.Int, Text: "3"},
		{Type: plan.Int, Text: "-7"}, {Type: plan.Decimal(3, 1), Text: "2.5"}, {Type: plan.Double, Text: "-0.3e0"},
		{Type: plan.Double, Text: "1e2"}}).Draw(g.t, "constant")
	return &plan.Expr{Op: plan.OpConst, Type: l.Type, Literal: l, At: -1, Size: 1}
}

// number draws an expression that is a number, typed as the binder types it.
func (g *spanGame) number(depth int) *plan.Expr {
	if depth == 0 {
		return g.leaf()
	}
	fn := rapid.SampledFrom([]string{"+", "-", "*", "/", "//", "%", "neg", "abs", "sign", "floor", "ceil", "round",
		"greatest", "least", "coalesce", "nullif", "case", "cast"}).Draw(g.t, "function")
	x, y := g.number(depth-1), g.number(depth-1)
	switch fn {
	case "neg":
		return g.apply("-", x)
	case "abs", "sign", "floor", "ceil", "round":
		return g.apply(fn, x)
	case "//", "%":
		return g.apply(fn, plan.CastTo(x, plan.Int), plan.CastTo(y, plan.Int))
	case "case":
		return g.choice(x, y)
	case "cast":
		to := rapid.SampledFrom([]plan.Type{plan.Int, plan.Double, plan.Decimal(12, 2), plan.Decimal(18, 0)}).Draw(g.t,
			"to")
		if x.Type == plan.Double && to.Kind == plan.KindDecimal {
			return x // how a double's digits are rounded is not modelled here
		}
		return plan.CastTo(x, to)
	}
	return g.apply(fn, x, y)
}

// apply types a call of numbers as they are typed where names are bound.
func (g *spanGame) apply(fn string, args ...*plan.Expr) *plan.Expr {
	e := &plan.Expr{Op: plan.OpCall, Fn: fn, Args: args, At: -1}
	common := plan.Unified(args)
	switch f := plan.Functions[fn]; {
	case f.Result == nil && len(args) == 2 && common.Kind == plan.KindDecimal:
		e.Type = plan.DecimalArithmetic(fn, args[0].Type.AsDecimal(), args[1].Type.AsDecimal())
	case f.Result == nil:
		e.Type = common
	default:
		for i, a := range args {
			if f.Params[0] == 'x' && common == plan.Double && a.Type.Kind == plan.KindDecimal {
				e.Args[i] = plan.CastTo(a, plan.Double)
			}
		}
		e.Type = f.Result(e.Args)
	}
	return e
}

func (g *spanGame) choice(x, y *plan.Expr) *plan.Expr {
	t, ok := plan.Unify(x.Type, y.Type)
	if !ok || t == plan.Double && (x.Type.Kind == plan.KindDecimal || y.Type.Kind == plan.KindDecimal) {
		return x
	}
	cond := g.comparison(x)
	return &plan.Expr{Op: plan.OpCase, Type: t, At: -1, Args: []*plan.Expr{cond, x, y}}
}

func (g *spanGame) comparison(x *plan.Expr) *plan.Expr {
	fn := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "=", "is not null"}).Draw(g.t, "comparison")
	if fn == "is not null" {
		return plan.Call(fn, x, x)
	}
	l := plan.Literal{Type: plan.Int, Text: fmt.Sprint(rapid.IntRange(-30, 30).Draw(g.t, "limit"))}
	c := &plan.Expr{Op: plan.OpConst, Type: plan.Int, Literal: l, At: -1}
	if rapid.Bool().Draw(g.t, "constant first") {
		return plan.Call(fn, x, c, x)
	}
	return plan.Call(fn, x, x, c)
}

// conditions are what WHERE says of the columns and of the expression itself.
func (g *spanGame) conditions(e *plan.Expr) (out []*plan.Expr) {
	for range rapid.IntRange(0, 2).Draw(g.t, "conditions") {
		of := e
		if rapid.Bool().Draw(g.t, "of a column") {
			of = plan.ColumnExpr(rapid.SampledFrom(g.cols).Draw(g.t, "column"), -1)
		}
		out = append(out, g.comparison(of))
	}
	return out
}

// spanRow is a value for each column.
type spanRow map[*plan.Column]Point

func (g *spanGame) row() spanRow {
	row := spanRow{}
	for _, c := range g.cols {
		lo, hi := -1000, 1000
		if b := c.Base.Bounds; b != nil {
			lo, hi = int(b.Min), int(b.Max)
		}
		r := big.NewRat(int64(rapid.IntRange(lo*100, hi*100).Draw(g.t, c.Name)), 100)
		if c.Type == plan.Int {
			r = FloorOf(r)
		}
		row[c] = ExactPoint(c.Type, r)
		if c.Base.Nullable && rapid.IntRange(0, 4).Draw(g.t, "null") == 0 {
			row[c] = Point{Type: c.Type, Null: true}
		}
	}
	return row
}

func (r spanRow) meets(conds []*plan.Expr) bool {
	for _, c := range conds {
		if !r.holds(c) {
			return false
		}
	}
	return true
}

// holds works out a comparison; NULL does not hold.
func (r spanRow) holds(c *plan.Expr) bool {
	x := r.value(c.Args[0])
	if c.Fn == "is not null" {
		return !x.Null
	}
	y := r.value(c.Args[1])
	if x.Null || y.Null {
		return false
	}
	n := number(x).Cmp(number(y))
	return map[string]bool{"<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0, "=": n == 0}[c.Fn]
}

func number(p Point) *big.Float {
	if p.Type == plan.Double {
		return big.NewFloat(p.dbl)
	}
	return new(big.Float).SetPrec(2000).SetRat(p.Number)
}

// value works an expression out by the engine's rules.
func (r spanRow) value(e *plan.Expr) Point {
	switch e.Op {
	case plan.OpColumn:
		return r[e.Column]
	case plan.OpConst:
		p, _ := PointOf(e.Literal, e.Type)
		return p
	case plan.OpCase:
		branch := e.Args[2]
		if r.holds(e.Args[0]) {
			branch = e.Args[1]
		}
		p, _ := r.value(branch).Cast(e.Type)
		return p
	}
	args := make([]Point, len(e.Args))
	for i, a := range e.Args {
		args[i] = r.value(a)
	}
	if e.Op == plan.OpCall {
		if p, ok := extremePoint(e, args); ok {
			return p
		}
	}
	p, ok := Apply(e, args)
	if !ok {
		panic("the test cannot work out " + e.Fn)
	}
	return p
}

// extremePoint works out the functions that treat NULL in their own way.
func extremePoint(e *plan.Expr, args []Point) (Point, bool) {
	out := Point{Type: e.Type, Null: true}
	for _, a := range args {
		a, _ = a.Cast(e.Type)
		switch {
		case e.Fn == "nullif":
			if args[0].Null || args[1].Null {
				return args[0], true
			}
			if number(args[0]).Cmp(number(args[1])) == 0 {
				return out, true
			}
			return args[0], true
		case e.Fn != "greatest" && e.Fn != "least" && e.Fn != "coalesce":
			return Point{}, false
		case a.Null:
		case out.Null:
			out = a
		case e.Fn == "greatest" && a.Compare(out) > 0 || e.Fn == "least" && a.Compare(out) < 0:
			out = a
		}
	}
	return out, true
}
