package bind

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/plan"
)

// This file is about reference data: datasets whose rows are nobody's, such as lists of codes. They bring no privacy
// unit, so they join on any columns granted for it. Their values are known to all, so that a column of theirs tells of
// the rows beside it what the column tells that they are joined by: whoever may not use the one must not use the other
// in its place.

// anchored refuses rows of reference data that stay or go by what somebody has: they have no unit that could be
// counted.
func (x *binder) anchored(j *plan.JoinTree) {
	if (j.Kind == plan.LeftJoin || j.Halves()) && j.Left.Reference() && !j.Right.Reference() {
		x.AddFix("unit.none", j.At,
			yumen.Say("rows of reference data are nobody's, so what is joined to them by LEFT, SEMI or ANTI JOIN must be reference data too: otherwise a row would tell that nobody matches it", "参考数据的行不属于任何个体，因此以 LEFT、SEMI 或 ANTI JOIN 连接到其上的也须是参考数据：否则某行会说明无人与之匹配"),
			yumen.Say("write the tables with privacy units on the left, or use JOIN", "请将含隐私单元的表写在左侧，或使用 JOIN"))
	}
}

// refuseReference refuses an answer that is about nobody.
func (x *binder) refuseReference() {
	x.AddFix("unit.none", x.firstPlace(),
		yumen.Say("the query reads only reference data, which is about nobody: there is no privacy unit to count",
			"该查询只读取参考数据，不涉及任何个体，没有可计数的隐私单元"),
		yumen.Say("the data is public: its catalog entry says where it can be had", "该数据为公开数据，可按其目录条目所示的来源获取"))
}

// borrowed is a use of reference data, to be looked at once all that it is joined by is known.
type borrowed struct {
	rel *plan.Relation
	need
}

// borrow notes that a column of reference data is used. What it needs of the columns it is joined by is the same; in an
// aggregate it stands for a condition on them, as CASE would.
func (a *analysis) borrow(c *plan.Column, n need) {
	if n.use == yumen.UseAggregate {
		n.purpose = purpose{use: yumen.UseFilter}
	}
	if n.use != yumen.UseJoin && c.Relation.Reference() {
		a.borrowed = append(a.borrowed, borrowed{c.Relation, n})
	}
}

// settleBorrowed checks the columns that stand behind each use of reference data.
func (a *analysis) settleBorrowed() {
	seen := map[borrowed]bool{}
	for i := 0; i < len(a.borrowed); i++ { // what is looked at may borrow in turn
		b := a.borrowed[i]
		if seen[b] {
			continue
		}
		seen[b] = true
		for _, c := range b.rel.Links {
			c.Walk(func(x *plan.Expr) bool {
				switch {
				case x.Op != plan.OpColumn || x.Column.Unit != nil || x.Column.Relation == b.rel:
				case x.Column.Relation.Reference():
					a.borrowed = append(a.borrowed, borrowed{x.Column.Relation, b.need})
				default:
					a.checkAt(x, b.need, nil)
				}
				return true
			})
		}
	}
}
