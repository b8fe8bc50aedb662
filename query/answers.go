package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// Blocks whose FROM holds only answers, that is groups of people that lost their units, see no data: whatever they join, filter,
// group and compute is a function of protected cells. They belong to the post statement, and nothing in them has to be granted.
// A grouped block that reads datasets is a table of cells.

// answer reports whether the rows of r are groups of people, or made of such groups.
func (r *relation) answer() bool {
	if r.parts != nil {
		return !slices.ContainsFunc(r.parts, func(p *relation) bool { return !p.answer() })
	}
	return r.inner != nil && r.inner.loose
}

// answers reports whether all that is read is answers.
func (j *joinTree) answers() bool {
	return j != nil && !slices.ContainsFunc(j.leaves(), func(r *relation) bool { return !r.answer() })
}

// answering reports whether the rows of the block are groups of people, which ORDER BY and LIMIT may choose among.
func (x *binder) answering() bool {
	return x.b.post || x.b.grouped && !x.unitKeyed()
}

// postAggregates are the further aggregates over protected figures. Over people they would give one row's value.
var postAggregates = map[string]string{"min": "min", "max": "max", "median": "median", "quantile": "quantile", "quantile_cont": "quantile"}

// joinAnswers binds the condition of a join of answers, which may be any.
func (x *binder) joinAnswers(j *joinTree, t astJoin) *joinTree {
	if len(j.on) == 0 && t.kind != crossJoin {
		x.joinCondition(t.pos())
	}
	return j
}

// finishPost ends a block over answers.
func (x *binder) finishPost() {
	x.b.loose, x.b.at = !x.top, x.firstPlace()
	if ws := x.b.windows(); len(ws) > 0 && x.b.grouped && slices.ContainsFunc(x.b.keys, (*expr).windowed) {
		x.addFix("clause.window", ws[0].at, yumen.Say("a window function cannot be a group key", "窗口函数不能作为分组键"),
			yumen.Say("compute it in a subquery and group by its column outside", "请在子查询中计算，再在外层按该列分组"))
	}
}

// tables lists the tables of cells that a block is made of, each once.
func (b *block) tables() (out []*block) {
	b.gatherTables(map[*block]bool{}, &out)
	return out
}

func (b *block) gatherTables(seen map[*block]bool, out *[]*block) {
	if seen[b] {
		return
	}
	seen[b] = true
	if !b.post {
		*out = append(*out, b)
	}
	for _, r := range b.answersRead() {
		r.gatherTables(seen, out)
	}
}

func (r *relation) gatherTables(seen map[*block]bool, out *[]*block) {
	if r.inner != nil {
		r.inner.gatherTables(seen, out)
	}
	for _, p := range r.parts {
		p.gatherTables(seen, out)
	}
}

// answersRead lists the answers that a block reads.
func (b *block) answersRead() (out []*relation) {
	if b.post && b.joins != nil {
		out = b.joins.leaves()
	}
	return slices.Concat(out, b.scalars)
}

// protected reports whether a cell that e is computed from can be suppressed.
func (b *block) protected(e *expr) (found bool) {
	e.walk(func(x *expr) bool {
		switch x.op {
		case opAgg:
			found = found || !b.post || b.protected(x.agg.arg) || b.protected(x.agg.filter)
			return false
		case opKey:
			found = found || b.post && b.protected(b.keys[x.key])
		case opColumn:
			found = found || x.col.protected()
		}
		return !found
	})
	return found
}

// protected reports whether a column of an answer is computed from cells that can be suppressed.
func (c *column) protected() bool {
	if c.alts != nil {
		return slices.ContainsFunc(c.alts, (*column).protected)
	}
	in := c.rel.inner
	return in != nil && in.loose && in.protected(in.outs[c.n].expr)
}

// refuseTables refuses several tables of cells in one statement.
func (r *reasons) refuseTables(tables []*block) {
	r.addFix("tables.several", tables[1].at, yumen.Say("the statement groups people %d times, by different keys or over other rows than a condition chooses, and what these tables tell together is not judged yet", "该语句按不同的键或对不同来源的行对人群分组 %d 次，尚不能判定这些表合在一起会泄露什么", len(tables)),
		yumen.Say("group once, or submit each as a job of its own", "请只分组一次，或分别提交为单独的任务"))
}

// refuseAnswers refuses in class dp what is made of other answers than one.
func (a *planning) refuseAnswers(b *block) {
	a.addFix("dp.tables", b.at, yumen.Say("class dp answers one GROUP BY a statement: what is grouped or joined again is not planned there", "dp 类每条语句只回答一个 GROUP BY：不支持对结果再次分组或连接"),
		yumen.Say("ask for class aggregate, or compute with the released figures", "请申请 aggregate 类，或用放行的数值自行计算"))
}

// lineageOfAnswers states what is known of the columns that are made of answers: whose they are, and from what.
func lineageOfAnswers(b *block, columns []yumen.ArtifactColumn) (out []ColumnLineage) {
	var units []string
	for _, t := range b.tables() {
		t.markOptional()
		for _, u := range t.present() {
			if !slices.Contains(units, u.kind) {
				units = append(units, u.kind)
			}
		}
	}
	for _, c := range columns {
		out = append(out, ColumnLineage{Name: c.Name, Kind: c.Kind, Sources: c.Sources, Units: units, Nullable: true})
	}
	return out
}
