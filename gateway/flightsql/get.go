package flightsql

import (
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/yumen-data/yumen/gateway/sqlsession"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// DoGet sends the rows of an answer, as fast as its client takes them.
func (d *Door) DoGet(ticket *flight.Ticket, to flight.FlightService_DoGetServer) error {
	ctx := to.Context()
	s, done, err := d.session(ctx)
	if err != nil {
		return err
	}
	defer done()
	command, err := unpack(ticket.GetTicket())
	if err != nil {
		return err
	}
	if t, ok, err := s.metadata(ctx, command); ok || err != nil {
		if err != nil {
			return err
		}
		header, _, err := t.Schema()
		if err != nil {
			return err
		}
		return send(to, header, t.Write)
	}
	c, ok := command.(*flight.TicketStatementQuery)
	if !ok {
		return invalid("this is no ticket", "这不是票据")
	}
	a, err := s.find(string(c.GetStatementHandle()))
	if err != nil {
		return err
	}
	if a.Answer == nil {
		return invalid("the result is held: poll until it is released", "结果尚未放行：请轮询直至放行")
	}
	rows, ok := a.Rows.(sqlsession.Batched)
	if !ok {
		return sqlsession.Unsupported("these rows are not given as Arrow", "该结果不能以 Arrow 形式给出")
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer s.reading(a, stop)()
	err = send(to, a.header, func(w io.Writer) error { return rows.Batches(reading, w) })
	if ctx.Err() == nil && reading.Err() != nil {
		return context.Cause(reading)
	}
	return err
}

// send sends a schema and the messages that write writes.
func send(to flight.FlightService_DoGetServer, header []byte, write func(io.Writer) error) error {
	if err := to.Send(&flight.FlightData{DataHeader: header}); err != nil {
		return err
	}
	m := &messages{send: func(header, body []byte) error {
		return to.Send(&flight.FlightData{DataHeader: header, DataBody: body})
	}}
	if err := write(m); err != nil {
		return err
	}
	if len(m.rest) > 0 {
		return sqlsession.ErrFrames
	}
	return nil
}

// messages takes frames of Arrow messages in pieces, and sends each message. What cannot be one is refused: it comes
// from an enclave.
type messages struct {
	send func(header, body []byte) error
	rest []byte // of a frame that has begun
}

// The most that the header and the body of a message may have.
const (
	mostHeader = 16 << 20
	mostBody   = 512 << 20
)

// Write sends the messages that are whole. Only one that arrives in parts is copied.
func (m *messages) Write(p []byte) (int, error) {
	b := p
	for len(m.rest) > 0 && len(b) > 0 {
		_, size, err := sizes(m.rest)
		if err != nil {
			return 0, err
		}
		take := min(size-len(m.rest), len(b))
		m.rest, b = append(slices.Grow(m.rest, min(size-len(m.rest), mostAhead)), b[:take]...), b[take:]
		if len(m.rest) > arrowio.MessagePrefix && len(m.rest) == size {
			if err := m.pass(m.rest); err != nil {
				return 0, err
			}
			m.rest = m.rest[:0]
		}
	}
	for {
		_, size, err := sizes(b)
		if err != nil {
			return 0, err
		}
		if size > len(b) {
			break
		}
		if err := m.pass(b[:size]); err != nil {
			return 0, err
		}
		b = b[size:]
	}
	m.rest = append(m.rest, b...)
	return len(p), nil
}

// mostAhead is how much memory is made ready for a message on the strength of what it says of itself.
const mostAhead = 2 << 20

// sizes are how long the header of the message is that b begins with, and its whole frame; or its prefix as long as that
// is not whole.
func sizes(b []byte) (header, frame int, _ error) {
	if len(b) < arrowio.MessagePrefix {
		return 0, arrowio.MessagePrefix, nil
	}
	h, body := uint64(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint64(b[4:])
	if h == 0 || h > mostHeader || body > mostBody {
		return 0, 0, sqlsession.ErrFrames
	}
	return int(h), arrowio.MessagePrefix + int(h+body), nil
}

// pass sends a message.
func (m *messages) pass(frame []byte) error {
	header, _, err := sizes(frame)
	if err != nil {
		return err
	}
	of := frame[arrowio.MessagePrefix:]
	return m.send(of[:header], of[header:])
}
