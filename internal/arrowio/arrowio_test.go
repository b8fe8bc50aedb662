package arrowio

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

var allTypes = []yumen.Type{
	yumen.TypeBoolean, yumen.TypeInteger, yumen.TypeDouble, yumen.TypeDate, yumen.TypeTimestamp, yumen.TypeText,
	"decimal(12,2)", "decimal(38,0)", "decimal(38,38)",
}

func TestTypesMapBothWays(t *testing.T) {
	for _, typ := range allTypes {
		dt, err := DataType(typ)
		if err != nil {
			t.Fatal(err)
		}
		if back, ok := TypeOf(dt); !ok || back != typ {
			t.Errorf("%s → %s → %s", typ, dt, back)
		}
	}
	for _, typ := range []yumen.Type{"", "int", "decimal", "decimal()", "decimal(0,0)", "decimal(39,0)", "decimal(2,3)",
		"decimal(5,-1)", "decimal(5,2", "Text"} {
		if _, err := DataType(typ); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("DataType(%q) = %v, want kind invalid", typ, err)
		}
	}
	for _, dt := range []arrow.DataType{arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.LargeString,
		arrow.FixedWidthTypes.Timestamp_us,
		arrow.FixedWidthTypes.Timestamp_ns, &arrow.Decimal256Type{Precision: 5, Scale: 1}, arrow.Null} {
		if typ, ok := TypeOf(dt); ok {
			t.Errorf("TypeOf(%s) = %s, want none", dt, typ)
		}
	}
}

func TestFormatBeyondTheCalendarAndTheReals(t *testing.T) {
	days := array.NewDate32Builder(memory.DefaultAllocator)
	days.AppendValues([]arrow.Date32{math.MaxInt32, math.MinInt32, 2932897, -719163}, nil)
	doubles := array.NewFloat64Builder(memory.DefaultAllocator)
	doubles.AppendValues([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}, nil)
	var got []string
	for _, arr := range []arrow.Array{days.NewArray(), doubles.NewArray()} {
		for i := range arr.Len() {
			got = append(got, string(AppendCell(nil, arr, i)))
		}
	}
	want := []string{"+5881580-07-11", "-5877641-06-23", "+010000-01-01", "+000000-12-31", "NaN", "+Inf", "-Inf", "-0"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// drawBatch makes a batch of every type with nulls.
func drawBatch(t *rapid.T, label string) arrow.RecordBatch {
	n := rapid.IntRange(0, 8).Draw(t, label+"rows")
	var cols []yumen.OutputColumn
	var arrays []arrow.Array
	for i, typ := range allTypes {
		cols = append(cols, yumen.OutputColumn{Name: string(rune('a' + i)), Type: typ})
		dt, _ := DataType(typ)
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for range n {
			drawCell(t, b, label)
		}
		arrays = append(arrays, b.NewArray())
	}
	schema, err := Schema(cols)
	if err != nil {
		t.Fatal(err)
	}
	return array.NewRecordBatch(schema, arrays, int64(n))
}

func drawCell(t *rapid.T, b array.Builder, label string) {
	if rapid.IntRange(0, 4).Draw(t, label+"null") == 0 {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(rapid.Bool().Draw(t, label))
	case *array.Int64Builder:
		b.Append(rapid.Int64().Draw(t, label))
	case *array.Float64Builder:
		b.Append(rapid.Float64().Filter(func(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }).Draw(t,
			label))
	case *array.Date32Builder:
		b.Append(arrow.Date32(rapid.Int32Range(-719162, 2932896).Draw(t, label)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(rapid.Int64Range(-719162*86400e6, 2932897*86400e6-1).Draw(t, label)))
	case *array.StringBuilder:
		b.Append(rapid.StringMatching(`[a-z域门 ,"'=\n\r\t\\<&-]{1,9}`).Draw(t, label))
	case *array.Decimal128Builder:
		p := b.Type().(*arrow.Decimal128Type).Precision
		n := decimal128.New(rapid.Int64().Draw(t, label), rapid.Uint64().Draw(t, label))
		_, rest := n.Div(decimal128.GetScaleMultiplier(int(min(p, 37))))
		b.Append(rest)
	}
}

// TestParseInvertsFormat is the law of the package: what AppendCell writes, an Appender of the type reads as the same
// value.
func TestParseInvertsFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := drawBatch(t, "")
		for i, typ := range allTypes {
			a, _ := NewAppender(typ)
			for row := range int(batch.NumRows()) {
				if batch.Column(i).IsNull(row) {
					a.Null()
				} else if cell := string(AppendCell(nil, batch.Column(i), row)); !a.Append(cell) {
					t.Fatalf("%s: %q not read back", typ, cell)
				}
			}
			if back := a.Builder().NewArray(); !array.Equal(batch.Column(i), back) {
				t.Fatalf("%s: %v became %v", typ, batch.Column(i), back)
			}
		}
	})
}

func TestStreamRoundTripIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batches := []arrow.RecordBatch{drawBatch(t, "1"), drawBatch(t, "2")}
		first, second := writeStream(t, batches), writeStream(t, batches)
		if !bytes.Equal(first, second) {
			t.Fatal("the same batches gave different bytes")
		}
		r, err := NewReader(bytes.NewReader(first), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range batches {
			got, err := r.Next()
			if err != nil || !array.RecordEqual(want, got) {
				t.Fatalf("batch differs: %v", err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("end: %v", err)
		}
	})
}

