package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// Relation is one table instance in FROM: a dataset, a block under a name, or a union of blocks.
type Relation struct {
	ID    int
	Alias string
	Table *Table
	Inner *Block
	List  *List       // of what the text writes out
	Parts []*Relation // of UNION ALL: its sides, each a block, with the same columns in the same places
	Apart bool        // of a union: each group of the block that reads it is of one side
	Slots []int       // of a side: the numbers of its units that are those of the union, in their order
	Cols  []*Column
	Units []*Unit
	Links []*Expr // of reference data: conditions that bring it to other tables
	// Of a plan of class dp: the subquery by units or the union that the rows come from, and whether a left join may
	// find none.
	Groups   *UnitGroups
	Union    *UnionRows
	Optional bool
}

// Reference reports whether all rows of r are nobody's.
func (r *Relation) Reference() bool {
	switch {
	case r.Table != nil:
		return r.Table.Dataset.Reference()
	case r.Inner == nil || r.Inner.Loose:
		return false
	}
	return r.Inner.Joins.Reference()
}

// Carried lists the units whose numbers a block offers to the one around it.
func (r *Relation) Carried() []*Unit {
	if r.Slots == nil {
		return r.Inner.Carried
	}
	var out []*Unit
	for _, n := range r.Slots {
		out = append(out, r.Inner.Carried[n])
	}
	return out
}

// Lasting lists the units of a relation that follow no other, by kind.
func (r *Relation) Lasting() (out []*Unit) {
	for _, u := range r.Units {
		if u.Root() == u && u.Follows == nil {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b *Unit) int { return strings.Compare(a.Kind, b.Kind) })
	return out
}

// Hide adds a column to a subquery that no name of the text means.
func (r *Relation) Hide(v *Expr) *Column {
	r.Inner.Adopt(v)
	i := slices.IndexFunc(r.Cols, func(h *Column) bool { return h.Def != nil && SameExpr(h.Def, v) })
	if i < 0 {
		i = len(r.Cols)
		r.Cols = append(r.Cols, &Column{Relation: r, Number: i, Type: v.Type, Def: v, Name: "hidden" + strconv.Itoa(i)})
	}
	return r.Cols[i]
}

// Column is a column of a relation.
type Column struct {
	Relation *Relation
	Number   int // its number in rel; names need not be unique
	Name     string
	Type     Type
	Base     *yumen.Column // of a dataset
	Def      *Expr         // of a block: what it is there
	Alts     []*Column     // of a union: what it is on each side
	Unit     *Unit         // it is the key of this unit, unchanged
	Hidden   bool          // the second copy of a USING column
	Merged   *Column       // the copy on the other side of a FULL JOIN
	Used     bool          // emitted SQL reads it
	Wanted   bool          // of a plan of class dp: what is asked depends on it
	Cell     string        // its name in the table of cells

	perUnit *bool // whether it depends on aggregates, found once and kept
}

// Ref names the dataset column.
func (c *Column) Ref() yumen.ColumnRef {
	return yumen.ColumnRef{Dataset: c.Relation.Table.Dataset.Name, Column: c.Base.Name}
}

// Sides are what a column of a subquery is: itself, or what it is on each side of a union.
func (c *Column) Sides() []*Column {
	if c.Alts != nil {
		return c.Alts
	}
	return []*Column{c}
}

// OverAggregates reports whether the column depends on aggregates of a per-unit subquery.
func (c *Column) OverAggregates() bool {
	if c.perUnit == nil {
		found := c.Base == nil &&
			!slices.ContainsFunc(c.Sides(), func(s *Column) bool { return !s.Def.OverAggregates() })
		c.perUnit = &found
	}
	return *c.perUnit
}

// title is what a column is called where it comes from.
func (c *Column) title() string {
	switch {
	case c.Base != nil || c.Def == nil:
		return c.Name
	case c.Def.Op == OpColumn:
		return c.Def.Column.title()
	case c.Def.Op == OpAgg:
		return c.Def.Aggregate.Name()
	}
	return ""
}

// Name is what the aggregate is called where the text gives it no name.
func (g *Aggregate) Name() string {
	switch {
	case g.Fn == "count_units":
		return "units"
	case g.Arg != nil && g.Arg.Op == OpColumn:
		if of := g.Arg.Column.title(); of != "" {
			return g.Fn + "_" + of
		}
	}
	return g.Fn
}

// ColumnExpr is a column as an expression.
func ColumnExpr(c *Column, at int) *Expr {
	return &Expr{Op: OpColumn, Type: c.Type, Column: c, At: at, Size: 1}
}

// EqualColumns returns the columns that an equality of two columns names.
func EqualColumns(e *Expr) (l, r *Column, ok bool) {
	if e.Op != OpCall || e.Fn != "=" || e.Args[0].Op != OpColumn || e.Args[1].Op != OpColumn {
		return nil, nil, false
	}
	return e.Args[0].Column, e.Args[1].Column, true
}
