package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// Quote writes a name.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ExprSQL writes an expression over rows, or over keys and aggregates as columns k1… and v1… of a grouped relation r.
func ExprSQL(e *plan.Expr, aggs []*plan.Aggregate) string { return emitter{aggs: aggs}.expr(e, false) }

// emitter writes expressions. With canonical set, those that are the same but for the order of their parts are written
// alike; with readable set, columns are written with their names, for people.
type emitter struct {
	aggs                []*plan.Aggregate
	canonical, readable bool
	figures             string // what figures are columns of; a subquery if empty
}

func (m emitter) expr(e *plan.Expr, tried bool) string {
	switch e.Op {
	case plan.OpColumn:
		if m.readable {
			return e.Column.Name
		}
		return columnSQL(e.Column)
	case plan.OpKey:
		return fmt.Sprintf("r.k%d", e.Key+1)
	case plan.OpAgg:
		return fmt.Sprintf("r.v%d", slices.Index(m.aggs, e.Aggregate)+1)
	case plan.OpConst:
		return literalSQL(e.Literal)
	case plan.OpFigure:
		if m.readable {
			return fmt.Sprintf("(figure %d)", e.Figure.Number)
		}
		if m.figures != "" {
			return m.figures + "." + e.Figure.Name()
		}
		return fmt.Sprintf("(SELECT %s FROM %s)", e.Figure.Name(), Quote(task.FiguresTable))
	case plan.OpCast:
		return fmt.Sprintf("TRY_CAST(%s AS %s)", m.expr(e.Args[0], tried), typeSQL(e.Type))
	case plan.OpCase:
		return m.caseSQL(e)
	case plan.OpWindow:
		return WindowSQL(e, func(a *plan.Expr) string { return m.expr(a, false) }, nil)
	}
	if e.CanFail() && !tried && !m.readable {
		return "TRY(" + m.callSQL(e, true) + ")"
	}
	return m.callSQL(e, tried && e.CanFail())
}

func (m emitter) caseSQL(e *plan.Expr) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(e.Args); i += 2 {
		fmt.Fprintf(&b, " WHEN %s THEN %s", m.expr(e.Args[i], false), m.expr(e.Args[i+1], false))
	}
	fmt.Fprintf(&b, " ELSE %s END", m.expr(e.Args[len(e.Args)-1], false))
	return b.String()
}

var infix = map[string]string{"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
	"is distinct from":     "IS DISTINCT FROM",
	"is not distinct from": "IS NOT DISTINCT FROM", "and": "AND", "or": "OR", "+": "+", "-": "-", "*": "*", "//": "//",
	"%": "%", "||": "||",
	"like": "LIKE", "not like": "NOT LIKE", "ilike": "ILIKE", "not ilike": "NOT ILIKE"}

func (m emitter) callSQL(e *plan.Expr, tried bool) string {
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = m.expr(a, tried)
	}
	if m.canonical {
		if s, ok := commuted(e.Fn, args); ok {
			return s
		}
	}
	if op := infix[e.Fn]; op != "" && len(args) > 1 {
		return "(" + strings.Join(args, " "+op+" ") + ")"
	}
	switch e.Fn {
	case "-", "+":
		return "(" + e.Fn + args[0] + ")"
	case "/":
		return "(" + args[0] + " / " + divisor(e.Args[1], args[1]) + ")"
	case "not":
		return "(NOT " + args[0] + ")"
	case "is null", "is not null":
		return "(" + args[0] + " " + strings.ToUpper(e.Fn) + ")"
	case "in", "not in":
		return "(" + args[0] + " " + strings.ToUpper(e.Fn) + " (" + strings.Join(args[1:], ", ") + "))"
	case "between":
		return "(" + args[0] + " BETWEEN " + args[1] + " AND " + args[2] + ")"
	case "try":
		return args[0]
	}
	return e.Fn + "(" + strings.Join(args, ", ") + ")"
}

// divisor makes a division by zero NULL; DuckDB gives infinity, which would spoil every sum above it.
func divisor(e *plan.Expr, sql string) string {
	if l, ok := e.Constant(); ok && plan.Nonzero(l) {
		return sql
	}
	if e.Fn == "nullif" && e.Args[1].Zero() {
		return sql
	}
	return "nullif(" + sql + ", 0)"
}

func literalSQL(l plan.Literal) string {
	switch l.Type.Kind {
	case plan.KindNull:
		return "NULL"
	case plan.KindText:
		return quoteText(l.Text)
	case plan.KindDate:
		return "DATE " + quoteText(l.Text)
	case plan.KindTimestamp:
		return "TIMESTAMP " + quoteText(l.Text)
	case plan.KindInterval:
		n, unit, _ := strings.Cut(l.Text, " ")
		return fmt.Sprintf("INTERVAL (%s) %s", n, strings.ToUpper(unit))
	case plan.KindBool:
		return strings.ToUpper(l.Text)
	}
	return l.Text
}

func typeSQL(t plan.Type) string {
	switch t.Kind {
	case plan.KindBool:
		return "BOOLEAN"
	case plan.KindInt:
		if t == plan.Days {
			return "INTEGER"
		}
		return "BIGINT"
	case plan.KindDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Width, t.Scale)
	case plan.KindDouble:
		return "DOUBLE"
	case plan.KindDate:
		return "DATE"
	case plan.KindTimestamp:
		return "TIMESTAMP"
	}
	return "VARCHAR"
}
