package journal_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
	"github.com/yumen-data/yumen/store/sqlite"
)

// noObjects is where nothing is staged.
type noObjects struct{ journal.Objects }

func (noObjects) Sweep() (int, error) { return 0, nil }

func openState(t testing.TB, dir string) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// opened is a journal on real state, objects and log.
type opened struct {
	*journal.Journal
	state store.State
	log   *audit.Log
	close func()
}

func open(t testing.TB, dir string, key *audit.Key, crash func(string)) opened {
	t.Helper()
	return openWith(t, dir, key, func(c *journal.Config) { c.Crash = crash })
}

// openParts opens what a journal works on, and makes it where there is nothing yet.
func openParts(t testing.TB, dir string, key *audit.Key) opened {
	t.Helper()
	made, err1 := filepath.Glob(filepath.Join(dir, "log"))
	create := len(made) == 0
	if create {
		log, err := audit.Create(filepath.Join(dir, "log"), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	st, err2 := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), create)
	log, err3 := audit.Open(filepath.Join(dir, "log"), key)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return opened{nil, st, log, func() { _ = errors.Join(log.Close(), st.Close()) }}
}

func openWith(t testing.TB, dir string, key *audit.Key, change func(*journal.Config)) opened {
	t.Helper()
	o := openParts(t, dir, key)
	obj, err := local.Open(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := journal.Config{State: o.state, Objects: obj, Log: o.log, Clock: time.Now, Crash: func(string) {}}
	change(&cfg)
	if o.Journal, err = journal.Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return o
}

// step writes a record, an object and one that knows the log index.
func step(t *testing.T, j *journal.Journal, rev int64) journal.Step {
	t.Helper()
	o, err := j.StageBytes(store.Held, []byte("result"))
	if err != nil {
		t.Fatal(err)
	}
	return stepOf(t, o, rev)
}

func stepOf(t *testing.T, o store.Object, rev int64) journal.Step {
	t.Helper()
	r, err := journal.Put(store.Job, "a", rev, map[string]int64{"rev": rev})
	if err != nil {
		t.Fatal(err)
	}
	return journal.Step{Objects: []store.Object{o}, Records: []store.Record{r},
		Entries: []yumen.Entry{{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobHold, Subject: "a"}},
		Indexed: func(index int64) ([]store.Record, error) {
			p, err := journal.Put(store.Release, "r", rev, index)
			return []store.Record{p}, err
		}}
}

// A step that was decided on what a record was before is refused, and leaves nothing in the log.
func TestConflict(t *testing.T) {
	key, err := audit.GenerateKey("test")
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, t.TempDir(), key, func(string) {})
	defer j.close()
	if err := j.Commit(t.Context(), step(t, j.Journal, 0)); err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(t.Context(), step(t, j.Journal, 0)); yumen.KindOf(err) != yumen.KindConflict ||
		j.log.Size() != 1 {
		t.Errorf("%v, %d entries", err, j.log.Size())
	}
}

// A step is refused where a record that it was decided on has moved on, also by a step of the same batch.
func TestSeenRecordsHold(t *testing.T) {
	g := &gate{crash: func(string) {}}
	j := open(t, t.TempDir(), newKey(t), g.at)
	defer j.close()
	if err := j.Commit(t.Context(), numbered(t, j.Journal, "terms", 0)); err != nil {
		t.Fatal(err)
	}
	seen := func(id string, rev int64) journal.Step {
		st := numbered(t, j.Journal, id, 0)
		st.Seen = []store.Record{{Kind: store.Job, ID: "terms", Rev: rev}}
		return st
	}
	errs := together(t, j, g, seen("a", 1), numbered(t, j.Journal, "terms", 1), seen("b", 1))
	if errs[0] != nil || errs[1] != nil || yumen.KindOf(errs[2]) != yumen.KindConflict {
		t.Errorf("got %v", errs)
	}
	if err := j.Commit(t.Context(), seen("c", 1)); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("afterwards: %v", err)
	}
	if err := j.Commit(t.Context(), seen("c", 2)); err != nil {
		t.Error(err)
	}
}
