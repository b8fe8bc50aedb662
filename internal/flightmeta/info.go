package flightmeta

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
)

// Info is something that a server says of itself: by its number in FlightSql.proto, a string, bool, int64, int32 (a
// bitmask) or []string.
type Info struct {
	Number uint32
	Value  any
}

// Infos lists what is asked for by number; none asks for all. What is not known is left out.
func Infos(known []Info, numbers []uint32) Table {
	t := Table{schema: schema_ref.SqlInfo}
	for _, k := range known {
		if len(numbers) == 0 || slices.Contains(numbers, k.Number) {
			t.rows = append(t.rows, []any{k.Number, k.Value})
		}
	}
	return t
}

// addInfo appends a value to the union that they are in.
func addInfo(b *array.DenseUnionBuilder, v any) {
	code := int8(0)
	switch v.(type) {
	case bool:
		code = 1
	case int64:
		code = 2
	case int32:
		code = 3
	case []string:
		code = 4
	}
	b.Append(code)
	add(b.Child(int(code)), v)
}

// Numbers of java.sql.Types, and whether a column of a type can be NULL and what it can be searched by.
const (
	jdbcBoolean, jdbcBigint, jdbcDouble, jdbcNumeric = 16, -5, 8, 2
	jdbcDate, jdbcTimestamp, jdbcText                = 91, 93, 12

	nullable, searchable, searchableNotLike = 1, 3, 2
)

// Types lists the types that columns can have, or those of one number of java.sql.Types.
func Types(number *int32) Table {
	t := Table{schema: schema_ref.XdbcTypeInfo}
	for _, k := range []struct {
		name      string
		number    int32
		size      int32
		quote     any
		params    any
		search    int32
		scale     any
		radix     any
		caseMeans bool
	}{{"bigint", jdbcBigint, 19, nil, nil, searchableNotLike, int32(0), int32(10), false},
		{"numeric", jdbcNumeric, 38, nil, []string{"precision", "scale"}, searchableNotLike, int32(38), int32(10), false},
		{"double precision", jdbcDouble, 17, nil, nil, searchableNotLike, nil, int32(10), false},
		{"text", jdbcText, 1 << 30, "'", nil, searchable, nil, nil, true},
		{"boolean", jdbcBoolean, 1, nil, nil, searchableNotLike, nil, nil, false},
		{"date", jdbcDate, 10, "'", nil, searchableNotLike, nil, nil, false},
		{"timestamp", jdbcTimestamp, 26, "'", nil, searchableNotLike, int32(6), nil, false},
	} {
		if number != nil && *number != k.number {
			continue
		}
		var subcode any
		general := k.number
		if k.number == jdbcDate || k.number == jdbcTimestamp {
			subcode, general = k.number%90, 9 // DATETIME, and 1 for a date, 3 for a timestamp
		}
		t.rows = append(t.rows, []any{k.name, k.number, k.size, k.quote, k.quote, k.params, int32(nullable), k.caseMeans,
			k.search, false, k.number == jdbcNumeric, false, k.name, int32(0), k.scale, general, subcode, k.radix, nil})
	}
	return t
}
