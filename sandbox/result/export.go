package result

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// writer writes a file of one format batch by batch.
type writer interface {
	Write(arrow.RecordBatch) error
	Close() error
}

// exportOnce writes the held result of an enclave that does so once.
func exportOnce(_ context.Context, in sandbox.Env) error {
	return export(in, func(in sandbox.Env) (heldRows, error) { return openInput(in, task.InArtifact) })
}

// export writes the held result as the file that leaves, the same bytes each time, or as rows or messages.
func export(in sandbox.Env, open func(sandbox.Env) (heldRows, error)) error {
	var spec task.ExportSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	s, err := open(in)
	if err != nil {
		return err
	}
	defer s.close()
	switch {
	case spec.Rows != nil:
		return exportRows(in, s, spec.Rows)
	case spec.Messages:
		return exportMessages(in, s, spec.Columns)
	}
	w, err := newWriter(in.Output(task.OutFile), s.Schema(), spec)
	if err != nil {
		return err
	}
	err = s.each(func(b arrow.RecordBatch, _ int64) error { return w.Write(b) })
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return in.Answer(task.ExportAnswer{Rows: s.Rows()})
}

func newWriter(w io.Writer, schema *arrow.Schema, spec task.ExportSpec) (writer, error) {
	switch spec.Format {
	case yumen.FormatCSV:
		return csvWriter(w, schema, spec.Columns)
	case yumen.FormatNDJSON:
		return arrowio.NewNDJSONWriter(w, schema)
	case yumen.FormatArrow:
		return arrowio.NewWriter(w, schema, maxRows), nil
	case yumen.FormatParquet:
		return parquetWriter(w, schema)
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "no file can be written as %q", "无法写出 %q 格式的文件", spec.Format)
}

// csvWriter shows the status of a suppressed cell in its place. The other formats keep the types of columns.
func csvWriter(w io.Writer, schema *arrow.Schema, cols []yumen.ArtifactColumn) (writer, error) {
	shown, err := arrowio.TextColumns(schema, cols)
	if err != nil {
		return nil, err
	}
	c, err := arrowio.NewCSVWriter(w, schema, arrowio.CSVForPeople)
	if err != nil {
		return nil, err
	}
	c.Show(shown)
	return c, nil
}

func parquetWriter(w io.Writer, schema *arrow.Schema) (writer, error) {
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCreatedBy("yumen"))
	// The file writer closes what it writes to; the stream is not ours to close.
	fw, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, props, pqarrow.DefaultWriterProps())
	return buffered{fw}, err
}

// buffered gathers batches into row groups of the writer's usual size instead of one for each batch.
type buffered struct{ *pqarrow.FileWriter }

func (b buffered) Write(batch arrow.RecordBatch) error { return b.WriteBuffered(batch) }
