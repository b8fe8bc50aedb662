package duck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// released makes a file of the rows of a statement, as a result that was released.
func releasedFile(t *testing.T, sql string) *os.File {
	t.Helper()
	r, err := free(t).query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	f, err := os.Create(filepath.Join(t.TempDir(), "artifact"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read only by then
	w := arrowio.NewWriter(f, r.Schema(), 0)
	for r.Next() {
		if err := w.Write(r.RecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// releasedSession opens a warm enclave of role released with the rows of statements, as tables j-0, j-1 …
func releasedSession(t *testing.T, statements ...string) *sandbox.Session {
	t.Helper()
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	of := task.Task{Role: task.Released,
		Limits: yumen.Limits{Memory: 512 << 20, Output: 64 << 20, Threads: 1, Wall: yumen.Duration(time.Minute)}}
	var spec task.ReleasedSpec
	for i, sql := range statements {
		name := fmt.Sprint("in-", i)
		of.Inputs = append(of.Inputs, task.Input{Name: name, File: releasedFile(t, sql)})
		spec.Tables = append(spec.Tables, task.ReleasedTable{Input: name, Names: []string{fmt.Sprint("j-", i)}})
	}
	of.Spec = spec
	s, err := host.OpenSession(t.Context(), of, analyst)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestReleasedEnclave asks over results with names of all kinds: a column is known by its own name, or by another one
// where the engine could not tell it apart. After anything the enclave goes on as before.
func TestReleasedEnclave(t *testing.T) {
	s := releasedSession(t, `SELECT 1::BIGINT AS a, 2.50::DECIMAL(9,2) AS "A", 'x' AS "b""; DROP TABLE released.t0; --", DATE '2026-11-30' AS "select",
		TIMESTAMP '2026-11-30 12:00:00' AS "c0", true AS "_stream", 1.5::DOUBLE AS "列", NULL::BIGINT AS "a_1", 'y' AS "'"`,
		"SELECT range AS n FROM range(5)")
	spec := func(sql string) api.CatalogSpec { return api.CatalogSpec{View: cityHealth(), SQL: sql} }
	for sql, want := range map[string]string{
		`SELECT * FROM released."j-0"`:                                                                            "[1 2.50 x 2026-11-30 2026-11-30 12:00:00 t 1.5 NULL y]",
		`SELECT "a_1", "列", "'" FROM released."j-0"`:                                                              "[2.50 1.5 y]",
		`SELECT sum(n), count(*) FROM released."j-1"`:                                                             "[10 5]",
		`SELECT a + n FROM released."j-0", released."j-1" ORDER BY n DESC LIMIT 1`:                                "[5]",
		`SELECT count(*) FROM pg_class, released."j-1" WHERE relname = 'nothing'`:                                 "[0]",
		`SELECT histogram(a), 1::UTINYINT, 2::USMALLINT, 3::UINTEGER, 4::UBIGINT, 5::TINYINT FROM released."j-0"`: `[{"1":1} 1 2 3 4 5]`,
	} {
		var types []uint32
		for _, describe := range []bool{true, false} {
			ask := spec(sql)
			ask.Describe, ask.Types = describe, types
			ans, frames := askCatalog(t, s, ask)
			for _, c := range ans.Columns {
				types = append(types, c.OID)
			}
			rows := wireRows(frames)
			if ans.Refused != nil || !describe && (len(rows) != 1 || fmt.Sprint(rows[0]) != want) {
				t.Errorf("%s: %v, %+v, want %s", sql, rows, ans.Refused, want)
			}
		}
	}
	for sql, state := range map[string]string{
		`SELECT * FROM released.t0`: "42P01", `SELECT * FROM _stream`: "42P01", `SELECT * FROM released."j-2"`: "42P01",
		`SELECT * FROM read_csv('/etc/passwd')`: "42883", `SELECT * FROM '/in/in-0'`: "42P01",
		`SELECT getenv('PATH')`: "42883", `SELECT * FROM duckdb_settings()`: "42883", `SELECT pg_read_file('/etc/passwd')`: "42883",
		`SELECT write_log('x')`: "42883", `SELECT * FROM query('SELECT 1')`: "42883", `DROP TABLE released.t0`: "0A000",
		`SELECT * FROM query_table('released.t0')`: "42883", `SELECT 1; SELECT 2`: "42601",
		`SELECT repeat('x', 1000000) FROM generate_series(1, 100)`: "54000",
		`COPY released.t0 TO '/work/x'`:                            "0A000", `SET threads = 4`: "0A000", `INSTALL httpfs`: "0A000",
	} {
		ans, _ := askCatalog(t, s, spec(sql))
		if ans.Refused == nil || ans.Refused.State != state {
			t.Errorf("%s: %+v, want %s", sql, ans.Refused, state)
		}
	}
	own := spec("SELECT count(*), max(sql) FROM yumen.jobs")
	for i := range 3 {
		own.Own = []api.OwnTable{{Name: "jobs", Columns: []string{"job", "sql"}}}
		for j := range i + 1 {
			own.Own[0].Rows = append(own.Own[0].Rows, []string{fmt.Sprint("j-", j), "SELECT '\"" + strings.Repeat("]", j)})
		}
		ans, frames := askCatalog(t, s, own)
		if rows := wireRows(frames); ans.Refused != nil || rows[0][0] != fmt.Sprint(i+1) {
			t.Errorf("%v, %+v", rows, ans.Refused)
		}
	}
}

// TestReleasedRanges reads in pieces: each has the digest that the one before it ended with, whatever the formats, and
// a statement that gives other rows each time has another.
func TestReleasedRanges(t *testing.T) {
	s := releasedSession(t, "SELECT range AS n FROM range(5000)")
	read := func(sql string, from, most int64, format int16) (api.CatalogAnswer, int) {
		ans, frames := askCatalog(t, s, api.CatalogSpec{View: cityHealth(), SQL: sql, From: from, Most: most,
			Formats: []int16{format}})
		if ans.Refused != nil {
			t.Fatalf("%s: %+v", sql, ans.Refused)
		}
		return ans, len(wireRows(frames))
	}
	const sql = `SELECT n, repeat('x', 100) FROM released."j-0"`
	after, at := "", int64(0)
	for _, most := range []int64{1, 255, 256, 3000, 2000} {
		ans, rows := read(sql, at, most, int16(most%2))
		if at > 0 && ans.Before != after || int64(rows) != ans.Rows || ans.More != (at+ans.Rows < 5000) {
			t.Errorf("from %d: %d rows, %+v", at, rows, ans)
		}
		after, at = ans.After, at+ans.Rows
	}
	if at != 5000 {
		t.Errorf("%d rows", at)
	}
	if ans, rows := read(sql, 4990, 0, 0); rows != 10 || ans.More {
		t.Errorf("the rest: %d rows, %+v", rows, ans)
	}
	if ans, rows := read(`SELECT repeat('x', 10000) FROM released."j-0"`, 0, 5000, 0); !ans.More || rows == 0 || rows > 1000 {
		t.Errorf("a large range: %d rows, %+v", rows, ans)
	}
	const random = `SELECT random() FROM released."j-0"`
	first, _ := read(random, 0, 10, 0)
	if second, _ := read(random, 10, 10, 0); second.Before == first.After {
		t.Error("random rows have the same digest")
	}
	wrong := api.CatalogSpec{View: cityHealth(), SQL: sql, Types: []uint32{25, 25}}
	if ans, _ := askCatalog(t, s, wrong); ans.Refused == nil {
		t.Error("rows of other types than were described")
	}
}

// TestCatalogTakesNoRows: an enclave that serves everybody is given nobody's rows.
func TestCatalogTakesNoRows(t *testing.T) {
	s := catalogSession(t)
	spec := api.CatalogSpec{View: cityHealth(), SQL: "SELECT 1", Own: []api.OwnTable{{Name: "jobs", Columns: []string{"job"}}}}
	var out bytes.Buffer
	got, err := s.Run(t.Context(), analyst, sandbox.Statement{Spec: spec}, map[string]io.Writer{task.OutRows: &out})
	if err == nil || json.Valid(got.Answer) {
		t.Errorf("it took them: %s", got.Answer)
	}
}
