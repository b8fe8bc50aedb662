package duck

import bindings "github.com/duckdb/duckdb-go-bindings"

// bind gives a parameter of a prepared statement its value, and reports whether it takes it.
func bind(stmt bindings.PreparedStatement, at bindings.IdxT, v any) bool {
	value, typ, ok := engineValue(v)
	if !ok {
		return false
	}
	defer bindings.DestroyLogicalType(&typ)
	defer bindings.DestroyValue(&value)
	return bindings.BindValue(stmt, at, value) == bindings.StateSuccess
}

// engineValue makes a value of the engine's, and its type, both to be destroyed. A list has the type of its first
// element.
func engineValue(v any) (value bindings.Value, typ bindings.LogicalType, ok bool) {
	kind := bindings.TypeVarchar
	switch v := v.(type) {
	case nil:
		value = bindings.CreateNullValue()
	case bool:
		value, kind = bindings.CreateBool(v), bindings.TypeBoolean
	case int16:
		value, kind = bindings.CreateInt16(v), bindings.TypeSmallInt
	case int32:
		value, kind = bindings.CreateInt32(v), bindings.TypeInteger
	case int64:
		value, kind = bindings.CreateInt64(v), bindings.TypeBigInt
	case uint32:
		value, kind = bindings.CreateUInt32(v), bindings.TypeUInteger
	case float64:
		value, kind = bindings.CreateDouble(v), bindings.TypeDouble
	case string:
		value = bindings.CreateVarcharLength(v, bindings.IdxT(len(v)))
	case []any:
		return engineList(v)
	default:
		return value, typ, false
	}
	return value, bindings.CreateLogicalType(kind), true
}

func engineList(list []any) (value bindings.Value, typ bindings.LogicalType, ok bool) {
	element := bindings.CreateLogicalType(bindings.TypeVarchar)
	values := make([]bindings.Value, len(list))
	ok = true
	for i, v := range list {
		value, t, known := engineValue(v)
		if !known {
			t = bindings.CreateLogicalType(bindings.TypeVarchar)
			value = bindings.CreateNullValue()
		}
		values[i], ok = value, ok && known
		if i == 0 {
			element, t = t, element
		}
		bindings.DestroyLogicalType(&t)
	}
	value, typ = bindings.CreateListValue(element, values), bindings.CreateListType(element)
	bindings.DestroyLogicalType(&element)
	for i := range values {
		bindings.DestroyValue(&values[i])
	}
	return value, typ, ok
}
