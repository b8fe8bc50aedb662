package clitest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// flightClient is a client of the Flight SQL door that has logged in under a contract.
type flightClient struct {
	*flightsql.Client
	t   *testing.T
	ctx context.Context
}

// trust is how clients check the certificate of the server.
func (d sqlDoor) trust() *tls.Config {
	d.t.Helper()
	pem, err := os.ReadFile(filepath.Join(d.dir, "keys", "server.crt"))
	if err != nil {
		d.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		d.t.Fatal("no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// dial returns a client that has not logged in.
func (d sqlDoor) dial() *flightsql.Client {
	d.t.Helper()
	c, err := flightsql.NewClient(d.flight, nil, nil, grpc.WithTransportCredentials(credentials.NewTLS(d.trust())))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = c.Close() }) // it may be closed
	return c
}

// user is how a person logs in: PERSON/TOKEN.
func (d sqlDoor) user(person string) string {
	if parts := strings.Split(d.tokens[person], "_"); len(parts) > 2 {
		return person + "/" + parts[1]
	}
	return person
}

// flightAs logs a person in under a contract, with settings such as yumen.lang.
func (d sqlDoor) flightAs(person, contract string, settings ...string) flightClient {
	d.t.Helper()
	c := d.dial()
	ctx, err := c.Client.AuthenticateBasicToken(context.Background(), d.user(person), d.tokens[person])
	if err != nil {
		d.t.Fatal(err)
	}
	return flightClient{c, d.t, metadata.AppendToOutgoingContext(ctx, append([]string{"database", contract},
		settings...)...)}
}

// ask returns the rows of a statement as text, behind the names and types of its columns.
func (c flightClient) ask(sql string) ([][]string, error) {
	c.t.Helper()
	info, err := c.Execute(c.ctx, sql)
	if err != nil {
		return nil, err
	}
	return c.read(info)
}

func (c flightClient) read(info *flight.FlightInfo) ([][]string, error) {
	c.t.Helper()
	var out [][]string
	for _, e := range info.Endpoint {
		r, err := c.DoGet(c.ctx, e.Ticket)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, f := range r.Schema().Fields() {
			names = append(names, f.Name+":"+f.Type.String())
		}
		out = append(out, names)
		for r.Next() {
			b := r.RecordBatch()
			for i := range int(b.NumRows()) {
				var row []string
				for _, col := range b.Columns() {
					row = append(row, col.ValueStr(i))
				}
				out = append(out, row)
			}
		}
		err = r.Err()
		r.Release()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c flightClient) must(sql string) [][]string {
	c.t.Helper()
	rows, err := c.ask(sql)
	if err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// flightRefusal is the status that a call ended with, and the ErrorInfo in it.
func flightRefusal(t *testing.T, err error, code codes.Code, reason string, words ...string) *errdetails.ErrorInfo {
	t.Helper()
	s := status.Convert(err)
	info := &errdetails.ErrorInfo{}
	for _, d := range s.Details() {
		if i, ok := d.(*errdetails.ErrorInfo); ok {
			info = i
		}
	}
	if err == nil || s.Code() != code || info.Reason != reason {
		t.Errorf("%v (%v), want %v with reason %s", err, info, code, reason)
	}
	for _, w := range words {
		if !strings.Contains(s.Message(), w) {
			t.Errorf("%q does not say %q", s.Message(), w)
		}
	}
	return info
}

// TestFlightSQLHeld takes a question to its rows by both ways: as an error that names its job, and by polling.
func TestFlightSQLHeld(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	c := d.flightAs("analyst", "study")
	_, err := c.ask(countSQL)
	info := flightRefusal(t, err, codes.FailedPrecondition, "YM001", "nothing was lost", "reviewers needed: 1",
		"HINT:  once released: SELECT * FROM released.")
	id := info.Metadata["job"]
	poll, err := c.ExecutePoll(c.ctx, countSQL, nil)
	if err != nil || len(poll.GetInfo().GetEndpoint()) > 0 || poll.GetFlightDescriptor() == nil ||
		!strings.Contains(string(poll.GetInfo().GetAppMetadata()), id) {
		t.Fatalf("%v, %v", poll, err)
	}
	d.letGo(id)
	done, err := c.ExecutePoll(c.ctx, countSQL, poll.GetFlightDescriptor())
	if err != nil || done.GetFlightDescriptor() != nil {
		t.Fatalf("%v, %v", done, err)
	}
	polled, err := c.read(done.GetInfo())
	if err != nil {
		t.Fatal(err)
	}
	want := "[district:utf8 visits:int64 fees:int64 visits_status:utf8 fees_status:utf8]"
	for _, rows := range [][][]string{polled, c.must(countSQL), c.must(`SELECT * FROM released."` + id + `"`)} {
		if len(rows) < 2 || fmt.Sprint(rows[0]) != want || fmt.Sprint(rows) != fmt.Sprint(polled) {
			t.Errorf("%v", rows)
		}
	}
}

// TestFlightSQLCancel withdraws a job whose result is held.
func TestFlightSQLCancel(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	c := d.flightAs("analyst", "study")
	poll, err := c.ExecutePoll(c.ctx, countSQL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request := flight.CancelFlightInfoRequest{Info: poll.GetInfo()}
	got, err := c.CancelFlightInfo(c.ctx, &request)
	if err != nil || got.Status != flight.CancelStatusCancelled {
		t.Fatalf("%v, %v", got, err)
	}
	if got, err = c.CancelFlightInfo(c.ctx, &request); err != nil || got.Status != flight.CancelStatusNotCancellable {
		t.Errorf("a second time: %v, %v", got, err)
	}
	_, err = c.ExecutePoll(c.ctx, countSQL, poll.GetFlightDescriptor())
	flightRefusal(t, err, codes.NotFound, "34000")
	jobs := c.must("TABLE yumen.jobs")
	if len(jobs) != 2 || jobs[1][3] != "cancelled" {
		t.Errorf("%v", jobs)
	}
}

// TestFlightSQLLogin: who comes in shows a token, and works under a contract of their own.
func TestFlightSQLLogin(t *testing.T) {
	d := newSQLDoor(t, "analyst", "reviewer")
	defer d.stop()
	ctx := context.Background()
	for name, c := range map[string][2]string{
		"a wrong token":        {d.user("analyst"), "yumen_wrong"},
		"the token of another": {d.user("analyst"), d.tokens["reviewer"]},
		"the name of another":  {strings.Replace(d.user("analyst"), "analyst", "reviewer", 1), d.tokens["analyst"]},
		"nobody":               {"nobody/abcdefghijkl", d.tokens["analyst"]},
	} {
		t.Log(name)
		_, err := d.dial().Client.AuthenticateBasicToken(ctx, c[0], c[1])
		flightRefusal(t, err, codes.Unauthenticated, "28P01")
	}
	direct := func(values ...string) flightClient {
		return flightClient{d.dial(), t, metadata.AppendToOutgoingContext(ctx, values...)}
	}
	bearer := []string{"authorization", "Bearer " + d.tokens["analyst"]}
	c := direct(append(bearer, "database", "study", "yumen.lang", "zh")...)
	if got := c.must("SHOW yumen.lang"); got[1][0] != "zh" {
		t.Errorf("%v", got)
	}
	_, err := c.ask("SET yumen.lang = 'en'")
	flightRefusal(t, err, codes.FailedPrecondition, "55000", "标头")
	_, err = direct("database", "study").ask("SELECT 1")
	flightRefusal(t, err, codes.Unauthenticated, "28P01")
	_, err = direct("authorization", "Bearer nonsense", "database", "study").ask("SELECT 1")
	flightRefusal(t, err, codes.Unauthenticated, "28P01")
	_, err = direct(bearer...).ask("SELECT 1")
	flightRefusal(t, err, codes.NotFound, "3D000", "no database is named")
	_, err = direct(append(bearer, "database", "nonsense")...).ask("SELECT 1")
	flightRefusal(t, err, codes.NotFound, "3D000")
	_, err = direct(append(bearer, "database", "study", "yumen.nonsense", "1")...).ask("SELECT 1")
	flightRefusal(t, err, codes.NotFound, "42704")
	_, err = d.flightAs("reviewer", "study").ask("SELECT 1")
	flightRefusal(t, err, codes.PermissionDenied, "42501", "not one of your organisation")
}

// TestFlightSQLSession: settings, prepared statements and their end.
func TestFlightSQLSession(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	c, other := d.flightAs("analyst", "private"), d.flightAs("analyst", "private")
	p, err := c.Prepare(c.ctx, "SELECT ?::int + 1 AS x, ? AS y")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.ParameterSchema().Fields(), p.DatasetSchema().Fields()); !strings.Contains(got, "int32") {
		t.Errorf("%v", got)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: arrow.PrimitiveTypes.Int8}, {Name: "b", Type: arrow.BinaryTypes.LargeString}}, nil))
	b.Field(0).(*array.Int8Builder).Append(41)
	b.Field(1).(*array.LargeStringBuilder).Append("'; DROP TABLE x")
	p.SetParameters(b.NewRecordBatch())
	info, err := p.Execute(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.read(info)
	if err != nil || fmt.Sprint(rows[1]) != "[42 '; DROP TABLE x]" {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := other.DoGet(other.ctx, info.Endpoint[0].Ticket); err == nil {
		t.Error("a ticket of one session is read in another")
	}
	if err := p.Close(c.ctx); err != nil {
		t.Error(err)
	}
	if _, err := c.ask("SET yumen.lang = 'zh'"); err != nil {
		t.Error(err)
	}
	if got := c.must("SHOW yumen.lang"); got[1][0] != "zh" {
		t.Errorf("%v", got)
	}
	if got := other.must("SHOW yumen.lang"); got[1][0] != "en" {
		t.Errorf("a setting of one session is seen in another: %v", got)
	}
	if n, err := c.ExecuteUpdate(c.ctx, "RESET ALL"); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	_, err = c.ExecuteUpdate(c.ctx, "DELETE FROM nothing")
	flightRefusal(t, err, codes.Unimplemented, "0A000", "asked, and not changed")
	if _, err := c.CloseSession(c.ctx, &flight.CloseSessionRequest{}); err != nil {
		t.Error(err)
	}
	_, err = c.ask("SELECT 1")
	flightRefusal(t, err, codes.Unauthenticated, "28P01")
	d.must("token", "revoke", strings.Split(d.tokens["analyst"], "_")[1], "--as", "analyst")
	ctx, stop := context.WithTimeout(other.ctx, 20*time.Second)
	defer stop()
	_, err = other.Execute(ctx, privateSQL)
	flightRefusal(t, err, codes.Unauthenticated, "57P01")
	_, err = other.ask("SELECT 1")
	flightRefusal(t, err, codes.Unauthenticated, "57P01", "revoked")
}
