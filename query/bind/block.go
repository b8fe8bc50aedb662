package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/ast"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// binder resolves one SELECT.
type binder struct {
	*analysis
	q        *ast.Select
	seen     *names
	b        *plan.Block
	items    []ast.Item     // select list, stars expanded
	bound    []*plan.Expr   // of items, as far as bound
	busy     []bool         // guards against aliases that mean themselves
	aliases  map[string]int // of items, the first of each alias
	top      bool
	size     int                          // of the select list so far
	meant    bool                         // an aggregate was asked for, allowed or not: the block is no row-level one
	picks    []*plan.Aggregate            // aggregates that give one row's value, as written
	figured  map[*plan.Relation]*figured  // answers of one row beside the rows of FROM, whose columns are figures
	tables   map[*plan.Relation]ast.Table // where relations of FROM come from
	beside   []*plan.Relation             // tables of FROM before the one that is bound
	outer    *binder                      // of EXISTS: the query around it, whose columns its conditions may name
	choices  []*choice                    // lists of the text in FROM, beside datasets
	chosenOn []*plan.Expr                 // conditions of their inner joins
}

// clause is where an expression stands, which decides what may appear in it.
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
func (a *analysis) block(q *ast.Select, outer *names, top bool) *plan.Block {
	seen := &names{outer: outer, ctes: q.CTEs}
	a.unusedCTEs(q, seen)
	x := &binder{analysis: a, q: q, seen: seen, b: &plan.Block{Limit: q.Limit, Offset: q.Offset}, top: top}
	x.from()
	x.expandStars()
	x.where()
	x.groups()
	x.selectList()
	x.having()
	x.qualify()
	x.orderBy()
	x.settleLists()
	if !x.merge() && !x.b.Post {
		x.connect()
	}
	x.b.Link()
	x.finish()
	return x.b
}

func (x *binder) where() {
	if x.q.Where == nil {
		return
	}
	rest, partners := splitPartners(x.q.Where)
	if rest != nil {
		e := x.expr(rest, clause{name: yumen.Text{EN: "WHERE"}, aliases: len(x.items)})
		x.b.Where = plan.Conjuncts(x.wantBool(e))
	}
	for _, p := range partners {
		x.partner(p)
	}
}

func (x *binder) wantBool(e *plan.Expr) *plan.Expr {
	if !e.Type.Open() && e.Type != plan.Bool {
		x.Add("type.mismatch", e.At,
			yumen.Say("a condition must be true or false, not %s", "条件必须为真或假，而非 %s", e.Type.Name()))
	}
	return e
}

// groups binds the GROUP BY keys. A key written as a number is that column of the select list.
func (x *binder) groups() {
	x.b.Grouped = x.q.Grouped || x.q.GroupAll
	var at []int
	for _, g := range x.q.Groups {
		if x.isFigured(g) { // constants make no groups
			continue
		}
		e := x.positional(g)
		if e == nil {
			e = x.expr(g, clause{name: yumen.Text{EN: "GROUP BY"}, aliases: len(x.items)})
		}
		at = append(at, x.key(e))
	}
	x.levels(at)
	if x.q.GroupAll {
		for _, last := range []bool{false, true} {
			for i := range x.items {
				if picking(x.items[i].Expr) != last {
					continue
				}
				if e := x.item(i); !e.Aggregates() && !e.Windowed() && e.Reads() && !x.readsScalar(e) { // constants make no groups
					x.key(e)
				}
			}
		}
	}
}

// key makes an expression a group key and returns its number, −1 where that is refused.
func (x *binder) key(e *plan.Expr) int {
	if e.Windowed() {
		x.RefuseWindow(e.At)
	}
	if !e.Compared() {
		x.refuseFigure(e.At)
		return -1
	}
	if e.Aggregates() {
		x.Add("expression.aggregate", e.At, yumen.Say("an aggregate cannot be a group key", "聚合不能作为分组键"))
		return -1
	}
	if x.readsScalar(e) && !x.b.Post {
		x.Add("expression.subquery", e.At, yumen.Say("a group key cannot depend on a subquery", "分组键不能依赖子查询"))
		return -1
	}
	n := slices.IndexFunc(x.b.Keys, func(k *plan.Expr) bool { return k.Signature() == e.Signature() })
	if n < 0 {
		n, x.b.Keys = len(x.b.Keys), append(x.b.Keys, e)
	}
	return n
}

