package pgwire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// opened is a connection to a door that lets everybody in. The door has to end when the test does.
func opened(t *testing.T, change func(*Config)) net.Conn {
	t.Helper()
	cfg := Config{Domain: empty{}, Statements: numbers{}, Limits: DefaultLimits,
		Exchange: func(context.Context, string, []byte) (Exchange, error) { return anybody{}, nil }}
	change(&cfg)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { done <- New(cfg).Serve(ctx, l, 0) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close() // it may be closed
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func sent(t *testing.T, c net.Conn, b ...[]byte) {
	t.Helper()
	if _, err := c.Write(bytes.Join(b, nil)); err != nil {
		t.Fatal(err)
	}
}

// states reads answers up to the nth ReadyForQuery, or to the end, and returns the SQLSTATEs of the errors among them.
func states(t *testing.T, c net.Conn, n int) (out []string) {
	t.Helper()
	f := pgproto3.NewFrontend(c, io.Discard)
	for n > 0 {
		m, err := f.Receive()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			n--
		case *pgproto3.ErrorResponse:
			out = append(out, m.Code)
		}
	}
	return out
}

func query(q string) []byte { return message('Q', q+"\x00") }

// places counts connections.
type places struct{ taken, given atomic.Int32 }

func (*places) Call(string, string) error { return nil }

func (p *places) Connect(string, string) (func(), error) {
	p.taken.Add(1)
	return func() { p.given.Add(1) }, nil
}

// A login that fails after it took a place of its contract gives it back.
func TestFailedLoginGivesItsPlaceBack(t *testing.T) {
	var p places
	c := opened(t, func(cfg *Config) { cfg.Tenants = &p })
	s := startup(t)
	s = bytes.Replace(s, []byte("database\x00c\x00"), []byte("database\x00c\x00no\x00x\x00"), 1)
	s[3] += byte(len("no\x00x\x00"))
	sent(t, c, s)
	if got := states(t, c, 1); len(got) != 1 || got[0] != "42704" {
		t.Errorf("%v", got)
	}
	for end := time.Now().Add(10 * time.Second); p.given.Load() < 1 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if p.taken.Load() != 1 || p.given.Load() != 1 {
		t.Errorf("%d places taken, %d given back", p.taken.Load(), p.given.Load())
	}
}

// Who has not logged in makes the door take in no long message.
func TestLongMessageBeforeLogin(t *testing.T) {
	c := opened(t, func(cfg *Config) { cfg.Limits.LoginTime = time.Minute })
	s := startup(t)
	sent(t, c, s[:bytes.IndexByte(s, 'p')], []byte{'p', 0, 1, 0, 0})
	if got := states(t, c, 1); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// A client that asks on and on without wanting answers is sent them: the door keeps no more than it has to.
func TestAnswersAreSentUnasked(t *testing.T) {
	c := opened(t, func(*Config) {})
	sent(t, c, startup(t), bytes.Repeat(message('C', "Sx\x00"), buffered))
	if _, err := io.CopyN(io.Discard, c, 4*buffered); err != nil {
		t.Error(err)
	}
}

// waits is a domain where questions take as long as they may.
type waits struct {
	empty
	over chan error
}

func (w waits) Explain(ctx context.Context, _ api.Principal, _ yumen.JobSpec, _ []byte) (api.Explanation, error) {
	<-ctx.Done()
	w.over <- context.Cause(ctx)
	return api.Explanation{}, ctx.Err()
}

// A statement ends with the connection, however long it would wait, and whatever was sent after it.
func TestStatementEndsWithItsClient(t *testing.T) {
	for _, after := range [][]byte{nil, message('X', ""), query("SHOW ALL")} {
		w := waits{over: make(chan error, 1)}
		c := opened(t, func(cfg *Config) { cfg.Domain = w })
		sent(t, c, startup(t), query("EXPLAIN SELECT 1; EXPLAIN SELECT 2"))
		time.Sleep(10 * time.Millisecond)
		sent(t, c, after)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-w.over:
			if !errors.Is(err, errGone) {
				t.Errorf("after %q: %v", after, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("after %q: the statement waits for a client that is gone", after)
		}
	}
}

// What a client sends while its statement runs is answered after it.
func TestSentWhileAStatementRuns(t *testing.T) {
	w := waits{over: make(chan error, 9)}
	c := opened(t, func(cfg *Config) { cfg.Domain = w })
	long := query("SHOW yumen.lang -- " + strings.Repeat("x", 3*mostAhead))
	sent(t, c, startup(t), query(fmt.Sprintf("SET statement_timeout = %d", 2*goneAfter.Milliseconds())),
		query("EXPLAIN SELECT 1"))
	time.Sleep(goneAfter + goneAfter/2)
	sent(t, c, long, query("BEGIN"), long)
	if got := states(t, c, 6); len(got) != 1 || got[0] != "57014" {
		t.Errorf("%v", got)
	}
}

// What a session keeps is bounded by its size, however it is kept.
func TestKept(t *testing.T) {
	parse := func(name, q string) []byte { return message('P', name+"\x00"+q+"\x00\x00\x00") }
	bind := func(portal, of, value string) []byte {
		return message('B', portal+"\x00"+of+"\x00\x00\x00\x00\x01"+
			string([]byte{0, byte(len(value) >> 16), byte(len(value) >> 8),
				byte(len(value))})+value+"\x00\x00")
	}
	long := strings.Repeat("x", 1<<19)
	for what, ask := range map[string]func(i int) []byte{
		"tokens":  func(i int) []byte { return parse(fmt.Sprint(i), "SELECT "+strings.Repeat("1,", 1<<15)+"1") },
		"names":   func(i int) []byte { return parse(fmt.Sprint(i)+long, "SELECT 1") },
		"values":  func(i int) []byte { return bind(fmt.Sprint(i), "s", long) },
		"texts":   func(i int) []byte { return parse(fmt.Sprint(i), "SELECT '"+long+"'") },
		"portals": func(i int) []byte { return bind(fmt.Sprint(i)+long, "s", "") },
	} {
		c := opened(t, func(cfg *Config) { cfg.Limits.Kept = 8 << 20 })
		sent(t, c, startup(t), query("BEGIN"), parse("s", "SELECT $1"), message('S', ""))
		if got := states(t, c, 3); got != nil {
			t.Fatalf("%v", got)
		}
		refused := 0
		for i := range 20 {
			sent(t, c, ask(i), message('S', ""))
			got := states(t, c, 1)
			if refused > 0 || len(got) > 0 {
				refused++
			}
			if len(got) > 0 && got[0] != "53400" {
				t.Fatalf("%s: %v", what, got)
			}
		}
		if refused < 3 || refused > 18 {
			t.Errorf("%s: %d of 20 refused", what, refused)
		}
	}
}

// So are values of settings, and savepoints.
func TestSettingsAndSavepointsAreBounded(t *testing.T) {
	long := strings.Repeat("x", sqlsession.MostValue)
	for q, want := range map[string]string{
		"SET application_name = '" + long + "'":                       "",
		"SET application_name = '" + long + "x'":                      "22023",
		"BEGIN; SAVEPOINT " + long:                                    "53400",
		"BEGIN; " + strings.Repeat("SAVEPOINT a; ", mostSavepoints):   "",
		"BEGIN; " + strings.Repeat("SAVEPOINT a; ", mostSavepoints+1): "53400",
	} {
		c := opened(t, func(*Config) {})
		sent(t, c, startup(t), query(q))
		if got := strings.Join(states(t, c, 2), " "); got != want {
			t.Errorf("%.40q: %q, not %q", q, got, want)
		}
	}
}

// expiring is a domain with one question, which is in review, and a contract that is ended after it was asked.
type expiring struct {
	empty
	asked *atomic.Bool
}

const held = "SELECT n FROM t"

func (e expiring) Contract(context.Context, api.Principal, string) (yumen.SignedContract, error) {
	return yumen.SignedContract{Terminated: e.asked.Load(), Contract: yumen.Contract{Name: "c", Valid: always,
		Parties: yumen.Parties{Operator: "o"}, Datasets: []yumen.ContractDataset{{Dataset: "t"}}}}, nil
}

func (expiring) Dataset(context.Context, api.Principal, string) (api.Dataset, error) {
	return api.Dataset{Dataset: yumen.Dataset{Name: "t"}}, nil
}

func (expiring) Explain(context.Context, api.Principal, yumen.JobSpec, []byte) (api.Explanation, error) {
	return api.Explanation{Class: yumen.ClassAggregate}, nil
}

// inReview is what an expiring domain says of its statements.
type inReview struct{ numbers }

func (inReview) OwnJobs(context.Context, api.Principal, string) ([]yumen.Job, error) {
	spec := yumen.JobSpec{SQL: held, Contract: "c"}
	return []yumen.Job{{ID: "j-1", Spec: spec, Program: yumen.DigestOf(spec.Program()), State: yumen.StateInReview,
		Submitter: yumen.Actor{Name: "a"}}}, nil
}

func (e expiring) Job(ctx context.Context, by api.Principal, _ string) (api.Job, error) {
	defer e.asked.Store(true)
	jobs, err := inReview{}.OwnJobs(ctx, by, "c")
	return api.Job{Job: jobs[0]}, err
}

// Who waits for a result is told that the contract has ended: nothing is released any more.
func TestWaitEndsWithTheContract(t *testing.T) {
	c := opened(t, func(cfg *Config) { cfg.Domain, cfg.Statements = expiring{asked: &atomic.Bool{}}, inReview{} })
	sent(t, c, startup(t), query("SET yumen.on_hold = wait"), query(held))
	if got := states(t, c, 4); len(got) != 1 || got[0] != "57P01" {
		t.Errorf("%v", got)
	}
}

// Process ids tell nothing of how many others log in.
func TestProcessIDs(t *testing.T) {
	d := New(Config{})
	least, most := uint32(1<<31), uint32(0)
	for range 8 {
		s := newSession(d, nil)
		d.enlist(s)
		least, most = min(least, s.pid), max(most, s.pid)
	}
	if least == 0 || most >= 1<<31 || most-least < 1<<16 || len(d.sessions) != 8 {
		t.Errorf("ids from %d to %d", least, most)
	}
}
