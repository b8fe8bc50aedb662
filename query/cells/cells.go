package cells

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// maxSubsets bounds the conditions inside the aggregates of one query: weights that tell many small parts apart in one
// sum would carry a table in a number.
const maxSubsets = 24

// maxParts bounds the filters of the aggregates of one query: for each combination of them the units are counted.
const maxParts = 12

// Table is a table of cells: a block in normal form, its measures and columns, and which combinations of parts there
// can be.
type Table struct {
	Block    *plan.Block
	Measures *Measures
	Columns  []yumen.ArtifactColumn
	Possible []uint64
}

// TableOf plans the table of cells of a family. It returns nil where that is refused.
func TableOf(f *Family, rs *reason.List) *Table {
	b := f.Block
	refuseLevels(b, rs)
	refuseCrossedKeys(b, rs)
	refuseChangedKeys(b, rs)
	refuseMirroredKeys(b, rs)
	find := newVariantFinder()
	keyed := choosingKeys(b, find, rs)
	normalise(b, rs)
	judgeQuantiles(b, rs)
	if refusePlaces(b, rs) || len(rs.All) > 0 || keyed {
		return nil
	}
	m := measuresOf(b, find)
	if !m.tellAlternatives(b) {
		m.refuseAlternatives(b, rs)
		return nil
	}
	if n := len(m.Subset) + len(m.Parts); len(m.Subset) > maxSubsets || len(m.Parts) > maxParts {
		rs.AddFix("aggregate.conditions", b.Aggs[0].At,
			yumen.Say("the aggregates tell apart %d parts of each group by CASE, FILTER or comparisons; %d are allowed",
				"聚合通过 CASE、FILTER 或比较把每组分成 %d 部分；最多允许 %d", n, maxParts),
			yumen.Say("group by the column instead", "请改为按该列分组"))
		return nil
	}
	columns := columnsOf(b, m)
	if len(b.Levels) > 0 {
		columns = append(columns, levelColumn(f, columns))
	}
	return &Table{b, m, columns, possible(m.Parts, b.Where, interval.NewFinder())}
}

// refuseAlternatives refuses conditions whose alternatives cannot be told apart.
func (m *Measures) refuseAlternatives(b *plan.Block, rs *reason.List) {
	fix := yumen.Say("write the condition with AND and OR over a few columns", "请用 AND 和 OR 写明少数几列上的条件")
	if !slices.ContainsFunc(m.Own, func(own int) bool { return own > 0 }) {
		rs.AddFix("aggregate.conditions", b.Aggs[0].At,
			yumen.Say("rows are counted that the statement joins, puts together or chooses "+
				"by how many a person has, and a condition has more than %d alternatives, or hides them in arithmetic on several columns",
				"所计行由语句连接、合并或按个人行数选出，而条件有超过 %d 个备选，或把备选隐藏在多列运算中", maxAlternatives), fix)
		return
	}
	rs.AddFix("aggregate.conditions", b.Aggs[0].At,
		yumen.Say("beside a sum, a condition has more than %d alternatives, or hides them in arithmetic on several columns", "求和时，条件有超过 %d 个备选，或把备选隐藏在多列运算中", maxAlternatives), fix)
}

// choosingKeys refuses sums over a subquery's key that is a choice between several values: which it was cannot be told
// any more.
func choosingKeys(b *plan.Block, find *variantFinder, rs *reason.List) (found bool) {
	for _, g := range b.Aggs {
		if find.choosesByKey(g.Arg, nil) {
			rs.AddFix("aggregate.key-condition", g.At,
				yumen.Say("%s runs over a subquery's group key that is a CASE or holds a condition",
					"%s 作用于子查询中含 CASE 或条件的分组键", g.Fn),
				yumen.Say("group by the column inside and write the CASE inside the aggregate",
					"请在内层按列分组，并把 CASE 写在聚合函数内"))
			found = true
		}
	}
	return found
}
