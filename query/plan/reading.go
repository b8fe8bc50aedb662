package plan

import (
	"slices"
)

// Reading is FROM and WHERE: the cross product of rels, each of joined brought to it in turn, and the conditions on all
// of it.
type Reading struct {
	Rels   []*Relation // datasets, subqueries by units, and unions
	Joined []*Joined
	Conds  []*Expr // conjuncts
}

// Joined is a table or several that a left, semi or anti join adds. What the other side says of itself stands in on.
type Joined struct {
	Kind  JoinKind
	Right *Reading
	On    []*Expr
}

// UnitGroups is a subquery grouped by a unit: a group for each unit, or for each unit and further keys.
type UnitGroups struct {
	Reading *Reading
	Keys    []*Expr
	Aggs    []*Aggregate
	Unit    int    // which key is the unit's
	Text    string // the subquery, once written
}

// UnionRows is UNION ALL: each side gives its unit and, place by place, its columns.
type UnionRows struct {
	Sides []*UnionSide
	Text  string // once written
}

// UnionSide is a side of UNION ALL.
type UnionSide struct {
	Reading *Reading
	Cols    []*Expr // as in relation.cols; the first is the unit
}

// Unit is the number of the unit that a row belongs to, where all rows belong to units of one class. Reference data has
// none.
func (s *Reading) Unit(at int) *Expr {
	r := s.Rels[0]
	if i := slices.IndexFunc(s.Rels,
		func(r *Relation) bool { return r.Table == nil || !r.Table.Dataset.Reference() }); i >= 0 {
		r = s.Rels[i]
	} else {
		return UnitNumber(r, &Unit{Relation: r}, at) // of a left join with reference data alone: that a row was found
	}
	switch {
	case r.Groups != nil:
		return ColumnExpr(r.Groups.unitColumn(r), at)
	case r.Union != nil:
		return ColumnExpr(r.Cols[0], at)
	}
	return UnitNumber(r, r.Units[0], at)
}

// unitColumn is the column of r that is the unit's key.
func (g *UnitGroups) unitColumn(r *Relation) *Column {
	i := slices.IndexFunc(r.Cols, func(c *Column) bool { return c.Def.Op == OpKey && c.Def.Key == g.Unit })
	return r.Cols[max(i, 0)] // where there is none, the rows depend on several units, which is refused
}

// Single reports whether each unit has at most one row by construction: where each row is a unit, or a subquery has one
// group for each unit. All rows belong to units of one class, so what is joined is joined on the unit; reference data
// may have several rows for each.
func (s *Reading) Single() bool {
	for _, r := range s.Rels {
		switch {
		case r.Groups != nil && len(r.Groups.Keys) == 1:
		case r.Table != nil && r.Table.Dataset.Unit.RowsAreUnits():
		default:
			return false
		}
	}
	return !slices.ContainsFunc(s.Joined, func(j *Joined) bool { return j.Kind == LeftJoin && !j.Right.Single() })
}

// Exprs visits every expression of s that is not inside a subquery by units.
func (s *Reading) Exprs(visit func(*Expr)) {
	for _, c := range s.Conds {
		visit(c)
	}
	for _, j := range s.Joined {
		for _, c := range j.On {
			visit(c)
		}
		j.Right.Exprs(visit)
	}
}

// All lists the tables of s, those joined included.
func (s *Reading) All() []*Relation {
	out := slices.Clone(s.Rels)
	for _, j := range s.Joined {
		out = append(out, j.Right.All()...)
	}
	return out
}

// Mark notes that a left join may find none of these.
func (s *Reading) Mark() {
	for _, r := range s.Rels {
		r.Optional = true
	}
	for _, j := range s.Joined {
		j.Right.Mark()
	}
}

// Datasets visits every dataset that s reads, subqueries included.
func (s *Reading) Datasets(visit func(*Relation)) {
	for _, r := range s.All() {
		if r.Table != nil {
			visit(r)
		}
		for _, inner := range r.Below() {
			inner.Datasets(visit)
		}
	}
}

// Below lists what a subquery by units or a union reads.
func (r *Relation) Below() (out []*Reading) {
	switch {
	case r.Groups != nil:
		return []*Reading{r.Groups.Reading}
	case r.Union != nil:
		for _, side := range r.Union.Sides {
			out = append(out, side.Reading)
		}
	}
	return out
}
