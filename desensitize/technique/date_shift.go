package technique

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// DateShift moves all dates of one unit by the same number of days, which the key and the unit decide.
type DateShift struct {
	Unit    string `yaml:"unit" en:"the column that says whose dates they are" zh:"标明日期归属对象的列"`
	Days    int    `yaml:"days" en:"the greatest shift in either direction, 1 to 36500" zh:"最大偏移天数（双向），1 到 36500"`
	Key     string `yaml:"key" en:"id of a key" zh:"密钥标识"`
	Context string `yaml:"context" en:"shifts under another context are different" zh:"上下文；不同上下文偏移不同"`
}

func (*DateShift) about() About {
	return About{
		Title: yumen.Text{EN: "date shifting", ZH: "日期偏移"},
		Term:  yumen.Text{EN: "randomization: noise addition, constant within a unit", ZH: "随机化技术：噪声添加（同一对象偏移一致）"},
		Types: "date, timestamp", Scope: RecordScope,
		Reversible: yumen.Text{EN: "with the key and the unit's identifier", ZH: "持有密钥与对象标识时可逆"},
		Preserves:  yumen.Text{EN: "intervals and order of one unit's dates, time of day", ZH: "同一对象各日期的间隔与次序、时刻"},
		Leaks: yumen.Text{EN: "the date within the greatest shift; one known date of a unit gives all its others",
			ZH: "最大偏移范围内的日期；已知某对象一个日期即可推出其余"},
	}
}

func (p *DateShift) bind(b *Binding) (Stage, error) {
	if p.Days < 1 || p.Days > 36500 {
		return nil, yumen.Errorf(yumen.KindInvalid, "days is a number from 1 to 36500", "days 为 1 到 36500 的整数")
	}
	unit, err := b.Column(p.Unit)
	if err != nil {
		return nil, err
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	if len(b.Columns) == 0 || slices.Contains(b.Columns, unit) {
		return nil, yumen.Errorf(yumen.KindInvalid, "name the columns with dates, and the unit apart from them",
			"请列出日期列，且不含对象列")
	}
	if err := b.takes(func(t yumen.Type) bool { return t == yumen.TypeDate || t == yumen.TypeTimestamp }); err != nil {
		return nil, err
	}
	shift := keyedDays(key.Derive("date_shift/"+p.Context, sha256.Size), p.Days)
	return &shiftStage{output: output{to: b.nullable()}, columns: b.Columns, unit: unit, shift: shift}, nil
}

// keyedDays draws a number of days from −days to days, evenly, by HMAC-SHA-256 of the unit.
func keyedDays(secret []byte, days int) func(unit []byte) int64 {
	return func(unit []byte) int64 {
		mac := hmac.New(sha256.New, secret)
		mac.Write(unit)
		hi, _ := bits.Mul64(binary.BigEndian.Uint64(mac.Sum(nil)), uint64(2*days+1)) // bias below 2^-47
		return int64(hi) - int64(days)
	}
}

// shiftStage moves dates. A date without a unit, or moved out of the years 1 to 9999, is suppressed.
type shiftStage struct {
	output
	columns []int
	unit    int
	shift   func(unit []byte) int64
}

func (s *shiftStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	units := rec.Column(s.unit)
	shifts := make([]int64, units.Len())
	var buf []byte
	for row := range shifts {
		if units.IsValid(row) {
			buf = arrowio.AppendCell(buf[:0], units, row)
			shifts[row] = s.shift(buf)
		}
	}
	return replaceNamed(rec, s.to, s.columns, func(_ int, in arrow.Array) (arrow.Array, error) {
		return s.move(mem, in, units, shifts), nil
	})
}

// The days of 0001-01-01 and 9999-12-31, counted from 1970.
const firstDay, lastDay, microsADay = -719162, 2932896, 86400 * 1_000_000

func (s *shiftStage) move(mem memory.Allocator, in, units arrow.Array, shifts []int64) arrow.Array {
	b := array.NewBuilder(mem, in.DataType())
	defer b.Release()
	for row := range in.Len() {
		if in.IsNull(row) {
			b.AppendNull()
			continue
		}
		days, micros := int64(0), int64(0)
		switch a := in.(type) {
		case *array.Date32:
			days = int64(a.Value(row))
		case *array.Timestamp:
			days, micros = floorDiv(int64(a.Value(row)), microsADay)
		}
		moved := days + shifts[row]
		if units.IsNull(row) || moved < firstDay || moved > lastDay {
			s.count.Cells++
			s.count.Unfit++
			b.AppendNull()
			continue
		}
		if shifts[row] != 0 {
			s.count.Cells++
		}
		switch b := b.(type) {
		case *array.Date32Builder:
			b.Append(arrow.Date32(moved))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(moved*microsADay + micros))
		}
	}
	return b.NewArray()
}

func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}
