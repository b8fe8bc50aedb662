package pipeline_test

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// clock goes on when a test says so, and where somebody waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Time
}

func (c *clock) tell() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) wait(_ context.Context, until time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, until)
	if c.now.Before(until) {
		c.now = until
	}
	return nil
}

// polled is what somebody sees who polls a job from its submission to its end.
type polled struct {
	during, after, shown string // while it is checked, once it is over, once that is shown
	at                   time.Duration
}

// poll has a job go its way, with a check that takes so long and comes to err, and polls it as its submitter, in the
// same words whatever its id and the time.
func poll(t *testing.T, takes time.Duration, err error) (p polled, c *clock, s *pipeline.Service, id string) {
	t.Helper()
	c = &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	d, e := newDomain(t), calm()
	s, done := d.mustOpenWith(e,
		func(cfg *pipeline.Config) { cfg.FixedTimes, cfg.Clock, cfg.Wait = true, c.tell, c.wait })
	t.Cleanup(done)
	prepare(t, s, d.dir)
	j, err2 := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err2 != nil {
		t.Fatal(err2)
	}
	see := func() string {
		j, err := s.Job(t.Context(), analyst, j.ID)
		if err != nil {
			t.Error(err)
		}
		return inWords(t, j)
	}
	e[task.Check] = func(task.Task, map[string]io.Writer) (any, error) {
		c.advance(takes)
		p.during = see()
		return yumen.Evidence{Rows: 3}, err
	}
	if seen, err := s.Drive(t.Context(), reviewer1, j.ID); err != nil || seen.State == yumen.StateRunning ||
		len(c.waits) > 0 {
		t.Fatalf("a reviewer has to wait: %s, %v, %v", seen.State, c.waits, err)
	}
	p.after = see()
	if _, err := s.Drive(t.Context(), analyst, j.ID); err != nil || len(c.waits) == 0 {
		t.Fatalf("the submitter does not have to wait: %v", err)
	}
	p.shown, p.at = see(), c.waits[0].Sub(j.Created)
	return p, c, s, j.ID
}

// inWords is a job without what differs between two jobs of the same kind, and with its times counted from its
// submission.
func inWords(t *testing.T, j yumen.Job) string {
	t.Helper()
	type seen struct {
		Job     yumen.Job
		Updated time.Duration
	}
	v := seen{j, j.Updated.Sub(j.Created)}
	v.Job.ID, v.Job.Created, v.Job.Updated, v.Job.ContractDigest, v.Job.Plan, v.Job.Versions = "", time.Time{},
		time.Time{}, "", nil, nil
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Nothing that a submitter can poll tells when a check ended, as long as it was in the same of the times that the plan
// fixes: a quick one looks like a slow one and, until then, one that failed like one that did not.
func TestShownAtFixedTimes(t *testing.T) {
	quick, _, _, _ := poll(t, 20*time.Millisecond, nil)
	slow, _, _, _ := poll(t, 900*time.Millisecond, nil)
	late, _, _, _ := poll(t, 2500*time.Millisecond, nil)
	bad, c, s, id := poll(t, 300*time.Millisecond, yumen.Errorf(yumen.KindFailed, "no", "不行"))
	if quick != slow {
		t.Errorf("a slow check shows:\n%+v\n%+v", quick, slow)
	}
	if quick.during != quick.after || quick.after == quick.shown || quick.at != time.Second {
		t.Errorf("%+v", quick)
	}
	if late.at != 4*time.Second || late.during != quick.during || late.after != quick.after {
		t.Errorf("a late one: %+v", late)
	}
	if bad.after != quick.after || bad.at != quick.at || bad.shown == quick.shown {
		t.Errorf("one that fails shows early:\n%+v\n%+v", quick, bad)
	}
	c.mu.Lock()
	c.waits, c.now = nil, c.now.Add(-time.Hour)
	c.mu.Unlock()
	if _, err := s.Cancel(t.Context(), analyst, id); yumen.KindOf(err) != yumen.KindConflict || len(c.waits) != 1 {
		t.Errorf("withdrawing a job tells whether it has ended: %v, %v", c.waits, err)
	}
}

// Whether a withdrawal comes in time is decided when it may be shown whether the machine had ended, not when it is
// asked for: else it would be a comparison of that moment with any other.
func TestWithdrawingWaitsForWhatIsShown(t *testing.T) {
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	d, e := newDomain(t), calm()
	s, done := d.mustOpenWith(e,
		func(cfg *pipeline.Config) { cfg.FixedTimes, cfg.Clock, cfg.Wait = true, c.tell, c.wait })
	defer done()
	prepare(t, s, d.dir)
	j, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	done1 := make(chan error, 1)
	e[task.Check] = func(task.Task, map[string]io.Writer) (any, error) {
		c.advance(300 * time.Millisecond)
		go func() { done1 <- second(s.Cancel(t.Context(), analyst, j.ID)) }()
		for range 10_000 {
			if c.tell().After(j.Created.Add(300 * time.Millisecond)) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		return yumen.Evidence{Rows: 3}, nil
	}
	_, _ = s.Drive(t.Context(), reviewer1, j.ID) // it ends with the withdrawal, wherever it is then
	if err := <-done1; err != nil || len(c.waits) == 0 || c.waits[0].Sub(j.Created) != time.Second {
		t.Errorf("withdrawn at once: %v, %v", c.waits, err)
	}
}

// Whoever may ask for jobs to be resumed is answered when what came of their own is shown.
func TestResumingWaitsForWhatIsShown(t *testing.T) {
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	d, e := newDomain(t), calm()
	s, done := d.mustOpenWith(e,
		func(cfg *pipeline.Config) { cfg.FixedTimes, cfg.Clock, cfg.Wait = true, c.tell, c.wait })
	defer done()
	prepare(t, s, d.dir)
	for _, by := range []yumen.Actor{yumen.System, analyst} {
		if _, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module")); err != nil {
			t.Fatal(err)
		}
		c.waits = nil
		if js, err := s.Resume(t.Context(), by); err != nil || len(js) != 1 ||
			(len(c.waits) > 0) != (by.Name == analyst.Name) {
			t.Errorf("%s: %d jobs, waits %v, %v", by.Name, len(js), c.waits, err)
		}
	}
}
