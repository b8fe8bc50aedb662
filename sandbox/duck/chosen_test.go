package duck

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestChosenKeys asks of statements whose text puts one person into a combination of keys that nobody else has, or that
// few have elsewhere: which rows are suppressed beside it does not depend on the district that the person lives in.
func TestChosenKeys(t *testing.T) {
	for _, text := range []string{
		"SELECT district, insured, count(*) AS n FROM residents WHERE insured OR age = %[1]s GROUP BY 1, 2",
		"SELECT district, insured, count(*) AS n FROM residents WHERE insured OR age = %[1]s GROUP BY ROLLUP (district, insured)",
		"SELECT district, insured, count(*) AS n FROM residents WHERE NOT (NOT insured AND age <> %[1]s) GROUP BY 1, 2",
		"SELECT district, insured, count(*) AS n FROM residents WHERE insured OR age = %[1]s OR district = 'd0' GROUP BY 1, 2",
		"SELECT district, age = %[1]s OR sex = 'F' AND district = 'd0' AS few, count(*) AS n FROM residents GROUP BY 1, 2",
		"SELECT district, insured, count(*) FILTER (WHERE insured OR age = %[1]s) AS n FROM residents GROUP BY 1, 2",
		"SELECT district, insured, n FROM (SELECT district, insured, count(*) AS n FROM (SELECT * FROM residents WHERE insured OR age = %[1]s) GROUP BY 1, 2)",
		"SELECT r.district, r.insured, count(*) AS n FROM residents r WHERE resident_id IN (SELECT resident_id FROM residents WHERE insured UNION SELECT resident_id FROM residents WHERE age = %[1]s) GROUP BY 1, 2",
		"SELECT district, insured, count(*) AS n FROM (SELECT district, insured FROM residents WHERE insured = true UNION ALL SELECT district, insured FROM residents WHERE insured = false AND age = %[1]s) GROUP BY 1, 2",
	} {
		w := newLaws(t, 5, nil)
		l := newPopulation(t, 46, w.data, w.scope) // many people in each district
		const person, age = 0, "99"
		l.set(t, "residents", person, 2, age)
		l.set(t, "residents", person, 5, "false")
		l.set(t, "residents", person, 1, "'M'")
		sql := fmt.Sprintf(text, age)
		plan, err := analysed(t, w.data, sql, w.scope)
		if err != nil {
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		var before string
		for d := range 4 {
			l.set(t, "residents", person, 3, fmt.Sprintf("'d%d'", d))
			q := w.prepare(t, plan)
			p, verdict := w.protect(t, q)
			q.s.close()
			if p.cells == nil {
				t.Fatalf("%s: %s", verdict, sql)
			}
			var places []string
			for _, row := range w.post(t, w.empty, plan, p.cells)[1:] {
				places = append(places, strings.Join(slices.Delete(slices.Clone(row), 2, 3), " "))
			}
			shown := strings.Join(places, "\n")
			if d > 0 && shown != before {
				t.Errorf("of somebody of d%d\n%s\n-- before\n%s\n%s", d, shown, before, sql)
			}
			before = shown
		}
	}
}
