package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// grouping describes the pass over rows that gives what _x gives, and the statement over what it makes; nil where a pass
// cannot: rows of several tables do not lie unit by unit, and doubles do not add up to the same number in every order.
func (e groupEmitter) grouping(final string) *task.Grouping {
	if r := e.b.joins.rel; r == nil || r.table == nil {
		return nil
	}
	g := &task.Grouping{Subsets: len(e.m.subset), Largest: e.risk.Dominance.N}
	for _, k := range e.b.keys {
		t := k.typ.name()
		if !t.Known() || k.typ.kind == kDouble {
			return nil
		}
		g.Keys = append(g.Keys, t)
	}
	for _, in := range e.m.inputs {
		got := task.GroupedInput{Type: yumen.Boolean}
		if e.summed(in) {
			t := e.guard(in).typ
			if t.kind != kInt && !(t.kind == kDecimal && t.width <= 18) {
				return nil
			}
			got = task.GroupedInput{Type: t.name(), Sum: true}
		}
		g.Inputs = append(g.Inputs, got)
	}
	g.SQL = e.ordered()
	g.Rest = "WITH " + cte("_x", "SELECT "+e.keys("")+strings.Join(e.passed(), ", ")+", "+e.passedEvidence()+" FROM "+quote(task.GroupsTable)) +
		",\n" + cte("_r", e.ratios("_x")) + "\n" + final
	return g
}

// ordered writes the rows that the pass reads.
func (e groupEmitter) ordered() string {
	cols := []string{e.units[0].unitSQL() + " AS u"}
	for i, k := range e.b.keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", k.sql(nil), i+1))
	}
	for i, in := range e.m.inputs {
		value := in.sql(e.guard(in))
		if !e.summed(in) {
			value = "(" + value + ") IS NOT NULL"
		}
		cols = append(cols, fmt.Sprintf("%s AS a%d", value, i+1))
	}
	for i, s := range e.m.subset {
		cols = append(cols, fmt.Sprintf("%s AS a%d", s.sql(), len(e.m.inputs)+i+1))
	}
	return "SELECT " + strings.Join(cols, ", ") + e.b.fromSQL()
}

// passed writes the answer from what the pass makes; merged does so from each unit's part.
func (e groupEmitter) passed() []string {
	cols := []string{"rows AS v0"}
	for i, g := range e.b.aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.passedAggregate(g), i+1))
	}
	return cols
}

func (e groupEmitter) passedAggregate(g *aggregate) string {
	if g.fn == "count_units" && g.filter == nil {
		return "units"
	}
	n := e.m.in(g.arg, g.filter) + 1
	switch {
	case g.fn == "count_units":
		return fmt.Sprintf("n%d", n)
	case g.fn == "count" && n == 0:
		return "rows"
	case g.fn == "count":
		return fmt.Sprintf("c%d", n)
	case g.fn == "avg":
		return fmt.Sprintf("CAST(t%d AS DOUBLE) / NULLIF(c%d, 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(t%d AS %s)", n, g.typ.sql())
}

// passedEvidence writes the columns that evidence writes.
func (e groupEmitter) passedEvidence() string {
	least, cols := []string{"units"}, []string{}
	count := func(c, as string) {
		least = append(least, c)
		if len(e.deciding) > 0 {
			cols = append(cols, c+" AS "+as)
		}
	}
	for _, n := range e.m.single() {
		m := e.m.list[n-1]
		of := m.input + 1
		z, l, d, b := "CAST(rows AS DOUBLE)", "l0", "d0", "b0"
		switch {
		case of > 0 && m.counts:
			count(fmt.Sprintf("n%d", of), fmt.Sprintf("q%d", n))
			z, l, d, b = fmt.Sprintf("CAST(c%d AS DOUBLE)", of), fmt.Sprintf("x%d", of), fmt.Sprintf("y%d", of), fmt.Sprintf("w%d", of)
		case of > 0:
			count(fmt.Sprintf("m%d", of), fmt.Sprintf("q%d", n))
			z, l, d, b = fmt.Sprintf("z%d", of), fmt.Sprintf("l%d", of), fmt.Sprintf("d%d", of), fmt.Sprintf("b%d", of)
		}
		cols = append(cols, fmt.Sprintf("%s AS z%d, %s AS l%d, %s AS d%d, %s AS b%d", z, n, l, n, d, n, b, n))
	}
	for i := range e.m.subset {
		h := fmt.Sprintf("h%d", i+1)
		count(h, h)
	}
	first := []string{worst("least", least) + " AS n"}
	if len(e.deciding) > 0 {
		first = append(first, "units AS n0")
	}
	return strings.Join(slices.Concat(first, cols), ", ")
}
