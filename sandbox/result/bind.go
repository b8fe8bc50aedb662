package result

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/pgrows"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// bind reads the parameters that a client sent as an Arrow stream: one row, a column for each. It is given no data, so
// that it may say what is wrong with the stream.
func bind(_ context.Context, in sandbox.Env) error {
	var spec task.BindSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	params, err := boundOf(spec.Stream)
	if err != nil {
		return in.Answer(task.BindAnswer{Refused: yumen.AsError(err).Msg})
	}
	return in.Answer(task.BindAnswer{Params: params})
}

// errOneRow refuses what is not one set of parameters.
func errOneRow() error {
	return yumen.Errorf(yumen.KindInvalid, "a statement is run with one row of parameters at a time",
		"一次只能以一行参数执行语句")
}

// boundOf returns the values of the one row of a stream, in PostgreSQL's text format. A stream without columns may have
// no row.
func boundOf(stream []byte) ([]task.BoundParam, error) {
	r, err := arrowio.NewReader(bytes.NewReader(stream), 0)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	enc, err := pgrows.NewEncoder(r.Schema(), nil, time.UTC)
	if err != nil {
		return nil, err
	}
	var out []task.BoundParam
	rows := int64(0)
	for {
		batch, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if rows += batch.NumRows(); rows > 1 {
			return nil, errOneRow()
		}
		if batch.NumRows() == 1 {
			if out, err = boundRow(enc, batch); err != nil {
				return nil, err
			}
		}
	}
	if rows == 0 && r.Schema().NumFields() > 0 {
		return nil, errOneRow()
	}
	return out, nil
}

// boundRow takes the one row of a batch apart as it is written for PostgreSQL: a length before each value.
func boundRow(enc *pgrows.Encoder, batch arrow.RecordBatch) ([]task.BoundParam, error) {
	frame, err := enc.Append(nil, batch, 0, 1)
	if err != nil {
		return nil, err
	}
	values := pgrows.Values(frame)
	out := make([]task.BoundParam, len(values))
	for i, c := range enc.Columns() {
		out[i].OID = c.OID
		if values[i] != nil {
			text := string(values[i])
			out[i].Text = &text
		}
	}
	return out, nil
}
