package clitest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
)

// points are where a process can die within one step of the route: around every durable write.
var points = []string{"before-intent", "after-intent", "after-log", "after-publish", "after-apply"}

// logged is a line of `audit export`.
func (h home) log() []yumen.Entry {
	h.t.Helper()
	var es []yumen.Entry
	for line := range strings.Lines(h.must("audit", "export", "--as", "regulator")) {
		var e yumen.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			h.t.Fatal(err)
		}
		es = append(es, e)
	}
	return es
}

// bringHome votes for and releases whatever waits, by as many tries as it takes.
func (h home) bringHome() {
	h.t.Helper()
	h.env = nil
	h.must("job", "resume")
	for _, j := range h.queue() {
		if j.State == yumen.StateInReview {
			h.must("review", "vote", j.ID, string(j.Artifact), "--reason", "fine", "--as", "reviewer")
		}
		h.must("review", "release", j.ID, "--as", "reviewer")
	}
}

// intact checks what must hold after any crash once the job was brought home.
func (h home) intact() {
	h.t.Helper()
	h.env = nil
	h.must("audit", "verify")
	jobs := ask[[]yumen.Job](h, "job", "list")
	releases := ask[[]yumen.Release](h, "release", "list")
	released := map[string]int{}
	state := map[string]yumen.State{}
	for _, e := range h.log() {
		if e.Action == "release" {
			released[e.Subject]++
		}
		if e.To != "" {
			if e.From != state[e.Subject] {
				h.t.Errorf("the log takes job %s from %q to %q, but it was %q", e.Subject, e.From, e.To,
					state[e.Subject])
			}
			state[e.Subject] = e.To
		}
	}
	for _, j := range jobs {
		if j.State != yumen.StateReleased || released[j.ID] != 1 {
			h.t.Errorf("job %s is %s, released %d times", j.ID, j.State, released[j.ID])
		}
		if state[j.ID] != j.State {
			h.t.Errorf("the log ends job %s as %q, the state as %q", j.ID, state[j.ID], j.State)
		}
		delete(state, j.ID)
	}
	if len(state) > 0 || len(releases) != len(jobs) {
		h.t.Errorf("jobs in the log alone: %v; %d releases of %d jobs", state, len(releases), len(jobs))
	}
	for _, r := range releases {
		out := h.t.TempDir()
		h.must("release", "get", r.Name, "--out", out, "--as", "analyst")
		h.must("release", "verify", filepath.Join(out, r.Name+".receipt"), "--file", filepath.Join(out, r.Name+".csv"))
	}
	for _, dir := range []string{"work", "objects/incoming"} {
		if left, err := os.ReadDir(filepath.Join(h.dir, dir)); err != nil || len(left) > 0 {
			h.t.Errorf("%s is not clean: %v %v", dir, left, err)
		}
	}
}

func copyHome(t *testing.T, from home) home {
	t.Helper()
	from.t = t
	from.stop()
	to := home{t: t, dir: filepath.Join(t.TempDir(), "home")}
	copyTree(t, from.dir, to.dir)
	return to
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := exec.Command("cp", "-a", from, to).Run(); err != nil {
		t.Fatal(err)
	}
}

// TestKilledWhileSubmitting kills the process at every point of every step from submission to review.
func TestKilledWhileSubmitting(t *testing.T) {
	base := newHome(t)
	killed, points := 0, points
	if testing.Short() {
		points = []string{"after-log"}
	}
	for _, point := range points {
		for step := 1; ; step++ {
			h := copyHome(t, base)
			h.env = []string{fmt.Sprintf("YUMEN_CRASH=%s:%d", point, step)}
			_, a := h.submitSQL(countSQL)
			if a.code >= 0 {
				break // there are fewer steps than that
			}
			killed++
			h.bringHome()
			h.intact()
		}
	}
	if killed < 6*len(points) {
		t.Errorf("killed only %d times; the points are no longer reached", killed)
	}
	t.Logf("killed at %d points between submission and review", killed)
}

