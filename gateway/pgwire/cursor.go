package pgwire

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// cursor answers DECLARE, FETCH, MOVE and CLOSE. A cursor is a portal with a name, read forwards.
func (s *session) cursor(ctx context.Context, st *sqlsession.Statement, params []sqlsession.Given) (*sqlsession.Answer, error) {
	switch st.Word(0) {
	case "DECLARE":
		return s.declare(ctx, st, params)
	case "CLOSE":
		return s.closeCursor(st)
	}
	f := fetchOf(st.Statement)
	if f.wrong != "" {
		return nil, sqlsession.Coded("42601", yumen.Errorf(yumen.KindInvalid, "%q has no place in FETCH or MOVE",
			"FETCH 或 MOVE 中不能出现 %q", f.wrong).ToFix("FETCH 100 FROM cursor", "请写作 FETCH 100 FROM 游标名"))
	}
	p := s.portals[f.name]
	if p == nil || p.window == nil {
		return nil, noCursor(f.name)
	}
	if f.backward {
		return nil, sqlsession.Coded("55000", yumen.Errorf(yumen.KindInvalid, "cursors are read forwards only", "游标只能向前读取").
			ToFix("declare it anew", "请重新声明游标"))
	}
	if st.Word(0) == "MOVE" {
		n, err := p.window.forward(ctx, f.rows, nil, func([]byte) error { return nil })
		return sqlsession.Told(fmt.Sprintf("MOVE %d", n)), err
	}
	return &sqlsession.Answer{Columns: p.window.Columns, Rows: &ahead{p.window, f.rows}, Tag: "FETCH"}, nil
}

func noCursor(name string) error {
	return sqlsession.Coded("34000", yumen.Errorf(yumen.KindNotFound, "there is no cursor %q", "没有游标 %q", name))
}

// declare has a question answered, and keeps its rows to be fetched.
func (s *session) declare(ctx context.Context, st *sqlsession.Statement, params []sqlsession.Given) (*sqlsession.Answer, error) {
	p := &portal{cursor: true, depth: -1}
	if s.tx.status != 'I' {
		p.depth = len(s.tx.savepoints)
	}
	name := st.Ident(1)
	i := 2
	for ; i < len(st.Tokens) && st.Word(i) != "FOR"; i++ {
		switch st.Word(i) {
		case "BINARY":
			p.binary = true
		case "HOLD":
			p.hold = st.Word(i-1) == "WITH"
		}
	}
	if name == "" || i+1 >= len(st.Tokens) {
		return nil, sqlsession.Coded("42601",
			yumen.Errorf(yumen.KindInvalid, "a cursor is declared FOR a question", "游标须以 FOR 给出查询"))
	}
	if s.tx.status == 'I' && !p.hold {
		return nil, outsideBlock("DECLARE CURSOR")
	}
	if s.portals[name] != nil {
		return nil, sqlsession.Coded("42P03", yumen.Errorf(yumen.KindConflict, "there is a cursor %q already", "游标 %q 已存在", name))
	}
	if err := s.room(len(s.portals)); err != nil {
		return nil, err
	}
	of, err := sqlsession.Split(st.Text[st.Tokens[i+1].Start:])
	if err != nil {
		return nil, sqlsession.InPart(st, i+1, err)
	}
	a, err := s.Ask(ctx, of[0], params)
	if err != nil {
		return nil, sqlsession.InPart(st, i+1, err)
	}
	p.window = &window{Answer: a}
	s.portals[strings.Clone(name)] = p // without the text that it stands in
	return &sqlsession.Answer{Tag: "DECLARE CURSOR", Notices: a.Notices}, nil
}

func (s *session) closeCursor(st *sqlsession.Statement) (*sqlsession.Answer, error) {
	if st.Word(1) == "ALL" {
		for name, p := range s.portals {
			if p.cursor {
				delete(s.portals, name)
			}
		}
		return sqlsession.Told("CLOSE CURSOR ALL"), nil
	}
	name := st.Ident(1)
	if s.portals[name] == nil {
		return nil, noCursor(name)
	}
	delete(s.portals, name)
	return sqlsession.Told("CLOSE CURSOR"), nil
}

// fetch is what FETCH or MOVE asks for.
type fetch struct {
	name     string
	rows     int64 // 0 for all
	backward bool
	wrong    string // what has no place in it
}

// mostFetched is the largest number of rows that FETCH can name in PostgreSQL.
const mostFetched = math.MaxInt32

// fetchOf reads FETCH [NEXT | n | ALL | FORWARD [n | ALL]] [FROM | IN] name. No rows at all, FETCH 0, are the one that the
// cursor stands at, which is behind it.
func fetchOf(st lex.Statement) fetch {
	f := fetch{rows: 1}
	for i := 1; i < len(st.Tokens); i++ {
		last := i == len(st.Tokens)-1
		switch word := st.Word(i); {
		case last:
			f.name = st.Ident(i)
		case word == "ALL":
			f.rows = 0
		case slices.Contains([]string{"BACKWARD", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE"}, word),
			st.Source(i) == "-":
			f.backward = true
		case slices.Contains([]string{"NEXT", "FORWARD", "FROM", "IN"}, word):
		default:
			n, err := strconv.ParseInt(st.Source(i), 10, 64)
			if err != nil || n > mostFetched {
				f.wrong = st.Source(i)
			}
			f.rows, f.backward = n, f.backward || n == 0
		}
	}
	return f
}

// ahead are the next rows of a window, at most so many; 0 for all. Each is read once, whatever range is asked for.
type ahead struct {
	*window
	most int64
}

func (a *ahead) Read(ctx context.Context, of api.RowRange, to io.Writer) (api.RowsRead, error) {
	if a.end {
		return api.RowsRead{}, nil
	}
	if a.most > 0 && (of.Rows == 0 || a.most < of.Rows) {
		of.Rows = a.most
	}
	of.From = a.at
	got, err := a.Rows.Read(ctx, of, to)
	a.at, a.end = a.at+got.Rows, !got.More
	if a.most > 0 {
		a.most -= got.Rows
		got.More = got.More && a.most > 0
	}
	return got, err
}
