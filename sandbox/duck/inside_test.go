package duck

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// inside is an enclave without walls: what a handler sees, over a temporary folder.
type inside struct {
	spec    []byte
	inputs  map[string]string
	work    string
	limits  yumen.Limits
	outputs map[string]*bytes.Buffer
	answer  json.RawMessage
	engines []string
	steps   int
}

func newInside(t testing.TB, spec any, inputs map[string]string) *inside {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return &inside{
		spec: raw, inputs: inputs, work: t.TempDir(), outputs: map[string]*bytes.Buffer{},
		limits: yumen.Limits{Memory: 2 << 30, Output: 1 << 30, Scratch: 4 << 30, Threads: 2},
	}
}

func (in *inside) Spec(v any) error                 { return json.Unmarshal(in.spec, v) }
func (in *inside) Input(name string) (string, bool) { p, ok := in.inputs[name]; return p, ok }
func (in *inside) Work() string                     { return in.work }
func (in *inside) Limits() yumen.Limits             { return in.limits }
func (in *inside) Answer(v any) (err error)         { in.answer, err = json.Marshal(v); return }
func (in *inside) Progress(done, total int64)       { in.steps++ }
func (in *inside) Engine(name string)               { in.engines = append(in.engines, name) }
func (in *inside) Output(stream string) io.Writer {
	if in.outputs[stream] == nil {
		in.outputs[stream] = &bytes.Buffer{}
	}
	return &capped0{in.outputs[stream], int64(in.limits.Output)}
}

// capped0 fails as the sandbox does when the output limit is reached.
type capped0 struct {
	*bytes.Buffer
	left int64
}

func (c *capped0) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, yumen.Errorf(yumen.Limit, "the output is larger than allowed", "输出超过限额")
	}
	return c.Buffer.Write(p)
}

func (in *inside) run(t testing.TB, role task.Role) error {
	t.Helper()
	return Handlers()[role](context.Background(), sandbox.Inside(in))
}

// answerOf runs a role that must succeed and decodes its answer.
func answerOf[T any](t testing.TB, in *inside, role task.Role) T {
	t.Helper()
	if err := in.run(t, role); err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	var v T
	if err := json.Unmarshal(in.answer, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// rowsOf returns a stream as rows of text, nulls as "∅", the names first.
func rowsOf(t testing.TB, stream []byte) [][]string {
	t.Helper()
	r, err := arrowio.NewReader(bytes.NewReader(stream), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	cols, err := arrowio.Columns(r.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var header []string
	for _, c := range cols {
		header = append(header, c.Name+" "+string(c.Type))
	}
	rows := [][]string{header}
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(batch.NumRows()) {
			rows = append(rows, textRow(batch, i))
		}
	}
}

func textRow(batch arrow.RecordBatch, row int) []string {
	var cells []string
	for _, col := range batch.Columns() {
		if col.IsNull(row) {
			cells = append(cells, "∅")
		} else {
			cells = append(cells, string(arrowio.AppendCell(nil, col, row)))
		}
	}
	return cells
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
	return e
}

// parquetOf writes the rows of a SELECT to a Parquet file.
func parquetOf(t testing.TB, sql string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v.parquet")
	if err := free(t).exec(t.Context(), "COPY ("+sql+") TO "+literal(path)+" (FORMAT parquet, COMPRESSION zstd)"); err != nil {
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
