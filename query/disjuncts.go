package query

import (
	"fmt"
	"slices"
	"strings"
)

// A condition that is an OR holds values to what each of its alternatives says of them. Where everybody in one is known
// to add 30 and in another to add 31, the sum tells what the few in a third add, as soon as the others are counted
// somewhere. So each alternative is told apart: of the rows of a sum, those that meet it and no other are counted, and
// fewer than k units leave no sum. Counts need no such rule: what an alternative adds to a count is what a statement
// without it has less, which is between two statements.
//
// Alternatives over one column, as x = 1 OR x = 2 or IN, are one: a set of values, as long as the column is not what is
// added up.

// maxAlternatives bounds what a condition may become when its AND and OR are multiplied out.
const maxAlternatives = 24

// tellAlternatives makes each alternative of a condition on the rows of a sum a subset that the sum is told by. It is
// false where a condition has too many, or hides them.
func (m *measures) tellAlternatives(b *block) bool {
	m.alternatives = make([][]int, m.shown)
	for i := range m.shown {
		if m.own[i] == 0 {
			continue
		}
		in := m.inputs[m.list[i].input]
		all, ok := b.alternatives(in.arg.bases(b.keys), in.filter)
		if !ok {
			return false
		}
		for _, rows := range all {
			m.alternatives[i] = append(m.alternatives[i], m.tell(subset{arg: rows, sums: true}))
		}
	}
	return true
}

// alternatives lists, for each condition of a block that is an OR, and of the subqueries it reads, the rows that meet one
// alternative alone. Of are the columns that are added up, more is another condition on rows.
func (b *block) alternatives(of []*column, more *expr) (out []*expr, ok bool) {
	conds := slices.Clone(b.where)
	b.joins.visit(func(j *joinTree) { conds = append(conds, j.on...) })
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
	out = slices.DeleteFunc(out, func(e *expr) bool { return neverTrue(e, b.where) })
	for _, r := range b.rels {
		below, ok := r.alternatives(of)
		if !ok {
			return nil, false
		}
		out = append(out, below...)
	}
	return out, true
}

// visit shows the joins of a tree.
func (j *joinTree) visit(show func(*joinTree)) {
	if j != nil && j.rel == nil {
		j.left.visit(show)
		j.right.visit(show)
		show(j)
	}
}

// alternatives are those of a subquery, as columns of it.
func (r *relation) alternatives(of []*column) (out []*expr, ok bool) {
	for i, p := range r.parts {
		below, ok := p.inner.alternatives(of, nil)
		if !ok {
			return nil, false
		}
		for _, e := range below {
			out = append(out, columnExpr(r.sideColumn(i, e), -1))
		}
	}
	if r.inner == nil {
		return out, true
	}
	below, ok := r.inner.alternatives(of, nil)
	for _, e := range below {
		if r.inner.grouped {
			e = &expr{op: opAgg, typ: tInt, agg: &aggregate{fn: "count", filter: e, typ: tInt}}
		}
		out = append(out, columnExpr(r.hide(e), -1))
	}
	return out, ok
}

// neverTrue reports whether catalog and text say that no row meets a condition.
func neverTrue(e *expr, where []*expr) bool {
	masks := possible([]*expr{e}, where, newSpanner())
	return masks != nil && !slices.Contains(masks, 1)
}

