package decode

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/query/reason"
)

//go:embed keywords.txt
var keywordLists string

// reservedWords are the engine's reserved keywords, otherWords its further ones. None of them can be an alias without
// AS.
var reservedWords, otherWords = func() (a, b []string) {
	reserved, others, _ := strings.Cut(keywordLists, "\n")
	return strings.Fields(reserved), strings.Fields(others)
}()

func keyword(word string) bool {
	return slices.Contains(reservedWords, word) || slices.Contains(otherWords, word)
}

// clauseWords begin a clause. One that is misspelt is taken for an alias, and the error is found at the word behind it.
var clauseWords = []string{"from", "where", "group", "having", "order", "limit", "offset", "join", "union"}

// syntaxError says where the parser stopped. The parser's message is not repeated, as it quotes the text; the word is
// named
// only if it is a keyword, because anything else might be part of a broken string. The analyst's own line is the
// excerpt.
func (d *decoder) syntaxError(root object) error {
	message, _ := root["error_message"].(string)
	if strings.HasPrefix(message, "Only SELECT") {
		if words := scan(d.Source.Text); slices.Contains([]string{"select", "with",
			"from"}, words[0]) && slices.ContainsFunc(words, pivots) {
			d.refusePivot(0) // the engine makes several statements of it
			return d.Refusal()
		}
		d.AddFix("statement.kind",
			0, yumen.Say("only SELECT is allowed: other statements change state, read files or describe the engine",
				"只允许 SELECT：其他语句会改变状态、读取文件或暴露引擎信息"),
			yumen.Say("write one SELECT over the datasets of the contract", "请针对合同中的数据集写一条 SELECT"))
		return d.Refusal()
	}
	if subtype, _ := root["error_subtype"].(string); subtype != "SYNTAX_ERROR" {
		return yumen.Errorf(yumen.KindInvalid, "the parser cannot read the statement", "解析器无法读取该语句").
			ToFix("write one plain SELECT; its parameters are all $1, $2 … or all $name",
				"请写一条普通 SELECT；参数须全部为 $1、$2 … 或全部为 $名称")
	}
	text, given := root["position"].(string)
	if at := limitPair.FindAllStringIndex(d.Source.Text, -1); !given && len(at) > 0 { // the parser gives no place
		offset := at[len(at)-1][0]
		e := near("limit").ToFix("write LIMIT 10 OFFSET 5 for LIMIT 5, 10", "LIMIT 5, 10 请写作 LIMIT 10 OFFSET 5")
		e.Place, e.Excerpt = d.Source.Place(offset), excerpt(d.Source, offset)
		return e
	}
	characters, err := strconv.Atoi(text) // other places of the tree are in bytes
	if err != nil || characters < 0 || characters > utf8.RuneCountInString(d.Source.Text) {
		return yumen.Errorf(yumen.KindInvalid, "syntax error", "语法错误")
	}
	offset := len(string([]rune(d.Source.Text)[:characters]))
	e := d.syntaxErrorAt(offset, strings.HasPrefix(message, "unterminated"))
	e.Place, e.Excerpt = d.Source.Place(offset), excerpt(d.Source, offset)
	return e
}

func (d *decoder) syntaxErrorAt(offset int, open bool) *yumen.Error {
	rest := strings.TrimRight(d.Source.Text[offset:], " \t\r\n;")
	switch before, word := scan(d.Source.Text[:offset]), reason.Fold(wordAt(rest)); {
	case open:
		return yumen.Errorf(yumen.KindInvalid,
			"syntax error: a quoted text, name or comment that begins here has no end",
			"语法错误：此处开始的引号文本、名称或注释没有结束").
			ToFix("close it, and double every quote inside it", "请补上结尾，并将其中的引号写两遍")
	case rest == "":
		return yumen.Errorf(yumen.KindInvalid, "syntax error: the statement ends too early", "语法错误：语句不完整").
			ToFix("complete the last clause and close every parenthesis", "请补全最后一个子句并闭合所有括号")
	case !open && !reason.FullWidthFix(d.Source.WordsAt(offset)).IsZero():
		e := yumen.Errorf(yumen.KindInvalid, "syntax error", "语法错误")
		e.Fix = reason.FullWidthFix(d.Source.WordsAt(offset))
		return e
	case before.misspelt() != "":
		return yumen.Errorf(yumen.KindInvalid, "syntax error", "语法错误").
			ToFix("did you mean %s in front of it?", "其前是否想写 %s？", strings.ToUpper(before.misspelt()))
	case keyword(word) && !slices.Contains(clauseWords, word) && before.value(1):
		return near(word).ToFix("if %s is the name of the column, write AS %[1]s", "如果 %s 是列名，请写 AS %[1]s", word)
	case (word == "from" || rest[0] == ',') && before.name(1) && before.value(2):
		return near(before.word(1)).ToFix("if %s is the name of the column, write AS %[1]s",
			"如果 %s 是列名，请写 AS %[1]s", before.word(1))
	case keyword(word):
		return near(word)
	case word != "" && !unicode.IsDigit(rune(word[0])) && !slices.Contains(before, "'") &&
		!slices.Contains(before, "$"):
		return yumen.Errorf(yumen.KindInvalid, "syntax error near %s", "语法错误，靠近 %s", reason.Printable(wordAt(rest)))
	}
	return yumen.Errorf(yumen.KindInvalid, "syntax error", "语法错误")
}

