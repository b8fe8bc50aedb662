package technique

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// NullAt makes the cells at the given rows null.
func NullAt(rows []int) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		var n Tally
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

// eachInt64 changes every valid cell of an integer column.
func eachInt64(f func(int64) int64) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		a := in.(*array.Int64)
		b := array.NewInt64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		var n Tally
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
func eachFloat64(f func(float64) float64) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		a := in.(*array.Float64)
		b := array.NewFloat64Builder(mem)
		defer b.Release()
		b.Reserve(a.Len())
		var n Tally
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

// cellStage changes columns one by one. Stages with more to do embed it.
type cellStage struct {
	to      *arrow.Schema
	changes map[int]Change
	count   Tally
}

func (s *cellStage) Schema() *arrow.Schema { return s.to }

func (s *cellStage) Tally() Tally { return s.count }

func (s *cellStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return ReplaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		f, ok := s.changes[i]
		if !ok {
			in.Retain()
			return in, nil
		}
		out, n, err := f(mem, in)
		s.count.Add(n)
		return out, err
	})
}
