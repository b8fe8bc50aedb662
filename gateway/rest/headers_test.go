package rest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/gateway/wire"
)

// nothing are records of a domain where nobody is.
type nothing struct{ access.Records }

func (nothing) Credential(context.Context, string) (access.Credential, error) {
	return access.Credential{}, yumen.Errorf(yumen.KindNotFound, "no credential", "没有凭据")
}

// either lets the people of the tests in, and counts failed logins as a home does.
type either struct {
	tokens
	access *access.Authenticator
}

func (e either) Authenticate(ctx context.Context, token string) (api.Principal, error) {
	if p, err := e.tokens.Authenticate(ctx, token); err == nil {
		return p, nil
	}
	return e.access.Authenticate(ctx, token)
}

// overTLS serves a door by TLS on loopback, and returns its address and a client for each version of HTTP.
func overTLS(t *testing.T, cfg rest.Config) (address string, clients map[string]*http.Client) {
	t.Helper()
	dir := t.TempDir()
	files := server.TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
	if _, err := server.SelfSigned(files); err != nil {
		t.Fatal(err)
	}
	cert, err := server.LoadCertificate(files)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := server.Trust(files.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := rest.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, server.Default().Bounds(), time.Second, slog.New(slog.DiscardHandler), door.Stop,
			server.Binding{Listener: l, Handler: door, Certificate: cert, Mark: rest.OfUser})
	}()
	t.Cleanup(func() { cancel(); <-ended; door.Close(t.Context()) })
	old := trust.Clone()
	old.NextProtos = []string{"http/1.1"}
	one := &http.Transport{TLSClientConfig: old, TLSNextProto: map[string]func(string,
		*tls.Conn) http.RoundTripper{}}
	two := &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}
	return l.Addr().String(), map[string]*http.Client{"HTTP/1.1": {Transport: one}, "HTTP/2.0": {Transport: two}}
}

// Headers that are odd, double or too large are answered clearly, alike over both versions of HTTP.
func TestHeaders(t *testing.T) {
	address, clients := overTLS(t, rest.Config{Domain: &domain{}, Tokens: tokens{}})
	many := http.Header{"Authorization": {"Bearer token-of-a"}}
	for i := range 300 {
		many.Set("X-Header-"+strings.Repeat("a", i), strings.Repeat("b", 50))
	}
	for name, c := range map[string]struct {
		headers http.Header
		status  int
		kind    yumen.ErrorKind
		says    string
	}{
		"a token":       {http.Header{"Authorization": {"Bearer token-of-a"}}, 200, "", ""},
		"lower case":    {http.Header{"Authorization": {"bearer token-of-a"}}, 200, "", ""},
		"upper case":    {http.Header{"Authorization": {"BEARER  token-of-a"}}, 200, "", ""},
		"nobody":        {http.Header{}, 401, yumen.KindDenied, "nobody is authenticated"},
		"an empty one":  {http.Header{"Authorization": {"Bearer "}}, 401, yumen.KindDenied, "holds no token"},
		"no scheme":     {http.Header{"Authorization": {"token-of-a"}}, 401, yumen.KindDenied, "holds no token"},
		"another":       {http.Header{"Authorization": {"Basic YTpi"}}, 401, yumen.KindDenied, "holds no token"},
		"a wrong token": {http.Header{"Authorization": {"Bearer x"}}, 401, yumen.KindDenied, "this is no token"},
		"two tokens": {http.Header{"Authorization": {"Bearer token-of-a", "Bearer token-of-b"}}, 400,
			yumen.KindInvalid, "twice"},
		"two keys": {http.Header{"Authorization": {"Bearer token-of-a"}, "Idempotency-Key": {"a", "b"}}, 400,
			yumen.KindInvalid, "twice"},
		"a large one": {http.Header{"Authorization": {"Bearer token-of-a"}, "X": {strings.Repeat("x", 17<<10)}}, 431,
			yumen.KindLimit, "more than 16KiB"},
		"a bomb": {http.Header{"Authorization": {"Bearer token-of-a"}, "X": {strings.Repeat("x", 200<<10)}}, 431,
			yumen.KindLimit, "more than 16KiB"},
		"a bomb without a token": {http.Header{"X": {strings.Repeat("x", 200<<10)}}, 431, yumen.KindLimit,
			"more than 16KiB"},
		"many": {many, 431, yumen.KindLimit, "more than 16KiB"},
	} {
		for version, client := range clients {
			r, err := http.NewRequest("GET", "https://"+address+"/v1/jobs", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = c.headers.Clone()
			resp, err := client.Do(r)
			if err != nil {
				t.Errorf("%s, %s: %v", name, version, err)
				continue
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			var p wire.Problem
			if c.status != 200 && (json.Unmarshal(body, &p) != nil || p.Msg.ZH == "" || p.Fix.ZH == "" ||
				resp.Header.Get("Content-Type") != "application/problem+json") {
				t.Errorf("%s, %s: no problem document: %s", name, version, body)
			}
			if err != nil || resp.Proto != version || resp.StatusCode != c.status || p.Kind != c.kind ||
				!strings.Contains(string(body), c.says) || p.Status != 0 && p.Status != c.status {
				t.Errorf("%s, %s: %s %d %s %v", name, version, resp.Proto, resp.StatusCode, body, err)
			}
		}
	}
}

// What is larger than anything that is answered in words is cut off while it is read, and the server goes on.
func TestHeaderBomb(t *testing.T) {
	address, clients := overTLS(t, rest.Config{Domain: &domain{}, Tokens: tokens{}})
	for version, client := range clients {
		for _, size := range []int{1 << 20, 0} {
			r, err := http.NewRequest("GET", "https://"+address+"/v1/jobs", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Authorization": {"Bearer token-of-a"}, "X": {strings.Repeat("x", size)}}
			resp, err := client.Do(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			if size > 0 && err == nil && resp.StatusCode != 431 || size == 0 && (err != nil || resp.StatusCode != 200) {
				t.Errorf("%s, %d: %v %v", version, size, resp, err)
			}
		}
	}
}

// A source with too many wrong tokens is told so as such, and when it may go on; a right token is let in all the same.
func TestLockedOut(t *testing.T) {
	auth := either{access: access.NewAuthenticator(nothing{}, access.LocalOff, time.Now)}
	address, clients := overTLS(t, rest.Config{Domain: &domain{}, Tokens: auth})
	ask := func(token string) (*http.Response, wire.Problem) {
		r, err := http.NewRequest("GET", "https://"+address+"/v1/jobs", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := clients["HTTP/2.0"].Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var p wire.Problem
		_ = json.NewDecoder(resp.Body).Decode(&p) // no problem where it is none
		return resp, p
	}
	for range 10 {
		if resp, p := ask("wrong"); resp.StatusCode != 401 || p.Kind != yumen.KindDenied ||
			resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%d %+v", resp.StatusCode, p)
		}
	}
	resp, p := ask("wrong")
	if resp.StatusCode != 429 || p.Status != 429 || p.Kind != yumen.KindLimit || resp.Header.Get("Retry-After") != "6" {
		t.Errorf("%d %v %+v", resp.StatusCode, resp.Header, p)
	}
	if resp, _ := ask("token-of-a"); resp.StatusCode != 200 {
		t.Errorf("a right token: %d", resp.StatusCode)
	}
}
