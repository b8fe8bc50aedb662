package journal_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// An older state with the last step of the log as its open intent is no state that a crash leaves: neither who reads
// nor who writes takes it.
func TestLastStepDoesNotMakeAnOlderStateCurrent(t *testing.T) {
	dir, key, crashing := t.TempDir(), newKey(t), false
	o := open(t, dir, key, func(p string) {
		if crashing && p == "after-log" {
			panic(p)
		}
	})
	commit := func(id string, rev int64, from, to yumen.State) {
		defer func() { _ = recover() }()
		if err := o.Commit(t.Context(), journal.Step{Records: []store.Record{jobRecord(t, id, rev, to)},
			Entries: []yumen.Entry{moves(id, from, to)}}); err != nil {
			t.Fatal(err)
		}
	}
	commit("a", 0, "", yumen.StateSubmitted)
	older := []store.Record{get(t, o.state, store.Log, journal.HeadID), get(t, o.state, store.Job, "a")}
	commit("a", 1, yumen.StateSubmitted, yumen.StateRejected)
	crashing = true
	commit("b", 0, "", yumen.StateSubmitted)
	pending, err := o.state.Pending(t.Context())
	if err != nil || len(pending) != 1 {
		t.Fatalf("%d intents, %v", len(pending), err)
	}
	if err := o.state.Drop(t.Context(), &pending[0]); err != nil {
		t.Fatal(err)
	}
	for i := range older { // the puts of the intent name revisions, which nothing commits to
		older[i].Rev = get(t, o.state, older[i].Kind, older[i].ID).Rev
	}
	writePast(t, o.state, older...)
	last := pending[0]
	for i, p := range last.Puts {
		if p.Kind == store.Log {
			last.Puts[i].Rev++
		}
	}
	if err := o.state.Intend(t.Context(), &last); err != nil {
		t.Fatal(err)
	}
	err = journal.CheckHead(t.Context(), o.state, func() (audit.Head, error) {
		return audit.ReadHead(dir+"/log", key.Verifier())
	}, audit.Reader(dir+"/log", key.Verifier()))
	if yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("read: %v", err)
	}
	o.close()
	refused(t, dir, key, "")
}

func get(t *testing.T, st store.State, kind store.Kind, id string) store.Record {
	t.Helper()
	r, err := st.Get(t.Context(), kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// edited is a state whose tables somebody changed.
type edited struct {
	store.State
	change func([]store.Record) []store.Record
}

func (e edited) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	r, err := e.State.Get(ctx, kind, id)
	if err == nil && kind != store.Log {
		r = e.change([]store.Record{r})[0]
	}
	return r, err
}

func (e edited) Select(ctx context.Context, q store.Query) (store.Page, error) {
	p, err := e.State.Select(ctx, q)
	if err == nil && q.Kind == store.Job {
		p.Records = e.change(p.Records)
	}
	return p, err
}

// A record that is there twice, out of its place, or at the revision of one that is not there, is refused: a vote
// counts once, and what was signed is not signed again.
func TestRecordsAreThereOnce(t *testing.T) {
	o := open(t, t.TempDir(), newKey(t), func(string) {})
	defer o.close()
	for _, id := range []string{"a", "b"} {
		if err := o.Commit(t.Context(), journal.Step{Records: []store.Record{jobRecord(t, id, 0, yumen.StateSubmitted)},
			Entries: []yumen.Entry{moves(id, "", yumen.StateSubmitted)}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func([]store.Record) []store.Record
		want   yumen.ErrorKind
	}{
		"as they are": {func(rs []store.Record) []store.Record { return rs }, ""},
		"twice":       {func(rs []store.Record) []store.Record { return append(rs, rs[len(rs)-1]) }, yumen.KindCorrupt},
		"other order": {func(rs []store.Record) []store.Record {
			slices.Reverse(rs)
			return rs
		}, yumen.KindCorrupt},
		"revision 0": {func(rs []store.Record) []store.Record {
			for i := range rs {
				rs[i].Rev = 0
			}
			return rs
		}, yumen.KindCorrupt},
	} {
		v := journal.Verify(edited{o.state, c.change}, o.log.Entries)
		_, err := v.Select(t.Context(), store.Query{Kind: store.Job})
		for what, err := range map[string]error{"list": err, "compare": v.Compare(t.Context())} {
			if (err != nil || c.want != "") && yumen.KindOf(err) != c.want {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if _, err := v.Get(t.Context(), store.Job, "b"); name == "revision 0" && yumen.KindOf(err) != c.want {
			t.Errorf("%s, one: %v", name, err)
		}
	}
}

// Jobs of a day are counted by the log, whatever the state has of them.
func TestSubmittedIsCountedByTheLog(t *testing.T) {
	o := open(t, t.TempDir(), newKey(t), func(string) {})
	defer o.close()
	day := time.Date(2026, 5, 1, 23, 0, 0, 0, time.UTC)
	for i, contract := range []string{"c", "c", "d", "c", "c"} {
		e := yumen.Entry{At: day.Add(time.Duration(i/3) * time.Hour), Actor: "p",
			Org: []string{"lab", "operator", "lab", "lab", "outsiders"}[i], Action: yumen.ActionJobSubmit,
			Subject: "j", Details: map[string]string{"contract": contract}}
		if err := o.Commit(t.Context(), journal.Step{Entries: []yumen.Entry{e}}); err != nil {
			t.Fatal(err)
		}
	}
	v := journal.Verify(o.state, o.log.Entries)
	for at, want := range map[time.Time]int{day: 2, day.Add(time.Hour): 1, day.Add(48 * time.Hour): 0} {
		n, err := v.Submitted(t.Context(), "c", yumen.Parties{Applicant: "lab", Operator: "operator"}, yumen.DayOf(at))
		if n != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", yumen.DayOf(at), n, err, want)
		}
	}
}

// A state that knew of a longer log before is refused.
func TestStateDoesNotGoBack(t *testing.T) {
	o := open(t, t.TempDir(), newKey(t), func(string) {})
	defer o.close()
	var heads []store.Record
	for i := range int64(2) {
		e := yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobRun, Subject: "a"}
		if err := o.Commit(t.Context(), journal.Step{Records: []store.Record{jobRecord(t, "a", i, yumen.StateRunning)},
			Entries: []yumen.Entry{e}}); err != nil {
			t.Fatal(err)
		}
		heads = append(heads, get(t, o.state, store.Log, journal.HeadID))
	}
	v := journal.Verify(o.state, o.log.Entries)
	if err := v.Follow(t.Context(), o.log.Size()); err != nil {
		t.Fatal(err)
	}
	heads[0].Rev = heads[1].Rev
	writePast(t, o.state, heads[0])
	_, err := v.Get(t.Context(), store.Job, "a")
	_, err2 := v.Submitted(t.Context(), "c", yumen.Parties{}, "2026-05-01")
	if yumen.KindOf(err) != yumen.KindCorrupt || yumen.KindOf(err2) != yumen.KindCorrupt {
		t.Errorf("%v", errors.Join(err, err2))
	}
}
