package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// This file is about reference data: datasets whose rows are nobody's, such as lists of codes. They bring no privacy unit, so
// they join on any columns granted for it. Their values are known to all, so that a column of theirs tells of the rows beside
// it what the column tells that they are joined by: whoever may not use the one must not use the other in its place.

// reference reports whether all rows of r are nobody's.
func (r *relation) reference() bool {
	switch {
	case r.table != nil:
		return r.table.Dataset.Reference()
	case r.inner == nil || r.inner.loose:
		return false
	}
	return r.inner.joins.reference()
}

// reference reports whether all tables that rows come from are nobody's. The other side of a semi join gives no rows; that
// it is nobody's too if this one is, anchored sees to.
func (j *joinTree) reference() bool {
	return j != nil && !slices.ContainsFunc(j.rels(), func(r *relation) bool { return !r.reference() })
}

// anchored refuses rows of reference data that stay or go by what somebody has: they have no unit that could be counted.
func (x *binder) anchored(j *joinTree) {
	if (j.kind == leftJoin || j.halves()) && j.left.reference() && !j.right.reference() {
		x.addFix("unit.none", j.at, yumen.Say("rows of reference data are nobody's, so what is joined to them by LEFT, SEMI or ANTI JOIN must be reference data too: otherwise a row would tell that nobody matches it", "参考数据的行不属于任何个体，因此以 LEFT、SEMI 或 ANTI JOIN 连接到其上的也须是参考数据：否则某行会说明无人与之匹配"),
			yumen.Say("write the tables with privacy units on the left, or use JOIN", "请将含隐私单元的表写在左侧，或使用 JOIN"))
	}
}

// refuseReference refuses an answer that is about nobody.
func (x *binder) refuseReference() {
	x.addFix("unit.none", x.firstPlace(), yumen.Say("the query reads only reference data, which is about nobody: there is no privacy unit to count", "该查询只读取参考数据，不涉及任何个体，没有可计数的隐私单元"),
		yumen.Say("the data is public: its catalog entry says where it can be had", "该数据为公开数据，可按其目录条目所示的来源获取"))
}

// link notes which conditions bring reference data to other tables.
func (b *block) link() {
	if b.joins == nil {
		return
	}
	for _, c := range append(b.joins.allOn(), b.where...) {
		rels := c.relations()
		if len(rels) < 2 {
			continue
		}
		for _, r := range rels {
			if r.reference() {
				r.linked(c)
			}
		}
	}
}

// linked notes a condition on r, which is one on all that r reads too: a filter inside it chooses among the rows beside it.
func (r *relation) linked(c *expr) {
	r.links = append(r.links, c)
	if r.inner != nil {
		for _, below := range r.inner.joins.leaves() {
			below.linked(c)
		}
	}
}

// allOn lists the conditions of all joins.
func (j *joinTree) allOn() []*expr {
	if j.rel != nil {
		return nil
	}
	return slices.Concat(j.left.allOn(), j.right.allOn(), j.on)
}

func (e *expr) relations() (out []*relation) {
	e.walk(func(x *expr) bool {
		if x.op == opColumn && !slices.Contains(out, x.col.rel) {
			out = append(out, x.col.rel)
		}
		return true
	})
	return out
}

// borrowed is a use of reference data, to be looked at once all that it is joined by is known.
type borrowed struct {
	rel *relation
	need
}

// borrow notes that a column of reference data is used. What it needs of the columns it is joined by is the same; in an
// aggregate it stands for a condition on them, as CASE would.
func (a *analysis) borrow(c *column, n need) {
	if n.use == yumen.UseAggregate {
		n.purpose = purpose{use: yumen.UseFilter}
	}
	if n.use != yumen.UseJoin && c.rel.reference() {
		a.borrowed = append(a.borrowed, borrowed{c.rel, n})
	}
}

// settleBorrowed checks the columns that stand behind each use of reference data.
func (a *analysis) settleBorrowed() {
	seen := map[borrowed]bool{}
	for i := 0; i < len(a.borrowed); i++ { // what is looked at may borrow in turn
		b := a.borrowed[i]
		if seen[b] {
			continue
		}
		seen[b] = true
		for _, c := range b.rel.links {
			c.walk(func(x *expr) bool {
				switch {
				case x.op != opColumn || x.col.unit != nil || x.col.rel == b.rel:
				case x.col.rel.reference():
					a.borrowed = append(a.borrowed, borrowed{x.col.rel, b.need})
				default:
					a.checkAt(x, b.need, nil)
				}
				return true
			})
		}
	}
}

// twins lists the dataset columns whose values c repeats, because an equality ties it to them: what is shown of c is shown
// of those.
func (c *column) twins(seen map[*column]bool, out []yumen.ColumnRef) []yumen.ColumnRef {
	if seen[c] {
		return out
	}
	seen[c] = true
	if c.rel.reference() {
		for _, link := range c.rel.links {
			l, r, ok := sides(link)
			if ok && r == c {
				l, r = r, l
			}
			if !ok || l != c {
				continue
			}
			for _, d := range columnExpr(r, -1).directs(nil) {
				if !d.rel.reference() && !slices.Contains(out, d.ref()) {
					out = append(out, d.ref())
				}
			}
			out = r.twins(seen, out)
		}
	}
	for _, s := range c.sides() {
		if e := s.def; e != nil {
			if e.op == opKey {
				e = s.rel.inner.keys[e.key]
			}
			if e.op == opColumn {
				out = e.col.twins(seen, out)
			}
		}
	}
	return out
}

// twins is that of the column that an output is.
func (e *expr) twins(keys []*expr) []yumen.ColumnRef {
	if e.op == opKey {
		e = keys[e.key]
	}
	if e.op != opColumn {
		return nil
	}
	return e.col.twins(map[*column]bool{}, nil)
}
