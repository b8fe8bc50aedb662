package duck

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// peopleSQL has 3,000 units of five rows each, with keys and measures of every type, nulls among them.
const peopleSQL = `SELECT (i // 5)::BIGINT AS _unit, CASE WHEN i % 11 = 0 THEN NULL WHEN i % 3 = 0 THEN '内科' ELSE 'a department with a long name ' || (i % 2) END AS dept,
	(i % 4)::BIGINT AS grade, i % 2 = 0 AS urgent, DATE '2024-01-01' + (i % 3)::INT AS day, (i % 3 / 4.0)::DECIMAL(4,2) AS rate,
	(i % 5)::DECIMAL(30,3) AS big, (i % 2 / 2.0)::DOUBLE AS half, TIMESTAMP '2024-01-01 00:00:00.5' + INTERVAL 1 HOUR * (i % 2)::INT AS moment,
	(i % 100)::BIGINT AS age, CASE WHEN i % 7 = 0 THEN NULL ELSE (i % 1000 / 100.0)::DECIMAL(8,2) END AS cost, (i % 13 / 4.0)::DOUBLE AS score FROM range(15000) t(i)`

func peopleView() task.View {
	v := task.View{Name: "people", Input: "v1"}
	for name, kind := range map[string]yumen.Type{"dept": "text", "grade": "integer", "urgent": "boolean",
		"day": "date", "rate": "decimal(4,2)",
		"big": "decimal(30,3)", "half": "double", "moment": "timestamp", "age": "integer", "cost": "decimal(8,2)",
		"score": "double"} {
		v.Columns = append(v.Columns, task.ViewColumn{Name: name, From: name, Type: kind})
	}
	return v
}

// readTotals computes the exact totals of a question as role private does, without the noise.
func readTotals(t *testing.T, file string, q *task.Question) (*privacy.Totals, error) {
	t.Helper()
	in := newTestEnv(t, nil, map[string]string{"v1": file})
	return exactTotals(t.Context(), in, q, privacy.NewChoice(), atOnce)
}

// lines writes totals as text: for the keys of each group its sums.
func lines(totals *privacy.Totals) map[string][]string {
	out := map[string][]string{}
	for g, keys := range totals.Keys {
		name := ""
		for _, k := range keys {
			if k.Null {
				k.Text = "∅"
			}
			name += k.Text + "|"
		}
		for _, sums := range totals.Sums {
			out[name] = append(out[name], strconv.FormatFloat(sums[g].Float64(), 'f', -1, 64))
		}
	}
	return out
}

// bySQL computes the same with the engine's own grouping: the statement gives the keys and then the sums.
func bySQL(t *testing.T, file, sql string, keys int) map[string][]string {
	t.Helper()
	e := free(t)
	if err := e.exec(t.Context(), "CREATE VIEW people AS FROM read_parquet('"+file+"')"); err != nil {
		t.Fatal(err)
	}
	reader, err := e.query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	out := map[string][]string{}
	for reader.Next() {
		b := reader.RecordBatch()
		for i := range int(b.NumRows()) {
			name := ""
			for j, col := range b.Columns() {
				text := strings.Clone(col.ValueStr(i))
				if col.IsNull(i) {
					text = "∅"
				}
				if j < keys {
					name += text + "|"
					out[name] = nil
				} else {
					out[name] = append(out[name], text)
				}
			}
		}
	}
	if reader.Err() != nil {
		t.Fatal(reader.Err())
	}
	if keys > 1 { // prefixes are no groups
		for name, sums := range out {
			if sums == nil {
				delete(out, name)
			}
		}
	}
	return out
}

func count(input int) task.Measure  { return task.Measure{Fn: task.MeasureCount, Input: input} }
func units(input int) task.Measure  { return task.Measure{Fn: task.MeasureUnits, Input: input} }
func sumOf(input int) task.Measure  { return task.Measure{Fn: task.MeasureSum, Input: input} }
func stddev(input int) task.Measure { return task.Measure{Fn: task.MeasureStddev, Input: input} }
func quantile(input int) task.Measure {
	return task.Measure{Fn: task.MeasureQuantile, Input: input, Q: 0.5}
}

