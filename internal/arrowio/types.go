package arrowio

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// timestampType is microseconds without a zone: a catalog says in words which clock a timestamp follows.
var timestampType = &arrow.TimestampType{Unit: arrow.Microsecond}

var dataTypes = map[yumen.Type]arrow.DataType{
	yumen.TypeBoolean:   arrow.FixedWidthTypes.Boolean,
	yumen.TypeInteger:   arrow.PrimitiveTypes.Int64,
	yumen.TypeDouble:    arrow.PrimitiveTypes.Float64,
	yumen.TypeDate:      arrow.FixedWidthTypes.Date32,
	yumen.TypeTimestamp: timestampType,
	yumen.TypeText:      arrow.BinaryTypes.String,
}

// DataType returns the Arrow type of a column type: Bool, Int64, Float64, Decimal128(p,s), Date32, Timestamp in
// microseconds without zone, or Utf8. An unknown type is an error of kind invalid.
func DataType(t yumen.Type) (arrow.DataType, error) {
	if dt, ok := dataTypes[t]; ok {
		return dt, nil
	}
	if p, s, ok := t.Decimal(); ok {
		return &arrow.Decimal128Type{Precision: int32(p), Scale: int32(s)}, nil
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "unknown column type %q", "未知的列类型 %q", string(t)).
		ToFix("use boolean, integer, double, decimal(p,s), date, timestamp or text",
			"请用 boolean、integer、double、decimal(p,s)、date、timestamp 或 text")
}

// TypeOf is the inverse of DataType. It reports false for every other Arrow type, however close.
func TypeOf(dt arrow.DataType) (yumen.Type, bool) {
	for t, known := range dataTypes {
		if arrow.TypeEqual(dt, known) {
			return t, true
		}
	}
	if d, ok := dt.(*arrow.Decimal128Type); ok {
		t := yumen.Type(fmt.Sprintf("decimal(%d,%d)", d.Precision, d.Scale))
		return t, t.Known()
	}
	return "", false
}

// Schema returns the Arrow schema of the columns, all nullable.
func Schema(cols []yumen.OutputColumn) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		dt, err := DataType(c.Type)
		if err != nil {
			return nil, yumen.AsError(err).At(c.Name)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: dt, Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// Columns is the inverse of Schema: the names and types of a schema's fields. A field of a type that Yumen does not
// have is an error of kind invalid.
func Columns(schema *arrow.Schema) ([]yumen.OutputColumn, error) {
	cols := make([]yumen.OutputColumn, schema.NumFields())
	for i, f := range schema.Fields() {
		t, ok := TypeOf(f.Type)
		if !ok {
			return nil, yumen.Errorf(yumen.KindInvalid, "column %d has the Arrow type %s, which Yumen does not carry",
				"第 %d 列的 Arrow 类型 %s 不受支持", i+1, f.Type.ID())
		}
		cols[i] = yumen.OutputColumn{Name: f.Name, Type: t}
	}
	return cols, nil
}
