package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// grouping describes the pass over rows that gives what _x and _a give, and the statement over what it makes; nil where
// a pass cannot: rows of several tables do not lie unit by unit, doubles do not add up to the same number in every
// order, it reads a row for one level only, and it counts units in combinations of parts by their rows, not by what
// they add.
func (e groupEmitter) grouping(final string) *task.Grouping {
	if r := e.b.Joins.Rel; r == nil || r.Table == nil || len(e.b.Levels) > 0 || e.m.Repeats ||
		len(e.m.Parts) > task.MaxPassedParts || len(e.addedByParts()) > 0 {
		return nil
	}
	g := &task.Grouping{Subsets: len(e.m.Subset), Largest: e.risk.Dominance.N, K: e.enough(),
		Parts: len(e.m.Parts), UnitAtoms: e.partsOfUnits(), RowUnits: e.rowsAreUnits()}
	for _, k := range e.b.Keys {
		t := k.Type.Name()
		if !t.Known() || k.Type.Kind == plan.KindDouble {
			return nil
		}
		g.Keys = append(g.Keys, t)
	}
	for _, in := range e.m.Inputs {
		got := task.GroupedInput{Type: yumen.TypeBoolean, Part: e.countedPart(in)}
		if e.summed(in) {
			t := e.guard(in).Type
			if t.Kind != plan.KindInt && !(t.Kind == plan.KindDecimal && t.Width <= 18) {
				return nil
			}
			got = task.GroupedInput{Type: t.Name(), Sum: true}
		}
		g.Inputs = append(g.Inputs, got)
	}
	for i, m := range e.m.List {
		g.Measures = append(g.Measures,
			task.UnitMeasure{Input: m.Input + 1, Count: m.Counts && !m.Units, Once: m.Units})
		if i >= e.m.Shown {
			continue
		}
		for _, o := range e.beside(i + 1) {
			g.Ratios = append(g.Ratios, [2]int{i + 1, o})
		}
	}
	for _, f := range e.figures() {
		n := e.m.Of(f.Aggregate)
		if f.Rows {
			n = e.m.Own[n-1]
		}
		g.Vectors, g.Looked, g.Threshold = append(g.Vectors, n), e.looked(), e.risk.K
	}
	var columns []*plan.Column
	g.Values, columns = e.partsOfValues()
	g.SQL, g.Rest = e.ordered(columns), e.rest(final)
	return g
}

// partsOfValues finds the parts that are conditions on one stored column, with these columns. Doubles have two zeros,
// and a key of units is another column in the file.
func (e groupEmitter) partsOfValues() (found []task.PartsOfValue, columns []*plan.Column) {
	for i, p := range e.m.Parts {
		c := onlyColumn(p)
		if c == nil || c.Base == nil || c.Unit != nil || c.Type.Kind == plan.KindDouble || !c.Type.Name().Known() {
			continue
		}
		n := slices.Index(columns, c)
		if n < 0 {
			n, columns = len(columns), append(columns, c)
			as := fmt.Sprintf("t%d(_n, %s)", c.Relation.ID, Quote(c.Base.Name))
			found = append(found, task.PartsOfValue{Type: c.Type.Name(), As: as})
		}
		found[n].Parts = append(found[n].Parts, i+1)
	}
	for i := range found {
		found[i].Mask = e.maskOf(found[i].Parts)
	}
	return found, columns
}

// onlyColumn is the column that an expression reads, nil where it is not exactly one.
func onlyColumn(e *plan.Expr) (only *plan.Column) {
	several := false
	e.Walk(func(x *plan.Expr) bool {
		if x.Op == plan.OpColumn {
			several = several || only != nil && only != x.Column
			only = x.Column
		}
		return true
	})
	if several {
		return nil
	}
	return only
}

