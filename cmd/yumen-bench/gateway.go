package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/gateway/server"
)

// crowded is how the gateway is measured.
type crowded struct {
	groups      int // rows of the result that is read
	connections int
	statements  int // of each
}

func (a *app) benchGateway() *cobra.Command {
	l := crowded{groups: 50_000, connections: 200, statements: 20}
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
	return c
}

// gatewayContract lets all groups of four people out, exactly.
var gatewayContract = strings.Replace(benchContract, "\nvalid:", "\nrisk: {k: 2, dominance: {n: 1, share: 0.999}, "+
	"rounding: 1, max_rows: 1000000, max_bytes: 256MiB}\nvalid:", 1)

// gatewayBench is a home that is served, and a client of it.
type gatewayBench struct {
	*app
	home, address, token, job string
	cmd                       *exec.Cmd
}

// measureGateway asks a real server of a home with a released result, and PostgreSQL 15 over the same rows.
func (a *app) measureGateway(ctx context.Context, dir string, l crowded) (_ []measurement, err error) {
	g := &gatewayBench{app: a}
	if err := g.prepare(ctx, dir, l.groups); err != nil {
		return nil, err
	}
	if err := g.start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	plain, stop, err := plainPostgres(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer stop()
	var out []measurement
	for _, measure := range []func(context.Context, crowded, *pgconn.PgConn) ([]measurement, error){g.logins,
		g.statements, g.rows, g.crowd} {
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
	if g.home, err = g.makeHome(ctx, dir, published{"bench_visits", benchDataset, people, csv}); err != nil {
		return err
	}
	files := map[string]string{"contract.yaml": gatewayContract, "q.sql": benchQuery}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := g.command(ctx, g.home, "regulator", "contract", "sign", filepath.Join(dir, "contract.yaml")); err != nil {
		return err
	}
	var j yumen.Job
	if err := g.json(ctx, &j, "analyst", "job", "submit", "--contract", "bench", "--sql",
		filepath.Join(dir, "q.sql")); err != nil {
		return err
	}
	g.job = j.ID
	if err := g.json(ctx, &j, "reviewer", "job", "show", g.job); err != nil {
		return err
	}
	token := filepath.Join(dir, "token")
	for _, c := range [][]string{{"reviewer", "review", "vote", g.job, string(j.Artifact), "--reason", "generated"},
		{"reviewer", "review", "release", g.job}, {"analyst", "token", "create", "--out", token}} {
		if err := g.command(ctx, g.home, c[0], c[1:]...); err != nil {
			return err
		}
	}
	b, err := os.ReadFile(token)
	g.token = strings.TrimSpace(string(b))
	return err
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
		"none", "--postgres", "127.0.0.1:0")
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := g.cmd.Start(); err != nil {
		return err
	}
	var at struct{ Postgres string }
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		return errors.Join(fmt.Errorf("the server does not say where it listens: %w", err), g.stop())
	}
	g.address = at.Postgres
	return nil
}

func (g *gatewayBench) stop() error {
	_ = g.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	return g.cmd.Wait()
}

// connect logs in.
func (g *gatewayBench) connect(ctx context.Context) (*pgconn.PgConn, error) {
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
	c.Host, c.Port, c.Database = host, uint16(n), "bench"
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

// rows reads the released result by COPY, and the same rows from PostgreSQL.
func (g *gatewayBench) rows(ctx context.Context, l crowded, plain *pgconn.PgConn) (out []measurement, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx) // it may be gone
	var text bytes.Buffer
	if _, err := c.CopyTo(ctx, &text, fmt.Sprintf("COPY released.%q TO STDOUT", g.job)); err != nil {
		return nil, err
	}
	if plain != nil {
		if _, err := plain.Exec(ctx,
			"CREATE TABLE r (district text, n int8, fees int8, n_status text, fees_status text)").
			ReadAll(); err != nil {
			return nil, err
		}
		if _, err := plain.CopyFrom(ctx, bytes.NewReader(text.Bytes()), "COPY r FROM STDIN"); err != nil {
			return nil, err
		}
	}
	for _, format := range []string{"text", "binary"} {
		copied := func(c *pgconn.PgConn, from string) func(int) error {
			return func(int) error {
				tag, err := c.CopyTo(ctx, io.Discard, fmt.Sprintf("COPY %s TO STDOUT (FORMAT %s)", from, format))
				if err == nil && tag.RowsAffected() != int64(l.groups) {
					err = fmt.Errorf("bench: %d rows", tag.RowsAffected())
				}
				return err
			}
		}
		took, err := timesOf(7, copied(c, fmt.Sprintf("released.%q", g.job)))
		if err != nil {
			return nil, err
		}
		var base []time.Duration
		if plain != nil {
			if base, err = timesOf(7, copied(plain, "r")); err != nil {
				return nil, err
			}
		}
		m := beside(fmt.Sprintf("COPY of %d rows, %s", l.groups, format), took, plainName, base)
		m.Note = fmt.Sprintf("%.0f rows/s, %d bytes", float64(l.groups)/m.Value*1000, text.Len())
		out = append(out, m)
	}
	return out, nil
}

