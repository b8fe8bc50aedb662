package sqlsession

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// States of our own; the others are those of PostgreSQL 15, appendix A.
const (
	CodeHeld     = "YM001" // accepted; the result is held for review
	CodeRefused  = "YM002" // by the contract or the analysis, where no state of PostgreSQL says so
	CodeRejected = "YM003" // rejected, or returned
	CodePurpose  = "YM004" // the contract wants a purpose
	CodeBudget   = "YM010" // the privacy budget is used up
	CodeQuota    = "YM011" // a quota or a rate is
	CodeEnded    = "57P01" // the contract has; or the server stops
	CodeFailed   = "YM020" // the run failed; no more is said
)

// coded is an error with its SQLSTATE.
type coded struct {
	code   string
	err    error
	detail yumen.Text // in place of what would be made of the reasons
	job    string     // that it is about
}

// Error says what went wrong.
func (e *coded) Error() string { return e.err.Error() }

// Unwrap returns what went wrong.
func (e *coded) Unwrap() error { return e.err }

// Coded gives an error its SQLSTATE.
func Coded(code string, err error) error { return &coded{code: code, err: err} }

// within is an error about a part of a statement, which its places are counted in.
type within struct {
	err    error
	text   string
	before int // characters of the statement before the part
}

// Error says what went wrong.
func (e *within) Error() string { return e.err.Error() }

// Unwrap returns what went wrong.
func (e *within) Unwrap() error { return e.err }

// InPart says of an error that its places are those of the part of a statement that begins with a token.
func InPart(st *Statement, token int, err error) error {
	if err == nil || token >= len(st.Tokens) {
		return err
	}
	at := st.Tokens[token].Start
	return &within{err: err, text: st.Text[at:], before: utf8.RuneCountInString(st.Text[:at])}
}

// Unsupported says that the doors do not do something at all.
func Unsupported(en, zh string, args ...any) error {
	return Coded("0A000", yumen.Errorf(yumen.KindInvalid, en, zh, args...))
}

// TimedOut says that a statement was given up.
func TimedOut() error {
	return Coded("57014", yumen.Errorf(yumen.KindUnavailable, "the statement took longer than statement_timeout",
		"语句执行超过 statement_timeout"))
}

// byKind is the SQLSTATE of each kind of error.
var byKind = map[yumen.ErrorKind]string{yumen.KindInvalid: "22023", yumen.KindDenied: CodeRefused,
	yumen.KindNotFound: "42704", yumen.KindConflict: "55000", yumen.KindLimit: CodeQuota,
	yumen.KindFailed:      CodeFailed,
	yumen.KindUnavailable: "57P03", yumen.KindCorrupt: "XX001", yumen.KindInternal: "XX000"}

// byRule is the SQLSTATE of reasons that PostgreSQL has a name for.
var byRule = map[string]string{"table.unknown": "42P01", "table.schema": "3F000", "column.unknown": "42703",
	"column.ambiguous": "42702", "column.not-granted": "42501", "column.not-grouped": "42803", "type.mismatch": "42804",
	"type.cast": "42846", "function.unknown": "42883", "function.arguments": "42883", "expression.parameter": "42P18",
	"contract.terminated": CodeEnded, "contract.suspended": CodeEnded, "contract.expired": CodeEnded, "contract.not-yet-valid": CodeEnded,
	"budget.exhausted": CodeBudget, "job.purpose": CodePurpose}

// byFamily is the SQLSTATE of what stands before the dot of a rule.
var byFamily = map[string]string{"clause": "0A000", "statement": "0A000", "quota": CodeQuota}

// JobOf is the job that an error is about, and "" where it is about none.
func JobOf(err error) string {
	var c *coded
	if errors.As(err, &c) {
		return c.job
	}
	return ""
}

