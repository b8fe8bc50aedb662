package desensitize

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/mask"
	"github.com/yumen-data/yumen/internal/chinaid"
)

// maskColumn returns what masks a column of type t. where is "" or "embedded".
func maskColumn(t yumen.Type, preset, where string) (change, error) {
	p, known := mask.Lookup(preset)
	switch {
	case !known && !(preset == "" && where == "embedded"):
		return nil, yumen.Errorf(yumen.Invalid, "no such mask; there are %s", "没有这种掩码；可用 %s", mask.Names())
	case where == "embedded" && t == yumen.String:
		return embedded(preset)
	case where != "":
		return nil, yumen.Errorf(yumen.Invalid, "where is embedded, on a text column, or absent", "where 只能为 embedded 且用于文本列，或省略")
	case t == yumen.String:
		return eachString(p.Append), nil
	case t == yumen.Date && preset == "date_month":
		return monthOfDate, nil
	case t == yumen.Timestamp && preset == "date_month":
		return monthOfTimestamp, nil
	}
	return nil, yumen.Errorf(yumen.Invalid, "a mask is for text; a column of type %s can be rounded or generalized",
		"掩码用于文本；%s 类型的列可取整或泛化", t)
}

// embedded masks the identifiers that occur inside texts, those of type preset or all, each as its type's preset does.
func embedded(preset string) (change, error) {
	masks := map[string]mask.Preset{}
	for _, t := range []string{chinaid.TypeResidentID, chinaid.TypeCreditCode, chinaid.TypeBankCard, chinaid.TypeMobile} {
		if preset == "" || preset == t {
			masks[t], _ = mask.Lookup(t)
		}
	}
	if len(masks) == 0 {
		return nil, yumen.Errorf(yumen.Invalid, "identifiers of this type are not looked for inside texts", "不在文本中查找此类标识符")
	}
	return eachString(func(dst []byte, s string) []byte {
		next := 0
		for _, hit := range chinaid.Find(s) {
			if m, ok := masks[hit.Type]; ok {
				dst = append(dst, s[next:hit.Start]...)
				dst = m.Append(dst, s[hit.Start:hit.End])
				next = hit.End
			}
		}
		return append(dst, s[next:]...)
	}), nil
}

func monthOfDate(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
	a := in.(*array.Date32)
	b := array.NewDate32Builder(mem)
	defer b.Release()
	changed := 0
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		first := arrow.Date32FromTime(monthOf(a.Value(i).ToTime()))
		if first != a.Value(i) {
			changed++
		}
		b.Append(first)
	}
	return b.NewArray(), changed, nil
}

func monthOfTimestamp(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
	a := in.(*array.Timestamp)
	b := array.NewTimestampBuilder(mem, a.DataType().(*arrow.TimestampType))
	defer b.Release()
	changed := 0
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		first := arrow.Timestamp(monthOf(time.UnixMicro(int64(a.Value(i)))).UnixMicro())
		if first != a.Value(i) {
			changed++
		}
		b.Append(first)
	}
	return b.NewArray(), changed, nil
}

func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
