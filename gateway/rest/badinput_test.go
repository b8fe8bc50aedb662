package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/gateway/wire"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/service"
	"github.com/yumen-data/yumen/store/seal"
)

// domain counts submissions and keeps what was submitted last.
type domain struct {
	api.Domain
	submitted atomic.Int64
	module    atomic.Int64 // bytes
	file      *endless
	imported  chan struct{}
	hold      chan struct{}
}

func (d *domain) Jobs(context.Context, api.Principal) ([]yumen.Job, error) { return nil, nil }

func (d *domain) Submit(_ context.Context, _ api.Principal, _ yumen.JobSpec, module []byte) (yumen.Job, error) {
	d.module.Store(int64(len(module)))
	return yumen.Job{ID: fmt.Sprintf("j-%d", d.submitted.Add(1))}, nil
}

func (d *domain) Register(context.Context, api.Principal, string, []byte) (api.Dataset, error) {
	panic("resident 11010519491231002X")
}

func (d *domain) Import(ctx context.Context, _ api.Principal, f api.ImportFiles) (yumen.Version, error) {
	f.Progress(1, 2)
	close(d.imported)
	select {
	case <-d.hold:
		return yumen.Version{Dataset: f.Dataset, Rows: 7}, nil
	case <-ctx.Done():
		return yumen.Version{}, ctx.Err()
	}
}

func (d *domain) Verify(context.Context, api.Principal, api.VerifyOptions) (api.Verified, error) {
	return api.Verified{}, nil
}

func (d *domain) CreateToken(_ context.Context, by api.Principal, t api.NewToken) (api.IssuedToken, error) {
	n := d.submitted.Add(1)
	if t.Label == "refused" {
		return api.IssuedToken{}, yumen.Errorf(yumen.KindDenied, "refused %d", "已拒绝 %d", n)
	}
	return api.IssuedToken{Token: api.Token{ID: "aaaaaaaaaaaa", Person: by.Person.Name},
		Secret: fmt.Sprintf("yumen_aaaaaaaaaaaa_%d", n)}, nil
}

// tokens are the names of people.
type tokens struct{}

func (tokens) Authenticate(_ context.Context, token string) (api.Principal, error) {
	if name, ok := strings.CutPrefix(token, "token-of-"); ok {
		return api.Principal{Person: yumen.Actor{Name: name, Org: "org-" + name}, Method: api.MethodToken}, nil
	}
	return api.Principal{}, yumen.Errorf(yumen.KindDenied, "this is no token", "不是令牌").
		ToFix("make one", "请创建令牌")
}

// tested is a door on loopback.
type tested struct {
	*testing.T
	address string
	domain  *domain
	said    *bytes.Buffer // by its log
	opener  *seal.Opener
}

func listen(t *testing.T, l rest.Limits) *tested { return listenFor(t, l, nil) }

// listenFor is listen where tenants are bounded.
func listenFor(t *testing.T, l rest.Limits, tenants rest.Limiter) *tested {
	t.Helper()
	tt := &tested{T: t, domain: &domain{imported: make(chan struct{}), hold: make(chan struct{})},
		said:   &bytes.Buffer{},
		opener: seal.NewOpener(64<<20, t.TempDir(), false)}
	var mu sync.Mutex
	log := slog.New(slog.NewJSONHandler(writer(func(b []byte) (int,
		error) {
		mu.Lock()
		defer mu.Unlock()
		return tt.said.Write(b)
	}), nil))
	door := rest.New(rest.Config{Domain: tt.domain, Tokens: tokens{}, Limits: l, Tenants: tenants, Log: log,
		Draft: func() (rest.Draft, error) { return tt.opener.Draft() }})
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tt.address = at.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, server.Default().Bounds(), time.Second, log, door.Stop,
			server.Binding{Listener: at, Handler: door})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		gone, stop := context.WithCancel(context.Background())
		stop()
		door.Close(gone)
		_ = tt.opener.Close()
	})
	return tt
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// small are limits that a test comes to quickly.
func small() rest.Limits {
	return rest.Limits{Body: 8 << 10, Depth: 16, BodyTime: 300 * time.Millisecond, Upload: 256 << 10, Spool: 512 << 10,
		Rate:  1 << 20,
		Grace: 300 * time.Millisecond, Keep: time.Hour, Operations: 2}
}

