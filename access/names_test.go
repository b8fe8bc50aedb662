package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

func rules(rs []yumen.Reason) (out []string) {
	for _, r := range rs {
		out = append(out, r.Rule)
	}
	return out
}

// Names that look like those of others are refused, and so are letters and characters that deceive; Chinese names,
// alone and beside Latin letters, and names of any one script are not.
func TestNames(t *testing.T) {
	there := []string{"zhang.san", "admin", "李四", "欧阳.修", "reviewer1", "ИВАН", "mark", "pay"}
	for name, want := range map[string]string{
		"li.si": "", "王五": "", "李四四": "", "王.w": "", "欧阳-娜娜": "", "ひらがな漢字": "", "홍길동": "", "müller": "",
		"ΝΙΚΟΣ": "", "Фёдор": "", "རྒྱལ": "name", // it has vowel signs, which no name may have
		"zhang.san": "duplicate", "Zhang.San": "duplicate", "李四": "duplicate", "иван": "duplicate",
		"zhаng.san": "name.scripts", // а is Cyrillic
		"аdmin":     "name.scripts",
		"ｚｈａｎｇ.ｓａｎ": "name", "ﬁnn": "name", "admin\u200b": "name.unseen", "ad\u00admin": "name.unseen",
		"a\u3164b": "name.unseen", "a\u115fb": "name.unseen",
		"reviewerl": "duplicate", "reviewerI": "duplicate", "rnark": "duplicate",
		"ѕуѕтеm": "name.scripts",
		"sysтem": "name.scripts", "SYSTEM": "name", "system": "name",
		"аԁmіn": "name.scripts", "рау": "duplicate", // all of it Cyrillic
		"a٣": "name", "": "name", "a/b": "name", "-a": "name",
	} {
		got := rules(CheckName(name, NamesOf(there...)))
		if w := strings.Fields(want); !slices.Equal(got, w) {
			t.Errorf("%q: %q, want %q", name, got, w)
		}
	}
}

// Organisations have any text for a name that can be told from those that are there.
func TestOrgNames(t *testing.T) {
	there := []string{"City Lab", "某某（北京）有限公司", "卫健委"}
	for name, want := range map[string]string{"City Laboratory": "", "某某（上海）有限公司": "", "Institut für Ä": "",
		"卫健委信息中心 A": "", "City Lab": "", // itself, which is another refusal
		"Ｃｉｔｙ Ｌａｂ": "duplicate", "City  Lab": "duplicate", "CITY LAB": "duplicate", "City\u00a0Lab": "duplicate",
		"City\u200b Lab": "name.unseen duplicate", "Сіty Lab": "name.scripts duplicate", "某某(北京)有限公司": "duplicate",
		"Клаb": "name.scripts"} {
		if got := rules(CheckOrgName(name, NamesOf(there...))); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
