package wasm

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// copy reads the one file a module left in dir and writes its rows to out.
func (r *result) copy(dir string, out *arrowio.Writer, max yumen.Size) (int64, error) {
	f, err := r.open(dir, max)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	// Each batch is garbage as soon as it is written.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	r.table.out = out
	if err := r.read(bufio.NewReaderSize(f, 64<<10)); err != nil {
		return 0, err
	}
	if err := r.table.flush(); err != nil {
		return 0, err
	}
	return out.Rows(), out.Close()
}

func (r *result) read(f *bufio.Reader) error {
	if r.format == yumen.FormatArrow {
		return readArrow(f, r.table)
	}
	return readText(f, r.format, r.table)
}

// open finds the declared file and nothing beside it.
func (r *result) open(dir string, max yumen.Size) (*os.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() != r.name {
			return nil, failed("the module left more under /out than its declared output", "模块在 /out 下留下了声明之外的内容")
		}
	}
	path := filepath.Join(dir, r.name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("the module did not write its declared output", "模块没有写出声明的输出")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, failed("the module's output is not a regular file", "模块的输出不是普通文件")
	case info.Size() > int64(max):
		return nil, yumen.Errorf(yumen.KindLimit, "the output is larger than %s", "输出超过 %s", max)
	}
	return os.Open(path)
}

// table gathers typed cells into batches.
type table struct {
	columns []yumen.OutputColumn
	schema  *arrow.Schema
	cells   []*arrowio.Appender
	rows    int // in the batch
	total   int64
	maxRows int64
	out     *arrowio.Writer
}

const batchRows = 8192

func newTable(columns []yumen.OutputColumn, maxRows int64) (*table, error) {
	schema, err := arrowio.Schema(columns)
	if err != nil {
		return nil, err
	}
	t := &table{columns: columns, schema: schema, maxRows: maxRows}
	seen := map[string]bool{}
	for _, c := range columns {
		if c.Name == "" || seen[c.Name] {
			return nil, yumen.Errorf(yumen.KindInvalid, "output columns need different names",
				"输出列需要互不相同的名称").At("output.columns")
		}
		seen[c.Name] = true
		a, err := arrowio.NewAppender(c.Type)
		if err != nil {
			return nil, err
		}
		t.cells = append(t.cells, a)
	}
	return t, nil
}

// set appends a cell to column i of the current row.
func (t *table) set(i int, cell string) error {
	if !t.cells[i].Append(cell) {
		return t.wrongType(i)
	}
	return nil
}

func (t *table) wrongType(i int) error {
	return failed("a cell of column %s of the module's output is not of type %s", "模块输出的 %s 列有单元格不是 %s 类型",
		t.columns[i].Name, string(t.columns[i].Type))
}

// row adds a row without nulls.
func (t *table) row(cells ...string) error {
	for i, c := range cells {
		if err := t.set(i, c); err != nil {
			return err
		}
	}
	return t.endRow()
}

// endRow closes the current row.
func (t *table) endRow() error {
	t.rows++
	if t.total++; t.total > t.maxRows {
		return tooManyRows(t.maxRows)
	}
	if t.rows < batchRows {
		return nil
	}
	return t.flush()
}

func (t *table) flush() error {
	if t.rows == 0 {
		return nil
	}
	arrays := make([]arrow.Array, len(t.cells))
	for i, c := range t.cells {
		arrays[i] = c.Builder().NewArray()
		defer arrays[i].Release()
	}
	batch := array.NewRecordBatch(t.schema, arrays, int64(t.rows))
	defer batch.Release()
	t.rows = 0
	return t.out.Write(batch)
}

// readArrow reads an Arrow IPC stream or file. A file is a stream between a magic of 8 bytes and a footer (Arrow
// columnar format, IPC file format); the footer only repeats where the batches lie.
func readArrow(f *bufio.Reader, t *table) error {
	if head, _ := f.Peek(6); string(head) == "ARROW1" {
		_, _ = f.Discard(8)
	}
	r, err := arrowio.NewReader(f, t.maxRows)
	if err != nil {
		return notArrow(err)
	}
	defer r.Release()
	columns, err := arrowio.Columns(r.Schema())
	if err != nil || !slices.Equal(columns, t.columns) {
		return wrongColumns()
	}
	for {
		batch, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return notArrow(err)
		}
		if err := t.take(batch); err != nil {
			return err
		}
	}
}

func notArrow(err error) error {
	if yumen.KindOf(err) == yumen.KindLimit {
		return err
	}
	return failed("the module's output is not a sound Arrow stream or file", "模块的输出不是完好的 Arrow 流或文件")
}

func wrongColumns() error {
	return failed("the module's output does not have exactly the declared columns in their order", "模块输出的列与声明的列及其顺序不一致")
}

// take copies a batch value by value, so that nothing but its values goes on.
func (t *table) take(batch arrow.RecordBatch) error {
	for from := 0; from < int(batch.NumRows()); {
		to := min(int(batch.NumRows()), from+batchRows-t.rows)
		if t.total += int64(to - from); t.total > t.maxRows {
			return tooManyRows(t.maxRows)
		}
		for i, col := range batch.Columns() {
			if err := t.copyCells(i, col, from, to); err != nil {
				return err
			}
		}
		if t.rows += to - from; t.rows == batchRows {
			if err := t.flush(); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

func (t *table) copyCells(i int, col arrow.Array, from, to int) error {
	if col.NullN() == 0 {
		switch b := t.cells[i].Builder().(type) {
		case *array.Int64Builder:
			b.AppendValues(col.(*array.Int64).Int64Values()[from:to], nil)
			return nil
		case *array.Float64Builder:
			b.Reserve(to - from)
			for _, v := range col.(*array.Float64).Float64Values()[from:to] {
				b.UnsafeAppend(canonical(v))
			}
			return nil
		}
	}
	for row := from; row < to; row++ {
		if err := t.copyCell(i, col, row); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) copyCell(i int, col arrow.Array, row int) error {
	if col.IsNull(row) {
		t.cells[i].Null()
		return nil
	}
	switch b := t.cells[i].Builder().(type) {
	case *array.Float64Builder:
		b.Append(canonical(col.(*array.Float64).Value(row)))
	case *array.Int64Builder:
		b.Append(col.(*array.Int64).Value(row))
	case *array.BooleanBuilder:
		b.Append(col.(*array.Boolean).Value(row))
	default: // the text form checks what the type alone does not: calendar, precision, UTF-8
		return t.set(i, string(arrowio.AppendCell(nil, col, row)))
	}
	return nil
}

// canonical maps every NaN to one, so that its payload bits carry nothing.
func canonical(v float64) float64 {
	if math.IsNaN(v) {
		return math.NaN()
	}
	return v
}
