package cells

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// This file sees to it that which side of a union a row is from is a condition like any other: what aggregates tell of
// it has its own units counted.

func (f *variantFinder) columnGivesZeros(c *plan.Column) bool {
	apart := c.Alts != nil && !alike(c)
	return slices.ContainsFunc(c.Sides(),
		func(s *plan.Column) bool { return f.givesZeros(s.Def) || apart && s.Def.Zero() })
}

// alike reports whether the sides of a union put the same sort of value into a column: dataset columns or aggregates of
// them as they are, or one constant. Otherwise which side a row is from shows in its value, as a CASE would show it.
// Where groups are of one side each, nothing has to be told apart.
func alike(c *plan.Column) bool {
	if c.Relation.Apart {
		return true
	}
	constants := 0
	for _, alt := range c.Alts {
		what := valueOf(alt)
		if what == "" {
			return false
		}
		if e := plan.Uncast(alt.Def); e.Op == plan.OpConst {
			constants++
			if what != valueOf(c.Alts[0]) {
				return false
			}
		}
	}
	return constants == 0 || constants == len(c.Alts)
}

// valueOf names what a side of a union puts into a column: a dataset column, an aggregate of one, or a constant. It is
// "" for anything computed, and for NULL.
func valueOf(c *plan.Column) string {
	e := plan.Uncast(c.Def)
	if e.Op == plan.OpKey {
		e = plan.Uncast(c.Relation.Inner.Keys[e.Key])
	}
	switch {
	case plan.IsNull(e):
		return ""
	case e.Op == plan.OpConst:
		return e.Signature()
	case e.Op == plan.OpAgg && e.Aggregate.Filter == nil && e.Aggregate.Arg == nil:
		return e.Aggregate.Fn
	case e.Op == plan.OpAgg && e.Aggregate.Filter == nil && e.Aggregate.Order == nil:
		if of := sourceNames(e.Aggregate.Arg); of != "" {
			return e.Aggregate.Fn + " " + of
		}
		return ""
	}
	return sourceNames(e)
}

func sourceNames(e *plan.Expr) string {
	var s []string
	for _, d := range e.Directs(nil) {
		s = append(s, fmt.Sprintf("%q.%q", d.Relation.Table.Dataset.Name, d.Base.Name))
	}
	return strings.Join(s, " ")
}

// parting is the column of a union that is another constant on each side, which a key is, if any. Groups by it are of
// one side each.
func parting(e *plan.Expr) *plan.Relation {
	for e.Op == plan.OpColumn && e.Column.Def != nil {
		inner := e.Column.Relation.Inner
		if e = e.Column.Def; e.Op == plan.OpKey {
			e = inner.Keys[e.Key]
		}
	}
	if e.Op != plan.OpColumn || e.Column.Alts == nil {
		return nil
	}
	seen := map[string]bool{}
	first := pinned(e.Column.Alts[0]).Type
	for _, alt := range e.Column.Alts {
		v := pinned(alt)
		l, ok := v.Constant()
		if !ok || v.Type != first || first != plan.Text && first != plan.Int && first != plan.Bool || seen[l.Text] {
			return nil
		}
		seen[l.Text] = true
	}
	for i, alt := range e.Column.Alts {
		if slices.ContainsFunc(e.Column.Alts[:i],
			func(o *plan.Column) bool { return mayOverlap(alt.Relation.Inner, o.Relation.Inner) }) {
			return nil
		}
	}
	return e.Column.Relation
}

// mayOverlap reports whether two sides can hold the same rows: then groups of one side each are compared with each
// other, and two of them that differ by one person tell what that person adds.
func mayOverlap(a, b *plan.Block) bool {
	shared := slices.ContainsFunc(datasetsOf(a), func(name string) bool { return slices.Contains(datasetsOf(b), name) })
	return shared && !slices.ContainsFunc(a.Where, func(c *plan.Expr) bool {
		return slices.ContainsFunc(b.Where, func(d *plan.Expr) bool { return excludes(c, d) })
	})
}

// excludes reports whether no value of a column meets both of two conditions, which hold it to a constant or to one
// side of a constant.
func excludes(c, d *plan.Expr) bool {
	for _, x := range plan.Conjuncts(plan.Plain(c)) {
		for _, y := range plan.Conjuncts(plan.Plain(d)) {
			if apartBy(x, y) || apartBy(y, x) {
				return true
			}
		}
	}
	return false
}

