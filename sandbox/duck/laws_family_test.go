package duck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// TestLawsOfFamilies checks the laws of cells on statements that group the same people several times: what their tables
// tell together, no sum of which may change with a few people alone.
func TestLawsOfFamilies(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	scope.Class = yumen.ClassAggregate
	scope.Risk.K, scope.Risk.Rounding, scope.Risk.MaxRows, scope.Risk.MaxBytes = lawK, 1, 10000, 1<<20
	for _, e := range []*engine{plain, judged} {
		if err := e.exec(t.Context(), "SET threads = 1"); err != nil {
			t.Fatal(err)
		}
	}
	n, wanted := tally{}, *lawStatements/3
	for seed := *lawSeed; n["accepted"] < wanted && n["generated"] < 20*wanted; seed++ {
		n["generated"]++
		l := newLaw(seed, plain, judged, scope)
		l.populate(t)
		s := l.family(l.statement())
		plan, err := analysed(t, judged, s.sql, scope)
		if err != nil {
			for _, r := range yumen.AsError(err).Reasons {
				n["refused: "+r.Rule]++
			}
			continue
		}
		n["accepted"]++
		out, verdict := l.protect(t, plan)
		n["verdict "+string(verdict)]++
		hideMissing(out)
		for _, v := range l.support(t, s, plan, out, n) {
			t.Errorf("seed %d, support: %s\n%s\n%s", seed, v, s.sql, strings.Join(out.shown, "\n"))
		}
		if v := l.invisibility(t, s, plan, out, n); v != "" {
			t.Errorf("seed %d, invisibility: %s\n%s", seed, v, s.sql)
		}
	}
	t.Logf("%v", map[string]int(n))
	for _, what := range []string{"accepted", "groups with several visible", "changes that are to be invisible"} {
		if n[what] < wanted/10 {
			t.Errorf("%s: %d", what, n[what])
		}
	}
}

// hideMissing takes figures for suppressed that a table has no row of.
func hideMissing(out *protected) {
	for _, row := range out.rows {
		for i, name := range out.names {
			if status := slices.Index(out.names, name+"_status"); status >= 0 && row[i] == "∅" {
				row[status] = "c"
			}
		}
	}
}

// family asks for each aggregate in a table of its own, under a condition of its own, and joins them. The aggregates of what it
// returns say the same with FILTER.
func (l *law) family(s lawStatement) lawStatement {
	fields := l.fieldsOf(s)
	var tables, items, on []string
	s.keys, s.aggregates = s.keys[:min(1, len(s.keys))], s.aggregates[:min(3, len(s.aggregates))]
	if l.chance(60) {
		s.aggregates = []string{"count(*)", "count(DISTINCT " + s.key + ")"}
	}
	for i := range s.keys {
		items = append(items, fmt.Sprintf("t1.k%d", i+1))
	}
	for i, a := range s.aggregates {
		var conds []string
		if s.where != "" {
			conds = append(conds, "("+s.where+")")
		}
		what, filter, filtered := strings.Cut(a, " FILTER (WHERE ")
		own := ""
		if l.chance(70) {
			own = l.condition(fields, 1)
			conds = append(conds, own)
		}
		table := "SELECT "
		for j, k := range s.keys {
			table += fmt.Sprintf("%s AS k%d, ", k, j+1)
		}
		table += a + " AS a FROM " + s.from
		if len(conds) > 0 {
			table += " WHERE " + strings.Join(conds, " AND ")
		}
		if len(s.keys) > 0 {
			table += " GROUP BY ALL"
		}
		tables = append(tables, fmt.Sprintf("t%d AS (%s)", i+1, table))
		items = append(items, fmt.Sprintf("t%d.a AS a%d", i+1, i+1))
		join := "TRUE"
		for j := range s.keys {
			join += fmt.Sprintf(" AND t1.k%d IS NOT DISTINCT FROM t%d.k%d", j+1, i+1, j+1)
		}
		on = append(on, join)
		switch filter = strings.TrimSuffix(filter, ")"); {
		case own != "" && filtered:
			s.aggregates[i] = what + " FILTER (WHERE (" + filter + ") AND " + own + ")"
		case own != "":
			s.aggregates[i] = a + " FILTER (WHERE " + own + ")"
		}
	}
	s.sql = "WITH " + strings.Join(tables, ", ") + " SELECT " + strings.Join(items, ", ") + " FROM t1"
	for i := 1; i < len(tables); i++ {
		s.sql += fmt.Sprintf(" LEFT JOIN t%d ON %s", i+1, on[i])
	}
	return s
}

// fieldsOf are the columns that conditions on the rows of a statement may name.
func (l *law) fieldsOf(s lawStatement) (fields []field) {
	for _, table := range []string{"residents", "visits"} {
		alias := table[:1]
		if strings.HasPrefix(s.from, table+" "+alias) || strings.Contains(s.from, "JOIN "+table+" "+alias) {
			for _, f := range lawColumns[table] {
				if f.kind != "key" {
					fields = append(fields, field{alias + "." + f.sql, f.kind})
				}
			}
		}
	}
	if len(fields) == 0 {
		return []field{{"p.n", "int"}, {"p.d", "int"}, {"p.c", "dec"}}
	}
	return fields
}
