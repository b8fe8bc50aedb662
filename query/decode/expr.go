package decode

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

func (d *decoder) optional(v any) ast.Expr {
	if v == nil {
		return nil
	}
	return d.expr(v)
}

var comparisons = map[string]string{
	"COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHAN": ">",
	"COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">=",
	"COMPARE_DISTINCT_FROM": "is distinct from", "COMPARE_NOT_DISTINCT_FROM": "is not distinct from",
}

var operators = map[string]string{
	"COMPARE_IN": "in", "COMPARE_NOT_IN": "not in", "OPERATOR_IS_NULL": "is null",
	"OPERATOR_IS_NOT_NULL": "is not null",
	"OPERATOR_NOT":         "not", "OPERATOR_COALESCE": "coalesce", "OPERATOR_TRY": "try",
	"GROUPING_FUNCTION": "grouping",
}

// expr decodes an expression. What is refused becomes an Bad; its parts are decoded all the same, to find all reasons.
func (d *decoder) expr(v any) ast.Expr {
	defer d.leave()
	o, _ := v.(object)
	pos := ast.At(d.firstPlace(o))
	if !d.enter(int(pos)) {
		return ast.Bad{At: pos}
	}
	switch str(o, "class") {
	case "COLUMN_REF":
		d.known(o, int(pos), "class", "type", "alias", "query_location", "column_names")
		return ast.Column{At: pos, Names: stringsOf(o, "column_names")}
	case "CONSTANT":
		return d.constant(o, pos)
	case "FUNCTION":
		return d.function(o, pos)
	case "COMPARISON":
		name, ok := comparisons[str(o, "type")]
		return d.operator(ok, name, pos, o, o["left"], o["right"])
	case "CONJUNCTION":
		name := reason.Fold(strings.TrimPrefix(str(o, "type"), "CONJUNCTION_"))
		return d.operator(name == "and" || name == "or", name, pos, o, list(o, "children")...)
	case "BETWEEN":
		return d.operator(str(o, "type") == "COMPARE_BETWEEN", "between", pos, o, o["input"], o["lower"], o["upper"])
	case "OPERATOR":
		name, ok := operators[str(o, "type")]
		return d.operator(ok, name, pos, o, list(o, "children")...)
	case "CASE":
		return d.caseExpr(o, pos)
	case "CAST":
		return d.cast(o, pos)
	case "STAR":
		return d.star(o, pos)
	}
	return d.refusedExpr(o, pos)
}

func (d *decoder) operator(ok bool, name string, pos ast.At, o object, args ...any) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "left", "right", "children", "input", "lower",
		"upper")
	c := ast.Call{At: pos, Name: "#" + name}
	for _, a := range args {
		c.Args = append(c.Args, d.expr(a))
	}
	if !ok {
		d.refuseNested(str(o, "type"), int(pos))
		return ast.Bad{At: pos}
	}
	if e := tuples(c); e != nil {
		return e
	}
	// DuckDB puts an operator's place at its sign; people look for its beginning.
	for _, a := range c.Args {
		if p := a.Pos(); p >= 0 && (c.At < 0 || p < int(c.At)) {
			c.At = ast.At(p)
		}
	}
	return c
}

// tuples writes (a, b) IN ((1, 2), (3, 4)) and (a, b) = (1, 2) with AND and OR; nil for anything else.
func tuples(c ast.Call) ast.Expr {
	if !slices.Contains([]string{"#in", "#not in", "#=", "#<>"}, c.Name) || len(c.Args) == 0 {
		return nil
	}
	left, ok := c.Args[0].(ast.Call)
	if !ok || left.Name != "row" {
		return nil
	}
	any := ast.Call{At: left.At, Name: "#or"}
	for _, v := range c.Args[1:] {
		right, ok := v.(ast.Call)
		if !ok || right.Name != "row" || len(right.Args) != len(left.Args) {
			return nil
		}
		all := ast.Call{At: left.At, Name: "#and"}
		for i, a := range left.Args {
			all.Args = append(all.Args, ast.Call{At: left.At, Name: "#=", Args: []ast.Expr{a, right.Args[i]}})
		}
		any.Args = append(any.Args, all)
	}
	var e ast.Expr = any
	if len(any.Args) == 1 {
		e = any.Args[0]
	}
	if c.Name == "#not in" || c.Name == "#<>" {
		e = ast.Call{At: left.At, Name: "#not", Args: []ast.Expr{e}}
	}
	return e
}

