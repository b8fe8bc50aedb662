package pgwire

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// query answers a simple query: its statements one after the other, until one fails.
func (s *session) query(ctx context.Context, text string) {
	all, err := sqlsession.Split(text)
	if err != nil {
		s.refuse(err, text, 0)
		return
	}
	if len(all) == 0 {
		s.send(&pgproto3.EmptyQueryResponse{})
		return
	}
	for _, st := range all {
		if err := s.call(ctx, func(ctx context.Context) error { return s.single(ctx, st) }); err != nil {
			s.refuse(err, st.Text, st.Before)
			return
		}
	}
}

// call counts a call against what an organisation and a contract may ask, and gives it a context of its own.
func (s *session) call(ctx context.Context, do func(context.Context) error) error {
	if s.gone {
		return errGone
	}
	if t := s.door.cfg.Tenants; t != nil {
		if err := t.Call(s.By.Person.Org, s.Contract); err != nil {
			return sqlsession.Coded(sqlsession.CodeQuota, err)
		}
	}
	ctx, done := s.running(ctx)
	defer done()
	return s.UnlessShutOut(ctx, ending(ctx, do(ctx)))
}

// single answers one statement of a simple query.
func (s *session) single(ctx context.Context, st *sqlsession.Statement) error {
	if st.Word(0) == "COPY" && s.tx.status != 'E' {
		return s.copyOut(ctx, st)
	}
	a, err := s.run(ctx, st, nil)
	if err != nil {
		return err
	}
	s.tell(a)
	if a.Rows == nil {
		s.send(&pgproto3.CommandComplete{CommandTag: []byte(a.Tag)})
		return nil
	}
	formats := s.formatsOf(st)
	s.send(describe(a.Columns, formats))
	n, err := s.stream(ctx, &window{Answer: a}, 0, formats)
	if err != nil {
		return err
	}
	s.send(&pgproto3.CommandComplete{CommandTag: []byte(done(a, n))})
	return nil
}

// formatsOf are those of a cursor that was declared as binary; a simple query has text otherwise.
func (s *session) formatsOf(st *sqlsession.Statement) []int16 {
	if st.Word(0) == "FETCH" {
		if p := s.portals[fetchOf(st.Statement).name]; p != nil && p.binary {
			return []int16{1}
		}
	}
	return nil
}

// done is the tag of an answer of which so many rows were sent.
func done(a *sqlsession.Answer, n int64) string {
	if a.Tag == "" {
		return fmt.Sprintf("SELECT %d", n)
	}
	if a.Tag == "FETCH" {
		return fmt.Sprintf("FETCH %d", n)
	}
	return a.Tag
}

// tell sends what an answer has to say besides.
func (s *session) tell(a *sqlsession.Answer) {
	for _, n := range a.Notices {
		s.notice("00000", n)
	}
}

// report tells a client of settings that have changed.
func (s *session) report(changed ...sqlsession.Parameter) {
	for _, p := range changed {
		s.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
	}
}
