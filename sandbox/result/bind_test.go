package result

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// parameters are a stream of so many rows of an integer, a text and a boolean that is NULL.
func parameters(t testing.TB, rows int) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "1", Type: arrow.PrimitiveTypes.Int16, Nullable: true},
		{Name: "2", Type: arrow.BinaryTypes.LargeString, Nullable: true},
		{Name: "3", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for range rows {
		b.Field(0).(*array.Int16Builder).Append(-7)
		b.Field(1).(*array.LargeStringBuilder).Append("'; --")
		b.Field(2).(*array.BooleanBuilder).AppendNull()
	}
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	if err := w.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBind(t *testing.T) {
	got, err := boundOf(parameters(t, 1))
	if err != nil || len(got) != 3 || got[0].OID != 21 || *got[0].Text != "-7" || got[1].OID != 25 ||
		*got[1].Text != "'; --" || got[2].OID != 16 || got[2].Text != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, rows := range []int{0, 2, 1000} {
		if got, err := boundOf(parameters(t, rows)); err == nil {
			t.Errorf("%d rows: %+v", rows, got)
		}
	}
}

// FuzzBind reads any bytes as parameters: they are refused, or give the values of one row, the same each time.
func FuzzBind(f *testing.F) {
	f.Add(parameters(f, 1))
	f.Add(parameters(f, 2))
	f.Add([]byte("\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, err := boundOf(stream)
		again, err2 := boundOf(stream)
		if (err == nil) != (err2 == nil) || len(got) != len(again) || err != nil && got != nil {
			t.Fatalf("%v, %v; again %v, %v", got, err, again, err2)
		}
		for i, p := range got {
			if p.OID == 0 || p.OID != again[i].OID || p.Text != nil && *p.Text != *again[i].Text {
				t.Errorf("parameter %d: %+v, again %+v", i+1, p, again[i])
			}
		}
	})
}
