package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// The post statement makes the result out of protected cells: arithmetic, HAVING, ORDER BY, LIMIT and names. It reads
// one table, task.CellsTable, and no data, so that whatever it computes, compares or orders by is a function of what
// may leave.

// Posting says which column of the table of cells is which key and which aggregate of the block.
type Posting struct {
	key, aggregate func(*plan.Expr) *plan.Expr
	keys           []*plan.Expr // in whose order rows come that nothing else puts in order
	// states is set where a cell can be suppressed, which is a NULL of the table: then whatever is computed from it is.
	states bool
	// column is the column of r that a column of an answer in FROM is, state the condition under which a key, aggregate
	// or column is suppressed, "" for never.
	column  func(*plan.Expr) *plan.Expr
	level   func(*plan.Expr) *plan.Expr // what GROUPING is
	state   func(*plan.Expr) string
	from    string       // the relation r
	filter  string       // of its rows, "" for none
	windows []*plan.Expr // window functions, whose values are columns w1… beside the cells, and s1… whether they are suppressed
	more    []string     // further columns of the result
}

// answerSQL writes the rows of the answer: cells that meet HAVING, and where there are window functions these beside
// them.
func answerSQL(b *plan.Block, p Posting) string {
	where := p.filter
	if b.Having != nil {
		where = p.and(p.condition(b.Having))
	}
	s := p.from
	if where != "" {
		s += "\nWHERE " + where
	}
	if len(p.windows) > 0 {
		cols := []string{"r.*"}
		for i, w := range p.windows {
			cols = append(cols, fmt.Sprintf("%s AS _w%d", p.overSQL(w), i+1))
			if p.states {
				cols = append(cols, fmt.Sprintf("%s AS _s%d", p.suppressedOver(w), i+1))
			}
		}
		s = "(SELECT " + strings.Join(cols, ", ") + " FROM " + s + ") AS r"
	}
	if b.Qualify != nil {
		if len(p.windows) == 0 && where != "" {
			s = "(SELECT * FROM " + s + ") AS r"
		}
		s += "\nWHERE " + p.condition(b.Qualify)
	}
	return s
}

// and is the condition on rows of r, and another.
func (p Posting) and(more string) string {
	if p.filter == "" {
		return more
	}
	return p.filter + " AND " + more
}

// windowNumber is the number of a window function, from 1.
func (p Posting) windowNumber(e *plan.Expr) int {
	return 1 + slices.IndexFunc(p.windows, func(w *plan.Expr) bool { return plan.SameExpr(w, e) })
}

// postSQL writes the post statement of a block.
func postSQL(b *plan.Block, p Posting) string {
	p.windows = b.Windows()
	var cols []string
	for _, o := range b.Outs {
		cols = append(cols, fmt.Sprintf("TRY_CAST(%s AS %s) AS %s", p.stated(o.Expr), typeSQL(o.Expr.Type),
			Quote(o.Name)))
	}
	if p.states {
		for i, c := range cells.StatusColumns(b) {
			hidden := p.suppressed(cells.Shown(b)[i].Expr)
			if hidden == "" {
				hidden = "FALSE"
			}
			cols = append(cols,
				fmt.Sprintf("CASE WHEN %s THEN %s END AS %s", hidden, quoteText(plan.Suppressed), Quote(c.Name)))
		}
	}
	cols = append(cols, p.more...)
	return "SELECT " + strings.Join(cols, ", ") + "\nFROM " + answerSQL(b, p) + orderSQL(b, p) + limitSQL(b)
}

// orderSQL writes ORDER BY. Rows that it leaves in no order come in that of their keys.
func orderSQL(b *plan.Block, p Posting) string {
	var order []string
	for _, o := range b.Order {
		order = append(order, p.ordered(o)...)
	}
	for _, k := range p.keys {
		order = append(order, ExprSQL(k, nil)+" ASC NULLS LAST")
	}
	if len(order) == 0 {
		return ""
	}
	return "\nORDER BY " + strings.Join(order, ", ")
}

