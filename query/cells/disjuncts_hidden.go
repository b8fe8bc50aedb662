package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// What does the work of an OR without being one cannot be told apart by its alternatives, so beside a sum it is
// refused.

// hidesAlternatives reports whether arithmetic on several columns, or a condition inside another, can do in e what an
// OR does: (x − 30) · (y − 7) is 0 where one of the factors is, and so is the least of their distances. Of a condition
// over several columns, only what compares sums of them, or a product or quotient of two, is known to do no such thing.
func hidesAlternatives(e *plan.Expr) bool {
	for logical(e) && (e.Fn == "not" || e.Fn == "coalesce") {
		e = e.Args[0]
	}
	if values(e) < 2 {
		return false
	}
	return e.Op != plan.OpCall || !compares(e.Fn) ||
		slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !linear(a) })
}

// values counts the different values of a row that an expression is over: columns, of which those of two tables are two
// though the tables are one dataset, and aggregates; or the columns of datasets behind them, if they are more.
func values(e *plan.Expr) int {
	seen := map[string]bool{}
	e.Walk(func(x *plan.Expr) bool {
		switch x.Op {
		case plan.OpColumn, plan.OpKey, plan.OpAgg, plan.OpWindow:
			seen[x.Signature()] = true
			return false
		}
		return true
	})
	return max(len(seen), len(e.Bases(nil)))
}

// compares reports whether a function holds values against each other.
func compares(fn string) bool {
	return slices.Contains([]string{"=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "is null",
		"is not null"}, fn) ||
		strings.HasPrefix(fn, "is ") && strings.HasSuffix(fn, "distinct from")
}

// linear reports whether an expression adds columns up with constant factors, or is a product, a quotient or a part of
// dates as they are. A column of a subquery is what it is there.
func linear(e *plan.Expr) bool {
	switch {
	case e.Op == plan.OpAgg:
		return plainAggregate(e.Aggregate)
	case values(e) == 0:
		return true
	case e.Op == plan.OpColumn:
		return len(e.Bases(nil)) < 2 || plainColumn(e.Column)
	case e.Op == plan.OpCast:
		return linear(e.Args[0])
	case e.Op == plan.OpWindow: // what it orders and partitions by is as it is
		return !slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !linear(a) })
	case e.Op != plan.OpCall:
		return false
	}
	varying := slices.DeleteFunc(slices.Clone(e.Args), func(a *plan.Expr) bool { return values(a) == 0 })
	if slices.ContainsFunc(varying, func(a *plan.Expr) bool { return !linear(a) }) {
		return false
	}
	switch bare := !slices.ContainsFunc(varying, func(a *plan.Expr) bool { return !plan.Bare(a) }); e.Fn {
	case "+", "-":
		return len(varying) < 2 || !slices.ContainsFunc(varying, overAggregate)
	case "*", "/":
		return bare || len(varying) == 1
	default:
		return bare && slices.Contains(partsOfDates, e.Fn)
	}
}

// partsOfDates are functions of columns as they are that alternatives cannot be made of.
var partsOfDates = []string{"date_diff", "date_sub", "date_part", "date_trunc", "epoch", "lower", "upper", "trim",
	"coalesce"}

// plainColumn reports whether a column of a subquery over several columns is linear there, on each side of a union.
func plainColumn(c *plan.Column) bool {
	if c.Alts != nil {
		return !slices.ContainsFunc(c.Alts, func(a *plan.Column) bool { return !plainColumn(a) })
	}
	return c.Def == nil || linear(withoutKeys(c.Def, c.Relation.Inner.Keys))
}

// plainAggregate reports whether an aggregate over the rows of a unit takes rows in that meet one alternative.
func plainAggregate(g *plan.Aggregate) bool {
	if g.Arg != nil && !linear(g.Arg) ||
		slices.ContainsFunc(g.Order, func(o plan.Ordering) bool { return !linear(o.Expr) }) {
		return false
	}
	if g.Filter == nil {
		return true
	}
	rows, ok := onlyOne(g.Filter, nil)
	return ok && len(rows) == 0
}

// overAggregate reports whether an expression is made of what a subquery aggregates: of two such, one can be more than
// a bound where the other is not.
func overAggregate(e *plan.Expr) (found bool) {
	e.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpAgg || x.Op == plan.OpColumn && x.Column.OverAggregates()
		return !found
	})
	return found
}

func withoutKeys(e *plan.Expr, keys []*plan.Expr) *plan.Expr {
	if e.Op == plan.OpKey {
		return keys[e.Key]
	}
	return plan.Mapped(e, func(a *plan.Expr) *plan.Expr { return withoutKeys(a, keys) })
}

