package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

var owner = Owner{Contract: "c", Actor: "a"}

// openSession opens a session and checks, after it was closed, that nothing is left of it.
func openSession(t *testing.T, h *Host, limits yumen.Limits) *Session {
	t.Helper()
	check := nothingLeft(t)
	s, err := h.OpenSession(t.Context(), task.Task{Role: task.Query, Limits: limits}, owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		check()
		if left, err := os.ReadDir(h.scratch); err != nil || len(left) > 0 {
			t.Errorf("left in the scratch folder: %v %v", left, err)
		}
		if h.admission.free != h.admission.all {
			t.Errorf("share not given back: %+v", h.admission.free)
		}
	})
	return s
}

// ask runs a deed as a statement.
func ask(s *Session, do, arg string, n int64) (task.Outcome, string, error) {
	var out bytes.Buffer
	got, err := s.Run(context.Background(), owner, Statement{Spec: testSpec{Do: do, Arg: arg, N: n}},
		map[string]io.Writer{"out": &out})
	return got, out.String(), err
}

// must asks for an answer and for the number of the statement in its enclave.
func must(t *testing.T, s *Session, do, want string, statement int) {
	t.Helper()
	got, _, err := ask(s, do, "x", 1)
	if err != nil || string(got.Answer) != want || got.Report.Statement != statement {
		t.Errorf("%s: answer %s, statement %d, %v; want %s, statement %d", do, got.Answer, got.Report.Statement, err,
			want, statement)
	}
}

func TestSessionAnswersManyStatements(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{})
	for i := range 30 {
		got, out, err := ask(s, "write", "", int64(i*100_000))
		if err != nil || len(out) != i*100_000 || string(got.Answer) != `"written"` {
			t.Fatalf("%d: %d bytes, %s, %v", i, len(out), got.Answer, err)
		}
		if r := got.Report; r.Statement != i+1 || r.Level != yumen.IsolationFull || len(r.Probes) == 0 ||
			!allBlocked(r.Probes) || r.Role != string(task.Query) {
			t.Errorf("report %+v", r)
		}
	}
}

func TestSessionIsOfOneOwner(t *testing.T) {
	h := testHost(t, Config{})
	s := openSession(t, h, yumen.Limits{})
	for _, o := range []Owner{{Contract: "c", Actor: "b"}, {Contract: "d", Actor: "a"}, {Contract: "a", Actor: "c"}, {}} {
		if _, err := s.Run(t.Context(), o, Statement{Spec: testSpec{Do: "served"}},
			nil); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%+v: %v", o, err)
		}
	}
	must(t, s, "served", "1", 1)
	for _, o := range []Owner{{Contract: "c"}, {Actor: "a"}} {
		if _, err := h.OpenSession(t.Context(), task.Task{Role: task.Query},
			o); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestSessionIsRecycledAfterStatements(t *testing.T) {
	s := openSession(t, testHost(t, Config{Session: SessionLimits{Statements: 3}}), yumen.Limits{})
	for i := range 7 {
		must(t, s, "served", "1", i%3+1)
	}
}

// TestSessionIsRecycledByAge: an enclave that got old while nobody asked it anything gives its share of the host back,
// though nobody closed the session; the next statement gets another.
func TestSessionIsRecycledByAge(t *testing.T) {
	h := testHost(t, Config{Session: SessionLimits{Age: time.Millisecond}})
	s := openSession(t, h, yumen.Limits{})
	for range 3 {
		for held(h) {
			runtime.Gosched()
		}
		must(t, s, "served", "1", 1)
	}
}

func held(h *Host) bool {
	h.admission.mu.Lock()
	defer h.admission.mu.Unlock()
	return h.admission.free != h.admission.all
}

// TestSessionKeepsNothing: what a statement leaves in its preparation or in the work folder, the next one does not
// find.
func TestSessionKeepsNothing(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{})
	must(t, s, "look", "0", 1)
	must(t, s, "work", `"x"`, 2)
	must(t, s, "look", "0", 3)
	must(t, s, "served", "1", 4)
	must(t, s, "served", "1", 5)
}

