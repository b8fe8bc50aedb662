package duck

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// testEnv is what a handler of this package sees.
type testEnv struct{ *sandboxtest.Env }

func newTestEnv(t testing.TB, spec any, inputs map[string]string) *testEnv {
	t.Helper()
	return &testEnv{sandboxtest.New(t, spec, inputs)}
}

func (in *testEnv) run(t testing.TB, role task.Role) error {
	t.Helper()
	return Handlers()[role](t.Context(), in)
}

// answerOf runs a role that must succeed and decodes its answer.
func answerOf[T any](t testing.TB, in *testEnv, role task.Role) T {
	t.Helper()
	return sandboxtest.AnswerOf[T](t, in.Env, Handlers()[role])
}

// rowsOf returns a stream as rows of text, nulls as "∅", the names and types first.
func rowsOf(t testing.TB, stream []byte) [][]string {
	t.Helper()
	return sandboxtest.Rows(t, stream, "∅", true)
}

// free is an engine without locks, for making and reading test files.
func free(t testing.TB) *engine {
	t.Helper()
	c, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{connector: c, conn: conn}
	if e.arrow, err = duckdb.NewArrowFromConn(conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	// With two threads, engine 1.5.5 has crashed where TRY caught many failures, about once in twenty times.
	if err := e.exec(t.Context(), "SET threads = 1"); err != nil {
		t.Fatal(err)
	}
	return e
}

// parquetOf writes the rows of a SELECT to a Parquet file.
func parquetOf(t testing.TB, sql string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v.parquet")
	if err := free(t).exec(t.Context(),
		"COPY ("+sql+") TO "+literal(path)+" (FORMAT parquet, COMPRESSION zstd)"); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func typeOfField(f arrow.Field) (yumen.Type, bool) { return arrowio.TypeOf(f.Type) }

func unzip(t testing.TB, data []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
