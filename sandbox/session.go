package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// SessionLimits bound one warm enclave.
type SessionLimits struct {
	Statements int           // how many it answers. Defaults to 100
	Age        time.Duration // how long it lives, busy or idle. Defaults to 10 minutes
}

// Owner is who a session belongs to.
type Owner = task.Owner

// Statement is one thing a session is asked to do.
type Statement struct {
	Spec    any          // the role's spec, sent as JSON, without what the session fixed
	Program yumen.Digest // for the report
	// Wall is the statement's deadline. Defaults to the session's, and is never longer.
	Wall yumen.Duration
}

// Session answers statements in a warm enclave, one at a time. It holds its share of the host as long as that enclave
// lives: until it answered so many statements, got so old (even idle), anything went wrong, be it only that a statement
// failed, or it is idle while a run or another session waits for room. The next statement then gets a fresh enclave
// with the same inputs. A Session is safe for concurrent use.
type Session struct {
	host   *Host
	task   task.Task
	owner  Owner
	limits SessionLimits
	turn   chan struct{}   // holds a token while nobody uses warm
	ctx    context.Context // ends with Close
	close  context.CancelFunc
	warm   *warm // nil where there is none
	idled  func()
}

// OpenSession starts a session with an enclave of the task's role. Its inputs, and what the task's spec says, hold for
// all statements. Errors are those of Run. The session must be closed.
func (h *Host) OpenSession(ctx context.Context, t task.Task, owner Owner) (*Session, error) {
	if owner.Contract == "" || owner.Actor == "" {
		return nil, yumen.Errorf(yumen.KindInvalid, "a session needs a contract and an actor", "会话须指明合同与操作人")
	}
	t.Tenant.Contract = owner.Contract
	return h.openSession(ctx, t, owner, h.session, nil)
}

// openSession is OpenSession for any owner; idled, where not nil, is called whenever the enclave has ended while nobody
// used it.
func (h *Host) openSession(ctx context.Context, t task.Task, owner Owner, limits SessionLimits,
	idled func()) (*Session, error) {
	t.Limits, t.Progress = fillLimits(t.Limits, h.limits), nil
	s := &Session{host: h, task: t, owner: owner, limits: limits, turn: make(chan struct{}, 1), idled: idled}
	s.ctx, s.close = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		s.close()
		return nil, err
	}
	s.endTurn()
	return s, nil
}

