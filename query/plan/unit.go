package plan

import "github.com/yumen-data/yumen"

// Unit is a privacy unit that rows of a block depend on.
type Unit struct {
	Kind     string // of the dictionary its numbers come from
	Relation *Relation
	Number   int // its number among the units of rel
	// Same is set when an inner join makes it equal to another unit; follows, when a left join makes it equal or NULL.
	Same, Follows *Unit
	Absent        bool // WHERE keeps only the rows that a left join found no such unit for
}

// Root returns the unit that stands for all those equal to u.
func (u *Unit) Root() *Unit {
	for u.Same != nil {
		u = u.Same
	}
	return u
}

// DependsOn reports whether u is always NULL or equal to v.
func (u *Unit) DependsOn(v *Unit) bool {
	for u = u.Root(); u != v.Root(); u = u.Follows.Root() {
		if u.Follows == nil {
			return false
		}
	}
	return true
}

// UnitOf returns the unit that e is the unchanged key of.
func UnitOf(e *Expr, keys []*Expr) *Unit {
	switch e.Op {
	case OpKey:
		return UnitOf(keys[e.Key], nil)
	case OpColumn:
		return e.Column.Unit
	}
	return nil
}

// UnitNumber is the number of a dataset row's unit.
func UnitNumber(r *Relation, u *Unit, at int) *Expr {
	c := &Column{Relation: r, Number: -1, Name: yumen.UnitColumn, Type: Int,
		Base: &yumen.Column{Name: yumen.UnitColumn, Type: yumen.TypeInteger}, Unit: u}
	return ColumnExpr(c, at)
}
