package pgrows

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// Column is what a RowDescription message says of one column.
type Column struct {
	Name string
	OID  uint32 // of its type
	Len  int16  // of its values in bytes; -1 where they vary, -2 for a C string
	Mod  int32  // typmod; -1 for none
	// Digits are the width (<<16) and scale of a numeric whose typmod says neither, as PostgreSQL's does not for most; 0
	// for 38 digits and none behind the point. PostgreSQL is not told of them, Arrow is.
	Digits int32
}

// OIDKey and ModKey are metadata of an Arrow field that say which type of PostgreSQL, and which typmod, it stands for.
// Without them both follow from the Arrow type.
const (
	OIDKey = "pg.oid"
	ModKey = "pg.mod"
)

// The oids of PostgreSQL's types, from its pg_type.dat.
const (
	oidBool, oidBytea, oidChar, oidName, oidInt8, oidInt2  = 16, 17, 18, 19, 20, 21
	oidInt2Vector, oidInt4, oidRegproc, oidText, oidOID    = 22, 23, 24, 25, 26
	oidXID, oidOIDVector, oidJSON, oidFloat4, oidFloat8    = 28, 30, 114, 700, 701
	oidBPChar, oidVarchar, oidDate, oidTime, oidTimestamp  = 1042, 1043, 1082, 1083, 1114
	oidTimestamptz, oidInterval, oidNumeric, oidRegclass   = 1184, 1186, 1700, 2205
	oidRegtype, oidUUID, oidVoid, oidJSONB, oidUnspecified = 2206, 2950, 2278, 3802, 0
)

// arrays leads from the oid of a type to that of arrays of it.
var arrays = map[uint32]uint32{
	oidBool: 1000, oidBytea: 1001, oidChar: 1002, oidName: 1003, oidInt2: 1005, oidInt2Vector: 1006, oidInt4: 1007,
	oidRegproc: 1008, oidText: 1009, oidOIDVector: 1013, oidBPChar: 1014, oidVarchar: 1015, oidInt8: 1016,
	oidFloat4: 1021,
	oidFloat8: 1022, oidOID: 1028, oidXID: 1011, oidTimestamp: 1115, oidDate: 1182, oidTime: 1183, oidTimestamptz: 1185,
	oidInterval: 1187, oidNumeric: 1231, oidJSON: 199, oidJSONB: 3807, oidRegclass: 2210, oidRegtype: 2211,
	oidUUID: 2951,
	1033:    1034, // aclitem
}

// elements is the other way round; a vector has elements as well.
var elements = func() map[uint32]uint32 {
	out := map[uint32]uint32{oidInt2Vector: oidInt2, oidOIDVector: oidOID}
	for element, array := range arrays {
		out[array] = element
	}
	return out
}()

// widths are the lengths of types whose values have one length.
var widths = map[uint32]int16{
	oidBool: 1, oidChar: 1, oidName: 64, oidInt2: 2, oidInt4: 4, oidInt8: 8, oidOID: 4, oidXID: 4, oidRegproc: 4,
	oidRegclass: 4,
	oidRegtype:  4, oidFloat4: 4, oidFloat8: 8, oidDate: 4, oidTime: 8, oidTimestamp: 8, oidTimestamptz: 8,
	oidInterval: 16,
	oidUUID:     16, oidVoid: 4, 1033: 12, 3361: -1, 2275: -2, 4089: 4, 4096: 4, 2202: 4, 2203: 4, 2204: 4, 3734: 4,
	3769: 4, 29: 4,
	5069: 8,
}

// ArrayOf returns the oid of arrays of a type, and 0 where there is none here.
func ArrayOf(oid uint32) uint32 { return arrays[oid] }

// Columns returns what a RowDescription says of a schema. The error is of kind invalid, for a type that PostgreSQL has
// not.
func Columns(schema *arrow.Schema) ([]Column, error) {
	out := make([]Column, schema.NumFields())
	for i, f := range schema.Fields() {
		oid, mod := typeOf(f.Type)
		if oid == oidUnspecified {
			return nil, unknownType(i, f.Type)
		}
		oid = uint32(override(f, OIDKey, int64(oid)))
		width, ok := widths[oid]
		if !ok {
			width = -1
		}
		out[i] = Column{Name: f.Name, OID: oid, Len: width, Mod: int32(override(f, ModKey, int64(mod)))}
		if t, ok := f.Type.(*arrow.Decimal128Type); ok && out[i].Mod < 0 && t.Scale > 0 {
			out[i].Digits = t.Precision<<16 | t.Scale
		}
	}
	return out, nil
}

func override(f arrow.Field, key string, otherwise int64) int64 {
	if i := f.Metadata.FindKey(key); i >= 0 {
		if v, err := strconv.ParseInt(f.Metadata.Values()[i], 10, 64); err == nil {
			return v
		}
	}
	return otherwise
}

func unknownType(i int, t arrow.DataType) error {
	return yumen.Errorf(yumen.KindInvalid, "result column %d is of a type that PostgreSQL has not (%s)",
		"结果第 %d 列的类型（%s）在 PostgreSQL 中不存在", i+1, t.ID()).
		ToFix("cast it to another type, such as text", "请转换为其他类型，例如 text")
}

// typeOf returns the oid and the typmod that stand for an Arrow type. Unsigned integers become the next larger type.
// DuckDB's sums are decimal(38,0) and, as in PostgreSQL, numeric without a typmod.
func typeOf(t arrow.DataType) (oid uint32, mod int32) {
	switch t := t.(type) {
	case *arrow.NullType:
		return oidText, -1
	case *arrow.Decimal128Type:
		if t.Precision == 38 && t.Scale == 0 {
			return oidNumeric, -1
		}
		return oidNumeric, t.Precision<<16 | t.Scale + 4
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return oidTimestamptz, -1
		}
		return oidTimestamp, -1
	case *arrow.FixedSizeBinaryType:
		if t.ByteWidth == 16 {
			return oidUUID, -1
		}
		return oidBytea, -1
	case *arrow.DictionaryType:
		return typeOf(t.ValueType)
	case arrow.ListLikeType:
		if _, isMap := t.(*arrow.MapType); isMap {
			return oidJSON, -1
		}
		element, _ := typeOf(t.Elem())
		if array := arrays[element]; array != 0 {
			return array, -1
		}
		return oidJSON, -1
	}
	return simple[t.ID()], -1
}

// simple are the Arrow types without parameters.
var simple = map[arrow.Type]uint32{
	arrow.BOOL: oidBool, arrow.INT8: oidInt2, arrow.INT16: oidInt2, arrow.INT32: oidInt4, arrow.INT64: oidInt8,
	arrow.UINT8: oidInt2, arrow.UINT16: oidInt4, arrow.UINT32: oidInt8, arrow.UINT64: oidNumeric,
	arrow.FLOAT32: oidFloat4,
	arrow.FLOAT64: oidFloat8, arrow.STRING: oidText, arrow.LARGE_STRING: oidText, arrow.STRING_VIEW: oidText,
	arrow.BINARY: oidBytea, arrow.LARGE_BINARY: oidBytea, arrow.BINARY_VIEW: oidBytea, arrow.DATE32: oidDate,
	arrow.TIME64: oidTime, arrow.INTERVAL_MONTH_DAY_NANO: oidInterval, arrow.STRUCT: oidJSON,
}
