package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// The test binary is its own enclave: Host starts it again with the argument "enclave".
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "enclave" {
		os.Exit(Main(testHandlers, testOpeners))
	}
	os.Exit(m.Run())
}

// testSpec says what the test handlers shall do.
type testSpec struct {
	Do  string `json:"do"`
	Arg string `json:"arg"`
	N   int64  `json:"n"`
}

// testHandlers hold roles that do what the spec names.
var testHandlers = map[task.Role]Handler{
	task.Query: doDeed,
	task.Wasm:  doDeed,
	unfiltered: doDeed,
}

// unfiltered is a role that only tests have: it runs without the system call filter.
const unfiltered task.Role = "unfiltered"

func doDeed(ctx context.Context, in Env) error {
	var s testSpec
	if err := in.Spec(&s); err != nil {
		return err
	}
	do, ok := deeds[s.Do]
	if !ok {
		return yumen.Errorf(yumen.KindInvalid, "no deed %s", "没有 %s", s.Do)
	}
	return do(ctx, in, s)
}

var deeds = map[string]func(context.Context, Env, testSpec) error{
	"answer": func(_ context.Context, in Env, s testSpec) error { return in.Answer(s.Arg) },
	"copy": func(_ context.Context, in Env, s testSpec) error {
		p, _ := in.Input(s.Arg)
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(in.Output("out"), f)
		return err
	},
	"work": func(_ context.Context, in Env, s testSpec) error {
		p := filepath.Join(in.Work(), "file")
		if err := os.WriteFile(p, []byte(s.Arg), 0o600); err != nil {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return in.Answer(string(b))
	},
	"write": func(_ context.Context, in Env, s testSpec) error {
		b := bytes.Repeat([]byte("x"), 1<<20)
		for n := s.N; n > 0; n -= int64(len(b)) {
			if _, err := in.Output("out").Write(b[:min(int64(len(b)), n)]); err != nil {
				return err
			}
		}
		return in.Answer("written")
	},
	"progress": func(_ context.Context, in Env, s testSpec) error {
		for i := range s.N {
			in.Progress(i+1, s.N)
		}
		return nil
	},
	"sleep": func(ctx context.Context, in Env, _ testSpec) error {
		<-ctx.Done()
		return ctx.Err()
	},
	"fail":   func(context.Context, Env, testSpec) error { return errors.New("row 17 holds 4711") },
	"refuse": func(context.Context, Env, testSpec) error { return yumen.Errorf(yumen.KindDenied, "no", "不") },
	"panic":  func(context.Context, Env, testSpec) error { panic("row 17 holds 4711") },
	"exit":   func(context.Context, Env, testSpec) error { os.Exit(0); return nil },
}

func testHost(t testing.TB, c Config) *Host {
	t.Helper()
	if c.Scratch == "" {
		c.Scratch = t.TempDir()
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// deed runs one deed in an enclave and checks that nothing is left of it.
func deed(t testing.TB, h *Host, s testSpec, edit func(*task.Task)) (task.Outcome, string, error) {
	t.Helper()
	tk := task.Task{Role: task.Query, Spec: s}
	if edit != nil {
		edit(&tk)
	}
	var out bytes.Buffer
	outcome, err := h.Run(context.Background(), tk, map[string]io.Writer{"out": &out})
	left, rerr := os.ReadDir(h.scratch)
	if rerr != nil || len(left) > 0 {
		t.Errorf("left in the scratch folder: %v %v", left, rerr)
	}
	return outcome, out.String(), err
}

func TestRunAnswers(t *testing.T) {
	got, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "answer", Arg: "域门"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Answer) != `"域门"` {
		t.Errorf("answer %s", got.Answer)
	}
	if got.Report.Level != yumen.IsolationFull {
		t.Errorf("report %+v", got.Report)
	}
	for _, l := range got.Report.Layers {
		t.Logf("%+v", l)
	}
	for _, p := range got.Report.Probes {
		t.Logf("%+v", p)
	}
}

func TestRunCopiesInputs(t *testing.T) {
	secret := make([]byte, 3<<20+17)
	_, _ = rand.Read(secret)
	path := filepath.Join(t.TempDir(), "host-name")
	if err := os.WriteFile(path, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, err := deed(t, testHost(t, Config{}), testSpec{Do: "copy", Arg: "版本.parquet"}, func(k *task.Task) {
		k.Inputs = []task.Input{opened(t, "版本.parquet", path)}
	})
	if err != nil || out != string(secret) {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
}

// opened is a file as an input, open until the test ends.
func opened(t testing.TB, name, path string) task.Input {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read only
	return task.Input{Name: name, File: f}
}

// replacedFile is an input in whose place another file lies.
func replacedFile(t testing.TB) task.Input {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := opened(t, "a", path)
	if err := errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, []byte("4711"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestRunWorkFolder(t *testing.T) {
	got, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "work", Arg: "spill"}, nil)
	if err != nil || string(got.Answer) != `"spill"` {
		t.Fatalf("%s %v", got.Answer, err)
	}
}

func TestRunErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		spec testSpec
		edit func(*task.Task)
		kind yumen.ErrorKind
		says string
	}{
		{"deadline", testSpec{Do: "sleep"},
			func(k *task.Task) { k.Limits.Wall = yumen.Duration(300 * time.Millisecond) }, yumen.KindLimit,
			"killed after 300ms"},
		{"output cap", testSpec{Do: "write", N: 2 << 20}, func(k *task.Task) { k.Limits.Output = 1 << 20 },
			yumen.KindLimit, "larger than 1MiB"},
		{"plain error", testSpec{Do: "fail"}, nil, yumen.KindFailed, "the run failed"},
		{"handler's refusal", testSpec{Do: "refuse"}, nil, yumen.KindDenied, "no"},
		{"panic", testSpec{Do: "panic"}, nil, yumen.KindInternal, "defect"},
		{"early exit", testSpec{Do: "exit"}, nil, yumen.KindFailed, "before its result was complete"},
		{"no such role", testSpec{}, func(k *task.Task) { k.Role = "nothing" }, yumen.KindInternal, "no role"},
		{"missing input", testSpec{}, func(k *task.Task) { k.Inputs = []task.Input{{Name: "a"}} }, yumen.KindInternal,
			"has no file"},
		{"device as input", testSpec{}, func(k *task.Task) { k.Inputs = []task.Input{opened(t, "a", "/dev/zero")} },
			yumen.KindInvalid, "not a regular file"},
		{"input name with a path", testSpec{},
			func(k *task.Task) { k.Inputs = []task.Input{opened(t, "../a", "/etc/passwd")} }, yumen.KindInvalid,
			"file name"},
		{"input that is another file by now", testSpec{Do: "copy", Arg: "a"},
			func(k *task.Task) { k.Inputs = []task.Input{replacedFile(t)} },
			yumen.KindConflict, "was replaced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := deed(t, testHost(t, Config{}), c.spec, c.edit)
			if yumen.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v", yumen.KindOf(err), err)
			}
			if err != nil && strings.Contains(err.Error(), "4711") {
				t.Errorf("the error carries data: %v", err)
			}
		})
	}
}

