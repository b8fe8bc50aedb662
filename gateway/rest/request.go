package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// request is what is known of one that is being answered.
type request struct {
	by    api.Principal
	lang  yumen.Lang
	trust wire.Trust
}

// problem makes the problem of an error for whoever asks.
func (q request) problem(err error) *wire.Problem { return wire.NewProblem(err, q.lang, q.trust) }

type requestKey struct{}

func requestOf(ctx context.Context) request {
	q, _ := ctx.Value(requestKey{}).(request)
	return q
}

type ownerKey struct{}

// OfOwner marks the connections of a listener as those of the home's owner. Whoever calls it has looked at the peer's
// credentials, so that it is known at once who asks.
func OfOwner(ctx context.Context, known func()) context.Context {
	known()
	return context.WithValue(ctx, ownerKey{}, true)
}

type knownKey struct{}

// OfUser marks the connections of a listener as those of users: known is called once one of them is authenticated.
func OfUser(ctx context.Context, known func()) context.Context {
	return context.WithValue(ctx, knownKey{}, known)
}

// ServeHTTP answers a request: it finds out who asks, reads the body within its limits, and calls what the path names.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	rec := &recorder{ResponseWriter: w, rc: http.NewResponseController(w), grace: d.limits.Load().Grace}
	q := request{lang: lang(r)}
	_, route := d.mux.Handler(r)
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			d.cfg.Log.Error("defect", "route", route, "stack", string(debug.Stack())) // what was thrown may hold values
			writeProblem(rec, q.problem(yumen.Errorf(yumen.KindInternal, "unexpected failure", "意外故障")))
		} else if p != nil {
			panic(p)
		}
		if d.cfg.Observe != nil {
			d.cfg.Observe.Answered(route, rec.status, time.Since(began))
		}
	}()
	rec.Header().Set("Cache-Control", "no-store")
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	if err := d.prepare(rec, r, &q, route); err != nil {
		writeProblem(rec, err)
		return
	}
	leave, err := d.enter(r, q, route)
	if err != nil {
		writeProblem(rec, q.problem(err))
		return
	}
	defer leave()
	r = r.WithContext(context.WithValue(api.WithSource(r.Context(), source(r)), requestKey{}, q))
	if key := r.Header.Get(wire.HeaderKey); key != "" && !open(route) && r.Method != http.MethodGet && isJSON(r) {
		d.repeated.serve(rec, r, key, http.HandlerFunc(d.carryOut))
		return
	}
	d.mux.ServeHTTP(rec, r)
}

// prepare finds out who asks, and reads the body of a call that has one.
func (d *Door) prepare(w *recorder, r *http.Request, q *request, route string) *wire.Problem {
	if p := d.checkHeaders(w, r, q); p != nil {
		return p
	}
	if route == "" {
		return d.nowhere(w, r, q)
	}
	if open(route) {
		owner, _ := r.Context().Value(ownerKey{}).(bool)
		q.trust = wire.Trust(owner)
	} else {
		if err := d.authenticate(r, q); err != nil {
			if _, busy := d.enter(r, request{}, ""); busy != nil {
				return q.problem(busy)
			}
			p := q.problem(err)
			if p.Kind == yumen.KindDenied {
				p.SetStatus(http.StatusUnauthorized)
				w.Header().Set("WWW-Authenticate", `Bearer realm="yumen"`)
			}
			return p
		}
		if known, ok := r.Context().Value(knownKey{}).(func()); ok {
			known()
		}
	}
	if r.Body == nil || r.Body == http.NoBody || route == uploadRoute {
		return nil
	}
	if err := d.readBody(w, r); err != nil {
		p := q.problem(err)
		if yumen.KindOf(err) == yumen.KindLimit {
			p.SetStatus(http.StatusRequestEntityTooLarge)
		}
		w.Header().Set("Connection", "close") // what was not read is not read any more
		return p
	}
	return nil
}

// once are the headers that say who asks and for what: two of one could mean two things.
var once = []string{"Authorization", "Content-Type", wire.HeaderAs, wire.HeaderKey}

// checkHeaders refuses headers that are too large, or say two things of one.
func (d *Door) checkHeaders(w *recorder, r *http.Request, q *request) *wire.Problem {
	size, most := len(r.RequestURI), d.limits.Load().Header
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4 // with what parts them in HTTP/1.1
		}
		if len(values) > 1 && slices.Contains(once, name) {
			return q.problem(yumen.Errorf(yumen.KindInvalid, "the header stands there twice", "该请求头出现了两次").At(name).
				ToFix("send it once", "请只发送一次"))
		}
	}
	if most == 0 || size <= int(most) {
		return nil
	}
	w.Header().Set("Connection", "close")
	p := q.problem(yumen.Errorf(yumen.KindLimit, "the headers have more than %s", "请求头超过 %s", most).
		ToFix("send fewer or shorter ones", "请减少或缩短请求头"))
	p.SetStatus(http.StatusRequestHeaderFieldsTooLarge)
	return p
}

// enter counts a call against what its organisation and its contract may ask, until it is left.
func (d *Door) enter(r *http.Request, q request, route string) (leave func(), err error) {
	if d.cfg.Tenants == nil || q.by.Method == api.MethodMachine {
		return func() {}, nil
	}
	contract := ""
	if route == "POST /v1/jobs" || route == "POST /v1/explanations" {
		contract = contractOf(r)
	}
	if err := d.cfg.Tenants.Call(q.by.Person.Org, contract); err != nil {
		return nil, err
	}
	if q.by.Method == "" {
		return func() {}, nil
	}
	return d.cfg.Tenants.Connect(q.by.Person.Org, contract)
}

