package pgwire

import (
	"bytes"
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// portal is a statement with its parameters, on the way to be answered or being read. A cursor is one that SQL
// declared.
type portal struct {
	st      *sqlsession.Statement // nil for a cursor, and where the text is empty
	params  []sqlsession.Given
	formats []int16
	window  *window // once it is answered

	cursor, binary, hold bool
	// depth is how many savepoints there were in the open transaction that a cursor was declared in; -1 where it was
	// declared outside one, or in one that was committed.
	depth int
}

// extended answers a message of the extended protocol.
func (s *session) extended(ctx context.Context, m pgproto3.FrontendMessage) error {
	switch m := m.(type) {
	case *pgproto3.Parse:
		return s.parse(m)
	case *pgproto3.Bind:
		return s.bind(m)
	case *pgproto3.Describe:
		return s.call(ctx, func(ctx context.Context) error { return s.describeWhat(ctx, m) })
	case *pgproto3.Execute:
		return s.call(ctx, func(ctx context.Context) error { return s.execute(ctx, m) })
	case *pgproto3.Close:
		if m.ObjectType == 'S' {
			delete(s.statements, m.Name)
		} else {
			delete(s.portals, m.Name)
		}
		s.send(&pgproto3.CloseComplete{})
	}
	return nil
}

// room refuses to keep more than the door allows.
func (s *session) room(have int) error {
	if most := s.door.cfg.Limits.Statements; have >= most {
		return sqlsession.Coded("53400", yumen.Errorf(yumen.KindLimit, "a session keeps %d statements and cursors at most",
			"每个会话最多保留 %d 个预备语句与游标", most).ToFix("close some", "请关闭一些"))
	}
	return s.keeps(0)
}

func (s *session) parse(m *pgproto3.Parse) error {
	if m.Name != "" && s.statements[m.Name] != nil {
		return sqlsession.Coded("42P05", yumen.Errorf(yumen.KindConflict, "there is a prepared statement %q already",
			"预备语句 %q 已存在",
			m.Name))
	}
	if err := s.room(len(s.statements)); err != nil {
		return err
	}
	all, err := sqlsession.Split(m.Query)
	if err != nil {
		return err
	}
	if len(all) > 1 {
		return sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "a prepared statement is one statement", "预备语句只能含一条语句"))
	}
	st := &sqlsession.Statement{}
	if len(all) == 1 {
		st = all[0]
	}
	n, err := st.Parameters()
	if err != nil {
		return err
	}
	st.Types = make([]uint32, max(n, len(m.ParameterOIDs)))
	copy(st.Types, m.ParameterOIDs)
	st.Text = strings.Clone(st.Text) // without comments around it
	if err := s.keeps(len(m.Name) + st.Size()); err != nil {
		return err
	}
	s.statements[m.Name] = st
	s.send(&pgproto3.ParseComplete{})
	return nil
}

func (s *session) bind(m *pgproto3.Bind) error {
	st := s.statements[m.PreparedStatement]
	if st == nil {
		return noStatement(m.PreparedStatement)
	}
	if m.DestinationPortal != "" && s.portals[m.DestinationPortal] != nil {
		return sqlsession.Coded("42P03", yumen.Errorf(yumen.KindConflict, "there is a portal %q already", "门户 %q 已存在",
			m.DestinationPortal))
	}
	if err := s.room(len(s.portals)); err != nil {
		return err
	}
	if len(m.Parameters) != len(st.Types) || len(m.ParameterFormatCodes) > 1 &&
		len(m.ParameterFormatCodes) != len(m.Parameters) {
		return protocolError("the number of parameters is not that of the statement", "参数个数与语句不符")
	}
	p := &portal{st: st, formats: append([]int16(nil), m.ResultFormatCodes...)}
	for _, f := range append(append([]int16(nil), m.ResultFormatCodes...), m.ParameterFormatCodes...) {
		if f != 0 && f != 1 {
			return protocolError("a format is text (0) or binary (1)", "格式须为文本（0）或二进制（1）")
		}
	}
	for i, v := range m.Parameters {
		p.params = append(p.params,
			sqlsession.Given{OID: st.Types[i], Format: formatOf(m.ParameterFormatCodes, i), Value: bytes.Clone(v)})
	}
	if st.Text == "" {
		p.st = nil
	}
	if err := s.keeps(len(m.DestinationPortal) + p.size()); err != nil {
		return err
	}
	s.portals[m.DestinationPortal] = p
	s.send(&pgproto3.BindComplete{})
	return nil
}

