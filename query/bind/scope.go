package bind

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	grants "github.com/yumen-data/yumen/internal/uses"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// Statement is a statement whose names are resolved, and what the uses of its columns ask for.
type Statement struct {
	Block        *plan.Block
	K            int     // strictest threshold of the contract and the columns used
	MaxDominance float64 // strictest share of a total that a column used grants to the largest units; 0 leaves the contract's
	Notes        []yumen.Text
	Figures      []*plan.Figure // questions that are answered before, in this order
}

// Resolve resolves a statement. It always returns one; reasons tell whether it may be used.
func Resolve(q *ast.Select, scope *plan.Scope, rs *reason.List) *Statement {
	a := &analysis{List: rs, scope: scope, found: &Statement{K: scope.Risk.K}, looked: map[seenNeed]bool{},
		parts: map[string]grants.Parts{}, answers: map[*ast.Select]*plan.Block{}}
	a.found.Block = a.block(q, nil, true)
	a.settleWindows(a.found.Block, func(int) bool { return true })
	a.settleBorrowed()
	return a.found
}

// analysis is the work of resolving one statement.
type analysis struct {
	*reason.List
	scope *plan.Scope
	found *Statement
	rels  int // relations made so far, over all blocks
	// looked holds the needs that columns of subqueries were checked for.
	looked   map[seenNeed]bool
	borrowed []borrowed
	// answers are the blocks of queries that group people, so that a WITH query that is read twice is one table of
	// cells.
	answers map[*ast.Select]*plan.Block
	parts   map[string]grants.Parts  // of the calendar, that the keys of the statement tell of a column
	growth  map[*plan.Column]float64 // how many times longer than a cell a text can be
}

// maxRelations bounds what repeated references to a common table expression can grow into.
const maxRelations = 64

// names are the common table expressions that a block can see: those of its own WITH before a position, then the
// enclosing ones.
type names struct {
	outer  *names
	ctes   []ast.CTE
	beside []*plan.Relation // of a subquery in FROM: the tables before it, which LATERAL would see
}

// lateral reports whether a table of that name stands beside a subquery around this place.
func (n *names) lateral(name string) bool {
	return n != nil && (slices.ContainsFunc(n.beside, func(r *plan.Relation) bool { return reason.Same(r.Alias, name) }) ||
		n.outer.lateral(name))
}

func (n *names) find(name string) (*ast.CTE, *names) {
	for ; n != nil; n = n.outer {
		for i := len(n.ctes) - 1; i >= 0; i-- {
			if reason.Same(n.ctes[i].Name, name) {
				return &n.ctes[i], &names{outer: n.outer, ctes: n.ctes[:i]}
			}
		}
	}
	return nil, nil
}

func (n *names) list() (out []string) {
	for ; n != nil; n = n.outer {
		for _, c := range n.ctes {
			out = append(out, c.Name)
		}
	}
	return out
}