// limitPair is LIMIT with an offset in front of its number, as MySQL has it.
var limitPair = regexp.MustCompile(`(?i)\blimit\s+\d+\s*,`)

func pivots(word string) bool { return word == "pivot" || word == "unpivot" }

func near(word string) *yumen.Error {
	return yumen.Errorf(yumen.KindInvalid, "syntax error near %s", "语法错误，靠近 %s", strings.ToUpper(word))
}

func wordAt(s string) string {
	if end := strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) }); end >= 0 {
		return s[:end]
	}
	return s
}

func wordRune(r rune) bool {
	return r == '_' || r >= utf8.RuneSelf || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// tokens are the last few tokens of a text: words in lower case, and of quoted texts and names the quote.
type tokens []string

func (t tokens) back(n int) string {
	if n > len(t) {
		return ""
	}
	return t[len(t)-n]
}

// word is the n-th last token if it is a word.
func (t tokens) word(n int) string {
	if w := t.back(n); wordAt(w) == w {
		return w
	}
	return ""
}

// misspelt is the clause that the last token was meant to begin: one that was taken for an alias.
func (t tokens) misspelt() string {
	meant, ok := suggest.Nearest(t.word(1), clauseWords)
	if !ok || keyword(t.word(1)) || !t.value(2) {
		return ""
	}
	return meant
}

// name reports whether the n-th last token is a reserved keyword that was meant as a name, if no clause goes on
// behind it.
func (t tokens) name(n int) bool {
	return slices.Contains(reservedWords, t.word(n)) && !slices.Contains([]string{"from", "and", "or", "not", "as",
		"in"}, t.word(n))
}

// value reports whether the n-th last token can end an expression.
func (t tokens) value(n int) bool {
	switch w := t.back(n); {
	case w == ")", w == "]", w == "'", w == `"`, w == "end", w == "*", w == "null", w == "true", w == "false":
		return true
	default:
		return t.word(n) != "" && !slices.Contains(reservedWords, w) &&
			!slices.Contains([]string{"by", "join", "between",
				"like", "ilike", "is"}, w)
	}
}

// scan splits a text into tokens, as far as is needed to tell what stands before a place.
func scan(s string) (out tokens) {
	for s != "" {
		switch r, size := utf8.DecodeRuneInString(s); {
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s[2:], "*/")
		case r == '\'' || r == '"':
			_, s, _ = strings.Cut(s[1:], string(r))
			if !strings.HasPrefix(s, string(r)) || out.back(1) != string(r) { // a doubled quote goes on
				out = append(out, string(r))
			}
		case wordRune(r):
			w := wordAt(s)
			out, s = append(out, reason.Fold(w)), s[len(w):]
		case unicode.IsSpace(r):
			s = s[size:]
		default:
			out, s = append(out, string(r)), s[size:]
		}
	}
	return out
}

// excerptWidth bounds what an excerpt shows of a line, in characters on each side of the place.
const excerptWidth = 60

// excerpt is the line of a place, cut to what fits a screen, with a caret under the place.
func excerpt(s reason.Source, at int) string {
	before, after := s.Text[:at], s.Text[at:]
	before = before[strings.LastIndexByte(before, '\n')+1:]
	after, _, _ = strings.Cut(after, "\n")
	left, right := []rune(before), []rune(after)
	lead, tail := "", ""
	if len(left) > excerptWidth {
		left, lead = left[len(left)-excerptWidth:], "… "
	}
	if len(right) > excerptWidth {
		right, tail = right[:excerptWidth], " …"
	}
	var line, caret strings.Builder
	line.WriteString(lead)
	caret.WriteString(strings.Repeat(" ", utf8.RuneCountInString(lead)))
	for _, r := range left {
		r = shown(r)
		line.WriteRune(r)
		if wide := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul); wide ||
			'\u3000' <= r && r <= '\u303f' || '\uff00' <= r && r <= '\uff60' {
			caret.WriteRune('\u3000') // as wide as the character above it
		} else {
			caret.WriteByte(' ')
		}
	}
	for _, r := range right {
		line.WriteRune(shown(r))
	}
	return strings.TrimRight(line.String()+tail, " ") + "\n" + caret.String() + "^"
}

// shown is a character as an excerpt shows it: what does not print, or turns the direction of the text around, is a
// dot.
func shown(r rune) rune {
	switch {
	case r == '\t' || r == '\r':
		return ' '
	case !unicode.IsPrint(r):
		return '·'
	}
	return r
}
