package query

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// The post statement makes the result out of protected cells: arithmetic, HAVING, ORDER BY, LIMIT and names. It reads one
// table, task.CellsTable, and no data, so that whatever it computes, compares or orders by is a function of what may leave.

// posting says which column of the table of cells is which key and which aggregate of the block.
type posting struct {
	key, aggregate func(*expr) *expr
	keys           []*expr // in whose order rows come that nothing else puts in order
	// states is set where a cell can be suppressed, which is a NULL of the table: then whatever is computed from it is.
	states bool
	// column is the column of r that a column of an answer in FROM is, state the condition under which a key, aggregate or
	// column is suppressed, "" for never.
	column  func(*expr) *expr
	state   func(*expr) string
	from    string   // the relation r
	filter  string   // of its rows, "" for none
	windows []*expr  // window functions, whose values are columns w1… beside the cells, and s1… whether they are suppressed
	more    []string // further columns of the result
}

// answerSQL writes the rows of the answer: cells that meet HAVING, and where there are window functions these beside them.
func (b *block) answerSQL(p posting) string {
	where := p.filter
	if b.having != nil {
		where = p.and(p.condition(b.having))
	}
	s := p.from
	if where != "" {
		s += "\nWHERE " + where
	}
	if len(p.windows) > 0 {
		cols := []string{"r.*"}
		for i, w := range p.windows {
			cols = append(cols, fmt.Sprintf("%s AS _w%d", p.overSQL(w), i+1))
			if p.states {
				cols = append(cols, fmt.Sprintf("%s AS _s%d", p.suppressedOver(w), i+1))
			}
		}
		s = "(SELECT " + strings.Join(cols, ", ") + " FROM " + s + ") AS r"
	}
	if b.qualify != nil {
		if len(p.windows) == 0 && where != "" {
			s = "(SELECT * FROM " + s + ") AS r"
		}
		s += "\nWHERE " + p.condition(b.qualify)
	}
	return s
}

// and is the condition on rows of r, and another.
func (p posting) and(more string) string {
	if p.filter == "" {
		return more
	}
	return p.filter + " AND " + more
}

// windowNumber is the number of a window function, from 1.
func (p posting) windowNumber(e *expr) int {
	return 1 + slices.IndexFunc(p.windows, func(w *expr) bool { return sameExpr(w, e) })
}

// postSQL writes the post statement of a block.
func (b *block) postSQL(p posting) string {
	p.windows = b.windows()
	var cols []string
	for _, o := range b.outs {
		cols = append(cols, fmt.Sprintf("TRY_CAST(%s AS %s) AS %s", p.stated(o.expr), o.expr.typ.sql(), quote(o.name)))
	}
	if p.states {
		for i, c := range b.statusColumns() {
			hidden := p.suppressed(b.shown()[i].expr)
			if hidden == "" {
				hidden = "FALSE"
			}
			cols = append(cols, fmt.Sprintf("CASE WHEN %s THEN %s END AS %s", hidden, quoteText(Suppressed), quote(c.Name)))
		}
	}
	cols = append(cols, p.more...)
	return "SELECT " + strings.Join(cols, ", ") + "\nFROM " + b.answerSQL(p) + b.orderSQL(p) + b.limitSQL()
}

// orderSQL writes ORDER BY. Rows that it leaves in no order come in that of their keys.
func (b *block) orderSQL(p posting) string {
	var order []string
	for _, o := range b.order {
		order = append(order, p.ordered(o)...)
	}
	for _, k := range p.keys {
		order = append(order, k.sql(nil)+" ASC NULLS LAST")
	}
	if len(order) == 0 {
		return ""
	}
	return "\nORDER BY " + strings.Join(order, ", ")
}

// over puts columns of the table of cells in place of keys and aggregates.
func (p posting) over(e *expr) *expr {
	switch e.op {
	case opKey:
		return p.key(e)
	case opAgg:
		return p.aggregate(e)
	case opColumn:
		return p.column(e)
	case opWindow:
		return cellExpr(fmt.Sprintf("_w%d", p.windowNumber(e)), e.typ)
	}
	return mapped(e, p.over)
}

// stated writes an expression, NULL where a cell that it reads is suppressed: no function may make a value of that.
func (p posting) stated(e *expr) string {
	s := p.over(e).sql(nil)
	if hidden := p.suppressed(e); p.states && hidden != "" && hidden != "("+s+" IS NULL)" {
		return "CASE WHEN " + hidden + " THEN NULL ELSE " + s + " END"
	}
	return s
}

