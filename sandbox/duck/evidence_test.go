package duck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// TestEvidenceOfSides holds that _units is the number of people who could be found out, where rows come from several
// sides of a union, from a semi join, or are left out of one aggregate and not of another beside it. In the tables,
// twenty people with a visit each; one, number 17, is the target.
func TestEvidenceOfSides(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	scope.Risk.K = 100 // units in other ratios are counted up to it
	for _, e := range []*engine{plain, judged} {
		if err := e.exec(t.Context(), `CREATE OR REPLACE TABLE residents_ AS SELECT i::BIGINT AS _unit, 'F' AS sex, i::BIGINT AS age, 'd' AS district, i::DECIMAL(12,2) AS income, true AS insured,
				DATE '1990-01-01' AS birth_date FROM range(1, 21) t(i);
			CREATE OR REPLACE TABLE visits_ AS SELECT i::BIGINT AS _unit, i::BIGINT AS visit_id, DATE '2025-01-01' AS visit_date, 'eyes' AS department, 'J11' AS diagnosis, (10 + i)::DECIMAL(10,2) AS cost,
				(1 + i % 4)::BIGINT AS days, 0.5::DOUBLE AS score, 'h' AS hospital_code FROM range(1, 21) t(i)`); err != nil {
			t.Fatal(err)
		}
	}
	const all, one = "FROM visits", "FROM visits WHERE visit_id = 17"
	for _, c := range []struct{ name, sql, units string }{
		{"each counts once", "SELECT count(*) FROM (SELECT days " + all + " UNION ALL SELECT days " + all +
			" UNION ALL SELECT age FROM residents)", "0"}, // and three times: a count of rows is a multiple of three
		{"one row in each of two tables",
			"SELECT count(*) FROM residents r JOIN visits v ON v.resident_id = r.resident_id", "20"},
		{"as many rows as days, with themselves",
			"SELECT count(*) FROM visits v JOIN visits w ON v.resident_id = w.resident_id AND w.days <= v.days", "20"},
		{"chosen by how many rows",
			"SELECT count(*) FROM (SELECT visit_id, count(*) OVER (PARTITION BY resident_id) AS n FROM visits) WHERE n = 1 OR visit_id = 17 AND n > 5", "0"},
		{"joined with how many",
			"SELECT count(*) FROM visits v JOIN (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) c ON c.resident_id = v.resident_id WHERE n = 1 AND days = 2 OR visit_id = 18", "1"},
		{"semi joined with how many",
			"SELECT count(*) FROM visits WHERE resident_id IN (SELECT resident_id FROM visits GROUP BY resident_id HAVING count(*) = 1) AND days = 2 OR visit_id = 18", "1"},
		{"twice, or three times",
			"SELECT count(*) FROM (SELECT days " + all + " UNION ALL SELECT days " + all +
				" UNION ALL SELECT days FROM visits WHERE visit_id <= 7)", "7"},
		{"a filter of what is there twice",
			"SELECT count(*) FILTER (WHERE days < 3), count(DISTINCT resident_id) FROM (SELECT resident_id, days " +
				all + " UNION ALL SELECT resident_id, days " + all + ")", "0"},
		{"weights", "SELECT sum(x) FROM (SELECT 1 AS x " + all + " UNION ALL SELECT 1000000 " + one + ")", "1"},
		{"computed weights", "SELECT sum(x) FROM (SELECT cost AS x " + all + " UNION ALL SELECT cost * 1000000 " + one +
			")", "1"},
		{"of zeros", "SELECT sum(x) FROM (SELECT 1 AS x " + all + " UNION ALL SELECT 0 " + one + ")", "1"},
		{"one more row", "SELECT count(*) FROM (SELECT resident_id " + all + " UNION ALL SELECT resident_id " + one +
			")", "1"},
		{"one more row, or none",
			"SELECT count(*) FROM (SELECT resident_id " + all + " UNION ALL SELECT resident_id " + one +
				" AND cost < 5)", "0"},
		{"values that WHERE holds to one",
			"SELECT sum(age) FROM residents WHERE age = 3 OR sex = 'F' AND district = 'd' AND age = 17", "1"},
		{"a mean of them", "SELECT avg(days) FROM visits WHERE days = 2 OR visit_id = 17 AND cost > 5", "0"}, // 17 has 2 days as well
		{"values that WHERE holds to two",
			"SELECT sum(age) FROM residents WHERE age IN (3, 4) OR sex = 'F' AND insured AND income = 17", "1"},
		{"values that are the alternatives", "SELECT sum(days) FROM visits WHERE days IN (1, 2, 3)", "5"},
		{"alternatives of many", "SELECT sum(cost) FROM visits WHERE days <= 2 OR visit_id <= 9", "4"}, // of the first nine, 2, 3, 6 and 7 have more days
		{"alternatives of a union",
			"SELECT sum(x) FROM (SELECT cost AS x FROM visits WHERE days <= 2 OR visit_id = 7 UNION ALL SELECT income FROM residents)", "1"},
		{"alternatives person by person",
			"SELECT sum(n) FROM (SELECT resident_id, sum(cost) AS n FROM visits WHERE days <= 2 OR visit_id = 7 GROUP BY resident_id)", "1"},
		{"values that FILTER holds to one",
			"SELECT count(*), sum(days) FILTER (WHERE days = 2 OR visit_id = 18) FROM visits", "1"},
		{"one value twice", "SELECT sum(x) FROM (SELECT cost AS x " + all + " UNION ALL SELECT cost " + one + ")", "1"},
		{"one person's rows twice",
			"SELECT avg(n) FROM (SELECT resident_id, count(*) AS n FROM (SELECT resident_id " + all +
				" UNION ALL SELECT resident_id " + one + ") GROUP BY resident_id)", "1"},
		{"sides that hold one value each",
			"SELECT d, count(d) FROM (SELECT sex AS d FROM residents WHERE sex = 'F' UNION ALL SELECT department FROM visits WHERE department = 'eyes') GROUP BY d", "20 20"},
		{"but tells in a mean", "SELECT avg(x) FROM (SELECT 1 AS x " + all + " UNION ALL SELECT 0 " + one + ")", "1"},
		{"rows and people", "SELECT count(*), count(DISTINCT resident_id) FROM (SELECT resident_id " + all +
			" UNION ALL SELECT resident_id " + one + ")", "1"},
		{"rows and visits", "SELECT count(*), count(DISTINCT visit_id) FROM (SELECT visit_id " + all +
			" UNION ALL SELECT visit_id " + one + ")", "1"},
		{"a column that is NULL on one side",
			"SELECT sum(x), sum(y) FROM (SELECT days AS x, days AS y " + all + " UNION ALL SELECT cost, NULL " + one +
				")", "1"},
		{"columns that part", "SELECT sum(x), sum(y) FROM (SELECT days AS x, days AS y " + all +
			" UNION ALL SELECT cost, days " + one + ")", "1"},
		{"columns that part, in one sum",
			"SELECT sum(x - y) FROM (SELECT days AS x, days AS y " + all + " UNION ALL SELECT cost, days " + one + ")",
			"1"},
		{"a filter on the side",
			"SELECT sum(x), sum(x) FILTER (WHERE side = 1) FROM (SELECT 1 AS side, days AS x " + all +
				" UNION ALL SELECT 2, days " + one + ")", "1"},
		{"a condition on the side",
			"SELECT sum(CASE WHEN side = 2 THEN 1000 ELSE 1 END) FROM (SELECT 1 AS side, days AS x " + all +
				" UNION ALL SELECT 2, days " + one + ")", "1"},
		{"joined with the same rows",
			"SELECT sum(u.x), sum(v.cost) FROM (SELECT resident_id, cost AS x " + all +
				" UNION ALL SELECT resident_id, days " + one + ") u JOIN visits v ON v.resident_id = u.resident_id",
			"1"},
		{"through a subquery",
			"SELECT count(*), count(DISTINCT id) FROM (SELECT resident_id AS id, days FROM (SELECT resident_id, days " +
				all + " UNION ALL SELECT resident_id, days " + one + ") WHERE days > 0)", "1"},
		{"through WITH", "WITH u AS (SELECT resident_id AS id " + all + " UNION ALL SELECT resident_id " + one +
			"), w AS (SELECT * FROM u) SELECT count(*), count(DISTINCT id) FROM w", "1"},
		{"a union on a side", "SELECT count(*), count(DISTINCT id) FROM (SELECT resident_id AS id " + all +
			" UNION ALL SELECT id FROM (SELECT resident_id AS id " + all + " UNION ALL SELECT resident_id " + one +
			") WHERE id IS NOT NULL)", "1"},
		{"person by person", "SELECT sum(n), sum(m) FROM (SELECT resident_id, count(*) AS n, count(DISTINCT visit_id) AS m FROM (SELECT resident_id, visit_id " + all + " UNION ALL SELECT resident_id, visit_id " + one + ") GROUP BY resident_id)", "0"}, // everybody's m is 1
		{"person by person, in one sum",
			"SELECT sum(n - m) FROM (SELECT resident_id, count(*) AS n, count(DISTINCT visit_id) AS m FROM (SELECT resident_id, visit_id " + all + " UNION ALL SELECT resident_id, visit_id " + one + ") GROUP BY resident_id)", "1"},
		{"a filter person by person",
			"SELECT sum(n), sum(m) FROM (SELECT resident_id, sum(cost) AS n, sum(cost) FILTER (WHERE visit_id <> 17) AS m FROM visits GROUP BY resident_id)", "1"},
		{"a condition person by person",
			"SELECT sum(n), sum(m) FROM (SELECT resident_id, sum(cost) AS n, sum(CASE WHEN visit_id <> 17 THEN cost ELSE 0 END) AS m FROM visits GROUP BY resident_id)", "1"},
		{"a filter that leaves out many",
			"SELECT sum(n), sum(m) FROM (SELECT resident_id, sum(cost) AS n, sum(cost) FILTER (WHERE visit_id <= 8) AS m FROM visits GROUP BY resident_id)", "7"}, // that are not like the eighth
		{"HAVING", "SELECT count(*) FROM (SELECT resident_id " + all + " UNION ALL SELECT resident_id " + one +
			") HAVING count(*) > count(DISTINCT resident_id)", "1"},
		{"grouped by side", "SELECT side, count(*), count(DISTINCT id), avg(x) FROM (SELECT 'a' AS side, resident_id AS id, days AS x " + all + " UNION ALL SELECT 'b', resident_id, age FROM residents WHERE age <= 12) GROUP BY side", "0 0"}, // nobody has more rows than another, so the second count adds nothing but that
		{"grouped by side, one count",
			"SELECT side, count(*) FROM (SELECT 'a' AS side, resident_id AS id, days AS x FROM visits UNION ALL SELECT 'b', resident_id, age FROM residents WHERE age <= 12) GROUP BY side", "20 12"},
		{"grouped by what only looks like the side",
			"SELECT side, count(*), count(DISTINCT id) FROM (SELECT 'a' AS side, resident_id AS id " + all +
				" UNION ALL SELECT 'a', resident_id " + one + ") GROUP BY side", "1"},
		{"sides of one sort", "SELECT count(*), sum(x) FROM (SELECT days AS x FROM visits WHERE visit_id <= 5 UNION ALL SELECT days FROM visits WHERE visit_id > 5)", "5"},
		{"UNION", "SELECT department " + all + " UNION SELECT department " + one, "20"},
		{"IN", "SELECT count(*) FROM residents WHERE resident_id IN (SELECT resident_id " + one + ")", "1"},
		{"IN of two sides", "SELECT count(*) FROM visits WHERE resident_id IN (SELECT resident_id FROM visits WHERE visit_id <= 9 UNION ALL SELECT resident_id FROM visits WHERE visit_id <= 12)", "12"},
		{"NOT IN", "SELECT count(*) FROM residents WHERE resident_id NOT IN (SELECT resident_id " + one + ")", "19"},
		{"EXISTS", "SELECT count(*) FROM residents r WHERE EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.visit_id <= 7)", "7"},
		{"NOT EXISTS", "SELECT count(*) FROM residents r WHERE NOT EXISTS (SELECT 1 FROM visits v WHERE v.resident_id = r.resident_id AND v.visit_id > 2)", "2"},
	} {
		plan, err := analysed(t, judged, c.sql, scope)
		if err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, c.sql)
			continue
		}
		least := []string{"_units"}
		for i := range (plan.Evidence - 2) / len(task.EvidenceOfMeasure) {
			least = append(least, fmt.Sprintf("_units_%d", i+1))
		}
		if strings.Contains(plan.SQL, "_atoms") {
			least = append(least,
				"coalesce(list_min([string_split(x, ':')[2]::BIGINT FOR x IN string_split(_atoms, ' ')]), _units)")
		}
		rows, err := cellsOf(t, judged, "SELECT least("+strings.Join(least, ", ")+") FROM ("+plan.SQL+")",
			&analysis.Plan{}, 1, 1)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var units []string
		for _, cells := range rows {
			units = append(units, cells[0])
		}
		if got := strings.Join(units, " "); got != c.units {
			t.Errorf("%s: units %q, want %q\n%s\n%s", c.name, got, c.units, c.sql, plan.SQL)
		}
	}
}
