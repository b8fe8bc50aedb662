package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire"
	"github.com/yumen-data/yumen/home"
)

// overhead times what the door adds to the time that enclaves take, on one connection without TLS: the home is opened
// in this process, which is told of each enclave.
func (g *gatewayBench) overhead(ctx context.Context, _ crowded) (out []measurement, err error) {
	var inside atomic.Int64 // nanoseconds in enclaves
	h, err := home.Open(ctx, g.home, home.Options{Executable: g.yumen, Serving: true,
		Observe: func(_ string, took time.Duration) { inside.Add(int64(took)) }})
	if err != nil {
		return nil, err
	}
	defer h.Close() // generated data only
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	door := pgwire.New(pgwire.Config{Domain: h.Service, Statements: h.Service, Tenants: h.Limiter,
		Exchange: func(ctx context.Context, user string, endpoint []byte) (pgwire.Exchange, error) {
			x, err := h.Auth.Exchange(ctx, user, endpoint)
			if err != nil {
				return nil, err
			}
			return x, nil
		}})
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- door.Serve(serving, l, time.Second) }()
	defer func() { stop(); <-done }()
	c, err := g.connectPlain(ctx, l.Addr().String())
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx) // it may be gone
	for _, s := range []struct {
		name string
		runs int
		sql  func(int) string
	}{{"a catalog text", 300, func(i int) string { return fmt.Sprintf("%s LIMIT %d", catalogSQL, 1000+i) }},
		{"an explanation", 50, func(int) string { return "EXPLAIN " + benchQuery }},
		{"a row of a release, with a step of the log", 200, func(i int) string {
			return fmt.Sprintf("BEGIN; DECLARE c CURSOR FOR SELECT * FROM released.%q; FETCH 1 c; COMMIT", g.job)
		}}} {
		m, err := beyond(ctx, c, s.name, s.runs, s.sql, &inside)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	step, err := timesOf(200, func(int) error { return h.Note(ctx, yumen.ActionServerReload, nil) })
	if err != nil {
		return nil, err
	}
	return append(out, beside("a step of the log by itself", step, "", nil)), nil
}

// beyond times statements, less the time that enclaves took.
func beyond(ctx context.Context, c *pgconn.PgConn, name string, runs int, sql func(int) string,
	inside *atomic.Int64) (measurement, error) {
	var total, within []time.Duration
	added := make([]time.Duration, runs)
	ask := asks(ctx, c, sql)
	for i := range runs {
		begin, before := time.Now(), inside.Load()
		if err := ask(i); err != nil {
			return measurement{}, err
		}
		took, in := time.Since(begin), time.Duration(inside.Load()-before)
		total, within, added[i] = append(total, took), append(within, in), took-in
	}
	m := beside("added by the door to "+name, added, "", nil)
	m.Note = fmt.Sprintf("of %.1f ms in all at the median, %.1f in the enclave", ms(percentile(total, 50)),
		ms(percentile(within, 50)))
	return m, nil
}

// connectPlain logs in without TLS.
func (g *gatewayBench) connectPlain(ctx context.Context, address string) (*pgconn.PgConn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c, err := pgconn.ParseConfig(fmt.Sprintf("host=%s port=%s dbname=bench sslmode=disable", host, port))
	if err != nil {
		return nil, err
	}
	c.User, c.Password = strings.Split(g.token, "_")[1], g.token
	return pgconn.ConnectConfig(ctx, c)
}
