package flightsql

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// now is the time, for how long ago something was.
func now() time.Time { return time.Now() }

// session is what one login asks under one contract, over as many connections as it likes. Its calls may run at the
// same time.
type session struct {
	door  *Door
	own   bool // its settings can be changed
	leave func()

	mu          sync.Mutex
	sql         *sqlsession.Session
	prepared    map[string]*prepared
	answers     map[string]*answer
	order       []string // of answers, the oldest first
	kept        int      // bytes of prepared statements
	waiting     int      // bytes of answers
	calls       int      // under way
	connections int
	last        time.Time // when the last call ended, or the last connection
	ended       bool
}

// prepared is a prepared statement.
type prepared struct {
	q      *question
	params []sqlsession.Given
	size   int
}

// answer is an answer that waits to be read, or a job whose result is held.
type answer struct {
	*sqlsession.Answer
	header, stream []byte // its schema
	size           int
	job            string
	q              *question
	stops          map[int]context.CancelCauseFunc // what ends those that read it
}

func newSession(d *Door, sql *sqlsession.Session, own bool) *session {
	return &session{door: d, own: own, leave: func() {}, sql: sql, prepared: map[string]*prepared{},
		answers: map[string]*answer{}, last: now()}
}

// fork is a session for one call.
func (s *session) fork() *sqlsession.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sql.Fork()
}

// enter begins a call, unless the session has ended.
func (s *session) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.calls++
	}
	return !s.ended
}

func (s *session) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls--
	s.last = now()
}

func (s *session) joined() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
}

func (s *session) left() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections--
	s.last = now()
}

// over reports whether nobody comes for the session any more.
func (s *session) over(at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	idle, l := at.Sub(s.last), s.door.cfg.Limits
	return s.ended || s.calls == 0 && (idle > l.Idle || s.connections == 0 && idle > l.Away)
}

// end has the session be forgotten at the next look, for a reason; nothing that it has can be asked for from now on.
func (s *session) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	clear(s.prepared)
	for _, a := range s.answers {
		a.stop(why)
	}
	clear(s.answers)
	s.order, s.kept, s.waiting = nil, 0, 0
}

// hasEnded reports whether it has.
func (s *session) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// watch ends sessions under a contract that is over, and of those who may not see it any more.
func (d *Door) watch(ctx context.Context) {
	d.mu.Lock()
	byLogin := map[*login][]*session{}
	for _, l := range d.logins {
		byLogin[l] = slices.Collect(maps.Values(l.sessions))
	}
	d.mu.Unlock()
	for _, all := range byLogin {
		over := map[string]error{} // by contract
		for _, s := range all {
			fork := s.fork()
			err, known := over[fork.Contract]
			if !known {
				err = fork.Over(ctx)
				over[fork.Contract] = err
			}
			if err != nil {
				s.end(err)
			}
		}
	}
}

// tidy forgets sessions that are over, and logins without one.
func (d *Door) tidy(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, l := range d.logins {
		for name, s := range l.sessions {
			if s.over(at) {
				d.forget(l, name, s)
			}
		}
		if len(l.sessions) == 0 && at.Sub(l.begun) > d.cfg.Limits.Away {
			delete(d.logins, key)
		}
	}
}

// forget forgets a session. The door is locked.
func (d *Door) forget(l *login, name string, s *session) {
	s.end(ended())
	s.leave()
	delete(l.sessions, name)
	d.count--
}

// endAll forgets all of them.
func (d *Door) endAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.logins {
		for name, s := range maps.Clone(l.sessions) {
			d.forget(l, name, s)
		}
	}
	clear(d.logins)
}

// close ends one session at its client's wish, and the login with its last one where nobody else has that.
func (d *Door) close(l *login, of *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, s := range l.sessions {
		if s == of {
			d.forget(l, name, s)
		}
	}
	if !l.own || len(l.sessions) > 0 {
		return
	}
	maps.DeleteFunc(d.logins, func(_ [32]byte, other *login) bool { return other == l })
}

// ended is what the calls of a session that is forgotten are told.
func ended() error {
	return sqlsession.Coded(sqlsession.CodeEnded, yumen.Errorf(yumen.KindDenied,
		"the session has ended", "会话已结束").ToFix("log in again", "请重新登录"))
}

