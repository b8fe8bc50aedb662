package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// counted counts what is read of a state.
type counted struct {
	store.State
	reads atomic.Int64
}

func (c *counted) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	if kind != store.Log { // the one number that state and log are compared by
		c.reads.Add(1)
	}
	return c.State.Get(ctx, kind, id)
}

func (c *counted) Select(ctx context.Context, q store.Query) (store.Page, error) {
	c.reads.Add(1)
	return c.State.Select(ctx, q)
}

// The queue reads the same few times however many jobs wait, and shows what case, artifact and votes say.
func TestTheQueueIsOneRead(t *testing.T) {
	d := newDomain(t)
	var st *counted
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		st = &counted{State: c.State}
		c.State = st
	})
	defer done()
	prepare(t, s, d.dir)
	var jobs []yumen.Job
	for range 3 {
		jobs = append(jobs, submit(t, s))
	}
	if _, err := s.Vote(t.Context(), reviewer1, jobs[0].ID, string(jobs[0].Artifact), yumen.DecisionApprove,
		"fine"); err != nil {
		t.Fatal(err)
	}
	st.reads.Store(0)
	q, err := s.Waiting(t.Context(), reviewer1, "", 0)
	if err != nil || len(q.Jobs) != 3 || q.Total != 3 || q.Next != "" {
		t.Fatalf("%+v, %v", q, err)
	}
	if n := st.reads.Load(); n != 2 { // the page, and the one contract
		t.Errorf("read %d times", n)
	}
	for i, w := range q.Jobs {
		c, err := s.Case(t.Context(), reviewer1, w.ID)
		if err != nil || w.ID != jobs[i].ID || w.Rows != c.Current().Rows || w.Verdict != c.Current().Verdict ||
			w.Needed != c.Needed || w.Approvals != len(c.Votes) || (len(w.Refusals) > 0) != (i == 0) {
			t.Errorf("the queue shows %+v of case %+v, %v", w, c, err)
		}
	}
	first, err := s.Waiting(t.Context(), reviewer1, "", 2)
	if err != nil || len(first.Jobs) != 2 || first.Total != 3 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := s.Waiting(t.Context(), reviewer1, first.Next, 2)
	if err != nil || second.Next != "" {
		t.Fatalf("%+v, %v", second, err)
	}
	if diff := cmp.Diff(q.Jobs, append(first.Jobs, second.Jobs...)); diff != "" {
		t.Errorf("pages: %s", diff)
	}
}

// A job that was written before jobs had a summary is shown as artifact and votes say.
func TestTheQueueOfOlderRecords(t *testing.T) {
	d := newDomain(t)
	var cfg pipeline.Config
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { cfg = *c })
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	want, err := s.Waiting(t.Context(), reviewer2, "", 0)
	if err != nil || want.Jobs[0].Review == nil || want.Jobs[0].Approvals != 1 {
		t.Fatalf("%+v, %v", want, err)
	}
	old, err := journal.Load[yumen.Job](t.Context(), cfg.State, store.Job, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	old.V.Review, want.Jobs[0].Review = nil, nil
	p, err := journal.Put(store.Job, j.ID, old.Rev, old.V)
	if err != nil {
		t.Fatal(err)
	}
	older, err := journal.Open(t.Context(), journal.Config{State: cfg.State, Objects: cfg.Objects, Log: cfg.Log,
		Clock: time.Now, Crash: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := older.Commit(t.Context(), journal.Step{Records: []store.Record{p}, Entries: []yumen.Entry{{At: time.Now(),
		Actor: yumen.System.Name, Action: yumen.ActionRecordsAdopt, Subject: "state"}}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Waiting(t.Context(), reviewer2, "", 0)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
}

// Under a contract that was terminated nobody votes and nothing is released; both say why, and so does the queue.
func TestTerminatedContractStopsVotesAndReleases(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	voted, open := submit(t, s), submit(t, s)
	approve(t, s, voted)
	if _, err := s.Terminate(t.Context(), regulator, "study"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Vote(t.Context(), reviewer1, open.ID, string(open.Artifact), yumen.DecisionApprove, "fine")
	wantReason(t, err, "contract.terminated")
	_, err = s.Release(t.Context(), reviewer1, voted.ID, yumen.FormatCSV)
	wantReason(t, err, "contract.terminated")
	q, err := s.Waiting(t.Context(), reviewer1, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range q.Jobs {
		if len(w.Refusals) == 0 || w.Refusals[0].Rule != "contract.terminated" {
			t.Errorf("the queue asks for a vote on %s: %v", w.ID, w.Refusals)
		}
	}
}

// A contract that is terminated while the file is written stops the release that was decided before.
func TestTerminatedMeanwhile(t *testing.T) {
	d, e := newDomain(t), calm()
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	whole := e[task.Export]
	e[task.Export] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		if _, err := s.Terminate(t.Context(), regulator, "study"); err != nil {
			t.Error(err)
		}
		return whole(tk, outs)
	}
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("released: %v", err)
	}
	_, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV)
	wantReason(t, err, "contract.terminated")
	if rs, err := s.Releases(t.Context()); err != nil || len(rs) != 0 {
		t.Errorf("%d releases, %v", len(rs), err)
	}
}

func wantReason(t *testing.T, err error, rule string) {
	t.Helper()
	if yumen.KindOf(err) == yumen.KindDenied {
		for _, r := range yumen.AsError(err).Reasons {
			if r.Rule == rule {
				return
			}
		}
	}
	t.Errorf("got %v, want the reason %s", err, rule)
}

// Reviewers who vote at the same time are all heard, and the last of enough votes approves.
func TestVotesAtTheSameTime(t *testing.T) {
	const voters = 8
	d, crowd := newDomain(t), people{}
	for i := range voters {
		by := yumen.Actor{Name: fmt.Sprint("v", i), Org: "bureau", Roles: []yumen.Role{yumen.RoleReviewer}}
		crowd[by.Name] = by
	}
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) { c.People = crowd })
	defer done()
	prepare(t, s, d.dir)
	terms := strings.ReplaceAll(agreement, "contract: study", "contract: crowd") + "review: {reviewers: 8}\n"
	if _, err := s.Sign(t.Context(), regulator, "crowd.yaml", []byte(terms)); err != nil {
		t.Fatal(err)
	}
	spec := moduleJob
	spec.Contract = "crowd"
	j, err := s.Submit(t.Context(), analyst, spec, []byte("module"))
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, by := range crowd {
		wg.Go(func() {
			if _, err := s.Vote(t.Context(), by, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := s.Case(t.Context(), reviewer1, j.ID)
	if err != nil || c.Job.State != yumen.StateApproved || len(c.Votes) != voters ||
		len(c.Job.Review.Approved) != voters {
		t.Errorf("%s with %d votes, %+v, %v", c.Job.State, len(c.Votes), c.Job.Review, err)
	}
}
