package journal_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

func jobRecord(t *testing.T, id string, rev int64, state yumen.State) store.Record {
	t.Helper()
	r, err := journal.Put(store.Job, id, rev, yumen.Job{ID: id, State: state, Updated: time.UnixMilli(1).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func moves(id string, from, to yumen.State) yumen.Entry {
	return yumen.Entry{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobSubmit, Subject: id, From: from,
		To: to}
}

// writePast writes past the journal.
func writePast(t *testing.T, st store.State, rs ...store.Record) {
	t.Helper()
	in := &store.Intent{Puts: rs}
	if err := errors.Join(st.Intend(t.Context(), in), st.Apply(t.Context(), in)); err != nil {
		t.Fatal(err)
	}
}

// What a log of an earlier version says nothing of is taken over as it is, once, if jobs stand where that log says;
// what is written past the journal afterwards is not.
func TestOlderRecordsAreAdoptedOnce(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	open(t, dir, key, func(string) {}).close()
	o := open(t, dir, key, func(string) {})
	older := []store.Record{jobRecord(t, "a", 0, yumen.StateSubmitted), jobRecord(t, "b", 0, yumen.StateRejected)}
	for i := range 500 {
		older = append(older, store.Record{Kind: store.Version, ID: "d/" + time.Duration(i).String(),
			Body: json.RawMessage(`{}`)})
	}
	entries := []yumen.Entry{moves("a", "", yumen.StateSubmitted), moves("b", "", yumen.StateRejected)}
	if _, err := o.log.AppendAll(entries...); err != nil {
		t.Fatal(err)
	}
	head := store.Record{Kind: store.Log, ID: "head", Body: json.RawMessage(`{"size": 2}`)}
	writePast(t, o.state, append(older, head)...)
	if _, err := journal.Verify(o.state, o.log.Entries).Get(t.Context(), store.Job,
		"a"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("read before it is brought up to date: %v", err)
	}
	writePast(t, o.state, jobRecord(t, "b", 1, yumen.StateInReview))
	o.close()
	refused(t, dir, key, "b")
	writeClosed(t, dir, jobRecord(t, "b", 2, yumen.StateRejected))

	o = open(t, dir, key, func(string) {})
	defer func() { o.close() }()
	if n := o.log.Size(); n != 5 { // 502 records, 200 in an entry
		t.Errorf("%d entries", n)
	}
	v := journal.Verify(o.state, o.log.Entries)
	if err := v.Compare(t.Context()); err != nil {
		t.Error(err)
	}
	writePast(t, o.state, store.Record{Kind: store.Vote, ID: "a/b", Body: json.RawMessage(`{}`)})
	o.close()
	o = open(t, dir, key, func(string) {})
	if _, err := journal.Verify(o.state, o.log.Entries).Get(t.Context(), store.Vote,
		"a/b"); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("a record that was made up afterwards: %v", err)
	}
}

// A step that was interrupted writes what its entries say, whoever changed the intent meanwhile.
func TestIntentIsBoundToTheLog(t *testing.T) {
	for name, forge := range map[string]func(in *store.Intent){
		"another body": func(in *store.Intent) { in.Puts[0].Body = json.RawMessage(`{"state":"released"}`) },
		"one more record": func(in *store.Intent) {
			in.Puts = append(in.Puts, store.Record{Kind: store.Vote, ID: "v", Body: json.RawMessage(`{}`)})
		},
		"a record less":     func(in *store.Intent) { in.Puts = in.Puts[1:] },
		"another entry":     func(in *store.Intent) { in.Entries[0].Actor = "q" },
		"the record of one": func(in *store.Intent) { in.Puts[0].ID = "b" },
		"another salt":      func(in *store.Intent) { in.Puts[0].Salt = "" },
	} {
		t.Run(name, func(t *testing.T) {
			dir, key := t.TempDir(), newKey(t)
			o := open(t, dir, key, func(p string) {
				if p == "after-log" {
					panic(p)
				}
			})
			func() {
				defer func() { _ = recover() }()
				_ = o.Commit(t.Context(),
					journal.Step{Records: []store.Record{jobRecord(t, "a", 0, yumen.StateSubmitted)},
						Entries: []yumen.Entry{moves("a", "", yumen.StateSubmitted)}})
			}()
			pending, err := o.state.Pending(t.Context())
			if err != nil || len(pending) != 1 {
				t.Fatalf("%d intents, %v", len(pending), err)
			}
			entries := audit.Reader(dir+"/log", key.Verifier())
			readable := func() error {
				return journal.CheckHead(t.Context(), o.state, func() (audit.Head, error) {
					return audit.ReadHead(dir+"/log", key.Verifier())
				}, entries)
			}
			if err := readable(); err != nil {
				t.Errorf("before: %v", err)
			}
			forged := pending[0]
			forge(&forged)
			if err := errors.Join(o.state.Drop(t.Context(), &pending[0]),
				o.state.Intend(t.Context(), &forged)); err != nil {
				t.Fatal(err)
			}
			if err := readable(); yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("read: %v", err)
			}
			o.close()
			refused(t, dir, key, "")
		})
	}
}

// A job whose row does not say in which state it is is missed when jobs are counted, and so is a step that begins where
// the job did not stand.
func TestHiddenJobsAreMissed(t *testing.T) {
	o := open(t, t.TempDir(), newKey(t), func(string) {})
	defer o.close()
	commit := func(rev int64, from, to yumen.State) {
		if err := o.Commit(t.Context(), journal.Step{Records: []store.Record{jobRecord(t, "a", rev, to)},
			Entries: []yumen.Entry{moves("a", from, to)}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(0, "", yumen.StateInReview)
	v := journal.Verify(o.state, o.log.Entries)
	q := store.Query{Kind: store.Job, States: []yumen.State{yumen.StateInReview, yumen.StateInReview}}
	if n, err := v.Count(t.Context(), q); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	record, err := v.Get(t.Context(), store.Job, "a")
	if err != nil {
		t.Fatal(err)
	}
	away := record
	away.Body = json.RawMessage(`{}`)
	writePast(t, o.state, away)
	if _, err := v.Count(t.Context(), q); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Error(err)
	}
	record.Rev++
	writePast(t, o.state, record)
	if err := v.Compare(t.Context()); err != nil {
		t.Error(err)
	}
	commit(3, yumen.StateApproved, yumen.StateReleased)
	if err := v.Compare(t.Context()); yumen.KindOf(err) != yumen.KindCorrupt ||
		yumen.AsError(err).Reasons[0].Rule != "log.step" {
		t.Error(err)
	}
}

// Readers see each moment that a writer leaves behind as what the log says, while the writer goes on.
func TestReadersBesideAWriter(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	o := open(t, dir, key, func(string) {})
	defer o.close()
	done := make(chan error)
	go func() {
		var errs []error
		for i := range int64(60) {
			errs = append(errs,
				o.Commit(t.Context(), journal.Step{Records: []store.Record{jobRecord(t, "a", i, yumen.StateRunning)},
					Entries: []yumen.Entry{{At: time.UnixMilli(1).UTC(), Actor: "p", Action: yumen.ActionJobRun,
						Subject: "a"}}}))
		}
		done <- errors.Join(errs...)
	}()
	inside, outside := journal.Verify(o.state, o.log.Entries),
		journal.Verify(o.state, audit.Reader(dir+"/log", key.Verifier()))
	for ended := false; !ended; {
		select {
		case err := <-done:
			if ended = true; err != nil {
				t.Error(err)
			}
		default:
		}
		for _, v := range []*journal.Verified{inside, outside} {
			if _, err := v.Get(t.Context(), store.Job, "a"); err != nil && yumen.KindOf(err) != yumen.KindNotFound {
				t.Error(err)
			}
			if p, err := v.Select(t.Context(), store.Query{Kind: store.Job}); err != nil || len(p.Records) > 1 {
				t.Error(p, err)
			}
		}
	}
}

// writeClosed writes past the journal into a home that nobody has open.
func writeClosed(t *testing.T, dir string, rs ...store.Record) {
	t.Helper()
	st := openState(t, dir)
	writePast(t, st, rs...)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// refused wants a journal not to open, with a reason about the place.
func refused(t *testing.T, dir string, key *audit.Key, place string) {
	t.Helper()
	st := openState(t, dir)
	log, err := audit.Open(dir+"/log", key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(t.Context(),
		journal.Config{State: st, Objects: noObjects{}, Log: log, Clock: time.Now, Crash: func(string) {}})
	if yumen.KindOf(err) != yumen.KindCorrupt || place != "" &&
		!slices.ContainsFunc(yumen.AsError(err).Reasons,
			func(r yumen.Reason) bool { return strings.Contains(r.Place, place) }) {
		t.Errorf("opened: %v", err)
	}
	if err := errors.Join(st.Close(), log.Close()); err != nil {
		t.Fatal(err)
	}
}
