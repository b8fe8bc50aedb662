package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/vault"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/sandbox"
)

// file takes an Arrow IPC stream and writes the table in it as a file, batch by batch, while the stream is still being
// written.
type file struct {
	pipe *io.PipeWriter
	done chan error
	used bool
}

func newFile(to io.Writer, format yumen.FileFormat) *file {
	r, w := io.Pipe()
	f := &file{pipe: w, done: make(chan error, 1)}
	go func() {
		err := convert(r, to, format)
		r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		f.done <- err
	}()
	return f
}

func (f *file) Write(b []byte) (int, error) {
	f.used = true
	return f.pipe.Write(b)
}

// finish waits until all is written. A file that nothing was written to stays empty.
func (f *file) finish() error {
	_ = f.pipe.Close() // never fails
	if err := <-f.done; f.used {
		return err
	}
	return nil
}

type tableWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

func convert(from io.Reader, to io.Writer, format yumen.FileFormat) error {
	r, err := arrowio.NewReader(from, 0)
	if err != nil {
		return err
	}
	defer r.Release()
	w, err := newWriter(to, r.Schema(), format)
	if err != nil {
		return err
	}
	for {
		batch, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err != nil {
			return err
		}
		if err := w.Write(batch); err != nil {
			return err
		}
	}
}

func newWriter(to io.Writer, schema *arrow.Schema, format yumen.FileFormat) (tableWriter, error) {
	switch format {
	case yumen.FormatCSV:
		return arrowio.NewCSVWriter(to, schema, arrowio.CSVForPrograms)
	case yumen.FormatNDJSON:
		return arrowio.NewNDJSONWriter(to, schema)
	case yumen.FormatArrow:
		return arrowio.NewWriter(to, schema, 0), nil
	case yumen.FormatParquet:
		props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd),
			parquet.WithCreatedBy("yumen"))
		// The file writer closes what it writes to; the stream is not ours to close.
		w, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{to}, props, pqarrow.DefaultWriterProps())
		return rowGroups{w}, err
	}
	return nil, yumen.Errorf(yumen.KindInvalid, "no file can be written as %q", "无法写出 %q 格式的文件", string(format))
}

// rowGroups gathers batches into row groups of a usual size and ends one where it has grown large, so that memory stays
// bounded however many rows there are.
type rowGroups struct{ *pqarrow.FileWriter }

const groupBytes = 128 << 20

func (w rowGroups) Write(batch arrow.RecordBatch) error {
	if w.RowGroupTotalBytesWritten() > groupBytes {
		w.NewBufferedRowGroup()
	}
	return w.WriteBuffered(batch)
}

// openVault opens a copy of the token vault in the work folder, or makes a new one there; nil where none is needed.
func openVault(ctx context.Context, in sandbox.Env, key *task.Key) (*vault.File, error) {
	if key == nil {
		return nil, nil
	}
	path := filepath.Join(in.Work(), "vault")
	if old, ok := in.Input(task.InVault); ok {
		if err := copyFile(old, path); err != nil {
			return nil, err
		}
	}
	b := keyring.Bundle{{ID: key.ID, Version: key.Version, Secret: key.Secret}}
	k, err := b.Key(ctx, key.ID, key.Version)
	if err != nil {
		return nil, err
	}
	return vault.Open(path, k)
}

func sendVault(in sandbox.Env, v *vault.File) error {
	if err := v.Close(); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(in.Work(), "vault"))
	if err != nil {
		return err
	}
	defer f.Close() // read only
	_, err = io.Copy(in.Output(task.OutVault), f)
	return err
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close() // read only
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}
