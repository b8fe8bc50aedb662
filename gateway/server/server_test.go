package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// What the page shows is what a server works by that is told nothing, with every key.
func TestConfigPage(t *testing.T) {
	blocks := goldentest.Blocks(t, "../../docs/server.md", "yaml")
	if len(blocks) != 1 {
		t.Fatalf("%d blocks", len(blocks))
	}
	got, err := server.ParseConfig("server.yaml", blocks[0])
	if err != nil || got != server.Default() {
		t.Errorf("%+v\n%v", got, err)
	}
	for _, s := range server.Default().Settings() {
		key := s.Name[strings.LastIndex(s.Name, ".")+1:]
		if !bytes.Contains(blocks[0], []byte(key+":")) {
			t.Errorf("%s is not shown", s.Name)
		}
	}
}

// A configuration that cannot work is refused with every reason and its place.
func TestBadConfig(t *testing.T) {
	for text, want := range map[string][]string{
		"listen: 0.0.0.0:8443":                         {"server.yaml:1:9", "others cannot trust"},
		"listen: here":                                 {"server.yaml:1:9", "HOST:PORT"},
		"operations: 10.0.0.1:1":                       {"server.yaml:1:13", "on this machine alone"},
		"listen: 127.0.0.1:99999":                      {"server.yaml:1:9", "up to 65535"},
		"listen: 127.0.0.1:https":                      {"server.yaml:1:9", "HOST:PORT"},
		"listen: 127.0.0.1:-1":                         {"server.yaml:1:9", "HOST:PORT"},
		"operations: '127.0.0.1:'":                     {"server.yaml:1:13", "HOST:PORT"},
		"listen: 127.0.0.1:9464":                       {"server.yaml", "the same address"},
		"limits: {connections_per_source: 0}":          {"server.yaml:1:34", "greater than 0"},
		"tls: {certificate: a}":                        {"server.yaml:1:6", "a key a certificate"},
		"listens: none":                                {"server.yaml:1:1", "listen"},
		"log: {format: xml}\nlimits: {body: 0B, x: 1}": {"server.yaml:1:15", "server.yaml:2:16", "server.yaml:2:20"},
		"drain: -1s":                                   {"server.yaml:1:8"},
		"pprof: maybe":                                 {"server.yaml:1:8"},
	} {
		_, err := server.ParseConfig("server.yaml", []byte(text))
		if yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not in %v", text, w, err)
			}
		}
	}
	if _, err := server.ParseConfig("server.yaml",
		[]byte("listen: 0.0.0.0:8443\ntls: {certificate: c, key: k}\n")); err != nil {
		t.Error(err)
	}
}

// start serves a handler on loopback until the test ends, and returns its address and what ends it.
func start(t *testing.T, b server.Bounds, c *server.Certificate, h http.Handler) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, b, 5*time.Second, slog.New(slog.DiscardHandler), func() {},
			server.Binding{Listener: l, Handler: h, Certificate: c})
	}()
	stop = func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
	return l.Addr().String(), stop
}

// The certificate in force is the one that was read last; one that cannot be used changes nothing.
func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	files := server.TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
	if made, err := server.SelfSigned(files); err != nil || !made {
		t.Fatal(made, err)
	}
	if made, err := server.SelfSigned(files); err != nil || made {
		t.Fatal("made anew:", made, err)
	}
	if fi, err := os.Stat(files.Key); err != nil || fi.Mode().Perm() != 0o600 {
		t.Error(fi.Mode(), err)
	}
	c, err := server.LoadCertificate(files)
	if err != nil {
		t.Fatal(err)
	}
	address, _ := start(t, server.Bounds{}, c,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	ask := func() (string, error) {
		trust, err := server.Trust(files.Certificate)
		if err != nil {
			return "", err
		}
		cl := http.Client{Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true,
			DisableKeepAlives: true}}
		resp, err := cl.Get("https://" + address + "/")
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
	if got, err := ask(); err != nil || got != "HTTP/2.0" {
		t.Fatal(got, err)
	}
	first := c.Digest()
	if err := os.WriteFile(files.Certificate, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadCertificate(files); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	if made, err := server.SelfSigned(files); err != nil || !made {
		t.Fatal(made, err)
	}
	if _, err := ask(); !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Error("the old certificate is not shown any more:", err)
	}
	next, err := server.LoadCertificate(files)
	if err != nil {
		t.Fatal(err)
	}
	if c.Replace(next); c.Digest() == first {
		t.Error("the digest is that of the old one")
	}
	if _, err := ask(); err != nil {
		t.Error(err)
	}
}

// An answer that is under way when the server stops is given; nothing new is accepted.
func TestStopsInOrder(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	address, stop := start(t, server.Bounds{}, nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		_, _ = io.WriteString(w, "whole")
	}))
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + address)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = c.Close()
		time.Sleep(time.Millisecond)
	}
	close(goOn)
	if g := <-got; g != "whole" {
		t.Error(g)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Headers that are too large, or come too slowly, are not waited for; connections are bounded.
func TestBounds(t *testing.T) {
	answered := make(chan struct{}, 100)
	address, _ := start(t, server.Bounds{Header: 4096, HeaderTime: 300 * time.Millisecond, Idle: time.Second,
		Connections: 2}, nil,
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered <- struct{}{} }))
	dial := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		return c
	}
	read := func(c net.Conn) string {
		b, _ := io.ReadAll(c)
		_ = c.Close()
		return string(b)
	}
	bomb := dial()
	_, _ = io.WriteString(bomb, "GET / HTTP/1.1\r\nHost: h\r\nX: "+strings.Repeat("a", 1<<20)) // it may be cut off
	if got := read(bomb); !strings.HasPrefix(got, "HTTP/1.1 431") {
		t.Errorf("a header bomb: %q", got)
	}
	slow := dial()
	_, _ = io.WriteString(slow, "GET / HTTP/1.1\r\nHost:")
	if begin := time.Now(); read(slow) == "x" || time.Since(begin) > 5*time.Second {
		t.Error("a slow header was waited for")
	}
	one, two := dial(), dial() // idle
	three := dial()
	_, _ = io.WriteString(three, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	select {
	case <-answered:
		t.Error("a third connection was answered beside two")
	case <-time.After(100 * time.Millisecond):
	}
	_ = one.Close()
	select {
	case <-answered:
	case <-time.After(5 * time.Second):
		t.Error("a connection that had to wait was forgotten")
	}
	_, _ = two.Close(), three.Close()
}
