package duck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// catalogTree is the parse tree of a statement over the catalog, as the engine writes it in JSON: checked, so that it
// can name nothing but the catalog and functions of PostgreSQL, and changed where DuckDB means something else by it.
type catalogTree struct {
	database  string          // names may be qualified with it
	relations map[string]bool // of the catalog, as schema.name or name
	functions map[string]bool // of PostgreSQL, and ours
	queries   map[string]bool // names of WITH queries
	procs     map[string]bool // columns of type regproc
	params    []uint32        // oids of parameters as the client says; 0 where it leaves them open
	casts     map[int]uint32  // by number, oids of the types that the text casts parameters to
	changes   bool            // the answer depends on more than view, text and parameters
	refusal   *refused
}

// refused is why a statement cannot be answered, in PostgreSQL's terms.
type refused struct{ state, message, chinese string }

func (t *catalogTree) refuse(state, message, chinese string) {
	if t.refusal == nil {
		t.refusal = &refused{state, message, chinese}
	}
}

// node is an object of the tree.
type node = map[string]any

// names collects the names of WITH queries.
func (t *catalogTree) names(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			t.names(x)
		}
	case node:
		if key, ok := v["key"].(string); ok {
			t.queries[strings.ToLower(key)] = true
		}
		for _, x := range v {
			t.names(x)
		}
	}
}

// adapt checks and changes a part of the tree, from below, and returns what takes its place.
func (t *catalogTree) adapt(v any) any {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			v[i] = t.adapt(x)
		}
		return v
	case node:
		if v["type"] == "SELECT_NODE" {
			t.nameColumns(v)
		}
		if c, ok := v["class"].(string); ok && c == "CAST" {
			t.castArray(v)
		}
		for key, x := range v {
			v[key] = t.adapt(x)
		}
		return t.adaptNode(v)
	}
	return v
}

func (t *catalogTree) adaptNode(n node) any {
	switch n["type"] {
	case "BASE_TABLE":
		t.table(n)
	case "TABLE_FUNCTION":
		t.tableFunction(n)
	case "SHOW_REF", "PIVOT", "COLUMN_DATA", "DELIM_GET":
		t.refuse("0A000", "this form is not supported here", "此处不支持此形式")
	}
	switch n["class"] {
	case "FUNCTION", "WINDOW":
		return t.function(n)
	case "CAST":
		return t.cast(n)
	case "COLLATE":
		return n["child"]
	case "COLUMN_REF": // a word for the time is one where no column has its name
		name, _ := columnName(n)
		t.changes = t.changes || changing[strings.ToLower(name)]
	case "PARAMETER":
		return t.parameter(n)
	case "COMPARISON":
		t.noFunction(n)
	}
	return n
}

func wordOf(n node, key string) string { s, _ := n[key].(string); return s }

func (t *catalogTree) table(n node) {
	schema, name := strings.ToLower(wordOf(n, "schema_name")), strings.ToLower(wordOf(n, "table_name"))
	full := name
	if schema != "" {
		full = schema + "." + name
	}
	if schema != "" && wordOf(n, "catalog_name") == t.database {
		n["catalog_name"] = ""
	}
	if wordOf(n, "catalog_name") == "" && (t.relations[full] || schema == "" && t.queries[name]) {
		return
	}
	shown := strings.Replace(full, infoSchema+".", "information_schema.", 1)
	t.refuse("42P01", `relation "`+shown+`" does not exist`, "关系“"+shown+"”不存在")
}

// tableFunction checks a function in FROM. In PostgreSQL its only column has the name of its alias, and a series of
// integers is of type integer.
func (t *catalogTree) tableFunction(n node) {
	f, _ := n["function"].(node)
	if cast, ok := f["child"].(node); ok { // what became of a series
		children, _ := cast["children"].([]any)
		f, _ = children[0].(node)
		f["function_name"] = "pg_generate_series"
		n["function"] = f
	} else if !tableFunctions[wordOf(f, "function_name")] {
		t.unknownFunction(wordOf(f, "function_name"))
	}
	alias := wordOf(n, "alias")
	if names, _ := n["column_name_alias"].([]any); len(names) == 0 && alias != "" {
		n["column_name_alias"] = []any{alias}
	}
}

