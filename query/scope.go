package query

import (
	"slices"
	"strings"
	"unicode"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

// resolved is a statement whose names are resolved, and what the uses of its columns ask for.
type resolved struct {
	block        *block
	k            int     // strictest threshold of the contract and the columns used
	maxDominance float64 // strictest share of a total that a column used grants to the largest units; 0 leaves the contract's
	notes        []yumen.Text
}

// resolve resolves a statement. It always returns one; reasons tell whether it may be used.
func resolve(q *astSelect, scope *Scope, rs *reasons) *resolved {
	a := &analysis{reasons: rs, scope: scope, found: &resolved{k: scope.Risk.K}, looked: map[seenNeed]bool{}, answers: map[*astSelect]*block{}}
	a.found.block = a.block(q, nil, true)
	a.settleWindows(a.found.block, func(int) bool { return true })
	a.settleBorrowed()
	return a.found
}

// analysis is the work of resolving one statement.
type analysis struct {
	*reasons
	scope *Scope
	found *resolved
	rels  int // relations made so far, over all blocks
	// looked holds the needs that columns of subqueries were checked for.
	looked   map[seenNeed]bool
	borrowed []borrowed
	// answers are the blocks of queries that group people, so that a WITH query that is read twice is one table of cells.
	answers map[*astSelect]*block
	growth  map[*column]float64 // how many times longer than a cell a text can be
}

// maxRelations bounds what repeated references to a common table expression can grow into.
const maxRelations = 64

// names are the common table expressions that a block can see: those of its own WITH before a position, then the enclosing ones.
type names struct {
	outer *names
	ctes  []astCTE
}

func (n *names) find(name string) (*astCTE, *names) {
	for ; n != nil; n = n.outer {
		for i := len(n.ctes) - 1; i >= 0; i-- {
			if same(n.ctes[i].name, name) {
				return &n.ctes[i], &names{n.outer, n.ctes[:i]}
			}
		}
	}
	return nil, nil
}

func (n *names) list() (out []string) {
	for ; n != nil; n = n.outer {
		for _, c := range n.ctes {
			out = append(out, c.name)
		}
	}
	return out
}

// relation makes a table instance and counts it.
func (a *analysis) relation(alias string, pos int) *relation {
	a.rels++
	if a.rels == maxRelations+1 {
		a.addFix("statement.size", pos, yumen.Say("the statement reads more than %d tables, counting each use of a WITH query", "语句引用的表超过 %d 个（WITH 查询每次引用都计入）", maxRelations),
			yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
	}
	return &relation{id: a.rels, alias: alias}
}

func (a *analysis) dataset(name string) *Table {
	for i := range a.scope.Tables {
		if same(a.scope.Tables[i].Dataset.Name, name) {
			return &a.scope.Tables[i]
		}
	}
	return nil
}

// base makes the relation of a dataset or a common table expression.
func (a *analysis) base(t astBase, seen *names) *relation {
	alias := t.alias
	if alias == "" {
		alias = t.name
	}
	if cte, inner := seen.find(t.name); cte != nil && !t.qualified {
		return a.derived(cte.query, inner, alias, slices.Concat(t.columns, tail(cte.columns, len(t.columns))), t.pos())
	}
	table := a.dataset(t.name)
	if table == nil {
		a.unknownTable(t, seen)
		return nil
	}
	r := a.relation(alias, t.pos())
	r.table = table
	u := &unit{kind: table.Dataset.Unit.Kind, rel: r}
	if u.kind == yumen.UnitKindRow {
		u.kind += ":" + table.Dataset.Name // rows are numbered in each dataset anew
	}
	if !table.Dataset.Reference() {
		r.units = []*unit{u}
	}
	for i := range table.Dataset.Columns {
		c := &table.Dataset.Columns[i]
		typ, ok := typeOf(c.Type)
		if !ok {
			a.add("type.column", t.pos(), yumen.Say("the type of column %s of %s is not known here", "无法识别 %[2]s 的列 %[1]s 的类型", c.Name, table.Dataset.Name))
		}
		col := &column{rel: r, n: i, name: c.Name, typ: typ, base: c}
		if !table.Dataset.Unit.ByRow() && c.Name == table.Dataset.Unit.Column {
			col.typ, col.unit = tInt, u
		}
		r.cols = append(r.cols, col)
	}
	a.rename(r, t.columns, t.pos())
	return r
}

func tail(s []string, n int) []string { return s[min(n, len(s)):] }

func (a *analysis) rename(r *relation, columns []string, pos int) {
	if len(columns) > len(r.cols) {
		a.add("table.columns", pos, yumen.Say("%s has %d columns, not %d", "%s 有 %d 列，而非 %d 列", r.alias, len(r.cols), len(columns)))
		return
	}
	for i, name := range columns {
		r.cols[i].name = name
	}
}

func (a *analysis) unknownTable(t astBase, seen *names) {
	if at := t.pos(); at >= 0 && at < len(a.src.text) && a.src.text[at] == '\'' {
		a.addFix("table.file", at, yumen.Say("a text in quotes names a file, and files cannot be read", "引号中的文本表示文件，不能读取文件"), yumen.Say("name a dataset of the contract", "请写合同中的数据集名"))
		return
	}
	var known []string
	for _, table := range a.scope.Tables {
		known = append(known, table.Dataset.Name)
	}
	fix := yumen.Text{}
	if n, ok := suggest.Nearest(t.name, slices.Concat(known, seen.list())); ok {
		fix = yumen.Say("did you mean %s?", "是否想写 %s？", n)
	} else if len(known) > 0 {
		fix = yumen.Say("the contract grants: %s", "合同授权：%s", strings.Join(known, ", "))
	}
	a.addFix("table.unknown", t.pos(), yumen.Say("there is no dataset %q under this contract", "本合同下没有数据集 %q", printable(t.name)), fix)
}

// derived makes the relation of a query in FROM or WITH.
func (a *analysis) derived(q *astSelect, seen *names, alias string, columns []string, pos int) *relation {
	u, ok := q.from.(astUnion)
	if !ok || q.distinct || len(q.order) > 0 || q.limit != nil || q.offset != nil {
		return a.derivedBlock(q, seen, alias, columns, pos)
	}
	inner := &names{seen, q.ctes}
	a.unusedCTEs(q, inner)
	r := a.union(u, inner, alias)
	if r != nil {
		a.rename(r, columns, pos)
	}
	return r
}

// derivedBlock makes the relation of a block.
func (a *analysis) derivedBlock(q *astSelect, seen *names, alias string, columns []string, pos int) *relation {
	r := a.relation(alias, pos)
	if a.rels > maxRelations {
		return nil
	}
	b := a.answers[q]
	if b == nil {
		if b = a.block(q, seen, false); b.loose {
			a.answers[q] = b
		}
	}
	r.inner = b
	classes := b.carried
	for i, u := range classes {
		r.units = append(r.units, &unit{kind: u.kind, rel: r, n: i})
	}
	for i, u := range classes {
		if u.follows != nil {
			r.units[i].follows = r.units[slices.Index(classes, u.follows.root())]
		}
	}
	for _, o := range b.outs {
		c := &column{rel: r, n: len(r.cols), name: o.name, typ: o.expr.typ, def: o.expr}
		if u := unitOf(o.expr, b.keys); u != nil {
			if i := slices.Index(classes, u.root()); i >= 0 {
				c.unit = r.units[i]
			}
		}
		r.cols = append(r.cols, c)
	}
	if len(r.cols) == 0 {
		return nil
	}
	a.rename(r, columns, pos)
	return r
}

// unitOf returns the unit that e is the unchanged key of.
func unitOf(e *expr, keys []*expr) *unit {
	switch e.op {
	case opKey:
		return unitOf(keys[e.key], nil)
	case opColumn:
		return e.col.unit
	}
	return nil
}

// printable keeps a name written by a person fit for a message: anything but letters, digits, _ and space is left out.
func printable(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == ' ' {
			return r
		}
		return '·'
	}, s))
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(r)
}
