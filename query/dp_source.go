package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// A plan of class dp is written in a normal form, so that texts which mean the same by construction ask the same question:
// subqueries and WITH are written out where they are used, conditions stand together, and nothing keeps the order or the
// names it was written with.

// reading is FROM and WHERE: the cross product of rels, each of joined brought to it in turn, and the conditions on all of it.
type reading struct {
	rels   []*relation // datasets, subqueries by units, and unions
	joined []*joined
	conds  []*expr // conjuncts
}

// joined is a table or several that a left, semi or anti join adds. What the other side says of itself stands in on.
type joined struct {
	kind  joinKind
	right *reading
	on    []*expr
}

// unitGroups is a subquery grouped by a unit: a group for each unit, or for each unit and further keys.
type unitGroups struct {
	src  *reading
	keys []*expr
	aggs []*aggregate
	unit int    // which key is the unit's
	text string // the subquery, once written
}

// flattening writes out subqueries.
type flattening struct {
	rs   *reasons
	defs map[*column]*expr        // of columns of subqueries, over what is below them
	lazy map[*column]func() *expr // the same, not yet needed
	full bool                     // something grew too large, which is told
}

func newFlattening(rs *reasons) *flattening {
	return &flattening{rs: rs, defs: map[*column]*expr{}, lazy: map[*column]func() *expr{}}
}

// block writes out FROM and WHERE of a block.
func (f *flattening) block(b *block) *reading {
	s := f.tree(b.joins, false)
	s.conds = append(s.conds, f.conjuncts(b.where)...)
	return s
}

// tree writes out a join. Optional is set on the side of a left join that may find no partner.
func (f *flattening) tree(j *joinTree, optional bool) *reading {
	if j.rel != nil {
		return f.leaf(j.rel, optional)
	}
	left := f.tree(j.left, optional)
	right := f.tree(j.right, optional || j.kind == leftJoin)
	on := f.conjuncts(j.on)
	if j.kind == innerJoin || j.kind == crossJoin {
		left.rels, left.joined = append(left.rels, right.rels...), append(left.joined, right.joined...)
		left.conds = slices.Concat(left.conds, right.conds, on)
		return left
	}
	on, right.conds = append(on, right.conds...), nil
	left.joined = append(left.joined, &joined{j.kind, right, on})
	return left
}

func (f *flattening) leaf(r *relation, optional bool) *reading {
	b := r.inner
	switch {
	case r.table != nil:
		r.optional = optional
		return &reading{rels: []*relation{r}}
	case r.parts != nil:
		return f.union(r, optional)
	case b.grouped:
		return f.groups(r, optional)
	}
	s := f.block(b)
	if optional {
		s.mark()
	}
	for _, c := range r.cols {
		f.later(c, optional, s, func() *expr { return f.expr(c.def) })
	}
	return s
}

// mark notes that a left join may find none of these.
func (s *reading) mark() {
	for _, r := range s.rels {
		r.optional = true
	}
	for _, j := range s.joined {
		j.right.mark()
	}
}

// later says what a column of a subquery is below it. Where a left join may find no row of the subquery, what is computed
// there is NULL, so its being found is asked for.
func (f *flattening) later(c *column, optional bool, s *reading, def func() *expr) {
	f.lazy[c] = func() *expr {
		e := def()
		if !optional || e.op == opColumn {
			return e
		}
		found := sized(&expr{op: opCall, fn: "is not null", typ: tBool, at: e.at, args: []*expr{s.unit(e.at)}})
		return sized(&expr{op: opCase, typ: e.typ, at: e.at, args: []*expr{found, e, null()}})
	}
}

