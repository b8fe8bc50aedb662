package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/internal/plainpg"
)

// crowded is how the gateway is measured.
type crowded struct {
	groups      int // rows of the result that is read
	connections int
	statements  int // of each
	private     int // statements of class dp at once
	flood       int // connections at once that never log in
}

func (a *app) benchGateway() *cobra.Command {
	l := crowded{groups: 50_000, connections: 200, statements: 20, private: 200, flood: 10_000}
	c := &cobra.Command{Use: "gateway", Args: cli.Args(),
		Short: a.Say("the SQL gateway: logins, statements, catalog, rows, a crowd, beside PostgreSQL 15 where it is installed",
			"SQL 网关：登录、语句、目录、行数据与大量连接，并与已安装的 PostgreSQL 15 对比"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			ms, err := a.measureGateway(c.Context(), dir, l)
			return a.Show(err, ms, func() { a.printMeasurements(ms) })
		})}
	c.Flags().IntVar(&l.groups, "rows", l.groups, a.Say("rows of the result that is read", "所读结果的行数"))
	c.Flags().IntVar(&l.connections, "connections", l.connections, a.Say("connections at once", "同时连接数"))
	c.Flags().IntVar(&l.statements, "statements", l.statements, a.Say("statements of each", "每个连接的语句数"))
	c.Flags().IntVar(&l.private, "private", l.private, a.Say("statements of class dp at once", "同时提交的 dp 类语句数"))
	c.Flags().IntVar(&l.flood, "flood", l.flood, a.Say("connections that do not log in", "不登录的连接数"))
	c.AddCommand(a.gatewayFlood())
	return c
}

// gatewayContract lets all groups of four people out, exactly.
var gatewayContract = strings.Replace(benchContract, "\nvalid:", "\nrisk: {k: 2, dominance: {n: 1, share: 0.999}, "+
	"rounding: 1, max_rows: 1000000, max_bytes: 256MiB}\nvalid:", 1)

// gatewayPrivate is the contract of class dp.
const gatewayPrivate = `contract: private
title: Benchmark
purpose: to be measured
parties: {providers: [bench-provider], operator: bench-operator, applicant: bench-operator}
datasets:
  - dataset: bench_visits
    columns: [{name: person, uses: [join]}, {name: fee, uses: [filter]}]
classes: [dp]
budget: {epsilon: 100, delta: 1e-6, per_query: 1, rows_per_unit: 1, deadlines: [500ms, 5s]}
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {jobs_per_day: 100000}
`

// gatewayBench is a home that is served, and a client of it.
type gatewayBench struct {
	*app
	dir, home, address, token string
	flight                    string // where clients of Flight SQL come
	job                       string // that was released
	cmd                       *exec.Cmd
}

