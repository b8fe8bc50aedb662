package cells

import (
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// columnsOf describes the table of cells: its keys, then its aggregates.
func columnsOf(b *plan.Block, m *Measures) (out []yumen.ArtifactColumn) {
	public, chosen, taken := publicGroups(b), choosesRows(b, m), map[string]bool{}
	for i, k := range b.Keys {
		c := Sourced(k, nil)
		c.Chosen = chosen || values(k) > 1
		c.Name, c.Type, c.Kind, c.Public = Free(cellName(b,
			func(e *plan.Expr) bool { return e.Op == plan.OpKey && e.Key == i }, keyName(k, i)), taken), k.Type.Name(),
			yumen.ColumnKey, public
		out = append(out, c)
	}
	for _, g := range b.Aggs {
		c := Sourced(&plan.Expr{Op: plan.OpAgg, Aggregate: g}, nil)
		c.Name = Free(cellName(b, func(e *plan.Expr) bool { return e.Op == plan.OpAgg && e.Aggregate == g }, g.Name()),
			taken)
		c.Type, c.Kind, c.Function, c.Measure, c.Part, c.Public = g.Type.Name(), yumen.ColumnAggregate, g.Fn, m.Of(g),
			m.Part(g.Filter), public
		c.Adds, c.Squares, c.Repeats = m.Adds(g), m.squares(b, g), m.CountsRepeated(c.Measure-1)
		c.Counted = m.whole[c.Measure-1]
		if g.Fn == "avg" {
			c.Step, c.Bound = g.Arg.Type.Step(), boundOf(b, g)
		}
		out = append(out, c)
	}
	name := func(g *plan.Aggregate) string { return out[len(b.Keys)+slices.Index(b.Aggs, g)].Name }
	return append(out, derivedColumns(b, m, name, taken)...)
}

// cellName is what the result calls a key or aggregate that it shows as it is.
func cellName(b *plan.Block, is func(*plan.Expr) bool, otherwise string) string {
	for _, o := range b.Outs {
		if is(o.Expr) {
			return o.Name
		}
	}
	return otherwise
}

func keyName(e *plan.Expr, i int) string {
	if e.Op == plan.OpColumn {
		return e.Column.Name
	}
	return "key_" + strconv.Itoa(i+1)
}

// boundOf is the most that one unit may add to a measure by the catalog and the text: where it has one row, the
// greatest distance of a value from 0. It is 0 where that is not known.
func boundOf(b *plan.Block, g *plan.Aggregate) float64 {
	s := interval.NewFinder().Of(g.Arg, interval.Assume(b.Where, g.Filter))
	if !b.Joins.Single() || !s.Bounded() {
		return 0
	}
	most, _ := s.Abs().Hi.Float64()
	return most
}

// publicGroups reports whether it tells nothing of anybody that a group is there: where there is no grouping, or where
// a whole dataset is grouped by columns whose values are published one by one, with a declared domain or as truth
// values. Behind a condition or a join, a group that is there tells that who meets it has the value; so does a
// condition as a key. Values that the catalog only encloses between bounds are not published.
func publicGroups(b *plan.Block) bool {
	if len(b.Keys) == 0 {
		return true
	}
	whole := len(b.Where) == 0 && len(b.Rels) == 1 && b.Rels[0].Table != nil
	return whole && !slices.ContainsFunc(b.Keys, func(k *plan.Expr) bool {
		return k.Op != plan.OpColumn || k.Column.Base == nil || k.Column.Unit != nil ||
			len(k.Column.Base.Domain) == 0 && k.Type != plan.Bool
	})
}

// Sourced says which columns of datasets an expression is computed from.
func Sourced(e *plan.Expr, keys []*plan.Expr) yumen.ArtifactColumn {
	c := yumen.ArtifactColumn{Direct: len(e.Directs(keys)) > 0}
	for _, base := range e.Bases(keys) {
		c.Sources = append(c.Sources, base.Ref())
	}
	for _, ref := range e.Twins(keys) {
		if !slices.Contains(c.Sources, ref) {
			c.Sources = append(c.Sources, ref)
		}
	}
	return c
}

// StatusColumns says, for each output that is computed from aggregates, where it is suppressed.
func StatusColumns(b *plan.Block) (out []yumen.ArtifactColumn) {
	taken := map[string]bool{}
	for _, o := range b.Outs {
		taken[reason.Fold(o.Name)] = true
	}
	for _, o := range Shown(b) {
		out = append(out, yumen.ArtifactColumn{Name: Free(o.Name+"_status", taken), Type: yumen.TypeText,
			Kind: yumen.ColumnStatus, Of: o.Name})
	}
	return out
}

// Shown lists the outputs that are computed from aggregates.
func Shown(b *plan.Block) (out []*plan.Output) {
	for _, o := range b.Outs {
		if b.Protected(o.Expr) || o.Expr.Windowed() || o.Expr.Aggregates() {
			out = append(out, o)
		}
	}
	return out
}

// Free makes a name that is not taken, and takes it.
func Free(name string, taken map[string]bool) string {
	unique := name
	for n := 2; taken[reason.Fold(unique)]; n++ {
		unique = name + "_" + strconv.Itoa(n)
	}
	taken[reason.Fold(unique)] = true
	return unique
}

// derivedColumns describes the derived cells, of which name is the name of each aggregate's column.
func derivedColumns(b *plan.Block, m *Measures, name func(*plan.Aggregate) string,
	taken map[string]bool) (out []yumen.ArtifactColumn) {
	for _, g := range b.Derived {
		of := g.Of
		if g.Arg != nil {
			of = &plan.Expr{Op: plan.OpAgg, Aggregate: g}
		}
		c := Sourced(of, nil)
		c.Name = Free(cellName(b, func(e *plan.Expr) bool { return e.Op == plan.OpAgg && e.Aggregate == g }, g.Name()),
			taken)
		c.Type, c.Kind, c.Function, c.Public = g.Type.Name(), yumen.ColumnAggregate, g.Fn, publicGroups(b)
		for _, of := range aggregatesIn(g.Of) {
			c.From = append(c.From, name(of))
		}
		c.Measure = m.Of(g.Upper)
		if g.Lower != nil {
			c.Step, c.Bound = grain(b, g.Upper)
			c.Over = &yumen.Divisor{Measure: m.Of(g.Lower), Counts: g.Lower.Counts()}
			c.Over.Step, c.Over.Bound = grain(b, g.Lower)
		}
		out = append(out, c)
	}
	return out
}

// grain is the step of the values that an aggregate adds up, and the most that one unit may add to it; 0 where there is
// none, or it is not known.
func grain(b *plan.Block, g *plan.Aggregate) (step, bound float64) {
	switch {
	case g.Fn == "count_units":
		return 1, 1
	case !g.Counts():
		return g.Arg.Type.Step(), boundOf(b, g)
	case b.Joins.Single():
		return 1, 1
	}
	return 1, 0
}