func (t *catalogTree) unknownFunction(name string) {
	t.refuse("42883", "function "+name+" does not exist", "函数 "+name+" 不存在")
}

var tableFunctions = setOf("generate_series unnest generate_subscripts pg_get_keywords pg_timezone_abbrevs current_schemas")

// noFunction changes a comparison of a regproc with 0, which here is its name, "-".
func (t *catalogTree) noFunction(n node) {
	left, _ := n["left"].(node)
	right, _ := n["right"].(node)
	if name, _ := columnName(left); left["class"] != "COLUMN_REF" || !t.procs[name] {
		return
	}
	if value, _ := right["value"].(node); fmt.Sprint(value["value"]) == "0" {
		n["right"] = constant("-")
	}
}

// changing are functions, and words without parentheses, whose value is another one each time.
var changing = setOf(`now current_timestamp current_date current_time localtime localtimestamp clock_timestamp
	statement_timestamp transaction_timestamp timeofday today age random setseed gen_random_uuid get_current_timestamp`)

// parameter gives a parameter the type that the client says.
func (t *catalogTree) parameter(n node) any {
	i, err := strconv.Atoi(wordOf(n, "identifier"))
	if err != nil || i < 1 || i > len(t.params) {
		return n
	}
	if typ := typeNode(t.params[i-1]); typ != nil {
		return castTo(n, typ)
	}
	return n
}

// typeNode is a type in the tree, by its oid, and nil for one that is left to the statement.
func typeNode(oid uint32) node {
	for element, array := range arrayOIDs {
		if array != oid {
			continue
		}
		if inner := typeNode(element); inner != nil {
			return listNode(inner)
		}
	}
	if id := parameterTypes[oid]; strings.HasPrefix(id, "pg_") {
		return node{"id": "UNBOUND",
			"type_info": node{"type": "UNBOUND_TYPE_INFO", "alias": "", "extension_info": nil, "name": id,
				"catalog": "", "schema": "", "user_type_modifiers": []any{}}}
	} else if id != "" {
		return node{"id": id, "type_info": nil}
	}
	return nil
}

func listNode(element node) node {
	return node{"id": "LIST", "type_info": node{"type": "LIST_TYPE_INFO", "alias": "", "extension_info": nil,
		"child_type": element}}
}

var parameterTypes = map[uint32]string{114: "pg_json", 16: "BOOLEAN", 18: "pg_char", 19: "pg_name", 20: "BIGINT",
	21: "SMALLINT", 23: "INTEGER",
	25: "VARCHAR", 26: "pg_oid", 700: "FLOAT", 701: "DOUBLE", 1043: "VARCHAR", 1082: "DATE", 1114: "TIMESTAMP"}

// textArguments are functions whose arguments DuckDB does not take where they are of a type of ours: how many of the
// first are text.
var textArguments = map[string]int{"lower": 1, "upper": 1, "~~": 2, "!~~": 2, "~~*": 2, "!~~*": 2, "like_escape": 3,
	"not_like_escape": 3,
	"ilike_escape":    3, "not_ilike_escape": 3, "regexp_matches": 2, "regexp_replace": 3, "length": 1,
	"char_length":  1,
	"octet_length": 1, "left": 1, "right": 1,
	"substring": 1, "substr": 1, "replace": 3, "position": 2, "strpos": 2, "starts_with": 2, "split_part": 2,
	"string_to_array": 2,
	"ascii":           1, "reverse": 1, "lpad": 1, "rpad": 1, "repeat": 1, "md5": 1, "trim": 2, "ltrim": 2, "rtrim": 2,
	"initcap": 1}

