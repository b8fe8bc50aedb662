package query

import (
	"encoding/json"
	"math/big"
	"strings"
	"unicode"

	"github.com/yumen-data/yumen"
)

func (d *decoder) optional(v any) astExpr {
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
	"COMPARE_IN": "in", "COMPARE_NOT_IN": "not in", "OPERATOR_IS_NULL": "is null", "OPERATOR_IS_NOT_NULL": "is not null",
	"OPERATOR_NOT": "not", "OPERATOR_COALESCE": "coalesce", "OPERATOR_TRY": "try",
}

// expr decodes an expression. What is refused becomes an astBad; its parts are decoded all the same, to find all reasons.
func (d *decoder) expr(v any) astExpr {
	defer d.leave()
	o, _ := v.(object)
	pos := at(d.firstPlace(o))
	if !d.enter(int(pos)) {
		return astBad{pos}
	}
	switch str(o, "class") {
	case "COLUMN_REF":
		d.known(o, int(pos), "class", "type", "alias", "query_location", "column_names")
		return astColumn{pos, stringsOf(o, "column_names")}
	case "CONSTANT":
		return d.constant(o, pos)
	case "FUNCTION":
		return d.function(o, pos)
	case "COMPARISON":
		name, ok := comparisons[str(o, "type")]
		return d.operator(ok, name, pos, o, o["left"], o["right"])
	case "CONJUNCTION":
		name := fold(strings.TrimPrefix(str(o, "type"), "CONJUNCTION_"))
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

func (d *decoder) operator(ok bool, name string, pos at, o object, args ...any) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "left", "right", "children", "input", "lower", "upper")
	c := astCall{at: pos, name: "#" + name}
	for _, a := range args {
		c.args = append(c.args, d.expr(a))
	}
	if !ok {
		d.refuseNested(str(o, "type"), int(pos))
		return astBad{pos}
	}
	// DuckDB puts an operator's place at its sign; people look for its beginning.
	for _, a := range c.args {
		if p := a.pos(); p >= 0 && (c.at < 0 || p < int(c.at)) {
			c.at = at(p)
		}
	}
	return c
}

func (d *decoder) refuseNested(kind string, pos int) {
	switch kind {
	case "GROUPING_FUNCTION":
		d.add("clause.grouping-sets", pos, yumen.Say("GROUPING is refused with the grouping sets it describes", "GROUPING 随其描述的分组集一并不允许"))
	case "ARRAY_EXTRACT", "ARRAY_SLICE", "STRUCT_EXTRACT", "STRUCT_PACK", "OPERATOR_UNPACK", "ARRAY_CONSTRUCTOR":
		d.addFix("expression.nested", pos, yumen.Say("lists, structs and subscripts are refused: they carry several values in one cell", "不允许列表、结构和下标：它们在一个单元格中携带多个值"),
			yumen.Say("for a part of a text use substr(x, from, length)", "取文本的一部分请用 substr(x, 起点, 长度)"))
	default:
		d.add("tree.node", pos, yumen.Say("this operator is not on the allow-list", "此运算符不在允许清单内"))
	}
}

func (d *decoder) constant(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "value")
	lit, ok := literalOf(sub(o, "value"))
	if !ok {
		d.add("type.constant", int(pos), yumen.Say("this constant has a type or size that is not on the allow-list", "此常量的类型或大小不在允许清单内"))
		return astBad{pos}
	}
	return astConst{pos, lit}
}

func literalOf(v object) (literal, bool) {
	if isSet(v, "is_null") {
		return literal{typ: tNull}, true
	}
	t := sub(v, "type")
	number, isNumber := v["value"].(json.Number)
	switch id := str(t, "id"); id {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		_, err := number.Int64()
		return literal{tInt, number.String()}, isNumber && err == nil
	case "DECIMAL":
		return decimalLiteral(sub(t, "type_info"), v["value"])
	case "DOUBLE":
		f, err := number.Float64()
		return literal{tDouble, formatDouble(f)}, isNumber && err == nil
	case "BOOLEAN":
		b, ok := v["value"].(bool)
		return literal{tBool, map[bool]string{true: "true", false: "false"}[b]}, ok
	case "VARCHAR":
		s, ok := v["value"].(string)
		return literal{tText, s}, ok && !strings.ContainsFunc(s, unwritable)
	}
	return literal{}, false
}

