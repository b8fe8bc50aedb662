package sandbox

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Shared answers statements of a role without data in a few warm enclaves that serve everybody: what a statement may
// see comes with it, and the role keeps nothing of it. Nobody has all of them at once, where there are several: what one
// tenant asks cannot keep the others waiting. An enclave is started when it is first needed and gives way to a fresh one
// as that of a session does. A Shared is safe for concurrent use.
type Shared struct {
	host   *Host
	task   task.Task
	limits SessionLimits
	slots  chan *Session // one for each enclave; nil where there is none yet

	mu      sync.Mutex
	closed  bool
	tenants map[string]*asker // that ask at this moment
}

// asker is what one tenant has of the enclaves.
type asker struct {
	places chan struct{} // one of all enclaves is left to others
	asking int
}

// everybody owns the enclaves of a Shared.
var everybody = Owner{Contract: "-", Actor: "-"}

// Share returns a Shared of so many enclaves, which start none of them yet. The error is of kind invalid for a task
// with inputs: what is shared must hold no data.
func (h *Host) Share(t task.Task, enclaves int, limits SessionLimits) (*Shared, error) {
	if len(t.Inputs) > 0 || enclaves < 1 {
		return nil, yumen.Errorf(yumen.KindInvalid, "enclaves that serve everybody are given no data", "共享的飞地不得接收数据")
	}
	fill(&limits.Statements, h.session.Statements)
	fill(&limits.Age, h.session.Age)
	s := &Shared{host: h, task: t, limits: limits, slots: make(chan *Session, enclaves),
		tenants: map[string]*asker{}}
	for range enclaves {
		s.slots <- nil
	}
	return s, nil
}

// take waits until a tenant may have one enclave more.
func (s *Shared) take(ctx context.Context, tenant string) (leave func(), err error) {
	s.mu.Lock()
	own := s.tenants[tenant]
	if own == nil {
		own = &asker{places: make(chan struct{}, max(1, cap(s.slots)-1))}
		s.tenants[tenant] = own
	}
	own.asking++
	s.mu.Unlock()
	gone := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if own.asking--; own.asking == 0 {
			delete(s.tenants, tenant)
		}
	}
	select {
	case own.places <- struct{}{}:
		return func() { <-own.places; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, cancelled(ctx.Err())
	}
}

// Ask carries out one statement of a tenant in whichever enclave is free, and waits where none is. One for which an enclave
// has no room is asked once more, in a fresh one: what it lacked may have been with the statements of others. Errors are
// those of Session.Run.
func (s *Shared) Ask(ctx context.Context, tenant string, spec any, outs map[string]io.Writer) (task.Outcome, error) {
	leave, err := s.take(ctx, tenant)
	if err != nil {
		return task.Outcome{}, err
	}
	defer leave()
	var session *Session
	select {
	case session = <-s.slots:
	case <-ctx.Done():
		return task.Outcome{}, cancelled(ctx.Err())
	}
	defer func() { s.slots <- session }()
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return task.Outcome{}, yumen.Errorf(yumen.KindConflict, "the session is closed", "会话已关闭")
	}
	if session == nil {
		opened, err := s.host.openSession(ctx, s.task, everybody, s.limits, nil)
		if err != nil {
			return task.Outcome{}, err
		}
		session = opened
	}
	got, err := session.once(ctx, spec, outs)
	if yumen.KindOf(err) == yumen.KindLimit && !timedOut(err) && ctx.Err() == nil { // the enclave has ended with it
		got, err = session.once(ctx, spec, outs)
	}
	return got, err
}

// once carries out a statement, and passes its outputs on where it was answered.
func (s *Session) once(ctx context.Context, spec any, outs map[string]io.Writer) (task.Outcome, error) {
	kept, sinks := map[string]*bytes.Buffer{}, map[string]io.Writer{}
	for name := range outs {
		kept[name] = new(bytes.Buffer)
		sinks[name] = kept[name]
	}
	got, err := s.Run(ctx, everybody, Statement{Spec: spec}, sinks)
	for name, b := range kept {
		if err == nil {
			_, err = b.WriteTo(outs[name])
		}
	}
	return got, err
}

// Close ends all enclaves once their statements are answered; none is started any more. The error is always nil.
func (s *Shared) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for range cap(s.slots) {
		if session := <-s.slots; session != nil {
			session.Close()
		}
	}
	for range cap(s.slots) {
		s.slots <- nil
	}
	return nil
}
