package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Groups by the place of a row among its person's hold each the people of the one before, but for those who have no
// further row: the difference of two counts is these people, who may be few. Figures of one group are compared with
// each other, figures of several are not, so places are told apart by FILTER and not by GROUP BY. A value that a window
// brings from another row is no place.

// refusePlaces refuses keys that are places, unless a condition leaves one place, and says whether there were any.
func refusePlaces(b *plan.Block, rs *reason.List) (found bool) {
	fixed := onePlace(b)
	if len(b.Rels) == 1 && slices.ContainsFunc(fixed, numbersRows) {
		return false // each person has one row
	}
	is := func(e *plan.Expr) func(*plan.Expr) bool {
		return func(o *plan.Expr) bool { return plan.SameExpr(o, e) }
	}
	moved := slices.ContainsFunc(b.Where, func(c *plan.Expr) bool {
		one := c.Op == plan.OpCall && slices.ContainsFunc(fixed, is(c.Args[0]))
		return !one && isPlace(c, nil, false) && !leavesOutFirst(c, b.Keys)
	})
	for _, k := range b.Keys {
		if !slices.ContainsFunc(fixed, is(k)) && (isPlace(k, nil, false) || moved && fromOtherRow(k, nil)) {
			found = true
			rs.AddFix("group.place", k.At,
				yumen.Say("rows are grouped by their place among a person's rows: each group holds the "+
					"people of another, but for a few, so that two counts would tell how few",
					"按行在个人各行中的位置分组：每组包含另一组的人，仅相差少数，两个计数相减即可得知这少数人"),
				yumen.Say("write one aggregate for each place, as count(*) FILTER (WHERE k = 1), or keep one place with WHERE k = 1",
					"请为每个位置写一个聚合，如 count(*) FILTER (WHERE k = 1)，或用 WHERE k = 1 只保留一个位置"))
		}
	}
	return found
}

// leavesOutFirst reports whether a condition asks of a key, which a window brings from another row, whether there is
// one.
func leavesOutFirst(c *plan.Expr, keys []*plan.Expr) bool {
	return plan.NullTest(c) && slices.ContainsFunc(keys, func(k *plan.Expr) bool { return plan.SameExpr(k, c.Args[0]) })
}

// onePlace lists what conditions hold to one value, here and in the subqueries that rows come from.
func onePlace(b *plan.Block) (out []*plan.Expr) {
	for _, c := range slices.Concat(b.Where, conjunctsOf(b.Qualify)) {
		if c = plan.Plain(c); c.Op == plan.OpCall && c.Fn == "=" {
			if _, ok := c.Args[1].Constant(); ok {
				out = append(out, c.Args[0])
			}
		}
	}
	for _, r := range b.Rels {
		if r.Inner != nil && !r.Inner.Grouped && !r.Reference() && len(b.Rels) == 1 {
			out = append(out, onePlace(r.Inner)...)
		}
	}
	return out
}

func conjunctsOf(e *plan.Expr) []*plan.Expr {
	if e == nil {
		return nil
	}
	return plan.Conjuncts(e)
}

// numbersRows reports whether an expression is the number of a row among its person's, which one row has.
func numbersRows(e *plan.Expr) bool {
	for e.Op == plan.OpColumn && e.Column.Def != nil && !e.Column.Relation.Inner.Grouped {
		e = e.Column.Def
	}
	return e.Op == plan.OpWindow && e.Fn == "row_number" && e.Window.Partition == 1
}

// isPlace reports whether an expression tells the place of a row among its person's: by a window that depends on the
// order of rows and gives no value of another row, or by whether there is another row.
func isPlace(e *plan.Expr, keys []*plan.Expr, tested bool) bool {
	switch {
	case e.Op == plan.OpKey:
		return isPlace(keys[e.Key], nil, tested)
	case e.Op == plan.OpAgg:
		return false // of all rows of a person
	case e.Op == plan.OpWindow:
		return ordered(e) && (tested || !bringsValue(e))
	case e.Op == plan.OpColumn:
		return slices.ContainsFunc(e.Column.Sides(), func(c *plan.Column) bool {
			return c.Def != nil && (isPlace(c.Def, c.Relation.Inner.Keys, tested) || countsEarlier(c))
		})
	}
	tested = tested || plan.NullTest(e)
	return slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return isPlace(a, keys, tested) })
}

// countsEarlier reports whether a column is computed over a person's rows for each of them, by joining a dataset with
// itself: how many come before a row is its place.
func countsEarlier(c *plan.Column) bool {
	b := c.Relation.Inner
	names := datasetsOf(b)
	slices.Sort(names)
	return b.Grouped && len(b.Keys) > 1 && c.Def.Aggregates() && len(slices.Compact(slices.Clone(names))) < len(names)
}

// fromOtherRow reports whether an expression reads what a window brings from another row.
func fromOtherRow(e *plan.Expr, keys []*plan.Expr) bool { return isPlace(e, keys, true) }

// ordered reports whether a window function depends on the order of rows.
func ordered(e *plan.Expr) bool { return len(e.Ordered()) > 0 || e.Placed() }

// bringsValue reports whether a window function gives the value that a column has in a row.
func bringsValue(e *plan.Expr) bool {
	return slices.Contains([]string{"lag", "lead", "first_value", "last_value", "nth_value", "min", "max"}, e.Fn) &&
		len(e.Args) > 0 && e.Args[0].Op != plan.OpConst
}
