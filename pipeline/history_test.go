package pipeline_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// differing is a script in which each table differs by three people from any that left before.
func differing(t *testing.T) script {
	e := fixable(t)
	e[task.Ledger] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		ans, err := compares(tk, outs)
		if spec := tk.Spec.(task.LedgerSpec); len(spec.Earlier) > 0 {
			return task.LedgerAnswer{Visible: 1, Found: []task.Difference{{What: task.FewUnits, With: []int{0}, Units: 3,
				Cells: []yumen.Cell{{Row: 1, Column: spec.Columns[0].Name}}, Earlier: []int{1}}}}, err
		}
		return ans, err
	}
	return e
}

// asked submits a table and drives it as far as the machine does.
func asked(t *testing.T, s *pipeline.Service) yumen.Job {
	t.Helper()
	j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil || j.State != yumen.StateInReview {
		t.Fatalf("%s, %v", j.State, err)
	}
	return j
}

func approveOnce(t *testing.T, s *pipeline.Service, j yumen.Job) {
	t.Helper()
	j, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine")
	if err != nil || j.State != yumen.StateApproved {
		t.Fatalf("%s, %v", j.State, err)
	}
}

// Of two results that must not be put together and are approved at the same time, the second goes back to review when it
// is to be released, its votes struck; it cannot be approved any more, and can be returned. Its submitter sees no
// difference.
//
// Duty 106 (XX38.3): what is about to leave is compared, in the step that releases it, with all that left meanwhile.
func TestRaceOfTwoReviews(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(differing(t))
	prepare(t, s, d.dir)
	first, second := asked(t, s), asked(t, s)
	approveOnce(t, s, first)
	approveOnce(t, s, second)
	done() // and everything is as it was after a restart
	s, done = d.mustOpen(differing(t))
	defer done()
	if _, err := s.Release(t.Context(), reviewer1, first.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Release(t.Context(), reviewer1, second.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindDenied {
		t.Fatalf("released: %v", err)
	}
	c, err := s.Case(t.Context(), reviewer1, second.ID)
	if err != nil || c.Job.State != yumen.StateInReview || len(c.Votes) != 0 || c.Current().Verdict != yumen.VerdictFail {
		t.Fatalf("%s, %d votes, %v, %v", c.Job.State, len(c.Votes), c.Current().Verdict, err)
	}
	if _, err := s.Vote(t.Context(), reviewer2, second.ID, string(c.Current().Digest), yumen.DecisionApprove,
		"well"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("it could be approved: %v", err)
	}
	seen, err := s.Show(t.Context(), analyst, second.ID)
	if err != nil || seen.State != yumen.StateInReview || len(seen.Artifacts) > 0 || seen.Review != nil {
		t.Errorf("its submitter sees %+v, %v", seen, err)
	}
	for _, e := range d.logged(yumen.ActionJobCheck) {
		for k, v := range e.Details {
			if strings.HasPrefix(k, "ledger") {
				t.Errorf("the log says %s: %s", k, v)
			}
		}
	}
	if j, err := s.Vote(t.Context(), reviewer2, second.ID, string(c.Current().Digest), yumen.DecisionReturn,
		"coarser"); err != nil || j.State != yumen.StateReturned {
		t.Errorf("%s, %v", j.State, err)
	}
}

// Labels that are lost block what is to be compared with them.
func TestLostLabelsBlock(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(fixable(t))
	defer done()
	prepare(t, s, d.dir)
	first := asked(t, s)
	approveOnce(t, s, first)
	if _, err := s.Release(t.Context(), reviewer1, first.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
	c, err := s.Case(t.Context(), reviewer1, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(d.path("objects"), string(store.Labels), c.Current().History.Labels.Hex())
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil || j.State != yumen.StateRejected {
		t.Fatalf("%s, %v", j.State, err)
	}
	if c, err = s.Case(t.Context(), reviewer1, j.ID); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Current().Findings {
		if egress.OfLedger(f) && f.Verdict == yumen.VerdictBlock {
			return
		}
	}
	t.Errorf("%+v", c.Current().Findings)
}
