package plan

import (
	"slices"
)

// Block is one SELECT.
type Block struct {
	Rels    []*Relation // in the order written
	Joins   *JoinTree
	Where   []*Expr // conjuncts
	Grouped bool    // it has group keys or aggregates
	Keys    []*Expr
	// Levels are those of GROUPING SETS, ROLLUP and CUBE as written, or of a table that several blocks read in the
	// order of LevelsOf: bit n for key n that its rows are totals over. None is all keys.
	Levels  []uint64
	Aggs    []*Aggregate
	Derived []*Aggregate // cells computed from aggs
	Having  *Expr
	Qualify *Expr // over the answer, window functions included
	Outs    []*Output
	Order   []Ordering
	Limit   *int64
	Offset  *int64
	// Distinct is set for row-level output only; elsewhere DISTINCT is a GROUP BY of all outputs.
	Distinct bool
	Units    []*Unit // one for each privacy-unit key in FROM
	Carried  []*Unit // of these, the ones its rows still depend on: one for each class, or those grouped by
	// Loose is set where groups of people lost their units: such a block can only be an answer, or what is made of
	// answers.
	Loose bool
	Noisy bool // a table of class dp, of whose cells none is suppressed
	Post  bool // it reads nothing but answers, so that all of it belongs to the post statement
	// Scalars are the answers of one row that subqueries in its expressions are.
	Scalars []*Relation
	At      int
}

// Output is a column of what a block gives.
type Output struct {
	Name string
	Expr *Expr
	At   int
}

// Ordering is an element of ORDER BY.
type Ordering struct {
	Expr       *Expr
	Descending bool
	NullsFirst bool
}

// Direction is what stands after the expression in ORDER BY.
func (o Ordering) Direction() string {
	s := " ASC"
	if o.Descending {
		s = " DESC"
	}
	if o.NullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

// Classes returns one unit for each set of equal units, in order of appearance.
func (b *Block) Classes() (out []*Unit) {
	for _, u := range b.Units {
		if r := u.Root(); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// Present lists the privacy units that rows can depend on: those that WHERE does not exclude.
func (b *Block) Present() []*Unit {
	return slices.DeleteFunc(b.Classes(), func(u *Unit) bool { return u.Absent })
}

// Windows lists the window functions in what comes out of a block, each once.
func (b *Block) Windows() (out []*Expr) {
	look := func(e *Expr) bool {
		if e.Op != OpWindow {
			return true
		}
		if !slices.ContainsFunc(out, func(known *Expr) bool { return SameExpr(known, e) }) {
			out = append(out, e)
		}
		return false
	}
	for _, o := range b.Outs {
		o.Expr.Walk(look)
	}
	b.Qualify.Walk(look)
	for _, o := range b.Order {
		o.Expr.Walk(look)
	}
	return out
}

// Uses reports whether anything that comes out of the block looks at the aggregate.
func (b *Block) Uses(g *Aggregate) (found bool) {
	look := func(x *Expr) bool {
		found = found || x.Op == OpAgg && x.Aggregate == g
		return !found
	}
	b.Having.Walk(look)
	b.Qualify.Walk(look)
	for _, o := range b.Outs {
		o.Expr.Walk(look)
	}
	for _, o := range b.Order {
		o.Expr.Walk(look)
	}
	return found
}

// Adopt adds the aggregates of e to those the block computes.
func (b *Block) Adopt(e *Expr) {
	e.Walk(func(x *Expr) bool {
		if x.Op != OpAgg {
			return true
		}
		for _, known := range b.Aggs {
			if known.Signature() == x.Aggregate.Signature() {
				x.Aggregate = known
				return false
			}
		}
		b.Aggs = append(b.Aggs, x.Aggregate)
		return false
	})
}

// Scans visits every dataset instance below b.
func (b *Block) Scans(visit func(*Relation)) {
	reads := b.Scalars
	if b.Joins != nil {
		reads = append(b.Joins.Leaves(), reads...)
	}
	for _, r := range reads {
		switch {
		case r.Parts != nil:
			for _, p := range r.Parts {
				p.Inner.Scans(visit)
			}
		case r.Inner != nil:
			r.Inner.Scans(visit)
		default:
			visit(r)
		}
	}
}

// Suppressed is what a status column says of a cell that is suppressed, and what a file shows in its place: the code of
// the list CL_CONF_STATUS of SDMX for what is confidential.
const Suppressed = "c"

// Reads lists the columns that a block reads for the outputs that are used.
func (b *Block) Reads(used func(int) bool) (out []*Column) {
	all := slices.Concat(b.Where, b.Keys, b.Joins.Conditions(), []*Expr{b.Having, b.Qualify})
	for i, o := range b.Outs {
		if used(i) || b.Distinct {
			all = append(all, o.Expr)
		}
	}
	for _, g := range b.Aggs {
		all = append(all, &Expr{Op: OpAgg, Aggregate: g})
	}
	for _, o := range b.Order {
		all = append(all, o.Expr)
	}
	for _, e := range all {
		e.Walk(func(x *Expr) bool {
			if x.Op == OpColumn && !slices.Contains(out, x.Column) {
				out = append(out, x.Column)
			}
			return true
		})
	}
	return out
}

// RowsAreUnits reports whether every row belongs to a unit of its own.
func (b *Block) RowsAreUnits() bool {
	if len(b.Rels) != 1 || len(b.Present()) != 1 {
		return false
	}
	r := b.Rels[0]
	if r.Table != nil {
		return r.Table.Dataset.Unit.RowsAreUnits()
	}
	return r.Inner != nil && r.Inner.Grouped && len(r.Inner.Keys) == 1
}
