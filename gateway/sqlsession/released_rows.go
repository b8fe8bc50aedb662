package sqlsession

import (
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// readAhead is how many rows a question is asked for where fewer are wanted.
const readAhead = 10_000

// askedRows are the rows of a question over what was released. Where they are read in pieces, the question is asked
// again for each range: the enclave keeps nothing of it. Digests say whether it gave the same rows as before.
type askedRows struct {
	session   *Session
	statement *Statement
	of        readable
	ask       api.ReleasedStatement

	// rows from first on, as the last range had them; before and after are digests at its beginning and end.
	first         int64
	rows          [][]byte
	formats       []int16
	before, after string
	more          bool // there are rows behind them
	size          int
}

// Read writes a range of the rows.
func (r *askedRows) Read(ctx context.Context, of api.RowRange, to io.Writer) (out api.RowsRead, err error) {
	if of.From == 0 && of.Rows == 0 {
		return r.stream(ctx, of, to)
	}
	if !slices.Equal(r.formats, of.Formats) {
		r.forget(of.Formats)
	}
	for {
		at := of.From + out.Rows - r.first
		if at < 0 {
			r.first, r.before, r.after = 0, "", ""
			r.forget(of.Formats)
			continue
		}
		for ; at < int64(len(r.rows)) && (of.Rows == 0 || out.Rows < of.Rows); at++ {
			if err := writeFrame(to, r.rows[at]); err != nil {
				return out, err
			}
			out.Rows++
		}
		switch rest := at < int64(len(r.rows)); {
		case rest || of.Rows > 0 && out.Rows == of.Rows:
			out.More = rest || r.more
			return out, nil
		case !r.more:
			return out, nil
		case of.Rows == 0 && at == int64(len(r.rows)):
			rest, err := r.stream(ctx, api.RowRange{From: r.first + int64(len(r.rows)), Formats: of.Formats}, to)
			out.Rows += rest.Rows
			return out, err
		}
		if err := r.fill(ctx, max(readAhead, of.Rows-out.Rows)); err != nil {
			return out, err
		}
	}
}

// forget has the last range be asked for again, in other formats.
func (r *askedRows) forget(formats []int16) {
	r.formats, r.rows, r.size, r.after, r.more = slices.Clone(formats), nil, 0, r.before, true
}

// fill asks for the range behind the last one.
func (r *askedRows) fill(ctx context.Context, most int64) error {
	if last := r.session.ahead; last != nil && last != r {
		last.forget(last.formats) // a session holds the rows of one question
	}
	r.session.ahead = r
	ask := r.ask
	ask.From, ask.Most, ask.Formats = r.first+int64(len(r.rows)), most, r.formats
	r.first, r.before, r.rows, r.size = ask.From, r.after, nil, 0
	f := &Frames{Columns: len(ask.Types), Do: func(body []byte) error {
		r.rows, r.size = append(r.rows, slices.Clone(body)), r.size+len(body)
		return nil
	}}
	a, err := r.asked(ctx, ask, f)
	if err == nil && (!f.Whole() || f.Rows != a.Rows || f.Rows == 0 && a.More) {
		err = ErrFrames
	}
	if err != nil {
		r.rows, r.size = nil, 0
		return err
	}
	r.before, r.after, r.more = a.Before, a.After, a.More
	return nil
}

// stream writes all rows from one on as they come.
func (r *askedRows) stream(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error) {
	ask := r.ask
	ask.From, ask.Formats = of.From, of.Formats
	a, err := r.asked(ctx, ask, to)
	return api.RowsRead{Rows: a.Rows}, err
}

// Batches writes all of them as Arrow.
func (r *askedRows) Batches(ctx context.Context, to io.Writer) error {
	ask := r.ask
	ask.Arrow = true
	_, err := r.asked(ctx, ask, to)
	return err
}

// asked asks the question. The rows before a range are those that were read before, or it fails.
func (r *askedRows) asked(ctx context.Context, ask api.ReleasedStatement, to io.Writer) (api.CatalogAnswer, error) {
	a, err := r.session.Statements.AskReleased(ctx, r.session.By, ask, to)
	err = r.session.refusedReleased(ctx, r.statement, r.of, a, err)
	if known := r.before; err == nil && ask.From > 0 {
		if ask.From != r.first {
			known = r.after
		}
		if known != a.Before {
			err = Coded("55000", yumen.Errorf(yumen.KindConflict,
				"the statement gives other rows each time, so that it cannot be read in pieces",
				"该语句每次给出的行不同，无法分段读取").
				ToFix("read it at once, without a cursor or fetch size; or leave out what depends on time or chance",
					"请一次读取全部，不用游标或分批；或去掉取决于时间或随机数的部分"))
		}
	}
	return a, err
}

func writeFrame(to io.Writer, body []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}
