package query

import (
	"fmt"
	"slices"
	"strings"
)

// answerWriter writes the post statement of a block: over tables of cells, and over what other blocks make of them. A column of
// a subquery is c<n>, and where it can be suppressed s<n> says whether it is.
type answerWriter struct {
	table func(*block) posting // reads a table of cells
}

// posting reads the rows that a block makes its columns of.
func (w answerWriter) posting(b *block) posting {
	switch {
	case !b.post:
		return w.beside(w.table(b), b)
	case b.grouped:
		return w.groups(b)
	}
	return w.rows(b)
}

// beside puts the values of scalar subqueries beside the cells of a table.
func (w answerWriter) beside(p posting, b *block) posting {
	if len(b.scalars) == 0 {
		return p
	}
	cols, from := []string{"r.*"}, p.from
	for i, r := range b.scalars {
		c := columnExpr(r.cols[0], -1)
		cols = append(cols, fmt.Sprintf("%s AS _x%d", c.sql(nil), i+1))
		if r.cols[0].protected() {
			cols = append(cols, fmt.Sprintf("%s AS _y%d", stateOf(r.cols[0]), i+1))
		}
		from += "\nLEFT JOIN " + w.relation(r) + " ON TRUE"
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + " FROM " + from + ") AS r"
	p.column = func(e *expr) *expr {
		return cellExpr(fmt.Sprintf("_x%d", slices.Index(b.scalars, e.col.rel)+1), e.typ)
	}
	cell := p.state
	p.state = func(e *expr) string {
		if e.op != opColumn {
			return cell(e)
		}
		if !e.col.protected() {
			return ""
		}
		return fmt.Sprintf("r._y%d", slices.Index(b.scalars, e.col.rel)+1)
	}
	return p
}

// stateOf writes whether a column of an answer is suppressed. What an outer join found no partner for is not.
func stateOf(c *column) string { return fmt.Sprintf("coalesce(t%d.s%d, FALSE)", c.rel.id, c.n+1) }

// raw reads the columns of the answers in FROM.
func raw() posting {
	return posting{states: true, column: func(e *expr) *expr { return e }, state: func(e *expr) string {
		if e.op == opColumn && e.col.protected() {
			return stateOf(e.col)
		}
		return ""
	}}
}

// groups reads the groups of a block over answers.
func (w answerWriter) groups(b *block) posting {
	in := raw()
	var cols, by []string
	p := posting{states: true}
	name := func(letter string, i int, t sqlType) *expr { return cellExpr(fmt.Sprintf("%s%d", letter, i+1), t) }
	for i, k := range b.keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", in.stated(k), i+1))
		by = append(by, itoa(len(cols)))
		p.keys = append(p.keys, name("k", i, k.typ))
		if s := in.suppressed(k); s != "" {
			cols = append(cols, fmt.Sprintf("(%s) AS l%d", s, i+1))
			by = append(by, itoa(len(cols)))
		}
	}
	for i, g := range b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", g.sql(), i+1))
		if s := in.suppressed(&expr{op: opCall, args: g.operands()}); s != "" {
			cols = append(cols, fmt.Sprintf("coalesce(bool_or(%s), FALSE) AS w%d", s, i+1))
		}
	}
	if len(cols) == 0 {
		cols = []string{"count(*) AS v0"}
	}
	p.key = func(e *expr) *expr { return name("k", e.key, e.typ) }
	p.aggregate = func(e *expr) *expr { return name("v", slices.Index(b.aggs, e.agg), e.typ) }
	p.column = func(e *expr) *expr { return e }
	p.state = func(e *expr) string {
		switch {
		case !b.protected(e):
			return ""
		case e.op == opKey:
			return fmt.Sprintf("r.l%d", e.key+1)
		}
		return fmt.Sprintf("r.w%d", slices.Index(b.aggs, e.agg)+1)
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + w.from(b)
	if len(by) > 0 {
		p.from += " GROUP BY " + strings.Join(by, ", ")
	}
	p.from += ") AS r"
	return p
}

