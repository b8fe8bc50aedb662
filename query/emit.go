package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// This file and emit_groups.go write the plan for DuckDB. Only names of the catalog, names made here, typed constants and
// aliases of result columns get into the text; every name is quoted.

// viewsOf lists what the statement reads that was written of a block.
func viewsOf(b *block, tables []Table) (out []task.View) {
	for _, t := range tables {
		if v, ok := viewOf(b, t.Dataset); ok {
			out = append(out, v)
		}
	}
	return out
}

// viewOf lists the columns of a dataset that the emitted statement reads, over all its instances.
func viewOf(b *block, d yumen.Dataset) (task.View, bool) {
	used, found := map[string]bool{}, false
	b.scans(func(r *relation) {
		if r.table.Dataset.Name != d.Name {
			return
		}
		found = true
		for _, c := range r.cols {
			used[c.base.Name] = used[c.base.Name] || c.used
		}
	})
	return view(d, used), found
}

// scans visits every dataset instance below b.
func (b *block) scans(visit func(*relation)) {
	reads := b.scalars
	if b.joins != nil {
		reads = append(b.joins.leaves(), reads...)
	}
	for _, r := range reads {
		switch {
		case r.parts != nil:
			for _, p := range r.parts {
				p.inner.scans(visit)
			}
		case r.inner != nil:
			r.inner.scans(visit)
		default:
			visit(r)
		}
	}
}

// ref writes a column and marks it as read.
func (c *column) refSQL() string {
	c.used = true
	for _, alt := range c.alts {
		alt.used = true
	}
	if c.cell != "" {
		return "r." + c.cell
	}
	if c.base != nil {
		return fmt.Sprintf("t%d.%s", c.rel.id, quote(c.base.Name))
	}
	return fmt.Sprintf("t%d.c%d", c.rel.id, slices.Index(c.rel.cols, c)+1)
}

// unitSQL writes the number of a privacy unit.
func (u *unit) unitSQL() string {
	if u.rel.table != nil {
		return fmt.Sprintf("t%d.%s", u.rel.id, quote(yumen.UnitColumn))
	}
	return fmt.Sprintf("t%d.u%d", u.rel.id, u.n+1)
}

// cast writes an output in its declared type, so that the result has the columns the plan says.
func (e *expr) output(aggs []*aggregate) string {
	if e.op == opColumn && e.col.base != nil || e.op == opKey && e.typ.kind == kText {
		return e.sql(aggs)
	}
	return fmt.Sprintf("TRY_CAST(%s AS %s)", e.sql(aggs), e.typ.sql())
}

// fromSQL writes FROM and WHERE. It must come after everything else that names columns, so that subqueries offer only those.
func (b *block) fromSQL() string {
	where := make([]string, 0, len(b.where))
	for _, c := range b.where {
		where = append(where, c.sql(nil))
	}
	on := map[*joinTree]string{}
	b.joins.conditions(on)
	s := "\n  FROM " + b.joins.sql(on)
	if len(where) > 0 {
		s += "\n  WHERE " + strings.Join(where, " AND ")
	}
	return s
}

func (j *joinTree) conditions(on map[*joinTree]string) {
	if j.rel != nil {
		return
	}
	j.left.conditions(on)
	j.right.conditions(on)
	parts := make([]string, len(j.on))
	for i, c := range j.on {
		parts[i] = c.sql(nil)
	}
	on[j] = strings.Join(parts, " AND ")
}

func (j *joinTree) sql(on map[*joinTree]string) string {
	if j.rel != nil {
		return j.rel.sql()
	}
	left, right := j.left.sql(on), j.right.sql(on)
	if j.right.rel == nil {
		right = "(" + right + ")"
	}
	switch j.kind {
	case crossJoin:
		return left + " CROSS JOIN " + right
	case leftJoin:
		return left + "\n    LEFT JOIN " + right + " ON " + on[j]
	case semiJoin:
		return left + "\n    SEMI JOIN " + right + " ON " + on[j]
	case antiJoin:
		return left + "\n    ANTI JOIN " + right + " ON " + on[j]
	}
	return left + "\n    JOIN " + right + " ON " + on[j]
}

