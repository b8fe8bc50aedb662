// Package pgwire is the door for clients of PostgreSQL: psql, JDBC, ODBC, and what data scientists program with. A
// database is a contract; a statement is a job, or asks for what was released, or for what there is.
//
// It has no grammar and decides nothing: it finds out what kind a statement is by its first words, and asks package
// api. The messages are those of PostgreSQL 15, "Frontend/Backend Protocol".
package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// Exchange is one login by SCRAM-SHA-256.
type Exchange interface {
	// Step takes a message of the client and returns the server's.
	Step(message string) (string, error)
	// Finish returns the principal who logged in, or kind denied.
	Finish(ctx context.Context) (api.Principal, error)
}

// Limiter bounds what an organisation and a contract ask of all doors together; what it refuses is of kind limit.
type Limiter interface {
	// Call counts a call.
	Call(organisation, contract string) error
	// Connect counts a connection until it is left.
	Connect(organisation, contract string) (leave func(), err error)
}

// Observer is told of connections.
type Observer interface {
	// Connected says that there is one connection more (1) or less (-1).
	Connected(door string, by int)
	// Refused says that one was closed without an answer.
	Refused(door, why string)
}

// name is what the door is called in figures and in the log.
const name = "postgres"

// Limits bound connections and messages.
type Limits struct {
	// Connections is how many there are at once.
	Connections int
	// LoggingIn is how many of them one source may have that have not logged in yet.
	LoggingIn int
	// LoginTime is how long a login may take.
	LoginTime time.Duration
	// Message is the most that a message may have.
	Message yumen.Size
	// Statements is how many prepared statements, and how many portals and cursors, a session may keep.
	Statements int
	// Kept is how much memory those may take together.
	Kept yumen.Size
	// Grace is how long a client may take to send the rest of a message, and to read a part of an answer.
	Grace time.Duration
}

// DefaultLimits are the limits of a door that is told none.
var DefaultLimits = Limits{Connections: 512, LoggingIn: 256, LoginTime: 10 * time.Second, Message: 4 << 20,
	Statements: 256,
	Kept:       16 << 20, Grace: 30 * time.Second}

// Config wires a door.
type Config struct {
	Domain     api.Domain
	Statements api.StatementUseCases
	// Exchange begins a login of a user PERSON/TOKEN. Endpoint is the digest that a client may bind to, nil without
	// TLS.
	Exchange func(ctx context.Context, user string, endpoint []byte) (Exchange, error)
	// Certificate is the one that is shown by TLS. Without it there is no TLS, and the door listens on this machine
	// alone.
	Certificate func() *tls.Certificate
	// Tenants bounds what organisations and contracts ask. Defaults to nothing.
	Tenants Limiter
	// Limits bound connections and messages. Defaults to DefaultLimits.
	Limits Limits
	// Observe is told of connections. Defaults to nobody.
	Observe Observer
	// Log is told of defects. Defaults to nowhere.
	Log *slog.Logger
}

// Door is the door of one domain.
type Door struct {
	cfg  Config
	free chan struct{} // a place for each further connection

	mu       sync.Mutex
	sessions map[uint32]*session // by the process id that their client was told
	arriving map[string]int      // connections that have not logged in, by their source
	open     sync.WaitGroup
}

// New returns a door.
func New(cfg Config) *Door {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits
	}
	if cfg.Observe == nil {
		cfg.Observe = unobserved{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Door{cfg: cfg, free: make(chan struct{}, cfg.Limits.Connections), sessions: map[uint32]*session{},
		arriving: map[string]int{}}
}

// unobserved is the observer that nobody is.
type unobserved struct{}

// Connected does nothing.
func (unobserved) Connected(string, int) {}

// Refused does nothing.
func (unobserved) Refused(string, string) {}

// Serve answers on a listener until ctx ends. Then it accepts nothing more, tells idle sessions that the server stops,
// and waits up to drain for statements that are under way.
func (d *Door) Serve(ctx context.Context, l net.Listener, drain time.Duration) error {
	running, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close() // its end is what ends the loop below
		stopping := sqlsession.Coded(sqlsession.CodeEnded, yumen.Errorf(yumen.KindUnavailable,
			"the server is stopping; nothing is lost", "服务正在停止；没有丢失任何内容").ToFix("connect again", "请重新连接"))
		d.each(func(s *session) { s.stop(stopping) }) // those under way end with the statement that they are at
		time.AfterFunc(drain, func() {
			d.each(func(s *session) { s.cut(stopping) })
			time.AfterFunc(farewell, kill)
		})
	})
	defer stop()
	d.open.Go(func() { d.watch(ctx) })
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			time.Sleep(10 * time.Millisecond) // such as too many files open; the next may be let in
			continue
		}
		d.open.Go(func() { d.answer(running, c) })
	}
	d.open.Wait()
	return nil
}

