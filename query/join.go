package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// join binds a join. Its condition is a conjunction with at least one equality of join columns, one of each side; other
// conjuncts are conditions like those of WHERE.
func (x *binder) join(t astJoin) *joinTree {
	j := &joinTree{kind: t.kind, at: t.pos(), swapped: t.swapped}
	j.left, j.right = x.table(t.left), x.table(t.right)
	if j.left == nil || j.right == nil {
		if j.left == nil {
			return j.right
		}
		return j.left
	}
	if t.natural {
		t.using = j.common()
	}
	for _, name := range t.using {
		x.using(j, name)
	}
	if t.on != nil {
		inner := &binder{analysis: x.analysis, q: &astSelect{from: t}, seen: x.seen, b: &block{rels: slices.Concat(j.left.rels(), j.right.rels())}}
		on := inner.expr(t.on, clause{name: yumen.Text{EN: "ON"}})
		j.on = append(j.on, conjuncts(x.wantBool(on))...)
	}
	if j.left.answers() && j.right.answers() {
		return x.joinAnswers(j, t)
	}
	x.anchored(j)
	if !x.tied(j) && t.kind != crossJoin {
		x.joinCondition(t.pos())
	}
	return j
}

// tied checks the conditions of a join and reports whether an equality brings its sides together.
func (x *binder) tied(j *joinTree) bool {
	var equal []*expr
	for _, c := range j.on {
		if x.equates(c, j.left.rels(), j.right.rels()) {
			equal = append(equal, c)
		} else {
			x.check(c, purpose{use: yumen.UseFilter}, nil)
		}
	}
	if j.halves() && slices.ContainsFunc(equal, func(c *expr) bool { return j.other(c).unit != nil }) {
		// Once the key ties both sides, any other equality only picks among one unit's own rows.
		equal = slices.DeleteFunc(equal, func(c *expr) bool { return j.other(c).unit == nil })
	}
	for _, c := range equal {
		x.tieUnits(c, j)
	}
	return len(equal) > 0
}

// other returns the column of the right side that an equality names.
func (j *joinTree) other(c *expr) *column {
	if slices.Contains(j.left.rels(), c.args[0].col.rel) {
		return c.args[1].col
	}
	return c.args[0].col
}

// tieUnits records what an equality of two sides says about their units. A semi or anti join looks at the other side only for
// whether the same unit has rows there, so it must be the unit's key that ties them; reference data tells of no other unit.
func (x *binder) tieUnits(c *expr, j *joinTree) {
	if !j.halves() {
		x.sameUnit(c, j.kind, j.left.rels())
		return
	}
	key := j.other(c)
	if j.right.reference() {
		return // whether a value stands in a public list is a condition on the value
	}
	if key.unit == nil {
		x.addFix("join.unit", c.at, yumen.Say("SEMI and ANTI joins tie the key of a privacy unit: on any other column, one person's row could decide about many", "SEMI 和 ANTI 连接只能按隐私单元键：按其他列时，一人的行可能决定许多行的去留"),
			yumen.Say("join on the unit's key", "请按单元键连接"))
		return
	}
	for _, r := range j.right.rels() {
		for _, u := range r.units {
			if !u.dependsOn(key.unit) {
				x.add("subquery.units", c.at, yumen.Say("the other side of this join depends on another privacy unit (%s)", "此连接的另一侧还依赖其他隐私单元（%s）", u.kind))
			}
		}
	}
}

func (x *binder) joinCondition(pos int) {
	x.addFix("join.condition", pos, yumen.Say("tables are joined by an equality of one column of each, both granted for join", "表之间须以各自一列的相等来连接，且两列均授权用于连接"),
		yumen.Say("write ON a.key = b.key", "请写 ON a.key = b.key"))
}

// common lists the names of columns that both sides have.
func (j *joinTree) common() (out []string) {
	for _, l := range j.left.columns() {
		if slices.ContainsFunc(j.right.columns(), func(r *column) bool { return same(l.name, r.name) }) {
			out = append(out, l.name)
		}
	}
	return out
}

// columns lists the columns of a join that a name alone can mean.
func (j *joinTree) columns() (out []*column) {
	for _, r := range j.rels() {
		for _, c := range r.cols {
			if !c.hidden {
				out = append(out, c)
			}
		}
	}
	return out
}

// using adds the equality that USING (name) stands for and hides the right copy of the column.
func (x *binder) using(j *joinTree, name string) {
	l, r := x.sideColumn(j.left, name, j.at), x.sideColumn(j.right, name, j.at)
	if l == nil || r == nil {
		return
	}
	r.hidden = true
	args := []*expr{{op: opColumn, typ: l.typ, col: l, at: j.at}, {op: opColumn, typ: r.typ, col: r, at: j.at}}
	if e := x.apply("=", functions["="], args, j.at); e.op != opBad {
		j.on = append(j.on, e)
	}
}