// groups writes out a subquery grouped by a unit: its keys and aggregates become columns of a new relation, what it makes of
// them is computed above it.
func (f *flattening) groups(r *relation, optional bool) *reading {
	b := r.inner
	g := &unitGroups{src: f.block(b), unit: -1}
	out := &relation{id: r.id, alias: r.alias, groups: g, optional: optional, inner: &block{}}
	column := func(def *expr, unit *unit) *column {
		c := &column{rel: out, n: len(out.cols), typ: def.typ, def: def, unit: unit}
		out.cols = append(out.cols, c)
		return c
	}
	keys, aggs := make([]*expr, len(b.keys)), map[*aggregate]*expr{}
	for i, k := range b.keys {
		g.keys = append(g.keys, f.expr(k))
		u := unitOf(k, nil)
		if u != nil && g.unit < 0 && !slices.ContainsFunc(b.classes(), func(o *unit) bool { return !o.dependsOn(u) }) {
			g.unit = i
		}
		keys[i] = columnExpr(column(&expr{op: opKey, key: i, typ: k.typ, at: k.at}, u), k.at)
	}
	for _, a := range b.aggs {
		flat := f.aggregate(a)
		g.aggs = append(g.aggs, flat)
		aggs[a] = columnExpr(column(&expr{op: opAgg, agg: flat, typ: a.typ, at: a.at}, nil), a.at)
	}
	out.inner.keys, out.inner.where, out.inner.grouped = g.keys, g.src.conds, true
	s := &reading{rels: []*relation{out}}
	over := func(e *expr) *expr { return f.grouped(e, keys, aggs) }
	if b.having != nil {
		s.conds = conjuncts(over(b.having))
	}
	for _, c := range r.cols {
		f.later(c, optional, s, func() *expr { return over(c.def) })
	}
	return s
}

// unionRows is UNION ALL: each side gives its unit and, place by place, its columns.
type unionRows struct {
	sides []*unionSide
	text  string // once written
}

type unionSide struct {
	src  *reading
	cols []*expr // as in relation.cols; the first is the unit
}

// union writes out the sides of a union.
func (f *flattening) union(r *relation, optional bool) *reading {
	out := &relation{id: r.id, alias: r.alias, union: &unionRows{}, optional: optional}
	out.cols = []*column{{rel: out, typ: tInt, unit: &unit{rel: out}}}
	for i, c := range r.cols {
		u := &column{rel: out, n: i + 1, typ: c.typ}
		if c.unit != nil {
			u.unit = out.cols[0].unit
		}
		out.cols = append(out.cols, u)
		f.defs[c] = columnExpr(u, -1)
		f.lazy[c] = nil
	}
	for _, p := range r.parts {
		src := f.leaf(p, false)
		side := &unionSide{src: src, cols: []*expr{src.unit(-1)}}
		for _, c := range p.cols {
			side.cols = append(side.cols, f.expr(columnExpr(c, -1)))
		}
		out.union.sides = append(out.union.sides, side)
	}
	return &reading{rels: []*relation{out}}
}

func (f *flattening) aggregate(g *aggregate) *aggregate {
	flat := *g
	if g.arg != nil {
		flat.arg = f.expr(g.arg)
	}
	if g.filter != nil {
		flat.filter = f.expr(g.filter)
	}
	flat.order = nil
	for _, o := range g.order {
		flat.order = append(flat.order, ordering{f.expr(o.expr), o.descending, o.nullsFirst})
	}
	return &flat
}

func columnExpr(c *column, at int) *expr {
	return &expr{op: opColumn, typ: c.typ, col: c, at: at, size: 1}
}

// grouped puts columns in place of keys and aggregates.
func (f *flattening) grouped(e *expr, keys []*expr, aggs map[*aggregate]*expr) *expr {
	switch e.op {
	case opKey:
		return elsewhere(keys[e.key], e.at)
	case opAgg:
		return elsewhere(aggs[e.agg], e.at)
	}
	return f.mapped(e, func(a *expr) *expr { return f.grouped(a, keys, aggs) })
}

