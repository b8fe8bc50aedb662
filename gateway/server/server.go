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
	// Mark puts into the context of each connection what the listener knows of the other end, and known, which the
	// handler calls once it has found out who asks: until then a connection has the time of Bounds.Unknown. Defaults to
	// nothing, for a door that asks nobody who they are.
	Mark func(ctx context.Context, known func()) context.Context
	// Observe is told of connections. Defaults to nobody.
	Observe ConnectionObserver
}

// Bounds are on connections, before anything is known of who asks.
type Bounds struct {
	Header      int           // bytes of a request's headers, beyond which nothing is answered in words
	HeaderTime  time.Duration // in which they have to arrive
	Idle        time.Duration // that a connection may be
	Connections int           // at once, of each listener
	PerSource   int           // of these from one address, or network /64 of IPv6
	Unknown     time.Duration // that a connection has until somebody is authenticated on it
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
			if err := serve(servers[i], newBounded(bind, b), bind.Certificate); !errors.Is(err,
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
	return &http.Server{Handler: bind, ReadHeaderTimeout: b.HeaderTime, IdleTimeout: b.Idle,
		MaxHeaderBytes: b.Header,
		ConnContext:    bind.mark, ConnState: watch,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}
