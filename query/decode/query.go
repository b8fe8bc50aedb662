package decode

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// query decodes a query node. It never returns nil.
func (d *decoder) query(v any) *ast.Select {
	defer d.leave()
	o, _ := v.(object)
	if !d.enter(-1) {
		return &ast.Select{Broken: true}
	}
	switch kind := str(o, "type"); kind {
	case "SELECT_NODE":
		return d.selectNode(o)
	case "SET_OPERATION_NODE":
		return d.setOperation(o)
	case "RECURSIVE_CTE_NODE":
		d.Add("clause.recursive", d.firstPlace(o),
			yumen.Say("recursion is refused: its running time and depth depend on the data", "不允许递归：其运行时间和深度取决于数据"))
	default:
		d.Add("statement.kind", d.firstPlace(o), yumen.Say("only SELECT is analysed", "只分析 SELECT"))
	}
	return &ast.Select{Broken: true}
}

// firstPlace finds some place inside a node that has none itself.
func (d *decoder) firstPlace(v any) int {
	switch v := v.(type) {
	case object:
		if at := position(v); at >= 0 {
			return at
		}
		for _, f := range []string{"left", "child", "children", "select_list", "from_table", "values", "query",
			"subquery", "node"} {
			if at := d.firstPlace(v[f]); at >= 0 {
				return at
			}
		}
	case []any:
		if len(v) > 0 {
			return d.firstPlace(v[0])
		}
	}
	return -1
}

func (d *decoder) selectNode(o object) *ast.Select {
	d.known(o, d.firstPlace(o), "type", "modifiers", "cte_map", "select_list", "from_table", "where_clause",
		"group_expressions", "group_sets",
		"aggregate_handling", "having", "sample", "qualify")
	q := &ast.Select{LimitAt: -1}
	q.CTEs = d.ctes(sub(o, "cte_map"))
	for _, item := range list(o, "select_list") {
		io, _ := item.(object)
		q.Items = append(q.Items, ast.Item{Expr: d.expr(item), Alias: str(io, "alias")})
	}
	q.From = d.table(o["from_table"])
	q.Broken = q.From == nil && str(sub(o, "from_table"), "type") != "EMPTY"
	q.Where = d.optional(o["where_clause"])
	q.Having = d.optional(o["having"])
	d.groups(o, q)
	if s := sub(o, "sample"); s != nil {
		d.AddFix("clause.sample", d.firstPlace(o),
			yumen.Say("sampling is refused: which rows it picks cannot be reproduced or bounded",
				"不允许抽样：抽中的行无法复现也无法约束"),
			yumen.Say("leave SAMPLE out", "请去掉 SAMPLE"))
	}
	q.Qualify = d.optional(o["qualify"])
	unnested(q)
	d.modifiers(list(o, "modifiers"), q)
	return distinctWindows(firsts(q))
}

func (d *decoder) groups(o object, q *ast.Select) {
	for _, g := range list(o, "group_expressions") {
		q.Groups = append(q.Groups, d.expr(g))
	}
	sets := list(o, "group_sets")
	q.Grouped = len(sets) > 0
	q.GroupAll = str(o, "aggregate_handling") == "FORCE_AGGREGATES"
	if len(sets) > 1 {
		d.groupingSets(sets, q)
	}
}

// groupingSets reads which groups each of several sets has.
func (d *decoder) groupingSets(sets []any, q *ast.Select) {
	for _, v := range sets {
		numbers, _ := v.([]any)
		set := make([]int, len(numbers))
		for i, n := range numbers {
			number, _ := n.(json.Number)
			at, err := strconv.Atoi(number.String())
			if err != nil || at < 0 || at >= len(q.Groups) {
				d.Add("tree.field", -1,
					yumen.Say("the parser reports a clause that analysis does not know", "解析器报告了分析器未知的子句"))
				return
			}
			set[i] = at
		}
		q.Sets = append(q.Sets, set)
	}
}

func (d *decoder) ctes(m object) (out []ast.CTE) {
	for _, entry := range list(m, "map") {
		e, _ := entry.(object)
		v := sub(e, "value")
		d.known(v, d.firstPlace(v), "aliases", "query", "materialized", "key_targets")
		out = append(out, ast.CTE{Name: str(e, "key"), Columns: stringsOf(v, "aliases"), Query: d.subquery(v["query"])})
	}
	return out
}

