package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

func newKey(t testing.TB) *Key {
	t.Helper()
	k, err := GenerateKey("yumen.test/log")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// entry returns the i-th of a sequence of different entries.
func entry(i int) yumen.Entry {
	return yumen.Entry{
		At:      time.Date(2026, 5, 1, 8, 0, i, 0, time.UTC),
		Actor:   fmt.Sprintf("analyst-%d", i%3),
		Org:     "某市数据局 <R&D>",
		Action:  "job.submit",
		Subject: fmt.Sprintf("job-%04d", i),
		To:      yumen.StateSubmitted,
		Digests: map[string]yumen.Digest{"program": yumen.DigestOf([]byte{byte(i)})},
		Details: map[string]string{"round": fmt.Sprint(i)},
	}
}

// short returns the i-th of a sequence of different entries of few bytes, for tests that go through every byte.
func short(i int) yumen.Entry {
	return yumen.Entry{At: time.Date(2026, 5, 1, 8, 0, i, 0, time.UTC), Actor: "系统", Action: "job.run",
		Subject: fmt.Sprint("j", i)}
}

func newLog(t testing.TB, n int) (string, *Key) {
	t.Helper()
	dir, key := filepath.Join(t.TempDir(), "log"), newKey(t)
	l, err := Create(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if at, err := l.Append(entry(i)); err != nil || at != int64(i) {
			t.Fatalf("append %d: index %d, %v", i, at, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, key
}

func TestAppendAndReadBack(t *testing.T) {
	dir, key := newLog(t, 7)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	first, err := l.AppendAll(entry(7), entry(8), entry(9))
	if err != nil || first != 7 || l.Size() != 10 {
		t.Fatalf("batch: first %d, size %d, %v", first, l.Size(), err)
	}
	n := 0
	for r, err := range l.Entries(2) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entry(n+2), r.Entry); diff != "" || r.Index != int64(n+2) {
			t.Errorf("entry %d (index %d): %s", n+2, r.Index, diff)
		}
		n++
	}
	if n != 8 {
		t.Errorf("read %d entries from 2 on, want 8", n)
	}
	if _, err := l.Entry(10); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("entry beyond the end: %v", err)
	}
	r, err := Verify(dir, key.Verifier())
	if err != nil || r.Size != 10 || !r.Tail.IsZero() || r.Origin != key.Name() {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

// The root must be the one that tlog itself computes, so that other implementations can read the log.
func TestTreeIsThatOfTlog(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, j := range at {
			out[i] = stored[j]
		}
		return out, nil
	})
	var e edge
	for n := range int64(300) {
		want, err := tlog.TreeHash(n, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.tree(); got != (tlog.Tree{N: n, Hash: want}) {
			t.Fatalf("root at %d: %v, want %v", n, got, want)
		}
		data := []byte(fmt.Sprint("leaf ", n))
		hashes, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hashes, e.add(tlog.RecordHash(data))); diff != "" {
			t.Fatalf("stored hashes of %d: %s", n, diff)
		}
		stored = append(stored, hashes...)
	}
}

func TestProofs(t *testing.T) {
	dir, key := newLog(t, 37)
	l, err := OpenReader(dir, key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other := newKey(t)
	for i := range l.Size() {
		p, err := l.Prove(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(key.Verifier()); err != nil {
			t.Errorf("proof of %d: %v", i, err)
		}
		if p.Verify(other.Verifier()) == nil {
			t.Errorf("proof of %d passes under another key", i)
		}
		p.Index = (i + 1) % l.Size()
		if p.Verify(key.Verifier()) == nil {
			t.Errorf("proof of %d passes for entry %d", i, p.Index)
		}
	}
	if _, err := l.Append(entry(0)); err == nil {
		t.Error("a log open for reading took an append")
	}
}

func TestVerifyConsistency(t *testing.T) {
	dir, key := newLog(t, 0)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	old := []string{l.Checkpoint()}
	for i := range 20 {
		if _, err := l.Append(entry(i)); err != nil {
			t.Fatal(err)
		}
		old = append(old, l.Checkpoint())
	}
	for n, c := range old {
		if err := l.VerifyConsistency(c); err != nil {
			t.Errorf("checkpoint of %d: %v", n, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// A log of the same key with another history, longer and shorter.
	for _, size := range []int{30, 10} {
		forked, err := Create(filepath.Join(t.TempDir(), "fork"), key)
		if err != nil {
			t.Fatal(err)
		}
		for i := range size {
			if _, err := forked.Append(entry(i + 1)); err != nil {
				t.Fatal(err)
			}
		}
		for n, c := range old[1:] {
			if err := forked.VerifyConsistency(c); yumen.KindOf(err) != yumen.KindCorrupt {
				t.Errorf("fork of %d passes for the checkpoint of %d: %v", size, n+1, err)
			}
		}
		forked.Close()
	}
}

func TestOneWriter(t *testing.T) {
	dir, key := newLog(t, 3)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, key); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("second writer: %v", err)
	}
	if r, err := OpenReader(dir, key.Verifier()); err != nil {
		t.Errorf("reader beside a writer: %v", err)
	} else {
		r.Close()
	}
	l.Close()
	if l, err = Open(dir, key); err != nil {
		t.Fatalf("after the first closed: %v", err)
	}
	l.Close()
	if _, err := Create(dir, key); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("create over a log: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	dir, key := newLog(t, 3)
	if _, err := Open(filepath.Join(dir, "none"), key); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("no log: %v", err)
	}
	if _, err := Verify(filepath.Join(dir, "none"), key.Verifier()); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("verify no log: %v", err)
	}
	if _, err := Open(dir, newKey(t)); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("another key: %v", err)
	}
	if _, err := Verify(dir, "nonsense"); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("not a key: %v", err)
	}
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	long := entry(3)
	long.Details["note"] = strings.Repeat("x", maxEntry)
	for name, batch := range map[string][]yumen.Entry{
		"empty batch": nil, "too many": make([]yumen.Entry, MaxBatch+1), "no action": {{Actor: "a", At: time.Now()}},
		"too long": {long},
	} {
		if _, err := l.AppendAll(batch...); err == nil {
			t.Errorf("%s: appended", name)
		}
	}
	if _, err := l.Append(entry(3)); err != nil || l.Size() != 4 {
		t.Errorf("append after refusals: size %d, %v", l.Size(), err)
	}
}

func damage(t *testing.T, err error) *yumen.Error {
	t.Helper()
	var e *yumen.Error
	if !errors.As(err, &e) || e.Kind != yumen.KindCorrupt || len(e.Reasons) == 0 {
		t.Fatalf("want kind corrupt with reasons, got %v", err)
	}
	return e
}

// Every byte of the three files is flipped, one after the other, and must be found with its file and place.
//
// Duties 71 (XX27.3 WH30 SJZ22), 123 (SJZ13.3), 148 (XX68.3): what was done stands in a log that nobody
// can alter unseen.
func TestVerifyFindsEveryFlippedByte(t *testing.T) {
	dir, key := newLog(t, 0)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := l.Append(short(i)); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	lines := strings.SplitAfter(read(t, dir, entriesFile), "\n")
	lineOf := make([]int, 0)
	for n, line := range lines {
		for range len(line) {
			lineOf = append(lineOf, n)
		}
	}
	want := map[string]func(at int) string{
		entriesFile: func(at int) string {
			return fmt.Sprintf("entries:line %d (entry %d, ", lineOf[at]+1,
				lineOf[at])
		},
		hashesFile:     func(at int) string { return fmt.Sprintf("hashes:hash %d ", at/tlog.HashSize) },
		checkpointFile: func(int) string { return "checkpoint" },
	}
	for name, place := range want {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at, b := range []byte(read(t, dir, name)) {
			bits := []byte{1 << (at % 8)}
			if name == checkpointFile {
				bits = []byte{1, 2, 4, 8, 16, 32, 64, 128} // base64 has bits that decoders pass over
			}
			for _, bit := range bits {
				put(t, f, at, b^bit)
				_, err := Verify(dir, key.Verifier())
				e := damage(t, err)
				if got := e.Reasons[0].Place; !strings.HasPrefix(got, place(at)) || name != entriesFile &&
					len(e.Reasons) != 1 {
					t.Fatalf("%s, byte %d: found at %d places, first %q, want %q", name, at, len(e.Reasons), got,
						place(at))
				}
			}
			put(t, f, at, b)
		}
	}
	if _, err := Verify(dir, key.Verifier()); err != nil {
		t.Fatalf("put back: %v", err)
	}
}

func put(t testing.TB, f *os.File, at int, b byte) {
	t.Helper()
	if _, err := f.WriteAt([]byte{b}, int64(at)); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is read later is what was verified when the log was opened, or what was appended since.
func TestEntriesAreThoseThatWereVerified(t *testing.T) {
	dir, key := newLog(t, 3)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(entry(3)); err != nil {
		t.Fatal(err)
	}
	was := read(t, dir, entriesFile)
	write(t, dir, entriesFile, []byte(strings.ReplaceAll(was, "analyst-0", "analyst-1")))
	for i := range int64(4) {
		if _, err := l.Entry(i); (i%3 == 0) != (yumen.KindOf(err) == yumen.KindCorrupt) {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	write(t, dir, entriesFile, []byte(was))
	if e, err := l.Entry(3); err != nil || e.Actor != "analyst-0" {
		t.Errorf("as it was: %+v, %v", e, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 16, MaxBatch} {
		b.Run(fmt.Sprint("batch", n), func(b *testing.B) {
			dir, key := newLog(b, 0)
			l, err := Open(dir, key)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			batch := manyEntries(n)
			for b.Loop() {
				if _, err := l.AppendAll(batch...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen100k(b *testing.B) {
	dir, key := newLog(b, 0)
	l, err := Open(dir, key)
	if err != nil {
		b.Fatal(err)
	}
	batch := manyEntries(MaxBatch)
	for l.Size() < 100_000 {
		if _, err := l.AppendAll(batch...); err != nil {
			b.Fatal(err)
		}
	}
	l.Close()
	for b.Loop() {
		r, err := OpenReader(dir, key.Verifier())
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// Whether a failed append reached the log is found out without opening the log again, and it goes on from there.
func TestSettleAfterAFailedAppend(t *testing.T) {
	for _, c := range []struct {
		found string // which checkpoint the failed replacement left
		size  int64
	}{{checkpointFile, 3}, {checkpointTemp, 4}} {
		dir, key := newLog(t, 3)
		l, err := Open(dir, key)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		path := filepath.Join(dir, checkpointFile)
		old := read(t, dir, checkpointFile)
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(entry(3)); err == nil {
			t.Fatal("a folder was replaced by a checkpoint")
		}
		if _, err := l.Append(entry(4)); yumen.KindOf(err) != yumen.KindUnavailable || l.Settle() == nil {
			t.Errorf("appended before it was known what the log holds: %v", err)
		}
		left := map[string]string{checkpointFile: old, checkpointTemp: read(t, dir, checkpointTemp)}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		write(t, dir, checkpointFile, []byte(left[c.found]))
		if err := l.Settle(); err != nil || l.Size() != c.size || l.Settle() != nil {
			t.Errorf("%s found: size %d, %v", c.found, l.Size(), err)
		}
		if at, err := l.Append(entry(5)); err != nil || at != c.size {
			t.Errorf("%s found: index %d, %v", c.found, at, err)
		}
		if r, err := Verify(dir, key.Verifier()); err != nil || r.Size != c.size+1 || !r.Tail.IsZero() {
			t.Errorf("%s found: %+v, %v", c.found, r, err)
		}
	}
}

// A copy of the first entries is signed as they were verified, whatever lies in the files by then.
func TestFirstSignsWhatWasVerified(t *testing.T) {
	dir, key := newLog(t, 5)
	l, err := OpenReader(dir, key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	checkpoint := func() string {
		files, err := l.First(4, key)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(files[2])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := checkpoint()
	write(t, dir, hashesFile, make([]byte, len(read(t, dir, hashesFile))))
	if got := checkpoint(); got != want {
		t.Errorf("signed %q, want %q", got, want)
	}
	write(t, dir, hashesFile, nil)
	h, err := ReadHead(dir, key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.VerifyConsistency(want); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("without hashes: %v", err)
	}
}
