package desensitize

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

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

// cellStage changes columns one by one. Stages with more to do embed it.
type cellStage struct {
	to      *arrow.Schema
	changes map[int]change
	count   tally
}

func (s *cellStage) schema() *arrow.Schema { return s.to }

func (s *cellStage) tally() tally { return s.count }

func (s *cellStage) apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return replaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		f, ok := s.changes[i]
		if !ok {
			in.Retain()
			return in, nil
		}
		out, n, err := f(mem, in)
		s.count.add(n)
		return out, err
	})
}
