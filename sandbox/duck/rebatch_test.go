package duck

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// rebatcher cuts batches of the engine's own conversion anew into batchRows rows each: the reference for batches.
type rebatcher struct {
	emit    func(arrow.RecordBatch) error
	waiting []arrow.RecordBatch // retained
	rows    int64
}

// add takes a batch, which the caller may release afterwards.
func (r *rebatcher) add(batch arrow.RecordBatch) error {
	for at := int64(0); at < batch.NumRows(); {
		take := min(batch.NumRows()-at, batchRows-r.rows)
		r.waiting = append(r.waiting, batch.NewSlice(at, at+take)) // every slice is released once, or the engine's memory never is
		r.rows, at = r.rows+take, at+take
		if r.rows == batchRows {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush emits what is waiting as one batch.
func (r *rebatcher) flush() error {
	if r.rows == 0 {
		return nil
	}
	batch := r.waiting[0]
	if len(r.waiting) > 1 {
		var err error
		if batch, err = concatenate(r.waiting); err != nil {
			return err
		}
	}
	for _, w := range r.waiting {
		defer w.Release()
	}
	r.waiting, r.rows = nil, 0
	return r.emit(batch)
}

func concatenate(batches []arrow.RecordBatch) (arrow.RecordBatch, error) {
	schema, rows := batches[0].Schema(), int64(0)
	for _, b := range batches {
		rows += b.NumRows()
	}
	cols := make([]arrow.Array, schema.NumFields())
	for i := range cols {
		parts := make([]arrow.Array, len(batches))
		for j, b := range batches {
			parts[j] = b.Column(i)
		}
		var err error
		if cols[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}
