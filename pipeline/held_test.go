package pipeline_test

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/pipeline"
)

// perJob is what a job under the test's contract counts for: eight times its max_bytes.
const perJob = 8 * 16 << 20

// limited opens a domain in which each organisation may hold so much that nobody decided on.
func limited(t *testing.T, d *domain, held yumen.Size, change func(*pipeline.Config)) (*pipeline.Service,
	*tenant.Current, func()) {
	t.Helper()
	tenants := &tenant.Current{}
	tenants.Set(tenant.Table{EachOrganisation: yumen.TenantLimits{Held: held}})
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.Tenants = tenants
		change(c)
	})
	return s, tenants, done
}

func metHeld(t *testing.T, j yumen.Job) {
	t.Helper()
	if j.State != yumen.StateRejected || j.Error == nil || j.Error.Kind != yumen.KindLimit ||
		len(j.Error.Reasons) != 1 || j.Error.Reasons[0].Rule != "quota.held" {
		t.Fatalf("job is %s: %v", j.State, j.Error)
	}
	if said := j.Error.In(yumen.LangChinese); strings.Contains(said, "%!") || !strings.Contains(said, "lab") {
		t.Errorf("badly put: %s", said)
	}
}

// A job is rejected where too much is not decided yet, each job counted at what its contract lets a run write, whatever
// it wrote. A decision makes room, a restart counts the same again, and a limit that is lowered takes nothing away.
func TestHeldLimit(t *testing.T) {
	d := newDomain(t)
	s, _, done := limited(t, d, 2*perJob, func(*pipeline.Config) {})
	defer func() { done() }()
	prepare(t, s, d.dir)
	first, second := submit(t, s), submit(t, s)
	metHeld(t, submit(t, s))
	use, err := s.Tenants(t.Context())
	if err != nil || len(use) != 2 || use[1].Name != "lab" || use[1].Held != 2*perJob || use[1].RefusedHeld != 1 ||
		use[0].RefusedHeld != 0 {
		t.Errorf("%+v, %v", use, err)
	}
	if first.State != yumen.StateInReview || second.State != yumen.StateInReview {
		t.Fatalf("%s, %s", first.State, second.State)
	}

	done()
	var tenants *tenant.Current
	s, tenants, done = limited(t, d, 2*perJob,
		func(c *pipeline.Config) { c.Clock = func() time.Time { return time.Now().AddDate(0, 0, 1) } })
	metHeld(t, submit(t, s))
	tenants.Set(tenant.Table{EachOrganisation: yumen.TenantLimits{Held: perJob}})
	release(t, s, first)
	metHeld(t, submit(t, s))
	release(t, s, second)
	if j := submit(t, s); j.State != yumen.StateInReview {
		t.Errorf("with nothing undecided: %s, %v", j.State, j.Error)
	}
	if err := s.CompareLog(t.Context()); err != nil {
		t.Error(err)
	}
}

// Of jobs that come at once, no more are accepted than the limit has room for, and one that is withdrawn makes room.
func TestHeldLimitAtOnce(t *testing.T) {
	d := newDomain(t)
	s, _, done := limited(t, d, 2*perJob, func(*pipeline.Config) {})
	defer done()
	prepare(t, s, d.dir)
	var wg sync.WaitGroup
	jobs := make([]yumen.Job, 3)
	for i := range jobs {
		wg.Go(func() { jobs[i] = submit(t, s) })
	}
	wg.Wait()
	reviewed := 0
	for _, j := range jobs {
		if j.State == yumen.StateInReview {
			reviewed++
			if _, err := s.Cancel(t.Context(), analyst, j.ID); err != nil {
				t.Error(err)
			}
		} else {
			metHeld(t, j)
		}
	}
	if reviewed != 2 {
		t.Errorf("%d of 3 accepted", reviewed)
	}
	if use, err := s.Tenants(t.Context()); err != nil || len(use) != 1 || use[0].Held != 0 {
		t.Errorf("after they were withdrawn: %+v, %v", use, err)
	}
}

