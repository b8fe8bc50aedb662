package cells

import (
	"slices"

	"github.com/yumen-data/yumen/query/plan"
)

// A count of rows is a sum of ones. Over one table, how often a person counts is what the data has. Where a statement
// joins several tables of people, puts them below each other, or chooses by how many rows a person has, it has a hand
// in it: people with seven rows each, joined with themselves twice, have 343 rows each, and what is left when the count
// is divided by 343 is what a condition adds for one person. Then a count is judged as a sum is: each alternative of
// its conditions has k people of its own, no number divides how many rows all but a few people have
// (emit/multiples.go), and it is rounded as coarsely as a sum. Lists are looked up in and repeat nothing (lookups.go).

// repeats reports whether a statement has a hand in how many rows a person has in a block.
func repeats(b *plan.Block) bool {
	several, found := 0, false
	for _, r := range b.Rels {
		if r.Reference() {
			continue
		}
		if !oneRow(r) {
			several++
		}
		found = found || len(r.Parts) > 0 && !r.Apart || r.Inner != nil && !r.Inner.Grouped && repeats(r.Inner)
		for _, p := range r.Parts {
			found = found || repeats(p.Inner)
		}
	}
	return found || several > 1 || several == 1 && choosesByRows(b.Joins)
}

// oneRow reports whether each unit has one row at most in a table by construction.
func oneRow(r *plan.Relation) bool {
	switch b := r.Inner; {
	case r.Table != nil:
		return r.Table.Dataset.Unit.RowsAreUnits()
	case b == nil:
		return false
	case b.Grouped:
		return len(b.Keys) == 1
	default:
		return !slices.ContainsFunc(b.Rels, func(r *plan.Relation) bool { return !r.Reference() && !oneRow(r) })
	}
}

// choosesByRows reports whether rows can be chosen by what a subquery computes over all rows of a person.
func choosesByRows(j *plan.JoinTree) bool {
	return slices.ContainsFunc(j.Leaves(), func(r *plan.Relation) bool {
		computes := func(b *plan.Block) bool {
			return b != nil && b.Joins != nil && (len(b.Windows()) > 0 || len(b.Aggs) > 0 || choosesByRows(b.Joins))
		}
		return computes(r.Inner) ||
			slices.ContainsFunc(r.Parts, func(p *plan.Relation) bool { return computes(p.Inner) })
	})
}

// sumsCounts reports whether an input is the number of rows of a unit in a subquery, and the statement has a hand in
// it: by what the subquery joins, or by a condition on what is computed over all rows of a unit.
func sumsCounts(b *plan.Block, in Input) bool {
	e := plan.Uncast(in.Arg)
	if e.Op != plan.OpColumn || e.Column.Def == nil || e.Column.Relation.Inner == nil {
		return false
	}
	inner, of := e.Column.Relation.Inner, plan.Uncast(e.Column.Def)
	if of.Op != plan.OpAgg || of.Aggregate.Fn != "count" {
		return false
	}
	conds := slices.Concat(b.Where, conjunctsOf(in.Filter), conjunctsOf(inner.Having))
	return repeats(inner) || choosesByRows(inner.Joins) || slices.ContainsFunc(conds, overAggregate)
}
