package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// Views lists what the statement reads that was written of a block.
func Views(b *plan.Block, tables []plan.Table) (out []task.View) {
	for _, t := range tables {
		if v, ok := viewOf(b, t.Dataset); ok {
			out = append(out, v)
		}
	}
	return out
}

// viewOf lists the columns of a dataset that the emitted statement reads, over all its instances.
func viewOf(b *plan.Block, d yumen.Dataset) (task.View, bool) {
	used, found := map[string]bool{}, false
	b.Scans(func(r *plan.Relation) {
		if r.Table.Dataset.Name != d.Name {
			return
		}
		found = true
		for _, c := range r.Cols {
			used[c.Base.Name] = used[c.Base.Name] || c.Used
		}
	})
	return cells.View(d, used), found
}

// columnSQL writes a column and marks it as read.
func columnSQL(c *plan.Column) string {
	c.Used = true
	for _, alt := range c.Alts {
		alt.Used = true
	}
	if c.Cell != "" {
		return "r." + c.Cell
	}
	if c.Base != nil {
		return fmt.Sprintf("t%d.%s", c.Relation.ID, Quote(c.Base.Name))
	}
	return fmt.Sprintf("t%d.c%d", c.Relation.ID, slices.Index(c.Relation.Cols, c)+1)
}

// unitSQL writes the number of a privacy unit.
func unitSQL(u *plan.Unit) string {
	if u.Relation.Table != nil {
		return fmt.Sprintf("t%d.%s", u.Relation.ID, Quote(yumen.UnitColumn))
	}
	return fmt.Sprintf("t%d.u%d", u.Relation.ID, u.Number+1)
}

// outputSQL writes an output in its declared type, so that the result has the columns the plan says.
func outputSQL(e *plan.Expr, aggs []*plan.Aggregate) string {
	if e.Op == plan.OpColumn && e.Column.Base != nil || e.Op == plan.OpKey && e.Type.Kind == plan.KindText {
		return ExprSQL(e, aggs)
	}
	return fmt.Sprintf("TRY_CAST(%s AS %s)", ExprSQL(e, aggs), typeSQL(e.Type))
}

// fromSQL writes FROM and WHERE. It must come after everything else that names columns, so that subqueries offer only
// those.
func fromSQL(b *plan.Block) string {
	from := fromWhere(b)
	return from[0] + from[1]
}

// fromWhere writes FROM and WHERE, each for itself.
func fromWhere(b *plan.Block) (s [2]string) {
	where := make([]string, 0, len(b.Where))
	for _, c := range b.Where {
		where = append(where, ExprSQL(c, nil))
	}
	on := map[*plan.JoinTree]string{}
	joinConditions(b.Joins, figuresBeside(b.Joins), on)
	s[0] = "\n  FROM " + leftToRight(b.Joins, on)
	if len(where) > 0 {
		s[1] = "\n  WHERE " + strings.Join(where, " AND ")
	}
	return s
}

// joinConditions writes conditions; figures is what figures are columns of, where they stand in left joins.
func joinConditions(j *plan.JoinTree, figures string, on map[*plan.JoinTree]string) {
	if j.Rel != nil {
		return
	}
	joinConditions(j.Left, figures, on)
	joinConditions(j.Right, figuresBeside(j.Right), on)
	m := emitter{}
	if j.Kind == plan.LeftJoin {
		m.figures = figures
	}
	parts := make([]string, len(j.On))
	for i, c := range j.On {
		parts[i] = m.expr(c, false)
	}
	on[j] = strings.Join(parts, " AND ")
}

// figuresBeside is what the one row of figures is called beside the relations that are joined from left to right, if
// conditions of their left joins read it: the engine has no subqueries there that are compared with the left side.
func figuresBeside(j *plan.JoinTree) string {
	for k := j; k.Rel == nil; k = k.Left {
		if k.Kind == plan.LeftJoin && slices.ContainsFunc(k.On, (*plan.Expr).ReadsFigure) {
			return fmt.Sprintf("f%d", j.Leaves()[0].ID)
		}
	}
	return ""
}

// leftToRight writes relations that are joined from left to right.
func leftToRight(j *plan.JoinTree, on map[*plan.JoinTree]string) string {
	if figures := figuresBeside(j); figures != "" {
		one := "(SELECT 1) AS one_" + figures + " LEFT JOIN " + Quote(task.FiguresTable) + " AS " + figures + " ON TRUE"
		return one + " CROSS JOIN " + joinSQL(j, on)
	}
	return joinSQL(j, on)
}

