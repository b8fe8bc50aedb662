// Package result handles held results inside an enclave: it shows a reviewer some rows, applies fixes, and writes the
// file that leaves. It needs no engine. It decides nothing: which fix, and whether anything may leave, is in its task.
package result

import (
	"errors"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// maxRows bounds a held result that is read back; the run that made it was bounded well below.
const maxRows = 10_000_000

// Handlers returns the handlers of the roles fix, preview, export, bind and ledger.
func Handlers() map[task.Role]sandbox.Handler {
	return map[task.Role]sandbox.Handler{task.Fix: fix, task.Preview: preview, task.Export: exportOnce,
		task.Bind: bind, task.Ledger: compareLabels}
}

// Openers returns what prepares statements of sessions.
func Openers() map[task.Role]sandbox.Opener {
	return map[task.Role]sandbox.Opener{task.Export: opener()}
}

// stream is an input that holds an Arrow IPC stream.
type stream struct {
	*arrowio.Reader
	file *os.File
}

func openInput(in sandbox.Env, name string) (*stream, error) {
	path, ok := in.Input(name)
	if !ok {
		return nil, yumen.Errorf(yumen.KindInternal, "no %s was given", "未提供 %s", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := arrowio.NewReader(f, maxRows)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &stream{r, f}, nil
}

func (s *stream) close() {
	s.Release()
	_ = s.file.Close() // read only
}

// each calls do with every batch and the number of rows before it.
func (s *stream) each(do func(batch arrow.RecordBatch, before int64) error) error {
	for {
		before := s.Rows()
		batch, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(batch, before); err != nil {
			return err
		}
	}
}

// whole reads a stream to its end as one batch, which the caller must release.
func (s *stream) whole() (arrow.RecordBatch, error) {
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	err := s.each(func(b arrow.RecordBatch, _ int64) error {
		b.Retain()
		batches = append(batches, b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return concatenate(s.Schema(), batches)
}

func concatenate(schema *arrow.Schema, batches []arrow.RecordBatch) (arrow.RecordBatch, error) {
	var rows int64
	cols := make([]arrow.Array, schema.NumFields())
	for i := range cols {
		parts := make([]arrow.Array, len(batches))
		for j, b := range batches {
			parts[j] = b.Column(i)
		}
		var err error
		if cols[i], err = join(schema.Field(i).Type, parts); err != nil {
			return nil, err
		}
		defer cols[i].Release()
	}
	for _, b := range batches {
		rows += b.NumRows()
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}

// join concatenates arrays of one type; of none it makes an empty array.
func join(t arrow.DataType, parts []arrow.Array) (arrow.Array, error) {
	if len(parts) == 0 {
		return array.MakeArrayOfNull(memory.DefaultAllocator, t, 0), nil
	}
	return array.Concatenate(parts, memory.DefaultAllocator)
}
