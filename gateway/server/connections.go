package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/yumen-data/yumen/api"
)

// Why a connection is closed without an answer.
const (
	RefusedSource  = "source"          // its source has as many connections as it may
	RefusedUnknown = "unauthenticated" // nobody said on it in time who they are
)

// ConnectionObserver is told of connections, by the name of their binding.
type ConnectionObserver interface {
	// Connected says that there is one connection more (1) or less (-1).
	Connected(door string, by int)
	// Refused says that one was closed.
	Refused(door, why string)
}

// unobserved is the observer that nobody is.
type unobserved struct{}

// Connected does nothing.
func (unobserved) Connected(string, int) {}

// Refused does nothing.
func (unobserved) Refused(string, string) {}

// bounded lets a number of connections in at a time, and of these a number from each source. Those that are too many
// together wait in the queue of the system; those that are too many of one source are closed at once, so that they keep
// nobody waiting.
type bounded struct {
	net.Listener
	name   string
	bounds Bounds
	told   ConnectionObserver
	asks   bool // whether connections have to be authenticated in time
	free   chan struct{}
	closed chan struct{}
	once   sync.Once

	mu sync.Mutex
	of map[string]int // connections by source
}

// Limit bounds the connections of a listener that no server of this package answers on. A connection has to say Known in
// time, once somebody is authenticated on it.
func Limit(l net.Listener, name string, b Bounds, observe ConnectionObserver) net.Listener {
	return newBounded(Binding{Name: name, Listener: l, Observe: observe,
		Mark: func(ctx context.Context, _ func()) context.Context { return ctx }}, b)
}

func newBounded(bind Binding, b Bounds) *bounded {
	l := &bounded{Listener: bind.Listener, name: bind.Name, bounds: b, told: bind.Observe, asks: bind.Mark != nil,
		closed: make(chan struct{}), of: map[string]int{}}
	if l.told == nil {
		l.told = unobserved{}
	}
	if b.Connections > 0 {
		l.free = make(chan struct{}, b.Connections)
	}
	return l
}

// Accept waits until there is room, and returns the next connection of a source that may have one more.
func (l *bounded) Accept() (net.Conn, error) {
	if l.free != nil {
		select {
		case l.free <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			l.leave()
			return nil, err
		}
		source := sourceOf(c)
		if !l.enter(source) {
			l.told.Refused(l.name, RefusedSource)
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetLinger(0) // it is reset, and takes no memory of the system either
			}
			_ = c.Close() // whoever it is, is answered nothing
			continue
		}
		l.told.Connected(l.name, 1)
		out := &conn{Conn: c, of: l, source: source}
		if l.asks && l.bounds.Unknown > 0 {
			out.wait(l.bounds.Unknown)
		}
		return out, nil
	}
}

// sourceOf is the network that a connection comes from; empty for a socket of this machine.
func sourceOf(c net.Conn) string {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	return api.Network(a.AddrPort().Addr().String())
}

// enter counts a connection of a source, if it may have one more.
func (l *bounded) enter(source string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if most := l.bounds.PerSource; source != "" && most > 0 && l.of[source] >= most {
		return false
	}
	l.of[source]++
	return true
}

// leave makes room for another connection.
func (l *bounded) leave() {
	if l.free != nil {
		<-l.free
	}
}

// Close ends the listening.
func (l *bounded) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// conn is a connection that counts.
type conn struct {
	net.Conn
	of     *bounded
	source string
	once   sync.Once

	mu     sync.Mutex
	timer  *time.Timer // nil where nothing is waited for
	active bool        // a call is being answered
	late   bool        // the time is over
}

// Close makes room.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.Known()
		c.of.mu.Lock()
		if c.of.of[c.source]--; c.of.of[c.source] == 0 {
			delete(c.of.of, c.source)
		}
		c.of.mu.Unlock()
		c.of.told.Connected(c.of.name, -1)
		c.of.leave()
	})
	return err
}

// Known says that somebody was authenticated on the connection, which from now on may stay.
func (c *conn) Known() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// wait gives the connection its time.
func (c *conn) wait(d time.Duration) {
	c.mu.Lock()
	c.timer = time.AfterFunc(d, c.overdue)
	c.mu.Unlock()
}

// overdue closes a connection on which nobody was authenticated in time, after the call that is being answered.
func (c *conn) overdue() {
	c.mu.Lock()
	waiting := c.timer != nil
	c.late = waiting
	if waiting && c.active {
		c.timer.Reset(time.Second)
		waiting = false
	}
	c.mu.Unlock()
	if waiting {
		c.of.told.Refused(c.of.name, RefusedUnknown)
		_ = c.Close() // nobody knows of it
	}
}

// ends reports whether the connection has to be closed after the call that begins now.
func (c *conn) ends() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.late && c.timer != nil
}

func (c *conn) answering(is bool) {
	c.mu.Lock()
	c.active = is
	c.mu.Unlock()
}

// below is the connection that TLS, if there is any, goes over.
func below(c net.Conn) (*conn, bool) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	out, ok := c.(*conn)
	return out, ok
}

// watch has a server say which connections answer a call.
func watch(c net.Conn, s http.ConnState) {
	if own, ok := below(c); ok {
		own.answering(s == http.StateActive)
	}
}

type connKey struct{}

// mark puts the connection, and what the binding knows of it, into its context.
func (b Binding) mark(ctx context.Context, c net.Conn) context.Context {
	own, ok := below(c)
	if !ok || b.Mark == nil {
		return ctx
	}
	return b.Mark(context.WithValue(ctx, connKey{}, own), own.Known)
}

// ServeHTTP answers a call, after which a connection ends on which nobody was authenticated in time.
func (b Binding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && c.ends() {
		w.Header().Set("Connection", "close")
	}
	b.Handler.ServeHTTP(w, r)
}