// positional returns the select item that a whole number stands for.
func (x *binder) positional(v ast.Expr) *plan.Expr {
	c, ok := v.(ast.Const)
	if !ok || c.Lit.Type != plan.Int || c.Given {
		return nil
	}
	for i := range x.items {
		if c.Lit.Text == strconv.Itoa(i+1) {
			return x.item(i)
		}
	}
	x.Add("column.unknown", c.Pos(), yumen.Say("the select list has %d columns", "选择列表有 %d 列", len(x.items)))
	return plan.BadExpr(c.Pos())
}

// item binds a select item once.
func (x *binder) item(i int) *plan.Expr {
	if x.bound[i] == nil {
		if x.busy[i] {
			x.Add("column.unknown", x.items[i].Expr.Pos(),
				yumen.Say("%s is defined by itself", "%s 由自身定义", reason.Printable(x.items[i].Alias)))
			return plan.BadExpr(x.items[i].Expr.Pos())
		}
		x.busy[i] = true
		e := x.expr(x.items[i].Expr,
			clause{name: yumen.Text{EN: "SELECT"}, aggregates: true, aliases: i, windows: true})
		if x.size += e.Size; x.size > maxSelect {
			if x.size-e.Size <= maxSelect {
				x.tooLarge(e)
			}
			e = plan.BadExpr(e.At)
		}
		x.bound[i] = e
	}
	return x.bound[i]
}

func (x *binder) tooLarge(e *plan.Expr) {
	x.AddFix("statement.size", e.At,
		yumen.Say("the select list has more than %d parts once its aliases are written out", "展开别名后，选择列表超过 %d 个组成部分",
			maxSelect), yumen.Say("split it into smaller queries", "请拆分为更小的查询"))
}

func (x *binder) selectList() {
	for i := range x.items {
		x.item(i)
	}
	if len(x.b.Aggs) > 0 || x.q.Having != nil || x.meant {
		x.b.Grouped = true
	}
	if x.q.Distinct {
		x.distinct()
	}
	taken := map[string]bool{}
	for i, item := range x.items {
		e := x.bound[i]
		if x.b.Grouped {
			e = x.regroup(e)
		}
		x.b.Outs = append(x.b.Outs, &plan.Output{Name: x.outName(item, e, i, taken), Expr: e, At: item.Expr.Pos()})
	}
}

// distinct turns SELECT DISTINCT into a GROUP BY of the select list, unless rows were asked for.
func (x *binder) distinct() {
	switch {
	case x.b.Grouped:
		return // keys are distinct already, and equal aggregates of different groups are worth a row each
	case x.top && x.scope.Class == yumen.ClassRows && !x.b.Post:
		x.b.Distinct = true
	default:
		x.b.Grouped = true
		for _, e := range x.bound {
			x.key(e)
		}
	}
}

// outName is the alias, the column's name or a name made from the function; never the text of the expression, which may
// hold literals. Names are made unique, as a file needs them.
func (x *binder) outName(item ast.Item, e *plan.Expr, i int, taken map[string]bool) string {
	name := item.Alias
	if name == "" {
		name = x.defaultName(e, i)
	}
	if len(name) > 128 || strings.ContainsFunc(name, reason.Unwritable) || strings.HasPrefix(name, "_") && x.top {
		x.AddFix("name.output", item.Expr.Pos(),
			yumen.Say("a result column's name has at most 128 bytes, no control characters, and does not begin with _",
				"结果列名最长 128 字节，不含控制字符，且不以 _ 开头"),
			yumen.Say("give it another name with AS", "请用 AS 另起名称"))
	}
	unique := name
	for n := 2; taken[reason.Fold(unique)] && x.top; n++ {
		unique = name + "_" + strconv.Itoa(n)
	}
	taken[reason.Fold(unique)] = true
	return unique
}

func (x *binder) defaultName(e *plan.Expr, i int) string {
	if e.Op == plan.OpKey {
		if name := mergedName(x.b.Keys[e.Key]); name != "" {
			return name
		}
	}
	switch {
	case mergedName(e) != "":
		return mergedName(e)
	case e.Op == plan.OpKey && x.b.Keys[e.Key].Op == plan.OpColumn:
		return x.b.Keys[e.Key].Column.Name
	case e.Op == plan.OpColumn:
		return e.Column.Name
	case e.Op == plan.OpAgg && e.Aggregate.Arg != nil && e.Aggregate.Arg.Op == plan.OpColumn:
		return e.Aggregate.Fn + "_" + e.Aggregate.Arg.Column.Name
	case e.Op == plan.OpAgg:
		return e.Aggregate.Fn
	}
	return "column_" + strconv.Itoa(i+1)
}