// Keys and inputs of each type give what the engine's own grouping gives, where no unit is held back.
func TestPassOverVectorsIsTheEnginesGrouping(t *testing.T) {
	file := parquetOf(t, peopleSQL)
	for _, c := range []struct {
		name string
		kind yumen.Type
		text string
	}{
		{"dept", "text", "dept"}, {"grade", "integer", "grade"}, {"urgent", "boolean", "urgent"},
		{"day", "date", "day"}, {"rate", "decimal(4,2)", "rate"},
		{"big", "decimal(30,3)", "big"}, {"half", "double", "CASE WHEN half = 0 THEN '0' ELSE '0.5' END"},
		{"moment", "timestamp", "strftime(moment, '%Y-%m-%d %H:%M:%S.%f')"},
	} {
		q := &task.Question{Form: task.Clustered, RowsPerUnit: 100, GroupsPerUnit: 100,
			Keys: []task.GroupKey{{Type: c.kind}, {Type: "text"}}, Views: []task.View{peopleView()},
			SQL: "SELECT _unit AS u, " + c.name +
				" AS k1, dept AS k2, age AS a1, cost AS a2, score AS a3, urgent AS a4, big AS a5 FROM people -- rows",
			Inputs: []task.MeasuredInput{{Type: "integer", Hi: 100}, {Type: "decimal(8,2)", Scale: 2, Hi: 1000},
				{Type: "double", Scale: 2, Lo: 25, Hi: 250},
				{Type: "boolean", Hi: 1}, {Type: "decimal(30,3)", Scale: 3, Hi: 3000}},
			Measures: []task.Measure{count(0), sumOf(1), sumOf(2), count(2), units(2), sumOf(3), sumOf(4), sumOf(5)}}
		got, err := readTotals(t, file, q)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := bySQL(t, file,
			"SELECT ("+c.text+
				")::VARCHAR, dept, count(DISTINCT _unit), count(*), sum(age)::BIGINT, coalesce(sum(cost * 100), 0)::BIGINT, count(cost), count(DISTINCT _unit) FILTER (cost IS NOT NULL), "+
				"sum(round_even(greatest(least(score, 2.5), 0.25) * 100, 0))::BIGINT, sum(urgent::BIGINT)::BIGINT, sum(least(big, 3) * 1000)::BIGINT FROM people GROUP BY ALL", 2)
		if d := cmp.Diff(want, lines(got)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// held is a question in which units are held back: two rows of a unit count in a group.
func heldBack(form task.Form) *task.Question {
	return &task.Question{Form: form, RowsPerUnit: 2, GroupsPerUnit: 9, Views: []task.View{peopleView()},
		SQL: "SELECT _unit AS u, dept AS k1, cost AS a1 FROM people",
		Keys: []task.GroupKey{{Type: "text",
			Domain: []string{"外科", "内科", "a department with a long name 0", "a department with a long name 1"},
			Null:   true}},
		Inputs:   []task.MeasuredInput{{Type: "decimal(8,2)", Scale: 2, Hi: 500}},
		Measures: []task.Measure{count(0), units(0), sumOf(1), count(1)}}
}

// However the rows lie, a unit is held to what it may add: where they are not clustered, the engine sorts them.
func TestUnitsAreHeldBackHoweverTheRowsLie(t *testing.T) {
	mixed := strings.Replace(peopleSQL, "(i // 5)::BIGINT AS _unit", "(i % 3000)::BIGINT AS _unit", 1)
	for name, sql := range map[string]string{"clustered": peopleSQL, "mixed": mixed} {
		file := parquetOf(t, sql)
		want := bySQL(t, file, `SELECT dept, sum(least(n, 2))::BIGINT, count(*), sum(least(s, 1000))::BIGINT, sum(least(c, 2))::BIGINT FROM (SELECT dept, _unit, count(*) AS n, count(cost) AS c,
			coalesce(sum(CASE WHEN cost > 5 THEN 5 ELSE cost END * 100), 0) AS s FROM people GROUP BY ALL) GROUP BY ALL`, 1)
		want["外科|"] = []string{"0", "0", "0", "0"}
		for _, form := range []task.Form{task.Clustered, task.Scattered} {
			got, err := readTotals(t, file, heldBack(form))
			if err != nil {
				t.Fatalf("%s, %s: %v", name, form, err)
			}
			if d := cmp.Diff(want, lines(got)); d != "" {
				t.Errorf("%s, %s: %s", name, form, d)
			}
			if d := cmp.Diff([]privacy.Value{{Text: "外科"}}, got.Keys[0]); d != "" {
				t.Error("the order of public groups is not that of their domain: " + d)
			}
		}
	}
}

// Large versions are read in pieces by several connections, and units on both sides of a row group's end count once.
func TestPiecesAddUp(t *testing.T) {
	const rows = 2_500_000
	file := parquetOf(t, `SELECT (i // 7)::BIGINT AS _unit, 'g' || (i % 50) AS dept, (i % 90)::BIGINT AS age FROM range(`+strconv.Itoa(rows)+`) t(i)`)
	view := task.View{Name: "people", Input: "v1",
		Columns: []task.ViewColumn{{Name: "dept", From: "dept", Type: "text"},
			{Name: "age", From: "age", Type: "integer"}}}
	q := &task.Question{Form: task.Clustered, RowsPerUnit: 3, GroupsPerUnit: 9, Views: []task.View{view},
		SQL:  "SELECT _unit AS u, dept AS k1, age AS a1 FROM people WHERE age >= 0",
		Keys: []task.GroupKey{{Type: "text"}}, Inputs: []task.MeasuredInput{{Type: "integer", Hi: 1000}},
		Measures: []task.Measure{count(0), sumOf(1)}}
	in := newTestEnv(t, nil, map[string]string{"v1": file})
	v, err := openVectors(t.Context(), in, singleThreaded{in}, q.Views)
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	cuts, ok, err := v.cutsOfFiles(t.Context(), in, q.Views, rowsSQL(q))
	if err != nil || !ok || len(cuts) != 1 {
		t.Fatalf("%d cuts, carried down: %v, error %v", len(cuts), ok, err)
	}
	got, err := exactTotals(t.Context(), in, q, privacy.NewChoice(), atOnce)
	if err != nil {
		t.Fatal(err)
	}
	want := bySQL(t, file, "SELECT dept, count(DISTINCT _unit), count(*), sum(age)::BIGINT FROM people GROUP BY ALL", 1)
	if d := cmp.Diff(want, lines(got)); d != "" {
		t.Error(d)
	}
	q.SQL = "SELECT u, k1, a1 FROM (SELECT _unit AS u, dept AS k1, age AS a1, row_number() OVER (ORDER BY age) AS n FROM people)"
	if _, ok, err := v.cutsOfFiles(t.Context(), in, q.Views, rowsSQL(q)); ok || err != nil {
		t.Errorf("a condition under a window is said to reach the file (error %v)", err)
	}
	if got, err = exactTotals(t.Context(), in, q, privacy.NewChoice(), atOnce); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, lines(got)); d != "" {
		t.Error(d)
	}
}

func TestSummedRows(t *testing.T) {
	file := parquetOf(t, peopleSQL)
	q := heldBack(task.Summed)
	q.RowsPerUnit, q.GroupsPerUnit, q.Measures = 1, 1, []task.Measure{count(0), stddev(1)}
	q.SQL = `SELECT dept AS k1, count(*) AS n, count(cost) AS c1, sum(capped)::HUGEINT AS s1, sum((capped - 250) ** 2)::HUGEINT AS q1 FROM (SELECT dept, cost, CASE WHEN cost > 5 THEN 500 ELSE (cost * 100)::BIGINT END AS capped FROM people) GROUP BY dept`
	got, err := readTotals(t, file, q)
	if err != nil {
		t.Fatal(err)
	}
	want := bySQL(t, file, `SELECT dept, count(*), count(cost), sum(capped - 250)::BIGINT, sum((capped - 250) ** 2)::BIGINT FROM (SELECT dept, cost, CASE WHEN cost > 5 THEN 500 ELSE (cost * 100)::BIGINT END AS capped FROM people) GROUP BY dept`, 1)
	want["外科|"] = []string{"0", "0", "0", "0"}
	if d := cmp.Diff(want, lines(got)); d != "" {
		t.Error(d)
	}
}

// noiseOf gives each component noise of a standard deviation. What that is worth as privacy is not the matter here.
func noiseOf(q *task.Question, sigma float64) task.Noise {
	n := task.Noise{Components: privacy.Components(q), MinUnits: 1, Tau: 1e3, Delta: 0.1}
	for i := range n.Components {
		c := &n.Components[i]
		c.Sensitivity, c.Sigma = privacy.Sensitivity(q, *c), sigma
		n.Rho += c.Sensitivity * c.Sensitivity / sigma / sigma / 2 * 1.0001
	}
	return n
}

func askPrivately(t *testing.T, q *task.Question, n task.Noise, maxRows int64, sql string) (*testEnv, error) {
	t.Helper()
	in := newTestEnv(t, task.PrivateSpec{Question: *q, Noise: n, MaxRows: maxRows},
		map[string]string{"v1": parquetOf(t, sql)})
	return in, in.run(t, task.Private)
}

// With next to no noise the noisy table shows the totals, of each type, in the order of the domain.
func TestPrivateTable(t *testing.T) {
	q := heldBack(task.Clustered)
	q.Measures = append(q.Measures, quantile(1), stddev(1))
	in, err := askPrivately(t, q, noiseOf(q, 1e-3), 10, peopleSQL)
	if err != nil {
		t.Fatal(err)
	}
	got := rowsOf(t, in.Outputs[task.OutNoisy].Bytes())
	header := []string{"k1 text", "v1 integer", "v2 integer", "v3 decimal(38,2)", "v4 integer", "v5 double",
		"v6 double", "e1 double", "e2 double", "e3 double", "e4 double", "e5 double", "e6 double"}
	if d := cmp.Diff(header, got[0]); d != "" {
		t.Error(d)
	}
	want := bySQL(t, parquetOf(t, peopleSQL), `SELECT dept, sum(least(n, 2))::BIGINT, count(*), (sum(least(s, 1000)) / 100)::DECIMAL(38,2)::VARCHAR, sum(least(c, 2))::BIGINT FROM (SELECT dept, _unit, count(*) AS n, count(cost) AS c,
			coalesce(sum(CASE WHEN cost > 5 THEN 5 ELSE cost END * 100), 0)::BIGINT AS s FROM people GROUP BY ALL) GROUP BY ALL`, 1)
	for i, key := range []string{"外科", "内科", "a department with a long name 0", "a department with a long name 1",
		"∅"} {
		row := got[i+1]
		if row[0] != key || i > 0 && !cmp.Equal(want[key+"|"], row[1:5]) {
			t.Errorf("row %d is %v, want %s %v", i, row, key, want[key+"|"])
		}
		median, _ := strconv.ParseFloat(row[5], 64)
		spread, _ := strconv.ParseFloat(row[6], 64)
		if i > 0 && (median < 4 || median > 5 || spread < 1 || spread > 2) {
			t.Errorf("median %v, standard deviation %v", row[5], row[6])
		}
	}
}

// The noise has the standard deviation asked for: over 2,000 groups the sample's lies within a tenth of it but for odds
// of one in a million.
func TestPrivateNoise(t *testing.T) {
	q := &task.Question{Form: task.Clustered, RowsPerUnit: 1, GroupsPerUnit: 1,
		SQL: "SELECT _unit AS u, age AS k1 FROM people", Views: []task.View{peopleView()},
		Keys: []task.GroupKey{{Type: "integer"}}, Measures: []task.Measure{count(0)}}
	for i := range 2000 {
		q.Keys[0].Domain = append(q.Keys[0].Domain, strconv.Itoa(1000+i)) // no row is in any of them
	}
	const sigma = 40
	in, err := askPrivately(t, q, noiseOf(q, sigma), 2000, peopleSQL)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares float64
	for _, row := range rowsOf(t, in.Outputs[task.OutNoisy].Bytes())[1:] {
		x, _ := strconv.ParseFloat(row[1], 64)
		sum, squares = sum+x, squares+x*x
	}
	if mean, sd := sum/2000, math.Sqrt(squares/2000); math.Abs(mean) > 5*sigma/math.Sqrt(2000) ||
		math.Abs(sd-sigma) > sigma/10 {
		t.Errorf("mean %.2f, standard deviation %.2f, want 0 and %d", mean, sd, sigma)
	}
}

func TestPrivateRefuses(t *testing.T) {
	private := heldBack(task.Clustered)
	private.Keys = []task.GroupKey{{Type: "text"}}
	failing := heldBack(task.Clustered)
	failing.SQL = "SELECT _unit AS u, dept AS k1, CAST(dept AS DECIMAL(8,2)) AS a1 FROM people"
	missing := heldBack(task.Clustered)
	missing.SQL = "SELECT _unit AS u, secret AS k1, cost AS a1 FROM people"
	formless := heldBack("")
	for name, c := range map[string]struct {
		q       *task.Question
		maxRows int64
		kind    yumen.ErrorKind
	}{
		"too many public groups":  {heldBack(task.Clustered), 4, yumen.KindLimit},
		"too many private groups": {private, 3, yumen.KindLimit},
		"failure on data":         {failing, 10, yumen.KindFailed},
		"no such column":          {missing, 10, yumen.KindFailed},
		"no form":                 {formless, 10, yumen.KindInternal},
		"no rows allowed":         {private, 0, yumen.KindInternal},
	} {
		n := noiseOf(c.q, 1e-3)
		n.Tau, n.Delta = 3, 1e-9
		_, err := askPrivately(t, c.q, n, c.maxRows, peopleSQL)
		if yumen.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want kind %s", name, err, c.kind)
		}
		var e *yumen.Error
		if errors.As(err, &e) && (strings.Contains(e.Error(), "内科") || strings.Contains(e.Error(), "department")) {
			t.Errorf("%s: the error quotes data: %v", name, err)
		}
	}
	less := noiseOf(private, 1e-3)
	less.Components[0].Sensitivity /= 2
	if _, err := askPrivately(t, private, less, 10, peopleSQL); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("noise for less than a unit's weight: %v", err)
	}
}

