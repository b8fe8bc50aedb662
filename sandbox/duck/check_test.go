package duck

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// heldOf runs a statement through the query role and returns its streams as files.
func heldOf(t testing.TB, sql string, evidence int) (artifact, ev string) {
	t.Helper()
	in := newTestEnv(t, task.QuerySpec{SQL: sql, Evidence: evidence}, nil)
	answerOf[task.ResultAnswer](t, in, task.Query)
	artifact = writeFile(t, "artifact", in.Outputs[task.OutResult].Bytes())
	if evidence > 0 {
		ev = writeFile(t, "evidence", in.Outputs[task.OutEvidence].Bytes())
	}
	return artifact, ev
}

// checkOf measures the result of a statement.
func checkOf(t testing.TB, spec task.CheckSpec, sql string, evidence int, version string) yumen.Evidence {
	t.Helper()
	artifact, ev := heldOf(t, sql, evidence)
	inputs := map[string]string{task.InArtifact: artifact}
	if evidence > 0 {
		inputs[task.InEvidence] = ev
	}
	for _, s := range spec.Sources {
		inputs[s.View.Input] = version
	}
	got := answerOf[yumen.Evidence](t, newTestEnv(t, spec, inputs), task.Check)
	got.Bytes = 0
	return got
}

func key(name string) yumen.ArtifactColumn {
	return yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnKey}
}

func aggregate(name, function string) yumen.ArtifactColumn {
	return yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnAggregate, Function: function}
}

func opaque(name string) yumen.ArtifactColumn {
	return yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnOpaque}
}

// rowOf is a column of the visits dataset unchanged.
func rowOf(name, column string) yumen.ArtifactColumn {
	return yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnRow, Direct: true,
		Sources: []yumen.ColumnRef{{Dataset: "visits", Column: column}}}
}

// computed is a value that is computed for each row from a column of the visits dataset.
func computed(name, column string) yumen.ArtifactColumn {
	c := rowOf(name, column)
	c.Direct = false
	return c
}