// expr writes e over datasets and subqueries by units. The key of a unit becomes its number.
func (f *flattening) expr(e *expr) *expr {
	if e.op != opColumn {
		return f.mapped(e, f.expr)
	}
	c := e.col
	if def, ok := f.lazy[c]; ok {
		if f.defs[c] == nil {
			f.defs[c] = def()
		}
		return elsewhere(f.defs[c], e.at)
	}
	if c.unit != nil && c.base != nil {
		return unitNumber(c.rel, c.unit, e.at)
	}
	return columnExpr(c, e.at)
}

func (f *flattening) conjuncts(es []*expr) (out []*expr) {
	for _, e := range es {
		out = append(out, conjuncts(plain(f.expr(e)))...)
	}
	return out
}

func (f *flattening) mapped(e *expr, each func(*expr) *expr) *expr {
	args := make([]*expr, len(e.args))
	for i, a := range e.args {
		args[i] = each(a)
	}
	c := sized(e.with(args))
	if c.size > maxExpr {
		f.full = true
		f.rs.addFix("statement.size", e.at, yumen.Say("this expression has more than %d parts once the subqueries it reads are written out", "展开子查询后，此表达式超过 %d 个组成部分", maxExpr),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return &expr{op: opConst, typ: e.typ, lit: literal{typ: tNull}, at: e.at, size: 1}
	}
	return c
}

func sized(e *expr) *expr {
	e.size = 1
	for _, a := range e.args {
		e.size += max(1, a.size)
	}
	return e
}

// unitNumber is the number of a dataset row's unit.
func unitNumber(r *relation, u *unit, at int) *expr {
	c := &column{rel: r, n: -1, name: yumen.UnitColumn, typ: tInt, base: &yumen.Column{Name: yumen.UnitColumn, Type: yumen.TypeInteger}, unit: u}
	return columnExpr(c, at)
}

// unit is the number of the unit that a row belongs to, where all rows belong to units of one class. Reference data has none.
func (s *reading) unit(at int) *expr {
	r := s.rels[0]
	if i := slices.IndexFunc(s.rels, func(r *relation) bool { return r.table == nil || !r.table.Dataset.Reference() }); i >= 0 {
		r = s.rels[i]
	} else {
		return unitNumber(r, &unit{rel: r}, at) // of a left join with reference data alone: that a row was found
	}
	switch {
	case r.groups != nil:
		return columnExpr(r.groups.unitColumn(r), at)
	case r.union != nil:
		return columnExpr(r.cols[0], at)
	}
	return unitNumber(r, r.units[0], at)
}

// unitColumn is the column of r that is the unit's key.
func (g *unitGroups) unitColumn(r *relation) *column {
	i := slices.IndexFunc(r.cols, func(c *column) bool { return c.def.op == opKey && c.def.key == g.unit })
	return r.cols[max(i, 0)] // where there is none, the rows depend on several units, which is refused
}

// single reports whether each unit has at most one row by construction: where each row is a unit, or a subquery has one group
// for each unit. All rows belong to units of one class, so what is joined is joined on the unit; reference data may have several
// rows for each.
func (s *reading) single() bool {
	for _, r := range s.rels {
		switch {
		case r.groups != nil && len(r.groups.keys) == 1:
		case r.table != nil && r.table.Dataset.Unit.Kind == yumen.UnitKindRow:
		default:
			return false
		}
	}
	return !slices.ContainsFunc(s.joined, func(j *joined) bool { return j.kind == leftJoin && !j.right.single() })
}

// exprs visits every expression of s that is not inside a subquery by units.
func (s *reading) exprs(visit func(*expr)) {
	for _, c := range s.conds {
		visit(c)
	}
	for _, j := range s.joined {
		for _, c := range j.on {
			visit(c)
		}
		j.right.exprs(visit)
	}
}

// all lists the tables of s, those joined included.
func (s *reading) all() []*relation {
	out := slices.Clone(s.rels)
	for _, j := range s.joined {
		out = append(out, j.right.all()...)
	}
	return out
}
