package result

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// given makes an enclave with streams at hand under their names.
func given(t testing.TB, spec any, streams map[string][]byte) *sandboxtest.Env {
	t.Helper()
	in := sandboxtest.New(t, spec, nil)
	for name, data := range streams {
		in.Give(t, name, data)
	}
	return in
}

func run[T any](t testing.TB, in *sandboxtest.Env, role task.Role) T {
	t.Helper()
	return sandboxtest.AnswerOf[T](t, in, Handlers()[role])
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
func textOf(t testing.TB, data []byte) [][]string {
	t.Helper()
	if rows := sandboxtest.Rows(t, data, "", false)[1:]; len(rows) > 0 {
		return rows
	}
	return nil
}