// relation makes a table instance and counts it.
func (a *analysis) relation(alias string, pos int) *plan.Relation {
	a.rels++
	if a.rels == maxRelations+1 {
		a.AddFix("statement.size", pos,
			yumen.Say("the statement reads more than %d tables, counting each use of a WITH query",
				"语句引用的表超过 %d 个（WITH 查询每次引用都计入）", maxRelations),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
	}
	return &plan.Relation{ID: a.rels, Alias: alias}
}

func (a *analysis) dataset(name string) *plan.Table {
	for i := range a.scope.Tables {
		if reason.Same(a.scope.Tables[i].Dataset.Name, name) {
			return &a.scope.Tables[i]
		}
	}
	return nil
}

// base makes the relation of a dataset or a common table expression.
func (a *analysis) base(t ast.Base, seen *names) *plan.Relation {
	alias := t.Alias
	if alias == "" {
		alias = t.Name
	}
	if cte, inner := seen.find(t.Name); cte != nil && !t.Qualified {
		return a.derived(cte.Query, inner, alias, slices.Concat(t.Columns, tail(cte.Columns, len(t.Columns))), t.Pos())
	}
	table := a.dataset(t.Name)
	if table == nil {
		a.unknownTable(t, seen)
		return nil
	}
	r := a.relation(alias, t.Pos())
	r.Table = table
	u := &plan.Unit{Kind: table.Dataset.Unit.Kind, Relation: r}
	if u.Kind == yumen.UnitKindRow {
		u.Kind += ":" + table.Dataset.Name // rows are numbered in each dataset anew
	}
	if !table.Dataset.Reference() {
		r.Units = []*plan.Unit{u}
	}
	for i := range table.Dataset.Columns {
		c := &table.Dataset.Columns[i]
		typ, ok := plan.TypeOf(c.Type)
		if !ok {
			a.Add("type.column", t.Pos(),
				yumen.Say("the type of column %s of %s is not known here", "无法识别 %[2]s 的列 %[1]s 的类型", c.Name,
					table.Dataset.Name))
		}
		col := &plan.Column{Relation: r, Number: i, Name: c.Name, Type: typ, Base: c}
		if !table.Dataset.Unit.ByRow() && c.Name == table.Dataset.Unit.Column {
			col.Type, col.Unit = plan.Int, u
		}
		r.Cols = append(r.Cols, col)
	}
	a.rename(r, t.Columns, t.Pos())
	return r
}

func tail(s []string, n int) []string { return s[min(n, len(s)):] }

func (a *analysis) rename(r *plan.Relation, columns []string, pos int) {
	if len(columns) > len(r.Cols) {
		a.Add("table.columns", pos,
			yumen.Say("%s has %d columns, not %d", "%s 有 %d 列，而非 %d 列", r.Alias, len(r.Cols), len(columns)))
		return
	}
	for i, name := range columns {
		r.Cols[i].Name = name
	}
}

func (a *analysis) unknownTable(t ast.Base, seen *names) {
	if at := t.Pos(); at >= 0 && at < len(a.Source.Text) && a.Source.Text[at] == '\'' {
		a.AddFix("table.file", at,
			yumen.Say("a text in quotes names a file, and files cannot be read", "引号中的文本表示文件，不能读取文件"),
			yumen.Say("name a dataset of the contract", "请写合同中的数据集名"))
		return
	}
	var known []string
	for _, table := range a.scope.Tables {
		known = append(known, table.Dataset.Name)
	}
	fix := yumen.Text{}
	if n, ok := suggest.Nearest(t.Name, slices.Concat(known, seen.list())); ok {
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", n)
	} else if len(known) > 0 {
		fix = yumen.Say("the contract grants: %s", "合同授权：%s", strings.Join(known, ", "))
	}
	a.AddFix("table.unknown", t.Pos(),
		yumen.Say("there is no dataset %q under this contract", "本合同下没有数据集 %q", reason.Printable(t.Name)), fix)
}

// derived makes the relation of a query in FROM or WITH.
func (a *analysis) derived(q *ast.Select, seen *names, alias string, columns []string, pos int) *plan.Relation {
	u, ok := q.From.(ast.Union)
	if !ok || q.Distinct || len(q.Order) > 0 || q.Limit != nil || q.Offset != nil {
		return a.derivedBlock(q, seen, alias, columns, pos)
	}
	inner := &names{outer: seen, ctes: q.CTEs}
	a.unusedCTEs(q, inner)
	r := a.union(u, inner, alias)
	if r != nil {
		a.rename(r, columns, pos)
	}
	return r
}

// derivedBlock makes the relation of a block.
func (a *analysis) derivedBlock(q *ast.Select, seen *names, alias string, columns []string, pos int) *plan.Relation {
	r := a.relation(alias, pos)
	if a.rels > maxRelations {
		return nil
	}
	b := a.answers[q]
	if b == nil {
		if b = a.block(q, seen, false); b.Loose {
			a.answers[q] = b
		}
	}
	if list, ok := a.listOf(b, alias, pos); ok {
		if list != nil {
			a.rename(list, columns, pos)
		}
		return list
	}
	r.Inner = b
	classes := b.Carried
	for i, u := range classes {
		r.Units = append(r.Units, &plan.Unit{Kind: u.Kind, Relation: r, Number: i})
	}
	for i, u := range classes {
		if u.Follows != nil {
			r.Units[i].Follows = r.Units[slices.Index(classes, u.Follows.Root())]
		}
	}
	for _, o := range b.Outs {
		c := &plan.Column{Relation: r, Number: len(r.Cols), Name: o.Name, Type: o.Expr.Type, Def: o.Expr}
		if u := plan.UnitOf(o.Expr, b.Keys); u != nil {
			if i := slices.Index(classes, u.Root()); i >= 0 {
				c.Unit = r.Units[i]
			}
		}
		r.Cols = append(r.Cols, c)
	}
	if len(r.Cols) == 0 {
		return nil
	}
	a.rename(r, columns, pos)
	return r
}
