package query

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// writer writes a plan without evidence, as one statement that analysis accepts again. It is what the identity
// parse → plan → emit → parse → plan is held with.
type writer struct{ b *block }

func (c writer) expr(e *expr) string {
	if e.op == opKey {
		return c.expr(c.b.keys[e.key])
	}
	if e.op == opAgg {
		return c.aggregate(e.agg)
	}
	if e.op == opWindow {
		return e.windowSQL(c.expr, nil)
	}
	flat := *e
	// Keys and aggregates cannot be written by the emitter in place; each is put in as a marker and replaced.
	var inner []string
	flat = *mark(&flat, func(x *expr) string {
		inner = append(inner, c.expr(x))
		return fmt.Sprintf("\x01%d\x02", len(inner)-1)
	})
	s := flat.sql(nil)
	for i, in := range inner {
		s = strings.ReplaceAll(s, fmt.Sprintf("t0.\"\x01%d\x02\"", i), in)
	}
	return s
}

// mark replaces keys and aggregates below e by columns of an impossible name.
func mark(e *expr, name func(*expr) string) *expr {
	if e.op == opKey || e.op == opAgg || e.op == opWindow {
		d := markerColumn(name(e))
		return &expr{op: opColumn, typ: e.typ, col: d}
	}
	c := *e
	c.args = make([]*expr, len(e.args))
	for i, a := range e.args {
		c.args[i] = mark(a, name)
	}
	return &c
}

func (c writer) aggregate(g *aggregate) string {
	arg := "*"
	if g.arg != nil {
		arg = c.expr(g.arg)
	}
	if g.fn == "count_distinct" || g.fn == "count_units" {
		arg = "DISTINCT " + arg
	}
	var order []string
	for _, o := range g.order {
		order = append(order, c.expr(o.expr)+o.direction())
	}
	if len(order) > 0 {
		arg += " ORDER BY " + strings.Join(order, ", ")
	}
	s := engineNames[g.fn] + "(" + arg + ")"
	if g.filter != nil {
		s += " FILTER (WHERE " + c.expr(g.filter) + ")"
	}
	return s
}

func (c writer) sql(names bool) string {
	var cols, keys, order []string
	for i, o := range c.b.outs {
		name := fmt.Sprintf("c%d", i+1)
		if names {
			name = quoted(o.name)
		}
		cols = append(cols, c.expr(o.expr)+" AS "+name)
	}
	distinct := ""
	if c.b.distinct {
		distinct = "DISTINCT "
	}
	s := "SELECT " + distinct + strings.Join(cols, ", ") + " FROM " + c.from(c.b.joins)
	if len(c.b.where) > 0 {
		s += " WHERE " + c.conjunction(c.b.where)
	}
	for _, k := range c.b.keys {
		keys = append(keys, c.expr(k))
	}
	if len(keys) > 0 {
		s += " GROUP BY " + strings.Join(keys, ", ")
	} else if c.b.grouped && len(c.b.aggs) == 0 {
		s += " GROUP BY ()"
	}
	if c.b.having != nil {
		s += " HAVING " + c.expr(c.b.having)
	}
	if c.b.qualify != nil {
		s += " QUALIFY " + c.expr(c.b.qualify)
	}
	for _, o := range c.b.order {
		order = append(order, c.expr(o.expr)+o.direction())
	}
	if len(order) > 0 {
		s += " ORDER BY " + strings.Join(order, ", ")
	}
	if c.b.limit != nil {
		s += fmt.Sprintf(" LIMIT %d", *c.b.limit)
	}
	if c.b.offset != nil {
		s += fmt.Sprintf(" OFFSET %d", *c.b.offset)
	}
	return s
}

func (c writer) conjunction(es []*expr) string {
	var s []string
	for _, e := range es {
		s = append(s, c.expr(e))
	}
	return strings.Join(s, " AND ")
}

func (c writer) from(j *joinTree) string {
	if j.rel != nil {
		if j.rel.parts != nil {
			var sides []string
			for _, p := range j.rel.parts {
				sides = append(sides, writer{p.inner}.sql(false))
			}
			return fmt.Sprintf("(%s) AS t%d", strings.Join(sides, " UNION ALL "), j.rel.id)
		}
		if j.rel.inner != nil {
			return fmt.Sprintf("(%s) AS t%d", writer{j.rel.inner}.sql(false), j.rel.id)
		}
		return fmt.Sprintf("%s AS t%d", quoted(j.rel.table.Dataset.Name), j.rel.id)
	}
	right := c.from(j.right)
	if j.right.rel == nil {
		right = "(" + right + ")"
	}
	switch j.kind {
	case crossJoin:
		return c.from(j.left) + " CROSS JOIN " + right
	case leftJoin:
		return c.from(j.left) + " LEFT JOIN " + right + " ON " + c.conjunction(j.on)
	case semiJoin:
		return c.from(j.left) + " SEMI JOIN " + right + " ON " + c.conjunction(j.on)
	case antiJoin:
		return c.from(j.left) + " ANTI JOIN " + right + " ON " + c.conjunction(j.on)
	}
	return c.from(j.left) + " JOIN " + right + " ON " + c.conjunction(j.on)
}

// planOf analyses a statement as far as its plan.
func planOf(t *testing.T, s statement, tree []byte, sc Scope) *block {
	t.Helper()
	rs := &reasons{src: source{s.sql}}
	q, err := decodeTree(tree, rs)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	b := resolve(q, &sc, rs).block
	if len(rs.list) > 0 {
		t.Fatalf("%s: %v\n%s", s.name, rs.refusal(), s.sql)
	}
	if next := 0; !b.post {
		b.renumber(&next)
	}
	return b
}

// renumber numbers tables in the order they are written, as analysis does; merging blocks leaves gaps.
func (b *block) renumber(next *int) {
	for _, r := range b.joins.leaves() {
		*next++
		r.id = *next
		for _, p := range r.parts {
			p.inner.renumber(next)
		}
		if r.inner != nil {
			r.inner.renumber(next)
		}
	}
}

// TestIdentity holds that a plan written out and parsed again is the same plan. testdata/canonical/all.sql has what each
// accepted statement is written out as.
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
			if b.post || len(b.scalars) > 0 { // what is made of answers asks nothing of the data
				continue
			}
			name := filepath.Base(file) + ", " + s.name
			written[name] = writer{b}.sql(true)
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

func markerColumn(name string) *column {
	return &column{rel: &relation{}, name: name, base: &yumen.Column{Name: name}}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
