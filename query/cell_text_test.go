package query

import (
	"strings"
	"testing"
)

// Cells are explained by the names and conditions of the text, whatever the engine is asked.
func TestExplainedCells(t *testing.T) {
	trees, sc := readTrees(t), readScope(t)
	for sql, want := range map[string]string{
		"SELECT department, count(*) AS n, count(cost) AS priced, count(DISTINCT diagnosis) AS kinds, count(DISTINCT resident_id) AS people, sum(cost) AS total, avg(cost) AS mean, var_samp(days) AS var FROM visits GROUP BY department": "" +
			"department = department; n = count(*); priced = count(*) where cost IS NOT NULL; kinds = count(DISTINCT diagnosis); people = count(DISTINCT person); " +
			"total = sum(cost); mean = avg(cost); var = var(days)",
		"SELECT department, count(*) AS n, count(*) FILTER (WHERE days > 3) AS long, sum(cost) FILTER (WHERE diagnosis = 'J11') AS flu FROM visits GROUP BY department": "" +
			"department = department; n = count(*); long = count(*) where days > 3; flu = sum(cost) where diagnosis = 'J11'",
		"SELECT department, count_if(days > 3) AS long, countif(cost IS NULL) FILTER (WHERE days < 9) AS unpriced FROM visits GROUP BY department": "" +
			"department = department; long = count(*) where days > 3; unpriced = count(*) where (days < 9) AND (cost IS NULL)",
		"SELECT floor(age / 10) * 10 AS band, count(*) FILTER (WHERE insured) AS insured FROM residents GROUP BY band": "" +
			"band = floor((age / 10)) * 10; insured = count(*) where insured",
		"WITH p AS (SELECT resident_id, sum(cost) AS spent, count(*) AS times FROM visits WHERE visit_date >= DATE '2025-01-01' GROUP BY resident_id) SELECT avg(spent) AS mean, avg(times) AS times, count(*) FILTER (WHERE times >= 3) AS frequent FROM p": "" +
			"mean = avg(spent); times = avg(times); frequent = count(*) where times >= 3",
		"SELECT year(birth_date) // 10 * 10 AS cohort, count(*) FILTER (WHERE sex = '男') AS men, count(*) FILTER (WHERE sex = '女') AS women FROM residents GROUP BY cohort ORDER BY cohort": "" +
			"cohort = (date_part('year', birth_date) // 10) * 10; men = count(*) where sex = '男'; women = count(*) where sex = '女'",
	} {
		tree, ok := trees[sql]
		if !ok {
			t.Fatalf("no tree of %s", sql)
		}
		p, err := Analyse(sql, tree, sc)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, c := range p.Explained {
			s := c.Name + " = " + c.Expression
			if c.Where != "" {
				s += " where " + c.Where
			}
			if got = append(got, s); c.Name != p.Cells[i].Name {
				t.Errorf("%s is explained for %s", c.Name, p.Cells[i].Name)
			}
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s\n%s\nwant\n%s", sql, s, want)
		}
	}
}
