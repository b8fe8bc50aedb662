package wasm

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/intake"
	"github.com/yumen-data/yumen/internal/task"
)

// TestOutputFormats shows what is taken and what is refused, for text formats.
func TestOutputFormats(t *testing.T) {
	cols := columns("a", "integer", "b", "text")
	for _, c := range []struct {
		name   string
		format yumen.FileFormat
		data   string
		want   [][]string // nil where it must be refused
		says   string
	}{
		{"csv", yumen.FormatCSV, "a,b\n1,x\n", [][]string{{"1", "x"}}, ""},
		{"csv, no rows", yumen.FormatCSV, "a,b\n", [][]string{}, ""},
		{"csv, CRLF and no last newline", yumen.FormatCSV, "a,b\r\n1,x\r\n2,y", [][]string{{"1", "x"}, {"2", "y"}}, ""},
		{"csv, quotes", yumen.FormatCSV, "a,\"b\"\n\"1\",\"x \"\"y\"\",\nz\"\n", [][]string{{"1", "x \"y\",\nz"}}, ""},
		{"csv, nulls", yumen.FormatCSV, "a,b\n,\n7,\"\"\n", [][]string{{"∅", "∅"}, {"7", ""}}, ""},
		{"csv, empty", yumen.FormatCSV, "", nil, "declared columns"},
		{"csv, other columns", yumen.FormatCSV, "a,c\n1,x\n", nil, "declared columns"},
		{"csv, other order", yumen.FormatCSV, "b,a\nx,1\n", nil, "declared columns"},
		{"csv, a column more", yumen.FormatCSV, "a,b,c\n1,x,y\n", nil, "declared columns"},
		{"csv, short line", yumen.FormatCSV, "a,b\n1\n", nil, "more or fewer cells"},
		{"csv, long line", yumen.FormatCSV, "a,b\n1,x,y\n", nil, "more or fewer cells"},
		{"csv, wrong type", yumen.FormatCSV, "a,b\n1.5,4711\n", nil, "column a"},
		{"csv, open quote", yumen.FormatCSV, "a,b\n1,\"x\n", nil, "well-formed"},
		{"csv, quote inside", yumen.FormatCSV, "a,b\n1,x\"y\n", nil, "well-formed"},
		{"csv, text after a quote", yumen.FormatCSV, "a,b\n1,\"x\"y\n", nil, "well-formed"},
		{"csv, lone CR", yumen.FormatCSV, "a,b\n1,x\ry\n", nil, "well-formed"},
		{"csv, not UTF-8", yumen.FormatCSV, "a,b\n1,\xff\n", nil, "column b"},
		{"csv, byte order mark", yumen.FormatCSV, "\ufeffa,b\n1,x\n", nil, "declared columns"},
		{"csv, NUL", yumen.FormatCSV, "a,b\n1,x\x00\n", nil, "column b"},
		{"csv, cell bomb", yumen.FormatCSV, "a,b\n1," + strings.Repeat("x", intake.MaxCell+1), nil, "well-formed"},
		{"csv, CR at the end", yumen.FormatCSV, "a,b\n1,x\r", nil, "well-formed"},
		{"csv, empty line", yumen.FormatCSV, "a,b\n\n1,x\n", nil, "more or fewer cells"},
		{"csv, a name in another case", yumen.FormatCSV, "A,b\n1,x\n", nil, "declared columns"},
		{"csv, zipped", yumen.FormatCSV, "\x1f\x8b", nil, "declared columns"},
		{"ndjson, space", yumen.FormatNDJSON, " {\"a\" : 1, \"b\":\"x\"}\t\r\n", [][]string{{"1", "x"}}, ""},
		{"ndjson, no space of JSON", yumen.FormatNDJSON, "\u00a0{\"a\":1,\"b\":\"x\"}\n", nil, "one object a line"},
		{"ndjson, half a pair", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"\\ud840\"}\n", nil, "one object a line"},
		{"ndjson, NUL", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"\\u0000\"}\n", nil, "column b"},
		{"ndjson", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"a\":null}",
			[][]string{{"1", "x"}, {"∅", "∅"}}, ""},
		{"ndjson, no rows", yumen.FormatNDJSON, "", [][]string{}, ""},
		{"ndjson, array", yumen.FormatNDJSON, "[1,2]\n", nil, "one object a line"},
		{"ndjson, text as number", yumen.FormatNDJSON, "{\"a\":\"1\",\"b\":\"x\"}\n", nil, "column a"},
		{"ndjson, number as text", yumen.FormatNDJSON, "{\"a\":1,\"b\":1}\n", nil, "column b"},
		{"ndjson, nested", yumen.FormatNDJSON, "{\"a\":{},\"b\":\"x\"}\n", nil, "column a"},
		{"ndjson, missing name", yumen.FormatNDJSON, "{\"a\":1}\n", nil, "declared columns"},
		{"ndjson, extra name", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"x\",\"c\":1}\n", nil, "declared columns"},
		{"ndjson, name twice", yumen.FormatNDJSON, "{\"a\":1,\"a\":2,\"b\":\"x\"}\n", nil, "declared columns"},
		{"ndjson, two on a line", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"x\"} {}\n", nil, "one object a line"},
		{"ndjson, empty line", yumen.FormatNDJSON, "\n", nil, "one object a line"},
		{"ndjson, cut off", yumen.FormatNDJSON, "{\"a\":1,\"b\":", nil, "one object a line"},
		{"ndjson, not UTF-8", yumen.FormatNDJSON, "{\"a\":1,\"b\":\"\xff\"}\n", nil, "one object a line"},
		{"ndjson, huge number", yumen.FormatNDJSON, "{\"a\":1e400,\"b\":\"x\"}\n", nil, "column a"},
		{"arrow, text", yumen.FormatArrow, "a,b\n1,x\n", nil, "sound Arrow"},
		{"arrow, empty", yumen.FormatArrow, "", nil, "sound Arrow"},
		{"arrow, only the magic", yumen.FormatArrow, "ARROW1\x00\x00", nil, "sound Arrow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := job{module: tool(t), args: given, data: c.data, format: c.format, columns: cols}.run(t)
			if c.want == nil {
				if yumen.KindOf(err) != yumen.KindFailed || !strings.Contains(err.Error(), c.says) ||
					strings.Contains(err.Error(), "4711") {
					t.Errorf("got %v: %v", yumen.KindOf(err), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, rows[1:]); d != "" {
				t.Error(d)
			}
		})
	}
}

func doubles(schema *arrow.Schema) arrow.RecordBatch {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{1.5, math.Float64frombits(0x7ff8_0000_dead_beef), 0}, []bool{true, true, false})
	arr := b.NewArray()
	// What lies behind the null must not survive either.
	arr.(*array.Float64).Float64Values()[2] = 4711
	return array.NewRecordBatch(schema, []arrow.Array{arr}, 3)
}

