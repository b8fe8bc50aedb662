package flightsql

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// byState is the table of this edge: the code of gRPC for each SQLSTATE, and for classes of them by their first two
// characters.
var byState = map[string]codes.Code{
	sqlsession.CodeHeld: codes.FailedPrecondition, sqlsession.CodeRefused: codes.PermissionDenied,
	sqlsession.CodeRejected: codes.FailedPrecondition, sqlsession.CodePurpose: codes.FailedPrecondition,
	sqlsession.CodeBudget: codes.ResourceExhausted, sqlsession.CodeQuota: codes.ResourceExhausted,
	sqlsession.CodeFailed: codes.Internal, sqlsession.CodeEnded: codes.Unauthenticated,
	"28": codes.Unauthenticated, "3D000": codes.NotFound, "42P01": codes.NotFound, "42703": codes.NotFound,
	"42704": codes.NotFound, "26": codes.NotFound, "34": codes.NotFound, "42501": codes.PermissionDenied, "0A": codes.Unimplemented,
	"57014": codes.DeadlineExceeded, "57P03": codes.Unavailable, "53": codes.ResourceExhausted,
	"54": codes.InvalidArgument, "42": codes.InvalidArgument, "22": codes.InvalidArgument, "08": codes.InvalidArgument,
	"55": codes.FailedPrecondition, "25": codes.FailedPrecondition, "XX001": codes.DataLoss,
}

func codeOf(state string) codes.Code {
	if c, ok := byState[state]; ok {
		return c
	}
	if c, ok := byState[state[:min(2, len(state))]]; ok {
		return c
	}
	return codes.Internal
}

// within is an error about a statement, in whose text its places are counted.
type within struct {
	err  error
	lang yumen.Lang
	q    *question
}

// Error says what went wrong.
func (e *within) Error() string { return e.err.Error() }

// Unwrap returns what went wrong.
func (e *within) Unwrap() error { return e.err }

// statusOf makes the status of an error that a call ends with.
func (d *Door) statusOf(ctx context.Context, err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return status.FromContextError(ctx.Err()).Err()
	}
	lang, q := langOf(ctx), (*question)(nil)
	var about *within
	if errors.As(err, &about) {
		lang, q = about.lang, about.q
	}
	if q == nil {
		return statusFrom(err, lang, "")
	}
	m := sqlsession.MessageOf(err, lang, q.st.Text, q.st.Before)
	m.Position = q.place(m.Position)
	return statusWith(err, m)
}

// statusFrom makes the status of an error that is about no statement.
func statusFrom(err error, l yumen.Lang, text string) error {
	return statusWith(err, sqlsession.MessageOf(err, l, text, 0))
}

// The most bytes that a message and a part of its details may have. They travel in trailers, the message twice and
// with three bytes for each that is no ASCII, and clients in Java take 8 KiB of them.
const (
	mostMessage = 1100
	mostDetail  = 500
)

// statusWith makes the status of a message: as clients of PostgreSQL show it, what is to do about it behind it. The
// details have an ErrorInfo whose reason is the SQLSTATE.
func statusWith(err error, m sqlsession.Message) error {
	text := m.Text
	if m.Detail != "" {
		text += "\nDETAIL:  " + m.Detail
	}
	if m.Hint != "" {
		text = short(text, mostMessage-mostDetail) + "\nHINT:  " + short(m.Hint, mostDetail)
	}
	info := &errdetails.ErrorInfo{Reason: m.Code, Domain: "yumen", Metadata: map[string]string{}}
	for key, v := range map[string]string{"job": sqlsession.JobOf(err), "hint": m.Hint} {
		if v != "" {
			info.Metadata[key] = short(v, mostDetail)
		}
	}
	if m.Position > 0 {
		info.Metadata["position"] = strconv.Itoa(m.Position)
	}
	s := status.New(codeOf(m.Code), short(text, mostMessage))
	if with, err := s.WithDetails(info); err == nil {
		s = with
	}
	return s.Err()
}

// short cuts a text between two characters.
func short(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	s = s[:most-len("…")]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

func invalid(en, zh string, args ...any) error {
	return sqlsession.Coded("08P01", yumen.Errorf(yumen.KindInvalid, en, zh, args...))
}
