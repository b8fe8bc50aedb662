package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// The pipeline is tested here with real state, objects and log, and with enclaves that answer from a script: what real
// ones answer, and real kills, are tested on the built program (cmd/yumen/clitest).

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
	if _, err := local.Open(d.path("objects")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
	return d
}

// reader reads the log as somebody does who only looks.
func (d *domain) reader() journal.Entries { return audit.Reader(d.path("log"), d.key.Verifier()) }

// logged returns the entries of the log with that action.
func (d *domain) logged(action yumen.AuditAction) []yumen.Entry {
	d.t.Helper()
	log, err := audit.OpenReader(d.path("log"), d.key.Verifier())
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	var out []yumen.Entry
	for r, err := range log.Entries(0) {
		if err != nil {
			d.t.Fatal(err)
		}
		if action == "" || r.Entry.Action == action {
			out = append(out, r.Entry)
		}
	}
	return out
}

func (d *domain) path(name string) string { return filepath.Join(d.dir, name) }

// open opens a service; done closes what it holds. Points of a step call crash.
func (d *domain) open(e pipeline.Enclave, crash func(string)) (s *pipeline.Service, done func(), err error) {
	d.t.Helper()
	return d.openWith(e, func(c *pipeline.Config) { c.Crash = crash })
}

func (d *domain) openWith(e pipeline.Enclave, change func(*pipeline.Config)) (s *pipeline.Service, done func(),
	err error) {
	d.t.Helper()
	st, err := sqlite.Open(d.t.Context(), d.path("state.db"), false)
	if err != nil {
		d.t.Fatal(err)
	}
	log, err := audit.Open(d.path("log"), d.key)
	if err != nil {
		return nil, func() { _ = st.Close() }, err
	}
	obj, err := local.Open(d.path("objects"))
	if err != nil {
		d.t.Fatal(err)
	}
	c := pipeline.Config{State: st, Objects: obj, Enclave: e, Log: log, Key: d.key, People: people{}}
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

// people are those of the tests, and whoever is put in beside or in place of them.
type people map[string]yumen.Actor

func (p people) Find(ctx context.Context, name string) (yumen.Actor, error) {
	if a, ok := p[name]; ok {
		return a, nil
	}
	for _, a := range []yumen.Actor{provider, regulator, analyst, reviewer1, reviewer2} {
		if a.Name == name {
			return a, nil
		}
	}
	return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "nobody is called %s", "没有 %s", name)
}

// script is an enclave that answers by role.
type script map[task.Role]func(task.Task, map[string]io.Writer) (any, error)

func (s script) Open() {}

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
			_, err3 := io.WriteString(outs[task.OutIdentifiers], "identifiers")
			return task.ImportAnswer{Rows: 100, Units: 50, NewUnits: 50}, errors.Join(err1, err2, err3)
		},
		task.Inspect: answers(nil),
		task.Wasm:    writes(task.OutResult, "result", task.ResultAnswer{Rows: 3}),
		task.Check:   answers(yumen.Evidence{Rows: 3}),
		task.Export:  writes(task.OutFile, "n\n1\n", task.ExportAnswer{Rows: 3}),
		task.Ledger:  compares,
	}
}

// compares is an enclave that finds nothing in labels, and writes those of visible cells.
func compares(t task.Task, outs map[string]io.Writer) (any, error) {
	if to := outs[task.OutLabels]; to != nil {
		if _, err := io.WriteString(to, "visible labels of "+string(t.Program)); err != nil {
			return nil, err
		}
	}
	return task.LedgerAnswer{Visible: 1}, nil
}

// labeled is an enclave that writes a table of cells with labels beside it.
func labeled(text string, answer any) func(task.Task, map[string]io.Writer) (any, error) {
	return func(t task.Task, outs map[string]io.Writer) (any, error) {
		if to := outs[task.OutLabels]; to != nil {
			if _, err := io.WriteString(to, "labels of "+text); err != nil {
				return nil, err
			}
		}
		return writes(task.OutResult, text, answer)(t, outs)
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
  - {name: name, title: Name, type: text, role: identifier, grade: 3, constraints: [mask: {technique: name}]}
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
	other := yumen.Actor{Name: "o", Org: "other", Roles: provider.Roles} // an entry is its provider's, without versions too
	taken := strings.Replace(dataset, "provider: hospital", "provider: other", 1)
	if _, err := s.Register(t.Context(), other, "d.yaml", []byte(taken)); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("another provider takes over an entry: %v", err)
	}
	_, err2 := s.Import(t.Context(), provider,
		api.ImportFiles{Dataset: "visits", Paths: []string{file}, Format: yumen.FormatCSV, Acquired: "2026-01-01"})
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