// apartBy reports whether the one condition holds a column below all that the other leaves, or both to different texts.
func apartBy(x, y *plan.Expr) bool {
	if !comparesColumn(x) || !comparesColumn(y) || sourceNames(x.Args[0]) != sourceNames(y.Args[0]) ||
		x.Args[1].Type != y.Args[1].Type {
		return false
	}
	if x.Args[1].Type == plan.Text {
		return x.Fn == "=" && y.Fn == "=" && x.Args[1].Literal.Text != y.Args[1].Literal.Text
	}
	v, ok := interval.Fixed(x.Args[1])
	w, also := interval.Fixed(y.Args[1])
	if !ok || !also || v == nil || w == nil {
		return false
	}
	up, down := x.Fn == "=" || x.Fn == "<" || x.Fn == "<=", y.Fn == "=" || y.Fn == ">" || y.Fn == ">="
	return up && down && (v.Cmp(w) < 0 || v.Cmp(w) == 0 && (x.Fn == "<" || y.Fn == ">"))
}

// comparesColumn reports whether a condition compares a column of a dataset with a constant.
func comparesColumn(e *plan.Expr) bool {
	return e.Op == plan.OpCall && slices.Contains([]string{"=", "<", "<=", ">", ">="}, e.Fn) &&
		e.Args[1].Op == plan.OpConst &&
		e.Args[0].Op == plan.OpColumn && sourceNames(e.Args[0]) != ""
}

// datasetsOf names the tables that a block reads.
func datasetsOf(b *plan.Block) (out []string) {
	for _, r := range b.Rels {
		switch {
		case r.Table != nil:
			out = append(out, r.Table.Dataset.Name)
		case r.Inner != nil:
			out = append(out, datasetsOf(r.Inner)...)
		}
		for _, side := range r.Parts {
			out = append(out, datasetsOf(side.Inner)...)
		}
	}
	return out
}

// pinned is what a column of a side is: a constant where the side computes one or keeps only the rows that are equal to
// one.
func pinned(alt *plan.Column) *plan.Expr {
	v := plan.Uncast(alt.Def)
	for _, c := range alt.Relation.Inner.Where {
		if c.Op == plan.OpCall && c.Fn == "=" && plan.SameExpr(c.Args[0], v) && c.Args[1].Op == plan.OpConst {
			return c.Args[1]
		}
	}
	return v
}

// tellSides makes each side of a union a part of the group whose units are counted: what a side of one person adds to a
// figure is told as soon as the other sides are known, from another aggregate of the row or from elsewhere. Keys alone
// have no figures.
func (m *Measures) tellSides(b *plan.Block) {
	if !showsFigures(b) {
		return
	}
	for _, r := range b.Rels {
		for _, mark := range marks(r) {
			m.tell(Subset{Arg: mark})
		}
	}
}

// showsFigures reports whether anything is made of the aggregates of a block, or of ratios of them.
func showsFigures(b *plan.Block) bool {
	return len(b.Derived) > 0 || slices.ContainsFunc(b.Aggs, b.Uses)
}

// tellRest makes what an aggregate of a per-unit subquery leaves out a part of its own, where another aggregate beside
// it may take it in: the difference of their sums is told by the units that have such rows.
func (m *Measures) tellRest(b *plan.Block) {
	for _, r := range b.Rels {
		if r.Inner == nil || !r.Inner.Grouped {
			continue
		}
		inner := usedOf(b, r)
		if len(inner) < 2 {
			continue
		}
		for _, g := range inner {
			for _, rest := range m.find.rest(g) {
				h := r.Hide(rest)
				m.tell(Subset{Arg: plan.ColumnExpr(h, g.At)})
			}
		}
	}
}

// usedOf lists the aggregates of a per-unit subquery that those of the block around it read.
func usedOf(b *plan.Block, r *plan.Relation) (out []*plan.Aggregate) {
	visit := func(x *plan.Expr) bool {
		if x.Op == plan.OpColumn && x.Column.Relation == r && x.Column.Def != nil {
			x.Column.Def.Walk(func(y *plan.Expr) bool {
				if y.Op == plan.OpAgg && !slices.Contains(out, y.Aggregate) {
					out = append(out, y.Aggregate)
				}
				return y.Op != plan.OpAgg
			})
		}
		return true
	}
	for _, g := range b.Aggs {
		g.Arg.Walk(visit)
		g.Filter.Walk(visit)
	}
	return out
}