// answer answers one connection. A door that is full says so at once.
func (d *Door) answer(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer func() {
		if p := recover(); p != nil { // what was thrown may hold values
			d.cfg.Log.Error("defect", "door", name, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithCancel(api.WithSource(ctx, sourceOf(c)))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	s := newSession(d, c)
	source := api.SourceOf(ctx)
	if !d.arrive(source) {
		d.cfg.Observe.Refused(name, "full")
		s.refuseFull()
		return
	}
	d.cfg.Observe.Connected(name, 1)
	defer d.cfg.Observe.Connected(name, -1)
	loggedIn := false
	defer func() {
		if !loggedIn {
			d.depart(source)
		}
		<-d.free
	}()
	defer s.end() // a login that fails may have taken a place of its contract
	if !s.logIn(ctx) {
		return
	}
	d.depart(source)
	loggedIn = true
	s.serve(ctx)
}

func sourceOf(c net.Conn) string {
	host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
	return host
}

// arrive takes a place for a connection that has not logged in, and reports whether there was one.
func (d *Door) arrive(source string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.arriving[source] >= d.cfg.Limits.LoggingIn {
		return false
	}
	select {
	case d.free <- struct{}{}:
		d.arriving[source]++
		return true
	default:
		return false
	}
}

// depart says that a connection has logged in, or is gone.
func (d *Door) depart(source string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.arriving[source]--; d.arriving[source] <= 0 {
		delete(d.arriving, source)
	}
}

// enlist gives a session a process id and a secret, by which it can be asked to cancel. Ids are drawn by lot: in a row
// they would tell how many others log in, and whom to guess the secret of.
func (d *Door) enlist(s *session) {
	_, _ = rand.Read(s.secret[:]) // never fails
	d.mu.Lock()
	defer d.mu.Unlock()
	for taken := true; taken || s.pid == 0; _, taken = d.sessions[s.pid] {
		var id [4]byte
		_, _ = rand.Read(id[:]) // the same
		s.pid = binary.BigEndian.Uint32(id[:]) >> 1
	}
	d.sessions[s.pid] = s
}

func (d *Door) forget(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, s.pid)
}

// cancel cancels the statement of a session whose secret the caller knows.
func (d *Door) cancel(pid uint32, secret []byte) {
	d.mu.Lock()
	s := d.sessions[pid]
	d.mu.Unlock()
	if s != nil && subtle.ConstantTimeCompare(s.secret[:], secret) == 1 {
		s.cancelStatement()
	}
}

// farewell is how long those may take to be told that the server stops whose statement did not end in time.
const farewell = time.Second

// each does something to each session.
func (d *Door) each(do func(*session)) {
	for _, s := range d.all() {
		do(s)
	}
}

// all are the sessions that there are.
func (d *Door) all() []*session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.sessions))
}

// watchEvery is how often it is looked whether those who are connected may still be.
const watchEvery = time.Second

// watch ends sessions under a contract that is over, and of those who may not see it any more, until ctx ends.
func (d *Door) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		over := map[standing]error{} // what was found out this time
		for _, s := range d.all() {
			k := standing{s.By.Person.Name, s.By.Credential, s.Contract}
			err, known := over[k]
			if !known {
				err = s.Over(ctx)
				over[k] = err
			}
			if err != nil {
				s.cut(err)
			}
		}
	}
}

// standing is what it depends on whether a session goes on.
type standing struct{ person, credential, contract string }
