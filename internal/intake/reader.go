package intake

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// Fault is what a row breaks by itself. Zero is none; 1 to the number of columns says that the cell of that column is
// not of its type; the constants say that the row as a whole could not be read.
type Fault int32

// The faults of whole rows.
const (
	FaultColumns  Fault = -1 - iota // too few or too many cells, or a key that is unknown or stands twice
	FaultEncoding                   // bytes that the encoding does not have, or a NUL character
	FaultQuote                      // a quote that is not closed, or one inside an unquoted cell
	FaultJSON                       // not one JSON object
)

// Names of the columns that come before those of the table. They start with a space, which no column of a catalog does.
const (
	RowColumn   = " row"   // number of the row over all files, from 1
	FileColumn  = " file"  // number of the file, from 1
	LineColumn  = " line"  // line on which the row begins, from 1
	FaultColumn = " fault" // Fault of the row
)

// Column is one column of the table.
type Column struct {
	Name   string // in the batches
	Header string // in the files; compared without regard to case
	Type   yumen.Type
}

// Options say how the files are written.
type Options struct {
	Format   yumen.FileFormat // CSV or NDJSON
	CSV      yumen.CSVOptions
	MaxBytes int64                   // of all files together after decompression; more is kind limit
	Progress func(done, total int64) // bytes read of the files as they are; may be nil
	exact    bool                    // see Exact
}

// Rows gives the rows of one file.
type Rows interface {
	// Next returns the cells of the next row in the order of the columns, valid until the following call, and io.EOF
	// after the last row.
	Next() (Row, error)
}

// Row is one row as text. Where fault is not zero there are no cells.
type Row struct {
	Line  int64
	Fault Fault
	Cells []Cell
}

// Cell is the text of a cell. Where wrong is set its form alone says that it is not of the type.
type Cell struct {
	Text  string
	Null  bool
	Wrong bool
}

// MaxCell bounds a cell of CSV that Exact reads.
const MaxCell = 1 << 20

// Exact gives the rows of one file, CSV or NDJSON, written by a program that knew its columns: it must have them
// exactly, where New makes allowance for what people and spreadsheets do.
//
//   - The file is UTF-8, without a mark and not compressed. No line is passed over.
//   - CSV has commas, double quotes and a header line with the names in order. A carriage return stands before a line feed or in
//     quotes. Nothing in quotes is an empty text, nothing without them is null.
//   - NDJSON has every name in each line: strings for texts, dates and timestamps, numbers for numbers, true and false.
func Exact(r io.Reader, format yumen.FileFormat, cols []Column) (Rows, error) {
	opts := Options{Format: format, CSV: yumen.CSVOptions{Delimiter: ","}, exact: true}
	if err := checkOptions(&opts); err != nil {
		return nil, err
	}
	if format == yumen.FormatNDJSON {
		return newNDJSON(newInput(r), cols, opts), nil
	}
	return newCSV(newInput(r), cols, opts)
}

// Reader gives the rows of all files, in order, as Arrow batches. It is an array.RecordReader. What stops it — files
// that are not in the format, unknown headers, the size limit — is what Err returns.
type Reader struct {
	ctx       context.Context
	files     []string
	cols      []Column
	opts      Options
	schema    *arrow.Schema
	progress  *progress
	open      *input // the file that is read
	src       Rows
	file      int
	rows      int64
	appenders []*arrowio.Appender
	meta      *meta
	batch     arrow.RecordBatch
	err       error
	refs      atomic.Int64
}

var _ array.RecordReader = (*Reader)(nil)

// A batch is bounded in rows, beyond which larger ones gain nothing, and in the bytes read for it, so that long cells
// do not fill the memory.
const (
	batchRows  = 16384
	batchBytes = 64 << 20
)

// New opens the files. Options that contradict themselves are an error of kind invalid. The Reader must be released.
func New(ctx context.Context, files []string, cols []Column, opts Options) (*Reader, error) {
	if err := checkOptions(&opts); err != nil {
		return nil, err
	}
	r := &Reader{ctx: ctx, files: files, cols: cols, opts: opts}
	r.refs.Store(1)
	fields := metaFields()
	for _, c := range cols {
		a, err := arrowio.NewAppender(c.Type)
		if err != nil {
			return nil, yumen.AsError(err).At(c.Name)
		}
		r.appenders = append(r.appenders, a)
		fields = append(fields, arrow.Field{Name: c.Name, Type: a.Builder().Type(), Nullable: true})
	}
	r.schema = arrow.NewSchema(fields, nil)
	var err error
	if r.progress, err = newProgress(files, opts); err != nil {
		return nil, err
	}
	r.meta = newMeta()
	return r, nil
}

