package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// A condition that is an OR holds values to what each of its alternatives says of them. Where everybody in one is known
// to add 30 and in another to add 31, the sum tells what the few in a third add, as soon as the others are counted
// somewhere. So each alternative is told apart: of the rows of a sum, those that meet it and no other are counted, and
// fewer than k units leave no sum. Counts have no such rule: what an alternative adds to a count is what a statement
// without it has less, which is between two statements. That does not hold of rows that a join repeats (threat model).
//
// Alternatives over one column, as x = 1 OR x = 2 or IN, are one: a set of values, as long as the column is not what is
// added up.

// maxAlternatives bounds what a condition may become when its AND and OR are multiplied out.
const maxAlternatives = 24

// tellAlternatives makes each alternative of a condition on the rows of a sum a subset that the sum is told by. It is
// false where a condition has too many, or hides them.
func (m *Measures) tellAlternatives(b *plan.Block) bool {
	m.Alternatives = make([][]int, m.Shown)
	for i := range m.Shown {
		if !m.AddsUp(i) {
			continue
		}
		var of []*plan.Column // what is added up; of a count, ones
		var filter *plan.Expr
		if n := m.List[i].Input; n >= 0 {
			if filter = m.Inputs[n].Filter; m.Own[i] > 0 {
				of = m.Inputs[n].Arg.Bases(b.Keys)
			}
		}
		all, ok := alternatives(b, of, filter)
		if !ok || slices.ContainsFunc(b.Keys, keyHides) {
			return false
		}
		for _, rows := range all {
			m.Alternatives[i] = append(m.Alternatives[i], m.tell(Subset{Arg: rows, Sums: true}))
		}
	}
	return true
}

// alternatives lists, for each condition of a block that is an OR, and of the subqueries it reads, the rows that meet
// one alternative alone. Of are the columns that are added up, more is another condition on rows.
func alternatives(b *plan.Block, of []*plan.Column, more *plan.Expr) (out []*plan.Expr, ok bool) {
	conds := slices.Clone(b.Where)
	b.Joins.Visit(func(j *plan.JoinTree) {
		if !j.Halves() { // what chooses rows of EXISTS cannot be told of the rows outside: see chosenByAlternatives
			conds = append(conds, j.On...)
		}
	})
	for _, c := range conds {
		rows, ok := onlyOne(c, of)
		if !ok {
			return nil, false
		}
		out = append(out, rows...)
	}
	if more != nil {
		rows, ok := onlyOne(more, of)
		if !ok {
			return nil, false
		}
		out = append(out, rows...)
	}
	out = slices.DeleteFunc(out, func(e *plan.Expr) bool { return neverTrue(e, b.Where) })
	if chosenByAlternatives(b, of) {
		return nil, false
	}
	for _, r := range b.Rels {
		below, ok := alternativesBelow(r, of)
		if !ok {
			return nil, false
		}
		out = append(out, below...)
	}
	return out, true
}

// keyHides reports whether the groups of a key are made by alternatives over several columns.
func keyHides(k *plan.Expr) (found bool) {
	if values(k) < 2 {
		return false
	}
	k.Walk(func(x *plan.Expr) bool {
		found = found || x.Op == plan.OpCase || x.Op == plan.OpCall &&
			(choice[x.Fn] != nil || x.Fn == "or" || x.Fn == "and")
		return !found
	})
	return found
}

// choosesRows reports whether alternatives over several columns say which rows a block, or a figure of it, takes: then
// who has a combination of keys is the text's choice, as the one person of an alternative.
func choosesRows(b *plan.Block, m *Measures) bool {
	return slices.ContainsFunc(m.Parts, severalAlternatives) || rowsChosen(b)
}

