package pipeline_test

import (
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/pipeline"
)

// clocked is a domain whose clock a test sets, with a job that was released.
func clocked(t *testing.T, who people) (d *domain, s *pipeline.Service, now *time.Time, first yumen.Job) {
	t.Helper()
	d, at := newDomain(t), time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.People, c.Clock = who, func() time.Time { return at }
	})
	t.Cleanup(done)
	prepare(t, s, d.dir)
	first = submit(t, s)
	release(t, s, first)
	return d, s, &at, first
}

func release(t *testing.T, s *pipeline.Service, j yumen.Job) {
	t.Helper()
	approve(t, s, j)
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
}

// recurrence is the one of the analyst's.
func recurrence(t *testing.T, s *pipeline.Service) yumen.Recurrence {
	t.Helper()
	all, err := s.Recurrences(t.Context(), analyst)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// A job recurs when it is due and the one before was released: once, however many times were missed, as a job of its
// own with the same program. It counts among the jobs of its day.
func TestJobsRecur(t *testing.T) {
	d, s, now, first := clocked(t, people{})
	if _, err := s.Recur(t.Context(), analyst, first.ID, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	resumed := func(want int) []yumen.Job {
		t.Helper()
		js, err := s.Resume(t.Context(), reviewer1)
		if err != nil || len(js) != want {
			t.Fatalf("%d jobs, %v, want %d", len(js), err, want)
		}
		return js
	}
	*now = now.Add(23 * time.Hour)
	resumed(0)
	*now = now.Add(3*24*time.Hour + 2*time.Hour) // three times are missed
	again := resumed(1)[0]
	if again.ID == first.ID || again.Recurs != first.ID || again.Program != first.Program ||
		again.State != yumen.StateInReview {
		t.Errorf("%+v", again)
	}
	if r := recurrence(t, s); r.Last != again.ID || !r.Due.After(*now) || r.Due.Sub(*now) > 24*time.Hour {
		t.Errorf("%+v", r)
	}
	*now = now.Add(48 * time.Hour)
	resumed(0) // the last one waits for its reviewers
	release(t, s, again)
	third := resumed(1)[0]
	if got := compared(t, s); got != "" {
		t.Error(got)
	}
	if n := len(d.logged(yumen.ActionJobSubmit)); n != 3 {
		t.Errorf("%d jobs were submitted", n)
	}
	if _, err := s.EndRecurrence(t.Context(), analyst, first.ID); err != nil {
		t.Fatal(err)
	}
	release(t, s, third)
	*now = now.Add(48 * time.Hour)
	resumed(0)
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil { // once more
		t.Errorf("%v", err)
	}
}

// Nothing is asked again once a job of it was not released, or the submitter may submit no more; the log says so.
func TestRecurrenceEnds(t *testing.T) {
	for name, end := range map[string]func(*testing.T, people, *pipeline.Service, yumen.Job){
		"not released": func(t *testing.T, _ people, s *pipeline.Service, j yumen.Job) {
			if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionReject,
				"no"); err != nil {
				t.Fatal(err)
			}
		},
		"the role is lost": func(t *testing.T, who people, s *pipeline.Service, j yumen.Job) {
			release(t, s, j)
			who[analyst.Name] = yumen.Actor{Name: analyst.Name, Org: analyst.Org, Roles: []yumen.Role{yumen.RoleAdmin}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			who := people{}
			d, s, now, first := clocked(t, who)
			if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
				t.Fatal(err)
			}
			*now = now.Add(time.Hour)
			js, err := s.Resume(t.Context(), reviewer1)
			if err != nil || len(js) != 1 {
				t.Fatal(js, err)
			}
			end(t, who, s, js[0])
			*now = now.Add(time.Hour)
			if js, err := s.Resume(t.Context(), reviewer1); err != nil || len(js) != 0 {
				t.Errorf("%d jobs, %v", len(js), err)
			}
			if r := recurrence(t, s); !r.Ended() || len(d.logged(yumen.ActionJobRecurEnd)) != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Only a released job of one's own recurs, not too often, once, and only its submitter ends that. Others see nothing of
// it.
func TestWhatMayRecur(t *testing.T) {
	_, s, now, first := clocked(t, people{})
	waiting := submit(t, s)
	for name, c := range map[string]struct {
		by    yumen.Actor
		id    string
		every time.Duration
		want  yumen.ErrorKind
	}{"of another": {regulator, first.ID, time.Hour, yumen.KindDenied},
		"not released": {analyst, waiting.ID, time.Hour, yumen.KindConflict},
		"too often":    {analyst, first.ID, time.Minute, yumen.KindInvalid},
		"back in time": {analyst, first.ID, -time.Hour, yumen.KindInvalid},
		"none":         {analyst, nothing, time.Hour, yumen.KindNotFound}} {
		if _, err := s.Recur(t.Context(), c.by, c.id, c.every); yumen.KindOf(err) != c.want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.EndRecurrence(t.Context(), regulator, first.ID); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("ended by another: %v", err)
	}
	if all, err := s.Recurrences(t.Context(), provider); err != nil || len(all) != 0 {
		t.Errorf("a provider sees %+v, %v", all, err)
	}
	if all, err := s.Recurrences(t.Context(), reviewer1); err != nil || len(all) != 1 {
		t.Errorf("a reviewer sees %+v, %v", all, err)
	}
	*now = now.Add(time.Hour)
	js, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(js) != 1 {
		t.Fatal(js, err)
	}
	release(t, s, js[0])
	if _, err := s.Recur(t.Context(), analyst, js[0].ID, time.Hour); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("what recurs recurs: %v", err)
	}
}
