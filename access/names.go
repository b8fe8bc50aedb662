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

// CheckName returns every reason why a person cannot be called so beside those who are there.
func CheckName(name string, there []string) (rs []yumen.Reason) {
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
	case Alike(name, yumen.System.Name):
		add("name", yumen.Say("the name system is taken, and so is what looks like it: the log uses it for steps that no person takes",
			"名称 system 及形似名称已被占用：日志用它表示非人工步骤"))
	}
	if i := slices.IndexFunc(there, func(o string) bool { return Alike(o, name) }); i >= 0 && len(rs) == 0 {
		add("duplicate", yumen.Say("somebody is called %s already, which looks the same or differs in upper and lower case alone; names are not used again",
			"已有名为 %s 的人员，与之相同、形似或仅大小写不同；名称不得重复使用", there[i]))
	}
	return rs
}

// CheckOrgName returns every reason why an organisation cannot be called so beside those that are there.
func CheckOrgName(name string, there []string) []yumen.Reason {
	rs := readable(name)
	if i := slices.IndexFunc(there, func(o string) bool { return o != name && Alike(o, name) }); i >= 0 {
		rs = append(rs, yumen.Reason{Rule: "duplicate", Place: "name",
			Msg: yumen.Say("organisation %q takes part already, and its name looks the same", "机构“%s”已登记，且名称形似",
				there[i]),
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
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
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

// Alike reports whether two names look the same, whatever their upper and lower case, their spaces and the width of
// their letters: their skeletons are equal (Unicode UTS #39, section 4).
func Alike(a, b string) bool {
	a, b = spaced(a), spaced(b)
	return skeleton(a) == skeleton(b) || skeleton(strings.ToLower(a)) == skeleton(strings.ToLower(b))
}

// spaced is a name in one form, with single spaces.
func spaced(name string) string { return strings.Join(strings.Fields(norm.NFKC.String(name)), " ") }

// skeleton is what a name looks like.
func skeleton(name string) string { return strings.ToLower(confusable.Skeleton(name)) }
