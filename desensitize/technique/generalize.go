package technique

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// Generalize replaces values by what a hierarchy says they are at a level.
type Generalize struct {
	Hierarchy string `yaml:"hierarchy" en:"region (codes of GB/T 2260), age, date, or the name of a hierarchy file given to the run" zh:"region（GB/T 2260 代码）、age、date，或随运行提供的层级文件名"`
	Level     string `yaml:"level" en:"region: city, province; age: 5, 10, 20 (years); date: week, month, quarter, year; a file: the number of the level, from 0" zh:"region：city、province；age：5、10、20（岁）；date：week、month、quarter、year；文件：层级序号，从 0 起"`
}

func (*Generalize) about() About {
	return About{
		Title: yumen.Text{EN: "generalization by hierarchy", ZH: "层级泛化"},
		Term:  yumen.Text{EN: "generalization: global recoding along a hierarchy", ZH: "泛化技术：按泛化层级全局重编码"},
		Types: "all (region: text, integer; age: numbers; date: date, timestamp, text) → text", Scope: CellScope,
		Reversible: irreversible,
		Preserves:  yumen.Text{EN: "truth of every statement, analysis at the coarser level", ZH: "所述内容仍为真；可在较粗层级分析"},
		Leaks:      yumen.Text{EN: "the class; rare classes single out", ZH: "所属类别；稀有类别仍可能识别个体"},
	}
}

func (g *Generalize) bind(b *Binding) (Stage, error) {
	f, err := g.levels(b)
	if err != nil {
		return nil, err
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		c, err := f(b.kind(i))
		return c, arrow.BinaryTypes.String, err
	})
}

// levels returns what generalizes a column of a type.
func (g *Generalize) levels(b *Binding) (func(yumen.Type) (Change, error), error) {
	switch g.Hierarchy {
	case "region":
		return regionLevel(g.Level)
	case "age":
		return ageLevel(g.Level)
	case "date":
		return dateLevel(g.Level)
	}
	h := b.Env.Hierarchies[g.Hierarchy]
	if h == nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "no hierarchy of the name %q is given", "未提供名为 %q 的层级", g.Hierarchy)
	}
	level, err := strconv.Atoi(g.Level)
	if err != nil || level < 0 || level >= h.Levels() {
		return nil, yumen.Errorf(yumen.KindInvalid, "the hierarchy has levels 0 to %d", "该层级有第 0 到 %d 级", h.Levels()-1)
	}
	return func(yumen.Type) (Change, error) {
		return EachText(func(dst []byte, s string) ([]byte, bool) {
			label, ok := h.Generalize(s, level) // a value that the file does not have, a gap, does not fit
			return append(dst, label...), ok
		}), nil
	}, nil
}

// regionLevel cuts administrative division codes of 6, 9 or 12 digits back to the code of the city or the province.
func regionLevel(level string) (func(yumen.Type) (Change, error), error) {
	kept, ok := map[string]int{"city": 4, "province": 2}[level]
	if !ok {
		return nil, unknownLevel("city, province")
	}
	return func(t yumen.Type) (Change, error) {
		if t != yumen.TypeText && t != yumen.TypeInteger {
			return nil, wrongType(t)
		}
		return EachText(regionText(kept)), nil
	}, nil
}

func regionText(kept int) TextFunc {
	return func(dst []byte, s string) ([]byte, bool) {
		if len(s) != 6 && len(s) != 9 && len(s) != 12 || !allDigits(s) || s[0] == '0' {
			return dst, false
		}
		return append(append(dst, s[:kept]...), "000000"[kept:]...), true
	}
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Ages from topAge are one class: at that age, years single out (as in the Safe Harbor list of HIPAA).
const (
	topAge = 90
	maxAge = 130
)

func ageLevel(level string) (func(yumen.Type) (Change, error), error) {
	width, ok := map[string]int{"5": 5, "10": 10, "20": 20}[level]
	if !ok {
		return nil, unknownLevel("5, 10, 20")
	}
	return func(t yumen.Type) (Change, error) {
		if !t.Numeric() {
			return nil, wrongType(t)
		}
		return eachNumberText(func(dst []byte, v float64) ([]byte, bool) { return appendAge(dst, v, width) }), nil
	}, nil
}

func appendAge(dst []byte, v float64, width int) ([]byte, bool) {
	switch {
	case !(v >= 0 && v <= maxAge):
		return dst, false
	case v >= topAge:
		return append(strconv.AppendInt(dst, topAge, 10), '+'), true
	}
	low := int(v) / width * width
	return fmt.Appendf(dst, "%d-%d", low, min(low+width, topAge)-1), true
}

var dateLevels = map[string]func(dst []byte, t time.Time) []byte{
	"week": func(dst []byte, t time.Time) []byte { // ISO 8601: a week belongs to the year of its Thursday
		y, w := t.ISOWeek()
		return fmt.Appendf(dst, "%04d-W%02d", y, w)
	},
	"month":   func(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, "2006-01") },
	"quarter": func(dst []byte, t time.Time) []byte { return fmt.Appendf(dst, "%04d-Q%d", t.Year(), (t.Month()+2)/3) },
	"year":    func(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, "2006") },
}

func dateLevel(level string) (func(yumen.Type) (Change, error), error) {
	if dateLevels[level] == nil {
		return nil, unknownLevel("week, month, quarter, year")
	}
	return func(t yumen.Type) (Change, error) {
		if t != yumen.TypeDate && t != yumen.TypeTimestamp && t != yumen.TypeText {
			return nil, wrongType(t)
		}
		return EachText(dateText(level)), nil
	}, nil
}

func dateText(level string) TextFunc {
	write := dateLevels[level]
	return func(dst []byte, s string) ([]byte, bool) {
		if len(s) < 10 {
			return dst, false
		}
		day, err := time.Parse(time.DateOnly, s[:10])
		if err != nil {
			return dst, false
		}
		return write(dst, day), true
	}
}

func unknownLevel(known string) error {
	return yumen.Errorf(yumen.KindInvalid, "the hierarchy has the levels %s", "该层级可用 %s", known)
}

func wrongType(t yumen.Type) error {
	return yumen.Errorf(yumen.KindInvalid, "the technique does not take columns of type %s", "该技术不接受 %s 类型的列", t)
}

// Levels returns what generalizes a value to each level of a built-in hierarchy (region, age, date) between the value
// itself and the top, and nil for any other name. A value that does not fit goes to the top.
func Levels(hierarchy string) []TextFunc { return levels[hierarchy] }

var levels = map[string][]TextFunc{
	"region": {regionText(4), regionText(2)},
	"age":    {ageText(5), ageText(10), ageText(20)},
	"date":   {dateText("month"), dateText("quarter"), dateText("year")},
}

func ageText(width int) TextFunc {
	return func(dst []byte, s string) ([]byte, bool) {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return dst, false
		}
		return appendAge(dst, v, width)
	}
}
