package desensitize

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

func typeOf(dt arrow.DataType) (yumen.Type, bool) { return arrowio.TypeOf(dt) }

// replaceColumns makes a batch out of what f returns for each column.
func replaceColumns(rec arrow.RecordBatch, schema *arrow.Schema, f func(i int, in arrow.Array) (arrow.Array, error)) (arrow.RecordBatch, error) {
	out := make([]arrow.Array, 0, rec.NumCols())
	defer func() {
		for _, a := range out {
			a.Release()
		}
	}()
	for i, in := range rec.Columns() {
		a, err := f(i, in)
		if err != nil {
			return nil, atColumn(err, rec.ColumnName(i))
		}
		out = append(out, a)
	}
	rows := rec.NumRows()
	if len(out) > 0 {
		rows = int64(out[0].Len())
	}
	return array.NewRecordBatch(schema, out, rows), nil
}

func atColumn(err error, name string) error {
	e := yumen.AsError(err)
	if e.Place == "" {
		e.Place = name
	}
	return e
}

// take makes an array of the cells of in at the given rows, and of nulls for rows below 0. No buffer of the result holds
// anything else, in particular nothing in the places of its nulls.
func take(mem memory.Allocator, in arrow.Array, rows []int) (arrow.Array, error) {
	b := array.NewBuilder(mem, in.DataType())
	defer b.Release()
	b.Reserve(len(rows))
	switch a := in.(type) {
	case *array.Boolean:
		takeInto(b.(*array.BooleanBuilder), a, rows)
	case *array.Int64:
		takeInto(b.(*array.Int64Builder), a, rows)
	case *array.Float64:
		takeInto(b.(*array.Float64Builder), a, rows)
	case *array.Decimal128:
		takeInto(b.(*array.Decimal128Builder), a, rows)
	case *array.Date32:
		takeInto(b.(*array.Date32Builder), a, rows)
	case *array.Timestamp:
		takeInto(b.(*array.TimestampBuilder), a, rows)
	case *array.String:
		size := 0
		for _, r := range rows {
			if r >= 0 {
				size += a.ValueLen(r)
			}
		}
		if size > math.MaxInt32 {
			return nil, tooMuchText()
		}
		takeInto(b.(*array.StringBuilder), a, rows)
	default:
		return nil, yumen.Errorf(yumen.KindInternal, "cells of an unmapped type", "单元格类型未映射")
	}
	return b.NewArray(), nil
}

func takeInto[T any](b interface {
	Append(T)
	AppendNull()
}, a interface {
	Value(int) T
	IsNull(int) bool
}, rows []int) {
	for _, r := range rows {
		if r < 0 || a.IsNull(r) {
			b.AppendNull()
		} else {
			b.Append(a.Value(r))
		}
	}
}

// allRows returns 0 … n−1.
func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// nullAt makes the cells at the given rows null.
func nullAt(rows []int) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, tally, error) {
		var n tally
		from := allRows(in.Len())
		for _, r := range rows {
			if from[r] >= 0 && in.IsValid(r) {
				n.Cells++
			}
			from[r] = -1
		}
		out, err := take(mem, in, from)
		return out, n, err
	}
}

// cleanNulls returns the array without anything in the places of its nulls: an engine may have left there what it was
// asked to hide.
func cleanNulls(mem memory.Allocator, in arrow.Array) (arrow.Array, error) {
	if in.NullN() == 0 {
		in.Retain()
		return in, nil
	}
	return take(mem, in, allRows(in.Len()))
}

// takeRows makes a batch of the given rows.
func takeRows(mem memory.Allocator, rec arrow.RecordBatch, schema *arrow.Schema, rows []int) (arrow.RecordBatch, error) {
	return replaceColumns(rec, schema, func(_ int, in arrow.Array) (arrow.Array, error) { return take(mem, in, rows) })
}

// eachInt64 changes every valid cell of an integer column.
func eachInt64(f func(int64) int64) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, tally, error) {
		a := in.(*array.Int64)
		b := array.NewInt64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		var n tally
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			v := f(a.Value(i))
			if v != a.Value(i) {
				n.Cells++
			}
			b.Append(v)
		}
		return b.NewArray(), n, nil
	}
}

