package technique

import (
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// Truncate keeps the first or the last characters of texts.
type Truncate struct {
	First int `yaml:"first" en:"characters kept at the front" zh:"保留前几个字符"`
	Last  int `yaml:"last" en:"or characters kept at the end" zh:"或保留后几个字符"`
}

func (*Truncate) about() About {
	return About{
		Title: yumen.Text{EN: "truncation", ZH: "截断"},
		Term:  yumen.Text{EN: "generalization: truncation", ZH: "泛化技术：截断"},
		Types: "text", Scope: CellScope, Inside: true, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the kept end (region of a code, area of a number)", ZH: "保留的一端（代码的地区、号码的区号等）"},
		Leaks:     yumen.Text{EN: "the kept end; short values stay whole", ZH: "保留的一端；短值可能完整保留"},
	}
}

func (t *Truncate) bind(b *Binding) (Stage, error) {
	if (t.First < 1) == (t.Last < 1) {
		return nil, yumen.Errorf(yumen.KindInvalid, "give first or last, from 1", "请给出 first 或 last 之一，不小于 1")
	}
	for _, i := range b.Columns {
		if b.kind(i) != yumen.TypeText {
			return nil, yumen.Errorf(yumen.KindInvalid, "truncation is for text", "截断用于文本").At(b.name(i))
		}
	}
	return b.texts(func(int, string) (TextFunc, error) {
		return always(func(dst []byte, s string) []byte { return append(dst, t.cut(s)...) }), nil
	})
}

func (t *Truncate) cut(s string) string {
	if t.First > 0 {
		end := 0
		for n := 0; n < t.First && end < len(s); n++ {
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
		return s[:end]
	}
	start := len(s)
	for n := 0; n < t.Last && start > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:start])
		start -= size
	}
	return s[start:]
}
