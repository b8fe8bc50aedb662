package query

import (
	"math/big"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
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
func (x *binder) pattern(name string, e *expr) bool {
	a := e.args[1]
	var re *regexp.Regexp
	ok := len(a.lit.text) <= maxPattern && !strings.Contains(a.lit.text, "(?<")
	if ok {
		var err error
		re, err = regexp.Compile(a.lit.text)
		ok = err == nil && programSize(a.lit.text) <= maxProgram
	}
	if !ok {
		x.addFix("function.pattern",
			a.at, yumen.Say("this is no regular expression of RE2, or one of more than %d bytes or %d steps",
				"这不是有效的 RE2 正则表达式，或超过 %d 字节或 %d 步", maxPattern, maxProgram),
			yumen.Say("write a shorter one without look-around and back references", "请写较短的、不含环视和反向引用的表达式"))
		return false
	}
	options := e.args[2:]
	switch name {
	case "regexp_extract":
		if len(options) > 0 && !slices.ContainsFunc(numbersTo(re.NumSubexp()), func(n string) bool { return n == options[0].lit.text }) {
			x.add("function.pattern", options[0].at, yumen.Say("the pattern has groups 0 to %d",
				"该表达式的分组为 0 到 %d", re.NumSubexp()))
			return false
		}
		return true
	case "regexp_replace":
		options = options[1:]
	}
	if len(options) > 0 && strings.Trim(options[0].lit.text, optionsOf(name)) != "" {
		x.add("function.pattern", options[0].at, yumen.Say("the options of %s are %s",
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
		out = append(out, itoa(i))
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

func (x *binder) exponent(e *expr) bool {
	if v, ok := fixed(e.args[1]); ok && v != nil && new(big.Rat).Abs(v).Cmp(whole64(maxExponent)) <= 0 {
		return true
	}
	x.add("function.arguments", e.args[1].at, yumen.Say("power takes a constant exponent from -%d to %[1]d",
		"power 的指数须为 -%d 到 %[1]d 的常量", maxExponent))
	return false
}

// padding holds lpad and rpad to a length that a cell may have, and to a filling that there is.
func (x *binder) padding(name string, e *expr) bool {
	v, ok := fixed(e.args[1])
	if !ok || v == nil || v.Sign() < 0 || v.Cmp(whole64(maxPadding)) > 0 || e.args[2].lit.text == "" {
		x.add("function.arguments",
			e.args[1].at, yumen.Say("%s takes a length from 0 to %d and a filling that is not empty",
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
func (x *binder) drawn(name string, e *expr) bool {
	at := e.args[0]
	if name == "bar" && len(e.args) < 4 {
		return true
	} else if name == "bar" {
		at = e.args[3]
		if n, ok := fixed(at); ok && n != nil && n.Sign() > 0 && n.Cmp(whole64(maxDrawn)) <= 0 {
			return true
		}
	} else if len(at.lit.text) <= maxPattern && placed[name].MatchString(at.lit.text) {
		return x.bounded(name, e)
	}
	x.addFix("function.arguments", at.at, yumen.Say("%s makes texts of bounded length: fields have at most two digits of width and precision, bars at most %d characters",
		"%s 生成的文本长度有限：字段的宽度与精度各至多两位数字，条形至多 %d 个字符", name, maxDrawn), yumen.Say("write it as in %s", "请参照 %s 书写", examples[name]))
	return false
}

// bounded refuses texts that can be many times longer than the cells they are made of: in a chain of subqueries each
// of which
// doubles a text, or replaces what it holds by something longer, the last would not fit any memory.
func (x *binder) bounded(name string, e *expr) bool {
	if x.grows(e, x.b.keys) <= maxGrowth {
		return true
	}
	x.addFix("function.unbounded",
		e.at, yumen.Say("%s is refused here: the text could become more than %d times longer than the cells it is made of",
			"此处不允许 %s：文本可能比其来源单元格长 %d 倍以上", name, maxGrowth),
		yumen.Say("replace by shorter texts, or in fewer steps", "请用更短的文本替换，或减少步骤"))
	return false
}

// grows is how many times longer than a cell the text of an expression can be; cells and constants are one.
func (a *analysis) grows(e *expr, keys []*expr) float64 {
	switch {
	case e.op == opKey:
		return a.grows(keys[e.key], nil)
	case e.op == opColumn:
		return a.columnGrows(e.col)
	case e.op == opCall && slices.Contains([]string{"||", "concat", "concat_ws", "format", "printf"}, e.fn):
		sum := 0.0
		if e.fn == "format" || e.fn == "printf" { // what a field is filled up with
			sum = 2 * maxDrawn
		}
		for _, arg := range e.args {
			sum += a.grows(arg, keys)
		}
		return sum
	}
	most := 1.0
	for _, arg := range e.args {
		most = max(most, a.grows(arg, keys))
	}
	switch {
	case e.op != opCall:
	case e.fn == "repeat":
		if n, ok := fixed(e.args[1]); ok && n != nil {
			times, _ := n.Float64()
			most *= max(1, times)
		}
	case e.fn == "replace":
		most *= max(1, float64(len(e.args[2].lit.text))/float64(max(1, len(e.args[1].lit.text))))
	case e.fn == "regexp_replace" && e.args[2].lit.text != "": // each group can be put in again, at every character and the end
		text := e.args[2].lit.text
		most *= 1 + float64(2*len(text)) + float64(strings.Count(text, `\`))
	}
	return most
}

func (a *analysis) columnGrows(c *column) float64 {
	if known, ok := a.growth[c]; ok {
		return known
	}
	most := 1.0
	if c.def != nil && c.rel.inner != nil {
		most = a.grows(c.def, c.rel.inner.keys)
	}
	for _, alt := range c.alts {
		most = max(most, a.columnGrows(alt))
	}
	if a.growth == nil {
		a.growth = map[*column]float64{}
	}
	a.growth[c] = most
	return most
}
