package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// join binds a join. Its condition is a conjunction with at least one equality of join columns, one of each side; other
// conjuncts are conditions like those of WHERE.
func (x *binder) join(t ast.Join) *plan.JoinTree {
	j := &plan.JoinTree{Kind: t.Kind, At: t.Pos(), Swapped: t.Swapped}
	j.Left = x.table(t.Left)
	before := x.beside
	x.beside = append(slices.Clone(before), j.Left.Rels()...)
	j.Right = x.table(t.Right)
	if x.beside = before; j.Left == nil || j.Right == nil {
		if j.Left == nil {
			return j.Right
		}
		return j.Left
	}
	if t.Natural {
		t.Using = commonOf(j)
	}
	for _, name := range t.Using {
		x.using(j, name)
	}
	if t.On != nil {
		inner := &binder{analysis: x.analysis, q: &ast.Select{From: t}, seen: x.seen,
			b: &plan.Block{Rels: slices.Concat(j.Left.Rels(), j.Right.Rels())}}
		on := inner.expr(t.On, clause{name: yumen.Text{EN: "ON"}})
		j.On = append(j.On, plan.Conjuncts(x.wantBool(on))...)
	}
	if j.Left.Answers() && j.Right.Answers() {
		return x.joinAnswers(j, t)
	}
	if t.Kind == plan.FullJoin {
		x.AddFix("join.kind", t.Pos(),
			yumen.Say("FULL JOIN brings answers together: of rows of people, those that are on one side alone would stand without a unit of the other", "FULL JOIN 只用于连接分组结果：对个人的行，只在一侧的行将缺少另一侧的隐私单元"),
			yumen.Say("group each side first, or use LEFT JOIN", "请先对每一侧分组，或使用 LEFT JOIN"))
		return j
	}
	if j.Left.Lists() || j.Right.Lists() {
		return j // which takeLists writes as conditions
	}
	x.anchored(j)
	if !x.tied(j) && t.Kind != plan.CrossJoin {
		x.joinCondition(t.Pos())
	}
	return j
}

// tied checks the conditions of a join and reports whether an equality brings its sides together.
func (x *binder) tied(j *plan.JoinTree) bool {
	var equal []*plan.Expr
	for _, c := range j.On {
		if x.equates(c, j.Left.Rels(), j.Right.Rels()) {
			equal = append(equal, c)
		} else {
			x.check(c, purpose{use: yumen.UseFilter}, nil)
		}
	}
	if j.Halves() && slices.ContainsFunc(equal, func(c *plan.Expr) bool { return otherColumn(j, c).Unit != nil }) {
		// Once the key ties both sides, any other equality only picks among one unit's own rows.
		equal = slices.DeleteFunc(equal, func(c *plan.Expr) bool { return otherColumn(j, c).Unit == nil })
	}
	for _, c := range equal {
		x.tieUnits(c, j)
	}
	return len(equal) > 0
}

// otherColumn returns the column of the right side that an equality names.
func otherColumn(j *plan.JoinTree, c *plan.Expr) *plan.Column {
	if slices.Contains(j.Left.Rels(), c.Args[0].Column.Relation) {
		return c.Args[1].Column
	}
	return c.Args[0].Column
}

// tieUnits records what an equality of two sides says about their units. A semi or anti join looks at the other side
// only for whether the same unit has rows there, so it must be the unit's key that ties them; reference data tells of
// no other unit.
func (x *binder) tieUnits(c *plan.Expr, j *plan.JoinTree) {
	if !j.Halves() {
		x.sameUnit(c, j.Kind, j.Left.Rels())
		return
	}
	key := otherColumn(j, c)
	if j.Right.Reference() {
		return // whether a value stands in a public list is a condition on the value
	}
	if key.Unit == nil {
		x.AddFix("join.unit", c.At,
			yumen.Say("SEMI and ANTI joins tie the key of a privacy unit: on any other column, one person's row could decide about many", "SEMI 和 ANTI 连接只能按隐私单元键：按其他列时，一人的行可能决定许多行的去留"),
			yumen.Say("join on the unit's key", "请按单元键连接"))
		return
	}
	for _, r := range j.Right.Rels() {
		for _, u := range r.Units {
			if !u.DependsOn(key.Unit) {
				x.Add("subquery.units", c.At,
					yumen.Say("the other side of this join depends on another privacy unit (%s)",
						"此连接的另一侧还依赖其他隐私单元（%s）", u.Kind))
			}
		}
	}
}

