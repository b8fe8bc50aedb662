package sqlsession

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// function is one of schema yumen, of one argument of text. It does what the command line and the REST interface do.
type function struct {
	name     string
	argument string
	columns  []string // of its rows; none for result, whose columns are those of the release
	table    bool     // it stands in FROM
	run      func(s *Session, ctx context.Context, argument string) (*Answer, error)
}

// functions are those of schema yumen.
func functions() []function {
	return []function{
		{"submit", "question", []string{"submit"}, false, (*Session).callSubmit},
		{"cancel", "job", []string{"cancel"}, false, (*Session).callCancel},
		{"receipt", "job", []string{"receipt"}, false, (*Session).callReceipt},
		{"explain", "question", []string{"about", "name", "says"}, true, (*Session).callExplain},
		{"result", "job", nil, true, (*Session).askRelease},
	}
}

// call is a function that a statement calls and does nothing besides.
type call struct {
	function
	text      string // of the argument
	parameter int    // in place of it, counted from 1
	before    int    // characters before the text where it stands as it is, and 0 otherwise
}

// calledAt returns the function of schema yumen whose call begins at a token, with what stands as its argument and how
// many tokens the call has; 0 where there is none.
func calledAt(st lex.Statement, i int) (c call, n int) {
	if st.Ident(i) != "yumen" || st.Source(i+1) != "." || st.Source(i+3) != "(" || st.Source(i-1) == "." {
		return c, 0
	}
	all := functions()
	f := slices.IndexFunc(all, func(f function) bool { return f.name == st.Ident(i+2) })
	if f < 0 {
		return c, 0
	}
	c.function = all[f]
	text, literal := st.Literal(i + 4)
	n = 5
	switch {
	case literal:
		c.text = text
		if st.Source(i+4) == "'"+text+"'" {
			c.before = utf8.RuneCountInString(st.Text[:st.Tokens[i+4].Start]) + 1
		}
	case i+4 < len(st.Tokens) && st.Tokens[i+4].Kind == lex.Parameter:
		c.parameter, _ = strconv.Atoi(strings.TrimPrefix(st.Source(i+4), "$"))
	default:
		return c, 1
	}
	if st.Source(i+n) == "::" {
		n += 2
	}
	if st.Source(i+n) != ")" {
		return c, 1
	}
	return c, n + 1
}

// callOf returns the call that a statement is: SELECT yumen.f(x) [[AS] name], or SELECT * FROM yumen.f(x) [[AS] name].
// A statement that calls one in any other way is refused, but for result, which is a table.
func callOf(st lex.Statement) (call, bool, error) {
	i := 1
	table := st.Source(1) == "*" && st.Word(2) == "FROM"
	if table {
		i = 3
	}
	if c, n := calledAt(st, i); st.Word(0) == "SELECT" && n > 1 && (!table || c.table) {
		i += n
		if st.Word(i) == "AS" {
			i++
		}
		if st.Ident(i) != "" {
			if !c.table {
				c.columns = []string{st.Ident(i)}
			}
			i++
		}
		if len(st.Tokens) == i && table == c.table {
			return c, true, nil
		}
	}
	for i := range st.Tokens {
		if c, n := calledAt(st, i); n > 0 && c.name != "result" {
			form := "SELECT yumen." + c.name + "('…')"
			if c.table {
				form = "SELECT * FROM yumen." + c.name + "('…')"
			}
			return c, false, Coded("0A000", yumen.Errorf(yumen.KindInvalid,
				"function yumen.%s stands alone, with a text or a parameter as its argument",
				"函数 yumen.%s 须单独使用，参数为文本或语句参数", c.name).ToFix("write %s", "请写作 %s", form))
		}
	}
	return call{}, false, nil
}

// withResults returns a statement with each yumen.result('JOB') in it written as the table that it is.
func withResults(st *Statement) (*Statement, error) {
	var edits []lex.Edit
	for i := range st.Tokens {
		c, n := calledAt(st.Statement, i)
		if n == 0 || c.name != "result" {
			continue
		}
		if n == 1 || c.parameter > 0 {
			return nil, Coded("0A000", yumen.Errorf(yumen.KindInvalid,
				"within a question, yumen.result names its job as a text", "在查询中使用 yumen.result 时，须以文本指明任务").
				ToFix(`write released."JOB"`, `请写作 released."任务编号"`))
		}
		edits = append(edits, lex.Edit{Start: st.Tokens[i].Start, End: st.Tokens[i+n-1].End,
			New: `released."` + strings.ReplaceAll(c.text, `"`, `""`) + `"`})
	}
	if len(edits) == 0 {
		return st, nil
	}
	text, _ := lex.Apply(st.Text, edits)
	all, err := Split(text)
	if err != nil {
		return nil, err
	}
	all[0].Before, all[0].Types = st.Before, st.Types
	return all[0], nil
}

