package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// Tables of cells over the same rows are one table. Where conditions differ, its WHERE is that some of them hold, and
// each condition filters the aggregates of its own table. Then whatever the tables tell together is judged as what
// aggregates with FILTER tell, by the combinations of parts that rows are in. Where keys differ, each table is a level
// of the whole: it has all keys, and rows of a table that lacks some are totals over them. The parts by all keys are
// always there, so that totals can be judged by what they are made of.

// Family is such a table, and what each block reads of it.
type Family struct {
	Block *plan.Block
	Rows  map[*plan.Block][]*plan.Output // figures of which one is visible in each row of the block; none for all rows
	// Levels are those of each block among the levels of the table, none where it has one.
	Levels map[*plan.Block][]uint64
	Back   []func() // put what the figures became into the blocks
}

// FamilyOf brings blocks together, or returns nil where they read other rows.
func FamilyOf(tables []*plan.Block) *Family {
	base := *tables[0]
	f := &Family{Block: &base, Rows: map[*plan.Block][]*plan.Output{}}
	base.Aggs, base.Outs, base.Order, base.Having, base.Qualify, base.Keys = nil, nil, nil, nil, nil, nil
	var members []*member
	for _, t := range tables {
		m := newMember(&base, tables[0], t)
		if m == nil {
			return nil
		}
		members = append(members, m)
	}
	base.Where = common(members)
	for _, m := range members {
		if m.rest = m.beyond(base.Where); slices.ContainsFunc(m.rest, tells) {
			return nil
		}
	}
	if !slices.ContainsFunc(members, func(m *member) bool { return len(m.rest) == 0 }) {
		either := &plan.Expr{Op: plan.OpCall, Fn: "or", Type: plan.Bool, At: base.At}
		for _, m := range members {
			if one := plan.And(m.rest...); !slices.ContainsFunc(either.Args,
				func(e *plan.Expr) bool { return plan.SameExpr(e, one) }) {
				either.Args = append(either.Args, one)
			}
		}
		base.Where = append(slices.Clone(base.Where), either)
	}
	f.level(members)
	for _, m := range members {
		f.add(m)
	}
	return f
}

// member is a block of a family, with the tables of the first put in place of its own.
type member struct {
	block *plan.Block
	pairs paired
	where []*plan.Expr
	rest  []*plan.Expr // conditions that not all have
	keys  []int
	// moved puts an aggregate over the tables of the whole; nil where pairs do.
	moved func(*plan.Aggregate) *plan.Aggregate
}

// newMember numbers the keys of a block among those of the whole, to which it adds what they lack.
func newMember(base, first, b *plan.Block) *member {
	m := &member{block: b, pairs: paired{}}
	if !m.pairs.blocks(first, b) || len(first.Classes()) != len(b.Classes()) {
		return nil
	}
	for i, u := range first.Units {
		if u.Absent != b.Units[i].Absent {
			return nil
		}
	}
	for _, c := range b.Where {
		m.where = append(m.where, m.pairs.expr(c))
	}
	for _, k := range b.Keys {
		k = m.pairs.expr(k)
		n := slices.IndexFunc(base.Keys, func(o *plan.Expr) bool { return plan.SameExpr(o, k) })
		if n < 0 {
			n, base.Keys = len(base.Keys), append(base.Keys, k)
		}
		m.keys = append(m.keys, n)
	}
	return m
}

// common lists the conditions that all have.
func common(members []*member) []*plan.Expr {
	return slices.DeleteFunc(slices.Clone(members[0].where), func(c *plan.Expr) bool {
		return slices.ContainsFunc(members, func(m *member) bool {
			return !slices.ContainsFunc(m.where, func(o *plan.Expr) bool { return plan.SameExpr(o, c) })
		})
	})
}

func (m *member) beyond(all []*plan.Expr) []*plan.Expr {
	return slices.DeleteFunc(slices.Clone(m.where), func(c *plan.Expr) bool {
		return slices.ContainsFunc(all, func(o *plan.Expr) bool { return plan.SameExpr(o, c) })
	})
}

// tells reports whether a condition says more than which rows there are: of which unit they are, or that there is none.
func tells(c *plan.Expr) bool {
	found := len(c.Relations()) > 1 && c.Fn == "="
	c.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpColumn && x.Column.Unit != nil
		return !found
	})
	return found
}

// add puts the figures of a block in.
func (f *Family) add(m *member) {
	of := map[*plan.Aggregate]*plan.Expr{}
	put := func(g *plan.Aggregate) *plan.Expr {
		conds := append(slices.Clone(m.rest), g.Filter)
		g.Filter = plan.And(slices.DeleteFunc(conds, func(e *plan.Expr) bool { return e == nil })...)
		i := slices.IndexFunc(f.Block.Aggs, func(o *plan.Aggregate) bool { return o.Signature() == g.Signature() })
		if i < 0 {
			i, f.Block.Aggs = len(f.Block.Aggs), append(f.Block.Aggs, g)
		}
		return &plan.Expr{Op: plan.OpAgg, Aggregate: f.Block.Aggs[i], Type: g.Type, At: g.At}
	}
	var figures []*plan.Expr
	for _, g := range m.block.Aggs {
		if m.moved != nil {
			of[g] = put(m.moved(g))
		} else {
			of[g] = put(m.pairs.aggregate(g))
		}
		figures = append(figures, of[g])
	}
	if len(figures) == 0 && len(m.rest) > 0 {
		figures = append(figures, put(&plan.Aggregate{Fn: "count", Type: plan.Int, At: m.block.At}))
	}
	if len(m.rest) == 0 || len(m.keys) == 0 {
		figures = nil // all groups are there, and where there is no grouping one row is
	}
	read := func(e *plan.Expr, name string, put func(*plan.Expr)) *plan.Output {
		e = m.rekeyed(replaceAggregates(e, of))
		o := &plan.Output{Name: named(e, name, f.Block), Expr: e, At: e.At}
		f.Block.Outs = append(f.Block.Outs, o)
		f.Back = append(f.Back, func() { put(o.Expr) })
		return o
	}
	b := m.block
	for _, o := range b.Outs {
		read(o.Expr, o.Name, func(e *plan.Expr) { o.Expr = e })
	}
	if b.Having != nil {
		read(b.Having, "", func(e *plan.Expr) { b.Having = e })
	}
	if b.Qualify != nil {
		read(b.Qualify, "", func(e *plan.Expr) { b.Qualify = e })
	}
	for i, o := range b.Order {
		read(o.Expr, "", func(e *plan.Expr) { b.Order[i].Expr = e })
	}
	for _, e := range figures {
		of[e.Aggregate] = e
		f.Rows[b] = append(f.Rows[b], read(e, "", func(*plan.Expr) {}))
	}
}

