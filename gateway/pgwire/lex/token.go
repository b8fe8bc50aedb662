package lex

import "unicode/utf8"

// Kind says what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Blank       Kind = iota // space, tab, line feed, carriage return, form feed: as many as stand together
	Comment                 // -- to the end of the line, or /* … */ with others inside
	Word                    // a keyword or an identifier without quotes
	Quoted                  // "identifier"
	Unicode                 // U&"identifier"
	String                  // 'text', also in several parts on several lines
	Escaped                 // E'text' with backslashes
	Wide                    // U&'text'
	National                // N'text'
	Bits                    // B'0101'
	Hex                     // X'1FF'
	Dollar                  // $tag$text$tag$
	Number                  // 42, 3.5, .001, 1.9e-5
	Parameter               // $1
	Operator                // one or more of + - * / < > = ~ ! @ # % ^ & | ` ?
	Punctuation             // one of ( ) [ ] , ; . : or one of :: := ..
	Other                   // a byte that begins no token; the parser refuses it
)

// Token is a part of a text: its bytes [Start, End).
type Token struct {
	Kind       Kind
	Start, End int
}

// Reason says why a text cannot be cut into tokens, in PostgreSQL's words.
type Reason string

// The reasons. All belong to SQLSTATE 42601.
const (
	OpenComment   Reason = "unterminated /* comment"
	OpenString    Reason = "unterminated quoted string"
	OpenBits      Reason = "unterminated bit string literal"
	OpenHex       Reason = "unterminated hexadecimal string literal"
	OpenDollar    Reason = "unterminated dollar-quoted string"
	OpenQuoted    Reason = "unterminated quoted identifier"
	EmptyQuoted   Reason = "zero-length delimited identifier"
	JunkNumber    Reason = "trailing junk after numeric literal"
	JunkParameter Reason = "trailing junk after parameter"
)

// Error is what Tokens and Split return: the offset of the token that is wrong, and why.
type Error struct {
	Pos    int
	Reason Reason
}

func (e *Error) Error() string { return string(e.Reason) }

// Position returns an offset in a text as PostgreSQL's messages count it: in characters, from 1.
func Position(text string, offset int) int {
	return utf8.RuneCountInString(text[:min(max(offset, 0), len(text))]) + 1
}

// Tokens cuts a text into tokens that follow each other without a gap: joined, they are the text. The error is an *Error;
// the tokens before it are returned with it.
func Tokens(text string) ([]Token, error) {
	tokens := make([]Token, 0, len(text)/4+1)
	s := scanner{text: text}
	for s.pos < len(text) {
		start := s.pos
		kind, reason := s.next()
		if reason != "" {
			return tokens, &Error{Pos: start, Reason: reason}
		}
		tokens = append(tokens, Token{Kind: kind, Start: start, End: s.pos})
	}
	return tokens, nil
}