// What recurs waits where its quotas leave no room: for a decision, or for the next day. It does not end.
func TestRecurrenceWaitsForRoom(t *testing.T) {
	d, at := newDomain(t), time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	s, _, done := limited(t, d, perJob, func(c *pipeline.Config) { c.Clock = func() time.Time { return at } })
	defer done()
	prepare(t, s, d.dir)
	first := submit(t, s)
	release(t, s, first)
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	resumed := func(want int) []yumen.Job {
		t.Helper()
		js, err := s.Resume(t.Context(), reviewer1)
		if err != nil || len(js) != want {
			t.Fatalf("%d jobs, %v, want %d", len(js), err, want)
		}
		if r := recurrence(t, s); r.Ended() {
			t.Fatalf("it ended: %s", r.Why)
		}
		return js
	}
	inTheWay := submit(t, s)
	at = at.Add(2 * time.Hour)
	resumed(0)
	if _, err := s.Cancel(t.Context(), analyst, inTheWay.ID); err != nil {
		t.Fatal(err)
	}
	again := resumed(1)[0]
	if again.Recurs != first.ID {
		t.Fatalf("%+v", again)
	}
	release(t, s, again) // the third job of the day, all that the contract allows
	at = at.Add(3 * time.Hour)
	resumed(0)
	at = at.Add(10 * time.Hour)
	resumed(1)
}

// A recurrence whose job met a quota after all, because the room was taken after it was asked, is asked again when it
// is due.
func TestRecurrenceOutlivesAQuota(t *testing.T) {
	d, at, tenants := newDomain(t), time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC), &tenant.Current{}
	onInspect, e := func() {}, calm()
	e[task.Inspect] = func(task.Task, map[string]io.Writer) (any, error) { onInspect(); return nil, nil }
	s, done := d.mustOpenWith(e, func(c *pipeline.Config) {
		c.Clock, c.Tenants = func() time.Time { return at }, tenants
	})
	defer done()
	prepare(t, s, d.dir)
	first := submit(t, s)
	release(t, s, first)
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	resume := func() yumen.Job {
		t.Helper()
		at = at.Add(24 * time.Hour)
		js, err := s.Resume(t.Context(), analyst)
		if err != nil || len(js) != 1 {
			t.Fatalf("%d jobs, %v", len(js), err)
		}
		return js[0]
	}
	onInspect = func() { tenants.Set(tenant.Table{EachOrganisation: yumen.TenantLimits{Held: 1}}) }
	metHeld(t, resume())
	onInspect = func() {}
	tenants.Set(tenant.Table{})
	j, r := resume(), recurrence(t, s)
	if j.State != yumen.StateInReview || r.Ended() {
		t.Errorf("job is %s, recurrence %+v", j.State, r)
	}
}

// Where a job is shown at fixed times to have ended, it makes room at that time, not when its check ended.
func TestHeldLimitFollowsWhatIsShown(t *testing.T) {
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	d, e, tenants := newDomain(t), calm(), &tenant.Current{}
	tenants.Set(tenant.Table{EachOrganisation: yumen.TenantLimits{Held: perJob}})
	e[task.Check] = fails(yumen.Errorf(yumen.KindFailed, "no", "不行"))
	s, done := d.mustOpenWith(e, func(cfg *pipeline.Config) {
		cfg.FixedTimes, cfg.Clock, cfg.Wait, cfg.Tenants = true, c.tell, c.wait, tenants
	})
	defer done()
	prepare(t, s, d.dir)
	if j := submit(t, s); j.State != yumen.StateFailed {
		t.Fatalf("job is %s", j.State)
	}
	metHeld(t, submit(t, s))
	c.advance(time.Second)
	if j := submit(t, s); j.State != yumen.StateFailed {
		t.Errorf("once it is shown: %s, %v", j.State, j.Error)
	}
}