// rest writes the statement over the groups.
func (e groupEmitter) rest(final string) string {
	from := " FROM " + Quote(task.GroupsTable)
	ctes := []string{
		cte("_x", "SELECT "+e.keys("")+strings.Join(e.passed(), ", ")+", "+e.evidence(e.ofPass())+from),
		cte("_r", e.ratios("_x")),
	}
	if len(e.m.Parts) > 0 {
		atoms := "atoms"
		if e.partsOfUnits() {
			atoms += ", unit_atoms"
		}
		ctes = append(ctes, cte("_a", "SELECT "+e.keys("")+atoms+from))
	}
	if e.figures() != nil {
		ctes = append(ctes, cte("_y", "SELECT "+e.keys("")+"vectors"+from))
	}
	return "WITH " + strings.Join(ctes, ",\n") + "\n" + final
}

// countedPart is the part whose rows an input counts, 0 where it does more.
func (e groupEmitter) countedPart(in cells.Input) int {
	if in.Arg != nil || e.summed(in) {
		return 0
	}
	return e.m.Part(in.Filter)
}

// ordered writes the rows that the pass reads, with columns whose values parts follow from.
func (e groupEmitter) ordered(of []*plan.Column) string {
	cols := []string{unitSQL(e.units[0]) + " AS u"}
	for i, k := range e.b.Keys {
		cols = append(cols, fmt.Sprintf("%s AS k%d", ExprSQL(k, nil), i+1))
	}
	var read []string
	for _, in := range e.m.Inputs {
		value := inputSQL(in, e.guard(in))
		switch {
		case e.countedPart(in) > 0:
			continue
		case !e.summed(in):
			value = "(" + value + ") IS NOT NULL"
		}
		read = append(read, value)
	}
	for _, s := range e.m.Subset {
		read = append(read, subsetSQL(s))
	}
	for i, value := range read {
		cols = append(cols, fmt.Sprintf("%s AS a%d", value, i+1))
	}
	for i, p := range e.m.Parts {
		cols = append(cols, fmt.Sprintf("%s AS p%d", ExprSQL(p, nil), i+1))
	}
	for i, c := range of {
		cols = append(cols, fmt.Sprintf("%s AS x%d", columnSQL(c), i+1))
	}
	return "SELECT " + strings.Join(cols, ", ") + fromSQL(e.b)
}

// passed writes the answer from what the pass makes; merged does so from each unit's part.
func (e groupEmitter) passed() []string {
	cols := []string{"rows AS v0"}
	for i, g := range e.b.Aggs {
		cols = append(cols, fmt.Sprintf("%s AS v%d", e.passedAggregate(g), i+1))
	}
	return cols
}

func (e groupEmitter) passedAggregate(g *plan.Aggregate) string {
	if g.Fn == "count_units" {
		if g.Filter == nil {
			return "units"
		}
		return fmt.Sprintf("n%d", e.m.In(nil, g.Filter)+1)
	}
	n := e.m.In(g.Arg, g.Filter) + 1
	switch {
	case g.Fn == "count" && n == 0:
		return "rows"
	case g.Fn == "count":
		return fmt.Sprintf("c%d", n)
	case g.Fn == "avg":
		return fmt.Sprintf("CAST(t%d AS DOUBLE) / NULLIF(c%d, 0)", n, n)
	}
	return fmt.Sprintf("TRY_CAST(t%d AS %s)", n, typeSQL(g.Type))
}

// ofPass reads what the pass made: its columns are named in task.Grouping.
func (e groupEmitter) ofPass() unitSource {
	return unitSource{
		spread: func(n int) spread { return passedSpread(e.m.List[n-1], e.risk.Dominance.N) },
		moving: func(n int) string { return passedMoving(e.m.List[n-1]) },
		values: func(n int) string { return passedValues(e.m.List[n-1]) },
		ratio:  func(n, o int) string { return fmt.Sprintf("r%d_%d", n, o) },
		tells:  func(i int) string { return fmt.Sprintf("h%d", i+1) },
		units:  "units",
	}
}
