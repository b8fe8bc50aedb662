package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// level says which levels of the table the blocks are. Level 0, the parts by all keys, is among them whether a block
// shows it or not: what totals over different keys tell together is told by the parts that they share.
func (f *Family) level(members []*member) {
	f.Levels = map[*plan.Block][]uint64{}
	all := uint64(1)<<len(f.Block.Keys) - 1
	levels := []uint64{0}
	for _, m := range members {
		f.Levels[m.block] = m.levels(all)
		levels = append(levels, f.Levels[m.block]...)
	}
	if f.Block.Levels = plan.LevelsOf(levels); len(f.Block.Levels) == 1 {
		f.Block.Levels, f.Levels = nil, nil
	}
}

// levels are those of a block among all keys.
func (m *member) levels(all uint64) (out []uint64) {
	own := m.block.Levels
	if own == nil {
		own = []uint64{0}
	}
	for _, level := range own {
		l := all
		for i, k := range m.keys {
			l = l&^(1<<k) | level>>i&1<<k
		}
		out = append(out, l)
	}
	return plan.LevelsOf(out)
}

// Shows reports whether a block shows a level.
func (f *Family) Shows(level uint64) bool {
	for _, shown := range f.Levels {
		if slices.Contains(shown, level) {
			return true
		}
	}
	return false
}

// refuseLevels refuses, in a table of several levels, what a total has more or less of than its parts have together:
// units with rows in several parts count once in the total, so that the parts less the total are those units. It also
// refuses a key that says which side of a union a row is from: totals over it are of no side.
func refuseLevels(b *plan.Block, rs *reason.List) {
	if len(b.Levels) == 0 {
		return
	}
	if len(b.Levels) > plan.MaxLevels || len(b.Keys) > maxLevelKeys {
		rs.AddFix("clause.grouping-sets", b.At,
			yumen.Say("totals and parts of the statement have %d keys and %d levels; %d and %d are allowed",
				"该语句的合计与分项共有 %d 个键、%d 个层级；最多允许 %d 个键、%d 个层级", len(b.Keys), len(b.Levels), maxLevelKeys, plan.MaxLevels),
			yumen.Say("submit some of them as a job of their own", "请将其中一部分作为单独的任务提交"))
	}
	for _, g := range b.Aggs {
		if g.Fn == "count_distinct" || g.Fn == "count_units" && !unitsApart(b) {
			rs.AddFix("clause.grouping-sets", g.At,
				yumen.Say("count(DISTINCT …) is refused in totals beside parts: what is in several parts counts once in the total, so that the parts less the total count that alone", "合计与分项并列时不允许 count(DISTINCT …)：同时属于多个分项者在合计中只计一次，分项之和减合计即为其个数"),
				yumen.Say("count rows with count(*), or submit the totals as a job of their own",
					"请用 count(*) 计行数，或将合计作为单独的任务提交"))
		}
	}
	for _, k := range b.Keys {
		if parting(k) != nil {
			rs.AddFix("clause.grouping-sets", k.At,
				yumen.Say("a key that says which side of UNION a row is from is refused in totals beside parts",
					"合计与分项并列时不允许以 UNION 的来源侧作为键"),
				yumen.Say("write one GROUP BY", "请只写一个 GROUP BY"))
		}
	}
}

// refuseCrossedKeys refuses levels of which one has a key that the other has not, and the reverse, where either key is
// more than a function of one column. Two such keys may be the same but for one person; then the rows of one level that
// are left out, so that nobody is found by subtraction, say where the person is.
func refuseCrossedKeys(b *plan.Block, rs *reason.List) {
	for i, k := range b.Keys {
		if ofOneColumn(k, b) {
			continue
		}
		for j := range b.Keys {
			if crossed(b.Levels, i, j) {
				rs.AddFix("clause.grouping-sets", k.At,
					yumen.Say("totals and parts by a key that is computed from several columns, a condition or all rows of a person are refused beside those by another key: where the two keys differ for few, which rows are left out would tell of them",
						"按由多列、条件或个人全部行计算的键得出的合计与分项，不得与按其他键得出的并列：若两键仅对少数人不同，被略去的行会暴露他们"),
					yumen.Say("group by columns as they are, or submit each as a job of its own",
						"请直接按列分组，或将各层级分别作为单独的任务提交"))
				return
			}
		}
	}
}

