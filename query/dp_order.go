package query

import (
	"fmt"
	"slices"
	"strings"
)

// commuted writes a call whose arguments may change places with them in the order of their texts, so that it reads the same
// whichever way round it was written. Comparisons point one way.
func commuted(fn string, args []string) (string, bool) {
	switch fn {
	case "and", "or":
		args = slices.Compact(slices.Sorted(slices.Values(args)))
		if len(args) == 1 {
			return args[0], true
		}
		return "(" + strings.Join(args, " "+infix[fn]+" ") + ")", true
	case "+", "*", "=", "<>", "is distinct from", "is not distinct from":
		if len(args) != 2 {
			return "", false
		}
		slices.Sort(args)
		return "(" + args[0] + " " + infix[fn] + " " + args[1] + ")", true
	case ">":
		return "(" + args[1] + " < " + args[0] + ")", true
	case ">=":
		return "(" + args[1] + " <= " + args[0] + ")", true
	case "between":
		return "(" + args[0] + " <= " + args[2] + " AND " + args[1] + " <= " + args[0] + ")", true
	case "in", "not in":
		rest := slices.Compact(slices.Sorted(slices.Values(args[1:])))
		return "(" + args[0] + " " + strings.ToUpper(fn) + " (" + strings.Join(rest, ", ") + "))", true
	case "greatest", "least":
		args = slices.Compact(slices.Sorted(slices.Values(args)))
		return fn + "(" + strings.Join(args, ", ") + ")", true
	}
	return "", false
}

// plain puts conditions into a form that those which mean the same share: NOT before a comparison becomes the opposite one,
// IN over one value an equality, BETWEEN two comparisons, a comparison with TRUE or FALSE goes away.
func plain(e *expr) *expr {
	c := *e
	c.sig, c.args = "", make([]*expr, len(e.args))
	for i, a := range e.args {
		c.args[i] = plain(a)
	}
	if c.op != opCall {
		return &c
	}
	switch c.fn {
	case "and", "or":
		c.args = flat(c.fn, c.args)
	case "not":
		return negation(&c)
	case "between":
		low := call(">=", &c, c.args[0], c.args[1])
		return call("and", &c, low, call("<=", &c, c.args[0], c.args[2]))
	case "in", "not in":
		if len(c.args) == 2 {
			return call(map[string]string{"in": "=", "not in": "<>"}[c.fn], &c, c.args...)
		}
	case "=", "<>":
		return truth(&c)
	}
	return &c
}

func call(fn string, like *expr, args ...*expr) *expr {
	return sized(&expr{op: opCall, fn: fn, typ: tBool, at: like.at, args: args})
}

