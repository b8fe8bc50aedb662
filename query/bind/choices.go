package bind

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
)

// This file writes a join of rows of people with a list of the text as what it means: conditions on what the list is
// joined by, and CASE over them for each column of the list. So bands and lookups are judged as CASE is, and nothing
// new meets data. Each row of people may find one row of the list at most.

// choice is lists that the rows of a block are joined with, by conditions that read them together.
type choice struct {
	lists []*plan.Relation
	conds []*plan.Expr
	kind  plan.JoinKind
	at    int
}

// isList reports whether a query reads nothing but what the text writes out.
func (a *analysis) isList(q *ast.Select, seen *names) bool {
	return q != nil && !q.Broken && (q.From == nil || a.listTable(q.From, &names{outer: seen, ctes: q.CTEs}))
}

func (a *analysis) listTable(t ast.Table, seen *names) bool {
	switch t := t.(type) {
	case ast.Values, ast.Series:
		return true
	case ast.Derived:
		return a.isList(t.Query, seen)
	case ast.Join:
		return a.listTable(t.Left, seen) && a.listTable(t.Right, seen)
	case ast.Union:
		return !slices.ContainsFunc(t.Sides, func(q *ast.Select) bool { return !a.isList(q, seen) })
	case ast.Base:
		cte, inner := seen.find(t.Name)
		return cte != nil && !t.Qualified && a.isList(cte.Query, inner)
	}
	return false
}

// takeLists takes the lists out of FROM of a block that reads datasets. Optional is set where a left join may find no
// row.
func (x *binder) takeLists(j *plan.JoinTree, optional bool) *plan.JoinTree {
	if j.Rel != nil {
		if j.Rel.List == nil {
			return j
		}
		x.choices = append(x.choices, &choice{lists: []*plan.Relation{j.Rel}, at: j.Rel.Inner.At})
		return nil
	}
	known := len(x.choices)
	halves := j.Kind == plan.LeftJoin || j.Halves()
	left, right := x.takeLists(j.Left, optional), x.takeLists(j.Right, optional || halves)
	taken := x.choices[known:]
	switch {
	case left != nil && right != nil:
		j.Left, j.Right = left, right
		return j
	case left == nil && halves:
		x.anchoredList(j.At)
	case halves && (len(taken) == 0 || j.Right.Rel == nil || j.Kind == plan.AntiJoin):
		x.refuseOptionalList(j.At)
	case halves:
		last := x.choices[len(x.choices)-1]
		last.kind, last.conds, last.at = j.Kind, j.On, j.At
	case optional:
		x.refuseOptionalList(j.At)
	default:
		x.chosenOn = append(x.chosenOn, j.On...)
	}
	if left == nil {
		return right
	}
	return left
}

func (x *binder) anchoredList(pos int) {
	x.AddFix("unit.none", pos,
		yumen.Say("rows of a list in the text are nobody's, so rows of people are not left joined to them: a row would tell that nobody matches it", "文本中列表的行不属于任何个体，不能将个人的行左连接到其上：否则某行会说明无人与之匹配"),
		yumen.Say("group first and join the list with the groups: FROM list LEFT JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k = list.k",
			"请先分组，再将列表与分组结果连接：FROM 列表 LEFT JOIN (SELECT k, count(*) AS n FROM t GROUP BY k) g ON g.k = 列表.k"))
}

func (x *binder) refuseOptionalList(pos int) {
	x.AddFix("clause.values", pos,
		yumen.Say("a list in the text is joined here in a way that is not written as conditions on rows: inside the right side of a LEFT JOIN, or by ANTI JOIN", "此处对文本中列表的连接方式无法写成行上的条件：位于 LEFT JOIN 的右侧之内，或使用 ANTI JOIN"),
		yumen.Say("join the list in a subquery of its own, or write NOT IN (…)", "请在单独的子查询中连接列表，或写 NOT IN (…)"))
}

// settleLists puts conditions and CASE in the place of the lists that the block is joined with.
func (x *binder) settleLists() {
	if len(x.choices) == 0 {
		return
	}
	x.b.Rels = slices.DeleteFunc(slices.Clone(x.b.Rels), func(r *plan.Relation) bool { return r.List != nil })
	if len(x.All) > 0 {
		return
	}
	of := map[*plan.Column]*plan.Expr{}
	for _, c := range x.gathered() {
		if c.kind == plan.InnerJoin {
			x.b.Where = slices.DeleteFunc(x.b.Where, func(e *plan.Expr) bool {
				if !c.reads(e) {
					return false
				}
				c.conds = append(c.conds, e)
				return true
			})
		}
		if !x.settle(c, of) {
			return
		}
	}
	x.b.Substitute(of)
	x.b.Joins.Visit(func(j *plan.JoinTree) {
		for _, c := range j.On {
			if _, _, ok := plan.EqualColumns(c); !ok {
				x.check(c, purpose{use: yumen.UseFilter}, nil)
			}
		}
	})
}