// answer answers a call.
func (c call) answer(ctx context.Context, s *Session, params []Given) (*Answer, error) {
	text, err := c.given(params)
	if err == nil {
		err = s.InForce(ctx)
	}
	if err != nil {
		return nil, err
	}
	a, err := c.run(s, ctx, text)
	if err != nil && c.argument == "question" { // whose places can be shown where it stands as it is
		place := &within{err: err, before: c.before}
		if c.before > 0 {
			place.text = text
		}
		return nil, place
	}
	if err == nil && c.columns != nil {
		a.Columns = TextColumns(c.columns...)
	}
	return a, err
}

// given is the argument.
func (c call) given(params []Given) (string, error) {
	if c.parameter == 0 {
		return c.text, nil
	}
	if c.parameter > len(params) {
		return "", Coded("42P02", yumen.Errorf(yumen.KindInvalid, "there is no parameter $%d", "没有参数 $%d",
			c.parameter))
	}
	p, err := params[c.parameter-1].forData(c.parameter)
	return p.Value, err
}

// Bound returns a statement whose columns do not depend on values of its parameters any more, which they do where it is
// SELECT * FROM yumen.result($1).
func Bound(st *Statement, params []Given) *Statement {
	c, ok, _ := callOf(st.Statement)
	if !ok || c.columns != nil || c.parameter == 0 {
		return st
	}
	if name, err := c.given(params); err == nil {
		if all, err := Split("SELECT * FROM yumen.result('" + strings.ReplaceAll(name, "'", "''") + "')"); err == nil {
			return all[0]
		}
	}
	return st
}

// described returns the columns of a call, which is not carried out.
func (c call) described(ctx context.Context, s *Session) ([]Column, error) {
	if c.columns != nil {
		return TextColumns(c.columns...), nil
	}
	if c.parameter > 0 {
		return nil, Coded("42P18", yumen.Errorf(yumen.KindInvalid,
			"the columns of yumen.result depend on its parameter", "yumen.result 的列取决于其参数").
			ToFix("name the job as a text", "请以文本指明任务"))
	}
	a, err := s.askRelease(ctx, c.text)
	if err != nil {
		return nil, err
	}
	return a.Columns, nil
}

// oneQuestion reads a text that is one question about data.
func oneQuestion(text string) (*Statement, error) {
	all, err := Split(text)
	if err == nil && (len(all) != 1 || !IsQuestion(all[0].Statement)) {
		err = Coded("42601", yumen.Errorf(yumen.KindInvalid, "the argument is one question", "参数须为一条查询").
			ToFix("begin it with SELECT", "请以 SELECT 开头"))
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// callSubmit submits a question as a job, or finds the one by which it was asked before, and answers with its id at
// once, whatever its class.
func (s *Session) callSubmit(ctx context.Context, text string) (*Answer, error) {
	st, err := oneQuestion(text)
	if err != nil {
		return nil, err
	}
	x, err := s.explained(ctx, st, nil)
	if err != nil {
		return nil, err
	}
	job, _, err := s.jobFor(ctx, s.spec(st, nil), x)
	return &Answer{Rows: Texts{{job.ID}}}, err
}

// callExplain says what would become of a question, as EXPLAIN POLICY does.
func (s *Session) callExplain(ctx context.Context, text string) (*Answer, error) {
	st, err := oneQuestion(text)
	if err != nil {
		return nil, err
	}
	facts, err := s.factsOf(ctx, st, nil)
	return &Answer{Rows: Texts(facts)}, err
}

// ownJob returns a job of the person's under the contract.
func (s *Session) ownJob(ctx context.Context, id string) (yumen.Job, error) {
	j, err := s.Domain.Job(ctx, s.By, id)
	if kind := yumen.KindOf(err); err != nil && kind != yumen.KindNotFound && kind != yumen.KindDenied {
		return j.Job, err
	}
	if err != nil || j.Spec.Contract != s.Contract || j.Submitter.Name != s.By.Person.Name {
		return j.Job, Coded("42704", yumen.Errorf(yumen.KindNotFound, "you have no job %q under contract %s",
			"您在合同 %[2]s 下没有任务 %[1]q", id, s.Contract).Then("job.list", ""))
	}
	return j.Job, nil
}

// callCancel withdraws a job, and answers with the state that it is in then.
func (s *Session) callCancel(ctx context.Context, id string) (*Answer, error) {
	if _, err := s.ownJob(ctx, id); err != nil {
		return nil, err
	}
	job, err := s.Domain.Cancel(ctx, s.By, id)
	return &Answer{Rows: Texts{{string(job.State)}}}, err
}

// callReceipt answers with the receipt of a release, as JSON.
func (s *Session) callReceipt(ctx context.Context, name string) (*Answer, error) {
	r, err := s.releaseNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	got, err := s.Domain.Fetch(ctx, s.By, r.Name)
	if err != nil {
		return nil, err
	}
	return &Answer{Rows: Texts{{string(got.Receipt)}}}, got.Close()
}
