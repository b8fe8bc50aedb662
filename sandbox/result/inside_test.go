package result

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// inside is an enclave without walls.
type inside struct {
	spec    []byte
	inputs  map[string]string
	outputs map[string]*bytes.Buffer
	answer  []byte
}

func (in *inside) Spec(v any) error                 { return json.Unmarshal(in.spec, v) }
func (in *inside) Input(name string) (string, bool) { p, ok := in.inputs[name]; return p, ok }
func (in *inside) Work() string                     { return "" }
func (in *inside) Limits() yumen.Limits             { return yumen.Limits{} }
func (in *inside) Answer(v any) (err error)         { in.answer, err = json.Marshal(v); return }
func (in *inside) Progress(done, total int64)       {}
func (in *inside) Engine(name string)               {}
func (in *inside) Output(stream string) io.Writer {
	in.outputs[stream] = &bytes.Buffer{}
	return in.outputs[stream]
}

// given puts streams at hand under their names.
func given(t testing.TB, spec any, streams map[string][]byte) *inside {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	in := &inside{spec: raw, inputs: map[string]string{}, outputs: map[string]*bytes.Buffer{}}
	for name, data := range streams {
		in.inputs[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(in.inputs[name], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func run[T any](t testing.TB, in *inside, role task.Role) T {
	t.Helper()
	if err := Handlers()[role](context.Background(), in); err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(in.answer, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// streamOf makes a stream of "name type" columns and rows of text, "" meaning null, in batches of two rows.
func streamOf(t testing.TB, columns []string, rows ...[]string) []byte {
	t.Helper()
	var cols []yumen.OutputColumn
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		cols = append(cols, yumen.OutputColumn{Name: name, Type: yumen.Type(typ)})
	}
	schema, err := arrowio.Schema(cols)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := arrowio.NewWriter(&out, schema, 0)
	for len(rows) > 0 {
		n := min(2, len(rows))
		if err := w.Write(batchOf(t, schema, cols, rows[:n])); err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func batchOf(t testing.TB, schema *arrow.Schema, cols []yumen.OutputColumn, rows [][]string) arrow.RecordBatch {
	var arrays []arrow.Array
	for i, c := range cols {
		a, _ := arrowio.NewAppender(c.Type)
		for _, r := range rows {
			if r[i] == "" {
				a.Null()
			} else if !a.Append(r[i]) {
				t.Fatalf("cell %q", r[i])
			}
		}
		arrays = append(arrays, a.Builder().NewArray())
	}
	return array.NewRecordBatch(schema, arrays, int64(len(rows)))
}

// textOf reads a stream back as rows, nulls as "".
func textOf(t testing.TB, data []byte) (rows [][]string) {
	t.Helper()
	r, err := arrowio.NewReader(bytes.NewReader(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(b.NumRows()) {
			var row []string
			for _, c := range b.Columns() {
				row = append(row, string(arrowio.AppendCell(nil, c, i)))
			}
			rows = append(rows, row)
		}
	}
}
