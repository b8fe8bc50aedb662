package journal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// gate holds the one who writes at the first point of a step until it is opened, so that others queue up behind.
type gate struct {
	closed atomic.Bool
	open   chan struct{}
	crash  func(string)
}

func (g *gate) at(point string) {
	if point == "before-intent" && g.closed.CompareAndSwap(true, false) {
		<-g.open
		return
	}
	g.crash(point)
}

// numbered is a step that counts the record id up from rev, and writes beside it at which index of the log it stands.
func numbered(t *testing.T, j *journal.Journal, id string, rev int64) journal.Step {
	t.Helper()
	st := step(t, j, rev)
	st.Entries[0].Subject = id
	st.Records[0].ID = id
	st.Indexed = func(index int64) ([]store.Record, error) {
		p, err := journal.Put(store.Release, id, rev, index)
		return []store.Record{p}, err
	}
	return st
}

// together commits steps that are written as one batch, in their order, and returns what each caller is told.
func together(t *testing.T, j opened, g *gate, steps ...journal.Step) []error {
	t.Helper()
	g.open = make(chan struct{})
	g.closed.Store(true)
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := j.Commit(t.Context(), numbered(t, j.Journal, "before", 0)); err != nil {
			t.Error(err)
		}
	})
	for g.closed.Load() {
		time.Sleep(time.Millisecond)
	}
	for i, st := range steps {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("died at %v", r)
				}
			}()
			errs[i] = j.Commit(t.Context(), st)
		})
		for j.Queued() != i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	close(g.open)
	wg.Wait()
	return errs
}