func (x *binder) having() {
	if x.q.Having == nil {
		return
	}
	e := x.expr(x.q.Having, clause{name: yumen.Text{EN: "HAVING"}, aggregates: true, aliases: len(x.items),
		preferOut: true})
	x.b.Having = x.regroup(x.wantBool(e))
}

// qualify binds the condition on the rows of the answer.
func (x *binder) qualify() {
	if x.q.Qualify == nil {
		return
	}
	_, both := x.q.Qualify.(ast.Bad)
	if len(x.q.Firsts) > 0 && (both || !x.b.Post && !x.b.Grouped || x.unitKeyed()) {
		x.AddFix("clause.distinct-on", x.q.Firsts[0].Pos(),
			yumen.Say("DISTINCT ON chooses among groups of an answer, without QUALIFY beside it: of rows of people it would show one row's values", "DISTINCT ON 只在分组结果的行中选取，且不与 QUALIFY 并用：对个人的行会显示其中一行的值"),
			yumen.Say("use GROUP BY with an aggregate", "请使用 GROUP BY 和聚合函数"))
		return
	}
	name := yumen.Text{EN: "QUALIFY"}
	if len(x.q.Firsts) > 0 {
		name.EN = "DISTINCT ON"
	}
	e := x.wantBool(x.expr(x.q.Qualify,
		clause{name: name, aggregates: x.b.Grouped, aliases: len(x.items), preferOut: true,
			windows: true}))
	if x.b.Grouped {
		e = x.regroup(e)
	}
	x.b.Qualify = e
}

func (x *binder) orderBy() {
	if !x.top && !x.answering() {
		x.innerOrder()
		return
	}
	for _, o := range x.q.Order {
		if s, ok := o.Expr.(ast.Star); ok && s.All {
			for _, out := range x.b.Outs {
				if out.Expr.Op == plan.OpConst {
					continue
				}
				x.b.Order = append(x.b.Order,
					plan.Ordering{Expr: out.Expr, Descending: o.Descending, NullsFirst: o.NullsFirst})
			}
			continue
		}
		e := x.positional(o.Expr)
		if e == nil {
			e = x.expr(o.Expr,
				clause{name: yumen.Text{EN: "ORDER BY"}, aggregates: true, aliases: len(x.items), preferOut: true,
					bare: true, windows: true})
		}
		if x.b.Grouped {
			e = x.regroup(e)
		}
		if e.Op != plan.OpConst { // a constant orders nothing, and a number would be read as a position
			x.b.Order = append(x.b.Order, plan.Ordering{Expr: e, Descending: o.Descending, NullsFirst: o.NullsFirst})
		}
	}
}

// innerOrder refuses LIMIT in a subquery. ORDER BY alone has no effect there; it is bound for its errors and dropped.
func (x *binder) innerOrder() {
	if x.q.Limit != nil || x.q.Offset != nil {
		x.AddFix("clause.limit", x.q.LimitAt,
			yumen.Say("LIMIT in a subquery is refused: it picks single rows", "不允许在子查询中使用 LIMIT：它会挑选单行"),
			yumen.Say("leave it out, or filter by a condition", "请去掉，或用条件筛选"))
	}
	for _, o := range x.q.Order {
		if _, ok := o.Expr.(ast.Star); !ok && x.positional(o.Expr) == nil {
			x.expr(o.Expr, clause{name: yumen.Text{EN: "ORDER BY"}, aggregates: true, aliases: len(x.items),
				preferOut: true, bare: true})
		}
	}
}

// regroup rewrites e over keys and aggregates; a column that is neither is refused.
func (x *binder) regroup(e *plan.Expr) *plan.Expr {
	if e.Op == plan.OpAgg || e.Op == plan.OpConst || e.Op == plan.OpBad || e.Op == plan.OpKey || e.Op == plan.OpLevel ||
		x.scalar(e) {
		return e
	}
	for i, k := range x.b.Keys {
		if k.Signature() == e.Signature() {
			return &plan.Expr{Op: plan.OpKey, Key: i, Type: k.Type, At: e.At}
		}
	}
	if e.Op == plan.OpColumn {
		x.AddFix("column.not-grouped", e.At,
			yumen.Say("%s is neither a group key nor inside an aggregate", "%s 既不是分组键也不在聚合函数内", e.Column.Name),
			yumen.Say("add %s to GROUP BY, or aggregate it", "请将 %s 加入 GROUP BY，或对其聚合", e.Column.Name))
		return plan.BadExpr(e.At)
	}
	return plan.Mapped(e, x.regroup)
}