// TestSessionAfterFailure: whatever goes wrong with one statement, a fresh enclave answers the next.
func TestSessionAfterFailure(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{Output: 1 << 20})
	for _, c := range []struct {
		do   string
		n    int64
		kind yumen.ErrorKind
	}{
		{"sleep", 0, yumen.KindLimit}, {"hang", 0, yumen.KindLimit}, {"write", 2 << 20, yumen.KindLimit},
		{"fail", 0, yumen.KindFailed}, {"panic", 0, yumen.KindInternal},
		{"refuse", 0, yumen.KindDenied}, {"exit", 0, yumen.KindFailed}, {"nonsense", 0, yumen.KindInvalid},
	} {
		must(t, s, "served", "1", 1)
		st := Statement{Spec: testSpec{Do: c.do, N: c.n}}
		if c.do == "sleep" || c.do == "hang" {
			st.Wall = yumen.Duration(time.Second)
		}
		_, err := s.Run(t.Context(), owner, st, map[string]io.Writer{"out": io.Discard})
		if yumen.KindOf(err) != c.kind || err != nil && strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", c.do, err)
		}
	}
	must(t, s, "served", "1", 1)
	_, err := s.Run(t.Context(), owner,
		Statement{Spec: testSpec{Do: "sleep"}, Wall: yumen.Duration(10 * time.Millisecond)}, nil)
	if yumen.KindOf(err) != yumen.KindLimit || !strings.Contains(err.Error(), "10ms") {
		t.Errorf("its own deadline: %v", err)
	}
	must(t, s, "served", "1", 1)
}

func TestSessionDeadline(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{Wall: yumen.Duration(3 * time.Second)})
	if _, _, err := ask(s, "sleep", "", 0); yumen.KindOf(err) != yumen.KindLimit ||
		!strings.Contains(err.Error(), "3s") {
		t.Errorf("%v", err)
	}
}

// TestSessionDistrustsEnclave: frames of another statement, late ones and those that do not add up break the session's
// enclave, never the session.
func TestSessionDistrustsEnclave(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{Output: 1 << 20})
	for name := range lateFrames {
		must(t, s, name, "", 1)
		if _, out, err := ask(s, "served", "", 0); yumen.KindOf(err) != yumen.KindCorrupt || out != "" {
			t.Errorf("%s: %v, %q", name, err, out)
		}
	}
	for name := range badFrames {
		want := yumen.KindCorrupt
		if name == "too many bytes" {
			want = yumen.KindLimit
		}
		if _, _, err := ask(s, name, "", 0); yumen.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, s, "served", "1", 1)
}

func TestSessionClosed(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{})
	end := make(chan error)
	go func() {
		_, _, err := ask(s, "sleep", "", 0)
		end <- err
	}()
	for len(s.turn) > 0 {
		runtime.Gosched()
	}
	s.Close()
	if err := <-end; yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("the running statement: %v", err)
	}
	if _, _, err := ask(s, "served", "", 0); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("after closing: %v", err)
	}
	s.Close()
}

