package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// numerals searches a cell again with its Chinese numerals read as digits.
func (d *Detector) numerals(s string) {
	d.cell, d.form = fold(s, true), Numerals
	d.checked()
	d.tokens()
	d.form = Plain
}

// Bounds on what is decoded: shorter holds no identifier, longer is not one cell's worth.
const (
	leastEncoded = 16
	mostEncoded  = 4096
)

// encoded looks for words in base64 or hexadecimal digits that decode to text with an identifier in it. What is decoded
// is not decoded again.
func (d *Detector) encoded() {
	text := d.cell.text
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && kind[text[end]]&(isAlnum|isMark) != 0 {
			end++
		}
		if n := end - i; n >= leastEncoded && n <= mostEncoded {
			d.decode(i, end)
		}
		i = end + 1
	}
}

func (d *Detector) decode(start, end int) {
	s := d.cell.text[start:end]
	form := Base64
	text, ok := decodeHex(s)
	if ok {
		form = Hex
	} else if text, ok = decodeBase64(s); !ok {
		return
	}
	if d.nest == nil {
		d.nest = New()
	}
	best := -1
	inside := d.nest.findPlain(text, d.hint)
	for i, f := range inside {
		if best < 0 || f.Score > inside[best].Score {
			best = i
		}
	}
	if best >= 0 {
		d.found = append(d.found,
			Finding{inside[best].Type, d.cell.place(start), d.cell.place(end), inside[best].Score, form})
	}
}

// findPlain is Find without a look behind disguises.
func (d *Detector) findPlain(s string, column Hint) []Finding {
	d.found, d.hint, d.form, d.cell = d.found[:0], column, Plain, folded{text: s}
	f := measure(s)
	if f.folds() {
		d.cell = fold(s, false)
	}
	d.search(f)
	return d.settle()
}

func decodeHex(s string) (string, bool) {
	s = strings.TrimPrefix(s, "0x")
	if len(s)%2 != 0 || s[0] < '2' || s[0] > '7' && s[0] != 'e' && s[0] != 'E' {
		return "", false
	}
	b, err := hex.DecodeString(s)
	return string(b), err == nil && printable(b)
}

func decodeBase64(s string) (string, bool) {
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding
	}
	s = strings.TrimRight(s, "=")
	if len(s)%4 == 1 {
		return "", false
	}
	b, err := encoding.DecodeString(s)
	return string(b), err == nil && printable(b)
}

// printable reports whether bytes are text.
func printable(b []byte) bool {
	control := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7F }
	return utf8.Valid(b) && !bytes.ContainsFunc(b, control)
}

// Joined reports whether two cells of one row are the parts of one identifier that has a check digit, or of a mobile
// number. By itself that may be chance; that it holds for most rows of two columns is not.
func Joined(a, b string) (Type, bool) {
	if len(a) < 3 || len(b) < 3 || len(a)+len(b) > 19 || digits(a)+digits(b) < 8 || digits(b) < 2 {
		return "", false
	}
	s := a + b
	switch {
	case len(s) == 18 && chinaid.ResidentID(s):
		return ResidentID, true
	case len(s) == 18 && chinaid.CreditCode(s):
		return CreditCode, true
	case len(s) >= 16 && chinaid.BankCard(s):
		return BankCard, true
	case len(s) == 11 && chinaid.Mobile(s):
		return Mobile, true
	}
	return "", false
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if digit(s[i]) {
			n++
		}
	}
	return n
}
