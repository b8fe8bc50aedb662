package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Reference data is looked up: each row of people finds one row of a list at most. A list that repeats rows would let
// the text choose how often each person is counted, by conditions on the list: a count would be a sum of the text's
// weights, and groups by a column of the list would be the same people again and again. Whether a list has one row for
// what it is looked up by is seen from the list alone, which is public, before the question is asked.

// Lookup is a list, the columns by which it is equal to what is joined already, and the conditions on it alone.
type Lookup struct {
	List    *plan.Relation
	Columns []*plan.Column
	Where   []*plan.Expr
	At      int
}

// LookupsOf lists the lists that rows of a block, and of the subqueries it reads, are looked up in; those that are
// unique by construction are left out. What only asks whether there is a row, as SEMI JOIN and IN do, repeats none.
func LookupsOf(b *plan.Block) []Lookup { return lookupsOf(b, true) }

// lookupsOf is LookupsOf. Counted says that it matters how many rows the block has.
func lookupsOf(b *plan.Block, counted bool) (out []Lookup) {
	if b.Joins == nil || b.Joins.Reference() {
		return nil
	}
	counted = counted || len(b.Aggs) > 0 || len(b.Windows()) > 0
	if counted {
		l := lookups{block: b}
		l.conditions(b.Joins)
		for _, c := range b.Where {
			l.conds = append(l.conds, joinCondition{c, nil})
		}
		out = l.place()
	}
	return append(out, lookupsBelow(b.Joins, counted)...)
}

// lookupsBelow are those of the subqueries that a join reads.
func lookupsBelow(j *plan.JoinTree, counted bool) (out []Lookup) {
	if j.Rel == nil {
		return append(lookupsBelow(j.Left, counted), lookupsBelow(j.Right, counted && !j.Halves())...)
	}
	if j.Rel.Inner != nil {
		out = lookupsOf(j.Rel.Inner, counted)
	}
	for _, p := range j.Rel.Parts {
		out = append(out, lookupsOf(p.Inner, counted)...)
	}
	return out
}

// lookups finds where the lists of a block are looked up.
type lookups struct {
	block *plan.Block
	conds []joinCondition
}

// joinCondition is a condition. That of a left join chooses among the rows of its right side alone: of the left side
// every row stays.
type joinCondition struct {
	expr *plan.Expr
	of   []*plan.Relation // the tables whose rows it chooses; nil for all
}

// conditions gathers those of the joins that give rows.
func (l *lookups) conditions(j *plan.JoinTree) {
	if j.Rel != nil {
		return
	}
	l.conditions(j.Left)
	if j.Halves() {
		return
	}
	l.conditions(j.Right)
	var of []*plan.Relation
	if j.Kind == plan.LeftJoin {
		of = j.Right.Rels()
	}
	for _, c := range j.On {
		l.conds = append(l.conds, joinCondition{c, of})
	}
}

// place joins lists to what is joined already, beginning with the rows of people, in the order written as far as they
// are tied.
func (l *lookups) place() (out []Lookup) {
	var placed, lists []*plan.Relation
	for _, r := range l.block.Joins.Rels() {
		if r.Reference() {
			lists = append(lists, r)
		} else {
			placed = append(placed, r)
		}
	}
	for len(lists) > 0 {
		next := max(0, slices.IndexFunc(lists, func(r *plan.Relation) bool { return len(l.tied(r, placed)) > 0 }))
		r := lists[next]
		at := Lookup{r, l.tied(r, placed), l.alone(r), l.block.Joins.Place()}
		if !at.unique() {
			out = append(out, at)
		}
		placed, lists = append(placed, r), slices.Delete(lists, next, next+1)
	}
	return out
}

// tied lists the columns of a list that an equality holds to a column of what is placed.
func (l *lookups) tied(r *plan.Relation, placed []*plan.Relation) (out []*plan.Column) {
	for _, c := range l.conds {
		a, b, ok := plan.EqualColumns(c.expr)
		if !ok || c.of != nil && !slices.Contains(c.of, r) {
			continue
		}
		if b.Relation == r {
			a, b = b, a
		}
		if a.Relation == r && slices.Contains(placed, b.Relation) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// alone lists the conditions on a list alone.
func (l *lookups) alone(r *plan.Relation) (out []*plan.Expr) {
	for _, c := range l.conds {
		if c.of != nil && !slices.Contains(c.of, r) {
			continue
		}
		if rels := c.expr.Relations(); len(rels) == 1 && rels[0] == r {
			out = append(out, c.expr)
		}
	}
	return out
}

// unique reports whether a list has one row for its columns by construction, because it is grouped by no others.
func (k Lookup) unique() bool {
	b := k.List.Inner
	if b == nil || !b.Grouped {
		return false
	}
	for i := range b.Keys {
		if !slices.ContainsFunc(k.Columns,
			func(c *plan.Column) bool { return c.Def.Op == plan.OpKey && c.Def.Key == i }) {
			return false
		}
	}
	return true
}

// Refusal says why a statement is not answered whose list has several rows for what it is looked up by.
func (k Lookup) Refusal(text reason.Source) yumen.Reason {
	r := reason.List{Source: text}
	list := strings.Join(datasetsOf(&plan.Block{Rels: []*plan.Relation{k.List}}), ", ")
	var names []string
	for _, c := range k.Columns {
		names = append(names, reason.Printable(c.Name))
	}
	by := strings.Join(names, ", ")
	if len(names) == 0 {
		r.AddFix("join.repeats", k.At,
			yumen.Say("reference data (%s) has several rows, and no equality of columns says which of them "+
				"belongs to a row of people: it would be counted once for each",
				"参考数据（%s）有多行，而没有列相等条件说明人员的一行对应其中哪一行：该行会被重复计数", list),
			yumen.Say("join it by an equality with a column that has each value once", "请按取值不重复的列以相等条件连接"))
		return r.All[0]
	}
	r.AddFix("join.repeats", k.At,
		yumen.Say("reference data (%s) has several rows of the same %s: a row of people that finds "+
			"several of them would be counted several times",
			"参考数据（%s）中有多行的 %s 相同：人员的一行若对应其中多行，会被重复计数", list, by),
		yumen.Say("join it by further columns, add a condition that leaves one row of each, or join (SELECT DISTINCT %s FROM …)",
			"请增加连接列，或增加条件使每组只余一行，或连接 (SELECT DISTINCT %s FROM …)", by))
	return r.All[0]
}
