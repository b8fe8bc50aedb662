package technique

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/detect"
)

// Redact replaces what is found inside free text by a label that says of what type it was. Without detectors in the
// step, everything found is replaced.
type Redact struct {
	Label string `yaml:"label" en:"what is written, such as ***; the type in Chinese, as in 【手机号】, if absent" zh:"写入的内容，如 ***；缺省为类型名，如【手机号】"`
}

func (*Redact) about() About {
	return About{
		Title: yumen.Text{EN: "redaction of free text", ZH: "自由文本涂抹"},
		Term:  yumen.Text{EN: "suppression: masking inside text", ZH: "抑制技术：文本内屏蔽"},
		Types: "text", Scope: CellScope, Inside: true, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the text around, the type of what was there", ZH: "其余文字与被涂抹内容的类型"},
		Leaks: yumen.Text{EN: "whatever no detector finds; the text around may identify by what it tells",
			ZH: "检测器未发现的内容；其余文字的叙述仍可能识别个体"},
	}
}

func (p *Redact) bind(b *Binding) (Stage, error) {
	only := map[string]bool{}
	for _, d := range b.Detectors {
		only[d] = true
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		if b.kind(i) != yumen.TypeText {
			return nil, nil, wrongType(b.kind(i))
		}
		for d := range only {
			if err := b.detects(d); err != nil {
				return nil, nil, err
			}
		}
		return EachText(withinText(b.find(i), func(kind string) TextFunc {
			if len(only) > 0 && !only[kind] {
				return nil
			}
			return always(func(dst []byte, _ string) []byte { return append(dst, p.label(kind)...) })
		})), arrow.BinaryTypes.String, nil
	})
}

func (p *Redact) label(kind string) string {
	if p.Label != "" {
		return p.Label
	}
	if a, ok := detect.Lookup(detect.Type(kind)); ok {
		return "【" + a.Title.ZH + "】"
	}
	return "【" + kind + "】"
}
