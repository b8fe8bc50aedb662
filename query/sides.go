package query

import (
	"fmt"
	"slices"
	"strings"
)

// This file sees to it that which side of a union a row is from is a condition like any other: what aggregates tell of it
// has its own units counted.

// sides are what a column of a subquery is: itself, or what it is on each side of a union.
func (c *column) sides() []*column {
	if c.alts != nil {
		return c.alts
	}
	return []*column{c}
}

func (f *variantFinder) columnGivesZeros(c *column) bool {
	apart := c.alts != nil && !c.alike()
	return slices.ContainsFunc(c.sides(), func(s *column) bool { return f.givesZeros(s.def) || apart && s.def.zero() })
}

// alike reports whether the sides of a union put the same sort of value into a column: dataset columns or aggregates of
// them as they are, or one constant. Otherwise which side a row is from shows in its value, as a CASE would show it. Where
// groups are of one side each, nothing has to be told apart.
func (c *column) alike() bool {
	if c.rel.apart {
		return true
	}
	constants := 0
	for _, alt := range c.alts {
		what := alt.value()
		if what == "" {
			return false
		}
		if e := uncast(alt.def); e.op == opConst {
			constants++
			if what != c.alts[0].value() {
				return false
			}
		}
	}
	return constants == 0 || constants == len(c.alts)
}

// value names what a side of a union puts into a column: a dataset column, an aggregate of one, or a constant. It is "" for
// anything computed, and for NULL.
func (c *column) value() string {
	e := uncast(c.def)
	if e.op == opKey {
		e = uncast(c.rel.inner.keys[e.key])
	}
	switch {
	case isNull(e):
		return ""
	case e.op == opConst:
		return e.signature()
	case e.op == opAgg && e.agg.filter == nil && e.agg.arg == nil:
		return e.agg.fn
	case e.op == opAgg && e.agg.filter == nil && e.agg.order == nil:
		if of := sourceNames(e.agg.arg); of != "" {
			return e.agg.fn + " " + of
		}
		return ""
	}
	return sourceNames(e)
}

func sourceNames(e *expr) string {
	var s []string
	for _, d := range e.directs(nil) {
		s = append(s, fmt.Sprintf("%q.%q", d.rel.table.Dataset.Name, d.base.Name))
	}
	return strings.Join(s, " ")
}

func uncast(e *expr) *expr {
	for e.op == opCast {
		e = e.args[0]
	}
	return e
}

// parting is the column of a union that is another constant on each side, which a key is, if any. Groups by it are of one
// side each.
func (e *expr) parting() *relation {
	for e.op == opColumn && e.col.def != nil {
		inner := e.col.rel.inner
		if e = e.col.def; e.op == opKey {
			e = inner.keys[e.key]
		}
	}
	if e.op != opColumn || e.col.alts == nil {
		return nil
	}
	seen := map[string]bool{}
	first := pinned(e.col.alts[0]).typ
	for _, alt := range e.col.alts {
		v := pinned(alt)
		l, ok := v.constant()
		if !ok || v.typ != first || first != tText && first != tInt && first != tBool || seen[l.text] {
			return nil
		}
		seen[l.text] = true
	}
	for i, alt := range e.col.alts {
		if slices.ContainsFunc(e.col.alts[:i], func(o *column) bool { return mayOverlap(alt.rel.inner, o.rel.inner) }) {
			return nil
		}
	}
	return e.col.rel
}

// mayOverlap reports whether two sides can hold the same rows: then groups of one side each are compared with each other,
// and two of them that differ by one person tell what that person adds.
func mayOverlap(a, b *block) bool {
	shared := slices.ContainsFunc(a.datasets(), func(name string) bool { return slices.Contains(b.datasets(), name) })
	return shared && !slices.ContainsFunc(a.where, func(c *expr) bool {
		return slices.ContainsFunc(b.where, func(d *expr) bool { return excludes(c, d) })
	})
}

// excludes reports whether two conditions hold a column to different constants.
func excludes(c, d *expr) bool {
	equal := func(e *expr) bool { return e.op == opCall && e.fn == "=" && e.args[1].op == opConst }
	if !equal(c) || !equal(d) || c.args[1].typ != d.args[1].typ {
		return false
	}
	of, other := sourceNames(c.args[0]), sourceNames(d.args[0])
	x, ok := c.args[1].constant()
	y, also := d.args[1].constant()
	return ok && also && c.args[0].op == opColumn && d.args[0].op == opColumn && of != "" && of == other && x.text != y.text
}

// datasets names the tables that a block reads.
func (b *block) datasets() (out []string) {
	for _, r := range b.rels {
		switch {
		case r.table != nil:
			out = append(out, r.table.Dataset.Name)
		case r.inner != nil:
			out = append(out, r.inner.datasets()...)
		}
		for _, side := range r.parts {
			out = append(out, side.inner.datasets()...)
		}
	}
	return out
}

// pinned is what a column of a side is: a constant where the side computes one or keeps only the rows that are equal to one.
func pinned(alt *column) *expr {
	v := uncast(alt.def)
	for _, c := range alt.rel.inner.where {
		if c.op == opCall && c.fn == "=" && sameExpr(c.args[0], v) && c.args[1].op == opConst {
			return c.args[1]
		}
	}
	return v
}

// tellSides makes each side of a union a part of the group whose units are counted: what a side of one person adds to a figure is told
// as soon as the other sides are known, from another aggregate of the row or from elsewhere. Keys alone have no figures.
func (m *measures) tellSides(b *block) {
	if !slices.ContainsFunc(b.aggs, b.uses) {
		return
	}
	for _, r := range b.rels {
		for _, mark := range r.marks() {
			m.tell(subset{arg: mark})
		}
	}
}

