package pipeline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// taken are the arrows of the state chart that tests took.
var taken sync.Map

// recorded is a state that notes arrows.
type recorded struct{ store.State }

func (r recorded) Intend(ctx context.Context, in *store.Intent) error {
	err := r.State.Intend(ctx, in)
	for _, e := range in.Entries {
		if err == nil && e.To != "" {
			taken.Store(arrowOf(e.From, e.To, e.Action, e.Actor == yumen.System.Name), true)
		}
	}
	return err
}

func arrowOf(from, to yumen.State, action yumen.AuditAction, system bool) string {
	return fmt.Sprintf("%s: %q → %s, by the system: %t", action, from, to, system)
}

// Every arrow of the chart is taken by some test of this package.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		for _, a := range yumen.Arrows {
			arrow := arrowOf(a.From, a.To, a.Action, a.By == yumen.PartySystem)
			if _, ok := taken.Load(arrow); !ok {
				fmt.Fprintln(os.Stderr, "no test takes the arrow", arrow)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// docs/states.md shows the chart.
func TestStatesDocument(t *testing.T) {
	got := "| from | to | action in the log | by | when |\n|---|---|---|---|---|\n"
	for _, a := range yumen.Arrows {
		from := "–"
		if a.From != "" {
			from = "`" + string(a.From) + "`"
		}
		got += fmt.Sprintf("| %s | `%s` | `%s` | %s | %s |\n", from, a.To, a.Action, a.By, a.When)
	}
	goldentest.Part(t, "../docs/states.md", "arrows", got)
}

// stopAt keeps a job from leaving a state by other steps than a withdrawal.
func stopAt(state *yumen.State) func(*pipeline.Config) {
	return func(c *pipeline.Config) {
		c.State = &meddler{c.State, func(in *store.Intent) error {
			e := in.Entries[0]
			leaves := e.From != "" && e.From == *state && e.Action != yumen.ActionJobCancel
			if leaves || *state == yumen.StateRunning && e.Action == yumen.ActionAnswerHold {
				return errors.New("stopped")
			}
			return nil
		}}
	}
}

const figures = "SELECT count(*) FROM visits GROUP BY ()"

// fixable is a script in which a query gives a count that has to be rounded once.
func fixable(t *testing.T) script {
	t.Helper()
	e := calm()
	e[task.Parse] = answers(task.ParseAnswer{Tree: treeOf(t, figures)})
	e[task.Query] = labeled("exact", task.ResultAnswer{Rows: 1})
	e[task.Fix] = writes(task.OutResult, "rounded", task.ResultAnswer{Rows: 1,
		Fixes: []yumen.Fix{{Technique: "round"}}})
	e[task.Post] = writes(task.OutResult, "result", task.ResultAnswer{Rows: 1})
	e[task.Check] = func(tk task.Task, _ map[string]io.Writer) (any, error) {
		ev := yumen.Evidence{Rows: 1, Groups: []yumen.GroupEvidence{{Units: 1000, Rows: 1000,
			Measures: []yumen.MeasureEvidence{{Units: 1000, Share: 0.01, P: 0.9}}}}}
		if tk.Program == yumen.DigestOf([]byte("exact")) {
			ev.Unrounded = []yumen.CellHits{{Column: tk.Spec.(task.CheckSpec).Columns[0].Name, Count: 1}}
		}
		return ev, nil
	}
	return e
}

// treeOf is what DuckDB's parser made of a statement, kept with the tests of package query.
func treeOf(t *testing.T, sql string) json.RawMessage {
	t.Helper()
	f, err := os.Open("../query/testdata/trees.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var s struct {
			SQL  string
			Tree json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if s.SQL == sql {
			return s.Tree
		}
	}
	t.Fatalf("no tree of %s, %v", sql, lines.Err())
	return nil
}

// A job is withdrawn from every state that is not an end, and moved nowhere afterwards.
func TestCancelFromEveryState(t *testing.T) {
	for _, a := range yumen.Arrows {
		if a.Action != yumen.ActionJobCancel {
			continue
		}
		t.Run(string(a.From), func(t *testing.T) {
			var stop yumen.State
			d := newDomain(t)
			s, done := d.mustOpenWith(fixable(t), stopAt(&stop))
			defer done()
			prepare(t, s, d.dir)
			j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if stop = a.From; stop != yumen.StateSubmitted {
				_, _ = s.Drive(t.Context(), reviewer1, j.ID) // stopped
			}
			if j, err = s.Job(t.Context(), reviewer1, j.ID); a.From == yumen.StateApproved {
				_, err = s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), yumen.DecisionApprove, "fine")
			}
			if err != nil {
				t.Fatal(err)
			}
			if j, err = s.Job(t.Context(), reviewer1, j.ID); err != nil || j.State != a.From {
				t.Fatalf("the job is %s, %v; %v", j.State, j.Error, err)
			}
			if j, err = s.Cancel(t.Context(), analyst, j.ID); err != nil || j.State != yumen.StateCancelled {
				t.Errorf("%s, %v", j.State, err)
			}
			if j, err = s.Drive(t.Context(), reviewer1, j.ID); err != nil || j.State != yumen.StateCancelled {
				t.Errorf("afterwards %s, %v", j.State, err)
			}
		})
	}
}

