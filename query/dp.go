package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// private is the work on a question of class dp: which rows are read, how much of them one unit can move, what is measured.
// It is written in a normal form; what is made of the noisy answer goes into Plan.Post.
type private struct {
	*reasons
	scope *Scope
	b     *block
	src   *reading
	given assumed // what WHERE says of every row
	spans *spanner
	// counted finds spans of what counts: of subqueries by units, no more rows than the contract or the job lets a unit have.
	counted *spanner
	capped  bool // an interval comes from there
	unit    *unit
	// one is set where a unit has one row at most by construction.
	one  bool
	keys []*privateKey
	// of holds the measure that each aggregate of the block is.
	of       map[*aggregate]*privateMeasure
	measures []*privateMeasure
}

// privateKey is a group key; at is its place among the question's keys, −1 for one that reads no column.
type privateKey struct {
	expr *expr
	dom  domain
	at   int
	text string
}

// privateMeasure is a measure; at is its place among the question's measures.
type privateMeasure struct {
	fn    task.MeasureFn
	input *privateInput // nil for all rows
	q     float64
	at    int
}

// maxMeasures bounds the aggregates of one question. They share its budget, so that many of them say little each.
const maxMeasures = 100

// privately plans the block as a question of class dp. It returns nil where that is refused.
func privately(b *block, scope *Scope, rs *reasons) *private {
	if len(b.aggs) > maxMeasures {
		rs.addFix("statement.size", b.aggs[maxMeasures].at, yumen.Say("the question has %d aggregates; %d are allowed", "该问题有 %d 个聚合；最多允许 %d 个", len(b.aggs), maxMeasures), yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return nil
	}
	p := &private{reasons: rs, scope: scope, b: b, spans: newSpanner(), counted: newSpanner(), of: map[*aggregate]*privateMeasure{}}
	p.counted.rows = int64(max(1, scope.Privacy.RowsPerUnit))
	p.unit = p.oneUnit()
	f := newFlattening(rs)
	p.src = f.block(b)
	p.given, p.one = assume(p.src.conds), p.src.single()
	for _, k := range b.keys {
		p.key(f.expr(k))
	}
	for _, g := range b.aggs {
		p.measure(g, f.aggregate(g))
	}
	if len(rs.list) > 0 {
		return nil
	}
	p.settleDomains()
	p.mark()
	return p
}

// oneUnit returns the unit that all rows depend on, or refuses.
func (p *private) oneUnit() *unit {
	classes := p.b.classes()
	for _, u := range classes {
		if u.follows == nil && !slices.ContainsFunc(classes, func(o *unit) bool { return !o.dependsOn(u) }) {
			return u
		}
	}
	var kinds []string
	for _, u := range classes {
		kinds = append(kinds, u.kind)
	}
	if len(kinds) > 0 {
		p.addFix("dp.units", p.b.joins.place(), yumen.Say("the rows depend on several privacy units (%s): a limit on what one of them moves says nothing of the others", "结果行依赖多个隐私单元（%s）：限制其中一个的影响并不能限制其他单元", strings.Join(kinds, ", ")),
			yumen.Say("join the tables on the key of one privacy unit, or leave one of them out", "请按同一隐私单元的键连接各表，或去掉其中一个表"))
	}
	return nil
}

// place is where tables are joined, in the innermost subquery if only there.
func (j *joinTree) place() int {
	if j.rel != nil && j.rel.inner != nil {
		return j.rel.inner.joins.place()
	}
	return j.at
}

// notes says how the answer differs from what the text asks for.
func (p *private) notes(q *task.Question) (out []yumen.Text) {
	note := func(t yumen.Text) { out = append(out, t) }
	if !p.one && !p.oneInGroup() && slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn != task.MeasureUnits }) {
		note(yumen.Say("at most %d rows of one unit count in a group", "每个隐私单元在一个分组中至多计 %d 行", q.RowsPerUnit))
	}
	if slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn == task.MeasureDistinct }) && !p.one {
		note(yumen.Say("at most %d distinct values of one unit count in a group", "每个隐私单元在一个分组中至多计 %d 个不同取值", q.RowsPerUnit))
	}
	if p.capped {
		note(yumen.Say("a count or sum of one unit in a subquery counts as what %d rows can make, and is clamped to that", "子查询中每个单元的计数或合计按 %d 行所能达到的范围计，超出部分截断", p.counted.rows))
	}
	if p.groups() == 0 && len(q.Keys) > 0 {
		note(yumen.Say("groups of few units are left out, because which groups there are is not public", "由于有哪些分组并非公开信息，单元数少的分组不予公布"))
	}
	if n := p.groups(); !p.one && len(q.Keys) > 0 && q.GroupsPerUnit != n && !p.constantKeys() {
		note(yumen.Say("a unit counts in at most %d groups", "每个隐私单元至多计入 %d 个分组", q.GroupsPerUnit))
	}
	return out
}