func flat(fn string, args []*expr) (out []*expr) {
	for _, a := range args {
		if a.op == opCall && a.fn == fn {
			out = append(out, a.args...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

var opposite = map[string]string{"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "is null": "is not null", "is not null": "is null",
	"in": "not in", "not in": "in", "like": "not like", "not like": "like", "ilike": "not ilike", "not ilike": "ilike",
	"is distinct from": "is not distinct from", "is not distinct from": "is distinct from"}

func negation(not *expr) *expr {
	e := not.args[0]
	if e.op != opCall {
		return not
	}
	switch {
	case opposite[e.fn] != "":
		return call(opposite[e.fn], e, e.args...)
	case e.fn == "not":
		return e.args[0]
	case e.fn == "and" || e.fn == "or":
		args := make([]*expr, len(e.args))
		for i, a := range e.args {
			args[i] = negation(call("not", a, a))
		}
		fn := map[string]string{"and": "or", "or": "and"}[e.fn]
		return call(fn, e, flat(fn, args)...)
	}
	return not
}

// truth drops the comparison of a condition with TRUE or FALSE.
func truth(e *expr) *expr {
	for i, a := range e.args {
		l, ok := a.constant()
		other := e.args[1-i]
		if !ok || l.typ != tBool || other.typ != tBool {
			continue
		}
		if (l.text == "true") == (e.fn == "=") {
			return other
		}
		return negation(call("not", other, other))
	}
	return e
}

// text writes an expression in canonical form.
func (e *expr) canonicalSQL() string { return emitter{canonical: true}.expr(e, false) }

func texts(es []*expr) []string {
	out := make([]string, 0, len(es))
	for _, e := range es {
		out = append(out, e.canonicalSQL())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxOrders bounds the ways in which tables that look alike are tried. Beyond it they stay as written, and equal questions
// may then be asked, and paid for, twice.
const maxOrders = 24

// arrange numbers the tables of s so that what render writes is the same however they were ordered, and returns it. Tables
// that only their use tells apart are tried in every order; the least text wins.
func (s *reading) arrange(first int, render func() string) string {
	slices.SortStableFunc(s.rels, func(a, b *relation) int { return strings.Compare(a.text(), b.text()) })
	best, chosen := "", slices.Clone(s.rels)
	orders := s.orders()
	for _, order := range orders {
		s.rels = order
		s.number(first)
		if text := render(); best == "" || text < best {
			best, chosen = text, order
		}
	}
	s.rels = chosen
	s.number(first)
	return best
}

// orders lists the orders of tables that look alike.
func (s *reading) orders() [][]*relation {
	out := [][]*relation{s.rels}
	for from := 0; from < len(s.rels); {
		to := from + 1
		for to < len(s.rels) && s.rels[to].text() == s.rels[from].text() {
			to++
		}
		var more [][]*relation
		for _, order := range out {
			for _, p := range permutations(order[from:to]) {
				more = append(more, slices.Concat(order[:from], p, order[to:]))
			}
			if len(more) > maxOrders {
				return [][]*relation{s.rels}
			}
		}
		out, from = more, to
	}
	return out
}

func permutations(rs []*relation) (out [][]*relation) {
	if len(rs) > 4 {
		return make([][]*relation, maxOrders+1)
	}
	if len(rs) <= 1 {
		return [][]*relation{rs}
	}
	for i, r := range rs {
		for _, p := range permutations(slices.Concat(rs[:i], rs[i+1:])) {
			out = append(out, append([]*relation{r}, p...))
		}
	}
	return out
}

// text is what a table is called where nothing else tells it apart.
func (r *relation) text() string {
	switch {
	case r.groups != nil:
		return r.groups.text
	case r.union != nil:
		return r.union.text
	}
	return quote(r.table.Dataset.Name)
}

// number gives the tables their numbers: first those of the cross product, then those joined, each time the one whose text
// comes first of those that can be joined already.
func (s *reading) number(first int) int {
	known := map[*relation]bool{}
	for _, r := range s.rels {
		r.id = first
		known[r] = true
		first++
	}
	rest := slices.Clone(s.joined)
	s.joined = s.joined[:0]
	for len(rest) > 0 {
		at, text := 0, ""
		for i, j := range rest {
			if !j.ready(known) {
				continue
			}
			j.right.number(first)
			if t := j.sql(); text == "" || t < text {
				at, text = i, t
			}
		}
		j := rest[at]
		first = j.right.number(first)
		for _, r := range j.right.all() {
			known[r] = true
		}
		s.joined, rest = append(s.joined, j), slices.Delete(rest, at, at+1)
	}
	return first
}

// ready reports whether all that the condition reads is there.
func (j *joined) ready(known map[*relation]bool) bool {
	own := j.right.all()
	for _, c := range j.on {
		missing := false
		c.walk(func(x *expr) bool {
			missing = missing || x.op == opColumn && !known[x.col.rel] && !slices.Contains(own, x.col.rel)
			return !missing
		})
		if missing {
			return false
		}
	}
	return true
}

var joinNames = map[joinKind]string{leftJoin: "LEFT JOIN", semiJoin: "SEMI JOIN", antiJoin: "ANTI JOIN"}

func (j *joined) sql() string {
	right := j.right.fromSQL()
	if len(j.right.rels)+len(j.right.joined) > 1 {
		right = "(" + right + ")"
	}
	return joinNames[j.kind] + " " + right + " ON " + strings.Join(texts(j.on), " AND ")
}

// fromSQL writes the tables.
func (s *reading) fromSQL() string {
	var b strings.Builder
	for i, r := range s.rels {
		if i > 0 {
			b.WriteString(" CROSS JOIN ")
		}
		fmt.Fprintf(&b, "%s AS t%d", r.fromText(), r.id)
	}
	for _, j := range s.joined {
		b.WriteString("\n  " + j.sql())
	}
	return b.String()
}

func (r *relation) fromText() string {
	if r.table != nil {
		return r.text()
	}
	return "(" + r.text() + ")"
}

// conditions writes conjuncts. Columns that are equal to each other by several of them are each set equal to the first.
func conditions(conds []*expr) []string {
	var rest []*expr
	var equal [][]string // sets of columns
	for _, c := range conds {
		l, r, ok := sides(c)
		if !ok || l.typ != r.typ {
			rest = append(rest, c)
			continue
		}
		set := []string{l.refSQL(), r.refSQL()}
		equal = slices.DeleteFunc(equal, func(known []string) bool {
			meets := slices.ContainsFunc(known, func(s string) bool { return slices.Contains(set, s) })
			if meets {
				set = append(set, known...)
			}
			return meets
		})
		equal = append(equal, set)
	}
	out := texts(rest)
	for _, set := range equal {
		slices.Sort(set)
		set = slices.Compact(set)
		for _, other := range set[1:] {
			out = append(out, "("+set[0]+" = "+other+")")
		}
		if len(set) == 1 {
			out = append(out, "("+set[0]+" IS NOT NULL)")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rowsSQL writes FROM and WHERE.
func (s *reading) rowsSQL() string {
	out := "\nFROM " + s.fromSQL()
	if where := conditions(s.conds); len(where) > 0 {
		out += "\nWHERE " + strings.Join(where, " AND ")
	}
	return out
}

// write writes the subqueries by units and the unions that s reads, innermost first: their text is what they are told apart
// by. Only columns that are looked at are computed.
func (s *reading) write() {
	for _, r := range s.all() {
		switch {
		case r.groups != nil:
			r.groups.write(r)
		case r.union != nil:
			r.union.write(r)
		}
	}
}

// write writes the sides of a union in the order of their texts.
func (u *unionRows) write(r *relation) {
	cols := slices.DeleteFunc(slices.Clone(r.cols), func(c *column) bool { return !c.wanted && c.n > 0 })
	for _, side := range u.sides {
		side.src.write()
		side.src.arrange(1, func() string { return side.sql(cols) })
	}
	key := func(c *column) string {
		var all []string
		for _, side := range u.sides {
			all = append(all, side.cols[c.n].canonicalSQL())
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	slices.SortStableFunc(cols[1:], func(a, b *column) int { return strings.Compare(key(a), key(b)) })
	var sides []string
	for _, side := range u.sides {
		sides = append(sides, side.sql(cols))
	}
	slices.Sort(sides)
	u.text, r.cols = strings.Join(sides, "\nUNION ALL "), cols
}

func (u *unionSide) sql(cols []*column) string {
	var out []string
	for i, c := range cols {
		out = append(out, fmt.Sprintf("%s AS c%d", u.cols[c.n].canonicalSQL(), i+1))
	}
	return "SELECT " + strings.Join(out, ", ") + u.src.rowsSQL()
}

func (g *unitGroups) write(r *relation) {
	g.src.write()
	keys, aggs := r.cols[:len(g.keys)], r.cols[len(g.keys):]
	aggs = slices.DeleteFunc(slices.Clone(aggs), func(c *column) bool { return !c.wanted })
	byText := func(a, b *column) int { return strings.Compare(g.columnSQL(a), g.columnSQL(b)) }
	sorted := func() []*column {
		return slices.Concat(slices.SortedFunc(slices.Values(keys), byText), slices.SortedFunc(slices.Values(aggs), byText))
	}
	g.text = g.src.arrange(1, func() string {
		var cols []string
		for i, c := range sorted() {
			cols = append(cols, fmt.Sprintf("%s AS c%d", g.columnSQL(c), i+1))
		}
		by := make([]string, len(keys))
		for i := range keys {
			by[i] = itoa(i + 1)
		}
		return "SELECT " + strings.Join(cols, ", ") + g.src.rowsSQL() + "\nGROUP BY " + strings.Join(by, ", ")
	})
	r.cols = sorted() // as the text has them, which need not be the order that was tried last
}

func (g *unitGroups) columnSQL(c *column) string {
	if c.def.op == opKey {
		return g.keys[c.def.key].canonicalSQL()
	}
	return c.def.agg.sqlBy(emitter{canonical: true})
}
