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
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/seal"
)

var errFault = errors.New("input/output error")

// fault fails one access to state or objects, the nth after it was armed.
type fault struct {
	mu    sync.Mutex
	at, n int // at 0: none
}

func (f *fault) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n++; f.n == f.at {
		return errFault
	}
	return nil
}

func (f *fault) arm(at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.n = at, 0
}

// disarm reports whether the fault happened.
func (f *fault) disarm() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	happened := f.at > 0 && f.n >= f.at
	f.at = 0
	return happened
}

// faultyState fails reads, and steps before they are announced.
type faultyState struct {
	store.State
	*fault
}

func (s faultyState) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	if err := s.next(); err != nil {
		return store.Record{}, err
	}
	return s.State.Get(ctx, kind, id)
}

func (s faultyState) Select(ctx context.Context, q store.Query) (store.Page, error) {
	if err := s.next(); err != nil {
		return store.Page{}, err
	}
	return s.State.Select(ctx, q)
}

func (s faultyState) Count(ctx context.Context, q store.Query) (int, error) {
	if err := s.next(); err != nil {
		return 0, err
	}
	return s.State.Count(ctx, q)
}

func (s faultyState) Revisions(ctx context.Context, of []store.Record) ([]int64, error) {
	if err := s.next(); err != nil {
		return nil, err
	}
	return s.State.Revisions(ctx, of)
}

func (s faultyState) Intend(ctx context.Context, in *store.Intent) error {
	if err := s.next(); err != nil {
		return err
	}
	return s.State.Intend(ctx, in)
}

// faultyObjects fails to find, begin and stage objects.
type faultyObjects struct {
	store.Objects
	*fault
}

func (o faultyObjects) Fetch(ctx context.Context, of store.Object) (*os.File, func(), error) {
	if err := o.next(); err != nil {
		return nil, nil, err
	}
	return o.Objects.Fetch(ctx, of)
}

func (o faultyObjects) Create(space store.Space) (store.ObjectWriter, error) {
	if err := o.next(); err != nil {
		return nil, err
	}
	w, err := o.Objects.Create(space)
	return faultyWriter{w, o.fault}, err
}

type faultyWriter struct {
	store.ObjectWriter
	*fault
}

func (w faultyWriter) Stage() (store.Object, error) {
	if err := w.next(); err != nil {
		return store.Object{}, errors.Join(err, w.Abort())
	}
	return w.ObjectWriter.Stage()
}