// suppressed is the condition that a cell is suppressed which the expression reads.
func (p posting) suppressed(e *expr) string {
	var cells []string
	e.walk(func(x *expr) bool {
		s := ""
		switch x.op {
		case opAgg, opKey, opColumn:
			s = p.state(x)
		case opWindow:
			s = fmt.Sprintf("r._s%d", p.windowNumber(x))
		default:
			return true
		}
		if s != "" && !slices.Contains(cells, s) {
			cells = append(cells, s)
		}
		return false
	})
	return strings.Join(cells, " OR ")
}

// condition writes HAVING. It does not hold where a cell that it reads is suppressed.
func (p posting) condition(e *expr) string {
	s := p.over(e).sql(nil)
	if hidden := p.suppressed(e); p.states && hidden != "" {
		return "NOT (" + hidden + ") AND " + s
	}
	return s
}

// ordered writes an element of ORDER BY. Rows whose place a suppressed cell would decide come last.
func (p posting) ordered(o ordering) []string {
	e := p.over(o.expr)
	switch {
	case !e.reads(): // a constant orders nothing, and would be taken for the place of a column
		return nil
	case p.states && p.suppressed(o.expr) != "":
		return []string{"(" + p.suppressed(o.expr) + ") ASC", p.stated(o.expr) + o.direction()}
	}
	return []string{e.sql(nil) + o.direction()}
}

// cellExpr is a column of the table of cells.
func cellExpr(name string, t sqlType) *expr {
	return &expr{op: opColumn, typ: t, col: &column{rel: &relation{}, name: name, cell: name, base: &yumen.Column{Name: name}}}
}

// Suppressed is what a status column says of a cell that is suppressed, and what a file shows in its place: the code of the
// list CL_CONF_STATUS of SDMX for what is confidential.
const Suppressed = "c"

// shown lists the outputs that are computed from aggregates.
func (b *block) shown() (out []*output) {
	for _, o := range b.outs {
		if b.protected(o.expr) || o.expr.windowed() || o.expr.aggregates() {
			out = append(out, o)
		}
	}
	return out
}

// statusColumns says, for each output that is computed from aggregates, where it is suppressed.
func (b *block) statusColumns() (out []yumen.ArtifactColumn) {
	taken := map[string]bool{}
	for _, o := range b.outs {
		taken[fold(o.name)] = true
	}
	for _, o := range b.shown() {
		out = append(out, yumen.ArtifactColumn{Name: free(o.name+"_status", taken), Type: yumen.TypeText, Kind: yumen.ColumnStatus, Of: o.name})
	}
	return out
}

// free makes a name that is not taken, and takes it.
func free(name string, taken map[string]bool) string {
	unique := name
	for n := 2; taken[fold(unique)]; n++ {
		unique = name + "_" + itoa(n)
	}
	taken[fold(unique)] = true
	return unique
}

// cellColumns describes the table of cells: its keys, then its aggregates.
func (b *block) cellColumns(m *measures) (out []yumen.ArtifactColumn) {
	public, taken := b.publicGroups(), map[string]bool{}
	for i, k := range b.keys {
		c := sourced(k, nil)
		c.Name, c.Type, c.Kind, c.Public = free(b.cellName(func(e *expr) bool { return e.op == opKey && e.key == i }, k.keyName(i)), taken), k.typ.name(), yumen.ColumnKey, public
		out = append(out, c)
	}
	for _, g := range b.aggs {
		c := sourced(&expr{op: opAgg, agg: g}, nil)
		c.Name = free(b.cellName(func(e *expr) bool { return e.op == opAgg && e.agg == g }, g.name()), taken)
		c.Type, c.Kind, c.Function, c.Measure, c.Part, c.Public = g.typ.name(), yumen.ColumnAggregate, g.fn, m.of(g), m.part(g.filter), public
		c.Adds = m.adds(g)
		if g.fn == "avg" {
			c.Step, c.Bound = g.arg.typ.step(), b.bound(g)
		}
		out = append(out, c)
	}
	name := func(g *aggregate) string { return out[len(b.keys)+slices.Index(b.aggs, g)].Name }
	return append(out, b.derivedColumns(m, name, taken)...)
}

