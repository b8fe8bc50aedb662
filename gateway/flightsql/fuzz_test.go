package flightsql

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// anybody lets everybody in: what is tried here comes after the login.
type anybody struct{}

func (anybody) Authenticate(context.Context, string) (api.Principal, error) {
	return api.Principal{Person: yumen.Actor{Name: "a", Org: "o"}, Method: api.MethodToken, Credential: "b"}, nil
}

func (anybody) Failed(context.Context) {}

// always is when its contract is in force.
var always = yumen.Validity{From: "2000-01-01", Until: "9999-12-31"}

// empty is a domain with one contract, where every question is refused.
type empty struct{ api.Domain }

func (empty) Contract(context.Context, api.Principal, string) (yumen.SignedContract, error) {
	return yumen.SignedContract{Contract: yumen.Contract{Name: "c", Valid: always,
		Parties: yumen.Parties{Operator: "o"}}}, nil
}

func (empty) Explain(context.Context, api.Principal, yumen.JobSpec, []byte) (api.Explanation, error) {
	return api.Explanation{}, yumen.Errorf(yumen.KindDenied, "refused", "已拒绝").At("1:2")
}

func (empty) Releases(context.Context, api.Principal) ([]yumen.Release, error) {
	return []yumen.Release{{Name: "r-1", Job: "j-1", Contract: "c"}}, nil
}

func (empty) Jobs(context.Context, api.Principal) ([]yumen.Job, error) { return nil, nil }

// endless is a release that has no end, and counts who reads it.
type endless struct {
	api.StatementUseCases
	left chan error
}

func (endless) HoldReader(context.Context, api.Principal, string) (func(), error) {
	return func() {}, nil
}

func (endless) ReleasedColumns(context.Context, api.Principal, string) ([]yumen.ArtifactColumn, error) {
	return []yumen.ArtifactColumn{{Name: "n", Type: yumen.TypeText}}, nil
}

func (e endless) ReadBatches(_ context.Context, _ api.Principal, _ string, to io.Writer) (err error) {
	defer func() { e.left <- err }()
	frame := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, 8), 1<<20)
	frame = append(frame, make([]byte, 8+1<<20)...)
	for {
		if _, err := to.Write(frame); err != nil {
			return err
		}
	}
}

func (endless) BindParams(context.Context, api.Principal, []byte) ([]api.CatalogParam, error) {
	text := "1"
	return []api.CatalogParam{{OID: 23, Text: &text}}, nil
}

func (endless) AskCatalog(context.Context, api.Principal, api.CatalogSpec) (api.CatalogAnswer, []byte, error) {
	return api.CatalogAnswer{Columns: []api.CatalogResult{{Name: "n", OID: 25, Len: -1, Mod: -1}}, Params: []uint32{23}},
		nil, nil
}

// opened is a door that lets everybody in, and where it is. The door has to end when the test does.
func opened(t testing.TB, limits Limits) (at string, pool *x509.CertPool, left chan error) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	if of, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pool.AddCert(of)
	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	left = make(chan error, 1024)
	d := New(Config{Domain: empty{}, Statements: endless{left: left}, Tokens: anybody{}, Limits: limits,
		Certificate: func() *tls.Certificate { return cert }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx, l, 0) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if d.count != 0 || len(d.logins) != 0 {
			t.Errorf("%d sessions and %d logins are left", d.count, len(d.logins))
		}
	})
	return l.Addr().String(), pool, left
}

func dialed(t testing.TB, at string, pool *x509.CertPool) (flight.FlightServiceClient, context.Context,
	*grpc.ClientConn) {
	t.Helper()
	c, err := grpc.NewClient(at, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: pool})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // it may be closed
	return flight.NewFlightServiceClient(c), metadata.AppendToOutgoingContext(context.Background(), "authorization",
		"Bearer x", "database", "c"), c
}

