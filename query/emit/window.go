package emit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/query/plan"
)

// overSQL writes the window function over the table of cells. Ties that matter are broken by the group keys.
func (p Posting) overSQL(e *plan.Expr) string {
	var ties []string
	if plan.WindowFunctions[e.Fn].Ties || strings.HasPrefix(e.Window.Frame, "ROWS") {
		for _, k := range p.keys {
			ties = append(ties, ExprSQL(k, nil)+" ASC NULLS LAST")
		}
	}
	return WindowSQL(e, p.stated, ties)
}

// WindowSQL writes a window function, its arguments by write, with more to order by at the end.
func WindowSQL(e *plan.Expr, write func(*plan.Expr) string, more []string) string {
	over := make([]string, len(e.Args))
	for i, a := range e.Args {
		over[i] = write(a)
	}
	w := e.Window
	call := w.Fn + "(" + strings.Join(over[:w.Args], ", ") + ")"
	if w.Fn == "count" && w.Args == 0 {
		call = "count(*)"
	}
	var in []string
	partition := over[w.Args : w.Args+w.Partition]
	if len(partition) > 0 {
		in = append(in, "PARTITION BY "+strings.Join(partition, ", "))
	}
	var order []string
	for i, d := range w.Directions {
		order = append(order, over[w.Args+w.Partition+i]+d)
	}
	for _, t := range w.Ties {
		order = append(order, write(t)+" ASC NULLS LAST")
	}
	if order = append(order, more...); len(order) > 0 {
		in = append(in, "ORDER BY "+strings.Join(order, ", "))
	}
	if w.Frame != "" {
		in = append(in, w.Frame)
	}
	return call + " OVER (" + strings.Join(in, " ") + ")"
}

// suppressedOver writes the condition that a cell is suppressed which some row of the window's partition shows to the
// function.
func (p Posting) suppressedOver(e *plan.Expr) string {
	cells := p.suppressed(&plan.Expr{Op: plan.OpCall, Args: e.Args})
	if cells == "" {
		return "FALSE"
	}
	over := ""
	if n := e.Window.Partition; n > 0 {
		var parts []string
		for _, a := range e.Args[e.Window.Args : e.Window.Args+n] {
			parts = append(parts, p.stated(a))
		}
		over = "PARTITION BY " + strings.Join(parts, ", ")
	}
	return "bool_or(" + cells + ") OVER (" + over + ")"
}

// windowedSQL writes a block with window functions over the rows of units. What is computed with them stands one level
// further out, because TRY takes none.
func windowedSQL(b *plan.Block, r *plan.Relation) string {
	var outer, inner []string
	seen := map[string]*plan.Expr{}
	of := func(e *plan.Expr, name string) *plan.Expr {
		known, ok := seen[e.Signature()]
		if !ok {
			known = cellExpr(name+strconv.Itoa(len(seen)+1), e.Type)
			inner = append(inner, ExprSQL(e, nil)+" AS "+known.Column.Cell)
			seen[e.Signature()] = known
		}
		return known
	}
	var over func(*plan.Expr) *plan.Expr
	over = func(e *plan.Expr) *plan.Expr {
		switch e.Op {
		case plan.OpWindow:
			return of(e, "w")
		case plan.OpColumn:
			return of(e, "x")
		}
		return plan.Mapped(e, over)
	}
	for i, c := range r.Cols {
		if c.Used {
			outer = append(outer, fmt.Sprintf("%s AS c%d", ExprSQL(over(c.Def), nil), i+1))
		}
	}
	where := ""
	if b.Qualify != nil {
		where = " WHERE " + ExprSQL(over(b.Qualify), nil)
	}
	for i, u := range r.Carried() {
		outer = append(outer, fmt.Sprintf("r.u%d", i+1))
		inner = append(inner, fmt.Sprintf("%s AS u%d", unitSQL(u), i+1))
	}
	return "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + fromSQL(b) +
		") AS r" + where
}
