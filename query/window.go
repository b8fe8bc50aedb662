package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// Window functions run over the answer: its rows are groups, and what they rank, add up or put side by side are protected
// figures. Over the rows of datasets they would put other people's values beside a row, and are refused.

// astWindow is a function OVER a window. Frame is written as the engine reads it.
type astWindow struct {
	at
	name      string
	args      []astExpr
	partition []astExpr
	order     []astOrder
	frame     string
}

// window is what an opWindow is beside its arguments, which are those of the function, then the partition, then the order.
type window struct {
	fn         string
	args       int
	partition  int
	directions []string
	frame      string
	ties       []*expr // of a unit's rows: columns that tell rows at one place apart
}

// windowFunctions are the functions OVER a window, by name: how many arguments they take at most, and whether ties matter to
// them, which are then broken by the group keys.
var windowFunctions = map[string]struct {
	most int
	ties bool
}{
	"rank": {0, false}, "dense_rank": {0, false}, "percent_rank": {0, false}, "cume_dist": {0, false},
	"row_number": {0, true}, "ntile": {1, true}, "lag": {3, true}, "lead": {3, true}, "first_value": {1, true}, "last_value": {1, true},
	"nth_value": {2, true}, "sum": {1, false}, "avg": {1, false}, "count": {1, false}, "min": {1, false}, "max": {1, false},
}

var windowNames = map[string]string{"count_star": "count", "rank_dense": "dense_rank", "first": "first_value", "last": "last_value", "mean": "avg"}

// window decodes a function OVER a window.
func (d *decoder) window(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "function_name", "schema", "catalog", "children", "partitions", "orders",
		"start", "end", "start_expr", "end_expr", "offset_expr", "default_expr", "ignore_nulls", "filter_expr", "exclude_clause", "distinct", "arg_orders")
	w := astWindow{at: pos, name: fold(str(o, "function_name"))}
	if as := windowNames[w.name]; as != "" {
		w.name = as
	}
	for _, a := range list(o, "children") {
		w.args = append(w.args, d.expr(a))
	}
	for _, name := range []string{"offset_expr", "default_expr"} {
		if o[name] != nil {
			w.args = append(w.args, d.expr(o[name]))
		}
	}
	for _, p := range list(o, "partitions") {
		w.partition = append(w.partition, d.expr(p))
	}
	q := &astSelect{}
	d.order(object{"type": "ORDER_MODIFIER", "orders": list(o, "orders")}, q)
	w.order = q.order
	frame, ok := d.frame(o)
	w.frame = frame
	if _, listed := windowFunctions[w.name]; !listed || !ok || isSet(o, "ignore_nulls") || isSet(o, "distinct") || o["filter_expr"] != nil ||
		len(list(o, "arg_orders")) > 0 || str(o, "exclude_clause") != "NO_OTHER" || str(o, "schema") != "" {
		d.addFix("clause.window", int(pos), yumen.Say("this window function, or its frame, is not on the allow-list", "此窗口函数或其窗口框架不在允许清单内"),
			yumen.Say("over the answer of a GROUP BY use rank, row_number, ntile, lag, lead, first_value, last_value, sum, avg, count, min or max, with ROWS frames of constants",
				"可对 GROUP BY 的结果使用 rank、row_number、ntile、lag、lead、first_value、last_value、sum、avg、count、min、max，窗口框架用常数 ROWS"))
		return astBad{pos}
	}
	return w
}

// frameEnds are the ends of frames that depend on nothing but the order of rows.
var frameEnds = map[string]string{"UNBOUNDED_PRECEDING": "UNBOUNDED PRECEDING", "UNBOUNDED_FOLLOWING": "UNBOUNDED FOLLOWING",
	"CURRENT_ROW_RANGE": "CURRENT ROW", "CURRENT_ROW_ROWS": "CURRENT ROW", "EXPR_PRECEDING_ROWS": "PRECEDING", "EXPR_FOLLOWING_ROWS": "FOLLOWING"}

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
		c, isConst := d.expr(n).(astConst)
		if !ok || !isConst || c.lit.typ != tInt || strings.HasPrefix(c.lit.text, "-") || len(c.lit.text) > 6 {
			return "", false
		}
		return c.lit.text + " " + text, true
	}
	from, ok1 := one(start, o["start_expr"])
	to, ok2 := one(end, o["end_expr"])
	unit := "ROWS"
	if !strings.HasSuffix(start, "_ROWS") && !strings.HasSuffix(end, "_ROWS") {
		unit = "RANGE"
	}
	return unit + " BETWEEN " + from + " AND " + to, ok1 && ok2
}

// window binds a function OVER a window.
func (x *binder) window(v astWindow, c clause) *expr {
	if !c.windows {
		x.refuseWindow(v.pos())
		return bad(v.pos())
	}
	c.windows, c.bare = false, false
	w := &window{fn: v.name, args: len(v.args), partition: len(v.partition), frame: v.frame}
	e := &expr{op: opWindow, win: w, at: v.pos(), fn: v.name}
	for _, a := range slices.Concat(v.args, v.partition) {
		e.args = append(e.args, x.expr(a, c))
	}
	for _, o := range v.order {
		e.args = append(e.args, x.expr(o.expr, c))
		w.directions = append(w.directions, ordering{descending: o.descending, nullsFirst: o.nullsFirst}.direction())
	}
	if slices.ContainsFunc(e.args, func(a *expr) bool { return a.typ.kind == kBad }) {
		return bad(v.pos())
	}
	if !x.windowType(e) {
		x.add("function.arguments", v.pos(), yumen.Say("wrong number or kind of arguments of %s", "%s 的参数个数或类型有误", v.name))
		return bad(v.pos())
	}
	return e
}

