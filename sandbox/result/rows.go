package result

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/pgrows"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// rowsAtOnce is how many rows are written at a time, so that the bound on bytes is looked at often enough.
const rowsAtOnce = 256

// exportRows writes a range of the rows of the held result for PostgreSQL's protocol.
func exportRows(in sandbox.Env, of *task.RowRange) error {
	s, err := openInput(in, task.InArtifact)
	if err != nil {
		return err
	}
	defer s.close()
	enc, err := pgrows.NewEncoder(s.Schema(), of.Formats, nil)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(enc.Columns(), of.Types, func(c pgrows.Column, oid uint32) bool { return c.OID == oid }) {
		return yumen.Errorf(yumen.KindCorrupt, "the columns are not of the types that they were described with",
			"列的类型与描述不符")
	}
	var ans task.ExportAnswer
	var written int64
	out := in.Output(task.OutFile)
	end := of.From + of.Rows
	err = s.each(func(b arrow.RecordBatch, before int64) error {
		for from := max(0, of.From-before); from < b.NumRows(); {
			to := min(b.NumRows(), end-before, from+rowsAtOnce)
			if ans.More = to <= from || written >= of.Bytes; ans.More {
				return nil
			}
			frames, err := enc.Append(nil, b, int(from), int(to))
			if err != nil {
				return err
			}
			if _, err := out.Write(frames); err != nil {
				return err
			}
			written, ans.Rows, from = written+int64(len(frames)), ans.Rows+to-from, to
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.Answer(ans)
}
