package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/yumen-data/yumen/gateway/server"
)

// plainFlight is arrow-go's own server, which has batches in memory and sends them to whoever comes.
type plainFlight struct {
	flight.BaseFlightServer
	batches []arrow.RecordBatch
}

// DoGet sends the batches.
func (p *plainFlight) DoGet(_ *flight.Ticket, to flight.FlightService_DoGetServer) error {
	w := flight.NewRecordWriter(to, ipc.WithSchema(p.batches[0].Schema()))
	for _, b := range p.batches {
		if err := w.Write(b); err != nil {
			return err
		}
	}
	return w.Close()
}

// flights reads the released result by Flight SQL, and the same batches from arrow-go's server with the same TLS.
func (g *gatewayBench) flights(ctx context.Context, l crowded, _ *pgconn.PgConn) ([]measurement, error) {
	trust, err := server.Trust(filepath.Join(g.home, "keys", "server.crt"))
	if err != nil {
		return nil, err
	}
	c, err := flightsql.NewClient(g.flight, nil, nil, grpc.WithTransportCredentials(credentials.NewTLS(trust)))
	if err != nil {
		return nil, err
	}
	defer c.Close() // it may be gone
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+g.token, "database", "bench")
	info, err := c.Execute(ctx, fmt.Sprintf("SELECT * FROM released.%q", g.job))
	if err != nil {
		return nil, err
	}
	plain := &plainFlight{}
	if _, err := fetched(ctx, c, info.Endpoint[0].Ticket, func(b arrow.RecordBatch) {
		b.Retain()
		plain.batches = append(plain.batches, b)
	}); err != nil {
		return nil, err
	}
	beside, stop, err := g.servePlain(plain, trust)
	if err != nil {
		return nil, err
	}
	defer stop()
	return g.compareFlights(ctx, l, c, beside, info.Endpoint[0].Ticket)
}

// servePlain has arrow-go's server answer with the certificate of the gateway, and returns a client of it.
func (g *gatewayBench) servePlain(p *plainFlight, trust *tls.Config) (*flightsql.Client, func(), error) {
	cert, err := tls.LoadX509KeyPair(filepath.Join(g.home, "keys", "server.crt"),
		filepath.Join(g.home, "keys", "server.key"))
	if err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{cert},
		MinVersion: tls.VersionTLS12})))
	flight.RegisterFlightServiceServer(s, p)
	go func() { _ = s.Serve(listener) }() // ends with Stop
	c, err := flightsql.NewClient(listener.Addr().String(), nil, nil,
		grpc.WithTransportCredentials(credentials.NewTLS(trust)))
	return c, s.Stop, err
}

// compareFlights reads the same by turns from both.
func (g *gatewayBench) compareFlights(ctx context.Context, l crowded, c, plain *flightsql.Client,
	ticket *flight.Ticket) ([]measurement, error) {
	var took, base []time.Duration
	bytes := int64(0)
	for range 15 {
		for of, to := range map[*flightsql.Client]*[]time.Duration{c: &took, plain: &base} {
			times, err := timesOf(1, func(int) error {
				rows := int64(0)
				n, err := fetched(ctx, of, ticket, func(b arrow.RecordBatch) { rows += b.NumRows() })
				if err == nil && rows != int64(l.groups) {
					err = fmt.Errorf("bench: %d rows", rows)
				}
				bytes = n
				return err
			})
			if err != nil {
				return nil, err
			}
			*to = append(*to, times...)
		}
	}
	m := beside(fmt.Sprintf("Flight SQL: DoGet of %d rows", l.groups), took, "arrow-go's server, from memory", base)
	m.Note = fmt.Sprintf("%.0f rows/s, %d bytes", float64(l.groups)/m.Value*1000, bytes)
	return []measurement{m}, nil
}

// fetched reads a ticket to its end, and returns how many bytes its columns have.
func fetched(ctx context.Context, c *flightsql.Client, ticket *flight.Ticket, do func(arrow.RecordBatch)) (size int64,
	_ error) {
	r, err := c.DoGet(ctx, ticket)
	if err != nil {
		return 0, err
	}
	defer r.Release()
	for r.Next() {
		b := r.RecordBatch()
		for _, col := range b.Columns() {
			size += int64(col.Data().SizeInBytes())
		}
		do(b)
	}
	return size, r.Err()
}
