package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// compound lists the two-character surnames in common use; any other Chinese name is taken to have one character.
var compound = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(`欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳
		公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正
		宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘
		公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑 即墨 达奚 褚师 吴铭 纳兰 归海`) {
		m[s] = true
	}
	return m
}()

// name keeps the surname of a Chinese name, the first character of a longer or dotted one (阿卜杜拉·买买提), and the
// initials of a Latin one. A one-character name is hidden.
func name(dst []byte, s string) []byte {
	if r, _ := utf8.DecodeRuneInString(s); !han(r) {
		return initials(dst, s)
	}
	if out, ok := plainName(dst, s); ok {
		return out
	}
	return keepEnds(dst, s, func(n int) (int, int) {
		if n < 2 {
			return 0, 0
		}
		if n <= 4 && !strings.ContainsAny(s, "·•・") && compound[firstRunes(s, 2)] {
			return 2, 0
		}
		return 1, 0
	})
}

// plainName writes a name of two to four Chinese characters and nothing else, which is nearly every name.
func plainName(dst []byte, s string) ([]byte, bool) {
	const size = 3 // bytes of such a character
	n := len(s) / size
	if n < 2 || n > 4 || len(s)%size != 0 {
		return dst, false
	}
	for i := 0; i < len(s); i += size {
		if r, width := utf8.DecodeRuneInString(s[i:]); width != size || !commonHan(r) {
			return dst, false
		}
	}
	kept := 1
	if n > 2 && compound[s[:2*size]] {
		kept = 2
	}
	dst = append(dst, s[:kept*size]...)
	return appendStars(dst, n-kept), true
}

// commonHan reports whether r is in the block of CJK unified ideographs.
func commonHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

func han(r rune) bool { return commonHan(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Han, r) }

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// initials keeps the first character of each word of two or more.
func initials(dst []byte, s string) []byte {
	start := true
	for i, r := range s {
		size := utf8.RuneLen(r)
		switch {
		case separator(r):
			dst = append(dst, s[i:i+size]...)
			start = true
		case start && more(s[i+size:]):
			dst = append(dst, s[i:i+size]...)
			start = false
		default:
			dst = append(dst, star(r)...)
			start = false
		}
	}
	return dst
}

// more reports whether rest goes on with the same word.
func more(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return size > 0 && !separator(r)
}

// phone keeps the area code (0 and two or three digits) and the last two digits of the number; an extension is hidden.
func phone(dst []byte, s string) []byte {
	main, ext := s, ""
	if i := strings.IndexAny(s, "转xX#＃"); i > 0 {
		main, ext = s[:i], s[i:]
	}
	area, digits := areaLen(main)
	dst = keepEnds(dst, main, func(n int) (int, int) {
		if local := n - area; n == digits && (local == 7 || local == 8) {
			return area, 2
		}
		return 0, 0
	})
	for _, r := range ext {
		if _, ok := digitOf(r); ok {
			dst = append(dst, star(r)...)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// areaLen returns how many digits of the number are its area code, and how many digits, hidden ones included, it has:
// 010 and 02x have three, other 0xxx four. A country code in front counts with it.
func areaLen(s string) (area, n int) {
	var head [4]int
	for _, r := range s {
		d, ok := digitOf(r)
		if !ok && fold(r) != '*' {
			continue
		}
		if ok && n < len(head) {
			head[n] = d
		}
		n++
	}
	switch {
	case n >= 11 && head[0] == 8 && head[1] == 6: // +86 drops the 0
		if head[2] == 1 || head[2] == 2 {
			return 4, n
		}
		return 5, n
	case n < 10 || head[0] != 0:
		return 0, n
	case head[1] == 1 || head[1] == 2:
		return 3, n
	}
	return 4, n
}

// email keeps the first character of the local part and the domain. The number of hidden characters is not shown.
func email(dst []byte, s string) []byte {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		at = strings.LastIndex(s, "＠")
	}
	if at <= 0 {
		return hide(dst, s)
	}
	r, first := utf8.DecodeRuneInString(s)
	if first < at && r != '*' {
		dst = append(dst, s[:first]...)
	}
	dst = append(dst, "***"...)
	return append(dst, s[at:]...)
}

// address keeps the part that names province, city and county or district, and hides the rest without its length.
func address(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	return append(append(dst, s[:adminEnd(s)]...), "****"...)
}

// adminEnd returns the length of the leading part of an address that ends in 省, 市, 自治州, 地区, 盟, 县, 旗 or 区. Words that
// only look like one (市场, 小区, 社区, 园区) end the search, as do roads and digits.
func adminEnd(s string) int {
	end, prev, levels := 0, rune(0), 0
	for i, r := range s {
		unit := false
		switch r {
		case '路', '街', '巷', '弄', '号', '村', '镇', '乡', '栋', '楼', '*':
			return end
		case '省', '盟', '县', '旗':
			unit = true
		case '市':
			if strings.HasPrefix(s[i:], "市场") {
				return end
			}
			unit = true
		case '区':
			switch prev {
			case '小', '社', '园', '校', '景', '库', '片', '住':
				return end
			}
			unit = true
		case '州':
			unit = prev == '治'
		default:
			if r >= '0' && r <= '9' || r >= '０' && r <= '９' {
				return end
			}
		}
		if unit && i-end >= 3 { // a name of at least one character stands before it
			end = i + utf8.RuneLen(r)
			if levels++; levels == 3 {
				return end
			}
		}
		prev = r
	}
	return end
}

// ip keeps the first two groups of an address.
func ip(dst []byte, s string) []byte {
	sep := byte('.')
	if strings.Count(s, ":") >= 2 {
		sep = ':'
	} else if strings.Count(s, ".") != 3 {
		return hide(dst, s)
	}
	groups := 0
	for _, r := range s {
		switch {
		case r == rune(sep):
			groups++
			dst = append(dst, sep)
		case groups < 2:
			dst = utf8.AppendRune(dst, r)
		case len(dst) > 0 && dst[len(dst)-1] != '*':
			dst = append(dst, '*')
		}
	}
	return dst
}

// gps keeps each number up to its first decimal. Degrees, minutes and seconds keep the degrees.
func gps(dst []byte, s string) []byte {
	const whole, fraction, rest = 0, 1, 2
	state, kept := whole, 0
	for _, r := range s {
		_, digit := digitOf(r)
		switch f := fold(r); {
		case digit && (state == rest || state == whole && kept == 3):
			dst = append(dst, star(r)...)
			state = rest
			continue
		case digit && state == fraction:
			state = rest
		case digit:
			kept++
		case f == '.' && state == whole:
			state = fraction
		case r == '°' || r == '度' || r == '*' || r == '＊':
			state = rest
		case f == ',' || f == ' ' || f == ';' || r == '，' || r == '、' || r == '；':
			if state != rest || kept > 0 {
				state, kept = whole, 0
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
