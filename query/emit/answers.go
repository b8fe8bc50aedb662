package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// AnswerWriter writes the post statement of a block: over tables of cells, and over what other blocks make of them. A
// column of a subquery is c<n>, and where it can be suppressed s<n> says whether it is.
type AnswerWriter struct {
	Table func(*plan.Block) Posting // reads a table of cells
	Noisy bool                      // of class dp, where nothing is suppressed
}

// posting reads the rows that a block makes its columns of.
func (w AnswerWriter) posting(b *plan.Block) (p Posting) {
	switch {
	case !b.Post:
		p = w.beside(w.Table(b), b)
	case b.Grouped:
		p = w.groups(b)
	default:
		p = w.rows(b)
	}
	p.states = p.states && !w.Noisy
	return p
}

// beside puts the values of scalar subqueries beside the cells of a table.
func (w AnswerWriter) beside(p Posting, b *plan.Block) Posting {
	if len(b.Scalars) == 0 {
		return p
	}
	cols, from := []string{"r.*"}, p.from
	for i, r := range b.Scalars {
		c := plan.ColumnExpr(r.Cols[0], -1)
		cols = append(cols, fmt.Sprintf("%s AS _x%d", ExprSQL(c, nil), i+1))
		if r.Cols[0].Protected() {
			cols = append(cols, fmt.Sprintf("%s AS _y%d", stateOf(r.Cols[0]), i+1))
		}
		from += "\nLEFT JOIN " + w.relation(r) + " ON TRUE"
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + " FROM " + from + ") AS r"
	p.column = func(e *plan.Expr) *plan.Expr {
		return cellExpr(fmt.Sprintf("_x%d", slices.Index(b.Scalars, e.Column.Relation)+1), e.Type)
	}
	cell := p.state
	p.state = func(e *plan.Expr) string {
		if e.Op != plan.OpColumn {
			return cell(e)
		}
		if !e.Column.Protected() {
			return ""
		}
		return fmt.Sprintf("r._y%d", slices.Index(b.Scalars, e.Column.Relation)+1)
	}
	return p
}

// stateOf writes whether a column of an answer is suppressed. What an outer join found no partner for is not.
func stateOf(c *plan.Column) string {
	return fmt.Sprintf("coalesce(t%d.s%d, FALSE)", c.Relation.ID, c.Number+1)
}

// raw reads the columns of the answers in FROM.
func raw() Posting {
	return Posting{states: true, column: func(e *plan.Expr) *plan.Expr { return e }, state: func(e *plan.Expr) string {
		if e.Op == plan.OpColumn && e.Column.Protected() {
			return stateOf(e.Column)
		}
		return ""
	}}
}

// groups reads the groups of a block over answers.
func (w AnswerWriter) groups(b *plan.Block) Posting {
	in := raw()
	var cols, by []string
	p := Posting{states: true}
	name := func(letter string, i int, t plan.Type) *plan.Expr {
		return cellExpr(fmt.Sprintf("%s%d", letter, i+1), t)
	}
	for i, k := range b.Keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", in.stated(k), i+1))
		by = append(by, strconv.Itoa(len(cols)))
		p.keys = append(p.keys, name("k", i, k.Type))
		if s := in.suppressed(k); s != "" {
			cols = append(cols, fmt.Sprintf("(%s) AS l%d", s, i+1))
			by = append(by, strconv.Itoa(len(cols)))
		}
	}
	for i, g := range b.Aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", aggregateSQL(g), i+1))
		if s := in.suppressed(&plan.Expr{Op: plan.OpCall, Args: g.Operands()}); s != "" {
			cols = append(cols, fmt.Sprintf("coalesce(bool_or(%s), FALSE) AS w%d", s, i+1))
		}
	}
	if len(cols) == 0 {
		cols = []string{"count(*) AS v0"}
	}
	p.key = func(e *plan.Expr) *plan.Expr { return name("k", e.Key, e.Type) }
	p.aggregate = func(e *plan.Expr) *plan.Expr { return name("v", slices.Index(b.Aggs, e.Aggregate), e.Type) }
	p.column = func(e *plan.Expr) *plan.Expr { return e }
	p.state = func(e *plan.Expr) string {
		switch {
		case !b.Protected(e):
			return ""
		case e.Op == plan.OpKey:
			return fmt.Sprintf("r.l%d", e.Key+1)
		}
		return fmt.Sprintf("r.w%d", slices.Index(b.Aggs, e.Aggregate)+1)
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + w.from(b)
	if len(by) > 0 {
		p.from += " GROUP BY " + strings.Join(by, ", ")
	}
	p.from += ") AS r"
	return p
}

