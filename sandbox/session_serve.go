package sandbox

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// server answers the statements of a session, one after the other, until the parent is gone or one fails: only success
// is followed by another statement in the same process.
type server struct {
	control io.Reader
	order   order
	wire    *wire
	open    Opener
	end     chan error

	mu   sync.Mutex // held while a statement runs and the next one is prepared
	next *prepared
	err  error // of preparing it
}

func serveSession(control io.Reader, o order, w *wire, open Opener) error {
	s := &server{control: control, order: o, wire: w, open: open, end: make(chan error)}
	if s.next, s.err = prepare(o, w, open); s.err != nil {
		return s.err
	}
	if err := s.next.in.end(); err != nil {
		return err
	}
	go s.listen()
	return <-s.end
}

// listen reads one statement and runs it on the thread that read it, which saves waking another one; meanwhile another
// listens, so that the process ends with its parent at any time.
func (s *server) listen() {
	var st statement
	if readMessage(s.control, &st) != nil {
		os.Exit(3)
	}
	go s.listen()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.serve(st); err != nil {
		s.end <- err
	}
}

// serve answers a statement and prepares for the next one while the parent thinks.
func (s *server) serve(st statement) error {
	if err := s.wire.later(frameBegin, 0, binary.BigEndian.AppendUint64(nil, st.ID)); err != nil {
		return err
	}
	if s.err != nil {
		return s.err
	}
	if err := s.next.answer(st, s.wire); err != nil {
		return err
	}
	s.next.free()
	if s.err = empty(s.next.in.Work()); s.err == nil {
		s.next, s.err = prepare(s.order, s.wire, s.open)
	}
	return nil
}

// prepared is all that a statement needs, made before it came.
type prepared struct {
	in   *taskEnv
	run  Handler
	free func()
}

func prepare(o order, w *wire, open Opener) (*prepared, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(o.Limits.Wall))
	defer cancel()
	p := &prepared{in: newTaskEnv(o, w)}
	return p, p.in.guard(ctx, func(ctx context.Context, in Env) (err error) {
		p.run, p.free, err = open(ctx, in)
		return err
	})
}

func (p *prepared) answer(st statement, w *wire) error {
	o := p.in.order
	o.Spec, o.Outputs, o.Limits.Wall = st.Spec, st.Outputs, st.Wall
	in := newTaskEnv(o, w)
	in.engines = slices.Clone(p.in.engines)
	return in.serve(p.run)
}

// empty deletes all that a statement left in the work folder, so that the next one finds nothing.
func empty(dir string) error {
	names, err := os.ReadDir(dir)
	for _, n := range names {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir, n.Name()))
		}
	}
	return err
}
