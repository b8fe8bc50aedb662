package bind

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// column resolves a column. In GROUP BY, WHERE and the select list a column of FROM wins over an alias of the select
// list; in HAVING an alias wins unless the column is a group key; in ORDER BY an alias standing alone always wins.
func (x *binder) column(v ast.Column, c clause, bare bool) *plan.Expr {
	table, name, ok := split(v.Names)
	if !ok {
		x.AddFix("expression.nested", v.Pos(),
			yumen.Say("a column is named by itself or as table.column", "列名写作 列 或 表.列"),
			yumen.Say("leave schema, catalog and field names out", "请去掉 schema、catalog 和字段名"))
		return plan.BadExpr(v.Pos())
	}
	if table == "" && c.preferOut && !c.inside {
		if i := x.alias(name, c); i >= 0 && (bare || x.b.Grouped && !x.isKey(name)) {
			return plan.Elsewhere(x.item(i), v.Pos())
		}
	}
	found := x.candidates(table, name)
	switch len(found) {
	case 1:
		if x.figured[found[0].Relation] != nil {
			return x.figuredColumn(found[0], c, v.Pos())
		}
		if table == "" {
			return x.columnExpr(found[0], v.Pos())
		}
		return &plan.Expr{Op: plan.OpColumn, Type: found[0].Type, Column: found[0], At: v.Pos()}
	case 0:
		if i := x.alias(name, c); table == "" && i >= 0 {
			return x.aliased(i, v, c)
		}
		titled := x.titled(table, name)
		if len(titled) == 1 {
			return &plan.Expr{Op: plan.OpColumn, Type: titled[0].Type, Column: titled[0], At: v.Pos()}
		}
		if table == "" && reason.Same(name, "current_date") {
			return x.today(v.Pos())
		}
		if table == "" && slices.Contains(nowNames, reason.Fold(name)) {
			return x.now(v.Pos())
		}
		x.unknownColumn(table, name, titled, v.Pos())
	default:
		x.AddFix("column.ambiguous", v.Pos(),
			yumen.Say("%s could be a column of several tables", "%s 可能属于多个表", reason.Printable(name)),
			yumen.Say("write %s.%s", "请写 %s.%s", found[0].Relation.Alias, found[0].Name))
	}
	return plan.BadExpr(v.Pos())
}

func split(names []string) (table, name string, ok bool) {
	switch len(names) {
	case 1:
		return "", names[0], true
	case 2:
		return names[0], names[1], true
	case 3:
		return names[1], names[2], reason.PlainSchema(names[0])
	}
	return "", "", false
}

// alias returns the number of the first select item of that alias, or −1.
func (x *binder) alias(name string, c clause) int {
	if i, ok := x.aliases[reason.Fold(name)]; ok && i < c.aliases {
		return i
	}
	return -1
}

// aliased is a select item used by its alias where DuckDB allows it.
func (x *binder) aliased(i int, v ast.Column, c clause) *plan.Expr {
	e := x.item(i)
	if e.Aggregates() && (!c.aggregates || c.inside) {
		x.Add("expression.aggregate", v.Pos(),
			yumen.Say("%s is an aggregate and cannot be used in %s", "%s 是聚合，不能用于 %s", reason.Printable(v.Names[0]),
				c.name))
		return plan.BadExpr(v.Pos())
	}
	if x.readsScalar(e) && x.choosesPeople(c) {
		x.refuseChoice(v.Pos())
		return plan.BadExpr(v.Pos())
	}
	return plan.Elsewhere(e, v.Pos())
}

// isKey reports whether the unqualified name is a column that the block groups by.
func (x *binder) isKey(name string) bool {
	found := x.candidates("", name)
	return len(found) == 1 && slices.ContainsFunc(x.b.Keys,
		func(k *plan.Expr) bool { return k.Op == plan.OpColumn && k.Column == found[0] })
}

