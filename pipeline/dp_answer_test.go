package pipeline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
)

// An answer is paid for before it is run, told at the end of its deadline, made out of the noisy table alone, and
// leaves by itself with a receipt that says what was promised.
func TestPrivateAnswerLeavesByItself(t *testing.T) {
	p := newPrivately(t)
	p.onWait = func() {
		if n := len(p.logged("answer.hold")) + len(p.logged("job.hold")); n > 0 {
			t.Error("something was written before the deadline")
		}
		if len(p.logged("budget.debit")) != 1 {
			t.Error("it ran before it was paid for")
		}
	}
	j := p.ask(question(10))
	if j.State != yumen.StateReleased || len(p.waits) != 1 {
		t.Fatalf("job is %s, %v; %d waits", j.State, j.Error, len(p.waits))
	}
	if wall := p.ran[task.Wasm][0].Limits.Wall; wall != yumen.Duration(400*time.Millisecond) {
		t.Errorf("the run was given %s", time.Duration(wall))
	}
	if in := p.ran[task.Post][0].Inputs; len(in) != 1 || in[0].Name != task.InCells ||
		in[0].Digest != yumen.DigestOf([]byte("noisy")) {
		t.Errorf("the second enclave was given %+v", in)
	}
	check := p.ran[task.Check][0]
	if len(check.Spec.(task.CheckSpec).Sources) > 0 || len(check.Inputs) != 1 {
		t.Error("the check compares with data")
	}
	p.consistent()
	file, err := p.s.Fetch(t.Context(), analyst, j.Release)
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	r, _, err := audit.VerifyReceipt(file.Receipt, p.key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	st := r.Body()
	if st.Privacy == nil || st.Privacy.Epsilon != 0.2 || st.Privacy.Delta != 1e-6 || st.Privacy.Unit != "person" ||
		len(st.Privacy.Noise.Components) != 2 ||
		st.Privacy.Noisy != yumen.DigestOf([]byte("noisy")) || st.Release.By != "system" || len(st.Votes) != 0 ||
		len(st.Enclaves) != 4 {
		t.Errorf("the receipt says %+v", st)
	}
}

// Whoever asks the same again gets the same, pays nothing and waits for nobody.
func TestTheSameQuestionIsFree(t *testing.T) {
	p := newPrivately(t)
	first := p.ask(question(10))
	before := p.balance()
	again := question(10)
	again.Coordinates[0].Name, again.Name = "total", "again"
	second := p.ask(again)
	if second.State != yumen.StateReleased || second.ID == first.ID || second.Artifact != first.Artifact {
		t.Errorf("the second is %s, %v", second.State, second.Error)
	}
	if p.balance() != before || p.runs(task.Wasm) != 1 || p.runs(task.Post) != 2 || len(p.waits) != 1 {
		t.Errorf("%+v after %+v; %d runs", p.balance(), before, p.runs(task.Wasm))
	}
	dearer := question(10)
	dearer.Privacy.Epsilon = 0.3
	if j := p.ask(dearer); j.State != yumen.StateReleased || p.runs(task.Wasm) != 2 || p.balance().Answers != 2 {
		t.Errorf("less noise is another answer: %s, %v", j.State, j.Error)
	}
	p.consistent()
}

// What the budget does not hold is refused before anything runs on data, in both languages, with what to do.
func TestAnEmptyAccount(t *testing.T) {
	p := newPrivately(t)
	all := question(10)
	all.Privacy.Epsilon = 1
	if j := p.ask(all); j.State != yumen.StateReleased {
		t.Fatalf("%s, %v", j.State, j.Error)
	}
	j := p.ask(question(11))
	if j.State != yumen.StateRejected || j.Error.Kind != yumen.KindLimit || len(j.Error.Reasons) != 1 ||
		j.Error.Reasons[0].Rule != "budget.exhausted" {
		t.Fatalf("%s, %+v", j.State, j.Error)
	}
	for _, l := range []yumen.Lang{yumen.LangEnglish, yumen.LangChinese} {
		if text := j.Error.In(l); !strings.Contains(text, "ε 0.2") || !strings.Contains(text, "→") {
			t.Error(text)
		}
	}
	if p.runs(task.Wasm) != 1 || p.balance().Left > 0.01 {
		t.Errorf("%d runs, %+v", p.runs(task.Wasm), p.balance())
	}
	if j := p.ask(all); j.State != yumen.StateReleased {
		t.Errorf("the answer that was given is not given again: %v", j.Error)
	}
	p.consistent()
}

// A run that fails on data says so in one sentence, at the deadline, and what it cost is gone. So is one that is late.
func TestFailuresArePaidFor(t *testing.T) {
	const secret = "320311198807011234"
	for name, fail := range map[string]func(p *privately) error{
		"data":  func(*privately) error { return yumen.Errorf(yumen.KindFailed, secret, secret) },
		"limit": func(*privately) error { return yumen.Errorf(yumen.KindLimit, secret, secret) },
		"late": func(p *privately) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.advance += time.Second
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPrivately(t)
			well := p.e[task.Wasm]
			p.e[task.Wasm] = func(tk task.Task, outs map[string]io.Writer) (any, error) {
				tk.Started()
				if err := fail(p); err != nil {
					return nil, err
				}
				return well(tk, outs)
			}
			for n := range 2 {
				j := p.ask(question(10))
				shown, err := json.Marshal(j.Error)
				if j.State != yumen.StateFailed || j.Error.Kind != yumen.KindFailed || err != nil ||
					strings.Contains(string(shown), secret) {
					t.Errorf("%s, %s", j.State, shown)
				}
				if len(p.waits) != n+1 || p.balance().Answers != n+1 {
					t.Errorf("%d waits, %+v", len(p.waits), p.balance())
				}
			}
			p.e[task.Wasm] = well
			if j := p.ask(question(10)); j.State != yumen.StateReleased || p.balance().Answers != 3 {
				t.Errorf("%s, %v, %+v", j.State, j.Error, p.balance())
			}
			p.consistent()
		})
	}
}