func TestArrowOutputIsCleaned(t *testing.T) {
	metadata := arrow.NewMetadata([]string{"k"}, []string{"4711"})
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Float64, Nullable: true,
		Metadata: metadata}}, &metadata)
	var stream, file bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	f, err := ipc.NewFileWriter(&file, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []interface {
		Write(arrow.RecordBatch) error
		Close() error
	}{w, f} {
		if err := x.Write(doubles(schema)); err != nil {
			t.Fatal(err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var results [][]byte
	for _, data := range []string{stream.String(), file.String()} {
		in := job{module: tool(t), args: given, data: data, format: yumen.FormatArrow,
			columns: columns("v", "double")}.inside(t)
		if err := Handler(copyData)(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		results = append(results, in.Outputs[task.OutResult].Bytes())
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Error("stream and file give different results")
	}
	r, err := arrowio.NewReader(bytes.NewReader(results[0]), 0)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	col := batch.Column(0).(*array.Float64)
	if got := math.Float64bits(col.Value(1)); got != math.Float64bits(math.NaN()) {
		t.Errorf("NaN payload %x", got)
	}
	if col.Float64Values()[2] == 4711 || r.Schema().Metadata().Len() != 0 || r.Schema().Field(0).Metadata.Len() != 0 {
		t.Error("hidden bytes survived")
	}
}

func TestArrowOutputOfOtherColumns(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Float64, Nullable: true}}, nil)
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	if err := w.Write(doubles(schema)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for _, cols := range [][]yumen.OutputColumn{columns("w", "double"), columns("v", "integer"),
		columns("v", "double", "w", "double")} {
		_, err := job{module: tool(t), args: given, data: stream.String(), format: yumen.FormatArrow,
			columns: cols}.run(t)
		if yumen.KindOf(err) != yumen.KindFailed || !strings.Contains(err.Error(), "declared columns") {
			t.Errorf("%v: %v", cols, err)
		}
	}
}

// FuzzOutput holds that no file a module may write makes reading it panic, and that what is accepted obeys the row cap.
func FuzzOutput(f *testing.F) {
	for i, seed := range []string{"a,b\n1,x\n", "{\"a\":1,\"b\":\"x\"}\n", "ARROW1\x00\x00"} {
		f.Add(uint8(i), []byte(seed))
	}
	formats := []yumen.FileFormat{yumen.FormatCSV, yumen.FormatNDJSON, yumen.FormatArrow}
	f.Fuzz(func(t *testing.T, format uint8, data []byte) {
		spec := job{format: formats[int(format)%3], columns: columns("a", "integer", "b", "text"), rows: 5}.spec()
		r, err := newResult(spec)
		if err != nil {
			t.Fatal(err)
		}
		dir := writeDir(t, data)
		var out bytes.Buffer
		rows, err := r.copy(dir, arrowio.NewWriter(&out, r.table.schema, r.table.maxRows), 1<<20)
		if err != nil {
			if k := yumen.KindOf(err); k != yumen.KindFailed && k != yumen.KindLimit {
				t.Errorf("%v: %v", k, err)
			}
			return
		}
		if got := len(rowsOf(t, out.Bytes())) - 1; int64(got) != rows || rows > 5 {
			t.Errorf("%d rows said, %d written", rows, got)
		}
	})
}

func writeDir(t testing.TB, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "out.csv"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