// contractOf is the contract that a submission names. Its body is in memory.
func contractOf(r *http.Request) string {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	var of struct{ Spec struct{ Contract string } }
	if json.Unmarshal(b, &of) != nil {
		return "" // it is refused later, with its place
	}
	return of.Spec.Contract
}

// nowhere answers what no pattern matches.
func (d *Door) nowhere(w *recorder, r *http.Request, q *request) *wire.Problem {
	probe := &recorder{ResponseWriter: discard{http.Header{}}}
	d.mux.ServeHTTP(probe, r)
	e := yumen.Errorf(yumen.KindNotFound, "there is no such call", "没有该接口").ToFix("see /v1/openapi.json",
		"见 /v1/openapi.json")
	p := q.problem(e)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.Header().Get("Allow"))
		p.SetStatus(probe.status)
	}
	return p
}

// open reports whether a call is answered to nobody in particular: what the calls are, and logging in.
func open(route string) bool {
	for _, path := range []string{"/v1/openapi.json", "/v1/openapi.yaml", loginPath, loginPath + "/answer"} {
		if strings.HasSuffix(route, path) {
			return true
		}
	}
	return false
}

// source is the address that a request comes from; empty on a socket of this machine.
func source(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// authenticate finds out who asks: the bearer of a token or, on the socket of a home, whom its owner names.
func (d *Door) authenticate(r *http.Request, q *request) (err error) {
	owner, _ := r.Context().Value(ownerKey{}).(bool)
	q.trust = wire.Trust(owner)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token, has := strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer") // RFC 9110, 11.1
	switch name := r.Header.Get(wire.HeaderAs); {
	case has && token == "", !has && scheme != "":
		err = yumen.Errorf(yumen.KindDenied, "the header holds no token", "该请求头中没有令牌").At("Authorization").
			ToFix("send a token: Authorization: Bearer …", "请附令牌：Authorization: Bearer …")
	case has && d.cfg.Tokens != nil:
		q.by, err = d.cfg.Tokens.Authenticate(api.WithSource(r.Context(), source(r)), token)
	case has:
		err = yumen.Errorf(yumen.KindDenied, "this server knows no tokens", "该服务不接受令牌").
			ToFix("ask on the socket of the home", "请经由主目录的套接字访问")
	case owner && name == "":
		q.by = api.Machine()
	case owner && d.cfg.Local != nil:
		if name, err = url.PathUnescape(name); err == nil {
			q.by, err = d.cfg.Local.Asserted(r.Context(), name)
		}
	default:
		err = yumen.Errorf(yumen.KindDenied, "nobody is authenticated: who asks?", "未认证：由谁请求？").
			ToFix("send a token: Authorization: Bearer …", "请附令牌：Authorization: Bearer …")
	}
	return err
}

func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.ContentLength == 0 || err == nil && t == "application/json"
}

// readBody reads a body of JSON, which has to arrive in time.
func (d *Door) readBody(w *recorder, r *http.Request) error {
	l := d.limits.Load()
	if !isJSON(r) {
		return yumen.Errorf(yumen.KindInvalid, "the body must be application/json", "请求体须为 application/json")
	}
	tooMuch := yumen.Errorf(yumen.KindLimit, "the body has more than %s", "请求体超过 %s", l.Body).
		ToFix("send files as uploads", "文件请以上传方式发送")
	if r.ContentLength > int64(l.Body) {
		return tooMuch // it says so itself
	}
	_ = w.rc.SetReadDeadline(time.Now().Add(l.BodyTime)) // where there is none, there is no network either
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(l.Body)))
	var late net.Error
	switch {
	case err == nil:
		_ = w.rc.SetReadDeadline(time.Time{}) // otherwise nothing more of the body is read
	case errors.As(err, new(*http.MaxBytesError)):
		return tooMuch
	case errors.As(err, &late) && late.Timeout():
		return yumen.Errorf(yumen.KindInvalid, "the body did not arrive within %s", "请求体未在 %s 内送达", l.BodyTime)
	case err != nil:
		return yumen.Errorf(yumen.KindInvalid, "the body ends too early", "请求体不完整")
	}
	if deeper(b, l.Depth) {
		return yumen.Errorf(yumen.KindInvalid, "the body is nested more than %d deep", "请求体嵌套超过 %d 层", l.Depth)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return nil
}

// deeper reports whether JSON is nested deeper than a limit. It looks at brackets alone.
func deeper(b []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func writeProblem(w *recorder, p *wire.Problem) {
	if w.status != 0 {
		return // the answer has begun
	}
	writeProblemTo(w, p)
}

func writeProblemTo(w http.ResponseWriter, p *wire.Problem) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // whoever asked may be gone
}

// recorder notes the status of an answer, and gives each write of it its time.
type recorder struct {
	http.ResponseWriter
	rc     *http.ResponseController
	grace  time.Duration
	status int
}

// WriteHeader begins the answer.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the answer.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.rc != nil {
		_ = w.rc.SetWriteDeadline(time.Now().Add(w.grace)) // where there is none, there is no network either
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap returns the writer below, for its deadlines and to flush.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard takes an answer that nobody reads.
type discard struct{ h http.Header }

// Header returns the headers of the answer.
func (d discard) Header() http.Header { return d.h }

// WriteHeader does nothing.
func (discard) WriteHeader(int) {}

// Write does nothing.
func (discard) Write(b []byte) (int, error) { return len(b), nil }
