package detect

import "strings"

// areaCode reports whether digits are the area code of a landline: 010, 020 to 029, or 0 and three digits from 310 on.
func areaCode(s string) bool {
	switch {
	case len(s) == 3:
		return s[0] == '0' && (s[1] == '2' || s == "010")
	case len(s) == 4:
		return s[0] == '0' && s[1] >= '3' && (s[1] != '6' || s[2] == '3' || s[2] == '6' || s[2] == '9')
	}
	return false
}

// areaPhone looks for an area code, a sign and a number of 7 or 8 digits; an extension may follow. 400 and 800 numbers
// are written in groups.
func (d *Detector) areaPhone(start, end int) {
	text := d.cell.text
	code := text[start:end]
	at := end
	if start > 0 && (text[start-1] == '.' || text[start-1] == '-' && !strings.HasSuffix(text[:start], "86-")) {
		return
	}
	if at < len(text) && text[at] == ')' && start > 0 && text[start-1] == '(' {
		start, at = start-1, at+1
	}
	if at < len(text) && (text[at] == '-' || text[at] == ' ') {
		at++
	}
	if at == end {
		return
	}
	n := leadingDigits(text[at:min(len(text), at+9)])
	if end := at + n; n == 0 || end < len(text) && kind[text[end]]&(isUpper|isLowerCase) != 0 && text[end] != 'x' {
		return
	}
	switch {
	case areaCode(code) && (n == 7 || n == 8) && text[at] >= '2':
		d.add(phone, start, extension(text, at+n))
	case areaCode(code) && (n == 3 || n == 4) && text[at] >= '2': // the number itself in two groups
		if end := at + n; end < len(text) && (text[end] == '-' || text[end] == ' ') &&
			leadingDigits(text[end+1:min(len(text), end+6)]) == 4 {
			d.add(phone, start, extension(text, end+5))
		}
	case (code == "400" || code == "800") && (n == 3 || n == 4 || n == 7):
		d.servicePhone(start, at, n)
	}
}

// servicePhone takes what follows 400 or 800: 7 digits, or 3 and 4, or 4 and 3.
func (d *Detector) servicePhone(start, at, n int) {
	text := d.cell.text
	end := at + n
	if n < 7 {
		if end >= len(text) || text[end] != '-' && text[end] != ' ' ||
			leadingDigits(text[end+1:min(len(text), end+9-n)]) != 7-n {
			return
		}
		end += 8 - n
	}
	if end == len(text) || !alnum(text[end]) {
		d.add(phone, start, end)
	}
}

// extension returns the end of a number whose extension, of up to 6 digits, follows a dash or a word.
func extension(text string, end int) int {
	rest := text[end:]
	for _, mark := range []string{"-", "转", " ext ", " ext. ", "x"} {
		if more, ok := strings.CutPrefix(rest, mark); ok {
			if n := leadingDigits(more[:min(len(more), 7)]); n > 0 && n <= 6 {
				return end + len(mark) + n
			}
		}
	}
	return end
}

// wholePhone takes 11 or 12 digits that begin with 0.
func (d *Detector) wholePhone(start, end int) {
	s := d.cell.text[start:end]
	for _, n := range [...]int{3, 4} {
		if rest := len(s) - n; areaCode(s[:n]) && (rest == 7 || rest == 8) && s[n] >= '2' && (n == 4 || rest == 8) {
			d.addAs(phone, start, end, 0.6)
			return
		}
	}
}

// localPhone takes 7 or 8 digits, which only what announces them makes a number to call.
func (d *Detector) localPhone(start, end int) {
	text := d.cell.text
	if text[start] < '2' || start > 0 && (text[start-1] == '-' || text[start-1] == '.') ||
		!d.announced(phone, start, end) ||
		d.announced(birthDate, start, end) || d.announced(permit, start, end) {
		return
	}
	d.addScored(phone, start, extension(text, end), 0.7)
}