// tellRest makes what an aggregate of a per-unit subquery leaves out a part of its own, where another aggregate beside it may
// take it in: the difference of their sums is told by the units that have such rows.
func (m *measures) tellRest(b *block) {
	for _, r := range b.rels {
		if r.inner == nil || !r.inner.grouped {
			continue
		}
		inner := usedOf(b, r)
		if len(inner) < 2 {
			continue
		}
		for _, g := range inner {
			for _, rest := range m.find.rest(g) {
				h := r.hide(rest)
				m.tell(subset{arg: columnExpr(h, g.at)})
			}
		}
	}
}

// usedOf lists the aggregates of a per-unit subquery that those of the block around it read.
func usedOf(b *block, r *relation) (out []*aggregate) {
	visit := func(x *expr) bool {
		if x.op == opColumn && x.col.rel == r && x.col.def != nil {
			x.col.def.walk(func(y *expr) bool {
				if y.op == opAgg && !slices.Contains(out, y.agg) {
					out = append(out, y.agg)
				}
				return y.op != opAgg
			})
		}
		return true
	}
	for _, g := range b.aggs {
		g.arg.walk(visit)
		g.filter.walk(visit)
	}
	return out
}

// rest counts the rows that an aggregate's filter leaves out, and those that a condition in its argument gives 0 or NULL.
func (f *variantFinder) rest(g *aggregate) (out []*expr) {
	count := func(where *expr) {
		out = append(out, &expr{op: opAgg, typ: tInt, at: g.at, agg: &aggregate{fn: "count", filter: where, typ: tInt, at: g.at}})
	}
	call := func(fn string, typ sqlType, args ...*expr) *expr {
		return &expr{op: opCall, fn: fn, typ: typ, args: args, at: g.at}
	}
	constant := func(t sqlType, text string) *expr { return &expr{op: opConst, typ: t, lit: literal{t, text}, at: g.at} }
	if g.filter != nil {
		count(call("not", tBool, call("coalesce", tBool, g.filter, constant(tBool, "false"))))
	}
	if g.arg != nil && len(f.variants(g.arg, !g.counts())) > 0 {
		if g.counts() {
			count(call("is null", tBool, g.arg))
		} else {
			arg := g.arg
			if arg.typ == tBool {
				arg = castTo(arg, tInt)
			}
			count(call("coalesce", tBool, call("=", tBool, arg, constant(tInt, "0")), constant(tBool, "true")))
		}
	}
	return out
}

// marks lists, for every side of every union that the rows of r come from, an expression that is NULL or 0 on all others.
func (r *relation) marks() (out []*expr) {
	if r.inner != nil && !r.inner.grouped {
		for _, below := range r.inner.rels {
			for _, mark := range below.marks() {
				out = append(out, columnExpr(r.hide(mark), -1))
			}
		}
	}
	if r.inner != nil && r.inner.grouped {
		for _, below := range r.inner.rels {
			for _, mark := range below.marks() {
				g := &aggregate{fn: "count", arg: mark, typ: tInt}
				out = append(out, columnExpr(r.hide(&expr{op: opAgg, typ: tInt, agg: g}), -1))
			}
		}
	}
	if r.apart {
		return out
	}
	for i, p := range r.parts {
		of := []*expr{{op: opConst, typ: tBool, lit: literal{tBool, "true"}}}
		if !p.inner.grouped {
			for _, below := range p.inner.rels {
				of = append(of, below.marks()...)
			}
		}
		for _, mark := range of {
			out = append(out, columnExpr(r.sideColumn(i, mark), -1))
		}
	}
	return out
}

// unionVariants lists the variants of each side, NULL on the others. Where the sides are not alike, each is a variant.
func (f *variantFinder) unionVariants(c *column, at int, zeros bool) (out []*expr) {
	vs, known := f.found[variantsOf{c, zeros}]
	if !known {
		alike := c.alike()
		for i, alt := range c.alts {
			of := f.variants(alt.def, zeros)
			if len(of) == 0 && !alike && !isNull(alt.def) && !(zeros && alt.def.zero()) {
				of = []*expr{alt.def}
			}
			for _, v := range of {
				h := c.rel.sideColumn(i, v)
				vs = append(vs, &expr{op: opColumn, typ: h.typ, col: h})
			}
		}
		f.found[variantsOf{c, zeros}] = vs
	}
	for _, v := range vs {
		out = append(out, elsewhere(v, at))
	}
	return out
}

func isNull(e *expr) bool {
	e = uncast(e)
	return e.op == opConst && e.typ == tNull
}

// sideColumn is a hidden column of a union that is v on one side and NULL on the others.
func (r *relation) sideColumn(side int, v *expr) *column {
	for _, h := range r.cols {
		if sameExpr(h.alts[side].def, v) && !slices.ContainsFunc(h.alts, func(alt *column) bool { return alt != h.alts[side] && !isNull(alt.def) }) {
			return h
		}
	}
	n := len(r.cols)
	h := &column{rel: r, n: n, typ: v.typ, name: "hidden" + itoa(n)}
	for i, p := range r.parts {
		def := castTo(null(), v.typ)
		if i == side {
			p.inner.adopt(v)
			def = v
		}
		alt := &column{rel: p, n: n, typ: v.typ, def: def, name: h.name}
		p.cols = append(p.cols, alt)
		h.alts = append(h.alts, alt)
	}
	r.cols = append(r.cols, h)
	return h
}