// measureGateway asks a real server of a home with a released result, and PostgreSQL 15 over the same rows.
func (a *app) measureGateway(ctx context.Context, dir string, l crowded) (_ []measurement, err error) {
	g := &gatewayBench{app: a, dir: dir}
	if err := g.prepare(ctx, dir, l.groups); err != nil {
		return nil, err
	}
	out, err := g.overhead(ctx, l)
	if err != nil {
		return nil, err
	}
	if err := g.start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	plain, stop, err := plainPostgres(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	for _, measure := range []func(context.Context, crowded, *pgconn.PgConn) ([]measurement, error){g.logins,
		g.statements, g.rows, g.flights, g.crowd, g.saturation, g.flooded} {
		ms, err := measure(ctx, l, plain)
		if err != nil {
			return nil, err
		}
		out = append(out, ms...)
	}
	return out, nil
}

// prepare makes the home, and has a result of so many rows released in it.
func (g *gatewayBench) prepare(ctx context.Context, dir string, groups int) (err error) {
	csv := []byte("person,district,fee\n")
	for i := range 4 * groups {
		csv = fmt.Appendf(csv, "p%d,d%d,%d\n", i, i%groups, i*7919%100)
	}
	people := benchPeople + "  - {name: reviewer, org: bench-reviewer, roles: [reviewer]}\n"
	dataset := strings.Replace(benchDataset, "constraints: [{aggregate", "constraints: [filter, {aggregate", 1)
	if g.home, err = g.makeHome(ctx, dir, published{"bench_visits", dataset, people, csv}); err != nil {
		return err
	}
	for name, text := range map[string]string{"contract.yaml": gatewayContract, "private.yaml": gatewayPrivate,
		"q.sql": benchQuery} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{"contract.yaml", "private.yaml"} {
		if err := g.command(ctx, g.home, "regulator", "contract", "sign", filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := g.release(ctx, dir); err != nil {
		return err
	}
	token := filepath.Join(dir, "token")
	if err := g.command(ctx, g.home, "analyst", "token", "create", "--out", token); err != nil {
		return err
	}
	b, err := os.ReadFile(token)
	g.token = strings.TrimSpace(string(b))
	return err
}

// release has the result of the benchmark's query released.
func (g *gatewayBench) release(ctx context.Context, dir string) error {
	var j yumen.Job
	if err := g.json(ctx, &j, "analyst", "job", "submit", "--contract", "bench", "--sql",
		filepath.Join(dir, "q.sql")); err != nil {
		return err
	}
	g.job = j.ID
	if err := g.json(ctx, &j, "reviewer", "job", "show", g.job); err != nil {
		return err
	}
	for _, c := range [][]string{{"vote", g.job, string(j.Artifact), "--reason", "generated"}, {"release", g.job}} {
		if err := g.command(ctx, g.home, "reviewer", append([]string{"review"}, c...)...); err != nil {
			return err
		}
	}
	return nil
}

// json runs a command and reads what it prints.
func (g *gatewayBench) json(ctx context.Context, v any, as string, args ...string) error {
	cmd := exec.CommandContext(ctx, g.yumen, append(args, "--home", g.home, "--as", as, "--json")...)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("bench: yumen %v: %w", args, err)
	}
	return json.Unmarshal(out, v)
}

func (g *gatewayBench) start(ctx context.Context) error {
	g.cmd = exec.CommandContext(ctx, g.yumen, "serve", "--home", g.home, "--json", "--listen", "none", "--operations",
		"none", "--postgres", "127.0.0.1:0", "--flightsql", "127.0.0.1:0")
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := g.cmd.Start(); err != nil {
		return err
	}
	var at struct{ Postgres, FlightSQL string }
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		return errors.Join(fmt.Errorf("the server does not say where it listens: %w", err), g.stop())
	}
	g.address, g.flight = at.Postgres, at.FlightSQL
	return nil
}

func (g *gatewayBench) stop() error {
	_ = g.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	return g.cmd.Wait()
}

// connect logs in under the contract of class aggregate.
func (g *gatewayBench) connect(ctx context.Context) (*pgconn.PgConn, error) {
	return g.connectTo(ctx, "bench")
}

func (g *gatewayBench) connectTo(ctx context.Context, contract string) (*pgconn.PgConn, error) {
	c, err := pgconn.ParseConfig("")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(g.address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	if c.TLSConfig, err = server.Trust(filepath.Join(g.home, "keys", "server.crt")); err != nil {
		return nil, err
	}
	c.TLSConfig.ServerName, c.Fallbacks, c.RuntimeParams = host, nil, nil
	c.Host, c.Port, c.Database = host, uint16(n), contract
	c.User, c.Password = strings.Split(g.token, "_")[1], g.token
	return pgconn.ConnectConfig(ctx, c)
}

// timesOf runs something so often, and returns how long each took.
func timesOf(n int, do func(i int) error) ([]time.Duration, error) {
	out := make([]time.Duration, n)
	for i := range out {
		begin := time.Now()
		if err := do(i); err != nil {
			return nil, err
		}
		out[i] = time.Since(begin)
	}
	return out, nil
}

// beside makes a measurement of how long something took, beside how long it took elsewhere.
func beside(name string, took []time.Duration, baseline string, base []time.Duration) measurement {
	m := measurement{Name: name, Value: ms(percentile(took, 50)), P99: ms(percentile(took, 99)), Runs: len(took)}
	if len(base) > 0 {
		m.Baseline, m.Base = baseline, ms(percentile(base, 50))
		m.Ratio = m.Value / m.Base
	}
	return m
}

func (g *gatewayBench) logins(ctx context.Context, _ crowded, _ *pgconn.PgConn) ([]measurement, error) {
	took, err := timesOf(50, func(int) error {
		c, err := g.connect(ctx)
		if err != nil {
			return err
		}
		return c.Close(ctx)
	})
	if err != nil {
		return nil, err
	}
	return []measurement{beside("connect by TLS, log in by SCRAM", took, "", nil)}, nil
}

// asks returns what asks a statement of a connection.
func asks(ctx context.Context, c *pgconn.PgConn, sql func(i int) string) func(int) error {
	return func(i int) error {
		_, err := c.Exec(ctx, sql(i)).ReadAll()
		return err
	}
}

const (
	catalogSQL = "SELECT c.relname, a.attname, t.typname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid " +
		"JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.relname = 'bench_visits' ORDER BY a.attnum"
	plainName = "PostgreSQL 15"
)

// statements times those that meet no data.
func (g *gatewayBench) statements(ctx context.Context, _ crowded, plain *pgconn.PgConn) (out []measurement, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx) // it may be gone
	for _, s := range []struct {
		name string
		runs int
		sql  func(int) string
	}{{"a setting", 500, func(int) string { return "SHOW TimeZone" }},
		{"a catalog text that was asked before", 500, func(int) string { return catalogSQL }},
		{"a catalog text that was not", 100,
			func(i int) string { return fmt.Sprintf("%s LIMIT %d", catalogSQL, 100+i) }},
		{"an explanation", 50, func(int) string { return "EXPLAIN " + benchQuery }}} {
		took, err := timesOf(s.runs, asks(ctx, c, s.sql))
		if err != nil {
			return nil, err
		}
		var base []time.Duration
		if plain != nil && !strings.HasPrefix(s.name, "an ") {
			if base, err = timesOf(s.runs, asks(ctx, plain, s.sql)); err != nil {
				return nil, err
			}
		}
		m := beside(s.name, took, plainName, base)
		m.Note = fmt.Sprintf("%.0f/s on one connection", 1000/m.Value)
		out = append(out, m)
	}
	return out, nil
}

// plainPostgres starts a PostgreSQL 15 of its own, where one is installed; otherwise there is none.
func plainPostgres(ctx context.Context) (*pgconn.PgConn, func(), error) {
	dsn, stop, err := plainpg.Start()
	if errors.Is(err, plainpg.ErrNone) {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return c, func() { _ = c.Close(ctx); stop() }, nil // it is thrown away
}
