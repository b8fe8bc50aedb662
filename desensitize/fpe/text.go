package fpe

import (
	"crypto/cipher"
	"strings"
	"unicode/utf8"
)

// Cipher encrypts texts of one form. Its methods append to dst; a text outside the form is ErrUnfit. A Cipher is not
// safe for concurrent use.
type Cipher interface {
	Encrypt(dst []byte, s string) ([]byte, error)
	Decrypt(dst []byte, s string) ([]byte, error)
}

// Alphabets of Text.
const (
	Digits = "0123456789"
	Lower  = "abcdefghijklmnopqrstuvwxyz"
	Upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// Text encrypts the characters of a text that are in its alphabet and leaves all others where they are: separators keep
// their places. Full-width digits and letters count as, and become, half-width ones.
type Text struct {
	ff1      *FF1
	alphabet string
	index    [utf8.RuneSelf]int16 // of a character in the alphabet, plus one
	context  []byte
	x        []uint16
}

// NewText returns a Text cipher over an alphabet of ASCII characters. The context is the tweak: equal values under
// different contexts are encrypted differently.
func NewText(block cipher.Block, alphabet string, context []byte) (*Text, error) {
	ff1, err := NewFF1(block, len(alphabet))
	if err != nil {
		return nil, err
	}
	t := &Text{ff1: ff1, alphabet: alphabet, context: context}
	for i := range alphabet {
		t.index[alphabet[i]] = int16(i + 1)
	}
	return t, nil
}

// Encrypt appends the encryption of s to dst.
func (t *Text) Encrypt(dst []byte, s string) ([]byte, error) { return t.crypt(dst, s, t.ff1.Encrypt) }

// Decrypt is the inverse of Encrypt.
func (t *Text) Decrypt(dst []byte, s string) ([]byte, error) { return t.crypt(dst, s, t.ff1.Decrypt) }

func (t *Text) crypt(dst []byte, s string, f func([]uint16, []byte) error) ([]byte, error) {
	t.x = t.x[:0]
	for _, r := range s {
		if i := t.indexOf(r); i > 0 {
			t.x = append(t.x, uint16(i-1))
		}
	}
	if len(t.x) < 2 {
		return dst, ErrUnfit
	}
	if err := f(t.x, t.context); err != nil {
		return dst, ErrUnfit // too short for the least domain, too
	}
	i := 0
	for _, r := range s {
		if t.indexOf(r) > 0 {
			dst = append(dst, t.alphabet[t.x[i]])
			i++
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst, nil
}

func (t *Text) indexOf(r rune) int16 {
	r = half(r)
	if r >= utf8.RuneSelf {
		return 0
	}
	return t.index[r]
}

// half returns the half-width form of a full-width digit, letter or sign.
func half(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// compact returns the digits and letters of s in half width and upper case, without the spaces and dashes between them,
// and whether there are n of them; "" where s holds anything else.
func compact(s string, n int) (string, bool) {
	if len(s) <= 20 && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s, len(s) == n
	}
	var b strings.Builder
	for _, r := range s {
		r = half(r)
		switch {
		case r >= 'a' && r <= 'z':
			r += 'A' - 'a'
		case r == ' ' || r == '-' || r == '　':
			continue
		case !plain(r):
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == n
}

func plain(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' }
