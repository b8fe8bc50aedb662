package pgwire

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// The mechanisms of SASL.
const (
	mechanism     = "SCRAM-SHA-256"
	mechanismPlus = "SCRAM-SHA-256-PLUS" // bound to the certificate of the server
)

// logIn answers until a client has said who it is and that it is them, and reports whether there is a session. All of
// it has to be done in the time that the door gives for it.
func (s *session) logIn(ctx context.Context) bool {
	_ = s.conn.SetDeadline(time.Now().Add(s.door.cfg.Limits.LoginTime))
	m, ok := s.begin()
	if !ok {
		return false
	}
	if s.door.cfg.Certificate != nil && !s.secured {
		s.fatal(sqlsession.Coded("28000", yumen.Errorf(yumen.KindDenied, "the server wants TLS", "服务要求使用 TLS").
			ToFix("connect with sslmode=require or better", "请以 sslmode=require 或更高级别连接")))
		return false
	}
	s.negotiate(m)
	if err := s.authenticate(ctx, m.Parameters["user"]); err != nil {
		s.fatal(err)
		return false
	}
	if err := s.enter(ctx, m); err != nil {
		s.fatal(err)
		return false
	}
	_ = s.conn.SetDeadline(time.Time{}) // each message has its own from here on
	s.wire.SetMaxBodyLen(int(s.door.cfg.Limits.Message))
	s.welcome()
	return s.flush() == nil
}

// begin reads the first message of a connection: a request for TLS before it, or one to cancel instead of it.
func (s *session) begin() (*pgproto3.StartupMessage, bool) {
	for range 4 { // no client asks for more
		first, err := s.wire.ReceiveStartupMessage()
		if v := s.in.version; err != nil && v != 0 && v>>16 != major && v>>16 != requests {
			s.fatal(sqlsession.Unsupported("version %d.%d of the protocol is not spoken; %d.0 is",
				"不支持协议版本 %d.%d；请使用 %d.0", v>>16, v&0xffff, major))
		}
		if err != nil {
			return nil, false
		}
		switch m := first.(type) {
		case *pgproto3.SSLRequest:
			if !s.secure() {
				return nil, false
			}
		case *pgproto3.GSSEncRequest:
			if _, err := s.conn.Write([]byte{'N'}); err != nil {
				return nil, false
			}
		case *pgproto3.CancelRequest:
			if t := s.door.cfg.Tenants; t == nil || t.Call("", "") == nil { // as for a login
				s.door.cancel(m.ProcessID, m.SecretKey)
			}
			return nil, false
		case *pgproto3.StartupMessage:
			return m, true
		}
	}
	return nil, false
}

// negotiate says, before anything else, which minor version is spoken and which options of the protocol are not known,
// where a client asks for others than those of PostgreSQL 15.
func (s *session) negotiate(m *pgproto3.StartupMessage) {
	var unknown []string
	for name := range m.Parameters {
		if strings.HasPrefix(name, "_pq_.") {
			unknown = append(unknown, name)
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 || s.in.version&0xffff > 0 && s.in.version>>16 == major {
		s.send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: 0, UnrecognizedOptions: unknown})
	}
}

// secure answers a request for TLS. What a client sent ahead in the clear is lost with the reader that has it, so it is
// not taken for part of what is encrypted.
func (s *session) secure() bool {
	if s.door.cfg.Certificate == nil || s.secured {
		_, err := s.conn.Write([]byte{'N'})
		return err == nil
	}
	if _, err := s.conn.Write([]byte{'S'}); err != nil {
		return false
	}
	cert := s.door.cfg.Certificate()
	c := tls.Server(s.conn, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"postgresql"},
		Certificates: []tls.Certificate{*cert}})
	if c.Handshake() != nil {
		return false
	}
	s.secured, s.endpoint = true, endpointOf(cert)
	s.connect(c)
	return true
}

// endpointOf is what a client binds to by tls-server-end-point (RFC 5929, section 4.1): the digest of the certificate
// by the hash of its signature, and by SHA-256 where that is weaker or none.
func endpointOf(c *tls.Certificate) []byte {
	hash := crypto.SHA256
	if leaf, err := x509.ParseCertificate(c.Certificate[0]); err == nil {
		switch leaf.SignatureAlgorithm {
		case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
			hash = crypto.SHA384
		case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
			hash = crypto.SHA512
		}
	}
	if hash == crypto.SHA256 {
		sum := sha256.Sum256(c.Certificate[0])
		return sum[:]
	}
	h := hash.New()
	h.Write(c.Certificate[0])
	return h.Sum(nil)
}