// patterns are what DuckDB makes of operators of patterns: options, and whether the answer is turned round.
var patterns = map[string]struct {
	options string
	not     bool
}{"regexp_full_match": {}, "~": {}, "!~": {not: true}, "~*": {options: "i"}, "!~*": {options: "i", not: true}}

// likes are LIKE and its kin with an escape character, which in PostgreSQL is a backslash where the text says none.
var likes = map[string]string{"~~": "like_escape", "!~~": "not_like_escape", "~~*": "ilike_escape",
	"!~~*": "not_ilike_escape"}

// function checks and changes a call.
func (t *catalogTree) function(n node) any {
	name := strings.ToLower(wordOf(n, "function_name"))
	if schema := wordOf(n, "schema"); schema != "" && schema != "main" &&
		(schema != infoSchema || name != "_pg_expandarray") {
		t.unknownFunction(schema + "." + name)
	}
	t.changes = t.changes || changing[name]
	children, _ := n["children"].([]any)
	if p, ok := patterns[name]; ok && len(children) == 2 {
		if p.options != "" {
			children = append(children, constant(p.options))
		}
		n["function_name"], n["children"], n["is_operator"], name = "regexp_matches", children, false, "regexp_matches"
		castText(children, 2)
		if p.not {
			return node{"class": "OPERATOR", "type": "OPERATOR_NOT", "alias": n["alias"],
				"query_location": n["query_location"],
				"children":       []any{unaliased(n)}}
		}
		return n
	}
	if escaped := likes[name]; escaped != "" && len(children) == 2 {
		children, name = append(children, constant(`\`)), escaped
		n["function_name"], n["children"], n["is_operator"] = name, children, false
	}
	if letters(name) && !t.functions[name] {
		t.unknownFunction(name)
	}
	castText(children, textArguments[name])
	switch name {
	case "json_build_object":
		return jsonObject(n, children)
	case "&":
		for i := range children {
			children[i] = castTo(children[i].(node), node{"id": "INTEGER", "type_info": nil})
		}
	case "generate_series":
		series := castTo(call("", "unnest", "", n), node{"id": "INTEGER", "type_info": nil})
		series["alias"], n["alias"] = n["alias"], ""
		return series
	}
	if name == "unnest" && len(children) == 1 {
		if c, ok := children[0].(node); ok && c["class"] == "PARAMETER" {
			children[0] = castTo(c, listNode(node{"id": "VARCHAR", "type_info": nil}))
		}
	}
	return n
}

func unaliased(n node) node { n["alias"] = ""; return n }

func letters(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r == '_' || r >= 'a' && r <= 'z' }) >= 0
}

func castText(children []any, first int) {
	for i := range min(first, len(children)) {
		if c, ok := children[i].(node); ok && c["class"] != "CONSTANT" {
			children[i] = castTo(c, node{"id": "VARCHAR", "type_info": nil})
		}
	}
}

func castTo(child node, typ node) node {
	return node{"class": "CAST", "type": "OPERATOR_CAST", "alias": "", "query_location": child["query_location"],
		"child": child, "cast_type": typ, "try_cast": false}
}

func constant(value string) node {
	return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": 0,
		"value": node{"type": node{"id": "VARCHAR", "type_info": nil}, "is_null": false, "value": value}}
}

func call(schema, name string, alias any, children ...any) node {
	return node{"class": "FUNCTION", "type": "FUNCTION", "alias": alias, "query_location": 0, "function_name": name,
		"schema": schema, "children": children, "filter": nil,
		"order_bys": node{"type": "ORDER_MODIFIER", "orders": []any{}},
		"distinct":  false, "is_operator": false, "export_state": false, "catalog": ""}
}

// jsonObject writes json_build_object as PostgreSQL does. DuckDB's own function does not tell its type while there are
// parameters.
func jsonObject(n node, children []any) node {
	list := []any{constant("{")}
	for i := 0; i+1 < len(children); i += 2 {
		before := `"`
		if i > 0 {
			before = `, "`
		}
		key, _ := children[i].(node)
		list = append(list, constant(before), castTo(key, node{"id": "VARCHAR", "type_info": nil}), constant(`" : `),
			call("own", "json_value", "", children[i+1]))
	}
	text := call("", "concat", "", append(list, constant("}"))...)
	cast := castTo(text, typeNode(114))
	cast["alias"] = n["alias"]
	return cast
}

// typeName returns the name of a type that is not DuckDB's, or its id.
func typeName(n any) string {
	typ, _ := n.(node)
	if info, ok := typ["type_info"].(node); ok {
		if name := wordOf(info, "name"); name != "" {
			return strings.ToLower(name)
		}
	}
	return wordOf(typ, "id")
}

// registers are types that stand for objects and are carried by oids: the function that finds one by its name.
var registers = map[string]string{"regclass": "to_regclass", "regtype": "to_regtype", "regnamespace": "to_regnamespace",
	"regrole": "to_regrole"}

// cast changes casts to and from types that stand for objects.
func (t *catalogTree) cast(n node) any {
	child, _ := n["child"].(node)
	name := typeName(n["cast_type"])
	if finder := registers[name]; finder != "" && child != nil && isText(child) {
		return call("", finder, n["alias"], child)
	}
	if value, _ := child["value"].(node); name == "regproc" && child["class"] == "CONSTANT" { // its name, without the schema
		if s, ok := value["value"].(string); ok {
			value["value"] = strings.TrimPrefix(s, "pg_catalog.")
		}
	}
	if from := registerOf(child); from != "" && (name == "VARCHAR" || name == "pg_varchar" || name == "pg_name") {
		n["child"] = call("own", from+"_name", "", child)
	}
	return n
}

// registerOf returns the type of objects that an expression is of by its form, or "".
func registerOf(n node) string {
	name := wordOf(n, "function_name")
	for register, finder := range registers {
		if n["class"] == "CAST" && typeName(n["cast_type"]) == register || n["class"] == "FUNCTION" && name == finder {
			return register
		}
	}
	return ""
}

// isText reports whether an expression is text by its form.
func isText(n node) bool {
	switch n["class"] {
	case "PARAMETER":
		return true
	case "CONSTANT":
		value, _ := n["value"].(node)
		return typeName(value["type"]) == "VARCHAR" || typeName(value["type"]) == "STRING_LITERAL"
	case "CAST":
		return slices.Contains([]string{"VARCHAR", "pg_varchar", "pg_name"}, typeName(n["cast_type"]))
	case "FUNCTION":
		return slices.Contains([]string{"||", "quote_ident", "concat", "format"}, wordOf(n, "function_name"))
	}
	return false
}

// castOIDs are the types that a cast gives a parameter.
var castOIDs = map[string]uint32{"BOOLEAN": 16, "BIGINT": 20, "SMALLINT": 21, "INTEGER": 23, "VARCHAR": 25,
	"FLOAT":  700,
	"DOUBLE": 701, "DATE": 1082, "TIMESTAMP": 1114, "pg_oid": 26, "pg_name": 19, "pg_char": 18, "pg_varchar": 1043,
	"pg_bpchar": 1042}

// castArray changes '{a,b}' in front of a cast to the form that DuckDB has, and notes the type of a parameter there.
func (t *catalogTree) castArray(n node) {
	child, _ := n["child"].(node)
	if i, err := strconv.Atoi(wordOf(child, "identifier")); err == nil && child["class"] == "PARAMETER" {
		t.casts[i] = castOIDs[typeName(n["cast_type"])]
	}
	value, _ := child["value"].(node)
	typ, _ := n["cast_type"].(node)
	s, _ := value["value"].(string)
	if child["class"] != "CONSTANT" || len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' || !isList(typ) {
		return
	}
	value["value"] = "[" + s[1:len(s)-1] + "]"
}

func isList(typ node) bool {
	info, _ := typ["type_info"].(node)
	return wordOf(typ, "id") == "LIST" || strings.EqualFold(wordOf(info, "name"), "list") ||
		wordOf(info, "type") == "LIST_TYPE_INFO"
}
