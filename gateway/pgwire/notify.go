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
	seen, err := s.states(ctx)
	if err != nil {
		return nil, err
	}
	ctx, s.unlistening = context.WithCancel(s.lifetime)
	go s.notify(ctx, seen)
	return sqlsession.Told("LISTEN"), nil
}

func (s *session) unlisten() {
	if s.unlistening != nil {
		s.unlistening()
		s.unlistening = nil
	}
}

// states are the states of the jobs of the principal's own under the contract, by id.
func (s *session) states(ctx context.Context) (map[string]yumen.State, error) {
	jobs, err := s.door.cfg.Domain.Jobs(ctx, s.By)
	if err != nil {
		return nil, err
	}
	out := map[string]yumen.State{}
	for _, j := range jobs {
		if j.Submitter.Name == s.By.Person.Name && j.Spec.Contract == s.Contract {
			out[j.ID] = j.State
		}
	}
	return out, nil
}

// notify tells of jobs whose state has changed, while the session waits for its client.
func (s *session) notify(ctx context.Context, seen map[string]yumen.State) {
	tick := time.NewTicker(notifyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := s.states(ctx)
		if err != nil {
			return // whoever may not see jobs any more is told of none
		}
		var out []byte
		for id, state := range now {
			if seen[id] == state {
				continue
			}
			payload, _ := json.Marshal(map[string]string{"job": id, "state": string(state)}) // of text: never fails
			n := pgproto3.NotificationResponse{PID: s.pid, Channel: channel, Payload: string(payload)}
			out, _ = n.Encode(out) // short
		}
		if len(out) > 0 && s.interject(out) {
			seen = now
		}
	}
}

// interject writes to a client that is being waited for, and reports whether it was.
func (s *session) interject(b []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.idle {
		return false
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.door.cfg.Limits.Grace)) // a closed connection fails below
	_, err := s.conn.Write(b)
	return err == nil
}
