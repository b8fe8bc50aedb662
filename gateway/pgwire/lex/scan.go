package lex

import "strings"

// scanner stands at an offset of a text.
type scanner struct {
	text  string
	pos   int
	signs int // up to here, each + and - is an operator of its own
}

// at returns the byte that many places on, and 0 behind the end.
func (s *scanner) at(ahead int) byte {
	if s.pos+ahead < len(s.text) {
		return s.text[s.pos+ahead]
	}
	return 0
}

// run moves on over all bytes that belong to a set.
func (s *scanner) run(in func(byte) bool) {
	for s.pos < len(s.text) && in(s.text[s.pos]) {
		s.pos++
	}
}

// next moves behind the token that begins here.
func (s *scanner) next() (Kind, Reason) {
	c := s.at(0)
	switch {
	case blank(c):
		s.run(blank)
		return Blank, ""
	case c == '-' && s.at(1) == '-':
		s.line()
		return Comment, ""
	case c == '/' && s.at(1) == '*':
		return Comment, s.block()
	case begins(c):
		return s.word()
	case c == '\'':
		return String, s.quoted(0, false, OpenString)
	case c == '"':
		return Quoted, s.identifier(0)
	case digit(c), c == '.' && digit(s.at(1)):
		return Number, s.number()
	case c == '$':
		return s.dollar()
	case operator(c):
		s.operator()
		return Operator, ""
	}
	return s.punctuation()
}

func (s *scanner) punctuation() (Kind, Reason) {
	c := s.at(0)
	s.pos++
	switch {
	case c == ':' && (s.at(0) == ':' || s.at(0) == '='), c == '.' && s.at(0) == '.':
		s.pos++
		return Punctuation, ""
	case strings.IndexByte("()[],;.:", c) >= 0:
		return Punctuation, ""
	}
	return Other, ""
}

// line moves to the end of a line; the line feed is not part of the comment.
func (s *scanner) line() {
	s.run(func(c byte) bool { return c != '\n' && c != '\r' })
}

// block moves behind a comment and those inside it.
func (s *scanner) block() Reason {
	depth := 0
	for s.pos < len(s.text) {
		switch {
		case s.at(0) == '/' && s.at(1) == '*':
			depth++
			s.pos += 2
		case s.at(0) == '*' && s.at(1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return ""
			}
		default:
			s.pos++
		}
	}
	return OpenComment
}

// word moves behind an identifier, or behind a quoted form that a letter introduces.
func (s *scanner) word() (Kind, Reason) {
	switch c, second := s.at(0)|0x20, s.at(1); {
	case s.at(0) >= 0x80:
	case second == '\'' && c == 'e':
		return Escaped, s.quoted(1, true, OpenString)
	case second == '\'' && c == 'n':
		return National, s.quoted(1, false, OpenString)
	case second == '\'' && c == 'b':
		return Bits, s.quoted(1, false, OpenBits)
	case second == '\'' && c == 'x':
		return Hex, s.quoted(1, false, OpenHex)
	case second == '&' && c == 'u' && s.at(2) == '\'':
		return Wide, s.quoted(2, false, OpenString)
	case second == '&' && c == 'u' && s.at(2) == '"':
		return Unicode, s.identifier(2)
	}
	s.run(continues)
	return Word, ""
}

// quoted moves behind a string whose quote comes after a prefix. Parts of one string may stand on several lines.
func (s *scanner) quoted(prefix int, backslash bool, open Reason) Reason {
	s.pos += prefix + 1
	for s.pos < len(s.text) {
		switch c := s.at(0); {
		case c == '\\' && backslash:
			s.pos = min(s.pos+2, len(s.text))
		case c == '\'' && s.at(1) == '\'':
			s.pos += 2
		case c == '\'':
			s.pos++
			if !s.continued() {
				return ""
			}
		default:
			s.pos++
		}
	}
	return open
}

// continued moves behind the quote that goes on with a string after at least one line feed, and reports whether there
// is one; otherwise it stays.
func (s *scanner) continued() bool {
	ahead, lines := *s, 0
	for {
		switch c := ahead.at(0); {
		case c == '\n', c == '\r':
			lines++
			ahead.pos++
		case blank(c):
			ahead.pos++
		case c == '-' && ahead.at(1) == '-':
			ahead.line()
			if ahead.pos == len(ahead.text) {
				return false
			}
		case c == '\'' && lines > 0:
			s.pos = ahead.pos + 1
			return true
		default:
			return false
		}
	}
}

// identifier moves behind a quoted identifier whose quote comes after a prefix.
func (s *scanner) identifier(prefix int) Reason {
	s.pos += prefix + 1
	start := s.pos
	for s.pos < len(s.text) {
		switch {
		case s.at(0) != '"':
			s.pos++
		case s.at(1) == '"':
			s.pos += 2
		case s.pos == start:
			return EmptyQuoted
		default:
			s.pos++
			return ""
		}
	}
	return OpenQuoted
}

// number moves behind digits, a fraction and an exponent. Two points are an operator of their own, as in 1..10.
func (s *scanner) number() Reason {
	s.run(digit)
	if s.at(0) == '.' && s.at(1) != '.' {
		s.pos++
		s.run(digit)
	}
	if s.at(0)|0x20 == 'e' {
		sign := 0
		if s.at(1) == '+' || s.at(1) == '-' {
			sign = 1
		}
		if digit(s.at(1 + sign)) {
			s.pos += 1 + sign
			s.run(digit)
		}
	}
	if begins(s.at(0)) {
		return JunkNumber
	}
	return ""
}

// dollar moves behind a parameter or a dollar-quoted string.
func (s *scanner) dollar() (Kind, Reason) {
	start := s.pos
	s.pos++
	if digit(s.at(0)) {
		s.run(digit)
		if begins(s.at(0)) {
			return Parameter, JunkParameter
		}
		return Parameter, ""
	}
	if begins(s.at(0)) {
		s.run(func(c byte) bool { return c != '$' && continues(c) })
	}
	if s.at(0) != '$' {
		s.pos = start + 1
		return Other, ""
	}
	s.pos++
	tag := s.text[start:s.pos]
	end := strings.Index(s.text[s.pos:], tag)
	if end < 0 {
		return Dollar, OpenDollar
	}
	s.pos += end + len(tag)
	return Dollar, ""
}

// operator moves behind the longest operator. A comment ends it; + and - end it only where it has a character that no
// operator of standard SQL has, so that in 1=-1 the minus is a sign.
func (s *scanner) operator() {
	if s.pos < s.signs {
		s.pos++
		return
	}
	start := s.pos
	special := false
	for s.pos < len(s.text) && operator(s.at(0)) {
		if s.pos > start && (s.at(0) == '-' && s.at(1) == '-' || s.at(0) == '/' && s.at(1) == '*') {
			break
		}
		special = special || strings.IndexByte("~!@#^&|`?%", s.at(0)) >= 0
		s.pos++
	}
	s.signs = s.pos
	for !special && s.pos > start+1 && (s.text[s.pos-1] == '+' || s.text[s.pos-1] == '-') {
		s.pos--
	}
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\v' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func begins(c byte) bool { return c == '_' || c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z' }

func continues(c byte) bool { return begins(c) || digit(c) || c == '$' }

func operator(c byte) bool { return strings.IndexByte("+-*/<>=~!@#%^&|`?", c) >= 0 }
