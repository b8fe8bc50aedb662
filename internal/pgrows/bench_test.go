package pgrows

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgtype"
)

// BenchmarkEncode writes the same rows here and by pgtype, in both formats, and reports how many times as fast this is.
func BenchmarkEncode(b *testing.B) {
	batch := manyRows(4096)
	for _, format := range []int16{Text, Binary} {
		b.Run(map[int16]string{Text: "text", Binary: "binary"}[format], func(b *testing.B) {
			e, err := NewEncoder(batch.Schema(), []int16{format}, nil)
			if err != nil {
				b.Fatal(err)
			}
			var dst []byte
			begun := time.Now()
			for b.Loop() {
				if dst, err = e.Append(dst[:0], batch, 0, int(batch.NumRows())); err != nil {
					b.Fatal(err)
				}
			}
			ours := time.Since(begun) / time.Duration(b.N)
			begun = time.Now()
			const rounds = 5
			for range rounds {
				theirs(b, batch, format)
			}
			b.ReportMetric(float64(time.Since(begun)/rounds)/float64(ours), "×pgtype")
			b.ReportMetric(float64(batch.NumRows())/ours.Seconds(), "rows/s")
			b.SetBytes(int64(len(dst)))
		})
	}
}

func manyRows(n int) arrow.RecordBatch {
	random := rand.New(rand.NewPCG(7, 8))
	schema := arrow.NewSchema([]arrow.Field{{Name: "i", Type: arrow.PrimitiveTypes.Int64},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64}, {Name: "t", Type: arrow.BinaryTypes.String},
		{Name: "d", Type: arrow.FixedWidthTypes.Date32}, {Name: "b", Type: arrow.FixedWidthTypes.Boolean}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for range n {
		b.Field(0).(*array.Int64Builder).Append(random.Int64N(1e12))
		b.Field(1).(*array.Float64Builder).Append(float64(random.IntN(1e7)) / 100)
		b.Field(2).(*array.StringBuilder).Append("东城 outpatient")
		b.Field(3).(*array.Date32Builder).Append(arrow.Date32(random.IntN(20000)))
		b.Field(4).(*array.BooleanBuilder).Append(random.IntN(2) == 0)
	}
	return b.NewRecordBatch()
}

func theirs(b *testing.B, batch arrow.RecordBatch, format int16) {
	types := pgtype.NewMap()
	var dst []byte
	for r := range int(batch.NumRows()) {
		for i, v := range []any{batch.Column(0).(*array.Int64).Value(r), batch.Column(1).(*array.Float64).Value(r),
			batch.Column(2).(*array.String).Value(r), batch.Column(3).(*array.Date32).Value(r).ToTime(),
			batch.Column(4).(*array.Boolean).Value(r)} {
			oid := []uint32{oidInt8, oidFloat8, oidText, oidDate, oidBool}[i]
			var err error
			if dst, err = types.Encode(oid, format, v, append(dst, 0, 0, 0, 0)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
