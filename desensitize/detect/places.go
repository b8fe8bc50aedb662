package detect

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// runes is a set of Chinese characters.
type runes [(0x9FFF - 0x4E00 + 64) / 64]uint64

func newRunes(text string) *runes {
	var s runes
	for _, r := range text {
		s[(r-0x4E00)>>6] |= 1 << ((r - 0x4E00) & 63)
	}
	return &s
}

func (s *runes) has(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF && s[(r-0x4E00)>>6]>>((r-0x4E00)&63)&1 != 0
}

func isHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

var (
	plateProvinces = newRunes("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使")
	plateSuffixes  = newRunes("学警港澳挂领试超使")
)

// plates looks for a province, a letter, and 5 characters, or 6 of a vehicle with new energy (GA 36-2018).
func (d *Detector) plates() {
	text := d.cell.text
	for i, r := range text {
		if !plateProvinces.has(r) {
			continue
		}
		at := i + utf8.RuneLen(r)
		if at >= len(text) || !plateLetter(text[at]) {
			continue
		}
		at++
		at += prefixOf(text[at:], []string{"·", "•", " ", "-", "."})
		if end := plateNumber(text, at); end > 0 {
			d.add(plate, i, end)
		}
	}
}

func plateLetter(c byte) bool {
	return kind[c]&(isUpper|isLowerCase) != 0 && c|0x20 != 'i' && c|0x20 != 'o'
}

// plateNumber returns the end of the sequence of a plate, or 0.
func plateNumber(text string, at int) int {
	end, count := at, 0
	for end < len(text) && (digit(text[end]) || plateLetter(text[end])) {
		if digit(text[end]) {
			count++
		}
		end++
	}
	r, width := utf8.DecodeRuneInString(text[end:])
	switch n := end - at; {
	case count < 2 || end < len(text) && alnum(text[end]):
		return 0
	case n == 4 && plateSuffixes.has(r):
		return end + width
	case n == 5 || n == 6 && count >= 4:
		return end
	}
	return 0
}

// coordinates looks for two degrees side by side, or one where the column says so.
func (d *Detector) coordinates() {
	text := d.cell.text
	for i := 0; i < len(text); {
		lat, end, places := degree(text, i)
		if places == 0 || i > 0 && (alnum(text[i-1]) || text[i-1] == '.') {
			i = max(end, i+1)
			continue
		}
		gap := end
		for gap < len(text) && strings.IndexByte(" ,;/", text[gap]) >= 0 {
			gap++
		}
		lon, stop, more := degree(text, gap)
		switch {
		case gap > end && places >= 3 && more >= 3 && (pair(lat, lon) || pair(lon, lat)):
			d.pairAt(i, stop, lat, lon, min(places, more))
			end = stop
		case places >= 4 && d.hint.has(gps) && lat >= -180 && lat <= 180:
			d.addScored(gps, i, end, 0.6)
		}
		i = end
	}
}

// degree reads a decimal number that begins at a place, its end and its decimals; 0 decimals for none.
func degree(text string, at int) (x float64, end, places int) {
	end = at
	if end < len(text) && text[end] == '-' {
		end++
	}
	whole := leadingDigits(text[end:min(len(text), end+4)])
	end += whole
	if whole == 0 || whole > 3 || end >= len(text) || text[end] != '.' {
		return 0, end, 0
	}
	places = leadingDigits(text[end+1 : min(len(text), end+18)])
	end += 1 + places
	x, err := strconv.ParseFloat(text[at:end], 64)
	if err != nil {
		places = 0
	}
	return x, end, places
}

func pair(lat, lon float64) bool { return lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 }

// inChina reports whether a latitude and a longitude lie in the box around China.
func inChina(lat, lon float64) bool { return lat >= 3 && lat <= 54 && lon >= 73 && lon <= 136 }

// pairAt doubts pairs with few decimals, and those outside China.
func (d *Detector) pairAt(start, end int, a, b float64, places int) {
	alone := Types[gps].Alone
	if places < 4 {
		alone = 0.3
	} else if !inChina(a, b) && !inChina(b, a) {
		alone = 0.55
	}
	d.addAs(gps, start, end, alone)
}

// sexagesimal looks for two angles in degrees, minutes and, maybe, seconds.
func (d *Detector) sexagesimal() {
	text := d.cell.text
	for i := 0; i < len(text); {
		end := angle(text, i)
		if end == 0 {
			i++
			continue
		}
		next := end
		for next < len(text) && (text[next] == ' ' || text[next] == ',') {
			next++
		}
		if stop := angle(text, next); stop > 0 {
			d.addAs(gps, i, stop, 0.9)
			end = stop
		}
		i = end
	}
}

// angle returns the end of an angle such as 31°13'49"N or 东经121°28′, or 0.
func angle(text string, at int) int {
	at += prefixOf(text[at:], []string{"东经", "北纬", "西经", "南纬"})
	parts := 0
	for _, marks := range [][]string{{"°"}, {"′", "'", "分"}, {"″", "\"", "秒"}} {
		end := at
		for end < len(text) && end-at < 8 && (digit(text[end]) || text[end] == '.') {
			end++
		}
		n := prefixOf(text[end:], marks)
		if end == at || n == 0 {
			break
		}
		at, parts = end+n, parts+1
	}
	if parts < 2 {
		return 0
	}
	return at + prefixOf(text[at:], []string{"N", "E", "S", "W"})
}