// Where the host cannot run anything, the debit waits for a run that can.
func TestAHostThatFailsCostsOnce(t *testing.T) {
	p := newPrivately(t)
	well := p.e[task.Wasm]
	p.e[task.Wasm] = fails(yumen.Errorf(yumen.KindUnavailable, "no isolation", "无隔离"))
	if j := p.ask(question(10)); j.State != yumen.StateFailed || j.Error.Kind != yumen.KindUnavailable {
		t.Errorf("%s, %v", j.State, j.Error)
	}
	p.e[task.Wasm] = well
	if j := p.ask(question(10)); j.State != yumen.StateReleased || p.balance().Answers != 1 {
		t.Errorf("%s, %v, %+v", j.State, j.Error, p.balance())
	}
	p.consistent()
}

// A run that a crash cuts short is run again under the same debit.
func TestARunCutShortCostsOnce(t *testing.T) {
	p := newPrivately(t)
	well := p.e[task.Wasm]
	p.e[task.Wasm] = func(task.Task, map[string]io.Writer) (any, error) {
		p.done() // nothing is written any more
		return nil, errors.New("killed")
	}
	j, err := p.s.Submit(t.Context(), analyst, question(10), []byte("module"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.Drive(t.Context(), reviewer1, j.ID); err == nil {
		t.Fatal("a run that was cut short ended")
	}
	p.e[task.Wasm] = well
	p.open()
	jobs, err := p.s.Resume(t.Context(), reviewer1)
	if err != nil || len(jobs) != 1 || jobs[0].State != yumen.StateReleased || jobs[0].Attempts != 2 ||
		p.balance().Answers != 1 {
		t.Errorf("%+v, %v, %+v", jobs, err, p.balance())
	}
	p.consistent()
}

// A contract that ends while an answer is made keeps it in; a text in it that names somebody does so too.
func TestAnAnswerThatMayNotLeave(t *testing.T) {
	for name, c := range map[string]struct {
		check func(p *privately) yumen.Evidence
		rule  string
	}{
		"the contract ended": {func(p *privately) yumen.Evidence {
			if _, err := p.s.Terminate(p.t.Context(), regulator, "private"); err != nil {
				p.t.Error(err)
			}
			return yumen.Evidence{Rows: 1}
		}, "contract.terminated"},
		"an identifier": {func(*privately) yumen.Evidence {
			return yumen.Evidence{Rows: 1,
				Identifiers: []yumen.IdentifierHits{{Type: "mobile",
					CellHits: yumen.CellHits{Column: "elsewhere", Count: 1}}}}
		}, "identifiers.mobile"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPrivately(t)
			p.e[task.Check] = func(task.Task, map[string]io.Writer) (any, error) { return c.check(p), nil }
			j := p.ask(question(10))
			if j.State != yumen.StateRejected || !strings.Contains(j.Error.Error(), c.rule) {
				t.Errorf("%s, %v", j.State, j.Error)
			}
			if rs, err := p.s.Releases(t.Context()); err != nil || len(rs) > 0 {
				t.Errorf("%d releases, %v", len(rs), err)
			}
		})
	}
}

// Of many who ask the same at once, one pays and all get the same answer.
func TestManyAskTheSame(t *testing.T) {
	p := newPrivately(t)
	n := 0
	p.e[task.Wasm] = func(_ task.Task, outs map[string]io.Writer) (any, error) {
		p.mu.Lock()
		n++
		text := fmt.Sprint("noisy ", n)
		p.mu.Unlock()
		_, err := io.WriteString(outs[task.OutNoisy], text)
		return task.ResultAnswer{Rows: 1}, err
	}
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if j := p.ask(question(10)); j.State != yumen.StateReleased {
				t.Errorf("%s, %v", j.State, j.Error)
			}
		})
	}
	wg.Wait()
	if n != 1 || p.balance().Answers != 1 {
		t.Errorf("%d runs, %+v", n, p.balance())
	}
	p.consistent()
}

// However many ask at once, the budget is never overspent, and every job ends.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	p := newPrivately(t)
	jobs := 1000
	if testing.Short() {
		jobs = 100
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	ended := map[yumen.State]int{}
	for i := range jobs {
		wg.Go(func() {
			j := p.ask(question(10 + i))
			if j.State == yumen.StateRejected &&
				(len(j.Error.Reasons) != 1 || j.Error.Reasons[0].Rule != "budget.exhausted") {
				t.Errorf("%v", j.Error)
			}
			mu.Lock()
			defer mu.Unlock()
			ended[j.State]++
		})
	}
	wg.Wait()
	b := p.balance()
	if ended[yumen.StateReleased]+ended[yumen.StateRejected] != jobs || ended[yumen.StateReleased] != b.Answers ||
		b.Answers < 20 || p.runs(task.Wasm) != b.Answers {
		t.Errorf("%v; %+v; %d runs", ended, b, p.runs(task.Wasm))
	}
	if b.Limit.Rho-b.Used.Rho > b.Used.Rho/float64(b.Answers) {
		t.Errorf("refused although there was enough: %+v", b)
	}
	p.consistent()
	t.Logf("%d jobs at once: %v", jobs, ended)
}