// onlyOne lists for each alternative of a condition that it holds and no other does; none where there is one alternative.
func onlyOne(cond *expr, of []*column) (out []*expr, ok bool) {
	terms := disjuncts(plain(cond))
	if len(terms) > maxAlternatives || slices.ContainsFunc(terms, func(t *expr) bool { return slices.ContainsFunc(conjuncts(t), hidesAlternatives) }) {
		return nil, false
	}
	var sets []*expr // alternatives, those over one column together
	byColumn := map[string]int{}
	for _, t := range terms {
		for _, one := range separate(t, of) {
			name := aloneOver(one, of)
			if n, known := byColumn[name]; known && name != "" {
				sets[n] = call("or", one, sets[n], one)
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
		conds := []*expr{one}
		for j, other := range sets {
			if i != j {
				conds = append(conds, untrue(newSpanner(), nil, other))
			}
		}
		out = append(out, and(conds...))
	}
	return out, len(sets) <= maxAlternatives
}

// aloneOver names the column that a condition is over if it is one, and not added up.
func aloneOver(e *expr, of []*column) string {
	bases := e.bases(nil)
	if len(bases) != 1 || overAny(bases, of) {
		return ""
	}
	return fmt.Sprintf("%q", bases[0].ref())
}

func overAny(bases, of []*column) bool {
	return slices.ContainsFunc(bases, func(c *column) bool {
		return slices.ContainsFunc(of, func(o *column) bool { return o.ref() == c.ref() })
	})
}

// separate makes an alternative of each value of a list where what is compared is added up, or made of several columns.
func separate(e *expr, of []*column) (out []*expr) {
	if e.op != opCall || e.fn != "in" {
		return []*expr{e}
	}
	if bases := e.args[0].bases(nil); len(bases) == 1 && !overAny(bases, of) {
		return []*expr{e}
	}
	for _, a := range e.args[1:] {
		out = append(out, call("=", e, e.args[0], a))
	}
	return out
}

// disjuncts multiplies a condition out: it holds where one of them does. There may be more than maxAlternatives then,
// but not many more.
func disjuncts(e *expr) []*expr {
	if w := decided(e); w != nil {
		return disjuncts(plain(w))
	}
	if e.op != opCall {
		return []*expr{e}
	}
	switch e.fn {
	case "or":
		var out []*expr
		for _, a := range e.args {
			if out = append(out, disjuncts(a)...); len(out) > maxAlternatives {
				break
			}
		}
		return out
	case "and":
		out := []*expr{nil}
		for _, a := range e.args {
			var next []*expr
			for _, d := range disjuncts(a) {
				for _, sofar := range out {
					next = append(next, and(sofar, d))
				}
			}
			if out = next; len(out) > maxAlternatives {
				break
			}
		}
		return out
	}
	return []*expr{e}
}

// decided writes what decides between conditions, and comparisons of conditions, by AND and OR; nil for others.
func decided(e *expr) *expr {
	switch {
	case e.typ != tBool:
		return nil
	case e.op == opCase:
		var out, before []*expr
		for i := 0; i+1 < len(e.args); i += 2 {
			out = append(out, and(slices.Concat(before, []*expr{e.args[i], e.args[i+1]})...))
			before = append(before, untrue(newSpanner(), nil, e.args[i]))
		}
		out = append(out, and(append(before, e.args[len(e.args)-1])...))
		return call("or", e, out...)
	case e.op != opCall:
		return nil
	case e.fn == "not" && logical(e.args[0]) && e.args[0].fn == "coalesce":
		return untrueParts(e)
	case e.fn == "coalesce" && len(e.args) == 2:
		if l, ok := e.args[1].constant(); ok && l.text == "false" {
			return e.args[0]
		}
		return call("or", e, e.args[0], call("and", e, call("is null", e, e.args[0]), e.args[1]))
	case (e.fn == "=" || e.fn == "<>" || strings.HasPrefix(e.fn, "is ") && strings.HasSuffix(e.fn, "distinct from")) && e.args[0].typ == tBool:
		a, b := e.args[0], e.args[1]
		not := func(x *expr) *expr { return negation(call("not", x, x)) }
		if e.fn == "=" || e.fn == "is not distinct from" {
			return call("or", e, and(a, b), and(not(a), not(b)))
		}
		return call("or", e, and(a, not(b)), and(not(a), b))
	}
	return nil
}

// untrueParts writes that an AND is not true as that one of its conditions is not, and that an OR is not as that none is.
func untrueParts(not *expr) *expr {
	c, l := not.args[0].args[0], not.args[0].args[1].lit
	of := map[string]string{"and": "or", "or": "and"}[c.fn]
	if c.op != opCall || of == "" || l.text != "false" {
		return nil
	}
	var out []*expr
	for _, a := range c.args {
		out = append(out, untrue(newSpanner(), nil, a))
	}
	return call(of, not, out...)
}

// hidesAlternatives reports whether arithmetic on several columns, or a condition inside another, can do in e what an OR
// does: (x − 30) · (y − 7) is 0 where one of the factors is, and so is the least of their distances.
func hidesAlternatives(e *expr) (found bool) {
	for logical(e) && (e.fn == "not" || e.fn == "coalesce") {
		e = e.args[0]
	}
	if len(e.bases(nil)) < 2 {
		return false
	}
	e.walk(func(x *expr) bool {
		switch {
		case found || x == e || len(x.bases(nil)) == 0:
		case x.typ == tBool && x.op != opColumn:
			found = true
		case len(x.bases(nil)) < 2:
		case x.op == opCase, x.op == opCall && choice[x.fn] != nil:
			found = true
		case x.op == opCall && x.fn == "*":
			found = slices.ContainsFunc(x.args, func(a *expr) bool { return len(a.bases(nil)) > 0 && !bare(a) })
		}
		return !found
	})
	return found
}