// named is what a cell is called that an expression shows as it is.
func named(e *plan.Expr, name string, b *plan.Block) string {
	if name = strings.TrimLeft(name, "_"); name != "" {
		return name
	}
	switch e.Op {
	case plan.OpAgg:
		return e.Aggregate.Name()
	case plan.OpKey:
		return keyName(b.Keys[e.Key], e.Key)
	}
	return ""
}

// rekeyed numbers keys as the first block does.
func (m *member) rekeyed(e *plan.Expr) *plan.Expr {
	if e.Op == plan.OpKey {
		k := *e
		k.Sig, k.Key = "", m.keys[e.Key]
		return &k
	}
	return plan.Mapped(e, m.rekeyed)
}

// paired puts tables in place of others that are the same.
type paired map[*plan.Relation]*plan.Relation

// blocks pairs the tables of two blocks, and reports whether they are the same and joined in the same way.
func (p paired) blocks(a, b *plan.Block) bool {
	return a == b || a.Joins != nil && b.Joins != nil && p.joined(a.Joins, b.Joins) && p.sameOn(a.Joins, b.Joins)
}

func (p paired) joined(a, b *plan.JoinTree) bool {
	if a.Rel == nil || b.Rel == nil {
		return a.Rel == b.Rel && a.Kind == b.Kind && a.Swapped == b.Swapped && p.joined(a.Left, b.Left) &&
			p.joined(a.Right, b.Right)
	}
	return a.Rel == b.Rel || p.relations(a.Rel, b.Rel)
}

func (p paired) relations(a, b *plan.Relation) bool {
	p[b] = a
	switch {
	case len(a.Cols) != len(b.Cols) || len(a.Units) != len(b.Units) || len(a.Parts) != len(b.Parts) ||
		(a.Inner == nil) != (b.Inner == nil):
		return false
	case a.Table != nil || b.Table != nil:
		return a.Table == b.Table
	case a.Parts != nil:
		return false // which side a row is from is a condition, which is told with the table that groups it
	}
	return p.subqueries(a.Inner, b.Inner)
}

// subqueries pairs two blocks that are read, which must be the same in all.
func (p paired) subqueries(a, b *plan.Block) bool {
	if a == b {
		return true
	}
	if !p.blocks(a, b) || a.Grouped != b.Grouped || a.Distinct != b.Distinct || a.Limit != nil || b.Limit != nil ||
		len(a.Outs) != len(b.Outs) {
		return false
	}
	outs := func(b *plan.Block) (es []*plan.Expr) {
		for _, o := range b.Outs {
			es = append(es, o.Expr)
		}
		return append(es, b.Having, b.Qualify)
	}
	return p.same(a.Where, b.Where) && p.same(a.Keys, b.Keys) && p.same(outs(a), outs(b))
}

func (p paired) sameOn(a, b *plan.JoinTree) bool {
	return a.Rel != nil || p.same(a.On, b.On) && p.sameOn(a.Left, b.Left) && p.sameOn(a.Right, b.Right)
}

func (p paired) same(a, b []*plan.Expr) bool {
	return slices.EqualFunc(a, b, func(x, y *plan.Expr) bool { return plan.SameExpr(x, p.expr(y)) })
}

// expr puts columns in place of those of other tables.
func (p paired) expr(e *plan.Expr) *plan.Expr {
	switch {
	case e == nil:
		return nil
	case e.Op == plan.OpColumn:
		if r := p[e.Column.Relation]; r != nil {
			return plan.Elsewhere(plan.ColumnExpr(r.Cols[e.Column.Number], e.At), e.At)
		}
		return e
	case e.Op == plan.OpAgg:
		c := *e
		c.Sig, c.Aggregate = "", p.aggregate(e.Aggregate)
		return &c
	}
	return plan.Mapped(e, p.expr)
}

func (p paired) aggregate(g *plan.Aggregate) *plan.Aggregate {
	c := *g
	c.Arg, c.Filter, c.Order = p.expr(g.Arg), p.expr(g.Filter), nil
	for _, o := range g.Order {
		c.Order = append(c.Order,
			plan.Ordering{Expr: p.expr(o.Expr), Descending: o.Descending, NullsFirst: o.NullsFirst})
	}
	if g.Unit != nil && p[g.Unit.Relation] != nil {
		c.Unit = p[g.Unit.Relation].Units[g.Unit.Number]
	}
	return &c
}
