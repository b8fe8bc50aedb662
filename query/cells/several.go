package cells

import (
	"slices"
	"strconv"

	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Tables of cells over other rows of the same kind of unit are one table too: its rows are those of all, put together
// by UNION ALL, and which table a row is for is the FILTER of that table's aggregates. Groups of the same keys are one
// row of it, so that what the figures of all tables tell together is judged by what single units add to them, as within
// one table.

// firstUnionID is above the numbers of all tables that a statement may read.
const firstUnionID = 1000

// several is the work on such a table: the union that it reads, which key of each block is which of the whole, and
// which columns of the union hold what a block reads.
type several struct {
	union  *plan.Relation
	tables []*plan.Block
	keys   [][]int
	side   *plan.Column // the number of the block
	unit   *plan.Column // the key of the unit, nil where nothing counts units
}

// SeveralOf brings blocks over other rows together, or returns nil where their units or keys differ.
func SeveralOf(tables []*plan.Block) *Family {
	s := &several{union: &plan.Relation{ID: firstUnionID}, tables: tables}
	for _, t := range tables {
		if !s.add(t) {
			return nil
		}
	}
	kind := s.union.Parts[0].Lasting()[0].Kind
	for _, p := range s.union.Parts {
		if p.Lasting()[0].Kind != kind {
			return nil
		}
	}
	s.union.Units = []*plan.Unit{{Kind: kind, Relation: s.union}}
	keys, ok := s.keyColumns()
	if !ok || !s.unitColumn() {
		return nil
	}
	var numbers []*plan.Expr
	for i := range tables {
		numbers = append(numbers, plan.ConstantOf(plan.Int, strconv.Itoa(i+1)))
	}
	s.side = s.column("side", plan.Int, numbers)
	return s.family(keys)
}

// add makes a block a side of the union.
func (s *several) add(t *plan.Block) bool {
	if len(t.Levels) > 0 || t.Joins == nil || t.Post {
		return false
	}
	order, ok := aligned(s.tables[0], t)
	if !ok {
		return false
	}
	in := &plan.Block{Rels: t.Rels, Joins: t.Joins, Where: t.Where, Units: t.Units, Carried: t.Classes(), At: t.At}
	p := &plan.Relation{ID: firstUnionID + 1 + len(s.union.Parts), Inner: in}
	for i, u := range in.Carried {
		p.Units = append(p.Units, &plan.Unit{Kind: u.Kind, Relation: p, Number: i})
	}
	for i, u := range in.Carried {
		if u.Follows != nil {
			p.Units[i].Follows = p.Units[slices.Index(in.Carried, u.Follows.Root())]
		}
	}
	lasting := p.Lasting()
	if len(lasting) != 1 {
		return false
	}
	p.Slots = []int{lasting[0].Number}
	s.union.Parts, s.keys = append(s.union.Parts, p), append(s.keys, order)
	return true
}

// aligned says which key of the first block each key of another is: by the names that they come out under, or by their
// places.
func aligned(first, t *plan.Block) (order []int, ok bool) {
	if len(first.Keys) != len(t.Keys) {
		return nil, false
	}
	names := shownKeys(first)
	for _, name := range shownKeys(t) {
		n := slices.Index(names, name)
		if n < 0 || slices.Contains(order, n) {
			order = nil
			break
		}
		order = append(order, n)
	}
	if len(order) < len(t.Keys) {
		order = nil
		for i := range t.Keys {
			order = append(order, i)
		}
	}
	for i, n := range order {
		if _, fit := plan.Unify(first.Keys[n].Type, t.Keys[i].Type); !fit {
			return nil, false
		}
	}
	return order, true
}

// shownKeys are the names under which the keys of a block come out.
func shownKeys(b *plan.Block) []string {
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = reason.Fold(keyName(k, i))
	}
	for _, o := range b.Outs {
		if o.Expr.Op == plan.OpKey {
			out[o.Expr.Key] = reason.Fold(o.Name)
		}
	}
	return out
}

// column adds a column to the union, of what it is on each side.
func (s *several) column(name string, t plan.Type, sides []*plan.Expr) *plan.Column {
	c := &plan.Column{Relation: s.union, Number: len(s.union.Cols), Name: name, Type: t}
	for i, p := range s.union.Parts {
		def := sides[i]
		if def.Type != t {
			def = plan.CastTo(def, t)
		}
		alt := &plan.Column{Relation: p, Number: c.Number, Name: name, Type: t, Def: def}
		p.Cols, c.Alts = append(p.Cols, alt), append(c.Alts, alt)
	}
	s.union.Cols = append(s.union.Cols, c)
	return c
}

