package pipeline_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// blocking is an enclave whose module runs until it is let go or stopped.
type blocking struct {
	script
	started chan struct{}
	release chan struct{}
	opened  atomic.Int64
	runs    atomic.Int64
}

func (b *blocking) Open() { b.opened.Add(1) }

func newBlocking() *blocking {
	return &blocking{script: calm(), started: make(chan struct{}, 8), release: make(chan struct{})}
}

func (b *blocking) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	if t.Role != task.Wasm {
		return b.script.Run(ctx, t, outs)
	}
	b.runs.Add(1)
	b.started <- struct{}{}
	select {
	case <-b.release:
		return b.script.Run(ctx, t, outs)
	case <-ctx.Done():
		return task.Outcome{}, ctx.Err()
	}
}

func submitted(t *testing.T, s *pipeline.Service) string {
	t.Helper()
	j, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	return j.ID
}

// A caller who goes away, however often, leaves the one run of the job as it is; whoever watches it then sees what came
// of it.
func TestCallersMayGoAway(t *testing.T) {
	d, e := newDomain(t), newBlocking()
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	id := submitted(t, s)
	if n := e.opened.Load(); n != 0 {
		t.Errorf("enclaves are started ahead of nothing, %d times", n)
	}
	for i := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() {
			_, err := s.Drive(ctx, analyst, id)
			gone <- err
		}()
		if i == 0 {
			<-e.started
		}
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("caller %d: %v", i, err)
		}
	}
	close(e.release)
	j, err := s.Drive(t.Context(), reviewer1, id)
	if err != nil || j.State != yumen.StateInReview || j.Attempts != 1 || e.runs.Load() != 1 {
		t.Errorf("%s after %d attempts and %d runs, %v", j.State, j.Attempts, e.runs.Load(), err)
	}
	if e.opened.Load() == 0 {
		t.Error("no enclave is started ahead of a job on its way")
	}
}

// A process that ends in order, however often, leaves a job to be resumed, and no attempt is counted.
func TestClosingIsNoAttempt(t *testing.T) {
	d, e := newDomain(t), newBlocking()
	s, done := d.mustOpen(e)
	prepare(t, s, d.dir)
	id := submitted(t, s)
	for range 4 {
		s.Start(id)
		<-e.started
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if j, err := s.Job(t.Context(), reviewer1, id); err != nil || j.State != yumen.StatePlanned || j.Attempts != 0 {
			t.Fatalf("the job is %s after %d attempts, %v", j.State, j.Attempts, err)
		}
		if _, err := s.Drive(t.Context(), reviewer1, id); !errors.Is(err, context.Canceled) {
			t.Errorf("driven after the end: %v", err)
		}
		done()
		s, done = d.mustOpen(e)
	}
	defer done()
	close(e.release)
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateInReview || jobs[0].Attempts != 1 {
		t.Errorf("%+v, %v", jobs, err)
	}
	if got := compared(t, s); got != "" {
		t.Error(got)
	}
}

// A job that is withdrawn while it runs is stopped, and whoever waits for it is shown that it ended.
func TestCancelStopsARun(t *testing.T) {
	d, e := newDomain(t), newBlocking()
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	id := submitted(t, s)
	watched := make(chan yumen.Job)
	go func() {
		j, err := s.Drive(t.Context(), reviewer1, id)
		if err != nil {
			t.Error(err)
		}
		watched <- j
	}()
	<-e.started
	if j, err := s.Cancel(t.Context(), analyst, id); err != nil || j.State != yumen.StateCancelled {
		t.Errorf("%s, %v", j.State, err)
	}
	if j := <-watched; j.State != yumen.StateCancelled {
		t.Errorf("whoever waits sees %s", j.State)
	}
}
