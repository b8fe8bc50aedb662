package result

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/pgrows"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// rowsAtOnce is how many rows are written at a time.
const rowsAtOnce = 256

// exportRows writes a range of the rows of the held result for PostgreSQL's protocol.
func exportRows(in sandbox.Env, s heldRows, of *task.RowRange) error {
	enc, err := pgrows.NewEncoder(s.Schema(), of.Formats, nil)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(enc.Columns(), of.Types, func(c pgrows.Column, oid uint32) bool { return c.OID == oid }) {
		return yumen.Errorf(yumen.KindCorrupt, "the columns are not of the types that they were described with",
			"列的类型与描述不符")
	}
	var ans task.ExportAnswer
	var frames []byte
	out := in.Output(task.OutFile)
	err = s.each(func(b arrow.RecordBatch, before int64) error {
		last := b.NumRows()
		if of.Rows > 0 {
			last = max(0, min(last, of.From+of.Rows-before))
			ans.More = ans.More || last < b.NumRows()
		}
		for from := max(0, of.From-before); from < last; {
			to := min(last, from+rowsAtOnce)
			if frames, err = enc.Append(frames[:0], b, int(from), int(to)); err != nil {
				return err
			}
			if _, err := out.Write(frames); err != nil {
				return err
			}
			ans.Rows, from = ans.Rows+to-from, to
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.Answer(ans)
}
