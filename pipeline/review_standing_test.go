package pipeline_test

import (
	"context"
	"io"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// put writes records past the pipeline, as somebody can who has the state file.
// It returns the revision of the first.
func put(t *testing.T, st store.State, rs ...store.Record) int64 {
	t.Helper()
	in := &store.Intent{Puts: rs}
	if err := st.Intend(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := st.Apply(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return rs[0].Rev + 1
}

func rewrite[T any](t *testing.T, st store.State, kind store.Kind, id string, change func(*T)) {
	t.Helper()
	old, err := journal.Find[T](t.Context(), st, kind, id)
	if err != nil {
		t.Fatal(err)
	}
	change(&old.V)
	p, err := journal.Put(kind, id, old.Rev, old.V)
	if err != nil {
		t.Fatal(err)
	}
	put(t, st, p)
}

func voteRecord(j yumen.Job, by yumen.Actor) string {
	return j.ID + "/" + j.Artifact.Hex() + "/" + by.Name
}

// A vote that was written or changed by hand lets nothing leave, whatever entry of the log it names.
func TestVotesAreBoundToTheLog(t *testing.T) {
	for name, forge := range map[string]func(v *yumen.Vote){
		"an entry that is none":   func(v *yumen.Vote) { v.LogIndex = 1 << 40 },
		"the entry of another":    func(v *yumen.Vote) { v.LogIndex-- },
		"another reason":          func(v *yumen.Vote) { v.Reason = "better" },
		"another organisation":    func(v *yumen.Vote) { v.Voter.Org = "elsewhere" },
		"another artifact":        func(v *yumen.Vote) { v.Artifact = yumen.DigestOf([]byte("other")) },
		"a rejection turned over": func(v *yumen.Vote) { v.Decision = yumen.DecisionReject },
		"another time":            func(v *yumen.Vote) { v.At = v.At.Add(1) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDomain(t)
			var st store.State
			s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { st = c.State })
			defer done()
			prepare(t, s, d.dir)
			j := submit(t, s)
			approve(t, s, j)
			rewrite(t, st, store.Vote, voteRecord(j, reviewer2), forge)
			if _, err := s.Release(t.Context(), reviewer1, j.ID,
				yumen.FormatCSV); yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("released: %v", err)
			}
		})
	}
}

// A vote made up whole, and the job approved by hand, let nothing leave.
func TestVotesMadeUpLetNothingLeave(t *testing.T) {
	d := newDomain(t)
	var st store.State
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { st = c.State })
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	for _, by := range []yumen.Actor{reviewer1, reviewer2} {
		rewrite(t, st, store.Vote, voteRecord(j, by), func(v *yumen.Vote) {
			*v = yumen.Vote{Job: j.ID, Artifact: j.Artifact, Voter: by, Decision: yumen.DecisionApprove, Reason: "fine",
				At: j.Updated}
		})
	}
	rewrite(t, st, store.Job, j.ID, func(j *yumen.Job) { j.State = yumen.StateApproved })
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("released: %v", err)
	}
}

// Somebody who lost the role, moved to the submitter's organisation or left after voting no longer counts: neither when
// the next vote is counted nor at the release. Then the job is in review again, and they vote anew once they may.
func TestVotersAreLookedUpAtTheDecision(t *testing.T) {
	for name, now := range map[string]yumen.Actor{
		"role lost":     {Name: "v1", Org: "bureau", Roles: []yumen.Role{yumen.RoleAdmin}},
		"moved":         {Name: "v1", Org: "lab", Roles: []yumen.Role{yumen.RoleReviewer}},
		"left, renamed": {Name: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			d, who := newDomain(t), people{}
			s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = who })
			defer done()
			prepare(t, s, d.dir)
			voted, half := submit(t, s), submit(t, s)
			approve(t, s, voted)
			if _, err := s.Vote(t.Context(), reviewer1, half.ID, string(half.Artifact), yumen.DecisionApprove,
				"fine"); err != nil {
				t.Fatal(err)
			}
			who["v1"] = now
			_, err := s.Release(t.Context(), reviewer2, voted.ID, yumen.FormatCSV)
			wantReason(t, err, "release.votes")
			j, err := s.Vote(t.Context(), reviewer2, half.ID, string(half.Artifact), yumen.DecisionApprove, "fine")
			if err != nil || j.State != yumen.StateInReview || len(j.Review.Approved) != 1 {
				t.Errorf("%s, %+v, %v", j.State, j.Review, err)
			}
			back, err := s.Job(t.Context(), reviewer2, voted.ID)
			if err != nil || back.State != yumen.StateInReview || len(back.Review.Approved) != 1 {
				t.Errorf("not in review again: %s, %+v, %v", back.State, back.Review, err)
			}
			delete(who, "v1")
			if _, err := s.Vote(t.Context(), reviewer1, voted.ID, string(voted.Artifact), yumen.DecisionApprove,
				"still"); err != nil {
				t.Errorf("votes once more: %v", err)
			}
			if _, err := s.Release(t.Context(), reviewer2, voted.ID, yumen.FormatCSV); err != nil {
				t.Errorf("released then: %v", err)
			}
			if got := compared(t, s); got != "" {
				t.Error(got)
			}
		})
	}
}

// fading is the people of a domain, one of whom has no role any more after they were asked for so often.
type fading struct {
	people
	who   string
	after int
}

func (f *fading) Find(ctx context.Context, name string) (yumen.Actor, error) {
	a, err := f.people.Find(ctx, name)
	if name != f.who {
		return a, err
	}
	if f.after--; f.after < 0 {
		a.Roles = []yumen.Role{yumen.RoleAdmin}
	}
	return a, err
}

// A role that is withdrawn while a vote is on its way counts: however late it is looked up, the vote is recorded only
// by somebody who may vote at that moment, and otherwise the log says nothing of it.
func TestRoleWithdrawnWhileVoting(t *testing.T) {
	for _, decision := range []yumen.Decision{yumen.DecisionApprove, yumen.DecisionReject} {
		refused := 0
		for after := range 6 {
			d := newDomain(t)
			who := &fading{people{}, reviewer1.Name, after}
			s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = who })
			prepare(t, s, d.dir)
			j := submit(t, s)
			votes := len(d.logged(yumen.AuditAction("review." + string(decision))))
			_, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), decision, "fine")
			now := len(d.logged(yumen.AuditAction("review." + string(decision))))
			if err != nil {
				if refused++; yumen.KindOf(err) != yumen.KindDenied || now != votes {
					t.Errorf("%s after %d: %v, %d entries", decision, after, err, now-votes)
				}
			} else if now != votes+1 {
				t.Errorf("%s after %d: %d entries", decision, after, now-votes)
			}
			done()
		}
		if refused < 2 || refused > 5 { // before the step, and in it
			t.Errorf("%s: refused %d of 6 times", decision, refused)
		}
	}
}

// Of a result that was cleared nothing leaves where a voter lost the role while the file was written.
func TestRoleWithdrawnWhileReleasing(t *testing.T) {
	d := newDomain(t)
	who := &fading{people{}, reviewer1.Name, 1 << 30}
	e := calm()
	export := e[task.Export]
	e[task.Export] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		who.after = 0
		return export(tk, outs)
	}
	s, done := d.mustOpenWith(e, func(c *pipeline.Config) { c.People = who })
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	if _, err := s.Release(t.Context(), reviewer2, j.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("released: %v", err)
	}
	if n := len(d.logged(yumen.ActionRelease)); n != 0 {
		t.Errorf("%d releases", n)
	}
}
