package detect

import "unicode/utf8"

// The kinds of bytes that decide which searches are worth while.
const (
	isDigit = 1 << iota
	isUpper
	isLowerCase
	isHex
	isMark  // of base64, and of words joined in a token
	isAlnum = isDigit | isUpper | isLowerCase
)

var kind = func() (k [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		k[c] = isDigit | isHex
	}
	for c := 'a'; c <= 'z'; c++ {
		k[c], k[c-'a'+'A'] = isLowerCase, isUpper
	}
	for _, c := range "abcdefABCDEF" {
		k[c] |= isHex
	}
	for _, c := range "+/=_-" {
		k[c] |= isMark
	}
	return k
}()

func digit(c byte) bool { return kind[c]&isDigit != 0 }
func alnum(c byte) bool { return kind[c]&isAlnum != 0 }

// features count what a cell is made of. Wide counts full-width characters that an identifier may be written in, gaps
// the spaces and dashes beyond ASCII.
type features struct {
	digits, letters, han, numerals, wide, gaps, marks int
	at, colons, points, degrees                       int
}

// folds reports whether a cell has to be folded to be searched.
func (f *features) folds() bool { return f.wide > 0 || f.gaps > 0 && f.digits >= 7 }

// worthReading reports whether a cell may hold anything.
func (f *features) worthReading() bool {
	return f.digits >= 4 || f.han >= 2 || f.letters >= 6 || f.at > 0 || f.han > 0 && f.letters+f.digits >= 5
}

// measure takes one look at a cell.
func measure(s string) features {
	var f features
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			i += f.rune(s[i:]) - 1
		case c-'0' <= 9:
			f.digits++
		case kind[c]&isAlnum != 0:
			f.letters++
		case c == '@':
			f.at++
		case c == ':':
			f.colons++
		case c == '.':
			f.points++
		case kind[c]&isMark != 0:
			f.marks++
		}
	}
	return f
}

// rune counts the character that s starts with and returns its width.
func (f *features) rune(s string) int {
	r, width := utf8.DecodeRuneInString(s)
	switch {
	case isHan(r) || r == '〇':
		f.han++
		if numerals.has(r) || r == '〇' {
			f.numerals++
		}
	case r >= '！' && r <= '～':
		f.fullWidth(byte(r-'！'+'!'), s[width:])
	case r == '°':
		f.degrees++
	case separator(r) != 0:
		f.gaps++
	}
	return width
}

func (f *features) fullWidth(c byte, next string) {
	switch {
	case digit(c):
		f.digits++
		f.wide++
	case alnum(c):
		f.letters++
		f.wide++
	case c == '@':
		f.at++
		f.wide++
	case c == '.':
		f.points++
		f.wide++
	case c == ':':
		f.colons++
	case c == '(' && next != "" && digit(next[0]): // of an area code
		f.wide++
	}
}

var numerals = newRunes("零一壹幺二贰三叁四肆五伍六陆七柒八捌九玖")

// separator returns what stands for a space or dash beyond ASCII, or 0.
func separator(r rune) byte {
	switch {
	case r == 0xA0, r == 0x3000, r >= 0x2000 && r <= 0x200B:
		return ' '
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE63:
		return '-'
	case r == '、':
		return ','
	}
	return 0
}

// numeral returns the digit that a Chinese numeral stands for where digits are read one by one, or 0.
func numeral(r rune) byte {
	switch r {
	case '〇', '零':
		return '0'
	case '一', '壹', '幺':
		return '1'
	case '二', '贰':
		return '2'
	case '三', '叁':
		return '3'
	case '四', '肆':
		return '4'
	case '五', '伍':
		return '5'
	case '六', '陆':
		return '6'
	case '七', '柒':
		return '7'
	case '八', '捌':
		return '8'
	case '九', '玖':
		return '9'
	}
	return 0
}

// folded is a cell with full-width characters made plain, and where each byte of it came from.
type folded struct {
	text string
	at   []int32 // nil where the text is the cell itself; else one more than the text has bytes
}

func (f *folded) place(i int) int {
	if f.at == nil {
		return i
	}
	return int(f.at[i])
}

// fold makes full-width letters, digits and signs plain, and with numerals, Chinese numerals digits.
func fold(s string, numerals bool) folded {
	text := make([]byte, 0, len(s))
	at := make([]int32, 0, len(s)+1)
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		c := byte(0)
		switch {
		case r < utf8.RuneSelf:
			c = byte(r)
		case r >= '！' && r <= '～':
			c = byte(r - '！' + '!')
		case numerals && numeral(r) != 0:
			c = numeral(r)
		default:
			c = separator(r)
		}
		n := len(text)
		if c != 0 {
			text = append(text, c)
		} else {
			text = append(text, s[i:i+width]...)
		}
		for range len(text) - n {
			at = append(at, int32(i))
		}
		i += width
	}
	return folded{string(text), append(at, int32(len(s)))}
}
