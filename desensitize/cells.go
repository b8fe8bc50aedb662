package desensitize

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

func typeOf(dt arrow.DataType) (yumen.Type, bool) { return arrowio.TypeOf(dt) }

// nullAt makes the cells at the given rows, sorted and distinct, null. The kept stretches are copied around them, so that
// no buffer of the result holds what a suppressed cell held.
func nullAt(rows []int) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
		var parts []arrow.Array
		defer func() {
			for _, p := range parts {
				p.Release()
			}
		}()
		changed, next := 0, 0
		for i := 0; i < len(rows); {
			j := i + 1
			for j < len(rows) && rows[j] == rows[j-1]+1 {
				j++
			}
			if rows[i] > next {
				parts = append(parts, array.NewSlice(in, int64(next), int64(rows[i])))
			}
			parts = append(parts, array.MakeArrayOfNull(mem, in.DataType(), j-i))
			next = rows[j-1] + 1
			i = j
		}
		if next < in.Len() {
			parts = append(parts, array.NewSlice(in, int64(next), int64(in.Len())))
		}
		for _, r := range rows {
			if in.IsValid(r) {
				changed++
			}
		}
		out, err := array.Concatenate(parts, mem)
		return out, changed, err
	}
}

// eachInt64 changes every valid cell of an integer column.
func eachInt64(f func(int64) int64) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
		a := in.(*array.Int64)
		b := array.NewInt64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		changed := 0
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			v := f(a.Value(i))
			if v != a.Value(i) {
				changed++
			}
			b.UnsafeAppend(v)
		}
		return b.NewArray(), changed, nil
	}
}

// eachFloat64 changes every valid cell of a double column.
func eachFloat64(f func(float64) float64) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
		a := in.(*array.Float64)
		b := array.NewFloat64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		changed := 0
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			was := a.Value(i)
			v := f(was)
			if v != was && !(v != v && was != was) {
				changed++
			}
			b.UnsafeAppend(v)
		}
		return b.NewArray(), changed, nil
	}
}

// eachString changes every valid cell of a text column. f appends the new text to a buffer that is used again for the next cell.
func eachString(f func(dst []byte, s string) []byte) change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, int, error) {
		a := in.(*array.String)
		b := array.NewStringBuilder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		changed := 0
		var buf []byte
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
				continue
			}
			buf = f(buf[:0], a.Value(i))
			if string(buf) != a.Value(i) {
				changed++
			}
			b.BinaryBuilder.Append(buf)
		}
		return b.NewArray(), changed, nil
	}
}
