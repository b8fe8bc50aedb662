package flightsql

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// action is what a client can have done.
type action struct {
	name, says string
	wrapped    bool // its body says its own kind, and so does its result
	body       func() proto.Message
	do         func(s *session, ctx context.Context, m proto.Message) (proto.Message, error)
}

// What clients sent before there was CancelFlightInfo.
type (
	//lint:ignore SA1019 it is answered as long as clients send it
	cancelQueryRequest = flight.ActionCancelQueryRequest
	//lint:ignore SA1019 it is answered as long as clients send it
	cancelQueryResult = flight.ActionCancelQueryResult
)

// actions are all of them.
var actions = []action{
	{"CreatePreparedStatement", "prepare a statement", true,
		func() proto.Message { return &flight.ActionCreatePreparedStatementRequest{} }, (*session).createPrepared},
	{"ClosePreparedStatement", "forget a prepared statement", true,
		func() proto.Message { return &flight.ActionClosePreparedStatementRequest{} }, (*session).forgetPrepared},
	{"CancelQuery", "forget an answer, or withdraw a job whose result is held", true,
		func() proto.Message { return &cancelQueryRequest{} }, (*session).cancelQuery},
	{"CancelFlightInfo", "forget an answer, or withdraw a job whose result is held", false,
		func() proto.Message { return &flight.CancelFlightInfoRequest{} }, (*session).cancelInfo},
	{"SetSessionOptions", "change settings", false,
		func() proto.Message { return &flight.SetSessionOptionsRequest{} }, (*session).setOptions},
	{"GetSessionOptions", "read settings", false,
		func() proto.Message { return &flight.GetSessionOptionsRequest{} }, (*session).getOptions},
	{"CloseSession", "end the session", false,
		func() proto.Message { return &flight.CloseSessionRequest{} }, (*session).closeSession},
}

// ListActions lists what can be done.
func (d *Door) ListActions(_ *flight.Empty, to flight.FlightService_ListActionsServer) error {
	if _, err := d.logIn(to.Context()); err != nil {
		return err
	}
	for _, a := range actions {
		if err := to.Send(&flight.ActionType{Type: a.name, Description: a.says}); err != nil {
			return err
		}
	}
	return nil
}

// DoAction does one of the actions.
func (d *Door) DoAction(of *flight.Action, to flight.FlightService_DoActionServer) error {
	ctx := to.Context()
	s, done, err := d.session(ctx)
	if err != nil {
		return err
	}
	defer done()
	for _, a := range actions {
		if a.name != of.GetType() {
			continue
		}
		m, err := a.read(of.GetBody())
		if err != nil {
			return err
		}
		out, err := a.do(s, ctx, m)
		if err != nil || out == nil {
			return err
		}
		body, err := a.write(out)
		if err != nil {
			return err
		}
		return to.Send(&flight.Result{Body: body})
	}
	return sqlsession.Unsupported("there is no such action", "没有该操作")
}

// read reads the body of an action.
func (a action) read(body []byte) (proto.Message, error) {
	m := a.body()
	if !a.wrapped {
		if proto.Unmarshal(body, m) != nil {
			return nil, invalid("this is no message of Flight SQL", "这不是 Flight SQL 消息")
		}
		return m, nil
	}
	got, err := unpack(body)
	if err == nil && got.ProtoReflect().Descriptor() != m.ProtoReflect().Descriptor() {
		err = invalid("the body is not that of this action", "消息体与操作不符")
	}
	return got, err
}

func (a action) write(m proto.Message) ([]byte, error) {
	if a.wrapped {
		return pack(m)
	}
	return proto.Marshal(m)
}

// createPrepared prepares a statement, and says what columns it and its parameters have.
func (s *session) createPrepared(ctx context.Context, m proto.Message) (proto.Message, error) {
	c := m.(*flight.ActionCreatePreparedStatementRequest)
	if len(c.GetTransactionId()) > 0 {
		return nil, noTransactions()
	}
	q, err := parse(c.GetQuery())
	if err != nil {
		return nil, s.inText(err, c.GetQuery())
	}
	if err := s.describe(ctx, q); err != nil {
		return nil, err
	}
	out := &flight.ActionCreatePreparedStatementResult{}
	if _, out.DatasetSchema, err = schemaOf(q.st.Columns); err != nil {
		return nil, err
	}
	if _, out.ParameterSchema, err = schemaOf(q.parameters()); err != nil {
		return nil, err
	}
	handle, err := s.prepare(&prepared{q: q, size: q.st.Size()})
	out.PreparedStatementHandle = []byte(handle)
	return out, err
}