// crowd has many connections ask at once: seven of ten statements the catalog, two what was released, one an
// explanation.
func (g *gatewayBench) crowd(ctx context.Context, l crowded, _ *pgconn.PgConn) ([]measurement, error) {
	mixed := func(i int) string {
		switch i % 10 {
		case 0, 5:
			return "SELECT * FROM released." + strconv.Quote(g.job)
		case 9:
			return "EXPLAIN " + benchQuery
		}
		return catalogSQL
	}
	took := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range l.connections {
		all.Go(func() {
			c, err := g.connect(ctx)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close(ctx) // it may be gone
			took[i], errs[i] = timesOf(l.statements, asks(ctx, c, mixed))
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	lasted := time.Since(begin)
	var every []time.Duration
	for _, t := range took {
		every = append(every, t...)
	}
	m := beside(fmt.Sprintf("%d connections, %d statements each", l.connections, l.statements), every, "", nil)
	m.Note = fmt.Sprintf("all answered in %s, %.0f/s; the server has %s in memory", lasted.Round(time.Millisecond),
		float64(len(every))/lasted.Seconds(), g.resident())
	return []measurement{m}, nil
}

// resident is what the server has in memory.
func (g *gatewayBench) resident() string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	if err != nil {
		return "?"
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// plainPostgres starts a PostgreSQL 15 of its own on a socket in dir, where one is installed; otherwise there is none.
func plainPostgres(ctx context.Context, dir string) (*pgconn.PgConn, func(), error) {
	const bin = "/usr/lib/postgresql/15/bin/"
	if _, err := os.Stat(bin + "initdb"); err != nil {
		return nil, func() {}, nil
	}
	at, err := os.MkdirTemp("", "pg") // a socket's path is at most 107 bytes long
	if err != nil {
		return nil, nil, err
	}
	run := func(name string, args ...string) error {
		cmd := exec.Command(name, args...)
		if os.Getuid() == 0 { // PostgreSQL refuses to run as root
			cmd = exec.Command("runuser", append([]string{"-u", "postgres", "--", name}, args...)...)
		}
		cmd.Dir = "/"
		return cmd.Run()
	}
	data := filepath.Join(at, "d")
	stop := func() {
		_ = run(bin+"pg_ctl", "-D", data, "-m", "immediate", "stop") // it may not have begun
		_ = os.RemoveAll(at)
	}
	if os.Getuid() == 0 {
		err = exec.CommandContext(ctx, "chown", "postgres", at).Run()
	}
	if err == nil {
		err = run(bin+"initdb", "-D", data, "-A", "trust", "-U", "yumen", "-E", "UTF8", "-N")
	}
	if err == nil {
		err = run(bin+"pg_ctl", "-D", data, "-w", "-l", filepath.Join(at, "log"), "-o",
			"-c listen_addresses='' -k "+at, "start")
	}
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("bench: start PostgreSQL: %w", err)
	}
	c, err := pgconn.Connect(ctx, "host="+at+" user=yumen dbname=postgres")
	if err != nil {
		stop()
		return nil, nil, err
	}
	return c, func() { _ = c.Close(ctx); stop() }, nil // it is thrown away
}
