package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/yumen-data/yumen/gateway/flightsql"
	"github.com/yumen-data/yumen/gateway/pgwire"
	"github.com/yumen-data/yumen/gateway/server"
)

// sqlDoor is a door for clients of SQL, where it listens.
type sqlDoor struct {
	serve    func(ctx context.Context, l net.Listener, drain time.Duration) error
	listener net.Listener
}

// listenSQL opens the doors for clients of SQL that the configuration names.
func (s *serving) listenSQL() error {
	for _, d := range []struct {
		name, at string
		where    *string
		make     func(net.Listener) sqlDoor
	}{{"postgres", s.by.config.Postgres, &s.where.Postgres, s.postgres},
		{"flightsql", s.by.config.FlightSQL, &s.where.FlightSQL, s.flightSQL}} {
		if d.at == server.None {
			continue
		}
		l, err := listenAt(d.at)
		if err != nil {
			for _, open := range s.sql {
				err = errors.Join(err, open.listener.Close())
			}
			return err
		}
		*d.where = l.Addr().String()
		s.log.Info("listening", "door", d.name, "address", *d.where)
		s.sql = append(s.sql, d.make(l))
	}
	return nil
}

// postgres makes the door for clients of PostgreSQL.
func (s *serving) postgres(l net.Listener) sqlDoor {
	door := pgwire.New(pgwire.Config{Domain: s.home.Service, Statements: s.home.Service,
		Exchange: func(ctx context.Context, user string, endpoint []byte) (pgwire.Exchange, error) {
			x, err := s.home.Auth.Exchange(ctx, user, endpoint)
			if err != nil {
				return nil, err
			}
			return x, nil
		},
		Certificate: s.cert.Current, Tenants: s.home.Limiter, Observe: s.ops, Log: s.log})
	return sqlDoor{door.Serve, l}
}

// flightSQL makes the door for clients of Arrow Flight SQL.
func (s *serving) flightSQL(l net.Listener) sqlDoor {
	door := flightsql.New(flightsql.Config{Domain: s.home.Service, Statements: s.home.Service, Tokens: s.home.Auth,
		Certificate: s.cert.Current, Tenants: s.home.Limiter, Log: s.log})
	return sqlDoor{door.Serve, server.Limit(l, "flightsql", s.by.config.Bounds(), s.ops)}
}

// serveSQL answers until ctx ends, and then says how that went.
func serveSQL(ctx context.Context, drain time.Duration, doors []sqlDoor) <-chan error {
	done := make(chan error, 1)
	go func() {
		ends := make(chan error, len(doors))
		for _, d := range doors {
			go func() { ends <- d.serve(ctx, d.listener, drain) }()
		}
		var err error
		for range doors {
			err = errors.Join(err, <-ends)
		}
		done <- err
	}()
	return done
}
