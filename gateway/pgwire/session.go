package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// session is one connection. Its own goroutine alone uses what is not under mu.
type session struct {
	door     *Door
	conn     net.Conn
	in       *reader
	wire     *pgproto3.Backend // what is received
	out      []byte            // what is sent with the next flush
	gone     bool              // nothing reaches the client any more
	secured  bool
	endpoint []byte // what a client may bind its login to

	*sqlsession.Session // what is asked, and the settings
	leave               func()
	pid                 uint32
	secret              [4]byte

	tx         transaction
	statements map[string]*sqlsession.Statement
	portals    map[string]*portal
	ended      bool // its contract has, and the client was told
	skipping   bool // an extended query failed: what follows is passed over until Sync

	lifetime    context.Context // ends with the session
	unlistening func()          // nil where it does not listen

	writing sync.Mutex // of bytes to the client, which what it did not ask for goes between

	mu       sync.Mutex
	idle     bool                    // it waits for its client
	cancel   context.CancelCauseFunc // of the statement that is under way
	stopping error                   // why it ends as soon as it waits for its client
}

func newSession(d *Door, c net.Conn) *session {
	s := &session{door: d, leave: func() {}, statements: map[string]*sqlsession.Statement{},
		Session: &sqlsession.Session{Domain: d.cfg.Domain, Statements: d.cfg.Statements,
			Settings: sqlsession.NewSettings()},
		portals: map[string]*portal{}, tx: transaction{status: 'I'}}
	s.connect(c)
	return s
}

// connect has the session talk over a connection.
func (s *session) connect(c net.Conn) {
	s.conn, s.in = c, &reader{conn: c, session: s}
	s.wire = pgproto3.NewBackend(s.in, c)
	s.wire.SetMaxBodyLen(min(mostAtLogin, int(s.door.cfg.Limits.Message)))
}

// mostAtLogin is the most that a message may have of a client that has not logged in.
const mostAtLogin = 16 << 10

// reader reads from a connection. Between messages it waits as long as it takes; of a message that has begun, the rest
// has to arrive in the grace of the door.
type reader struct {
	conn    net.Conn
	session *session
	waiting bool // for the next message
	until   time.Time

	begun   bool
	version uint32 // of the protocol, as the first message says; a request for TLS, among others, has one of its own

	ahead []byte // what arrived while a statement ran
	ended error  // what the connection ended with meanwhile
}

var errStopping = errors.New("the server is stopping")

// The major version of the protocol that is spoken, and the one that stands for requests instead of a version.
const (
	major    = 3
	requests = 1234
)

// begin reads the head of the first message of a connection, and has a minor version that is not known be the one that
// is: PostgreSQL says which one it speaks.
func (r *reader) begin() error {
	r.begun = true
	head := make([]byte, 8)
	n, err := io.ReadFull(r.conn, head)
	r.ahead = head[:n]
	if err != nil {
		return err
	}
	if r.version = binary.BigEndian.Uint32(head[4:]); r.version>>16 == major {
		binary.BigEndian.PutUint32(head[4:], major<<16)
	}
	return nil
}

// Read reads what there is.
func (r *reader) Read(p []byte) (int, error) {
	if !r.begun {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	if len(r.ahead) > 0 {
		n := copy(p, r.ahead)
		r.ahead, r.waiting = r.ahead[n:], false
		return n, nil
	}
	s := r.session
	if s.By.Method == "" { // the login has a deadline of its own
		return r.conn.Read(p)
	}
	s.mu.Lock()
	if r.waiting && s.stopping != nil {
		s.mu.Unlock()
		return 0, errStopping
	}
	if !r.waiting && r.until.IsZero() {
		r.until = time.Now().Add(s.door.cfg.Limits.Grace)
	}
	err := r.conn.SetReadDeadline(r.until)
	s.idle = r.waiting
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := r.conn.Read(p)
	s.mu.Lock()
	s.idle, r.waiting = false, false
	s.mu.Unlock()
	return n, err
}

// stop ends the session for a reason, if it waits for its client, and as soon as it does.
func (s *session) stop(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = why
	_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // a connection that is closed ends by itself
}

// cut ends the session for a reason, and the statement that it is at with it.
func (s *session) cut(why error) {
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel(why)
	}
	s.stop(why)
}

// receive waits for the next message.
func (s *session) receive() (pgproto3.FrontendMessage, error) {
	s.in.waiting, s.in.until = true, time.Time{}
	return s.wire.Receive()
}

// send has a message go out with the next flush; what is much goes out at once, whether the client asked for it or not.
func (s *session) send(m pgproto3.BackendMessage) {
	out, err := m.Encode(s.out)
	if err != nil { // it is longer than a message can be
		s.gone = true
		return
	}
	s.out = out
	_ = s.sent() // the next flush fails, too
}

// sent flushes what is much, and fails where nothing reaches the client any more.
func (s *session) sent() error {
	if len(s.out) >= buffered {
		return s.flush()
	}
	if s.gone {
		return errGone
	}
	return nil
}

// buffered is how much is sent before it is flushed.
const buffered = 64 << 10

// flush writes what was sent. A client that takes too long to read it is given up.
func (s *session) flush() error {
	if s.By.Method != "" {
		_ = s.conn.SetWriteDeadline(time.Now().Add(s.door.cfg.Limits.Grace)) // a closed connection fails below
	}
	if !s.gone && len(s.out) > 0 {
		s.writing.Lock()
		_, err := s.conn.Write(s.out)
		s.writing.Unlock()
		s.gone = err != nil
	}
	if s.out = s.out[:0]; cap(s.out) > 2*buffered || s.gone {
		s.out = nil
	}
	if s.gone {
		return errGone
	}
	return nil
}

