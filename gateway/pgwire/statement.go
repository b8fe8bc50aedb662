package pgwire

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// statement is one statement, and what is known of it before it is run.
type statement struct {
	lex.Statement
	before int // characters of the whole query before it
	// types are those that the client gave its parameters, and unknown for the others.
	types []uint32

	asked   bool // columns are known
	columns []column
}

// mostText is the most bytes that a query may have; jobs have no longer one.
const mostText = 1 << 20

// split cuts a query into its statements.
func split(query string) ([]*statement, error) {
	if len(query) > mostText {
		return nil, state("54000", yumen.Errorf(yumen.KindLimit, "the SQL text is longer than %d bytes",
			"SQL 文本超过 %d 字节", mostText))
	}
	all, err := lex.Split(query)
	if err != nil {
		return nil, syntax(query, err)
	}
	out := make([]*statement, len(all))
	at, before := 0, 0
	for i, st := range all {
		before += utf8.RuneCountInString(query[at:st.Start])
		at = st.Start
		out[i] = &statement{Statement: st, before: before}
	}
	return out, nil
}

// syntax is what the lexer refuses.
func syntax(query string, err error) error {
	e := yumen.Errorf(yumen.KindInvalid, "the text ends in the middle of something, or has what cannot stand there",
		"文本不完整，或含有不允许出现的内容")
	if l, ok := err.(*lex.Error); ok {
		e = yumen.Errorf(yumen.KindInvalid, "%s", "%s", string(l.Reason))
		at := query[:min(l.Pos, len(query))]
		line := strings.Count(at, "\n") + 1
		e = e.At(fmt.Sprintf("%d:%d", line, utf8.RuneCountInString(at[strings.LastIndexByte(at, '\n')+1:])+1))
	}
	return state("42601", e)
}

// controls are the words that statements about transactions begin with.
var controls = []string{"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}

// questions are the words that a question begins with; a parenthesis may stand before it.
var questions = []string{"SELECT", "WITH", "VALUES", "TABLE", "FROM", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE"}

// isQuestion reports whether a statement asks for rows.
func isQuestion(st lex.Statement) bool {
	i := 0
	for st.Source(i) == "(" {
		i++
	}
	return slices.Contains(questions, st.Word(i))
}

// run answers a statement.
func (s *session) run(ctx context.Context, st *statement, params []given) (*answer, error) {
	if s.tx.status == 'E' && !endsBlock(st.Statement) {
		return nil, errFailed()
	}
	switch word := st.Word(0); {
	case slices.Contains(controls, word):
		return s.control(st)
	case isQuestion(st.Statement):
		return s.ask(ctx, st, params)
	case word == "SET":
		return s.set(st)
	case word == "RESET":
		name, _ := settingName(st.Statement, 1)
		if st.Word(1) == "ALL" {
			name = ""
		}
		return told("RESET"), s.reset(name)
	case word == "SHOW":
		return s.show(st)
	case word == "DISCARD":
		return s.discard(st)
	case word == "EXPLAIN":
		return s.explain(ctx, st, params)
	case word == "COPY":
		return nil, unsupported("COPY is answered as a query of its own, without parameters", "COPY 只能单独作为无参数的查询")
	case word == "DECLARE", word == "FETCH", word == "MOVE", word == "CLOSE":
		return s.cursor(ctx, st, params)
	case word == "DEALLOCATE":
		return s.deallocate(st)
	case word == "LISTEN", word == "UNLISTEN":
		return s.listen(ctx, st)
	}
	return nil, refusedKind(st.Statement)
}

// refusedKind refuses what is no question and no statement of a session.
func refusedKind(st lex.Statement) error {
	word := st.Word(0)
	if slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT",
		"REVOKE", "COMMENT", "VACUUM", "ANALYZE", "CALL", "DO", "LOCK", "NOTIFY", "IMPORT", "LOAD", "INSTALL", "ATTACH",
		"DETACH", "USE", "EXPORT", "PRAGMA", "CHECKPOINT", "REINDEX", "CLUSTER", "REFRESH", "REASSIGN", "SECURITY",
		"PREPARE", "EXECUTE"}, word) {
		return state("0A000", yumen.Errorf(yumen.KindInvalid,
			"%s is not answered: this domain is asked, and not changed",
			"不支持 %s：本域只供查询，不可更改", word).At("1:1").ToFix("ask by SELECT", "请使用 SELECT 查询"))
	}
	return state("42601", yumen.Errorf(yumen.KindInvalid, "the text begins with nothing that a statement begins with",
		"文本开头不是任何语句的起始").At("1:1").ToFix("begin with SELECT", "请以 SELECT 开头"))
}

// control answers a statement about transactions. Cursors end with theirs, but for those that are held.
func (s *session) control(st *statement) (*answer, error) {
	tag, warning, err := s.tx.control(st.Statement)
	if err != nil {
		return nil, err
	}
	if s.tx.status == 'I' {
		for name, p := range s.portals {
			if !p.hold {
				delete(s.portals, name)
			}
		}
	}
	a := told(tag)
	if warning != nil {
		a.notices = append(a.notices, *warning)
	}
	return a, nil
}

func (s *session) set(st *statement) (*answer, error) {
	name, value, reset, err := assignment(st.Statement)
	if err != nil || name == "" {
		return told("SET"), err
	}
	if reset {
		return told("SET"), s.reset(name)
	}
	changed, err := s.settings.set(name, value)
	if err == nil && changed != nil {
		s.report(*changed)
	}
	return told("SET"), err
}

func (s *session) reset(name string) error {
	changed, err := s.settings.reset(name)
	s.report(changed...)
	return err
}

func (s *session) show(st *statement) (*answer, error) {
	all, err := s.settings.shown(st.Statement)
	if err != nil {
		return nil, err
	}
	if st.Word(1) != "ALL" {
		return &answer{columns: textColumns(all[0].name), rows: texts{{all[0].value}}, tag: "SHOW"}, nil
	}
	var out texts
	for _, p := range all {
		out = append(out, []string{p.name, p.value, ""})
	}
	return &answer{columns: textColumns("name", "setting", "description"), rows: out, tag: "SHOW"}, nil
}

// discard forgets what the session has.
func (s *session) discard(st *statement) (*answer, error) {
	if st.Word(1) == "ALL" {
		if s.tx.status != 'I' {
			return nil, state("25001", yumen.Errorf(yumen.KindInvalid, "DISCARD ALL cannot be used in a transaction",
				"DISCARD ALL 不能在事务中使用"))
		}
		clear(s.statements)
		clear(s.portals)
		s.unlisten()
		if err := s.reset(""); err != nil {
			return nil, err
		}
	}
	return told("DISCARD " + st.Word(1)), nil
}

func (s *session) deallocate(st *statement) (*answer, error) {
	i := 1
	if st.Word(i) == "PREPARE" {
		i++
	}
	if st.Word(i) == "ALL" && len(st.Tokens) == i+1 {
		clear(s.statements)
		return told("DEALLOCATE ALL"), nil
	}
	name := st.Ident(i)
	if _, ok := s.statements[name]; !ok {
		return nil, noStatement(name)
	}
	delete(s.statements, name)
	return told("DEALLOCATE"), nil
}

func noStatement(name string) error {
	return state("26000", yumen.Errorf(yumen.KindNotFound, "there is no prepared statement %q", "没有预备语句 %q", name))
}
