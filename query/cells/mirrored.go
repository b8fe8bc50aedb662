package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Rows of a person that are joined with rows of the same person from the same dataset meet in both orders. Grouped by a
// column of both readings, the groups (x, y) and (y, x) hold the same people but for those whom a further condition
// tells apart, and one less the other leaves these alone. So the two readings have to be put in order, by comparing a
// column of the one with the same column of the other: then each pair of rows is met once.

// refuseMirroredKeys refuses group keys that are made of one column in two readings that nothing puts in order.
func refuseMirroredKeys(b *plan.Block, rs *reason.List) {
	at := map[*plan.Column]*plan.Expr{}
	var read []*plan.Column
	for _, k := range b.Keys {
		for _, c := range readings(k) {
			if at[c] == nil {
				at[c], read = k, append(read, c)
			}
		}
	}
	for i, c := range read {
		for _, other := range read[:i] {
			if c.Ref() != other.Ref() || c.Relation == other.Relation || inOrder(b, c.Relation, other.Relation) {
				continue
			}
			rs.AddFix("aggregate.mirrored-keys", at[c].At,
				yumen.Say("the groups (x, y) and (y, x) of %s, read in two rows of the same person, hold the same people but for a few",
					"按同一人两行的 %s 分组时，(x, y) 与 (y, x) 两组人员几乎相同", c.Ref().Column),
				yumen.Say("put the two rows in order: compare a column of one with the same column of the other by <",
					"请用 < 比较两行的同一列，使每对行只出现一次"))
			return
		}
	}
}

// readings lists the columns of datasets that an expression is computed from, apart where they are read twice. What a
// subquery has found over several rows is no reading.
func readings(e *plan.Expr) (out []*plan.Column) {
	e.Walk(func(x *plan.Expr) bool {
		if x.Op != plan.OpColumn {
			return true
		}
		var more []*plan.Column
		switch c := x.Column; {
		case c.Base != nil && !c.Relation.Table.Dataset.Unit.RowsAreUnits():
			more = []*plan.Column{c}
		case c.Def != nil && !c.Relation.Inner.Grouped:
			more = readings(c.Def)
		}
		for _, c := range more {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		return true
	})
	return out
}

// inOrder reports whether a condition that holds of every row compares a column of one reading with the same column of
// the other.
func inOrder(b *plan.Block, one, other *plan.Relation) bool {
	if b.Joins == nil {
		return false
	}
	for _, e := range slices.Concat(b.Where, b.Joins.Conditions()) {
		for _, c := range plan.Conjuncts(plan.Plain(e)) {
			if c.Op == plan.OpCall && (c.Fn == "<" || c.Fn == ">") && ofBoth(c.Args[0], c.Args[1], one, other) {
				return true
			}
		}
	}
	return slices.ContainsFunc(b.Rels, func(r *plan.Relation) bool {
		return r.Inner != nil && !r.Inner.Grouped && inOrder(r.Inner, one, other)
	})
}

// ofBoth reports whether two expressions are one column of both readings.
func ofBoth(l, r *plan.Expr, one, other *plan.Relation) bool {
	a, b := l.Directs(nil), r.Directs(nil)
	if len(a) != 1 || len(b) != 1 || a[0].Ref() != b[0].Ref() {
		return false
	}
	return a[0].Relation == one && b[0].Relation == other || a[0].Relation == other && b[0].Relation == one
}
