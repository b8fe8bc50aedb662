package duck

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen/internal/task"
)

// stateless reports whether a statement can neither leave anything in a database nor find anything that another one
// left: one SELECT over the session's views, made of nothing but what is listed here. The engine's own parser says what
// the text is. The list is that of what Yumen emits, so that everything else merely costs a database of its own.
func (e *engine) stateless(ctx context.Context, sql string, views []task.View) bool {
	batch, err := e.one(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", sql)
	if err != nil {
		return false
	}
	defer batch.Release()
	var tree struct {
		Error      bool  `json:"error"`
		Statements []any `json:"statements"`
	}
	col, ok := batch.Column(0).(*array.String)
	if !ok || col.IsNull(0) || json.Unmarshal([]byte(col.Value(0)), &tree) != nil || tree.Error ||
		len(tree.Statements) != 1 {
		return false
	}
	s := statelessTree{tables: map[string]bool{}}
	for _, v := range views {
		s.tables[strings.ToLower(v.Name)] = true
	}
	return s.queries(tree.Statements[0]) && s.all(tree.Statements[0])
}

// statelessTree walks a statement as the engine writes it in JSON. What it does not know, it does not let pass.
type statelessTree struct {
	tables map[string]bool // views and WITH queries, in lower case
}

// queries notes the names of WITH queries. A name of the engine's own catalog is refused, because outside the query
// that it belongs to it would be the engine's.
func (s statelessTree) queries(v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !s.queries(x) })
	case map[string]any:
		if key, ok := v["key"].(string); ok {
			if !ownName(key) {
				return false
			}
			s.tables[strings.ToLower(key)] = true
		}
		for _, x := range v {
			if !s.queries(x) {
				return false
			}
		}
	}
	return true
}

// ownName reports whether a name cannot be one of the engine's own views and no file's: letters, digits and
// underscores, without the beginnings that those have.
func ownName(name string) bool {
	name = strings.ToLower(name)
	for _, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return !slices.ContainsFunc(engineNames, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

var engineNames = []string{"duckdb_", "pg_", "pragma_", "sqlite_"}

func (s statelessTree) all(v any) bool {
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !s.all(x) })
	case map[string]any:
		if !s.node(v) {
			return false
		}
		for _, x := range v {
			if !s.all(x) {
				return false
			}
		}
	}
	return true
}

func (s statelessTree) node(n map[string]any) bool {
	for _, empty := range []string{"catalog", "schema_name", "catalog_name"} {
		if text, _ := n[empty].(string); text != "" {
			return false
		}
	}
	if schema, _ := n["schema"].(string); schema != "" && schema != "main" { // of a function; EXTRACT says main
		return false
	}
	if n["sample"] != nil || n["at_clause"] != nil {
		return false
	}
	if name, ok := n["function_name"].(string); ok && !statelessFunctions[name] {
		return false
	}
	if name, ok := n["table_name"].(string); ok && !s.tables[strings.ToLower(name)] {
		return false
	}
	if class, ok := n["class"].(string); ok {
		return statelessClasses[class]
	}
	if id, ok := n["id"].(string); ok {
		return statelessTypes[id]
	}
	if kind, ok := n["type"].(string); ok {
		return statelessNodes[kind]
	}
	return true
}

func setOf(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

var (
	statelessClasses = setOf(
		"COLUMN_REF CONSTANT FUNCTION COMPARISON CONJUNCTION CASE CAST OPERATOR BETWEEN SUBQUERY STAR WINDOW LAMBDA")
	statelessNodes = setOf(`SELECT_NODE SET_OPERATION_NODE LIMIT_MODIFIER ORDER_MODIFIER DISTINCT_MODIFIER ASCENDING
		DESCENDING ORDER_DEFAULT
		EMPTY BASE_TABLE SUBQUERY JOIN EXPRESSION_LIST DECIMAL_TYPE_INFO`)
	statelessTypes = setOf(`NULL BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT
		FLOAT DOUBLE DECIMAL VARCHAR
		DATE TIMESTAMP INTERVAL INTEGER_LITERAL STRING_LITERAL`)
	statelessFunctions = setOf(`
		+ - * / // % || ~~ !~~ ~~* !~~* abs sign round floor ceil ceiling sqrt ln log log10 log2 greatest least
		nullif lower lcase upper ucase trim ltrim rtrim length len substr substring left right strpos instr
		starts_with prefix ends_with suffix contains concat concat_ws isfinite split_part date_part datepart date_trunc datetrunc
		date_diff datediff last_day dayname monthname strftime year quarter month week day hour minute second
		dayofweek isodow dayofyear decade century isoyear weekofyear dayofmonth weekday count count_star sum avg
		mean min max stddev stddev_samp stddev_pop variance var_samp var_pop bool_and bool_or bit_or list_sum list_max
		list_min list_filter list_transform range map_entries
		histogram map_values string_agg hash list_concat list_slice list_extract list_resize list_aggregate
		exp power pow trunc strlen replace lpad rpad regexp_matches regexp_full_match regexp_extract regexp_replace
		epoch date_sub datesub
		to_years to_months to_weeks to_days to_hours to_minutes to_seconds row_number rank dense_rank`)
)
