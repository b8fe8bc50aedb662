package bind

import (
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// This file reads lists that the text itself writes out: VALUES, series, a SELECT without FROM, and what SELECT and
// UNION make of them row by row. Among answers they are tables like others; how they are joined with rows of people is
// in choices.go.

// maxListed bounds the rows of a list.
const maxListed = 2000

// list makes the relation of a list.
func (a *analysis) list(alias string, names []string, types []plan.Type, rows []plan.ListedRow,
	pos int) *plan.Relation {
	r := a.relation(alias, pos)
	r.List, r.Inner = &plan.List{Rows: rows}, &plan.Block{Post: true, Loose: true, At: pos}
	for i, name := range names {
		null := plan.CastTo(plan.NullConst(), types[i])
		r.Inner.Outs = append(r.Inner.Outs, &plan.Output{Name: name, Expr: null, At: pos})
		r.Cols = append(r.Cols, &plan.Column{Relation: r, Number: i, Name: name, Type: types[i], Def: null})
	}
	if len(rows) > maxListed {
		a.refuseLongList(pos)
		return nil
	}
	return r
}

func (a *analysis) refuseLongList(pos int) {
	a.AddFix("statement.size", pos, yumen.Say("a list in the text has more than %d rows", "文本中的列表超过 %d 行", maxListed),
		yumen.Say("write fewer rows", "请减少行数"))
}

// values makes the relation of VALUES.
func (a *analysis) values(t ast.Values, seen *names) *plan.Relation {
	width := len(t.Rows[0])
	types, columns := make([]plan.Type, width), make([]string, width)
	rows := make([]plan.ListedRow, len(t.Rows))
	for i := range types {
		types[i], columns[i] = plan.Null, "col"+strconv.Itoa(i)
		for n, row := range t.Rows {
			e := a.constantCell(row[i], seen)
			common, ok := plan.Unify(types[i], e.Type)
			if !ok {
				a.AddFix("type.mismatch", e.At,
					yumen.Say("column %d of VALUES holds %s and %s", "VALUES 的第 %d 列同时含有 %s 和 %s", i+1, types[i].Name(),
						e.Type.Name()),
					yumen.Say("write the same kind of constant in each row", "请在每行写同类常量"))
				return nil
			}
			types[i], rows[n].Cells = common, append(rows[n].Cells, e)
		}
	}
	unified(rows, types)
	r := a.list(t.Alias, columns, types, rows, t.Pos())
	if r == nil {
		return nil
	}
	a.rename(r, t.Columns, t.Pos())
	return r
}

// constantCell binds an expression that no table stands behind.
func (a *analysis) constantCell(v ast.Expr, seen *names) *plan.Expr {
	x := &binder{analysis: a, q: &ast.Select{}, seen: seen, b: &plan.Block{}}
	return interval.Folded(x.expr(v, clause{name: yumen.Text{EN: "VALUES"}}))
}

// series makes the relation of generate_series, range or unnest.
func (a *analysis) series(t ast.Series, seen *names) *plan.Relation {
	cells, ok := a.seriesOf(t.Call, seen)
	if !ok {
		a.AddFix("clause.values", t.Pos(),
			yumen.Say("%s is answered from one constant to another, by a constant step, with at most %d rows",
				"%s 须以常量为起点、终点和步长，且至多 %d 行", t.Call.Name, maxListed),
			yumen.Say("write generate_series(1, 12) or generate_series(DATE '2026-01-01', DATE '2026-12-01', INTERVAL 1 MONTH)",
				"请写 generate_series(1, 12) 或 generate_series(DATE '2026-01-01', DATE '2026-12-01', INTERVAL 1 MONTH)"))
		return nil
	}
	typ := plan.Null
	rows := make([]plan.ListedRow, len(cells))
	for i, e := range cells {
		if typ, ok = plan.Unify(typ, e.Type); !ok {
			a.Add("type.mismatch", e.At, yumen.Say("a list holds values of several kinds", "列表含有不同类型的值"))
			return nil
		}
		rows[i].Cells = []*plan.Expr{e}
	}
	unified(rows, []plan.Type{typ})
	name := t.Call.Name
	r := a.list(t.Alias, []string{name}, []plan.Type{typ}, rows, t.Pos())
	if r == nil {
		return nil
	}
	if r.Alias == "" {
		r.Alias = name
	}
	a.rename(r, t.Columns, t.Pos())
	return r
}

// seriesOf lists the values of a series.
func (a *analysis) seriesOf(c ast.Call, seen *names) (out []*plan.Expr, ok bool) {
	if c.Name == "unnest" && len(c.Args) == 1 {
		inner, ok := c.Args[0].(ast.Call)
		switch {
		case ok && (inner.Name == "list_value" || inner.Name == "#array") && len(inner.Args) <= maxListed:
			for _, v := range inner.Args {
				out = append(out, a.constantCell(v, seen))
			}
			return out, true
		case ok && (inner.Name == "generate_series" || inner.Name == "range"):
			return a.seriesOf(inner, seen)
		}
		return nil, false
	}
	var args []*plan.Expr
	for _, v := range c.Args {
		e := a.constantCell(v, seen)
		if e.Op != plan.OpConst {
			return nil, e.Op == plan.OpBad
		}
		args = append(args, e)
	}
	switch {
	case c.Name == "unnest" || len(args) == 0 || len(args) > 3:
		return nil, false
	case args[0].Type.Kind == plan.KindInt:
		return wholeSeries(args, c.Name == "generate_series")
	case len(args) == 3 && args[0].Type.Temporal() && args[1].Type.Temporal() && args[2].Type.Kind == plan.KindInterval:
		return timeSeries(args, c.Name == "generate_series")
	}
	return nil, false
}

func wholeSeries(args []*plan.Expr, last bool) (out []*plan.Expr, ok bool) {
	from, to, step := int64(0), int64(0), int64(1)
	var at []int64
	for _, e := range args {
		v, ok := e.Literal.Value()
		if !ok || e.Type.Kind != plan.KindInt || !v.Num().IsInt64() || v.Num().BitLen() > 40 {
			return nil, false
		}
		at = append(at, v.Num().Int64())
	}
	switch len(at) {
	case 1:
		to = at[0]
	case 2:
		from, to = at[0], at[1]
	case 3:
		from, to, step = at[0], at[1], at[2]
	}
	if step == 0 {
		return nil, false
	}
	for n := from; step > 0 && n < to || step < 0 && n > to || last && n == to; n += step {
		if len(out) > maxListed {
			return nil, false
		}
		out = append(out, plan.ConstantOf(plan.Int, strconv.Itoa(int(n))))
	}
	return out, true
}

// timeSeries are timestamps, as the engine makes them of dates too. By months it goes on from the moment before, so
// that a last day of a month would stay what the shortest month made of it.
func timeSeries(args []*plan.Expr, last bool) (out []*plan.Expr, ok bool) {
	var at []time.Time
	for _, e := range args[:2] {
		v, ok := e.Literal.Value()
		if !ok {
			return nil, false
		}
		t, ok := interval.TimeOf(v, e.Type)
		if !ok {
			return nil, false
		}
		at = append(at, t)
	}
	next, ok := interval.Stepped(at[0], args[2].Literal, 1)
	if !ok || next.Equal(at[0]) || at[0].Day() > 28 {
		return nil, false
	}
	up := next.After(at[0])
	for t := at[0]; up && t.Before(at[1]) || !up && t.After(at[1]) || last && t.Equal(at[1]); t,
		_ = interval.Stepped(t, args[2].Literal, 1) {
		if len(out) > maxListed || t.Year() < 1 || t.Year() > 9999 {
			return nil, false
		}
		l, _ := plan.Literal{Type: plan.Text, Text: t.Format("2006-01-02 15:04:05.999999")}.As(plan.Timestamp)
		out = append(out, &plan.Expr{Op: plan.OpConst, Type: plan.Timestamp, Literal: l, At: args[0].At, Size: 1})
	}
	return out, true
}

// listOf makes the list that a block over lists is, where it makes one row of each: false where it groups, orders or
// chooses among them.
func (a *analysis) listOf(b *plan.Block, alias string, pos int) (*plan.Relation, bool) {
	if !b.Post || b.Grouped || b.Distinct || b.Qualify != nil || b.Limit != nil || b.Offset != nil ||
		len(b.Scalars) > 0 || len(b.Windows()) > 0 {
		return nil, false
	}
	rows := []plan.ListedRow{{}}
	if b.Joins != nil {
		if !b.Joins.Lists() || !b.Joins.Inner() {
			return nil, false
		}
		var ok bool
		if rows, ok = together(b.Joins.Leaves(), slices.Concat(b.Joins.Conditions(), b.Where)); !ok {
			a.refuseLongList(pos)
			return nil, true
		}
	}
	var columns []string
	var types []plan.Type
	for _, o := range b.Outs {
		columns, types = append(columns, o.Name), append(types, o.Expr.Type)
	}
	leaves := leavesOf(b.Joins)
	for i := range rows {
		of := rowOf(leaves, rows[i])
		rows[i].Cells = nil
		for _, o := range b.Outs {
			rows[i].Cells = append(rows[i].Cells, interval.Folded(plan.Substituted(o.Expr, of)))
		}
	}
	unified(rows, types)
	return a.list(alias, columns, types, rows, pos), true
}

// listedSides makes the list that a union of lists is.
func (a *analysis) listedSides(r *plan.Relation) (*plan.Relation, bool) {
	var rows []plan.ListedRow
	for _, p := range r.Parts {
		if p.List == nil {
			return nil, false
		}
		rows = append(rows, p.List.Rows...)
	}
	var columns []string
	var types []plan.Type
	for _, c := range r.Cols {
		columns, types = append(columns, c.Name), append(types, c.Type)
	}
	unified(rows, types)
	return a.list(r.Alias, columns, types, rows, r.Parts[0].Inner.At), true
}

func leavesOf(j *plan.JoinTree) []*plan.Relation {
	if j == nil {
		return nil
	}
	return j.Leaves()
}

// together lists the rows of several lists beside each other, all cells in one row, with what is left of conditions
// once the cells are put into them; false where there are too many.
func together(lists []*plan.Relation, conds []*plan.Expr) ([]plan.ListedRow, bool) {
	out := []plan.ListedRow{{}}
	for i, r := range lists {
		var next []plan.ListedRow
		ready := readingOnly(conds, lists[:i+1])
		for _, row := range out {
			for _, more := range r.List.Rows {
				beside := plan.ListedRow{Cells: slices.Concat(row.Cells, more.Cells), If: plan.And(row.If, more.If)}
				if _, there := leftOf(ready, rowOf(lists[:i+1], beside)); there {
					next = append(next, beside)
				}
			}
			if len(next) > maxListed {
				return nil, false
			}
		}
		out = next
	}
	kept := out[:0]
	for _, row := range out {
		if left, there := leftOf(conds, rowOf(lists, row)); there { // what is compared with NULL holds nowhere
			row.If = plan.And(row.If, left)
			kept = append(kept, row)
		}
	}
	return kept, true
}

// readingOnly are the conditions that read nothing but these lists.
func readingOnly(conds []*plan.Expr, lists []*plan.Relation) []*plan.Expr {
	return slices.DeleteFunc(slices.Clone(conds), func(c *plan.Expr) bool {
		return slices.ContainsFunc(c.Relations(), func(r *plan.Relation) bool { return !slices.Contains(lists, r) })
	})
}

// rowOf says what the columns of lists are in a row.
func rowOf(lists []*plan.Relation, row plan.ListedRow) map[*plan.Column]*plan.Expr {
	of, n := map[*plan.Column]*plan.Expr{}, 0
	for _, r := range lists {
		for _, c := range r.Cols {
			of[c] = row.Cells[n]
			n++
		}
	}
	return of
}

// leftOf is what is left of conditions on a row, nil for nothing; there is false where one of them does not hold.
func leftOf(conds []*plan.Expr, row map[*plan.Column]*plan.Expr) (left *plan.Expr, there bool) {
	for _, c := range conds {
		e := interval.Folded(plan.Substituted(c, row))
		holds, known := interval.Truth(e)
		switch {
		case known && !holds, slices.ContainsFunc(plan.Conjuncts(e), isNull):
			return nil, false
		case !known:
			left = plan.And(left, e)
		}
	}
	return left, true
}

// isNull reports whether a condition is NULL, as what is compared with NULL is, and so holds nowhere.
func isNull(e *plan.Expr) bool {
	compares := e.Op == plan.OpCall && (turned[e.Fn] != "" || e.Fn == "<>" || e.Fn == "between")
	return plan.IsNull(e) || compares && slices.ContainsFunc(e.Args, plan.IsNull)
}

// unified makes the cells of each column values of its type.
func unified(rows []plan.ListedRow, types []plan.Type) {
	for _, row := range rows {
		for i, e := range row.Cells {
			if e.Type != types[i] {
				row.Cells[i] = interval.Folded(plan.CastTo(e, types[i]))
			}
		}
	}
}
