package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/local"
)

// nth fails one read of state, log or objects, the nth from the first, or every read from there on.
type nth struct {
	at, n  int
	onward bool
}

func (f *nth) next() error {
	if f.n++; f.n == f.at || f.onward && f.n > f.at {
		return errFault
	}
	return nil
}

type failingState struct {
	store.State
	*nth
}

func (s failingState) Get(ctx context.Context, kind store.Kind, id string) (store.Record, error) {
	if err := s.next(); err != nil {
		return store.Record{}, err
	}
	return s.State.Get(ctx, kind, id)
}

func (s failingState) Select(ctx context.Context, q store.Query) (store.Page, error) {
	if err := s.next(); err != nil {
		return store.Page{}, err
	}
	return s.State.Select(ctx, q)
}

func (s failingState) Count(ctx context.Context, q store.Query) (int, error) {
	if err := s.next(); err != nil {
		return 0, err
	}
	return s.State.Count(ctx, q)
}

func (s failingState) Revisions(ctx context.Context, of []store.Record) ([]int64, error) {
	if err := s.next(); err != nil {
		return nil, err
	}
	return s.State.Revisions(ctx, of)
}

func (s failingState) Pending(ctx context.Context) ([]store.Intent, error) {
	if err := s.next(); err != nil {
		return nil, err
	}
	return s.State.Pending(ctx)
}

type failingLog struct {
	journal.Log
	*nth
}

func (l failingLog) Settle() error {
	if err := l.next(); err != nil {
		return err
	}
	return l.Log.Settle()
}

func (l failingLog) Entry(i int64) (yumen.Entry, error) {
	if err := l.next(); err != nil {
		return yumen.Entry{}, err
	}
	return l.Log.Entry(i)
}

func (l failingLog) VerifyConsistency(checkpoint string) error {
	if err := l.next(); err != nil {
		return err
	}
	return l.Log.VerifyConsistency(checkpoint)
}

func (l failingLog) Entries(from int64) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		if err := l.next(); err != nil {
			yield(audit.Record{}, err)
			return
		}
		l.Log.Entries(from)(yield)
	}
}

// eachRead has every read fail in turn: what is tried then returns that fault, and once none fails any more, it
// succeeds.
func eachRead(t *testing.T, name string, try func(f *nth) error) {
	t.Helper()
	for n := 1; ; n++ {
		f := &nth{at: n}
		err := try(f)
		if f.n < n {
			if err != nil || n < 2 {
				t.Errorf("%s: %v after %d faults", name, err, n-1)
			}
			return
		}
		if !errors.Is(err, errFault) {
			t.Errorf("%s, read %d failed: %v", name, n, err)
		}
	}
}

// interrupted leaves a home whose last step reached the log and nothing else.
func interrupted(t *testing.T, key *audit.Key) string {
	t.Helper()
	dir := t.TempDir()
	die := false
	o := open(t, dir, key, func(point string) {
		if point == "after-log" && die {
			panic(point)
		}
	})
	defer o.close()
	if err := o.Commit(t.Context(), step(t, o.Journal, 0)); err != nil {
		t.Fatal(err)
	}
	die = true
	func() {
		defer func() { _ = recover() }()
		_ = o.Commit(t.Context(), step(t, o.Journal, 1))
	}()
	return dir
}

// A home is not opened where a read fails, and is as soon as none does, with its interrupted step completed once.
func TestOpeningFailsWhereAReadDoes(t *testing.T) {
	key := newKey(t)
	left, dir := interrupted(t, key), ""
	eachRead(t, "open", func(f *nth) error {
		dir = t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(left)); err != nil {
			t.Fatal(err)
		}
		return openFailing(t, dir, key, f)
	})
	o := open(t, dir, key, func(string) {})
	defer o.close()
	if got, err := journal.Load[map[string]int64](t.Context(), o.state, store.Job, "a"); err != nil || got.Rev != 2 ||
		o.log.Size() != 2 {
		t.Errorf("revision %d, %d entries, %v", got.Rev, o.log.Size(), err)
	}
}