func (g *aggregate) operands() (out []*expr) {
	for _, e := range []*expr{g.arg, g.filter} {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

// rows reads the rows of a block over answers that does not group them.
func (w answerWriter) rows(b *block) posting {
	var read []*column
	look := func(e *expr) bool {
		if e.op == opColumn && !slices.Contains(read, e.col) {
			read = append(read, e.col)
		}
		return true
	}
	for _, o := range b.outs {
		o.expr.walk(look)
	}
	b.qualify.walk(look)
	for _, o := range b.order {
		o.expr.walk(look)
	}
	var cols []string
	p := posting{states: true}
	for i, c := range read {
		cols = append(cols, fmt.Sprintf("%s AS x%d", columnExpr(c, -1).sql(nil), i+1))
		if c.protected() {
			cols = append(cols, fmt.Sprintf("%s AS y%d", stateOf(c), i+1))
		}
		p.keys = append(p.keys, cellExpr(fmt.Sprintf("x%d", i+1), c.typ))
	}
	if len(cols) == 0 {
		cols = []string{"1 AS one"}
	}
	p.column = func(e *expr) *expr { return cellExpr(fmt.Sprintf("x%d", slices.Index(read, e.col)+1), e.typ) }
	p.state = func(e *expr) string {
		if !e.col.protected() {
			return ""
		}
		return fmt.Sprintf("r.y%d", slices.Index(read, e.col)+1)
	}
	p.from = "(SELECT " + strings.Join(cols, ", ") + w.from(b) + ") AS r"
	return p
}

// from writes FROM and WHERE of a block over answers.
func (w answerWriter) from(b *block) string {
	s := "(SELECT 1) AS one"
	if b.joins != nil {
		s = w.joined(b.joins)
	}
	for _, r := range b.scalars {
		s += "\nLEFT JOIN " + w.relation(r) + " ON TRUE"
	}
	s = "\nFROM " + s
	if len(b.where) > 0 {
		s += "\nWHERE " + raw().condition(and(b.where...))
	}
	return s
}

func (w answerWriter) joined(j *joinTree) string {
	if j.rel != nil {
		return w.relation(j.rel)
	}
	left, right := w.joined(j.left), w.joined(j.right)
	if j.right.rel == nil {
		right = "(" + right + ")"
	}
	kind := map[joinKind]string{innerJoin: "JOIN", leftJoin: "LEFT JOIN", semiJoin: "SEMI JOIN", antiJoin: "ANTI JOIN"}[j.kind]
	if j.kind == crossJoin {
		return left + "\nCROSS JOIN " + right
	}
	return left + "\n" + kind + " " + right + " ON " + raw().condition(and(j.on...))
}

// relation writes an answer in FROM.
func (w answerWriter) relation(r *relation) string {
	if r.parts == nil {
		return fmt.Sprintf("(%s) AS t%d", w.subquery(r.inner), r.id)
	}
	var sides []string
	for _, p := range r.parts {
		var cols []string
		for i, c := range r.cols {
			cols = append(cols, fmt.Sprintf("TRY_CAST(t%d.c%d AS %s) AS c%d", p.id, i+1, c.typ.sql(), i+1))
			switch {
			case p.cols[i].protected():
				cols = append(cols, fmt.Sprintf("%s AS s%d", stateOf(p.cols[i]), i+1))
			case c.protected():
				cols = append(cols, fmt.Sprintf("FALSE AS s%d", i+1))
			}
		}
		sides = append(sides, "SELECT "+strings.Join(cols, ", ")+" FROM "+w.relation(p))
	}
	return fmt.Sprintf("(%s) AS t%d", strings.Join(sides, "\nUNION ALL "), r.id)
}

// subquery writes a block whose rows another reads.
func (w answerWriter) subquery(b *block) string {
	p := w.posting(b)
	p.windows = b.windows()
	var cols []string
	for i, o := range b.outs {
		cols = append(cols, fmt.Sprintf("TRY_CAST(%s AS %s) AS c%d", p.stated(o.expr), o.expr.typ.sql(), i+1))
		if b.protected(o.expr) {
			cols = append(cols, fmt.Sprintf("(%s) AS s%d", p.suppressed(o.expr), i+1))
		}
	}
	s := "SELECT " + strings.Join(cols, ", ") + "\nFROM " + b.answerSQL(p)
	if b.limit != nil || b.offset != nil {
		s += b.orderSQL(p) + b.limitSQL()
	}
	return s
}

// postStatement writes what makes the result of a block out of tables of cells.
func (w answerWriter) postStatement(b *block) string { return b.postSQL(w.posting(b)) }
