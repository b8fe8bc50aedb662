package flightmeta

import (
	"cmp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/pgrows"
)

// Filter says which tables are asked for. What is nil asks for all.
type Filter struct {
	Catalog       *string // its name
	Schema, Table *string // patterns of LIKE
	Types         []string
}

// The types of tables.
const (
	typeTable = "TABLE"
	typeView  = "VIEW"
)

// Catalogs lists the one catalog of a view, the contract.
func Catalogs(v api.CatalogView) Table { return Table{schema_ref.Catalogs, [][]any{{v.Database}}} }

// TableTypes lists the types of tables.
func TableTypes() Table { return Table{schema_ref.TableTypes, [][]any{{typeTable}, {typeView}}} }

// Schemas lists the schemas that are asked for.
func Schemas(v api.CatalogView, f Filter) Table {
	t := Table{schema: schema_ref.DBSchemas}
	for _, name := range slices.Sorted(slices.Values(v.Schemas)) {
		if f.catalog(v) && like(f.Schema, name) {
			t.rows = append(t.rows, []any{v.Database, name})
		}
	}
	return t
}

// Tables lists the tables that are asked for, with what their columns are where that is asked for, too.
func Tables(v api.CatalogView, f Filter, columns bool) (Table, error) {
	out := Table{schema: schema_ref.Tables}
	if columns {
		out.schema = schema_ref.TablesWithIncludedSchema
	}
	for _, t := range sorted(v) {
		kind := typeTable
		if t.View {
			kind = typeView
		}
		if !f.catalog(v) || !like(f.Schema, t.Schema) || !like(f.Table, t.Name) ||
			len(f.Types) > 0 && !slices.Contains(f.Types, kind) {
			continue
		}
		row := []any{v.Database, t.Schema, t.Name, kind}
		if columns {
			schema, err := arrowio.SchemaStream(pgrows.Schema(columnsOf(t)))
			if err != nil {
				return out, err
			}
			row = append(row, schema)
		}
		out.rows = append(out.rows, row)
	}
	return out, nil
}

func columnsOf(t api.CatalogTable) []pgrows.Column {
	out := make([]pgrows.Column, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = pgrows.Column{Name: c.Name, OID: c.OID, Mod: c.Mod}
	}
	return out
}

// sorted are the tables in the order that FlightSql.proto asks for.
func sorted(v api.CatalogView) []api.CatalogTable {
	return slices.SortedFunc(slices.Values(v.Tables), func(a, b api.CatalogTable) int {
		return cmp.Or(strings.Compare(a.Schema, b.Schema), strings.Compare(a.Name, b.Name))
	})
}

// PrimaryKeys lists the columns of the keys of the tables of exactly these names.
func PrimaryKeys(v api.CatalogView, catalog, schema *string, table string) Table {
	out := Table{schema: schema_ref.PrimaryKeys}
	for _, t := range sorted(v) {
		if !(Filter{Catalog: catalog}).catalog(v) || schema != nil && *schema != t.Schema || t.Name != table {
			continue
		}
		for i, c := range t.Key {
			out.rows = append(out.rows, []any{v.Database, t.Schema, t.Name, c, int32(i + 1), t.Name + "_pkey"})
		}
	}
	return out
}

// ForeignKeys lists none: keys do not lead from one table to another here.
func ForeignKeys() Table { return Table{schema: schema_ref.ImportedExportedKeysAndCrossReference} }

func (f Filter) catalog(v api.CatalogView) bool { return f.Catalog == nil || *f.Catalog == v.Database }

// like reports whether a name is as a pattern of LIKE says: % stands for any text, _ for one character, and \ takes
// either for itself.
func like(pattern *string, name string) bool {
	if pattern == nil {
		return true
	}
	return matches([]rune(*pattern), []rune(name))
}

// matches compares from the left; at a mismatch the last % takes one character more.
func matches(p, s []rune) bool {
	star, from := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '%':
			star, from = i, j
			i++
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == s[j]:
			i, j = i+2, j+1
		case i < len(p) && p[i] != '\\' && (p[i] == '_' || p[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '%' {
		i++
	}
	return i == len(p)
}
