package duck

import (
	"errors"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// catalogType is a type of PostgreSQL that DuckDB has not: what carries it, and how it is described. The engine keeps
// the name of such a type through a statement, so that a result column says which type it is.
type catalogType struct {
	name string
	base bindings.Type
	oid  uint32
	mod  int32
}

// catalogTypes are what columns and casts of the catalog engine may be beside DuckDB's own types.
var catalogTypes = []catalogType{
	{"pg_oid", bindings.TypeUInteger, 26, -1}, {"pg_name", bindings.TypeVarchar, 19, -1},
	{"pg_char", bindings.TypeVarchar, 18, -1}, {"pg_varchar", bindings.TypeVarchar, 1043, -1},
	{"pg_yes_or_no", bindings.TypeVarchar, 1043, 7}, {"pg_bpchar", bindings.TypeVarchar, 1042, -1},
	{"regproc", bindings.TypeVarchar, 24, -1}, {"regprocedure", bindings.TypeVarchar, 2202, -1},
	{"regclass", bindings.TypeUInteger, 2205, -1}, {"regtype", bindings.TypeUInteger, 2206, -1},
	{"regnamespace", bindings.TypeUInteger, 4089, -1}, {"regrole", bindings.TypeUInteger, 4096, -1},
	{"xid", bindings.TypeUInteger, 28, -1}, {"aclitem", bindings.TypeVarchar, 1033, -1},
	{"pg_node_tree", bindings.TypeVarchar, 194, -1}, {"pg_lsn", bindings.TypeVarchar, 3220, -1},
	{"anyarray", bindings.TypeVarchar, 2277, -1}, {"inet", bindings.TypeVarchar, 869, -1},
	{"pg_json", bindings.TypeVarchar, 114, -1}, {"jsonb", bindings.TypeVarchar, 3802, -1},
	{"void", bindings.TypeVarchar, 2278, -1},
	{vectorInt2, bindings.TypeSmallInt, 21, -1}, {vectorOID, bindings.TypeUInteger, 26, -1},
}

// Elements of int2vector and oidvector: functions of lists take a list of a type of ours, and no list that is one.
const (
	vectorInt2 = "pg_int2v"
	vectorOID  = "pg_oidv"
)

var catalogTypesByName = func() map[string]catalogType {
	out := map[string]catalogType{}
	for _, t := range catalogTypes {
		out[t.name] = t
	}
	return out
}()

// carriers are the types of columns of the catalog, as format_type says them, in the catalog engine.
var carriers = map[string]string{
	"oid": "pg_oid", "name": "pg_name", `"char"`: "pg_char", "character varying": "pg_varchar", "bigint": "BIGINT",
	"integer": "INTEGER", "smallint": "SMALLINT", "text": "VARCHAR", "boolean": "BOOLEAN", "double precision": "DOUBLE",
	"real": "FLOAT", "timestamp with time zone": "TIMESTAMPTZ", "interval": "INTERVAL", "numeric": "DECIMAL(38, 0)",
	"bytea": "BLOB", "pg_ndistinct": "VARCHAR", "pg_dependencies": "VARCHAR", "pg_mcv_list": "VARCHAR",
	"pg_statistic": "VARCHAR",
	"int2vector":   vectorInt2 + "[]", "oidvector": vectorOID + "[]",
}

// carrier returns the type that carries a column.
func carrier(typ string, mod string) string {
	if element, ok := strings.CutSuffix(typ, "[]"); ok {
		return carrier(element, "") + "[]"
	}
	if typ == "character varying" && mod == "7" {
		return "pg_yes_or_no"
	}
	if ours := carriers[typ]; ours != "" {
		return ours
	}
	return typ
}

// registerTypes makes the types known to the engine.
func (e *engine) registerTypes() error {
	conn, err := rawConnection(e.conn)
	if err != nil {
		return err
	}
	for _, t := range catalogTypes {
		logical := bindings.CreateLogicalType(t.base)
		bindings.LogicalTypeSetAlias(logical, t.name)
		state := bindings.RegisterLogicalType(conn, logical, bindings.CreateTypeInfo{})
		bindings.DestroyLogicalType(&logical)
		if state == bindings.StateError {
			return errors.New("the engine takes no type")
		}
	}
	return nil
}

// described is what a result column is in PostgreSQL; oid is 0 where its Arrow type decides.
type described struct {
	name  string
	oid   uint32
	mod   int32
	alias string // name of a catalogType, "" for another
	// digits are the width and scale of a numeric, as pgrows.Column has them.
	digits int32
}

// describeType reads a type of the engine.
func describeType(t bindings.LogicalType) described {
	if t.Ptr == nil { // of a parameter that may be anything
		return described{mod: -1}
	}
	ours := catalogTypesByName[bindings.LogicalTypeGetAlias(t)]
	if ours.oid != 0 {
		return described{oid: ours.oid, mod: ours.mod, alias: ours.name}
	}
	if bindings.LogicalTypeGetAlias(t) == "JSON" {
		return described{oid: 114, mod: -1}
	}
	d := described{mod: -1}
	switch id := bindings.GetTypeId(t); id {
	case bindings.TypeList:
		child := bindings.ListTypeChildType(t)
		defer bindings.DestroyLogicalType(&child)
		switch element := describeType(child); element.alias {
		case vectorInt2:
			d.oid = 22
		case vectorOID:
			d.oid = 30
		default:
			d.oid = arrayOIDs[element.oid]
		}
	case bindings.TypeStruct:
		d.oid = 2249 // record
	default:
		d.oid = plainOIDs[id]
		if id == bindings.TypeDecimal && bindings.DecimalScale(t) > 0 {
			d.digits = int32(bindings.DecimalWidth(t))<<16 | int32(bindings.DecimalScale(t))
		}
	}
	return d
}

var plainOIDs = map[bindings.Type]uint32{
	bindings.TypeBoolean: 16, bindings.TypeSmallInt: 21, bindings.TypeInteger: 23, bindings.TypeBigInt: 20,
	bindings.TypeHugeInt: 1700, bindings.TypeFloat: 700, bindings.TypeDouble: 701, bindings.TypeVarchar: 25,
	bindings.TypeDate: 1082, bindings.TypeTimestamp: 1114, bindings.TypeTimestampTZ: 1184, bindings.TypeInterval: 1186,
	bindings.TypeDecimal: 1700, bindings.TypeBlob: 17, bindings.TypeUUID: 2950, bindings.TypeTime: 1083,
	// as internal/pgrows writes what PostgreSQL has not
	bindings.TypeTinyInt: 21, bindings.TypeUTinyInt: 21, bindings.TypeUSmallInt: 23, bindings.TypeUInteger: 20,
	bindings.TypeUBigInt: 1700, bindings.TypeMap: 114,
}

var arrayOIDs = map[uint32]uint32{16: 1000, 18: 1002, 19: 1003, 20: 1016, 21: 1005, 23: 1007, 24: 1008, 25: 1009,
	26:  1028,
	700: 1021, 701: 1022, 1033: 1034, 1043: 1015, 1700: 1231, 2205: 2210, 2206: 2211, 3802: 3807, 114: 199}
