package bind

import (
	"strings"

	"github.com/yumen-data/yumen"
)

// refusedFunctions groups functions that people try by the reason why they are not on the list.
var refusedFunctions = []struct {
	rule  string
	why   yumen.Text
	fix   yumen.Text
	names []string
}{
	{"function.single-value", yumen.Text{EN: "%s is refused: it returns or reveals one row's value",
		ZH: "不允许 %s：它会返回或暴露某一行的值"},
		yumen.Text{EN: "use count, sum, avg, stddev, median(x) or quantile_cont(x, 0.9)",
			ZH: "请使用 count、sum、avg、stddev、median(x) 或 quantile_cont(x, 0.9)"},
		strings.Fields("min max any_value first last arbitrary arg_min arg_max argmin argmax min_by max_by arg_min_null arg_max_null list array_agg group_concat string_agg listagg reservoir_quantile bitstring_agg bit_xor bit_and bit_or map_from_entries")},
	{"function.single-value", yumen.Text{EN: "%s is refused: it shows values, however few people have them",
		ZH: "不允许 %s：无论多少人具有，它都会显示取值"},
		yumen.Text{EN: "count each value, the most frequent first: SELECT x, count(*) AS n … GROUP BY x ORDER BY n DESC",
			ZH: "请统计各取值的频数，频数高者在前：SELECT x, count(*) AS n … GROUP BY x ORDER BY n DESC"},
		strings.Fields("mode histogram histogram_exact approx_top_k")},
	{"function.single-row", yumen.Text{EN: "%s is refused: it tells of a single row whether it differs from the others",
		ZH: "不允许 %s：它会暴露是否有某一行与其他行不同"},
		yumen.Text{EN: "count the rows: count(*) FILTER (WHERE …)", ZH: "请计数：count(*) FILTER (WHERE …)"},
		strings.Fields("bool_and bool_or every")},
	{"function.unmeasured", yumen.Text{EN: "%s is refused: no rule bounds what one unit does to it",
		ZH: "不允许 %s：没有规则约束单个单元对它的影响"},
		yumen.Text{EN: "write it out of sum(x), sum(x * x), sum(x * x * x) and count(x), each of which is measured",
			ZH: "请用 sum(x)、sum(x * x)、sum(x * x * x) 和 count(x) 写出，各自均可度量"},
		strings.Fields("kurtosis kurtosis_pop skewness")},
	{"function.unmeasured", yumen.Text{EN: "%s is refused: no rule bounds what one unit does to it",
		ZH: "不允许 %s：没有规则约束单个单元对它的影响"},
		yumen.Text{EN: "use exp(avg(ln(x)))", ZH: "请使用 exp(avg(ln(x)))"},
		strings.Fields("product")},
	{"function.unmeasured", yumen.Text{EN: "%s is refused: no rule bounds what one unit does to it",
		ZH: "不允许 %s：没有规则约束单个单元对它的影响"},
		yumen.Text{EN: "use count(*) with GROUP BY, or stddev(x)", ZH: "请使用带 GROUP BY 的 count(*)，或 stddev(x)"},
		strings.Fields("entropy mad")},
	{"function.nondeterministic",
		yumen.Text{EN: "%s is refused: its value changes from run to run, so the answer could not be checked again",
			ZH: "不允许 %s：其值每次运行都不同，结果无法复核"},
		yumen.Text{EN: "write the number you mean", ZH: "请直接写出所需的数字"},
		strings.Fields("random rand setseed uuid uuidv4 uuidv7 gen_random_uuid nextval currval hash txid_current")},
	{"function.nondeterministic",
		yumen.Text{EN: "%s is refused: the time of day changes from run to run, so the answer could not be checked again",
			ZH: "不允许 %s：时刻每次运行都不同，结果无法复核"},
		yumen.Text{EN: "use current_date, which is the day on which the job was submitted",
			ZH: "请使用 current_date，即任务提交之日"},
		strings.Fields("current_time localtime get_current_time")},
	{"function.nondeterministic", yumen.Text{EN: "%s is refused: an age in years, months and days is no number",
		ZH: "不允许 %s：以年、月、日表示的时长不是数值"},
		yumen.Text{EN: "use year(age(x)), or date_diff('day', x, current_date)",
			ZH: "请使用 year(age(x)) 或 date_diff('day', x, current_date)"},
		strings.Fields("age")},
	{"function.system",
		yumen.Text{EN: "%s is refused: it reads the engine, its settings, its files or text run at bind time, or fails on purpose", ZH: "不允许 %s：它读取引擎、设置、文件或在绑定时执行文本，或故意失败"},
		yumen.Text{},
		strings.Fields("getenv getvariable current_setting current_schema current_schemas current_database current_catalog current_user session_user user version pg_typeof typeof stats error query query_table read_text read_blob read_csv read_csv_auto read_json read_json_auto read_parquet parquet_scan glob sniff_csv duckdb_tables duckdb_columns duckdb_settings pragma_storage_info current_query current_query_id in_search_path set_config write_log parse_path alias can_cast_implicitly constant_or_null json_serialize_sql json_execute_serialized_sql rowid")},
	{"function.unbounded", yumen.Text{EN: "%s is refused: how much it makes depends on values",
		ZH: "不允许 %s：其产出的大小取决于取值"},
		yumen.Text{}, strings.Fields("range generate_series unnest generate_subscripts")},
	{"function.unbounded", yumen.Text{EN: "%s is refused: its values leave every number type from 34 on",
		ZH: "不允许 %s：从 34 起其值超出所有数值类型"},
		yumen.Text{}, strings.Fields("factorial !__postfix")},
	{"function.unbounded", yumen.Text{EN: "%s is refused: it keeps the engine busy and gives nothing",
		ZH: "不允许 %s：它只占用引擎而无结果"},
		yumen.Text{}, strings.Fields("sleep sleep_ms")},
	{"expression.nested", yumen.Text{EN: "%s is refused: lists, structs and maps carry several values in one cell",
		ZH: "不允许 %s：列表、结构和映射在一个单元格中携带多个值"},
		yumen.Text{},
		strings.Fields("list_value list_transform list_filter list_reduce list_aggregate list_sort array_value struct_pack struct_extract row map map_extract json_extract json_extract_string json string_split str_split string_to_array regexp_split_to_array regexp_extract_all flatten array_extract list_extract unpivot_list")},
}

// elsewhereNames are what other engines call functions on the list.
var elsewhereNames = map[string]string{"average": "avg", "stdev": "stddev", "std": "stddev", "nvl": "coalesce",
	"isnull": "coalesce", "to_char": "strftime",
	"date_format": "strftime", "charindex": "strpos", "locate": "strpos", "to_number": "TRY_CAST(x AS double)",
	"to_date": "TRY_CAST(x AS date)",
	"dateadd": "x + INTERVAL 1 DAY", "date_add": "x + INTERVAL 1 DAY", "truncate": "trunc", "octet_length": "strlen",
	"regexp_substr": "regexp_extract", "iif": "if", "percentile": "quantile_cont", "curdate": "current_date",
	"getdate": "current_date", "sysdate": "current_date"}

// operators stand before or between what they take, so nobody means them who calls a function.
var operators = strings.Fields("and between ilike in like not or")

// wellSpelt are functions of engines that are not on the list and resemble one that is: nobody means another.
var wellSpelt = strings.Fields("acos acosh asin asinh atan atan2 atanh cbrt cos cosh cot even gamma lgamma log1p sin " +
	"sinh tan tanh text xor")
