// Package storetest holds the conformance suites of drivers of state and of objects: what the pipeline relies on, as
// tests that every driver runs.
package storetest

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// Run runs the suite. Open returns the same store each time within one test, as after a restart.
func Run(t *testing.T, open func(t *testing.T) (reopen func() store.State)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func() store.State)
	}{
		{"a step is written whole", wholeStep},
		{"a stale revision is refused", staleRevision},
		{"an intent survives a restart", intentSurvives},
		{"salts and bodies come back as they were", bytesKept},
		{"a dropped intent leaves nothing", dropped},
		{"one intent at a time", oneIntent},
		{"records are found by the beginning of their id", byPrefix},
		{"records are found by what they say", byBody},
		{"records are ordered by time", byTime},
		{"pages make up the whole", pages},
		{"revisions are told", revisions},
		{"reads go on beside a write", readsBeside},
		{"a missing record is not found", missing},
		{"of many racing writers one wins", race},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func record(kind store.Kind, id string, rev int64, body string) store.Record {
	return store.Record{Kind: kind, ID: id, Rev: rev, Body: json.RawMessage(body)}
}

func write(t *testing.T, s store.State, puts ...store.Record) {
	t.Helper()
	in := &store.Intent{Puts: puts}
	if err := s.Intend(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func wholeStep(t *testing.T, open func() store.State) {
	s := open()
	write(t, s, record(store.Job, "a", 0, `{"state":"held"}`), record(store.Vote, "b", 0, `{}`))
	write(t, s, record(store.Job, "a", 1, `{"state":"released"}`))
	got, err := s.Get(t.Context(), store.Job, "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record(store.Job, "a", 2, `{"state":"released"}`), got); diff != "" {
		t.Error(diff)
	}
}

func staleRevision(t *testing.T, open func() store.State) {
	s := open()
	write(t, s, record(store.Job, "a", 0, `{}`))
	for _, rev := range []int64{0, 2} {
		err := s.Intend(t.Context(),
			&store.Intent{Puts: []store.Record{record(store.Vote, "new", 0, `{}`),
				record(store.Job, "a", rev, `{"x":1}`)}})
		if yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("revision %d: got %v, want a conflict", rev, err)
		}
	}
	if _, err := s.Get(t.Context(), store.Vote, "new"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("a refused step wrote another record: %v", err)
	}
	if p, err := s.Pending(t.Context()); err != nil || len(p) != 0 {
		t.Errorf("a refused step left %d intents, %v", len(p), err)
	}
}

func intentSurvives(t *testing.T, open func() store.State) {
	in := &store.Intent{LogIndex: 7, Puts: []store.Record{record(store.Job, "a", 0, `{"n":1}`)},
		Entries: []yumen.Entry{{At: time.UnixMilli(1).UTC(), Actor: "x", Action: yumen.ActionJobSubmit, Subject: "a"}},
		Objects: []store.Object{{Space: store.Held, Digest: yumen.DigestOf([]byte("x")), Bytes: 1}}}
	if err := open().Intend(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	s := open()
	got, err := s.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Intent{*in}, got); diff != "" {
		t.Fatal(diff)
	}
	if err := s.Apply(t.Context(), &got[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), &got[0]); err == nil {
		t.Error("an intent was applied twice")
	}
	if r, err := s.Get(t.Context(), store.Job, "a"); err != nil || r.Rev != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func bytesKept(t *testing.T, open func() store.State) {
	r := store.Record{Kind: store.Job, ID: "a", Salt: "s",
		Body: json.RawMessage(`{"state":"held","b": 1.0,"a":"\u003c 玉门"}`)}
	write(t, open(), r)
	s := open()
	got, err := s.Get(t.Context(), store.Job, "a")
	r.Rev = 1
	if diff := cmp.Diff(r, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, q := range []store.Query{{Kind: store.Job}, {Kind: store.Job, States: []yumen.State{yumen.StateHeld}}} {
		p, err := s.Select(t.Context(), q)
		if diff := cmp.Diff([]store.Record{r}, p.Records); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	r.Salt = "other"
	write(t, s, r)
	if got, err := s.Get(t.Context(), store.Job, "a"); err != nil || got.Salt != "other" ||
		got.Commitment() != r.Commitment() {
		t.Errorf("%+v, %v", got, err)
	}
}

func dropped(t *testing.T, open func() store.State) {
	s := open()
	in := &store.Intent{Puts: []store.Record{record(store.Job, "a", 0, `{}`)}}
	if err := s.Intend(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), store.Job, "a"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("got %v, want not found", err)
	}
	write(t, s, record(store.Job, "a", 0, `{}`))
}

func oneIntent(t *testing.T, open func() store.State) {
	s := open()
	if err := s.Intend(t.Context(), &store.Intent{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Intend(t.Context(), &store.Intent{}); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

func missing(t *testing.T, open func() store.State) {
	if _, err := open().Get(t.Context(), store.Job, "nobody"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("got %v, want not found", err)
	}
}

func race(t *testing.T, open func() store.State) {
	s := open()
	write(t, s, record(store.Job, "a", 0, `{"n":0}`))
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 20 {
		wg.Go(func() {
			in := &store.Intent{Puts: []store.Record{record(store.Job, "a", 1, `{"n":1}`)}}
			if s.Intend(t.Context(), in) != nil || s.Apply(t.Context(), in) != nil {
				return
			}
			mu.Lock()
			won++
			mu.Unlock()
		})
	}
	wg.Wait()
	if r, err := s.Get(t.Context(), store.Job, "a"); won != 1 || err != nil || r.Rev != 2 {
		t.Errorf("%d writers won, revision %d, %v", won, r.Rev, err)
	}
}
