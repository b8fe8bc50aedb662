package query

import (
	"fmt"
	"slices"
	"strings"
)

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// sql writes an expression over rows, or over keys and aggregates as columns k1… and v1… of a grouped relation r.
func (e *expr) sql(aggs []*aggregate) string { return emitter{aggs: aggs}.expr(e, false) }

// emitter writes expressions. With canonical set, those that are the same but for the order of their parts are written
// alike; with readable set, columns are written with their names, for people.
type emitter struct {
	aggs                []*aggregate
	canonical, readable bool
}

func (m emitter) expr(e *expr, tried bool) string {
	switch e.op {
	case opColumn:
		if m.readable {
			return e.col.name
		}
		return e.col.refSQL()
	case opKey:
		return fmt.Sprintf("r.k%d", e.key+1)
	case opAgg:
		return fmt.Sprintf("r.v%d", slices.Index(m.aggs, e.agg)+1)
	case opConst:
		return e.lit.sql()
	case opCast:
		return fmt.Sprintf("TRY_CAST(%s AS %s)", m.expr(e.args[0], tried), e.typ.sql())
	case opCase:
		return m.caseSQL(e)
	case opWindow:
		return e.windowSQL(func(a *expr) string { return m.expr(a, false) }, nil)
	}
	if e.canFail() && !tried && !m.readable {
		return "TRY(" + m.callSQL(e, true) + ")"
	}
	return m.callSQL(e, tried && e.canFail())
}

// canFail reports whether evaluating the call itself can fail on some values of its arguments.
func (e *expr) canFail() bool {
	switch e.fn {
	case "+", "-", "*":
		return e.typ.kind != kDouble
	case "abs":
		return e.typ.kind == kInt
	case "round", "floor", "ceil", "trunc":
		return e.typ.kind == kDecimal
	case "date_part":
		return !slices.Contains(safeParts, e.args[0].lit.text)
	}
	return functions[e.fn].fails
}

// safeParts are the parts that every date has; the calendar of ISO weeks ends before that of dates.
var safeParts = []string{"year", "quarter", "month", "day", "hour", "minute", "second", "decade", "century", "dayofyear", "doy", "dayofweek", "dow", "isodow"}

func (m emitter) caseSQL(e *expr) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(e.args); i += 2 {
		fmt.Fprintf(&b, " WHEN %s THEN %s", m.expr(e.args[i], false), m.expr(e.args[i+1], false))
	}
	fmt.Fprintf(&b, " ELSE %s END", m.expr(e.args[len(e.args)-1], false))
	return b.String()
}

var infix = map[string]string{"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "is distinct from": "IS DISTINCT FROM",
	"is not distinct from": "IS NOT DISTINCT FROM", "and": "AND", "or": "OR", "+": "+", "-": "-", "*": "*", "//": "//", "%": "%", "||": "||",
	"like": "LIKE", "not like": "NOT LIKE", "ilike": "ILIKE", "not ilike": "NOT ILIKE"}

func (m emitter) callSQL(e *expr, tried bool) string {
	args := make([]string, len(e.args))
	for i, a := range e.args {
		args[i] = m.expr(a, tried)
	}
	if m.canonical {
		if s, ok := commuted(e.fn, args); ok {
			return s
		}
	}
	if op := infix[e.fn]; op != "" && len(args) > 1 {
		return "(" + strings.Join(args, " "+op+" ") + ")"
	}
	switch e.fn {
	case "-", "+":
		return "(" + e.fn + args[0] + ")"
	case "/":
		return "(" + args[0] + " / " + divisor(e.args[1], args[1]) + ")"
	case "not":
		return "(NOT " + args[0] + ")"
	case "is null", "is not null":
		return "(" + args[0] + " " + strings.ToUpper(e.fn) + ")"
	case "in", "not in":
		return "(" + args[0] + " " + strings.ToUpper(e.fn) + " (" + strings.Join(args[1:], ", ") + "))"
	case "between":
		return "(" + args[0] + " BETWEEN " + args[1] + " AND " + args[2] + ")"
	case "try":
		return args[0]
	}
	return e.fn + "(" + strings.Join(args, ", ") + ")"
}

// divisor makes a division by zero NULL; DuckDB gives infinity, which would spoil every sum above it.
func divisor(e *expr, sql string) string {
	if l, ok := e.constant(); ok && nonzero(l) {
		return sql
	}
	if e.fn == "nullif" && e.args[1].zero() {
		return sql
	}
	return "nullif(" + sql + ", 0)"
}

func nonzero(l literal) bool {
	digits, _, _ := strings.Cut(l.text, "e")
	return strings.ContainsAny(digits, "123456789")
}

func (l literal) sql() string {
	switch l.typ.kind {
	case kNull:
		return "NULL"
	case kText:
		return quoteText(l.text)
	case kDate:
		return "DATE " + quoteText(l.text)
	case kTimestamp:
		return "TIMESTAMP " + quoteText(l.text)
	case kInterval:
		n, unit, _ := strings.Cut(l.text, " ")
		return fmt.Sprintf("INTERVAL (%s) %s", n, strings.ToUpper(unit))
	case kBool:
		return strings.ToUpper(l.text)
	}
	return l.text
}

func (t sqlType) sql() string {
	switch t.kind {
	case kBool:
		return "BOOLEAN"
	case kInt:
		if t == tDays {
			return "INTEGER"
		}
		return "BIGINT"
	case kDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.width, t.scale)
	case kDouble:
		return "DOUBLE"
	case kDate:
		return "DATE"
	case kTimestamp:
		return "TIMESTAMP"
	}
	return "VARCHAR"
}

// readable writes an expression with the names that columns have in the text, without the parentheses around all of it.
func (e *expr) readable() string {
	s := emitter{readable: true}.expr(e, false)
	if strings.HasPrefix(s, "(") { // operators are written inside parentheses, and nothing else begins with one
		s = s[1 : len(s)-1]
	}
	return s
}
