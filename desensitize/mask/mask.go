// Package mask hides parts of texts in the shapes that Chinese administrative data has: 姓名, 身份证号, 手机号 and others
// (GB/T 37964-2019 A.2.2 屏蔽, ISO/IEC 20889 "masking"). A mask keeps the length and the separators of what it hides
// where that is harmless, writes '*' for a half-width or Chinese character and '＊' for a full-width letter or digit,
// and is idempotent. What does not have the shape a preset expects is hidden entirely: masks fail closed.
//
// It is not for making data anonymous: the kept part of a value may still single out a person, and each preset says
// what it keeps. Nor does it find identifiers; it is given them.
package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// Preset is a way of masking one kind of value. The zero Preset is not usable; Lookup gives one.
type Preset struct {
	Name  string
	Title yumen.Text
	Keeps yumen.Text // what stays readable, and so what leaks
	write func(dst []byte, s string) []byte
}

// Append appends the masked form of s to dst. A text that is not valid UTF-8, which may be another encoding read as
// UTF-8, becomes "***": no byte of it survives. An empty text stays empty.
func (p Preset) Append(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return append(dst, "***"...)
	}
	return p.write(dst, s)
}

// String returns the masked form of s.
func (p Preset) String(s string) string { return string(p.Append(nil, s)) }

// Ends returns a preset that keeps the first and last so many letters and digits of a value and hides those between.
// A value of at most first+last+1 of them is hidden entirely.
func Ends(first, last int) Preset {
	return Preset{
		Name:  "ends",
		Title: yumen.Text{EN: "ends", ZH: "首尾保留"},
		Keeps: yumen.Say("the first %d and last %d characters", "前 %d 位与后 %d 位", first, last),
		write: func(dst []byte, s string) []byte {
			return keepEnds(dst, s, func(n int) (int, int) {
				if n <= first+last+1 {
					return 0, 0
				}
				return first, last
			})
		},
	}
}

// keepEnds writes s with all its significant characters hidden but the first and last few, as many as ends says for
// their number. Separators stay and do not count.
func keepEnds(dst []byte, s string, ends func(n int) (first, last int)) []byte {
	n := significant(s)
	first, last := ends(n)
	if n == len(s) { // one byte each, no separators
		dst = append(dst, s[:first]...)
		dst = appendStars(dst, n-first-last)
		return append(dst, s[n-last:]...)
	}
	i := 0
	for pos := 0; pos < len(s); {
		c := s[pos]
		if c < utf8.RuneSelf {
			pos++
			if separatorByte[c] {
				dst = append(dst, c)
				continue
			}
			if i < first || i >= n-last {
				dst = append(dst, c)
			} else {
				dst = append(dst, '*')
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[pos:])
		switch {
		case separator(r):
			dst = append(dst, s[pos:pos+size]...)
		case i < first || i >= n-last:
			dst = append(dst, s[pos:pos+size]...)
			i++
		default:
			dst = append(dst, star(r)...)
			i++
		}
		pos += size
	}
	return dst
}

const stars = "********************************"

func appendStars(dst []byte, n int) []byte {
	for ; n > len(stars); n -= len(stars) {
		dst = append(dst, stars...)
	}
	return append(dst, stars[:n]...)
}

// hide writes s with every significant character hidden.
func hide(dst []byte, s string) []byte {
	return keepEnds(dst, s, func(int) (int, int) { return 0, 0 })
}

// significant counts the characters of s that are not separators.
func significant(s string) int {
	n := 0
	for pos := 0; pos < len(s); {
		c := s[pos]
		if c < utf8.RuneSelf {
			pos++
			if !separatorByte[c] {
				n++
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[pos:])
		if !separator(r) {
			n++
		}
		pos += size
	}
	return n
}

var separatorByte = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = separator(rune(c))
	}
	return t
}()

// separator reports whether r groups or joins the characters of an identifier instead of being one of them. A star is
// none, so that a masked value keeps its shape when it is masked again.
func separator(r rune) bool {
	switch r {
	case '*', '＊':
		return false
	case '+', '＋':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsPunct(r)
}

// star returns what hides r: a full-width star for a full-width letter or digit, so that columns of text stay aligned.
func star(r rune) string {
	if fold(r) != r || r == '＊' {
		return "＊"
	}
	return "*"
}

// fold returns the half-width form of a full-width letter, digit or sign, and any other character unchanged.
func fold(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	if r == '　' {
		return ' '
	}
	return r
}

// digitOf returns the value of a half- or full-width decimal digit.
func digitOf(r rune) (int, bool) {
	r = fold(r)
	return int(r - '0'), r >= '0' && r <= '9'
}

// Lookup returns the preset of that name.
func Lookup(name string) (Preset, bool) {
	p, ok := byName[name]
	return p, ok
}

// Names lists the presets, for messages.
func Names() string {
	var b strings.Builder
	for i, p := range Presets {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
	}
	return b.String()
}
