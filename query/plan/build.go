package plan

import "slices"

// NullConst is the constant NULL.
func NullConst() *Expr { return &Expr{Op: OpConst, Type: Null, Literal: Literal{Type: Null}} }

// CastTo is e cast to a type.
func CastTo(e *Expr, t Type) *Expr {
	return &Expr{Op: OpCast, Type: t, Args: []*Expr{e}, At: e.At}
}

// Elsewhere is e at another place in the text.
func Elsewhere(e *Expr, at int) *Expr {
	c := *e
	c.At = at
	return &c
}

// Sized counts the nodes of e and returns it.
func Sized(e *Expr) *Expr {
	e.Size = 1
	for _, a := range e.Args {
		e.Size += max(1, a.Size)
	}
	return e
}

// Mapped is e with other arguments.
func Mapped(e *Expr, each func(*Expr) *Expr) *Expr {
	if len(e.Args) == 0 {
		return e
	}
	args := make([]*Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = each(a)
	}
	return e.With(args)
}

// Call is a condition in the place of another expression.
func Call(fn string, like *Expr, args ...*Expr) *Expr {
	return Sized(&Expr{Op: OpCall, Fn: fn, Type: Bool, At: like.At, Args: args})
}

func flat(fn string, args []*Expr) (out []*Expr) {
	for _, a := range args {
		if a.Op == OpCall && a.Fn == fn {
			out = append(out, a.Args...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// And is the conjunction of conditions, flat; nil for none.
func And(es ...*Expr) *Expr {
	var flat []*Expr
	for _, e := range es {
		if e != nil {
			flat = append(flat, Conjuncts(e)...)
		}
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return &Expr{Op: OpCall, Fn: "and", Type: Bool, Args: flat, At: flat[0].At}
}

// Conjuncts lists what an expression says with AND, through what all branches of an OR have in common.
func Conjuncts(e *Expr) (out []*Expr) {
	if e.Op == OpCall && e.Fn == "and" {
		for _, a := range e.Args {
			out = append(out, Conjuncts(a)...)
		}
		return out
	}
	if e.Op == OpCall && e.Fn == "or" {
		return factored(e)
	}
	return []*Expr{e}
}

// factored takes what all branches of an OR have in common out of it, so that an equality of tables that each repeats
// is known for what it is: (a AND b) OR (a AND c) is a AND (b OR c), NULLs included.
func factored(e *Expr) []*Expr {
	branches := make([][]*Expr, len(e.Args))
	has := func(es []*Expr, x *Expr) bool {
		return slices.ContainsFunc(es, func(o *Expr) bool { return o.Signature() == x.Signature() })
	}
	var common []*Expr
	for i, a := range e.Args {
		branches[i] = Conjuncts(a)
		if i == 0 {
			common = slices.Clone(branches[0])
		}
		if common = slices.DeleteFunc(common, func(x *Expr) bool { return !has(branches[i], x) }); len(common) == 0 {
			return []*Expr{e}
		}
	}
	rest := &Expr{Op: OpCall, Fn: "or", Type: Bool, At: e.At}
	for _, b := range branches {
		left := And(slices.DeleteFunc(b, func(x *Expr) bool { return has(common, x) })...)
		if left == nil {
			return common // the branch is the common part alone, and holds the others
		}
		rest.Args = append(rest.Args, left)
	}
	return append(common, rest)
}

// ConstantOf is a constant of a type.
func ConstantOf(t Type, text string) *Expr {
	return &Expr{Op: OpConst, Type: t, Literal: Literal{t, text}, Size: 1}
}

// Arithmetic is a call over numbers, typed as one that a person writes.
func Arithmetic(fn string, a, b *Expr) *Expr {
	e := &Expr{Op: OpCall, Fn: fn, Args: []*Expr{a, b}, At: a.At}
	switch {
	case fn == "/" || a.Type.Kind == KindDouble || b.Type.Kind == KindDouble:
		e.Type = Double
	case a.Type.Kind == KindInt && b.Type.Kind == KindInt:
		e.Type = Int
	default:
		e.Type = DecimalArithmetic(fn, a.Type.AsDecimal(), b.Type.AsDecimal())
	}
	if e.Type == Double && fn != "/" {
		for i, x := range e.Args {
			if x.Type.Kind == KindDecimal {
				e.Args[i] = CastTo(x, Double)
			}
		}
	}
	return e
}
