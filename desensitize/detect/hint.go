package detect

import (
	"regexp"
	"slices"
	"strings"
)

// Hint is what the name of a column says its cells are: a set of types.
type Hint uint32

func (h Hint) has(t place) bool { return h&(1<<t) != 0 }

// HintOf reads the name of a column. Words of Latin letters count only as whole words, in any case: a column "ip_addr"
// is one of IP addresses, "recipient" is not.
func HintOf(column string) Hint {
	text := strings.ToLower(camelCase.ReplaceAllString(column, "${1}_${2}"))
	var h Hint
	for t, about := range Types {
		for _, w := range about.Words {
			if mentions(text, w) {
				h |= 1 << t
			}
		}
	}
	return h &^ h.unless(text)
}

// camelCase is where a word begins inside a name such as mobilePhone.
var camelCase = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// unless returns types that the name of a column rules out although it has a word of theirs.
func (h Hint) unless(text string) Hint {
	var out Hint
	if h.has(name) && !personal(text) {
		out |= 1 << name
	}
	if h.has(ipAddr) && h.has(address) { // 地址 alone says postal, IP地址 says IP
		if mentions(text, "ip") {
			out |= 1 << address
		} else {
			out |= 1 << ipAddr
		}
	}
	if h.has(mac) {
		out |= 1<<address | 1<<ipAddr
	}
	if h.has(email) {
		out |= 1 << address
	}
	return out
}

// things are the words that make a name one of a thing or an organisation.
var things = []string{"company", "corp", "firm", "org", "product", "file", "user_name", "username", "host", "table",
	"column", "department", "dept",
	"school", "hospital", "bank", "item", "公司", "企业", "单位", "机构", "产品", "商品", "项目", "文件", "部门", "学校", "医院"}

// personal reports whether a name in the name of a column is one of persons.
func personal(text string) bool {
	return !slices.ContainsFunc(things, func(w string) bool { return strings.Contains(text, w) })
}

// mentions reports whether a text, in lower case, has a word: anywhere if it is not Latin, else between other
// characters.
func mentions(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(word)
		if !isLower(word[0]) || (at == 0 || !isLower(text[at-1])) && (end == len(text) || !isLower(text[end])) {
			return true
		}
		from = at + 1
	}
}

func isLower(c byte) bool { return c-'a' <= 'z'-'a' }

// How far from a find a word counts, in bytes before and after it.
const (
	reachBefore = 40
	reachAfter  = 20
)

// doubts are words that make a bare number the number of something else.
var doubts = []string{"订单", "流水", "单号", "批次", "条码", "货号", "序列", "版本", "金额", "编码", "发票", "order", "sku", "serial",
	"version",
	"batch", "invoice", "ticket"}

// around returns what stands near text[start:end], in lower case; words do not reach across it.
func around(text string, start, end int) string {
	return strings.ToLower(text[max(0, start-reachBefore):start] + "\x00" + text[end:min(len(text), end+reachAfter)])
}

func mentionsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return mentions(text, w) })
}
