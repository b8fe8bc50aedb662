package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/plan"
)

// layer is what the ledger keeps of measures: how often units count in cells, or what they add to sums.
type layer struct {
	input   int  // of cells.Measures, −1 for all rows
	once    bool // each unit counts once
	sums    bool
	columns []string
}

// labels writes, of each kind of unit, the statement of its labels.
func (e groupEmitter) labels() *task.LabelsSpec {
	layers := e.layers()
	out := &task.LabelsSpec{}
	for i, u := range e.units {
		k := task.LabeledKind{Unit: u.Root().Kind, SQL: e.labelsSQL(i, layers),
			Groups: e.labeledGroups(i) + "SELECT count(*) FROM _c"}
		for _, l := range layers {
			k.Layers = append(k.Layers, e.described(l))
		}
		out.Kinds = append(out.Kinds, k)
	}
	return out
}

// layers lists those that cells show, each once. What is no sum and no count shows both: a mean beside a count is a sum.
func (e groupEmitter) layers() (out []layer) {
	add := func(l layer, column string) {
		i := slices.IndexFunc(out, func(o layer) bool {
			return o.input == l.input && o.once == l.once && o.sums == l.sums
		})
		if i < 0 {
			i, out = len(out), append(out, l)
		}
		out[i].columns = append(out[i].columns, column)
	}
	for i, g := range e.b.Aggs {
		column, m := e.cells[len(e.b.Keys)+i].Name, e.m.List[e.m.Of(g)-1]
		once := e.rowsAreUnits() || m.Units || m.Values
		switch {
		case m.Counts || m.Units || m.Values:
			add(layer{input: m.Input, once: once}, column)
		case g.Fn == "sum":
			add(layer{input: m.Input, sums: true}, column)
		default:
			add(layer{input: m.Input, sums: true}, column)
			add(layer{input: m.Input, once: once}, column)
		}
	}
	return out
}

// described is what of a layer is the same whatever the data.
func (e groupEmitter) described(l layer) task.LabelLayer {
	out := task.LabelLayer{Columns: l.columns}
	digest := func(x *plan.Expr) yumen.Digest { return yumen.DigestOf([]byte(e.lasting(x))) }
	for _, k := range e.b.Keys {
		out.Keys = append(out.Keys, digest(k))
	}
	for _, w := range e.b.Where {
		out.Conditions = append(out.Conditions, digest(w))
	}
	if l.input < 0 {
		return out
	}
	in := e.m.Inputs[l.input]
	if in.Filter != nil {
		out.Conditions = append(out.Conditions, digest(in.Filter))
	}
	if in.Arg != nil {
		if l.sums {
			out.Sum = digest(in.Arg)
		} else {
			out.Conditions = append(out.Conditions, yumen.DigestOf([]byte("value of "+e.lasting(in.Arg))))
		}
	}
	return out
}

// labeledGroups numbers the rows of the table in its order: those with a unit, where the table comes from units.
func (e groupEmitter) labeledGroups(unit int) string {
	var keys, order []string
	for _, i := range e.keyNumbers() {
		keys = append(keys, fmt.Sprintf("k%d", i))
		if i > 0 {
			order = append(order, fmt.Sprintf("k%d NULLS LAST", i))
		}
	}
	if len(e.b.Levels) > 0 {
		order = append(order, "k0")
	}
	if len(keys) == 0 {
		return "WITH " + cte("_base", e.base()) + ",\n" + cte("_c", "SELECT 0 AS c") + "\n"
	}
	from := " FROM _base"
	if len(e.units) == 1 && e.mergeable() && !e.rowsAreUnits() {
		from += fmt.Sprintf(" WHERE u%d IS NOT NULL", unit+1)
	}
	return "WITH " + cte("_base", e.base()) + ",\n" + cte("_c", fmt.Sprintf(
		"SELECT %s, row_number() OVER (ORDER BY %s) - 1 AS c FROM (SELECT DISTINCT %[1]s%[3]s)",
		strings.Join(keys, ", "), strings.Join(order, ", "), from)) + "\n"
}

// labelsSQL writes the statement of labels.
func (e groupEmitter) labelsSQL(unit int, layers []layer) string {
	level, group := "CAST(0 AS BIGINT)", " GROUP BY ALL"
	if len(e.b.Levels) > 0 {
		level = "CAST(b.k0 AS BIGINT)"
	}
	rows := e.rowsAreUnits()
	if rows {
		group = ""
	}
	cols := []string{"CAST(c.c AS BIGINT) AS c", level + " AS l", fmt.Sprintf("CAST(b.u%d AS BIGINT) AS u", unit+1)}
	for i, l := range layers {
		cols = append(cols, fmt.Sprintf("%s AS x%d", e.layerSQL(l, rows), i+1))
	}
	return e.labeledGroups(unit) + "SELECT " + strings.Join(cols, ", ") + " FROM _base AS b JOIN _c AS c ON " +
		e.sameKeys("b", "c") + fmt.Sprintf(" WHERE b.u%d IS NOT NULL", unit+1) + group
}

// layerSQL writes what a unit adds in a cell, of rows that are units without adding up.
func (e groupEmitter) layerSQL(l layer, rows bool) string {
	a := fmt.Sprintf("b.a%d", l.input+1)
	switch {
	case l.sums && rows:
		return "coalesce(CAST(" + a + " AS DOUBLE), 0)"
	case l.sums:
		return "coalesce(sum(CAST(" + a + " AS DOUBLE)), 0)"
	case rows && l.input < 0:
		return "CAST(1 AS BIGINT)"
	case rows:
		return "CAST(" + a + " IS NOT NULL AS BIGINT)"
	}
	counted := "count(*)"
	if l.input >= 0 {
		counted = "count(" + a + ")"
	}
	if l.once {
		return "CAST(" + counted + " > 0 AS BIGINT)"
	}
	return counted
}

// lasting writes an expression so that it reads the same in every statement: columns by dataset.
func (e groupEmitter) lasting(x *plan.Expr) string {
	text := canonicalSQL(x)
	for _, r := range e.b.Rels {
		if r.Table != nil {
			text = strings.ReplaceAll(text, fmt.Sprintf("t%d.", r.ID), Quote(r.Table.Dataset.Name)+".")
		}
	}
	return text
}
