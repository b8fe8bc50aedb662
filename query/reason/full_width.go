package reason

import (
	"strings"

	"github.com/yumen-data/yumen"
)

// fullWidthSigns are signs of Chinese text that are typed for those of SQL, which the parser takes for letters of a
// name, and the quote of names in MySQL, which it takes for an operator.
var fullWidthSigns = map[rune]string{'（': "(", '）': ")", '，': ",", '、': ",", '；': ";", '：': ":", '“': "'", '”': "'",
	'‘': "'", '’': "'",
	'＝': "=", '＊': "*", '＞': ">", '＜': "<", '＋': "+", '－': "-", '／': "/", '％': "%", '。': ".", '`': `"`}

// FullWidthFix says what to write in place of the first such sign of a text, if it has one.
func FullWidthFix(s string) yumen.Text {
	for _, r := range s {
		if plain := fullWidthSigns[r]; plain != "" {
			return yumen.Say("%c is no sign of SQL: write %s", "%c 不是 SQL 的符号：请写 %s", r, plain)
		}
	}
	return yumen.Text{}
}

// WordsAt returns the two words before an offset, of which one may be an alias, and the word after it.
func (s Source) WordsAt(offset int) string {
	before, after := strings.Fields(s.Text[:offset]), strings.Fields(s.Text[offset:])
	return strings.Join(append(before[max(0, len(before)-2):], after[:min(1, len(after))]...), " ")
}
