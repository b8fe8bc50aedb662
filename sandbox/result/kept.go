package result

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// heldRows are the rows of a held result, batch by batch.
type heldRows interface {
	Schema() *arrow.Schema
	// Rows is how many each has passed on.
	Rows() int64
	each(do func(batch arrow.RecordBatch, before int64) error) error
	close()
}

// mostKept is how long a result may be that an enclave keeps in memory.
const mostKept = 128 << 20

// kept is the held result that an enclave was given for all its statements. It is read and checked by the first of
// them that gets to its end, and stays in memory for the others, unless it is too long.
type kept struct {
	schema  *arrow.Schema // nil where nothing is kept
	batches []arrow.RecordBatch
	rows    int64
}

// opener makes statements of one enclave share what they read.
func opener() sandbox.Opener {
	k := &kept{}
	run := func(_ context.Context, in sandbox.Env) error { return export(in, k.open) }
	return func(context.Context, sandbox.Env) (sandbox.Handler, func(), error) { return run, func() {}, nil }
}

func (k *kept) open(in sandbox.Env) (heldRows, error) {
	if k.schema != nil {
		return k, nil
	}
	s, err := openInput(in, task.InArtifact)
	if err != nil {
		return nil, err
	}
	if info, err := s.file.Stat(); err != nil || info.Size() > mostKept {
		return s, err
	}
	return &keeping{stream: s, to: k}, nil
}

// Schema returns the columns.
func (k *kept) Schema() *arrow.Schema { return k.schema }

// Rows returns the number of rows.
func (k *kept) Rows() int64 { return k.rows }

func (k *kept) each(do func(batch arrow.RecordBatch, before int64) error) error {
	before := int64(0)
	for _, b := range k.batches {
		if err := do(b, before); err != nil {
			return err
		}
		before += b.NumRows()
	}
	return nil
}

func (k *kept) close() {}

// keeping reads a stream, and keeps its batches once all were read.
type keeping struct {
	*stream
	to *kept
}

func (k *keeping) each(do func(batch arrow.RecordBatch, before int64) error) error {
	var all []arrow.RecordBatch
	err := k.stream.each(func(b arrow.RecordBatch, before int64) error {
		b.Retain()
		all = append(all, b)
		return do(b, before)
	})
	if err == nil {
		*k.to = kept{schema: k.Schema(), batches: all, rows: k.Rows()}
	}
	return err
}