func packed(t testing.TB, m proto.Message) []byte {
	t.Helper()
	raw, err := pack(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func command(t testing.TB, m proto.Message) *flight.FlightDescriptor {
	return &flight.FlightDescriptor{Type: flight.FlightDescriptor_CMD, Cmd: packed(t, m)}
}

// FuzzCalls sends any bytes as descriptor, ticket, action and parameters: each call ends with an answer or a refusal
// that has its reason, never with a defect, and the door answers the next one.
func FuzzCalls(f *testing.F) {
	limits := DefaultLimits
	limits.Parameters, limits.Grace = 1<<16, 5*time.Second
	at, pool, _ := opened(f, limits)
	c, ctx, _ := dialed(f, at, pool)
	for _, m := range []proto.Message{&flight.CommandStatementQuery{Query: "SELECT 1"},
		&flight.CommandStatementQuery{Query: "SELECT ?, ?>?"}, &flight.CommandGetTables{IncludeSchema: true},
		&flight.CommandGetSqlInfo{Info: []uint32{0, 500}}, &flight.CommandGetXdbcTypeInfo{},
		&flight.CommandPreparedStatementQuery{PreparedStatementHandle: []byte("x")},
		&flight.TicketStatementQuery{StatementHandle: []byte("x")}, &flight.CommandGetPrimaryKeys{Table: "t"},
		&flight.ActionCreatePreparedStatementRequest{Query: "SELECT $1"}, &flight.CommandGetCatalogs{},
		&flight.CommandStatementUpdate{Query: "SET yumen.lang = 'zh'"}, &flight.CommandGetDbSchemas{},
	} {
		f.Add(packed(f, m), []byte("\xff\xff\xff\xff\x08\x00\x00\x00"), uint8(0))
	}
	f.Add([]byte{10, 0}, []byte{}, uint8(5))
	f.Fuzz(func(t *testing.T, body, more []byte, which uint8) {
		ctx, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		desc := &flight.FlightDescriptor{Type: flight.FlightDescriptor_CMD, Cmd: body}
		_, err := c.GetFlightInfo(ctx, desc)
		lawful(t, err)
		_, err = c.GetSchema(ctx, desc)
		lawful(t, err)
		_, err = c.PollFlightInfo(ctx, desc)
		lawful(t, err)
		action := actions[int(which)%(len(actions)-1)] // but for the last, which ends the session
		drain(t, func() (grpc.ClientStream, error) {
			return c.DoAction(ctx, &flight.Action{Type: action.name, Body: body})
		})
		drain(t, func() (grpc.ClientStream, error) { return c.DoGet(ctx, &flight.Ticket{Ticket: body}) })
		put, err := c.DoPut(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_ = put.Send(&flight.FlightData{FlightDescriptor: desc, DataHeader: more, DataBody: body}) // refused below
		_ = put.CloseSend()
		_, err = put.Recv()
		lawful(t, err)
	})
}

// lawful refuses ends that say no reason, or one that is a defect.
func lawful(t *testing.T, err error) {
	t.Helper()
	if err == nil || errors.Is(err, io.EOF) {
		return
	}
	s := status.Convert(err)
	if len(s.Details()) == 0 || s.Code() == codes.Internal || s.Code() == codes.Unknown {
		t.Fatalf("%v", err)
	}
}

func drain(t *testing.T, open func() (grpc.ClientStream, error)) {
	t.Helper()
	s, err := open()
	for i := 0; err == nil && i < 20; i++ {
		err = s.RecvMsg(&flight.FlightData{})
		if _, ok := s.(flight.FlightService_DoActionClient); ok && err == nil {
			return
		}
	}
	lawful(t, err)
}

// FuzzMessages cuts frames in pieces: what comes out is what went in, or it is refused, however it is cut.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01abc"), uint8(3))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), uint8(1))
	f.Fuzz(func(t *testing.T, frames []byte, size uint8) {
		var once, pieces bytes.Buffer
		read := func(to *bytes.Buffer, step int) (whole bool) {
			m := &messages{send: func(header, body []byte) error {
				to.Write(binary.BigEndian.AppendUint32(nil, uint32(len(header))))
				to.Write(binary.BigEndian.AppendUint64(nil, uint64(len(body))))
				to.Write(header)
				to.Write(body)
				return nil
			}}
			for rest := frames; len(rest) > 0; {
				n := min(step, len(rest))
				if _, err := m.Write(rest[:n]); err != nil {
					return false
				}
				rest = rest[n:]
			}
			return len(m.rest) == 0
		}
		a, b := read(&once, len(frames)), read(&pieces, int(size)%7+1)
		if a != b || !bytes.Equal(once.Bytes(), pieces.Bytes()) || a && !bytes.Equal(once.Bytes(), frames) {
			t.Errorf("%v %q, %v %q of %q", a, once.Bytes(), b, pieces.Bytes(), frames)
		}
	})
}

// TestNobodyReads: who asks for much and reads nothing of it loses the call, and so does who begins calls and sends
// nothing; nothing of them is left, and others are answered meanwhile.
func TestNobodyReads(t *testing.T) {
	limits := DefaultLimits
	limits.Grace, limits.Calls = 500*time.Millisecond, 600
	at, pool, left := opened(t, limits)
	c, ctx, conn := dialed(t, at, pool)
	before := runtime.NumGoroutine()
	info, err := c.GetFlightInfo(ctx, command(t, &flight.CommandStatementQuery{Query: `SELECT * FROM released."j-1"`}))
	if err != nil {
		t.Fatal(err)
	}
	get, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	half := make([]grpc.ClientStream, 500)
	for i := range half {
		s, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
			"/arrow.flight.protocol.FlightService/DoPut")
		if err != nil {
			t.Fatal(err)
		}
		half[i] = s
	}
	if _, err := c.GetSchema(ctx, command(t, &flight.CommandGetCatalogs{})); err != nil {
		t.Errorf("beside them: %v", err)
	}
	for _, s := range half {
		if err := s.RecvMsg(&flight.PutResult{}); err == nil {
			t.Error("a call that sends nothing is answered")
		}
	}
	select {
	case err := <-left:
		if err == nil {
			t.Error("the release ended")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a stream that nobody reads goes on")
	}
	for err == nil { // what was under way arrives
		_, err = get.Recv()
	}
	for i := 0; runtime.NumGoroutine() > before+20; i++ {
		if i > 200 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestClientVanishes: a connection that is cut ends what was asked over it, and its session in time.
func TestClientVanishes(t *testing.T) {
	limits := DefaultLimits
	at, pool, left := opened(t, limits)
	c, ctx, conn := dialed(t, at, pool)
	info, err := c.GetFlightInfo(ctx, command(t, &flight.CommandStatementQuery{Query: `TABLE released."j-1"`}))
	if err != nil {
		t.Fatal(err)
	}
	get, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get.Recv(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Fatal("an enclave writes for a client who is gone")
	}
}

// TestBounds: parameters and messages that are too long are refused with a reason, and so are statements beyond what a
// session keeps.
func TestBounds(t *testing.T) {
	limits := DefaultLimits
	limits.Parameters, limits.Statements = 1<<10, 2
	at, pool, _ := opened(t, limits)
	c, ctx, _ := dialed(t, at, pool)
	prepare := func() ([]byte, error) {
		s, err := c.DoAction(ctx, &flight.Action{Type: "CreatePreparedStatement",
			Body: packed(t, &flight.ActionCreatePreparedStatementRequest{Query: "SELECT ?"})})
		if err != nil {
			return nil, err
		}
		r, err := s.Recv()
		if err != nil {
			return nil, err
		}
		m, err := unpack(r.Body)
		if err != nil {
			return nil, err
		}
		return m.(*flight.ActionCreatePreparedStatementResult).PreparedStatementHandle, nil
	}
	handle, err := prepare()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{8, 1 << 10, 8 << 20} {
		put, err := c.DoPut(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_ = put.Send(&flight.FlightData{FlightDescriptor: command(t, // what is too long is refused below
			&flight.CommandPreparedStatementQuery{PreparedStatementHandle: handle}), DataHeader: []byte("x"),
			DataBody: make([]byte, size)})
		_ = put.CloseSend()
		_, err = put.Recv()
		want := map[int]codes.Code{8: codes.OK, 1 << 10: codes.InvalidArgument, 8 << 20: codes.ResourceExhausted}[size]
		if status.Code(err) != want {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
	if _, err = prepare(); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a third statement: %v", err)
	}
}
