package duck

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

var analyst = sandbox.Owner{Contract: "contract", Actor: "analyst"}

// session opens a warm enclave over a small version in a real enclave.
func session(t *testing.T, limits yumen.Limits) *sandbox.Session {
	t.Helper()
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	path := parquetOf(t, "SELECT range // 2 AS _unit, (range % 3)::BIGINT AS g FROM range(1000)")
	view := task.View{Name: "v", Input: "v1",
		Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger}}}
	s, err := host.OpenSession(t.Context(),
		task.Task{Role: task.Query, Limits: limits, Spec: task.QuerySpec{Views: []task.View{view}},
			Inputs: []task.Input{sandboxtest.Opened(t, "v1", path)}}, analyst)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask runs a statement and returns its rows and the number it had in its enclave, 0 where it failed.
func ask(t *testing.T, s *sandbox.Session, sql string) (rows [][]string, n int, err error) {
	t.Helper()
	var out bytes.Buffer
	got, err := s.Run(t.Context(), analyst, sandbox.Statement{Spec: task.QuerySpec{SQL: sql, MaxRows: 100}},
		map[string]io.Writer{task.OutResult: &out})
	if err != nil {
		return nil, 0, err
	}
	if d := cmp.Diff([]string{"DuckDB v1.5.5"}, got.Report.Engines); d != "" {
		t.Error(d)
	}
	var answer task.ResultAnswer
	rows = sandboxtest.Rows(t, out.Bytes(), "∅", false)[1:]
	if err := json.Unmarshal(got.Answer, &answer); err != nil || answer.Rows != int64(len(rows)) {
		t.Errorf("%+v, %d rows, %v", answer, len(rows), err)
	}
	return rows, got.Report.Statement, nil
}

func TestSessionQueries(t *testing.T) {
	s := session(t, yumen.Limits{Memory: 1 << 30, Threads: 2})
	want := [][]string{{"0", "334"}, {"1", "333"}, {"2", "333"}}
	for i := range 20 {
		rows, n, err := ask(t, s, "SELECT g, count(*) AS n FROM v GROUP BY g ORDER BY g")
		if err != nil || n != i+1 || !cmp.Equal(rows, want) {
			t.Fatalf("%d: statement %d, %v, %v", i, n, rows, err)
		}
	}
	var result, evidence bytes.Buffer
	_, err := s.Run(t.Context(), analyst,
		sandbox.Statement{Spec: task.QuerySpec{SQL: "SELECT g, count(*) AS _units FROM v GROUP BY g", Evidence: 1,
			MaxRows: 9}},
		map[string]io.Writer{task.OutResult: &result, task.OutEvidence: &evidence})
	if err != nil || len(sandboxtest.Rows(t, evidence.Bytes(), "∅", false)) != 4 {
		t.Errorf("evidence: %v", err)
	}
	_, err = s.Run(t.Context(), analyst,
		sandbox.Statement{Spec: task.QuerySpec{SQL: "SELECT 1", Views: []task.View{{Name: "w", Input: "v1"}}}},
		map[string]io.Writer{task.OutResult: io.Discard})
	if yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("views of its own: %v", err)
	}
}

// TestSessionStatementsShareNothing hides something by every means the engine has, statements that Yumen never emits
// included, and looks for it with the next statement. Some of it works within one statement; that is what makes this a
// test.
func TestSessionStatementsShareNothing(t *testing.T) {
	s := session(t, yumen.Limits{Memory: 1 << 30, Threads: 1})
	for _, c := range []struct{ name, hide, find string }{
		{"table", "SELECT 1) LIMIT 1; CREATE TABLE t AS SELECT 4711 AS x; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_tables()"},
		{"temporary table", "SELECT 1) LIMIT 1; CREATE TEMP TABLE t AS SELECT 4711 AS x; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_tables()"},
		{"view", "SELECT 1) LIMIT 1; CREATE VIEW w AS SELECT 4711 AS x; SELECT * FROM (SELECT 1",
			"SELECT count(*) - 1 FROM duckdb_views() WHERE NOT internal"},
		{"another view of that name",
			"SELECT 1) LIMIT 1; CREATE OR REPLACE VIEW v AS SELECT 1 AS _unit; SELECT * FROM (SELECT 1",
			"SELECT count(*) - 1000 FROM v"},
		{"macro", "SELECT 1) LIMIT 1; CREATE MACRO m() AS 4711; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_functions() WHERE function_name = 'm'"},
		{"sequence", "SELECT 1) LIMIT 1; CREATE SEQUENCE q; SELECT * FROM (SELECT nextval('q')",
			"SELECT count(*) FROM duckdb_sequences()"},
		{"type", "SELECT 1) LIMIT 1; CREATE TYPE e AS ENUM ('4711'); SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_types() WHERE type_name = 'e'"},
		{"variable", "SELECT 1) LIMIT 1; SET VARIABLE x = 4711; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_variables()"},
		{"prepared statement", "SELECT 1) LIMIT 1; PREPARE p AS SELECT 4711; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_prepared_statements()"},
		{"attached database", "SELECT 1) LIMIT 1; ATTACH ':memory:' AS hidden; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_databases() WHERE database_name = 'hidden'"},
		{"engine log", "SELECT * FROM enable_logging('QueryLog')) UNION ALL SELECT * FROM (SELECT write_log('4711')",
			"SELECT count(*) FROM duckdb_logs"},
		{"engine log switched on", "SELECT 1 FROM enable_logging()",
			"SELECT count(*) FROM duckdb_settings() WHERE name = 'enable_logging' AND value = 'true'"},
		{"seed", "SELECT setseed(0.5), 1", "SELECT (random() = random())::INT"},
		{"open transaction", "SELECT 1) LIMIT 1; BEGIN; CREATE TABLE t AS SELECT 1; SELECT * FROM (SELECT 1",
			"SELECT count(*) FROM duckdb_tables()"},
	} {
		_, hidden, err := ask(t, s, c.hide)
		rows, n, finding := ask(t, s, c.find)
		if finding != nil || len(rows) != 1 || rows[0][0] != "0" {
			t.Errorf("%s: found %v, %v", c.name, rows, finding)
		}
		t.Logf("%s: hidden by statement %d of its enclave (%v), looked for by %d", c.name, hidden, err, n)
	}
}

// TestSessionDeadline: a statement that runs into its deadline ends, and the next one has a fresh enclave.
func TestSessionDeadline(t *testing.T) {
	s := session(t, yumen.Limits{Memory: 1 << 30, Threads: 1})
	_, err := s.Run(context.Background(), analyst, sandbox.Statement{Wall: yumen.Duration(200 * time.Millisecond),
		Spec: task.QuerySpec{SQL: "SELECT count(*) AS n FROM range(10000000000) a, range(1000) b WHERE a.range % 7 = b.range"}}, map[string]io.Writer{task.OutResult: io.Discard})
	if yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("%v", err)
	}
	if rows, n, err := ask(t, s, "SELECT count(*) FROM v"); err != nil || n != 1 || rows[0][0] != "1000" {
		t.Errorf("%v, statement %d, %v", rows, n, err)
	}
}