func (r *relation) sql() string {
	if r.parts != nil {
		return fmt.Sprintf("(%s) AS t%d", r.unionSQL(), r.id)
	}
	if r.inner == nil {
		return fmt.Sprintf("%s AS t%d", quote(r.table.Dataset.Name), r.id)
	}
	return fmt.Sprintf("(%s) AS t%d", r.inner.innerSQL(r), r.id)
}

// innerSQL writes a block in FROM: the columns read of it, and the numbers of its privacy units.
func (b *block) innerSQL(r *relation) string {
	switch {
	case b.grouped:
		return b.perUnitSQL(r)
	case b.qualify != nil || len(b.windows()) > 0:
		return b.windowedSQL(r)
	}
	var cols []string
	for i, c := range r.cols {
		if c.used {
			cols = append(cols, fmt.Sprintf("%s AS c%d", c.def.sql(nil), i+1))
		}
	}
	for i, u := range r.carried() {
		cols = append(cols, fmt.Sprintf("%s AS u%d", u.unitSQL(), i+1))
	}
	if len(cols) == 0 { // of reference data, where only that a row is there matters
		cols = append(cols, "1 AS one")
	}
	return "SELECT " + strings.Join(cols, ", ") + b.fromSQL()
}

// perUnitSQL writes a block that groups by a privacy unit. Expressions over its aggregates stand one level further out,
// because TRY takes no aggregates.
func (b *block) perUnitSQL(r *relation) string {
	var outer, inner, groups []string
	for i, c := range r.cols {
		if c.used {
			outer = append(outer, fmt.Sprintf("%s AS c%d", c.def.sql(b.aggs), i+1))
		}
	}
	for i, k := range b.keys {
		inner = append(inner, fmt.Sprintf("%s AS k%d", k.sql(nil), i+1))
		groups = append(groups, itoa(i+1))
	}
	for i, g := range b.aggs {
		inner = append(inner, fmt.Sprintf("%s AS v%d", g.sql(), i+1))
	}
	for i, u := range r.carried() {
		outer = append(outer, fmt.Sprintf("r.u%d", i+1))
		inner = append(inner, fmt.Sprintf("max(%s) AS u%d", u.unitSQL(), i+1))
	}
	s := "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + b.fromSQL() + "\n  GROUP BY " + strings.Join(groups, ", ") + ") AS r"
	if b.having != nil {
		s += " WHERE " + b.having.sql(b.aggs)
	}
	return s
}

// sql writes an aggregate over rows, as per-unit blocks need it.
func (g *aggregate) sql() string { return g.sqlBy(emitter{}) }

func (g *aggregate) sqlBy(m emitter) string {
	arg := "*"
	if g.arg != nil {
		arg = m.expr(g.guarded(), false)
	}
	if g.fn == "count_distinct" || g.fn == "count_units" {
		arg = "DISTINCT " + arg
	}
	if g.fn == "first" {
		by := make([]string, len(g.order))
		for i, o := range g.order {
			by[i] = m.expr(o.expr, false) + o.direction()
		}
		arg += " ORDER BY " + strings.Join(append(by, arg+" ASC NULLS LAST"), ", ")
	}
	if g.fn == "quantile" {
		arg += ", " + float(g.q)
	}
	if m.canonical && g.rounds() {
		arg += " ORDER BY " + arg
	}
	s := fmt.Sprintf("%s(%s)", engineNames[g.fn], arg)
	if g.filter != nil {
		s += fmt.Sprintf(" FILTER (WHERE %s)", m.expr(g.filter, false))
	}
	if privateAggregates[g.fn] != "" {
		s = fmt.Sprintf("CAST(%s AS DOUBLE)", s) // of decimals it is a decimal
	}
	if g.fn == "sum" && g.typ == tInt {
		s = fmt.Sprintf("TRY_CAST(%s AS BIGINT)", s)
	}
	return s
}

