package duck

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// A list that has several rows for what it is looked up by is told before the statement runs, whatever conditions
// choose among its rows beside those that are on it alone; one that has one row of each repeats nobody's rows. The list
// of hospitals has each code once, the list of regions has d1 and d4 twice.
func TestListsAreLookedUp(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	const hospitals = "visits v JOIN hospitals h ON h.code = v.hospital_code"
	for _, c := range []struct {
		from    string // rows of people, joined with lists
		rows    string // the same rows before they are joined
		repeats bool
	}{
		{from: hospitals, rows: "visits v SEMI JOIN hospitals h ON h.code = v.hospital_code"},
		{from: "visits v LEFT JOIN hospitals h ON h.code = v.hospital_code", rows: "visits v"},
		{from: hospitals + " JOIN (SELECT DISTINCT region FROM hospitals) g ON g.region = h.region",
			rows: "visits v SEMI JOIN hospitals h ON h.code = v.hospital_code"},
		{from: hospitals + " JOIN (SELECT region, kind FROM hospitals GROUP BY ALL) g ON g.region = h.region AND g.kind = h.kind",
			rows: "visits v SEMI JOIN hospitals h ON h.code = v.hospital_code"},
		{from: "residents r JOIN regions g ON g.code = r.district WHERE g.population > 3000",
			rows: "residents r SEMI JOIN (FROM regions WHERE population > 3000) g ON g.code = r.district"},
		{from: "residents r JOIN regions g ON g.code = r.district AND g.population IN (2000, 5000)",
			rows: "residents r SEMI JOIN (FROM regions WHERE population IN (2000, 5000)) g ON g.code = r.district"},
		{from: "residents r LEFT JOIN (regions g JOIN regions k ON k.population = g.population) ON g.code = r.district AND g.population < 4000 AND k.population < 4000",
			rows: "residents r"},
		{from: "(SELECT v.resident_id, h.region FROM " + hospitals + ") x",
			rows: "visits v SEMI JOIN hospitals h ON h.code = v.hospital_code"},
		{from: "residents r WHERE r.district IN (SELECT code FROM regions)",
			rows: "residents r WHERE r.district IN (SELECT code FROM regions)"},
		{from: "residents r WHERE r.resident_id IN (SELECT s.resident_id FROM residents s JOIN regions g ON g.code = s.district)",
			rows: "residents r SEMI JOIN regions g ON g.code = r.district"},
		{from: "residents r JOIN regions g ON g.code = r.district", repeats: true},
		{from: "residents r LEFT JOIN regions g ON g.code = r.district", repeats: true},
		{from: "residents r JOIN regions g ON g.code = r.district WHERE g.population <= abs(r.age - 30) * 1000",
			repeats: true},
		{from: "residents r JOIN regions g ON g.code = r.district AND g.population <= r.age * 100", repeats: true},
		{from: "residents r JOIN (SELECT DISTINCT code, area FROM regions) g ON g.code = r.district",
			rows: "residents r SEMI JOIN regions g ON g.code = r.district"},
		{from: "residents r JOIN (SELECT DISTINCT code, population FROM regions) g ON g.code = r.district",
			repeats: true},
		{from: hospitals + " JOIN hospitals k ON k.kind = h.kind", repeats: true},
		{from: "(visits v CROSS JOIN hospitals h) LEFT JOIN hospitals k ON k.region = h.region AND k.code = v.hospital_code", repeats: true},
		{from: "(SELECT r.resident_id, g.area FROM residents r JOIN regions g ON g.code = r.district) x",
			repeats: true},
		{from: "(SELECT v.resident_id FROM visits v UNION ALL SELECT r.resident_id FROM residents r JOIN regions g ON g.code = r.district) x", repeats: true},
		{from: "residents r WHERE r.resident_id IN (SELECT s.resident_id FROM residents s JOIN regions g ON g.code = s.district GROUP BY s.resident_id HAVING count(*) = 2)",
			repeats: true},
	} {
		sql := "SELECT count(*) AS n FROM " + c.from
		plan, err := analysed(t, judged, sql, scope)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		repeats := false
		for _, k := range plan.Lookups {
			if several, err := judged.gives(t.Context(), k.SQL); err != nil {
				t.Errorf("%s: %v\n%s", sql, err, k.SQL)
			} else if several {
				repeats = true
			}
			if k.Why.Rule != "join.repeats" || k.Why.Place == "" || k.Why.Msg.ZH == "" || k.Why.Fix.ZH == "" {
				t.Errorf("%s: the reason is %+v", sql, k.Why)
			}
		}
		if repeats != c.repeats {
			t.Errorf("%s: that the list repeats rows is told: %v", sql, repeats)
		}
		if c.repeats {
			continue
		}
		same, err := cellsOf(t, plain, "SELECT ("+sql+") = (SELECT count(*) FROM "+c.rows+")", &analysis.Plan{}, 1, 1)
		if err != nil || same[0][0] != "1" {
			t.Errorf("%s: a row of people is there several times, %v", sql, err)
		}
	}
}

// The lookups of a run come first: where one gives a row, nothing else is answered than which it is.
func TestQueryLooksUp(t *testing.T) {
	const none, some = "SELECT 1 FROM visits WHERE dept = 'x'",
		"SELECT dept FROM visits GROUP BY dept HAVING count(*) > 1"
	asked := func(lookups ...string) *testEnv {
		return newTestEnv(t, task.QuerySpec{Views: []task.View{visitsView}, SQL: "SELECT count(*) AS n FROM visits",
			MaxRows: 100,
			Lookups: lookups}, map[string]string{"v1": parquetOf(t, visitsSQL)})
	}
	for _, c := range []struct {
		lookups []string
		repeats int
	}{{nil, 0}, {[]string{none}, 0}, {[]string{none, some, some}, 2}} {
		in := asked(c.lookups...)
		got := answerOf[task.ResultAnswer](t, in, task.Query)
		if out := in.Outputs[task.OutResult]; got.Repeats != c.repeats ||
			(c.repeats > 0) != (out == nil || out.Len() == 0) {
			t.Errorf("%q: %+v", c.lookups, got)
		}
	}
	err := asked("SELECT CAST(dept AS INTEGER) FROM visits").run(t, task.Query)
	if yumen.KindOf(err) != yumen.KindFailed || strings.Contains(err.Error(), "d0") {
		t.Errorf("a lookup that fails: %v", err)
	}
}
