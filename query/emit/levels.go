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

// A table of several levels has each row of FROM and WHERE once for each level, with the number of the level, from 0,
// as key k0 and keys that the level is a total over NULL. So a total is judged by its own rows and units as any other
// row of the table is.

// keyNumbers lists the numbers of the keys k1…, and 0 for the level where there are several.
func (e groupEmitter) keyNumbers() (out []int) {
	if len(e.b.Levels) > 0 {
		out = append(out, 0)
	}
	for i := range e.b.Keys {
		out = append(out, i+1)
	}
	return out
}

// keySQL writes a key, NULL in levels that are totals over it.
func (e groupEmitter) keySQL(i int, k *plan.Expr) string {
	var has []string
	for n, level := range e.b.Levels {
		if level>>i&1 == 0 {
			has = append(has, fmt.Sprint(n))
		}
	}
	if len(has) == len(e.b.Levels) {
		return ExprSQL(k, nil)
	}
	return fmt.Sprintf("CASE WHEN l.k0 IN (%s) THEN %s END", strings.Join(has, ", "), ExprSQL(k, nil))
}

// fromLevels writes FROM and WHERE, with the levels where there are several. It must come after everything that names
// columns.
func fromLevels(b *plan.Block) string {
	if len(b.Levels) == 0 {
		return fromSQL(b)
	}
	from, numbers := fromWhere(b), make([]string, len(b.Levels))
	for i := range numbers {
		numbers[i] = fmt.Sprintf("(%d)", i)
	}
	return from[0] + "\n    CROSS JOIN (VALUES " + strings.Join(numbers, ", ") + ") AS l(k0)" + from[1]
}

// levelName writes the name of the level that a row is of.
func (e groupEmitter) levelName() string {
	c := e.cells[len(e.cells)-1]
	var s strings.Builder
	for i, l := range c.Levels {
		fmt.Fprintf(&s, " WHEN %d THEN %s", i, quoteText(l.Name))
	}
	return "CASE r.k0" + s.String() + " END AS " + Quote(c.Name)
}

// leveled reads the rows of a block among the levels of a table. Where there is no grouping there is one row, whether
// the total is shown or not.
func (p Posting) leveled(f *cells.Family, b *plan.Block, c yumen.ArtifactColumn) Posting {
	level := cellExpr(Quote(c.Name), plan.Text)
	var names []string
	whens := map[string]uint64{}
	for _, l := range c.Levels {
		if slices.Contains(f.Levels[b], l.Totals) {
			names = append(names, quoteText(l.Name))
			whens[l.Name] = l.Totals
		}
	}
	rows := ExprSQL(level, nil) + " IN (" + strings.Join(names, ", ") + ")"
	if len(b.Keys) == 0 {
		p.from = "(SELECT 1) AS one LEFT JOIN " + Quote(task.CellsTable) + " AS r ON " + rows
	} else {
		p.filter = rows
	}
	p.keys = append(p.keys, level)
	p.level = func(e *plan.Expr) *plan.Expr {
		out := &plan.Expr{Op: plan.OpCase, Type: plan.Int}
		for _, l := range c.Levels {
			if totals, ok := whens[l.Name]; ok {
				is := &plan.Expr{Op: plan.OpCall, Fn: "=", Type: plan.Bool,
					Args: []*plan.Expr{level, constant(plan.Text, l.Name)}}
				out.Args = append(out.Args, is, constant(plan.Int, fmt.Sprint(e.Grouping(totals))))
			}
		}
		out.Args = append(out.Args, plan.NullConst())
		return out
	}
	return p
}

func constant(t plan.Type, text string) *plan.Expr {
	return &plan.Expr{Op: plan.OpConst, Type: t, Literal: plan.Literal{Type: t, Text: text}, Size: 1}
}