// ask sends a request as a person, and returns status and body.
func (tt *tested) ask(person, method, path string, body io.Reader, headers ...string) (int, string) {
	tt.Helper()
	r, err := http.NewRequest(method, "http://"+tt.address+path, body)
	if err != nil {
		tt.Fatal(err)
	}
	if person != "" {
		r.Header.Set("Authorization", "Bearer token-of-"+person)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, string(b)
}

func (tt *tested) upload(person, text string) wire.Upload {
	tt.Helper()
	status, body := tt.ask(person, "POST", "/v1/uploads", strings.NewReader(text), "Content-Type",
		"application/octet-stream")
	var up wire.Upload
	if err := json.Unmarshal([]byte(body), &up); status != 200 || err != nil {
		tt.Fatalf("%d %s", status, body)
	}
	return up
}

const job = `{"spec":{"contract":"c","sql":"SELECT 1"}}`

// What does not fit the interface is refused as a problem, says where, and is not repeated.
func TestMalformed(t *testing.T) {
	tt := listen(t, small())
	value := "11010519491231002X"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no call":          {"GET", "/v1/nowhere", "", 404, "no such call"},
		"a path up":        {"GET", "/v1/jobs/../../etc/passwd", "", 404, "no such call"},
		"an encoded path":  {"GET", "/v1/downloads/..%2f..%2fetc%2fpasswd", "", 404, "no such download"},
		"another method":   {"DELETE", "/v1/jobs", "", 405, "no such call"},
		"no JSON":          {"POST", "/v1/jobs", value, 400, "kind"},
		"half of it":       {"POST", "/v1/jobs", `{"spec":`, 400, "kind"},
		"an unknown field": {"POST", "/v1/jobs", `{"spec":{"contract":"c"},"x":"` + value + `"}`, 422, "body.x"},
		"a wrong type": {"POST", "/v1/jobs", `{"spec":{"contract":{"a":"` + value + `"}}}`, 422,
			"body.spec.contract"},
		"a field missing": {"POST", "/v1/jobs", `{}`, 422, "spec"},
		"nested": {"POST", "/v1/jobs", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), 400,
			"nested more than 16"},
		"too much":         {"POST", "/v1/jobs", `{"x":"` + strings.Repeat(value, 1000) + `"}`, 413, "more than 8KiB"},
		"an odd query":     {"GET", "/v1/jobs?limit=" + value, "", 422, "query.limit"},
		"an unknown query": {"GET", "/v1/jobs?x=" + value, "", 422, "query.x"},
		"a page of none":   {"GET", "/v1/jobs?after=j-1", "", 400, "after"},
		"a strange module": {"POST", "/v1/jobs", `{"spec":{"contract":"c","wasm":"m"},"module":"../../etc/passwd"}`,
			404, "no such upload"},
		"a strange file": {"POST", "/v1/datasets/d/versions",
			`{"uploads":["../../../etc/passwd"],"acquired":"2026-01-01"}`, 404, "no such upload"},
		"a strange hierarchy": {"POST", "/v1/dry-runs",
			`{"table":{"dataset":"d"},"profile":{"file":"../p","text":""},"hierarchies":[{"name":"h","upload":"/etc/passwd"}]}`,
			404, "no such upload"},
	} {
		status, body := tt.ask("a", c.method, c.path, strings.NewReader(c.body))
		var p wire.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != c.status || p.Status != c.status ||
			!strings.Contains(body, c.says) ||
			p.Kind == "" || p.Msg.ZH == "" || p.Fix.EN == "" && p.Place == "" && status != 400 && status != 413 {
			t.Errorf("%s: %d %s %v", name, status, body, err)
		}
		if strings.Contains(body, value) {
			t.Errorf("%s: the answer repeats a value: %s", name, body)
		}
	}
	if status, body := tt.ask("a", "POST", "/v1/jobs", strings.NewReader(job), "Content-Type",
		"text/plain"); status != 400 {
		t.Errorf("a body of another type: %d %s", status, body)
	}
	if n := tt.domain.submitted.Load(); n != 0 {
		t.Errorf("%d jobs were submitted", n)
	}
}