// Role post sees the noisy table and nothing else.
func TestPost(t *testing.T) {
	q := heldBack(task.Clustered)
	q.Inputs[0].Type, q.Inputs[0].Scale = "decimal(8,0)", 0 // its sum is a decimal(38,0), which is not turned into an integer
	in, err := askPrivately(t, q, noiseOf(q, 1e-3), 10, peopleSQL)
	if err != nil {
		t.Fatal(err)
	}
	noisy := writeFile(t, "noisy", in.Outputs[task.OutNoisy].Bytes())
	ask := func(sql string, maxRows int64) (*testEnv, error) {
		in := newTestEnv(t, task.PostSpec{SQL: sql, MaxRows: maxRows},
			map[string]string{task.InCells: noisy, "v1": parquetOf(t, peopleSQL)})
		return in, in.run(t, task.Post)
	}
	in, err = ask("SELECT k1 AS dept, v2 * 10 AS tenfold, v3 AS cost FROM _cells WHERE v2 > 0 ORDER BY v2 DESC, k1 LIMIT 2 -- the two largest", 10)
	if err != nil {
		t.Fatal(err)
	}
	got := rowsOf(t, in.Outputs[task.OutResult].Bytes())
	if d := cmp.Diff([]string{"dept text", "tenfold integer", "cost decimal(38,0)"}, got[0]); d != "" || len(got) != 3 {
		t.Errorf("%d rows, %s", len(got)-1, d)
	}
	if _, err := ask("SELECT * FROM _cells", 2); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("more rows than allowed: %v", err)
	}
	for _, sql := range []string{"SELECT * FROM people", "SELECT * FROM read_parquet('" + in.Inputs["v1"] + "')",
		"SELECT * FROM _cells_stream"} {
		if _, err := ask(sql, 10); yumen.KindOf(err) != yumen.KindFailed {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// atOnce is for totals that no noise was drawn for.
func atOnce() error { return nil }
