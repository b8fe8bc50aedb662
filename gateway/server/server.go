// Package server listens for doors that speak HTTP: it bounds connections and headers, ends in order, and reads the
// configuration that says where and how.
//
// It is not for what is answered: that is for the doors.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Binding is a door where it listens.
type Binding struct {
	Name     string // in the log
	Listener net.Listener
	Handler  http.Handler
	// Certificate is shown by TLS. Without one there is none.
	Certificate *Certificate
	// Mark puts into the context of each connection what the listener knows of the other end. Defaults to nothing.
	Mark func(context.Context) context.Context
}

// Bounds are on connections, before anything is known of who asks.
type Bounds struct {
	Header      int           // bytes of a request's headers
	HeaderTime  time.Duration // in which they have to arrive
	Idle        time.Duration // that a connection may be
	Connections int           // at once, of each listener
}

// Serve answers on all bindings until ctx ends or one of them fails. Then it calls stopping, accepts nothing more, and
// waits up to drain for the answers that are under way.
func Serve(ctx context.Context, b Bounds, drain time.Duration, log *slog.Logger, stopping func(),
	bindings ...Binding) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, len(bindings))
	servers := make([]*http.Server, len(bindings))
	var all sync.WaitGroup
	for i, bind := range bindings {
		servers[i] = newServer(b, log, bind)
		all.Go(func() {
			log.Info("listening", "door", bind.Name, "address", bind.Listener.Addr().String())
			if err := serve(servers[i], bounded(bind.Listener, b.Connections), bind.Certificate); !errors.Is(err,
				http.ErrServerClosed) {
				errs[i] = err
			}
			stop()
		})
	}
	<-ctx.Done()
	stopping()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	for _, s := range servers {
		all.Go(func() {
			if s.Shutdown(late) != nil {
				_ = s.Close() // what is left has had its time
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// serve answers on a listener. HTTP/2 needs TLS.
func serve(s *http.Server, l net.Listener, c *Certificate) error {
	if c == nil {
		return s.Serve(l)
	}
	s.TLSConfig = c.config()
	return s.ServeTLS(l, "", "")
}

func newServer(b Bounds, log *slog.Logger, bind Binding) *http.Server {
	s := &http.Server{Handler: bind.Handler, ReadHeaderTimeout: b.HeaderTime, IdleTimeout: b.Idle,
		MaxHeaderBytes: b.Header,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	if bind.Mark != nil {
		s.ConnContext = func(ctx context.Context, _ net.Conn) context.Context { return bind.Mark(ctx) }
	}
	return s
}

// bounded lets a number of connections in at a time; the others wait in the queue of the system.
func bounded(l net.Listener, n int) net.Listener {
	if n <= 0 {
		return l
	}
	return &boundedListener{Listener: l, free: make(chan struct{}, n), closed: make(chan struct{})}
}

type boundedListener struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Accept waits until there is room.
func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &boundedConn{Conn: c, done: func() { <-l.free }}, nil
}

// Close ends the listening.
func (l *boundedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type boundedConn struct {
	net.Conn
	once sync.Once
	done func()
}

// Close makes room.
func (c *boundedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.done)
	return err
}
