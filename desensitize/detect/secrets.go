package detect

import (
	"slices"
	"strings"
)

// marker begins the keys of a service; so many characters of a key follow.
type marker struct {
	text string
	rest int
}

// markers are those that services publish for secret scanning, by first character.
var markers = map[byte][]marker{
	'A': {{"AKIA", 16}, {"ASIA", 16}, {"AKID", 28}, {"AIza", 35}},
	'L': {{"LTAI", 12}},
	'g': {{"ghp_", 36}, {"gho_", 36}, {"ghs_", 36}, {"github_pat_", 22}, {"glpat-", 20}},
	's': {{"sk-", 20}, {"sk_live_", 16}, {"sk_test_", 16}},
	'x': {{"xoxb-", 20}, {"xoxp-", 20}},
	'h': {{"hf_", 30}},
}

// secrets looks for private keys, web tokens, keys of known services, and what follows a word for password.
func (d *Detector) secrets(f features) {
	text := d.cell.text
	if f.marks >= 10 {
		if at := strings.Index(text, "-----BEGIN "); at >= 0 && strings.Contains(text[at:], "PRIVATE KEY-----") {
			d.add(secret, at, len(text))
			return
		}
	}
	if f.letters+f.digits >= 16 {
		d.keys()
	}
	if f.colons > 0 || f.marks > 0 {
		d.assigned()
	}
	if d.hint.has(secret) && len(d.found) == 0 && len(text) >= 8 && f.letters > 0 && f.digits > 0 &&
		!strings.ContainsAny(text, " \t\n") {
		d.add(secret, 0, len(text))
	}
}

// keys looks at every beginning of a word.
func (d *Detector) keys() {
	text := d.cell.text
	for i := 0; i+16 <= len(text); i++ {
		if !alnum(text[i]) || i > 0 && keyByte(text[i-1]) {
			continue
		}
		if text[i] == 'e' && strings.HasPrefix(text[i:], "eyJ") {
			d.webToken(i)
		}
		for _, m := range markers[text[i]] {
			if end := keyEnd(text, i); strings.HasPrefix(text[i:], m.text) && end-i >= len(m.text)+m.rest {
				d.add(secret, i, end)
			}
		}
		i = keyEnd(text, i)
	}
}

func keyByte(c byte) bool { return alnum(c) || c == '_' || c == '-' }

func keyEnd(text string, at int) int {
	for at < len(text) && keyByte(text[at]) {
		at++
	}
	return at
}

// webToken takes a JSON web token: three parts in base64 with points between them, the first two JSON (RFC 7519).
func (d *Detector) webToken(start int) {
	text := d.cell.text
	one := keyEnd(text, start)
	if one == len(text) || text[one] != '.' || !strings.HasPrefix(text[one+1:], "eyJ") {
		return
	}
	two := keyEnd(text, one+1)
	if two < len(text) && text[two] == '.' {
		d.add(secret, start, keyEnd(text, two+1))
	}
}

// assigned looks at what follows a colon or an equals sign after a word for password.
func (d *Detector) assigned() {
	text := d.cell.text
	for i := range len(text) {
		start := i + 1
		if strings.HasPrefix(text[i:], "：") {
			start = i + len("：")
		} else if text[i] != ':' && text[i] != '=' {
			continue
		}
		before := strings.TrimRight(strings.ToLower(text[max(0, i-24):i]), ` "'`)
		if !endsWith(before, Types[secret].Words) {
			continue
		}
		for start < len(text) && (text[start] == ' ' || text[start] == '"' || text[start] == '\'') {
			start++
		}
		end := start
		for end < len(text) && end-start < 512 && text[end] > ' ' && text[end] < 0x7F &&
			strings.IndexByte(`"',;`, text[end]) < 0 {
			end++
		}
		if end-start >= 6 {
			d.add(secret, start, end)
		}
	}
}

func endsWith(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(s, w) })
}