// forgetPrepared forgets a prepared statement.
func (s *session) forgetPrepared(_ context.Context, m proto.Message) (proto.Message, error) {
	s.closePrepared(string(m.(*flight.ActionClosePreparedStatementRequest).GetPreparedStatementHandle()))
	return nil, nil
}

func (s *session) cancelQuery(ctx context.Context, m proto.Message) (proto.Message, error) {
	info := &flight.FlightInfo{}
	if proto.Unmarshal(m.(*cancelQueryRequest).GetInfo(), info) != nil {
		return nil, invalid("this is no message of Flight SQL", "这不是 Flight SQL 消息")
	}
	done, err := s.cancelAnswer(ctx, info)
	result := flight.ActionCancelQueryResult_CANCEL_RESULT_CANCELLED
	if !done {
		result = flight.ActionCancelQueryResult_CANCEL_RESULT_NOT_CANCELLABLE
	}
	return &cancelQueryResult{Result: result}, err
}

func (s *session) cancelInfo(ctx context.Context, m proto.Message) (proto.Message, error) {
	done, err := s.cancelAnswer(ctx, m.(*flight.CancelFlightInfoRequest).GetInfo())
	result := flight.CancelStatus_CANCEL_STATUS_CANCELLED
	if !done {
		result = flight.CancelStatus_CANCEL_STATUS_NOT_CANCELLABLE
	}
	return &flight.CancelFlightInfoResult{Status: result}, err
}

// cancelAnswer forgets the answers that an info tells of, ends what reads them, and withdraws the job of one whose
// result is held. It reports whether there was one.
func (s *session) cancelAnswer(ctx context.Context, info *flight.FlightInfo) (bool, error) {
	tickets := [][]byte{info.GetFlightDescriptor().GetCmd()}
	for _, e := range info.GetEndpoint() {
		tickets = append(tickets, e.GetTicket().GetTicket())
	}
	found := false
	for _, raw := range tickets {
		m, err := unpack(raw)
		t, ok := m.(*flight.TicketStatementQuery)
		if err != nil || !ok {
			continue
		}
		a := s.cancel(string(t.GetStatementHandle()))
		if a == nil {
			continue
		}
		found = true
		if a.job != "" {
			fork := s.fork()
			if _, err := fork.Domain.Cancel(ctx, fork.By, a.job); err != nil {
				return false, err
			}
		}
	}
	return found, nil
}

// setOptions changes settings; the contract is chosen by a header, and can be named again.
func (s *session) setOptions(_ context.Context, m proto.Message) (proto.Message, error) {
	out := &flight.SetSessionOptionsResult{Errors: map[string]*flight.SetSessionOptionsResult_Error{}}
	options := m.(*flight.SetSessionOptionsRequest).GetSessionOptions()
	if len(options) > 0 && !s.own {
		return nil, shared()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, v := range options {
		text, ok := textOf(v)
		var err error
		switch {
		case key == "catalog" && text == s.sql.Contract:
		case key == "catalog" || !ok:
			err = sqlsession.Coded("22023", yumen.Errorf(yumen.KindInvalid, "no value", "无效值"))
		case v.GetOptionValue() == nil:
			_, err = s.sql.Settings.Reset(key)
		default:
			_, err = s.sql.Settings.Set(key, text)
		}
		if err != nil {
			why := flight.SetSessionOptionsResult_INVALID_VALUE
			if sqlsession.CodeOf(err) == "42704" {
				why = flight.SetSessionOptionsResult_INVALID_NAME
			}
			out.Errors[key] = &flight.SetSessionOptionsResult_Error{Value: why}
		}
	}
	return out, nil
}

// getOptions reads settings.
func (s *session) getOptions(context.Context, proto.Message) (proto.Message, error) {
	out := &flight.GetSessionOptionsResult{SessionOptions: map[string]*flight.SessionOptionValue{}}
	fork := s.fork()
	all := append(fork.Settings.Own(), sqlsession.Parameter{Name: "catalog", Value: fork.Contract})
	for _, p := range all {
		out.SessionOptions[p.Name] = &flight.SessionOptionValue{
			OptionValue: &flight.SessionOptionValue_StringValue{StringValue: p.Value}}
	}
	return out, nil
}

// closeSession ends the session.
func (s *session) closeSession(ctx context.Context, _ proto.Message) (proto.Message, error) {
	l, err := s.door.logIn(ctx)
	if err != nil {
		return nil, err
	}
	if s.own {
		s.door.close(l, s)
	}
	return &flight.CloseSessionResult{Status: flight.CloseSessionResult_CLOSED}, nil
}
