// Package client asks a domain that a server has open: it implements package api over the REST door, at an address with
// a token or on the socket of a home. Files are read and written where the client runs.
//
// It is not for deciding anything: what is refused, and why, the server says.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// Client asks one server.
type Client struct {
	base  string
	token string
	http  *http.Client
}

var _ api.Domain = (*Client)(nil)

// At returns a client of the server at an address such as https://domain.example:8443, which is asked with a token.
func At(address, token string, trust *tls.Config) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"the address of a server is https://HOST:PORT; without TLS on this machine alone",
			"服务地址须为 https://主机:端口；仅本机可不用 TLS").At(address)
	}
	t := &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true, ResponseHeaderTimeout: 0,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 10 * time.Second, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext}
	return newClient(u.Scheme+"://"+u.Host, token, t), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// On returns a client that reaches its server by dial, on a socket of this machine. Without a token it names who asks.
func On(dial func(context.Context) (net.Conn, error), token string) *Client {
	return newClient("http://home", token, &http.Transport{IdleConnTimeout: time.Minute,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }})
}

func newClient(base, token string, t *http.Transport) *Client {
	// A redirect would carry the token elsewhere.
	return &Client{base, token, &http.Client{Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Close lets go of idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Who returns the principal as whom the server takes whoever asks: the bearer of the token or, on a socket, a person
// that by names.
func (c *Client) Who(ctx context.Context, by api.Principal) (api.Principal, error) {
	w, err := decode[wire.Who](c.send(ctx, by, http.MethodGet, "/v1/me", nil)) // it fails at once where nobody is there
	return api.Principal{Person: w.Person, Method: w.Method, Scopes: w.Scopes}, err
}

// send sends a request and returns its answer, or the error that it says.
func (c *Client) send(ctx context.Context, by api.Principal, method, path string, body io.Reader,
	headers ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	switch {
	case c.token != "":
		r.Header.Set("Authorization", "Bearer "+c.token)
	case by.Method != api.MethodMachine:
		r.Header.Set(wire.HeaderAs, url.PathEscape(by.Person.Name))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close() // read only
	return nil, refusal(resp)
}

// unreached says that a server did not answer.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, which may have names in it
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return yumen.Errorf(yumen.KindUnavailable, "the server's certificate is not one that is trusted here",
			"服务的证书不受本机信任").
			ToFix("name the certificate to trust; that of a server's own making is keys/server.crt in its home",
				"请指明应信任的证书；服务自签的证书为其主目录下的 keys/server.crt").Because(err)
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return yumen.Errorf(yumen.KindUnavailable, "what answers there does not speak TLS", "该处的应答未使用 TLS").
			ToFix("name the address for users, not that of metrics and health", "请使用用户地址，而非指标与健康检查地址")
	}
	return lost{yumen.Errorf(yumen.KindUnavailable, "the server does not answer", "服务没有应答").
		ToFix("see that it runs; what it was asked before goes on", "请确认服务正在运行；此前的请求仍在进行").Because(err)}
}

// lost is the error of a call that was not answered, or not whole: nobody knows whether it was carried out.
type lost struct{ error }

// Unwrap returns the error that people read.
func (l lost) Unwrap() error { return l.error }

// Unanswered reports whether an error says that a server was asked and did not answer: nobody knows what came of it.
func Unanswered(err error) bool { return errors.As(err, new(lost)) }

// attempts is how often what a server does not answer is asked, a second apart: a server that is started again is back
// by then.
const attempts = 8

// patiently asks until there is an answer, so many times. What is asked must be safe to repeat.
func patiently(ctx context.Context, ask func() error) error {
	for n := 1; ; n++ {
		err := ask()
		if n == attempts || !Unanswered(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// refusal reads the problem that an answer is.
func refusal(resp *http.Response) error {
	var p wire.Problem
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil || p.Kind == "" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		return yumen.Errorf(yumen.KindUnavailable, "the server answered with status %d, and not as one of Yumen does",
			"服务返回状态 %d，不是 Yumen 的应答",
			resp.StatusCode).ToFix("see that the address is that of the server", "请确认服务地址")
	}
	return p.AsError()
}

// decode reads the body of an answer.
func decode[T any](resp *http.Response, err error) (out T, _ error) {
	if err != nil {
		return out, err
	}
	defer resp.Body.Close() // read only
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return out, lost{yumen.Errorf(yumen.KindUnavailable, "the answer of the server breaks off",
			"服务的应答不完整").Because(err)}
	}
	return out, nil
}

func get[T any](ctx context.Context, c *Client, by api.Principal, path string, q url.Values) (out T, err error) {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	err = patiently(ctx, func() error {
		out, err = decode[T](c.send(ctx, by, http.MethodGet, path, nil))
		return err
	})
	return out, err
}

// post asks for a change, with a key: neither a connection that breaks nor a server that is started again makes two of
// one.
func post[T any](ctx context.Context, c *Client, by api.Principal, path string, body any) (out T, err error) {
	var b []byte
	if body != nil {
		if b, err = json.Marshal(body); err != nil {
			return out, err
		}
	}
	headers := []string{wire.HeaderKey, rand.Text()}
	if body != nil {
		headers = append(headers, "Content-Type", "application/json")
	}
	err = patiently(ctx, func() error {
		out, err = decode[T](c.send(ctx, by, http.MethodPost, path, bytes.NewReader(b), headers...))
		return err
	})
	return out, err
}

// list reads all pages of a list.
func list[T any](ctx context.Context, c *Client, by api.Principal, path string) (all []T, err error) {
	for after := ""; ; {
		q := url.Values{}
		if after != "" {
			q.Set("after", after)
		}
		p, err := get[wire.Page[T]](ctx, c, by, path, q)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if after = p.Next; after == "" {
			return all, nil
		}
	}
}

// at makes a path of segments, each of which may hold anything.
func at(segments ...string) string {
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return "/v1/" + strings.Join(segments, "/")
}
