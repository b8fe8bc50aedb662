package decode

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

var windowNames = map[string]string{"count_star": "count", "rank_dense": "dense_rank", "first": "first_value",
	"last": "last_value", "mean": "avg"}

// window decodes a function OVER a window.
func (d *decoder) window(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "function_name", "schema", "catalog", "children",
		"partitions", "orders",
		"start", "end", "start_expr", "end_expr", "offset_expr", "default_expr", "ignore_nulls", "filter_expr",
		"exclude_clause", "distinct", "arg_orders")
	w := ast.Window{At: pos, Name: reason.Fold(str(o, "function_name"))}
	if as := windowNames[w.Name]; as != "" {
		w.Name = as
	}
	for _, a := range list(o, "children") {
		w.Args = append(w.Args, d.expr(a))
	}
	for _, name := range []string{"offset_expr", "default_expr"} {
		if o[name] != nil {
			w.Args = append(w.Args, d.expr(o[name]))
		}
	}
	for _, p := range list(o, "partitions") {
		w.Partition = append(w.Partition, d.expr(p))
	}
	q := &ast.Select{}
	d.order(object{"type": "ORDER_MODIFIER", "orders": list(o, "orders")}, q)
	w.Order = q.Order
	frame, ok := d.frame(o)
	w.Frame = frame
	if _, listed := plan.WindowFunctions[w.Name]; !listed || !ok || isSet(o, "ignore_nulls") || isSet(o, "distinct") ||
		o["filter_expr"] != nil ||
		len(list(o, "arg_orders")) > 0 || str(o, "exclude_clause") != "NO_OTHER" || str(o, "schema") != "" {
		d.AddFix("clause.window", int(pos),
			yumen.Say("this window function, or its frame, is not on the allow-list", "此窗口函数或其窗口框架不在允许清单内"),
			yumen.Say("over the answer of a GROUP BY use rank, row_number, ntile, lag, lead, first_value, last_value, sum, avg, count, min or max, with ROWS frames of constants",
				"可对 GROUP BY 的结果使用 rank、row_number、ntile、lag、lead、first_value、last_value、sum、avg、count、min、max，窗口框架用常数 ROWS"))
		return ast.Bad{At: pos}
	}
	return w
}

// firsts writes SELECT DISTINCT ON (x) … ORDER BY x, y as the first row of each x in that order.
func firsts(q *ast.Select) *ast.Select {
	if len(q.Firsts) == 0 {
		return q
	}
	q.Distinct = false
	item := func(v ast.Expr) ast.Expr {
		if c, ok := v.(ast.Const); ok && c.Lit.Type == plan.Int {
			for i, item := range q.Items {
				if _, star := item.Expr.(ast.Star); !star && c.Lit.Text == strconv.Itoa(i+1) {
					return item.Expr
				}
			}
		}
		return v
	}
	w := ast.Window{At: ast.At(q.Firsts[0].Pos()), Name: "row_number"}
	for _, v := range q.Firsts {
		w.Partition = append(w.Partition, item(v))
	}
	for _, o := range q.Order {
		w.Order = append(w.Order, ast.Order{Expr: item(o.Expr), Descending: o.Descending, NullsFirst: o.NullsFirst})
	}
	first := ast.Expr(ast.Call{At: w.At, Name: "#=",
		Args: []ast.Expr{w, ast.Const{At: w.At, Lit: plan.Literal{Type: plan.Int, Text: "1"}}}})
	if q.Qualify != nil { // which comes first: the first row is one of those that it leaves
		first = ast.Bad{At: w.At}
	}
	q.Qualify = first
	return q
}

// distinctWindows writes SELECT DISTINCT of columns and window functions of columns as a SELECT DISTINCT over the
// subquery that gives them: DISTINCT comes last.
func distinctWindows(q *ast.Select) *ast.Select {
	windows := 0
	for _, item := range q.Items {
		switch e := item.Expr.(type) {
		case ast.Column:
		case ast.Window:
			if slices.ContainsFunc(e.Args, func(a ast.Expr) bool { _, is := a.(ast.Column); return !is }) {
				return q
			}
			windows++
		default:
			return q
		}
	}
	if windows == 0 || !q.Distinct || q.Grouped || q.GroupAll || q.Having != nil || len(q.Order) > 0 {
		return q
	}
	inner, at := *q, ast.At(q.Items[0].Expr.Pos())
	inner.Distinct, inner.CTEs, inner.Limit, inner.Offset, inner.LimitAt = false, nil, nil, nil, -1
	return &ast.Select{CTEs: q.CTEs, Items: []ast.Item{{Expr: ast.Star{At: at}}},
		From: ast.Derived{At: at, Query: &inner}, Distinct: true, Broken: q.Broken,
		Limit: q.Limit, Offset: q.Offset, LimitAt: q.LimitAt}
}

// frameEnds are the ends of frames that depend on nothing but the order of rows.
var frameEnds = map[string]string{"UNBOUNDED_PRECEDING": "UNBOUNDED PRECEDING",
	"UNBOUNDED_FOLLOWING": "UNBOUNDED FOLLOWING",
	"CURRENT_ROW_RANGE":   "CURRENT ROW", "CURRENT_ROW_ROWS": "CURRENT ROW", "EXPR_PRECEDING_ROWS": "PRECEDING",
	"EXPR_FOLLOWING_ROWS": "FOLLOWING"}

// frame writes the frame of a window; "" is the default, which ends with the current row and those equal to it.
func (d *decoder) frame(o object) (string, bool) {
	start, end := str(o, "start"), str(o, "end")
	if start == "UNBOUNDED_PRECEDING" && end == "CURRENT_ROW_RANGE" {
		return "", true
	}
	one := func(kind string, n any) (string, bool) {
		text, ok := frameEnds[kind]
		if !strings.HasPrefix(kind, "EXPR") {
			return text, ok && n == nil
		}
		c, isConst := d.expr(n).(ast.Const)
		if !ok || !isConst || c.Lit.Type != plan.Int || strings.HasPrefix(c.Lit.Text, "-") || len(c.Lit.Text) > 6 {
			return "", false
		}
		return c.Lit.Text + " " + text, true
	}
	from, ok1 := one(start, o["start_expr"])
	to, ok2 := one(end, o["end_expr"])
	unit := "ROWS"
	if !strings.HasSuffix(start, "_ROWS") && !strings.HasSuffix(end, "_ROWS") {
		unit = "RANGE"
	}
	return unit + " BETWEEN " + from + " AND " + to, ok1 && ok2
}
