package desensitize

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// tally counts what a stage changed.
type tally struct {
	Cells int64 // that differ
	Unfit int64 // of these, made null because the value did not have the form the technique needs
	Rows  int64 // dropped
}

func (t *tally) add(o tally) {
	t.Cells += o.Cells
	t.Unfit += o.Unfit
	t.Rows += o.Rows
}

// stage is a technique bound to the columns of a table. It changes the batches of one run in order.
type stage interface {
	schema() *arrow.Schema
	// apply returns a new batch of its schema, which the caller releases. It leaves rec as it is.
	apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error)
	tally() tally
}

// watcher is a stage that has to see all batches before it can change the first.
type watcher interface {
	stage
	observe(rec arrow.RecordBatch) error
	finish() error
}

// change makes a new array out of one.
type change func(mem memory.Allocator, in arrow.Array) (arrow.Array, tally, error)

// closer is a stage that holds memory until the run ends.
type closer interface{ close() }

// settler is a stage with something outside to be made durable, or to be written, before the run counts as done.
type settler interface{ settle() error }
