package arrowio

import (
	"encoding/hex"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// Caps on one message of a stream that is read. A batch is at most a few hundred thousand rows, so these are never met
// by a stream that Yumen wrote.
const (
	maxMetadata = 16 << 20
	maxBuffer   = 1 << 30
)

// Reader reads an Arrow IPC stream whose bytes may come from anywhere. Every batch it returns has been validated in
// full (offsets, null counts, UTF-8), so that reading its cells cannot fail. What is wrong with the stream is reported
// as kind corrupt, without quoting it.
//
// Beside its columns a stream may say what it likes about itself: the salt of a held one, or what a module put there.
// None of that is read, so that none of it gets into what is made of the stream.
type Reader struct {
	r       *ipc.Reader
	schema  *arrow.Schema     // without metadata
	batch   arrow.RecordBatch // the one returned last
	rows    int64
	maxRows int64
}

// NewReader reads the schema. A stream of more than maxRows rows fails with kind limit; 0 means that the caller bounds
// the stream by other means.
func NewReader(r io.Reader, maxRows int64) (*Reader, error) {
	mem := boundedAllocator{memory.DefaultAllocator}
	messages := ipc.NewMessageReader(newGuard(r), ipc.WithAllocator(mem),
		ipc.WithMetadataSizeLimit(maxMetadata), ipc.WithBodySizeLimit(maxBuffer))
	reader, err := ipc.NewReaderFromMessageReader(messages, ipc.WithAllocator(mem))
	if err != nil {
		return nil, corrupt()
	}
	return &Reader{r: reader, schema: arrow.NewSchema(reader.Schema().Fields(), nil), maxRows: maxRows}, nil
}

// Schema returns the columns of the stream.
func (r *Reader) Schema() *arrow.Schema { return r.schema }

// Rows returns the number of rows read so far.
func (r *Reader) Rows() int64 { return r.rows }

// Next returns the next batch, which is valid until the following call, or io.EOF after the last.
func (r *Reader) Next() (batch arrow.RecordBatch, err error) {
	defer func() {
		if recover() != nil {
			batch, err = nil, corrupt()
		}
	}()
	batch, err = r.r.Read()
	if errors.Is(err, io.EOF) && r.r.Err() == nil {
		return nil, io.EOF
	}
	if err != nil || batch.NumRows() < 0 || array.ValidateRecordFull(batch) != nil {
		return nil, corrupt()
	}
	r.rows += batch.NumRows()
	if r.maxRows > 0 && r.rows > r.maxRows {
		return nil, TooManyRows(r.maxRows)
	}
	r.forget()
	r.batch = array.NewRecordBatch(r.schema, batch.Columns(), batch.NumRows())
	return r.batch, nil
}

func (r *Reader) forget() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Release frees what the reader holds.
func (r *Reader) Release() {
	r.forget()
	r.r.Release()
}

// TooManyRows is the error of a table with more than max rows.
func TooManyRows(max int64) *yumen.Error {
	return yumen.Errorf(yumen.KindLimit, "more than %d rows", "超过 %d 行", max)
}

func corrupt() *yumen.Error {
	return yumen.Errorf(yumen.KindCorrupt, "not a sound Arrow IPC stream", "不是完好的 Arrow IPC 流")
}

// boundedAllocator refuses single allocations that only a lying length field asks for. The readers of arrow-go turn the
// panic into an error.
type boundedAllocator struct{ memory.Allocator }

func (a boundedAllocator) Allocate(size int) []byte { return a.Allocator.Allocate(bounded(size)) }

func (a boundedAllocator) Reallocate(size int, b []byte) []byte {
	return a.Allocator.Reallocate(bounded(size), b)
}

func bounded(size int) int {
	if size < 0 || size > maxBuffer {
		panic("arrowio: buffer length out of bounds")
	}
	return size
}

// Writer writes an Arrow IPC stream, uncompressed and without dictionaries, so that equal batches give equal bytes.
type Writer struct {
	w       *ipc.Writer
	rows    int64
	maxRows int64
}

// NewWriter returns a Writer that fails with kind limit beyond maxRows rows; 0 means that the caller bounds them.
func NewWriter(w io.Writer, schema *arrow.Schema, maxRows int64) *Writer {
	return &Writer{w: ipc.NewWriter(w, ipc.WithSchema(schema)), maxRows: maxRows}
}

// saltKey names the salt in the metadata of a held stream's schema.
const saltKey = "yumen.salt"

// Quarantine is where an enclave's streams go that are held before anybody may see them.
type Quarantine interface {
	Output(stream string) io.Writer
	Salt(stream string) [32]byte // random for each run and stream
}

// NewHeldWriter is NewWriter for a stream that is held under its digest. The digest stands in the log and in receipts,
// and a table of a few counts could be found by trying them out; so the stream begins with a salt, and its digest is a
// commitment that discloses nothing of the rows to whoever lacks the stream. A Reader leaves the salt out.
func NewHeldWriter(to Quarantine, stream string, schema *arrow.Schema, maxRows int64) *Writer {
	salt := to.Salt(stream)
	meta := arrow.NewMetadata([]string{saltKey}, []string{hex.EncodeToString(salt[:])})
	return NewWriter(to.Output(stream), arrow.NewSchema(schema.Fields(), &meta), maxRows)
}

// Write writes a batch whole or not at all.
func (w *Writer) Write(batch arrow.RecordBatch) error {
	if w.maxRows > 0 && w.rows+batch.NumRows() > w.maxRows {
		return TooManyRows(w.maxRows)
	}
	w.rows += batch.NumRows()
	return w.w.Write(batch)
}

// Rows returns the number of rows written so far.
func (w *Writer) Rows() int64 { return w.rows }

// Close ends the stream. It does not close the writer below.
func (w *Writer) Close() error { return w.w.Close() }
