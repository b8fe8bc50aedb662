package audit

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yumen-data/yumen"
)

// TestMain lets the test binary be the process that is killed or runs out of space.
func TestMain(m *testing.M) {
	switch os.Getenv("AUDIT_TEST_CHILD") {
	case "append":
		appendForEver(os.Getenv("AUDIT_TEST_DIR"))
	case "full":
		appendWithFullDisk(os.Getenv("AUDIT_TEST_DIR"))
	}
	os.Exit(m.Run())
}

// state is the content of a log's files; nil means that there is none.
type state struct{ entries, hashes, checkpoint, temp []byte }

func (s state) put(t testing.TB, dir string) {
	t.Helper()
	for name, b := range map[string][]byte{entriesFile: s.entries, hashesFile: s.hashes, checkpointFile: s.checkpoint,
		checkpointTemp: s.temp} {
		if b != nil {
			write(t, dir, name, b)
		} else if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

func stateOf(t testing.TB, dir string) state {
	return state{entries: []byte(read(t, dir, entriesFile)), hashes: []byte(read(t, dir, hashesFile)),
		checkpoint: []byte(read(t, dir, checkpointFile))}
}

// crashStates are all states that a crash in an append from before to after can leave: each file written up to any
// byte, while the others are not written yet or both written whole, and where a file system extends a file before it writes
// the bytes, with zeros in their place.
func crashStates(before, after state) map[string]state {
	out := map[string]state{"before": before}
	for _, others := range []state{before, after} {
		add := func(s state, format string, args ...any) {
			out[fmt.Sprintf("%s beside %d bytes", fmt.Sprintf(format, args...), len(others.entries))] = s
		}
		step := state{hashes: others.hashes, checkpoint: before.checkpoint}
		if len(others.entries) > len(before.entries) {
			step.temp = after.checkpoint
		}
		for n := len(before.entries); n <= len(after.entries); n++ {
			step.entries = after.entries[:n]
			add(step, "entries written to byte %d", n)
			if n%16 == 0 {
				zeros := step
				zeros.entries = append(bytes.Clone(before.entries), make([]byte, n-len(before.entries))...)
				add(zeros, "entries extended to byte %d", n)
			}
		}
		step.entries = others.entries
		for n := len(before.hashes); n <= len(after.hashes); n++ {
			step.hashes = after.hashes[:n]
			add(step, "hashes written to byte %d", n)
		}
		step.hashes = others.hashes
		for n := 0; n <= len(after.checkpoint); n++ {
			step.temp = after.checkpoint[:n]
			add(step, "temporary checkpoint written to byte %d", n)
		}
	}
	renamed := after
	renamed.temp = nil
	out["renamed"] = renamed
	return out
}

// A crash at any byte of an append loses nothing acknowledged, and the log goes on from there.
func TestCrashAtEveryByteOfAnAppend(t *testing.T) {
	for _, c := range []struct{ size, batch int }{{0, 1}, {7, 1}, {5, 2}} {
		t.Run(fmt.Sprintf("%d+%d", c.size, c.batch), func(t *testing.T) {
			dir, key := newLog(t, c.size)
			before := stateOf(t, dir)
			l, err := Open(dir, key)
			if err != nil {
				t.Fatal(err)
			}
			var batch []yumen.Entry
			for i := range c.batch {
				batch = append(batch, short(c.size+i))
			}
			if _, err := l.AppendAll(batch...); err != nil {
				t.Fatal(err)
			}
			l.Close()
			skipped := 0
			for name, s := range crashStates(before, stateOf(t, dir)) {
				if testing.Short() && name != "renamed" {
					if skipped++; skipped%8 != 0 {
						continue
					}
				}
				s.put(t, dir)
				want := c.size
				if name == "renamed" {
					want += c.batch
				}
				resume(t, name, dir, key, c.size, want, s)
			}
		})
	}
}

// resume opens a log as a crash left it, checks what it holds (before the append that was cut short, held entries),
// appends and verifies.
func resume(t *testing.T, name, dir string, key *Key, held, want int, s state) {
	t.Helper()
	l, err := Open(dir, key)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer l.Close()
	tail := l.Recovered()
	if end := l.end(); l.Size() != int64(want) || tail.Entries != int64(len(s.entries))-end ||
		tail.Hashes != int64(len(s.hashes))-tlog.StoredHashCount(int64(want))*tlog.HashSize {
		t.Fatalf("%s: size %d, want %d; recovered %+v", name, l.Size(), want, tail)
	}
	if got := stateOf(t, dir); !bytes.Equal(got.entries, s.entries) || !bytes.Equal(got.hashes, s.hashes) {
		t.Fatalf("%s: opening changed a file", name)
	}
	for i := range min(want, held) {
		if e, err := l.Entry(int64(i)); err != nil || cmp.Diff(entry(i), e) != "" {
			t.Fatalf("%s: entry %d: %v", name, i, err)
		}
	}
	if at, err := l.Append(entry(99)); err != nil || at != int64(want) {
		t.Fatalf("%s: append: index %d, %v", name, at, err)
	}
	if r, err := Verify(dir, key.Verifier()); err != nil || r.Size != int64(want)+1 || !r.Tail.IsZero() {
		t.Fatalf("%s: verify after appending: %+v, %v", name, r, err)
	}
}

// A crash while a log is created leaves nothing, or the log; it can be created after.
func TestCrashWhileCreating(t *testing.T) {
	dir, key := newLog(t, 0)
	whole := read(t, dir, checkpointFile)
	states := []state{{}, {entries: []byte{}}, {entries: []byte{}, hashes: []byte{}}}
	for n := range whole {
		states = append(states, state{entries: []byte{}, hashes: []byte{}, temp: []byte(whole[:n])})
	}
	for i, s := range states {
		s.put(t, dir)
		if _, err := Open(dir, key); yumen.KindOf(err) != yumen.KindNotFound {
			t.Fatalf("state %d: open: %v", i, err)
		}
		l, err := Create(dir, key)
		if err != nil {
			t.Fatalf("state %d: create: %v", i, err)
		}
		l.Close()
	}
}

// damages that no crash can leave: each must be refused by Open and found by Verify at its place.
func TestDamageIsRefused(t *testing.T) {
	dir, key := newLog(t, 12)
	whole := stateOf(t, dir)
	early, _ := newLogOf(t, key, 4)
	earlier := stateOf(t, early)
	lines := bytes.SplitAfter(whole.entries, []byte("\n"))[:12]
	join := func(ls ...[]byte) []byte { return bytes.Join(ls, nil) }
	rewritten := bytes.Replace(whole.entries, []byte("analyst-1"), []byte("analyst-9"), 1)
	for _, c := range []struct {
		name  string
		s     state
		place string
	}{
		{"line deleted", state{entries: join(append(append([][]byte{}, lines[:5]...), lines[6:]...)...)},
			"entries:line 6 (entry 5, "},
		{"line inserted", state{entries: join(append(append(append([][]byte{}, lines[:5]...), lines[3]),
			lines[5:]...)...)}, "entries:line 6 (entry 5, "},
		{"lines swapped", state{entries: join(append(append(append([][]byte{}, lines[:3]...), lines[4], lines[3]),
			lines[5:]...)...)}, "entries:line 4 (entry 3, "},
		{"same meaning, other bytes",
			state{entries: bytes.Replace(whole.entries, []byte(`{"at"`), []byte(`{ "at"`), 1)},
			"entries:line 1 (entry 0, "},
		{"line rewritten", state{entries: rewritten}, "entries:line 2 (entry 1, "},
		{"last line cut", state{entries: whole.entries[:len(whole.entries)-1]}, "entries:line 12 (entry 11, "},
		{"all lines gone", state{entries: []byte{}}, "entries:line 1 (entry 0, "},
		{"hashes cut", state{hashes: whole.hashes[:len(whole.hashes)-1]}, "hashes:hash 21 "},
		{"hashes gone", state{hashes: []byte{}}, "hashes:hash 0 "},
		{"hash inserted", state{hashes: join(whole.hashes[:64], whole.hashes[:32], whole.hashes[64:])},
			"hashes:hash 2 "},
		{"line rewritten and its hash", state{entries: rewritten, hashes: rehash(rewritten)}, "checkpoint"},
		{"line rewritten and hashes cut", state{entries: rewritten, hashes: whole.hashes[:32]}, "checkpoint"},
		{"checkpoint of another log", state{checkpoint: []byte(otherCheckpoint(t))}, "checkpoint"},
		{"checkpoint empty", state{checkpoint: []byte{}}, "checkpoint"},
		{"a longer log's checkpoint", state{entries: earlier.entries, hashes: earlier.hashes},
			"entries:line 5 (entry 4, "},
	} {
		s := c.s
		for _, f := range []struct{ mine, whole *[]byte }{{&s.entries, &whole.entries}, {&s.hashes, &whole.hashes},
			{&s.checkpoint, &whole.checkpoint}} {
			if *f.mine == nil {
				*f.mine = *f.whole
			}
		}
		s.put(t, dir)
		_, verifyErr := Verify(dir, key.Verifier())
		_, openErr := Open(dir, key)
		for what, err := range map[string]error{"verify": verifyErr, "open": openErr} {
			e := damage(t, err)
			if got := e.Reasons[0].Place; !strings.HasPrefix(got, c.place) {
				t.Errorf("%s: %s found it at %q, want %q", c.name, what, got, c.place)
			}
			for _, r := range e.Reasons {
				if r.Msg.EN == "" || r.Msg.ZH == "" || strings.Contains(r.Msg.EN+r.Msg.ZH, "%!") {
					t.Errorf("%s: message %+v", c.name, r.Msg)
				}
			}
		}
	}
	for _, name := range []string{entriesFile, hashesFile, checkpointFile} {
		whole.put(t, dir)
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, key)
		damage(t, err)
		if _, err := Create(dir, key); yumen.KindOf(err) != yumen.KindConflict {
			t.Errorf("created over a log without %s: %v", name, err)
		}
	}
}

func newLogOf(t testing.TB, key *Key, n int) (string, *Key) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "log")
	l, err := Create(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i := range n {
		if _, err := l.Append(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, key
}

func rehash(entries []byte) []byte {
	var e edge
	var out []byte
	for line := range bytes.Lines(entries) {
		for _, h := range e.add(tlog.RecordHash(bytes.TrimSuffix(line, []byte("\n")))) {
			out = append(out, h[:]...)
		}
	}
	return out
}

func otherCheckpoint(t testing.TB) string {
	dir, _ := newLog(t, 12)
	return read(t, dir, checkpointFile)
}

// An older checkpoint in the place of the newest: where more follows than one batch can leave, Open refuses at once;
// where less does, opening touches nothing, and any later checkpoint that somebody kept shows it.
func TestRolledBackCheckpoint(t *testing.T) {
	dir, key := newLog(t, 3)
	old := read(t, dir, checkpointFile)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(entry(3)); err != nil {
		t.Fatal(err)
	}
	kept := l.Checkpoint()
	l.Close()
	newest := stateOf(t, dir)
	write(t, dir, checkpointFile, []byte(old))
	if l, err = Open(dir, key); err != nil {
		t.Fatal(err)
	}
	if l.Recovered().Lines != 1 {
		t.Errorf("recovered %+v", l.Recovered())
	}
	if err := l.VerifyConsistency(kept); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("a roll-back by one passes for a newer checkpoint: %v", err)
	}
	l.Close()
	newest.put(t, dir)
	if l, err = Open(dir, key); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.AppendAll(manyEntries(MaxBatch)...); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	write(t, dir, checkpointFile, []byte(old))
	_, err = Open(dir, key)
	damage(t, err)
}

func manyEntries(n int) []yumen.Entry {
	out := make([]yumen.Entry, n)
	for i := range out {
		out[i] = entry(i)
	}
	return out
}

func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "AUDIT_TEST_CHILD="+what, "AUDIT_TEST_DIR="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// appendForEver appends and says each index once it is acknowledged.
func appendForEver(dir string) {
	l, err := openWithKey(dir)
	for i := 0; err == nil; i++ {
		var at int64
		if at, err = l.Append(entry(i)); err == nil {
			fmt.Println(at)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func openWithKey(dir string) (*Log, error) {
	key, err := LoadKey(dir + ".key")
	if err != nil {
		return nil, err
	}
	return Open(dir, key)
}

// kill -9 at any time: what was acknowledged is there.
func TestKilledWriterLosesNothing(t *testing.T) {
	dir, key := newLog(t, 0)
	if err := key.Save(dir + ".key"); err != nil {
		t.Fatal(err)
	}
	acknowledged := int64(-1)
	for round := range 12 {
		cmd := child(t, "append", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if n == 3*round+1 {
				_ = cmd.Process.Kill() // what it says until it is dead is read too
			}
		}
		_ = cmd.Wait()
		l, err := Open(dir, key)
		if err != nil {
			t.Fatal(err)
		}
		if l.Size() < acknowledged+1 || l.Size() > acknowledged+2 { // one append may be durable and not yet said
			t.Fatalf("acknowledged up to %d, size %d", acknowledged, l.Size())
		}
		l.Close()
	}
}

// appendWithFullDisk appends until a file may not grow, then lets it and goes on. It prints what happened.
func appendWithFullDisk(dir string) {
	signal.Ignore(syscall.SIGXFSZ) // so that a write beyond the limit fails like one on a full disk
	l, err := openWithKey(dir)
	if err != nil {
		fmt.Println("open", err)
		os.Exit(1)
	}
	limit := func(n uint64) {
		var r syscall.Rlimit
		_ = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r)
		r.Cur = n
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			fmt.Println("limit", err)
		}
	}
	for i := range 3 { // entries, hashes and checkpoint do not fit, one after the other
		limit([]uint64{uint64(l.end()) + 10, uint64(tlog.StoredHashCount(l.Size())*tlog.HashSize) + 5, 20}[i])
		_, err := l.Append(entry(50))
		fmt.Println("full", yumen.KindOf(err), l.Size())
	}
	limit(1 << 30)
	at, err := l.AppendAll(entry(60), entry(61))
	fmt.Println("freed", at, err, l.Size())
	os.Exit(0)
}

func TestFullDisk(t *testing.T) {
	dir, key := newLog(t, 4)
	if err := key.Save(dir + ".key"); err != nil {
		t.Fatal(err)
	}
	out, err := child(t, "full", dir).Output()
	if err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	want := "full unavailable 4\nfull unavailable 4\nfull unavailable 4\nfreed 4 <nil> 6\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	if r, err := Verify(dir, key.Verifier()); err != nil || r.Size != 6 || !r.Tail.IsZero() {
		t.Errorf("after: %+v, %v", r, err)
	}
}
