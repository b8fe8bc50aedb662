package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// binder resolves one SELECT.
type binder struct {
	*analysis
	q       *astSelect
	seen    *names
	b       *block
	items   []astItem      // select list, stars expanded
	bound   []*expr        // of items, as far as bound
	busy    []bool         // guards against aliases that mean themselves
	aliases map[string]int // of items, the first of each alias
	top     bool
	size    int          // of the select list so far
	meant   bool         // an aggregate was asked for, allowed or not: the block is no row-level one
	picks   []*aggregate // aggregates that give one row's value, as written
	outer   *binder      // of EXISTS: the query around it, whose columns its conditions may name
}

// where an expression stands decides what may appear in it.
type clause struct {
	name       yumen.Text
	aggregates bool // allowed
	inside     bool // an aggregate's argument
	aliases    int  // select items whose alias may be used: those before this number
	preferOut  bool // HAVING and ORDER BY: an alias may win over a column
	bare       bool // ORDER BY: the expression is not part of another
	windows    bool // window functions may stand here
}

// block resolves a SELECT. It always returns a block; reasons tell whether it may be used.
func (a *analysis) block(q *astSelect, outer *names, top bool) *block {
	seen := &names{outer, q.ctes}
	a.unusedCTEs(q, seen)
	x := &binder{analysis: a, q: q, seen: seen, b: &block{limit: q.limit, offset: q.offset}, top: top}
	x.from()
	x.expandStars()
	x.where()
	x.groups()
	x.selectList()
	x.having()
	x.qualify()
	x.orderBy()
	if !x.merge() && !x.b.post {
		x.connect()
	}
	x.b.link()
	x.finish()
	return x.b
}

// unusedCTEs resolves WITH queries that nothing refers to, so that what is wrong in them is told as well.
func (a *analysis) unusedCTEs(q *astSelect, seen *names) {
	for i, c := range q.ctes {
		if !mentioned(q, c.name) {
			a.block(c.query, &names{seen.outer, q.ctes[:i]}, false)
		}
	}
}

// mentioned reports whether a table of that name is read anywhere below q.
func mentioned(q *astSelect, name string) bool {
	if q == nil {
		return false
	}
	exprs := append(slices.Clone(q.groups), q.where, q.having, q.qualify)
	for _, i := range q.items {
		exprs = append(exprs, i.expr)
	}
	for _, o := range q.order {
		exprs = append(exprs, o.expr)
	}
	return inTable(q.from, name) || slices.ContainsFunc(exprs, func(v astExpr) bool { return inExpr(v, name) }) ||
		slices.ContainsFunc(q.ctes, func(c astCTE) bool { return mentioned(c.query, name) })
}

func inTable(t astTable, name string) bool {
	switch t := t.(type) {
	case astBase:
		return same(t.name, name)
	case astDerived:
		return mentioned(t.query, name)
	case astUnion:
		return slices.ContainsFunc(t.sides, func(q *astSelect) bool { return mentioned(q, name) })
	case astJoin:
		return inTable(t.left, name) || inTable(t.right, name)
	}
	return false
}

// inExpr looks into the subqueries of an expression.
func inExpr(v astExpr, name string) bool {
	in := func(v astExpr) bool { return inExpr(v, name) }
	switch v := v.(type) {
	case astSubquery:
		return mentioned(v.query, name)
	case astScalar:
		return mentioned(v.query, name)
	case astCall:
		return slices.ContainsFunc(v.args, in) || in(v.filter)
	case astCast:
		return in(v.arg)
	case astCase:
		return slices.ContainsFunc(slices.Concat(v.whens, v.thens), in) || in(v.otherwise)
	case astWindow:
		return slices.ContainsFunc(slices.Concat(v.args, v.partition), in) ||
			slices.ContainsFunc(v.order, func(o astOrder) bool { return in(o.expr) })
	}
	return false
}

