package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// The pipeline is tested here with real state, objects and log, and with enclaves that answer from a script: what real ones
// answer, and real kills, are tested on the built program (cmd/yumen/clitest).

// domain is a home's folders, which outlive the services opened on them.
type domain struct {
	t   *testing.T
	dir string
	key *audit.Key
}

func newDomain(t *testing.T) *domain {
	t.Helper()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	d := &domain{t, t.TempDir(), key}
	log, err := audit.Create(d.path("log"), key)
	if err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), d.path("state.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := local.Open(d.path("objects"), true); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *domain) path(name string) string { return filepath.Join(d.dir, name) }

// objects narrows the writer type of store/local.
type objects struct{ *local.Store }

func (o objects) Create(space store.Space) (journal.ObjectWriter, error) {
	return o.Store.Create(space)
}

// open opens a service; done closes what it holds. Points of a step call crash.
func (d *domain) open(e pipeline.Enclave, crash func(string)) (s *pipeline.Service, done func(), err error) {
	d.t.Helper()
	return d.openWith(e, func(c *pipeline.Config) { c.Crash = crash })
}

func (d *domain) openWith(e pipeline.Enclave, change func(*pipeline.Config)) (s *pipeline.Service, done func(), err error) {
	d.t.Helper()
	st, err := sqlite.Open(d.t.Context(), d.path("state.db"), false)
	if err != nil {
		d.t.Fatal(err)
	}
	log, err := audit.Open(d.path("log"), d.key)
	if err != nil {
		return nil, func() { _ = st.Close() }, err
	}
	obj, err := local.Open(d.path("objects"), false)
	if err != nil {
		d.t.Fatal(err)
	}
	c := pipeline.Config{State: st, Objects: objects{obj}, Enclave: e, Log: log, Key: d.key}
	change(&c)
	c.State = recorded{c.State}
	s, err = pipeline.Open(d.t.Context(), c)
	return s, func() { _ = errors.Join(log.Close(), st.Close()) }, err
}

func (d *domain) mustOpenWith(e pipeline.Enclave, change func(*pipeline.Config)) (*pipeline.Service, func()) {
	d.t.Helper()
	s, done, err := d.openWith(e, change)
	if err != nil {
		d.t.Fatal(err)
	}
	return s, done
}

func (d *domain) mustOpen(e pipeline.Enclave) (*pipeline.Service, func()) {
	d.t.Helper()
	s, done, err := d.open(e, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return s, done
}

// script is an enclave that answers by role.
type script map[task.Role]func(task.Task, map[string]io.Writer) (any, error)

func (s script) Run(_ context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	answer, ok := s[t.Role]
	if !ok {
		return task.Outcome{}, fmt.Errorf("role %s was not expected", t.Role)
	}
	v, err := answer(t, outs)
	if err != nil {
		return task.Outcome{}, err
	}
	raw, err := json.Marshal(v)
	return task.Outcome{Answer: raw, Report: yumen.EnclaveReport{Role: string(t.Role), Level: yumen.IsolationFull}}, err
}

func writes(stream, text string, answer any) func(task.Task, map[string]io.Writer) (any, error) {
	return func(_ task.Task, outs map[string]io.Writer) (any, error) {
		_, err := io.WriteString(outs[stream], text)
		return answer, err
	}
}

func answers(v any) func(task.Task, map[string]io.Writer) (any, error) {
	return func(task.Task, map[string]io.Writer) (any, error) { return v, nil }
}

func fails(err error) func(task.Task, map[string]io.Writer) (any, error) {
	return func(task.Task, map[string]io.Writer) (any, error) { return nil, err }
}

// calm is a script in which a Wasm job goes through without a finding.
func calm() script {
	return script{
		task.Import: func(_ task.Task, outs map[string]io.Writer) (any, error) {
			_, err1 := io.WriteString(outs[task.OutVersion], "version")
			_, err2 := io.WriteString(outs[task.OutUnits], "units")
			return task.ImportAnswer{Rows: 100, Units: 50, NewUnits: 50}, errors.Join(err1, err2)
		},
		task.Inspect: answers(nil),
		task.Wasm:    writes(task.OutResult, "result", task.ResultAnswer{Rows: 3}),
		task.Check:   answers(yumen.Evidence{Rows: 3}),
		task.Export:  writes(task.OutFile, "n\n1\n", task.ExportAnswer{Rows: 3}),
	}
}

var (
	provider  = yumen.Actor{Name: "p", Org: "hospital", Roles: []yumen.Role{yumen.RoleProvider}}
	regulator = yumen.Actor{Name: "r", Org: "bureau", Roles: []yumen.Role{yumen.RoleRegulator}}
	analyst   = yumen.Actor{Name: "a", Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}
	reviewer1 = yumen.Actor{Name: "v1", Org: "bureau", Roles: []yumen.Role{yumen.RoleReviewer}}
	reviewer2 = yumen.Actor{Name: "v2", Org: "office", Roles: []yumen.Role{yumen.RoleReviewer}}
)

const dataset = `dataset: visits
title: Visits
provider: hospital
source: {system: generated}
unit: {kind: person, column: person}
columns:
  - {name: person, title: Person, type: text, role: unit, grade: 3, constraints: [join]}
  - {name: fee, title: Fee, type: integer, role: measure, grade: 2, bounds: {min: 0, max: 10}, constraints: [aggregate: {functions: [sum]}]}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: monthly
`

const agreement = `contract: study
title: A study
purpose: to test
parties: {providers: [hospital], operator: lab, applicant: lab}
datasets:
  - dataset: visits
    columns: [{name: person, uses: [join]}, {name: fee, uses: [aggregate]}]
classes: [aggregate, opaque]
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {jobs_per_day: 3}
`

var moduleJob = yumen.JobSpec{Contract: "study", Wasm: "m.wasm",
	Inputs: []yumen.JobInput{{Name: "visits.csv", Dataset: "visits", Columns: []string{"person", "fee"}}},
	Output: yumen.JobOutput{Name: "out.csv", Columns: []yumen.OutputColumn{{Name: "n", Type: yumen.TypeInteger}}}}

// prepare registers, imports, publishes and signs.
func prepare(t *testing.T, s *pipeline.Service, dir string) {
	t.Helper()
	file := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err1 := s.Register(t.Context(), provider, "d.yaml", []byte(dataset))
	_, err2 := s.Import(t.Context(), provider, pipeline.ImportFiles{Dataset: "visits", Paths: []string{file}, Format: yumen.FormatCSV, Acquired: "2026-01-01"})
	_, err3 := s.Publish(t.Context(), provider, "visits")
	_, err4 := s.Sign(t.Context(), regulator, "c.yaml", []byte(agreement))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
}

func submit(t *testing.T, s *pipeline.Service) yumen.Job {
	t.Helper()
	j, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	if j, err = s.Drive(t.Context(), reviewer1, j.ID); err != nil {
		t.Fatal(err)
	}
	return j
}

func approve(t *testing.T, s *pipeline.Service, j yumen.Job) {
	t.Helper()
	for _, by := range []yumen.Actor{reviewer1, reviewer2} {
		if _, err := s.Vote(t.Context(), by, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
			t.Fatal(err)
		}
	}
}

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
	l, err := s.Ledger(t.Context(), "study")
	if err != nil || len(l.Accounts) != 0 || len(l.Unbounded) != 1 || l.Unbounded[0].Class != yumen.ClassOpaque ||
		!slices.Equal(l.Unbounded[0].Columns, []yumen.ColumnRef{{Dataset: "visits", Column: "person"}, {Dataset: "visits", Column: "fee"}}) {
		t.Errorf("the ledger says %+v, %v", l, err)
	}
}

func TestApprovalsAreForOneDigest(t *testing.T) {
	d := newDomain(t)
	s, done := d.mustOpen(calm())
	defer done()
	prepare(t, s, d.dir)
	j := submit(t, s)
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(yumen.DigestOf([]byte("another"))), yumen.DecisionApprove, "fine"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("a vote on another digest: %v", err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("an opaque result left with one vote: %v", err)
	}
	if _, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "again"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("one reviewer voted twice: %v", err)
	}
}

