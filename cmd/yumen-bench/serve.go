package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/internal/city"
)

func (a *app) benchServe() *cobra.Command {
	l := steady{rate: 1000, lasts: 10 * time.Second, connections: 32}
	c := &cobra.Command{Use: "serve", Args: cli.Args(),
		Short: a.Say("reads of a server by TLS at a steady rate, beside a bare handler", "以恒定速率经 TLS 读取服务，与空处理程序对比"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			ms, err := a.measureServer(c.Context(), dir, l)
			return a.Show(err, ms, func() { a.printMeasurements(ms) })
		})}
	c.Flags().IntVar(&l.rate, "rate", l.rate, a.Say("requests a second", "每秒请求数"))
	c.Flags().DurationVar(&l.lasts, "lasts", l.lasts, a.Say("for how long", "持续时长"))
	c.Flags().IntVar(&l.connections, "connections", l.connections, a.Say("connections", "连接数"))
	return c
}

// steady is how a server is asked.
type steady struct {
	rate        int
	lasts       time.Duration
	connections int
}

// reads are what is asked, in turn.
var reads = []string{"/v1/me", "/v1/datasets", "/v1/datasets/residents", "/v1/jobs", "/v1/contracts"}

// measureServer asks a real server of a home with a catalog, and then a handler that does nothing but write the same
// bytes, by TLS with the same certificate. The client takes its share of the machine in both.
func (a *app) measureServer(ctx context.Context, dir string, l steady) (_ []measurement, err error) {
	s := &servedHome{app: a, home: filepath.Join(dir, "home"), token: filepath.Join(dir, "token")}
	if err := s.prepare(ctx, dir); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	client, err := s.client(l.connections)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(s.token)
	if err != nil {
		return nil, err
	}
	ask := asker{client, "https://" + s.address, "Bearer " + strings.TrimSpace(string(token))}
	bodies := map[string][]byte{}
	for _, path := range reads {
		if bodies[path], err = ask.get(ctx, path); err != nil {
			return nil, err
		}
	}
	served, err := ask.steadily(ctx, l)
	if err != nil {
		return nil, err
	}
	bare, stop, err := s.bare(bodies)
	if err != nil {
		return nil, err
	}
	defer stop()
	plain, err := asker{client, "https://" + bare, ask.auth}.steadily(ctx, l)
	if err != nil {
		return nil, err
	}
	m := measurement{Name: fmt.Sprintf("p95, %d reads/s", l.rate), Value: ms(percentile(served.took, 95)),
		P99:      ms(percentile(served.took, 99)),
		Baseline: "bare net/http handler", Base: ms(percentile(plain.took, 95)), Runs: len(served.took),
		Note: fmt.Sprintf("%.0f/s answered, p50 %.2f ms; bare %.0f/s, p50 %.2f ms, p99 %.2f ms", served.rate(),
			ms(percentile(served.took, 50)), plain.rate(),
			ms(percentile(plain.took, 50)), ms(percentile(plain.took, 99)))}
	m.Ratio = m.Value / m.Base
	return []measurement{m}, nil
}

// servedHome is a home with a catalog, and its server.
type servedHome struct {
	*app
	home, token, address string
	cmd                  *exec.Cmd
}

// prepare makes the home: the catalog of the demo city, without its data.
func (s *servedHome) prepare(ctx context.Context, dir string) error {
	if err := s.command(ctx, s.home, "p", "init", "--domain", "bench"); err != nil {
		return err
	}
	people := "people:\n  - {name: p, org: public-security-bureau, roles: [provider, analyst, regulator]}\n"
	if err := os.WriteFile(filepath.Join(s.home, "people.yaml"), []byte(people), 0o600); err != nil {
		return err
	}
	text, err := fs.ReadFile(city.Files, "datasets/residents.yaml")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "residents.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	if err := s.command(ctx, s.home, "p", "catalog", "register", file); err != nil {
		return err
	}
	return s.command(ctx, s.home, "p", "token", "create", "--out", s.token)
}

// start starts the server, and finds out where it listens.
func (s *servedHome) start(ctx context.Context) error {
	if err := os.WriteFile(filepath.Join(s.home, "server.yaml"),
		[]byte("log: {level: warn}\nlisten: 127.0.0.1:0\noperations: none\n"), 0o600); err != nil {
		return err
	}
	s.cmd = exec.CommandContext(ctx, s.yumen, "serve", "--home", s.home, "--json")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.cmd.Stderr = s.Errs
	if err := s.cmd.Start(); err != nil {
		return err
	}
	var at struct {
		Address string `json:"address"`
	}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&at); err != nil {
		return errors.Join(fmt.Errorf("the server does not say where it listens: %w", err), s.stop())
	}
	s.address = at.Address
	return nil
}

// stop ends the server in order.
func (s *servedHome) stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	return s.cmd.Wait()
}

func (s *servedHome) certificate() server.TLS {
	return server.TLS{Certificate: filepath.Join(s.home, "keys", "server.crt"),
		Key: filepath.Join(s.home, "keys", "server.key")}
}

// client keeps so many connections open.
func (s *servedHome) client(connections int) (*http.Client, error) {
	trust, err := server.Trust(s.certificate().Certificate)
	return &http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: trust, MaxConnsPerHost: connections,
			MaxIdleConnsPerHost: connections}}, err
}

// bare serves the same bytes without anything else.
func (s *servedHome) bare(bodies map[string][]byte) (address string, stop func(), err error) {
	files := s.certificate()
	cert, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(bodies[r.URL.Path]) // the client says when it is gone
		})}
	go func() { _ = srv.ServeTLS(l, "", "") }() // it ends when it is closed
	return l.Addr().String(), func() { _ = srv.Close() }, nil
}

// asker asks one server.
type asker struct {
	client *http.Client
	base   string
	auth   string
}

func (a asker) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", a.auth)
	resp, err := a.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() // read only
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, resp.StatusCode, bytes.TrimSpace(b))
	}
	return b, err
}

// answered is how long answers took, counted from when each was due to be asked for.
type answered struct {
	took []time.Duration
	all  time.Duration
}

func (a answered) rate() float64 { return float64(len(a.took)) / a.all.Seconds() }

// steadily asks at a rate, whether or not earlier answers are there: a server that is late is seen to be late.
func (a asker) steadily(ctx context.Context, l steady) (answered, error) {
	total := int(float64(l.rate) * l.lasts.Seconds())
	out := answered{took: make([]time.Duration, total)}
	errs := make([]error, l.connections)
	due := make(chan int, total)
	begin := time.Now()
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * time.Second / time.Duration(l.rate)) }
	var all sync.WaitGroup
	for w := range l.connections {
		all.Go(func() {
			for i := range due {
				if _, err := a.get(ctx, reads[i%len(reads)]); err != nil {
					errs[w] = err
					return
				}
				out.took[i] = time.Since(at(i))
			}
		})
	}
	for i := range total {
		time.Sleep(time.Until(at(i)))
		due <- i
	}
	close(due)
	all.Wait()
	out.all = time.Since(begin)
	return out, errors.Join(errs...)
}
