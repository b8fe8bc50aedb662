package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
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
)

// dated is a domain whose contract is as it is told, or that refuses to show it.
type dated struct {
	empty
	now *atomic.Pointer[yumen.SignedContract] // nil: whoever asks is refused
}

func (d dated) Contract(context.Context, api.Principal, string) (yumen.SignedContract, error) {
	if c := d.now.Load(); c != nil {
		return *c, nil
	}
	return yumen.SignedContract{}, yumen.Errorf(yumen.KindDenied, "the token was revoked", "令牌已撤销")
}

func signed(from, until yumen.Day, terminated bool) *yumen.SignedContract {
	return &yumen.SignedContract{Terminated: terminated, Contract: yumen.Contract{Name: "c",
		Valid: yumen.Validity{From: from, Until: until}, Parties: yumen.Parties{Operator: "o"}}}
}

// Nobody works under a contract that has not begun, is over or was terminated, and they are told which.
func TestContractInForce(t *testing.T) {
	today := yumen.DayOf(time.Now())
	for says, c := range map[string]*yumen.SignedContract{
		"it begins on 2999-01-01": signed("2999-01-01", "2999-12-31", false),
		"it ended on 2000-12-31":  signed("2000-01-01", "2000-12-31", false),
		"was terminated":          signed("2000-01-01", "2999-12-31", true),
		"":                        signed(today, today, false)} {
		d := dated{now: &atomic.Pointer[yumen.SignedContract]{}}
		d.now.Store(c)
		conn := opened(t, func(cfg *Config) { cfg.Domain = d })
		sent(t, conn, startup(t))
		got := errorIn(t, conn)
		if says == "" && got.Code != "" || says != "" && (got.Code != "57P01" || !strings.Contains(got.Message, says)) {
			t.Errorf("%q: %+v", says, got)
		}
	}
}

// errorIn reads up to the first ReadyForQuery or error, which it returns.
func errorIn(t *testing.T, c net.Conn) pgproto3.ErrorResponse {
	t.Helper()
	f := pgproto3.NewFrontend(c, io.Discard)
	for {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			return pgproto3.ErrorResponse{}
		case *pgproto3.ErrorResponse:
			return *m
		}
	}
}

// A session that waits for its client ends soon after its contract or its token does, whether it listens or not.
func TestIdleSessionsEnd(t *testing.T) {
	for what, then := range map[string]*yumen.SignedContract{"terminated": signed("2000-01-01", "2999-12-31", true),
		"over": signed("2000-01-01", "2000-12-31", false), "revoked": nil} {
		for _, first := range []string{"LISTEN yumen", "BEGIN"} {
			d := dated{now: &atomic.Pointer[yumen.SignedContract]{}}
			d.now.Store(signed("2000-01-01", "2999-12-31", false))
			c := opened(t, func(cfg *Config) { cfg.Domain = d })
			sent(t, c, startup(t), query(first))
			if got := states(t, c, 2); got != nil {
				t.Fatalf("%v", got)
			}
			d.now.Store(then)
			began := time.Now()
			got := errorIn(t, c)
			if took := time.Since(began); got.Code != "57P01" || got.Severity != "FATAL" || took > 5*watchEvery {
				t.Errorf("%s after %s: %+v after %s", what, first, got, took)
			}
		}
	}
}

// Cursors that are held outlive the transaction that made them only where that is committed, and no cursor is left of
// what is rolled back: PostgreSQL 15, DECLARE and SAVEPOINT.
func TestHeldCursors(t *testing.T) {
	declare := func(name, with string) string {
		return "DECLARE " + name + " CURSOR " + with + " FOR TABLE released.\"r-1\"; "
	}
	a, b := declare("a", "WITH HOLD"), declare("b", "WITH HOLD")
	for q, want := range map[string]string{
		"BEGIN; " + a + "COMMIT; FETCH a":                                             "",
		"BEGIN; " + a + "ROLLBACK; FETCH a":                                           "34000",
		a + "BEGIN; ROLLBACK; FETCH a":                                                "",
		"BEGIN; " + a + "COMMIT; BEGIN; ROLLBACK; FETCH a":                            "",
		"BEGIN; " + declare("a", "") + "COMMIT; FETCH a":                              "34000",
		"BEGIN; SAVEPOINT s; " + a + "ROLLBACK TO s; FETCH a":                         "34000",
		"BEGIN; " + a + "SAVEPOINT s; " + b + "ROLLBACK TO s; FETCH a":                "",
		"BEGIN; " + a + "SAVEPOINT s; " + b + "ROLLBACK TO s; FETCH b":                "34000",
		"BEGIN; SAVEPOINT s; " + a + "RELEASE s; FETCH a; COMMIT; FETCH a":            "",
		"BEGIN; SAVEPOINT s; SAVEPOINT u; " + a + "RELEASE u; ROLLBACK TO s; FETCH a": "34000",
		"BEGIN; SAVEPOINT s; " + declare("a", "") + "RELEASE s; FETCH a":              "",
	} {
		c := opened(t, func(*Config) {})
		sent(t, c, startup(t), query(q))
		if got := strings.Join(states(t, c, 2), " "); got != want {
			t.Errorf("%q: %q, not %q", q, got, want)
		}
	}
	c := opened(t, func(*Config) {})
	sent(t, c, startup(t), query("BEGIN; "+a), query("nonsense"), query("COMMIT"), query("FETCH a"))
	if got := strings.Join(states(t, c, 5), " "); got != "42601 34000" {
		t.Errorf("after a failure: %q", got)
	}
}