func TestReviewEnds(t *testing.T) {
	for d, want := range map[yumen.Decision]yumen.State{yumen.DecisionReturn: yumen.StateReturned,
		yumen.DecisionReject: yumen.StateRejected} {
		dom := newDomain(t)
		s, done := dom.mustOpen(calm())
		prepare(t, s, dom.dir)
		j := submit(t, s)
		if j, err := s.Vote(t.Context(), reviewer1, j.ID, string(j.Artifact), d, "coarser"); err != nil ||
			j.State != want {
			t.Errorf("%s: %s, %v", d, j.State, err)
		}
		done()
	}
}

func TestAFixOrPostThatFails(t *testing.T) {
	for _, role := range []task.Role{task.Fix, task.Post} {
		d, e := newDomain(t), fixable(t)
		e[role] = fails(errors.New("boom"))
		s, done := d.mustOpen(e)
		prepare(t, s, d.dir)
		j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
		if err == nil {
			j, err = s.Drive(t.Context(), reviewer1, j.ID)
		}
		if err != nil || j.State != yumen.StateFailed || strings.Contains(j.Error.Error(), "boom") {
			t.Errorf("%s: %s, %v, %v", role, j.State, j.Error, err)
		}
		done()
	}
}

// A process that ends while the result is made of protected cells leaves a job that goes on from there: the cells are
// neither asked for nor judged again.
func TestPostGoesOnAfterACrash(t *testing.T) {
	d, e := newDomain(t), fixable(t)
	whole, killed := e[task.Post], func() {}
	e[task.Post] = func(task.Task, map[string]io.Writer) (any, error) {
		killed()
		return nil, errors.New("killed")
	}
	s, done := d.mustOpen(e)
	prepare(t, s, d.dir)
	j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err != nil {
		t.Fatal(err)
	}
	killed = done // nothing is written any more
	if _, err = s.Drive(t.Context(), reviewer1, j.ID); err == nil {
		t.Fatal("an interrupted step ended")
	}
	again := fixable(t)
	again[task.Post], again[task.Query], again[task.Fix] = whole, fails(errors.New("again")), fails(errors.New("again"))
	s, done = d.mustOpen(again)
	defer done()
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateInReview ||
		jobs[0].Artifact != yumen.DigestOf([]byte("result")) {
		t.Errorf("got %+v, %v", jobs, err)
	}
}

// Figures that rows are compared with are protected first, by rounds of their own, and given to the enclave that asks
// the statement; a crash between the two asks for them no more.
func TestFiguresAreProtectedFirst(t *testing.T) {
	const sql = "SELECT count(*) AS people FROM (SELECT resident_id, count(*) AS n FROM visits GROUP BY resident_id) WHERE n > (SELECT count(*) FROM visits) / 100"
	d, e := newDomain(t), fixable(t)
	e[task.Parse] = answers(task.ParseAnswer{Tree: json.RawMessage(strings.ReplaceAll(string(treeOf(t, sql)),
		"resident_id", "person"))})
	var ran, posts []task.Task
	crash := func() {}
	e[task.Query] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		if ran = append(ran, tk); len(ran) == 2 {
			crash()
			return nil, errors.New("killed")
		}
		return labeled("exact", task.ResultAnswer{Rows: 1})(tk, outs)
	}
	e[task.Post] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		posts = append(posts, tk)
		return writes(task.OutResult, fmt.Sprint("made ", len(posts)), task.ResultAnswer{Rows: 1})(tk, outs)
	}
	s, done := d.mustOpen(e)
	prepare(t, s, d.dir)
	j, err := s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: sql}, nil)
	if err != nil {
		t.Fatal(err)
	}
	crash = done
	if _, err = s.Drive(t.Context(), reviewer1, j.ID); err == nil {
		t.Fatal("an interrupted step ended")
	}
	s, done = d.mustOpen(e)
	defer done()
	jobs, err := s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateInReview || !jobs[0].Figures || len(ran) != 3 ||
		len(posts) != 2 {
		t.Fatalf("%+v, %v; %d questions, %d post statements", jobs, err, len(ran), len(posts))
	}
	if spec := ran[0].Spec.(task.QuerySpec); spec.Figures || strings.Contains(spec.SQL, task.FiguresTable) ||
		len(ran[0].Inputs) != 1 {
		t.Errorf("the figures were asked with %+v", ran[0])
	}
	for _, tk := range ran[1:] {
		in, spec := tk.Inputs, tk.Spec.(task.QuerySpec)
		if !spec.Figures || !strings.Contains(spec.SQL, task.FiguresTable) || len(in) != 2 ||
			in[1].Name != task.FiguresTable || in[1].Digest != yumen.DigestOf([]byte("made 1")) {
			t.Errorf("the statement was asked with %+v", tk)
		}
	}
	c, err := s.Case(t.Context(), reviewer1, j.ID)
	if err != nil || len(c.Artifacts) != 6 {
		t.Fatalf("%+v, %v", c.Artifacts, err)
	}
	for i, a := range c.Artifacts { // exact, rounded and made, of both
		if a.Round != i || a.Figures != (i < 3) || a.Cells != (i%3 < 2) {
			t.Errorf("artifact %d: %+v", i, a)
		}
	}
}