func (d *decoder) subquery(v any) *ast.Select {
	o, _ := v.(object)
	d.known(o, -1, "node", "named_param_map")
	return d.query(o["node"])
}

func (d *decoder) modifiers(mods []any, q *ast.Select) {
	for _, v := range mods {
		o, _ := v.(object)
		switch kind := str(o, "type"); kind {
		case "ORDER_MODIFIER":
			d.order(o, q)
		case "LIMIT_MODIFIER":
			q.Limit, q.Offset = d.count(o["limit"], q), d.count(o["offset"], q)
		case "LIMIT_PERCENT_MODIFIER":
			d.AddFix("clause.limit", d.firstPlace(sub(o, "limit")),
				yumen.Say("LIMIT in percent is refused: it shows how many rows there are", "不允许按百分比 LIMIT：会暴露总行数"),
				yumen.Say("write LIMIT with a number", "请写带数字的 LIMIT"))
		case "DISTINCT_MODIFIER":
			q.Distinct = true
			for _, v := range list(o, "distinct_on_targets") {
				q.Firsts = append(q.Firsts, d.expr(v))
			}
		default:
			d.Add("tree.field", -1,
				yumen.Say("the parser reports a clause that analysis does not know", "解析器报告了分析器未知的子句"))
		}
	}
}

func (d *decoder) order(o object, q *ast.Select) {
	d.known(o, -1, "type", "orders")
	for _, v := range list(o, "orders") {
		oo, _ := v.(object)
		d.known(oo, -1, "type", "null_order", "expression")
		q.Order = append(q.Order, ast.Order{
			Expr:       d.expr(oo["expression"]),
			Descending: str(oo, "type") == "DESCENDING",
			NullsFirst: strings.Contains(str(oo, "null_order"), "FIRST"),
		})
	}
}

// count reads the number of a LIMIT or OFFSET; LIMIT ALL counts as none.
func (d *decoder) count(v any, q *ast.Select) *int64 {
	o, ok := v.(object)
	if !ok {
		return nil
	}
	q.LimitAt = position(o)
	if c, ok := d.expr(v).(ast.Const); ok && c.Lit.Type == plan.Null {
		return nil
	} else if ok && c.Lit.Type == plan.Int {
		n, err := json.Number(c.Lit.Text).Int64()
		if err == nil && n >= 0 {
			return &n
		}
	}
	d.AddFix("clause.limit", position(o),
		yumen.Say("LIMIT and OFFSET take a whole number only", "LIMIT 和 OFFSET 只接受整数"),
		yumen.Say("write LIMIT 100", "请写 LIMIT 100"))
	return nil
}

func (d *decoder) table(v any) ast.Table {
	defer d.leave()
	o, _ := v.(object)
	pos := ast.At(position(o))
	if !d.enter(int(pos)) {
		return nil
	}
	if pos < 0 {
		pos = ast.At(max(0, d.firstPlace(o)))
	}
	if sub(o, "sample") != nil {
		d.AddFix("clause.sample", int(pos),
			yumen.Say("sampling is refused: which rows it picks cannot be reproduced or bounded",
				"不允许抽样：抽中的行无法复现也无法约束"), yumen.Say("leave TABLESAMPLE out", "请去掉 TABLESAMPLE"))
	}
	switch str(o, "type") {
	case "EMPTY", "":
		return nil
	case "BASE_TABLE":
		return d.baseTable(o, pos)
	case "SUBQUERY":
		d.known(o, int(pos), "type", "alias", "sample", "query_location", "subquery", "column_name_alias")
		return ast.Derived{At: pos, Query: d.subquery(o["subquery"]), Alias: str(o, "alias"),
			Columns: stringsOf(o, "column_name_alias")}
	case "JOIN":
		return d.join(o, pos)
	case "PIVOT":
		return d.pivot(o, pos)
	case "EXPRESSION_LIST":
		return d.values(o, pos)
	case "TABLE_FUNCTION":
		if t := d.series(o, pos); t != nil {
			return t
		}
	}
	d.refusedTable(o, int(pos))
	return nil
}

