package query

import "slices"

// variantFinder looks for conditions in what aggregates run over, once in each column of a subquery, so that chains of
// subqueries cost no more than their length.
type variantFinder struct {
	zeros, byKey map[*column]bool // whether the column gives zeros or chooses by a key
	found        map[variantsOf][]*expr
}

// variantsOf names the variants of a column, with and without branches that give 0.
type variantsOf struct {
	col   *column
	zeros bool
}

func newVariantFinder() *variantFinder {
	return &variantFinder{zeros: map[*column]bool{}, byKey: map[*column]bool{}, found: map[variantsOf][]*expr{}}
}

// givesZeros reports whether a condition in e decides between something and 0, so that an average tells the share of either.
func (f *variantFinder) givesZeros(e *expr) (found bool) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opCase:
			for i, a := range x.args {
				found = found || (i%2 == 1 || i == len(x.args)-1) && a.zero()
			}
		case x.op == opCast:
			found = found || x.args[0].typ == tBool
		case x.op == opColumn && x.col.base == nil && !x.col.overAggregates():
			zeros, known := f.zeros[x.col]
			if !known {
				zeros = f.columnGivesZeros(x.col)
				f.zeros[x.col] = zeros
			}
			found = found || zeros
		}
		return !found
	})
	return found || e.typ == tBool
}

// choosesByKey reports whether e takes a value from a group key of a per-unit subquery that is itself a choice between
// several: which of them it was cannot be told any more. Keys are those of the block that e belongs to.
func (f *variantFinder) choosesByKey(e *expr, keys []*expr) (found bool) {
	e.walk(func(x *expr) bool {
		switch {
		case x.op == opKey:
			k := keys[x.key]
			found = found || k.typ != tBool && len(f.variants(k, true)) > 0 || f.choosesByKey(k, nil)
		case x.op == opColumn && x.col.base == nil:
			by, known := f.byKey[x.col]
			if !known {
				by = slices.ContainsFunc(x.col.sides(), func(c *column) bool { return f.choosesByKey(c.def, c.rel.inner.keys) })
				f.byKey[x.col] = by
			}
			found = found || by
		}
		return !found
	})
	return found
}

// variants lists e once for each condition in it, NULL wherever that condition does not hold. Zeros says that a branch
// that gives 0 adds nothing.
func (f *variantFinder) variants(e *expr, zeros bool) (out []*expr) {
	switch {
	case e.op == opCase:
		return f.caseVariants(e, zeros)
	case e.op == opColumn && e.col.alts != nil:
		return f.unionVariants(e.col, e.at, zeros)
	case e.op == opColumn && e.col.def != nil:
		return f.columnVariants(e.col, e.at, zeros)
	case e.op == opAgg:
		return f.aggregateVariants(e)
	case e.op == opWindow: // over columns as they are
		return nil
	case e.typ == tBool && (e.op == opColumn || e.op == opCall || e.op == opKey):
		yes := &expr{op: opConst, typ: tBool, lit: literal{tBool, "true"}}
		return []*expr{{op: opCase, typ: tBool, at: e.at, args: []*expr{e, yes, null()}}}
	}
	for i, a := range e.args {
		for _, v := range f.variants(a, zeros) {
			args := slices.Clone(e.args)
			args[i] = v
			if out = append(out, e.with(args)); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

func null() *expr { return &expr{op: opConst, typ: tNull, lit: literal{typ: tNull}} }

func (f *variantFinder) caseVariants(e *expr, zeros bool) (out []*expr) {
	for i := range e.args {
		if i%2 == 0 && i < len(e.args)-1 || e.args[i].typ == tNull || zeros && e.args[i].zero() {
			continue
		}
		inner := f.variants(e.args[i], zeros)
		if len(inner) == 0 {
			inner = []*expr{e.args[i]}
		}
		for _, v := range inner {
			args := slices.Clone(e.args)
			for j := range args {
				if j%2 == 1 || j == len(args)-1 {
					args[j] = null()
				}
			}
			args[i] = v
			if out = append(out, e.with(args)); len(out) > maxSubsets {
				return out
			}
		}
	}
	return out
}

// columnVariants makes the variants of a subquery's column hidden columns of the subquery.
func (f *variantFinder) columnVariants(c *column, at int, zeros bool) (out []*expr) {
	vs, known := f.found[variantsOf{c, zeros}]
	if !known {
		vs = f.variants(c.def, zeros)
		f.found[variantsOf{c, zeros}] = vs
	}
	for _, v := range vs {
		h := c.rel.hide(v)
		out = append(out, &expr{op: opColumn, typ: h.typ, col: h, at: at})
	}
	return out
}

// hide adds a column to a subquery that no name of the text means.
func (r *relation) hide(v *expr) *column {
	r.inner.adopt(v)
	i := slices.IndexFunc(r.cols, func(h *column) bool { return h.def != nil && sameExpr(h.def, v) })
	if i < 0 {
		i = len(r.cols)
		r.cols = append(r.cols, &column{rel: r, n: i, typ: v.typ, def: v, name: "hidden" + itoa(i)})
	}
	return r.cols[i]
}

// adopt adds the aggregates of e to those the block computes.
func (b *block) adopt(e *expr) {
	e.walk(func(x *expr) bool {
		if x.op != opAgg {
			return true
		}
		for _, known := range b.aggs {
			if known.signature() == x.agg.signature() {
				x.agg = known
				return false
			}
		}
		b.aggs = append(b.aggs, x.agg)
		return false
	})
}

// aggregateVariants makes the variants of a per-unit aggregate further aggregates of its block.
func (f *variantFinder) aggregateVariants(e *expr) (out []*expr) {
	if e.agg.arg == nil {
		return nil
	}
	vs := f.variants(e.agg.arg, !e.agg.counts())
	if len(vs) == 1 && e.agg.arg.op == opCase {
		return nil // its one branch is what moves the aggregate anyway
	}
	for _, v := range vs {
		g := *e.agg
		g.arg = v
		out = append(out, &expr{op: opAgg, agg: &g, typ: e.typ, at: e.at})
	}
	return out
}

// overAggregates reports whether e depends on aggregates of a per-unit subquery.
func (e *expr) overAggregates() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opAgg || x.op == opColumn && x.col.overAggregates()
		return !found
	})
	return found
}

func (c *column) overAggregates() bool {
	if c.perUnit == nil {
		found := c.base == nil && !slices.ContainsFunc(c.sides(), func(s *column) bool { return !s.def.overAggregates() })
		c.perUnit = &found
	}
	return *c.perUnit
}

// zero reports whether e is the constant 0.
func (e *expr) zero() bool {
	l, ok := e.constant()
	return ok && l.typ.numeric() && !nonzero(l)
}