// CodeOf is the SQLSTATE of an error.
func CodeOf(err error) string {
	var c *coded
	if errors.As(err, &c) {
		return c.code
	}
	e := yumen.AsError(err)
	if _, code := telling(e.Reasons); code != "" {
		return code
	}
	if e.Kind == yumen.KindInvalid && e.Excerpt != "" {
		return "42601"
	}
	return cmp.Or(byKind[e.Kind], "XX000")
}

// telling returns the reason that tells most of a refusal, and its SQLSTATE: the first that PostgreSQL has a name for,
// or else the first that has a place.
func telling(reasons []yumen.Reason) (r yumen.Reason, code string) {
	for _, r := range reasons {
		if code := byRule[r.Rule]; code != "" {
			return r, code
		}
	}
	for _, r := range reasons {
		family, _, _ := strings.Cut(r.Rule, ".")
		if code := byFamily[family]; code != "" {
			return r, code
		}
	}
	for _, r := range reasons {
		if r.Place != "" {
			return r, ""
		}
	}
	if len(reasons) > 0 {
		r = reasons[0]
	}
	return r, ""
}

// Message is what a client is told of an error.
type Message struct {
	Code     string // SQLSTATE
	Text     string
	Detail   string
	Hint     string
	Position int // the character of the whole query, counted from 1; 0 where it has none
}

// MessageOf makes the message of an error about a statement, in a language. The text is that of the statement, which
// places are counted in; before is how many characters of the whole query stand before it.
func MessageOf(err error, l yumen.Lang, text string, before int) Message {
	var part *within
	if errors.As(err, &part) {
		text, before = part.text, before+part.before
	}
	e := *yumen.AsError(err)
	out := Message{Code: CodeOf(err)}
	place, msg, hint := e.Place, e.Msg, e.Fix
	if len(e.Reasons) > 0 {
		r, _ := telling(e.Reasons)
		place, msg, hint = r.Place, r.Msg, r.Fix
		if len(e.Reasons) > 1 {
			out.Detail = details(e, l)
		}
	}
	out.Text, out.Hint = msg.In(l), hint.In(l)
	var inner *yumen.Error
	if e.Cause != nil && errors.As(e.Cause, &inner) { // what the machine says may name paths
		out.Detail = strings.TrimSpace(out.Detail + "\n" + inner.In(l))
	}
	if c := (*coded)(nil); errors.As(err, &c) && !c.detail.IsZero() {
		out.Detail = c.detail.In(l)
	}
	if out.Hint == "" {
		out.Hint = nextOf[e.Next.Action]
	}
	if at := position(place, text); at > 0 {
		out.Position = before + at
	} else if place != "" && !strings.Contains(out.Text, place) {
		out.Text = place + ": " + out.Text
	}
	return out
}

// details are all reasons, a line each.
func details(e yumen.Error, l yumen.Lang) string {
	lines := []string{e.Msg.In(l)}
	for _, r := range e.Reasons {
		line := r.Msg.In(l) + " [" + r.Rule + "]"
		if r.Place != "" {
			line = r.Place + ": " + line
		}
		if !r.Fix.IsZero() {
			line += " → " + r.Fix.In(l)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// nextOf is what the doors have for what somebody would ask for next.
var nextOf = map[string]string{"job.list": "TABLE yumen.jobs", "job.show": "TABLE yumen.jobs",
	"release.list": "TABLE yumen.releases", "contract.show": "TABLE yumen.contract",
	"contract.budget": "TABLE yumen.budget",
	"catalog.show":    "TABLE yumen.policy"}

// position is the character of a text, counted from 1, that a place LINE:COLUMN means; 0 where it means none.
func position(place, text string) int {
	l, c, _ := strings.Cut(place, ":")
	line, err := strconv.Atoi(l)
	column, err1 := strconv.Atoi(c)
	if err != nil || err1 != nil || line < 1 || column < 1 || text == "" {
		return 0
	}
	at := 0
	for range line - 1 {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return 0
		}
		at += utf8.RuneCountInString(text[:i+1])
		text = text[i+1:]
	}
	return at + column
}
