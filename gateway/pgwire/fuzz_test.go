package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// anybody lets everybody in: what is tried here comes after the login.
type anybody struct{}

func (anybody) Step(string) (string, error) { return "", nil }

func (anybody) Finish(context.Context) (api.Principal, error) {
	return api.Principal{Person: yumen.Actor{Name: "a", Org: "o"}, Method: api.MethodToken}, nil
}

// empty is a domain with one contract, where every question is refused.
type empty struct{ api.Domain }

var errEmpty = yumen.Errorf(yumen.KindDenied, "refused", "已拒绝").At("1:2")

func (empty) Contract(context.Context, api.Principal, string) (yumen.SignedContract, error) {
	return yumen.SignedContract{Contract: yumen.Contract{Name: "c", Valid: always,
		Parties: yumen.Parties{Operator: "o"}}}, nil
}

func (empty) Explain(context.Context, api.Principal, yumen.JobSpec, []byte) (api.Explanation, error) {
	return api.Explanation{}, errEmpty
}

func (empty) Releases(context.Context, api.Principal) ([]yumen.Release, error) {
	return []yumen.Release{{Name: "r-1", Job: "j-1", Contract: "c"}}, nil
}

// always is when the contracts of tests are valid.
var always = yumen.Validity{From: "2000-01-01", Until: "9999-12-31"}

// numbers are a release of a thousand rows of two columns.
type numbers struct{ api.StatementUseCases }

func (numbers) ReleasedColumns(context.Context, api.Principal, string) ([]yumen.ArtifactColumn, error) {
	return []yumen.ArtifactColumn{{Name: "n", Type: yumen.TypeText}, {Name: "m", Type: yumen.TypeText}}, nil
}

func (numbers) OwnJobs(context.Context, api.Principal, string) ([]yumen.Job, error) { return nil, nil }

func (numbers) ChangedJobs(context.Context, api.Principal, string, time.Time, []string) ([]yumen.Job, error) {
	return nil, nil
}

func (numbers) HoldReader(context.Context, api.Principal, string) (func(), error) {
	return func() {}, nil
}

func (numbers) ReadRows(ctx context.Context, _ api.Principal, _ string, of api.RowRange,
	to io.Writer) (api.RowsRead, error) {
	rows := make(sqlsession.Texts, 1000)
	for i := range rows {
		rows[i] = []string{"n", "m\t\"\\\n"}
	}
	return rows.Read(ctx, of, to)
}

func (numbers) AskCatalog(context.Context, api.Principal, api.CatalogSpec) (api.CatalogAnswer, []byte, error) {
	return api.CatalogAnswer{Columns: []api.CatalogResult{{Name: "n", OID: sqlsession.OIDText, Len: -1, Mod: -1}},
			Rows: 1},
		[]byte("\x00\x00\x00\x07\x00\x01\x00\x00\x00\x01a"), nil
}

func (n numbers) AskReleased(ctx context.Context, by api.Principal, of api.ReleasedStatement,
	to io.Writer) (api.CatalogAnswer, error) {
	a, rows, err := n.AskCatalog(ctx, by, of.CatalogSpec)
	if err == nil && !of.Describe {
		_, err = to.Write(rows)
	}
	return a, err
}

// message is a message of the protocol.
func message(kind byte, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...)
}

