package duck

import (
	"fmt"
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
