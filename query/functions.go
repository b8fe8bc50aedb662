package query

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// function is one entry of the allow-list of scalar functions and operators. Every one is deterministic, works on one row,
// reads nothing but its arguments, and takes time and space bounded by theirs.
type function struct {
	// params has a letter for each argument: n number, i integer, t text, d date or timestamp, b boolean, x any type (all x of a call
	// must agree), v any type on its own; N, I, T the same as constants. '?' after a letter makes it optional, '*' repeats it.
	params    string
	result    func(args []*expr) sqlType
	condition bool // its value is a condition: inside an aggregate it selects rows
	fails     bool // it can fail on some values, and is wrapped in TRY
	why       string
	names     []string // for a constant argument T: the values allowed, in lower case
}

func always(t sqlType) func([]*expr) sqlType { return func([]*expr) sqlType { return t } }

func sameAs(i int) func([]*expr) sqlType {
	return func(args []*expr) sqlType { return args[i].typ }
}

func unified(args []*expr) sqlType {
	t := tNull
	for _, a := range args {
		t, _ = unify(t, a.typ)
	}
	return t
}

const (
	whyCompare = "compares; its columns need the use filter inside aggregates and WHERE"
	whyNumber  = "arithmetic on one row"
	whyText    = "takes a text apart or compares it; never makes it longer than its arguments together"
	whyDate    = "a part or a coarsening of a date; the part is a constant"
	whyNull    = "handles NULL on one row"
)

var dateParts = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "dayofweek", "dow", "isodow", "dayofyear", "doy", "decade", "century", "isoyear"}

