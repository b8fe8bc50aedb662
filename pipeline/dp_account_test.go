package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// meddler is a state in which another process gets in before some steps.
type meddler struct {
	store.State
	before func(*store.Intent) error
}

func (m *meddler) Intend(ctx context.Context, in *store.Intent) error {
	if err := m.before(in); err != nil {
		return err
	}
	return m.State.Intend(ctx, in)
}

func puts(in *store.Intent, kind store.Kind) int {
	return slices.IndexFunc(in.Puts, func(r store.Record) bool { return r.Kind == kind })
}

// meddle opens the home again with somebody who gets in before steps.
func (p *privately) meddle(before func(*store.Intent) error) {
	p.t.Helper()
	p.done()
	p.open(func(c *pipeline.Config) { c.State = &meddler{c.State, before} })
}

// A debit that others come before is tried again on what the account is then, and not for ever.
func TestDebitsAreTriedAgain(t *testing.T) {
	p := newPrivately(t)
	others := 3
	p.meddle(func(in *store.Intent) error {
		if puts(in, store.Account) < 0 || others == 0 {
			return nil
		}
		others--
		return yumen.Errorf(yumen.KindConflict, "changed meanwhile", "已被修改")
	})
	if j := p.ask(question(10)); j.State != yumen.StateReleased || others != 0 || p.balance().Answers != 1 {
		t.Errorf("%s, %v, %+v", j.State, j.Error, p.balance())
	}
	others = 1000
	j, err := p.s.Submit(t.Context(), analyst, question(11), []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	if j, err = p.s.Drive(t.Context(), reviewer1, j.ID); yumen.KindOf(err) != yumen.KindConflict ||
		j.State != yumen.StatePlanned || p.balance().Answers != 1 {
		t.Errorf("%s, %v, %+v", j.State, err, p.balance())
	}
	others = 0
	if jobs, err := p.s.Resume(t.Context(), reviewer1); err != nil || len(jobs) != 1 ||
		jobs[0].State != yumen.StateReleased {
		t.Errorf("%+v, %v", jobs, err)
	}
	p.consistent()
}

// The deadline follows from the question and the published size, and what would not keep the longest is refused.
func TestDeadlines(t *testing.T) {
	for _, c := range []struct {
		rows      int64
		deadlines string
		want      string
	}{
		{100, "[100ms, 1s, 10s]", "1s"}, {100, "[700ms]", "700ms"}, {1_000_000, "[100ms, 1s, 30s, 100s]", "30s"},
		{100, "[100ms]", ""}, {1 << 50, "[1s, 10s]", ""},
	} {
		p := newPrivatelyOver(t, c.rows, c.deadlines)
		j := p.ask(question(10))
		if c.want == "" {
			if j.State != yumen.StateRejected || j.Error.Reasons[0].Rule != "deadline" || p.runs(task.Wasm) > 0 ||
				p.balance().Answers > 0 {
				t.Errorf("%d rows, %s: %s, %v", c.rows, c.deadlines, j.State, j.Error)
			}
			continue
		}
		told, err := p.s.Show(t.Context(), analyst, j.ID)
		cost := told.Privacy
		if err != nil || j.State != yumen.StateReleased {
			t.Fatal(err, j.Error)
		}
		if got, _ := cost.Deadline.MarshalText(); string(got) != c.want {
			t.Errorf("%d rows, %s: %s, want %s", c.rows, c.deadlines, got, c.want)
		}
	}
}

// After a backup was restored whose original is lost, contracts that were signed before pay for nothing new: what they
// had paid for since is not known. Which were signed before the log says, not the clock of the machine that restored.
// Answers that are stored are given, and contracts signed afterwards pay.
func TestLostOriginalFreezesAccounts(t *testing.T) {
	p := newPrivately(t)
	if j := p.ask(question(10)); j.State != yumen.StateReleased {
		t.Fatal(j.Error)
	}
	p.done()
	var cfg pipeline.Config
	p.open(func(c *pipeline.Config) { cfg = *c })
	steps, err := journal.Open(t.Context(),
		journal.Config{State: cfg.State, Objects: cfg.Objects, Log: cfg.Log, Clock: cfg.Clock, Crash: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	restored := yumen.Entry{At: cfg.Clock().AddDate(-1, 0, 0), Actor: yumen.System.Name,
		Action: yumen.ActionHomeRestore, Subject: "home",
		Details: map[string]string{"original": yumen.OriginalLost}}
	if err := steps.Commit(t.Context(), journal.Step{Entries: []yumen.Entry{restored}}); err != nil {
		t.Fatal(err)
	}
	p.done()
	p.open(func(*pipeline.Config) {})
	if j := p.ask(question(10)); j.State != yumen.StateReleased {
		t.Errorf("the stored answer: %s, %v", j.State, j.Error)
	}
	j := p.ask(question(11))
	if j.State != yumen.StateRejected || j.Error.Reasons[0].Rule != "budget.exhausted" ||
		!strings.Contains(j.Error.Error(), "restored") {
		t.Errorf("a new question: %s, %v", j.State, j.Error)
	}
	p.consistent()
	p.mu.Lock()
	p.advance = time.Minute
	p.mu.Unlock()
	signed := strings.Replace(agreement, "contract: study", "contract: later", 1)
	signed = strings.Replace(signed, "classes: [aggregate, opaque]", "classes: [dp]\nbudget: {epsilon: 1, delta: 1e-6}",
		1)
	if _, err := p.s.Sign(t.Context(), regulator, "c.yaml", []byte(signed)); err != nil {
		t.Fatal(err)
	}
	spec := question(11)
	spec.Contract = "later"
	if j := p.ask(spec); j.State != yumen.StateReleased {
		t.Errorf("under a new contract: %s, %v", j.State, j.Error)
	}
}
