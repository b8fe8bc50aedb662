package duck

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// query runs one emitted statement. Its last Evidence columns go to the stream OutEvidence, the others to OutResult, in
// batches of the same rows.
func query(ctx context.Context, in sandbox.Env) error {
	var spec task.QuerySpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if spec.Grouping != nil {
		if ok, err := grouped(ctx, in, spec); ok || err != nil {
			return err
		}
	}
	e, err := openWithViews(ctx, in, spec.Views)
	if err != nil {
		return err
	}
	defer in.Leave(e.close)
	if err := e.loadFigures(ctx, in, spec); err != nil {
		return err
	}
	return e.answer(ctx, in, spec)
}

// loadFigures makes a table of the figures that statements compare rows with, if there are any.
func (e *engine) loadFigures(ctx context.Context, in sandbox.Env, spec task.QuerySpec) error {
	if !spec.Figures {
		return nil
	}
	path, ok := in.Input(task.FiguresTable)
	if !ok {
		return missingInput(task.FiguresTable)
	}
	h, err := readHeld(path)
	if err != nil {
		return err
	}
	if h.rows > 1 {
		return yumen.Errorf(yumen.KindInvalid, "the figures to compare with have more than one row", "用于比较的统计值多于一行")
	}
	if err := e.load(ctx, task.FiguresTable, h.schema, h.batches); err != nil {
		return failure(ctx, err)
	}
	return nil
}

// grouped answers by a pass over the rows. Not ok means that the rows cannot be read so, and that nothing was answered.
func grouped(ctx context.Context, in sandbox.Env, spec task.QuerySpec) (ok bool, err error) {
	one, views := sandbox.Env(singleThreaded{in}), slices.Clone(spec.Views)
	if spec.Grouping.RowUnits { // in whatever order
		one = in
		for i := range views {
			views[i].Numbered = true
		}
	}
	v, err := openVectors(ctx, in, one, views)
	if err != nil {
		return false, err
	}
	defer v.leave(in, &ok)
	if err := v.loadFigures(ctx, in, spec); err != nil {
		return false, err
	}
	if !v.group(ctx, in, spec) {
		return false, nil
	}
	spec.SQL = spec.Grouping.Rest
	return true, v.answer(ctx, in, spec)
}

// answer runs the statement and sends what comes of it, unless a lookup finds several rows.
func (e *engine) answer(ctx context.Context, in sandbox.Env, spec task.QuerySpec) error {
	if err := checkText(spec.SQL); err != nil {
		return err
	}
	for i, sql := range spec.Lookups {
		if several, err := e.gives(ctx, sql); err != nil {
			return failure(ctx, err)
		} else if several {
			return in.Answer(task.ResultAnswer{Repeats: i + 1})
		}
	}
	out, err := e.table(ctx, in, spec)
	if err != nil {
		return err
	}
	if spec.Labels != nil {
		if err := e.label(ctx, in, spec.Labels, out.result.Rows()); err != nil {
			return err
		}
	}
	return out.close(in)
}

// table runs the statement and sends its rows.
func (e *engine) table(ctx context.Context, in sandbox.Env, spec task.QuerySpec) (*split, error) {
	rows, err := e.stream(ctx, capped(spec))
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer rows.close()
	result, err := newBatches(rows, hasWideDecimal(spec.Views))
	if err != nil {
		return nil, err
	}
	out, err := newSplit(in, result.norm.schema, spec)
	if err != nil {
		return nil, err
	}
	err = result.each(func(batch arrow.RecordBatch) error {
		defer in.Progress(out.result.Rows(), 0)
		return out.write(batch)
	})
	if err != nil {
		return nil, failure(ctx, err)
	}
	return out, nil
}

// gives reports whether a statement gives a row.
func (e *engine) gives(ctx context.Context, sql string) (bool, error) {
	if err := checkText(sql); err != nil {
		return false, err
	}
	rows, err := e.query(ctx, sql)
	if err != nil {
		return false, err
	}
	defer rows.Release()
	some := rows.Next() && rows.RecordBatch().NumRows() > 0
	return some, rows.Err()
}

// capped asks for one row more than allowed, so that a result too large is noticed without being built whole. The
// statement stands on lines of its own, because it may end in a comment.
func capped(spec task.QuerySpec) string {
	if spec.MaxRows <= 0 {
		return spec.SQL
	}
	return "SELECT * FROM (\n" + spec.SQL + "\n) LIMIT " + sqlInt(spec.MaxRows+1)
}

// hasWideDecimal reports whether a decimal(38,0) of the result may be a stored column rather than a sum of integers.
func hasWideDecimal(views []task.View) bool {
	for _, v := range views {
		for _, c := range v.Columns {
			if c.Type == wideDecimal {
				return true
			}
		}
	}
	return false
}

// split writes each batch's columns to two streams.
type split struct {
	columns  []yumen.OutputColumn // of the result
	result   *arrowio.Writer
	evidence *arrowio.Writer // nil where there is none
	schemas  [2]*arrow.Schema
}

func newSplit(in sandbox.Env, schema *arrow.Schema, spec task.QuerySpec) (*split, error) {
	n := schema.NumFields() - spec.Evidence
	if spec.Evidence < 0 || n < 1 {
		return nil, yumen.Errorf(yumen.KindInternal, "the statement has %d columns, too few for %d of evidence",
			"语句有 %d 列，不足以容纳 %d 列证据", schema.NumFields(), spec.Evidence)
	}
	s := &split{}
	s.schemas[0] = arrow.NewSchema(schema.Fields()[:n], nil)
	s.schemas[1] = arrow.NewSchema(schema.Fields()[n:], nil)
	var err error
	if s.columns, err = arrowio.Columns(s.schemas[0]); err != nil {
		return nil, err
	}
	s.result = arrowio.NewHeldWriter(in, task.OutResult, s.schemas[0], spec.MaxRows)
	if spec.Evidence > 0 {
		s.evidence = arrowio.NewHeldWriter(in, task.OutEvidence, s.schemas[1], spec.MaxRows)
	}
	return s, nil
}

func (s *split) write(batch arrow.RecordBatch) error {
	n := s.schemas[0].NumFields()
	if err := s.result.Write(array.NewRecordBatch(s.schemas[0], batch.Columns()[:n], batch.NumRows())); err != nil {
		return fileError(err)
	}
	if s.evidence == nil {
		return nil
	}
	return fileError(s.evidence.Write(array.NewRecordBatch(s.schemas[1], batch.Columns()[n:], batch.NumRows())))
}

// close ends both streams and gives the answer.
func (s *split) close(in sandbox.Env) error {
	if err := s.result.Close(); err != nil {
		return fileError(err)
	}
	if s.evidence != nil {
		if err := s.evidence.Close(); err != nil {
			return fileError(err)
		}
	}
	answer := task.ResultAnswer{Rows: s.result.Rows()}
	for _, c := range s.columns {
		answer.Columns = append(answer.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type})
	}
	return in.Answer(answer)
}