func rowsChosen(b *plan.Block) bool {
	if b.Joins == nil || b.Joins.Reference() {
		return false
	}
	found := slices.ContainsFunc(b.Where, severalAlternatives) || chosenByAlternatives(b, nil)
	b.Joins.Visit(func(j *plan.JoinTree) { found = found || slices.ContainsFunc(j.On, severalAlternatives) })
	return found || slices.ContainsFunc(b.Joins.Leaves(), func(r *plan.Relation) bool {
		return r.Inner != nil && rowsChosen(r.Inner) || slices.ContainsFunc(r.Parts, func(p *plan.Relation) bool {
			return len(p.Inner.Where) > 0 || rowsChosen(p.Inner)
		})
	})
}

// alternativesBelow are those of a subquery, as columns of it.
func alternativesBelow(r *plan.Relation, of []*plan.Column) (out []*plan.Expr, ok bool) {
	for i, p := range r.Parts {
		below, ok := alternatives(p.Inner, of, nil)
		if !ok {
			return nil, false
		}
		for _, e := range below {
			out = append(out, plan.ColumnExpr(sideColumn(r, i, e), -1))
		}
	}
	if r.Inner == nil {
		return out, true
	}
	below, ok := alternatives(r.Inner, of, nil)
	for _, e := range below {
		if r.Inner.Grouped {
			e = &plan.Expr{Op: plan.OpAgg, Type: plan.Int,
				Aggregate: &plan.Aggregate{Fn: "count", Filter: e, Type: plan.Int}}
		}
		out = append(out, plan.ColumnExpr(r.Hide(e), -1))
	}
	return out, ok
}

// neverTrue reports whether catalog and text say that no row meets a condition.
func neverTrue(e *plan.Expr, where []*plan.Expr) bool {
	masks := possible([]*plan.Expr{e}, where, interval.NewFinder())
	return masks != nil && !slices.Contains(masks, 1)
}

// onlyOne lists for each alternative of a condition that it holds and no other does; none where there is one
// alternative.
func onlyOne(cond *plan.Expr, of []*plan.Column) (out []*plan.Expr, ok bool) {
	terms := disjuncts(plan.Plain(cond))
	hides := func(c *plan.Expr) bool { return hidesAlternatives(c) || countsNone(c, of) }
	if len(terms) > maxAlternatives ||
		slices.ContainsFunc(terms, func(t *plan.Expr) bool { return slices.ContainsFunc(plan.Conjuncts(t), hides) }) {
		return nil, false
	}
	var sets []*plan.Expr // alternatives, those over one column together
	byColumn := map[string]int{}
	for _, t := range terms {
		for _, one := range separate(t, of) {
			name := aloneOver(one, of)
			if n, known := byColumn[name]; known && name != "" {
				sets[n] = plan.Call("or", one, sets[n], one)
				continue
			}
			byColumn[name] = len(sets)
			sets = append(sets, one)
		}
	}
	if len(sets) < 2 {
		return nil, true
	}
	for i, one := range sets {
		conds := []*plan.Expr{one}
		for j, other := range sets {
			if i != j {
				conds = append(conds, untrue(interval.NewFinder(), nil, other))
			}
		}
		out = append(out, plan.And(conds...))
	}
	return out, len(sets) <= maxAlternatives
}

// aloneOver names the column that a condition is over if it is one, and not added up.
func aloneOver(e *plan.Expr, of []*plan.Column) (name string) {
	if bases := e.Bases(nil); len(bases) != 1 || values(e) != 1 || overAny(bases, of) {
		return ""
	}
	e.Walk(func(x *plan.Expr) bool {
		if x.Op == plan.OpColumn || x.Op == plan.OpAgg || x.Op == plan.OpKey {
			name = x.Signature()
		}
		return name == ""
	})
	return name
}

func overAny(bases, of []*plan.Column) bool {
	return slices.ContainsFunc(bases, func(c *plan.Column) bool {
		return slices.ContainsFunc(of, func(o *plan.Column) bool { return o.Ref() == c.Ref() })
	})
}