func (d *decoder) refuseNested(kind string, pos int) {
	switch kind {
	case "ARRAY_EXTRACT", "ARRAY_SLICE", "STRUCT_EXTRACT", "STRUCT_PACK", "OPERATOR_UNPACK", "ARRAY_CONSTRUCTOR":
		d.AddFix("expression.nested", pos,
			yumen.Say("lists, structs and subscripts are refused: they carry several values in one cell",
				"不允许列表、结构和下标：它们在一个单元格中携带多个值"),
			yumen.Say("for a part of a text use substr(x, from, length)", "取文本的一部分请用 substr(x, 起点, 长度)"))
	default:
		d.Add("tree.node", pos, yumen.Say("this operator is not on the allow-list", "此运算符不在允许清单内"))
	}
}

func (d *decoder) constant(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "value")
	lit, ok := literalOf(sub(o, "value"))
	if !ok {
		d.Add("type.constant", int(pos),
			yumen.Say("this constant has a type or size that is not on the allow-list", "此常量的类型或大小不在允许清单内"))
		return ast.Bad{At: pos}
	}
	return ast.Const{At: pos, Lit: lit}
}

func literalOf(v object) (plan.Literal, bool) {
	if isSet(v, "is_null") {
		return plan.Literal{Type: plan.Null}, true
	}
	t := sub(v, "type")
	number, isNumber := v["value"].(json.Number)
	switch id := str(t, "id"); id {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		_, err := number.Int64()
		return plan.Literal{Type: plan.Int, Text: number.String()}, isNumber && err == nil
	case "DECIMAL":
		return decimalLiteral(sub(t, "type_info"), v["value"])
	case "DOUBLE":
		f, err := number.Float64()
		return plan.Literal{Type: plan.Double, Text: plan.FormatDouble(f)}, isNumber && err == nil
	case "BOOLEAN":
		b, ok := v["value"].(bool)
		return plan.Literal{Type: plan.Bool, Text: map[bool]string{true: "true", false: "false"}[b]}, ok
	case "VARCHAR":
		s, ok := v["value"].(string)
		return plan.Literal{Type: plan.Text, Text: s}, ok && !strings.ContainsFunc(s, reason.Unwritable)
	}
	return plan.Literal{}, false
}

func decimalLiteral(info object, value any) (plan.Literal, bool) {
	w, err1 := num(info, "width")
	s, err2 := num(info, "scale")
	n, ok := bigInt(value)
	if err1 != nil || err2 != nil || !ok || w < 1 || w > 38 || s < 0 || s > w {
		return plan.Literal{}, false
	}
	return plan.Literal{Type: plan.Decimal(w, s), Text: unscaled(n, s)}, true
}

// unscaled writes n with its last s digits behind the point.
func unscaled(n *big.Int, s int) string {
	digits := new(big.Int).Abs(n).String()
	if missing := s + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	text := digits
	if s > 0 {
		text = digits[:len(digits)-s] + "." + digits[len(digits)-s:]
	}
	if n.Sign() < 0 {
		text = "-" + text
	}
	return text
}

// bigInt reads a number, or the two halves that DuckDB writes one of 128 bits as.
func bigInt(v any) (*big.Int, bool) {
	if halves, ok := v.(object); ok {
		upper, ok1 := bigInt(halves["upper"])
		lower, ok2 := bigInt(halves["lower"])
		if !ok1 || !ok2 {
			return nil, false
		}
		return upper.Lsh(upper, 64).Add(upper, lower), true
	}
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Int).SetString(n.String(), 10)
}

