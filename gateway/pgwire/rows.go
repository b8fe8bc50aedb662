package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// column is a column of an answer, as RowDescription has it.
type column struct {
	name string
	oid  uint32
	size int16
	mod  int32
}

// The types of PostgreSQL that columns and parameters have, by their object ids.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidFloat4      = 700
	oidFloat8      = 701
	oidUnknown     = 705
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidNumeric     = 1700
)

// oids are the types that stand for ours, but for decimals.
var oids = map[yumen.Type]uint32{yumen.TypeBoolean: oidBool, yumen.TypeInteger: oidInt8, yumen.TypeDouble: oidFloat8,
	yumen.TypeDate: oidDate, yumen.TypeTimestamp: oidTimestamp, yumen.TypeText: oidText}

// sizes are the lengths of their values; −1 where they vary.
var sizes = map[uint32]int16{oidBool: 1, oidInt8: 8, oidFloat8: 8, oidDate: 4, oidTimestamp: 8, oidText: -1,
	oidNumeric: -1}

// columnOf is a column of a type of ours.
func columnOf(name string, t yumen.Type) column {
	c := column{name: name, oid: oids[t], mod: -1}
	if w, s, ok := t.Decimal(); ok {
		c.oid, c.mod = oidNumeric, int32(w)<<16|int32(s)+4
	}
	c.size = sizes[c.oid]
	return c
}

// textColumns are columns of text.
func textColumns(names ...string) []column {
	out := make([]column, len(names))
	for i, n := range names {
		out[i] = columnOf(n, yumen.TypeText)
	}
	return out
}

// describe makes the description of columns that are written in some formats.
func describe(columns []column, formats []int16) *pgproto3.RowDescription {
	out := &pgproto3.RowDescription{}
	for i, c := range columns {
		out.Fields = append(out.Fields, pgproto3.FieldDescription{Name: []byte(c.name), DataTypeOID: c.oid,
			DataTypeSize: c.size, TypeModifier: c.mod, Format: formatOf(formats, i)})
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

// rows are the rows of an answer.
type rows interface {
	// read has a range of them written as frames. Reading the same range again gives the same rows.
	read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error)
}

// answer is what a statement gives: rows, or a tag alone.
type answer struct {
	columns []column
	rows    rows // nil where it has none
	tag     string
	notices []yumen.Text
}

// told is an answer without rows.
func told(tag string) *answer { return &answer{tag: tag} }

// texts are rows of text that the door has itself. Text looks the same in both formats.
type texts [][]string

func (t texts) read(_ context.Context, of api.RowRange, to io.Writer) (out api.RowsRead, err error) {
	for i := of.From; i < int64(len(t)); i++ {
		if of.Rows > 0 && out.Rows == of.Rows {
			out.More = true
			return out, nil
		}
		body := binary.BigEndian.AppendUint16(nil, uint16(len(t[i])))
		for _, v := range t[i] {
			body = append(binary.BigEndian.AppendUint32(body, uint32(len(v))), v...)
		}
		if _, err := to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
			return out, err
		}
		out.Rows++
	}
	return out, nil
}

// released are the rows of a release.
type released struct {
	session *session
	name    string
}

func (r released) read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error) {
	return r.session.door.cfg.Statements.ReadRows(ctx, r.session.by, r.name, of, to)
}

// nothing are no rows.
type nothing struct{}

func (nothing) read(context.Context, api.RowRange, io.Writer) (api.RowsRead, error) {
	return api.RowsRead{}, nil
}

// errFrames is what an answer ends with that is not what it says it is.
var errFrames = errors.New("rows are not as they were described")

// frames takes frames in pieces, and hands on the body of each. What does not fit the columns is refused: it comes from
// an enclave.
type frames struct {
	columns int
	do      func(body []byte) error
	rows    int64
	rest    []byte // of a frame that has begun
}

// mostFrame is the most that one row may have.
const mostFrame = 256 << 20

// Write hands on the frames that are whole.
func (f *frames) Write(p []byte) (int, error) {
	b := p
	if len(f.rest) > 0 {
		f.rest = append(f.rest, p...)
		b = f.rest
	}
	for len(b) >= 4 {
		size := int(binary.BigEndian.Uint32(b))
		if size < 2 || size > mostFrame {
			return 0, errFrames
		}
		if len(b)-4 < size {
			break
		}
		body := b[4 : 4+size]
		if !fits(body, f.columns) {
			return 0, errFrames
		}
		if err := f.do(body); err != nil {
			return 0, err
		}
		f.rows, b = f.rows+1, b[4+size:]
	}
	f.rest = append(f.rest[:0], b...)
	return len(p), nil
}

// fits reports whether a body has a number of columns, and their lengths are its own.
func fits(body []byte, columns int) bool {
	if int(binary.BigEndian.Uint16(body)) != columns {
		return false
	}
	body = body[2:]
	for range columns {
		if len(body) < 4 {
			return false
		}
		size := int32(binary.BigEndian.Uint32(body))
		body = body[4:]
		if size < -1 || int(size) > len(body) {
			return false
		}
		if size > 0 {
			body = body[size:]
		}
	}
	return len(body) == 0
}

func typesOf(columns []column) []uint32 {
	out := make([]uint32, len(columns))
	for i, c := range columns {
		out[i] = c.oid
	}
	return out
}

// window is an answer that is read from its beginning to its end.
type window struct {
	*answer
	at  int64
	end bool
}

// forward hands on the next rows, at most so many, and returns how many there were. A most of 0 asks for all.
func (w *window) forward(ctx context.Context, most int64, formats []int16, do func(body []byte) error) (int64, error) {
	if w.end {
		return 0, nil
	}
	f := &frames{columns: len(w.columns), do: do}
	got, err := w.rows.read(ctx, api.RowRange{From: w.at, Rows: most, Formats: formats, Types: typesOf(w.columns)}, f)
	if err == nil && (got.Rows != f.rows || len(f.rest) > 0 || most > 0 && f.rows > most) {
		err = errFrames
	}
	w.at, w.end = w.at+f.rows, !got.More
	return f.rows, err
}

// dataRow is a row as it is: its body was written in an enclave.
type dataRow []byte

// Backend says which side sends it.
func (dataRow) Backend() {}

// Decode is not for what is sent.
func (dataRow) Decode([]byte) error { return errFrames }

// Encode appends the message.
func (r dataRow) Encode(to []byte) ([]byte, error) {
	return append(binary.BigEndian.AppendUint32(append(to, 'D'), uint32(len(r)+4)), r...), nil
}

// stream sends the next rows of an answer.
func (s *session) stream(ctx context.Context, w *window, most int64, formats []int16) (int64, error) {
	return w.forward(ctx, most, formats, func(body []byte) error { return s.sendRow(dataRow(body)) })
}

// sendRow sends one of many messages, and fails where they reach nobody.
func (s *session) sendRow(m pgproto3.BackendMessage) error {
	if s.send(m); s.gone {
		return errGone
	}
	return nil
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
