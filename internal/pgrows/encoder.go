package pgrows

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// Format says how the values of a column are written.
const (
	Text   int16 = 0
	Binary int16 = 1
)

// Encoder writes rows of record batches of one schema. It is safe for one goroutine.
type Encoder struct {
	columns []Column
	binary  []bool
	zone    *time.Location
}

// NewEncoder returns an encoder for a schema. Formats are those of a Bind message: none stands for text, one for all
// columns, otherwise there is one a column. Timestamps with a time zone are shown in zone; nil stands for UTC. Errors
// are of kind invalid.
func NewEncoder(schema *arrow.Schema, formats []int16, zone *time.Location) (*Encoder, error) {
	columns, err := Columns(schema)
	if err != nil {
		return nil, err
	}
	if zone == nil {
		zone = time.UTC
	}
	e := &Encoder{columns: columns, binary: make([]bool, len(columns)), zone: zone}
	if len(formats) > 1 && len(formats) != len(columns) {
		return nil, yumen.Errorf(yumen.KindInvalid, "there are %d result formats and %d columns", "结果格式有 %d 个，列有 %d 个",
			len(formats), len(columns))
	}
	for i, f := range formats {
		if f != Text && f != Binary {
			return nil, yumen.Errorf(yumen.KindInvalid, "format code %d of result column %d is neither 0 nor 1",
				"格式代码 %d（结果第 %d 列）既非 0 也非 1", f, i+1)
		}
		if len(formats) == 1 {
			for j := range e.binary {
				e.binary[j] = f == Binary
			}
			break
		}
		e.binary[i] = f == Binary
	}
	return e, nil
}

// Columns returns what a RowDescription says of the rows.
func (e *Encoder) Columns() []Column { return e.columns }

// cell appends the value of a row, which is not NULL.
type cell func(dst []byte, row int) ([]byte, error)

// Append appends the rows [from, to) of a batch to dst, each as a frame: its length as a uint32, then the body of a
// DataRow message. Integers are big-endian. After an error, of kind failed for a value that PostgreSQL cannot hold, dst
// ends in an unusable part. An error never quotes a value.
func (e *Encoder) Append(dst []byte, batch arrow.RecordBatch, from, to int) ([]byte, error) {
	if int(batch.NumCols()) != len(e.columns) {
		return dst, yumen.Errorf(yumen.KindInternal, "%d columns, %d described", "有 %d 列，已描述 %d 列", batch.NumCols(),
			len(e.columns))
	}
	if len(e.columns) > math.MaxInt16 {
		return dst, yumen.Errorf(yumen.KindInvalid, "the result has %d columns; a row has at most 32,767",
			"结果有 %d 列，一行最多 32,767 列", len(e.columns))
	}
	cells := make([]cell, len(e.columns))
	for i, c := range e.columns {
		if cells[i] = e.cell(batch.Column(i), c.OID, e.binary[i]); cells[i] == nil {
			return dst, unknownType(i, batch.Column(i).DataType())
		}
	}
	var err error
	for row := from; row < to; row++ {
		frame := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(cells)))
		for i, write := range cells {
			if batch.Column(i).IsNull(row) {
				dst = append(dst, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			if dst, err = sized(dst, row, write); err != nil {
				return dst, err
			}
		}
		binary.BigEndian.PutUint32(dst[frame:], uint32(len(dst)-frame-4))
	}
	return dst, nil
}

// sized appends a value behind its length.
func sized(dst []byte, row int, write cell) ([]byte, error) {
	start := len(dst)
	dst, err := write(append(dst, 0, 0, 0, 0), row)
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst, nil
}

// outOfRange is for values that DuckDB can hold and PostgreSQL cannot.
func outOfRange() error {
	return yumen.Errorf(yumen.KindFailed, "a date or timestamp is out of the range that PostgreSQL has",
		"某个日期或时间戳超出 PostgreSQL 的范围").ToFix("cast it to text, or leave such rows out", "请转换为 text，或排除这些行")
}

// noBinary is for types whose values are known by name only.
func noBinary() error {
	return yumen.Errorf(yumen.KindFailed, "a value has no binary form here", "某个值在此没有二进制形式").
		ToFix("ask for the column in text format, or cast it to text", "请以文本格式请求该列，或转换为 text")
}