// TestKilledWhileReviewing kills the process at every point of a vote and of a release.
func TestKilledWhileReviewing(t *testing.T) {
	base := newHome(t)
	job, _ := base.submitSQL(countSQL)
	if job.State != yumen.StateInReview {
		t.Fatalf("job is %s: %v", job.State, job.Error)
	}
	voted, digest := copyHome(t, base), base.artifact(job.ID)
	voted.must("review", "vote", job.ID, digest, "--reason", "fine", "--as", "reviewer")
	for name, c := range map[string]struct {
		from home
		args []string
	}{
		"vote":    {base, []string{"review", "vote", job.ID, digest, "--reason", "fine", "--as", "reviewer"}},
		"release": {voted, []string{"review", "release", job.ID, "--as", "reviewer"}},
	} {
		for _, point := range points {
			t.Run(name+"/"+point, func(t *testing.T) {
				h := copyHome(t, c.from)
				h.env = []string{"YUMEN_CRASH=" + point + ":1"}
				if a := h.run(c.args...); a.code >= 0 {
					t.Fatalf("was not killed: %d %s", a.code, a.err)
				}
				h.bringHome()
				h.intact()
			})
		}
	}
}

// TestKilledAnyTime kills the process from outside at moments that no test chose.
func TestKilledAnyTime(t *testing.T) {
	base := newHome(t)
	pause := 20 * time.Millisecond
	if testing.Short() {
		pause = 80 * time.Millisecond
	}
	for delay := 5 * time.Millisecond; delay < 250*time.Millisecond; delay += pause {
		h := copyHome(t, base)
		file := write(t, t.TempDir(), "q.sql", countSQL)
		cmd := exec.Command(bin, "job", "submit", "--contract", "study", "--sql", file, "--as", "analyst", "--home",
			h.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(delay)
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
		h.t = t
		h.bringHome()
		h.intact()
	}
}

// TestKeepResuming: a process that stays takes up what is left, lets others write meanwhile, and ends in order when
// interrupted.
func TestKeepResuming(t *testing.T) {
	h := newHome(t)
	h.env = []string{"YUMEN_CRASH=after-apply:1"}
	file := write(t, t.TempDir(), "q.sql", countSQL)
	if a := h.run("job", "submit", "--contract", "study", "--sql", file, "--as", "analyst"); a.code != -1 {
		t.Fatalf("not killed: %d %s", a.code, a.err)
	}
	h.env = nil
	cmd := exec.Command(bin, "job", "resume", "--keep", "--home", h.dir)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(string(readFile(t, filepath.Join(h.dir, "log", "entries"))), `"to":"in_review"`) {
		select {
		case err := <-ended:
			t.Fatalf("ended: %v\n%s", err, errs.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	h.bringHome()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || !strings.Contains(out.String(), "j-") {
		t.Errorf("ended with %v\n%s%s", err, out.String(), errs.String())
	}
	h.intact()
}

// TestInterrupted stops a job with Ctrl-C: the command says how to go on, and going on works.
func TestInterrupted(t *testing.T) {
	h := newHome(t)
	dir := t.TempDir()
	tool, err := os.ReadFile(filepath.Join("..", "..", "..", "sandbox", "wasm", "testdata", "tool.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "m.wasm", string(tool))
	job := write(t, dir, "job.yaml", `job: endless
contract: brief
wasm: m.wasm
args: [loop]
inputs: [{name: visits.csv, dataset: visits, columns: [fee]}]
output: {name: out.csv, columns: [{name: n, type: integer}]}
`)
	cmd := exec.Command(bin, "job", "submit", job, "--as", "analyst", "--home", h.dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(string(readFile(t, filepath.Join(h.dir, "log", "entries"))), `"to":"running"`) {
		select {
		case err := <-ended:
			t.Fatalf("the job did not come to run: %v\n%s", err, errs.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || cmd.ProcessState.ExitCode() != 1 ||
		!strings.Contains(errs.String(), "yumen job resume") {
		t.Errorf("ended with %v and said %q", err, errs.String())
	}
	jobs := ask[[]yumen.Job](h, "job", "resume", "--as", "analyst")
	if len(jobs) != 1 || jobs[0].State != yumen.StateFailed || jobs[0].Attempts != 1 {
		t.Errorf("after resuming: %+v", jobs)
	}
}
