package pipeline_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// While a contract is suspended nothing is admitted, voted on, released or given out under it; those who watch over it
// still see what was released. Afterwards everything goes on as before.
//
// Duties 103 (XX45.2 WH32.2), 111 (XX40.2), 113 (WH33), 132 (SJZ23.4): access is stopped at once and given back.
func TestSuspended(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	released, held := submit(t, s), submit(t, s)
	approve(t, s, released)
	r, err := s.Release(t.Context(), reviewer1, released.ID, yumen.FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"", " \n"} {
		if _, err := s.SuspendContract(t.Context(), regulator, "study", reason); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("without a reason: %v", err)
		}
	}
	c, err := s.SuspendContract(t.Context(), regulator, "study", " an incident ")
	if err != nil || c.Suspended == nil || c.Suspended.By != regulator.Name || c.Suspended.Reason != "an incident" {
		t.Fatalf("%+v, %v", c.Suspended, err)
	}
	if _, err := s.SuspendContract(t.Context(), regulator, "study", "again"); err != nil {
		t.Error(err)
	}
	_, err = s.Fetch(t.Context(), analyst, r.Name)
	wantReason(t, err, "contract.suspended")
	if f, err := s.Fetch(t.Context(), regulator, r.Name); err != nil {
		t.Error(err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
	_, err = s.Vote(t.Context(), reviewer1, held.ID, string(held.Artifact), yumen.DecisionApprove, "fine")
	wantReason(t, err, "contract.suspended")
	j, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil || j.State != yumen.StateRejected || j.Error.Reasons[0].Rule != "contract.suspended" {
		t.Errorf("submitted meanwhile: %s, %+v, %v", j.State, j.Error, err)
	}
	if c, err = s.ResumeContract(t.Context(), regulator, "study", "over"); err != nil || c.Suspended != nil {
		t.Fatalf("%+v, %v", c.Suspended, err)
	}
	if f, err := s.Fetch(t.Context(), analyst, r.Name); err != nil {
		t.Error(err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
	approve(t, s, held)
	if _, err := s.Release(t.Context(), reviewer1, held.ID, yumen.FormatCSV); err != nil {
		t.Error(err)
	}
	if n := len(d.logged(yumen.ActionContractSuspend)); n != 1 || len(d.logged(yumen.ActionContractResume)) != 1 {
		t.Errorf("suspended %d times by the log", n)
	}
	if _, err := s.Terminate(t.Context(), regulator, "study"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Fetch(t.Context(), analyst, r.Name)
	wantReason(t, err, "contract.terminated")
	if _, err := s.SuspendContract(t.Context(), regulator, "study", "late"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("suspended after its end: %v", err)
	}
}

// A run under way is stopped at once and counts as no attempt; once the contract goes on, the job is run again and comes to
// its end.
func TestSuspendedInMidRun(t *testing.T) {
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
	if _, err := s.SuspendContract(t.Context(), regulator, "study", "an incident"); err != nil {
		t.Fatal(err)
	}
	if j := <-watched; j.State != yumen.StatePlanned || j.Attempts != 0 {
		t.Errorf("whoever waits sees %s, %d attempts", j.State, j.Attempts)
	}
	if _, err := s.Resume(t.Context(), yumen.System); err != nil { // as at the start of a server
		t.Error(err)
	}
	if j, err := s.Drive(t.Context(), reviewer1, id); err != nil || j.State != yumen.StatePlanned || e.runs.Load() != 1 {
		t.Errorf("while it is suspended: %s, %d runs, %v", j.State, e.runs.Load(), err)
	}
	close(e.release)
	if _, err := s.ResumeContract(t.Context(), regulator, "study", "over"); err != nil {
		t.Fatal(err)
	}
	if j, err := s.Drive(t.Context(), reviewer1, id); err != nil || j.State != yumen.StateInReview || j.Attempts != 1 {
		t.Errorf("goes on: %s, %d attempts, %v", j.State, j.Attempts, err)
	}
}

// inspecting is an enclave that looks at a module until it is let go, whatever stops it.
type inspecting struct{ *blocking }

func (i inspecting) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	if t.Role == task.Inspect {
		i.started <- struct{}{}
		<-i.release
	}
	return i.script.Run(ctx, t, outs)
}

// suspending begins to suspend the contract, and returns once that is on record. What comes of it is sent.
func suspending(t *testing.T, s *pipeline.Service) <-chan error {
	t.Helper()
	suspended := make(chan error)
	go func() {
		_, err := s.SuspendContract(t.Context(), regulator, "study", "an incident")
		suspended <- err
	}()
	for range 1000 {
		if c, err := s.Contract(t.Context(), "study"); err != nil || c.Suspended != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return suspended
}

// A job that is being planned when its contract is suspended does not go on to run, however the planning ends.
func TestSuspendedWhilePlanned(t *testing.T) {
	d, e := newDomain(t), inspecting{newBlocking()}
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	id := submitted(t, s)
	s.Start(id)
	<-e.started
	suspended := suspending(t, s)
	select {
	case err := <-suspended:
		t.Fatalf("it was not waited for the planning to end: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(e.release)
	if err := <-suspended; err != nil {
		t.Fatal(err)
	}
	if n := len(d.logged(yumen.ActionJobRun)); n != 0 {
		t.Errorf("%d runs began under a suspended contract", n)
	}
	if _, err := s.ResumeContract(t.Context(), regulator, "study", "over"); err != nil {
		t.Fatal(err)
	}
	if j, err := s.Drive(t.Context(), reviewer1, id); err != nil || j.State != yumen.StateInReview {
		t.Errorf("goes on: %s, %v", j.State, err)
	}
}

// A contract that goes on before its suspension has stopped everything leaves no job behind.
func TestResumedWhileBeingSuspended(t *testing.T) {
	d, e := newDomain(t), inspecting{newBlocking()}
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	id := submitted(t, s)
	s.Start(id)
	<-e.started
	suspended := suspending(t, s)
	if _, err := s.ResumeContract(t.Context(), regulator, "study", "over"); err != nil {
		t.Fatal(err)
	}
	go func() { // the planning, and whatever comes after
		for range e.started {
		}
	}()
	close(e.release)
	if err := <-suspended; err != nil {
		t.Fatal(err)
	}
	for range 5000 { // nobody asks for the job any more
		j, err := s.Show(t.Context(), reviewer1, id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == yumen.StateInReview {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the job was left behind")
}

// What recurs waits while its contract is suspended, and does not end with it.
func TestRecurrenceWaitsWhileSuspended(t *testing.T) {
	_, s, now, first := clocked(t, people{})
	if _, err := s.Recur(t.Context(), analyst, first.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SuspendContract(t.Context(), regulator, "study", "an incident"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		*now = now.Add(2 * time.Hour)
		if js, err := s.Resume(t.Context(), reviewer1); err != nil || len(js) != 0 {
			t.Errorf("%+v, %v", js, err)
		}
	}
	if _, err := s.ResumeContract(t.Context(), regulator, "study", "over"); err != nil {
		t.Fatal(err)
	}
	r := recurrence(t, s)
	if r.Ended() || r.Last == first.ID {
		t.Fatalf("%+v", r)
	}
	if j, err := s.Drive(t.Context(), reviewer1, r.Last); err != nil || j.State != yumen.StateInReview {
		t.Errorf("%s, %v", j.State, err)
	}
}

// What was stopped when its contract was suspended never runs again once that is terminated.
func TestTerminatedWhileSuspended(t *testing.T) {
	d, e := newDomain(t), newBlocking()
	s, done := d.mustOpen(e)
	defer done()
	prepare(t, s, d.dir)
	id := submitted(t, s)
	s.Start(id)
	<-e.started
	_, err1 := s.SuspendContract(t.Context(), regulator, "study", "an incident")
	_, err2 := s.Terminate(t.Context(), regulator, "study")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	close(e.release)
	if _, err := s.Resume(t.Context(), yumen.System); err != nil { // as at the start of a server
		t.Error(err)
	}
	j, err := s.Drive(t.Context(), reviewer1, id)
	if err != nil || j.State != yumen.StatePlanned || j.Artifact != "" || e.runs.Load() != 1 {
		t.Errorf("%s, held %q, %d runs, %v", j.State, j.Artifact, e.runs.Load(), err)
	}
}
