package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Op is the kind of an expression.
type Op int

// Kinds of expressions.
const (
	OpBad Op = iota
	OpColumn
	OpConst
	OpCall
	OpCast
	OpCase   // args are when, then, when, then, …, otherwise
	OpAgg    // an aggregate of the block
	OpKey    // a group key of the block
	OpWindow // a function over the rows of the answer
	OpLevel  // GROUPING of its args, which are group keys
	OpFigure // a protected figure of another question, which conditions compare with
)

// Expr is a typed expression.
type Expr struct {
	Op        Op
	Type      Type
	Fn        string // of OpCall: a name in functions
	Args      []*Expr
	Column    *Column
	Literal   Literal
	Aggregate *Aggregate
	Window    *Window
	Figure    *Figure
	Key       int
	At        int
	Sig       string
	Size      int // nodes below and including it, shared ones counted each time
}

// Aggregate is an aggregate of a block. Its argument is nil for COUNT(*). One that is derived is computed from others.
type Aggregate struct {
	Fn       string // count, sum, avg, stddev, stddev_pop, var, var_pop, count_distinct, count_units; over rows of one unit min, max, first
	Arg      *Expr
	Filter   *Expr
	Order    []Ordering // of first; where rows come first together, the least value is it
	As       string     // of min, max, first: the name it was written with
	Unit     *Unit      // of count_units
	Quantile float64    // of quantile and median
	Of       *Expr      // of a derived one: what it is, over others
	Upper    *Aggregate
	Lower    *Aggregate // of a ratio, what is divided by what
	At       int
	Type     Type
}

// BadExpr stands for an expression that was refused.
func BadExpr(pos int) *Expr { return &Expr{Op: OpBad, Type: Bad, At: pos} }

// With is e with other arguments.
func (e *Expr) With(args []*Expr) *Expr {
	c := *e
	c.Sig, c.Args = "", args
	return &c
}

// Signature is equal for expressions that mean the same by construction.
func (e *Expr) Signature() string {
	if e.Sig == "" {
		e.Sig = e.sign()
	}
	return e.Sig
}

func (e *Expr) sign() string {
	switch e.Op {
	case OpColumn:
		return fmt.Sprintf("t%d.%d", e.Column.Relation.ID, e.Column.Number)
	case OpConst:
		return fmt.Sprintf("%d:%q", e.Literal.Type.Kind, e.Literal.Text)
	case OpAgg:
		return e.Aggregate.Signature()
	case OpKey:
		return fmt.Sprintf("key%d", e.Key)
	case OpFigure:
		return fmt.Sprintf("figure%d", e.Figure.Number)
	case OpWindow:
		w := e.Window
		return fmt.Sprintf("%s %d %d %q %q %q", w.Fn, w.Args, w.Partition, w.Directions, w.Frame, argumentSignatures(e))
	}
	return fmt.Sprintf("%d:%s:%v(%s)", e.Op, e.Fn, e.Type, strings.Join(argumentSignatures(e), ","))
}

func argumentSignatures(e *Expr) []string {
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = a.Signature()
	}
	return parts
}

// Signature is equal for aggregates that mean the same by construction.
func (g *Aggregate) Signature() string {
	s := g.Fn
	if g.Fn == "quantile" {
		s += FormatFloat(g.Quantile)
	}
	if g.Of != nil {
		s += "(" + g.Of.Signature() + ")"
	}
	if g.Arg != nil {
		s += "(" + g.Arg.Signature() + ")"
	}
	if g.Filter != nil {
		s += "?" + g.Filter.Signature()
	}
	for _, o := range g.Order {
		s += " by " + o.Expr.Signature() + o.Direction()
	}
	return s
}