// Run carries out one statement and writes its output streams to outs. It waits for its turn, and for room on the host
// where a fresh enclave is due. The report is that of the enclave that ran the statement. On an error, what was written
// to outs is an unusable part; errors are those of Host.Run, and of kind denied for another owner, conflict for a
// closed session.
func (s *Session) Run(ctx context.Context, owner Owner, st Statement, outs map[string]io.Writer) (task.Outcome, error) {
	if owner != s.owner {
		return task.Outcome{},
			yumen.Errorf(yumen.KindDenied, "the session belongs to another contract or actor", "该会话属于其他合同或操作人")
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return task.Outcome{}, cancelled(ctx.Err())
	}
	s.host.idle.remove(s)
	defer s.endTurn()
	if s.ctx.Err() != nil {
		return task.Outcome{},
			yumen.Errorf(yumen.KindConflict, "the session is closed", "会话已关闭").ToFix("open a new one", "请打开新的会话")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if s.warm == nil {
		if err := s.start(ctx); err != nil {
			return task.Outcome{}, err
		}
	}
	w := s.warm
	got, err := w.do(ctx, st, outs)
	if err != nil || w.ended || w.spent(s.limits) {
		s.end()
	}
	return got, err
}

// Close ends the session, and a statement that is still running, and gives its share of the host back.
func (s *Session) Close() {
	s.close()
	<-s.turn
	s.host.idle.remove(s)
	s.end()
	s.turn <- struct{}{}
}

// retire ends an enclave that got too old, once it is idle.
func (s *Session) retire(w *warm) {
	<-s.turn
	mine := s.warm == w
	if mine {
		s.end()
	}
	s.turn <- struct{}{}
	if mine && s.idled != nil {
		s.idled()
	}
}

// end ends the enclave, if there is one. The caller holds the turn, as for start.
func (s *Session) end() {
	if s.warm == nil {
		return
	}
	s.warm.end(context.Background(), nil)
	s.warm = nil
}

// start starts an enclave and waits until it is ready for a statement.
func (s *Session) start(ctx context.Context) error {
	ord, err := newOrder(s.task, nil)
	if err != nil {
		return err
	}
	leave, err := s.host.admission.enter(ctx, s.task.Tenant, ord.claim())
	if err != nil {
		return cancelled(err)
	}
	dir, err := newWorkdir(s.host.scratch)
	if err != nil {
		leave()
		return err
	}
	age := s.limits.Age
	s.host.place(&ord, dir)
	ord.Session = age + 2*time.Duration(s.task.Limits.Wall) // its opening, and a statement that came at the last moment
	w := &warm{run: &run{host: s.host, task: s.task, dir: dir, order: ord}, wall: s.task.Limits.Wall, leave: leave}
	go s.host.digest()
	if err := w.open(ctx); err != nil {
		return err
	}
	s.warm, w.born = w, time.Now()
	w.old = time.AfterFunc(age, func() { s.retire(w) })
	return nil
}

// warm is an enclave between statements, seen from its parent.
type warm struct {
	run    *run
	wall   yumen.Duration // the longest deadline of a statement
	result *bufio.Reader
	leave  func()
	born   time.Time
	old    *time.Timer
	asked  int // statements
	ended  bool
}

// open begins the enclave and hears its greeting, and that it is ready.
func (w *warm) open(ctx context.Context) error {
	ctx, cancel := w.run.deadline(ctx)
	defer cancel()
	if err := w.run.begin(); err != nil {
		w.run.dir.remove()
		w.leave()
		return err
	}
	w.result = bufio.NewReaderSize(w.run.result, frameHeader+maxData)
	stop := context.AfterFunc(ctx, w.run.kill)
	_, err := w.run.converse(w.result)
	stop()
	if err != nil {
		return w.end(ctx, err)
	}
	return nil
}

// do asks for one statement. After an error the enclave is dead.
func (w *warm) do(ctx context.Context, st Statement, outs map[string]io.Writer) (task.Outcome, error) {
	begun := time.Now()
	spec, err := json.Marshal(st.Spec)
	if err != nil {
		return task.Outcome{}, yumen.AsError(err)
	}
	r := w.run
	r.task.Program, r.task.Limits.Wall = st.Program, w.wall
	if st.Wall > 0 {
		r.task.Limits.Wall = min(st.Wall, w.wall)
	}
	w.asked++
	ask := statement{ID: uint64(w.asked), Spec: spec, Outputs: slices.Sorted(maps.Keys(outs)), Wall: r.task.Limits.Wall}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, r.kill)
	answer, err := w.converse(ask, outs)
	r.host.observe(r.task.Role, time.Since(begun)-r.away)
	if killed := !stop(); err != nil || killed {
		err = w.end(ctx, err)
	}
	if err != nil {
		return task.Outcome{}, err
	}
	rep, err := r.report(begun)
	rep.Statement = w.asked
	return task.Outcome{Answer: answer, Report: rep}, err
}

func (w *warm) converse(ask statement, outs map[string]io.Writer) (json.RawMessage, error) {
	if len(outs) > maxStreams {
		return nil, yumen.Errorf(yumen.KindInternal, "%d output streams, at most %d", "有 %d 个输出流，最多 %d 个", len(outs),
			maxStreams)
	}
	if err := w.run.send(ask); err != nil {
		return nil, err
	}
	var sinks []io.Writer
	for _, n := range ask.Outputs {
		sinks = append(sinks, outs[n])
	}
	d := newDecoder(w.result, sinks, int64(w.run.task.Limits.Output))
	d.id = ask.ID
	z, answer, err := d.run()
	w.run.away = d.away
	w.run.rep.Engines = z.Engines
	return slices.Clone(answer), err
}

func (w *warm) spent(l SessionLimits) bool {
	return w.asked >= l.Statements || time.Since(w.born) >= l.Age
}

// end ends the enclave, once, and explains err.
func (w *warm) end(ctx context.Context, err error) error {
	if w.ended {
		return err
	}
	w.ended = true
	if w.old != nil {
		w.old.Stop()
	}
	err = w.run.finish(ctx, err)
	w.run.dir.remove()
	w.leave()
	return err
}