func (x *binder) sideColumn(side *joinTree, name string, pos int) *column {
	var known []string
	for _, r := range side.rels() {
		for _, c := range r.cols {
			if same(c.name, name) && !c.hidden {
				return c
			}
			known = append(known, c.name)
		}
	}
	if titled := titledIn(side.rels(), "", name); len(titled) == 1 {
		return titled[0]
	}
	x.addFix("column.unknown", pos, yumen.Say("USING needs a column %s on both sides", "USING 要求两侧都有列 %s", printable(name)), didYouMean(name, known))
	return nil
}

// equates reports whether e is an equality of a bare column of each side, and checks the use join of both.
func (x *binder) equates(e *expr, left, right []*relation) bool {
	if e.op != opCall || e.fn != "=" || e.args[0].op != opColumn || e.args[1].op != opColumn {
		return false
	}
	a, b := e.args[0], e.args[1]
	if slices.Contains(right, a.col.rel) {
		a, b = b, a
	}
	if !slices.Contains(left, a.col.rel) || !slices.Contains(right, b.col.rel) {
		return false
	}
	if a.directs(nil) == nil || b.directs(nil) == nil {
		return false // equal to a constant or to something computed: that is a filter
	}
	x.check(a, purpose{use: yumen.UseJoin}, nil)
	x.check(b, purpose{use: yumen.UseJoin}, nil)
	ua, ub := a.col.unit, b.col.unit
	if (ua == nil) != (ub == nil) || ua != nil && ua.kind != ub.kind {
		x.add("join.unit", e.at, yumen.Say("the key of a privacy unit joins only with the key of the same kind of unit", "隐私单元键只能与同类单元的键连接"))
	}
	return true
}

// sameUnit records what an equality of unit keys says about the units of both sides.
func (x *binder) sameUnit(e *expr, kind joinKind, left []*relation) {
	a, b := e.args[0].col, e.args[1].col
	if a.unit == nil || b.unit == nil {
		return
	}
	if !slices.Contains(left, a.rel) {
		a, b = b, a
	}
	ra, rb := a.unit.root(), b.unit.root()
	switch {
	case ra == rb:
	case kind == leftJoin && rb.follows == nil && !ra.dependsOn(rb):
		rb.follows = ra
	case kind != leftJoin && ra.dependsOn(rb):
		ra.same = rb
	case kind != leftJoin:
		rb.same = ra
	}
}

// connect takes the equalities of join columns in WHERE for what they are, checks the use filter of all other conditions,
// and checks that tables listed with commas are tied together.
func (x *binder) connect() {
	if x.b.joins == nil {
		return
	}
	for _, c := range x.b.where {
		if u := antiJoined(c); u != nil && !x.b.countsUnit(u) {
			u.absent = true
		}
	}
	ties := tied{}
	ties.join(x.b.joins)
	for _, c := range x.b.where {
		if l, r, ok := sides(c); ok && l.rel != r.rel && x.joinable(l) && x.joinable(r) {
			x.equates(c, []*relation{l.rel}, []*relation{r.rel})
			x.sameUnit(c, innerJoin, []*relation{l.rel})
			ties.tie(l.rel, r.rel)
			continue
		}
		x.check(c, purpose{use: yumen.UseFilter}, nil)
	}
	for _, r := range x.b.rels {
		if ties.find(r) != ties.find(x.b.rels[0]) {
			x.joinCondition(x.b.joins.at)
			return
		}
	}
}

// antiJoined returns the unit that a condition says a left join found no partner for.
func antiJoined(c *expr) *unit {
	if c.op != opCall || c.fn != "is null" {
		return nil
	}
	if u := unitOf(c.args[0], nil); u != nil && u.root().follows != nil {
		return u.root()
	}
	return nil
}

func (b *block) countsUnit(u *unit) bool {
	return slices.ContainsFunc(b.aggs, func(g *aggregate) bool { return g.unit != nil && g.unit.root() == u })
}

// tied holds which tables are brought together by equalities: each points to another of its set, or is the set's root.
type tied map[*relation]*relation

func (t tied) find(r *relation) *relation {
	for t[r] != nil {
		r = t[r]
	}
	return r
}

func (t tied) tie(a, b *relation) {
	if a, b = t.find(a), t.find(b); a != b {
		t[b] = a
	}
}

// join ties the tables that joins with a condition bring together already; what is wrong with a condition is told there.
func (t tied) join(j *joinTree) {
	if j.rel != nil {
		return
	}
	t.join(j.left)
	t.join(j.right)
	if j.kind != crossJoin {
		t.tie(j.left.rels()[0], j.right.rels()[0])
	}
	for _, c := range j.on {
		if l, r, ok := sides(c); ok {
			t.tie(l.rel, r.rel)
		}
	}
}

func sides(e *expr) (l, r *column, ok bool) {
	if e.op != opCall || e.fn != "=" || e.args[0].op != opColumn || e.args[1].op != opColumn {
		return nil, nil, false
	}
	return e.args[0].col, e.args[1].col, true
}

// joinable reports whether a column may be joined on, without refusing it if not.
func (x *binder) joinable(c *column) bool {
	all := (&expr{op: opColumn, col: c}).directs(nil)
	return len(all) > 0 && !slices.ContainsFunc(all, func(d *column) bool {
		return !granted(d.rel.table.Uses[d.base.Name], purpose{use: yumen.UseJoin})
	})
}
