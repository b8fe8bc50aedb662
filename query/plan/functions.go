package plan

import (
	"slices"
	"strings"
)

// Function is one entry of the allow-list of scalar functions and operators. Every one is deterministic, works on one
// row, reads nothing but its arguments, and takes time and space bounded by theirs.
type Function struct {
	// Params has a letter for each argument: n number, i integer, t text, d date or timestamp, b boolean, x any type
	// (all x of a call must agree), v any type on its own; N, I, T the same as constants, D a constant interval, L a
	// constant whole number of 32 bits. '?' after a letter makes it optional, '*' repeats it.
	Params    string
	Result    func(args []*Expr) Type
	Condition bool // its value is a condition: inside an aggregate it selects rows
	Fails     bool // it can fail on some values, and is wrapped in TRY
	why       string
	Names     []string // for a constant argument T: the values allowed, in lower case
}

func always(t Type) func([]*Expr) Type { return func([]*Expr) Type { return t } }

func sameAs(i int) func([]*Expr) Type {
	return func(args []*Expr) Type { return args[i].Type }
}

// Unified is the type that all arguments can be read as.
func Unified(args []*Expr) Type {
	t := Null
	for _, a := range args {
		t, _ = Unify(t, a.Type)
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

var dateParts = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "dayofweek", "dow",
	"isodow", "dayofyear", "doy", "decade", "century", "isoyear"}

// Functions is the allow-list, by canonical name.
var Functions = map[string]*Function{
	"=": comparison(), "<>": comparison(), "<": comparison(), ">": comparison(), "<=": comparison(), ">=": comparison(),
	"is distinct from": comparison(), "is not distinct from": comparison(),
	"between":     {Params: "xxx", Result: always(Bool), Condition: true, why: whyCompare},
	"in":          {Params: "xx*", Result: always(Bool), Condition: true, why: whyCompare},
	"not in":      {Params: "xx*", Result: always(Bool), Condition: true, why: whyCompare},
	"is null":     {Params: "v", Result: always(Bool), Condition: true, why: whyCompare},
	"is not null": {Params: "v", Result: always(Bool), Condition: true, why: whyCompare},
	"and":         {Params: "bb*", Result: always(Bool), Condition: true, why: whyCompare},
	"or":          {Params: "bb*", Result: always(Bool), Condition: true, why: whyCompare},
	"not":         {Params: "b", Result: always(Bool), Condition: true, why: whyCompare},
	"like":        {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"not like":    {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"ilike":       {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"not ilike":   {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"starts_with": {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"ends_with":   {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},
	"contains":    {Params: "tT", Result: always(Bool), Condition: true, why: whyCompare},

	"coalesce": {Params: "xx*", Result: Unified, why: whyNull},
	"nullif":   {Params: "xx", Result: sameAs(0), why: whyNull},
	"try":      {Params: "v", Result: sameAs(0), Fails: true, why: whyNull},

	"+":        {Params: "x?x", Result: nil, Fails: true, why: whyNumber},
	"-":        {Params: "x?x", Result: nil, Fails: true, why: whyNumber},
	"*":        {Params: "nn", Result: nil, Fails: true, why: whyNumber},
	"/":        {Params: "nn", Result: always(Double), why: whyNumber},
	"//":       {Params: "ii", Result: always(Int), Fails: true, why: whyNumber},
	"%":        {Params: "ii", Result: always(Int), Fails: true, why: whyNumber},
	"abs":      {Params: "n", Result: sameAs(0), Fails: true, why: whyNumber},
	"sign":     {Params: "n", Result: always(Int), why: whyNumber},
	"round":    {Params: "nI?", Result: rounded, Fails: true, why: whyNumber},
	"floor":    {Params: "n", Result: whole, Fails: true, why: whyNumber},
	"trunc":    {Params: "n", Result: whole, Fails: true, why: whyNumber},
	"ceil":     {Params: "n", Result: whole, Fails: true, why: whyNumber},
	"sqrt":     {Params: "n", Result: always(Double), Fails: true, why: whyNumber},
	"ln":       {Params: "n", Result: always(Double), Fails: true, why: whyNumber},
	"log10":    {Params: "n", Result: always(Double), Fails: true, why: whyNumber},
	"log2":     {Params: "n", Result: always(Double), Fails: true, why: whyNumber},
	"exp":      {Params: "n", Result: always(Double), why: whyNumber},
	"power":    {Params: "nN", Result: always(Double), why: whyNumber},
	"greatest": {Params: "xx*", Result: Unified, why: whyNumber},
	"least":    {Params: "xx*", Result: Unified, why: whyNumber},

	"lower":             {Params: "t", Result: always(Text), why: whyText},
	"upper":             {Params: "t", Result: always(Text), why: whyText},
	"trim":              {Params: "tT?", Result: always(Text), why: whyText},
	"ltrim":             {Params: "tT?", Result: always(Text), why: whyText},
	"rtrim":             {Params: "tT?", Result: always(Text), why: whyText},
	"length":            {Params: "t", Result: always(Int), why: whyText},
	"strlen":            {Params: "t", Result: always(Int), why: whyText},
	"substr":            {Params: "tLL?", Result: always(Text), why: whyText},
	"left":              {Params: "tL", Result: always(Text), why: whyText},
	"right":             {Params: "tL", Result: always(Text), why: whyText},
	"strpos":            {Params: "tT", Result: always(Int), why: whyText},
	"split_part":        {Params: "tTI", Result: always(Text), Fails: true, why: whyText},
	"lpad":              {Params: "tIT", Result: always(Text), why: whyText},
	"rpad":              {Params: "tIT", Result: always(Text), why: whyText},
	"replace":           {Params: "tTT", Result: always(Text), why: whyText},
	"regexp_matches":    {Params: "tTT?", Result: always(Bool), Condition: true, why: whyPattern},
	"regexp_full_match": {Params: "tTT?", Result: always(Bool), Condition: true, why: whyPattern},
	"regexp_extract":    {Params: "tTI?", Result: always(Text), why: whyPattern},
	"regexp_replace":    {Params: "tTTT?", Result: always(Text), why: whyPattern},
	"concat_ws":         {Params: "Tv*", Result: always(Text), why: whyText},
	"translate":         {Params: "tTT", Result: always(Text), why: whyText},
	"reverse":           {Params: "t", Result: always(Text), why: whyText},
	"repeat":            {Params: "tI", Result: always(Text), why: whyText},
	"ascii":             {Params: "t", Result: always(Int), why: whyText},
	"bar":               {Params: "nNNI?", Result: always(Text), Fails: true, why: whyText},
	"format":            {Params: "Tv*", Result: always(Text), Fails: true, why: whyFormat},
	"printf":            {Params: "Tv*", Result: always(Text), Fails: true, why: whyFormat},
	"pi":                {Params: "", Result: always(Double), why: whyNumber},
	"degrees":           {Params: "n", Result: always(Double), why: whyNumber},
	"radians":           {Params: "n", Result: always(Double), why: whyNumber},
	"||":                {Params: "vv", Result: always(Text), why: whyText},
	"concat":            {Params: "v*", Result: always(Text), why: whyText},

	"date_part":    {Params: "Td", Result: always(Int), Fails: true, why: whyDate, Names: dateParts},
	"date_trunc":   {Params: "Td", Result: always(Timestamp), Fails: true, why: whyDate, Names: dateParts},
	"date_diff":    {Params: "Tdd", Result: always(Int), Fails: true, why: whyDate, Names: dateParts},
	"date_sub":     {Params: "Tdd", Result: always(Int), Fails: true, why: whyDate, Names: dateParts},
	"last_day":     {Params: "d", Result: always(Date), Fails: true, why: whyDate},
	"dayname":      {Params: "d", Result: always(Text), Fails: true, why: whyDate},
	"monthname":    {Params: "d", Result: always(Text), Fails: true, why: whyDate},
	"make_date":    {Params: "iii", Result: always(Date), Fails: true, why: whyDate},
	"try_strptime": {Params: "tT", Result: always(Timestamp), Fails: true, why: whyDate},
	"time_bucket":  {Params: "Dd", Result: sameAs(1), Fails: true, why: whyDate},
	"epoch":        {Params: "d", Result: always(Double), why: whyDate},
	"strftime":     {Params: "dT", Result: always(Text), Fails: true, why: whyDate},
}

func comparison() *Function {
	return &Function{Params: "xx", Result: always(Bool), Condition: true, why: whyCompare}
}

// Aliases are other spellings of functions on the list.
var Aliases = map[string]string{
	"~~": "like", "!~~": "not like", "~~*": "ilike", "!~~*": "not ilike", "prefix": "starts_with",
	"suffix":  "ends_with",
	"ceiling": "ceil", "log": "log10", "@": "abs", "lcase": "lower", "ucase": "upper", "len": "length",
	"char_length": "length", "character_length": "length",
	"substring": "substr", "position": "strpos", "instr": "strpos", "ifnull": "coalesce", "mod": "%",
	"datepart": "date_part", "datetrunc": "date_trunc", "datediff": "date_diff", "datesub": "date_sub",
	"strptime": "try_strptime", "ord": "ascii", "unicode": "ascii", "pow": "power", "^": "power", "**": "power",
	"regexp_like": "regexp_matches",
}

// PartFunctions are the functions named after the part of a date they return.
var PartFunctions = append(slices.Clone(dateParts), "weekofyear", "dayofmonth", "weekday")

// Aggregates are the names of aggregates that a text may use, each with what it means.
var Aggregates = map[string]string{
	"count_star": "count", "count": "count", "count_if": "count", "countif": "count", "sum": "sum", "avg": "avg",
	"mean": "avg", "stddev": "stddev", "stddev_samp": "stddev", "stddev_pop": "stddev_pop",
	"var_samp": "var", "variance": "var", "var_pop": "var_pop", "approx_count_distinct": "count",
	"fsum": "sum", "kahan_sum": "sum", "sumkahan": "sum", "favg": "avg",
}

// whole is the type of floor and ceil.
func whole(args []*Expr) Type {
	if t := args[0].Type; t.Kind == KindDecimal {
		return Decimal(t.Width, 0)
	}
	return args[0].Type
}

// rounded is the type of round: a decimal keeps at most the digits asked for.
func rounded(args []*Expr) Type {
	t := args[0].Type
	if t.Kind != KindDecimal {
		return t
	}
	digits := 0
	if len(args) > 1 {
		if l, ok := args[1].Constant(); ok && len(l.Text) < 4 && !strings.HasPrefix(l.Text, "-") {
			for _, c := range l.Text {
				digits = digits*10 + int(c-'0')
			}
		}
	}
	return Decimal(t.Width, min(t.Scale, digits))
}

// CanFail reports whether evaluating the call itself can fail on some values of its arguments.
func (e *Expr) CanFail() bool {
	switch e.Fn {
	case "+", "-", "*":
		return e.Type.Kind != KindDouble
	case "abs":
		return e.Type.Kind == KindInt
	case "round", "floor", "ceil", "trunc":
		return e.Type.Kind == KindDecimal
	case "date_part":
		return !slices.Contains(SafeParts, e.Args[0].Literal.Text)
	}
	return Functions[e.Fn].Fails
}

// SafeParts are the parts that every date has; the calendar of ISO weeks ends before that of dates.
var SafeParts = []string{"year", "quarter", "month", "day", "hour", "minute", "second", "decade", "century",
	"dayofyear", "doy", "dayofweek", "dow", "isodow"}

// Strict functions are NULL where an argument is, and nowhere else as far as they do not fail.
var Strict = map[string]bool{"+": true, "-": true, "*": true, "lower": true, "upper": true, "trim": true, "ltrim": true,
	"rtrim": true, "length": true,
	"strpos": true, "date_part": true, "date_trunc": true, "round": true, "floor": true, "ceil": true, "trunc": true,
	"sign": true}

// Quantiles are the spellings of quantiles. None of them gives the value of a row: class dp draws a place among public
// ones, class aggregate reads a histogram of buckets with enough units each, where that of the continuous and of the
// discrete quantile is one.
var Quantiles = map[string]string{"median": "median", "quantile": "quantile", "quantile_cont": "quantile",
	"quantile_disc": "quantile", "approx_quantile": "quantile"}

// Quantiles reports whether the aggregate is one of these.
func (g *Aggregate) Quantiles() bool { return g.Fn == "median" || g.Fn == "quantile" }

// MaxExpr bounds what repeated use of an alias can blow an expression up to.
const MaxExpr = 20_000

// Pairs are the functions of two columns y and x, in the order in which the engine takes them.
var Pairs = []string{"corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_count",
	"regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy"}

// Shapes are the functions of the shape of one column.
var Shapes = []string{"skewness", "kurtosis", "kurtosis_pop"}

// Related reports whether an aggregate is one of the functions of this file.
func (g *Aggregate) Related() bool {
	return slices.Contains(Pairs, g.Fn) || slices.Contains(Shapes, g.Fn)
}
