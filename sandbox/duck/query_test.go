package duck

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

const visitsSQL = `SELECT (i % 100)::BIGINT AS _unit, 'd' || (i % 7) AS dept, (i % 50)::BIGINT AS age, (i % 1000 / 100.0)::DECIMAL(8,2) AS cost,
	DATE '2024-01-01' + (i % 30)::INT AS day, i % 3 = 0 AS urgent, 'secret' || i AS note FROM range(1, 10001) t(i)`

var visitsView = task.View{Name: "visits", Input: "v1", Columns: []task.ViewColumn{
	{Name: "id", From: yumen.UnitColumn, Type: yumen.TypeInteger}, {Name: "dept", From: "dept", Type: yumen.TypeText},
	{Name: "age", From: "age", Type: yumen.TypeInteger}, {Name: "cost", From: "cost", Type: "decimal(8,2)"},
}}

func visits(t testing.TB, sql string, evidence int, maxRows int64) *testEnv {
	spec := task.QuerySpec{Views: []task.View{visitsView}, SQL: sql, Evidence: evidence, MaxRows: maxRows}
	return newTestEnv(t, spec, map[string]string{"v1": parquetOf(t, visitsSQL)})
}

func TestQuerySplitsResultAndEvidence(t *testing.T) {
	in := visits(t, `SELECT dept, count(*) AS n, sum(age) AS ages, sum(cost) AS cost, count(DISTINCT _unit) AS _units, count(*) AS _rows,
		0.5::DOUBLE AS _share_1 FROM visits WHERE dept < 'd2' GROUP BY dept ORDER BY dept -- last word`, 3, 100)
	got := answerOf[task.ResultAnswer](t, in, task.Query)
	want := task.ResultAnswer{Rows: 2, Columns: []yumen.ArtifactColumn{
		{Name: "dept", Type: "text"}, {Name: "n", Type: "integer"}, {Name: "ages", Type: "integer"},
		{Name: "cost", Type: "decimal(38,2)"},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	result := [][]string{{"dept text", "n integer", "ages integer", "cost decimal(38,2)"},
		{"d0", "1428", "35042", "7131.42"}, {"d1", "1429", "35021", "7135.71"}}
	if d := cmp.Diff(result, rowsOf(t, in.Outputs[task.OutResult].Bytes())); d != "" {
		t.Error(d)
	}
	evidence := [][]string{{"_units integer", "_rows integer", "_share_1 double"}, {"100", "1428", "0.5"},
		{"100", "1429", "0.5"}}
	if d := cmp.Diff(evidence, rowsOf(t, in.Outputs[task.OutEvidence].Bytes())); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"DuckDB v1.5.5"}, in.Engines); d != "" {
		t.Error(d)
	}
}

func TestQueryTypes(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"1::TINYINT", "integer 1"}, {"200::UTINYINT", "integer 200"}, {"(-3)::SMALLINT", "integer -3"},
		{"3::USMALLINT", "integer 3"}, {"5::INTEGER", "integer 5"}, {"5::UINTEGER", "integer 5"},
		{"9223372036854775807::UBIGINT", "integer 9223372036854775807"},
		{"(-9223372036854775808)::HUGEINT", "integer -9223372036854775808"},
		{"9223372036854775808::HUGEINT", "failed"}, {"9223372036854775808::UBIGINT", "failed"},
		{"(-9223372036854775809)::HUGEINT", "failed"},
		{"0.5::FLOAT", "double 0.5"}, {"1e300", "double 1e+300"}, {"1.50", "decimal(3,2) 1.50"},
		{"123.4::DECIMAL(18,1)", "decimal(18,1) 123.4"},
		{"DATE '2024-02-29'", "date 2024-02-29"},
		{"TIMESTAMP '2024-02-29 01:02:03.5'", "timestamp 2024-02-29 01:02:03.500000"},
		{"TIMESTAMP_S '2024-02-29 01:02:03'", "timestamp 2024-02-29 01:02:03"},
		{"TIMESTAMP_MS '2024-02-29 01:02:03.25'", "timestamp 2024-02-29 01:02:03.250000"},
		{"'域门'", "text 域门"}, {"true", "boolean true"}, {"NULL", "integer ∅"}, {"NULL::VARCHAR", "text ∅"},
		{"INTERVAL 1 DAY", "invalid"}, {"[1,2]", "invalid"}, {"{'a': 1}", "invalid"}, {"MAP {'a': 1}", "invalid"},
		{"'a'::BLOB", "invalid"}, {"TIME '01:02:03'", "invalid"},
		{"TIMESTAMP_NS '2024-02-29 01:02:03.123456789'", "invalid"},
		{"TIMESTAMPTZ '2024-02-29 01:02:03+00'", "invalid"}, {"'1010'::BIT", "invalid"},
		{"'a'::ENUM('a','b')", "invalid"},
	} {
		in := newTestEnv(t, task.QuerySpec{SQL: "SELECT " + c.expr + " AS x", MaxRows: 10}, nil)
		err := in.run(t, task.Query)
		got := string(yumen.KindOf(err))
		if err == nil {
			rows := rowsOf(t, in.Outputs[task.OutResult].Bytes())
			got = strings.TrimPrefix(rows[0][0], "x ") + " " + rows[1][0]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.expr, got, c.want, err)
		}
	}
}

