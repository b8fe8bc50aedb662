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
	r, _ := utf8.DecodeRuneInString(s)
	if r < utf8.RuneSelf || !unicode.Is(unicode.Han, r) {
		return initials(dst, s)
	}
	dotted := strings.ContainsAny(s, "·•・")
	return keepEnds(dst, s, func(n int) (int, int) {
		switch {
		case n < 2:
			return 0, 0
		case n >= 3 && n <= 4 && !dotted && compound[firstRunes(s, 2)]:
			return 2, 0
		}
		return 1, 0
	})
}

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
	area := areaLen(main)
	dst = keepEnds(dst, main, func(n int) (int, int) {
		if local := n - area; local == 7 || local == 8 {
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

// areaLen returns how many digits of the number are its area code: 010 and 02x have three, other 0xxx four. A country
// code in front counts with it.
func areaLen(s string) int {
	var head [16]int
	n := 0
	for _, r := range s {
		if d, ok := digitOf(r); ok && n < len(head) {
			head[n] = d
			n++
		}
	}
	if n >= 11 && head[0] == 8 && head[1] == 6 { // +86 drops the 0
		if head[2] == 1 || head[2] == 2 {
			return 4
		}
		return 5
	}
	if n < 10 || head[0] != 0 {
		return 0
	}
	if head[1] == 1 || head[1] == 2 {
		return 3
	}
	return 4
}

// email keeps the first character of the local part and the domain. The number of hidden characters is not shown.
func email(dst []byte, s string) []byte {
	at := strings.LastIndexAny(s, "@＠")
	if at <= 0 {
		return hide(dst, s)
	}
	_, first := utf8.DecodeRuneInString(s)
	if first < at {
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
// only look like one (市场, 小区, 社区, 园区) end the search, as do digits.
func adminEnd(s string) int {
	end, prev, levels := 0, rune(0), 0
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		_, digit := digitOf(r)
		if digit || r == '*' || strings.ContainsRune("路街巷弄号村镇乡栋楼", r) || levels == 3 {
			return end
		}
		switch {
		case r == '市' && next == '场', r == '区' && strings.ContainsRune("小社园校景库片住", prev):
			return end
		case strings.ContainsRune("省市盟县旗区", r), r == '州' && prev == '治':
			if i-end >= 3 { // a name of at least one character stands before it
				end = i + utf8.RuneLen(r)
				levels++
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
