package duck

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// eightColumns is a table such as hospital visits.
func eightColumns() yumen.Dataset {
	return yumen.Dataset{Name: "visits", Unit: yumen.UnitSpec{Kind: "person", Column: "id"}, Columns: []yumen.Column{
		{Name: "id", Type: yumen.TypeText, Role: yumen.ColumnRoleUnit},
		{Name: "dept", Type: yumen.TypeText, Domain: []string{"内科", "外科", "儿科"}},
		{Name: "fee", Type: "decimal(10,2)", Bounds: &yumen.Bounds{Min: 0, Max: 100000}},
		{Name: "paid", Type: "decimal(10,2)"},
		{Name: "day", Type: yumen.TypeDate},
		{Name: "stay", Type: yumen.TypeInteger, Bounds: &yumen.Bounds{Min: 0, Max: 365}},
		{Name: "code", Type: yumen.TypeText}, {Name: "urgent", Type: yumen.TypeBoolean},
	}}
}

func eightColumnFile(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("id,dept,fee,paid,day,stay,code,urgent\n")
	depts := []string{"内科", "外科", "儿科"}
	for i := range rows {
		fmt.Fprintf(&b, "11010519%04d%06d,%s,%d.%02d,%d.00,2024-%02d-%02d,%d,I%02d.%d,%t\n", i*7919%9973, i*31%50021,
			depts[i%3], i*37%9999, i%100, i%5000, i%12+1, i%28+1, i%60, i%97, i%10, i%7 == 0)
	}
	return b.Bytes()
}

func BenchmarkImport300k(b *testing.B) {
	file := eightColumnFile(300000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		in := importOf(b, task.ImportSpec{Dataset: eightColumns(), Format: yumen.FormatCSV}, nil, file)
		in.Bounds.Threads = 1
		if a := answerOf[task.ImportAnswer](b, in, task.Import); a.Rows != 300000 || a.BadTotal != 0 {
			b.Fatalf("%+v", a)
		}
	}
}

// BenchmarkQuery compares the handler with plain DuckDB over the same file: a tiny query, and one of about a second.
func BenchmarkQuery(b *testing.B) {
	version := parquetOf(b, "SELECT range // 10 AS _unit, (hash(range) % 500)::BIGINT AS g, (hash(range + 1) % 10000)::BIGINT AS v FROM range(10000000)")
	view := task.View{Name: "long", Input: "v1",
		Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeInteger},
			{Name: "v", From: "v", Type: yumen.TypeInteger}}}
	for _, q := range []struct{ name, sql string }{
		{"tiny", "SELECT count(*) AS n FROM %s WHERE _unit < 100"},
		{"long", "SELECT g, count(*) AS n, sum(v) AS total, count(DISTINCT _unit) AS units FROM %s GROUP BY g ORDER BY g"},
	} {
		b.Run(q.name+"/handler", func(b *testing.B) {
			for b.Loop() {
				in := newTestEnv(b, task.QuerySpec{Views: []task.View{view}, SQL: fmt.Sprintf(q.sql, `"long"`),
					MaxRows: 5000}, map[string]string{"v1": version})
				answerOf[task.ResultAnswer](b, in, task.Query)
			}
		})
		b.Run(q.name+"/plain", func(b *testing.B) {
			for b.Loop() {
				if _, err := Plain(b.Context(), 2, fmt.Sprintf(q.sql, "read_parquet('"+version+"')")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		e, err := open(b.Context(), newTestEnv(b, 1, nil))
		if err != nil {
			b.Fatal(err)
		}
		e.close()
	}
}

// BenchmarkLargeResult makes a large Arrow result in this process: what the engine, the conversion and the writing cost
// without the way out of an enclave.
func BenchmarkLargeResult(b *testing.B) {
	e := free(b)
	const rows = 10_000_000
	sql := fmt.Sprintf("SELECT range AS a, range AS b, range AS c, range AS d FROM range(%d)", rows)
	b.SetBytes(rows * 4 * 8)
	for b.Loop() {
		s, err := e.stream(b.Context(), sql)
		if err != nil {
			b.Fatal(err)
		}
		result, err := newBatches(s, false)
		if err != nil {
			b.Fatal(err)
		}
		w := arrowio.NewWriter(io.Discard, result.norm.schema, 0)
		if err := result.each(w.Write); err != nil {
			b.Fatal(err)
		}
		s.close()
	}
}

// BenchmarkChunks reads the same result and does nothing with it.
func BenchmarkChunks(b *testing.B) {
	e := free(b)
	const rows = 10_000_000
	b.SetBytes(rows * 4 * 8)
	for b.Loop() {
		s, err := e.stream(b.Context(),
			fmt.Sprintf("SELECT range AS a, range AS b, range AS c, range AS d FROM range(%d)", rows))
		if err != nil {
			b.Fatal(err)
		}
		for n := 1; n > 0 && err == nil; n, err = s.next() {
		}
		s.close()
	}
}