// describeWhat says which parameters and columns a statement or a portal has.
func (s *session) describeWhat(ctx context.Context, m *pgproto3.Describe) error {
	var st *sqlsession.Statement
	var formats []int16
	if m.ObjectType == 'S' {
		if st = s.statements[m.Name]; st == nil {
			return noStatement(m.Name)
		}
	} else {
		p := s.portals[m.Name]
		if p == nil {
			return noCursor(m.Name)
		}
		st, formats = p.st, p.formats
		if p.window != nil {
			s.send(describe(p.window.Columns, formats))
			return nil
		}
		if st != nil {
			st = sqlsession.Bound(st, p.params)
		}
	}
	if st == nil || st.Text == "" {
		st = &sqlsession.Statement{Asked: true}
	}
	if s.tx.status == 'E' && st.Text != "" && !endsBlock(st.Statement) {
		return errFailed()
	}
	if err := s.describe(ctx, st); err != nil {
		return err
	}
	if m.ObjectType == 'S' {
		types := make([]uint32, len(st.Types))
		for i, oid := range st.Types {
			if types[i] = oid; oid == 0 || oid == sqlsession.OIDUnknown {
				types[i] = sqlsession.OIDText
			}
		}
		s.send(&pgproto3.ParameterDescription{ParameterOIDs: types})
	}
	if st.Columns == nil {
		s.send(&pgproto3.NoData{})
	} else {
		s.send(describe(st.Columns, formats))
	}
	return nil
}

// execute answers a portal, or goes on with one that was suspended.
func (s *session) execute(ctx context.Context, m *pgproto3.Execute) error {
	p := s.portals[m.Portal]
	switch {
	case p == nil:
		return noCursor(m.Portal)
	case p.st == nil && p.window == nil:
		s.send(&pgproto3.EmptyQueryResponse{})
		return nil
	case p.window == nil && p.st.Word(0) == "COPY" && s.tx.status != 'E':
		return s.copyOut(ctx, p.st)
	}
	if p.window == nil {
		a, err := s.run(ctx, p.st, p.params)
		if err != nil {
			return err
		}
		s.tell(a)
		if a.Rows == nil {
			s.send(&pgproto3.CommandComplete{CommandTag: []byte(a.Tag)})
			return nil
		}
		if len(p.formats) > 1 && len(p.formats) != len(a.Columns) {
			return protocolError("the number of formats is not that of the columns", "格式个数与列数不符")
		}
		p.window = &window{Answer: a}
	}
	n, err := s.stream(ctx, p.window, int64(m.MaxRows), p.formats)
	if err != nil {
		return err
	}
	if !p.window.end && m.MaxRows > 0 {
		s.send(&pgproto3.PortalSuspended{})
		return nil
	}
	s.send(&pgproto3.CommandComplete{CommandTag: []byte(done(p.window.Answer, n))})
	return nil
}

// closeUnnamed ends portals at the end of a transaction of one statement.
func (s *session) closeUnnamed() {
	if s.tx.status != 'I' {
		return
	}
	for name, p := range s.portals {
		if !p.hold {
			delete(s.portals, name)
		}
	}
}

// textOf is the text that places in an error of a message are counted in.
func (s *session) textOf(m pgproto3.FrontendMessage) string {
	switch m := m.(type) {
	case *pgproto3.Parse:
		return m.Query
	case *pgproto3.Describe:
		if st := s.statements[m.Name]; m.ObjectType == 'S' && st != nil {
			return st.Text
		}
		if p := s.portals[m.Name]; p != nil && p.st != nil {
			return p.st.Text
		}
	case *pgproto3.Execute:
		if p := s.portals[m.Portal]; p != nil && p.st != nil {
			return p.st.Text
		}
	}
	return ""
}
