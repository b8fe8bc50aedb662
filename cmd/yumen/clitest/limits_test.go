package clitest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// settings adds to the settings of the home.
func (h home) settings(more string) {
	h.t.Helper()
	write(h.t, h.dir, "home.yaml", "domain: test-domain\nisolation: reduced\n"+more)
}

// ahead has the home take a step while its clock is ahead by so much.
func (h home) ahead(by time.Duration) {
	h.t.Helper()
	key, err := audit.LoadKey(filepath.Join(h.dir, "keys", "domain.key"))
	if err != nil {
		h.t.Fatal(err)
	}
	st, err1 := sqlite.Open(h.t.Context(), filepath.Join(h.dir, "state.db"), false)
	log, err2 := audit.Open(filepath.Join(h.dir, "log"), key)
	objects, err3 := local.Open(filepath.Join(h.dir, "objects"))
	if err := errors.Join(err1, err2, err3); err != nil {
		h.t.Fatal(err)
	}
	clock := func() time.Time { return time.Now().Add(by) }
	j, err := journal.Open(h.t.Context(),
		journal.Config{State: st, Objects: objects, Log: log, Clock: clock, Crash: func(string) {}})
	if err == nil {
		err = j.Commit(h.t.Context(),
			journal.Step{Entries: []yumen.Entry{{At: clock(), Actor: "regulator", Action: yumen.ActionReviewPreview,
				Subject: "j-1"}}})
	}
	if err := errors.Join(err, log.Close(), st.Close()); err != nil {
		h.t.Fatal(err)
	}
}

// While the clock is behind the log every command that writes says so and leaves the log as it is; commands that look
// work. Once the clock has come to the latest entry, everything goes on.
func TestClockSetBack(t *testing.T) {
	h := newHome(t)
	job, a := h.submitSQL(countSQL)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	h.ahead(8 * time.Second)
	ahead := time.Now().Add(8 * time.Second)
	before, err := os.ReadFile(filepath.Join(h.dir, "log", "entries"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"review", "vote", job.ID, "00", "--reason", "fine", "--as", "reviewer"},
		{"job", "cancel", job.ID, "--as", "analyst"}, {"job", "resume"},
		{"serve", "--listen", "none", "--operations", "none"}} {
		if a := h.run(args...); a.code != 1 || !strings.Contains(a.err, "behind the audit log") ||
			!strings.Contains(a.err, "set the clock") {
			t.Errorf("yumen %v: code %d, %s%s", args, a.code, a.out, a.err)
		}
	}
	after, err := os.ReadFile(filepath.Join(h.dir, "log", "entries"))
	if err != nil || string(after) != string(before) {
		t.Errorf("the log was written to, %v", err)
	}
	h.must("job", "show", job.ID, "--as", "reviewer")
	h.must("audit", "verify")
	time.Sleep(time.Until(ahead))
	h.must("job", "cancel", job.ID, "--as", "analyst")
	h.must("audit", "verify")
}

// On a disk that is nearly full new jobs and imports are refused, and nothing else is: what waits is reviewed, released
// and fetched, and the log is verified.
func TestDiskNearlyFull(t *testing.T) {
	h, files := newHome(t), t.TempDir()
	job, a := h.submitSQL(countSQL)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	h.settings("disk: {reserve: 4000TiB}\n")
	sql := write(t, files, "q.sql", countSQL)
	for _, args := range [][]string{{"job", "submit", "--contract", "study", "--sql", sql, "--as", "analyst"},
		{"catalog", "import", "visits", write(t, files, "visits.csv", visitsCSV()), "--as", "provider"}} {
		if a := h.run(args...); a.code != 1 || !strings.Contains(a.err, "nearly full") ||
			!strings.Contains(a.err, "free some space") {
			t.Errorf("yumen %v: code %d, %s%s", args, a.code, a.out, a.err)
		}
	}
	if a := h.run("doctor"); a.code != 1 || !strings.Contains(a.out, "free of") ||
		!strings.Contains(a.err, "new jobs and imports are refused") {
		t.Errorf("doctor: code %d, %s%s", a.code, a.out, a.err)
	}
	if a := h.run("doctor", "--json"); a.code != 1 || !strings.Contains(a.out, `"reserve": "4000TiB"`) {
		t.Errorf("doctor: code %d, %s%s", a.code, a.out, a.err)
	}
	h.must("review", "vote", job.ID, h.artifact(job.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", job.ID, "--as", "reviewer")
	h.must("release", "get", "r"+strings.TrimPrefix(job.ID, "j"), "--out", files, "--as", "analyst")
	h.must("audit", "verify")
	h.settings("")
	h.must("job", "submit", "--contract", "study", "--sql", sql, "--as", "analyst")
	h.must("doctor")
}

// An organisation that has as much undecided as it may is told so, with what to do; a decision makes room. Runs beyond
// a limit wait and are all done in the end.
func TestTenantLimits(t *testing.T) {
	h := newHome(t)
	h.settings("limits: {each_organisation: {held: 200MiB}}\n")
	first, a := h.submitSQL(countSQL)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	if j, a := h.submitSQL(countSQL); a.code != 1 || j.State != yumen.StateRejected ||
		!strings.Contains(a.err, "organisation lab has 1 jobs") || !strings.Contains(a.err, "quota.held") {
		t.Errorf("a second one: code %d, %s%s", a.code, a.out, a.err)
	}
	h.must("job", "cancel", first.ID, "--as", "analyst")
	h.settings("limits: {organisations: [{name: lab, limits: {runs: 1, memory_percent: 1}}]}\n")
	done := make(chan answer)
	for range 3 {
		go func() {
			done <- h.run("job", "submit", "--contract", "study", "--sql", write(t, t.TempDir(), "q.sql", countSQL),
				"--as", "analyst")
		}()
	}
	for range 3 {
		if a := <-done; a.code != 0 {
			t.Errorf("code %d, %s%s", a.code, a.out, a.err)
		}
	}
	for bad, says := range map[string]string{"{each_contract: {run: 1}}": "runs",
		"{each_organisation: {memory_percent: 101}}": "at most 100",
		"{organisations: [{limits: {runs: 1}}]}":     "a name of its own",
		"{each_contract: {calls_per_second: -1}}":    "negative"} {
		h.settings("limits: " + bad + "\n")
		if a := h.run("job", "resume"); a.code != 1 || !strings.Contains(a.err, says) {
			t.Errorf("%s: code %d, %s", bad, a.code, a.err)
		}
	}
}