// A client that asks for a newer minor version, or for options of the protocol that are not known, is told what is
// spoken, and is let in; one that speaks another protocol is told so.
func TestNegotiation(t *testing.T) {
	type asked struct {
		version uint32
		options []string
	}
	for _, a := range []asked{{3 << 16, nil}, {3<<16 | 1, nil}, {3<<16 | 2, nil}, {3<<16 | 9999, nil},
		{3 << 16, []string{"_pq_.b", "_pq_.a"}}} {
		version, options := a.version, a.options
		s := startup(t)
		rest := s[4+int(binary.BigEndian.Uint32(s))-4:]
		m := pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30,
			Parameters: map[string]string{"user": "a/b", "database": "c"}}
		for _, o := range options {
			m.Parameters[o] = "1"
		}
		first, err := m.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint32(first[4:], version)
		c := opened(t, func(*Config) {})
		sent(t, c, first, rest)
		got, err := pgproto3.NewFrontend(c, io.Discard).Receive()
		if err != nil {
			t.Fatal(err)
		}
		n, told := got.(*pgproto3.NegotiateProtocolVersion)
		if told != (version > 3<<16 || len(options) > 0) {
			t.Errorf("%x %v: %T", version, options, got)
		}
		if told && (n.NewestMinorProtocol != 0 || len(n.UnrecognizedOptions) != len(options) ||
			len(options) > 0 && n.UnrecognizedOptions[0] != "_pq_.a") {
			t.Errorf("%x: %+v", version, n)
		}
	}
	c := opened(t, func(*Config) {})
	s := startup(t)
	binary.BigEndian.PutUint32(s[4:], 2<<16)
	sent(t, c, s)
	if got := errorIn(t, c); got.Code != "0A000" || got.Severity != "FATAL" {
		t.Errorf("%+v", got)
	}
}

// stingy lets so many calls through.
type stingy struct{ left atomic.Int32 }

func (s *stingy) Call(string, string) error {
	if s.left.Add(-1) < 0 {
		return yumen.Errorf(yumen.KindLimit, "too many calls", "调用过多")
	}
	return nil
}

func (*stingy) Connect(string, string) (func(), error) { return func() {}, nil }

// A request to cancel counts as a call of somebody who is not known, and is passed over where those are used up.
func TestCancelIsLimited(t *testing.T) {
	for _, left := range []int32{100, 3} { // of a login, EXPLAIN and the request: the third is the login of the second
		w, calls := waits{over: make(chan error, 1)}, &stingy{}
		calls.left.Store(left)
		var address net.Addr
		c := opened(t, func(cfg *Config) { cfg.Domain, cfg.Tenants = w, calls })
		address = c.RemoteAddr()
		sent(t, c, startup(t), query("SET statement_timeout = 1500"))
		key := keyOf(t, c)
		sent(t, c, query("EXPLAIN SELECT 1"))
		time.Sleep(50 * time.Millisecond)
		other, err := net.Dial("tcp", address.String())
		if err != nil {
			t.Fatal(err)
		}
		m, err := (&pgproto3.CancelRequest{ProcessID: key.ProcessID, SecretKey: bytes.Clone(key.SecretKey)}).Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		sent(t, other, m)
		err = <-w.over
		if cancelled := err == errCancelled; cancelled != (left == 100) {
			t.Errorf("with %d calls: %v", left, err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
}

// keyOf reads up to the second ReadyForQuery, and returns the key to cancel with.
func keyOf(t *testing.T, c net.Conn) (key pgproto3.BackendKeyData) {
	t.Helper()
	f := pgproto3.NewFrontend(c, io.Discard)
	for ready := 0; ready < 2; {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			ready++
		case *pgproto3.BackendKeyData:
			key = *m
			key.SecretKey = bytes.Clone(m.SecretKey)
		}
	}
	return key
}

// A statement with as many parameters as a message can have takes the time that its length takes.
func TestManyParameters(t *testing.T) {
	const n = 1<<16 - 1
	var text strings.Builder
	text.WriteString("SELECT 1 WHERE 1 IN (")
	for i := range n {
		fmt.Fprintf(&text, "$%d,", i+1)
	}
	body := []byte("\x00\x00\x00\x00")
	body = binary.BigEndian.AppendUint16(body, n)
	for range n {
		body = append(body, 0, 0, 0, 1, '7')
	}
	body = append(body, 0, 0)
	c := opened(t, func(*Config) {})
	began := time.Now()
	sent(t, c, startup(t), message('P', "\x00"+text.String()+"0)\x00\x00\x00"), message('B', string(body)),
		message('D', "S\x00"), message('E', "\x00\x00\x00\x00\x00"), message('S', ""))
	if got := states(t, c, 2); got != nil {
		t.Errorf("%v", got)
	}
	t.Log(time.Since(began))
}

// connected are both ends of a connection.
func connected(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// A statement that is under way longer than a stopping server waits for it ends, and its client is told why.
func TestStopEndsStatements(t *testing.T) {
	w := waits{over: make(chan error, 1)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	door := New(Config{Domain: w, Statements: numbers{},
		Exchange: func(context.Context, string, []byte) (Exchange, error) { return anybody{}, nil }})
	go func() { done <- door.Serve(ctx, l, 100*time.Millisecond) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent(t, c, startup(t))
	errorIn(t, c)
	sent(t, c, query("EXPLAIN SELECT 1"))
	time.Sleep(50 * time.Millisecond)
	stop()
	if got := errorIn(t, c); got.Code != "57P01" || !strings.Contains(got.Message, "stopping") || got.Severity != "FATAL" {
		t.Errorf("%+v", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
