package flightsql

import (
	"context"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/yumen-data/yumen/internal/flightmeta"
)

// metadata is the table that a command asks for, where it asks for what the server says of itself or of what there is.
// The ticket of such a table is the command itself: it gives whoever shows it what they may see.
func (s *session) metadata(ctx context.Context, command proto.Message) (t flightmeta.Table, ok bool, err error) {
	switch c := command.(type) {
	case *flight.CommandGetSqlInfo:
		return flightmeta.Infos(infos(version()), c.GetInfo()), true, nil
	case *flight.CommandGetXdbcTypeInfo:
		return flightmeta.Types(c.DataType), true, nil
	case *flight.CommandGetTableTypes:
		return flightmeta.TableTypes(), true, nil
	case *flight.CommandGetExportedKeys, *flight.CommandGetImportedKeys, *flight.CommandGetCrossReference:
		return flightmeta.ForeignKeys(), true, nil
	case *flight.CommandGetCatalogs, *flight.CommandGetDbSchemas, *flight.CommandGetTables,
		*flight.CommandGetPrimaryKeys:
		t, err := s.shown(ctx, command)
		return t, true, err
	}
	return t, false, nil
}

// shown is a table of what the session may see.
func (s *session) shown(ctx context.Context, command proto.Message) (flightmeta.Table, error) {
	fork := s.fork()
	view, err := fork.View(ctx)
	if err != nil {
		return flightmeta.Table{}, err
	}
	switch c := command.(type) {
	case *flight.CommandGetDbSchemas:
		return flightmeta.Schemas(view, flightmeta.Filter{Catalog: c.Catalog, Schema: c.DbSchemaFilterPattern}), nil
	case *flight.CommandGetTables:
		return flightmeta.Tables(view, flightmeta.Filter{Catalog: c.Catalog, Schema: c.DbSchemaFilterPattern,
			Table: c.TableNameFilterPattern, Types: c.GetTableTypes()}, c.GetIncludeSchema())
	case *flight.CommandGetPrimaryKeys:
		return flightmeta.PrimaryKeys(view, c.Catalog, c.DbSchema, c.GetTable()), nil
	}
	return flightmeta.Catalogs(view), nil
}

// version is that of the program.
func version() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		return b.Main.Version
	}
	return ""
}

// infos are what the server says of itself. Where a client cannot tell from them what is refused, the refusal does.
func infos(version string) []flightmeta.Info {
	n := func(i flight.SqlInfo) uint32 { return uint32(i) }
	return []flightmeta.Info{
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_NAME), Value: "Yumen"},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_VERSION), Value: version},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_ARROW_VERSION), Value: "18.8.0"},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_READ_ONLY), Value: true},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_SQL), Value: true},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_SUBSTRAIT), Value: false},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_TRANSACTION),
			Value: int32(flight.SqlSupportedTransaction_SQL_SUPPORTED_TRANSACTION_NONE)},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_CANCEL), Value: true},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_BULK_INGESTION), Value: false},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT), Value: int32(0)},
		{Number: n(flight.SqlInfo_FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT), Value: int32(0)},
		{Number: n(flight.SqlInfo_SQL_DDL_CATALOG), Value: false},
		{Number: n(flight.SqlInfo_SQL_DDL_SCHEMA), Value: false},
		{Number: n(flight.SqlInfo_SQL_DDL_TABLE), Value: false},
		{Number: n(flight.SqlInfo_SQL_IDENTIFIER_CASE),
			Value: int64(flight.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_LOWERCASE)},
		{Number: n(flight.SqlInfo_SQL_IDENTIFIER_QUOTE_CHAR), Value: `"`},
		{Number: n(flight.SqlInfo_SQL_QUOTED_IDENTIFIER_CASE),
			Value: int64(flight.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)},
		{Number: n(flight.SqlInfo_SQL_ALL_TABLES_ARE_SELECTABLE), Value: true},
		{Number: n(flight.SqlInfo_SQL_SEARCH_STRING_ESCAPE), Value: `\`},
		{Number: n(flight.SqlInfo_SQL_SCHEMA_TERM), Value: "schema"},
		{Number: n(flight.SqlInfo_SQL_CATALOG_TERM), Value: "contract"},
		{Number: n(flight.SqlInfo_SQL_KEYWORDS), Value: []string{}},
		{Number: n(flight.SqlInfo_SQL_SELECT_FOR_UPDATE_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_STORED_PROCEDURES_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_TRANSACTIONS_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_SAVEPOINTS_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_BATCH_UPDATES_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_NAMED_PARAMETERS_SUPPORTED), Value: false},
		{Number: n(flight.SqlInfo_SQL_MAX_STATEMENT_LENGTH), Value: int64(1 << 20)},
	}
}
