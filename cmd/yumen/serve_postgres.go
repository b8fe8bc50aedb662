package main

import (
	"context"
	"net"
	"time"

	"github.com/yumen-data/yumen/gateway/pgwire"
)

// pgDoor is the door for clients of PostgreSQL, where it listens.
type pgDoor struct {
	*pgwire.Door
	listener net.Listener
}

// postgres makes the door for clients of PostgreSQL.
func (s *serving) postgres(l net.Listener) *pgDoor {
	s.log.Info("listening", "door", "postgres", "address", l.Addr().String())
	return &pgDoor{pgwire.New(pgwire.Config{Domain: s.home.Service, Statements: s.home.Service,
		Exchange: func(ctx context.Context, user string, endpoint []byte) (pgwire.Exchange, error) {
			x, err := s.home.Auth.Exchange(ctx, user, endpoint)
			if err != nil {
				return nil, err
			}
			return x, nil
		},
		Certificate: s.cert.Current, Tenants: s.home.Limiter, Observe: s.ops, Log: s.log}), l}
}

// serve answers until ctx ends, and then says how that went.
func (d *pgDoor) serve(ctx context.Context, drain time.Duration) <-chan error {
	done := make(chan error, 1)
	if d == nil {
		close(done)
		return done
	}
	go func() { done <- d.Serve(ctx, d.listener, drain) }()
	return done
}