// unwritable characters do not survive being written into a statement, or hide what stands in one: controls, and those that
// turn the direction of the text around.
func unwritable(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar || r < ' ' && r != '\t' && r != '\n' && r != '\r'
}

func decimalLiteral(info object, unscaled any) (literal, bool) {
	w, err1 := num(info, "width")
	s, err2 := num(info, "scale")
	n, ok := bigInt(unscaled)
	if err1 != nil || err2 != nil || !ok || w < 1 || w > 38 || s < 0 || s > w {
		return literal{}, false
	}
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
	return literal{tDecimal(w, s), text}, true
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

func (d *decoder) function(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "function_name", "schema", "children", "filter", "order_bys", "distinct",
		"is_operator", "export_state", "catalog")
	c := astCall{at: pos, name: fold(str(o, "function_name")), distinct: isSet(o, "distinct")}
	for _, a := range list(o, "children") {
		c.args = append(c.args, d.expr(a))
	}
	c.filter = d.optional(o["filter"])
	if s := str(o, "schema"); s != "" && s != "main" || str(o, "catalog") != "" {
		d.addFix("function.schema", int(pos), yumen.Say("a function is named without a schema, and called as f(x), not x.f()", "函数不带 schema 名，并写作 f(x) 而非 x.f()"), yumen.Say("write f(x)", "请写 f(x)"))
		return astBad{pos}
	}
	if order := list(sub(o, "order_bys"), "orders"); c.name == "quantile_cont" && len(c.args) == 1 && len(order) == 1 {
		d.withinGroup(&c, order[0])
	} else if unitAggregates[c.name] != "" {
		q := &astSelect{}
		d.order(object{"type": "ORDER_MODIFIER", "orders": order}, q)
		c.order = q.order
	} else if len(order) > 0 {
		d.addFix("expression.ordered-aggregate", int(pos), yumen.Say("ORDER BY inside an aggregate is refused: it matters only to functions that return single rows' values", "不允许聚合内的 ORDER BY：只有返回单行值的函数才需要它"),
			yumen.Say("leave it out", "请去掉"))
	}
	if isSet(o, "is_operator") {
		for _, a := range c.args {
			if p := a.pos(); p >= 0 && p < int(c.at) {
				c.at = at(p)
			}
		}
	}
	return c
}

// withinGroup reads PERCENTILE_CONT(q) WITHIN GROUP (ORDER BY x) as quantile_cont(x, q).
func (d *decoder) withinGroup(c *astCall, order any) {
	o, _ := order.(object)
	d.known(o, int(c.at), "type", "null_order", "expression")
	q := c.args[0]
	if l, ok := q.(astConst); ok && str(o, "type") == "DESCENDING" {
		if v, ok := l.lit.value(); ok {
			down, _ := new(big.Rat).Sub(big.NewRat(1, 1), v).Float64()
			q = astConst{l.at, literal{tDouble, formatDouble(down)}}
		}
	}
	c.args = []astExpr{d.expr(o["expression"]), q}
}

func (d *decoder) caseExpr(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "case_checks", "else_expr")
	c := astCase{at: pos}
	for _, v := range list(o, "case_checks") {
		check, _ := v.(object)
		c.whens = append(c.whens, d.expr(check["when_expr"]))
		c.thens = append(c.thens, d.expr(check["then_expr"]))
	}
	if c.otherwise = d.optional(o["else_expr"]); c.otherwise == nil {
		c.otherwise = astConst{pos, literal{typ: tNull}}
	}
	return c
}