// keyColumns adds the keys of all blocks.
func (s *several) keyColumns() (keys []*plan.Expr, ok bool) {
	for n, k := range s.tables[0].Keys {
		t, sides := plan.Null, make([]*plan.Expr, len(s.tables))
		for i, b := range s.tables {
			sides[i] = b.Keys[slices.Index(s.keys[i], n)]
			if t, ok = plan.Unify(t, sides[i].Type); !ok {
				return nil, false
			}
		}
		keys = append(keys, plan.ColumnExpr(s.column(keyName(k, n), t, sides), k.At))
	}
	return keys, true
}

// unitColumn adds the key of the unit where some block counts units, and reports false where a side has no such column.
func (s *several) unitColumn() bool {
	counts := slices.ContainsFunc(s.tables, func(t *plan.Block) bool {
		return slices.ContainsFunc(t.Aggs, func(g *plan.Aggregate) bool { return g.Fn == "count_units" })
	})
	if !counts {
		return true
	}
	sides := make([]*plan.Expr, len(s.tables))
	for i, t := range s.tables {
		lasting := t.Classes()[s.union.Parts[i].Slots[0]]
		for _, r := range t.Rels {
			for _, c := range r.Cols {
				if c.Unit != nil && c.Unit.Root() == lasting && sides[i] == nil {
					sides[i] = plan.ColumnExpr(c, t.At)
				}
			}
		}
		if sides[i] == nil {
			return false
		}
	}
	s.unit = s.column("unit", plan.Int, sides)
	s.unit.Unit = s.union.Units[0]
	for i, alt := range s.unit.Alts {
		alt.Unit = s.union.Parts[i].Units[s.union.Parts[i].Slots[0]]
	}
	return true
}

// family is the table of all, and what each block reads of it.
func (s *several) family(keys []*plan.Expr) *Family {
	base := &plan.Block{Rels: []*plan.Relation{s.union}, Joins: &plan.JoinTree{Rel: s.union, At: s.tables[0].At},
		Grouped: true, Keys: keys,
		Units: s.union.Units, At: s.tables[0].At}
	f := &Family{Block: base, Rows: map[*plan.Block][]*plan.Output{}}
	for i, t := range s.tables {
		here := plan.Call("=", &plan.Expr{At: t.At}, plan.ColumnExpr(s.side, t.At),
			plan.ConstantOf(plan.Int, strconv.Itoa(i+1)))
		m := &member{block: t, rest: []*plan.Expr{here}, keys: s.keys[i]}
		ok := true
		m.moved = func(g *plan.Aggregate) *plan.Aggregate { return s.aggregate(g, i, &ok) }
		if f.add(m); !ok {
			return nil
		}
	}
	if slices.ContainsFunc(keys, func(k *plan.Expr) bool { return changes(k, nil) }) {
		return nil
	}
	return f
}

// aggregate is an aggregate of a block over the columns of the union; ok turns false where it reads the key of a unit
// otherwise than to count units.
func (s *several) aggregate(g *plan.Aggregate, side int, ok *bool) *plan.Aggregate {
	c := *g
	if g.Fn == "count_units" {
		c.Arg, c.Unit = plan.ColumnExpr(s.unit, g.At), s.unit.Unit
		*ok = *ok && g.Unit.Root() == s.tables[side].Classes()[s.union.Parts[side].Slots[0]]
	} else {
		c.Arg = s.expr(g.Arg, side, ok)
	}
	c.Filter, c.Order = s.expr(g.Filter, side, ok), nil
	*ok = *ok && len(g.Order) == 0
	return &c
}

func (s *several) expr(e *plan.Expr, side int, ok *bool) *plan.Expr {
	switch {
	case e == nil:
		return nil
	case e.Op == plan.OpColumn:
		*ok = *ok && e.Column.Unit == nil
		return plan.ColumnExpr(sideColumn(s.union, side, e), e.At)
	case e.Op == plan.OpAgg || e.Op == plan.OpKey:
		*ok = false
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return s.expr(a, side, ok) })
}
