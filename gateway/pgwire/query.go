package pgwire

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
)

// query answers a simple query: its statements one after the other, until one fails.
func (s *session) query(ctx context.Context, text string) {
	all, err := split(text)
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
			s.refuse(err, st.Text, st.before)
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
		if err := t.Call(s.by.Person.Org, s.contract); err != nil {
			return state(stateQuota, err)
		}
	}
	ctx, done := s.running(ctx)
	defer done()
	return s.unlessShutOut(ctx, ending(ctx, do(ctx)))
}

// unlessShutOut ends the session of somebody who may not even see the contract any more: their token was revoked, or
// they have left.
func (s *session) unlessShutOut(ctx context.Context, err error) error {
	if err == nil || yumen.KindOf(err) != yumen.KindDenied || codeOf(err) == stateEnded {
		return err
	}
	if _, now := s.door.cfg.Domain.Contract(ctx, s.by, s.contract); yumen.KindOf(now) == yumen.KindDenied &&
		now != nil {
		return state(stateEnded, now)
	}
	return err
}

// single answers one statement of a simple query.
func (s *session) single(ctx context.Context, st *statement) error {
	if st.Word(0) == "COPY" && s.tx.status != 'E' {
		return s.copyOut(ctx, st)
	}
	a, err := s.run(ctx, st, nil)
	if err != nil {
		return err
	}
	s.tell(a)
	if a.rows == nil {
		s.send(&pgproto3.CommandComplete{CommandTag: []byte(a.tag)})
		return nil
	}
	formats := s.formatsOf(st)
	s.send(describe(a.columns, formats))
	n, err := s.stream(ctx, &window{answer: a}, 0, formats)
	if err != nil {
		return err
	}
	s.send(&pgproto3.CommandComplete{CommandTag: []byte(a.done(n))})
	return nil
}

// formatsOf are those of a cursor that was declared as binary; a simple query has text otherwise.
func (s *session) formatsOf(st *statement) []int16 {
	if st.Word(0) == "FETCH" {
		if p := s.portals[fetchOf(st.Statement).name]; p != nil && p.binary {
			return []int16{1}
		}
	}
	return nil
}

// done is the tag of an answer of which so many rows were sent.
func (a *answer) done(n int64) string {
	if a.tag == "" {
		return fmt.Sprintf("SELECT %d", n)
	}
	if a.tag == "FETCH" {
		return fmt.Sprintf("FETCH %d", n)
	}
	return a.tag
}

// tell sends what an answer has to say besides.
func (s *session) tell(a *answer) {
	for _, n := range a.notices {
		s.notice("00000", n)
	}
}

// report tells a client of settings that have changed.
func (s *session) report(changed ...parameter) {
	for _, p := range changed {
		s.send(&pgproto3.ParameterStatus{Name: p.name, Value: p.value})
	}
}

// inForce refuses to go on under a contract that has ended.
func (s *session) inForce(ctx context.Context) error {
	c, err := s.door.cfg.Domain.Contract(ctx, s.by, s.contract)
	if err != nil {
		return err
	}
	if c.Terminated {
		return ended(s.contract)
	}
	return nil
}