func (x *binder) joinCondition(pos int) {
	x.AddFix("join.condition", pos,
		yumen.Say("tables are joined by an equality of one column of each, both granted for join",
			"表之间须以各自一列的相等来连接，且两列均授权用于连接"),
		yumen.Say("write ON a.key = b.key", "请写 ON a.key = b.key"))
}

// commonOf lists the names of columns that both sides have.
func commonOf(j *plan.JoinTree) (out []string) {
	for _, l := range columnsOf(j.Left) {
		if slices.ContainsFunc(columnsOf(j.Right), func(r *plan.Column) bool { return reason.Same(l.Name, r.Name) }) {
			out = append(out, l.Name)
		}
	}
	return out
}

// columnsOf lists the columns of a join that a name alone can mean.
func columnsOf(j *plan.JoinTree) (out []*plan.Column) {
	for _, r := range j.Rels() {
		for _, c := range r.Cols {
			if !c.Hidden {
				out = append(out, c)
			}
		}
	}
	return out
}

// using adds the equality that USING (name) stands for and hides the right copy of the column.
func (x *binder) using(j *plan.JoinTree, name string) {
	l, r := x.sideColumn(j.Left, name, j.At), x.sideColumn(j.Right, name, j.At)
	if l == nil || r == nil {
		return
	}
	r.Hidden = true
	if j.Kind == plan.FullJoin {
		l.Merged = r
	}
	args := []*plan.Expr{{Op: plan.OpColumn, Type: l.Type, Column: l, At: j.At},
		{Op: plan.OpColumn, Type: r.Type, Column: r, At: j.At}}
	if e := x.apply("=", plan.Functions["="], args, j.At); e.Op != plan.OpBad {
		j.On = append(j.On, e)
	}
}

func (x *binder) sideColumn(side *plan.JoinTree, name string, pos int) *plan.Column {
	var known []string
	for _, r := range side.Rels() {
		for _, c := range r.Cols {
			if reason.Same(c.Name, name) && !c.Hidden {
				return c
			}
			known = append(known, c.Name)
		}
	}
	if titled := titledIn(side.Rels(), "", name); len(titled) == 1 {
		return titled[0]
	}
	x.AddFix("column.unknown", pos,
		yumen.Say("USING needs a column %s on both sides", "USING 要求两侧都有列 %s", reason.Printable(name)),
		didYouMean(name, known))
	return nil
}

// equates reports whether e is an equality of a bare column of each side, and checks the use join of both.
func (x *binder) equates(e *plan.Expr, left, right []*plan.Relation) bool {
	if e.Op != plan.OpCall || e.Fn != "=" || e.Args[0].Op != plan.OpColumn || e.Args[1].Op != plan.OpColumn {
		return false
	}
	a, b := e.Args[0], e.Args[1]
	if slices.Contains(right, a.Column.Relation) {
		a, b = b, a
	}
	if !slices.Contains(left, a.Column.Relation) || !slices.Contains(right, b.Column.Relation) {
		return false
	}
	if a.Directs(nil) == nil || b.Directs(nil) == nil {
		return false // equal to a constant or to something computed: that is a filter
	}
	x.check(a, purpose{use: yumen.UseJoin}, nil)
	x.check(b, purpose{use: yumen.UseJoin}, nil)
	ua, ub := a.Column.Unit, b.Column.Unit
	if (ua == nil) != (ub == nil) || ua != nil && ua.Kind != ub.Kind {
		x.Add("join.unit", e.At,
			yumen.Say("the key of a privacy unit joins only with the key of the same kind of unit", "隐私单元键只能与同类单元的键连接"))
	}
	return true
}

