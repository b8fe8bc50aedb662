package bind

import (
	"math/big"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/query/interval"
	"github.com/yumen-data/yumen/query/plan"
)

// Bounds on patterns and on what texts are made of.
const (
	maxPattern = 1000 // bytes of a pattern
	maxProgram = 5000 // instructions that it is compiled to; matching takes time in proportion
	maxPadding = 1000 // characters that lpad and rpad make
	maxGrowth  = 1000 // times that a computed text may be longer than the cells it is made of
)

// pattern holds a regular expression to what the engine's RE2 accepts and matches in bounded time. Go's expressions
// are RE2's but for named
// groups written (?<name>…).
func (x *binder) pattern(name string, e *plan.Expr) bool {
	a := e.Args[1]
	var re *regexp.Regexp
	ok := len(a.Literal.Text) <= maxPattern && !strings.Contains(a.Literal.Text, "(?<")
	if ok {
		var err error
		re, err = regexp.Compile(a.Literal.Text)
		ok = err == nil && programSize(a.Literal.Text) <= maxProgram
	}
	if !ok {
		x.AddFix("function.pattern",
			a.At, yumen.Say("this is no regular expression of RE2, or one of more than %d bytes or %d steps",
				"这不是有效的 RE2 正则表达式，或超过 %d 字节或 %d 步", maxPattern, maxProgram),
			yumen.Say("write a shorter one without look-around and back references", "请写较短的、不含环视和反向引用的表达式"))
		return false
	}
	options := e.Args[2:]
	switch name {
	case "regexp_extract":
		if len(options) > 0 &&
			!slices.ContainsFunc(numbersTo(re.NumSubexp()),
				func(n string) bool { return n == options[0].Literal.Text }) {
			x.Add("function.pattern", options[0].At, yumen.Say("the pattern has groups 0 to %d",
				"该表达式的分组为 0 到 %d", re.NumSubexp()))
			return false
		}
		return true
	case "regexp_replace":
		options = options[1:]
	}
	if len(options) > 0 && strings.Trim(options[0].Literal.Text, optionsOf(name)) != "" {
		x.Add("function.pattern", options[0].At, yumen.Say("the options of %s are %s",
			"%s 的选项为 %s", name, strings.Join(strings.Split(optionsOf(name), ""), ", ")))
		return false
	}
	return true
}

func optionsOf(name string) string {
	if name == "regexp_replace" {
		return "cigsm"
	}
	return "cism"
}

func numbersTo(n int) (out []string) {
	for i := 0; i <= n; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func programSize(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return maxProgram + 1
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return maxProgram + 1
	}
	return len(program.Inst)
}

// maxExponent bounds powers: with larger ones the digits of a sum are the counts of each value.
const maxExponent = 3

func (x *binder) exponent(e *plan.Expr) bool {
	if v, ok := interval.Fixed(e.Args[1]); ok && v != nil && new(big.Rat).Abs(v).Cmp(plan.Whole(maxExponent)) <= 0 {
		return true
	}
	x.Add("function.arguments", e.Args[1].At, yumen.Say("power takes a constant exponent from -%d to %[1]d",
		"power 的指数须为 -%d 到 %[1]d 的常量", maxExponent))
	return false
}

// padding holds lpad and rpad to a length that a cell may have, and to a filling that there is.
func (x *binder) padding(name string, e *plan.Expr) bool {
	v, ok := interval.Fixed(e.Args[1])
	if !ok || v == nil || v.Sign() < 0 || v.Cmp(plan.Whole(maxPadding)) > 0 || e.Args[2].Literal.Text == "" {
		x.Add("function.arguments",
			e.Args[1].At, yumen.Say("%s takes a length from 0 to %d and a filling that is not empty",
				"%s 需要 0 到 %d 的长度和非空的填充文本", name, maxPadding))
		return false
	}
	return true
}