// A run says when it begins: after it was let in, before it does anything.
func TestRunSaysWhenItBegins(t *testing.T) {
	began := 0
	if _, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "write", N: 1},
		func(k *task.Task) { k.Started = func() { began++ } }); err != nil || began != 1 {
		t.Errorf("began %d times, %v", began, err)
	}
	if _, _, err := deed(t, testHost(t, Config{}), testSpec{}, func(k *task.Task) {
		k.Inputs, k.Started = []task.Input{{Name: "a"}}, func() { began++ }
	}); err == nil || began != 1 {
		t.Errorf("what never ran began, %v", err)
	}
}

func TestRunInputOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to give a file away")
	}
	path := filepath.Join(t.TempDir(), "data")
	if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chown(path, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	_, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "copy", Arg: "a"}, func(k *task.Task) {
		k.Inputs = []task.Input{opened(t, "a", path)}
	})
	if yumen.KindOf(err) != yumen.KindUnavailable || !strings.Contains(err.Error(), "may not read input a") ||
		strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

func TestRunFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	_, err = testHost(t, Config{}).Run(t.Context(),
		task.Task{Role: task.Query, Spec: testSpec{Do: "write", N: 1 << 20}},
		map[string]io.Writer{"out": full})
	if yumen.KindOf(err) != yumen.KindUnavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("%v", err)
	}
}

func TestRunTellsProgress(t *testing.T) {
	var last [2]int64
	_, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "progress", N: 1000}, func(k *task.Task) {
		k.Progress = func(n, total int64) { last = [2]int64{n, total} }
	})
	if err != nil || last != [2]int64{1000, 1000} {
		t.Errorf("%v %v", last, err)
	}
}

func TestRunUnknownOutput(t *testing.T) {
	_, err := testHost(t, Config{}).Run(t.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "write", N: 1}},
		nil)
	if yumen.KindOf(err) != yumen.KindInternal || !strings.Contains(err.Error(), "no output") {
		t.Errorf("%v", err)
	}
}

func TestRunCancelled(t *testing.T) {
	h := testHost(t, Config{})
	late, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := h.Run(late, task.Task{Role: task.Query, Spec: testSpec{Do: "sleep"}}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("past the caller's time: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_, err = h.Run(ctx, task.Task{Role: task.Query, Spec: testSpec{Do: "sleep"}, Started: stop}, nil)
	if !errors.Is(err, context.Canceled) || yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("while it runs: %v", err)
	}
}

func BenchmarkColdStart(b *testing.B) {
	h := testHost(b, Config{})
	for b.Loop() {
		if _, _, err := deed(b, h, testSpec{Do: "answer"}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTransport(b *testing.B) {
	h := testHost(b, Config{})
	const n = 1 << 30
	b.SetBytes(n)
	for b.Loop() {
		_, err := h.Run(context.Background(), task.Task{Role: task.Query, Spec: testSpec{Do: "write", N: n}},
			map[string]io.Writer{"out": io.Discard})
		if err != nil {
			b.Fatal(err)
		}
	}
}
