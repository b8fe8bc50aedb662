package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
)

// privately is a domain with a contract that allows class dp, ε 1 in all, and enclaves that answer from a script.
type privately struct {
	*domain
	t       *testing.T
	e       script
	mu      sync.Mutex
	ran     map[task.Role][]task.Task
	waits   []time.Time
	onWait  func()
	began   time.Time     // when the clock stood still: how fast the machine is decides nothing
	advance time.Duration // how far the clock is ahead of it
	s       *pipeline.Service
	done    func()
}

func newPrivately(t *testing.T) *privately { return newPrivatelyOver(t, 100, "[400ms]") }

// newPrivatelyOver has so many rows, and answers at those times.
func newPrivatelyOver(t *testing.T, rows int64, deadlines string) *privately {
	t.Helper()
	p := &privately{domain: newDomain(t), t: t, e: calm(), ran: map[task.Role][]task.Task{}, began: time.Now()}
	p.e[task.Wasm] = writes(task.OutNoisy, "noisy", task.ResultAnswer{Rows: 1})
	p.e[task.Post] = writes(task.OutResult, "result", task.ResultAnswer{Rows: 1})
	imported := p.e[task.Import]
	p.e[task.Import] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
		_, err := imported(tk, outs)
		return task.ImportAnswer{Rows: rows, Units: rows / 2, NewUnits: rows / 2}, err
	}
	p.open()
	prepare(t, p.s, p.dir)
	signed := strings.Replace(agreement, "contract: study", "contract: private", 1)
	signed = strings.Replace(signed, "classes: [aggregate, opaque]",
		"classes: [dp]\nbudget: {epsilon: 1, delta: 1e-6, per_query: 0.2, deadlines: "+deadlines+"}", 1)
	signed = strings.Replace(signed, "jobs_per_day: 3", "jobs_per_day: 100000", 1)
	if _, err := p.s.Sign(t.Context(), regulator, "c.yaml", []byte(signed)); err != nil {
		t.Fatal(err)
	}
	return p
}

// open opens the home, again after a restart. Nobody waits for the clock: it is noted for when somebody would.
func (p *privately) open(change ...func(*pipeline.Config)) {
	p.t.Helper()
	p.s, p.done = p.mustOpenWith(p, func(c *pipeline.Config) {
		c.Clock = func() time.Time {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.began.Add(p.advance)
		}
		c.Wait = func(ctx context.Context, until time.Time) error {
			p.mu.Lock()
			p.waits = append(p.waits, until)
			f := p.onWait
			p.mu.Unlock()
			if f != nil {
				f()
			}
			return ctx.Err()
		}
		for _, f := range change {
			f(c)
		}
	})
	p.t.Cleanup(p.done)
}

// Open starts nothing ahead.
func (p *privately) Open() {}

// Run notes what enclaves are asked to do.
func (p *privately) Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error) {
	p.mu.Lock()
	p.ran[t.Role] = append(p.ran[t.Role], t)
	p.mu.Unlock()
	return p.e.Run(ctx, t, outs)
}

func (p *privately) runs(r task.Role) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ran[r])
}

// question is a module over people; another bound makes it another question.
func question(bound int) yumen.JobSpec {
	return yumen.JobSpec{Contract: "private", Class: yumen.ClassDP, Wasm: "m.wasm", Mode: yumen.ModeMap, Steps: 10_000,
		Inputs:      []yumen.JobInput{{Dataset: "visits", Columns: []string{"fee"}}},
		Privacy:     yumen.PrivacySpec{WideNoise: true}, // there are few people
		Coordinates: []yumen.Coordinate{{Name: "fees", Type: yumen.TypeInteger, Max: float64(bound)}}}
}

func (p *privately) ask(spec yumen.JobSpec) yumen.Job {
	p.t.Helper()
	j, err := p.s.Submit(p.t.Context(), analyst, spec, []byte("module"))
	if err == nil {
		j, err = p.s.Drive(p.t.Context(), reviewer1, j.ID)
	}
	if err != nil {
		p.t.Error(err)
	}
	return j
}

func (p *privately) balance() api.Balance {
	p.t.Helper()
	l, err := p.s.Ledger(p.t.Context(), regulator, "private")
	if err != nil || len(l.Accounts) != 1 || l.Accounts[0].Unit != "person" {
		p.t.Fatalf("%+v, %v", l, err)
	}
	return l.Accounts[0]
}

// consistent checks the laws of the books: the account is the sum of the debits that the log tells of, within the
// budget, and there is no answer without a debit.
func (p *privately) consistent() {
	p.t.Helper()
	b := p.balance()
	paid, sum := map[yumen.Digest]int{}, 0.0
	for _, e := range p.logged("budget.debit") {
		paid[e.Digests["answer_key"]]++
		var rho float64
		if _, err := fmt.Sscan(e.Details["rho"], &rho); err != nil {
			p.t.Error(err)
		}
		sum += rho
	}
	debits := 0
	for _, n := range paid {
		debits += n
	}
	if b.Answers != debits || math.Abs(b.Used.Rho-sum) > 1e-9*sum || b.Used.Rho > b.Limit.Rho || b.Spent > 1 {
		p.t.Errorf("the account says %+v, the log %d debits of %g together", b, debits, sum)
	}
	answers := map[yumen.Digest]bool{}
	for _, e := range p.logged("answer.hold") {
		key := e.Digests["answer_key"]
		if answers[key] {
			p.t.Error("two answers under one key")
		}
		if answers[key] = true; paid[key] == 0 {
			p.t.Error("an answer that nobody paid for")
		}
	}
}
