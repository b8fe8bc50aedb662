package plan

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// twins lists the dataset columns whose values c repeats, because an equality ties it to them: what is shown of c is
// shown of those.
func (c *Column) twins(seen map[*Column]bool, out []yumen.ColumnRef) []yumen.ColumnRef {
	if seen[c] {
		return out
	}
	seen[c] = true
	if c.Relation.Reference() {
		for _, link := range c.Relation.Links {
			l, r, ok := EqualColumns(link)
			if ok && r == c {
				l, r = r, l
			}
			if !ok || l != c {
				continue
			}
			for _, d := range ColumnExpr(r, -1).Directs(nil) {
				if !d.Relation.Reference() && !slices.Contains(out, d.Ref()) {
					out = append(out, d.Ref())
				}
			}
			out = r.twins(seen, out)
		}
	}
	for _, s := range c.Sides() {
		if e := s.Def; e != nil {
			if e.Op == OpKey {
				e = s.Relation.Inner.Keys[e.Key]
			}
			if e.Op == OpColumn {
				out = e.Column.twins(seen, out)
			}
		}
	}
	return out
}

// Twins is that of the column that an output is.
func (e *Expr) Twins(keys []*Expr) []yumen.ColumnRef {
	if e.Op == OpKey {
		e = keys[e.Key]
	}
	if e.Op != OpColumn {
		return nil
	}
	return e.Column.twins(map[*Column]bool{}, nil)
}

// Link notes which conditions bring reference data to other tables.
func (b *Block) Link() {
	if b.Joins == nil {
		return
	}
	for _, c := range append(b.Joins.Conditions(), b.Where...) {
		rels := c.Relations()
		if len(rels) < 2 {
			continue
		}
		for _, r := range rels {
			if r.Reference() {
				r.linked(c)
			}
		}
	}
}

// linked notes a condition on r, which is one on all that r reads too: a filter inside it chooses among the rows beside
// it.
func (r *Relation) linked(c *Expr) {
	r.Links = append(r.Links, c)
	if r.Inner != nil {
		for _, below := range r.Inner.Joins.Leaves() {
			below.linked(c)
		}
	}
}