// rest counts the rows that an aggregate's filter leaves out, and those that a condition in its argument gives 0 or
// NULL.
func (f *variantFinder) rest(g *plan.Aggregate) (out []*plan.Expr) {
	count := func(where *plan.Expr) {
		out = append(out, &plan.Expr{Op: plan.OpAgg, Type: plan.Int, At: g.At,
			Aggregate: &plan.Aggregate{Fn: "count", Filter: where, Type: plan.Int, At: g.At}})
	}
	call := func(fn string, typ plan.Type, args ...*plan.Expr) *plan.Expr {
		return &plan.Expr{Op: plan.OpCall, Fn: fn, Type: typ, Args: args, At: g.At}
	}
	constant := func(t plan.Type, text string) *plan.Expr {
		return &plan.Expr{Op: plan.OpConst, Type: t, Literal: plan.Literal{Type: t, Text: text}, At: g.At}
	}
	if g.Filter != nil {
		count(call("not", plan.Bool, call("coalesce", plan.Bool, g.Filter, constant(plan.Bool, "false"))))
	}
	if g.Arg != nil && len(f.variants(g.Arg, !g.Counts())) > 0 {
		if g.Counts() {
			count(call("is null", plan.Bool, g.Arg))
		} else {
			arg := g.Arg
			if arg.Type == plan.Bool {
				arg = plan.CastTo(arg, plan.Int)
			}
			count(call("coalesce", plan.Bool, call("=", plan.Bool, arg, constant(plan.Int, "0")),
				constant(plan.Bool, "true")))
		}
	}
	return out
}

// marks lists, for every side of every union that the rows of r come from, an expression that is NULL or 0 on all
// others.
func marks(r *plan.Relation) (out []*plan.Expr) {
	if r.Inner != nil && !r.Inner.Grouped {
		for _, below := range r.Inner.Rels {
			for _, mark := range marks(below) {
				out = append(out, plan.ColumnExpr(r.Hide(mark), -1))
			}
		}
	}
	if r.Inner != nil && r.Inner.Grouped {
		for _, below := range r.Inner.Rels {
			for _, mark := range marks(below) {
				g := &plan.Aggregate{Fn: "count", Arg: mark, Type: plan.Int}
				out = append(out, plan.ColumnExpr(r.Hide(&plan.Expr{Op: plan.OpAgg, Type: plan.Int, Aggregate: g}), -1))
			}
		}
	}
	if r.Apart {
		return out
	}
	for i, p := range r.Parts {
		of := []*plan.Expr{{Op: plan.OpConst, Type: plan.Bool, Literal: plan.Literal{Type: plan.Bool, Text: "true"}}}
		if !p.Inner.Grouped {
			for _, below := range p.Inner.Rels {
				of = append(of, marks(below)...)
			}
		}
		for _, mark := range of {
			out = append(out, plan.ColumnExpr(sideColumn(r, i, mark), -1))
		}
	}
	return out
}

// unionVariants lists the variants of each side, NULL on the others. Where the sides are not alike, each is a variant.
func (f *variantFinder) unionVariants(c *plan.Column, at int, zeros bool) (out []*plan.Expr) {
	vs, known := f.found[variantsOf{c, zeros}]
	if !known {
		alike := alike(c)
		for i, alt := range c.Alts {
			of := f.variants(alt.Def, zeros)
			if len(of) == 0 && !alike && !plan.IsNull(alt.Def) && !(zeros && alt.Def.Zero()) {
				of = []*plan.Expr{alt.Def}
			}
			for _, v := range of {
				h := sideColumn(c.Relation, i, v)
				vs = append(vs, &plan.Expr{Op: plan.OpColumn, Type: h.Type, Column: h})
			}
		}
		f.found[variantsOf{c, zeros}] = vs
	}
	for _, v := range vs {
		out = append(out, plan.Elsewhere(v, at))
	}
	return out
}

// sideColumn is a hidden column of a union that is v on one side and NULL on the others.
func sideColumn(r *plan.Relation, side int, v *plan.Expr) *plan.Column {
	for _, h := range r.Cols {
		if plan.SameExpr(h.Alts[side].Def, v) &&
			!slices.ContainsFunc(h.Alts,
				func(alt *plan.Column) bool { return alt != h.Alts[side] && !plan.IsNull(alt.Def) }) {
			return h
		}
	}
	n := len(r.Cols)
	h := &plan.Column{Relation: r, Number: n, Type: v.Type, Name: "hidden" + strconv.Itoa(n)}
	for i, p := range r.Parts {
		def := plan.CastTo(plan.NullConst(), v.Type)
		if i == side {
			p.Inner.Adopt(v)
			def = v
		}
		alt := &plan.Column{Relation: p, Number: n, Type: v.Type, Def: def, Name: h.Name}
		p.Cols = append(p.Cols, alt)
		h.Alts = append(h.Alts, alt)
	}
	r.Cols = append(r.Cols, h)
	return h
}
