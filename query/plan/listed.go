package plan

import "slices"

// List is what the text itself writes out: VALUES, a series, a SELECT without FROM. Its rows are known before any data
// is read.
type List struct{ Rows []ListedRow }

// ListedRow is a row of a list: its cells are made of constants.
type ListedRow struct {
	Cells []*Expr
	If    *Expr // whether it is there, nil for always
}

// Lists reports whether all that is read is written in the text.
func (j *JoinTree) Lists() bool {
	return j != nil && !slices.ContainsFunc(j.Leaves(), func(r *Relation) bool { return r.List == nil })
}

// Lone returns the value of a list of one row and one column.
func (l *List) Lone() (*Expr, bool) {
	if l == nil || len(l.Rows) != 1 || len(l.Rows[0].Cells) != 1 || l.Rows[0].If != nil {
		return nil, false
	}
	return l.Rows[0].Cells[0], true
}

// Substituted is e with other expressions in the place of columns, aggregates and windows included.
func Substituted(e *Expr, of map[*Column]*Expr) *Expr {
	switch {
	case e == nil:
		return nil
	case e.Op == OpColumn:
		if to := of[e.Column]; to != nil {
			return Elsewhere(to, e.At)
		}
		return e
	case e.Op == OpAgg:
		c := *e
		c.Sig = ""
		return &c
	}
	return Sized(Mapped(e, func(a *Expr) *Expr { return Substituted(a, of) }))
}

// Substitute puts expressions in the place of columns in all that a block reads of its tables.
func (b *Block) Substitute(of map[*Column]*Expr) {
	put := func(es []*Expr) {
		for i, e := range es {
			es[i] = Substituted(e, of)
		}
	}
	put(b.Where)
	put(b.Keys)
	b.Joins.Visit(func(j *JoinTree) { put(j.On) })
	for _, g := range b.Aggs {
		g.Arg, g.Filter = Substituted(g.Arg, of), Substituted(g.Filter, of)
		for i, o := range g.Order {
			g.Order[i].Expr = Substituted(o.Expr, of)
		}
	}
	b.Having, b.Qualify = Substituted(b.Having, of), Substituted(b.Qualify, of)
	for _, o := range b.Outs {
		o.Expr = Substituted(o.Expr, of)
	}
	for i, o := range b.Order {
		b.Order[i].Expr = Substituted(o.Expr, of)
	}
}