// What an account could pay for when the job was planned, or when its run was cut short, may be spent by others
// before it runs.
func TestOthersSpendFirst(t *testing.T) {
	for _, from := range []yumen.State{yumen.StatePlanned, yumen.StateRunning} {
		t.Run(string(from), func(t *testing.T) {
			stop := from
			p := newPrivately(t)
			p.done()
			p.open(stopAt(&stop))
			j, err := p.s.Submit(t.Context(), analyst, question(10), []byte("module"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err = p.s.Drive(t.Context(), reviewer1, j.ID); err == nil {
				t.Fatal("it was not stopped")
			}
			stop = ""
			well := p.e[task.Wasm]
			if from == yumen.StateRunning { // the same question fails on data, so its debit is lost
				p.e[task.Wasm] = fails(yumen.Errorf(yumen.KindFailed, "boom", "失败"))
				p.ask(question(10))
				p.e[task.Wasm] = well
				if j, err := p.s.Job(t.Context(), reviewer1, j.ID); err != nil || j.State != from {
					t.Fatal(j.State, err)
				}
			}
			rest := question(11)
			rest.Privacy.Epsilon = p.balance().Left
			if j := p.ask(rest); j.State != yumen.StateReleased {
				t.Fatal(j.State, j.Error)
			}
			jobs, err := p.s.Resume(t.Context(), reviewer1)
			if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateRejected ||
				jobs[0].Error.Reasons[0].Rule != "budget.exhausted" {
				t.Errorf("%d jobs resumed, %v", len(jobs), err)
			}
			p.consistent()
		})
	}
}

// Whatever the chart does not have is refused, with kind internal.
func TestNoOtherArrows(t *testing.T) {
	var states []yumen.State
	var actions []yumen.AuditAction
	for _, a := range yumen.Arrows {
		states, actions = append(states, a.From, a.To), append(actions, a.Action)
	}
	slices.Sort(states)
	slices.Sort(actions)
	states, actions = slices.Compact(states), append(slices.Compact(actions), yumen.ActionJobHold+"x")
	people := map[string]yumen.Party{yumen.System.Name: yumen.PartySystem, analyst.Name: yumen.PartySubmitter,
		reviewer1.Name: yumen.PartyReviewer}
	for _, from := range states {
		for _, to := range states {
			for _, action := range actions {
				for name, party := range people {
					err := yumen.CheckArrow(yumen.Entry{From: from, To: to, Action: action, Actor: name}, analyst.Name)
					has := slices.ContainsFunc(yumen.Arrows, func(a yumen.Arrow) bool {
						// access and egress keep submitters from reviewing; the chart knows persons only.
						by := a.By == party || a.By == yumen.PartyReviewer && party == yumen.PartySubmitter
						return a.From == from && a.To == to && a.Action == action && by
					})
					if has != (err == nil) || err != nil && yumen.KindOf(err) != yumen.KindInternal {
						t.Errorf("%s from %q to %q by %s: %v", action, from, to, name, err)
					}
				}
			}
		}
	}
	if !strings.Contains(yumen.CheckArrow(yumen.Entry{To: yumen.StateReleased, Action: yumen.ActionRelease},
		"").Error(), "release") {
		t.Error("the error does not name the action")
	}
}
