package interval

import (
	"math/big"

	"github.com/yumen-data/yumen/query/plan"
)

// Finder finds spans. Columns of subqueries are looked through with what the subquery's own conditions say.
type Finder struct {
	columns map[*plan.Column]Span
	visits  int
	// Rows is set where spans are to say what counts, not what is there: a count or sum of a subquery by units is then
	// what as many rows make it at most. 0 leaves it without an end.
	Rows int64
	// Against is set once a condition holds only of what does not count.
	Against bool
}

// NewFinder makes a finder for one statement.
func NewFinder() *Finder { return &Finder{columns: map[*plan.Column]Span{}} }

// maxVisits bounds the work on one statement; beyond it nothing is known of values.
const maxVisits = 200_000

// Of returns the span of e where the conditions in as hold.
func (sp *Finder) Of(e *plan.Expr, as Assumed) Span {
	if sp.visits++; sp.visits > maxVisits {
		return Span{Null: true}
	}
	s := sp.computed(e, as)
	if len(as) > 0 && e.Op != plan.OpConst {
		if known, ok := as[e.Signature()]; ok {
			sp.Against = sp.Against || s.apart(known)
			s = s.within(known)
		}
	}
	return s
}

func (sp *Finder) computed(e *plan.Expr, as Assumed) Span {
	switch e.Op {
	case plan.OpColumn:
		return sp.column(e.Column)
	case plan.OpConst:
		v, ok := e.Literal.Value()
		if !ok {
			return Span{Null: e.Type.Kind == plan.KindNull}
		}
		return Span{Lo: v, Hi: v}
	case plan.OpCast:
		return sp.cast(e, as)
	case plan.OpCase:
		return sp.caseOf(e, as)
	case plan.OpCall:
		return sp.call(e, as)
	}
	return Span{Null: true}
}

func (sp *Finder) column(c *plan.Column) Span {
	if s, ok := sp.columns[c]; ok {
		return s
	}
	s := Span{Null: true}
	switch {
	case c.Unit != nil && c.Base != nil:
		s = Span{}
	case c.Base != nil:
		s = Declared(c.Base, c.Type)
	case c.Def != nil:
		s = sp.Inner(c.Def, c.Relation.Inner)
	default:
		s = sp.sides(c)
	}
	s.Null = s.Null || c.Relation.Optional
	sp.columns[c] = s
	return s
}

// sides is the span of a column of a union: what it is on any side.
func (sp *Finder) sides(c *plan.Column) Span {
	var all []Span
	null := false // on a side that has no other value
	for _, alt := range c.Alts {
		if plan.IsNull(alt.Def) {
			null = true
			continue
		}
		all = append(all, sp.Inner(alt.Def, alt.Relation.Inner))
	}
	if c.Relation.Union != nil {
		for _, side := range c.Relation.Union.Sides {
			e := side.Cols[c.Number]
			if plan.IsNull(e) {
				null = true
				continue
			}
			all = append(all, sp.Of(e, Assume(side.Reading.Conds)).as(e.Type, c.Type))
		}
	}
	if len(all) == 0 {
		return Span{Null: true}
	}
	out := all[0]
	for _, s := range all[1:] {
		out = out.join(s)
	}
	out.Null = out.Null || null
	return out
}

// Inner is the span of an expression inside a block: over its keys and aggregates, or over its rows.
func (sp *Finder) Inner(e *plan.Expr, b *plan.Block) Span {
	switch e.Op {
	case plan.OpKey:
		s := sp.Inner(b.Keys[e.Key], b)
		s.Null = s.Null || len(b.Levels) > 0
		return s
	case plan.OpAgg:
		s := sp.aggregate(e.Aggregate, Assume(b.Where, e.Aggregate.Filter))
		if e.Aggregate.Fn == "count" && e.Aggregate.Arg == nil && e.Aggregate.Filter == nil && len(b.Keys) > 0 {
			s.Lo = plan.Whole(1) // a group has a row
		}
		return s
	}
	if e.Op == plan.OpWindow {
		return sp.window(e, Assume(b.Where))
	}
	// What is computed from keys and aggregates is computed from columns as far as spans go.
	return sp.Of(sp.unfold(e, b), Assume(b.Where))
}

// unfold puts columns of a kind of their own in place of keys and aggregates.
func (sp *Finder) unfold(e *plan.Expr, b *plan.Block) *plan.Expr {
	if e.Op == plan.OpKey || e.Op == plan.OpAgg || e.Op == plan.OpWindow {
		c := &plan.Column{Relation: &plan.Relation{ID: -1}, Number: len(sp.columns), Type: e.Type}
		sp.columns[c] = sp.Inner(e, b)
		return &plan.Expr{Op: plan.OpColumn, Type: e.Type, Column: c, At: e.At}
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return sp.unfold(a, b) })
}

func (sp *Finder) cast(e *plan.Expr, as Assumed) Span {
	from := e.Args[0].Type
	x := sp.Of(e.Args[0], as)
	switch to := e.Type; {
	case to.Kind == plan.KindText:
		return Span{Null: x.Null}
	case from.Kind == plan.KindText || from.Kind == plan.KindNull:
		return Span{Null: true}.inType(to)
	case to.Kind == plan.KindBool:
		return Span{new(big.Rat), plan.Whole(1), x.Null}
	case to == plan.Double:
		return x.Double()
	case to.Numeric():
		return x.coarse(to.Scale).inType(to)
	case to == plan.Timestamp && from == plan.Date:
		return x.times(Exactly(dayMicros, dayMicros))
	case to == plan.Date && from == plan.Timestamp:
		return x.times(Span{Lo: big.NewRat(1, dayMicros), Hi: big.NewRat(1, dayMicros)}).coarse(0)
	default:
		return x
	}
}

func (sp *Finder) caseOf(e *plan.Expr, as Assumed) Span {
	var out Span
	some := false
	branch := func(b *plan.Expr, given Assumed) {
		if b.Type.Kind == plan.KindNull {
			out.Null = true // it has no value to widen the others by
			return
		}
		s := sp.Of(b, given).as(b.Type, e.Type)
		if some {
			s = s.join(out)
		}
		s.Null = s.Null || out.Null
		out, some = s, true
	}
	last := len(e.Args) - 1
	for i := 0; i < last; i += 2 {
		branch(e.Args[i+1], as.And(e.Args[i]))
	}
	branch(e.Args[last], as)
	return out
}

// as is the span of a value read as another type, without a cast in the text.
func (s Span) as(from, to plan.Type) Span {
	switch {
	case to == plan.Double && from != plan.Double:
		return s.Double()
	case to == plan.Timestamp && from == plan.Date:
		return s.times(Exactly(dayMicros, dayMicros))
	}
	return s
}
