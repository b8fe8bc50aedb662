package server_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen/gateway/server"
)

// counts are what an observer was told.
type counts struct {
	mu      sync.Mutex
	open    int
	refused map[string]int
}

func (c *counts) Connected(_ string, by int) {
	c.mu.Lock()
	c.open += by
	c.mu.Unlock()
}

func (c *counts) Refused(_, why string) {
	c.mu.Lock()
	c.refused[why]++
	c.mu.Unlock()
}

func (c *counts) of(why string) (open, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.refused[why]
}

type knownKey struct{}

// asking is a listener whose handler knows who asks at /known, and answers slowly at /slow.
type asking struct {
	*testing.T
	address string
	told    *counts
	tls     *tls.Config
}

func listenAsking(t *testing.T, b server.Bounds, secure bool) *asking {
	t.Helper()
	a := &asking{T: t, told: &counts{refused: map[string]int{}}}
	var cert *server.Certificate
	if secure {
		dir := t.TempDir()
		files := server.TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
		if _, err := server.SelfSigned(files); err != nil {
			t.Fatal(err)
		}
		var err error
		if cert, err = server.LoadCertificate(files); err != nil {
			t.Fatal(err)
		}
		if a.tls, err = server.Trust(files.Certificate); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.address = l.Addr().String()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/known":
			r.Context().Value(knownKey{}).(func())()
		case "/slow":
			time.Sleep(600 * time.Millisecond)
		}
		_, _ = io.WriteString(w, "whole")
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, b, time.Second, slog.New(slog.DiscardHandler), func() {},
			server.Binding{Name: "users", Listener: l, Handler: h, Certificate: cert, Observe: a.told,
				Mark: func(ctx context.Context, known func()) context.Context {
					return context.WithValue(ctx, knownKey{}, known)
				}})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return a
}

// dial connects from an address of this machine.
func (a *asking) dial(from string) net.Conn {
	a.Helper()
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.Dial("tcp", a.address)
	if err != nil {
		a.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	a.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends a request over a connection and returns whether it was answered.
func (a *asking) ask(c net.Conn, path string) bool {
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		return false
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	return err == nil && n > 0
}

// ended waits for the other end to close a connection.
func ended(c net.Conn) time.Duration {
	begin := time.Now()
	_, _ = io.Copy(io.Discard, c) // until its end or its deadline
	return time.Since(begin)
}

// One source that opens as many connections as it can, before it shows any certificate, keeps nobody else waiting.
func TestFloodOfOneSource(t *testing.T) {
	a := listenAsking(t, server.Bounds{Connections: 12, PerSource: 8, Unknown: time.Minute}, false)
	var flood []net.Conn
	for range 100 {
		if c, err := net.Dial("tcp", a.address); err == nil { // or it was reset already
			flood = append(flood, c)
			defer c.Close() // the test is over
		}
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, n := a.told.of(server.RefusedSource); n == 92 {
			break
		} else if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d of 100 were refused", n)
		}
	}
	if open, _ := a.told.of(""); open != 8 {
		t.Errorf("%d are open", open)
	}
	begin := time.Now()
	if other := a.dial("127.0.0.2"); !a.ask(other, "/known") || time.Since(begin) > time.Second {
		t.Errorf("another source was kept waiting for %s", time.Since(begin))
	}
	_ = flood[0].Close()
	for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", a.address); err == nil {
			answered := a.ask(c, "/known")
			if _ = c.Close(); answered {
				return
			}
		}
	}
	t.Error("a connection that was closed counts still")
}

// A connection on which nobody is authenticated is closed in time: idle, in the midst of a handshake, and after calls
// that need nobody; a call that is under way is answered first. One on which somebody was authenticated stays.
func TestUnauthenticatedConnectionsEnd(t *testing.T) {
	const unknown = 400 * time.Millisecond
	bounds := server.Bounds{Connections: 64, PerSource: 64, Unknown: unknown, HeaderTime: time.Minute,
		Idle: time.Minute}
	a := listenAsking(t, bounds, false)
	idle, talking, slow, known := a.dial("127.0.0.1"), a.dial("127.0.0.1"), a.dial("127.0.0.1"), a.dial("127.0.0.1")
	if !a.ask(talking, "/") || !a.ask(known, "/known") {
		t.Fatal("not answered")
	}
	answered := make(chan bool, 1)
	go func() { answered <- a.ask(slow, "/slow") }()
	for name, c := range map[string]net.Conn{"idle": idle, "talking": talking} {
		if took := ended(c); took > 5*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
	if !<-answered {
		t.Error("a call that was under way was cut off")
	}
	if took := ended(slow); took > 5*time.Second {
		t.Errorf("after a slow call: %s", took)
	}
	if !a.ask(known, "/") {
		t.Error("somebody who said who they are was cut off")
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) { // the other end is closed before it is counted
		if open, n := a.told.of(server.RefusedUnknown); n == 3 && open == 1 {
			return
		} else if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d were refused, %d are open", n, open)
		}
	}
}

func TestUnauthenticatedConnectionsEndUnderTLS(t *testing.T) {
	const unknown = 400 * time.Millisecond
	a := listenAsking(t, server.Bounds{Connections: 64, PerSource: 64, Unknown: unknown, HeaderTime: time.Minute,
		Idle: time.Minute}, true)
	if took := ended(a.dial("127.0.0.1")); took > 5*time.Second {
		t.Errorf("before the handshake: %s", took)
	}
	open := func() *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: a.tls, ForceAttemptHTTP2: true}}
	}
	known, talking := open(), open()
	ask := func(c *http.Client, path string) (again bool) {
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { again = i.Reused }}
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET",
			"https://"+a.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(r)
		if err != nil || resp.Proto != "HTTP/2.0" {
			t.Fatal(resp, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body) // the status says it
		_ = resp.Body.Close()
		return again
	}
	ask(known, "/known")
	ask(talking, "/")
	time.Sleep(4 * unknown)
	if ask(talking, "/") {
		t.Error("nobody said who they are, and the connection stayed")
	}
	if !ask(known, "/") {
		t.Error("somebody who said who they are was cut off")
	}
}