// faulty is a domain with keys whose accesses to state and objects can be made to fail.
type faulty struct {
	*domain
	*fault
	s    *pipeline.Service
	e    script
	file string // a table
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	d := newDomain(t)
	f := &faulty{domain: d, fault: &fault{}, e: fixable(t), file: filepath.Join(d.dir, "in.csv")}
	kms, err1 := keyring.OpenLocal(d.path("master"))
	ring, err2 := keyring.Open(d.path("ring"), kms)
	if err := errors.Join(err1, err2, os.WriteFile(f.file, []byte("a\n1\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s, done := d.mustOpenWith(f.e, func(c *pipeline.Config) {
		c.State, c.Objects = faultyState{c.State, f.fault}, faultyObjects{c.Objects, f.fault}
		c.Keys, c.Scratch, c.People = ring, inMemory, people{admin.Name: admin}
	})
	f.s = s
	t.Cleanup(done)
	return f
}

// inMemory makes scratch files.
func inMemory() (pipeline.Scratch, error) { return seal.NewOpener(1<<30, "", false).Draft() }

// each has every access fail in turn, one in each try: a try then returns that fault, and the last one, in which
// nothing failed, succeeds. Progress, where not nil, says how far a use case of several steps has come, whose accesses
// begin anew.
func (f *faulty) each(name string, try func() error, progress func() yumen.State) {
	f.t.Helper()
	faults := 0
	var at yumen.State
	for n := 1; ; n++ {
		if progress != nil {
			if now := progress(); now != at {
				n, at = 1, now
			}
		}
		f.arm(n)
		err := try()
		if !f.disarm() {
			if err != nil || faults < 2 {
				f.t.Fatalf("%s: %v after %d faults", name, err, faults)
			}
			break
		}
		if faults++; !errors.Is(err, errFault) {
			f.t.Errorf("%s, access %d failed at %q: %v", name, n, at, err)
		}
		if faults > 1000 {
			f.t.Fatalf("%s: no end", name)
		}
	}
	if got := compared(f.t, f.s); got != "" {
		f.t.Errorf("%s: state and log differ: %s", name, got)
	}
}

// do has every access of a use case of one step fail in turn.
func (f *faulty) do(name string, try func() error) {
	f.t.Helper()
	f.each(name, try, nil)
}

// drive has every access fail in turn on the way of a job to where a person is due.
func (f *faulty) drive(id string, want yumen.State) yumen.Job {
	f.t.Helper()
	var j yumen.Job
	stored := func() yumen.State {
		var err error
		if j, err = f.s.Job(f.t.Context(), reviewer1, id); err != nil {
			f.t.Fatal(err)
		}
		return j.State
	}
	f.each("drive", func() error { _, err := f.s.Drive(f.t.Context(), reviewer1, id); return err }, stored)
	if got := stored(); got != want || j.Error != nil {
		f.t.Fatalf("the job is %s: %v", got, j.Error)
	}
	return j
}

// second runs f and drops what it returns beside the error.
func second[T any](_ T, err error) error { return err }

// catalog registers, imports twice, publishes and signs.
func (f *faulty) catalog() {
	t, ctx := f.t, f.t.Context()
	f.do("register", func() error { return second(f.s.Register(ctx, provider, "d.yaml", []byte(dataset))) })
	files := api.ImportFiles{Dataset: "visits", Paths: []string{f.file}, Format: yumen.FormatCSV,
		Acquired: "2026-01-01"}
	f.do("import", func() error { return second(f.s.Import(ctx, provider, files)) })
	f.e[task.Import] = func(_ task.Task, outs map[string]io.Writer) (any, error) {
		_, err1 := io.WriteString(outs[task.OutVersion], "the next version")
		_, err2 := io.WriteString(outs[task.OutUnits], "units")
		return task.ImportAnswer{Rows: 100, Units: 50}, errors.Join(err1, err2)
	}
	f.e[task.Desensitize] = func(_ task.Task, outs map[string]io.Writer) (any, error) {
		_, err := io.WriteString(outs[task.OutFile], "masked")
		return recordAnswer(), err
	}
	files.Profile = api.ProfileFile{Name: "p.yaml", Text: []byte(rounding)}
	f.do("import through a profile", func() error { return second(f.s.Import(ctx, provider, files)) })
	f.do("publish", func() error { return second(f.s.Publish(ctx, provider, "visits")) })
	f.do("sign", func() error {
		return second(f.s.Sign(ctx, regulator, "c.yaml",
			[]byte(strings.Replace(agreement, "jobs_per_day: 3", "jobs_per_day: 99", 1))))
	})
	f.do("datasets", func() error { return second(f.s.Datasets(ctx)) })
	d, err := f.s.Dataset(ctx, "visits")
	if err != nil || len(d.Versions) != 2 || !d.Versions[1].Published || d.Versions[1].Desensitization == "" {
		t.Fatalf("%+v, %v", d, err)
	}
}

const rounding = `profile: rounded
version: 1
title: t
steps:
  - columns: [fee]
    round: {base: 10}
`

// Whichever access to state or objects fails, whoever asked is told of it, nothing is decided on what could not be
// read, state and log agree, and what was asked for happens when it is asked for again.
func TestEveryFaultIsTold(t *testing.T) {
	f := newFaulty(t)
	ctx := t.Context()
	f.catalog()
	spec := yumen.JobSpec{Contract: "study", SQL: figures}
	f.do("explain", func() error { return second(f.s.Explain(ctx, analyst, spec, nil)) })
	var j yumen.Job
	f.do("submit", func() (err error) { j, err = f.s.Submit(ctx, analyst, spec, nil); return err })
	j = f.drive(j.ID, yumen.StateInReview)
	f.do("show", func() error { return second(f.s.Show(ctx, reviewer1, j.ID)) })
	f.do("follow", func() error { return f.s.MayFollow(ctx, regulator, j.ID) })
	f.do("queue", func() error { return second(f.s.Waiting(ctx, reviewer1, "", 0)) })
	f.do("case", func() error { return second(f.s.Case(ctx, reviewer1, j.ID)) })
	f.e[task.Preview] = answers(task.PreviewAnswer{})
	f.do("preview", func() error { return second(f.s.Preview(ctx, reviewer1, j.ID, 0, 9)) })
	f.do("preview of cells", func() error { return second(f.s.PreviewCells(ctx, reviewer1, j.ID, 0, 9)) })
	for _, by := range []yumen.Actor{reviewer1, reviewer2} {
		if j.State == yumen.StateInReview {
			f.do("vote", func() error {
				voted, err := f.s.Vote(ctx, by, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine")
				if err == nil {
					j = voted
				}
				return err
			})
		}
	}
	var r pipeline.ReleaseRecord
	f.do("release", func() (err error) { r, err = f.s.Release(ctx, reviewer1, j.ID, yumen.FormatCSV); return err })
	f.do("releases", func() error { return second(f.s.Releases(ctx)) })
	f.do("fetch", func() error {
		got, err := f.s.Fetch(ctx, analyst, r.Name)
		if err == nil {
			err = got.Close()
		}
		return err
	})
	f.do("ledger", func() error { return second(f.s.Ledger(ctx, regulator, "study")) })
	f.do("referred", func() error { return second(f.s.Referred(ctx)) })
	f.do("compare", func() error { return f.s.CompareLog(ctx) })
	f.e[task.Check] = answers(yumen.Evidence{Rows: 3})
	f.do("submit", func() (err error) { j, err = f.s.Submit(ctx, analyst, moduleJob, []byte("module")); return err })
	j = f.drive(j.ID, yumen.StateInReview)
	f.do("cancel", func() error { return second(f.s.Cancel(ctx, analyst, j.ID)) })
	f.do("terminate", func() error { return second(f.s.Terminate(ctx, regulator, "study")) })
}

// unreadable is a state of which one job cannot be read.
type unreadable struct {
	store.State
	job *string
}

func (u unreadable) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	if kind == store.Job && id == *u.job {
		return store.Record{}, errFault
	}
	return u.State.Get(ctx, kind, id)
}

// A job that cannot be driven keeps no other from going on, and is told of.
func TestResumeGoesOnBesideAFault(t *testing.T) {
	d := newDomain(t)
	var broken string
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.State = unreadable{c.State, &broken}
	})
	defer done()
	prepare(t, s, d.dir)
	ids := []string{submitted(t, s), submitted(t, s), submitted(t, s)}
	slices.Sort(ids)
	broken = ids[0]
	jobs, err := s.Resume(t.Context(), reviewer1)
	if !errors.Is(err, errFault) || len(jobs) != 2 || jobs[0].ID != ids[1] || jobs[1].State != yumen.StateInReview {
		t.Errorf("%+v, %v", jobs, err)
	}
	broken = ""
	if jobs, err := s.Resume(t.Context(), reviewer1); err != nil || len(jobs) != 1 || jobs[0].ID != ids[0] {
		t.Errorf("afterwards %+v, %v", jobs, err)
	}
}

