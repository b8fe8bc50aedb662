package query

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// maxSubsets bounds the conditions inside the aggregates of one query: weights that tell many small parts apart in one sum
// would carry a table in a number.
const maxSubsets = 24

// maxParts bounds the filters of the aggregates of one query: for each combination of them the units are counted.
const maxParts = 12

// cellTable is a table of cells: a block in normal form, its measures and columns, and which combinations of parts there can be.
type cellTable struct {
	block    *block
	measures *measures
	columns  []yumen.ArtifactColumn
	possible []uint64
}

// cellsOf plans the table of cells of a block. It returns nil where that is refused.
func cellsOf(b *block, rs *reasons) *cellTable {
	find := newVariantFinder()
	keyed := choosingKeys(b, find, rs)
	normalise(b, rs)
	if len(rs.list) > 0 || keyed {
		return nil
	}
	m := measuresOf(b, find)
	if !m.tellAlternatives(b) {
		rs.addFix("aggregate.conditions", b.aggs[0].at, yumen.Say("beside a sum, a condition has more than %d alternatives, or hides them in arithmetic on several columns", "求和时，条件有超过 %d 个备选，或把备选隐藏在多列运算中", maxAlternatives),
			yumen.Say("write the condition with AND and OR over a few columns", "请用 AND 和 OR 写明少数几列上的条件"))
		return nil
	}
	if n := len(m.subset) + len(m.parts); len(m.subset) > maxSubsets || len(m.parts) > maxParts {
		rs.addFix("aggregate.conditions", b.aggs[0].at, yumen.Say("the aggregates tell apart %d parts of each group by CASE, FILTER or comparisons; %d are allowed", "聚合通过 CASE、FILTER 或比较把每组分成 %d 部分；最多允许 %d", n, maxParts),
			yumen.Say("group by the column instead", "请改为按该列分组"))
		return nil
	}
	return &cellTable{b, m, b.cellColumns(m), possible(m.parts, b.where, newSpanner())}
}

// choosingKeys refuses sums over a subquery's key that is a choice between several values: which it was cannot be told any more.
func choosingKeys(b *block, find *variantFinder, rs *reasons) (found bool) {
	for _, g := range b.aggs {
		if find.choosesByKey(g.arg, nil) {
			rs.addFix("aggregate.key-condition", g.at, yumen.Say("%s runs over a subquery's group key that is a CASE or holds a condition", "%s 作用于子查询中含 CASE 或条件的分组键", g.fn),
				yumen.Say("group by the column inside and write the CASE inside the aggregate", "请在内层按列分组，并把 CASE 写在聚合函数内"))
			found = true
		}
	}
	return found
}

// sourced says which columns of datasets an expression is computed from.
func sourced(e *expr, keys []*expr) yumen.ArtifactColumn {
	c := yumen.ArtifactColumn{Direct: len(e.directs(keys)) > 0}
	for _, base := range e.bases(keys) {
		c.Sources = append(c.Sources, base.ref())
	}
	for _, ref := range e.twins(keys) {
		if !slices.Contains(c.Sources, ref) {
			c.Sources = append(c.Sources, ref)
		}
	}
	return c
}

// publicGroups reports whether it tells nothing of anybody that a group is there: where there is no grouping, or where a whole
// dataset is grouped by columns whose values are published one by one, with a declared domain or as truth values. Behind a condition or a join, a
// group that is there tells that who meets it has the value; so does a condition as a key. Values that the catalog only
// encloses between bounds are not published.
func (b *block) publicGroups() bool {
	if len(b.keys) == 0 {
		return true
	}
	whole := len(b.where) == 0 && len(b.rels) == 1 && b.rels[0].table != nil
	return whole && !slices.ContainsFunc(b.keys, func(k *expr) bool {
		return k.op != opColumn || k.col.base == nil || k.col.unit != nil || len(k.col.base.Domain) == 0 && k.typ != tBool
	})
}