// chosenByAlternatives reports whether a block's rows are chosen by a list of keys that is put together: by a union, by
// what is left of what others leave, by NOT EXISTS with several conditions, one of which need not hold, or by EXISTS or
// HAVING with alternatives. Of are the columns that are added up, if any: where none of these conditions is over them,
// the conditions hold no sum to known values.
func chosenByAlternatives(b *plan.Block, of []*plan.Column) (found bool) {
	b.Joins.Visit(func(j *plan.JoinTree) {
		if none := leavesNone(j); none || presence(j) {
			bases := conditioned(j)
			found = found || len(bases) > 1 && (none && len(of) == 0 || overAny(bases, of))
		}
		if !j.Halves() {
			return
		}
		found = found || slices.ContainsFunc(j.On, severalAlternatives)
		for _, r := range j.Right.Leaves() {
			found = found || putTogether(r) || r.Inner != nil &&
				(alternativeGroups(r.Inner) || j.Kind == plan.AntiJoin && leavesOut(r.Inner))
		}
	})
	for _, r := range b.Rels {
		found = found || r.Inner != nil && alternativeGroups(r.Inner)
	}
	return found
}

// leavesNone reports whether a join leaves those rows of its left side that find none on its right.
func leavesNone(j *plan.JoinTree) bool {
	return j.Kind == plan.AntiJoin || j.Kind == plan.LeftJoin &&
		slices.ContainsFunc(j.Right.Rels(), func(r *plan.Relation) bool {
			return slices.ContainsFunc(r.Units, func(u *plan.Unit) bool { return u.Absent })
		})
}

// presence reports whether a left join says for each row whether there is one on its right, as IN does as a truth
// value: whether NOT stands before it is not looked at.
func presence(j *plan.JoinTree) bool {
	r := j.Right.Rel
	return j.Kind == plan.LeftJoin && r != nil && r.Inner != nil && r.Inner.Grouped && len(r.Inner.Keys) == 1 &&
		!slices.ContainsFunc(r.Cols, func(c *plan.Column) bool { return !c.Hidden })
}

// conditioned lists the columns, but for keys of units, that conditions of a join are over and those of the subqueries
// on its right, each once.
func conditioned(j *plan.JoinTree) (out []*plan.Column) {
	note := func(conds ...*plan.Expr) {
		for _, c := range conds {
			for _, base := range c.Bases(nil) {
				if !slices.ContainsFunc(out, func(o *plan.Column) bool { return o.Ref() == base.Ref() }) {
					out = append(out, base)
				}
			}
		}
	}
	var block func(b *plan.Block)
	block = func(b *plan.Block) {
		note(b.Where...)
		if b.Having != nil {
			note(withoutKeys(b.Having, b.Keys))
		}
		b.Joins.Visit(func(j *plan.JoinTree) { note(j.On...) })
		for _, r := range b.Joins.Leaves() {
			if r.Inner != nil {
				block(r.Inner)
			}
			for _, p := range r.Parts {
				block(p.Inner)
			}
		}
	}
	note(j.On...)
	for _, r := range j.Right.Leaves() {
		if r.Inner != nil {
			block(r.Inner)
		}
	}
	return slices.DeleteFunc(out, func(c *plan.Column) bool { return c.Unit != nil })
}

// countsNone reports whether a condition may ask that a person has no row which meets several conditions, one of them
// on what is added up: each row then fails one of these or another.
func countsNone(e *plan.Expr, of []*plan.Column) bool {
	bases := e.Bases(nil)
	return len(bases) > 1 && overAny(bases, of) && overAggregate(e)
}

// putTogether reports whether rows of a relation are those of several.
func putTogether(r *plan.Relation) bool {
	return len(r.Parts) > 0 || r.Inner != nil && r.Inner.Joins != nil &&
		slices.ContainsFunc(r.Inner.Joins.Leaves(), putTogether)
}

// leavesOut reports whether a block leaves rows out that another has.
func leavesOut(b *plan.Block) (found bool) {
	b.Joins.Visit(func(j *plan.JoinTree) { found = found || j.Kind == plan.AntiJoin })
	return found
}

// alternativeGroups reports whether HAVING has alternatives over several columns, or hides them.
func alternativeGroups(b *plan.Block) bool {
	if b.Having == nil {
		return false
	}
	return slices.ContainsFunc(plan.Conjuncts(withoutKeys(b.Having, b.Keys)), severalAlternatives)
}

// severalAlternatives reports whether a condition has alternatives over several columns, or hides them.
func severalAlternatives(c *plan.Expr) bool {
	rows, ok := onlyOne(c, nil)
	return !ok || len(rows) > 0
}
