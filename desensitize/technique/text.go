package technique

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// TextFunc appends the new text of a cell to dst. It reports false for a value that does not have the form it needs;
// the cell becomes null.
type TextFunc func(dst []byte, s string) ([]byte, bool)

// always makes a TextFunc of what takes every value.
func always(f func(dst []byte, s string) []byte) TextFunc {
	return func(dst []byte, s string) ([]byte, bool) { return f(dst, s), true }
}

// EachText makes a text column of a column of any type, whose cells f is given as text.
func EachText(f TextFunc) Change {
	return func(_ memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		w := &textWriter{offsets: append(make([]int32, 0, in.Len()+1), 0),
			valid: make([]byte, bitutil.BytesForBits(int64(in.Len())))}
		a, isText := in.(*array.String)
		if isText {
			w.data = make([]byte, 0, len(a.ValueBytes())+len(a.ValueBytes())/4)
		}
		var n Tally
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
	buffers := []*memory.Buffer{memory.NewBufferBytes(w.valid),
		memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(w.offsets)), memory.NewBufferBytes(w.data)}
	data := array.NewData(arrow.BinaryTypes.String, len(w.offsets)-1, buffers, nil, w.nulls, 0)
	defer data.Release()
	return array.NewStringData(data)
}

// Relabel makes a text column of what f says for the text of each cell, and for null; f says too which become null.
func Relabel(mem memory.Allocator, in arrow.Array,
	f func(v string, null bool) (string, bool)) (arrow.Array, Tally, error) {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	var n Tally
	var buf []byte
	for row := range in.Len() {
		buf = arrowio.AppendCell(buf[:0], in, row)
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

// eachNumberText makes a text column of a column of numbers.
func eachNumberText(f func(dst []byte, v float64) ([]byte, bool)) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		b := array.NewStringBuilder(mem)
		defer b.Release()
		var n Tally
		var buf []byte
		for i := range in.Len() {
			if in.IsNull(i) {
				b.AppendNull()
				continue
			}
			n.Cells++
			var fits bool
			if buf, fits = f(buf[:0], number(in, i)); !fits {
				n.Unfit++
				b.AppendNull()
				continue
			}
			b.BinaryBuilder.Append(buf)
		}
		return b.NewArray(), n, nil
	}
}
