package pipeline_test

import (
	"fmt"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// follower finds out what has become of somebody's own jobs under a contract from what has changed alone.
type follower struct {
	*testing.T
	s      *pipeline.Service
	by     yumen.Actor
	seen   map[string]yumen.State
	looked time.Time
}

// look compares what it finds with all jobs of the domain.
func (f *follower) look(now time.Time, when string) {
	f.Helper()
	var pending []string
	for id, state := range f.seen {
		if state == yumen.StateRunning {
			pending = append(pending, id)
		}
	}
	changed, err := f.s.ChangedJobs(f.Context(), f.by, "study", f.looked, pending)
	if err != nil {
		f.Fatal(err)
	}
	f.looked = now
	for _, j := range changed {
		f.seen[j.ID] = j.State
	}
	all, err := f.s.Jobs(f.Context(), f.by)
	if err != nil {
		f.Fatal(err)
	}
	mine := []yumen.Job{}
	states := map[string]yumen.State{}
	for _, j := range all {
		if j.Submitter.Name == f.by.Name && j.Spec.Contract == "study" {
			mine, states[j.ID] = append(mine, j), j.State
		}
	}
	if !maps.Equal(states, f.seen) {
		f.Errorf("%s, %s: %v, but found %v", f.by.Name, when, states, f.seen)
	}
	own, err := f.s.OwnJobs(f.Context(), f.by, "study")
	if err != nil || cmp.Diff(mine, own) != "" {
		f.Errorf("%s, %s: %v %s", f.by.Name, when, err, cmp.Diff(mine, own))
	}
}

// Somebody's own jobs under a contract are those of all jobs that are theirs and under it, and what has changed since
// they were looked at leads to the same, also where it is shown at fixed times only.
func TestOwnJobs(t *testing.T) {
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	d, e := newDomain(t), calm()
	s, done := d.mustOpenWith(e,
		func(cfg *pipeline.Config) { cfg.FixedTimes, cfg.Clock, cfg.Wait = true, c.tell, c.wait })
	t.Cleanup(done)
	prepare(t, s, d.dir)
	colleague := analyst
	colleague.Name = "colleague"
	all := []*follower{{T: t, s: s, by: analyst, seen: map[string]yumen.State{}},
		{T: t, s: s, by: colleague, seen: map[string]yumen.State{}},
		{T: t, s: s, by: reviewer1, seen: map[string]yumen.State{}}}
	look := func(when string) {
		t.Helper()
		for _, f := range all {
			f.look(c.tell(), when)
		}
	}
	check := e[task.Check]
	e[task.Check] = func(k task.Task, outs map[string]io.Writer) (any, error) {
		c.advance(100 * time.Millisecond)
		look("while it is checked")
		return check(k, outs)
	}
	look("before any")
	for i, by := range []yumen.Actor{analyst, colleague, analyst} {
		j, err := s.Submit(t.Context(), by, moduleJob, []byte(fmt.Sprint("module ", i)))
		if err != nil {
			t.Fatal(err)
		}
		look("submitted")
		c.advance(50 * time.Millisecond)
		if _, err := s.Drive(t.Context(), reviewer1, j.ID); err != nil {
			t.Fatal(err)
		}
		look("checked")
		for range 20 {
			c.advance(300 * time.Millisecond)
			look("later")
		}
		if i == 0 {
			if _, err := s.Cancel(t.Context(), by, j.ID); err != nil {
				t.Fatal(err)
			}
			look("withdrawn")
		}
	}
	if len(all[0].seen) != 2 || len(all[1].seen) != 1 || len(all[2].seen) != 0 {
		t.Errorf("%v %v %v", all[0].seen, all[1].seen, all[2].seen)
	}
	other, err := s.ChangedJobs(t.Context(), colleague, "study", c.tell().Add(time.Hour),
		[]string{firstOf(all[0].seen), firstOf(all[1].seen)})
	if err != nil || len(other) != 1 || other[0].Submitter.Name != colleague.Name {
		t.Errorf("somebody else's job is shown: %v, %v", other, err)
	}
}

func firstOf(m map[string]yumen.State) string {
	for id := range m {
		return id
	}
	return ""
}
