package sqlsession

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// Statement is one statement, and what is known of it before it is run.
type Statement struct {
	lex.Statement
	Before int // characters of the whole query before it
	// Types are those that the client gave its parameters, and unknown for the others.
	Types []uint32

	Asked   bool // columns are known
	Columns []Column
}

// mostText is the most bytes that a query may have; jobs have no longer one.
const mostText = 1 << 20

// Split cuts a query into its statements.
func Split(query string) ([]*Statement, error) {
	if len(query) > mostText {
		return nil, Coded("54000", yumen.Errorf(yumen.KindLimit, "the SQL text is longer than %d bytes",
			"SQL 文本超过 %d 字节", mostText))
	}
	all, err := lex.Split(query)
	if err != nil {
		return nil, syntax(query, err)
	}
	out := make([]*Statement, len(all))
	at, before := 0, 0
	for i, st := range all {
		before += utf8.RuneCountInString(query[at:st.Start])
		at = st.Start
		out[i] = &Statement{Statement: st, Before: before}
	}
	return out, nil
}

// mostParameters is how many parameters a statement may have; Bind of PostgreSQL's protocol can count no more.
const mostParameters = 1<<16 - 1

// Parameters is the highest number of a parameter.
func (st *Statement) Parameters() (int, error) {
	most := 0
	for i, t := range st.Tokens {
		if t.Kind != lex.Parameter {
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(st.Source(i), "$"))
		if err != nil || n < 1 || n > mostParameters {
			return 0, Coded("42P02",
				yumen.Errorf(yumen.KindInvalid, "there is no parameter %s", "没有参数 %s", st.Source(i)))
		}
		most = max(most, n)
	}
	return most, nil
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
	return Coded("42601", e)
}

// questions are the words that a question begins with; a parenthesis may stand before it.
var questions = []string{"SELECT", "WITH", "VALUES", "TABLE", "FROM", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE"}

// IsQuestion reports whether a statement asks for rows.
func IsQuestion(st lex.Statement) bool {
	i := 0
	for st.Source(i) == "(" {
		i++
	}
	return slices.Contains(questions, st.Word(i))
}

// RefusedKind refuses what is no question and no statement of a session.
func RefusedKind(st lex.Statement) error {
	word := st.Word(0)
	if slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT",
		"REVOKE", "COMMENT", "VACUUM", "ANALYZE", "CALL", "DO", "LOCK", "NOTIFY", "IMPORT", "LOAD", "INSTALL", "ATTACH",
		"DETACH", "USE", "EXPORT", "PRAGMA", "CHECKPOINT", "REINDEX", "CLUSTER", "REFRESH", "REASSIGN", "SECURITY",
		"PREPARE", "EXECUTE"}, word) {
		return Coded("0A000", yumen.Errorf(yumen.KindInvalid,
			"%s is not answered: this domain is asked, and not changed",
			"不支持 %s：本域只供查询，不可更改", word).At("1:1").ToFix("ask by SELECT", "请使用 SELECT 查询"))
	}
	return Coded("42601", yumen.Errorf(yumen.KindInvalid, "the text begins with nothing that a statement begins with",
		"文本开头不是任何语句的起始").At("1:1").ToFix("begin with SELECT", "请以 SELECT 开头"))
}

// Set answers SET, and returns what the client is told of it.
func (s *Session) Set(st *Statement) ([]Parameter, error) {
	name, value, reset, err := assignment(st.Statement)
	if err != nil || name == "" {
		return nil, err
	}
	if reset {
		return s.Settings.Reset(name)
	}
	changed, err := s.Settings.Set(name, value)
	if err != nil || changed == nil {
		return nil, err
	}
	return []Parameter{*changed}, nil
}

// Reset answers RESET, and returns what the client is told of it.
func (s *Session) Reset(st *Statement) ([]Parameter, error) {
	name, _ := SettingName(st.Statement, 1)
	if st.Word(1) == "ALL" {
		name = ""
	}
	return s.Settings.Reset(name)
}

// Show answers SHOW.
func (s *Session) Show(st *Statement) (*Answer, error) {
	all, err := s.Settings.shown(st.Statement)
	if err != nil {
		return nil, err
	}
	if st.Word(1) != "ALL" {
		return &Answer{Columns: TextColumns(all[0].Name), Rows: Texts{{all[0].Value}}, Tag: "SHOW"}, nil
	}
	var out Texts
	for _, p := range all {
		out = append(out, []string{p.Name, p.Value, ""})
	}
	return &Answer{Columns: TextColumns("name", "setting", "description"), Rows: out, Tag: "SHOW"}, nil
}
