package pgrows

import (
	"cmp"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// arrowTypes are the Arrow types that stand for types of PostgreSQL, but for numeric. All others are text.
var arrowTypes = map[uint32]arrow.DataType{
	oidBool: arrow.FixedWidthTypes.Boolean, oidInt2: arrow.PrimitiveTypes.Int16, oidInt4: arrow.PrimitiveTypes.Int32,
	oidInt8: arrow.PrimitiveTypes.Int64, oidFloat4: arrow.PrimitiveTypes.Float32,
	oidFloat8: arrow.PrimitiveTypes.Float64, oidDate: arrow.FixedWidthTypes.Date32,
	oidTimestamp:   &arrow.TimestampType{Unit: arrow.Microsecond},
	oidTimestamptz: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
	oidOID:         arrow.PrimitiveTypes.Uint32, oidXID: arrow.PrimitiveTypes.Uint32,
	oidBytea: arrow.BinaryTypes.Binary,
}

// ArrowType returns the Arrow type that stands for a column: the way back from Columns, for the types that a result can
// have. A numeric that says no digits is decimal(38,0), as DuckDB's sums are; what Arrow has no type for is text.
func (c Column) ArrowType() arrow.DataType {
	if c.OID == oidNumeric {
		digits := c.Mod - 4
		if digits < 0 {
			digits = cmp.Or(c.Digits, 38<<16)
		}
		return &arrow.Decimal128Type{Precision: digits >> 16, Scale: digits & 0xffff}
	}
	if t := arrowTypes[c.OID]; t != nil {
		return t
	}
	return arrow.BinaryTypes.String
}

// Schema returns the Arrow schema of columns, all nullable.
func Schema(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: c.ArrowType(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// Batch returns the rows of a batch with columns of the types of Schema. Errors are those of Append, and one of kind
// invalid for a value that its type in Arrow cannot hold.
func (e *Encoder) Batch(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	schema := Schema(e.columns)
	columns := make([]arrow.Array, len(e.columns))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i := range columns {
		var err error
		if columns[i], err = e.array(batch.Column(i), i, schema.Field(i).Type); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(schema, columns, batch.NumRows()), nil
}

// array returns a column as one of another type: as it is where the type is its own, and otherwise by its text.
func (e *Encoder) array(of arrow.Array, i int, t arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(of.DataType(), t) {
		of.Retain()
		return of, nil
	}
	a, isTime := of.DataType().(*arrow.TimestampType)
	b, toTime := t.(*arrow.TimestampType)
	if isTime && toTime && a.Unit == b.Unit {
		data := array.NewData(t, of.Len(), of.Data().Buffers(), nil, of.NullN(), of.Data().Offset())
		defer data.Release()
		return array.MakeFromData(data), nil
	}
	write := e.cell(of, e.columns[i].OID, false)
	if write == nil {
		return nil, unknownType(i, of.DataType())
	}
	builder := array.NewBuilder(memory.DefaultAllocator, t)
	defer builder.Release()
	var cell []byte
	for row := range of.Len() {
		if of.IsNull(row) {
			builder.AppendNull()
			continue
		}
		var err error
		if cell, err = write(cell[:0], row); err != nil {
			return nil, err
		}
		if builder.AppendValueFromString(string(cell)) != nil {
			return nil, outOfRange()
		}
	}
	return builder.NewArray(), nil
}

// TextBatch returns rows of text as a batch.
func TextBatch(columns []Column, rows [][]string) arrow.RecordBatch {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, Schema(columns))
	defer builder.Release()
	for _, row := range rows {
		for i, v := range row {
			builder.Field(i).(*array.StringBuilder).Append(v)
		}
	}
	return builder.NewRecordBatch()
}

// Values takes a frame apart that Append wrote: the values of one row, nil for NULL.
func Values(frame []byte) [][]byte {
	out := make([][]byte, binary.BigEndian.Uint16(frame[4:]))
	rest := frame[6:]
	for i := range out {
		size := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if size >= 0 {
			out[i], rest = rest[:size:size], rest[size:]
		}
	}
	return out
}