// ready says that the next query may come.
func (s *session) ready() { s.send(&pgproto3.ReadyForQuery{TxStatus: s.tx.status}) }

// fatal says why the session ends.
func (s *session) fatal(err error) {
	m := response(err, s.Settings.Lang(), "", 0)
	m.Severity, m.SeverityUnlocalized = "FATAL", "FATAL"
	s.send(m)
	_ = s.flush() // the client may be gone
}

// end gives back what the session has.
func (s *session) end() {
	s.unlisten()
	s.door.forget(s)
	s.Leave()
	s.leave()
}

// serve answers messages until the client leaves, breaks the protocol, or the door closes.
func (s *session) serve(ctx context.Context) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	s.lifetime = ctx
	for {
		m, err := s.receive()
		if err != nil {
			s.explainEnd(err)
			return
		}
		if _, leaves := m.(*pgproto3.Terminate); leaves {
			return
		}
		if err := s.handle(ctx, m); err != nil || s.ended || s.gone {
			if err != nil && !errors.Is(err, errGone) {
				s.fatal(err)
			}
			return
		}
	}
}

// explainEnd says why no further message is read, where there is somebody to say it to.
func (s *session) explainEnd(err error) {
	var long *pgproto3.ExceededMaxBodyLenErr
	s.mu.Lock()
	stopping := s.stopping
	s.mu.Unlock()
	switch {
	case stopping != nil:
		s.fatal(stopping)
	case errors.As(err, &long):
		s.fatal(sqlsession.Coded("54000", yumen.Errorf(yumen.KindLimit, "a message may have %s at most", "单条消息不得超过 %s",
			s.door.cfg.Limits.Message)))
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.fatal(protocolError("the rest of a message did not arrive in time", "消息未在规定时间内送达完整"))
	case !isNetwork(err):
		s.fatal(protocolError("this is no message of the protocol", "该消息不符合协议"))
	}
}

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, net.ErrClosed) || isEOF(err)
}

// handle answers one message. It fails where the session cannot go on: with a coded error, which the client is told, or
// because the client is gone.
func (s *session) handle(ctx context.Context, m pgproto3.FrontendMessage) error {
	switch m := m.(type) {
	case *pgproto3.Query:
		s.skipping = false
		s.query(ctx, m.String)
		s.ready()
		return s.flush()
	case *pgproto3.Sync:
		s.skipping = false
		s.closeUnnamed()
		s.ready()
		return s.flush()
	case *pgproto3.Flush:
		return s.flush()
	case *pgproto3.FunctionCall:
		s.refuse(sqlsession.Unsupported("calls of functions by number are not answered", "不支持按编号调用函数"), "", 0)
		s.ready()
		return s.flush()
	case *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
		return nil // of a copy that was refused: its client had sent them before it knew
	case *pgproto3.Parse, *pgproto3.Bind, *pgproto3.Describe, *pgproto3.Execute, *pgproto3.Close:
		if s.skipping {
			return nil
		}
		if err := s.extended(ctx, m); err != nil {
			s.skipping = true
			s.refuse(err, s.textOf(m), 0)
		}
		if s.ended {
			return s.flush()
		}
		return nil
	}
	return protocolError("this message has no place here", "该消息在此处无效")
}

// refuse says why a statement fails. A transaction that is open fails with it, but for a result that is held: nothing
// went wrong.
func (s *session) refuse(err error, text string, before int) {
	m := response(err, s.Settings.Lang(), text, before)
	if m.Code == sqlsession.CodeEnded {
		m.Severity, m.SeverityUnlocalized = "FATAL", "FATAL"
		s.ended = true
	}
	s.send(m)
	if s.tx.status == 'T' && sqlsession.CodeOf(err) != sqlsession.CodeHeld {
		s.tx.status = 'E'
	}
}

// notice tells a client something that is no error.
func (s *session) notice(code string, msg yumen.Text) {
	s.send(&pgproto3.NoticeResponse{Severity: "NOTICE", SeverityUnlocalized: "NOTICE", Code: code,
		Message: msg.In(s.Settings.Lang())})
}

var errCancelled = errors.New("cancelled")

// running gives a statement a context that ends when it is cancelled or has taken too long.
func (s *session) running(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	s.cancel = cancel
	s.mu.Unlock()
	stop := func() {}
	if t := s.Settings.Timeout(); t > 0 {
		timer := time.AfterFunc(t, func() { cancel(context.DeadlineExceeded) })
		stop = func() { timer.Stop() }
	}
	unwatch := s.in.watch(func() { cancel(errGone) })
	return ctx, func() {
		stop()
		s.gone = unwatch() || s.gone
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
		cancel(nil)
	}
}

// cancelStatement ends the statement that is under way, if one is.
func (s *session) cancelStatement() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(errCancelled)
	}
}

// ending says of a failure what ended the statement, where that was not the statement itself.
func ending(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case err == nil || cause == nil:
		return err
	case errors.Is(cause, errCancelled):
		return sqlsession.Coded("57014", yumen.Errorf(yumen.KindUnavailable, "the statement was cancelled", "语句已取消"))
	case errors.Is(cause, context.DeadlineExceeded):
		return sqlsession.TimedOut()
	case sqlsession.CodeOf(cause) == sqlsession.CodeEnded:
		return cause
	}
	return err
}
