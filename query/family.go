package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// Tables of cells over the same rows and by the same keys, but under different conditions, are one table: its WHERE is that some of the
// conditions hold, and each condition filters the aggregates of its own table. Then whatever the tables tell together is judged
// as what aggregates with FILTER tell, by the combinations of parts that rows are in.

// family is such a table, and what each block reads of it.
type family struct {
	block *block
	rows  map[*block][]*output // figures of which one is visible in each row of the block; none for all rows
	back  []func()             // put what the figures became into the blocks
}

// familyOf brings blocks together, or returns nil where they read other rows or group by other keys.
func familyOf(tables []*block) *family {
	base := *tables[0]
	f := &family{block: &base, rows: map[*block][]*output{}}
	base.aggs, base.outs, base.order, base.having, base.qualify = nil, nil, nil, nil, nil
	var members []*member
	for _, t := range tables {
		m := newMember(tables[0], t)
		if m == nil {
			return nil
		}
		members = append(members, m)
	}
	base.where = common(members)
	for _, m := range members {
		if m.rest = m.beyond(base.where); slices.ContainsFunc(m.rest, tells) {
			return nil
		}
	}
	if !slices.ContainsFunc(members, func(m *member) bool { return len(m.rest) == 0 }) {
		either := &expr{op: opCall, fn: "or", typ: tBool, at: base.at}
		for _, m := range members {
			if one := and(m.rest...); !slices.ContainsFunc(either.args, func(e *expr) bool { return sameExpr(e, one) }) {
				either.args = append(either.args, one)
			}
		}
		base.where = append(slices.Clone(base.where), either)
	}
	for _, m := range members {
		f.add(m)
	}
	return f
}

// member is a block of a family, with the tables of the first put in place of its own.
type member struct {
	block *block
	pairs paired
	where []*expr
	rest  []*expr // conditions that not all have
	keys  []int
}

func newMember(first, b *block) *member {
	m := &member{block: b, pairs: paired{}}
	if !m.pairs.blocks(first, b) || len(first.classes()) != len(b.classes()) || len(first.keys) != len(b.keys) {
		return nil
	}
	for i, u := range first.units {
		if u.absent != b.units[i].absent {
			return nil
		}
	}
	for _, c := range b.where {
		m.where = append(m.where, m.pairs.expr(c))
	}
	for _, k := range b.keys {
		n := slices.IndexFunc(first.keys, func(o *expr) bool { return sameExpr(o, m.pairs.expr(k)) })
		if n < 0 || slices.Contains(m.keys, n) {
			return nil
		}
		m.keys = append(m.keys, n)
	}
	return m
}

// common lists the conditions that all have.
func common(members []*member) []*expr {
	return slices.DeleteFunc(slices.Clone(members[0].where), func(c *expr) bool {
		return slices.ContainsFunc(members, func(m *member) bool {
			return !slices.ContainsFunc(m.where, func(o *expr) bool { return sameExpr(o, c) })
		})
	})
}

func (m *member) beyond(all []*expr) []*expr {
	return slices.DeleteFunc(slices.Clone(m.where), func(c *expr) bool {
		return slices.ContainsFunc(all, func(o *expr) bool { return sameExpr(o, c) })
	})
}

// tells reports whether a condition says more than which rows there are: of which unit they are, or that there is none.
func tells(c *expr) bool {
	found := len(c.relations()) > 1 && c.fn == "="
	c.walk(func(x *expr) bool {
		found = found || x.op == opColumn && x.col.unit != nil
		return !found
	})
	return found
}

// add puts the figures of a block in.
func (f *family) add(m *member) {
	of := map[*aggregate]*expr{}
	put := func(g *aggregate) *expr {
		conds := append(slices.Clone(m.rest), g.filter)
		g.filter = and(slices.DeleteFunc(conds, func(e *expr) bool { return e == nil })...)
		i := slices.IndexFunc(f.block.aggs, func(o *aggregate) bool { return o.signature() == g.signature() })
		if i < 0 {
			i, f.block.aggs = len(f.block.aggs), append(f.block.aggs, g)
		}
		return &expr{op: opAgg, agg: f.block.aggs[i], typ: g.typ, at: g.at}
	}
	var figures []*expr
	for _, g := range m.block.aggs {
		of[g] = put(m.pairs.aggregate(g))
		figures = append(figures, of[g])
	}
	if len(figures) == 0 && len(m.rest) > 0 {
		figures = append(figures, put(&aggregate{fn: "count", typ: tInt, at: m.block.at}))
	}
	if len(m.rest) == 0 || len(m.keys) == 0 {
		figures = nil
	}
	read := func(e *expr, name string, put func(*expr)) *output {
		e = m.rekeyed(replaceAggregates(e, of))
		o := &output{name: named(e, name, f.block), expr: e, at: e.at}
		f.block.outs = append(f.block.outs, o)
		f.back = append(f.back, func() { put(o.expr) })
		return o
	}
	b := m.block
	for _, o := range b.outs {
		read(o.expr, o.name, func(e *expr) { o.expr = e })
	}
	if b.having != nil {
		read(b.having, "", func(e *expr) { b.having = e })
	}
	if b.qualify != nil {
		read(b.qualify, "", func(e *expr) { b.qualify = e })
	}
	for i, o := range b.order {
		read(o.expr, "", func(e *expr) { b.order[i].expr = e })
	}
	for _, e := range figures {
		of[e.agg] = e
		f.rows[b] = append(f.rows[b], read(e, "", func(*expr) {}))
	}
}