func (d *decoder) cast(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "child", "cast_type", "try_cast")
	arg := d.expr(o["child"])
	to, ok := castType(sub(o, "cast_type"))
	if !ok {
		d.addFix("type.cast", int(pos), yumen.Say("a cast to this type is not on the allow-list", "不允许转换为此类型"),
			yumen.Say("cast to boolean, bigint, double, decimal(p,s), date, timestamp or varchar", "可转换为 boolean、bigint、double、decimal(p,s)、date、timestamp 或 varchar"))
		return astBad{pos}
	}
	if p := arg.pos(); p >= 0 && p < int(pos) {
		pos = at(p)
	}
	return astCast{pos, arg, to}
}

func castType(t object) (sqlType, bool) {
	id := str(t, "id")
	if id == "DECIMAL" {
		info := sub(t, "type_info")
		w, err1 := num(info, "width")
		s, err2 := num(info, "scale")
		return tDecimal(w, s), err1 == nil && err2 == nil && w >= 1 && w <= 38 && s >= 0 && s <= w
	}
	to, ok := castTypes[id]
	return to, ok
}

func (d *decoder) star(o object, pos at) astExpr {
	d.known(o, int(pos), "class", "type", "alias", "query_location", "relation_name", "exclude_list", "replace_list", "columns", "expr",
		"qualified_exclude_list", "rename_list")
	if isSet(o, "columns") && o["expr"] == nil {
		return astStar{at: pos, all: true}
	}
	if isSet(o, "columns") || o["expr"] != nil {
		d.addFix("expression.columns", int(pos), yumen.Say("COLUMNS(…) is refused: which columns it means is decided by text at run time", "不允许 COLUMNS(…)：其含义在运行时由文本决定"),
			yumen.Say("name the columns", "请逐一写出列名"))
		return astBad{pos}
	}
	s := astStar{at: pos, relation: str(o, "relation_name"), replace: map[string]astExpr{}, rename: map[string]string{}}
	for _, name := range stringsOf(o, "exclude_list") {
		s.exclude = append(s.exclude, astName{column: name})
	}
	for _, v := range list(o, "qualified_exclude_list") {
		q, _ := v.(object)
		s.exclude = append(s.exclude, astName{str(q, "table"), str(q, "column")})
	}
	for _, v := range list(o, "replace_list") {
		r, _ := v.(object)
		s.replace[fold(str(r, "key"))] = d.expr(r["value"])
	}
	for _, v := range list(o, "rename_list") {
		r, _ := v.(object)
		s.rename[fold(str(sub(r, "key"), "column"))] = str(r, "value")
	}
	return s
}

func (d *decoder) refusedExpr(o object, pos at) astExpr {
	switch str(o, "class") {
	case "WINDOW":
		return d.window(o, pos)
	case "SUBQUERY":
		return d.subqueryExpr(o, pos)
	case "LAMBDA":
		d.add("expression.lambda", int(pos), yumen.Say("lambda functions are refused: they work on lists, which carry several values in one cell", "不允许 lambda：它作用于列表，而列表在一个单元格中携带多个值"))
	case "PARAMETER":
		d.addFix("expression.parameter", int(pos), yumen.Say("a job has no parameters", "任务没有参数"), yumen.Say("write the value in the text", "请把值写在文本中"))
	case "POSITIONAL_REFERENCE":
		d.addFix("expression.positional", int(pos), yumen.Say("#n is refused", "不允许 #n"), yumen.Say("name the column", "请写出列名"))
	case "COLLATE":
		d.add("expression.collate", int(pos), yumen.Say("COLLATE is refused: text is compared by its bytes", "不允许 COLLATE：文本按字节比较"))
		d.expr(o["child"])
	default:
		d.add("tree.node", int(pos), yumen.Say("this kind of expression is not on the allow-list", "此类表达式不在允许清单内"))
	}
	return astBad{pos}
}