func (d *decoder) baseTable(o object, pos ast.At) ast.Table {
	d.known(o, int(pos), "type", "alias", "sample", "query_location", "schema_name", "table_name", "column_name_alias",
		"catalog_name", "at_clause")
	schema := str(o, "schema_name")
	if schema != "" && !reason.PlainSchema(schema) || str(o, "catalog_name") != "" {
		d.AddFix("table.schema", int(pos),
			yumen.Say("there is no such schema or catalog: every dataset stands in the schema main, also called public",
				"没有这样的 schema 或 catalog：所有数据集都在 schema main（亦称 public）中"),
			yumen.Say("write the name of the dataset alone", "请只写数据集名"))
		return nil
	}
	if sub(o, "at_clause") != nil {
		d.Add("clause.at", int(pos), yumen.Say("AT is refused: a job reads the published version", "不允许 AT：任务读取已发布的版本"))
	}
	return ast.Base{At: pos, Name: str(o, "table_name"), Alias: str(o, "alias"),
		Columns: stringsOf(o, "column_name_alias"), Qualified: schema != ""}
}

func (d *decoder) refusedTable(o object, pos int) {
	switch str(o, "type") {
	case "TABLE_FUNCTION":
		d.AddFix("clause.table-function", pos,
			yumen.Say("table functions are refused: they read files, settings or text at run time",
				"不允许表函数：它们在运行时读取文件、设置或文本"),
			yumen.Say("read a dataset of the contract by its name", "请按名称读取合同中的数据集"))
	case "SHOW_REF":
		d.Add("statement.kind", pos,
			yumen.Say("DESCRIBE, SHOW and SUMMARIZE are refused: they show properties of the data itself; the catalog describes each dataset", "不允许 DESCRIBE、SHOW、SUMMARIZE：它们会显示数据自身的性质；请查阅目录"))
	default:
		d.Add("tree.node", pos, yumen.Say("this kind of table is not on the allow-list", "此类表不在允许清单内"))
	}
}

func (d *decoder) join(o object, pos ast.At) ast.Table {
	if pos < 0 {
		pos = ast.At(d.firstPlace(o["right"]))
	}
	d.known(o, int(pos), "type", "alias", "sample", "query_location", "left", "right", "condition", "join_type",
		"ref_type", "using_columns",
		"delim_flipped", "duplicate_eliminated_columns")
	j := ast.Join{At: pos, Left: d.table(o["left"]), Right: d.table(o["right"]), On: d.optional(o["condition"]),
		Using: stringsOf(o, "using_columns")}
	switch str(o, "ref_type") + " " + str(o, "join_type") {
	case "REGULAR INNER":
	case "REGULAR LEFT":
		j.Kind = plan.LeftJoin
	case "REGULAR SEMI":
		j.Kind = plan.SemiJoin
	case "REGULAR ANTI":
		j.Kind = plan.AntiJoin
	case "NATURAL INNER":
		j.Natural = true
	case "NATURAL LEFT":
		j.Kind, j.Natural = plan.LeftJoin, true
	case "CROSS INNER":
		j.Kind = plan.CrossJoin
	case "REGULAR FULL":
		j.Kind = plan.FullJoin
	case "NATURAL FULL":
		j.Kind, j.Natural = plan.FullJoin, true
	case "REGULAR RIGHT":
		j.Kind, j.Left, j.Right, j.Swapped = plan.LeftJoin, j.Right, j.Left, true
		if len(j.Using) > 0 {
			d.joinKind("RIGHT JOIN … USING", int(pos))
		}
	default:
		d.joinKind(joinName(o), int(pos))
	}
	return j
}

func joinName(o object) string {
	if t := str(o, "ref_type"); t != "REGULAR" {
		return t + " JOIN"
	}
	return str(o, "join_type") + " JOIN"
}

func (d *decoder) joinKind(name string, pos int) {
	d.AddFix("join.kind", pos,
		yumen.Say("%s is refused: which rows it brings together is not given by an equality of keys alone",
			"不允许 %s：其匹配的行并非仅由键相等决定", name),
		yumen.Say("use JOIN … ON a.key = b.key or LEFT JOIN", "请使用 JOIN … ON a.key = b.key 或 LEFT JOIN"))
}