// over puts columns of the table of cells in place of keys and aggregates.
func (p Posting) over(e *plan.Expr) *plan.Expr {
	switch e.Op {
	case plan.OpKey:
		return p.key(e)
	case plan.OpAgg:
		return p.aggregate(e)
	case plan.OpColumn:
		return p.column(e)
	case plan.OpLevel:
		return p.level(e)
	case plan.OpWindow:
		return cellExpr(fmt.Sprintf("_w%d", p.windowNumber(e)), e.Type)
	}
	return plan.Mapped(e, p.over)
}

// stated writes an expression, NULL where a cell that it reads is suppressed: no function may make a value of that.
func (p Posting) stated(e *plan.Expr) string {
	s := ExprSQL(p.over(e), nil)
	if hidden := p.suppressed(e); p.states && hidden != "" && hidden != "("+s+" IS NULL)" {
		return "CASE WHEN " + hidden + " THEN NULL ELSE " + s + " END"
	}
	return s
}

// suppressed is the condition that a cell is suppressed which the expression reads.
func (p Posting) suppressed(e *plan.Expr) string {
	var columns []string
	e.Walk(func(x *plan.Expr) bool {
		s := ""
		switch x.Op {
		case plan.OpAgg, plan.OpKey, plan.OpColumn:
			s = p.state(x)
		case plan.OpWindow:
			s = fmt.Sprintf("r._s%d", p.windowNumber(x))
		default:
			return true
		}
		if s != "" && !slices.Contains(columns, s) {
			columns = append(columns, s)
		}
		return false
	})
	return strings.Join(columns, " OR ")
}

// condition writes HAVING. It does not hold where a cell that it reads is suppressed.
func (p Posting) condition(e *plan.Expr) string {
	s := ExprSQL(p.over(e), nil)
	if hidden := p.suppressed(e); p.states && hidden != "" {
		return "NOT (" + hidden + ") AND " + s
	}
	return s
}

// ordered writes an element of ORDER BY. Rows whose place a suppressed cell would decide come last.
func (p Posting) ordered(o plan.Ordering) []string {
	e := p.over(o.Expr)
	switch {
	case !e.Reads(): // a constant orders nothing, and would be taken for the place of a column
		return nil
	case p.states && p.suppressed(o.Expr) != "":
		return []string{"(" + p.suppressed(o.Expr) + ") ASC", p.stated(o.Expr) + o.Direction()}
	}
	return []string{ExprSQL(e, nil) + o.Direction()}
}

// cellExpr is a column of the table of cells.
func cellExpr(name string, t plan.Type) *plan.Expr {
	return &plan.Expr{Op: plan.OpColumn, Type: t,
		Column: &plan.Column{Relation: &plan.Relation{}, Name: name, Cell: name, Base: &yumen.Column{Name: name}}}
}

// postingOf reads the cells of class aggregate under their names.
func postingOf(b *plan.Block, columns []yumen.ArtifactColumn) Posting {
	key := func(e *plan.Expr) *plan.Expr { return cellExpr(Quote(columns[e.Key].Name), b.Keys[e.Key].Type) }
	aggregate := func(e *plan.Expr) *plan.Expr {
		return cellExpr(Quote(columns[len(b.Keys)+slices.Index(slices.Concat(b.Aggs, b.Derived), e.Aggregate)].Name),
			e.Aggregate.Type)
	}
	p := Posting{key: key, aggregate: aggregate, states: true, state: func(e *plan.Expr) string {
		if e.Op != plan.OpAgg {
			return ""
		}
		return "(" + ExprSQL(aggregate(e), nil) + " IS NULL)"
	}}
	for i := range b.Keys {
		p.keys = append(p.keys, key(&plan.Expr{Key: i}))
	}
	p.from = Quote(task.CellsTable) + " AS r"
	return p
}

// unsuppressed is the state of what is never suppressed.
func unsuppressed(*plan.Expr) string { return "" }