func (x *binder) from() {
	if x.q.from == nil {
		return
	}
	x.b.joins = x.table(x.q.from)
	x.b.rels = x.b.joins.rels()
	x.b.post = x.b.joins.answers()
	seen := map[string]bool{}
	for _, r := range x.b.rels {
		x.b.units = append(x.b.units, r.units...)
		if name := fold(r.alias); name != "" && seen[name] {
			x.addFix("table.alias", x.q.from.pos(), yumen.Say("two tables in FROM are called %s", "FROM 中有两个表都叫 %s", printable(r.alias)), yumen.Say("give each its own alias", "请为每个表起不同的别名"))
		} else {
			seen[name] = true
		}
	}
}

func (x *binder) table(t astTable) *joinTree {
	var r *relation
	switch t := t.(type) {
	case astBase:
		r = x.base(t, x.seen)
	case astDerived:
		r = x.derived(t.query, x.seen, t.alias, t.columns, t.pos())
	case astUnion:
		r = x.union(t, x.seen, "")
	case astJoin:
		return x.join(t)
	}
	if r == nil {
		return nil
	}
	return &joinTree{rel: r}
}

func (x *binder) where() {
	if x.q.where == nil {
		return
	}
	rest, partners := splitPartners(x.q.where)
	if rest != nil {
		e := x.expr(rest, clause{name: yumen.Text{EN: "WHERE"}, aliases: len(x.items)})
		x.b.where = conjuncts(x.wantBool(e))
	}
	for _, p := range partners {
		x.partner(p)
	}
}

func (x *binder) wantBool(e *expr) *expr {
	if !e.typ.open() && e.typ != tBool {
		x.add("type.mismatch", e.at, yumen.Say("a condition must be true or false, not %s", "条件必须为真或假，而非 %s", e.typ.name()))
	}
	return e
}

