package pgwire

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// channel is the one that tells of jobs: LISTEN yumen.
const channel = "yumen"

// notifyEvery is how often a session that listens looks for what is new. What it may know of a job is shown at times
// that are fixed, so looking often tells no more.
const notifyEvery = time.Second

// listen begins or ends to tell the client of its jobs.
func (s *session) listen(ctx context.Context, st *sqlsession.Statement) (*sqlsession.Answer, error) {
	if st.Word(0) == "UNLISTEN" {
		if name := st.Ident(1); st.Source(1) == "*" || name == channel {
			s.unlisten()
		}
		return sqlsession.Told("UNLISTEN"), nil
	}
	if st.Ident(1) != channel {
		return nil, sqlsession.Coded("42704", yumen.Errorf(yumen.KindNotFound, "there is no channel %q", "没有频道 %q", st.Ident(1)).
			ToFix("LISTEN yumen tells of your jobs", "LISTEN yumen 可获知本人任务的状态"))
	}
	if s.unlistening != nil {
		return sqlsession.Told("LISTEN"), nil
	}
	own := &listener{session: s, seen: map[string]yumen.State{}}
	if err := own.look(ctx); err != nil {
		return nil, err
	}
	own.news = nil
	ctx, s.unlistening = context.WithCancel(s.lifetime)
	go own.listen(ctx)
	return sqlsession.Told("LISTEN"), nil
}

func (s *session) unlisten() {
	if s.unlistening != nil {
		s.unlistening()
		s.unlistening = nil
	}
}

// listener tells a session of its jobs.
type listener struct {
	session *session
	seen    map[string]yumen.State // by the id of the job
	looked  time.Time
	news    []byte // what the client was not told yet
}

// overlap is how much of what was looked at is looked at again: a step may be recorded a moment after its time.
const overlap = 5 * time.Second

// look finds out which jobs of the principal's own under the contract have another state than before, the first time
// among all of them, and from then on among those that can have.
func (l *listener) look(ctx context.Context) error {
	s, began := l.session, time.Now()
	var jobs []yumen.Job
	var err error
	if l.looked.IsZero() {
		jobs, err = s.Statements.OwnJobs(ctx, s.By, s.Contract)
	} else {
		var pending []string
		for id, state := range l.seen {
			if state == yumen.StateRunning { // whatever it came to is shown at a time of its own
				pending = append(pending, id)
			}
		}
		jobs, err = s.Statements.ChangedJobs(ctx, s.By, s.Contract, l.looked.Add(-overlap), pending)
	}
	if err != nil {
		return err
	}
	l.looked = began
	for _, j := range jobs {
		if l.seen[j.ID] == j.State {
			continue
		}
		l.seen[j.ID] = j.State
		payload, _ := json.Marshal(map[string]string{"job": j.ID, "state": string(j.State)}) // of text: never fails
		n := pgproto3.NotificationResponse{PID: s.pid, Channel: channel, Payload: string(payload)}
		l.news, _ = n.Encode(l.news) // short
	}
	return nil
}

// listen tells of what is new, while the session waits for its client. Looking counts as a call: where a tenant has used
// up its calls, the client is told later.
func (l *listener) listen(ctx context.Context) {
	tick := time.NewTicker(notifyEvery)
	defer tick.Stop()
	s := l.session
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if t := s.door.cfg.Tenants; t != nil && t.Call(s.By.Person.Org, s.Contract) != nil {
			continue
		}
		if l.look(ctx) != nil {
			return // whoever may not see jobs any more is told of none
		}
		if len(l.news) > 0 && s.interject(l.news) {
			l.news = nil
		}
	}
}

// interject writes to a client that is being waited for, and reports whether it was. One that does not read it loses its
// connection: a part of a message may have been sent.
func (s *session) interject(b []byte) bool {
	s.mu.Lock()
	if !s.idle {
		s.mu.Unlock()
		return false
	}
	s.writing.Lock() // nobody else waits for it while the session does for its client
	defer s.writing.Unlock()
	s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.door.cfg.Limits.Grace)) // a closed connection fails below
	if _, err := s.conn.Write(b); err != nil {
		_ = s.conn.Close() // the session ends by that
		return false
	}
	return true
}
