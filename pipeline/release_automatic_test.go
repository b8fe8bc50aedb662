package pipeline_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// signTwo signs a contract under which two results of class aggregate may leave without people.
func signTwo(t *testing.T, s *pipeline.Service) {
	t.Helper()
	text := strings.NewReplacer("contract: study", "contract: two", "jobs_per_day: 3", "jobs_per_day: 100",
		"classes: [aggregate, opaque]", "review: {automatic: 2}\nrisk: {max_hits: 3}\nclasses: [aggregate, opaque]").Replace(agreement)
	if _, err := s.Sign(t.Context(), regulator, "c.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// reserved is a script whose checks leave a matter to people where suspicious says so.
func reserved(t *testing.T, suspicious *bool, meanwhile func()) script {
	e := fixable(t)
	check := e[task.Check]
	e[task.Check] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		meanwhile()
		v, err := check(tk, outs)
		if ev, ok := v.(yumen.Evidence); ok && *suspicious && tk.Program == yumen.DigestOf([]byte("result")) {
			ev.Identifiers = []yumen.IdentifierHits{{Type: "mobile",
				CellHits: yumen.CellHits{Column: tk.Spec.(task.CheckSpec).Columns[0].Name, Count: 1}}}
			return ev, err
		}
		return v, err
	}
	return e
}

// As many results of class aggregate as the contract says leave without people, at the times at which jobs are shown to
// have come further, and never one that a check wants people to look at.
func TestAggregatesThatLeaveWithoutPeople(t *testing.T) {
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	suspicious := true
	d := newDomain(t)
	s, done := d.mustOpenWith(reserved(t, &suspicious, func() { c.advance(20 * time.Millisecond) }),
		func(cfg *pipeline.Config) { cfg.FixedTimes, cfg.Clock, cfg.Wait = true, c.tell, c.wait })
	defer done()
	prepare(t, s, d.dir)
	signTwo(t, s)
	ask := func() yumen.Job {
		t.Helper()
		j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "two", SQL: figures}, nil)
		if err == nil {
			j, err = s.Drive(t.Context(), reviewer1, j.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	left := func(want int) {
		t.Helper()
		l, err := s.Ledger(t.Context(), regulator, "two")
		if err != nil || l.Automatic.Released != want || l.Automatic.Allowed != 2 {
			t.Errorf("%+v, %v; want %d", l.Automatic, err, want)
		}
	}
	if j := ask(); j.State == yumen.StateReleased || j.State == yumen.StateApproved {
		t.Errorf("a result that a check has something against is %s", j.State)
	}
	left(0)
	suspicious = false
	for n := range 2 {
		if x, err := s.Explain(t.Context(), analyst, yumen.JobSpec{Contract: "two", SQL: figures}, nil); err != nil ||
			!x.Automatic {
			t.Errorf("explained: %v, %v", x.Automatic, err)
		}
		j := ask()
		if j.State != yumen.StateReleased {
			t.Fatalf("%s", j.State)
		}
		r, err := s.Releases(t.Context())
		if err != nil || len(r) != n+1 {
			t.Fatalf("%v, %v", r, err)
		}
		if at := c.waits[len(c.waits)-1].Sub(j.Created); at != time.Second {
			t.Errorf("it left after %s, which depends on the checks", at)
		}
		left(n + 1)
	}
	j := ask()
	if j.State != yumen.StateInReview {
		t.Fatalf("a third is %s", j.State)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	if j, err := s.Drive(t.Context(), reviewer1, j.ID); err != nil || j.State != yumen.StateApproved {
		t.Errorf("what people approved is %s, %v", j.State, err)
	}
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err != nil {
		t.Error(err)
	}
	left(2)
	if l, err := s.Ledger(t.Context(), regulator, "two"); err != nil || l.Decisions != 4 || len(l.Unbounded) != 3 {
		t.Errorf("%+v, %v", l, err)
	}
}

// Of many at a time no more leave than the contract says, and the others wait for people. A result that waits for its
// time is nobody's to release.
func TestNoMoreLeaveThanAllowed(t *testing.T) {
	d, suspicious := newDomain(t), false
	var early error
	var s *pipeline.Service
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	var mu sync.Mutex
	var all []string
	s, done := d.mustOpenWith(reserved(t, &suspicious, func() {}), func(cfg *pipeline.Config) {
		cfg.FixedTimes, cfg.Clock = true, c.tell
		cfg.Wait = func(ctx context.Context, until time.Time) error {
			mu.Lock()
			for _, id := range all {
				j, err := s.Job(ctx, reviewer1, id)
				if err == nil && j.State == yumen.StateApproved {
					_, early = s.Release(ctx, reviewer1, id, yumen.FormatCSV)
				}
			}
			mu.Unlock()
			return c.wait(ctx, until)
		}
	})
	defer done()
	prepare(t, s, d.dir)
	signTwo(t, s)
	for range 6 {
		j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "two", SQL: figures}, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, j.ID)
	}
	for _, id := range all {
		s.Start(id)
	}
	states := map[yumen.State]int{}
	for _, id := range all {
		j, err := s.Drive(t.Context(), reviewer1, id)
		if err != nil {
			t.Fatal(err)
		}
		states[j.State]++
	}
	if states[yumen.StateReleased] != 2 || states[yumen.StateInReview] != 4 {
		t.Errorf("%v", states)
	}
	if yumen.KindOf(early) != yumen.KindConflict {
		t.Errorf("released before its time: %v", early)
	}
}