func joinSQL(j *plan.JoinTree, on map[*plan.JoinTree]string) string {
	if j.Rel != nil {
		return relationSQL(j.Rel)
	}
	left, right := joinSQL(j.Left, on), leftToRight(j.Right, on)
	if j.Right.Rel == nil {
		right = "(" + right + ")"
	}
	switch j.Kind {
	case plan.CrossJoin:
		return left + " CROSS JOIN " + right
	case plan.LeftJoin:
		return left + "\n    LEFT JOIN " + right + " ON " + on[j]
	case plan.SemiJoin:
		return left + "\n    SEMI JOIN " + right + " ON " + on[j]
	case plan.AntiJoin:
		return left + "\n    ANTI JOIN " + right + " ON " + on[j]
	}
	return left + "\n    JOIN " + right + " ON " + on[j]
}

func relationSQL(r *plan.Relation) string {
	if r.Parts != nil {
		return fmt.Sprintf("(%s) AS t%d", unionSQL(r), r.ID)
	}
	if r.Inner == nil {
		return fmt.Sprintf("%s AS t%d", Quote(r.Table.Dataset.Name), r.ID)
	}
	return fmt.Sprintf("(%s) AS t%d", innerSQL(r.Inner, r), r.ID)
}

// innerSQL writes a block in FROM: the columns read of it, and the numbers of its privacy units.
func innerSQL(b *plan.Block, r *plan.Relation) string {
	switch {
	case b.Grouped:
		return perUnitSQL(b, r)
	case b.Qualify != nil || len(b.Windows()) > 0:
		return windowedSQL(b, r)
	}
	var cols []string
	for i, c := range r.Cols {
		if c.Used {
			cols = append(cols, fmt.Sprintf("%s AS c%d", ExprSQL(c.Def, nil), i+1))
		}
	}
	for i, u := range r.Carried() {
		cols = append(cols, fmt.Sprintf("%s AS u%d", unitSQL(u), i+1))
	}
	if len(cols) == 0 { // of reference data, where only that a row is there matters
		cols = append(cols, "1 AS one")
	}
	return "SELECT " + strings.Join(cols, ", ") + fromSQL(b)
}

// perUnitSQL writes a block that groups by a privacy unit. Expressions over its aggregates stand one level further out,
// because TRY takes no aggregates.
func perUnitSQL(b *plan.Block, r *plan.Relation) string {
	var outer, inner, groups []string
	for i, c := range r.Cols {
		if c.Used {
			outer = append(outer, fmt.Sprintf("%s AS c%d", ExprSQL(c.Def, b.Aggs), i+1))
		}
	}
	for i, k := range b.Keys {
		inner = append(inner, fmt.Sprintf("%s AS k%d", ExprSQL(k, nil), i+1))
		groups = append(groups, strconv.Itoa(i+1))
	}
	for i, g := range b.Aggs {
		inner = append(inner, fmt.Sprintf("%s AS v%d", aggregateSQL(g), i+1))
	}
	for i, u := range r.Carried() {
		outer = append(outer, fmt.Sprintf("r.u%d", i+1))
		inner = append(inner, fmt.Sprintf("max(%s) AS u%d", unitSQL(u), i+1))
	}
	s := "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + fromSQL(b) +
		"\n  GROUP BY " + strings.Join(groups, ", ") + ") AS r"
	if b.Having != nil {
		s += " WHERE " + ExprSQL(b.Having, b.Aggs)
	}
	return s
}

// aggregateSQL writes an aggregate over rows, as per-unit blocks need it.
func aggregateSQL(g *plan.Aggregate) string { return aggregateBy(g, emitter{}) }

func aggregateBy(g *plan.Aggregate, m emitter) string {
	arg := "*"
	if g.Arg != nil {
		arg = m.expr(guarded(g), false)
	}
	if g.Fn == "count_distinct" || g.Fn == "count_units" {
		arg = "DISTINCT " + arg
	}
	if g.Fn == "first" {
		by := make([]string, len(g.Order))
		for i, o := range g.Order {
			by[i] = m.expr(o.Expr, false) + o.Direction()
		}
		arg += " ORDER BY " + strings.Join(append(by, arg+" ASC NULLS LAST"), ", ")
	}
	if g.Fn == "quantile" {
		arg += ", " + plan.FormatFloat(g.Quantile)
	}
	if m.canonical && rounds(g) {
		arg += " ORDER BY " + arg
	}
	s := fmt.Sprintf("%s(%s)", EngineNames[g.Fn], arg)
	if g.Filter != nil {
		s += fmt.Sprintf(" FILTER (WHERE %s)", m.expr(g.Filter, false))
	}
	if g.Quantiles() {
		s = fmt.Sprintf("CAST(%s AS DOUBLE)", s) // of decimals it is a decimal
	}
	if g.Fn == "sum" && g.Type == plan.Int {
		s = fmt.Sprintf("TRY_CAST(%s AS BIGINT)", s)
	}
	return s
}

