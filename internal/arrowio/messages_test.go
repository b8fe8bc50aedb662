package arrowio

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestMessages: frames put behind the schema are a stream of the same rows in the same order, and none is long but for
// one row that is.
func TestMessages(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		{Name: "t", Type: arrow.BinaryTypes.String}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	const rows = 60_000
	for i := range rows {
		size := 60
		if i == rows/2 {
			size = 3 * batchBytes
		}
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(strings.Repeat("x", size))
	}
	var frames bytes.Buffer
	if err := NewMessages(&frames).Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	stream, err := SchemaStream(schema)
	if err != nil {
		t.Fatal(err)
	}
	stream = stream[:len(stream)-8] // without its end
	long, n := 0, 0
	for rest := frames.Bytes(); len(rest) > 0; n++ {
		header, body := int(binary.BigEndian.Uint32(rest)), int(binary.BigEndian.Uint64(rest[4:]))
		if body > batchBytes {
			long++
		}
		stream = binary.LittleEndian.AppendUint32(append(stream, 0xff, 0xff, 0xff, 0xff), uint32(header))
		stream = append(stream, rest[MessagePrefix:MessagePrefix+header+body]...)
		rest = rest[MessagePrefix+header+body:]
	}
	if long != 1 || n < 5 {
		t.Errorf("%d messages, %d of them long", n, long)
	}
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	at := int64(0)
	for r.Next() {
		for _, v := range r.RecordBatch().Column(0).(*array.Int64).Int64Values() {
			if v != at {
				t.Fatalf("row %d is %d", at, v)
			}
			at++
		}
	}
	if r.Err() != nil || at != rows {
		t.Errorf("%d rows, %v", at, r.Err())
	}
}