func startup(t testing.TB) []byte {
	m := pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30,
		Parameters: map[string]string{"user": "a/b", "database": "c"}}
	out, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	sasl := pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: []byte("n,,n=,r=a")}
	proof := pgproto3.SASLResponse{Data: []byte("c=biws,r=a,p=b")}
	for _, m := range []pgproto3.FrontendMessage{&sasl, &proof} {
		if out, err = m.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// tried is what the door answers to bytes that are sent after a login.
func tried(t testing.TB, sent []byte) []byte {
	limits := DefaultLimits
	limits.Message = 1 << 16
	d := New(Config{Domain: empty{}, Statements: numbers{}, Limits: limits,
		Exchange: func(context.Context, string, []byte) (Exchange, error) { return anybody{}, nil }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx, l, time.Second) }()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = ours.Write(append(startup(t), sent...)) // it may have ended before
		_ = ours.(*net.TCPConn).CloseWrite()           // the same
	}()
	_ = ours.SetReadDeadline(time.Now().Add(20 * time.Second)) // of an open connection
	answered, err := io.ReadAll(ours)
	if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
		t.Fatalf("the session does not end after %q", sent)
	}
	stop()
	if err := errors.Join(<-done, ours.Close()); err != nil {
		t.Error(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.sessions) > 0 {
		t.Error("the session is left")
	}
	return answered
}

// FuzzSession: whatever is sent, the session ends, what it answers are messages of the protocol in an order that it
// allows, and each query and each Sync that is answered has one ReadyForQuery.
func FuzzSession(f *testing.F) {
	query := func(q string) []byte { return message('Q', q+"\x00") }
	parse := func(q string) []byte { return message('P', "\x00"+q+"\x00\x00\x00") }
	for _, b := range [][]byte{query("SELECT 1"), query(""), query("BEGIN; SELECT; COMMIT"), message('S', ""),
		query(`SELECT * FROM released."r-1"`), query("COPY released.\"r-1\" TO STDOUT (FORMAT csv)"),
		query("BEGIN; DECLARE a CURSOR FOR TABLE released.\"r-1\"; FETCH 3 a; MOVE 2 a; FETCH ALL a; CLOSE a"),
		query("SET yumen.lang = zh; SHOW ALL; RESET ALL; DISCARD ALL; LISTEN yumen; UNLISTEN *"),
		bytes.Join([][]byte{parse("TABLE released.\"r-1\""), message('B', "\x00\x00\x00\x00\x00\x00\x00\x00"),
			message('D', "P\x00"), message('E', "\x00\x00\x00\x00\x07"), message('E', "\x00\x00\x00\x00\x00"),
			message('S', "")}, nil),
		message('P', "a\x00SELECT $1\x00\x00\x01\x00\x00\x00\x17"), message('C', "Sa\x00"), message('H', ""),
		message('F', "\x00\x00\x00\x01"), message('d', "x"), message('Q', "no end"), {'Q', 0xff, 0xff, 0xff, 0xff},
		{'Q', 0x7f, 0, 0, 0}, message('p', "again"), query("EXPLAIN (ANALYZE) SELECT 1"),
		query("SELECT 'open"), query("ROLLBACK TO a"), query("EXPLAIN POLICY SELECT 1")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, sent []byte) { inOrder(t, sent, tried(t, sent)) })
}

// inOrder holds what was answered against what was sent.
func inOrder(t *testing.T, sent, answered []byte) {
	due := 0
	for b := sent; len(b) >= 5; {
		size := int(int32(binary.BigEndian.Uint32(b[1:])))
		if size < 4 || size > len(b)-1 {
			break
		}
		if b[0] == 'Q' || b[0] == 'S' || b[0] == 'F' {
			due++
		}
		b = b[1+size:]
	}
	f := pgproto3.NewFrontend(bytes.NewReader(answered), io.Discard)
	ready, columns := -1, -1 // the login has one, too
	for {
		m, err := f.Receive()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			t.Fatalf("answered %q to %q: %v", answered, sent, err)
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			ready++
		case *pgproto3.RowDescription:
			columns = len(m.Fields)
		case *pgproto3.DataRow:
			if columns >= 0 && columns != len(m.Values) {
				t.Fatalf("a row of %d values under %d columns", len(m.Values), columns)
			}
		default:
			columns = -1 // rows need no description in an extended query
		}
	}
	if ready > due {
		t.Errorf("%d times ready for %d queries in %q", ready, due, sent)
	}
}
