package flightsql

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// question is one statement of a client.
type question struct {
	st   *sqlsession.Statement
	text string // as the client wrote it
	// marked says that parameters were written as ?.
	marked bool
	back   lex.Map // where marked, leads from places in the statement's text to the client's
}

// parse reads the one statement of a text. Parameters may be written as ?, which stand for $1, $2 and so on.
func parse(text string) (*question, error) {
	all, err := sqlsession.Split(text)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "a text is one statement here",
			"文本须恰含一条语句").ToFix("send the statements one by one", "请逐条发送"))
	}
	q := &question{st: all[0], text: text}
	if edits := marks(all[0].Statement); len(edits) > 0 {
		if err := q.number(edits); err != nil {
			return nil, err
		}
	}
	n, err := q.st.Parameters()
	if err != nil {
		return nil, err
	}
	q.st.Types = make([]uint32, n)
	q.st.Text = strings.Clone(q.st.Text)
	return q, nil
}

// marks are the edits that number parameters written as ?.
func marks(st lex.Statement) (out []lex.Edit) {
	for _, t := range st.Tokens {
		if t.Kind != lex.Operator {
			continue
		}
		for i := t.Start; i < t.End; i++ {
			if st.Text[i] == '?' {
				out = append(out, lex.Edit{Start: i, End: i + 1, New: fmt.Sprintf(" $%d ", len(out)+1)})
			}
		}
	}
	return out
}

// number writes parameters as $1, $2 and so on.
func (q *question) number(edits []lex.Edit) error {
	before := q.st.Before
	text, back := lex.Apply(q.st.Text, edits)
	all, err := sqlsession.Split(text)
	if err != nil || len(all) != 1 {
		return sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "a text is one statement here",
			"文本须恰含一条语句"))
	}
	q.st, q.back, q.marked = all[0], back, true
	q.st.Before = before
	return nil
}

// place leads from a character of the statement as it was analysed, counted from 1, to one of the client's text.
func (q *question) place(at int) int {
	at -= q.st.Before
	if at <= 0 || !q.marked {
		return max(0, at+q.st.Before)
	}
	runes := []rune(q.st.Text)
	offset := len(string(runes[:min(at-1, len(runes))]))
	original := q.text[len(string([]rune(q.text)[:q.st.Before])):]
	return q.st.Before + utf8.RuneCountInString(original[:min(q.back.Back(offset), len(original))]) + 1
}

// about says of an error that it is about a statement.
func (q *question) about(err error, s *sqlsession.Session) error {
	if err == nil {
		return nil
	}
	return &within{err: err, lang: s.Settings.Lang(), q: q}
}

// run answers a statement in a session of its own. An answer without columns has none to read.
func (s *session) run(ctx context.Context, q *question, params []sqlsession.Given) (*sqlsession.Answer, error) {
	fork := s.fork()
	if t := fork.Settings.Timeout(); t > 0 {
		late := sqlsession.TimedOut()
		c, cancel := context.WithTimeoutCause(ctx, t, late)
		defer cancel()
		ctx = c
	}
	if len(params) != len(q.st.Types) {
		return nil, q.about(invalid("the statement has %d parameters, and %d were given",
			"语句有 %d 个参数，给出了 %d 个", len(q.st.Types), len(params)), fork)
	}
	a, err := s.answer(ctx, fork, q, params)
	if late := context.Cause(ctx); err != nil && late != nil && sqlsession.CodeOf(late) == "57014" {
		err = late
	}
	if err != nil {
		return nil, s.refused(ctx, fork, q, err)
	}
	s.mu.Lock()
	s.sql.LastCost(fork)
	s.mu.Unlock()
	return a, nil
}

// refused is an error about a statement. A session whose person or contract is not let in any more ends.
func (s *session) refused(ctx context.Context, fork *sqlsession.Session, q *question, err error) error {
	err = fork.UnlessShutOut(ctx, err)
	if sqlsession.CodeOf(err) == sqlsession.CodeEnded {
		s.end(err)
	}
	return q.about(err, fork)
}

// answer answers a statement by its kind.
func (s *session) answer(ctx context.Context, fork *sqlsession.Session, q *question, params []sqlsession.Given) (
	*sqlsession.Answer, error) {
	// A statement is described in place, and several calls may run it.
	st := *q.st
	st.Types = append([]uint32(nil), st.Types...)
	switch word := st.Word(0); {
	case sqlsession.IsQuestion(st.Statement):
		return fork.Ask(ctx, &st, params)
	case word == "EXPLAIN":
		return fork.Explain(ctx, &st, params)
	case word == "SHOW":
		return fork.Show(&st)
	case word == "SET", word == "RESET":
		return &sqlsession.Answer{}, s.change(word, &st)
	}
	return nil, otherKind(st.Statement)
}

// otherKind refuses what is no question and sets nothing.
func otherKind(st lex.Statement) error {
	for _, word := range []string{"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "COPY",
		"DECLARE", "FETCH", "MOVE", "CLOSE", "LISTEN", "UNLISTEN", "DISCARD", "DEALLOCATE"} {
		if st.Word(0) == word {
			return sqlsession.Unsupported("%s belongs to PostgreSQL's protocol and is not answered here",
				"%s 属于 PostgreSQL 协议，此处不支持", word)
		}
	}
	return sqlsession.RefusedKind(st)
}

// change answers SET and RESET.
func (s *session) change(word string, st *sqlsession.Statement) error {
	if !s.own {
		return shared()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	do := s.sql.Set
	if word == "RESET" {
		do = s.sql.Reset
	}
	_, err := do(st)
	return err
}

// shared refuses to change settings that others would work by.
func shared() error {
	return sqlsession.Coded("55000", yumen.Errorf(yumen.KindConflict,
		"settings of a session without a handshake cannot be changed: whoever shows the same token shares it",
		"未经握手的会话不可更改设置：持同一令牌者共用该会话").
		ToFix("log in with a user and a password, or send the settings as headers of each call",
			"请以用户名与密码登录，或在每次调用的标头中给出设置"))
}

// describe finds out the columns of a statement and the types of its parameters, without answering it.
func (s *session) describe(ctx context.Context, q *question) error {
	fork := s.fork()
	word := q.st.Word(0)
	switch {
	case sqlsession.IsQuestion(q.st.Statement), word == "EXPLAIN", word == "SHOW":
		if err := fork.Describe(ctx, q.st); err != nil {
			return s.refused(ctx, fork, q, err)
		}
	case word != "SET" && word != "RESET":
		return q.about(otherKind(q.st.Statement), fork)
	}
	return nil
}

// schemaOf is how columns look in Arrow.
func schemaOf(columns []sqlsession.Column) (header, stream []byte, err error) {
	return sqlsession.Schema(columns)
}

// parameters are the columns that the parameters of a statement have.
func (q *question) parameters() []sqlsession.Column {
	out := make([]sqlsession.Column, len(q.st.Types))
	for i, oid := range q.st.Types {
		switch oid {
		case 0, sqlsession.OIDUnknown:
			oid = sqlsession.OIDText
		case sqlsession.OIDNumeric:
			oid = sqlsession.OIDFloat8 // a decimal of Arrow has a scale, and nobody knows which one comes
		}
		out[i] = sqlsession.Column{Name: fmt.Sprint(i + 1), OID: oid, Mod: -1}
	}
	return out
}
