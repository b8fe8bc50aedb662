package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestConditions holds that what puts conditions into another form leaves them what they are, NULL included.
func TestConditions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawCondition(t, rapid.IntRange(0, 4).Draw(t, "depth"))
		not := Call("not", e, e)
		forms := map[string][2]*Expr{
			"Plain": {e, Plain(e)}, "Conjuncts": {e, And(Conjuncts(e)...)}, "Negation": {not, Negation(not)},
			"both": {not, And(Conjuncts(Plain(not))...)},
		}
		for n := range 27 {
			row := []int{n % 3, n / 3 % 3, n / 9}
			for name, f := range forms {
				if before, after := outcome(f[0], row), outcome(f[1], row); before != after {
					t.Fatalf("%s of %s is %d for %v, and it was %d:\n%s", name, f[0].Signature(), after, row, before,
						f[1].Signature())
				}
			}
		}
	})
}

// Outcomes are ordered, so that AND is the least and OR the greatest of them.
const (
	no = iota
	unknown
	yes
)

// drawCondition draws a condition over three columns that each hold 0, 1 or NULL.
func drawCondition(t *rapid.T, depth int) *Expr {
	if depth > 0 {
		a, b := drawCondition(t, depth-1), drawCondition(t, depth-1)
		switch rapid.IntRange(0, 3).Draw(t, "operator") {
		case 0:
			return Call("and", a, a, b, drawCondition(t, 0))
		case 1:
			return Call("or", a, Call("and", a, a, b), Call("and", a, a, drawCondition(t, 0)))
		case 2:
			return Call("not", a, a)
		}
		truth := ConstantOf(Bool, rapid.SampledFrom([]string{"true", "false"}).Draw(t, "truth"))
		return Call(rapid.SampledFrom([]string{"=", "<>"}).Draw(t, "comparison"), a, a, truth)
	}
	x := ColumnExpr(&Column{Relation: &Relation{}, Number: rapid.IntRange(0, 2).Draw(t, "column"), Type: Int}, -1)
	one := ConstantOf(Int, "1")
	switch fn := rapid.SampledFrom([]string{"=", "<>", "<", "<=", ">", ">=", "is null", "is not null", "between", "in",
		"not in"}).Draw(t, "function"); fn {
	case "is null", "is not null":
		return Call(fn, x, x)
	case "between":
		return Call(fn, x, x, ConstantOf(Int, "0"), one)
	default:
		return Call(fn, x, x, one)
	}
}

// outcome works a condition out over a row, where 2 is NULL.
func outcome(e *Expr, row []int) int {
	truth := func(holds bool) int { return map[bool]int{true: yes, false: no}[holds] }
	switch e.Fn {
	case "and", "or", "not":
		all := make([]int, len(e.Args))
		for i, a := range e.Args {
			all[i] = outcome(a, row)
		}
		switch e.Fn {
		case "and":
			return slices.Min(all)
		case "or":
			return slices.Max(all)
		}
		return yes - all[0]
	}
	if e.Args[0].Op != OpColumn { // the comparison of a condition with a truth value
		a := outcome(e.Args[0], row)
		if a == unknown {
			return unknown
		}
		return truth((a == yes) == (e.Args[1].Literal.Text == "true") == (e.Fn == "="))
	}
	x := row[e.Args[0].Column.Number]
	switch {
	case e.Fn == "is null":
		return truth(x == 2)
	case e.Fn == "is not null":
		return truth(x != 2)
	case x == 2:
		return unknown
	case e.Fn == "between":
		return yes
	}
	c := 1
	if e.Args[1].Literal.Text == "0" {
		c = 0
	}
	return truth(map[string]bool{"=": x == c, "in": x == c, "<>": x != c, "not in": x != c, "<": x < c, "<=": x <= c,
		">": x > c, ">=": x >= c}[e.Fn])
}
