package duck

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/sandbox"
)

// Table reads Parquet files one after the other as batches of the types that Yumen carries. All files must have the
// columns of the first. What stops it is what Err returns; it never quotes data.
type Table struct {
	array.RecordReader
	ctx   context.Context
	e     *engine
	norm  *normaliser
	rows  int64
	batch arrow.RecordBatch
	err   error
}

// OpenTable opens the files. The Table must be released.
func OpenTable(ctx context.Context, in sandbox.Env, paths []string) (*Table, error) {
	e, err := open(ctx, in, paths...)
	if err != nil {
		return nil, err
	}
	t := &Table{ctx: ctx, e: e}
	if err := t.start(paths); err != nil {
		e.close()
		return nil, err
	}
	return t, nil
}

func (t *Table) start(paths []string) error {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = literal(p)
	}
	from := " FROM read_parquet([" + strings.Join(quoted, ", ") + "], union_by_name = false)"
	count, err := t.e.one(t.ctx, "SELECT count(*)::BIGINT"+from)
	if err != nil {
		return t.unreadable(err)
	}
	t.rows = count.Column(0).(*array.Int64).Value(0)
	count.Release()
	if t.RecordReader, err = t.e.query(t.ctx, "SELECT *"+from); err != nil {
		return t.unreadable(err)
	}
	t.norm, err = newNormaliser(t.RecordReader.Schema(), true)
	if err != nil {
		t.RecordReader.Release()
	}
	return err
}

func (t *Table) unreadable(err error) error {
	if t.ctx.Err() != nil || outOfMemoryError(err) {
		return failure(t.ctx, err)
	}
	return yumen.Errorf(yumen.KindCorrupt, "the file is not sound Parquet", "文件不是完好的 Parquet")
}

// Rows returns the number of rows of all files.
func (t *Table) Rows() int64 { return t.rows }

// Schema returns the columns.
func (t *Table) Schema() *arrow.Schema { return t.norm.schema }

// Next reads the next batch.
func (t *Table) Next() bool {
	if t.err != nil || !t.RecordReader.Next() {
		if err := t.RecordReader.Err(); err != nil && t.err == nil {
			t.err = t.unreadable(err)
		}
		return false
	}
	t.batch, t.err = t.norm.batch(t.RecordReader.RecordBatch())
	return t.err == nil
}

// RecordBatch returns the current batch, valid until the next call of Next.
func (t *Table) RecordBatch() arrow.RecordBatch { return t.batch }

// Record is RecordBatch under its older name, which the interface still asks for.
func (t *Table) Record() arrow.RecordBatch { return t.batch }

// Err returns what stopped the table.
func (t *Table) Err() error { return t.err }

// Release closes the engine.
func (t *Table) Release() {
	t.RecordReader.Release()
	t.e.close()
}
