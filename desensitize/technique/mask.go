package technique

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/desensitize/mask"
	"github.com/yumen-data/yumen/internal/chinaid"
)

// MaskColumn returns what masks a column of type t. where is "" or "embedded".
func MaskColumn(t yumen.Type, preset, where string) (Change, error) {
	p, known := mask.Lookup(preset)
	switch {
	case !known && !(preset == "" && where == "embedded"):
		return nil, yumen.Errorf(yumen.KindInvalid, "no such mask; there are %s", "没有这种掩码；可用 %s", mask.Names())
	case where == "embedded" && t == yumen.TypeText:
		return embedded(preset)
	case where != "":
		return nil, yumen.Errorf(yumen.KindInvalid, "where is embedded, on a text column, or absent",
			"where 只能为 embedded 且用于文本列，或省略")
	case t == yumen.TypeText:
		return EachText(always(p.Append)), nil
	case t == yumen.TypeDate && preset == "date_month":
		return monthOfDate, nil
	case t == yumen.TypeTimestamp && preset == "date_month":
		return monthOfTimestamp, nil
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "a mask is for text; a column of type %s can be rounded or generalized",
		"掩码用于文本；%s 类型的列可取整或泛化", t)
}

// embedded masks the identifiers that occur inside texts, those of type preset or all, each as its type's preset does.
func embedded(preset string) (Change, error) {
	masks := map[string]mask.Preset{}
	for _, t := range []string{chinaid.TypeResidentID, chinaid.TypeCreditCode, chinaid.TypeBankCard,
		chinaid.TypeMobile} {
		if preset == "" || preset == t {
			masks[t], _ = mask.Lookup(t)
		}
	}
	if len(masks) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "identifiers of this type are not looked for inside texts",
			"不在文本中查找此类标识符")
	}
	return EachText(always(func(dst []byte, s string) []byte {
		next := 0
		for _, hit := range chinaid.Find(s) {
			if m, ok := masks[hit.Type]; ok {
				dst = append(dst, s[next:hit.Start]...)
				dst = m.Append(dst, s[hit.Start:hit.End])
				next = hit.End
			}
		}
		return append(dst, s[next:]...)
	})), nil
}

var (
	monthOfDate = each(func(d arrow.Date32) arrow.Date32 { return arrow.Date32FromTime(monthOf(d.ToTime())) })
	// A timestamp counts microseconds.
	monthOfTimestamp = each(func(t arrow.Timestamp) arrow.Timestamp {
		return arrow.Timestamp(monthOf(time.UnixMicro(int64(t))).UnixMicro())
	})
)

func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// Mask hides parts of texts. With detectors, each find is masked as its own type's preset says unless one is given.
type Mask struct {
	Preset string `yaml:"preset" en:"name, resident_id, mobile, phone, bank_card, email, address, credit_code, plate, passport, ip, gps, date_month, generic; ends with first and last; with detectors, by the type found if absent" zh:"name、resident_id、mobile 等预设；ends 配合 first、last；配合检测器时缺省按所检类型"`
	First  int    `yaml:"first" en:"characters kept at the front (ends)" zh:"保留前几位（ends）"`
	Last   int    `yaml:"last" en:"characters kept at the end (ends)" zh:"保留后几位（ends）"`
}

func (*Mask) about() About {
	return About{
		Title: yumen.Text{EN: "masking", ZH: "屏蔽（掩码）"}, Term: yumen.Text{EN: "suppression: masking", ZH: "抑制技术：屏蔽"},
		Types: "text; date, timestamp (date_month)", Scope: CellScope, Inside: true, Reversible: irreversible,
		Preserves: yumen.Text{EN: "form, separators, the part a preset keeps", ZH: "形式、分隔符与预设保留的部分"},
		Leaks: yumen.Text{EN: "the kept part, most often the length; equal values stay alike",
			ZH: "保留部分，多数情况下还有长度；相同值掩码后仍相同"},
	}
}

func (m *Mask) bind(b *Binding) (Stage, error) {
	if len(b.Detectors) > 0 {
		return b.texts(func(_ int, kind string) (TextFunc, error) {
			preset := m.Preset
			if a, known := detect.Lookup(detect.Type(kind)); preset == "" && known {
				preset = a.Preset
			} else if preset == "" {
				preset = kind
			}
			p, err := m.preset(preset)
			return always(p.Append), err
		})
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		dt := b.Schema.Field(i).Type
		if m.Preset == "ends" {
			p, err := m.preset(m.Preset)
			if err == nil && b.kind(i) != yumen.TypeText {
				err = yumen.Errorf(yumen.KindInvalid, "a mask is for text", "掩码用于文本")
			}
			return EachText(always(p.Append)), dt, err
		}
		f, err := MaskColumn(b.kind(i), m.Preset, "")
		return f, dt, err
	})
}

// preset finds a preset: that of the type found where none is named.
func (m *Mask) preset(name string) (mask.Preset, error) {
	if name == "ends" {
		if m.First < 0 || m.Last < 0 {
			return mask.Preset{},
				yumen.Errorf(yumen.KindInvalid, "first and last are not negative", "first 与 last 不能为负")
		}
		return mask.Ends(m.First, m.Last), nil
	}
	p, ok := mask.Lookup(name)
	if !ok {
		return p, yumen.Errorf(yumen.KindInvalid, "no such mask; there are %s", "没有这种掩码；可用 %s", mask.Names())
	}
	return p, nil
}
