package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// commuted writes a call whose arguments may change places with them in the order of their texts, so that it reads the
// same whichever way round it was written. Comparisons point one way.
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

// canonicalSQL writes an expression in canonical form.
func canonicalSQL(e *plan.Expr) string { return emitter{canonical: true}.expr(e, false) }

func texts(es []*plan.Expr) []string {
	out := make([]string, 0, len(es))
	for _, e := range es {
		out = append(out, canonicalSQL(e))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxOrders bounds the ways in which tables that look alike are tried. Beyond it they stay as written, and equal
// questions may then be asked, and paid for, twice.
const maxOrders = 24

// arrange numbers the tables of s so that what render writes is the same however they were ordered, and returns it.
// Tables that only their use tells apart are tried in every order; the least text wins.
func arrange(s *plan.Reading, first int, render func() string) string {
	slices.SortStableFunc(s.Rels,
		func(a, b *plan.Relation) int { return strings.Compare(relationText(a), relationText(b)) })
	best, chosen := "", slices.Clone(s.Rels)
	orders := orders(s)
	for _, order := range orders {
		s.Rels = order
		number(s, first)
		if text := render(); best == "" || text < best {
			best, chosen = text, order
		}
	}
	s.Rels = chosen
	number(s, first)
	return best
}

// orders lists the orders of tables that look alike.
func orders(s *plan.Reading) [][]*plan.Relation {
	out := [][]*plan.Relation{s.Rels}
	for from := 0; from < len(s.Rels); {
		to := from + 1
		for to < len(s.Rels) && relationText(s.Rels[to]) == relationText(s.Rels[from]) {
			to++
		}
		var more [][]*plan.Relation
		for _, order := range out {
			for _, p := range permutations(order[from:to]) {
				more = append(more, slices.Concat(order[:from], p, order[to:]))
			}
			if len(more) > maxOrders {
				return [][]*plan.Relation{s.Rels}
			}
		}
		out, from = more, to
	}
	return out
}

func permutations(rs []*plan.Relation) (out [][]*plan.Relation) {
	if len(rs) > 4 {
		return make([][]*plan.Relation, maxOrders+1)
	}
	if len(rs) <= 1 {
		return [][]*plan.Relation{rs}
	}
	for i, r := range rs {
		for _, p := range permutations(slices.Concat(rs[:i], rs[i+1:])) {
			out = append(out, append([]*plan.Relation{r}, p...))
		}
	}
	return out
}

// relationText is what a table is called where nothing else tells it apart.
func relationText(r *plan.Relation) string {
	switch {
	case r.Groups != nil:
		return r.Groups.Text
	case r.Union != nil:
		return r.Union.Text
	}
	return Quote(r.Table.Dataset.Name)
}

// number gives the tables their numbers: first those of the cross product, then those joined, each time the one whose
// text comes first of those that can be joined already.
func number(s *plan.Reading, first int) int {
	known := map[*plan.Relation]bool{}
	for _, r := range s.Rels {
		r.ID = first
		known[r] = true
		first++
	}
	rest := slices.Clone(s.Joined)
	s.Joined = s.Joined[:0]
	for len(rest) > 0 {
		at, text := 0, ""
		for i, j := range rest {
			if !ready(j, known) {
				continue
			}
			number(j.Right, first)
			if t := joinedSQL(j); text == "" || t < text {
				at, text = i, t
			}
		}
		j := rest[at]
		first = number(j.Right, first)
		for _, r := range j.Right.All() {
			known[r] = true
		}
		s.Joined, rest = append(s.Joined, j), slices.Delete(rest, at, at+1)
	}
	return first
}

// ready reports whether all that the condition reads is there.
func ready(j *plan.Joined, known map[*plan.Relation]bool) bool {
	own := j.Right.All()
	for _, c := range j.On {
		missing := false
		c.Walk(func(x *plan.Expr) bool {
			missing = missing || x.Op == plan.OpColumn && !known[x.Column.Relation] &&
				!slices.Contains(own, x.Column.Relation)
			return !missing
		})
		if missing {
			return false
		}
	}
	return true
}

var joinNames = map[plan.JoinKind]string{plan.LeftJoin: "LEFT JOIN", plan.SemiJoin: "SEMI JOIN",
	plan.AntiJoin: "ANTI JOIN"}

func joinedSQL(j *plan.Joined) string {
	right := tablesSQL(j.Right)
	if len(j.Right.Rels)+len(j.Right.Joined) > 1 {
		right = "(" + right + ")"
	}
	return joinNames[j.Kind] + " " + right + " ON " + strings.Join(texts(j.On), " AND ")
}

// tablesSQL writes the tables.
func tablesSQL(s *plan.Reading) string {
	var b strings.Builder
	for i, r := range s.Rels {
		if i > 0 {
			b.WriteString(" CROSS JOIN ")
		}
		fmt.Fprintf(&b, "%s AS t%d", relationFrom(r), r.ID)
	}
	for _, j := range s.Joined {
		b.WriteString("\n  " + joinedSQL(j))
	}
	return b.String()
}

func relationFrom(r *plan.Relation) string {
	if r.Table != nil {
		return relationText(r)
	}
	return "(" + relationText(r) + ")"
}

// conditions writes conjuncts. Columns that are equal to each other by several of them are each set equal to the first.
func conditions(conds []*plan.Expr) []string {
	var rest []*plan.Expr
	var equal [][]string // sets of columns
	for _, c := range conds {
		l, r, ok := plan.EqualColumns(c)
		if !ok || l.Type != r.Type {
			rest = append(rest, c)
			continue
		}
		set := []string{columnSQL(l), columnSQL(r)}
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
func rowsSQL(s *plan.Reading) string {
	out := "\nFROM " + tablesSQL(s)
	if where := conditions(s.Conds); len(where) > 0 {
		out += "\nWHERE " + strings.Join(where, " AND ")
	}
	return out
}

// writeReading writes the subqueries by units and the unions that s reads, innermost first: their text is what they are
// told apart by. Only columns that are looked at are computed.
func writeReading(s *plan.Reading) {
	for _, r := range s.All() {
		switch {
		case r.Groups != nil:
			writeGroups(r.Groups, r)
		case r.Union != nil:
			writeUnion(r.Union, r)
		}
	}
}

// writeUnion writes the sides of a union in the order of their texts.
func writeUnion(u *plan.UnionRows, r *plan.Relation) {
	cols := slices.DeleteFunc(slices.Clone(r.Cols), func(c *plan.Column) bool { return !c.Wanted && c.Number > 0 })
	for _, side := range u.Sides {
		writeReading(side.Reading)
		arrange(side.Reading, 1, func() string { return sideSQL(side, cols) })
	}
	key := func(c *plan.Column) string {
		var all []string
		for _, side := range u.Sides {
			all = append(all, canonicalSQL(side.Cols[c.Number]))
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	slices.SortStableFunc(cols[1:], func(a, b *plan.Column) int { return strings.Compare(key(a), key(b)) })
	var sides []string
	for _, side := range u.Sides {
		sides = append(sides, sideSQL(side, cols))
	}
	slices.Sort(sides)
	u.Text, r.Cols = strings.Join(sides, "\nUNION ALL "), cols
}

func sideSQL(u *plan.UnionSide, cols []*plan.Column) string {
	var out []string
	for i, c := range cols {
		out = append(out, fmt.Sprintf("%s AS c%d", canonicalSQL(u.Cols[c.Number]), i+1))
	}
	return "SELECT " + strings.Join(out, ", ") + rowsSQL(u.Reading)
}

func writeGroups(g *plan.UnitGroups, r *plan.Relation) {
	writeReading(g.Reading)
	keys, aggs := r.Cols[:len(g.Keys)], r.Cols[len(g.Keys):]
	aggs = slices.DeleteFunc(slices.Clone(aggs), func(c *plan.Column) bool { return !c.Wanted })
	byText := func(a, b *plan.Column) int { return strings.Compare(groupsColumnSQL(g, a), groupsColumnSQL(g, b)) }
	sorted := func() []*plan.Column {
		return slices.Concat(slices.SortedFunc(slices.Values(keys), byText),
			slices.SortedFunc(slices.Values(aggs), byText))
	}
	g.Text = arrange(g.Reading, 1, func() string {
		var cols []string
		for i, c := range sorted() {
			cols = append(cols, fmt.Sprintf("%s AS c%d", groupsColumnSQL(g, c), i+1))
		}
		by := make([]string, len(keys))
		for i := range keys {
			by[i] = strconv.Itoa(i + 1)
		}
		return "SELECT " + strings.Join(cols, ", ") + rowsSQL(g.Reading) + "\nGROUP BY " + strings.Join(by, ", ")
	})
	r.Cols = sorted() // as the text has them, which need not be the order that was tried last
}

func groupsColumnSQL(g *plan.UnitGroups, c *plan.Column) string {
	if c.Def.Op == plan.OpKey {
		return canonicalSQL(g.Keys[c.Def.Key])
	}
	return aggregateBy(c.Def.Aggregate, emitter{canonical: true})
}