// eachFloat64 changes every valid cell of a double column.
func eachFloat64(f func(float64) float64) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, tally, error) {
		a := in.(*array.Float64)
		b := array.NewFloat64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		var n tally
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			was := a.Value(i)
			v := f(was)
			if v != was && !(v != v && was != was) {
				n.Cells++
			}
			b.Append(v)
		}
		return b.NewArray(), n, nil
	}
}

// textFunc appends the new text of a cell to dst. It reports false for a value that does not have the form it needs; the
// cell becomes null.
type textFunc func(dst []byte, s string) ([]byte, bool)

// always makes a textFunc of what takes every value.
func always(f func(dst []byte, s string) []byte) textFunc {
	return func(dst []byte, s string) ([]byte, bool) { return f(dst, s), true }
}

// eachText makes a text column of a column of any type, whose cells f is given as text.
func eachText(f textFunc) change {
	return func(_ allocator, in arrow.Array) (arrow.Array, tally, error) {
		w := newTextWriter(in.Len())
		a, isText := in.(*array.String)
		if isText {
			w.data = make([]byte, 0, len(a.ValueBytes())+len(a.ValueBytes())/4)
		}
		var n tally
		var cell []byte
		for i := range in.Len() {
			if in.IsNull(i) {
				w.null()
				continue
			}
			var s string
			if isText {
				s = a.Value(i)
			} else {
				cell = arrowio.AppendCell(cell[:0], in, i)
				s = string(cell)
			}
			start := len(w.data)
			data, fits := f(w.data, s)
			if !fits {
				n.Unfit++
				n.Cells++
				w.null()
				continue
			}
			w.data = data
			if string(data[start:]) != s {
				n.Cells++
			}
			if len(data) > math.MaxInt32 {
				return nil, n, tooMuchText()
			}
			w.end()
		}
		return w.array(), n, nil
	}
}

// textWriter builds a text column whose cells are appended to data one after another.
type textWriter struct {
	data    []byte
	offsets []int32
	valid   []byte
	nulls   int
}

func newTextWriter(rows int) *textWriter {
	return &textWriter{offsets: append(make([]int32, 0, rows+1), 0), valid: make([]byte, bitutil.BytesForBits(int64(rows)))}
}

// end ends a cell.
func (w *textWriter) end() {
	bitutil.SetBit(w.valid, len(w.offsets)-1)
	w.offsets = append(w.offsets, int32(len(w.data)))
}

func (w *textWriter) null() {
	w.offsets = append(w.offsets, int32(len(w.data)))
	w.nulls++
}

func (w *textWriter) array() arrow.Array {
	buffers := []*memory.Buffer{memory.NewBufferBytes(w.valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(w.offsets)), memory.NewBufferBytes(w.data)}
	data := array.NewData(arrow.BinaryTypes.String, len(w.offsets)-1, buffers, nil, w.nulls, 0)
	defer data.Release()
	return array.NewStringData(data)
}

// labelled makes a text column of what f says for the text of each cell, and for null; f says too which become null.
func labelled(mem allocator, in arrow.Array, f func(v string, null bool) (string, bool)) (arrow.Array, tally, error) {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	var n tally
	var buf []byte
	for row := range in.Len() {
		buf = appendCell(buf[:0], in, row)
		label, null := f(string(buf), in.IsNull(row))
		if null != in.IsNull(row) || label != string(buf) && !null {
			n.Cells++
		}
		if null {
			b.AppendNull()
		} else {
			b.Append(label)
		}
	}
	return b.NewArray(), n, nil
}

func tooMuchText() error {
	return yumen.Errorf(yumen.KindLimit, "the texts of one batch grow beyond 2 GiB", "单个批次的文本超过 2 GiB").
		ToFix("read the file in smaller batches", "请以更小的批次读取")
}

// withField returns the schema with one field's type changed, and nullable.
func withField(schema *arrow.Schema, i int, dt arrow.DataType) *arrow.Schema {
	fields := slices.Clone(schema.Fields())
	fields[i].Type, fields[i].Nullable = dt, true
	meta := schema.Metadata()
	return arrow.NewSchema(fields, &meta)
}