func newKey(t testing.TB) *audit.Key {
	t.Helper()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// at returns the revision of a record and the log index that is written beside it.
func at(t *testing.T, j opened, id string) (rev, index int64) {
	t.Helper()
	r, err1 := journal.Find[map[string]int64](t.Context(), j.state, store.Job, id)
	i, err2 := journal.Find[int64](t.Context(), j.state, store.Release, id)
	if err := errors.Join(err1, err2); err != nil || r.Rev != i.Rev {
		t.Errorf("record %s: revisions %d and %d, %v", id, r.Rev, i.Rev, err)
	}
	return r.Rev, i.V
}

// Wherever a process dies within a batch, after the next start all of its steps are there, once, or none of them is;
// and the next batch can be taken.
func TestCrashAtEveryPoint(t *testing.T) {
	for _, size := range []int{1, 3, 5} {
		for point, done := range map[string]int64{"before-intent": 0, "after-intent": 0, "after-log": 1,
			"after-publish": 1, "after-apply": 1} {
			t.Run(fmt.Sprintf("%s/%d", point, size), func(t *testing.T) {
				dir, key := t.TempDir(), newKey(t)
				died, first := atomic.Bool{}, atomic.Bool{}
				g := &gate{crash: func(p string) {
					if p == "after-apply" && first.CompareAndSwap(false, true) {
						return // of the step before
					}
					if p == point && first.Load() && died.CompareAndSwap(false, true) {
						panic(point)
					}
				}}
				j := open(t, dir, key, g.at)
				crashWhileTogether(t, j, g, size)
				j.close()
				j = open(t, dir, key, func(string) {})
				defer j.close()
				if !died.Load() || j.log.Size() != 1+done*int64(size) {
					t.Fatalf("died: %t, %d entries", died.Load(), j.log.Size())
				}
				for i := range size {
					id := fmt.Sprint(i)
					rev, index := at(t, j, id)
					if rev != done || done > 0 && index != int64(i)+1 {
						t.Errorf("step %d: revision %d, index %d", i, rev, index)
					}
					if err := j.Commit(t.Context(), numbered(t, j.Journal, id, rev)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func crashWhileTogether(t *testing.T, j opened, g *gate, size int) {
	t.Helper()
	steps := make([]journal.Step, size)
	for i := range steps {
		steps[i] = numbered(t, j.Journal, fmt.Sprint(i), 0)
	}
	for i, err := range together(t, j, g, steps...) {
		if err == nil {
			t.Errorf("step %d was said to be done", i)
		}
	}
}

// A step that conflicts with the state or with a step before it in the batch, whose caller is gone, or which the log
// would not take, leaves the batch; the others are written in their order, each with its own index of the log.
func TestMembersThatCannotBeTakenLeaveTheBatch(t *testing.T) {
	g := &gate{crash: func(string) {}}
	j := open(t, t.TempDir(), newKey(t), g.at)
	defer j.close()
	if err := j.Commit(t.Context(), numbered(t, j.Journal, "a", 0)); err != nil {
		t.Fatal(err)
	}
	nameless, broken, twice := numbered(t, j.Journal, "d", 0), numbered(t, j.Journal, "d", 0),
		numbered(t, j.Journal, "d", 0)
	nameless.Entries[0].Actor = ""
	failure := errors.New("no record")
	broken.Indexed = func(int64) ([]store.Record, error) { return nil, failure }
	twice.Records = append(twice.Records, twice.Records[0])
	errs := together(t, j, g,
		numbered(t, j.Journal, "b", 0), numbered(t, j.Journal, "a", 0), nameless, numbered(t, j.Journal, "a", 1),
		numbered(t, j.Journal, "b", 0), broken, twice, journal.Step{}, numbered(t, j.Journal, "c", 0))
	for i, want := range []yumen.ErrorKind{"", yumen.KindConflict, yumen.KindInternal, "", yumen.KindConflict, "other",
		yumen.KindConflict, yumen.KindInternal, ""} {
		switch err := errs[i]; {
		case want == "other" && errors.Is(err, failure):
		case want == "" && err == nil:
		case want == "" || yumen.KindOf(err) != want:
			t.Errorf("step %d: %v, want kind %q", i, err, want)
		}
	}
	for id, want := range map[string][2]int64{"a": {2, 3}, "b": {1, 2}, "c": {1, 4}, "d": {0, 0}} {
		if rev, index := at(t, j, id); rev != want[0] || index != want[1] {
			t.Errorf("%s: revision %d at index %d, want %v", id, rev, index, want)
		}
	}
	if j.log.Size() != 5 {
		t.Errorf("%d entries", j.log.Size())
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Commit(gone, numbered(t, j.Journal, "a", 2)); !errors.Is(err, context.Canceled) || j.log.Size() != 5 {
		t.Errorf("a step whose caller is gone: %v, %d entries", err, j.log.Size())
	}
}

// Many callers who count a few records up, each repeating what came too late: no count is lost, every entry of the log
// has its step, and each step knows its entry.
func TestManyCallers(t *testing.T) {
	f := &faults{before: map[string]int{}}
	j := withFaults(t, f)
	defer j.close()
	var done [4]atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for n := 0; n < 8; {
				k := rand.N(len(done))
				id := fmt.Sprint(k)
				r, err := journal.Find[map[string]int64](t.Context(), j.state, store.Job, id)
				if err != nil {
					t.Error(err)
					return
				}
				switch err := j.Commit(t.Context(), numbered(t, j.Journal, id, r.Rev)); {
				case err == nil:
					done[k].Add(1)
					n++
				case yumen.KindOf(err) != yumen.KindConflict:
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	total := int64(0)
	for k := range done {
		rev, index := at(t, j, fmt.Sprint(k))
		e, err := j.log.Entry(index)
		if rev != done[k].Load() || err != nil || e.Subject != fmt.Sprint(k) {
			t.Errorf("record %d: revision %d after %d steps, entry %d is of %s, %v", k, rev, done[k].Load(), index,
				e.Subject, err)
		}
		total += rev
	}
	if j.log.Size() != total {
		t.Errorf("%d entries of %d steps", j.log.Size(), total)
	}
}

// A batch whose writing fails after the log was reached is completed for all of its callers.
func TestFailedWriteOfABatch(t *testing.T) {
	g := &gate{crash: func(string) {}}
	f := &faults{before: map[string]int{}}
	j := openWith(t, t.TempDir(), newKey(t), func(c *journal.Config) {
		f.State, f.Objects, f.Log, c.Crash = c.State, c.Objects, c.Log, g.at
		c.State, c.Objects, c.Log = f, f, f
	})
	defer j.close()
	g.crash = func(point string) {
		if point == "after-apply" { // of the step before
			f.before["apply"] = 2
		}
	}
	steps := []journal.Step{numbered(t, j.Journal, "a", 0), numbered(t, j.Journal, "b", 0),
		numbered(t, j.Journal, "a", 0)}
	errs := together(t, j, g, steps...)
	if errs[0] != nil || errs[1] != nil || yumen.KindOf(errs[2]) != yumen.KindConflict || j.log.Size() != 3 {
		t.Errorf("%v, %d entries", errs, j.log.Size())
	}
}

// BenchmarkSteps takes steps by 64 callers, written together and one at a time, and tells how many there are to one
// bare write and sync on the same disk.
func BenchmarkSteps(b *testing.B) {
	for _, c := range []struct {
		name string
		one  sync.Locker // held by each caller
	}{{"together", nil}, {"one at a time", &sync.Mutex{}}} {
		b.Run(c.name, func(b *testing.B) {
			j := open(b, b.TempDir(), newKey(b), func(string) {})
			defer j.close()
			callers := make(chan int, 64)
			var wg sync.WaitGroup
			bare := bareSyncs(b)
			start := time.Now()
			for caller := range 64 {
				wg.Go(func() {
					rev := int64(0)
					for range callers {
						if err := oneStep(j, c.one, fmt.Sprint(caller), rev); err != nil {
							b.Error(err)
						}
						rev++
					}
				})
			}
			for range b.N {
				callers <- 1
			}
			close(callers)
			wg.Wait()
			perStep := time.Since(start) / time.Duration(b.N)
			bare = append(bare, bareSyncs(b)...) // before and after: others use the disk, too
			slices.Sort(bare)
			b.ReportMetric(float64(bare[len(bare)/2])/float64(perStep), "steps/bare-write")
			b.ReportMetric(float64(time.Second)/float64(perStep), "steps/s")
		})
	}
}

func oneStep(j opened, one sync.Locker, id string, rev int64) error {
	r, err := journal.Put(store.Job, id, rev, map[string]int64{"rev": rev})
	if err != nil {
		return err
	}
	if one != nil {
		one.Lock()
		defer one.Unlock()
	}
	return j.Commit(context.Background(), journal.Step{Records: []store.Record{r},
		Entries: []yumen.Entry{{At: time.Now(), Actor: "p", Action: yumen.ActionJobHold, Subject: id}}})
}

// bareSyncs are the times that writes of 256 bytes with their sync took.
func bareSyncs(b *testing.B) []time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	times := make([]time.Duration, 101)
	for i := range times {
		start := time.Now()
		_, err1 := f.Write(make([]byte, 256))
		if err := errors.Join(err1, f.Sync()); err != nil {
			b.Fatal(err)
		}
		times[i] = time.Since(start)
	}
	return times
}
