package duck

import "strings"

// nameColumns gives the columns of a select list the names that PostgreSQL gives them, where the text gives none, and
// makes NULL alone a text.
func (t *catalogTree) nameColumns(n node) {
	list, _ := n["select_list"].([]any)
	for i, x := range list {
		item, ok := x.(node)
		if !ok {
			continue
		}
		if wordOf(item, "alias") == "" && item["class"] != "STAR" && item["class"] != "COLUMN_REF" {
			name, _ := columnName(item)
			if name == "" {
				name = "?column?"
			}
			item["alias"] = name
		}
		if value, ok := item["value"].(node); ok && item["class"] == "CONSTANT" && value["is_null"] == true {
			cast := castTo(item, node{"id": "VARCHAR", "type_info": nil})
			cast["alias"], item["alias"] = item["alias"], ""
			list[i] = cast
		}
	}
}

// functionNames are what PostgreSQL calls functions that DuckDB's parser renames.
var functionNames = map[string]string{"count_star": "count", "list_value": "array", "trim": "btrim", "mean": "avg",
	"struct_pack": "row", "arg_max": "max", "pg_current_user": "current_user", "pg_session_user": "session_user",
	"pg_user": "user", "pg_current_role": "current_role", "pg_current_catalog": "current_catalog",
	"pg_current_schema": "current_schema", "date_part": "extract"}

// typeNames are what PostgreSQL calls types after which a cast is named.
var typeNames = map[string]string{"VARCHAR": "text", "INTEGER": "int4", "BIGINT": "int8", "SMALLINT": "int2",
	"BOOLEAN": "bool",
	"DOUBLE":  "float8", "FLOAT": "float4", "DECIMAL": "numeric", "DATE": "date", "TIMESTAMP": "timestamp",
	"TIMESTAMP WITH TIME ZONE": "timestamptz", "pg_oid": "oid", "pg_name": "name", "pg_char": "char",
	"pg_varchar": "varchar",
	"pg_bpchar":  "bpchar"}

// columnName returns the name of a column after FigureColname of PostgreSQL's parse_target.c, and whether it is more
// than the name of a type or a form.
func columnName(n node) (name string, strong bool) {
	switch n["class"] {
	case "COLUMN_REF":
		names, _ := n["column_names"].([]any)
		if len(names) == 0 {
			return "", false
		}
		name, _ = names[len(names)-1].(string)
		return name, true
	case "FUNCTION", "WINDOW":
		return functionName(n)
	case "CAST":
		child, _ := n["child"].(node)
		if name, strong := columnName(child); strong {
			return name, true
		}
		name := typeName(n["cast_type"])
		if known := typeNames[name]; known != "" {
			name = known
		}
		return strings.ToLower(name), false
	case "CASE":
		other, _ := n["else_expr"].(node)
		if name, strong := columnName(other); strong {
			return name, true
		}
		return "case", false
	case "SUBQUERY":
		return subqueryName(n)
	case "OPERATOR":
		return operatorName(n)
	case "COLLATE":
		child, _ := n["child"].(node)
		return columnName(child)
	}
	return "", false
}

func functionName(n node) (string, bool) {
	name := strings.ToLower(wordOf(n, "function_name"))
	children, _ := n["children"].([]any)
	switch {
	case name == "array_extract" || name == "list_extract" || name == "array_slice" || name == "list_slice":
		child, _ := children[0].(node)
		return columnName(child)
	case name == "struct_extract":
		if field, ok := children[1].(node)["value"].(node); ok {
			return wordOf(field, "value"), true
		}
	case functionNames[name] != "":
		return functionNames[name], true
	case !letters(name) || strings.HasSuffix(name, "like_escape") || n["is_operator"] == true ||
		strings.HasPrefix(name, "regexp_full"):
		return "", false
	}
	return name, true
}

func subqueryName(n node) (string, bool) {
	switch n["subquery_type"] {
	case "EXISTS", "NOT_EXISTS":
		return "exists", true
	case "SCALAR":
		query, _ := n["subquery"].(node)
		sel, _ := query["node"].(node)
		if list, _ := sel["select_list"].([]any); len(list) == 1 {
			item, _ := list[0].(node)
			if isArray(item) {
				return "array", true
			}
			if alias := wordOf(item, "alias"); alias != "" {
				return alias, true
			}
			return columnName(item)
		}
	}
	return "", false
}

// isArray reports whether an expression is what the parser makes of ARRAY(subquery).
func isArray(n node) bool {
	other, _ := n["else_expr"].(node)
	children, _ := other["children"].([]any)
	if n["class"] != "CASE" || len(children) != 1 {
		return false
	}
	child, _ := children[0].(node)
	return child["class"] == "POSITIONAL_REFERENCE"
}

func operatorName(n node) (string, bool) {
	children, _ := n["children"].([]any)
	switch n["type"] {
	case "OPERATOR_COALESCE":
		return "coalesce", true
	case "OPERATOR_NULLIF":
		return "nullif", true
	case "ARRAY_CONSTRUCTOR":
		return "array", true
	case "ARRAY_EXTRACT", "ARRAY_SLICE":
		child, _ := children[0].(node)
		return columnName(child)
	case "STRUCT_EXTRACT":
		if field, ok := children[1].(node)["value"].(node); ok {
			return wordOf(field, "value"), true
		}
	}
	return "", false
}
