package desensitize

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// technique is a way of changing data, with its parameters. Each is a field of Step, which is the one table of them.
type technique interface {
	about() About
	// bind checks the parameters against the columns and makes the stage. It sees no data.
	bind(b *binding) (stage, error)
}

// About describes a technique: the terms of the standards, what it works on, and what it does to risk and use.
type About struct {
	Name       string // the key in a profile
	Title      yumen.Text
	Term       yumen.Text // GB/T 37964 and ISO/IEC 20889
	Types      string     // column types it takes
	Scope      Scope
	Inside     bool // can be applied inside texts, to what detectors find
	Reversible yumen.Text
	Preserves  yumen.Text
	Leaks      yumen.Text
	Params     []Param
}

// Param describes a parameter of a technique.
type Param struct {
	Name string
	Msg  yumen.Text
}

// Scope says how much of a table a technique must have seen before it can change the first cell.
type Scope string

// The scopes. Techniques of the first two stream in memory of a batch. The others take one more pass over the table, kept
// meanwhile in a spool file, and hold in memory what is named.
const (
	CellScope   Scope = "cell"   // one cell
	RecordScope Scope = "record" // one record
	StatScope   Scope = "two passes"
	ColumnScope Scope = "whole columns" // the values of its columns, of the whole table
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

// cellStage changes columns one by one. Stages with more to do embed it.
type cellStage struct {
	to      *arrow.Schema
	changes map[int]change
	count   tally
}

func (s *cellStage) schema() *arrow.Schema { return s.to }
func (s *cellStage) tally() tally          { return s.count }

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