// Schema returns the meta columns and the columns of the table.
func (r *Reader) Schema() *arrow.Schema { return r.schema }

// Rows returns the number of rows read so far, bad ones included.
func (r *Reader) Rows() int64 { return r.rows }

// Err returns what stopped the reader, nil at the end of the files.
func (r *Reader) Err() error { return r.err }

// RecordBatch returns the current batch, valid until the next call of Next.
func (r *Reader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record is RecordBatch under its older name, which the interface still asks for.
func (r *Reader) Record() arrow.RecordBatch { return r.batch }

// Retain adds an owner.
func (r *Reader) Retain() { r.refs.Add(1) }

// Release drops an owner; the last one closes the open file.
func (r *Reader) Release() {
	if r.refs.Add(-1) == 0 {
		r.closeFile()
	}
}

func (r *Reader) closeFile() {
	if r.open != nil {
		r.open.close()
		r.open = nil
	}
}

// Next reads the next batch. It may be called from a thread of the engine: it never panics.
func (r *Reader) Next() (more bool) {
	defer func() {
		if recover() != nil {
			r.err, more = yumen.Errorf(yumen.KindInternal, "the file could not be read", "无法读取文件"), false
		}
	}()
	r.batch = nil
	if r.err != nil {
		return false
	}
	if r.err = r.fill(); r.err != nil || r.meta.len() == 0 {
		return false
	}
	r.batch = r.finish()
	return true
}

// fill appends rows up to a whole batch.
func (r *Reader) fill() error {
	for begun := r.progress.inflated; r.meta.len() < batchRows && r.progress.inflated-begun < batchBytes; {
		if r.src == nil {
			if r.file == len(r.files) {
				return nil
			}
			if err := r.nextFile(); err != nil {
				return err
			}
		}
		row, err := r.src.Next()
		if err == io.EOF {
			r.closeFile()
			r.src = nil
			continue
		}
		if err != nil {
			return err
		}
		r.append(row)
	}
	r.progress.report()
	return r.ctx.Err()
}

func (r *Reader) nextFile() (err error) {
	r.file++
	if r.open, err = openInput(r.files[r.file-1], r.progress); err != nil {
		return r.place(err)
	}
	if r.opts.Format == yumen.FormatNDJSON {
		r.src = newNDJSON(r.open, r.cols, r.opts)
		return nil
	}
	r.src, err = newCSV(r.open, r.cols, r.opts)
	return r.place(err)
}

// place says which file an error is about, where there are several.
func (r *Reader) place(err error) error {
	if err == nil || len(r.files) == 1 {
		return err
	}
	return yumen.AsError(err).At(task.SourceName(r.file))
}

func (r *Reader) append(row Row) {
	r.rows++
	fault := row.Fault
	for i, a := range r.appenders {
		if fault != 0 || row.Cells[i].Null {
			a.Null()
			continue
		}
		if row.Cells[i].Wrong || !a.Append(row.Cells[i].Text) {
			a.Null()
			fault = Fault(i + 1)
		}
	}
	r.meta.append(r.rows, r.file, row.Line, fault)
}

func (r *Reader) finish() arrow.RecordBatch {
	n := r.meta.len()
	arrays := r.meta.finish()
	for _, a := range r.appenders {
		arrays = append(arrays, a.Builder().NewArray())
	}
	return array.NewRecordBatch(r.schema, arrays, int64(n))
}

// meta builds the columns that say where a row stands and what is wrong with it.
type meta struct {
	row, line   *array.Int64Builder
	file, fault *array.Int32Builder
}

func newMeta() *meta {
	mem := memory.DefaultAllocator
	return &meta{row: array.NewInt64Builder(mem), line: array.NewInt64Builder(mem), file: array.NewInt32Builder(mem),
		fault: array.NewInt32Builder(mem)}
}

func metaFields() []arrow.Field {
	return []arrow.Field{
		{Name: RowColumn, Type: arrow.PrimitiveTypes.Int64}, {Name: FileColumn, Type: arrow.PrimitiveTypes.Int32},
		{Name: LineColumn, Type: arrow.PrimitiveTypes.Int64}, {Name: FaultColumn, Type: arrow.PrimitiveTypes.Int32},
	}
}

func (m *meta) len() int { return m.row.Len() }

func (m *meta) append(row int64, file int, line int64, fault Fault) {
	m.row.Append(row)
	m.file.Append(int32(file))
	m.line.Append(line)
	m.fault.Append(int32(fault))
}

func (m *meta) finish() []arrow.Array {
	return []arrow.Array{m.row.NewArray(), m.file.NewArray(), m.line.NewArray(), m.fault.NewArray()}
}
