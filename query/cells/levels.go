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