func conjuncts(e *expr) (out []*expr) {
	if e.op == opCall && e.fn == "and" {
		for _, a := range e.args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	if e.op == opCall && e.fn == "or" {
		return factored(e)
	}
	return []*expr{e}
}

// factored takes what all branches of an OR have in common out of it, so that an equality of tables that each repeats is
// known for what it is: (a AND b) OR (a AND c) is a AND (b OR c), NULLs included.
func factored(e *expr) []*expr {
	branches := make([][]*expr, len(e.args))
	has := func(es []*expr, x *expr) bool {
		return slices.ContainsFunc(es, func(o *expr) bool { return o.signature() == x.signature() })
	}
	var common []*expr
	for i, a := range e.args {
		branches[i] = conjuncts(a)
		if i == 0 {
			common = slices.Clone(branches[0])
		}
		if common = slices.DeleteFunc(common, func(x *expr) bool { return !has(branches[i], x) }); len(common) == 0 {
			return []*expr{e}
		}
	}
	rest := &expr{op: opCall, fn: "or", typ: tBool, at: e.at}
	for _, b := range branches {
		left := and(slices.DeleteFunc(b, func(x *expr) bool { return has(common, x) })...)
		if left == nil {
			return common // the branch is the common part alone, and holds the others
		}
		rest.args = append(rest.args, left)
	}
	return append(common, rest)
}

// groups binds the GROUP BY keys. A key written as a number is that column of the select list.
func (x *binder) groups() {
	x.b.grouped = x.q.grouped || x.q.groupAll
	for _, g := range x.q.groups {
		e := x.positional(g)
		if e == nil {
			e = x.expr(g, clause{name: yumen.Text{EN: "GROUP BY"}, aliases: len(x.items)})
		}
		x.key(e)
	}
	if x.q.groupAll {
		for i := range x.items {
			if e := x.item(i); !e.aggregates() && !e.windowed() && e.reads() && !x.readsScalar(e) { // constants make no groups
				x.key(e)
			}
		}
	}
}

// reads reports whether e depends on a column at all.
func (e *expr) reads() (found bool) {
	e.walk(func(x *expr) bool {
		found = found || x.op == opColumn || x.op == opBad
		return !found
	})
	return found
}

func (x *binder) key(e *expr) {
	if e.windowed() {
		x.refuseWindow(e.at)
	}
	if e.aggregates() {
		x.add("expression.aggregate", e.at, yumen.Say("an aggregate cannot be a group key", "聚合不能作为分组键"))
		return
	}
	if x.readsScalar(e) && !x.b.post {
		x.add("expression.subquery", e.at, yumen.Say("a group key cannot depend on a subquery", "分组键不能依赖子查询"))
		return
	}
	if !slices.ContainsFunc(x.b.keys, func(k *expr) bool { return k.signature() == e.signature() }) {
		x.b.keys = append(x.b.keys, e)
	}
}

// positional returns the select item that a whole number stands for.
func (x *binder) positional(v astExpr) *expr {
	c, ok := v.(astConst)
	if !ok || c.lit.typ != tInt {
		return nil
	}
	for i := range x.items {
		if c.lit.text == itoa(i+1) {
			return x.item(i)
		}
	}
	x.add("column.unknown", c.pos(), yumen.Say("the select list has %d columns", "选择列表有 %d 列", len(x.items)))
	return bad(c.pos())
}

// item binds a select item once.
func (x *binder) item(i int) *expr {
	if x.bound[i] == nil {
		if x.busy[i] {
			x.add("column.unknown", x.items[i].expr.pos(), yumen.Say("%s is defined by itself", "%s 由自身定义", printable(x.items[i].alias)))
			return bad(x.items[i].expr.pos())
		}
		x.busy[i] = true
		e := x.expr(x.items[i].expr, clause{name: yumen.Text{EN: "SELECT"}, aggregates: true, aliases: i, windows: true})
		if x.size += e.size; x.size > maxSelect {
			if x.size-e.size <= maxSelect {
				x.tooLarge(e)
			}
			e = bad(e.at)
		}
		x.bound[i] = e
	}
	return x.bound[i]
}

func (x *binder) tooLarge(e *expr) {
	x.addFix("statement.size", e.at, yumen.Say("the select list has more than %d parts once its aliases are written out", "展开别名后，选择列表超过 %d 个组成部分", maxSelect), yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
}

func (x *binder) selectList() {
	for i := range x.items {
		x.item(i)
	}
	if len(x.b.aggs) > 0 || x.q.having != nil || x.meant {
		x.b.grouped = true
	}
	if x.q.distinct {
		x.distinct()
	}
	taken := map[string]bool{}
	for i, item := range x.items {
		e := x.bound[i]
		if x.b.grouped {
			e = x.regroup(e)
		}
		x.b.outs = append(x.b.outs, &output{x.outName(item, e, i, taken), e, item.expr.pos()})
	}
}

// distinct turns SELECT DISTINCT into a GROUP BY of the select list, unless rows were asked for.
func (x *binder) distinct() {
	switch {
	case x.b.grouped:
		return // keys are distinct already, and equal aggregates of different groups are worth a row each
	case x.top && x.scope.Class == yumen.ClassRows && !x.b.post:
		x.b.distinct = true
	default:
		x.b.grouped = true
		for _, e := range x.bound {
			x.key(e)
		}
	}
}

// outName is the alias, the column's name or a name made from the function; never the text of the expression, which may
// hold literals. Names are made unique, as a file needs them.
func (x *binder) outName(item astItem, e *expr, i int, taken map[string]bool) string {
	name := item.alias
	if name == "" {
		name = x.defaultName(e, i)
	}
	if len(name) > 128 || strings.ContainsFunc(name, unwritable) || strings.HasPrefix(name, "_") && x.top {
		x.addFix("name.output", item.expr.pos(), yumen.Say("a result column's name has at most 128 bytes, no control characters, and does not begin with _", "结果列名最长 128 字节，不含控制字符，且不以 _ 开头"),
			yumen.Say("give it another name with AS", "请用 AS 另起名称"))
	}
	unique := name
	for n := 2; taken[fold(unique)] && x.top; n++ {
		unique = name + "_" + itoa(n)
	}
	taken[fold(unique)] = true
	return unique
}

func (x *binder) defaultName(e *expr, i int) string {
	switch {
	case e.op == opKey && x.b.keys[e.key].op == opColumn:
		return x.b.keys[e.key].col.name
	case e.op == opColumn:
		return e.col.name
	case e.op == opAgg && e.agg.arg != nil && e.agg.arg.op == opColumn:
		return e.agg.fn + "_" + e.agg.arg.col.name
	case e.op == opAgg:
		return e.agg.fn
	}
	return "column_" + itoa(i+1)
}

func (x *binder) having() {
	if x.q.having == nil {
		return
	}
	e := x.expr(x.q.having, clause{name: yumen.Text{EN: "HAVING"}, aggregates: true, aliases: len(x.items), preferOut: true})
	x.b.having = x.regroup(x.wantBool(e))
}

// qualify binds the condition on the rows of the answer.
func (x *binder) qualify() {
	if x.q.qualify == nil {
		return
	}
	e := x.wantBool(x.expr(x.q.qualify, clause{name: yumen.Text{EN: "QUALIFY"}, aggregates: true, aliases: len(x.items), preferOut: true, windows: true}))
	if x.b.grouped {
		e = x.regroup(e)
	}
	x.b.qualify = e
}

func (x *binder) orderBy() {
	if !x.top && !x.answering() {
		x.innerOrder()
		return
	}
	for _, o := range x.q.order {
		if s, ok := o.expr.(astStar); ok && s.all {
			for _, out := range x.b.outs {
				if out.expr.op == opConst {
					continue
				}
				x.b.order = append(x.b.order, ordering{out.expr, o.descending, o.nullsFirst})
			}
			continue
		}
		e := x.positional(o.expr)
		if e == nil {
			e = x.expr(o.expr, clause{name: yumen.Text{EN: "ORDER BY"}, aggregates: true, aliases: len(x.items), preferOut: true, bare: true, windows: true})
		}
		if x.b.grouped {
			e = x.regroup(e)
		}
		if e.op != opConst { // a constant orders nothing, and a number would be read as a position
			x.b.order = append(x.b.order, ordering{e, o.descending, o.nullsFirst})
		}
	}
}

// innerOrder refuses LIMIT in a subquery. ORDER BY alone has no effect there; it is bound for its errors and dropped.
func (x *binder) innerOrder() {
	if x.q.limit != nil || x.q.offset != nil {
		x.addFix("clause.limit", x.q.limitAt, yumen.Say("LIMIT in a subquery is refused: it picks single rows", "不允许在子查询中使用 LIMIT：它会挑选单行"), yumen.Say("leave it out, or filter by a condition", "请去掉，或用条件筛选"))
	}
	for _, o := range x.q.order {
		if _, ok := o.expr.(astStar); !ok && x.positional(o.expr) == nil {
			x.expr(o.expr, clause{name: yumen.Text{EN: "ORDER BY"}, aggregates: true, aliases: len(x.items), preferOut: true, bare: true})
		}
	}
}

// regroup rewrites e over keys and aggregates; a column that is neither is refused.
func (x *binder) regroup(e *expr) *expr {
	if e.op == opAgg || e.op == opConst || e.op == opBad || e.op == opKey || x.scalar(e) {
		return e
	}
	for i, k := range x.b.keys {
		if k.signature() == e.signature() {
			return &expr{op: opKey, key: i, typ: k.typ, at: e.at}
		}
	}
	if e.op == opColumn {
		x.addFix("column.not-grouped", e.at, yumen.Say("%s is neither a group key nor inside an aggregate", "%s 既不是分组键也不在聚合函数内", e.col.name),
			yumen.Say("add %s to GROUP BY, or aggregate it", "请将 %s 加入 GROUP BY，或对其聚合", e.col.name))
		return bad(e.at)
	}
	return mapped(e, x.regroup)
}