// full refuses to keep more than the door allows.
func full(en, zh string, args ...any) error {
	return sqlsession.Coded("53400", yumen.Errorf(yumen.KindLimit, en, zh, args...).ToFix("close some", "请关闭一些"))
}

// prepare keeps a prepared statement, and returns what it is called by.
func (s *session) prepare(p *prepared) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.door.cfg.Limits
	if len(s.prepared) >= l.Statements {
		return "", full("a session keeps %d prepared statements at most", "每个会话最多保留 %d 个预备语句", l.Statements)
	}
	if s.kept+p.size > int(l.Kept) {
		return "", full("the prepared statements of a session may take %s at most",
			"单个会话的预备语句合计不得超过 %s", l.Kept)
	}
	handle := rand.Text()
	s.prepared[handle] = p
	s.kept += p.size
	return handle, nil
}

// bind keeps the parameters of a prepared statement.
func (s *session) bind(handle string, params []sqlsession.Given) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prepared[handle]
	if p == nil {
		return noStatement()
	}
	size := p.q.st.Size() + sqlsession.SizeOf(params)
	if s.kept-p.size+size > int(s.door.cfg.Limits.Kept) {
		return full("the prepared statements of a session may take %s at most",
			"单个会话的预备语句合计不得超过 %s", s.door.cfg.Limits.Kept)
	}
	s.kept += size - p.size
	p.params, p.size = params, size
	return nil
}

func noStatement() error {
	return sqlsession.Coded("26000", yumen.Errorf(yumen.KindNotFound, "there is no such prepared statement",
		"没有该预备语句").ToFix("prepare it again", "请重新预备"))
}

// statement is what a prepared statement asks at this moment.
func (s *session) statement(handle string) (*question, []sqlsession.Given, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prepared[handle]
	if p == nil {
		return nil, nil, noStatement()
	}
	return p.q, p.params, nil
}

// closePrepared forgets a prepared statement; one that there is not is forgotten already.
func (s *session) closePrepared(handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.prepared[handle]; p != nil {
		s.kept -= p.size
		delete(s.prepared, handle)
	}
}

// keep has an answer wait to be read, and returns what it is called by. The oldest ones give way.
func (s *session) keep(a *answer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.door.cfg.Limits
	handle := rand.Text()
	s.answers[handle] = a
	s.order = append(s.order, handle)
	for s.waiting += a.size; len(s.order) > 1 && (len(s.order) > l.Statements || s.waiting > int(l.Kept)); {
		s.drop(s.order[0])
	}
	return handle
}

// drop forgets an answer. The session is locked.
func (s *session) drop(handle string) {
	a := s.answers[handle]
	if a == nil {
		return
	}
	a.stop(cancelled())
	s.waiting -= a.size
	delete(s.answers, handle)
	for i, h := range s.order {
		if h == handle {
			s.order = append(s.order[:i:i], s.order[i+1:]...)
			break
		}
	}
}

// stop ends those that read the answer, for a reason.
func (a *answer) stop(why error) {
	for _, stop := range a.stops {
		stop(why)
	}
}

// cancelled is what those are told who read an answer that is forgotten.
func cancelled() error {
	return sqlsession.Coded("57014", yumen.Errorf(yumen.KindUnavailable, "the statement was cancelled", "语句已取消"))
}

// find returns an answer that waits.
func (s *session) find(handle string) (*answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.answers[handle]; a != nil {
		return a, nil
	}
	return nil, sqlsession.Coded("34000", yumen.Errorf(yumen.KindNotFound, "there is no such answer, or no more",
		"没有该结果，或已不再保留").ToFix("ask again", "请重新查询"))
}

// cancel forgets an answer, ends those that read it, and returns it.
func (s *session) cancel(handle string) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.answers[handle]
	s.drop(handle)
	return a
}

// reading notes that an answer is read, which stop ends, until it is done.
func (s *session) reading(a *answer, stop context.CancelCauseFunc) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.stops == nil {
		a.stops = map[int]context.CancelCauseFunc{}
	}
	n := len(a.stops)
	for a.stops[n] != nil {
		n++
	}
	a.stops[n] = stop
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(a.stops, n)
	}
}