// cellName is what the result calls a key or aggregate that it shows as it is.
func (b *block) cellName(is func(*expr) bool, otherwise string) string {
	for _, o := range b.outs {
		if is(o.expr) {
			return o.name
		}
	}
	return otherwise
}

func (e *expr) keyName(i int) string {
	if e.op == opColumn {
		return e.col.name
	}
	return "key_" + itoa(i+1)
}

func (g *aggregate) name() string {
	switch {
	case g.fn == "count_units":
		return "units"
	case g.arg != nil && g.arg.op == opColumn:
		if of := g.arg.col.title(); of != "" {
			return g.fn + "_" + of
		}
	}
	return g.fn
}

// title is what a column is called where it comes from.
func (c *column) title() string {
	switch {
	case c.base != nil || c.def == nil:
		return c.name
	case c.def.op == opColumn:
		return c.def.col.title()
	case c.def.op == opAgg:
		return c.def.agg.name()
	}
	return ""
}

// posting reads the cells of class aggregate under their names.
func (b *block) posting(cells []yumen.ArtifactColumn) posting {
	key := func(e *expr) *expr { return cellExpr(quote(cells[e.key].Name), b.keys[e.key].typ) }
	aggregate := func(e *expr) *expr {
		return cellExpr(quote(cells[len(b.keys)+slices.Index(slices.Concat(b.aggs, b.derived), e.agg)].Name), e.agg.typ)
	}
	p := posting{key: key, aggregate: aggregate, states: true, state: func(e *expr) string {
		if e.op != opAgg {
			return ""
		}
		return "(" + aggregate(e).sql(nil) + " IS NULL)"
	}}
	for i := range b.keys {
		p.keys = append(p.keys, key(&expr{key: i}))
	}
	p.from = quote(task.CellsTable) + " AS r"
	return p
}

// unsuppressed is the state of what is never suppressed.
func unsuppressed(*expr) string { return "" }

// suppressionNotes says where the answer differs from the text because cells are suppressed.
func (b *block) suppressionNotes() (out []yumen.Text) {
	if slices.ContainsFunc(b.tables(), func(t *block) bool { return len(t.keys) > 0 }) {
		out = append(out, yumen.Say("groups below the threshold are left out", "低于最小频数的分组不予列出"))
	}
	if b.post && slices.ContainsFunc(b.outs, func(o *output) bool { return o.expr.aggregates() }) {
		out = append(out, yumen.Say("an aggregate over groups of which one is suppressed is suppressed; WHERE on the same figure leaves such groups out first",
			"对含被抑制单元格的分组再聚合，其结果亦被抑制；对同一数值写 WHERE 可先排除这些分组"))
	}
	if b.having != nil && b.having.aggregates() {
		out = append(out, yumen.Say("HAVING: a condition on a suppressed cell does not hold", "HAVING：涉及被抑制单元格的条件视为不成立"))
	}
	if slices.ContainsFunc(b.order, func(o ordering) bool { return o.expr.aggregates() }) {
		out = append(out, yumen.Say("ORDER BY: rows with a suppressed cell come last, in the order of their keys",
			"ORDER BY：含被抑制单元格的行排在最后，按键排序"))
	}
	if slices.ContainsFunc(b.windows(), func(w *expr) bool { return w.aggregates() }) {
		out = append(out, yumen.Say("OVER: where a cell of a partition is suppressed, so is the value in the whole partition; HAVING on the same figure, such as count(*) > 0, leaves such groups out first",
			"OVER：分区中有被抑制的单元格时，整个分区的该值均被抑制；对同一数值写 HAVING（如 count(*) > 0）可先排除这些分组"))
	}
	return out
}

// step is the least distance of two values of a type, 0 where there is none.
func (t sqlType) step() float64 {
	switch t.kind {
	case kInt:
		return 1
	case kDecimal:
		return math.Pow10(-t.scale)
	}
	return 0
}

// bound is the most that one unit may add to a measure by the catalog and the text: where it has one row, the greatest distance of
// a value from 0. It is 0 where that is not known.
func (b *block) bound(g *aggregate) float64 {
	s := newSpanner().of(g.arg, assume(b.where, g.filter))
	if !b.joins.single() || !s.bounded() {
		return 0
	}
	most, _ := s.abs().hi.Float64()
	return most
}
