package query

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/bind"
	"github.com/yumen-data/yumen/query/decode"
	"github.com/yumen-data/yumen/query/emit"
	"github.com/yumen-data/yumen/query/plan"
	"github.com/yumen-data/yumen/query/reason"
)

// writer writes a plan without evidence, as one statement that analysis accepts again. It is what the identity
// parse → plan → emit → parse → plan is held with.
type writer struct{ b *plan.Block }

func (c writer) expr(e *plan.Expr) string {
	if e.Op == plan.OpKey {
		return c.expr(c.b.Keys[e.Key])
	}
	if e.Op == plan.OpAgg {
		return c.aggregate(e.Aggregate)
	}
	if e.Op == plan.OpWindow {
		return emit.WindowSQL(e, c.expr, nil)
	}
	if e.Op == plan.OpLevel {
		var of []string
		for _, k := range e.Args {
			of = append(of, c.expr(k))
		}
		return "GROUPING(" + strings.Join(of, ", ") + ")"
	}
	flat := *e
	// Keys and aggregates cannot be written by the emitter in place; each is put in as a marker and replaced.
	var inner []string
	flat = *mark(&flat, func(x *plan.Expr) string {
		inner = append(inner, c.expr(x))
		return fmt.Sprintf("\x01%d\x02", len(inner)-1)
	})
	s := emit.ExprSQL(&flat, nil)
	for i, in := range inner {
		s = strings.ReplaceAll(s, fmt.Sprintf("t0.\"\x01%d\x02\"", i), in)
	}
	return s
}

// mark replaces keys and aggregates below e by columns of an impossible name.
func mark(e *plan.Expr, name func(*plan.Expr) string) *plan.Expr {
	if e.Op == plan.OpKey || e.Op == plan.OpAgg || e.Op == plan.OpWindow || e.Op == plan.OpLevel {
		d := markerColumn(name(e))
		return &plan.Expr{Op: plan.OpColumn, Type: e.Type, Column: d}
	}
	c := *e
	c.Args = make([]*plan.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = mark(a, name)
	}
	return &c
}

func (c writer) aggregate(g *plan.Aggregate) string {
	arg := "*"
	if g.Arg != nil {
		arg = c.expr(g.Arg)
	}
	if g.Fn == "count_distinct" || g.Fn == "count_units" {
		arg = "DISTINCT " + arg
	}
	var order []string
	for _, o := range g.Order {
		order = append(order, c.expr(o.Expr)+o.Direction())
	}
	if len(order) > 0 {
		arg += " ORDER BY " + strings.Join(order, ", ")
	}
	if g.Fn == "quantile" {
		arg += ", " + plan.FormatFloat(g.Quantile)
	}
	s := emit.EngineNames[g.Fn] + "(" + arg + ")"
	if g.Filter != nil {
		s += " FILTER (WHERE " + c.expr(g.Filter) + ")"
	}
	return s
}

func (c writer) sql(names bool) string {
	var cols, keys, order []string
	for i, o := range c.b.Outs {
		name := fmt.Sprintf("c%d", i+1)
		if names {
			name = quoted(o.Name)
		}
		cols = append(cols, c.expr(o.Expr)+" AS "+name)
	}
	distinct := ""
	if c.b.Distinct {
		distinct = "DISTINCT "
	}
	s := "SELECT " + distinct + strings.Join(cols, ", ") + " FROM " + c.from(c.b.Joins)
	if len(c.b.Where) > 0 {
		s += " WHERE " + c.conjunction(c.b.Where)
	}
	for _, k := range c.b.Keys {
		keys = append(keys, c.expr(k))
	}
	if len(c.b.Levels) > 0 {
		s += " GROUP BY GROUPING SETS " + c.sets(keys)
	} else if len(keys) > 0 {
		s += " GROUP BY " + strings.Join(keys, ", ")
	} else if c.b.Grouped && len(c.b.Aggs) == 0 {
		s += " GROUP BY ()"
	}
	if c.b.Having != nil {
		s += " HAVING " + c.expr(c.b.Having)
	}
	if c.b.Qualify != nil {
		s += " QUALIFY " + c.expr(c.b.Qualify)
	}
	for _, o := range c.b.Order {
		order = append(order, c.expr(o.Expr)+o.Direction())
	}
	if len(order) > 0 {
		s += " ORDER BY " + strings.Join(order, ", ")
	}
	if c.b.Limit != nil {
		s += fmt.Sprintf(" LIMIT %d", *c.b.Limit)
	}
	if c.b.Offset != nil {
		s += fmt.Sprintf(" OFFSET %d", *c.b.Offset)
	}
	return s
}