// prefixOf returns the length of the first of the words that the text begins with, or 0.
func prefixOf(s string, of []string) int {
	for _, p := range of {
		if strings.HasPrefix(s, p) {
			return len(p)
		}
	}
	return 0
}

// level says how deep in an address a word stands.
type level uint8

const (
	none level = iota
	province
	city
	county
	town
	street
	house
	building
	entrance
	room
)

// levelWords are what the levels of an address end in, longer words first (GB/T 23705 calls them 通名).
var levelWords = []struct {
	word  string
	level level
}{
	{"自治区", province}, {"特别行政区", province}, {"自治州", city}, {"自治县", county}, {"街道", town}, {"开发区", county},
	{"大道", street}, {"胡同", street},
	{"小区", street}, {"花园", street}, {"新村", street}, {"公寓", street}, {"大厦", street}, {"家园", street}, {"园", street},
	{"号楼", building}, {"号院", house}, {"单元", entrance},
	{"省", province}, {"市", city}, {"州", city}, {"盟", city}, {"区", county}, {"县", county}, {"旗", county}, {"镇", town},
	{"乡", town},
	{"路", street}, {"街", street}, {"巷", street}, {"弄", street}, {"村", street}, {"庄", street}, {"屯", street},
	{"苑", street}, {"里", street},
	{"号", house}, {"组", house}, {"栋", building}, {"幢", building}, {"座", building}, {"楼", building}, {"层", room},
	{"室", room}, {"户", room},
}

// levelStarts are the first characters of the words.
var levelStarts = func() *runes {
	var b strings.Builder
	for _, w := range levelWords {
		r, _ := utf8.DecodeRuneInString(w.word)
		b.WriteRune(r)
	}
	return newRunes(b.String())
}()

func levelAt(text string) (level, int) {
	if r, _ := utf8.DecodeRuneInString(text); !levelStarts.has(r) {
		return none, 0
	}
	for _, w := range levelWords {
		if strings.HasPrefix(text, w.word) {
			return w.level, len(w.word)
		}
	}
	return none, 0
}

// addresses looks for runs of text in which the levels of an address follow each other.
func (d *Detector) addresses(f features) {
	if f.han < 4 {
		return
	}
	text := d.cell.text
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		if !isHan(r) {
			i += width
			continue
		}
		i = d.addressFrom(i)
	}
}

// addressFrom reads the run that starts at a place, notes an address in it, and returns where it ends.
func (d *Detector) addressFrom(start int) int {
	text := d.cell.text
	var seen [room + 1]bool
	deepest, count, last := none, 0, start // last: where the last level ended
	name := 0                              // Chinese characters since
	number := false                        // a digit or numeral since
	first := start
	i := start
	for i < len(text) {
		r, width := utf8.DecodeRuneInString(text[i:])
		if !isHan(r) && !alnum(text[i]) && r != '-' && r != '#' && r != '(' && r != ')' {
			break
		}
		if levelStarts.has(r) && i > start {
			l, n := levelAt(text[i:])
			if next, _ := levelAt(text[i+n:]); l == street && next != none && next < street {
				l = none // a part of a name, as in 石家庄市
			}
			named := l <= street && name > 0 && name <= 10
			if l != none && l >= deepest && (named || l >= house && number && name <= 4) {
				if count == 0 {
					first = d.addressStart(start, i)
				}
				seen[l], deepest, last = true, l, i+n
				count++
				i, name, number = last, 0, false
				continue
			}
		}
		if isHan(r) {
			name++
		}
		number = number || digit(text[i]) || numeral(r) != 0 || r == '十'
		i += width
	}
	d.judgeAddress(first, last, count, seen)
	return max(i, start+1)
}

// leads are words that stand before an address without a sign between.
var leads = []string{"家住", "住在", "现住", "位于", "地址", "住址", "户籍", "迁至", "寄往", "送到", "送至", "住"}

// addressStart leaves out what leads up to an address whose first level word stands at a place.
func (d *Detector) addressStart(start, at int) int {
	text := d.cell.text[start:at]
	for _, w := range leads {
		if k := strings.LastIndex(text, w); k >= 0 && k+len(w) < len(text) {
			return start + k + len(w)
		}
	}
	return start
}

func (d *Detector) judgeAddress(start, end, count int, seen [room + 1]bool) {
	numbered := seen[house] || seen[building] || seen[room] || seen[entrance]
	placed := seen[street] || seen[town]
	switch {
	case placed && numbered && count >= 3:
		d.add(address, start, end)
	case placed && numbered && count == 2:
		d.addAs(address, start, end, 0.6)
	case placed && count >= 3:
		d.addAs(address, start, end, 0.55)
	case count >= 2 && (placed || numbered) && d.announced(address, start, end):
		d.addAs(address, start, end, 0.6)
	}
}
