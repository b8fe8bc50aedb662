package emit

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// In class dp the parts by all keys are asked for, once. Totals are sums of their noisy figures: they cost nothing
// more, and add up.

// totals reads the rows of a block of some levels, each the noisy parts added up.
func (p *questionEmitter) totals(at Posting, levels []uint64) Posting {
	var rows []string
	for _, level := range levels {
		rows = append(rows, p.level(level))
	}
	number := cellExpr("l", plan.Int)
	at.from = "(" + strings.Join(rows, "\nUNION ALL ") + ") AS r"
	at.keys = append(at.keys, number)
	at.level = func(e *plan.Expr) *plan.Expr {
		out := &plan.Expr{Op: plan.OpCase, Type: plan.Int}
		for _, level := range levels {
			is := &plan.Expr{Op: plan.OpCall, Fn: "=", Type: plan.Bool,
				Args: []*plan.Expr{number, constant(plan.Int, fmt.Sprint(level))}}
			out.Args = append(out.Args, is, constant(plan.Int, fmt.Sprint(e.Grouping(level))))
		}
		out.Args = append(out.Args, plan.NullConst())
		return out
	}
	return at
}

// level adds the parts up over the keys that a level is a total over.
func (p *questionEmitter) level(level uint64) string {
	cols := []string{fmt.Sprintf("CAST(%d AS BIGINT) AS l", level)}
	var by []string
	for i, k := range p.Keys {
		name := fmt.Sprintf("k%d", k.At+1)
		switch {
		case k.At < 0:
		case level>>i&1 == 1:
			cols = append(cols, fmt.Sprintf("TRY_CAST(NULL AS %s) AS %s", typeSQL(k.Expr.Type), name))
		default:
			cols, by = append(cols, name), append(by, name)
		}
	}
	for _, m := range p.Measures {
		cols = append(cols, fmt.Sprintf("TRY_CAST(sum(v%d) AS %s) AS v%[1]d", m.At+1, typeSQL(measureType(m))))
	}
	s := "SELECT " + strings.Join(cols, ", ") + " FROM " + Quote(task.CellsTable)
	if len(by) > 0 {
		s += " GROUP BY " + strings.Join(by, ", ")
	}
	return s
}
