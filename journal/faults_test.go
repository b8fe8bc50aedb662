package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/disktest"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

func TestMain(m *testing.M) { disktest.Main(m) }

var errFault = errors.New("input/output error")

// faults fails the named writes that many times: before the write, or after it was done all the same.
type faults struct {
	store.State
	journal.Objects
	journal.Log
	before, after map[string]int
}

func (f *faults) do(write string, do func() error) error {
	if f.before[write] > 0 {
		f.before[write]--
		return errFault
	}
	err := do()
	if f.after[write] > 0 {
		f.after[write]--
		return errFault
	}
	return err
}

func (f *faults) Intend(ctx context.Context, in *store.Intent) error {
	return f.do("intend", func() error { return f.State.Intend(ctx, in) })
}

func (f *faults) Apply(ctx context.Context, in *store.Intent) error {
	return f.do("apply", func() error { return f.State.Apply(ctx, in) })
}

func (f *faults) Drop(ctx context.Context, in *store.Intent) error {
	return f.do("drop", func() error { return f.State.Drop(ctx, in) })
}

func (f *faults) Publish(o store.Object) error {
	return f.do("publish", func() error { return f.Objects.Publish(o) })
}

func (f *faults) AppendAll(es ...yumen.Entry) (at int64, err error) {
	err = f.do("append", func() error { at, err = f.Log.AppendAll(es...); return err })
	return at, err
}

func (f *faults) Settle() error { return f.do("settle", f.Log.Settle) }

// withFaults opens a journal whose writes fail as f says.
func withFaults(t *testing.T, f *faults) opened {
	t.Helper()
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	return openWith(t, t.TempDir(), key, func(c *journal.Config) {
		f.State, f.Objects, f.Log = c.State, c.Objects, c.Log
		c.State, c.Objects, c.Log = f, f, f
	})
}

// Whichever write of a step fails, before or after it was done, and however often: the step takes place once or not at
// all, the next one is taken as soon as writing works again, and every entry in the log has its step.
func TestFailedWriteIsRecoveredInPlace(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after map[string]int
		taken         bool // the step takes place, and its caller is told so
		blocked       int  // how many later steps are refused, with kind unavailable
		later         bool // the step takes place although its caller was told of an error
	}{
		{name: "intend", before: map[string]int{"intend": 1}},
		{name: "after intend", after: map[string]int{"intend": 1}},
		{name: "append", before: map[string]int{"append": 1}},
		{name: "append, drop", before: map[string]int{"append": 1, "drop": 9}, blocked: 6},
		{name: "after append", after: map[string]int{"append": 1}, taken: true},
		{name: "append, settle", after: map[string]int{"append": 1}, before: map[string]int{"settle": 5}, blocked: 2,
			later: true},
		{name: "publish once", before: map[string]int{"publish": 1}, taken: true},
		{name: "publish", before: map[string]int{"publish": 6}, blocked: 2, later: true},
		{name: "apply twice", before: map[string]int{"apply": 2}, taken: true},
		{name: "apply", before: map[string]int{"apply": 6}, blocked: 2, later: true},
		{name: "after apply", after: map[string]int{"apply": 1}, taken: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &faults{}
			j := withFaults(t, f)
			defer j.close()
			if err := j.Commit(t.Context(), step(t, j.Journal, 0)); err != nil {
				t.Fatal(err)
			}
			f.before, f.after = c.before, c.after
			if err := j.Commit(t.Context(), step(t, j.Journal, 1)); (err == nil) != c.taken {
				t.Fatalf("the step: %v", err)
			}
			rev := int64(1)
			if c.taken || c.later {
				rev = 2
			}
			for range c.blocked {
				if err := j.Commit(t.Context(), step(t, j.Journal, rev)); yumen.KindOf(err) != yumen.KindUnavailable {
					t.Errorf("a step before the earlier one is settled: %v", err)
				}
			}
			if err := j.Commit(t.Context(), step(t, j.Journal, rev)); err != nil {
				t.Errorf("the next step: %v", err)
			}
			got, err := journal.Find[map[string]int64](t.Context(), j.state, store.Job, "a")
			index, err2 := journal.Load[int64](t.Context(), j.state, store.Release, "r")
			if err := errors.Join(err, err2); err != nil || got.Rev != rev+1 || j.log.Size() != rev+1 ||
				index.V != rev {
				t.Errorf("revision %d, %d entries, index %d, %v", got.Rev, j.log.Size(), index.V, err)
			}
		})
	}
}

// On a disk that is full every step is refused with the place of the disk, and the first one after space was freed is
// taken: no restart.
func TestFullDisk(t *testing.T) {
	dir := disktest.Small(t)
	if dir == "" {
		return
	}
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, key, func(string) {})
	defer j.close()
	rev := int64(0)
	for round, left := range []int64{0, 1 << 10, 4 << 10, 8 << 10, 12 << 10, 20 << 10, 40 << 10} {
		taken, refused := stepsOnFullDisk(t, j, dir, rev, left)
		rev += taken
		if refused == nil || !strings.Contains(refused.Error(), dir) {
			t.Errorf("round %d: %d steps on a disk with %d bytes left: %v", round, taken, left, refused)
		}
		got, err := journal.Find[map[string]int64](t.Context(), j.state, store.Job, "a")
		if err != nil || got.Rev < rev || got.Rev > rev+1 || j.log.Size() != got.Rev {
			t.Fatalf("round %d: revision %d, %d entries, %d steps, %v", round, got.Rev, j.log.Size(), rev, err)
		}
		rev = got.Rev
	}
}

// stepsOnFullDisk fills the disk but for some bytes, takes steps until one fails, frees it and takes one more.
func stepsOnFullDisk(t *testing.T, j opened, dir string, rev, left int64) (taken int64, refused error) {
	t.Helper()
	free := disktest.Fill(t, dir, left)
	for range 200 {
		if refused = takeStep(t, j, rev+taken); refused != nil {
			break
		}
		taken++
	}
	if yumen.KindOf(refused) != yumen.KindUnavailable {
		t.Errorf("a step on a full disk: %v", refused)
	}
	free()
	err := takeStep(t, j, rev+taken)
	if yumen.KindOf(err) == yumen.KindConflict { // the one that was refused was completed first
		taken++
		err = takeStep(t, j, rev+taken)
	}
	if err != nil {
		t.Errorf("after space was freed: %v", err)
	}
	return taken + 1, refused
}

func takeStep(t *testing.T, j opened, rev int64) error {
	o, err := j.StageBytes(store.Held, []byte("result"))
	if err != nil {
		return err
	}
	return j.Commit(t.Context(), stepOf(t, o, rev))
}
