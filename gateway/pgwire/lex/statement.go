package lex

import (
	"strconv"
	"strings"
)

// Statement is one of the statements of a text: from its first token to its last, without the semicolon.
type Statement struct {
	Text   string
	Start  int     // where it begins in the whole text
	Tokens []Token // its tokens without blanks and comments, by offsets in Text
}

// Split returns the statements of a text. A semicolon ends one unless it stands in parentheses or brackets, where a
// parser refuses it. Those without a token are left out, so that there are none in a text of blanks and comments. The
// error is an *Error.
func Split(text string) ([]Statement, error) {
	tokens, err := Tokens(text)
	if err != nil {
		return nil, err
	}
	var out []Statement
	var open []Token
	depth := 0
	for _, t := range tokens {
		if t.Kind == Blank || t.Kind == Comment {
			continue
		}
		if t.Kind == Punctuation {
			switch text[t.Start] {
			case '(', '[':
				depth++
			case ')', ']':
				depth = max(depth-1, 0)
			case ';':
				if depth == 0 {
					out = appendStatement(out, text, open)
					open = nil
					continue
				}
			}
		}
		open = append(open, t)
	}
	return appendStatement(out, text, open), nil
}

func appendStatement(out []Statement, text string, tokens []Token) []Statement {
	if len(tokens) == 0 {
		return out
	}
	start, end := tokens[0].Start, tokens[len(tokens)-1].End
	for i := range tokens {
		tokens[i].Start -= start
		tokens[i].End -= start
	}
	return append(out, Statement{Text: text[start:end], Start: start, Tokens: tokens})
}

// Source returns the i-th token as it is written, and "" where there is none.
func (s Statement) Source(i int) string {
	if i < 0 || i >= len(s.Tokens) {
		return ""
	}
	return s.Text[s.Tokens[i].Start:s.Tokens[i].End]
}

// Word returns the i-th token in capitals where it is a word without quotes, and "" otherwise.
func (s Statement) Word(i int) string {
	if i < 0 || i >= len(s.Tokens) || s.Tokens[i].Kind != Word {
		return ""
	}
	return upper(s.Source(i))
}

// Words reports whether the tokens from the i-th on are these words, given in capitals.
func (s Statement) Words(i int, words ...string) bool {
	for j, w := range words {
		if s.Word(i+j) != w {
			return false
		}
	}
	return true
}

// Ident returns the i-th token as a name: a word in lower case, a quoted identifier without its quotes. It is "" where
// the token is neither.
func (s Statement) Ident(i int) string {
	source := s.Source(i)
	if source == "" {
		return ""
	}
	switch s.Tokens[i].Kind {
	case Word:
		return lower(source)
	case Quoted:
		return strings.ReplaceAll(source[1:len(source)-1], `""`, `"`)
	case Unicode:
		return unicodeEscapes(strings.ReplaceAll(source[3:len(source)-1], `""`, `"`), s.escape(i))
	}
	return ""
}

// Literal returns the value of the i-th token where it is a string of text, and whether it is one.
func (s Statement) Literal(i int) (string, bool) {
	source := s.Source(i)
	if source == "" {
		return "", false
	}
	switch s.Tokens[i].Kind {
	case String:
		return parts(source, nil), true
	case National:
		return parts(source[1:], nil), true
	case Escaped:
		return parts(source[1:], backslashes), true
	case Wide:
		return unicodeEscapes(parts(source[2:], nil), s.escape(i)), true
	case Dollar:
		tag := strings.IndexByte(source[1:], '$') + 2
		return source[tag : len(source)-tag], true
	}
	return "", false
}

// escape returns the character that introduces an escape in a form with U&: a backslash, or what UESCAPE behind it
// says.
func (s Statement) escape(i int) byte {
	if value, ok := s.Literal(i + 2); ok && s.Word(i+1) == "UESCAPE" && len(value) == 1 {
		return value[0]
	}
	return '\\'
}

// parts joins the parts of a string that stand between quotes. Where escape is given, it reads what follows a
// backslash.
func parts(source string, escape func(rest string) (string, int)) string {
	var b strings.Builder
	inside := true
	for i := 1; i < len(source); {
		switch c := source[i]; {
		case c == '\'' && inside && i+1 < len(source) && source[i+1] == '\'':
			b.WriteByte('\'')
			i += 2
		case c == '\'':
			inside = !inside
			i++
		case !inside && c == '-':
			i += strings.IndexAny(source[i:]+"\n", "\n\r")
		case !inside:
			i++
		case c == '\\' && escape != nil:
			value, length := escape(source[i+1:])
			b.WriteString(value)
			i += 1 + length
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// backslashes reads what follows a backslash in E'…': the value, and how many bytes of the text it takes.
func backslashes(rest string) (string, int) {
	if rest == "" {
		return "", 0
	}
	short := map[byte]string{'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}
	c := rest[0]
	switch {
	case short[c] != "":
		return short[c], 1
	case c >= '0' && c <= '7':
		return number(rest, 0, 3, 8, byteValue)
	case c == 'x':
		return number(rest, 1, 2, 16, byteValue)
	case c == 'u':
		return number(rest, 1, 4, 16, runeValue)
	case c == 'U':
		return number(rest, 1, 8, 16, runeValue)
	}
	return rest[:1], 1
}

func byteValue(v uint64) string { return string([]byte{byte(v)}) }

func runeValue(v uint64) string { return string(rune(v)) }

// number reads at most so many digits behind a letter; without any, the letter stands for itself.
func number(rest string, skip, most, base int, value func(uint64) string) (string, int) {
	end := skip
	for end < len(rest) && end < skip+most && isDigit(rest[end], base) {
		end++
	}
	v, err := strconv.ParseUint(rest[skip:end], base, 32)
	if err != nil {
		return rest[:1], 1
	}
	return value(v), end
}

func isDigit(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// unicodeEscapes reads \XXXX, \+XXXXXX and \\ in a form with U&. What is no escape stays as it is.
func unicodeEscapes(text string, escape byte) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		if text[i] != escape || len(rest) < 2 {
			b.WriteByte(text[i])
			continue
		}
		digits, skip := 4, 1
		switch rest[1] {
		case escape:
			b.WriteByte(escape)
			i++
			continue
		case '+':
			digits, skip = 6, 2
		}
		end := skip + digits
		if len(rest) < end {
			b.WriteByte(text[i])
			continue
		}
		v, err := strconv.ParseUint(rest[skip:end], 16, 32)
		if err != nil {
			b.WriteByte(text[i])
			continue
		}
		b.WriteRune(rune(v))
		i += end - 1
	}
	return b.String()
}

// lower and upper change letters of ASCII only, as PostgreSQL does with UTF-8.
func lower(s string) string { return fold(s, 'A', 'Z') }

func upper(s string) string { return fold(s, 'a', 'z') }

func fold(s string, from, to byte) string {
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}