// rounds reports whether the result depends on the order in which values are added up, as sums of doubles do, and variances, which the
// engine computes in doubles. In class dp what a unit adds is a function of its rows alone, and the order in which the engine meets
// them is not.
func (g *aggregate) rounds() bool {
	return strings.HasPrefix(g.fn, "var") || strings.HasPrefix(g.fn, "stddev") || (g.fn == "sum" || g.fn == "avg") && g.guarded().typ == tDouble
}

var engineNames = map[string]string{"count": "count", "count_units": "count", "count_distinct": "count", "sum": "sum", "avg": "avg",
	"stddev": "stddev_samp", "stddev_pop": "stddev_pop", "var": "var_samp", "var_pop": "var_pop", "median": "median", "quantile": "quantile_cont",
	"min": "min", "max": "max", "first": "first"}

// guarded is the argument held to a range in which the aggregate cannot fail: decimals to 28 digits for exact sums, doubles
// to finite numbers small enough to be squared for variances.
func (g *aggregate) guarded() *expr {
	e := g.arg
	switch {
	case strings.HasPrefix(g.fn, "count"), g.picks():
		return e
	case e.typ == tBool:
		return castTo(e, tInt)
	case e.typ.kind == kDecimal && e.typ.scale > maxSumScale:
		e = castTo(e, tDouble)
	case e.typ.kind == kDecimal && (e.typ.width > 28 || e.op != opColumn):
		return castTo(e, tDecimal(28, e.typ.scale))
	}
	if e.typ == tDouble {
		limit := "1e290"
		if g.fn != "sum" && g.fn != "avg" {
			limit = "1e150"
		}
		bound := &expr{op: opConst, typ: tDouble, lit: literal{tDouble, limit}}
		low := &expr{op: opConst, typ: tDouble, lit: literal{tDouble, "-" + limit}}
		within := &expr{op: opCall, fn: "between", typ: tBool, args: []*expr{e, low, bound}}
		return &expr{op: opCase, typ: tDouble, args: []*expr{within, e, {op: opConst, typ: tNull, lit: literal{typ: tNull}}}}
	}
	return e
}

func castTo(e *expr, t sqlType) *expr {
	return &expr{op: opCast, typ: t, args: []*expr{e}, at: e.at}
}

// emitRows writes a row-level result. Its order shows nothing that its cells do not: ties are broken by columns that may be
// shown, and between masked ones by a hash.
func emitRows(b *block) string {
	var cols, order []string
	for i, o := range b.outs {
		cols = append(cols, fmt.Sprintf("%s AS o%d", o.expr.output(nil), i+1))
	}
	for i, o := range b.order {
		if n := slices.IndexFunc(b.outs, func(out *output) bool { return sameExpr(out.expr, o.expr) }); n >= 0 {
			order = append(order, fmt.Sprintf("r.o%d%s", n+1, o.direction()))
			continue
		}
		cols = append(cols, fmt.Sprintf("%s AS x%d", o.expr.sql(nil), i+1))
		order = append(order, fmt.Sprintf("r.x%d%s", i+1, o.direction()))
	}
	for i, o := range b.outs {
		if maskOf(o.expr) == "" {
			order = append(order, fmt.Sprintf("r.o%d NULLS LAST", i+1))
		}
	}
	shown := make([]string, len(b.outs))
	for i, o := range b.outs {
		if maskOf(o.expr) != "" {
			order = append(order, fmt.Sprintf("hash(r.o%d)", i+1))
		}
		shown[i] = fmt.Sprintf("r.o%d AS %s", i+1, quote(o.name))
	}
	distinct := ""
	if b.distinct {
		distinct = "DISTINCT "
	}
	return "SELECT " + strings.Join(shown, ", ") + "\nFROM (\n  SELECT " + distinct + strings.Join(cols, ", ") + b.fromSQL() + "\n) AS r\nORDER BY " + strings.Join(order, ", ") + b.limitSQL()
}

func (o ordering) direction() string {
	s := " ASC"
	if o.descending {
		s = " DESC"
	}
	if o.nullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

func (b *block) limitSQL() string {
	s := ""
	if b.limit != nil {
		s += fmt.Sprintf("\nLIMIT %d", *b.limit)
	}
	if b.offset != nil {
		s += fmt.Sprintf(" OFFSET %d", *b.offset)
	}
	return s
}