// sameUnit records what an equality of unit keys says about the units of both sides.
func (x *binder) sameUnit(e *plan.Expr, kind plan.JoinKind, left []*plan.Relation) {
	a, b := e.Args[0].Column, e.Args[1].Column
	if a.Unit == nil || b.Unit == nil {
		return
	}
	if !slices.Contains(left, a.Relation) {
		a, b = b, a
	}
	ra, rb := a.Unit.Root(), b.Unit.Root()
	switch {
	case ra == rb:
	case kind == plan.LeftJoin && rb.Follows == nil && !ra.DependsOn(rb):
		rb.Follows = ra
	case kind != plan.LeftJoin && ra.DependsOn(rb):
		ra.Same = rb
	case kind != plan.LeftJoin:
		rb.Same = ra
	}
}

// connect takes the equalities of join columns in WHERE for what they are, checks the use filter of all other
// conditions, and checks that tables listed with commas are tied together.
func (x *binder) connect() {
	if x.b.Joins == nil {
		return
	}
	for _, c := range x.b.Where {
		if u := antiJoined(c); u != nil && !countsUnit(x.b, u) {
			u.Absent = true
		}
	}
	ties := tied{}
	ties.join(x.b.Joins)
	for _, c := range x.b.Where {
		if l, r, ok := plan.EqualColumns(c); ok && l.Relation != r.Relation && x.joinable(l) && x.joinable(r) {
			x.equates(c, []*plan.Relation{l.Relation}, []*plan.Relation{r.Relation})
			x.sameUnit(c, plan.InnerJoin, []*plan.Relation{l.Relation})
			ties.tie(l.Relation, r.Relation)
			continue
		}
		x.check(c, purpose{use: yumen.UseFilter}, nil)
	}
	for _, r := range x.b.Rels {
		if ties.find(r) != ties.find(x.b.Rels[0]) {
			x.joinCondition(x.b.Joins.At)
			return
		}
	}
}

// antiJoined returns the unit that a condition says a left join found no partner for.
func antiJoined(c *plan.Expr) *plan.Unit {
	if c.Op != plan.OpCall || c.Fn != "is null" {
		return nil
	}
	if u := plan.UnitOf(c.Args[0], nil); u != nil && u.Root().Follows != nil {
		return u.Root()
	}
	return nil
}

func countsUnit(b *plan.Block, u *plan.Unit) bool {
	return slices.ContainsFunc(b.Aggs, func(g *plan.Aggregate) bool { return g.Unit != nil && g.Unit.Root() == u })
}

// tied holds which tables are brought together by equalities: each points to another of its set, or is the set's root.
type tied map[*plan.Relation]*plan.Relation

func (t tied) find(r *plan.Relation) *plan.Relation {
	for t[r] != nil {
		r = t[r]
	}
	return r
}

func (t tied) tie(a, b *plan.Relation) {
	if a, b = t.find(a), t.find(b); a != b {
		t[b] = a
	}
}

// join ties the tables that joins with a condition bring together already; what is wrong with a condition is told
// there.
func (t tied) join(j *plan.JoinTree) {
	if j.Rel != nil {
		return
	}
	t.join(j.Left)
	t.join(j.Right)
	if j.Kind != plan.CrossJoin {
		t.tie(j.Left.Rels()[0], j.Right.Rels()[0])
	}
	for _, c := range j.On {
		if l, r, ok := plan.EqualColumns(c); ok {
			t.tie(l.Relation, r.Relation)
		}
	}
}

// joinable reports whether a column may be joined on, without refusing it if not.
func (x *binder) joinable(c *plan.Column) bool {
	all := (&plan.Expr{Op: plan.OpColumn, Column: c}).Directs(nil)
	return len(all) > 0 && !slices.ContainsFunc(all, func(d *plan.Column) bool {
		return !granted(d.Relation.Table.Uses[d.Base.Name], purpose{use: yumen.UseJoin})
	})
}