// authenticate finds out who logs in, by SCRAM-SHA-256.
func (s *session) authenticate(ctx context.Context, user string) error {
	if t := s.door.cfg.Tenants; t != nil {
		if err := t.Call("", ""); err != nil {
			return sqlsession.Coded("53400", err)
		}
	}
	if user == "" {
		return sqlsession.Coded("28000", yumen.Errorf(yumen.KindDenied, "no user is named", "未指明用户").
			ToFix("give PERSON/TOKEN-ID as the user", "用户名请填 人员/令牌编号"))
	}
	x, err := s.door.cfg.Exchange(ctx, user, s.endpoint)
	if err != nil {
		return refusedLogin(err)
	}
	offers := []string{mechanism}
	if s.endpoint != nil {
		offers = []string{mechanismPlus, mechanism}
	}
	s.send(&pgproto3.AuthenticationSASL{AuthMechanisms: offers})
	first, err := receiveSASL[*pgproto3.SASLInitialResponse](s, pgproto3.AuthTypeSASL)
	if err != nil {
		return err
	}
	if plus := strings.HasPrefix(string(first.Data), "p="); first.AuthMechanism != mechanism &&
		(first.AuthMechanism != mechanismPlus || s.endpoint == nil) || plus != (first.AuthMechanism == mechanismPlus) {
		return protocolError("no such mechanism of SASL was offered", "未提供该 SASL 机制")
	}
	out, err := x.Step(string(first.Data))
	if err != nil {
		return sqlsession.Coded("08P01", err)
	}
	s.send(&pgproto3.AuthenticationSASLContinue{Data: []byte(out)})
	second, err := receiveSASL[*pgproto3.SASLResponse](s, pgproto3.AuthTypeSASLContinue)
	if err != nil {
		return err
	}
	if out, err = x.Step(string(second.Data)); err != nil {
		return sqlsession.Coded("08P01", err)
	}
	if s.By, err = x.Finish(ctx); err != nil {
		return refusedLogin(err)
	}
	s.send(&pgproto3.AuthenticationSASLFinal{Data: []byte(out)})
	s.send(&pgproto3.AuthenticationOk{})
	return nil
}

func refusedLogin(err error) error {
	if yumen.KindOf(err) == yumen.KindDenied {
		return sqlsession.Coded("28P01", err)
	}
	return err
}

// receiveSASL sends what is due and reads the one message that may follow.
func receiveSASL[M pgproto3.FrontendMessage](s *session, kind uint32) (m M, err error) {
	_ = s.wire.SetAuthType(kind) // a kind that it knows
	if err := s.flush(); err != nil {
		return m, err
	}
	got, err := s.wire.Receive()
	if err != nil {
		return m, err
	}
	m, ok := got.(M)
	if !ok {
		return m, protocolError("a message of SASL was due", "此处应为 SASL 消息")
	}
	return m, nil
}

// enter takes up the contract that a client names as its database, and its settings.
func (s *session) enter(ctx context.Context, m *pgproto3.StartupMessage) error {
	s.Contract = m.Parameters["database"]
	if err := s.Enter(ctx); err != nil {
		return err
	}
	if t := s.door.cfg.Tenants; t != nil {
		leave, err := t.Connect(s.By.Person.Org, s.Contract)
		if err != nil {
			return sqlsession.Coded("53300", err)
		}
		s.leave = leave
	}
	return s.Settings.Begin(settingsOf(m.Parameters))
}

// settingsOf are the settings that a client asks for as it connects, in options (-c name=value) or by name.
func settingsOf(parameters map[string]string) map[string]string {
	all := map[string]string{}
	words := strings.Fields(strings.ReplaceAll(parameters["options"], `\ `, "\x00"))
	for i, w := range words {
		w = strings.ReplaceAll(w, "\x00", " ")
		if w == "-c" && i+1 < len(words) {
			continue // the next word has it
		}
		w = strings.TrimPrefix(strings.TrimPrefix(w, "-c"), "--")
		if name, value, ok := strings.Cut(w, "="); ok {
			all[strings.ReplaceAll(name, "-", "_")] = value
		}
	}
	for name, value := range parameters {
		if !slices.Contains([]string{"user", "database", "options", "replication"}, name) &&
			!strings.HasPrefix(name, "_pq_.") {
			all[name] = value
		}
	}
	return all
}

// welcome tells a client what it needs to know of the session.
func (s *session) welcome() {
	s.door.enlist(s)
	for _, p := range s.Settings.Reported() {
		s.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
	}
	s.send(&pgproto3.BackendKeyData{ProcessID: s.pid, SecretKey: s.secret[:]})
	s.ready()
}

// refuseFull says, before anything is read, that there is no room.
func (s *session) refuseFull() {
	_ = s.conn.SetDeadline(time.Now().Add(time.Second))
	s.fatal(sqlsession.Coded("53300", yumen.Errorf(yumen.KindLimit, "there are too many connections", "连接数已达上限").
		ToFix("close one that is idle, or try again later", "请关闭空闲连接，或稍后重试")))
	if t, ok := s.conn.(*net.TCPConn); ok {
		_ = t.CloseWrite() // what the client has sent is not read; a reset would take the message away from it
		_, _ = t.Read(make([]byte, 1024))
	}
}

// errGone is what a session ends with whose client went away.
var errGone = errors.New("the client is gone")
