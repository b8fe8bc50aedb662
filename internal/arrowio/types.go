package arrowio

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// MaxPrecision is the greatest number of decimal digits a decimal can hold (Arrow Decimal128).
const MaxPrecision = 38

// timestampType is microseconds without a zone: a catalog says in words which clock a timestamp follows.
var timestampType = &arrow.TimestampType{Unit: arrow.Microsecond}

var dataTypes = map[yumen.Type]arrow.DataType{
	yumen.Boolean:   arrow.FixedWidthTypes.Boolean,
	yumen.Integer:   arrow.PrimitiveTypes.Int64,
	yumen.Double:    arrow.PrimitiveTypes.Float64,
	yumen.Date:      arrow.FixedWidthTypes.Date32,
	yumen.Timestamp: timestampType,
	yumen.String:    arrow.BinaryTypes.String,
}

// DataType returns the Arrow type of a column type: Bool, Int64, Float64, Decimal128(p,s), Date32, Timestamp in
// microseconds without zone, or Utf8. An unknown type is an error of kind invalid.
func DataType(t yumen.Type) (arrow.DataType, error) {
	if dt, ok := dataTypes[t]; ok {
		return dt, nil
	}
	if p, s, ok := Decimal(t); ok {
		return &arrow.Decimal128Type{Precision: p, Scale: s}, nil
	}
	return nil, yumen.Errorf(yumen.Invalid, "unknown column type %q", "未知的列类型 %q", string(t)).
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
	if d, ok := dt.(*arrow.Decimal128Type); ok && validDecimal(d.Precision, d.Scale) {
		return DecimalType(d.Precision, d.Scale), true
	}
	return "", false
}

// DecimalType returns the type "decimal(p,s)".
func DecimalType(precision, scale int32) yumen.Type {
	return yumen.Type(fmt.Sprintf("decimal(%d,%d)", precision, scale))
}

// Decimal returns precision and scale of a type written "decimal(p,s)", with 1 ≤ p ≤ 38 and 0 ≤ s ≤ p.
func Decimal(t yumen.Type) (precision, scale int32, ok bool) {
	inner, ok := strings.CutPrefix(string(t), "decimal(")
	if !ok {
		return 0, 0, false
	}
	inner, ok = strings.CutSuffix(inner, ")")
	if !ok {
		return 0, 0, false
	}
	ps, ss, ok := strings.Cut(inner, ",")
	if !ok {
		return 0, 0, false
	}
	p, err1 := strconv.ParseUint(strings.TrimSpace(ps), 10, 8)
	s, err2 := strconv.ParseUint(strings.TrimSpace(ss), 10, 8)
	if err1 != nil || err2 != nil || !validDecimal(int32(p), int32(s)) {
		return 0, 0, false
	}
	return int32(p), int32(s), true
}

func validDecimal(p, s int32) bool { return p >= 1 && p <= MaxPrecision && s >= 0 && s <= p }

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

// Columns is the inverse of Schema: the names and types of a schema's fields. A field of a type that Yumen does not have
// is an error of kind invalid.
func Columns(schema *arrow.Schema) ([]yumen.OutputColumn, error) {
	cols := make([]yumen.OutputColumn, schema.NumFields())
	for i, f := range schema.Fields() {
		t, ok := TypeOf(f.Type)
		if !ok {
			return nil, yumen.Errorf(yumen.Invalid, "column %d has the Arrow type %s, which Yumen does not carry",
				"第 %d 列的 Arrow 类型 %s 不受支持", i+1, f.Type.ID())
		}
		cols[i] = yumen.OutputColumn{Name: f.Name, Type: t}
	}
	return cols, nil
}
