package yumen

import (
	"errors"
	"strings"
	"time"
)

// ErrorKind says what sort of failure an error is. Each door maps kinds once: to an exit code, an HTTP status, an
// SQLSTATE.
type ErrorKind string

// The kinds of errors.
const (
	KindInvalid     ErrorKind = "invalid"     // the input is malformed: fix it and try again
	KindDenied      ErrorKind = "denied"      // the actor, the contract or a rule does not allow it
	KindNotFound    ErrorKind = "not_found"   // no such thing, or none that the actor may know of
	KindConflict    ErrorKind = "conflict"    // the thing is in a state that does not allow it, or somebody else holds it
	KindLimit       ErrorKind = "limit"       // a quota, a budget, a cap or a deadline is used up
	KindFailed      ErrorKind = "failed"      // the run failed on the data; no more is said: a message could reveal data
	KindUnavailable ErrorKind = "unavailable" // the host cannot do it now: isolation missing, disk full
	KindCorrupt     ErrorKind = "corrupt"     // stored or submitted bytes are not what their digest, proof or format says
	KindInternal    ErrorKind = "internal"    // a defect of Yumen
)

// Error is what a person gets to read: what went wrong, where, and what to do. It never carries data values.
type Error struct {
	Kind  ErrorKind `json:"kind"`
	Place string    `json:"place,omitempty"` // file:line:column, column name, field path, log index
	Msg   Text      `json:"message"`
	Fix   Text      `json:"fix,omitzero"` // what to do about it
	Next  Next      `json:"next,omitzero"`
	// Excerpt is the line of a submitted text that Place means, with a caret on a line below. It is for the person
	// whose text it is, and may hold a literal: it is stored only beside the text itself, and never logged.
	Excerpt string `json:"excerpt,omitempty"`
	// Reasons lists every reason for a refusal, each with its own place; Msg then sums them up.
	Reasons []Reason `json:"reasons,omitempty"`
	Cause   error    `json:"-"`
	// Wait is after how long the same may be allowed, where that is known and only a matter of time.
	Wait time.Duration `json:"-"`
}

// Next is what somebody would ask for next, where an error calls for it: an action, named as in docs/roles.md, and what
// it is asked of. The command line phrases it as a command, a page as a link.
type Next struct {
	Action string `json:"action"`
	Of     string `json:"of,omitempty"` // a name or an id
}

// String names the action and what it is asked of.
func (n Next) String() string { return strings.TrimSpace(n.Action + " " + n.Of) }

// Reason is one reason for a refusal. Decisions collect all of them; none hides another.
type Reason struct {
	Rule  string `json:"rule"`            // stable name, such as column.not-granted
	Place string `json:"place,omitempty"` // line:column in the text, or a field path
	Msg   Text   `json:"message"`
	Fix   Text   `json:"fix,omitzero"` // a rewrite that would pass, where there is one
}

// Errorf makes an error of a kind with a message in both languages.
func Errorf(kind ErrorKind, en, zh string, args ...any) *Error {
	return &Error{Kind: kind, Msg: Say(en, zh, args...)}
}

// At returns e with its place set.
func (e *Error) At(place string) *Error { e.Place = place; return e }

// ToFix returns e with what to do about it.
func (e *Error) ToFix(en, zh string, args ...any) *Error { e.Fix = Say(en, zh, args...); return e }

// Then returns e with what to ask for next.
func (e *Error) Then(action, of string) *Error { e.Next = Next{action, of}; return e }

// After returns e with how long to wait.
func (e *Error) After(d time.Duration) *Error { e.Wait = d; return e }

// Because returns e wrapping its cause.
func (e *Error) Because(err error) *Error { e.Cause = err; return e }

// Refuse makes one error out of all reasons, or nil if there are none.
func Refuse(kind ErrorKind, msg Text, reasons []Reason) error {
	if len(reasons) == 0 {
		return nil
	}
	return &Error{Kind: kind, Msg: msg, Reasons: reasons}
}

// Error returns the English form on one line, without the excerpt.
func (e *Error) Error() string {
	without := *e
	without.Excerpt = ""
	return strings.ReplaceAll(without.In(LangEnglish), "\n", "; ")
}

// In returns the whole message in language l: place, message, excerpt, reasons, what to do, one line each.
func (e *Error) In(l Lang) string { return e.Phrased(l, Next.String) }

// Phrased is In, with what to ask for next as phrase says it.
func (e *Error) Phrased(l Lang, phrase func(Next) string) string {
	var b strings.Builder
	if e.Place != "" {
		b.WriteString(e.Place + ": ")
	}
	b.WriteString(e.Msg.In(l))
	if e.Cause != nil {
		b.WriteString(": " + e.causeIn(l, phrase))
	}
	for _, line := range strings.Split(e.Excerpt, "\n") {
		if line != "" {
			b.WriteString("\n    " + line)
		}
	}
	for _, r := range e.Reasons {
		b.WriteString("\n  - ")
		if r.Place != "" {
			b.WriteString(r.Place + ": ")
		}
		b.WriteString(r.Msg.In(l) + " [" + r.Rule + "]")
		if !r.Fix.IsZero() {
			b.WriteString(" → " + r.Fix.In(l))
		}
	}
	if !e.Fix.IsZero() {
		b.WriteString("\n→ " + e.Fix.In(l))
	}
	if e.Next != (Next{}) {
		b.WriteString("\n→ " + phrase(e.Next))
	}
	return b.String()
}

// causeIn is the cause in a language, without a path that is the place already.
func (e *Error) causeIn(l Lang, phrase func(Next) string) string {
	if inner, ok := errors.AsType[*Error](e.Cause); ok {
		return inner.Phrased(l, phrase)
	}
	text := CauseText(e.Cause).In(l)
	if rest, ok := strings.CutPrefix(text, e.Place); ok && e.Place != "" {
		return strings.TrimLeft(rest, ":： ")
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of err: that of the outermost Error in it, or Internal.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// AsError returns err as an *Error, wrapping anything else as Internal.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Errorf(KindInternal, "unexpected failure", "意外故障").Because(err)
}
