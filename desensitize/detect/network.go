package detect

import (
	"net/netip"
	"strings"
)

// emails looks around each @.
func (d *Detector) emails() {
	text := d.cell.text
	last := 0
	for at := strings.IndexByte(text, '@'); at >= 0; {
		start, end := at, at+1
		for start > last && localPart(text[start-1]) {
			start--
		}
		for end < len(text) && (alnum(text[end]) || text[end] == '.' || text[end] == '-') {
			end++
		}
		for end > at && (text[end-1] == '.' || text[end-1] == '-') {
			end--
		}
		for start < at && text[start] == '.' {
			start++
		}
		if at-start >= 1 && at-start <= 64 && domain(text[at+1:end]) {
			d.add(email, start, end)
		}
		last = max(end, at+1)
		next := strings.IndexByte(text[last:], '@')
		if next < 0 {
			return
		}
		at = last + next
	}
}

func localPart(c byte) bool { return alnum(c) || strings.IndexByte("._%+-", c) >= 0 }

// domain reports whether s has two labels or more, the last of two letters or more.
func domain(s string) bool {
	point := strings.LastIndexByte(s, '.')
	return point >= 1 && len(s)-point >= 3 && !strings.Contains(s, "..") &&
		!strings.ContainsAny(s[point+1:], "0123456789-")
}

// ip4 looks for four numbers up to 255 with points between them, not part of a longer chain of numbers.
func (d *Detector) ip4() {
	text := d.cell.text
	for i := 0; i < len(text); {
		if !digit(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && (digit(text[end]) || text[end] == '.') {
			end++
		}
		stop := end
		for stop > i && text[stop-1] == '.' {
			stop--
		}
		before := i == 0 || !alnum(text[i-1]) && text[i-1] != '.' && text[i-1] != '-'
		if addr, err := netip.ParseAddr(text[i:stop]); err == nil && addr.Is4() && before &&
			(end == len(text) || !alnum(text[end])) {
			d.address4(addr, i, stop)
		}
		i = end
	}
}

// address4 doubts four small numbers, which are more often a version, and what follows a word for one.
func (d *Detector) address4(addr netip.Addr, start, end int) {
	alone := Types[ipAddr].Alone
	small := 0
	for _, b := range addr.As4() {
		if b < 20 {
			small++
		}
	}
	if small == 4 && addr.As4()[0] != 10 {
		alone = 0.4
	}
	if near := around(d.cell.text, start, end); mentionsAny(near, []string{"版本", "version", "ver", "固件", "release"}) &&
		!mentionsAny(near, []string{"ip"}) {
		d.addScored(ipAddr, start, end, 0.3)
		return
	}
	d.addAs(ipAddr, start, end, alone)
}

// ip6 looks for what netip reads as an address of version 6 with at least three groups.
func (d *Detector) ip6() {
	text := d.cell.text
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && (kind[text[end]]&isHex != 0 || text[end] == ':' || text[end] == '.') {
			end++
		}
		if end == i {
			i++
			continue
		}
		if text[i] == ':' && !strings.HasPrefix(text[i:], "::") { // of the words before
			i++
		}
		stop := end
		for stop > i && (text[stop-1] == '.' || text[stop-1] == ':' && !strings.HasSuffix(text[i:stop], "::")) {
			stop--
		}
		if groups(text[i:stop]) >= 3 && (i == 0 || !alnum(text[i-1])) && (end == len(text) || !alnum(text[end])) {
			if addr, err := netip.ParseAddr(text[i:stop]); err == nil && addr.Is6() {
				d.addAs(ipAddr, i, stop, 0.9)
			}
		}
		i = end
	}
}

// groups counts what stands between colons; two colons side by side are an address cut short.
func groups(s string) int {
	if strings.Count(s, ":") < 2 || len(s) > 45 {
		return 0
	}
	return len(strings.FieldsFunc(s, func(r rune) bool { return r == ':' }))
}

// macs looks for six pairs of hexadecimal digits between colons or dashes, or three groups of four between points.
func (d *Detector) macs(f features) {
	text := d.cell.text
	if f.colons >= 5 || f.marks >= 5 {
		for i := 0; i+17 <= len(text); i++ {
			if sep := text[i+2]; (sep == ':' || sep == '-') && kind[text[i]]&isHex != 0 &&
				pairs(text[i:i+17], 2, sep) && d.bounded(i, i+17, sep) {
				d.macAt(i, i+17, sep)
			}
		}
	}
	if f.points >= 2 {
		for i := 0; i+14 <= len(text); i++ {
			if text[i+4] == '.' && pairs(text[i:i+14], 4, '.') && d.bounded(i, i+14, '.') {
				d.macAt(i, i+14, '.')
			}
		}
	}
}

// pairs reports whether s is groups of hexadecimal digits of one length with a sign between them.
func pairs(s string, size int, sep byte) bool {
	for i := range len(s) {
		if i%(size+1) == size {
			if s[i] != sep {
				return false
			}
		} else if kind[s[i]]&isHex == 0 {
			return false
		}
	}
	return true
}

// bounded reports whether the text goes on neither before start nor after end.
func (d *Detector) bounded(start, end int, sep byte) bool {
	text := d.cell.text
	return (start == 0 || !alnum(text[start-1]) && !groupBefore(text[:start], sep)) &&
		(end == len(text) || !alnum(text[end]) && text[end] != sep)
}

// groupBefore reports whether a text ends in a group of hexadecimal digits and the sign; the end of a longer word is
// none.
func groupBefore(text string, sep byte) bool {
	if text[len(text)-1] != sep {
		return false
	}
	i := len(text) - 1
	for i > 0 && alnum(text[i-1]) {
		i--
	}
	n := len(text) - 1 - i
	return n == 2 || n == 4
}

// macAt doubts what has no letter and no colon: it may be numbers in groups.
func (d *Detector) macAt(start, end int, sep byte) {
	s := d.cell.text[start:end]
	if strings.Trim(s, "0:.-") == "" {
		return
	}
	alone := Types[mac].Alone
	if !strings.ContainsAny(s, "abcdefABCDEF") && sep != ':' {
		alone = 0.4
	}
	d.addAs(mac, start, end, alone)
}