// The same of keys, profiles, marks and vaults; a file whose making failed is aborted, and there is no record of it.
func TestEveryFaultOfDesensitizingIsTold(t *testing.T) {
	f := newFaulty(t)
	ctx := t.Context()
	for _, id := range []string{"used", "mark", pipeline.VaultKey} {
		f.do("create key", func() error {
			err := second(f.s.CreateKey(ctx, admin, api.NewKey{ID: id}))
			if yumen.KindOf(err) == yumen.KindConflict { // made, and what failed then was to say so
				return nil
			}
			return err
		})
	}
	f.e[task.Desensitize] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		for _, stream := range []string{task.OutFile, task.OutSide, task.OutVault} {
			if w := outs[stream]; w != nil {
				if _, err := io.WriteString(w, stream); err != nil {
					return nil, err
				}
			}
		}
		rec := desensitize.Record{Profile: "whole", Version: 1, RowsOut: 1}
		rec.Steps = []desensitize.RecordStep{{Technique: "watermark", Params: map[string]string{"recipient": "lab"}}}
		body, err := json.Marshal(rec)
		return task.DesensitizeAnswer{Record: body, Preview: []byte("{}")}, err
	}
	file := api.DesensitizeFile{Table: api.TableFiles{Paths: []string{f.file}, Format: yumen.FormatCSV},
		Recipient:   "lab",
		Hierarchies: []api.HierarchyFile{{Name: "h", Path: f.file}},
		Profile:     api.ProfileFile{Name: "p.yaml", Text: []byte(whole)}, Format: yumen.FormatCSV}
	for range 2 { // with a new vault, and with the one that there is
		var id string
		f.do("desensitize", func() error {
			out, side := &newFile{onCommit: func() {}}, &newFile{onCommit: func() {}}
			file.Out, file.Side = out, side
			d, err := f.s.Desensitize(ctx, provider, file)
			want := []string{"committed"}
			if err != nil {
				want = []string{"aborted"}
			}
			if id = d.ID; !slices.Equal(out.fate, want) || !slices.Equal(side.fate, want) {
				t.Errorf("%v: the files were %s and %s", err, out.fate, side.fate)
			}
			return err
		})
		f.do("record", func() error {
			d, err := f.s.Desensitization(ctx, regulator, id)
			if err == nil && (d.Side != yumen.DigestOf([]byte(task.OutSide)) || d.Recipient != "lab" ||
				d.LogIndex == 0) {
				t.Errorf("%+v", d)
			}
			return err
		})
	}
	all, err := f.s.Desensitizations(ctx, regulator)
	if err != nil || len(all) != 2 {
		t.Errorf("%d records, %v", len(all), err)
	}
	file.Out, file.Side = nil, nil
	f.do("dry run", func() error { return second(f.s.DryRun(ctx, provider, file, 3)) })
	f.e[task.Trace] = func(tk task.Task, _ map[string]io.Writer) (any, error) {
		if spec := tk.Spec.(task.TraceSpec); !slices.Equal(spec.Recipients, []string{"lab"}) || len(spec.Keys) != 1 ||
			spec.Keys[0].ID != "mark" {
			return nil, fmt.Errorf("searched for %v", spec.Recipients)
		}
		return task.TraceAnswer{Traces: []byte(`[{"found": true}]`)}, nil
	}
	f.do("trace", func() error {
		found, err := f.s.Trace(ctx, regulator, api.TraceFile{Table: file.Table, Profile: file.Profile})
		if err == nil && (len(found) != 1 || !found[0].Found) {
			t.Errorf("%+v", found)
		}
		return err
	})
}

