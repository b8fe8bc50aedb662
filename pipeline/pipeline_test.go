package pipeline_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
)

func TestOneOfManyReleasesWins(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 8 {
		wg.Go(func() {
			if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	rs, err := s.Releases(t.Context())
	if won != 1 || len(rs) != 1 || err != nil {
		t.Errorf("%d releases succeeded, %d are recorded, %v", won, len(rs), err)
	}
	l, err := s.Ledger(t.Context(), regulator, "study")
	if err != nil || len(l.Accounts) != 0 || len(l.Unbounded) != 1 || l.Unbounded[0].Class != yumen.ClassOpaque ||
		!slices.Equal(l.Unbounded[0].Columns,
			[]yumen.ColumnRef{{Dataset: "visits", Column: "person"}, {Dataset: "visits", Column: "fee"}}) {
		t.Errorf("the ledger says %+v, %v", l, err)
	}
}

// Duty 122 (SJZ13.2): nothing leaves that was not reviewed.
func TestApprovalsAreForOneDigest(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(yumen.DigestOf([]byte("another"))), yumen.DecisionApprove,
		"fine"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("a vote on another digest: %v", err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("an opaque result left with one vote: %v", err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove,
		"again"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("one reviewer voted twice: %v", err)
	}
}

// Two votes at once: each is decided on what the job was before it, so one of them is refused or sees the other, and
// together they approve.
func TestTwoVotesAtOnce(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	var wg sync.WaitGroup
	for _, by := range []yumen.Actor{reviewer1, reviewer2} {
		wg.Go(func() {
			for range 3 { // whoever is refused looks again
				_, err := s.Vote(t.Context(), by, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine")
				if yumen.KindOf(err) != yumen.KindConflict {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	if j, err := s.Job(t.Context(), reviewer1, j.ID); err != nil || j.State != yumen.StateApproved {
		t.Errorf("two approvals leave the job %s, %v", j.State, err)
	}
}

// Duties 114 (WH35), 120 (SJZ11.3): access ends with the contract.
func TestNothingLeavesAfterTheContractEnds(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	approve(t, s, j)
	if _, err := s.Terminate(t.Context(), regulator, "study"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err == nil {
		t.Error("a result left under a terminated contract")
	}
	if j := submit(t, s); j.State != yumen.StateRejected {
		t.Errorf("a job under a terminated contract is %s", j.State)
	}
}

func TestQuota(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	for i := range 4 {
		want := yumen.StateInReview
		if i == 3 {
			want = yumen.StateRejected
		}
		if j := submit(t, s); j.State != want {
			t.Errorf("job %d of 3 a day is %s", i+1, j.State)
		}
	}
}

// A run's own words must not reach the submitter, whatever they are: they may be data.
func TestFailuresTellNoData(t *testing.T) {
	const secret = "320311198807011234"
	for _, err := range []error{
		yumen.Errorf(yumen.KindFailed, "cannot convert "+secret, secret),
		yumen.Errorf(yumen.KindInvalid, "bad row "+secret, secret).At(secret),
		yumen.Errorf(yumen.KindLimit, "too many rows: "+secret, secret), errors.New(secret),
		yumen.Refuse(yumen.KindInvalid, yumen.Say(secret, secret),
			[]yumen.Reason{{Rule: secret, Msg: yumen.Say(secret, secret)}}),
	} {
		d := newDomain(t)
		e := calm()
		e[task.Wasm] = fails(err)
		s, done := d.mustOpen(e)
		prepare(t, s, d.dir)
		j := submit(t, s)
		if j.State != yumen.StateFailed || j.Error == nil {
			t.Fatalf("job is %s, %v", j.State, j.Error)
		}
		shown, jerr := json.Marshal(j.Error)
		log, lerr := os.ReadFile(d.path("log/entries"))
		if jerr != nil || lerr != nil ||
			strings.Contains(string(shown)+j.Error.In(yumen.LangChinese)+string(log), secret) {
			t.Errorf("a failure of kind %s tells data: %s", yumen.KindOf(err), shown)
		}
		done()
	}
}

func TestAResultThatCannotBeCheckedStaysHeld(t *testing.T) {
	for name, e := range map[string]script{
		"the check fails": {task.Check: fails(errors.New("boom"))},
		"evidence of another size": {task.Check: answers(yumen.Evidence{Rows: 3,
			Groups: make([]yumen.GroupEvidence, 7)})},
		"an answer of nonsense": {task.Check: answers("nonsense")},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDomain(t)
			all := calm()
			all[task.Check] = e[task.Check]
			s, done := d.mustOpen(all)
			defer done()
			prepare(t, s, d.dir)
			j := submit(t, s)
			if name != "evidence of another size" && j.State != yumen.StateFailed {
				t.Errorf("job is %s", j.State)
			}
			if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err == nil {
				t.Error("it was released")
			}
		})
	}
}

func TestARunIsGivenUpAfterThreeCrashes(t *testing.T) {
	d := newDomain(t)
	e := calm()
	s, done := d.mustOpen(e)
	prepare(t, s, d.dir)
	j, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	done()
	e[task.Wasm] = func(task.Task, map[string]io.Writer) (any, error) {
		done() // as if the process were killed while the enclave runs: nothing is written any more, the job stays running
		return nil, errors.New("killed")
	}
	for range 3 {
		s, done = d.mustOpen(e)
		if _, err := s.Drive(t.Context(), reviewer1, j.ID); err == nil {
			t.Fatal("an interrupted run ended")
		}
	}
	s, done = d.mustOpen(e)
	defer done()
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateFailed {
		t.Errorf("got %+v, %v", jobs, err)
	}
}

// A log, or a state, that somebody put back to an earlier day must be noticed: either alone still verifies by itself.
func TestPutBack(t *testing.T) {
	for _, what := range []string{"log", "state.db"} {
		t.Run(what, func(t *testing.T) {
			d := newDomain(t)
			s, done := d.mustOpen(calm())
			prepare(t, s, d.dir)
			done()
			kept := filepath.Join(t.TempDir(), "kept")
			if err := os.CopyFS(kept, os.DirFS(d.dir)); err != nil {
				t.Fatal(err)
			}
			s, done = d.mustOpen(calm())
			submit(t, s)
			done()
			if err := errors.Join(os.RemoveAll(d.path(what)),
				os.Rename(filepath.Join(kept, what), d.path(what))); err != nil {
				t.Fatal(err)
			}
			_, done, err := d.open(calm(), nil)
			done()
			if yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("got %v, want kind corrupt", err)
			}
		})
	}
}

// A step that the log holds and that could not be finished stops others as long as it cannot be written, and no longer:
// the next one completes it first.
func TestAStepHalfDoneIsCompletedInPlace(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	prepare(t, s, d.dir)
	done()
	broken := false
	s, done, err := d.open(calm(), func(point string) {
		if point == "after-log" && !broken {
			broken = true
			if err := os.Rename(d.path("objects/programs"), d.path("objects/elsewhere")); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), analyst, moduleJob,
		[]byte("module")); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Fatalf("got %v, want kind unavailable", err)
	}
	if _, err := s.Submit(t.Context(), analyst, moduleJob,
		[]byte("module")); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("another step was taken while one is half done: %v", err)
	}
	if err := os.Rename(d.path("objects/elsewhere"), d.path("objects/programs")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module")); err != nil {
		t.Errorf("after what was in the way is gone: %v", err)
	}
	defer done()
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 2 || jobs[0].State != yumen.StateInReview || jobs[1].State != yumen.StateInReview {
		t.Errorf("got %+v, %v", jobs, err)
	}
	if _, err := audit.Verify(d.path("log"), d.key.Verifier()); err != nil {
		t.Error(err)
	}
}