func writeStream(t interface{ Fatal(...any) }, batches []arrow.RecordBatch) []byte {
	var buf bytes.Buffer
	w := NewWriter(&buf, batches[0].Schema(), 0)
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func sample(t testing.TB) arrow.RecordBatch {
	cols := []yumen.OutputColumn{{Name: "n", Type: yumen.TypeInteger}, {Name: "=t", Type: yumen.TypeText},
		{Name: "d", Type: yumen.TypeDouble}, {Name: "m", Type: "decimal(5,2)"}, {Name: "day", Type: yumen.TypeDate}}
	rows := [][]string{
		{"-1", "=1+1", "0.5", "-1.50", "2024-02-29"}, {"2", `a "b", c`, "", "2.00", ""},
		{"", "两行\n字", "1e300", "", "1970-01-01"},
	}
	schema, err := Schema(cols)
	if err != nil {
		t.Fatal(err)
	}
	var arrays []arrow.Array
	for i, c := range cols {
		a, _ := NewAppender(c.Type)
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

func TestRowCaps(t *testing.T) {
	batch := sample(t)
	w := NewWriter(io.Discard, batch.Schema(), 5)
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("writing 6 of 5 rows: %v", err)
	}
	r, err := NewReader(bytes.NewReader(writeStream(t, []arrow.RecordBatch{batch, batch})), 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("reading 6 of 5 rows: %v", err)
	}
}

func TestCSVAndNDJSON(t *testing.T) {
	batch := sample(t)
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
		want  string
	}{
		{"programs", csvOf(batch, CSVForPrograms),
			"n,=t,d,m,day\n-1,=1+1,0.5,-1.50,2024-02-29\n2,\"a \"\"b\"\", c\",,2.00,\n,\"两行\n字\",1e+300,,1970-01-01\n"},
		{"people", csvOf(batch, CSVForPeople),
			"n,'=t,d,m,day\r\n-1,'=1+1,0.5,-1.50,2024-02-29\r\n2,\"a \"\"b\"\", c\",,2.00,\r\n,\"两行\n字\",1e+300,,1970-01-01\r\n"},
		{"ndjson", ndjsonOf(batch), `{"n":-1,"=t":"=1+1","d":0.5,"m":-1.50,"day":"2024-02-29"}
{"n":2,"=t":"a \"b\", c","d":null,"m":2.00,"day":null}
{"n":null,"=t":"两行\n字","d":1e+300,"m":null,"day":"1970-01-01"}
`},
	} {
		var buf bytes.Buffer
		if err := c.write(&buf); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, buf.String()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func csvOf(batch arrow.RecordBatch, style CSVStyle) func(io.Writer) error {
	return func(w io.Writer) error {
		c, err := NewCSVWriter(w, batch.Schema(), style)
		if err != nil {
			return err
		}
		return errors.Join(c.Write(batch), c.Close())
	}
}

func ndjsonOf(batch arrow.RecordBatch) func(io.Writer) error {
	return func(w io.Writer) error {
		n, err := NewNDJSONWriter(w, batch.Schema())
		if err != nil {
			return err
		}
		return errors.Join(n.Write(batch), n.Close())
	}
}

// TestWrittenFilesParse holds the writers against the parsers of the standard library.
func TestWrittenFilesParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := drawBatch(t, "")
		var c, j bytes.Buffer
		if err := errors.Join(csvOf(batch, CSVForPrograms)(&c), ndjsonOf(batch)(&j)); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&c).ReadAll()
		if err != nil || len(records) != int(batch.NumRows())+1 {
			t.Fatalf("%d records: %v", len(records), err)
		}
		dec := json.NewDecoder(&j)
		dec.UseNumber()
		for row := range int(batch.NumRows()) {
			var object map[string]any
			if err := dec.Decode(&object); err != nil {
				t.Fatal(err)
			}
			for i, f := range batch.Schema().Fields() {
				cell := string(AppendCell(nil, batch.Column(i), row))
				// encoding/csv reads \r\n inside quotes as \n.
				if got := records[row+1][i]; got != strings.ReplaceAll(cell, "\r\n", "\n") {
					t.Fatalf("CSV cell %q, want %q", got, cell)
				}
				if s, ok := object[f.Name].(string); ok && s != cell {
					t.Fatalf("JSON cell %q, want %q", s, cell)
				}
			}
		}
	})
}

// FuzzReader: a hostile stream is read to its end or refused with kind corrupt or limit, and every cell of every batch
// that comes out can be written as text.
func FuzzReader(f *testing.F) {
	stream := writeStream(f, []arrow.RecordBatch{sample(f)})
	f.Add(stream)
	f.Add(stream[:len(stream)/2])
	f.Add([]byte{})
	for i := range stream {
		bad := bytes.Clone(stream)
		bad[i] ^= 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data), 1000)
		if err != nil {
			if yumen.KindOf(err) != yumen.KindCorrupt {
				t.Fatal(err)
			}
			return
		}
		defer r.Release()
		_, unknown := Columns(r.Schema())
		for {
			batch, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if k := yumen.KindOf(err); k != yumen.KindCorrupt && k != yumen.KindLimit {
					t.Fatal(err)
				}
				return
			}
			if unknown == nil {
				for _, col := range batch.Columns() {
					for i := range col.Len() {
						AppendCell(nil, col, i)
					}
				}
			}
		}
	})
}
