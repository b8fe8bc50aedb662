package query

import (
	"fmt"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// grouping describes the pass over rows that gives what _x and _a give, and the statement over what it makes; nil
// where a pass cannot: rows of several tables do not lie unit by unit, doubles do not add up to the same number in
// every order, and it counts units in combinations of parts by their rows, not by what they add.
func (e groupEmitter) grouping(final string) *task.Grouping {
	if r := e.b.joins.rel; r == nil || r.table == nil || len(e.m.parts) > task.MaxPassedParts || len(e.addedByParts()) > 0 {
		return nil
	}
	g := &task.Grouping{Subsets: len(e.m.subset), Largest: e.risk.Dominance.N, K: e.enough(),
		Parts: len(e.m.parts), UnitAtoms: e.partsOfUnits()}
	for _, k := range e.b.keys {
		t := k.typ.name()
		if !t.Known() || k.typ.kind == kDouble {
			return nil
		}
		g.Keys = append(g.Keys, t)
	}
	for _, in := range e.m.inputs {
		got := task.GroupedInput{Type: yumen.TypeBoolean, Part: e.countedPart(in)}
		if e.summed(in) {
			t := e.guard(in).typ
			if t.kind != kInt && !(t.kind == kDecimal && t.width <= 18) {
				return nil
			}
			got = task.GroupedInput{Type: t.name(), Sum: true}
		}
		g.Inputs = append(g.Inputs, got)
	}
	for i, m := range e.m.list {
		g.Measures = append(g.Measures, task.UnitMeasure{Input: m.input + 1, Count: m.counts && !m.units, Once: m.units})
		if i >= e.m.shown {
			continue
		}
		for _, o := range e.beside(i + 1) {
			g.Ratios = append(g.Ratios, [2]int{i + 1, o})
		}
	}
	g.SQL, g.Rest = e.ordered(), e.rest(final)
	return g
}

// rest writes the statement over the groups.
func (e groupEmitter) rest(final string) string {
	from := " FROM " + quote(task.GroupsTable)
	ctes := []string{
		cte("_x", "SELECT "+e.keys("")+strings.Join(e.passed(), ", ")+", "+e.evidence(e.ofPass())+from),
		cte("_r", e.ratios("_x")),
	}
	if len(e.m.parts) > 0 {
		atoms := "atoms"
		if e.partsOfUnits() {
			atoms += ", unit_atoms"
		}
		ctes = append(ctes, cte("_a", "SELECT "+e.keys("")+atoms+from))
	}
	return "WITH " + strings.Join(ctes, ",\n") + "\n" + final
}

// countedPart is the part whose rows an input counts, 0 where it does more.
func (e groupEmitter) countedPart(in input) int {
	if in.arg != nil || e.summed(in) {
		return 0
	}
	return e.m.part(in.filter)
}

// ordered writes the rows that the pass reads.
func (e groupEmitter) ordered() string {
	cols := []string{e.units[0].unitSQL() + " AS u"}
	for i, k := range e.b.keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", k.sql(nil), i+1))
	}
	var read []string
	for _, in := range e.m.inputs {
		value := in.sql(e.guard(in))
		switch {
		case e.countedPart(in) > 0:
			continue
		case !e.summed(in):
			value = "(" + value + ") IS NOT NULL"
		}
		read = append(read, value)
	}
	for _, s := range e.m.subset {
		read = append(read, s.sql())
	}
	if len(e.m.parts) > 0 {
		read = append(read, e.mask())
	}
	for i, value := range read {
		cols = append(cols, fmt.Sprintf("%s AS a%d", value, i+1))
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
		spread: func(n int) spread { return e.m.list[n-1].passedSpread(e.risk.Dominance.N) },
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

func (m measure) passedSpread(most int) spread {
	column := func(letter string) string { return fmt.Sprintf("%s%d", letter, m.input+1) }
	switch {
	case m.units:
		return passedUnits(m.passedMoving(), most)
	case m.input < 0:
		return spread{"CAST(rows AS DOUBLE)", "l0", "d0", "b0"}
	case m.counts:
		return spread{"CAST(" + column("c") + " AS DOUBLE)", column("x"), column("y"), column("w")}
	}
	return spread{column("z"), column("l"), column("d"), column("b")}
}

// passedUnits is the spread of a measure to which each unit adds 1.
func passedUnits(n string, most int) spread {
	if n == "" {
		n = "units"
	}
	largest := func(units int) string { return fmt.Sprintf("CAST(least(%s, %d) AS DOUBLE)", n, units) }
	return spread{"CAST(" + n + " AS DOUBLE)", largest(1), largest(2), largest(most)}
}

func (m measure) passedValues() string {
	if m.input < 0 {
		return "rows"
	}
	return fmt.Sprintf("c%d", m.input+1)
}
