package storetest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// ObjectStore is a store of objects as the suite needs it.
type ObjectStore struct {
	store.Objects
	// Reopen returns the same store as after a restart.
	Reopen func() store.Objects
	// Change puts other bytes of the same length in the place of an object's, as a failing disk would.
	Change func(o store.Object)
}

// RunObjects runs the suite of drivers of objects.
func RunObjects(t *testing.T, open func(t *testing.T) ObjectStore) {
	for _, c := range []struct {
		name string
		test func(*testing.T, ObjectStore)
	}{
		{"what is staged is not there until it is published", stagedIsHidden},
		{"a sweep takes only what is not published", sweep},
		{"an aborted object is not there", aborted},
		{"changed bytes are not handed out", changedBytes},
		{"bytes that change while they are read end in an error", changedWhileRead},
		{"files are read each from its beginning", manyReaders},
		{"a file can be read until it is given back", readableUntilReleased},
		{"whoever stops waiting gets nothing", cancelledFetch},
		{"only digests in spaces are names", names},
		{"spaces are apart", spacesApart},
		{"an empty object is an object", emptyObject},
		{"verifying finds changed bytes", verify},
		{"a destroyed object is gone, and may be stored again", destroyed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func stage(t *testing.T, s store.Objects, space store.Space, text string) store.Object {
	t.Helper()
	w, err := s.Create(space)
	if err != nil {
		t.Fatal(err)
	}
	for part := range 2 { // as enclaves write, in pieces
		if _, err := io.WriteString(w, text[part*len(text)/2:(part+1)*len(text)/2]); err != nil {
			t.Fatal(err)
		}
	}
	o, err := w.Stage()
	if err != nil {
		t.Fatal(err)
	}
	if want := (store.Object{Space: space, Digest: yumen.DigestOf([]byte(text)), Bytes: int64(len(text))}); o != want {
		t.Fatalf("staged %+v, want %+v", o, want)
	}
	return o
}

func publish(t *testing.T, s store.Objects, text string) store.Object {
	t.Helper()
	o := stage(t, s, store.Held, text)
	if err := s.Publish(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// read reads an object whole.
func read(t *testing.T, s store.Objects, o store.Object) (string, error) {
	t.Helper()
	f, release, err := s.Fetch(t.Context(), o)
	if err != nil {
		return "", err
	}
	defer release()
	b, err := io.ReadAll(f)
	return string(b), err
}

func wantText(t *testing.T, s store.Objects, o store.Object, want string) {
	t.Helper()
	if got, err := read(t, s, o); err != nil || got != want {
		t.Errorf("read %q, %v, want %q", got, err, want)
	}
}

func wantKind(t *testing.T, err error, want yumen.ErrorKind) {
	t.Helper()
	if err == nil || yumen.KindOf(err) != want {
		t.Errorf("got %v, want kind %s", err, want)
	}
}

func stagedIsHidden(t *testing.T, s ObjectStore) {
	o := stage(t, s, store.Held, "result")
	_, err := read(t, s, o)
	wantKind(t, err, yumen.KindNotFound)
	_, err = s.Size(t.Context(), o)
	wantKind(t, err, yumen.KindNotFound)
	for range 2 { // a step may be repeated after a crash
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	wantText(t, s, o, "result")
	if n, err := s.Size(t.Context(), o); n != 6 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	again := s.Reopen()
	wantText(t, again, store.Object{Space: o.Space, Digest: o.Digest}, "result")
	if err := again.Publish(o); err != nil {
		t.Errorf("publishing after a restart: %v", err)
	}
}

func sweep(t *testing.T, s ObjectStore) {
	kept, lost := publish(t, s, "kept"), stage(t, s, store.Held, "lost")
	w, err := s.Create(store.Versions)
	if err == nil {
		_, err = io.WriteString(w, "half")
	}
	if err != nil {
		t.Fatal(err)
	}
	again := s.Reopen()
	if n, err := again.Sweep(); n != 2 || err != nil {
		t.Errorf("swept %d, %v, want 2", n, err)
	}
	wantText(t, again, kept, "kept")
	wantKind(t, again.Publish(lost), yumen.KindNotFound)
}

func aborted(t *testing.T, s ObjectStore) {
	w, err := s.Create(store.Held)
	if err == nil {
		_, err = io.WriteString(w, "text")
	}
	if err := errors.Join(err, w.Abort()); err != nil {
		t.Fatal(err)
	}
	o := store.Object{Space: store.Held, Digest: yumen.DigestOf([]byte("text"))}
	wantKind(t, s.Publish(o), yumen.KindNotFound)
	if n, err := s.Sweep(); n != 0 || err != nil {
		t.Errorf("swept %d, %v, want nothing", n, err)
	}
}

func changedBytes(t *testing.T, s ObjectStore) {
	fetched, fresh := publish(t, s, "truth"), publish(t, s, "trust")
	wantText(t, s, fetched, "truth")
	for _, o := range []store.Object{fetched, fresh} {
		s.Change(o)
		for _, s := range []store.Objects{s, s.Reopen()} {
			_, err := read(t, s, o)
			wantKind(t, err, yumen.KindCorrupt)
		}
	}
}

func changedWhileRead(t *testing.T, s ObjectStore) {
	for _, change := range []bool{false, true} {
		o := publish(t, s, map[bool]string{false: "truth", true: "trust"}[change])
		f, release, err := s.Fetch(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if change {
			s.Change(o)
		}
		text, err := io.ReadAll(store.Checked(f, o.Digest))
		// a driver may have its own copy by now, which is right, too
		if right := yumen.DigestOf(text) == o.Digest; right != (err == nil) || !change && !right {
			t.Errorf("changed %v: read %q, %v", change, text, err)
		}
		if err != nil {
			wantKind(t, err, yumen.KindCorrupt)
		}
	}
}

func manyReaders(t *testing.T, s ObjectStore) {
	o := publish(t, s, "a text that several read at the same time")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				wantText(t, s, o, "a text that several read at the same time")
			}
		})
	}
	all.Wait()
}

func readableUntilReleased(t *testing.T, s ObjectStore) {
	o := publish(t, s, "truth")
	a, releaseA, errA := s.Fetch(t.Context(), o)
	b, releaseB, errB := s.Fetch(t.Context(), o)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	releaseA()
	if _, err := a.Read(make([]byte, 1)); err == nil {
		t.Error("a file is read after it was given back")
	}
	if text, err := io.ReadAll(b); err != nil || string(text) != "truth" {
		t.Errorf("another reader's file: %q, %v", text, err)
	}
	releaseB()
	wantText(t, s, o, "truth")
}

func cancelledFetch(t *testing.T, s ObjectStore) {
	o := publish(t, s, "truth")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if _, _, err := s.Fetch(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		wantText(t, s, o, "truth")
	}
}

func names(t *testing.T, s ObjectStore) {
	o := publish(t, s, "truth")
	bad := []store.Object{{Space: "../..", Digest: o.Digest}, {Space: "incoming", Digest: o.Digest}, {Digest: o.Digest}}
	for _, d := range []yumen.Digest{"", "../../etc/passwd", "sha256:../x", "sha256:ABC"} {
		bad = append(bad, store.Object{Space: store.Held, Digest: d})
	}
	for _, b := range bad {
		_, err := read(t, s, b)
		wantKind(t, err, yumen.KindInvalid)
		_, err = s.Size(t.Context(), b)
		wantKind(t, err, yumen.KindInvalid)
		wantKind(t, s.Publish(b), yumen.KindInvalid)
	}
}

func spacesApart(t *testing.T, s ObjectStore) {
	o := publish(t, s, "truth")
	for _, sp := range store.Spaces {
		if sp != o.Space {
			_, err := read(t, s, store.Object{Space: sp, Digest: o.Digest})
			wantKind(t, err, yumen.KindNotFound)
		}
	}
}

func emptyObject(t *testing.T, s ObjectStore) {
	wantText(t, s, publish(t, s, ""), "")
}

func verify(t *testing.T, s ObjectStore) {
	o := publish(t, s, "truth")
	if err := s.Verify(t.Context(), o); err != nil {
		t.Error(err)
	}
	s.Change(o)
	wantKind(t, s.Verify(t.Context(), o), yumen.KindCorrupt)
	wantKind(t, s.Verify(t.Context(), store.Object{Space: store.Held, Digest: yumen.DigestOf([]byte("none"))}),
		yumen.KindNotFound)
}

func destroyed(t *testing.T, s ObjectStore) {
	o, other := publish(t, s, "truth"), publish(t, s, "other")
	for range 2 { // it may be repeated after a crash
		if err := s.Destroy(o); err != nil {
			t.Fatal(err)
		}
		for _, s := range []store.Objects{s, s.Reopen()} {
			_, err := read(t, s, o)
			wantKind(t, err, yumen.KindNotFound)
			_, err = s.Size(t.Context(), o)
			wantKind(t, err, yumen.KindNotFound)
		}
	}
	wantText(t, s, other, "other")
	wantText(t, s, publish(t, s, "truth"), "truth")
	wantKind(t, s.Destroy(store.Object{Space: "incoming", Digest: o.Digest}), yumen.KindInvalid)
}
