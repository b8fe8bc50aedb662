package duck

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
)

// identifier quotes a name for SQL.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal quotes a text for SQL.
func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

// sqlType returns DuckDB's name of a column type.
func sqlType(t yumen.Type) string {
	switch t {
	case yumen.TypeBoolean:
		return "BOOLEAN"
	case yumen.TypeInteger:
		return "BIGINT"
	case yumen.TypeDouble:
		return "DOUBLE"
	case yumen.TypeDate:
		return "DATE"
	case yumen.TypeTimestamp:
		return "TIMESTAMP"
	}
	if p, s, ok := t.Decimal(); ok {
		return "DECIMAL(" + strconv.Itoa(p) + "," + strconv.Itoa(s) + ")"
	}
	return "VARCHAR"
}

func sqlInt(n int64) string { return strconv.FormatInt(n, 10) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
