package pgwire

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// controls are the words that statements about transactions begin with.
var controls = []string{"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}

// describe finds out the columns of a statement without answering it; none where it gives no rows.
func (s *session) describe(ctx context.Context, st *sqlsession.Statement) error {
	if st.Word(0) != "FETCH" {
		return s.Describe(ctx, st)
	}
	if p := s.portals[fetchOf(st.Statement).name]; p != nil && p.window != nil {
		st.Columns, st.Asked = p.window.Columns, true
	}
	return nil
}

// run answers a statement.
func (s *session) run(ctx context.Context, st *sqlsession.Statement, params []sqlsession.Given) (*sqlsession.Answer, error) {
	if s.tx.status == 'E' && !endsBlock(st.Statement) {
		return nil, errFailed()
	}
	switch word := st.Word(0); {
	case slices.Contains(controls, word):
		return s.control(st)
	case sqlsession.IsQuestion(st.Statement):
		return s.Ask(ctx, st, params)
	case word == "SET":
		return s.changed("SET", s.Set, st)
	case word == "RESET":
		return s.changed("RESET", s.Reset, st)
	case word == "SHOW":
		return s.Show(st)
	case word == "DISCARD":
		return s.discard(st)
	case word == "EXPLAIN":
		return s.Explain(ctx, st, params)
	case word == "COPY":
		return nil, sqlsession.Unsupported("COPY is answered as a query of its own, without parameters", "COPY 只能单独作为无参数的查询")
	case word == "DECLARE", word == "FETCH", word == "MOVE", word == "CLOSE":
		return s.cursor(ctx, st, params)
	case word == "DEALLOCATE":
		return s.deallocate(st)
	case word == "LISTEN", word == "UNLISTEN":
		return s.listen(ctx, st)
	}
	return nil, sqlsession.RefusedKind(st.Statement)
}

// control answers a statement about transactions.
func (s *session) control(st *sqlsession.Statement) (*sqlsession.Answer, error) {
	tag, warning, err := s.tx.control(st.Statement)
	if err != nil {
		return nil, err
	}
	for name, p := range s.portals {
		if !p.outlives(tag, s.tx) {
			delete(s.portals, name)
		}
	}
	a := sqlsession.Told(tag)
	if warning != nil {
		a.Notices = append(a.Notices, *warning)
	}
	return a, nil
}

// outlives reports whether a portal goes on after a statement about transactions, of which there is the tag: those
// that a transaction made end with it, but for cursors that are held and whose transaction is committed, and no cursor
// is left of what is rolled back.
func (p *portal) outlives(tag string, now transaction) bool {
	switch made := p.cursor && p.depth >= 0; {
	case now.status == 'I':
		if made && tag == "COMMIT" {
			p.depth = -1
			made = false
		}
		return p.hold && !made
	case made && tag == "ROLLBACK": // to the newest savepoint that there is
		return p.depth < len(now.savepoints)
	case made && tag == "RELEASE":
		p.depth = min(p.depth, len(now.savepoints))
	}
	return true
}

// changed answers a statement that changes settings, and tells the client of those that it follows.
func (s *session) changed(tag string, change func(*sqlsession.Statement) ([]sqlsession.Parameter, error),
	st *sqlsession.Statement) (*sqlsession.Answer, error) {
	parameters, err := change(st)
	s.report(parameters...)
	return sqlsession.Told(tag), err
}

// discard forgets what the session has.
func (s *session) discard(st *sqlsession.Statement) (*sqlsession.Answer, error) {
	if st.Word(1) == "ALL" {
		if s.tx.status != 'I' {
			return nil, sqlsession.Coded("25001", yumen.Errorf(yumen.KindInvalid, "DISCARD ALL cannot be used in a transaction",
				"DISCARD ALL 不能在事务中使用"))
		}
		clear(s.statements)
		clear(s.portals)
		s.unlisten()
		changed, err := s.Settings.Reset("")
		if err != nil {
			return nil, err
		}
		s.report(changed...)
	}
	return sqlsession.Told("DISCARD " + st.Word(1)), nil
}

func (s *session) deallocate(st *sqlsession.Statement) (*sqlsession.Answer, error) {
	i := 1
	if st.Word(i) == "PREPARE" {
		i++
	}
	if st.Word(i) == "ALL" && len(st.Tokens) == i+1 {
		clear(s.statements)
		return sqlsession.Told("DEALLOCATE ALL"), nil
	}
	name := st.Ident(i)
	if _, ok := s.statements[name]; !ok {
		return nil, noStatement(name)
	}
	delete(s.statements, name)
	return sqlsession.Told("DEALLOCATE"), nil
}

func noStatement(name string) error {
	return sqlsession.Coded("26000", yumen.Errorf(yumen.KindNotFound, "there is no prepared statement %q", "没有预备语句 %q", name))
}
