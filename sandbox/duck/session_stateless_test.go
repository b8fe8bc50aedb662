package duck

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

var smallView = []task.View{{Name: "v", Input: "v1",
	Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger}}}}

// small is an engine as a session opens it, over a small version.
func small(t testing.TB) (*engine, *testEnv) {
	t.Helper()
	path := parquetOf(t, "SELECT range // 2 AS _unit, (range % 3)::BIGINT AS g FROM range(1000)")
	in := newTestEnv(t, task.QuerySpec{Views: smallView}, map[string]string{"v1": path})
	e, err := openWithViews(t.Context(), in, smallView)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	return e, in
}

// leaving are statements after which a database may differ, or whose answer may tell of those before them.
var leaving = []string{
	"SELECT 1; SELECT 2", "CREATE TABLE t AS SELECT 1", "SELECT * FROM enable_logging()", "SELECT write_log('x')",
	"SELECT setseed(0.5)", "SELECT random()",
	"SELECT nextval('q')", "SELECT txid_current()", "SELECT current_query_id()", "SELECT * FROM duckdb_logs",
	"SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_external_file_cache()",
	"WITH duckdb_logs AS (SELECT 1 AS x) SELECT * FROM duckdb_logs",
	"SELECT (WITH pg_class AS (SELECT 1 AS x) SELECT x FROM pg_class) FROM pg_class",
	"WITH a AS (SELECT * FROM duckdb_settings()) SELECT * FROM a", "SELECT * FROM main.v", "SELECT * FROM memory.v",
	"SELECT * FROM information_schema.tables",
	"SELECT * FROM read_parquet('/in/v1')", "SELECT * FROM '/in/v1'", "SELECT * FROM query('SELECT 1')",
	"SELECT * FROM v USING SAMPLE 10", "SELECT * FROM v TABLESAMPLE 5%",
	"SELECT getvariable('x')", "SELECT current_setting('threads')", "SELECT list_transform([1], x -> x)",
	"SELECT g::my_type FROM v", "PIVOT v ON g USING count(*)", "SUMMARIZE v", "DESCRIBE v", "SHOW TABLES",
	"FROM range(10)", "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 9) SELECT * FROM r",
	"SELECT ?", "SELECT $x", "not SQL", "", "SELECT temp.abs(g) FROM v", "SELECT nobody_knows(g) FROM v",
	"SELECT * FROM w", "SELECT count(*) FILTER (random() > 0.5) FROM v",
	"SELECT sum(g) OVER (ORDER BY random()) FROM v", "SELECT 1 ORDER BY random()",
	"SELECT 1 LIMIT (SELECT random()::INT)", "EXPLAIN SELECT 1",
}

// without are statements such as Yumen emits.
var without = []string{
	"SELECT 1", "SELECT g, count(*) AS n FROM v GROUP BY g ORDER BY g", "SELECT * FROM (\nSELECT g FROM V\n) LIMIT 101",
	"WITH a AS (SELECT g, sum(g) AS s FROM v WHERE g IN (0, 1) GROUP BY g HAVING count(*) > 10), b AS (SELECT g FROM a) SELECT a.g, round(a.s / 2, 1) AS h FROM a JOIN b USING (g) ORDER BY 1 DESC LIMIT 9",
	"SELECT date_trunc('month', DATE '2024-02-29') AS m, CAST(g AS DECIMAL(9,2)) AS d, CASE WHEN g > 1 THEN 'a' ELSE lower('B') || g END AS t, TRY(ln(g)) AS l, coalesce(nullif(g, 1), 0) AS c FROM v",
	"SELECT count(DISTINCT g) FILTER (WHERE g BETWEEN 1 AND 2) AS n, max(g) OVER () AS m FROM v WHERE EXISTS (SELECT 1 FROM v AS w WHERE w.g = v.g) AND g::VARCHAR LIKE '1%' GROUP BY g",
	"SELECT g FROM v UNION ALL SELECT 5 EXCEPT SELECT 1", "SELECT * FROM (VALUES (1, 'a')) t(x, y)",
	"SELECT extract(year FROM DATE '2024-01-01') AS y",
}

func TestTracelessJudges(t *testing.T) {
	e, _ := small(t)
	for _, sql := range leaving {
		if e.stateless(t.Context(), sql, smallView) {
			t.Errorf("judged to leave no trace: %s", sql)
		}
	}
	for _, sql := range without {
		if !e.stateless(t.Context(), sql, smallView) {
			t.Errorf("judged to leave a trace: %s", sql)
		}
	}
}

// TestTracelessCorpus: what package query emits for its corpora shares a database, so that its statements are fast.
func TestTracelessCorpus(t *testing.T) {
	e, _ := small(t)
	files, _ := filepath.Glob("../../query/testdata/*.golden")
	emitted, shared := 0, 0
	for _, f := range files {
		for sql, names := range emittedIn(t, f) {
			if strings.Contains(sql, task.FiguresTable) { // sessions have no figures to compare with
				continue
			}
			var views []task.View
			for _, n := range names {
				views = append(views, task.View{Name: n})
			}
			emitted++
			if e.stateless(t.Context(), sql, views) {
				shared++
			} else {
				t.Logf("%s: a database of its own for\n%s", filepath.Base(f), sql)
			}
		}
	}
	if emitted == 0 || shared < emitted*9/10 {
		t.Errorf("%d of %d emitted statements share a database", shared, emitted)
	}
}

