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

// each changes every valid cell of a column of T.
func each[T comparable](f func(T) T) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		a, b := in.(cellsOf[T]), array.NewBuilder(mem, in.DataType()).(builderOf[T])
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
			if v != was && (v == v || was == was) { // NaN is no change of NaN
				n.Cells++
			}
			b.Append(v)
		}
		return b.NewArray(), n, nil
	}
}

// cellStage changes columns one by one. Stages with more to do embed it.
type cellStage struct {
	output
	changes map[int]Change
}

func (s *cellStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	return ReplaceColumns(rec, s.to, func(i int, in arrow.Array) (arrow.Array, error) {
		f, ok := s.changes[i]
		if !ok {
			return nil, nil
		}
		out, n, err := f(mem, in)
		s.count.Add(n)
		return out, err
	})
}