// separate makes an alternative of each value of a list where what is compared is added up, or made of several columns.
func separate(e *plan.Expr, of []*plan.Column) (out []*plan.Expr) {
	if e.Op != plan.OpCall || e.Fn != "in" {
		return []*plan.Expr{e}
	}
	if bases := e.Args[0].Bases(nil); values(e.Args[0]) == 1 && len(bases) < 2 && !overAny(bases, of) {
		return []*plan.Expr{e}
	}
	for _, a := range e.Args[1:] {
		out = append(out, plan.Call("=", e, e.Args[0], a))
	}
	return out
}

// disjuncts multiplies a condition out: it holds where one of them does. There may be more than maxAlternatives then,
// but not many more.
func disjuncts(e *plan.Expr) []*plan.Expr {
	if w := decided(e); w != nil {
		return disjuncts(plan.Plain(w))
	}
	if e.Op != plan.OpCall {
		return []*plan.Expr{e}
	}
	switch e.Fn {
	case "or":
		var out []*plan.Expr
		for _, a := range e.Args {
			if out = append(out, disjuncts(a)...); len(out) > maxAlternatives {
				break
			}
		}
		return out
	case "and":
		out := []*plan.Expr{nil}
		for _, a := range e.Args {
			var next []*plan.Expr
			for _, d := range disjuncts(a) {
				for _, sofar := range out {
					next = append(next, plan.And(sofar, d))
				}
			}
			if out = next; len(out) > maxAlternatives {
				break
			}
		}
		return out
	}
	return []*plan.Expr{e}
}

// decided writes what decides between conditions, and comparisons of conditions, by AND and OR; nil for others.
func decided(e *plan.Expr) *plan.Expr {
	switch {
	case e.Type != plan.Bool:
		return nil
	case e.Op == plan.OpCase:
		var out, before []*plan.Expr
		for i := 0; i+1 < len(e.Args); i += 2 {
			out = append(out, plan.And(slices.Concat(before, []*plan.Expr{e.Args[i], e.Args[i+1]})...))
			before = append(before, untrue(interval.NewFinder(), nil, e.Args[i]))
		}
		out = append(out, plan.And(append(before, e.Args[len(e.Args)-1])...))
		return plan.Call("or", e, out...)
	case e.Op != plan.OpCall:
		return nil
	case e.Fn == "not" && logical(e.Args[0]) && e.Args[0].Fn == "coalesce":
		return untrueParts(e)
	case e.Fn == "coalesce" && len(e.Args) == 2:
		if l, ok := e.Args[1].Constant(); ok && l.Text == "false" {
			return e.Args[0]
		}
		return plan.Call("or", e, e.Args[0], plan.Call("and", e, plan.Call("is null", e, e.Args[0]), e.Args[1]))
	case (e.Fn == "=" || e.Fn == "<>" || strings.HasPrefix(e.Fn, "is ") && strings.HasSuffix(e.Fn, "distinct from")) &&
		e.Args[0].Type == plan.Bool:
		a, b := e.Args[0], e.Args[1]
		not := func(x *plan.Expr) *plan.Expr { return plan.Negation(plan.Call("not", x, x)) }
		if e.Fn == "=" || e.Fn == "is not distinct from" {
			return plan.Call("or", e, plan.And(a, b), plan.And(not(a), not(b)))
		}
		return plan.Call("or", e, plan.And(a, not(b)), plan.And(not(a), b))
	}
	return nil
}

// untrueParts writes that an AND is not true as that one of its conditions is not, and that an OR is not as that none
// is.
func untrueParts(not *plan.Expr) *plan.Expr {
	c, l := not.Args[0].Args[0], not.Args[0].Args[1].Literal
	of := map[string]string{"and": "or", "or": "and"}[c.Fn]
	if c.Op != plan.OpCall || of == "" || l.Text != "false" {
		return nil
	}
	var out []*plan.Expr
	for _, a := range c.Args {
		out = append(out, untrue(interval.NewFinder(), nil, a))
	}
	return plan.Call(of, not, out...)
}
