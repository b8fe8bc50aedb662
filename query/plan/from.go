package plan

import (
	"slices"
)

// JoinKind is how two tables are joined.
type JoinKind int

// Kinds of joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	CrossJoin
	SemiJoin // rows of the left side that have a partner
	AntiJoin // rows of the left side that have none
	FullJoin // of answers
)

// JoinTree is FROM. A leaf has rel set.
type JoinTree struct {
	Rel         *Relation
	Kind        JoinKind
	Left, Right *JoinTree
	On          []*Expr // conjuncts
	At          int
	Swapped     bool // its right side was written first
}

// Rels lists the tables whose columns can be seen, in the order written.
func (j *JoinTree) Rels() []*Relation {
	if j == nil {
		return nil
	}
	if j.Rel != nil {
		return []*Relation{j.Rel}
	}
	if j.Halves() {
		return j.Left.Rels()
	}
	if j.Swapped {
		return append(j.Right.Rels(), j.Left.Rels()...)
	}
	return append(j.Left.Rels(), j.Right.Rels()...)
}

// Halves reports whether only the left side's rows come out.
func (j *JoinTree) Halves() bool { return j.Kind == SemiJoin || j.Kind == AntiJoin }

// Leaves lists all tables.
func (j *JoinTree) Leaves() []*Relation {
	if j.Rel != nil {
		return []*Relation{j.Rel}
	}
	return append(j.Left.Leaves(), j.Right.Leaves()...)
}

// Single reports whether each unit has one row at most by construction, as reading.single does for a plan of class dp.
func (j *JoinTree) Single() bool {
	r := j.Rel
	switch {
	case r == nil:
		return j.Left.Single() && (j.Halves() || j.Right.Single())
	case r.Table != nil:
		return r.Table.Dataset.Unit.RowsAreUnits()
	case r.Inner == nil:
		return false
	case r.Inner.Grouped:
		return len(r.Inner.Keys) == 1
	}
	return r.Inner.Joins.Single()
}

// Lasting lists the units of the tables that follow no other, one for each set of equal ones.
func (j *JoinTree) Lasting() (out []*Unit) {
	for _, r := range j.Rels() {
		for _, u := range r.Units {
			if u = u.Root(); u.Follows == nil && !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}

// Place is where tables of several units are joined, in the innermost subquery if only there.
func (j *JoinTree) Place() int {
	if j.Rel != nil && j.Rel.Inner != nil {
		return j.Rel.Inner.Joins.Place()
	}
	for _, side := range []*JoinTree{j.Left, j.Right} {
		if side != nil && len(side.Lasting()) > 1 {
			return side.Place()
		}
	}
	return j.At
}

func (j *JoinTree) markOptional(optional bool) {
	r := j.Rel
	if r == nil {
		j.Left.markOptional(optional)
		j.Right.markOptional(optional || j.Kind == LeftJoin)
		return
	}
	r.Optional = r.Optional || optional
	if r.Inner != nil {
		r.Inner.MarkOptional()
	}
	for _, p := range r.Parts {
		p.Inner.MarkOptional()
	}
}

// MarkOptional notes the tables that a left join may find no row of, in all blocks.
func (b *Block) MarkOptional() {
	b.Joins.markOptional(false)
}

// Reference reports whether all tables that rows come from are nobody's. The other side of a semi join gives no rows;
// that it is nobody's too if this one is, anchored sees to.
func (j *JoinTree) Reference() bool {
	return j != nil && !slices.ContainsFunc(j.Rels(), func(r *Relation) bool { return !r.Reference() })
}

// Crosses reports whether tables are joined without a condition.
func (j *JoinTree) Crosses() bool {
	return j.Rel == nil && (j.Kind == CrossJoin || j.Left.Crosses() || j.Right.Crosses())
}

// Keeps reports whether no join puts NULL in place of the columns of r.
func (j *JoinTree) Keeps(r *Relation) bool {
	if j.Rel != nil {
		return j.Rel == r
	}
	return j.Left.Keeps(r) || j.Kind != LeftJoin && !j.Halves() && j.Right.Keeps(r)
}

// Conditions lists the conditions of all joins.
func (j *JoinTree) Conditions() []*Expr {
	if j.Rel != nil {
		return nil
	}
	return slices.Concat(j.Left.Conditions(), j.Right.Conditions(), j.On)
}

// Visit shows the joins of a tree.
func (j *JoinTree) Visit(show func(*JoinTree)) {
	if j != nil && j.Rel == nil {
		j.Left.Visit(show)
		j.Right.Visit(show)
		show(j)
	}
}

// Inner reports whether no join keeps rows that have no partner.
func (j *JoinTree) Inner() bool {
	return j.Rel != nil || (j.Kind == InnerJoin || j.Kind == CrossJoin) && j.Left.Inner() && j.Right.Inner()
}
