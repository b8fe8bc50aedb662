package duck

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	bindings "github.com/duckdb/duckdb-go-bindings"
)

// batchRows is the number of rows of every batch but the last. The engine cuts its chunks wherever its threads happened
// to meet; a result's digest must not depend on that.
const batchRows = 16384

// batches turns a stream into batches of the types that Yumen carries, batchRows rows each.
type batches struct {
	from    *stream
	norm    *normaliser
	columns []outColumn // nil where the engine converts
	pieces  [][]arrow.Array
	rows    int
}

// newBatches plans the conversion; keepWide as for newNormaliser.
func newBatches(from *stream, keepWide bool) (*batches, error) {
	norm, err := newNormaliser(from.schema, keepWide)
	if err != nil {
		return nil, err
	}
	b := &batches{from: from, norm: norm, columns: make([]outColumn, norm.schema.NumFields()),
		pieces: make([][]arrow.Array, norm.schema.NumFields())}
	for i := range b.columns {
		typ := bindings.ColumnLogicalType(&from.res, bindings.IdxT(i))
		b.columns[i] = newColumn(typ, norm.schema.Field(i).Type)
		bindings.DestroyLogicalType(&typ)
	}
	return b, nil
}

// each calls emit with every batch, which must not keep it: the next one is made in the same memory. Errors of the
// engine quote data: pass them through failure.
func (b *batches) each(emit func(arrow.RecordBatch) error) error {
	for {
		n, err := b.from.next()
		if err != nil {
			return err
		}
		if n == 0 {
			return b.flush(emit)
		}
		if err := b.add(n, emit); err != nil {
			return err
		}
	}
}

// add takes the current chunk.
func (b *batches) add(n int, emit func(arrow.RecordBatch) error) error {
	converted, err := b.convert()
	if err != nil {
		return err
	}
	if converted != nil {
		defer converted.Release()
	}
	for at := 0; at < n; {
		take := min(n-at, batchRows-b.rows)
		for i, c := range b.columns {
			if c == nil {
				b.pieces[i] = append(b.pieces[i], array.NewSlice(converted.Column(i), int64(at), int64(at+take)))
				continue
			}
			if err := c.add(b.from.vector(i), at, take); err != nil {
				return err
			}
		}
		b.rows, at = b.rows+take, at+take
		if b.rows == batchRows {
			if err := b.flush(emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// convert lets the engine convert the chunk where a column wants that. What it returns, if anything, is to be released.
func (b *batches) convert() (arrow.RecordBatch, error) {
	for _, c := range b.columns {
		if c == nil {
			batch, err := b.from.arrow()
			if err != nil {
				return nil, err
			}
			defer batch.Release()
			return b.norm.batch(batch)
		}
	}
	return nil, nil
}

// flush emits what was gathered as one batch.
func (b *batches) flush(emit func(arrow.RecordBatch) error) error {
	if b.rows == 0 {
		return nil
	}
	cols := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		if c != nil {
			cols[i] = c.array()
			continue
		}
		var err error
		if cols[i], err = array.Concatenate(b.pieces[i], memory.DefaultAllocator); err != nil {
			return err
		}
		for _, p := range b.pieces[i] {
			p.Release()
		}
		b.pieces[i] = b.pieces[i][:0]
	}
	rows := b.rows
	b.rows = 0
	return emit(array.NewRecordBatch(b.norm.schema, cols, int64(rows)))
}
