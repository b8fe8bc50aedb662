package wire

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/yumen-data/yumen"
)

// statuses is the table of this edge: the status of HTTP for each kind of error.
var statuses = map[yumen.ErrorKind]int{
	yumen.KindInvalid: http.StatusBadRequest, yumen.KindDenied: http.StatusForbidden,
	yumen.KindNotFound: http.StatusNotFound,
	yumen.KindConflict: http.StatusConflict, yumen.KindLimit: http.StatusTooManyRequests,
	yumen.KindFailed:      http.StatusUnprocessableEntity,
	yumen.KindUnavailable: http.StatusServiceUnavailable, yumen.KindCorrupt: http.StatusInternalServerError,
	yumen.KindInternal: http.StatusInternalServerError,
}

// Status returns the status of HTTP for a kind of error.
func Status(k yumen.ErrorKind) int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Trust says how much of an error's cause is sent.
type Trust bool

// The owner of the home is shown what the machine says; nobody else is: it may name paths.
const (
	Stranger Trust = false
	Owner    Trust = true
)

// NewProblem makes the problem of an error, in the language of whoever asks.
func NewProblem(err error, l yumen.Lang, to Trust) *Problem {
	if errors.Is(err, context.Canceled) && !errors.As(err, new(*yumen.Error)) {
		err = yumen.Errorf(yumen.KindUnavailable, "the server is stopping, or the call was given up: nothing is lost",
			"服务正在停止，或请求已取消：没有丢失任何内容").
			ToFix("ask again", "请重新请求")
	}
	e := *yumen.AsError(err)
	p := &Problem{Type: "urn:yumen:error:" + string(e.Kind)}
	p.SetStatus(Status(e.Kind))
	if e.Cause != nil {
		var inner *yumen.Error
		known := errors.As(e.Cause, &inner)
		switch {
		case known:
			p.Because = &yumen.Text{EN: inner.In(yumen.LangEnglish), ZH: inner.In(yumen.LangChinese)}
			e.Cause = &yumen.Error{Kind: inner.Kind, Msg: *p.Because}
		case to == Owner:
			text := yumen.CauseText(e.Cause)
			p.Because = &text
			e.Cause = &yumen.Error{Kind: e.Kind, Msg: text}
		default:
			e.Cause = nil
		}
	}
	p.Refusal, p.Detail = e, e.In(l)
	return p
}

// SetStatus answers with another status than that of the kind of error.
func (p *Problem) SetStatus(status int) { p.Status, p.Title = status, http.StatusText(status) }

// GetHeaders returns the headers of the answer besides.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.Wait.Seconds()))))
	}
	return h
}

// GetStatus returns the status of HTTP.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType says that a problem is no ordinary answer.
func (p *Problem) ContentType(string) string { return "application/problem+json" }
