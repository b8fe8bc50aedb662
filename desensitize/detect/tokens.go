package detect

import (
	"strings"
	"time"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// tokens walks the runs of letters and digits and looks at those of a length that some identifier has.
func (d *Detector) tokens() {
	text := d.cell.text
	for i := 0; i < len(text); {
		if !alnum(text[i]) {
			i++
			continue
		}
		start, digits := i, 0
		for i < len(text) && alnum(text[i]) {
			if digit(text[i]) {
				digits++
			}
			i++
		}
		d.token(start, i, digits)
	}
}

func (d *Detector) token(start, end, digits int) {
	all := digits == end-start
	switch n := end - start; {
	case n == 8:
		d.eight(start, end, all)
	case digits < 3:
	case n == 3 || n == 4:
		d.split(start, end, all)
	case n == 7 && all:
		d.localPhone(start, end)
	case n == 9 || n == 10:
		d.document(start, end, digits)
	case n == 11 || n == 12:
		d.document(start, end, digits)
		if all && d.cell.text[start] == '0' {
			d.wholePhone(start, end)
		}
	case n == 15 && all:
		d.fifteen(start, end)
	case n == 17:
		d.seventeen(start, end, digits)
	}
	if n := end - start; n >= 11 && n <= 19 && digits >= n-10 {
		d.backwards(start, end, all)
	}
}

// split starts identifiers that go on behind a sign: dates, landline and service numbers.
func (d *Detector) split(start, end int, all bool) {
	if !all {
		return
	}
	d.date(start)
	d.areaPhone(start, end)
}

func (d *Detector) eight(start, end int, all bool) {
	if all {
		d.date(start)
		if d.announced(permit, start, end) && !d.announced(phone, start, end) {
			d.add(permit, start, end)
		}
		d.localPhone(start, end)
	}
	text := d.cell.text
	if end+1 < len(text) && text[end] == '-' && alnum(text[end+1]) &&
		(end+2 == len(text) || !alnum(text[end+2]) && text[end+2] != '-') &&
		(start == 0 || text[start-1] != '-') && orgCodeValid(text[start:end], text[end+1]) {
		d.add(orgCode, start, end+2)
	}
	d.document(start, end, 0)
}

// document looks for passports and permits, and for an organisation code without its hyphen.
func (d *Detector) document(start, end, digits int) {
	s := d.cell.text[start:end]
	letters := 0
	for letters < len(s) && letters < 2 && kind[s[letters]]&isUpper != 0 {
		letters++
	}
	rest := len(s) - letters
	switch number := leadingDigits(s[letters:]) == rest; {
	case number && letters == 1:
		d.lettered(start, end, s[0], rest)
	case number && letters == 2 && rest == 7 && s[1] != 'I' && s[1] != 'O' && s[0] == 'E':
		d.add(passport, start, end)
	case number && letters == 2 && rest == 7 && s[0] == 'C':
		d.add(permit, start, end)
	}
	if len(s) == 9 && d.announced(orgCode, start, end) && orgCodeValid(s[:8], s[8]) {
		d.add(orgCode, start, end)
	}
}

// lettered takes one letter and n digits.
func (d *Detector) lettered(start, end int, letter byte, n int) {
	switch {
	case strings.IndexByte("EG", letter) >= 0 && n == 8:
		d.add(passport, start, end)
	case strings.IndexByte("DSPE", letter) >= 0 && (n == 7 || n == 8) && d.announced(passport, start, end):
		d.add(passport, start, end)
	case strings.IndexByte("CWLTHM", letter) >= 0 && n == 8, strings.IndexByte("HM", letter) >= 0 && n == 10:
		d.add(permit, start, end)
	}
}

func leadingDigits(s string) int {
	for i := range len(s) {
		if !digit(s[i]) {
			return i
		}
	}
	return len(s)
}

// fifteen looks for the old form of the resident id, which has no check digit, and for an equipment identity.
func (d *Detector) fifteen(start, end int) {
	s := d.cell.text[start:end]
	device := strings.Contains("01 35 86 91 98 99", s[:2]) && chinaid.LuhnCheck(s[:14]) == s[14]
	if device {
		d.add(imei, start, end)
	}
	switch {
	case !oldResidentID(s):
	case device: // one number in ten of the province 35 looks like a device, and few devices like a resident
		d.addAs(residentID, start, end, Threshold)
	default:
		d.addAs(residentID, start, end, 0.7)
	}
}

// oldResidentID takes 15 digits: region, date of birth with two digits of the year, sequence. They become a resident id
// of today with 19 before the year and any check digit.
func oldResidentID(s string) bool {
	first17 := s[:6] + "19" + s[6:]
	return chinaid.ResidentID(first17 + string(rune(chinaid.ResidentIDCheck(first17))))
}

// seventeen looks for a vehicle, and for identifiers whose check digit was cut off. What is left of a credit code ends
// in the organisation code, which has one of its own.
func (d *Detector) seventeen(start, end, digits int) {
	s := d.cell.text[start:end]
	switch {
	case digits < 17 && vinValid(s):
		d.add(vin, start, end)
	case digits < 17 && digits >= 4 && vinShape(s) && d.announced(vin, start, end):
		d.addAs(vin, start, end, Threshold)
	case digits == 17 && residentWithout(s):
		d.disguised(NoCheckDigit, residentID, start, end, 0.7)
	case digits >= 8 && creditWithout(s):
		d.disguised(NoCheckDigit, creditCode, start, end, 0.7)
	}
}

// residentWithout and creditWithout take 17 characters of a whole identifier.
func residentWithout(s string) bool {
	c := chinaid.ResidentIDCheck(s)
	return c != 0 && chinaid.ResidentID(s+string(rune(c)))
}

func creditWithout(s string) bool {
	c := chinaid.CreditCodeCheck(s)
	return c != 0 && chinaid.CreditCode(s+string(rune(c))) && orgCodeValid(s[8:16], s[16])
}

// disguised notes a find that was seen through a disguise.
func (d *Detector) disguised(form Form, t place, start, end int, alone float64) {
	was := d.form
	d.form = form
	d.addAs(t, start, end, alone)
	d.form = was
}

// backwards reads a token from its end.
func (d *Detector) backwards(start, end int, all bool) {
	var buf [19]byte
	s := d.cell.text[start:end]
	if n := len(d.found); n > 0 && d.found[n-1].End > d.cell.place(start) || len(s) < 18 && !all || len(s) == 11 &&
		!d.hint.has(mobile) {
		return
	}
	for i := range len(s) {
		buf[len(s)-1-i] = s[i]
	}
	r := string(buf[:len(s)])
	switch {
	case len(s) == 18 && chinaid.ResidentID(r):
		d.disguised(Reversed, residentID, start, end, 0.85)
	case looksResident(s) || looksResident(r):
	case len(s) == 18 && chinaid.CreditCode(r):
		d.disguised(Reversed, creditCode, start, end, 0.85)
	case all && len(s) >= 16 && r[0] == '6' && chinaid.BankCard(r) && !chinaid.BankCard(s):
		d.disguised(Reversed, bankCard, start, end, 0.5)
	case all && len(s) == 11 && d.hint.has(mobile) && chinaid.Mobile(r) && !chinaid.Mobile(s):
		d.disguised(Reversed, mobile, start, end, Threshold)
	}
}

// orgCodeValid checks the 8 characters of an organisation code, one at least a digit, against its check character.
func orgCodeValid(s string, check byte) bool {
	want := chinaid.OrganisationCheck(s)
	return want != 0 && check == want && strings.ContainsAny(s, "0123456789")
}

// vinValue holds the value of each character of a vehicle identification number, plus one.
var vinValue = func() (v [256]uint8) {
	for i, c := range []byte("0123456789") {
		v[c] = uint8(i + 1)
	}
	for i, c := range []byte("ABCDEFGH") {
		v[c] = uint8(i + 2)
	}
	for i, c := range []byte("JKLMN") {
		v[c] = uint8(i + 2)
	}
	v['P'], v['R'] = 8, 10
	for i, c := range []byte("STUVWXYZ") {
		v[c] = uint8(i + 3)
	}
	return v
}()

var vinWeights = [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

// vinShape reports whether 17 characters have the form of a vehicle identification number: no I, O or Q, digits at the
// end.
func vinShape(s string) bool {
	for i := range len(s) {
		if vinValue[s[i]] == 0 {
			return false
		}
	}
	return leadingDigits(s[13:]) == 4
}

// vinValid checks position 9: Σ value · weight mod 11, X for 10 (GB 16735-2019, ISO 3779).
func vinValid(s string) bool {
	if !vinShape(s) {
		return false
	}
	sum := 0
	for i, w := range vinWeights {
		sum += int(vinValue[s[i]]-1) * w
	}
	return s[8] == "0123456789X"[sum%11]
}

// date looks for a date that begins at a place and is announced as one of birth: 19900131, 1990-01-31, 1990/1/31,
// 1990.1.31, 1990年1月31日.
func (d *Detector) date(start int) {
	text := d.cell.text
	if start > 0 && (text[start-1] == '-' || text[start-1] == '.' || text[start-1] == '/') {
		return
	}
	y, m, day, end := readDate(text, start)
	if end == 0 || !pastDay(y, m, day) || !d.announced(birthDate, start, end) {
		return
	}
	d.add(birthDate, start, end)
}

func readDate(text string, at int) (y, m, day, end int) {
	n := leadingDigits(text[at:min(len(text), at+9)])
	if n == 8 {
		return number(text[at : at+4]), number(text[at+4 : at+6]), number(text[at+6 : at+8]), at + 8
	}
	if n != 4 {
		return 0, 0, 0, 0
	}
	y = number(text[at : at+4])
	at += 4
	for _, marks := range [][3]string{{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}} {
		if m, rest, ok := part(text[at:], marks[0]); ok {
			if day, rest, ok := part(rest, marks[1]); ok {
				rest = strings.TrimPrefix(rest, marks[2])
				return y, m, day, len(text) - len(rest)
			}
		}
	}
	return 0, 0, 0, 0
}

// part reads a mark and one or two digits.
func part(s, mark string) (n int, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, mark)
	width := leadingDigits(s[:min(len(s), 3)])
	if !ok || width == 0 || width > 2 {
		return 0, "", false
	}
	return number(s[:width]), s[width:], true
}

func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// pastDay reports whether a date exists and lies between 1900 and today.
func pastDay(y, m, d int) bool {
	if y < 1900 || y > 2100 || m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return int(t.Month()) == m && t.Day() == d && t.Before(time.Now().Add(14*time.Hour))
}