func num(o object, field string) (int, error) {
	n, _ := o[field].(json.Number)
	i, err := n.Int64()
	return int(i), err
}

func (d *decoder) function(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "function_name", "schema", "children", "filter",
		"order_bys", "distinct",
		"is_operator", "export_state", "catalog")
	c := ast.Call{At: pos, Name: reason.Fold(str(o, "function_name")), Distinct: isSet(o, "distinct")}
	for _, a := range list(o, "children") {
		c.Args = append(c.Args, d.expr(a))
	}
	c.Filter = d.optional(o["filter"])
	if s := str(o, "schema"); s != "" && s != "main" || str(o, "catalog") != "" {
		d.AddFix("function.schema", int(pos),
			yumen.Say("a function is named without a schema, and called as f(x), not x.f()",
				"函数不带 schema 名，并写作 f(x) 而非 x.f()"), yumen.Say("write f(x)", "请写 f(x)"))
		return ast.Bad{At: pos}
	}
	if order := list(sub(o, "order_bys"), "orders"); (c.Name == "quantile_cont" || c.Name == "quantile_disc") &&
		len(c.Args) == 1 && len(order) == 1 {
		d.withinGroup(&c, order[0])
	} else if plan.UnitAggregates[c.Name] != "" {
		q := &ast.Select{}
		d.order(object{"type": "ORDER_MODIFIER", "orders": order}, q)
		c.Order = q.Order
	} else if len(order) > 0 {
		d.AddFix("expression.ordered-aggregate", int(pos),
			yumen.Say("ORDER BY inside an aggregate is refused: it matters only to functions that return single rows' values", "不允许聚合内的 ORDER BY：只有返回单行值的函数才需要它"),
			yumen.Say("leave it out", "请去掉"))
	}
	if isSet(o, "is_operator") {
		for _, a := range c.Args {
			if p := a.Pos(); p >= 0 && p < int(c.At) {
				c.At = ast.At(p)
			}
		}
	}
	return c
}

// withinGroup reads PERCENTILE_CONT(q) WITHIN GROUP (ORDER BY x) as quantile_cont(x, q), and PERCENTILE_DISC likewise.
func (d *decoder) withinGroup(c *ast.Call, order any) {
	o, _ := order.(object)
	d.known(o, int(c.At), "type", "null_order", "expression")
	q := c.Args[0]
	if l, ok := q.(ast.Const); ok && str(o, "type") == "DESCENDING" {
		if v, ok := l.Lit.Value(); ok {
			down, _ := new(big.Rat).Sub(big.NewRat(1, 1), v).Float64()
			q = ast.Const{At: l.At, Lit: plan.Literal{Type: plan.Double, Text: plan.FormatDouble(down)}}
		}
	}
	c.Args = []ast.Expr{d.expr(o["expression"]), q}
}

func (d *decoder) caseExpr(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "case_checks", "else_expr")
	c := ast.Case{At: pos}
	for _, v := range list(o, "case_checks") {
		check, _ := v.(object)
		c.Whens = append(c.Whens, d.expr(check["when_expr"]))
		c.Thens = append(c.Thens, d.expr(check["then_expr"]))
	}
	if c.Otherwise = d.optional(o["else_expr"]); c.Otherwise == nil {
		c.Otherwise = ast.Const{At: pos, Lit: plan.Literal{Type: plan.Null}}
	}
	return c
}

func (d *decoder) cast(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "child", "cast_type", "try_cast")
	arg := d.expr(o["child"])
	to, ok := castType(sub(o, "cast_type"))
	if !ok {
		d.AddFix("type.cast", int(pos), yumen.Say("a cast to this type is not on the allow-list", "不允许转换为此类型"),
			yumen.Say("cast to boolean, bigint, double, decimal(p,s), date, timestamp or varchar",
				"可转换为 boolean、bigint、double、decimal(p,s)、date、timestamp 或 varchar"))
		return ast.Bad{At: pos}
	}
	if p := arg.Pos(); p >= 0 && p < int(pos) {
		pos = ast.At(p)
	}
	return ast.Cast{At: pos, Arg: arg, To: to}
}

