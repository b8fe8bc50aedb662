package pipeline

import (
	"context"
	"strconv"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/journal"
)

// driver drives jobs, each in one goroutine and in a context of its own: whoever asked for a job may go away meanwhile.
// Which run has its turn on the host is for the enclaves to say.
type driver struct {
	ctx   context.Context
	stop  context.CancelFunc
	begin func() // called when a job begins to be driven
	drive func(ctx context.Context, id string) (yumen.Job, error)

	mu   sync.Mutex
	jobs map[string]*driven
	all  sync.WaitGroup
}

// driven is a job that is being driven. What came of it may be read once done is closed.
type driven struct {
	stop context.CancelFunc
	// again says that somebody asked for it once it was under way: it may have come past what they changed. ended says
	// that somebody stopped it.
	again, ended bool
	done         chan struct{}
	job          yumen.Job
	err          error
}

func newDriver(ctx context.Context, begin func(), drive func(context.Context, string) (yumen.Job, error)) *driver {
	d := &driver{begin: begin, drive: drive, jobs: map[string]*driven{}}
	d.ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	return d
}

// start has a job driven, if it is not already. Where it is, it is looked at once more afterwards, so that nobody who
// starts a job at the moment at which it comes to rest leaves it there.
func (d *driver) start(id string) *driven {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w, ok := d.jobs[id]; ok {
		w.again = true
		return w
	}
	return d.launch(id)
}

// launch drives a job. The lock is held.
func (d *driver) launch(id string) *driven {
	w := &driven{done: make(chan struct{})}
	if w.err = d.ctx.Err(); w.err != nil {
		close(w.done)
		return w
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(d.ctx)
	d.jobs[id] = w
	d.begin()
	d.all.Go(func() {
		defer w.stop()
		w.job, w.err = d.drive(ctx, id)
		d.mu.Lock()
		delete(d.jobs, id)
		if w.again && (w.err == nil && !w.job.State.Final() || w.ended) {
			d.launch(id)
		}
		d.mu.Unlock()
		close(w.done)
	})
	return w
}

// end stops driving a job, if it is driven, and waits until it is not.
func (d *driver) end(id string) {
	d.mu.Lock()
	w, ok := d.jobs[id]
	if ok {
		w.ended = true
	}
	d.mu.Unlock()
	if ok {
		w.stop()
		<-w.done
	}
}

// close stops driving and waits until nothing is driven any more. It begins nothing afterwards.
func (d *driver) close() {
	d.mu.Lock() // whoever starts one by now has counted it
	d.stop()
	d.mu.Unlock()
	d.all.Wait()
}

// Start has a job driven and does not wait for it.
func (s *Service) Start(id string) { s.driver.start(id) }

// Drive has a job driven until a person has to act or it has ended, and returns it as the actor may see it then. That
// the job was refused or failed is no error of Drive. A caller who goes away leaves the job on its way.
func (s *Service) Drive(ctx context.Context, by yumen.Actor, id string) (yumen.Job, error) {
	if _, err := s.knownJob(ctx, by, id); err != nil {
		return yumen.Job{}, err
	}
	w := s.driver.start(id)
	select {
	case <-w.done:
		err := w.err
		if err == nil {
			err = s.awaitShown(ctx, by, &w.job)
		}
		return s.jobViewFor(by, w.job), err
	case <-ctx.Done():
		return yumen.Job{}, ctx.Err()
	}
}

// Close stops driving. A run that is under way is stopped and counts as no attempt: the job is planned again, for
// whoever opens the home next to resume.
func (s *Service) Close() error {
	s.driver.close()
	return nil
}

// pause takes back the run of a job whose driving ended because of why, and fails with that unless the job has ended. A
// crash does not come to this, so attempts count crashes.
func (s *Service) pause(ctx context.Context, id string, why error) (yumen.Job, error) {
	j, err := s.loadJob(ctx, id)
	switch {
	case err != nil:
		return j.V, why
	case j.V.State.Final():
		return j.V, nil
	case j.V.State != yumen.StateRunning:
		return j.V, why
	}
	e := s.systemEntry(yumen.ActionJobPause, id)
	e.Details = map[string]string{"attempt": strconv.Itoa(j.V.Attempts)}
	j.V.Attempts--
	_, _ = s.move(ctx, e, &j.Versioned, yumen.StatePlanned, journal.Step{}) // where this fails too, the attempt counts
	return j.V, why
}
