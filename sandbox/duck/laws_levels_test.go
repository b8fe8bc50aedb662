package duck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
)

// TestLawsOfLevels checks the laws of cells on statements that show totals beside their parts.
func TestLawsOfLevels(t *testing.T) {
	n, wanted := tally{}, *lawStatements/4
	w := newLaws(t, 1, nil)
	w.scope.Class = yumen.ClassAggregate
	w.write = leveled
	checkLaws(t, w, *lawSeed, wanted, n, func(v lawViolation) bool {
		n["violations"]++
		t.Errorf("population %d, %s: %s\n%s", v.seed, v.law, v.what, v.sql)
		return n["violations"] < 9
	})
	t.Logf("%v", map[string]int(n))
	for _, what := range []string{"accepted", "groups with visible aggregates", "combinations across groups",
		"changes that are to be invisible"} {
		if n[what] < wanted/10 {
			t.Errorf("%s: %d", what, n[what])
		}
	}
}

// leveled writes statements of totals beside parts.
func leveled(l *population) lawStatement { return l.levels(l.statement()) }

// levels shows totals beside the groups of a statement: by ROLLUP, CUBE or some grouping sets of up to two keys, or
// the total of one key below, under a condition of its own.
func (l *population) levels(s lawStatement) lawStatement {
	for tries := 0; len(s.keys) == 0 && tries < 20; tries++ {
		s = l.statement()
	}
	if len(s.keys) == 0 {
		return s
	}
	s.keys, s.aggregates = s.keys[:min(2, len(s.keys))], s.aggregates[:min(2, len(s.aggregates))]
	if l.chance(60) || slices.ContainsFunc(s.aggregates,
		func(a lawAggregate) bool { return strings.Contains(a.text, "DISTINCT") }) {
		s.aggregates = nil
		s.count("count(*)")
	}
	if len(s.keys) == 1 && l.chance(60) {
		return l.totalBelow(s)
	}
	if x := l.column(s.fields, "int"); x != "" && l.chance(30) { // two keys of one column that nearly agree
		s.keys = []string{x + " // 10", x + " < " + l.constant(x)}
	}
	keys := strings.Join(s.keys, ", ")
	s.sets = l.one("ROLLUP", "CUBE") + " (" + keys + ")"
	if len(s.keys) == 2 && l.chance(50) {
		s.sets = "GROUPING SETS ((" + s.keys[0] + "), (" + s.keys[1] + ")" + l.one("", ", ()") + ")"
	}
	s.keys = append(s.keys, "GROUPING("+keys+")")
	s.sql = "SELECT " + s.columns("", "") + " FROM " + s.from
	if s.where != "" {
		s.sql += " WHERE " + s.where
	}
	s.sql += " GROUP BY " + s.sets
	return s
}

// columns writes keys and aggregates under their names, with others in the place of the keys that are given.
func (s lawStatement) columns(first, second string) string {
	var items []string
	for i, k := range s.keys {
		if i == 0 && first != "" {
			k = first
		}
		if i == 1 && second != "" {
			k = second
		}
		items = append(items, fmt.Sprintf("%s AS k%d", k, i+1))
	}
	for i, a := range s.aggregates {
		items = append(items, fmt.Sprintf("%s AS a%d", a.text, i+1))
	}
	return strings.Join(items, ", ")
}

// totalBelow writes the total by UNION ALL.
func (l *population) totalBelow(s lawStatement) lawStatement {
	s.sets = "ROLLUP (" + s.keys[0] + ")"
	s.keys = append(s.keys, "GROUPING("+s.keys[0]+")")
	side := func(columns, own, by string) string {
		text := "SELECT " + columns + " FROM " + s.from
		conds := slices.DeleteFunc([]string{s.where, own}, func(c string) bool { return c == "" })
		if len(conds) > 0 {
			text += " WHERE (" + strings.Join(conds, ") AND (") + ")"
		}
		return text + by
	}
	parts, total := l.one("", l.condition(s.fields, 1)), l.one("", "", l.condition(s.fields, 1))
	s.sql = side(s.columns("", "0"), parts, " GROUP BY "+s.keys[0]) + " UNION ALL " +
		side(s.columns("NULL", "1"), total, "")
	filtered := func(text, own string) string {
		what, filter, had := strings.Cut(text, " FILTER (WHERE ")
		conds := []string{}
		if had {
			conds = append(conds, strings.TrimSuffix(filter, ")"))
		}
		if own != "" {
			conds = append(conds, own)
		}
		if len(conds) > 0 {
			what += " FILTER (WHERE (" + strings.Join(conds, ") AND (") + "))"
		}
		return what
	}
	for i, a := range s.aggregates {
		s.aggregates[i].written = ""
		if a.adds != "" {
			s.aggregates[i].adds, s.aggregates[i].total = filtered(a.adds, parts), filtered(a.adds, total)
		}
	}
	return s
}

// levelsApart judges the rows of each level as a table of their own.
func levelsApart(s egress.Subject) (out []yumen.Fix) {
	at := slices.IndexFunc(s.Columns, func(c yumen.ArtifactColumn) bool { return c.Kind == yumen.ColumnLevel })
	if s.Round > 0 {
		return nil
	}
	for _, level := range s.Columns[at].Levels {
		one, rows := s, []int{}
		one.Columns, one.Evidence.Groups = slices.Delete(slices.Clone(s.Columns), at, at+1), nil
		numbers := map[int]int{}
		for row, g := range s.Evidence.Groups {
			if g.Totals != level.Totals {
				continue
			}
			g.Totals, g.Keys = 0, slices.Clone(g.Keys)
			for i, k := range g.Keys {
				if numbers[k] == 0 {
					numbers[k] = len(numbers) + 1
				}
				g.Keys[i] = numbers[k] - 1
			}
			one.Evidence.Groups, rows = append(one.Evidence.Groups, g), append(rows, row+1)
		}
		one.Evidence.Rows = int64(len(rows))
		fixes := egress.Remedy(egress.Check(one))
		if !level.Shown {
			fixes = []yumen.Fix{{Technique: yumen.TechniqueSuppress, Cells: allCells(one)}}
		}
		for _, f := range fixes {
			f.Cells = slices.Clone(f.Cells)
			for i := range f.Cells {
				f.Cells[i].Row = rows[f.Cells[i].Row-1]
			}
			if f.Technique == yumen.TechniqueSuppress {
				out = append(out, f)
			}
		}
	}
	return out
}

// allCells are the aggregates of all rows.
func allCells(s egress.Subject) (out []yumen.Cell) {
	for row := range s.Evidence.Groups {
		for _, c := range s.Columns {
			if c.Kind == yumen.ColumnAggregate {
				out = append(out, yumen.Cell{Row: row + 1, Column: c.Name})
			}
		}
	}
	return out
}