// What does not fit the interface is said in the language that is asked for, with none of another in it, and a body
// that says that it is too large is not waited for.
func TestMalformedInChinese(t *testing.T) {
	tt := listen(t, small())
	for body, path := range map[string]string{
		`{"spec":`: "/v1/jobs", `{"spec":{"contract":"c"},"x":1}`: "/v1/jobs", `{"spec":{"contract":7}}`: "/v1/jobs",
		`{}`: "/v1/jobs", `[]`: "/v1/jobs", `nonsense`: "/v1/jobs", `{"every":true}`: "/v1/jobs/j-1/recurrence",
		`{"acquired":"2026-01-01","max_bad":-1}`: "/v1/datasets/d/versions",
	} {
		status, text := tt.ask("a", "POST", path, strings.NewReader(body), "Accept-Language", "zh-CN")
		var p wire.Problem
		if err := json.Unmarshal([]byte(text), &p); err != nil || status < 400 {
			t.Errorf("%s: %d %s", body, status, text)
		}
		said := p.Msg.ZH
		for _, r := range p.Reasons {
			said += " " + r.Msg.ZH
		}
		if !strings.HasPrefix(p.Detail, p.Msg.ZH) ||
			regexp.MustCompile(`[a-z]{4,}`).MatchString(strings.NewReplacer("spec", "", "contract", "").Replace(said)) {
			t.Errorf("%s: %s", body, said)
		}
	}
	patient := small()
	patient.BodyTime = time.Minute
	begin := time.Now()
	tt = listen(t, patient)
	if got := tt.slowly("/v1/jobs", 1<<40, func(net.Conn) {}); !strings.HasPrefix(got, "HTTP/1.1 413") ||
		time.Since(begin) > 10*time.Second {
		t.Errorf("%s after %s", got, time.Since(begin))
	}
}

// Nobody without a token is answered, whatever else they send, and nobody on the network is whom they name.
func TestUnauthenticated(t *testing.T) {
	tt := listen(t, small())
	for name, headers := range map[string][]string{"nothing": {}, "a name": {wire.HeaderAs, "admin"},
		"a wrong token": {"Authorization", "Bearer x"},
		"no bearer":     {"Authorization", "Basic YTpi"}, "two": {"Authorization", "Bearer ", wire.HeaderAs, "admin"}} {
		for _, path := range []string{"/v1/jobs", "/v1/me", "/v1/uploads", "/v1/operations/o-1"} {
			status, body := tt.ask("", "GET", path, nil, headers...)
			if path == "/v1/uploads" {
				status, body = tt.ask("", "POST", path, strings.NewReader("x"), headers...)
			}
			if status != 401 || !strings.Contains(body, `"kind":"denied"`) {
				t.Errorf("%s, %s: %d %s", name, path, status, body)
			}
		}
	}
	if status, _ := tt.ask("", "GET", "/v1/openapi.json", nil); status != 200 {
		t.Errorf("the document: %d", status)
	}
}

// A defect is answered without what was thrown, which may be a value, and the log has none either.
func TestDefect(t *testing.T) {
	tt := listen(t, small())
	status, body := tt.ask("a", "POST", "/v1/datasets", strings.NewReader(`{"file":"f","text":"t"}`))
	if status != 500 || strings.Contains(body, "1101") || strings.Contains(tt.said.String(), "1101") ||
		!strings.Contains(tt.said.String(), "defect") {
		t.Errorf("%d %s\n%s", status, body, tt.said)
	}
}

// slowly sends a request of which the body comes as it is made.
func (tt *tested) slowly(path string, length int, body func(net.Conn)) string {
	tt.Helper()
	c, err := net.Dial("tcp", tt.address)
	if err != nil {
		tt.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer token-of-a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, length)
	body(c)
	b, _ := io.ReadAll(c)
	return string(b)
}