// Two votes at once: each is decided on what the job was before it, so one of them is refused or sees the other, and together
// they approve.
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
		yumen.Errorf(yumen.KindFailed, "cannot convert "+secret, secret), yumen.Errorf(yumen.KindInvalid, "bad row "+secret, secret).At(secret),
		yumen.Errorf(yumen.KindLimit, "too many rows: "+secret, secret), errors.New(secret),
		yumen.Refuse(yumen.KindInvalid, yumen.Say(secret, secret), []yumen.Reason{{Rule: secret, Msg: yumen.Say(secret, secret)}}),
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
		if jerr != nil || lerr != nil || strings.Contains(string(shown)+j.Error.In(yumen.LangChinese)+string(log), secret) {
			t.Errorf("a failure of kind %s tells data: %s", yumen.KindOf(err), shown)
		}
		done()
	}
}

func TestAResultThatCannotBeCheckedStaysHeld(t *testing.T) {
	for name, e := range map[string]script{
		"the check fails":          {task.Check: fails(errors.New("boom"))},
		"evidence of another size": {task.Check: answers(yumen.Evidence{Rows: 3, Groups: make([]yumen.GroupEvidence, 7)})},
		"an answer of nonsense":    {task.Check: answers("nonsense")},
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
	ctx, cancel := context.WithCancel(t.Context())
	e[task.Wasm] = func(task.Task, map[string]io.Writer) (any, error) {
		cancel() // as if the process were killed while the enclave runs: the run is cut short, its job stays running
		return nil, ctx.Err()
	}
	for range 3 {
		s, done = d.mustOpen(e)
		if _, err := s.Drive(ctx, reviewer1, j.ID); err == nil {
			t.Fatal("an interrupted run ended")
		}
		done()
		ctx, cancel = context.WithCancel(t.Context())
	}
	defer cancel()
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
			if err := errors.Join(os.RemoveAll(d.path(what)), os.Rename(filepath.Join(kept, what), d.path(what))); err != nil {
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

// After a step that could not be finished nothing more is done until the home is opened again, and then it is as if the
// step had been done in one go.
func TestAStepHalfDoneStopsEverything(t *testing.T) {
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
	if _, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module")); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Fatalf("got %v, want kind unavailable", err)
	}
	if err := os.Rename(d.path("objects/elsewhere"), d.path("objects/programs")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), analyst, moduleJob, []byte("module")); err == nil {
		t.Error("another step was taken after one that is half done")
	}
	done()
	s, done = d.mustOpen(calm())
	defer done()
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateInReview {
		t.Errorf("got %+v, %v", jobs, err)
	}
	if _, err := audit.Verify(d.path("log"), d.key.Verifier()); err != nil {
		t.Error(err)
	}
}
