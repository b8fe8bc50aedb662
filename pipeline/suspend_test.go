package pipeline_test

import (
	"testing"

	"github.com/yumen-data/yumen"
)

// While a contract is suspended nothing is admitted, voted on, released or given out under it; those who watch over it
// still see what was released. Afterwards everything goes on as before.
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
