package plan

// ThroughColumns puts what columns of subqueries are in their place.
func ThroughColumns(e *Expr) *Expr {
	if e.Op == OpColumn {
		if w := e.Column.Written(); w != nil {
			return w
		}
		return e
	}
	return Mapped(e, ThroughColumns)
}

// Written is what a column of a subquery is, over columns of the subquery that are what they are; nil for such a
// column, and for one of a union.
func (c *Column) Written() *Expr {
	if c.Def == nil || c.Alts != nil || c.Relation.Inner == nil {
		return nil
	}
	e := ThroughColumns(c.Def)
	switch e.Op {
	case OpColumn, OpKey, OpAgg, OpWindow:
		return nil
	}
	return c.Relation.lifted(e)
}

// lifted writes an expression of a subquery over columns of the subquery, which are added where there are none.
func (r *Relation) lifted(e *Expr) *Expr {
	switch e.Op {
	case OpColumn, OpKey, OpAgg, OpWindow:
		return ColumnExpr(r.Hide(e), e.At)
	}
	return Mapped(e, func(a *Expr) *Expr { return r.lifted(a) })
}
