package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// clock is a machine's clock, which somebody may set.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time      { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) set(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// timed is a step of now that writes a record.
func (c *clock) step(t *testing.T, id string, rev int64) journal.Step {
	t.Helper()
	r, err := journal.Put(store.Job, id, rev, map[string]int64{"rev": rev})
	if err != nil {
		t.Fatal(err)
	}
	return journal.Step{Records: []store.Record{r},
		Entries: []yumen.Entry{{At: c.now(), Actor: "p", Action: yumen.ActionJobHold, Subject: id}}}
}

func openAt(t *testing.T, dir string, key *audit.Key, c *clock) opened {
	t.Helper()
	return openWith(t, dir, key, func(cfg *journal.Config) { cfg.Clock = c.now })
}

// While the clock is more than the tolerance behind the log nothing is written, neither by a step nor at opening; with
// the clock set right, everything goes on.
func TestClockSetBackAndForth(t *testing.T) {
	dir, key, c := t.TempDir(), newKey(t), newClock()
	j := openAt(t, dir, key, c)
	commit := func(rev int64, want yumen.ErrorKind) {
		t.Helper()
		err := j.Commit(t.Context(), c.step(t, "a", rev))
		if want == "" && err != nil || want != "" && yumen.KindOf(err) != want {
			t.Fatalf("revision %d: %v", rev, err)
		}
		if err != nil && (yumen.AsError(err).Place != "log" || yumen.AsError(err).Fix.ZH == "") {
			t.Errorf("says neither where nor what to do: %v", err)
		}
	}
	commit(0, "")
	c.set(-journal.ClockTolerance)
	commit(1, "")
	c.set(-time.Millisecond) // the latest entry counts, not the last one
	commit(2, yumen.KindUnavailable)
	c.set(-24 * time.Hour)
	commit(2, yumen.KindUnavailable)
	c.set(48 * time.Hour)
	commit(2, "")
	j.close()

	c.set(-time.Hour)
	before := files(t, dir)
	parts := openParts(t, dir, key)
	_, err := journal.Open(t.Context(),
		journal.Config{State: parts.state, Objects: noObjects{}, Log: parts.log, Clock: c.now, Crash: func(string) {}})
	parts.close()
	if yumen.KindOf(err) != yumen.KindUnavailable || !strings.Contains(err.Error(), "1h0m0s behind") {
		t.Fatalf("opened: %v", err)
	}
	if files(t, dir) != before {
		t.Error("the log was written to")
	}
	c.set(time.Hour)
	j = openAt(t, dir, key, c)
	defer j.close()
	commit(3, "")
	if n := j.log.Size(); n != 4 {
		t.Errorf("%d entries", n)
	}
	if err := journal.Verify(j.state, j.log.Entries).Compare(t.Context()); err != nil {
		t.Error(err)
	}
}

// files is what the log's files say.
func files(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"entries", "hashes", "checkpoint"} {
		found, err := filepath.Glob(filepath.Join(dir, "log", name+"*"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", name, found, err)
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// A step that a crash cut short after it was logged waits for the clock to be set right, and is completed then.
func TestClockSetBackAfterCrash(t *testing.T) {
	dir, key, c := t.TempDir(), newKey(t), newClock()
	j := openWith(t, dir, key, func(cfg *journal.Config) {
		cfg.Clock = c.now
		cfg.Crash = func(point string) {
			if point == "after-log" {
				panic(point)
			}
		}
	})
	func() {
		defer func() { _ = recover() }()
		_ = j.Commit(t.Context(), c.step(t, "a", 0))
	}()
	j.close()
	c.set(-time.Minute)
	parts := openParts(t, dir, key)
	_, err := journal.Open(t.Context(),
		journal.Config{State: parts.state, Objects: noObjects{}, Log: parts.log, Clock: c.now, Crash: func(string) {}})
	parts.close()
	if yumen.KindOf(err) != yumen.KindUnavailable {
		t.Fatalf("opened: %v", err)
	}
	c.set(time.Minute)
	j = openAt(t, dir, key, c)
	defer j.close()
	if r := get(t, j.state, store.Job, "a"); r.Rev != 1 {
		t.Errorf("revision %d", r.Rev)
	}
}

// A step that others overtook while it waited is given the present time, or decided on again where its time stands
// elsewhere.
func TestStepThatWaited(t *testing.T) {
	c := newClock()
	j := openAt(t, t.TempDir(), newKey(t), c)
	defer j.close()
	early, receipt := c.step(t, "early", 0), c.step(t, "receipt", 0)
	receipt.Timed = true
	c.set(time.Minute)
	if err := j.Commit(t.Context(), c.step(t, "a", 0)); err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(t.Context(), receipt); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("timed: %v", err)
	}
	if err := j.Commit(t.Context(), early); err != nil {
		t.Fatal(err)
	}
	if e, err := j.log.Entry(1); err != nil || e.Subject != "early" || !e.At.Equal(c.now()) {
		t.Errorf("entry %s of %s, %v", e.Subject, e.At, err)
	}
}

// An entry that is earlier than one before it is found when the log is verified.
func TestEarlyEntryIsFound(t *testing.T) {
	c := newClock()
	j := openAt(t, t.TempDir(), newKey(t), c)
	defer j.close()
	for i, by := range []time.Duration{0, -2 * time.Second, -time.Millisecond} {
		c.set(by)
		j.ForgetTimes() // as somebody would who writes past the rule
		if err := j.Commit(t.Context(), c.step(t, "a", int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	err := journal.Verify(j.state, j.log.Entries).Compare(t.Context())
	if yumen.KindOf(err) != yumen.KindCorrupt || len(yumen.AsError(err).Reasons) != 1 ||
		!strings.Contains(err.Error(), "entry 2 is of a time 2.001s before") {
		t.Errorf("got %v", err)
	}
}