// TestTracelessFunctions: each function on the list is one that the engine declares to depend on its arguments only, or
// a macro over such; and no name that a WITH query may have is the engine's own.
func TestTracelessFunctions(t *testing.T) {
	e, _ := small(t)
	known := map[string]bool{}
	for _, row := range textRows(t, e,
		"SELECT DISTINCT function_name || '' FROM duckdb_functions() WHERE stability = 'CONSISTENT' OR function_type = 'macro'") {
		known[row] = true
	}
	for _, row := range textRows(t, e,
		"SELECT DISTINCT function_name || '' FROM duckdb_functions() WHERE stability <> 'CONSISTENT'") {
		if statelessFunctions[row] {
			t.Errorf("%s changes from call to call", row)
		}
	}
	windows := setOf("row_number rank dense_rank greatest least")
	for name := range statelessFunctions {
		if !known[name] && !windows[name] {
			t.Errorf("the engine has no %s", name)
		}
	}
	for _, name := range textRows(t, e,
		"SELECT DISTINCT view_name || '' FROM duckdb_views() WHERE internal AND schema_name <> 'information_schema'") {
		if ownName(name) {
			t.Errorf("%s is the engine's", name)
		}
	}
}

func textRows(t testing.TB, e *engine, sql string) (out []string) {
	t.Helper()
	r, err := e.query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		col := r.RecordBatch().Column(0).(*array.String)
		for i := range col.Len() {
			out = append(out, strings.Clone(col.Value(i)))
		}
	}
	return out
}

// traces are all that the engine can say of itself, but for counters of transactions and memory, and the numbers that
// it gives its own functions when they are first looked for.
var traces = []string{"duckdb_settings()", "duckdb_tables()", "duckdb_views()", "duckdb_columns()",
	"duckdb_constraints()", "duckdb_indexes()", "duckdb_sequences()", "duckdb_types()", "duckdb_schemas()",
	"duckdb_databases()",
	"duckdb_functions()", "duckdb_secrets()", "duckdb_variables()", "duckdb_prepared_statements()", "duckdb_logs",
	"duckdb_log_contexts()", "duckdb_dependencies()", "duckdb_temporary_files()", "duckdb_profiling_settings()",
	"duckdb_optimizers()"}

// TestTracelessLeaveNothing runs what shares a database, and compares all that the engine says of itself with one that
// served nobody; then it leaves a trace, to see that the comparison would show it.
func TestTracelessLeaveNothing(t *testing.T) {
	e, in := small(t)
	fresh, err := openWithViews(t.Context(), in, smallView)
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.close()
	for range 3 {
		for _, sql := range without {
			if _, err := resultBytes(t, e, sql, true); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
			if err := e.reconnect(); err != nil {
				t.Fatal(err)
			}
		}
	}
	said := func(e *engine) (out [][]string) {
		for _, what := range traces {
			out = append(out, textRows(t, e,
				`SELECT regexp_replace(x::VARCHAR, 'oid'': [0-9]+', '', 'g') FROM `+what+" AS x ORDER BY 1"))
		}
		return out
	}
	want := said(fresh)
	if d := cmp.Diff(want, said(e)); d != "" {
		t.Error(d)
	}
	for _, sql := range []string{"SELECT 1 FROM enable_logging()", "SELECT 1; CREATE SEQUENCE q; SELECT 1",
		"SELECT 1; CREATE MACRO m() AS 1; SELECT 1"} {
		if _, err := resultBytes(t, e, sql, true); err != nil {
			t.Fatal(err)
		}
		now := said(e)
		if cmp.Equal(want, now) {
			t.Errorf("%s: no trace is seen", sql)
		}
		want = now
	}
}

// TestStatementsShareOnlyWithoutTrace follows which database each statement of a session gets.
func TestStatementsShareOnlyWithoutTrace(t *testing.T) {
	_, in := small(t)
	s := &statements{}
	step := func(sql string) (asked *engine) {
		t.Helper()
		run, free, err := s.prepare(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		one := newTestEnv(t, task.QuerySpec{SQL: sql, MaxRows: 10000}, nil)
		if err := run(context.WithoutCancel(t.Context()), one); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		asked = s.asked
		free()
		return asked
	}
	first := step("SELECT g FROM v")
	alone := step("SELECT count(*) FROM duckdb_tables()")
	again := step("SELECT count(*) FROM v")
	other := step("SELECT count(*) FROM duckdb_tables()")
	if first != again || alone == first || other == first || other == alone {
		t.Errorf("databases %p %p %p %p", first, alone, again, other)
	}
	if err := os.WriteFile(filepath.Join(in.Work(), "spilled"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if spilled := step("SELECT g FROM v"); spilled != first || step("SELECT g FROM v") == first {
		t.Error("a database that spilled serves on")
	}
	for _, e := range []*engine{s.shared, s.own} {
		if e != nil {
			e.close()
		}
	}
}

// emittedIn reads the emitted statements of a golden file of package query, with the views that each is over.
func emittedIn(t *testing.T, path string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for part := range strings.SplitSeq(string(b), "\n=== ") {
		_, result, _ := strings.Cut(part, "\n--- ")
		var views []string
		for rest := result; rest != ""; {
			line, after, _ := strings.Cut(rest, "\n")
			if name, ok := strings.CutPrefix(line, "view "); ok {
				name, _, _ = strings.Cut(name, "(")
				views = append(views, name)
			}
			if strings.HasPrefix(line, "WITH ") || strings.HasPrefix(line, "SELECT ") {
				sql, _, _ := strings.Cut(rest, "\n\n") // what is made of the answer runs without data
				out[sql] = views
				break
			}
			rest = after
		}
	}
	return out
}