// placed is what a format may put a value into: with at most two digits of width and of precision each.
var placed = map[string]*regexp.Regexp{
	"format": regexp.MustCompile(`^([^{}]|\{\{|\}\}|\{\d?(:[<>^]?[+ ]?,?0?\d{0,2}(\.\d{1,2})?[dfs%]?)?\})*$`),
	"printf": regexp.MustCompile(`^([^%]|%%|%[-+ 0,]*\d{0,2}(\.\d{1,2})?[dfs])*$`),
}

// maxDrawn is how many characters a bar may have.
const maxDrawn = 100

// drawn holds format, printf and bar to texts of bounded length.
func (x *binder) drawn(name string, e *plan.Expr) bool {
	at := e.Args[0]
	if name == "bar" && len(e.Args) < 4 {
		return true
	} else if name == "bar" {
		at = e.Args[3]
		if n, ok := interval.Fixed(at); ok && n != nil && n.Sign() > 0 && n.Cmp(plan.Whole(maxDrawn)) <= 0 {
			return true
		}
	} else if len(at.Literal.Text) <= maxPattern && placed[name].MatchString(at.Literal.Text) {
		return x.bounded(name, e)
	}
	x.AddFix("function.arguments", at.At,
		yumen.Say("%s makes texts of bounded length: fields have at most two digits of width and precision, bars at most %d characters",
			"%s 生成的文本长度有限：字段的宽度与精度各至多两位数字，条形至多 %d 个字符", name, maxDrawn),
		yumen.Say("write it as in %s", "请参照 %s 书写", examples[name]))
	return false
}

// bounded refuses texts that can be many times longer than the cells they are made of: in a chain of subqueries each
// of which
// doubles a text, or replaces what it holds by something longer, the last would not fit any memory.
func (x *binder) bounded(name string, e *plan.Expr) bool {
	if x.grows(e, x.b.Keys) <= maxGrowth {
		return true
	}
	x.AddFix("function.unbounded",
		e.At, yumen.Say("%s is refused here: the text could become more than %d times longer than the cells it is made of",
			"此处不允许 %s：文本可能比其来源单元格长 %d 倍以上", name, maxGrowth),
		yumen.Say("replace by shorter texts, or in fewer steps", "请用更短的文本替换，或减少步骤"))
	return false
}

// grows is how many times longer than a cell the text of an expression can be; cells and constants are one.
func (a *analysis) grows(e *plan.Expr, keys []*plan.Expr) float64 {
	switch {
	case e.Op == plan.OpKey:
		return a.grows(keys[e.Key], nil)
	case e.Op == plan.OpColumn:
		return a.columnGrows(e.Column)
	case e.Op == plan.OpCall && slices.Contains([]string{"||", "concat", "concat_ws", "format", "printf"}, e.Fn):
		sum := 0.0
		if e.Fn == "format" || e.Fn == "printf" { // what a field is filled up with
			sum = 2 * maxDrawn
		}
		for _, arg := range e.Args {
			sum += a.grows(arg, keys)
		}
		return sum
	}
	most := 1.0
	for _, arg := range e.Args {
		most = max(most, a.grows(arg, keys))
	}
	switch {
	case e.Op != plan.OpCall:
	case e.Fn == "repeat":
		if n, ok := interval.Fixed(e.Args[1]); ok && n != nil {
			times, _ := n.Float64()
			most *= max(1, times)
		}
	case e.Fn == "replace":
		most *= max(1, float64(len(e.Args[2].Literal.Text))/float64(max(1, len(e.Args[1].Literal.Text))))
	case e.Fn == "regexp_replace" && e.Args[2].Literal.Text != "": // each group can be put in again, at every character and the end
		text := e.Args[2].Literal.Text
		most *= 1 + float64(2*len(text)) + float64(strings.Count(text, `\`))
	}
	return most
}

func (a *analysis) columnGrows(c *plan.Column) float64 {
	if known, ok := a.growth[c]; ok {
		return known
	}
	most := 1.0
	if c.Def != nil && c.Relation.Inner != nil {
		most = a.grows(c.Def, c.Relation.Inner.Keys)
	}
	for _, alt := range c.Alts {
		most = max(most, a.columnGrows(alt))
	}
	if a.growth == nil {
		a.growth = map[*plan.Column]float64{}
	}
	a.growth[c] = most
	return most
}
