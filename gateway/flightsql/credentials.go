package flightsql

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/yumen-data/yumen/api"
)

// credentials are those of the certificate that is shown.
func (d *Door) credentials() credentials.TransportCredentials {
	return watching{credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return d.cfg.Certificate(), nil }}), d}
}

// watching has the door know of each connection when it ends.
type watching struct {
	credentials.TransportCredentials
	door *Door
}

// ServerHandshake is the handshake of TLS.
func (w watching) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	c, info, err := w.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	out := &connection{Conn: c, raw: raw, door: w.door, sessions: map[*session]bool{}}
	return out, known{info.(credentials.TLSInfo), out}, nil
}

// Clone returns the same.
func (w watching) Clone() credentials.TransportCredentials {
	return watching{w.TransportCredentials.Clone(), w.door}
}

// known is what is known of a connection.
type known struct {
	credentials.TLSInfo
	conn *connection
}

// connection is one connection, and the sessions that were used over it.
type connection struct {
	net.Conn
	raw  net.Conn
	door *Door

	mu       sync.Mutex
	sessions map[*session]bool
	closed   bool
}

// Close closes it. Sessions that were used over no other are away from then on.
func (c *connection) Close() error {
	c.mu.Lock()
	all := c.sessions
	c.sessions, c.closed = nil, true
	c.mu.Unlock()
	for s := range all {
		s.left()
	}
	return c.Conn.Close()
}

// use notes that a session is used over the connection.
func (c *connection) use(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && !c.sessions[s] {
		c.sessions[s] = true
		s.joined()
	}
}

// authenticated says that somebody was authenticated on the connection, which may stay.
func (c *connection) authenticated() {
	if k, ok := c.raw.(interface{ Known() }); ok {
		k.Known()
	}
}

// connectionOf is the connection of a call, nil where it came over none of this door's.
func connectionOf(ctx context.Context) *connection {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	k, ok := p.AuthInfo.(known)
	if !ok {
		return nil
	}
	return k.conn
}

// withSource says where a call comes from.
func withSource(ctx context.Context) context.Context {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ctx
	}
	host, _, err := net.SplitHostPort(p.Addr.String())
	if err != nil {
		return ctx
	}
	return api.WithSource(ctx, host)
}
