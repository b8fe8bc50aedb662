package query

import (
	"slices"
	"strings"
)

// function is one entry of the allow-list of scalar functions and operators. Every one is deterministic, works on one row,
// reads nothing but its arguments, and takes time and space bounded by theirs.
type function struct {
	// params has a letter for each argument: n number, i integer, t text, d date or timestamp, b boolean, x any type (all x of a call
	// must agree), v any type on its own; N, I, T the same as constants, D a constant interval, L a constant whole number of 32 bits. '?' after a
	// letter makes it optional, '*' repeats it.
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
	whyText    = "takes a text apart, compares it or puts texts together; how much longer it makes one is bounded"
	whyPattern = "matches a constant pattern of bounded size, in time linear in the text (RE2)"
	whyFormat  = "puts values into a constant text; the widths it asks for are bounded"
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
	"exp": {params: "n", result: always(tDouble), why: whyNumber}, "power": {params: "nN", result: always(tDouble), why: whyNumber},
	"greatest": {params: "xx*", result: unified, why: whyNumber}, "least": {params: "xx*", result: unified, why: whyNumber},

	"lower": {params: "t", result: always(tText), why: whyText}, "upper": {params: "t", result: always(tText), why: whyText},
	"trim": {params: "tT?", result: always(tText), why: whyText}, "ltrim": {params: "tT?", result: always(tText), why: whyText},
	"rtrim": {params: "tT?", result: always(tText), why: whyText}, "length": {params: "t", result: always(tInt), why: whyText},
	"strlen": {params: "t", result: always(tInt), why: whyText},
	"substr": {params: "tLL?", result: always(tText), why: whyText}, "left": {params: "tL", result: always(tText), why: whyText},
	"right": {params: "tL", result: always(tText), why: whyText}, "strpos": {params: "tT", result: always(tInt), why: whyText},
	"split_part": {params: "tTI", result: always(tText), fails: true, why: whyText},
	"lpad":       {params: "tIT", result: always(tText), why: whyText}, "rpad": {params: "tIT", result: always(tText), why: whyText},
	"replace":           {params: "tTT", result: always(tText), why: whyText},
	"regexp_matches":    {params: "tTT?", result: always(tBool), condition: true, why: whyPattern},
	"regexp_full_match": {params: "tTT?", result: always(tBool), condition: true, why: whyPattern},
	"regexp_extract":    {params: "tTI?", result: always(tText), why: whyPattern},
	"regexp_replace":    {params: "tTTT?", result: always(tText), why: whyPattern},
	"concat_ws":         {params: "Tv*", result: always(tText), why: whyText}, "translate": {params: "tTT", result: always(tText), why: whyText},
	"reverse": {params: "t", result: always(tText), why: whyText}, "repeat": {params: "tI", result: always(tText), why: whyText},
	"ascii": {params: "t", result: always(tInt), why: whyText}, "bar": {params: "nNNI?", result: always(tText), fails: true, why: whyText},
	"format": {params: "Tv*", result: always(tText), fails: true, why: whyFormat}, "printf": {params: "Tv*", result: always(tText), fails: true, why: whyFormat},
	"pi": {params: "", result: always(tDouble), why: whyNumber}, "degrees": {params: "n", result: always(tDouble), why: whyNumber},
	"radians": {params: "n", result: always(tDouble), why: whyNumber},
	"||":      {params: "vv", result: always(tText), why: whyText}, "concat": {params: "v*", result: always(tText), why: whyText},

	"date_part":  {params: "Td", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"date_trunc": {params: "Td", result: always(tTimestamp), fails: true, why: whyDate, names: dateParts},
	"date_diff":  {params: "Tdd", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"date_sub":   {params: "Tdd", result: always(tInt), fails: true, why: whyDate, names: dateParts},
	"last_day":   {params: "d", result: always(tDate), fails: true, why: whyDate},
	"dayname":    {params: "d", result: always(tText), fails: true, why: whyDate}, "monthname": {params: "d", result: always(tText), fails: true, why: whyDate},
	"make_date":    {params: "iii", result: always(tDate), fails: true, why: whyDate},
	"try_strptime": {params: "tT", result: always(tTimestamp), fails: true, why: whyDate},
	"time_bucket":  {params: "Dd", result: sameAs(1), fails: true, why: whyDate},
	"epoch":        {params: "d", result: always(tDouble), why: whyDate},
	"strftime":     {params: "dT", result: always(tText), fails: true, why: whyDate},
}

func comparison() *function {
	return &function{params: "xx", result: always(tBool), condition: true, why: whyCompare}
}

// aliases are other spellings of functions on the list.
var aliases = map[string]string{
	"~~": "like", "!~~": "not like", "~~*": "ilike", "!~~*": "not ilike", "prefix": "starts_with", "suffix": "ends_with",
	"ceiling": "ceil", "log": "log10", "@": "abs", "lcase": "lower", "ucase": "upper", "len": "length", "char_length": "length", "character_length": "length",
	"substring": "substr", "position": "strpos", "instr": "strpos", "ifnull": "coalesce", "mod": "%", "datepart": "date_part", "datetrunc": "date_trunc", "datediff": "date_diff", "datesub": "date_sub",
	"strptime": "try_strptime", "ord": "ascii", "unicode": "ascii", "pow": "power", "^": "power", "**": "power", "regexp_like": "regexp_matches",
}

// elsewhereNames are what other engines call functions on the list.
var elsewhereNames = map[string]string{"average": "avg", "stdev": "stddev", "std": "stddev", "nvl": "coalesce", "isnull": "coalesce", "to_char": "strftime",
	"date_format": "strftime", "charindex": "strpos", "locate": "strpos", "to_number": "TRY_CAST(x AS double)", "to_date": "TRY_CAST(x AS date)",
	"dateadd": "x + INTERVAL 1 DAY", "date_add": "x + INTERVAL 1 DAY", "truncate": "trunc", "octet_length": "strlen", "regexp_substr": "regexp_extract"}

// partFunctions are the functions named after the part of a date they return.
var partFunctions = append(slices.Clone(dateParts), "weekofyear", "dayofmonth", "weekday")

var aggregates = map[string]string{
	"count_star": "count", "count": "count", "count_if": "count", "countif": "count", "sum": "sum", "avg": "avg", "mean": "avg", "stddev": "stddev", "stddev_samp": "stddev", "stddev_pop": "stddev_pop",
	"var_samp": "var", "variance": "var", "var_pop": "var_pop", "approx_count_distinct": "count",
	"fsum": "sum", "kahan_sum": "sum", "sumkahan": "sum", "favg": "avg",
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
