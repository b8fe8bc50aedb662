package clitest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// slowly takes what is written a little at a time, so that an answer does not end by itself, and says when it began.
type slowly struct {
	begun chan struct{}
	wrote bool
	bytes int
}

func (s *slowly) Write(p []byte) (int, error) {
	if !s.wrote {
		s.wrote = true
		close(s.begun)
	}
	if s.bytes += len(p); s.bytes > 64<<10 {
		s.bytes = 0
		time.Sleep(5 * time.Millisecond)
	}
	return len(p), nil
}

// midAnswers is what an analyst is in the middle of: rows that are copied, a cursor, and an answer of Flight SQL.
type midAnswers struct {
	copied, streamed chan error
	cursor           *pgx.Conn
	flight           flightClient
	ticket           func() error // reads a ticket that was given before
}

// amid has the analyst begin with all of them, over a release of contract private.
func (d sqlDoor) amid(release string) midAnswers {
	d.t.Helper()
	ctx := context.Background()
	endless := `SELECT i, repeat('x', 500) AS x FROM released."` + release + `", generate_series(1, 100000) g(i)`
	m := midAnswers{copied: make(chan error, 1), streamed: make(chan error, 1), cursor: d.connect("analyst", "private"),
		flight: d.flightAs("analyst", "private")}
	texts(d.t, m.cursor, "BEGIN; DECLARE c CURSOR FOR "+endless+"; FETCH 10 c")
	read := &slowly{begun: make(chan struct{})}
	c := d.connect("analyst", "private")
	go func() {
		_, err := c.PgConn().CopyTo(ctx, read, "COPY ("+endless+") TO STDOUT")
		m.copied <- err
	}()
	<-read.begun
	info, err := m.flight.Execute(m.flight.ctx, endless)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := m.flight.DoGet(m.flight.ctx, info.Endpoint[0].Ticket)
	if err != nil || !r.Next() {
		d.t.Fatal(err, r)
	}
	go func() {
		defer r.Release()
		for r.Next() {
			time.Sleep(10 * time.Millisecond)
		}
		m.streamed <- r.Err()
	}()
	own, err := m.flight.Execute(m.flight.ctx, `TABLE released."`+release+`"`)
	if err != nil {
		d.t.Fatal(err)
	}
	m.ticket = func() error {
		_, err := m.flight.read(own)
		return err
	}
	return m
}

// end holds that all of them end soon, and why.
func (m midAnswers) end(t *testing.T, why string) {
	t.Helper()
	for name, ended := range map[string]chan error{"COPY": m.copied, "a stream": m.streamed} {
		select {
		case err := <-ended:
			if !strings.Contains(fmt.Sprint(err), why) {
				t.Errorf("%s ends with %v, want %s", name, err, why)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s goes on", name)
		}
	}
	_, err := m.cursor.PgConn().Exec(context.Background(), "FETCH 10 c").ReadAll()
	refusal(t, err, "57P01", why)
	if err := m.ticket(); status.Code(err) != codes.Unauthenticated || !strings.Contains(err.Error(), why) {
		t.Errorf("a ticket that was given before: %v", err)
	}
	_, err = m.flight.ask("TABLE yumen.contract")
	if s := status.Convert(err); s.Code() != codes.Unauthenticated || len(s.Details()) != 1 ||
		s.Details()[0].(*errdetails.ErrorInfo).Reason != "57P01" {
		t.Errorf("a session of Flight SQL: %v", err)
	}
}

// TestGatewayEndsInMidAnswer: whatever an analyst is reading ends with their contract and with their token, through both
// doors, and a contract that goes on is answered again without another login.
func TestGatewayEndsInMidAnswer(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	defer d.stop()
	release, _ := d.releases(d.connect("analyst", "private"))
	m := d.amid(release)
	d.must("contract", "suspend", "private", "--reason", "an incident", "--as", "regulator")
	m.end(t, "suspended")
	d.must("contract", "resume", "private", "--reason", "it is over", "--as", "regulator")
	if _, err := m.flight.ask("TABLE yumen.contract"); err != nil {
		t.Errorf("after the contract goes on: %v", err)
	}
	m = d.amid(release)
	d.must("token", "revoke", strings.Split(d.tokens["analyst"], "_")[1], "--as", "regulator")
	m.end(t, "revoked")
}

// TestGatewayStopsInMidAnswer: a server that stops lets an answer end that is under way.
func TestGatewayStopsInMidAnswer(t *testing.T) {
	d := newSQLDoor(t, "analyst")
	release, _ := d.releases(d.connect("analyst", "private"))
	c := d.connect("analyst", "private")
	read, copied := &slowly{begun: make(chan struct{})}, make(chan error, 1)
	go func() {
		_, err := c.PgConn().CopyTo(context.Background(), read,
			`COPY (SELECT i, repeat('x', 500) FROM released."`+release+`", generate_series(1, 1000) g(i)) TO STDOUT`)
		copied <- err
	}()
	<-read.begun
	d.stop()
	if err := <-copied; err != nil {
		t.Errorf("an answer under way: %v", err)
	}
}