// rounds reports whether the result depends on the order in which values are added up, as sums of doubles do, and
// variances, which the engine computes in doubles. In class dp what a unit adds is a function of its rows alone, and
// the order in which the engine meets them is not.
func rounds(g *plan.Aggregate) bool {
	return g.Spread() || (g.Fn == "sum" || g.Fn == "avg") && guarded(g).Type == plan.Double
}

// EngineNames are what the engine calls the aggregates.
var EngineNames = map[string]string{"count": "count", "count_units": "count", "count_distinct": "count", "sum": "sum",
	"avg":    "avg",
	"stddev": "stddev_samp", "stddev_pop": "stddev_pop", "var": "var_samp", "var_pop": "var_pop", "median": "median",
	"quantile": "quantile_cont",
	"min":      "min", "max": "max", "first": "first"}

// guarded is the argument held to a range in which the aggregate cannot fail: decimals to 28 digits for exact sums,
// doubles to finite numbers small enough to be squared for variances.
func guarded(g *plan.Aggregate) *plan.Expr {
	e := g.Arg
	switch {
	case strings.HasPrefix(g.Fn, "count"), g.Picks():
		return e
	case e.Type == plan.Bool:
		return plan.CastTo(e, plan.Int)
	case e.Type.Kind == plan.KindDecimal && e.Type.Scale > plan.MaxSumScale:
		e = plan.CastTo(e, plan.Double)
	case e.Type.Kind == plan.KindDecimal && (e.Type.Width > 28 || e.Op != plan.OpColumn):
		return plan.CastTo(e, plan.Decimal(28, e.Type.Scale))
	}
	if e.Type == plan.Double {
		limit := "1e290"
		if g.Fn != "sum" && g.Fn != "avg" {
			limit = "1e150"
		}
		bound := &plan.Expr{Op: plan.OpConst, Type: plan.Double, Literal: plan.Literal{Type: plan.Double, Text: limit}}
		low := &plan.Expr{Op: plan.OpConst, Type: plan.Double,
			Literal: plan.Literal{Type: plan.Double, Text: "-" + limit}}
		within := &plan.Expr{Op: plan.OpCall, Fn: "between", Type: plan.Bool, Args: []*plan.Expr{e, low, bound}}
		return &plan.Expr{Op: plan.OpCase, Type: plan.Double,
			Args: []*plan.Expr{within, e, {Op: plan.OpConst, Type: plan.Null, Literal: plan.Literal{Type: plan.Null}}}}
	}
	return e
}

// Rows writes a row-level result. Its order shows nothing that its cells do not: ties are broken by columns that may be
// shown, and between masked ones by a hash.
func Rows(b *plan.Block) string {
	var cols, order []string
	for i, o := range b.Outs {
		cols = append(cols, fmt.Sprintf("%s AS o%d", outputSQL(o.Expr, nil), i+1))
	}
	for i, o := range b.Order {
		if n := slices.IndexFunc(b.Outs,
			func(out *plan.Output) bool { return plan.SameExpr(out.Expr, o.Expr) }); n >= 0 {
			order = append(order, fmt.Sprintf("r.o%d%s", n+1, o.Direction()))
			continue
		}
		cols = append(cols, fmt.Sprintf("%s AS x%d", ExprSQL(o.Expr, nil), i+1))
		order = append(order, fmt.Sprintf("r.x%d%s", i+1, o.Direction()))
	}
	for i, o := range b.Outs {
		if plan.MaskOf(o.Expr) == "" {
			order = append(order, fmt.Sprintf("r.o%d NULLS LAST", i+1))
		}
	}
	shown := make([]string, len(b.Outs))
	for i, o := range b.Outs {
		if plan.MaskOf(o.Expr) != "" {
			order = append(order, fmt.Sprintf("hash(r.o%d)", i+1))
		}
		shown[i] = fmt.Sprintf("r.o%d AS %s", i+1, Quote(o.Name))
	}
	distinct := ""
	if b.Distinct {
		distinct = "DISTINCT "
	}
	return "SELECT " + strings.Join(shown, ", ") + "\nFROM (\n  SELECT " + distinct + strings.Join(cols, ", ") +
		fromSQL(b) + "\n) AS r\nORDER BY " + strings.Join(order, ", ") + limitSQL(b)
}

func limitSQL(b *plan.Block) string {
	s := ""
	if b.Limit != nil {
		s += fmt.Sprintf("\nLIMIT %d", *b.Limit)
	}
	if b.Offset != nil {
		s += fmt.Sprintf(" OFFSET %d", *b.Offset)
	}
	return s
}