// crossed reports whether one level has the first key and not the second, and another the second and not the first.
func crossed(levels []uint64, i, j int) bool {
	has := func(i, j int) bool {
		return slices.ContainsFunc(levels, func(l uint64) bool { return l>>i&1 == 0 && l>>j&1 == 1 })
	}
	return has(i, j) && has(j, i)
}

// ofOneColumn reports whether a key is a function of one column of a dataset, as it is in every row.
func ofOneColumn(k *plan.Expr, b *plan.Block) bool {
	refs := map[yumen.ColumnRef]bool{}
	return columnsAsTheyAre(k, b, refs) && len(refs) == 1
}

// columnsAsTheyAre collects the columns that an expression of a block is a function of, and reports whether it is of
// nothing else: neither of a condition of a join or a subquery, nor of several rows.
func columnsAsTheyAre(e *plan.Expr, b *plan.Block, refs map[yumen.ColumnRef]bool) bool {
	switch e.Op {
	case plan.OpConst:
		return true
	case plan.OpKey:
		return columnsAsTheyAre(b.Keys[e.Key], b, refs)
	case plan.OpCall, plan.OpCast, plan.OpCase:
		return !slices.ContainsFunc(e.Args, func(a *plan.Expr) bool { return !columnsAsTheyAre(a, b, refs) })
	case plan.OpColumn:
		c := e.Column
		switch r := c.Relation; {
		case c.Alts != nil || r == nil || len(b.Rels) > 1 && !r.Reference() && !b.Joins.Keeps(r):
			return false
		case c.Base != nil:
			refs[c.Ref()] = true
			return true
		default:
			return c.Def != nil && c.Def.Op != plan.OpConst && columnsAsTheyAre(c.Def, r.Inner, refs)
		}
	}
	return false
}

// PrivateLevels makes of a table of several levels the parts by all keys, in class dp, where totals are sums of noisy
// parts; false where some figure is no sum of its parts.
func PrivateLevels(b *plan.Block, rs *reason.List) bool {
	refuseLevels(b, rs)
	for _, g := range b.Aggs {
		if !g.Counts() && g.Fn != "sum" {
			rs.AddFix("clause.grouping-sets", g.At,
				yumen.Say("in class dp totals are sums of noisy parts, which %s is not", "dp 类中合计为加噪分项之和，%s 不能如此求得",
					g.Fn),
				yumen.Say("write sum(x) / count(x) for a mean, or ask for each GROUPING SET in a job of its own",
					"平均值请写作 sum(x) / count(x)，或将每个分组集作为单独的任务提交"))
		}
	}
	b.Levels = nil
	return len(rs.All) == 0
}

// unitsApart reports whether each unit has rows in one part alone: where there is one row for each, or all keys are
// from a table that has one row for each and that all rows have.
func unitsApart(b *plan.Block) bool {
	if b.RowsAreUnits() {
		return true
	}
	var read []*plan.Relation
	for _, k := range b.Keys {
		read = append(read, k.Relations()...)
	}
	return len(b.Classes()) == 1 && !slices.ContainsFunc(read, func(r *plan.Relation) bool {
		return !b.Joins.Keeps(r) || !(&plan.Block{Rels: []*plan.Relation{r}, Units: r.Units}).RowsAreUnits()
	})
}

// maxLevelKeys bounds the keys of a table of several levels.
const maxLevelKeys = 16

// levelColumn describes the column that says of which level a row is: by the names of the keys that it has.
func levelColumn(f *Family, columns []yumen.ArtifactColumn) yumen.ArtifactColumn {
	keys, taken := columns[:len(f.Block.Keys)], map[string]bool{}
	for _, c := range columns {
		taken[reason.Fold(c.Name)] = true
	}
	c := yumen.ArtifactColumn{Name: Free("level", taken), Type: yumen.TypeText, Kind: yumen.ColumnLevel,
		Public: keys[0].Public}
	names := map[string]bool{}
	for _, level := range f.Block.Levels {
		name := "total"
		var of string
		for i, k := range keys {
			if level>>i&1 == 0 {
				of += ", " + k.Name
			}
		}
		if of != "" {
			name = of[2:]
		}
		c.Levels = append(c.Levels, yumen.Level{Name: Free(name, names), Totals: level, Shown: f.Shows(level)})
	}
	return c
}