// reads reports whether a condition reads a list of the choice.
func (c *choice) reads(e *plan.Expr) bool {
	return slices.ContainsFunc(e.Relations(), func(r *plan.Relation) bool { return slices.Contains(c.lists, r) })
}

// gathered brings lists together that a condition reads together, with the conditions that inner joins have.
func (x *binder) gathered() (out []*choice) {
	for _, c := range x.choices {
		if c.kind != plan.InnerJoin {
			out = append(out, c)
		}
	}
	kept := len(out)
	for _, c := range x.choices {
		if c.kind == plan.InnerJoin {
			out = append(out, c)
		}
	}
	x.b.Where = append(x.b.Where, slices.DeleteFunc(slices.Clone(x.chosenOn), func(e *plan.Expr) bool {
		return slices.ContainsFunc(x.b.Where, func(o *plan.Expr) bool { return plan.SameExpr(o, e) })
	})...)
	for _, e := range x.b.Where {
		var read []*choice
		out = slices.DeleteFunc(out, func(c *choice) bool {
			if slices.Contains(out[:kept], c) || !c.reads(e) {
				return false
			}
			read = append(read, c)
			return true
		})
		if len(read) == 0 {
			continue
		}
		for _, c := range read[1:] {
			read[0].lists = append(read[0].lists, c.lists...)
		}
		out = append(out, read[0])
	}
	return out
}

// settle says what the columns of lists are, and which rows of the block find a row of them.
func (x *binder) settle(c *choice, of map[*plan.Column]*plan.Expr) bool {
	rows, ok := together(c.lists, c.conds)
	switch {
	case !ok:
		x.refuseLongList(c.at)
		return false
	case len(rows) == 0:
		x.Add("clause.values", c.at,
			yumen.Say("no row of this list meets the conditions, so that nothing would be asked", "该列表没有满足条件的行，查询将为空"))
		return false
	case !apart(rows):
		x.AddFix("join.repeats", c.at,
			yumen.Say("a row of people may find several rows of this list: each would be counted once for each of them",
				"个人的一行可能对应该列表的多行，从而被计算多次"),
			yumen.Say("hold the list to it by an equality, or by bands that do not overlap, such as x >= lo AND x < hi",
				"请用相等条件或互不重叠的区间（如 x >= lo AND x < hi）连接列表"))
		return false
	}
	if found := union(rows); c.kind != plan.LeftJoin && found != nil {
		x.b.Where = append(x.b.Where, plan.Conjuncts(found)...)
	}
	n := 0
	for _, r := range c.lists {
		for _, col := range r.Cols {
			of[col] = c.cell(rows, n, col.Type)
			n++
		}
	}
	return true
}

// cell is what a column of the lists is in the row that a row of the block finds.
func (c *choice) cell(rows []plan.ListedRow, n int, t plan.Type) *plan.Expr {
	e := &plan.Expr{Op: plan.OpCase, Type: t, At: c.at}
	otherwise := plan.CastTo(plan.NullConst(), t)
	for i, row := range rows {
		last := i == len(rows)-1 && c.kind != plan.LeftJoin // rows that find none are left out
		if row.If == nil || last {
			otherwise = row.Cells[n]
			break
		}
		e.Args = append(e.Args, row.If, row.Cells[n])
	}
	for len(e.Args) > 0 && plan.SameExpr(e.Args[len(e.Args)-1], otherwise) && c.kind != plan.LeftJoin {
		e.Args = e.Args[:len(e.Args)-2]
	}
	if len(e.Args) == 0 {
		return otherwise
	}
	e.Args = append(e.Args, otherwise)
	return plan.Sized(e)
}

// member is IN over a list of the text, written out.
func (x *binder) member(child, at ast.Expr, q *ast.Select, c clause) *plan.Expr {
	r := x.derived(q, x.seen, "", nil, at.Pos())
	e := x.expr(child, c)
	if r == nil || e.Op == plan.OpBad {
		return plan.BadExpr(at.Pos())
	}
	if r.List == nil || len(r.Cols) != 1 ||
		slices.ContainsFunc(r.List.Rows, func(row plan.ListedRow) bool { return row.If != nil }) ||
		len(r.List.Rows) == 0 {
		x.RefuseSubquery(at.Pos())
		return plan.BadExpr(at.Pos())
	}
	args := []*plan.Expr{e}
	for _, row := range r.List.Rows {
		args = append(args, row.Cells[0])
	}
	return x.apply("in", plan.Functions["in"], args, at.Pos())
}