// sets writes the keys that each level has.
func (c writer) sets(keys []string) string {
	var sets []string
	for _, level := range c.b.Levels {
		var of []string
		for i, k := range keys {
			if level>>i&1 == 0 {
				of = append(of, k)
			}
		}
		sets = append(sets, "("+strings.Join(of, ", ")+")")
	}
	return "(" + strings.Join(sets, ", ") + ")"
}

func (c writer) conjunction(es []*plan.Expr) string {
	var s []string
	for _, e := range es {
		s = append(s, c.expr(e))
	}
	return strings.Join(s, " AND ")
}

func (c writer) from(j *plan.JoinTree) string {
	if j.Rel != nil {
		if j.Rel.Parts != nil {
			var sides []string
			for _, p := range j.Rel.Parts {
				sides = append(sides, writer{p.Inner}.sql(false))
			}
			return fmt.Sprintf("(%s) AS t%d", strings.Join(sides, " UNION ALL "), j.Rel.ID)
		}
		if j.Rel.Inner != nil {
			return fmt.Sprintf("(%s) AS t%d", writer{j.Rel.Inner}.sql(false), j.Rel.ID)
		}
		return fmt.Sprintf("%s AS t%d", quoted(j.Rel.Table.Dataset.Name), j.Rel.ID)
	}
	right := c.from(j.Right)
	if j.Right.Rel == nil {
		right = "(" + right + ")"
	}
	switch j.Kind {
	case plan.CrossJoin:
		return c.from(j.Left) + " CROSS JOIN " + right
	case plan.LeftJoin:
		return c.from(j.Left) + " LEFT JOIN " + right + " ON " + c.conjunction(j.On)
	case plan.SemiJoin:
		return c.from(j.Left) + " SEMI JOIN " + right + " ON " + c.conjunction(j.On)
	case plan.AntiJoin:
		return c.from(j.Left) + " ANTI JOIN " + right + " ON " + c.conjunction(j.On)
	}
	return c.from(j.Left) + " JOIN " + right + " ON " + c.conjunction(j.On)
}

// planOf analyses a statement as far as its plan.
func planOf(t *testing.T, s statement, tree []byte, sc plan.Scope) *plan.Block {
	t.Helper()
	rs := &reason.List{Source: reason.Source{Text: s.sql}}
	q, err := decode.Tree(tree, nil, rs)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	b := bind.Resolve(q, &sc, rs).Block
	if len(rs.All) > 0 {
		t.Fatalf("%s: %v\n%s", s.name, rs.Refusal(), s.sql)
	}
	if next := 0; !b.Post {
		renumber(b, &next)
	}
	return b
}

// renumber numbers tables in the order they are written, as analysis does; merging blocks leaves gaps.
func renumber(b *plan.Block, next *int) {
	for _, r := range b.Joins.Leaves() {
		*next++
		r.ID = *next
		for _, p := range r.Parts {
			renumber(p.Inner, next)
		}
		if r.Inner != nil {
			renumber(r.Inner, next)
		}
	}
}

// TestIdentity holds that a plan written out and parsed again is the same plan. testdata/canonical/all.sql has what
// each accepted statement is written out as.
func TestIdentity(t *testing.T) {
	trees, scope := readTrees(t), readScope(t)
	files, _ := filepath.Glob("testdata/*.sql")
	var got bytes.Buffer
	written := map[string]string{}
	for _, file := range files {
		for _, s := range readCorpus(t, file) {
			sc := scope
			sc.Class = s.class
			if _, err := Analyse(s.sql, treeOf(t, trees, s), sc); err != nil {
				continue
			}
			b := planOf(t, s, treeOf(t, trees, s), sc)
			if b.Post || len(b.Scalars) > 0 { // what is made of answers asks nothing of the data
				continue
			}
			name, sql := filepath.Base(file)+", "+s.name, writer{b}.sql(true)
			if strings.Contains(sql, task.FiguresTable) { // another question, which is not written here, is asked before
				continue
			}
			written[name] = sql
			fmt.Fprintf(&got, "-- name: %s\n", name)
			if s.class != "" {
				fmt.Fprintf(&got, "-- class: %s\n", s.class)
			}
			got.WriteString(written[name] + "\n\n")
		}
	}
	goldentest.File(t, "testdata/canonical/all.sql", got.Bytes())
	if t.Failed() {
		return
	}
	for _, s := range readCorpus(t, "testdata/canonical/all.sql") {
		sc := scope
		sc.Class = s.class
		again := writer{planOf(t, s, treeOf(t, trees, s), sc)}.sql(true)
		if again != written[s.name] {
			t.Errorf("%s: planned again it differs\n%s\n%s", s.name, written[s.name], again)
		}
	}
}

func markerColumn(name string) *plan.Column {
	return &plan.Column{Relation: &plan.Relation{}, Name: name, Base: &yumen.Column{Name: name}}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
