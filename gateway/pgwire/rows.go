package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// describe makes the description of columns that are written in some formats.
func describe(columns []sqlsession.Column, formats []int16) *pgproto3.RowDescription {
	out := &pgproto3.RowDescription{}
	for i, c := range columns {
		out.Fields = append(out.Fields, pgproto3.FieldDescription{Name: []byte(c.Name), DataTypeOID: c.OID,
			DataTypeSize: c.Size, TypeModifier: c.Mod, Format: formatOf(formats, i)})
	}
	return out
}

// formatOf is how a column is written: as the one format says, or its own, or as text.
func formatOf(formats []int16, i int) int16 {
	switch {
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return 0
}

func typesOf(columns []sqlsession.Column) []uint32 {
	out := make([]uint32, len(columns))
	for i, c := range columns {
		out[i] = c.OID
	}
	return out
}

// window is an answer that is read from its beginning to its end.
type window struct {
	*sqlsession.Answer
	at  int64
	end bool
}

// forward hands on the next rows, at most so many, and returns how many there were. A most of 0 asks for all.
func (w *window) forward(ctx context.Context, most int64, formats []int16, do func(body []byte) error) (int64, error) {
	if w.end {
		return 0, nil
	}
	f := &sqlsession.Frames{Columns: len(w.Columns), Do: do}
	got, err := w.Rows.Read(ctx, api.RowRange{From: w.at, Rows: most, Formats: formats, Types: typesOf(w.Columns)}, f)
	if err == nil && (got.Rows != f.Rows || !f.Whole() || most > 0 && f.Rows > most) {
		err = sqlsession.ErrFrames
	}
	w.at, w.end = w.at+f.Rows, !got.More
	return f.Rows, err
}

// stream sends the next rows of an answer.
func (s *session) stream(ctx context.Context, w *window, most int64, formats []int16) (int64, error) {
	return w.forward(ctx, most, formats, s.sendRow)
}

// sendRow sends a row as it is: its body was written in an enclave.
func (s *session) sendRow(body []byte) error {
	s.out = append(binary.BigEndian.AppendUint32(append(s.out, 'D'), uint32(len(body)+4)), body...)
	return s.sent()
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