// windowType settles the type of a window function and whether its arguments fit.
func (x *binder) windowType(e *expr) bool {
	args := e.args[:e.win.args]
	least := map[string]int{"count": 0}
	n, given := least[e.fn]
	if !given {
		n = min(1, windowFunctions[e.fn].most)
	}
	if e.fn == "nth_value" {
		n = 2
	}
	if len(args) < n || len(args) > windowFunctions[e.fn].most {
		return false
	}
	number := len(args) == 0 || args[0].typ.numeric()
	whole := func(i int) bool { return len(args) <= i || args[i].op == opConst && args[i].typ == tInt }
	switch e.fn {
	case "rank", "dense_rank", "row_number", "count":
		e.typ = tInt
		return true
	case "percent_rank", "cume_dist":
		e.typ = tDouble
		return true
	case "ntile":
		e.typ = tInt
		return whole(0)
	case "sum":
		e.typ = sumType(args[0].typ)
		return number
	case "avg":
		e.typ = tDouble
		return number
	}
	e.typ = args[0].typ
	same := len(args) < 3 || args[2].typ == e.typ || args[2].op == opConst && args[2].typ.numeric() == e.typ.numeric()
	return whole(1) && same
}

func (r *reasons) refuseWindow(pos int) {
	r.addFix("clause.window", pos, yumen.Say("a window function runs over the answer of a GROUP BY: over single rows it would put other people's values beside a row", "窗口函数只能作用于 GROUP BY 的结果：作用于单行会把他人的值放在一行旁边"),
		yumen.Say("group first: SELECT *, rank() OVER (ORDER BY n DESC) FROM (SELECT k, count(*) AS n FROM t GROUP BY k)", "请先分组：SELECT *, rank() OVER (ORDER BY n DESC) FROM (SELECT k, count(*) AS n FROM t GROUP BY k)"))
}

// windows lists the window functions in what comes out of a block, each once.
func (b *block) windows() (out []*expr) {
	look := func(e *expr) bool {
		if e.op != opWindow {
			return true
		}
		if !slices.ContainsFunc(out, func(known *expr) bool { return sameExpr(known, e) }) {
			out = append(out, e)
		}
		return false
	}
	for _, o := range b.outs {
		o.expr.walk(look)
	}
	b.qualify.walk(look)
	for _, o := range b.order {
		o.expr.walk(look)
	}
	return out
}

// windowed reports whether e is computed by a window function.
func (e *expr) windowed() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opWindow
		return !found
	})
	return found
}

// overSQL writes the window function over the table of cells. Ties that matter are broken by the group keys.
func (p posting) overSQL(e *expr) string {
	var ties []string
	if windowFunctions[e.fn].ties || strings.HasPrefix(e.win.frame, "ROWS") {
		for _, k := range p.keys {
			ties = append(ties, k.sql(nil)+" ASC NULLS LAST")
		}
	}
	return e.windowSQL(p.stated, ties)
}

// windowSQL writes a window function, its arguments by write, with more to order by at the end.
func (e *expr) windowSQL(write func(*expr) string, more []string) string {
	over := make([]string, len(e.args))
	for i, a := range e.args {
		over[i] = write(a)
	}
	w := e.win
	call := w.fn + "(" + strings.Join(over[:w.args], ", ") + ")"
	if w.fn == "count" && w.args == 0 {
		call = "count(*)"
	}
	var in []string
	partition := over[w.args : w.args+w.partition]
	if len(partition) > 0 {
		in = append(in, "PARTITION BY "+strings.Join(partition, ", "))
	}
	var order []string
	for i, d := range w.directions {
		order = append(order, over[w.args+w.partition+i]+d)
	}
	for _, t := range w.ties {
		order = append(order, write(t)+" ASC NULLS LAST")
	}
	if order = append(order, more...); len(order) > 0 {
		in = append(in, "ORDER BY "+strings.Join(order, ", "))
	}
	if w.frame != "" {
		in = append(in, w.frame)
	}
	return call + " OVER (" + strings.Join(in, " ") + ")"
}

// suppressedOver writes the condition that a cell is suppressed which some row of the window's partition shows to the function.
func (p posting) suppressedOver(e *expr) string {
	cells := p.suppressed(&expr{op: opCall, args: e.args})
	if cells == "" {
		return "FALSE"
	}
	over := ""
	if n := e.win.partition; n > 0 {
		var parts []string
		for _, a := range e.args[e.win.args : e.win.args+n] {
			parts = append(parts, p.stated(a))
		}
		over = "PARTITION BY " + strings.Join(parts, ", ")
	}
	return "bool_or(" + cells + ") OVER (" + over + ")"
}