// functions is the allow-list, by canonical name.
var functions = map[string]*function{
	"=": comparison(), "<>": comparison(), "<": comparison(), ">": comparison(), "<=": comparison(), ">=": comparison(),
	"is distinct from": comparison(), "is not distinct from": comparison(),
	"between": {params: "xxx", result: always(tBool), condition: true, why: whyCompare},
	"in":      {params: "xx*", result: always(tBool), condition: true, why: whyCompare},
	"not in":  {params: "xx*", result: always(tBool), condition: true, why: whyCompare},
	"is null": {params: "v", result: always(tBool), condition: true, why: whyCompare}, "is not null": {params: "v", result: always(tBool), condition: true, why: whyCompare},
	"and": {params: "bb*", result: always(tBool), condition: true, why: whyCompare}, "or": {params: "bb*", result: always(tBool), condition: true, why: whyCompare},
	"not":  {params: "b", result: always(tBool), condition: true, why: whyCompare},
	"like": {params: "tT", result: always(tBool), condition: true, why: whyCompare}, "not like": {params: "tT", result: always(tBool), condition: true, why: whyCompare},
	"ilike": {params: "tT", result: always(tBool), condition: true, why: whyCompare}, "not ilike": {params: "tT", result: always(tBool), condition: true, why: whyCompare},
	"starts_with": {params: "tT", result: always(tBool), condition: true, why: whyCompare},
	"ends_with":   {params: "tT", result: always(tBool), condition: true, why: whyCompare},
	"contains":    {params: "tT", result: always(tBool), condition: true, why: whyCompare},

	"coalesce": {params: "xx*", result: unified, why: whyNull},
	"nullif":   {params: "xx", result: sameAs(0), why: whyNull},
	"try":      {params: "v", result: sameAs(0), fails: true, why: whyNull},

	"+": {params: "x?x", result: nil, fails: true, why: whyNumber}, "-": {params: "x?x", result: nil, fails: true, why: whyNumber},
	"*": {params: "nn", result: nil, fails: true, why: whyNumber}, "/": {params: "nn", result: always(tDouble), why: whyNumber},
	"//": {params: "ii", result: always(tInt), fails: true, why: whyNumber}, "%": {params: "ii", result: always(tInt), fails: true, why: whyNumber},
	"abs": {params: "n", result: sameAs(0), fails: true, why: whyNumber}, "sign": {params: "n", result: always(tInt), why: whyNumber},
	"round": {params: "nI?", result: rounded, fails: true, why: whyNumber},
	"floor": {params: "n", result: whole, fails: true, why: whyNumber}, "trunc": {params: "n", result: whole, fails: true, why: whyNumber}, "ceil": {params: "n", result: whole, fails: true, why: whyNumber},
	"sqrt": {params: "n", result: always(tDouble), fails: true, why: whyNumber}, "ln": {params: "n", result: always(tDouble), fails: true, why: whyNumber},
	"log10": {params: "n", result: always(tDouble), fails: true, why: whyNumber}, "log2": {params: "n", result: always(tDouble), fails: true, why: whyNumber},
	"greatest": {params: "xx*", result: unified, why: whyNumber}, "least": {params: "xx*", result: unified, why: whyNumber},

	"lower": {params: "t", result: always(tText), why: whyText}, "upper": {params: "t", result: always(tText), why: whyText},
	"trim": {params: "tT?", result: always(tText), why: whyText}, "ltrim": {params: "tT?", result: always(tText), why: whyText},
	"rtrim": {params: "tT?", result: always(tText), why: whyText}, "length": {params: "t", result: always(tInt), why: whyText},
	"substr": {params: "tii?", result: always(tText), fails: true, why: whyText}, "left": {params: "ti", result: always(tText), fails: true, why: whyText},
	"right": {params: "ti", result: always(tText), fails: true, why: whyText}, "strpos": {params: "tT", result: always(tInt), why: whyText},
	"split_part": {params: "tTI", result: always(tText), fails: true, why: whyText},
	"||":         {params: "vv", result: always(tText), why: whyText}, "concat": {params: "v*", result: always(tText), why: whyText},

	"date_part":  {params: "Td", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"date_trunc": {params: "Td", result: always(tTimestamp), fails: true, why: whyDate, names: dateParts},
	"date_diff":  {params: "Tdd", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"date_sub":   {params: "Tdd", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"last_day":   {params: "d", result: always(tDate), fails: true, why: whyDate},
	"dayname":    {params: "d", result: always(tText), fails: true, why: whyDate}, "monthname": {params: "d", result: always(tText), fails: true, why: whyDate},
	"strftime": {params: "dT", result: always(tText), fails: true, why: whyDate},
}

func comparison() *function {
	return &function{params: "xx", result: always(tBool), condition: true, why: whyCompare}
}

// aliases are other spellings of functions on the list.
var aliases = map[string]string{
	"~~": "like", "!~~": "not like", "~~*": "ilike", "!~~*": "not ilike", "prefix": "starts_with", "suffix": "ends_with",
	"ceiling": "ceil", "log": "log10", "@": "abs", "lcase": "lower", "ucase": "upper", "len": "length", "char_length": "length", "character_length": "length",
	"substring": "substr", "position": "strpos", "instr": "strpos", "ifnull": "coalesce", "mod": "%", "datepart": "date_part", "datetrunc": "date_trunc", "datediff": "date_diff", "datesub": "date_sub",
}

// partFunctions are the functions named after the part of a date they return.
var partFunctions = append(slices.Clone(dateParts), "weekofyear", "dayofmonth", "weekday")

var aggregates = map[string]string{
	"count_star": "count", "count": "count", "count_if": "count", "countif": "count", "sum": "sum", "avg": "avg", "mean": "avg", "stddev": "stddev", "stddev_samp": "stddev", "stddev_pop": "stddev_pop",
	"var_samp": "var", "variance": "var", "var_pop": "var_pop",
}

// refusedFunctions groups functions that people try by the reason why they are not on the list.
var refusedFunctions = []struct {
	rule  string
	why   yumen.Text
	fix   yumen.Text
	names []string
}{
	{"function.single-value", yumen.Text{EN: "%s is refused: it returns or reveals one row's value", ZH: "不允许 %s：它会返回或暴露某一行的值"},
		yumen.Text{EN: "use count, sum, avg or stddev", ZH: "请使用 count、sum、avg 或 stddev"},
		strings.Fields("min max median mode any_value first last arbitrary arg_min arg_max argmin argmax min_by max_by arg_min_null arg_max_null list array_agg group_concat string_agg listagg histogram histogram_exact quantile quantile_cont quantile_disc percentile_cont percentile_disc approx_quantile reservoir_quantile approx_top_k bitstring_agg bit_xor bit_and bit_or bool_and bool_or every product kurtosis kurtosis_pop skewness entropy mad geomean geometric_mean sumkahan kahan_sum fsum favg approx_count_distinct map_from_entries sem stddev_kahan")},
	{"function.pair", yumen.Text{EN: "%s is refused: it relates two columns, and no rule bounds what one unit does to it", ZH: "不允许 %s：它关联两列，没有规则约束单个单元对它的影响"},
		yumen.Text{EN: "write it out of sum(x * y), sum(x), sum(y) and count(*), each of which is measured", ZH: "请用 sum(x * y)、sum(x)、sum(y) 和 count(*) 写出，各自均可度量"},
		strings.Fields("covar_pop covar_samp corr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy")},
	{"function.nondeterministic", yumen.Text{EN: "%s is refused: its value changes from run to run, so the answer could not be checked again", ZH: "不允许 %s：其值每次运行都不同，结果无法复核"},
		yumen.Text{EN: "write the date or number you mean", ZH: "请直接写出所需的日期或数字"},
		strings.Fields("random setseed now current_date current_time current_timestamp localtime localtimestamp today get_current_time get_current_timestamp transaction_timestamp uuid uuidv4 uuidv7 gen_random_uuid nextval currval age hash txid_current")},
	{"function.system", yumen.Text{EN: "%s is refused: it reads the engine, its settings, its files or text run at bind time, or fails on purpose", ZH: "不允许 %s：它读取引擎、设置、文件或在绑定时执行文本，或故意失败"},
		yumen.Text{},
		strings.Fields("getenv getvariable current_setting current_schema current_schemas current_database current_catalog current_user session_user user version pg_typeof typeof stats error query query_table read_text read_blob read_csv read_csv_auto read_json read_json_auto read_parquet parquet_scan glob sniff_csv duckdb_tables duckdb_columns duckdb_settings pragma_storage_info current_query current_query_id in_search_path set_config write_log parse_path alias can_cast_implicitly constant_or_null json_serialize_sql json_execute_serialized_sql rowid")},
	{"function.unbounded", yumen.Text{EN: "%s is refused: how long it runs or how much it makes depends on values", ZH: "不允许 %s：其耗时或产出取决于取值"},
		yumen.Text{},
		strings.Fields("repeat range generate_series unnest generate_subscripts lpad rpad format printf bar power pow ^ ** exp factorial !__postfix sleep sleep_ms")},
	{"expression.nested", yumen.Text{EN: "%s is refused: lists, structs and maps carry several values in one cell", ZH: "不允许 %s：列表、结构和映射在一个单元格中携带多个值"},
		yumen.Text{},
		strings.Fields("list_value list_transform list_filter list_reduce list_aggregate list_sort array_value struct_pack struct_extract row map map_extract json_extract json_extract_string json string_split str_split string_to_array regexp_split_to_array regexp_extract_all flatten array_extract list_extract unpivot_list")},
}

// whole is the type of floor and ceil.
func whole(args []*expr) sqlType {
	if t := args[0].typ; t.kind == kDecimal {
		return tDecimal(t.width, 0)
	}
	return args[0].typ
}

// rounded is the type of round: a decimal keeps at most the digits asked for.
func rounded(args []*expr) sqlType {
	t := args[0].typ
	if t.kind != kDecimal {
		return t
	}
	digits := 0
	if len(args) > 1 {
		if l, ok := args[1].constant(); ok && len(l.text) < 4 && !strings.HasPrefix(l.text, "-") {
			for _, c := range l.text {
				digits = digits*10 + int(c-'0')
			}
		}
	}
	return tDecimal(t.width, min(t.scale, digits))
}
