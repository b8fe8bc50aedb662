package chinaid

import "unicode/utf8"

// The types of identifiers that Find reports, strongest first: where two overlap, the earlier in this list stands.
const (
	TypeResidentID = "resident_id"
	TypeCreditCode = "credit_code"
	TypeBankCard   = "bank_card"
	TypeMobile     = "mobile"
)

// Hit is an identifier found in a text, at the bytes from Start up to End.
type Hit struct {
	Type       string
	Start, End int
}

// Find returns the identifiers in s, in order and without overlap. It sees through full-width digits and letters and
// through single spaces or dashes between groups. A part of a longer number is no hit, nor is the fraction of a
// decimal; a number that ends in ".0", as an identifier does after it was read as floating point, is one. Where nothing
// is found it allocates nothing.
func Find(s string) []Hit {
	if !worthReading(s) {
		return nil
	}
	var hits []Hit
	var r run
	var before [2]byte // the symbols before the place that is read
	for i := 0; i < len(s); {
		c, width := decode(s, i)
		if starts(before, c) {
			r.collect(s, i)
			hits = r.find(s, hits)
		}
		before = [2]byte{before[1], c}
		i += width
	}
	return hits
}

// least counts what every identifier has: 11 characters, and 7 digits (a credit code has letters elsewhere).
const (
	leastLength = 11
	leastDigits = 7
)

func worthReading(s string) bool {
	if len(s) < leastLength {
		return false
	}
	digits := 0
	for i := range len(s) {
		if s[i]-'0' <= 9 || s[i] == 0xEF { // 0xEF opens every full-width form
			digits++
		}
	}
	return digits >= leastDigits
}

// What decode makes of a character that is neither digit nor letter.
const (
	other = 0
	gap   = ' ' // may stand between groups
	point = '.'
	plus  = '+'
)

// decode returns the character at s[i] as an ASCII digit or upper-case letter, or as one of the constants above, and
// its width in bytes.
func decode(s string, i int) (byte, int) {
	if s[i] < utf8.RuneSelf {
		return plain(s[i]), 1
	}
	r, width := utf8.DecodeRuneInString(s[i:])
	switch {
	case r >= 0xFF01 && r <= 0xFF5E: // full-width ASCII
		return plain(byte(r - 0xFEE0)), width
	case r == 0xA0, r == 0x3000, r >= 0x2010 && r <= 0x2014, r == 0x2212: // spaces, hyphens and dashes, minus
		return gap, width
	}
	return other, width
}

func plain(c byte) byte {
	switch c = upper(c); {
	case isDigit(c), isLetter(c), c == point, c == plus:
		return c
	case c == ' ', c == '-':
		return gap
	}
	return other
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c-'A' <= 'Z'-'A' }

// starts reports whether an identifier may start with c after the two symbols before it.
func starts(before [2]byte, c byte) bool {
	switch {
	case isDigit(c):
		return !isDigit(before[1]) && (before[1] != point || !isDigit(before[0]))
	case isLetter(c):
		return !isDigit(before[1]) && !isLetter(before[1])
	}
	return false
}

// longest is the length of the longest identifier.
const longest = 19

// run is a stretch of digits and letters with single gaps between them.
type run struct {
	code       [longest + 1]byte // one more than an identifier has, to see what follows
	start, end [longest + 1]int  // where each stands in the text
	afterGap   [longest + 1]bool
	n          int
	digits     int // how many of the first are digits
}

// collect reads the run that starts at s[i].
func (r *run) collect(s string, i int) {
	r.n, r.digits = 0, 0
	sawGap := false
	for i < len(s) && r.n < len(r.code) {
		c, width := decode(s, i)
		switch {
		case isDigit(c) || isLetter(c):
			if isDigit(c) && r.digits == r.n {
				r.digits++
			}
			r.code[r.n], r.start[r.n], r.end[r.n], r.afterGap[r.n] = c, i, i+width, sawGap
			r.n++
			sawGap = false
		case c == gap && !sawGap:
			sawGap = true
		default:
			return
		}
		i += width
	}
}

// find adds the strongest identifier that starts where the run does.
func (r *run) find(s string, hits []Hit) []Hit {
	if r.n < leastLength {
		return hits
	}
	switch {
	case r.digits >= 17 && r.endsNumber(s, 18) && residentID(r.code[:18]):
		return r.add(s, hits, TypeResidentID, 18)
	case r.endsWord(s, 18) && creditCode(r.code[:18]):
		return r.add(s, hits, TypeCreditCode, 18)
	}
	for n := min(r.digits, longest); n >= 13; n-- {
		if r.endsNumber(s, n) && r.grouped(0, n) && bankCard(r.code[:n]) {
			return r.add(s, hits, TypeBankCard, n)
		}
	}
	for _, n := range [...]int{15, 13, 11} {
		if r.digits >= n && r.endsNumber(s, n) && r.grouped(n-11, n) && mobile(r.code[:n]) {
			return r.add(s, hits, TypeMobile, n)
		}
	}
	return hits
}

// endsNumber reports whether a number may end after n symbols: no digit follows at once, nor a fraction other than
// zero.
func (r *run) endsNumber(s string, n int) bool {
	if r.n < n || n < r.n && !r.afterGap[n] && isDigit(r.code[n]) {
		return false
	}
	return !fraction(s[r.end[n-1]:])
}

// endsWord reports whether a word may end after n symbols.
func (r *run) endsWord(s string, n int) bool {
	return r.endsNumber(s, n) && (r.n == n || r.afterGap[n])
}

// fraction reports whether s goes on with a point and digits that are not all zero.
func fraction(s string) bool {
	if s == "" || s[0] != point {
		return false
	}
	for i := 1; i < len(s) && isDigit(s[i]); i++ {
		if s[i] != '0' {
			return true
		}
	}
	return false
}

// grouped reports whether the symbols are written in groups as people write them: none but the last shorter than three.
// Without it, short numbers side by side would often make up a card or a mobile number.
func (r *run) grouped(from, to int) bool {
	size := 0
	for i := from; i < to; i++ {
		if i > from && r.afterGap[i] {
			if size < 3 {
				return false
			}
			size = 0
		}
		size++
	}
	return true
}

// add puts in the hit of the first n symbols unless an equal or stronger one overlaps it, and drops weaker ones that
// do.
func (r *run) add(s string, hits []Hit, kind string, n int) []Hit {
	h := Hit{Type: kind, Start: r.start[0], End: r.end[n-1]}
	if kind == TypeMobile && n == 13 {
		h.Start -= plusBefore(s, h.Start)
	}
	keep := len(hits)
	for keep > 0 && hits[keep-1].End > h.Start {
		if strength(hits[keep-1].Type) >= strength(kind) {
			return hits
		}
		keep--
	}
	return append(hits[:keep], h)
}

// plusBefore returns the width of a plus sign that ends at s[i], or 0.
func plusBefore(s string, i int) int {
	_, width := utf8.DecodeLastRuneInString(s[:i])
	if i == 0 {
		return 0
	}
	if c, _ := decode(s, i-width); c != plus {
		return 0
	}
	return width
}

func strength(kind string) int {
	switch kind {
	case TypeResidentID:
		return 4
	case TypeCreditCode:
		return 3
	case TypeBankCard:
		return 2
	}
	return 1
}
