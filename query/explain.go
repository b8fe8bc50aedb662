package query

import (
	"strings"
)

// ExplainPolicy reports whether a text asks what would become of a statement instead of running it: EXPLAIN POLICY, in
// any case, after white space and comments, before the statement. It returns the statement with the two words blanked
// out, so that places in it stay those of the text.
func ExplainPolicy(text string) (statement string, ok bool) {
	b := []byte(text)
	from := 0
	for _, word := range []string{"EXPLAIN", "POLICY"} {
		from = skipBlank(text, from)
		end := from + len(word)
		if end > len(text) || !strings.EqualFold(text[from:end], word) || end < len(text) && !endsWord(text[end:]) {
			return text, false
		}
		for i := from; i < end; i++ {
			b[i] = ' '
		}
		from = end
	}
	return string(b), true
}

// endsWord reports whether what follows a word cannot be part of it.
func endsWord(rest string) bool {
	return strings.IndexByte(" \t\n\r\v\f(;", rest[0]) >= 0 || strings.HasPrefix(rest, "--") ||
		strings.HasPrefix(rest, "/*")
}

// skipBlank returns where the first character stands that is neither white space nor inside a comment. A comment that
// is not closed is none.
func skipBlank(s string, i int) int {
	for i < len(s) {
		switch {
		case strings.IndexByte(" \t\n\r\v\f", s[i]) >= 0:
			i++
		case strings.HasPrefix(s[i:], "--"):
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return len(s)
			}
			i += n
		case strings.HasPrefix(s[i:], "/*"):
			n := comment(s[i:])
			if n == 0 {
				return i
			}
			i += n
		default:
			return i
		}
	}
	return i
}

// comment returns the length of the comment that s begins with; such comments nest.
func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