func TestSessionCancelled(t *testing.T) {
	s := openSession(t, testHost(t, Config{}), yumen.Limits{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Run(ctx, owner, Statement{Spec: testSpec{Do: "hang"}},
		nil); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("%v", err)
	}
	must(t, s, "served", "1", 1)
}

func TestSessionCannotOpen(t *testing.T) {
	h := testHost(t, Config{})
	check := nothingLeft(t)
	for _, k := range []task.Task{{Role: task.Wasm}, {Role: "nothing"},
		{Role: task.Query, Inputs: []task.Input{{Name: "a"}}}} {
		if _, err := h.OpenSession(t.Context(), k, owner); err == nil {
			t.Errorf("%s opened", k.Role)
		}
	}
	check()
	if left, _ := os.ReadDir(h.scratch); len(left) > 0 || held(h) {
		t.Errorf("left: %v", left)
	}
}

func BenchmarkWarmStatement(b *testing.B) {
	s, err := testHost(b, Config{Session: SessionLimits{Statements: 1 << 30}}).OpenSession(b.Context(),
		task.Task{Role: task.Query}, owner)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		if _, _, err := ask(s, "answer", "x", 0); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzStatement is FuzzDecoder's law for the conversation about one statement, which must begin with its number.
func FuzzStatement(f *testing.F) {
	const id = 3
	begin := frameOf(frameBegin, 0, binary.BigEndian.AppendUint64(nil, id))
	end := jsonFrame(frameDone, done{Streams: []streamEnd{sumOf([]byte("rows"))}, Answer: sumOf([]byte("1"))})
	f.Add(join(begin, frameOf(frameData, 0, []byte("rows")), frameOf(frameAnswer, 0, []byte("1")), end))
	f.Add(join(frameOf(frameBegin, 0, make([]byte, beginSize)), end))
	f.Add(join(begin, begin, end))
	f.Fuzz(func(t *testing.T, raw []byte) {
		const max = 1 << 12
		var out bytes.Buffer
		d := newDecoder(bytes.NewReader(raw), []io.Writer{&out}, max)
		d.id = id
		z, answer, err := d.run()
		if out.Len() > max {
			t.Fatalf("%d bytes", out.Len())
		}
		if err == nil && (!bytes.HasPrefix(raw, begin) || z.Streams[0] != sumOf(out.Bytes()) ||
			z.Answer != sumOf(answer)) {
			t.Fatal("success of another statement, or without matching counts and checksums")
		}
	})
}

// TestIdleSessionGivesWay: on a host with room for two enclaves, runs get in beside idle sessions, the longest
// idle of which goes first; whoever had to go gets a fresh enclave for the next statement.
func TestIdleSessionGivesWay(t *testing.T) {
	h := testHost(t, Config{Memory: 2 << 30, Threads: 64})
	check := nothingLeft(t)
	open := func() *Session {
		s, err := h.OpenSession(t.Context(), task.Task{Role: task.Query, Limits: yumen.Limits{Memory: 1 << 30}}, owner)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	run := func(memory yumen.Size) {
		t.Helper()
		if _, err := h.Run(t.Context(),
			task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}, Limits: yumen.Limits{Memory: memory}},
			map[string]io.Writer{}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := open(), open()
	defer func() {
		first.Close()
		second.Close()
		check()
	}()
	must(t, first, "served", "1", 1)
	must(t, second, "served", "1", 1)
	must(t, first, "served", "1", 2) // now second is the longest idle
	run(1 << 30)
	must(t, first, "served", "1", 3)
	must(t, second, "served", "1", 1)
	run(2 << 30)
	must(t, first, "served", "1", 1)
}

// TestBusySessionIsLeftAlone: a run that finds no room waits for a statement under way, which ends well, and then gets
// the place of its enclave though the session stays open.
func TestBusySessionIsLeftAlone(t *testing.T) {
	h := testHost(t, Config{Memory: 1 << 30, Threads: 64})
	s := openSession(t, h, yumen.Limits{Memory: 1 << 30})
	must(t, s, "served", "1", 1)
	result, sink := io.Pipe()
	answered := make(chan error)
	go func() {
		got, err := s.Run(context.Background(), owner, Statement{Spec: testSpec{Do: "write", N: 4 << 20}},
			map[string]io.Writer{"out": sink})
		if err == nil && got.Report.Statement != 2 {
			err = yumen.Errorf(yumen.KindInternal, "statement %d", "语句 %d", got.Report.Statement)
		}
		sink.Close()
		answered <- err
	}()
	if _, err := io.ReadFull(result, make([]byte, 1<<20)); err != nil { // it is at work, and cannot end before it is read
		t.Fatal(err)
	}
	ran := make(chan error)
	go func() {
		_, err := h.Run(context.Background(),
			task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}, Limits: yumen.Limits{Memory: 1 << 30}},
			map[string]io.Writer{})
		ran <- err
	}()
	for waitingIn(h.admission) == 0 {
		runtime.Gosched()
	}
	if n, err := io.Copy(io.Discard, result); n != 3<<20 || err != nil {
		t.Errorf("%d bytes more, %v", n, err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the statement under way: %v", err)
	}
	if err := <-ran; err != nil {
		t.Errorf("the run that waited: %v", err)
	}
	must(t, s, "served", "1", 1)
}