// rows reads the rows of a block over answers that does not group them.
func (w AnswerWriter) rows(b *plan.Block) Posting {
	var read []*plan.Column
	look := func(e *plan.Expr) bool {
		if e.Op == plan.OpColumn && !slices.Contains(read, e.Column) {
			read = append(read, e.Column)
		}
		return true
	}
	for _, o := range b.Outs {
		o.Expr.Walk(look)
	}
	b.Qualify.Walk(look)
	for _, o := range b.Order {
		o.Expr.Walk(look)
	}
	var cols []string
	p := Posting{states: true}
	for i, c := range read {
		cols = append(cols, fmt.Sprintf("%s AS x%d", ExprSQL(plan.ColumnExpr(c, -1), nil), i+1))
		if c.Protected() {
			cols = append(cols, fmt.Sprintf("%s AS y%d", stateOf(c), i+1))
		}
		p.keys = append(p.keys, cellExpr(fmt.Sprintf("x%d", i+1), c.Type))
	}
	if len(cols) == 0 {
		cols = []string{"1 AS one"}
	}
	p.column = func(e *plan.Expr) *plan.Expr {
		return cellExpr(fmt.Sprintf("x%d", slices.Index(read, e.Column)+1), e.Type)
	}
	p.state = func(e *plan.Expr) string {
		if !e.Column.Protected() {
			return ""
		}
		return fmt.Sprintf("r.y%d", slices.Index(read, e.Column)+1)
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + w.from(b) + ") AS r"
	return p
}

// from writes FROM and WHERE of a block over answers.
func (w AnswerWriter) from(b *plan.Block) string {
	s := "(SELECT 1) AS one"
	if b.Joins != nil {
		s = w.joined(b.Joins)
	}
	for _, r := range b.Scalars {
		s += "\nLEFT JOIN " + w.relation(r) + " ON TRUE"
	}
	s = "\nFROM " + s
	if len(b.Where) > 0 {
		s += "\nWHERE " + raw().condition(plan.And(b.Where...))
	}
	return s
}

func (w AnswerWriter) joined(j *plan.JoinTree) string {
	if j.Rel != nil {
		return w.relation(j.Rel)
	}
	left, right := w.joined(j.Left), w.joined(j.Right)
	if j.Right.Rel == nil {
		right = "(" + right + ")"
	}
	kind := map[plan.JoinKind]string{plan.InnerJoin: "JOIN", plan.LeftJoin: "LEFT JOIN", plan.FullJoin: "FULL JOIN",
		plan.SemiJoin: "SEMI JOIN", plan.AntiJoin: "ANTI JOIN"}[j.Kind]
	if j.Kind == plan.CrossJoin {
		return left + "\nCROSS JOIN " + right
	}
	return left + "\n" + kind + " " + right + " ON " + raw().condition(plan.And(j.On...))
}

// relation writes an answer in FROM.
func (w AnswerWriter) relation(r *plan.Relation) string {
	if r.List != nil {
		return fmt.Sprintf("(%s) AS t%d", listSQL(r), r.ID)
	}
	if r.Parts == nil {
		return fmt.Sprintf("(%s) AS t%d", w.subquery(r.Inner), r.ID)
	}
	var sides []string
	for _, p := range r.Parts {
		var cols []string
		for i, c := range r.Cols {
			cols = append(cols, fmt.Sprintf("TRY_CAST(t%d.c%d AS %s) AS c%d", p.ID, i+1, typeSQL(c.Type), i+1))
			switch {
			case p.Cols[i].Protected():
				cols = append(cols, fmt.Sprintf("%s AS s%d", stateOf(p.Cols[i]), i+1))
			case c.Protected():
				cols = append(cols, fmt.Sprintf("FALSE AS s%d", i+1))
			}
		}
		sides = append(sides, "SELECT "+strings.Join(cols, ", ")+" FROM "+w.relation(p))
	}
	return fmt.Sprintf("(%s) AS t%d", strings.Join(sides, "\nUNION ALL "), r.ID)
}

// subquery writes a block whose rows another reads.
func (w AnswerWriter) subquery(b *plan.Block) string {
	p := w.posting(b)
	p.windows = b.Windows()
	var cols []string
	for i, o := range b.Outs {
		cols = append(cols, fmt.Sprintf("TRY_CAST(%s AS %s) AS c%d", p.stated(o.Expr), typeSQL(o.Expr.Type), i+1))
		if b.Protected(o.Expr) {
			cols = append(cols, fmt.Sprintf("(%s) AS s%d", p.suppressed(o.Expr), i+1))
		}
	}
	s := "SELECT " + strings.Join(cols, ", ") + "\nFROM " + answerSQL(b, p)
	if b.Limit != nil || b.Offset != nil {
		s += orderSQL(b, p) + limitSQL(b)
	}
	return s
}

// PostStatement writes what makes the result of a block out of tables of cells.
func (w AnswerWriter) PostStatement(b *plan.Block) string { return postSQL(b, w.posting(b)) }