func castType(t object) (plan.Type, bool) {
	id := str(t, "id")
	if id == "DECIMAL" {
		info := sub(t, "type_info")
		w, err1 := num(info, "width")
		s, err2 := num(info, "scale")
		return plan.Decimal(w, s), err1 == nil && err2 == nil && w >= 1 && w <= 38 && s >= 0 && s <= w
	}
	to, ok := plan.CastTypes[id]
	return to, ok
}

func (d *decoder) star(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "relation_name", "exclude_list", "replace_list",
		"columns", "expr",
		"qualified_exclude_list", "rename_list")
	if isSet(o, "columns") && o["expr"] == nil {
		return ast.Star{At: pos, All: true}
	}
	if isSet(o, "columns") || o["expr"] != nil {
		d.AddFix("expression.columns", int(pos),
			yumen.Say("COLUMNS(…) is refused: which columns it means is decided by text at run time",
				"不允许 COLUMNS(…)：其含义在运行时由文本决定"),
			yumen.Say("name the columns", "请逐一写出列名"))
		return ast.Bad{At: pos}
	}
	s := ast.Star{At: pos, Relation: str(o, "relation_name"), Replace: map[string]ast.Expr{},
		Rename: map[string]string{}}
	for _, name := range stringsOf(o, "exclude_list") {
		s.Exclude = append(s.Exclude, ast.Name{Column: name})
	}
	for _, v := range list(o, "qualified_exclude_list") {
		q, _ := v.(object)
		s.Exclude = append(s.Exclude, ast.Name{Table: str(q, "table"), Column: str(q, "column")})
	}
	for _, v := range list(o, "replace_list") {
		r, _ := v.(object)
		s.Replace[reason.Fold(str(r, "key"))] = d.expr(r["value"])
	}
	for _, v := range list(o, "rename_list") {
		r, _ := v.(object)
		s.Rename[reason.Fold(str(sub(r, "key"), "column"))] = str(r, "value")
	}
	return s
}

func (d *decoder) refusedExpr(o object, pos ast.At) ast.Expr {
	switch str(o, "class") {
	case "WINDOW":
		return d.window(o, pos)
	case "SUBQUERY":
		return d.subqueryExpr(o, pos)
	case "LAMBDA":
		d.Add("expression.lambda", int(pos),
			yumen.Say("lambda functions are refused: they work on lists, which carry several values in one cell",
				"不允许 lambda：它作用于列表，而列表在一个单元格中携带多个值"))
	case "PARAMETER":
		return d.parameter(o, pos)
	case "POSITIONAL_REFERENCE":
		d.AddFix("expression.positional", int(pos), yumen.Say("#n is refused", "不允许 #n"),
			yumen.Say("name the column", "请写出列名"))
	case "COLLATE":
		d.Add("expression.collate", int(pos),
			yumen.Say("COLLATE is refused: text is compared by its bytes", "不允许 COLLATE：文本按字节比较"))
		d.expr(o["child"])
	default:
		d.Add("tree.node", int(pos), yumen.Say("this kind of expression is not on the allow-list", "此类表达式不在允许清单内"))
	}
	return ast.Bad{At: pos}
}

// subqueryExpr decodes a subquery in an expression.
func (d *decoder) subqueryExpr(o object, pos ast.At) ast.Expr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "subquery_type", "subquery", "child",
		"comparison_type")
	s := ast.Subquery{At: pos, Query: d.subquery(o["subquery"]), Child: d.optional(o["child"])}
	switch kind := str(o, "subquery_type"); {
	case kind == "EXISTS" && s.Child == nil,
		kind == "ANY" && s.Child != nil && str(o, "comparison_type") == "COMPARE_EQUAL":
		return s
	case kind == "SCALAR" && s.Child == nil:
		return ast.Scalar{At: pos, Query: s.Query}
	}
	d.RefuseSubquery(int(pos))
	return ast.Bad{At: pos}
}