// form says how the rows come.
func (p *private) form() task.Form {
	values := slices.ContainsFunc(p.measures, func(m *privateMeasure) bool { return m.fn == task.MeasureQuantile || m.fn == task.MeasureDistinct })
	switch {
	case p.one && !values:
		return task.Summed
	case len(p.src.rels) == 1 && len(p.src.joined) == 0 && p.src.rels[0].table != nil:
		return task.Clustered
	}
	return task.Scattered
}

// limits says how much of a unit counts.
func (p *private) limits(q *task.Question) {
	q.RowsPerUnit, q.GroupsPerUnit = max(1, p.scope.Privacy.RowsPerUnit), max(1, p.scope.Privacy.GroupsPerUnit)
	if p.one || p.oneInGroup() || !slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn != task.MeasureUnits }) {
		q.RowsPerUnit = 1 // counting units, it makes no difference
	}
	if p.one || p.constantKeys() {
		q.GroupsPerUnit = 1
	}
	if n := p.groups(); n > 0 {
		q.GroupsPerUnit = min(q.GroupsPerUnit, n)
	}
}

// oneInGroup reports whether a unit has one row at most in each group by construction: of a subquery grouped by the unit and by keys
// of the question.
func (p *private) oneInGroup() bool {
	rels := p.src.rels
	if len(rels) != 1 || rels[0].groups == nil || slices.ContainsFunc(p.src.joined, func(j *joined) bool { return j.kind == leftJoin && !j.right.single() }) {
		return false
	}
	for _, c := range rels[0].cols {
		if c.def.op == opKey && c.def.key != rels[0].groups.unit && !slices.ContainsFunc(p.keys, func(k *privateKey) bool { return k.expr.op == opColumn && k.expr.col == c }) {
			return false
		}
	}
	return true
}

// constantKeys reports whether all rows of a unit fall into one group by construction.
func (p *private) constantKeys() bool {
	constant := true
	for _, k := range p.listed() {
		k.expr.walk(func(x *expr) bool {
			constant = constant && (x.op != opColumn || x.col.rel.groups != nil && len(x.col.rel.groups.keys) == 1)
			return constant
		})
	}
	return constant
}

// mark notes the columns of subqueries by units that are looked at, through all levels.
func (p *private) mark() {
	p.src.exprs(want)
	for _, k := range p.keys {
		want(k.expr)
	}
	for _, m := range p.measures {
		if m.input != nil {
			m.input.each(want)
		}
	}
	wantBelow(p.src)
}

func want(e *expr) {
	e.walk(func(x *expr) bool {
		if x.op != opColumn || x.col.wanted {
			return true
		}
		x.col.wanted = true
		switch r := x.col.rel; {
		case r.groups != nil:
			want(x.col.def)
		case r.union != nil:
			for _, side := range r.union.sides {
				want(side.cols[x.col.n])
			}
		}
		return true
	})
}

// wantBelow marks what subqueries filter, join and group by.
func wantBelow(s *reading) {
	for _, r := range s.all() {
		if g := r.groups; g != nil {
			for _, k := range g.keys {
				want(k)
			}
		}
		for _, inner := range r.below() {
			inner.exprs(want)
			wantBelow(inner)
		}
	}
}

// below lists what a subquery by units or a union reads.
func (r *relation) below() (out []*reading) {
	switch {
	case r.groups != nil:
		return []*reading{r.groups.src}
	case r.union != nil:
		for _, side := range r.union.sides {
			out = append(out, side.src)
		}
	}
	return out
}

// listed are the keys of the question, in its order.
func (p *private) listed() []*privateKey {
	out := slices.DeleteFunc(slices.Clone(p.keys), func(k *privateKey) bool { return k.at < 0 })
	slices.SortFunc(out, func(a, b *privateKey) int { return a.at - b.at })
	return out
}

// views lists what the question reads, in the order of names.
func (p *private) views() []task.View {
	used := map[string]map[string]bool{}
	p.src.datasets(func(r *relation) {
		name := r.table.Dataset.Name
		if used[name] == nil {
			used[name] = map[string]bool{}
		}
		for _, c := range r.cols {
			if c.wanted {
				used[name][c.base.Name] = true
			}
		}
	})
	var out []task.View
	for _, t := range p.scope.Tables {
		if cols := used[t.Dataset.Name]; cols != nil {
			out = append(out, view(t.Dataset, cols))
		}
	}
	slices.SortFunc(out, func(a, b task.View) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// datasets visits every dataset that s reads, subqueries included.
func (s *reading) datasets(visit func(*relation)) {
	for _, r := range s.all() {
		if r.table != nil {
			visit(r)
		}
		for _, inner := range r.below() {
			inner.datasets(visit)
		}
	}
}