func (x *binder) candidates(table, name string) (out []*plan.Column) {
	shadowed := false
	for _, r := range slices.AppendSeq(slices.Clone(x.b.Rels), maps.Keys(x.figured)) {
		if table != "" && !reason.Same(table, r.Alias) {
			continue
		}
		shadowed = table != ""
		for _, c := range r.Cols {
			if reason.Same(c.Name, name) && !(c.Hidden && table == "") {
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 && !shadowed && x.outer != nil {
		return x.outer.candidates(table, name)
	}
	return out
}

// titled are the columns of datasets in FROM that the catalog gives this title, in either language, or header.
func (x *binder) titled(table, name string) []*plan.Column {
	out := titledIn(x.b.Rels, table, name)
	here := slices.ContainsFunc(x.b.Rels,
		func(r *plan.Relation) bool { return table != "" && reason.Same(table, r.Alias) })
	if len(out) == 0 && !here && x.outer != nil {
		return x.outer.titled(table, name)
	}
	return out
}

func (x *binder) unknownColumn(table, name string, titled []*plan.Column, pos int) {
	if x.Full() {
		return
	}
	if len(titled) > 1 {
		x.AddFix("column.ambiguous", pos,
			yumen.Say("%s is the title of several columns", "%s 是多个列的标题", reason.Printable(name)),
			yumen.Say("write %s.%s", "请写 %s.%s", titled[0].Relation.Alias, titled[0].Name))
		return
	}
	for _, group := range refusedFunctions {
		if (group.rule == "function.nondeterministic" || group.rule == "function.system") &&
			slices.Contains(group.names, reason.Fold(name)) {
			x.AddFix(group.rule, pos, yumen.Say(group.why.EN, group.why.ZH, reason.Fold(name)), group.fix)
			return
		}
	}
	if len(x.b.Rels) == 0 && x.q.From != nil {
		return // the table itself is unknown, which is told already
	}
	var known, tables []string
	names := map[string]string{} // by title
	for _, r := range x.b.Rels {
		tables = append(tables, r.Alias)
		for _, c := range r.Cols {
			if c.Base == nil || len(r.Table.Uses[c.Base.Name]) > 0 {
				known = append(known, c.Name)
			}
			if c.Base != nil && len(r.Table.Uses[c.Base.Name]) > 0 {
				names[c.Base.Title.EN], names[c.Base.Title.ZH], names[c.Base.Header] = c.Name, c.Name, c.Name
			}
		}
	}
	if table != "" && !slices.ContainsFunc(tables, func(t string) bool { return reason.Same(t, table) }) {
		if x.seen.lateral(table) {
			x.AddFix("clause.lateral", pos,
				yumen.Say("a subquery in FROM sees no table beside it, so not %s (LATERAL): it is a query of its own", "FROM 中的子查询看不到与其并列的表，因此不能引用 %s（LATERAL）：它是独立的查询", reason.Printable(table)),
				yumen.Say("the first rows of each group are QUALIFY row_number() OVER (PARTITION BY department ORDER BY count(*) DESC) <= 3; write what is computed of one row into SELECT",
					"各组的前几行请写 QUALIFY row_number() OVER (PARTITION BY department ORDER BY count(*) DESC) <= 3；由一行计算的值请写入 SELECT"))
			return
		}
		x.AddFix("table.unknown", pos,
			yumen.Say("no table in FROM is called %s", "FROM 中没有名为 %s 的表", reason.Printable(table)),
			didYouMean(table, tables))
		return
	}
	fix := didYouMean(name, known)
	if title, ok := suggest.Nearest(name, slices.Sorted(maps.Keys(names))); ok && fix.IsZero() {
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", names[title])
	}
	if wide := reason.FullWidthFix(name); !wide.IsZero() {
		fix = wide
	} else if fix.IsZero() && pos >= 0 && pos < len(x.Source.Text) &&
		(x.Source.Text[pos] == '"' || x.Source.Text[pos] >= utf8.RuneSelf) {
		fix = yumen.Say("if it is a text and no name, write it in single quotes", "如果是文本而非名称，请用单引号括起")
	}
	x.AddFix("column.unknown", pos,
		yumen.Say("no table in FROM has a column %s", "FROM 中的表没有列 %s", reason.Printable(name)), fix)
}

func didYouMean(name string, known []string) yumen.Text {
	if n, ok := suggest.Nearest(name, known); ok {
		return yumen.Say("did you mean %s?", "是否想写 %s？", n)
	}
	return yumen.Text{}
}