// Walk visits e and everything below it, aggregates' arguments included, until visit returns false.
func (e *Expr) Walk(visit func(*Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, a := range e.Args {
		a.Walk(visit)
	}
	if e.Op == OpAgg {
		e.Aggregate.Arg.Walk(visit)
		e.Aggregate.Filter.Walk(visit)
		for _, o := range e.Aggregate.Order {
			o.Expr.Walk(visit)
		}
	}
}

// Bases lists the dataset columns e is computed from, through blocks, each once.
func (e *Expr) Bases(keys []*Expr) []*Column {
	var out []*Column
	e.gather(keys, map[*Column]bool{}, &out)
	return out
}

func (e *Expr) gather(keys []*Expr, seen map[*Column]bool, out *[]*Column) {
	e.Walk(func(x *Expr) bool {
		switch {
		case x.Op == OpKey:
			keys[x.Key].gather(nil, seen, out)
		case x.Op != OpColumn || seen[x.Column]:
		case x.Column.Alts != nil:
			seen[x.Column] = true
			for _, alt := range x.Column.Alts {
				alt.Def.gather(alt.Relation.Inner.Keys, seen, out)
			}
		case x.Column.Def != nil:
			seen[x.Column] = true
			x.Column.Def.gather(x.Column.Relation.Inner.Keys, seen, out)
		default:
			seen[x.Column] = true
			if !slices.ContainsFunc(*out, func(o *Column) bool { return o.Ref() == x.Column.Ref() }) {
				*out = append(*out, x.Column)
			}
		}
		return true
	})
}

// Directs returns the dataset columns that e is, unchanged: one, or of a union one for each side. It is empty where
// anything is computed.
func (e *Expr) Directs(keys []*Expr) []*Column {
	switch {
	case e.Op == OpKey:
		return keys[e.Key].Directs(nil)
	case e.Op != OpColumn:
		return nil
	case e.Column.Base != nil:
		return []*Column{e.Column}
	case e.Column.Def != nil:
		return e.Column.Def.Directs(e.Column.Relation.Inner.Keys)
	}
	var all []*Column
	for _, alt := range e.Column.Alts {
		of := alt.Def.Directs(alt.Relation.Inner.Keys)
		if of == nil {
			return nil
		}
		all = append(all, of...)
	}
	return all
}

// Constant returns the value of a constant.
func (e *Expr) Constant() (Literal, bool) { return e.Literal, e.Op == OpConst }

// Aggregates reports whether e is computed from aggregates.
func (e *Expr) Aggregates() (found bool) {
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpAgg
		return !found
	})
	return found
}

// Windowed reports whether e is computed by a window function.
func (e *Expr) Windowed() (found bool) {
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpWindow
		return !found
	})
	return found
}

// Reads reports whether e depends on a column at all.
func (e *Expr) Reads() (found bool) {
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpColumn || x.Op == OpBad
		return !found
	})
	return found
}

// Counts reports whether the aggregate counts rows or units rather than adding values up.
func (g *Aggregate) Counts() bool {
	return g.Fn == "count" || g.Fn == "count_distinct" || g.Fn == "count_units"
}

// OverAggregates reports whether e depends on aggregates of a per-unit subquery.
func (e *Expr) OverAggregates() (found bool) {
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpAgg || x.Op == OpColumn && x.Column.OverAggregates()
		return !found
	})
	return found
}

// SameExpr reports whether two expressions mean the same by construction.
func SameExpr(a, b *Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Signature() == b.Signature()
}

// Relations lists the tables whose columns e reads, each once.
func (e *Expr) Relations() (out []*Relation) {
	e.Walk(func(x *Expr) bool {
		if x.Op == OpColumn && !slices.Contains(out, x.Column.Relation) {
			out = append(out, x.Column.Relation)
		}
		return true
	})
	return out
}

// Zero reports whether e is the constant 0.
func (e *Expr) Zero() bool {
	l, ok := e.Constant()
	return ok && l.Type.Numeric() && !Nonzero(l)
}

// Uncast is what e casts.
func Uncast(e *Expr) *Expr {
	for e.Op == OpCast {
		e = e.Args[0]
	}
	return e
}

// IsNull reports whether e is the constant NULL, in any type.
func IsNull(e *Expr) bool {
	e = Uncast(e)
	return e.Op == OpConst && e.Type == Null
}

// NullTest reports whether e is IS NULL or IS NOT NULL.
func NullTest(e *Expr) bool { return e.Fn == "is null" || e.Fn == "is not null" }

// Operands lists the argument and the filter, where there are any.
func (g *Aggregate) Operands() (out []*Expr) {
	for _, e := range []*Expr{g.Arg, g.Filter} {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

// Adds reports whether an aggregate is a count or a sum.
func (g *Aggregate) Adds() bool { return g.Fn == "count" || g.Fn == "count_units" || g.Fn == "sum" }

// Spread reports whether an aggregate is a variance or deviation.
func (g *Aggregate) Spread() bool {
	return strings.HasPrefix(g.Fn, "var") || strings.HasPrefix(g.Fn, "stddev")
}
