package flightsql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// commandOf is the command of a descriptor.
func commandOf(d *flight.FlightDescriptor) (proto.Message, error) {
	if d.GetType() != flight.FlightDescriptor_CMD {
		return nil, invalid("a descriptor is a command of Flight SQL", "描述符须为 Flight SQL 命令")
	}
	return unpack(d.GetCmd())
}

// unpack reads a message that says its own kind.
func unpack(raw []byte) (proto.Message, error) {
	var of anypb.Any
	if proto.Unmarshal(raw, &of) == nil {
		if m, err := of.UnmarshalNew(); err == nil {
			return m, nil
		}
	}
	return nil, invalid("this is no message of Flight SQL", "这不是 Flight SQL 消息")
}

func pack(m proto.Message) ([]byte, error) {
	of, err := anypb.New(m)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(of)
}

// GetFlightInfo answers a statement, and says where its rows are. A result that is held is an error.
func (d *Door) GetFlightInfo(ctx context.Context, desc *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	s, done, err := d.session(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	command, err := commandOf(desc)
	if err != nil {
		return nil, err
	}
	if t, ok, err := s.metadata(ctx, command); ok || err != nil {
		if err != nil {
			return nil, err
		}
		_, stream, err := t.Schema()
		return infoOf(desc, stream, desc.GetCmd()), err
	}
	q, params, err := s.asked(command)
	if err != nil {
		return nil, err
	}
	a, err := s.run(ctx, q, params)
	if err != nil {
		return nil, err
	}
	return s.info(desc, a)
}

// asked is the question that a command asks.
func (s *session) asked(command proto.Message) (*question, []sqlsession.Given, error) {
	switch c := command.(type) {
	case *flight.CommandStatementQuery:
		if len(c.GetTransactionId()) > 0 {
			return nil, nil, noTransactions()
		}
		q, err := parse(c.GetQuery())
		return q, nil, s.inText(err, c.GetQuery())
	case *flight.CommandPreparedStatementQuery:
		return s.statement(string(c.GetPreparedStatementHandle()))
	}
	return nil, nil, sqlsession.Unsupported("this command is not answered", "不支持该命令")
}

// inText says of an error that it is about a text that is no statement.
func (s *session) inText(err error, text string) error {
	if err == nil {
		return nil
	}
	q := &question{text: text, st: &sqlsession.Statement{}}
	q.st.Text = text
	return q.about(err, s.fork())
}

func noTransactions() error {
	return sqlsession.Unsupported("there are no transactions: this domain is asked, and not changed",
		"不支持事务：本域只供查询，不可更改")
}

// infoOf says where rows are: in the stream of a ticket. Where that is nil there are none.
func infoOf(desc *flight.FlightDescriptor, schema, ticket []byte) *flight.FlightInfo {
	out := &flight.FlightInfo{Schema: schema, FlightDescriptor: desc, TotalRecords: -1, TotalBytes: -1, Ordered: true}
	if ticket != nil {
		out.Endpoint = []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}}
	}
	return out
}

// info has an answer wait to be read, and says where.
func (s *session) info(desc *flight.FlightDescriptor, of *sqlsession.Answer) (*flight.FlightInfo, error) {
	a := &answer{Answer: of, size: of.Size()}
	var err error
	if a.header, a.stream, err = schemaOf(of.Columns); err != nil || of.Rows == nil {
		return infoOf(desc, a.stream, nil), err
	}
	ticket, err := pack(&flight.TicketStatementQuery{StatementHandle: []byte(s.keep(a))})
	out := infoOf(desc, a.stream, ticket)
	if len(of.Notices) > 0 {
		var said []string
		lang := s.fork().Settings.Lang()
		for _, n := range of.Notices {
			said = append(said, n.In(lang))
		}
		out.AppMetadata, _ = json.Marshal(map[string][]string{"notices": said}) // of text: never fails
	}
	return out, err
}

// GetSchema says what columns a statement has, without answering it.
func (d *Door) GetSchema(ctx context.Context, desc *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	s, done, err := d.session(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	command, err := commandOf(desc)
	if err != nil {
		return nil, err
	}
	if t, ok, err := s.metadata(ctx, command); ok || err != nil {
		if err != nil {
			return nil, err
		}
		_, stream, err := t.Schema()
		return &flight.SchemaResult{Schema: stream}, err
	}
	q, _, err := s.asked(command)
	if err != nil {
		return nil, err
	}
	own := *q.st // a prepared statement may be described by several calls
	own.Types = append([]uint32(nil), own.Types...)
	described := &question{st: &own, text: q.text, back: q.back, marked: q.marked}
	if err := s.describe(ctx, described); err != nil {
		return nil, err
	}
	_, stream, err := schemaOf(own.Columns)
	return &flight.SchemaResult{Schema: stream}, err
}

// pollEvery is how often a poll looks whether a result was decided on, and pollFor how long one waits.
const (
	pollEvery = 500 * time.Millisecond
	pollFor   = 20 * time.Second
)

// PollFlightInfo answers a statement as GetFlightInfo does, but for a result that is held: for that it gives a
// descriptor to ask again with, and no endpoint until it is released.
func (d *Door) PollFlightInfo(ctx context.Context, desc *flight.FlightDescriptor) (*flight.PollInfo, error) {
	s, done, err := d.session(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	command, err := commandOf(desc)
	if err != nil {
		return nil, err
	}
	if t, ok := command.(*flight.TicketStatementQuery); ok {
		return s.pollHeld(ctx, desc, string(t.GetStatementHandle()))
	}
	q, params, err := s.asked(command)
	if err != nil {
		return nil, err
	}
	a, err := s.run(ctx, q, params)
	if err != nil && sqlsession.CodeOf(err) == sqlsession.CodeHeld {
		kept := &answer{job: sqlsession.JobOf(err), q: q}
		again, err := pack(&flight.TicketStatementQuery{StatementHandle: []byte(s.keep(kept))})
		return held(again, kept.job), err
	}
	if err != nil {
		return nil, err
	}
	info, err := s.info(desc, a)
	return &flight.PollInfo{Info: info}, err
}

// held says that a result is not there yet.
func held(again []byte, job string) *flight.PollInfo {
	desc := &flight.FlightDescriptor{Type: flight.FlightDescriptor_CMD, Cmd: again}
	info := infoOf(desc, nil, nil)
	info.AppMetadata, _ = json.Marshal(map[string]string{"job": job}) // of text: never fails
	return &flight.PollInfo{Info: info, FlightDescriptor: desc}
}

// pollHeld waits for a while until a result is decided on.
func (s *session) pollHeld(ctx context.Context, desc *flight.FlightDescriptor, handle string) (*flight.PollInfo, error) {
	kept, err := s.find(handle)
	if err != nil {
		return nil, err
	}
	if kept.job == "" {
		return nil, sqlsession.Coded("55000", yumen.Errorf(yumen.KindConflict, "this answer is there already",
			"该结果已可读取"))
	}
	fork := s.fork()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for until := now().Add(pollFor); ; {
		a, err := fork.Held(ctx, kept.job)
		if err != nil {
			return nil, s.refused(ctx, fork, kept.q, err)
		}
		if a != nil {
			info, err := s.info(desc, a)
			return &flight.PollInfo{Info: info}, err
		}
		if now().After(until) {
			return held(desc.GetCmd(), kept.job), nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