// named is what a cell is called that an expression shows as it is.
func named(e *expr, name string, b *block) string {
	if name = strings.TrimLeft(name, "_"); name != "" {
		return name
	}
	switch e.op {
	case opAgg:
		return e.agg.name()
	case opKey:
		return b.keys[e.key].keyName(e.key)
	}
	return ""
}

// rekeyed numbers keys as the first block does.
func (m *member) rekeyed(e *expr) *expr {
	if e.op == opKey {
		k := *e
		k.sig, k.key = "", m.keys[e.key]
		return &k
	}
	return mapped(e, m.rekeyed)
}

// posting reads the rows of a block in the table of all.
func (f *family) posting(cells []yumen.ArtifactColumn) func(*block) posting {
	return func(b *block) posting {
		p := f.block.posting(cells)
		var visible []string
		for _, o := range f.rows[b] {
			visible = append(visible, "NOT ("+p.suppressed(o.expr)+")")
		}
		if len(visible) > 0 {
			p.filter = "(" + strings.Join(visible, " OR ") + ")"
		}
		return p
	}
}

// paired puts tables in place of others that are the same.
type paired map[*relation]*relation

// blocks pairs the tables of two blocks, and reports whether they are the same and joined in the same way.
func (p paired) blocks(a, b *block) bool {
	return a == b || a.joins != nil && b.joins != nil && p.joined(a.joins, b.joins) && p.sameOn(a.joins, b.joins)
}

func (p paired) joined(a, b *joinTree) bool {
	if a.rel == nil || b.rel == nil {
		return a.rel == b.rel && a.kind == b.kind && a.swapped == b.swapped && p.joined(a.left, b.left) && p.joined(a.right, b.right)
	}
	return a.rel == b.rel || p.relations(a.rel, b.rel)
}

func (p paired) relations(a, b *relation) bool {
	p[b] = a
	switch {
	case len(a.cols) != len(b.cols) || len(a.units) != len(b.units) || len(a.parts) != len(b.parts) || (a.inner == nil) != (b.inner == nil):
		return false
	case a.table != nil || b.table != nil:
		return a.table == b.table
	case a.parts != nil:
		return false // which side a row is from is a condition, which is told with the table that groups it
	}
	return p.subqueries(a.inner, b.inner)
}

// subqueries pairs two blocks that are read, which must be the same in all.
func (p paired) subqueries(a, b *block) bool {
	if a == b {
		return true
	}
	if !p.blocks(a, b) || a.grouped != b.grouped || a.distinct != b.distinct || a.limit != nil || b.limit != nil || len(a.outs) != len(b.outs) {
		return false
	}
	outs := func(b *block) (es []*expr) {
		for _, o := range b.outs {
			es = append(es, o.expr)
		}
		return append(es, b.having, b.qualify)
	}
	return p.same(a.where, b.where) && p.same(a.keys, b.keys) && p.same(outs(a), outs(b))
}

func (p paired) sameOn(a, b *joinTree) bool {
	return a.rel != nil || p.same(a.on, b.on) && p.sameOn(a.left, b.left) && p.sameOn(a.right, b.right)
}

func (p paired) same(a, b []*expr) bool {
	return slices.EqualFunc(a, b, func(x, y *expr) bool { return sameExpr(x, p.expr(y)) })
}

// expr puts columns in place of those of other tables.
func (p paired) expr(e *expr) *expr {
	switch {
	case e == nil:
		return nil
	case e.op == opColumn:
		if r := p[e.col.rel]; r != nil {
			return elsewhere(columnExpr(r.cols[e.col.n], e.at), e.at)
		}
		return e
	case e.op == opAgg:
		c := *e
		c.sig, c.agg = "", p.aggregate(e.agg)
		return &c
	}
	return mapped(e, p.expr)
}

func (p paired) aggregate(g *aggregate) *aggregate {
	c := *g
	c.arg, c.filter, c.order = p.expr(g.arg), p.expr(g.filter), nil
	for _, o := range g.order {
		c.order = append(c.order, ordering{p.expr(o.expr), o.descending, o.nullsFirst})
	}
	if g.unit != nil && p[g.unit.rel] != nil {
		c.unit = p[g.unit.rel].units[g.unit.n]
	}
	return &c
}