// A client that sends slowly, too much or only a part is not waited for, and nothing of it is kept.
func TestSlowAndPartial(t *testing.T) {
	tt := listen(t, small())
	drip := func(c net.Conn) {
		for range 40 {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	for _, path := range []string{"/v1/jobs", "/v1/uploads"} {
		begin := time.Now()
		got := tt.slowly(path, 4096, drip)
		if !strings.HasPrefix(got, "HTTP/1.1 400") || time.Since(begin) > 5*time.Second {
			t.Errorf("%s, slowly: %q after %s", path, got, time.Since(begin))
		}
	}
	if got := tt.slowly("/v1/uploads", 1<<30, func(c net.Conn) {
		for range 64 {
			if _, err := c.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}); !strings.HasPrefix(got, "HTTP/1.1 429") && got != "" { // the connection may be cut before the answer is read
		t.Errorf("a gigabyte: %q", got)
	}
	tt.slowly("/v1/uploads", 100_000, func(c net.Conn) {
		_, _ = c.Write(make([]byte, 50_000))
		_ = c.Close() // vanishes
	})
	time.Sleep(150 * time.Millisecond)
	// Half of the spool is free for one person: what did not come whole does not count.
	if up := tt.upload("a", strings.Repeat("x", 250<<10)); up.Bytes != 250<<10 {
		t.Errorf("%+v", up)
	}
	if status, body := tt.ask("a", "POST", "/v1/uploads", bytes.NewReader(make([]byte, 20<<10)), "Content-Type",
		"application/octet-stream"); status != 429 {
		t.Errorf("more than half of the spool: %d %s", status, body)
	}
	if status, _ := tt.ask("b", "POST", "/v1/uploads", bytes.NewReader(make([]byte, 200<<10)), "Content-Type",
		"application/octet-stream"); status != 200 {
		t.Errorf("another person: %d", status)
	}
}

// An upload is used once, by whoever made it.
func TestUploads(t *testing.T) {
	tt := listen(t, small())
	up := tt.upload("a", "module")
	with := fmt.Sprintf(`{"spec":{"contract":"c","wasm":"m"},"module":%q}`, up.ID)
	if status, body := tt.ask("b", "POST", "/v1/jobs", strings.NewReader(with)); status != 404 {
		t.Errorf("somebody else: %d %s", status, body)
	}
	if status, body := tt.ask("a", "GET", "/v1/downloads/"+up.ID, nil); status != 404 {
		t.Errorf("an upload as a download: %d %s", status, body)
	}
	if status, body := tt.ask("a", "POST", "/v1/jobs", strings.NewReader(with)); status != 200 ||
		tt.domain.module.Load() != 6 {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := tt.ask("a", "POST", "/v1/jobs", strings.NewReader(with)); status != 404 {
		t.Errorf("again: %d", status)
	}
}

// The same key is answered the same, once; for another call, or by another person, it is another key or refused.
func TestIdempotencyKeys(t *testing.T) {
	tt := listen(t, small())
	var all sync.WaitGroup
	answers := make([]string, 10)
	for i := range answers {
		all.Go(func() { _, answers[i] = tt.ask("a", "POST", "/v1/jobs", strings.NewReader(job), wire.HeaderKey, "k") })
	}
	all.Wait()
	for _, a := range answers {
		if a != answers[0] || !strings.Contains(a, "j-1") {
			t.Errorf("%s, %s", a, answers[0])
		}
	}
	if status, body := tt.ask("a", "POST", "/v1/jobs", strings.NewReader(strings.Replace(job, "1", "2", 1)),
		wire.HeaderKey, "k"); status != 409 {
		t.Errorf("another call: %d %s", status, body)
	}
	if _, body := tt.ask("b", "POST", "/v1/jobs", strings.NewReader(job), wire.HeaderKey, "k"); !strings.Contains(body,
		"j-2") {
		t.Errorf("another person: %s", body)
	}
	if status, _ := tt.ask("a", "POST", "/v1/jobs", strings.NewReader(job), wire.HeaderKey,
		strings.Repeat("k", 200)); status != 400 {
		t.Errorf("a long key: %d", status)
	}
	if n := tt.domain.submitted.Load(); n != 2 {
		t.Errorf("%d jobs were submitted", n)
	}
}

// The secret of a token is answered once, and not to whoever repeats the call, who is told so. A refusal holds none and
// is repeated as any answer is.
func TestTokensAreNotShownAgain(t *testing.T) {
	tt := listen(t, small())
	make := func(label, key string) (int, string) {
		return tt.ask("a", "POST", "/v1/tokens", strings.NewReader(`{"label":"`+label+`"}`), wire.HeaderKey, key)
	}
	if status, body := make("laptop", "k"); status != 200 || !strings.Contains(body, "yumen_aaaaaaaaaaaa_1") {
		t.Fatalf("%d %s", status, body)
	}
	for range 2 {
		status, body := make("laptop", "k")
		if status != 409 || strings.Contains(body, "yumen_") || !strings.Contains(body, "shown once") {
			t.Errorf("again: %d %s", status, body)
		}
	}
	_, first := make("refused", "k2")
	if status, body := make("refused", "k2"); status != 403 || body != first || !strings.Contains(body, "refused 2") {
		t.Errorf("a refusal: %d %s", status, body)
	}
}

// endless is a released file without an end.
type endless struct {
	sent   atomic.Int64
	closed chan struct{}
}

func (e *endless) Read(b []byte) (int, error) {
	e.sent.Add(int64(len(b)))
	return len(b), nil
}

func (e *endless) Close() error {
	close(e.closed)
	return nil
}

func (d *domain) Fetch(context.Context, api.Principal, string) (api.Result, error) {
	return api.Result{ReadCloser: d.file}, nil
}

// A client that asks for a file and does not read it is not waited for, over both versions of HTTP.
func TestSlowReader(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		d := &domain{file: &endless{closed: make(chan struct{})}}
		address, clients := overTLS(t, rest.Config{Domain: d, Tokens: tokens{}, Limits: small()})
		ask := func(method, path string) *http.Response {
			r, err := http.NewRequest(method, "https://"+address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer token-of-a")
			resp, err := clients[version].Do(r)
			if err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
			return resp
		}
		var f wire.Fetched
		if err := json.NewDecoder(ask("POST", "/v1/releases/r-1/fetch").Body).Decode(&f); err != nil {
			t.Fatal(err)
		}
		resp := ask("GET", "/v1/downloads/"+f.Download)
		select {
		case <-d.file.closed:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: after %d bytes it still waits", version, d.file.sent.Load())
		}
		_ = resp.Body.Close()
	}
}

// Many small uploads are many open files: they are bounded, too.
func TestManyUploads(t *testing.T) {
	tt := listen(t, small())
	for range 256 {
		tt.upload("a", "x")
	}
	if status, body := tt.ask("a", "POST", "/v1/uploads", strings.NewReader("x"), "Content-Type",
		"application/octet-stream"); status != 429 {
		t.Errorf("%d %s", status, body)
	}
	tt.upload("b", "x")
}

// A defect in long work ends that work, and not the server.
func TestDefectInLongWork(t *testing.T) {
	tt := listen(t, small())
	close(tt.domain.imported) // closing it again panics
	up := tt.upload("a", "x\n1\n")
	_, text := tt.ask("a", "POST", "/v1/datasets/d/versions",
		strings.NewReader(fmt.Sprintf(`{"uploads":[%q],"acquired":"2026-01-01"}`, up.ID)))
	var o wire.Operation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	if _, text := tt.ask("a", "GET", "/v1/operations/"+o.ID+"/events", nil); !strings.Contains(text, "event: end\n") ||
		!strings.Contains(text, `"kind":"internal"`) ||
		strings.Contains(text, "closed channel") {
		t.Errorf("%s", text)
	}
	if status, _ := tt.ask("a", "GET", "/v1/jobs", nil); status != 200 {
		t.Errorf("the server: %d", status)
	}
}

// Long work goes on when whoever asked for it vanishes, is found again by them alone, and is given up when they say so.
func TestOperations(t *testing.T) {
	tt := listen(t, small())
	up := tt.upload("a", "x\n1\n")
	body := fmt.Sprintf(`{"uploads":[%q],"format":"csv","acquired":"2026-01-01"}`, up.ID)
	status, text := tt.ask("a", "POST", "/v1/datasets/d/versions", strings.NewReader(body))
	var o wire.Operation
	if err := json.Unmarshal([]byte(text), &o); err != nil || status != 202 || o.State != wire.OperationRunning {
		t.Fatalf("%d %s", status, text)
	}
	<-tt.domain.imported
	gone, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(gone, "GET", "http://"+tt.address+"/v1/operations/"+o.ID+"/events", nil)
	r.Header.Set("Authorization", "Bearer token-of-a")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 200)
	n, _ := resp.Body.Read(first)
	if !strings.HasPrefix(string(first[:n]), "event: progress\ndata: {") ||
		!strings.Contains(string(first[:n]), `"done":1,"total":2`) {
		t.Errorf("%s", first[:n])
	}
	cancel()
	_ = resp.Body.Close()
	if status, _ := tt.ask("b", "GET", "/v1/operations/"+o.ID, nil); status != 404 {
		t.Errorf("somebody else: %d", status)
	}
	close(tt.domain.hold)
	if _, text = tt.ask("a", "GET", "/v1/operations/"+o.ID+"/events", nil); !strings.Contains(text, "event: end\n") ||
		!strings.Contains(text, `"rows":7`) {
		t.Errorf("%s", text)
	}
}

// An operation that is given up ends.
func TestOperationGivenUp(t *testing.T) {
	tt := listen(t, small())
	up := tt.upload("a", "x\n1\n")
	_, text := tt.ask("a", "POST", "/v1/datasets/d/versions",
		strings.NewReader(fmt.Sprintf(`{"uploads":[%q],"acquired":"2026-01-01"}`, up.ID)))
	var o wire.Operation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	up = tt.upload("a", "x\n1\n")
	if status, text := tt.ask("a", "POST", "/v1/datasets/d/versions",
		strings.NewReader(fmt.Sprintf(`{"uploads":[%q],"acquired":"2026-01-01"}`, up.ID))); status != 429 {
		t.Errorf("more than one's half: %d %s", status, text)
	}
	if status, text := tt.ask("a", "POST", "/v1/operations/"+o.ID+"/cancellation", nil); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if _, text := tt.ask("a", "GET", "/v1/operations/"+o.ID+"/events", nil); !strings.Contains(text, "event: end\n") ||
		!strings.Contains(text, `"kind":"unavailable"`) {
		t.Errorf("%s", text)
	}
}

// What an organisation or a contract may ask is bounded at the door: calls, what is being answered, uploads; others are
// answered meanwhile, and those without a token share a bound of their own.
func TestTenants(t *testing.T) {
	var now tenant.Current
	now.Set(tenant.Table{EachOrganisation: yumen.TenantLimits{CallsPerSecond: 3, Spool: 100 << 10},
		EachContract:  yumen.TenantLimits{CallsPerSecond: 1},
		Organisations: []tenant.Own{{Name: "org-c", Limits: yumen.TenantLimits{Connections: 1, CallsPerSecond: 100}}}})
	at := time.Now()
	limiter := service.NewLimiter(&now,
		func(name, _ string) (yumen.TenantLimits, bool) { return yumen.TenantLimits{}, name == "c" },
		func() time.Time { return at })
	tt := listenFor(t, small(), limiter)
	for i, want := range []int{200, 200, 200, 429} {
		if status, body := tt.ask("a", "GET", "/v1/jobs", nil); status != want || want == 429 &&
			!strings.Contains(body, "organisation org-a has reached its limit") {
			t.Errorf("call %d: %d %s", i, status, body)
		}
	}
	if status, _ := tt.ask("b", "POST", "/v1/jobs", strings.NewReader(job)); status != 200 {
		t.Errorf("another organisation: %d", status)
	}
	if status, body := tt.ask("b", "POST", "/v1/jobs", strings.NewReader(job)); status != 429 ||
		!strings.Contains(body, "contract c has reached its limit") {
		t.Errorf("the contract: %d %s", status, body)
	}
	for i, want := range []int{401, 401, 401, 429} {
		if status, body := tt.ask("", "GET", "/v1/jobs", nil); status != want {
			t.Errorf("without a token, %d: %d %s", i, status, body)
		}
	}
	at = at.Add(time.Second)
	if status, body := tt.ask("a", "POST", "/v1/uploads", bytes.NewReader(make([]byte, 150<<10)), "Content-Type",
		"application/octet-stream"); status != 429 {
		t.Errorf("uploads: %d %s", status, body)
	}
	tt.upload("a", strings.Repeat("x", 90<<10)) // what was refused counts no more
	up := tt.upload("c", "x")
	_, text := tt.ask("c", "POST", "/v1/datasets/d/versions",
		strings.NewReader(fmt.Sprintf(`{"uploads":[%q],"acquired":"2026-01-01"}`, up.ID)))
	var o wire.Operation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest("GET", "http://"+tt.address+"/v1/operations/"+o.ID+"/events", nil)
	r.Header.Set("Authorization", "Bearer token-of-c")
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	if status, body := tt.ask("c", "GET", "/v1/jobs", nil); status != 429 || !strings.Contains(body, "1 connections") {
		t.Errorf("beside a stream of events: %d %s", status, body)
	}
	_ = resp.Body.Close()
	for range 100 {
		if status, _ := tt.ask("c", "GET", "/v1/jobs", nil); status == 200 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a stream that was left is counted still")
}
