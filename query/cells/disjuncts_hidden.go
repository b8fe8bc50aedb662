package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// What does the work of an OR without being one cannot be told apart by its alternatives, so beside a sum it is refused.

// hidesAlternatives reports whether arithmetic on several columns, or a condition inside another, can do in e what an OR
// does: (x − 30) · (y − 7) is 0 where one of the factors is, and so is the least of their distances. Of a condition over
// several columns, only what compares sums of them, or a product or quotient of two, is known to do no such thing.
func hidesAlternatives(e *plan.Expr) bool {
	for logical(e) && (e.Fn == "not" || e.Fn == "coalesce") {
		e = e.Args[0]
	}
	if values(e) < 2 {
		return false
	}
	return e.Op != plan.OpCall || !compares(e.Fn) || slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !linear(a) })
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
	return slices.Contains([]string{"=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "is null", "is not null"}, fn) ||
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
var partsOfDates = []string{"date_diff", "date_sub", "date_part", "date_trunc", "epoch", "lower", "upper", "trim", "coalesce"}

// plainColumn reports whether a column of a subquery over several columns is linear there, on each side of a union.
func plainColumn(c *plan.Column) bool {
	if c.Alts != nil {
		return !slices.ContainsFunc(c.Alts, func(a *plan.Column) bool { return !plainColumn(a) })
	}
	return c.Def == nil || linear(withoutKeys(c.Def, c.Relation.Inner.Keys))
}

// plainAggregate reports whether an aggregate over the rows of a unit takes rows in that meet one alternative.
func plainAggregate(g *plan.Aggregate) bool {
	if g.Arg != nil && !linear(g.Arg) || slices.ContainsFunc(g.Order, func(o plan.Ordering) bool { return !linear(o.Expr) }) {
		return false
	}
	if g.Filter == nil {
		return true
	}
	rows, ok := onlyOne(g.Filter, nil)
	return ok && len(rows) == 0
}

// overAggregate reports whether an expression is made of what a subquery aggregates: of two such, one can be more than a bound
// where the other is not.
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
// what is left of what others leave, or by EXISTS or HAVING with alternatives.
func chosenByAlternatives(b *plan.Block) (found bool) {
	b.Joins.Visit(func(j *plan.JoinTree) {
		if !j.Halves() {
			return
		}
		found = found || slices.ContainsFunc(j.On, severalAlternatives)
		for _, r := range j.Right.Leaves() {
			found = found || putTogether(r) || r.Inner != nil && (alternativeGroups(r.Inner) || j.Kind == plan.AntiJoin && leavesOut(r.Inner))
		}
	})
	for _, r := range b.Rels {
		found = found || r.Inner != nil && alternativeGroups(r.Inner)
	}
	return found
}

// putTogether reports whether rows of a relation are those of several.
func putTogether(r *plan.Relation) bool {
	return len(r.Parts) > 0 || r.Inner != nil && r.Inner.Joins != nil && slices.ContainsFunc(r.Inner.Joins.Leaves(), putTogether)
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
