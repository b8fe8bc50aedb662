// Package flightsql is the door for clients of Arrow Flight SQL: ADBC, JDBC, and what works on Arrow. The header
// database names a contract; what a statement means is for package sqlsession, as at every other door for SQL.
//
// It implements the generated gRPC service. It has no reader of Arrow: results pass through as an enclave wrote them,
// schemas and tables of its own are written by internal packages, and what a client sends as Arrow is read in an
// enclave. The messages are those of Flight.proto and FlightSql.proto.
package flightsql

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Tokens finds out who has a token.
type Tokens interface {
	// Authenticate returns the principal whose token it is, or kind denied. What it refuses counts as a failed login.
	Authenticate(ctx context.Context, token string) (api.Principal, error)
	// Failed counts a failed login.
	Failed(ctx context.Context)
}

// Limiter bounds what an organisation and a contract ask of all doors together; what it refuses is of kind limit.
type Limiter interface {
	// Call counts a call.
	Call(organisation, contract string) error
	// Connect counts a connection until it is left.
	Connect(organisation, contract string) (leave func(), err error)
}

// name is what the door is called in the log.
const name = "flightsql"

// Limits bound calls, sessions and what they keep. Connections are bounded by the listener.
type Limits struct {
	// LoginTime is how long the handshake of TLS may take.
	LoginTime time.Duration
	// Calls is how many a connection may have at once.
	Calls int
	// Header is what the headers of a call may have.
	Header yumen.Size
	// Message is the most that a message may have.
	Message yumen.Size
	// Parameters is the most that the parameters of a statement may have, as Arrow.
	Parameters yumen.Size
	// Sessions is how many there are at once, and those of one login.
	Sessions, LoginSessions int
	// Statements is how many prepared statements, and how many answers that wait to be read, a session keeps.
	Statements int
	// Kept is how much memory prepared statements may take together, and answers.
	Kept yumen.Size
	// Grace is how long a client may take to send a message that is due, and to read a part of an answer.
	Grace time.Duration
	// Idle is how long a session lasts in which nothing is asked, and Away how long without a connection.
	Idle, Away time.Duration
}

// DefaultLimits are the limits of a door that is told none.
var DefaultLimits = Limits{LoginTime: 10 * time.Second, Calls: 64, Header: 16 << 10, Message: 4 << 20,
	Parameters: 1 << 20, Sessions: 512, LoginSessions: 16, Statements: 256, Kept: 16 << 20, Grace: 30 * time.Second,
	Idle: 8 * time.Hour, Away: 10 * time.Minute}

// Config wires a door.
type Config struct {
	Domain     api.Domain
	Statements api.StatementUseCases
	Tokens     Tokens
	// Certificate is the one that is shown by TLS, without which nobody is let in.
	Certificate func() *tls.Certificate
	// Tenants bounds what organisations and contracts ask. Defaults to nothing.
	Tenants Limiter
	// Limits bound calls and sessions. Defaults to DefaultLimits.
	Limits Limits
	// Log is told of defects. Defaults to nowhere.
	Log *slog.Logger
}

// Door is the door of one domain.
type Door struct {
	flight.UnimplementedFlightServiceServer

	cfg Config

	mu     sync.Mutex
	logins map[[32]byte]*login // by the digest of what the client shows
	count  int                 // of sessions
}

// New returns a door.
func New(cfg Config) *Door {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Door{cfg: cfg, logins: map[[32]byte]*login{}}
}

// watchEvery is how often it is looked whether those who have a session may still have it, and tidyEvery how often
// sessions are looked for that nobody comes for.
const (
	watchEvery = time.Second
	tidyEvery  = 10 * time.Second
)

// Serve answers on a listener until ctx ends. Then it accepts nothing more, and waits up to drain for calls that are
// under way.
func (d *Door) Serve(ctx context.Context, l net.Listener, drain time.Duration) error {
	g := d.server()
	flight.RegisterFlightServiceServer(g, d)
	ended := make(chan struct{})
	var tidying sync.WaitGroup
	tidying.Go(func() {
		watch, tidy := time.NewTicker(watchEvery), time.NewTicker(tidyEvery)
		defer watch.Stop()
		defer tidy.Stop()
		for {
			select {
			case <-ended:
				return
			case <-watch.C:
				d.watch(ctx)
			case now := <-tidy.C:
				d.tidy(now)
			}
		}
	})
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(drain, g.Stop)
		defer late.Stop()
		g.GracefulStop()
	})
	err := g.Serve(l)
	if !stop() {
		err = nil        // it was told to
		g.GracefulStop() // returns once the one above does
	}
	close(ended)
	tidying.Wait()
	d.endAll()
	return err
}

// server is the server of gRPC, within its limits.
func (d *Door) server() *grpc.Server {
	l := d.cfg.Limits
	return grpc.NewServer(grpc.Creds(d.credentials()), grpc.ConnectionTimeout(l.LoginTime),
		grpc.MaxConcurrentStreams(uint32(l.Calls)), grpc.MaxHeaderListSize(uint32(l.Header)),
		grpc.MaxRecvMsgSize(int(l.Message)), grpc.InTapHandle(d.tap), grpc.UnaryInterceptor(d.unary),
		grpc.StreamInterceptor(d.stream),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second,
			PermitWithoutStream: true}))
}
