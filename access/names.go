package access

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"

	"github.com/yumen-data/yumen"
)

// personName is what stands after --as and in the audit log: letters of any script and digits, with . _ - inside. It is
// compiled when it is needed, which it is in few processes.
var personName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}0-9]([\p{L}0-9._-]{0,62}[\p{L}0-9])?$`)
})

// together are scripts that stand beside each other in one name, as Chinese, Japanese and Korean names are written
// (Unicode UTS #39, section 5.2, highly restrictive).
var together = []string{"Latin", "Han", "Bopomofo", "Hiragana", "Katakana", "Hangul"}

// Names are names that are taken, by what they look like.
type Names map[string]string

// NamesOf returns names as taken.
func NamesOf(all ...string) Names {
	n := Names{}
	for _, name := range all {
		n.Add(name)
	}
	return n
}

// Add takes a name.
func (n Names) Add(name string) {
	for _, look := range looks(name) {
		if _, taken := n[look]; !taken {
			n[look] = name
		}
	}
}

// like returns the name taken that looks like another one.
func (n Names) like(name string) (string, bool) {
	for _, look := range looks(name) {
		if other, ok := n[look]; ok {
			return other, true
		}
	}
	return "", false
}

// looks are what a name looks like, as it is written and in small letters, whatever its spaces and the width of its
// letters: names that share one look the same. They are skeletons of Unicode UTS #39, section 4.
func looks(name string) []string {
	name = strings.Join(strings.Fields(norm.NFKC.String(name)), " ")
	return []string{"written " + strings.ToLower(confusable.Skeleton(name)),
		"small " + strings.ToLower(confusable.Skeleton(strings.ToLower(name)))}
}

// CheckName returns every reason why a person cannot be called so beside those who are there.
func CheckName(name string, there Names) (rs []yumen.Reason) {
	add := func(rule string, msg yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Place: "name", Msg: msg}) }
	rs = readable(name)
	switch plain := norm.NFKC.String(name); {
	case len(rs) > 0:
	case plain != name && personName().MatchString(plain):
		add("name", yumen.Say("the name has characters in a form that looks like another; write %s",
			"名称含有形似字符（如全角字母），请写作 %s", plain))
	case !personName().MatchString(name):
		add("name", yumen.Say("a person's name is up to 64 letters and digits, with . _ - inside",
			"人员名称由至多 64 个字母、汉字或数字组成，中间可含 . _ -"))
	case looksLikeSystem(name):
		add("name", yumen.Say("the name system is taken, and so is what looks like it: the log uses it for steps that no person takes",
			"名称 system 及形似名称已被占用：日志用它表示非人工步骤"))
	}
	if other, ok := there.like(name); ok && len(rs) == 0 {
		add("duplicate", yumen.Say("somebody is called %s already, which looks the same or differs in upper and lower case alone; names are not used again",
			"已有名为 %s 的人员，与之相同、形似或仅大小写不同；名称不得重复使用", other))
	}
	return rs
}

// CheckOrgName returns every reason why an organisation cannot be called so beside those that are there.
func CheckOrgName(name string, there Names) []yumen.Reason {
	rs := readable(name)
	if other, ok := there.like(name); ok && other != name {
		rs = append(rs, yumen.Reason{Rule: "duplicate", Place: "name",
			Msg: yumen.Say("organisation %q takes part already, and its name looks the same", "机构“%s”已登记，且名称形似",
				other),
			Fix: yumen.Say("use that one, or a name that can be told from it", "请使用该机构，或换用可区分的名称")})
	}
	return rs
}

// readable refuses names that cannot be read aloud from what is seen: with characters that are not seen, or letters of
// scripts that are not written together, such as a Cyrillic а in a Latin name.
func readable(name string) (rs []yumen.Reason) {
	add := func(rule string, msg, fix yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: rule, Place: "name", Msg: msg, Fix: fix})
	}
	if strings.ContainsFunc(name, unseen) {
		add("name.unseen", yumen.Say("the name has characters that are not seen", "名称含有不可见字符"),
			yumen.Say("type it anew", "请重新输入"))
	}
	if found := scripts(name); len(found) > 1 && slices.ContainsFunc(found,
		func(s string) bool { return !slices.Contains(together, s) }) {
		add("name.scripts", yumen.Say("the name mixes letters of the scripts %s", "名称混用了不同文字的字母：%s",
			strings.Join(found, ", ")), yumen.Say("write it in one script", "请使用同一种文字"))
	}
	return rs
}

// unseen reports whether a character leaves no mark.
func unseen(r rune) bool {
	return !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// scripts returns the scripts of the letters of a text, without those that letters of several scripts share.
func scripts(text string) (out []string) {
	for _, r := range text {
		if !unicode.IsLetter(r) || unicode.In(r, unicode.Common, unicode.Inherited) {
			continue
		}
		for name, table := range unicode.Scripts {
			if unicode.Is(table, r) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

func looksLikeSystem(name string) bool {
	_, ok := NamesOf(yumen.System.Name).like(name)
	return ok
}