func TestCheckGroupsAndUnrounded(t *testing.T) {
	spec := task.CheckSpec{K: 10, Rounding: 5, MaxCells: 1,
		Columns: []yumen.ArtifactColumn{key("dept"), key("sex"), aggregate("n", "count"), aggregate("u", "count_units"),
			yumen.ArtifactColumn{Name: "fee", Kind: yumen.ColumnAggregate, Function: "sum", Measure: 1}}}
	sql := `SELECT dept, sex, n::BIGINT AS n, u::DECIMAL(9,1) AS u, fee, _units::BIGINT AS _units, _rows::BIGINT AS _rows,
		(_units - 1)::BIGINT AS _units_1, _share_1::DOUBLE AS _share_1, _p_1::DOUBLE AS _p_1, 30::DOUBLE AS _total_1, _rows::BIGINT AS _values_1, atoms AS _atoms FROM
		(VALUES ('a', 1, 10, 5, 1.5, 12, 40, 0.5, 2.0, '0:12'), ('b', 1, 12, NULL, NULL, 3, NULL, NULL, NULL, '0:1 3:2'), (NULL, 2, 13, 5, 7, NULL, 1, 1.0, -1.0, NULL), ('a', 2, 20, 11, 7, 8, 9, 0.1, 9, '1:8 2:many'))
		v(dept, sex, n, u, fee, _units, _rows, _share_1, _p_1, atoms)`
	got := checkOf(t, spec, sql, 8, "")
	want := yumen.Evidence{Rows: 4,
		Groups: []yumen.GroupEvidence{
			{Keys: []int{0, 0}, Units: 12, Rows: 40,
				Measures: []yumen.MeasureEvidence{{Units: 11, Share: 0.5, P: 2, Total: 30, Values: 40}},
				Atoms:    []yumen.Atom{{Units: 12}}},
			{Keys: []int{1, 0}, Units: 3, Measures: []yumen.MeasureEvidence{{Units: 2, Share: -1, P: -1, Total: 30}},
				Atoms: []yumen.Atom{{Units: 1}, {Parts: 3, Units: 2}}, Empty: []string{"u", "fee"}},
			{Keys: []int{2, 1}, Rows: 1, Measures: []yumen.MeasureEvidence{{Share: 1, P: -1, Total: 30, Values: 1}}},
			{Keys: []int{0, 1}, Units: 8, Rows: 9,
				Measures: []yumen.MeasureEvidence{{Units: 7, Share: 0.1, P: 9, Total: 30, Values: 9}},
				Atoms:    []yumen.Atom{{Parts: 1, Units: 8}, {}}},
		},
		Unrounded: []yumen.CellHits{{Column: "n", Count: 2, Cells: []yumen.Cell{{Row: 2, Column: "n"}}},
			{Column: "u", Count: 1, Cells: []yumen.Cell{{Row: 4, Column: "u"}}}},
		Exact: []yumen.CellHits{{Column: "fee", Count: 2, Cells: []yumen.Cell{{Row: 1, Column: "fee"}}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	spec.Rounding = 1
	if got := checkOf(t, spec, sql, 8, ""); got.Unrounded != nil {
		t.Errorf("exact counts are allowed: %+v", got.Unrounded)
	}
}

func TestCheckIdentifiers(t *testing.T) {
	spec := task.CheckSpec{MaxCells: 2,
		Columns: []yumen.ArtifactColumn{opaque("note"), opaque("n"), opaque("d"), opaque("day")}}
	got := checkOf(t, spec, `SELECT * FROM (VALUES
		('患者 11010519491231002X 与 13800138000', 13912345678, 13912345678.0::DOUBLE, DATE '2024-01-01'),
		('电话１３８ ００１３ ８０００，另 139-1234-5678', 12345678901, 0.5, NULL),
		('无', NULL, 11010519491231002, NULL), ('13700137000', 0, NULL, NULL)) v(note, n, d, day)`, 0, "")
	want := []yumen.IdentifierHits{
		{Type: "resident_id", CellHits: yumen.CellHits{Column: "note", Count: 1,
			Cells: []yumen.Cell{{Row: 1, Column: "note"}}}},
		{Type: "mobile", CellHits: yumen.CellHits{Column: "note", Count: 3,
			Cells: []yumen.Cell{{Row: 1, Column: "note"}, {Row: 2, Column: "note"}}}},
		{Type: "mobile", CellHits: yumen.CellHits{Column: "n", Count: 1, Cells: []yumen.Cell{{Row: 1, Column: "n"}}}},
		{Type: "mobile", CellHits: yumen.CellHits{Column: "d", Count: 1, Cells: []yumen.Cell{{Row: 1, Column: "d"}}}},
	}
	if d := cmp.Diff(want, got.Identifiers); d != "" {
		t.Error(d)
	}
}

var visitsSource = task.Source{Dataset: "visits",
	View: task.View{Name: "visits", Input: "v1", Columns: []task.ViewColumn{
		{Name: "id", From: yumen.UnitColumn, Type: yumen.TypeInteger},
		{Name: "dept", From: "dept", Type: yumen.TypeText},
		{Name: "age", From: "age", Type: yumen.TypeInteger},
		{Name: "cost", From: "cost", Type: "decimal(8,2)"}, {Name: "day", From: "day", Type: yumen.TypeDate},
		{Name: "note", From: "note", Type: yumen.TypeText},
	}}}

// TestCheckMatches: rows that give an input away are found whatever they are called, and statistics are not taken for
// rows.
func TestCheckMatches(t *testing.T) {
	version := parquetOf(t, visitsSQL)
	from := "FROM read_parquet('" + version + "')"
	one := func(rows, rare int64, whole bool, maps ...string) []yumen.MatchEvidence {
		m := yumen.MatchEvidence{Dataset: "visits", Rows: rows, Rare: rare, Whole: whole}
		for i := 0; i < len(maps); i += 2 {
			m.Columns = append(m.Columns, yumen.ColumnMap{Result: maps[i], Input: maps[i+1]})
		}
		return []yumen.MatchEvidence{m}
	}
	for _, c := range []struct {
		name     string
		sql      string
		columns  []yumen.ArtifactColumn
		evidence int
		want     []yumen.MatchEvidence
	}{
		{"rows as they are", "SELECT note, cost " + from + " LIMIT 50",
			[]yumen.ArtifactColumn{rowOf("note", "note"), rowOf("cost", "cost")}, 0,
			one(50, 50, true, "note", "note", "cost", "cost")},
		{"rows that many share", "SELECT dept " + from + " LIMIT 50", []yumen.ArtifactColumn{rowOf("dept", "dept")}, 0,
			one(50, 0, true, "dept", "dept")},
		{"a masked column drops out", "SELECT note, 'x' || cost AS m " + from + " LIMIT 50",
			[]yumen.ArtifactColumn{rowOf("note", "note"), rowOf("m", "cost")}, 0, one(50, 50, false, "note", "note")},
		{"only a masked column", "SELECT 'x' || note AS m " + from + " LIMIT 50",
			[]yumen.ArtifactColumn{rowOf("m", "note")}, 0, nil},
		{"suppressed rows", "SELECT CASE WHEN i > 5 THEN note END AS note FROM (SELECT note, row_number() OVER () AS i " + from + " LIMIT 50)", []yumen.ArtifactColumn{rowOf("note", "note")}, 0, one(45, 45, true, "note", "note")},
		{"distinct keys", "SELECT DISTINCT dept, age, 1::BIGINT AS _units, 1::BIGINT AS _rows " + from +
			" ORDER BY ALL", []yumen.ArtifactColumn{
			{Name: "dept", Kind: yumen.ColumnKey, Direct: true,
				Sources: []yumen.ColumnRef{{Dataset: "visits", Column: "dept"}}},
			{Name: "age", Kind: yumen.ColumnKey, Direct: true,
				Sources: []yumen.ColumnRef{{Dataset: "visits", Column: "age"}}}}, 2,
			one(350, 350, true, "dept", "dept", "age", "age")},
		{"an aggregate is not compared",
			"SELECT dept, count(*) AS n, 1::BIGINT AS _units, 1::BIGINT AS _rows " + from + " GROUP BY dept",
			[]yumen.ArtifactColumn{
				{Name: "dept", Kind: yumen.ColumnKey, Direct: true,
					Sources: []yumen.ColumnRef{{Dataset: "visits", Column: "dept"}}}, aggregate("n", "count")}, 2, nil},
		{"another dataset's column", "SELECT note " + from + " LIMIT 5",
			[]yumen.ArtifactColumn{{Name: "note", Kind: yumen.ColumnRow, Direct: true,
				Sources: []yumen.ColumnRef{{Dataset: "other", Column: "note"}}}}, 0, nil},
		{"opaque under its name, other type",
			"SELECT id::VARCHAR AS ID, age::DOUBLE AS age FROM (SELECT _unit AS id, age " + from + ") LIMIT 50",
			[]yumen.ArtifactColumn{opaque("ID"), opaque("age")}, 0, one(50, 50, true, "ID", "id", "age", "age")},
		{"opaque renamed text", "SELECT note AS x, length(note) AS n " + from + " LIMIT 50",
			[]yumen.ArtifactColumn{opaque("x"), opaque("n")}, 0, one(50, 50, false, "x", "note")},
		{"opaque renamed amounts", "SELECT cost::DOUBLE AS x " + from + " WHERE cost <> floor(cost) LIMIT 50",
			[]yumen.ArtifactColumn{opaque("x")}, 0, one(50, 50, true, "x", "cost")},
		{"opaque copies of small numbers", "SELECT _unit AS a, dept AS b, age AS c " + from + " LIMIT 500",
			[]yumen.ArtifactColumn{opaque("a"), opaque("b"), opaque("c")}, 0,
			one(500, 500, false, "a", "id", "c", "age")},
		{"opaque counts by small groups", "SELECT i AS g, i * 7919 % 97 AS n FROM range(1, 60) t(i)",
			[]yumen.ArtifactColumn{opaque("g"), opaque("n")}, 0, nil},
		{"opaque hidden among made-up rows",
			"(SELECT note, cost " + from +
				" LIMIT 20) UNION ALL SELECT 'made' || i, i::DECIMAL(8,2) FROM range(100) t(i)",
			[]yumen.ArtifactColumn{opaque("note"), opaque("cost")}, 0,
			one(20, 20, true, "note", "note", "cost", "cost")},
		{"opaque counts are no ages", "SELECT i AS n FROM range(1, 40) t(i)", []yumen.ArtifactColumn{opaque("n")}, 0,
			nil},
		{"opaque averages", "SELECT dept AS ward, avg(cost) AS mean " + from + " GROUP BY dept",
			[]yumen.ArtifactColumn{opaque("ward"), opaque("mean")}, 0, nil},
		{"opaque of nothing but nulls", "SELECT NULL::VARCHAR AS note FROM range(5)",
			[]yumen.ArtifactColumn{opaque("note")}, 0, nil},
		{"computed, and yet the value", "SELECT upper(' ' || note) AS code, cost + 0 AS c, age + 0 AS a " + from + " LIMIT 500",
			[]yumen.ArtifactColumn{computed("code", "note"), computed("c", "cost"), computed("a", "age")}, 0,
			one(500, 500, true, "code", "note", "c", "cost", "a", "age")},
		{"computed, and another value", "SELECT md5(note) AS code, length(note) AS n " + from + " LIMIT 500",
			[]yumen.ArtifactColumn{computed("code", "note"), computed("n", "note")}, 0, nil},
		{"empty", "SELECT note " + from + " WHERE false", []yumen.ArtifactColumn{opaque("note")}, 0, nil},
	} {
		got := matchesOf(t, c.sql, c.columns, c.evidence, version)
		for i := range got {
			if want := min(int(got[i].Rare), 3); len(got[i].Cells) != want {
				t.Errorf("%s: %d places for %d rare rows", c.name, len(got[i].Cells), got[i].Rare)
			}
			got[i].Cells = nil
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// matchesOf checks a result that is made outside the enclave, as a module could.
func matchesOf(t testing.TB, sql string, columns []yumen.ArtifactColumn, evidence int,
	version string) []yumen.MatchEvidence {
	t.Helper()
	in := newTestEnv(t, task.QuerySpec{SQL: sql, Evidence: evidence, Views: []task.View{{Name: "unused", Input: "v1"}}},
		map[string]string{"v1": version})
	answerOf[task.ResultAnswer](t, in, task.Query)
	inputs := map[string]string{"v1": version,
		task.InArtifact: writeFile(t, "artifact", in.Outputs[task.OutResult].Bytes())}
	if evidence > 0 {
		inputs[task.InEvidence] = writeFile(t, "evidence", in.Outputs[task.OutEvidence].Bytes())
	}
	spec := task.CheckSpec{Columns: columns, K: 10, MaxCells: 3, Sources: []task.Source{visitsSource}}
	return answerOf[yumen.Evidence](t, newTestEnv(t, spec, inputs), task.Check).Matches
}

// What a module's result could carry is measured: each row below hides something else.
func TestCheckContent(t *testing.T) {
	columns := []yumen.ArtifactColumn{opaque("text"), opaque("x"), opaque("13800138000"), computed("note", "note")}
	got := checkOf(t, task.CheckSpec{Columns: columns, K: 10, MaxCells: 2}, `SELECT * FROM (VALUES
		('plain', 1.5::DOUBLE, 7, 'a'), (chr(8203) || 'zero width', 0.1::DOUBLE, 7, 'b'), ('全　角', NULL, 7, 'c'),
		(chr(8238) || 'turned', 4.0::DOUBLE, 7, 'tab' || chr(9))) v(text, x, "13800138000", note)`, 0, "")
	hidden := func(column string, n int64, rows ...int) yumen.CellHits {
		h := yumen.CellHits{Column: column, Count: n}
		for _, row := range rows {
			h.Cells = append(h.Cells, yumen.Cell{Row: row, Column: column})
		}
		return h
	}
	want := []yumen.ContentEvidence{
		{Column: "text", Values: 4, Entropy: 2, Longest: 11, Invisible: hidden("text", 2, 2, 4)},
		{Column: "x", Values: 3, Nulls: 1, Entropy: math.Log2(3), Digits: 52, Invisible: hidden("x", 0)},
		{Column: "13800138000", Values: 4, Invisible: hidden("13800138000", 0)},
		{Column: "note", Invisible: hidden("note", 1, 4)}}
	if d := cmp.Diff(want, got.Content, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); d != "" {
		t.Error(d)
	}
	if !got.Unsorted || len(got.Identifiers) != 1 || got.Identifiers[0].Cells[0].Row != 0 {
		t.Errorf("unsorted %v, identifiers %+v: want one in a name", got.Unsorted, got.Identifiers)
	}
	sorted := checkOf(t, task.CheckSpec{Columns: []yumen.ArtifactColumn{opaque("a"), opaque("b")}, K: 10},
		"SELECT * FROM (VALUES (2, 'x'), (2, 'y'), (10, NULL), (NULL, 'a')) v(a, b)", 0, "")
	if sorted.Unsorted {
		t.Error("rows in order are said to be without")
	}
}

func TestCheckRefusesWhatDoesNotFit(t *testing.T) {
	artifact, ev := heldOf(t, "SELECT 'a' AS dept, 1 AS n, 5::BIGINT AS _units, 5::BIGINT AS _rows", 2)
	other, _ := heldOf(t, "SELECT 'a' AS dept, 1 AS n FROM range(2)", 0)
	broken := mustRead(t, artifact)
	for name, c := range map[string]struct {
		columns  []yumen.ArtifactColumn
		artifact string
		evidence string
	}{
		"columns":  {[]yumen.ArtifactColumn{key("dept")}, artifact, ev},
		"names":    {[]yumen.ArtifactColumn{key("dept"), aggregate("m", "count")}, artifact, ev},
		"rows":     {[]yumen.ArtifactColumn{key("dept"), aggregate("n", "count")}, other, ev},
		"evidence": {[]yumen.ArtifactColumn{key("dept"), aggregate("n", "count")}, artifact, artifact},
		"cut": {[]yumen.ArtifactColumn{key("dept"), aggregate("n", "count")},
			writeFile(t, "a", broken[:len(broken)*2/3]), ev},
		"no Arrow": {[]yumen.ArtifactColumn{key("dept"), aggregate("n", "count")},
			writeFile(t, "a", []byte("dept,n\n")), ev},
	} {
		in := newTestEnv(t, task.CheckSpec{Columns: c.columns},
			map[string]string{task.InArtifact: c.artifact, task.InEvidence: c.evidence})
		if err := in.run(t, task.Check); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCheckRows(b *testing.B) {
	version := parquetOf(b, `SELECT (i // 6)::BIGINT AS _unit, 'd' || (i % 7) AS dept, (i % 90)::BIGINT AS age, (i % 100000 / 100.0)::DECIMAL(8,2) AS cost,
		DATE '2024-01-01' + (i % 300)::INT AS day, 'note' || i AS note FROM range(300000) t(i)`)
	for _, c := range []struct {
		name    string
		columns []yumen.ArtifactColumn
	}{
		{"known", []yumen.ArtifactColumn{rowOf("id", "id"), rowOf("dept", "dept"), rowOf("age", "age"),
			rowOf("cost", "cost")}},
		{"opaque", []yumen.ArtifactColumn{opaque("a"), opaque("b"), opaque("c"), opaque("d")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := newTestEnv(b, task.QuerySpec{SQL: fmt.Sprintf(
				"SELECT _unit AS %s, dept AS %s, age AS %s, cost AS %s FROM read_parquet('%s') LIMIT 5000",
				c.columns[0].Name, c.columns[1].Name, c.columns[2].Name, c.columns[3].Name, version),
				Views: []task.View{{Name: "unused", Input: "v1"}}}, map[string]string{"v1": version})
			answerOf[task.ResultAnswer](b, in, task.Query)
			inputs := map[string]string{"v1": version,
				task.InArtifact: writeFile(b, "artifact", in.Outputs[task.OutResult].Bytes())}
			for b.Loop() {
				check := newTestEnv(b, task.CheckSpec{Columns: c.columns, K: 10, MaxCells: 20,
					Sources: []task.Source{visitsSource}}, inputs)
				var ev yumen.Evidence
				answerOf[yumen.Evidence](b, check, task.Check)
				_ = json.Unmarshal(check.Said, &ev)
				b.ReportMetric(float64(len(ev.Matches)), "matches")
			}
		})
	}
}