// TestQueryErrorsSayNothing: whatever fails on data, the error is the one fixed sentence without a value.
func TestQueryErrorsSayNothing(t *testing.T) {
	for _, c := range []struct {
		sql  string
		kind yumen.ErrorKind
	}{
		{"SELECT CAST(dept AS INTEGER) AS x FROM visits", yumen.KindFailed},
		{"SELECT error(dept) AS x FROM visits", yumen.KindFailed},
		{"SELECT (SELECT age FROM visits) AS x", yumen.KindFailed},
		{"SELECT note FROM visits", yumen.KindFailed},
		{"SELECT * FROM read_csv('/etc/passwd')", yumen.KindFailed},
		{"SELECT content FROM read_text('/etc/passwd')", yumen.KindFailed},
		{"SELECT * FROM glob('/etc/*')", yumen.KindFailed},
		{"SELECT 1) TO '/tmp/x'; SELECT * FROM (SELECT 1", yumen.KindFailed},
		{"COPY visits TO '/tmp/yumen-escape.csv'", yumen.KindFailed},
		{"SET memory_limit = '1TB'", yumen.KindFailed},
		{"SELECT 1) LIMIT 1; SET threads = 64; SELECT * FROM (SELECT 1 AS x", yumen.KindFailed},
		{"SELECT 1) LIMIT 1; ATTACH '/tmp/yumen-escape.db'; SELECT * FROM (SELECT 1 AS x", yumen.KindFailed},
		{"SELECT 1) LIMIT 1; INSTALL httpfs; SELECT * FROM (SELECT 1 AS x", yumen.KindFailed},
		{"SELECT 1) LIMIT 1; LOAD '/tmp/evil.duckdb_extension'; SELECT * FROM (SELECT 1 AS x", yumen.KindFailed},
		{"", yumen.KindFailed},
		{"SELECT dept FROM visits", yumen.KindLimit},
		{"SELECT 'a\x00b' AS x", yumen.KindInvalid},
		{"SELECT '" + strings.Repeat("x", maxSQL) + "'", yumen.KindInvalid},
		{"SELECT " + strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000) + " AS x", yumen.KindFailed},
	} {
		err := visits(t, c.sql, 0, 100).run(t, task.Query)
		if yumen.KindOf(err) != c.kind {
			t.Errorf("%.80q: %v, want kind %s", c.sql, err, c.kind)
			continue
		}
		for _, leak := range []string{"d0", "secret", "passwd", "Conversion", "visits"} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%.80q: the error carries %q: %v", c.sql, leak, err)
			}
		}
	}
	if m, _ := filepath.Glob("/tmp/yumen-escape*"); m != nil {
		t.Errorf("files escaped: %v", m)
	}
}

func TestQueryStopsWhenCancelled(t *testing.T) {
	in := visits(t, "SELECT count(*) AS n FROM range(100000000000) a WHERE range % 7 = 3", 0, 10)
	var spec task.QuerySpec
	if err := in.Spec(&spec); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{0, 50 * time.Millisecond} {
		e, err := openWithViews(t.Context(), in, spec.Views) // opening takes as long as the machine likes
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err = e.answer(ctx, in, spec)
		cancel()
		e.close()
		if yumen.KindOf(err) != yumen.KindLimit {
			t.Errorf("%s past the deadline: %v", after, err)
		}
	}
}