// openFailing opens a journal whose nth read fails.
func openFailing(t *testing.T, dir string, key *audit.Key, f *nth) error {
	t.Helper()
	o := openParts(t, dir, key)
	defer o.close()
	obj, err := local.Open(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(t.Context(),
		journal.Config{State: failingState{o.state, f}, Objects: obj, Log: failingLog{o.log, f},
			Clock: time.Now, Crash: func(string) {}})
	return err
}

// Of a home that an earlier version wrote the same is true.
func TestAdoptingFailsWhereAReadDoes(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	open(t, dir, key, func(string) {}).close()
	o := openParts(t, dir, key)
	_, err := o.log.AppendAll(moves("a", "", yumen.StateSubmitted))
	writePast(t, o.state, jobRecord(t, "a", 0, yumen.StateSubmitted),
		store.Record{Kind: store.Log, ID: "head", Body: json.RawMessage(`{"size": 1}`)})
	if o.close(); err != nil {
		t.Fatal(err)
	}
	eachRead(t, "open", func(f *nth) error { return openFailing(t, dir, key, f) })
}

// What is read and compared with the log is not answered where a read fails, nor is a step taken.
func TestReadingFailsWhereAReadDoes(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	o := open(t, dir, key, func(string) {})
	defer func() { o.close() }()
	if err := o.Commit(t.Context(), step(t, o.Journal, 0)); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	head := func(f *nth) func() (audit.Head, error) {
		return func() (audit.Head, error) {
			if err := f.next(); err != nil {
				return audit.Head{}, err
			}
			return audit.ReadHead(filepath.Join(dir, "log"), key.Verifier())
		}
	}
	for name, read := range map[string]func(v *journal.Verified) error{
		"get":    func(v *journal.Verified) error { _, err := v.Get(ctx, store.Job, "a"); return err },
		"select": func(v *journal.Verified) error { _, err := v.Select(ctx, store.Query{Kind: store.Job}); return err },
		"count": func(v *journal.Verified) error {
			_, err := v.Count(ctx, store.Query{Kind: store.Job, Contract: "c"})
			return err
		},
		"compare": func(v *journal.Verified) error { return v.Compare(ctx) },
		"lost":    func(v *journal.Verified) error { _, err := v.OriginalLost(ctx, store.Job, "a"); return err },
		"list": func(v *journal.Verified) error {
			vs, err := journal.List[map[string]int64](ctx, v, store.Job, "")
			if err == nil && len(vs) != 1 {
				t.Errorf("%d records", len(vs))
			}
			return err
		},
	} {
		eachRead(t, name, func(f *nth) error {
			return read(journal.Verify(failingState{o.state, f}, failingLog{o.log, f}.Entries))
		})
	}
	o.close()
	dir = interrupted(t, key)
	o = openParts(t, dir, key)
	entries := audit.Reader(filepath.Join(dir, "log"), key.Verifier())
	for n := 1; n <= 5; n++ {
		for _, onward := range []bool{false, true} { // once, which another look gets over, and for good
			f := &nth{at: n, onward: onward}
			err := journal.CheckHead(ctx, failingState{o.state, f}, head(f), failingEntries(entries, f))
			if onward != errors.Is(err, errFault) || !onward && err != nil {
				t.Errorf("read %d, and all after it: %t: %v", n, onward, err)
			}
		}
	}
}

func failingEntries(entries journal.Entries, f *nth) journal.Entries {
	return func(from int64) iter.Seq2[audit.Record, error] {
		if err := f.next(); err != nil {
			return func(yield func(audit.Record, error) bool) { yield(audit.Record{}, err) }
		}
		return entries(from)
	}
}

// A body that is no longer what it was written as is an error that names the record, and no zero value.
func TestBodiesThatCannotBeRead(t *testing.T) {
	o := open(t, t.TempDir(), newKey(t), func(string) {})
	defer o.close()
	writePast(t, o.state, store.Record{Kind: store.Job, ID: "a", Body: json.RawMessage(`[]`)},
		store.Record{Kind: store.Log, ID: "x", Body: json.RawMessage(`[]`)})
	_, err1 := journal.Load[yumen.Job](t.Context(), o.state, store.Job, "a")
	_, err2 := journal.List[yumen.Job](t.Context(), o.state, store.Job, "")
	_, err3 := journal.SizeIn(store.Record{Kind: store.Job, ID: "a", Rev: 1, Body: json.RawMessage(`[]`)})
	for _, err := range []error{err1, err2, err3} {
		if err == nil || !strings.HasPrefix(err.Error(), "read job a: ") {
			t.Errorf("got %v", err)
		}
	}
	if n, err := journal.SizeIn(store.Record{}); n != 0 || err != nil {
		t.Errorf("no record: %d, %v", n, err)
	}
}

// stagedFiles counts what lies staged under a home's objects.
func stagedFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "objects"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// failingObjects begin and stage as many objects as n allows.
type failingObjects struct {
	journal.Objects
	*nth
}

func (o failingObjects) Create(space store.Space) (store.ObjectWriter, error) {
	if err := o.next(); err != nil {
		return nil, err
	}
	w, err := o.Objects.Create(space)
	return failingWriter{w, o.nth}, err
}

type failingWriter struct {
	store.ObjectWriter
	*nth
}

func (w failingWriter) Write(b []byte) (int, error) {
	if err := w.next(); err != nil {
		return 0, err
	}
	return w.ObjectWriter.Write(b)
}

func (w failingWriter) Stage() (store.Object, error) {
	if err := w.next(); err != nil {
		return store.Object{}, errors.Join(err, w.Abort())
	}
	return w.ObjectWriter.Stage()
}

// Streams become objects together or leave nothing that a step could refer to, whichever write of them fails; what is
// staged and referred to by no step is swept at the next start.
func TestStagingFailsAsAWhole(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	eachRead(t, "stage", func(f *nth) error {
		o := openWith(t, dir, key, func(c *journal.Config) { c.Objects = failingObjects{c.Objects, f} })
		defer o.close()
		if _, err := o.StageBytes(store.Programs, []byte("SELECT 1")); err != nil {
			return err
		}
		outs, err := o.Stage(map[string]store.Space{"result": store.Held, "evidence": store.Held})
		if err != nil {
			return err
		}
		defer outs.Abort()
		for name, w := range outs.Sinks() {
			if _, err := io.WriteString(w, name); err != nil {
				return err
			}
		}
		objs, err := outs.Objects()
		if err == nil && (len(objs) != 2 || objs["result"].Digest != yumen.DigestOf([]byte("result")) ||
			objs["result"].Space != store.Held) {
			t.Errorf("%+v", objs)
		}
		return err
	})
	open(t, dir, key, func(string) {}).close()
	if n := stagedFiles(t, dir); n != 0 {
		t.Errorf("%d files are left of what no step refers to", n)
	}
}