const whole = `profile: whole
version: 1
title: t
steps:
  - columns: [a]
    hash: {key: used, context: c}
  - columns: [b]
    tokenize: {context: c}
  - columns: [n]
    watermark: {anchor: [a], key: mark, recipient: nobody}
  - columns: [illness]
    anatomize: {l: 2}
`

// Of class dp the same is true, and whatever failed, the question is paid for once.
func TestEveryFaultOfAPrivateAnswerIsTold(t *testing.T) {
	p := newPrivately(t)
	p.done()
	f := &faulty{domain: p.domain, fault: &fault{}}
	p.open(func(c *pipeline.Config) {
		c.State, c.Objects = faultyState{c.State, f.fault}, faultyObjects{c.Objects, f.fault}
	})
	f.s = p.s
	j, err := p.s.Submit(t.Context(), analyst, question(10), []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	f.drive(j.ID, yumen.StateReleased)
	if b := p.balance(); b.Answers != 1 {
		t.Errorf("paid for %d answers", b.Answers)
	}
	p.consistent()
	f.do("show", func() error { return second(p.s.Show(t.Context(), analyst, j.ID)) })
	f.do("ledger", func() error { return second(p.s.Ledger(t.Context(), regulator, "private")) })
	f.do("explain", func() error { return second(p.s.Explain(t.Context(), analyst, question(12), []byte("module"))) })
}
