package technique

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Tally counts what a stage changed.
type Tally struct {
	Cells int64 // that differ
	Unfit int64 // of these, made null because the value did not have the form the technique needs
	Rows  int64 // dropped
}

// Add adds another count.
func (t *Tally) Add(o Tally) {
	t.Cells += o.Cells
	t.Unfit += o.Unfit
	t.Rows += o.Rows
}

// Stage is a technique bound to the columns of a table. It changes the batches of one run in order.
type Stage interface {
	// Schema returns the schema of the batches that Apply makes.
	Schema() *arrow.Schema
	// Apply returns a new batch of its schema, which the caller releases. It leaves rec as it is.
	Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error)
	// Tally returns what was changed up to now.
	Tally() Tally
}

// Watcher is a stage that has to see all batches before it can change the first.
type Watcher interface {
	Stage
	// Observe is given every batch, in order.
	Observe(rec arrow.RecordBatch) error
	// Finish is called after the last of them, before the first Apply.
	Finish() error
}

// Change makes a new array out of one.
type Change func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error)

// Closer is a stage that holds memory until the run ends.
type Closer interface{ Close() }

// Settler is a stage with something outside to be made durable, or to be written, before the run counts as done.
type Settler interface{ Settle() error }

// output is what every stage says of what it makes.
type output struct {
	to    *arrow.Schema
	count Tally
}

func (o *output) Schema() *arrow.Schema { return o.to }
func (o *output) Tally() Tally          { return o.count }
