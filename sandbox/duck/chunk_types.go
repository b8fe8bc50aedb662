package duck

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// wideDecimal is how DuckDB gives a HUGEINT, the type of every sum of integers, to Arrow.
const wideDecimal yumen.Type = "decimal(38,0)"

// normaliser turns DuckDB's result types into those that Yumen carries. The mapping depends on types alone, never on
// values: narrower and unsigned integers and 128-bit sums become integers, FLOAT becomes double, coarser timestamps
// become microseconds. A value outside 64 bits fails the run. Other types are refused with kind invalid.
type normaliser struct {
	schema  *arrow.Schema
	convert []func(arrow.Array) (arrow.Array, error) // nil where the type is kept
}

// newNormaliser plans the conversion. Where keepWide, decimal(38,0) may be a stored type and stays.
func newNormaliser(from *arrow.Schema, keepWide bool) (*normaliser, error) {
	n := &normaliser{convert: make([]func(arrow.Array) (arrow.Array, error), from.NumFields())}
	fields := make([]arrow.Field, from.NumFields())
	for i, f := range from.Fields() {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
		t, known := arrowio.TypeOf(f.Type)
		if known && (t != wideDecimal || keepWide) {
			continue
		}
		to, convert := conversion(f.Type)
		if convert == nil {
			return nil, yumen.Errorf(yumen.KindInvalid, "result column %d is of a type that cannot be released (%s)",
				"结果第 %d 列的类型（%s）不能出域", i+1, f.Type.ID()).
				ToFix("cast it to boolean, integer, double, decimal, date, timestamp or text",
					"请转换为布尔、整数、双精度、定点小数、日期、时间戳或文本")
		}
		fields[i].Type, n.convert[i] = to, convert
	}
	n.schema = arrow.NewSchema(fields, nil)
	return n, nil
}

func conversion(from arrow.DataType) (arrow.DataType, func(arrow.Array) (arrow.Array, error)) {
	switch from := from.(type) {
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type,
		*arrow.Uint64Type, *arrow.Decimal128Type:
		return arrow.PrimitiveTypes.Int64, toIntegers
	case *arrow.Float32Type:
		return arrow.PrimitiveTypes.Float64, toDoubles
	case *arrow.TimestampType:
		if from.TimeZone == "" && (from.Unit == arrow.Second || from.Unit == arrow.Millisecond) {
			return &arrow.TimestampType{Unit: arrow.Microsecond}, toMicroseconds
		}
	}
	return nil, nil
}

// batch converts one batch, whose columns stay owned by the engine until its next batch.
func (n *normaliser) batch(from arrow.RecordBatch) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, from.NumCols())
	for i, col := range from.Columns() {
		cols[i] = col
		if n.convert[i] == nil {
			continue
		}
		var err error
		if cols[i], err = n.convert[i](col); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(n.schema, cols, from.NumRows()), nil
}

func toIntegers(arr arrow.Array) (arrow.Array, error) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Reserve(arr.Len())
	for i := range arr.Len() {
		if arr.IsNull(i) {
			b.AppendNull()
			continue
		}
		v, ok := integerAt(arr, i)
		if !ok {
			return nil, failed()
		}
		b.Append(v)
	}
	return b.NewArray(), nil
}

func integerAt(arr arrow.Array, i int) (int64, bool) {
	switch a := arr.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Uint64:
		return int64(a.Value(i)), a.Value(i) <= 1<<63-1
	case *array.Decimal128:
		v := a.Value(i)
		low := int64(v.LowBits())
		return low, v.HighBits() == low>>63
	}
	return 0, false
}

func toDoubles(arr arrow.Array) (arrow.Array, error) {
	from := arr.(*array.Float32)
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range from.Len() {
		if from.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(float64(from.Value(i)))
		}
	}
	return b.NewArray(), nil
}

func toMicroseconds(arr arrow.Array) (arrow.Array, error) {
	from := arr.(*array.Timestamp)
	factor := arrow.Timestamp(1e6)
	if from.DataType().(*arrow.TimestampType).Unit == arrow.Millisecond {
		factor = 1e3
	}
	b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond})
	for i := range from.Len() {
		v := from.Value(i)
		switch {
		case from.IsNull(i):
			b.AppendNull()
		case v*factor/factor != v:
			return nil, failed()
		default:
			b.Append(v * factor)
		}
	}
	return b.NewArray(), nil
}
