package plan

import (
	"fmt"
	"slices"
)

// Figure is a figure over people that conditions of a statement compare rows with, as in x > (SELECT avg(x) FROM t).
// The figures of a statement are a question of their own, whose answer is protected before it is used: the rows see
// what anybody might be told.
type Figure struct {
	Number   int       // from 1, in the order of the text
	Relation *Relation // the subquery: one row, one column
}

// Name is what the answer calls it.
func (f *Figure) Name() string { return fmt.Sprintf("f%d", f.Number) }

// Asked is a block that shows figures beside each other, so that they are judged together.
func Asked(figures []*Figure) *Block {
	b := &Block{Post: true, At: figures[0].Relation.Inner.At}
	for _, f := range figures {
		b.Scalars = append(b.Scalars, f.Relation)
		b.Outs = append(b.Outs, &Output{Name: f.Name(), Expr: ColumnExpr(f.Relation.Cols[0], b.At), At: b.At})
	}
	return b
}

// Compared reports whether figures stand in an expression where they choose nothing but by comparison.
func (e *Expr) Compared() bool { return !e.figures() }

// figures reports whether the value of e is computed from a figure, beyond what comparisons say of it.
func (e *Expr) figures() bool {
	if e.Op == OpFigure {
		return true
	}
	if e.Op == OpCall && comparisons[e.Fn] {
		return false
	}
	for i, a := range e.Args {
		if condition := e.Op == OpCase && i%2 == 0 && i+1 < len(e.Args); !condition && a.figures() {
			return true
		}
	}
	return false
}

// ComparesFigures reports whether e compares something with a figure.
func (e *Expr) ComparesFigures() bool {
	return e.Op == OpCall && comparisons[e.Fn] && slices.ContainsFunc(e.Args, (*Expr).figures)
}

var comparisons = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "between": true,
	"in": true, "not in": true,
	"is distinct from": true, "is not distinct from": true}

// ReadsFigure reports whether a figure stands anywhere in e.
func (e *Expr) ReadsFigure() bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpFigure
		return !found
	})
	return found
}

// PlainFigure reports whether e is figures and constants alone, put together by arithmetic: what may be compared with.
func (e *Expr) PlainFigure() bool {
	switch e.Op {
	case OpFigure, OpConst:
		return true
	case OpCall:
		if e.Fn != "+" && e.Fn != "-" && e.Fn != "*" && e.Fn != "/" {
			return false
		}
	case OpCast:
	default:
		return false
	}
	return !slices.ContainsFunc(e.Args, func(a *Expr) bool { return !a.PlainFigure() })
}
