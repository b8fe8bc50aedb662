package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// union makes the relation of UNION ALL. Each row is one side's, and so are its privacy units; that a unit may have
// rows on several sides is no matter, because whoever counts units counts the numbers of the union.
func (a *analysis) union(t ast.Union, seen *names, alias string) *plan.Relation {
	r := a.relation(alias, t.Pos())
	whole := true
	for _, q := range t.Sides {
		p := a.derivedBlock(q, seen, "", nil, t.Pos())
		if p == nil {
			whole = false
			continue
		}
		r.Parts = append(r.Parts, p)
	}
	if !whole || len(r.Parts) < 2 || !a.unionColumns(r, t) {
		return nil
	}
	if list, ok := a.listedSides(r); ok {
		return list
	}
	if !r.Answer() && (a.refuseMixed(r) || !a.unionUnits(r, t)) {
		return nil
	}
	return r
}

// refuseMixed refuses a union of which one side groups people and another does not.
func (a *analysis) refuseMixed(r *plan.Relation) bool {
	i := slices.IndexFunc(r.Parts, (*plan.Relation).Answer)
	if i < 0 {
		return false
	}
	a.AddFix("clause.set-operation", r.Parts[i].Inner.At,
		yumen.Say("one side of UNION groups people and another does not: the people behind the rows of the whole could no longer be counted", "UNION 的一侧对人群分组而另一侧没有：合并后将无法统计各行背后的人数"),
		yumen.Say("group on every side, or group once outside: SELECT … FROM (… UNION ALL …) GROUP BY …",
			"请在每一侧都分组，或只在外层分组：SELECT … FROM (… UNION ALL …) GROUP BY …"))
	return true
}

// unionColumns brings the columns of the sides together, place by place, under the names of the first.
func (a *analysis) unionColumns(r *plan.Relation, t ast.Union) bool {
	first := r.Parts[0]
	for _, p := range r.Parts[1:] {
		if len(p.Cols) != len(first.Cols) {
			a.Add("table.columns", t.Pos(),
				yumen.Say("the sides of UNION have %d and %d columns", "UNION 两侧分别有 %d 列和 %d 列", len(first.Cols),
					len(p.Cols)))
			return false
		}
	}
	for i, c := range first.Cols {
		u := &plan.Column{Relation: r, Number: i, Name: c.Name, Type: plan.Null}
		for _, p := range r.Parts {
			common, ok := plan.Unify(u.Type, p.Cols[i].Type)
			if !ok {
				a.AddFix("type.mismatch", t.Pos(),
					yumen.Say("column %d of UNION is %s on one side and %s on another", "UNION 的第 %d 列在一侧为 %s，在另一侧为 %s",
						i+1, u.Type.Name(), p.Cols[i].Type.Name()),
					yumen.Say("cast one side with TRY_CAST", "请用 TRY_CAST 转换其中一侧"))
				return false
			}
			u.Type = common
			u.Alts = append(u.Alts, p.Cols[i])
		}
		for _, alt := range u.Alts {
			if alt.Type != u.Type {
				alt.Def, alt.Type = plan.CastTo(alt.Def, u.Type), u.Type
			}
		}
		r.Cols = append(r.Cols, u)
	}
	return true
}

// unionUnits finds which privacy unit of each side is which of the whole. Units that a left join made follow another
// are left out: where they are there at all, they are the one they follow.
func (a *analysis) unionUnits(r *plan.Relation, t ast.Union) bool {
	if slices.ContainsFunc(r.Parts, func(p *plan.Relation) bool { return p.Inner.Joins.Reference() }) {
		a.AddFix("union.units", t.Pos(),
			yumen.Say("a side of UNION reads only reference data, whose rows are nobody's",
				"UNION 的一侧只读取参考数据，其行不属于任何个体"),
			yumen.Say("join the reference data inside each side, or outside", "请在各侧内部或外层连接参考数据"))
		return false
	}
	kinds := r.Parts[0].Lasting()
	for _, p := range r.Parts {
		own := p.Lasting()
		if !slices.Equal(kindsOf(own), kindsOf(kinds)) {
			a.AddFix("union.units", t.Pos(),
				yumen.Say("the sides of UNION depend on different privacy units (%s and %s)",
					"UNION 两侧依赖不同的隐私单元（%s 与 %s）", strings.Join(kindsOf(kinds), " + "),
					strings.Join(kindsOf(own), " + ")),
				yumen.Say("submit each SELECT as a job of its own", "请将每个 SELECT 作为单独的任务提交"))
			return false
		}
		for i, u := range own {
			if i > 0 && own[i-1].Kind == u.Kind {
				a.Add("union.units", t.Pos(),
					yumen.Say("a side of UNION depends on two privacy units of one kind (%s), which cannot be told apart in the whole", "UNION 的一侧依赖两个同类隐私单元（%s），合并后无法区分", u.Kind))
				return false
			}
			p.Slots = append(p.Slots, u.Number)
		}
	}
	for i, u := range kinds {
		r.Units = append(r.Units, &plan.Unit{Kind: u.Kind, Relation: r, Number: i})
	}
	for i, c := range r.Cols {
		if !a.unionKey(r, c) {
			a.AddFix("union.key", t.Pos(),
				yumen.Say("column %d of UNION is the key of a privacy unit on one side and something else on another",
					"UNION 的第 %d 列在一侧是隐私单元键，在另一侧不是", i+1),
				yumen.Say("select the key in the same place on each side", "请在每一侧的相同位置选择该键"))
			return false
		}
	}
	return true
}

func kindsOf(units []*plan.Unit) (out []string) {
	for _, u := range units {
		out = append(out, u.Kind)
	}
	return out
}

// unionKey records that a column is the key of the same unit on every side, and reports false where it is on some only.
func (a *analysis) unionKey(r *plan.Relation, c *plan.Column) bool {
	keys, slot := 0, -1
	for i, alt := range c.Alts {
		if slices.ContainsFunc((&plan.Expr{Op: plan.OpColumn, Column: alt}).Directs(nil),
			func(d *plan.Column) bool { return d.Unit != nil }) {
			keys++
		}
		own := -1
		if alt.Unit != nil {
			own = slices.Index(r.Parts[i].Slots, alt.Unit.Number)
		}
		if i > 0 && own != slot {
			own = -1
		}
		slot = own
	}
	if keys == 0 {
		return true
	}
	if slot < 0 {
		return false
	}
	c.Unit = r.Units[slot]
	return keys == len(c.Alts)
}
