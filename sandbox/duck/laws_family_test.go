package duck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestLawsOfFamilies checks the laws of cells on statements that group the same people several times: what their
// tables tell together, no sum of which may change with a few people alone.
func TestLawsOfFamilies(t *testing.T) {
	for _, rounding := range []int{1, 5} {
		t.Run(fmt.Sprintf("rounding %d", rounding), func(t *testing.T) {
			n, wanted := tally{}, *lawStatements/8
			w, seed := newLaws(t, rounding, nil), *lawSeed+uint64(rounding-1)<<32
			w.scope.Class, w.write = yumen.ClassAggregate, families
			checkLaws(t, w, seed, wanted, n, func(v lawViolation) bool {
				n["violations"]++
				t.Errorf("population %d, %s: %s\n%s", v.seed, v.law, v.what, v.sql)
				return n["violations"] < 9
			})
			t.Logf("%v", map[string]int(n))
			for _, what := range []string{"accepted", "groups with several visible",
				"changes that are to be invisible"} {
				if n[what] < wanted/10 {
					t.Errorf("%s: %d", what, n[what])
				}
			}
		})
	}
}

// families writes statements of several tables.
func families(l *population) lawStatement { return l.family(l.statement()) }

// family asks for each aggregate in a table of its own, under a condition of its own, and joins them. The aggregates
// of what it returns say the same with FILTER.
func (l *population) family(s lawStatement) lawStatement {
	var tables, items, on []string
	s.keys, s.aggregates = s.keys[:min(1, len(s.keys))], s.aggregates[:min(3, len(s.aggregates))]
	if l.chance(60) {
		s.aggregates = nil
		s.count("count(*)", "count(DISTINCT "+s.key+")")
	}
	for i := range s.keys {
		items = append(items, fmt.Sprintf("t1.k%d", i+1))
	}
	for i, a := range s.aggregates {
		var conds []string
		if s.where != "" {
			conds = append(conds, "("+s.where+")")
		}
		_, filter, filtered := strings.Cut(a.text, " FILTER (WHERE ")
		own := ""
		if l.chance(70) {
			own = l.condition(s.fields, 1)
			conds = append(conds, own)
		}
		table := "SELECT "
		for j, k := range s.keys {
			table += fmt.Sprintf("%s AS k%d, ", k, j+1)
		}
		table += a.text + " AS a FROM " + s.from
		if len(conds) > 0 {
			table += " WHERE " + strings.Join(conds, " AND ")
		}
		if len(s.keys) > 0 {
			table += " GROUP BY ALL"
		}
		s.tables = append(s.tables, table)
		tables = append(tables, fmt.Sprintf("t%d AS (%s)", i+1, table))
		items = append(items, fmt.Sprintf("t%d.a AS a%d", i+1, i+1))
		join := "TRUE"
		for j := range s.keys {
			join += fmt.Sprintf(" AND t1.k%d IS NOT DISTINCT FROM t%d.k%d", j+1, i+1, j+1)
		}
		on = append(on, join)
		filter = strings.TrimSuffix(filter, ")")
		if own != "" && filtered {
			own = "(" + filter + ") AND " + own
		}
		if own != "" && a.adds != "" {
			what, _, _ := strings.Cut(a.adds, " FILTER (WHERE ")
			s.aggregates[i].adds = what + " FILTER (WHERE " + own + ")"
		}
		s.aggregates[i].written = ""
	}
	s.sql = "WITH " + strings.Join(tables, ", ") + " SELECT " + strings.Join(items, ", ") + " FROM t1"
	for i := 1; i < len(tables); i++ {
		s.sql += fmt.Sprintf(" LEFT JOIN t%d ON %s", i+1, on[i])
	}
	return s
}

// TestLawsOfLevels checks the laws of cells on statements that show totals beside their parts.
func TestLawsOfLevels(t *testing.T) {
	n, wanted := tally{}, *lawStatements/4
	w := newLaws(t, 1, nil)
	w.scope.Class = yumen.ClassAggregate
	w.write = func(l *population) lawStatement { return l.levels(l.statement()) }
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
	keys := strings.Join(s.keys, ", ")
	s.sets = l.one("ROLLUP", "CUBE") + " (" + keys + ")"
	if len(s.keys) == 2 && l.chance(30) {
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
			s.aggregates[i].adds = "CASE WHEN " + s.keys[1] + " = 0 THEN " + filtered(a.adds, parts) + " ELSE " +
				filtered(a.adds, total) + " END"
		}
	}
	return s
}
