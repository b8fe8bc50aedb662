package cells

import (
	"slices"

	"github.com/yumen-data/yumen/query/plan"
)

// variantFinder looks for conditions in what aggregates run over, once in each column of a subquery, so that chains of
// subqueries cost no more than their length.
type variantFinder struct {
	zeros, byKey map[*plan.Column]bool // whether the column gives zeros or chooses by a key
	found        map[variantsOf][]*plan.Expr
}

// variantsOf names the variants of a column, with and without branches that give 0.
type variantsOf struct {
	col   *plan.Column
	zeros bool
}

func newVariantFinder() *variantFinder {
	return &variantFinder{zeros: map[*plan.Column]bool{}, byKey: map[*plan.Column]bool{},
		found: map[variantsOf][]*plan.Expr{}}
}

// givesZeros reports whether a condition in e decides between something and 0, so that an average tells the share of
// either.
func (f *variantFinder) givesZeros(e *plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		switch {
		case x.Op == plan.OpCase:
			for i, a := range x.Args {
				found = found || (i%2 == 1 || i == len(x.Args)-1) && a.Zero()
			}
		case x.Op == plan.OpCast:
			found = found || x.Args[0].Type == plan.Bool
		case x.Op == plan.OpColumn && x.Column.Base == nil && !x.Column.OverAggregates():
			zeros, known := f.zeros[x.Column]
			if !known {
				zeros = f.columnGivesZeros(x.Column)
				f.zeros[x.Column] = zeros
			}
			found = found || zeros
		}
		return !found
	})
	return found || e.Type == plan.Bool
}

// choosesByKey reports whether e takes a value from a group key of a per-unit subquery that is itself a choice between
// several: which of them it was cannot be told any more. Keys are those of the block that e belongs to.
func (f *variantFinder) choosesByKey(e *plan.Expr, keys []*plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		switch {
		case x.Op == plan.OpKey:
			k := keys[x.Key]
			found = found || k.Type != plan.Bool && len(f.variants(k, true)) > 0 || f.choosesByKey(k, nil)
		case x.Op == plan.OpColumn && x.Column.Base == nil:
			by, known := f.byKey[x.Column]
			if !known {
				by = slices.ContainsFunc(x.Column.Sides(),
					func(c *plan.Column) bool { return f.choosesByKey(c.Def, c.Relation.Inner.Keys) })
				f.byKey[x.Column] = by
			}
			found = found || by
		}
		return !found
	})
	return found
}

// variants lists e once for each condition in it, NULL wherever that condition does not hold. Zeros says that a branch
// that gives 0 adds nothing.
func (f *variantFinder) variants(e *plan.Expr, zeros bool) (out []*plan.Expr) {
	switch {
	case e.Op == plan.OpCase:
		return f.caseVariants(e, zeros)
	case e.Op == plan.OpColumn && e.Column.Alts != nil:
		return f.unionVariants(e.Column, e.At, zeros)
	case e.Op == plan.OpColumn && e.Column.Def != nil:
		return f.columnVariants(e.Column, e.At, zeros)
	case e.Op == plan.OpAgg:
		return f.aggregateVariants(e)
	case e.Op == plan.OpWindow: // over columns as they are
		return nil
	case e.Type == plan.Bool && (e.Op == plan.OpColumn || e.Op == plan.OpCall || e.Op == plan.OpKey):
		yes := &plan.Expr{Op: plan.OpConst, Type: plan.Bool, Literal: plan.Literal{Type: plan.Bool, Text: "true"}}
		return []*plan.Expr{{Op: plan.OpCase, Type: plan.Bool, At: e.At, Args: []*plan.Expr{e, yes, plan.NullConst()}}}
	}
	for i, a := range e.Args {
		for _, v := range f.variants(a, zeros) {
			args := slices.Clone(e.Args)
			args[i] = v
			if out = append(out, e.With(args)); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

func (f *variantFinder) caseVariants(e *plan.Expr, zeros bool) (out []*plan.Expr) {
	for i := range e.Args {
		if i%2 == 0 && i < len(e.Args)-1 || e.Args[i].Type == plan.Null || zeros && e.Args[i].Zero() {
			continue
		}
		inner := f.variants(e.Args[i], zeros)
		if len(inner) == 0 {
			inner = []*plan.Expr{e.Args[i]}
		}
		for _, v := range inner {
			args := slices.Clone(e.Args)
			for j := range args {
				if j%2 == 1 || j == len(args)-1 {
					args[j] = plan.NullConst()
				}
			}
			args[i] = v
			if out = append(out, e.With(args)); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

// columnVariants makes the variants of a subquery's column hidden columns of the subquery.
func (f *variantFinder) columnVariants(c *plan.Column, at int, zeros bool) (out []*plan.Expr) {
	vs, known := f.found[variantsOf{c, zeros}]
	if !known {
		vs = f.variants(c.Def, zeros)
		f.found[variantsOf{c, zeros}] = vs
	}
	for _, v := range vs {
		h := c.Relation.Hide(v)
		out = append(out, &plan.Expr{Op: plan.OpColumn, Type: h.Type, Column: h, At: at})
	}
	return out
}

// aggregateVariants makes the variants of a per-unit aggregate further aggregates of its block.
func (f *variantFinder) aggregateVariants(e *plan.Expr) (out []*plan.Expr) {
	if e.Aggregate.Arg == nil {
		return nil
	}
	vs := f.variants(e.Aggregate.Arg, !e.Aggregate.Counts())
	if len(vs) == 1 && e.Aggregate.Arg.Op == plan.OpCase {
		return nil // its one branch is what moves the aggregate anyway
	}
	for _, v := range vs {
		g := *e.Aggregate
		g.Arg = v
		out = append(out, &plan.Expr{Op: plan.OpAgg, Aggregate: &g, Type: e.Type, At: e.At})
	}
	return out
}
