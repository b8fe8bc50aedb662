package sqlsession

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/pgrows"
)

// Column is a column of an answer, as RowDescription has it.
type Column struct {
	Name string
	OID  uint32
	Size int16
	Mod  int32
	// Digits are those of a numeric whose typmod says none, as pgrows.Column has them.
	Digits int32
}

// The types of PostgreSQL that columns and parameters have, by their object ids.
const (
	OIDBool        = 16
	OIDBytea       = 17
	OIDInt8        = 20
	OIDInt2        = 21
	OIDInt4        = 23
	OIDText        = 25
	OIDFloat4      = 700
	OIDFloat8      = 701
	OIDUnknown     = 705
	OIDBpchar      = 1042
	OIDVarchar     = 1043
	OIDDate        = 1082
	OIDTimestamp   = 1114
	OIDTimestamptz = 1184
	OIDNumeric     = 1700
)

// oids are the types that stand for ours, but for decimals.
var oids = map[yumen.Type]uint32{yumen.TypeBoolean: OIDBool, yumen.TypeInteger: OIDInt8, yumen.TypeDouble: OIDFloat8,
	yumen.TypeDate: OIDDate, yumen.TypeTimestamp: OIDTimestamp, yumen.TypeText: OIDText}

// sizes are the lengths of their values; −1 where they vary.
var sizes = map[uint32]int16{OIDBool: 1, OIDInt8: 8, OIDFloat8: 8, OIDDate: 4, OIDTimestamp: 8, OIDText: -1,
	OIDNumeric: -1}

// ColumnOf is a column of a type of ours.
func ColumnOf(name string, t yumen.Type) Column {
	c := Column{Name: name, OID: oids[t], Mod: -1}
	if w, s, ok := t.Decimal(); ok {
		c.OID, c.Mod = OIDNumeric, int32(w)<<16|int32(s)+4
	}
	c.Size = sizes[c.OID]
	return c
}

// TextColumns are columns of text.
func TextColumns(names ...string) []Column {
	out := make([]Column, len(names))
	for i, n := range names {
		out[i] = ColumnOf(n, yumen.TypeText)
	}
	return out
}

// Rows are the rows of an answer.
type Rows interface {
	// Read has a range of them written as frames. Reading the same range again gives the same rows.
	Read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error)
}

// Batched are rows that can be had as Arrow, too.
type Batched interface {
	// Batches has all of them written as messages of an Arrow stream, as api.StatementUseCases does. Their schema is
	// that of the columns. Reading them again gives the same rows.
	Batches(ctx context.Context, to io.Writer) error
}

// Answer is what a statement gives: rows, or a tag alone.
type Answer struct {
	Columns []Column
	Rows    Rows   // nil where it has none
	Tag     string // of PostgreSQL, where it is not that of SELECT
	Notices []yumen.Text
}

// Told is an answer without rows.
func Told(tag string) *Answer { return &Answer{Tag: tag} }

// Texts are rows of text that the door has itself. Text looks the same in both formats.
type Texts [][]string

// Read writes the rows that there are from of.From on.
func (t Texts) Read(_ context.Context, of api.RowRange, to io.Writer) (out api.RowsRead, err error) {
	for i := of.From; i < int64(len(t)); i++ {
		if of.Rows > 0 && out.Rows == of.Rows {
			out.More = true
			return out, nil
		}
		body := binary.BigEndian.AppendUint16(nil, uint16(len(t[i])))
		for _, v := range t[i] {
			body = append(binary.BigEndian.AppendUint32(body, uint32(len(v))), v...)
		}
		if err := writeFrame(to, body); err != nil {
			return out, err
		}
		out.Rows++
	}
	return out, nil
}

// Batches writes them.
func (t Texts) Batches(_ context.Context, to io.Writer) error {
	if len(t) == 0 {
		return nil
	}
	batch := pgrows.TextBatch(make([]pgrows.Column, len(t[0])), t)
	defer batch.Release()
	return arrowio.NewMessages(to).Write(batch)
}

// Schema is how columns look in Arrow, as a message header and as a stream without batches.
func Schema(columns []Column) (header, stream []byte, err error) {
	of := make([]pgrows.Column, len(columns))
	for i, c := range columns {
		of[i] = pgrows.Column{Name: c.Name, OID: c.OID, Len: c.Size, Mod: c.Mod, Digits: c.Digits}
	}
	schema := pgrows.Schema(of)
	stream, err = arrowio.SchemaStream(schema)
	return arrowio.SchemaHeader(schema), stream, err
}

// released are the rows of a release.
type released struct {
	session *Session
	name    string
}

// Read has them written in an enclave.
func (r released) Read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error) {
	return r.session.Statements.ReadRows(ctx, r.session.By, r.name, of, to)
}

// Batches has them written in an enclave.
func (r released) Batches(ctx context.Context, to io.Writer) error {
	return r.session.Statements.ReadBatches(ctx, r.session.By, r.name, to)
}

// nothing are no rows.
type nothing struct{}

// Batches writes nothing.
func (nothing) Batches(context.Context, io.Writer) error { return nil }

// Read writes nothing.
func (nothing) Read(context.Context, api.RowRange, io.Writer) (api.RowsRead, error) {
	return api.RowsRead{}, nil
}

// ErrFrames is what an answer ends with that is not what it says it is.
var ErrFrames = errors.New("rows are not as they were described")

// Frames takes frames in pieces, and hands on the body of each. What does not fit the columns is refused: it comes from
// an enclave.
type Frames struct {
	Columns int
	Do      func(body []byte) error
	Rows    int64  // that were handed on
	rest    []byte // of a frame that has begun
}

// Whole reports whether no frame has begun that did not end.
func (f *Frames) Whole() bool { return len(f.rest) == 0 }

// mostFrame is the most that one row may have.
const mostFrame = 256 << 20

// Write hands on the frames that are whole. Only one that arrives in parts is copied.
func (f *Frames) Write(p []byte) (int, error) {
	b := p
	for len(f.rest) > 0 && len(b) > 0 {
		size, err := frameSize(f.rest)
		if err != nil {
			return 0, err
		}
		take := min(size-len(f.rest), len(b))
		f.rest, b = append(f.rest, b[:take]...), b[take:]
		if len(f.rest) > 4 && len(f.rest) == size {
			if err := f.pass(f.rest[4:]); err != nil {
				return 0, err
			}
			f.rest = f.rest[:0]
		}
	}
	for {
		size, err := frameSize(b)
		if err != nil {
			return 0, err
		}
		if size > len(b) {
			break
		}
		if err := f.pass(b[4:size]); err != nil {
			return 0, err
		}
		b = b[size:]
	}
	f.rest = append(f.rest, b...)
	return len(p), nil
}

// frameSize is how long the frame is that b begins with, or its prefix as long as that is not whole.
func frameSize(b []byte) (int, error) {
	if len(b) < 4 {
		return 4, nil
	}
	size := int(binary.BigEndian.Uint32(b))
	if size < 2 || size > mostFrame {
		return 0, ErrFrames
	}
	return 4 + size, nil
}

// pass hands on the body of a frame.
func (f *Frames) pass(body []byte) error {
	if !fits(body, f.Columns) {
		return ErrFrames
	}
	if err := f.Do(body); err != nil {
		return err
	}
	f.Rows++
	return nil
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
