package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// What figures tell together is judged group by group. Where two sides of a union may hold the same rows and put them
// into different groups, a group of one is compared with another of the other: all rows under changed labels, but one,
// tell what that one adds. So sides that may hold the same rows are grouped by the same column.

// refuseChangedKeys refuses groups of a union whose sides may hold the same rows and are grouped by different columns.
func refuseChangedKeys(b *plan.Block, rs *reason.List) {
	if !showsFigures(b) {
		return
	}
	for _, k := range b.Keys {
		if changes(k, nil) {
			rs.AddFix("union.key", k.At,
				yumen.Say("sides of UNION that may hold the same rows are grouped by different columns: a group of one side would be another of the other, less a few rows", "UNION 中可能含有相同行的各侧按不同的列分组：一侧的某组可能是另一侧另一组去掉少数行"),
				yumen.Say("group by the same column on each side, or submit each side as a job of its own",
					"请在各侧按同一列分组，或将每一侧作为单独的任务提交"))
			return
		}
	}
}

// changes reports whether a key is made of columns of a union that differ on sides which may hold the same rows.
func changes(e *plan.Expr, keys []*plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		switch {
		case x.Op == plan.OpKey:
			found = found || keys != nil && changes(keys[x.Key], nil)
		case x.Op != plan.OpColumn:
		case x.Column.Alts != nil:
			found = found || differs(x.Column)
		case x.Column.Def != nil:
			found = found || changes(x.Column.Def, x.Column.Relation.Inner.Keys)
		}
		return !found
	})
	return found
}

// differs reports whether a column of a union is something else on two sides that may hold the same rows.
func differs(c *plan.Column) bool {
	for i, a := range c.Alts {
		for _, b := range c.Alts[:i] {
			if s := sourceText(a.Def, a.Relation.Inner); sharesRows(a.Relation.Inner, b.Relation.Inner) &&
				(s == "" || s != sourceText(b.Def, b.Relation.Inner)) {
				return true
			}
		}
	}
	return false
}

// sharesRows reports whether two blocks may hold rows of the same people's entries: they read a dataset with units
// both, and no condition keeps them apart.
func sharesRows(a, b *plan.Block) bool {
	shared := slices.ContainsFunc(scanned(a), func(name string) bool { return slices.Contains(scanned(b), name) })
	return shared && !slices.ContainsFunc(a.Where, func(c *plan.Expr) bool {
		return slices.ContainsFunc(b.Where, func(d *plan.Expr) bool { return excludes(c, d) })
	})
}

// scanned names the datasets with units that a block reads, as often as it reads them.
func scanned(b *plan.Block) (out []string) {
	b.Scans(func(r *plan.Relation) {
		if !r.Table.Dataset.Reference() {
			out = append(out, r.Table.Dataset.Name)
		}
	})
	return out
}

// sourceText is what an expression of a block is over columns of datasets; "" where it cannot be told from that of
// another row of the unit, or is something else than columns make by functions.
func sourceText(e *plan.Expr, b *plan.Block) string {
	switch e.Op {
	case plan.OpConst:
		return e.Signature()
	case plan.OpKey:
		return sourceText(b.Keys[e.Key], b)
	case plan.OpColumn:
		of := e.Directs(nil)
		if len(of) != 1 {
			if d := e.Column.Def; d != nil && e.Column.Alts == nil {
				return sourceText(d, e.Column.Relation.Inner)
			}
			return ""
		}
		d := of[0].Relation.Table.Dataset
		if !d.Reference() && !d.Unit.RowsAreUnits() &&
			len(slices.DeleteFunc(scanned(b), func(name string) bool { return name != d.Name })) != 1 {
			return ""
		}
		text := sourceNames(e)
		for _, t := range e.Twins(nil) {
			text += " = " + t.Dataset + "." + t.Column
		}
		return text
	case plan.OpCall, plan.OpCast, plan.OpCase:
		parts := []string{e.Fn, string(e.Type.Name())}
		for _, a := range e.Args {
			s := sourceText(a, b)
			if s == "" {
				return ""
			}
			parts = append(parts, "("+s+")")
		}
		return strings.Join(parts, " ")
	}
	return ""
}