func TestQueryStaysInItsMemory(t *testing.T) {
	in := newTestEnv(t,
		task.QuerySpec{SQL: "SELECT count(DISTINCT range::VARCHAR || repeat('x', 1000)) AS n FROM range(2000000)",
			MaxRows: 10}, nil)
	in.Bounds.Memory, in.Bounds.Scratch = 100<<20, 1<<20
	if err := in.run(t, task.Query); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("out of memory: %v", err)
	}
}

func TestQueryStopsAtTheOutputLimit(t *testing.T) {
	in := visits(t, "SELECT dept, age, cost FROM visits", 0, 20000)
	in.Bounds.Output = 10000
	if err := in.run(t, task.Query); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("output too large: %v", err)
	}
}

func TestQueryRefusesBrokenVersions(t *testing.T) {
	whole, err := os.ReadFile(parquetOf(t, visitsSQL))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("a,b\n1,2\n"), "truncated": whole[:len(whole)/2],
		"no columns": mustRead(t, parquetOf(t, "SELECT 1 AS x")),
	} {
		spec := task.QuerySpec{Views: []task.View{visitsView}, SQL: "SELECT count(*) AS n FROM visits", MaxRows: 10}
		if err := newTestEnv(t, spec, map[string]string{"v1": writeFile(t, "v", data)}).run(t,
			task.Query); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustRead(t testing.TB, path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestQueryIsDeterministic: the same statement on the same version gives the same bytes under a given salt, however
// many threads ran it.
func TestQueryIsDeterministic(t *testing.T) {
	version := parquetOf(t, `SELECT i AS _unit, i % 977 AS age, 'd' || (i * 31 % 500) AS dept, 0.5::DECIMAL(8,2) AS cost FROM range(400000) t(i)`)
	spec := task.QuerySpec{Views: []task.View{visitsView}, SQL: "SELECT age, dept, cost FROM visits WHERE age % 3 = 1",
		MaxRows: 1e6}
	var first []byte
	for i := range 4 {
		in := newTestEnv(t, spec, map[string]string{"v1": version})
		in.Bounds.Threads = 1 + i%3
		answerOf[task.ResultAnswer](t, in, task.Query)
		got := in.Outputs[task.OutResult].Bytes()
		if first == nil {
			first = got
		} else if !bytes.Equal(first, got) {
			t.Errorf("run %d gave other bytes", i)
		}
	}
}

// TestHeldTablesAreSalted: the same statement gives other digests each time, of the result and of its evidence, and the
// same rows.
func TestHeldTablesAreSalted(t *testing.T) {
	seen := map[yumen.Digest]bool{}
	for _, seed := range []string{"", "1", "2"} {
		in := visits(t, "SELECT count(*) AS n, count(*) AS _units FROM visits", 1, 10)
		in.Seed = seed
		answerOf[task.ResultAnswer](t, in, task.Query)
		for stream, want := range map[string]string{task.OutResult: "n integer", task.OutEvidence: "_units integer"} {
			got := in.Outputs[stream].Bytes()
			if d := yumen.DigestOf(got); seen[d] {
				t.Errorf("%s under salt %q has the digest of another", stream, seed)
			} else {
				seen[d] = true
			}
			if d := cmp.Diff([][]string{{want}, {"10000"}}, rowsOf(t, got)); d != "" {
				t.Error(d)
			}
		}
	}
}

// TestQueryKeepsTheOrderAskedFor: the cap on rows stands outside the statement and must not disturb its ORDER BY.
func TestQueryKeepsTheOrderAskedFor(t *testing.T) {
	for _, limit := range []string{"", " LIMIT 50000"} {
		in := newTestEnv(t,
			task.QuerySpec{SQL: "SELECT hash(range)::DOUBLE AS x FROM range(200000) ORDER BY x DESC" + limit,
				MaxRows: 200000}, nil)
		answerOf[task.ResultAnswer](t, in, task.Query)
		r, err := arrowio.NewReader(bytes.NewReader(in.Outputs[task.OutResult].Bytes()), 0)
		if err != nil {
			t.Fatal(err)
		}
		before, rows := math.Inf(1), int64(0)
		for {
			batch, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			rows += batch.NumRows()
			for _, x := range batch.Column(0).(*array.Float64).Float64Values() {
				if x > before {
					t.Fatalf("%q: %v after %v", limit, x, before)
				}
				before = x
			}
		}
		if rows < 50000 {
			t.Errorf("%q: %d rows", limit, rows)
		}
	}
}
