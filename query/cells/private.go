package cells

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Question is the work on a question of class dp: which rows are read, how much of them one unit can move, what is
// measured. It is written in a normal form; what is made of the noisy answer goes into Plan.Post.
type Question struct {
	*reason.List
	Scope   *plan.Scope
	Block   *plan.Block
	Reading *plan.Reading
	given   interval.Assumed // what WHERE says of every row
	spans   *interval.Finder
	// counted finds spans of what counts: of subqueries by units, no more rows than the contract or the job lets a unit
	// have.
	counted *interval.Finder
	capped  bool // an interval comes from there
	Unit    *plan.Unit
	// one is set where a unit has one row at most by construction.
	one  bool
	Keys []*QuestionKey
	// Of holds the measure that each aggregate of the block is.
	Of       map[*plan.Aggregate]*QuestionMeasure
	Measures []*QuestionMeasure
}

// QuestionKey is a group key; at is its place among the question's keys, −1 for one that reads no column.
type QuestionKey struct {
	Expr *plan.Expr
	dom  domain
	At   int
	Text string
}

// QuestionMeasure is a measure; at is its place among the question's measures.
type QuestionMeasure struct {
	Fn       task.MeasureFn
	Input    *QuestionInput // nil for all rows
	Quantile float64
	At       int
}

// maxMeasures bounds the aggregates of one question. They share its budget, so that many of them say little each.
const maxMeasures = 100

// QuestionOf plans the block as a question of class dp. It returns nil where that is refused.
func QuestionOf(b *plan.Block, scope *plan.Scope, rs *reason.List) *Question {
	if len(b.Aggs) > maxMeasures {
		rs.AddFix("statement.size", b.Aggs[maxMeasures].At,
			yumen.Say("the question has %d aggregates; %d are allowed", "该问题有 %d 个聚合；最多允许 %d 个", len(b.Aggs),
				maxMeasures), yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
		return nil
	}
	p := &Question{List: rs, Scope: scope, Block: b, spans: interval.NewFinder(), counted: interval.NewFinder(),
		Of: map[*plan.Aggregate]*QuestionMeasure{}}
	p.counted.Rows = int64(max(1, scope.Privacy.RowsPerUnit))
	p.Unit = OneUnit(b, yumen.ClassDP, rs)
	f := newFlattening(rs)
	p.Reading = f.block(b)
	p.given, p.one = interval.Assume(p.Reading.Conds), p.Reading.Single()
	for _, k := range b.Keys {
		p.key(f.expr(k))
	}
	for _, g := range b.Aggs {
		p.measure(g, f.aggregate(g))
	}
	if len(rs.All) > 0 {
		return nil
	}
	p.settleDomains()
	p.mark()
	return p
}

// Notes says how the answer differs from what the text asks for.
func (p *Question) Notes(q *task.Question) (out []yumen.Text) {
	note := func(t yumen.Text) { out = append(out, t) }
	if !p.one && !p.oneInGroup() &&
		slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn != task.MeasureUnits }) {
		note(yumen.Say("at most %d rows of one unit count in a group", "每个隐私单元在一个分组中至多计 %d 行", q.RowsPerUnit))
	}
	if slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn == task.MeasureDistinct }) && !p.one {
		note(yumen.Say("at most %d distinct values of one unit count in a group", "每个隐私单元在一个分组中至多计 %d 个不同取值",
			q.RowsPerUnit))
	}
	if p.capped {
		note(yumen.Say("a count or sum of one unit in a subquery counts as what %d rows can make, and is clamped to that", "子查询中每个单元的计数或合计按 %d 行所能达到的范围计，超出部分截断", p.counted.Rows))
	}
	if p.groups() == 0 && len(q.Keys) > 0 {
		note(yumen.Say("groups of few units are left out, because which groups there are is not public",
			"由于有哪些分组并非公开信息，单元数少的分组不予公布"))
	}
	if n := p.groups(); !p.one && len(q.Keys) > 0 && q.GroupsPerUnit != n && !p.constantKeys() {
		note(yumen.Say("a unit counts in at most %d groups", "每个隐私单元至多计入 %d 个分组", q.GroupsPerUnit))
	}
	return out
}

// Form says how the rows come.
func (p *Question) Form() task.Form {
	values := slices.ContainsFunc(p.Measures,
		func(m *QuestionMeasure) bool { return m.Fn == task.MeasureQuantile || m.Fn == task.MeasureDistinct })
	switch {
	case p.one && !values:
		return task.Summed
	case len(p.Reading.Rels) == 1 && len(p.Reading.Joined) == 0 && p.Reading.Rels[0].Table != nil:
		return task.Clustered
	}
	return task.Scattered
}

