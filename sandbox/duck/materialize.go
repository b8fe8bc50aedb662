package duck

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// Materialize writes the declared input files of a Wasm module into dir: each a view in its format, with exactly the
// columns of the view, in their order, masked where the view says so, and the rows in the order of the stored version,
// that is by privacy unit. CSV has a header line and LF line ends; see arrowio for the spelling of cells.
func Materialize(ctx context.Context, in sandbox.Env, spec task.WasmSpec, dir string) error {
	if len(spec.Files) == 0 {
		return nil
	}
	e, err := openWithViews(ctx, in, spec.Views)
	if err != nil {
		return err
	}
	defer e.close()
	for i, f := range spec.Files {
		if err := e.materialize(ctx, spec, f, dir); err != nil {
			return err
		}
		in.Progress(int64(i+1), int64(len(spec.Files)))
	}
	return nil
}

func (e *engine) materialize(ctx context.Context, spec task.WasmSpec, f task.WasmFile, dir string) error {
	if f.Name != filepath.Base(f.Name) || strings.HasPrefix(f.Name, ".") {
		return yumen.Errorf(yumen.KindInvalid, "input file name %q is not a plain name", "输入文件名 %q 不是简单文件名", f.Name)
	}
	i := slices.IndexFunc(spec.Views, func(v task.View) bool { return v.Name == f.View })
	if i < 0 {
		return yumen.Errorf(yumen.KindInternal, "input file %q names no view", "输入文件 %q 未指明视图", f.Name)
	}
	var cols []string
	for _, c := range spec.Views[i].Columns {
		cols = append(cols, identifier(c.Name))
	}
	rows, err := e.stream(ctx, "SELECT "+strings.Join(cols, ", ")+" FROM "+identifier(f.View))
	if err != nil {
		return failure(ctx, err)
	}
	defer rows.close()
	return failure(ctx, writeTable(filepath.Join(dir, f.Name), f.Format, rows, masksOf(spec.Views[i])))
}

// masksOf are the masks under which a module gets columns of the view.
func masksOf(v task.View) []yumen.Fix {
	var out []yumen.Fix
	for _, c := range v.Columns {
		if c.Mask != "" {
			out = append(out, yumen.Fix{Technique: yumen.TechniqueMask, Columns: []string{c.Name},
				Params: map[string]string{"preset": c.Mask}})
		}
	}
	return out
}

// masked returns the batch with the masks applied.
func masked(batch arrow.RecordBatch, masks []yumen.Fix) (arrow.RecordBatch, error) {
	if len(masks) == 0 {
		return batch, nil
	}
	cols, err := arrowio.Columns(batch.Schema())
	if err != nil {
		return nil, err
	}
	known := make([]yumen.ArtifactColumn, len(cols))
	for i, c := range cols {
		known[i] = yumen.ArtifactColumn{Name: c.Name, Type: c.Type}
	}
	out, _, err := desensitize.Apply(batch, known, masks, 1)
	return out, err
}

// tableWriter writes batches in some format.
type tableWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

func writeTable(path string, format yumen.FileFormat, rows *stream, masks []yumen.Fix) error {
	table, err := newBatches(rows, true)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return fileError(err)
	}
	defer file.Close()
	buf := bufio.NewWriterSize(file, 1<<18)
	w, err := newTableWriter(buf, format, table.norm.schema)
	if err != nil {
		return err
	}
	if err := table.each(func(batch arrow.RecordBatch) error {
		batch, err := masked(batch, masks)
		if err != nil {
			return err
		}
		return fileError(w.Write(batch))
	}); err != nil {
		return err
	}
	for _, step := range []func() error{w.Close, buf.Flush, file.Close} {
		if err := step(); err != nil {
			return fileError(err)
		}
	}
	return nil
}

func newTableWriter(w *bufio.Writer, format yumen.FileFormat, schema *arrow.Schema) (tableWriter, error) {
	switch format {
	case yumen.FormatCSV:
		return arrowio.NewCSVWriter(w, schema, arrowio.CSVForPrograms)
	case yumen.FormatNDJSON:
		return arrowio.NewNDJSONWriter(w, schema)
	case yumen.FormatArrow:
		return arrowio.NewWriter(w, schema, 0), nil
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "a module cannot be given its input as %q", "模块的输入不能是 %q 格式",
		string(format)).
		ToFix("use arrow, csv or ndjson", "请用 arrow、csv 或 ndjson")
}
