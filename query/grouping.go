package query

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// grouping describes the pass over rows that gives what _x gives, and the statement over what it makes; nil where a pass
// cannot: rows of several tables do not lie unit by unit, and doubles do not add up to the same number in every order.
func (e groupEmitter) grouping(final string) *task.Grouping {
	if r := e.b.joins.rel; r == nil || r.table == nil || len(e.m.parts) > 0 || len(e.m.list) > 1 {
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
		got := task.GroupedInput{Type: yumen.TypeBoolean}
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
	g.Rest = "WITH " + cte("_x", "SELECT "+e.keys("")+strings.Join(e.passed(), ", ")+", "+e.evidence(e.ofPass())+" FROM "+quote(task.GroupsTable)) +
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
	if g.fn == "count_units" {
		if g.filter == nil {
			return "units"
		}
		return fmt.Sprintf("n%d", e.m.in(nil, g.filter)+1)
	}
	n := e.m.in(g.arg, g.filter) + 1
	switch {
	case g.fn == "count" && n == 0:
		return "rows"
	case g.fn == "count":
		return fmt.Sprintf("c%d", n)
	case g.fn == "avg":
		return fmt.Sprintf("CAST(t%d AS DOUBLE) / NULLIF(c%d, 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(t%d AS %s)", n, g.typ.sql())
}

// ofPass reads what the pass made: its columns are named in task.Grouping.
func (e groupEmitter) ofPass() unitSource {
	return unitSource{
		spread: func(n int) spread { return e.m.list[n-1].passedSpread() },
		moving: func(n int) string { return e.m.list[n-1].passedMoving() },
		values: func(n int) string { return e.m.list[n-1].passedValues() },
		ratio:  func(n, o int) string { return fmt.Sprintf("r%d_%d", n, o) },
		tells:  func(i int) string { return fmt.Sprintf("h%d", i+1) },
		units:  "units",
	}
}

func (m measure) passedMoving() string {
	switch {
	case m.input < 0:
		return ""
	case m.counts:
		return fmt.Sprintf("n%d", m.input+1)
	}
	return fmt.Sprintf("m%d", m.input+1)
}

func (m measure) passedSpread() spread {
	column := func(letter string) string { return fmt.Sprintf("%s%d", letter, m.input+1) }
	switch {
	case m.units:
		return passedUnits(m.passedMoving())
	case m.input < 0:
		return spread{"CAST(rows AS DOUBLE)", "l0", "d0", "b0"}
	case m.counts:
		return spread{"CAST(" + column("c") + " AS DOUBLE)", column("x"), column("y"), column("w")}
	}
	return spread{column("z"), column("l"), column("d"), column("b")}
}

// passedUnits is the spread of a measure to which each unit adds 1.
func passedUnits(n string) spread {
	if n == "" {
		n = "units"
	}
	return spread{"CAST(" + n + " AS DOUBLE)", "CAST(least(" + n + ", 1) AS DOUBLE)", "CAST(least(" + n + ", 2) AS DOUBLE)", "CAST(" + n + " AS DOUBLE)"}
}

func (m measure) passedValues() string {
	if m.input < 0 {
		return "rows"
	}
	return fmt.Sprintf("c%d", m.input+1)
}