// Limits says how much of a unit counts.
func (p *Question) Limits(q *task.Question) {
	q.RowsPerUnit, q.GroupsPerUnit = max(1, p.Scope.Privacy.RowsPerUnit), max(1, p.Scope.Privacy.GroupsPerUnit)
	if p.one || p.oneInGroup() ||
		!slices.ContainsFunc(q.Measures, func(m task.Measure) bool { return m.Fn != task.MeasureUnits }) {
		q.RowsPerUnit = 1 // counting units, it makes no difference
	}
	if p.one || p.constantKeys() {
		q.GroupsPerUnit = 1
	}
	if n := p.groups(); n > 0 {
		q.GroupsPerUnit = min(q.GroupsPerUnit, n)
	}
}

// oneInGroup reports whether a unit has one row at most in each group by construction: of a subquery grouped by the
// unit and by keys of the question.
func (p *Question) oneInGroup() bool {
	rels := p.Reading.Rels
	if len(rels) != 1 || rels[0].Groups == nil ||
		slices.ContainsFunc(p.Reading.Joined,
			func(j *plan.Joined) bool { return j.Kind == plan.LeftJoin && !j.Right.Single() }) {
		return false
	}
	for _, c := range rels[0].Cols {
		if c.Def.Op == plan.OpKey && c.Def.Key != rels[0].Groups.Unit &&
			!slices.ContainsFunc(p.Keys,
				func(k *QuestionKey) bool { return k.Expr.Op == plan.OpColumn && k.Expr.Column == c }) {
			return false
		}
	}
	return true
}

// constantKeys reports whether all rows of a unit fall into one group by construction.
func (p *Question) constantKeys() bool {
	constant := true
	for _, k := range p.Listed() {
		k.Expr.Walk(func(x *plan.Expr) bool {
			constant = constant &&
				(x.Op != plan.OpColumn || x.Column.Relation.Groups != nil && len(x.Column.Relation.Groups.Keys) == 1)
			return constant
		})
	}
	return constant
}

// mark notes the columns of subqueries by units that are looked at, through all levels.
func (p *Question) mark() {
	p.Reading.Exprs(want)
	for _, k := range p.Keys {
		want(k.Expr)
	}
	for _, m := range p.Measures {
		if m.Input != nil {
			m.Input.each(want)
		}
	}
	wantBelow(p.Reading)
}

func want(e *plan.Expr) {
	e.Walk(func(x *plan.Expr) bool {
		if x.Op != plan.OpColumn || x.Column.Wanted {
			return true
		}
		x.Column.Wanted = true
		switch r := x.Column.Relation; {
		case r.Groups != nil:
			want(x.Column.Def)
		case r.Union != nil:
			for _, side := range r.Union.Sides {
				want(side.Cols[x.Column.Number])
			}
		}
		return true
	})
}

// wantBelow marks what subqueries filter, join and group by.
func wantBelow(s *plan.Reading) {
	for _, r := range s.All() {
		if g := r.Groups; g != nil {
			for _, k := range g.Keys {
				want(k)
			}
		}
		for _, inner := range r.Below() {
			inner.Exprs(want)
			wantBelow(inner)
		}
	}
}

// Listed are the keys of the question, in its order.
func (p *Question) Listed() []*QuestionKey {
	out := slices.DeleteFunc(slices.Clone(p.Keys), func(k *QuestionKey) bool { return k.At < 0 })
	slices.SortFunc(out, func(a, b *QuestionKey) int { return a.At - b.At })
	return out
}

// Views lists what the question reads, in the order of names.
func (p *Question) Views() []task.View {
	used := map[string]map[string]bool{}
	p.Reading.Datasets(func(r *plan.Relation) {
		name := r.Table.Dataset.Name
		if used[name] == nil {
			used[name] = map[string]bool{}
		}
		for _, c := range r.Cols {
			if c.Wanted {
				used[name][c.Base.Name] = true
			}
		}
	})
	var out []task.View
	for _, t := range p.Scope.Tables {
		if cols := used[t.Dataset.Name]; cols != nil {
			out = append(out, View(t.Dataset, cols))
		}
	}
	slices.SortFunc(out, func(a, b task.View) int { return strings.Compare(a.Name, b.Name) })
	return out
}
