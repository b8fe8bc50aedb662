package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Bombs use something up. They run inside an enclave, in the words of deeds.
func init() {
	deeds["go memory bomb"] = func(context.Context, Env, testSpec) error {
		var keep [][]byte
		for {
			b := make([]byte, 64<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			keep = append(keep, b)
			runtime.KeepAlive(keep)
		}
	}
	deeds["mapped memory bomb"] = func(_ context.Context, in Env, _ testSpec) error {
		for n := 0; ; n++ {
			b, err := unix.Mmap(-1, 0, 16<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				return in.Answer(n * 16) // MiB
			}
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
		}
	}
	deeds["thread bomb"] = func(context.Context, Env, testSpec) error {
		for {
			go func() {
				runtime.LockOSThread()
				_ = unix.Nanosleep(&unix.Timespec{Sec: 1 << 30}, nil)
			}()
			runtime.Gosched()
		}
	}
	deeds["fork bomb"] = func(_ context.Context, in Env, _ testSpec) error {
		forked := 0
		for range 1000 {
			if rawErr(unix.SYS_CLONE, [6]uintptr{uintptr(unix.SIGCHLD)}) == nil {
				forked++
			}
		}
		return in.Answer(forked)
	}
	deeds["descriptor bomb"] = func(_ context.Context, in Env, _ testSpec) error {
		for n := 0; ; n++ {
			if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
				return in.Answer(n)
			}
		}
	}
	deeds["file bomb"] = func(_ context.Context, in Env, s testSpec) error { // one file
		f, err := os.Create(filepath.Join(in.Work(), "bomb"))
		if err != nil {
			return err
		}
		b := make([]byte, 1<<20)
		for n := int64(0); n < s.N; n += int64(len(b)) {
			if _, err := f.Write(b); err != nil {
				return in.Answer(errorName(err))
			}
		}
		return nil
	}
	deeds["scratch bomb"] = func(_ context.Context, in Env, s testSpec) error { // many files
		b := make([]byte, s.N)
		for n := 0; ; n++ {
			if err := os.WriteFile(filepath.Join(in.Work(), strconv.Itoa(n)), b, 0o600); err != nil {
				return err
			}
		}
	}
	deeds["folder maze"] = func(_ context.Context, in Env, _ testSpec) error {
		dir := in.Work()
		for range 100 {
			dir = filepath.Join(dir, "d")
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
		}
		for ; dir != in.Work(); dir = filepath.Dir(dir) {
			f, err := os.Open(dir)
			if err != nil {
				return err
			}
			if err := f.Chmod(0); err != nil {
				return err
			}
			f.Close()
		}
		return nil
	}
	deeds["answer bomb"] = func(_ context.Context, in Env, _ testSpec) error {
		return in.Answer(strings.Repeat("x", maxAnswer))
	}
	deeds["progress flood"] = func(_ context.Context, in Env, _ testSpec) error {
		for i := range int64(1_000_000) {
			in.Progress(i, 1_000_000)
		}
		return in.Answer("done")
	}
	deeds["chatter"] = func(_ context.Context, in Env, _ testSpec) error {
		for range 1000 {
			fmt.Fprint(os.Stderr, strings.Repeat("row 17 holds 4711", 1000))
			fmt.Print(strings.Repeat("x", 1000))
		}
		return in.Answer("done")
	}
	deeds["junk on the wire"] = func(_ context.Context, _ Env, s testSpec) error {
		_, _ = unix.Write(resultFD, []byte(s.Arg))
		select {}
	}
	deeds["forged end"] = func(context.Context, Env, testSpec) error {
		_, _ = unix.Write(resultFD,
			jsonFrame(frameDone, done{Streams: []streamEnd{{Bytes: 5, CRC: sumOf([]byte("x")).CRC}}}))
		select {}
	}
	deeds["half an output"] = func(_ context.Context, in Env, _ testSpec) error {
		_, _ = in.Output("out").Write(make([]byte, maxData+100))
		os.Exit(0)
		return nil
	}
	deeds["abort"] = func(context.Context, Env, testSpec) error {
		_ = unix.Tgkill(1, unix.Gettid(), unix.SIGABRT)
		_ = unix.Tgkill(1, unix.Gettid(), unix.SIGSEGV)
		panic("row 17 holds 4711")
	}
	deeds["deep recursion"] = func(context.Context, Env, testSpec) error { return deeper(1) }
	deeds["deaf loop"] = func(context.Context, Env, testSpec) error { // as an engine in C that listens to nobody
		runtime.LockOSThread()
		var all unix.Sigset_t
		for i := range all.Val {
			all.Val[i] = ^uint64(0)
		}
		_ = unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil)
		for i := 0; ; i++ {
		}
	}
}

func deeper(n int) error {
	var pad [1024]byte
	pad[n%1024] = 1
	//lint:ignore SA5007 the stack is what it is after
	if err := deeper(n + 1); err != nil {
		return err
	}
	return fmt.Errorf("%d", pad[0])
}

// TestBombs: each ends with the named kind or answer, leaves nothing behind, and the next run is served as before.
func TestBombs(t *testing.T) {
	h := testHost(t, Config{})
	short := func(k *task.Task) { k.Limits.Wall = yumen.Duration(time.Second) } // for what never ends by itself
	small := func(k *task.Task) { k.Limits.Memory = 256 << 20 }
	large := func(k *task.Task) { k.Limits.Memory = 16 << 30 } // the runtime ends it at 1 GB of stack
	maze := func(k *task.Task) { k.Role = task.Wasm }          // a role that may change modes
	scratch := func(k *task.Task) { k.Limits.Scratch = 64 << 20 }
	for _, c := range []struct {
		name   string
		spec   testSpec
		edit   func(*task.Task)
		kind   yumen.ErrorKind // "" where the run ends well
		answer func(json.RawMessage) bool
	}{
		{"go memory bomb", testSpec{}, small, yumen.KindLimit, nil},
		{"mapped memory bomb", testSpec{}, small, "", below(256)},
		{"thread bomb", testSpec{}, small, yumen.KindLimit, nil},
		{"fork bomb", testSpec{}, nil, "", is(`0`)},
		{"descriptor bomb", testSpec{}, nil, "", below(256)},
		{"file bomb", testSpec{N: 128 << 20}, scratch, "", is(`"EFBIG"`)},
		{"scratch bomb", testSpec{N: 8 << 20}, scratch, yumen.KindLimit, nil},
		{"folder maze", testSpec{}, maze, "", nil},
		{"answer bomb", testSpec{}, nil, yumen.KindLimit, nil},
		{"progress flood", testSpec{}, nil, "", is(`"done"`)},
		{"chatter", testSpec{}, nil, "", is(`"done"`)},
		{"junk on the wire", testSpec{Arg: "HTTP/1.1 200 OK\r\n\r\n"}, nil, yumen.KindCorrupt, nil},
		{"forged end", testSpec{}, nil, yumen.KindCorrupt, nil},
		{"half an output", testSpec{}, nil, yumen.KindFailed, nil},
		{"abort", testSpec{}, nil, yumen.KindFailed, nil},
		{"deep recursion", testSpec{}, large, yumen.KindFailed, nil},
		{"deaf loop", testSpec{}, short, yumen.KindLimit, nil},
		{"sleep", testSpec{}, short, yumen.KindLimit, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer nothingLeft(t)()
			c.spec.Do = c.name
			got, _, err := deed(t, h, c.spec, c.edit)
			if c.kind == "" && err != nil || c.kind != "" && yumen.KindOf(err) != c.kind {
				t.Errorf("kind %s: %v", yumen.KindOf(err), err)
			}
			if c.answer != nil && !c.answer(got.Answer) {
				t.Errorf("answer %s", got.Answer)
			}
			if err != nil && strings.Contains(err.Error(), "4711") {
				t.Errorf("the error carries data: %v", err)
			}
			t.Logf("%s %v", got.Answer, err)
			if _, _, err := deed(t, h, testSpec{Do: "answer"}, nil); err != nil {
				t.Errorf("the next run: %v", err)
			}
		})
	}
}

func is(want string) func(json.RawMessage) bool {
	return func(got json.RawMessage) bool { return string(got) == want }
}

func below(max int) func(json.RawMessage) bool {
	return func(got json.RawMessage) bool {
		n, err := strconv.Atoi(string(got))
		return err == nil && n > 0 && n < max
	}
}

// TestNeighbours: a run beside one that uses up all it can is served.
func TestNeighbours(t *testing.T) {
	h := testHost(t, Config{})
	bomb := make(chan error, 1)
	go func() {
		_, err := h.Run(context.Background(),
			task.Task{Role: task.Query, Spec: testSpec{Do: "go memory bomb"}, Limits: yumen.Limits{Memory: 512 << 20}},
			nil)
		bomb <- err
	}()
	for range 5 {
		if _, err := h.Run(t.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}}, nil); err != nil {
			t.Error(err)
		}
	}
	if err := <-bomb; yumen.KindOf(err) != yumen.KindLimit {
		t.Error(err)
	}
}

// TestHundredRunsAtOnce: all end, and never do more live at once than the budget holds.
func TestHundredRunsAtOnce(t *testing.T) {
	h := testHost(t, Config{Memory: 4 << 30, Threads: 4})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := h.Run(t.Context(), task.Task{Role: task.Query, Spec: testSpec{Do: "answer"}},
				map[string]io.Writer{}); err != nil {
				t.Error(err)
			}
		})
	}
	most := 0
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for {
		select {
		case <-done:
			if most > 2 {
				t.Errorf("%d enclaves at once, the budget holds 2", most)
			}
			return
		case <-time.After(5 * time.Millisecond):
			most = max(most, len(children(t)))
		}
	}
}

// helperEnv makes the test binary a server that runs one long enclave, to be killed.
const helperEnv = "YUMEN_TEST_HELPER_SCRATCH"

func TestHelperServer(t *testing.T) {
	scratch := os.Getenv(helperEnv)
	if scratch == "" {
		t.Skip("is a helper of TestParentKilled")
	}
	h, err := New(Config{Scratch: scratch})
	if err != nil {
		t.Fatal(err)
	}
	go func() { fmt.Println("child", lastingChild(t)) }()
	_, err = h.Run(context.Background(), task.Task{Role: task.Query, Spec: testSpec{Do: os.Getenv(helperEnv + "_DO")}},
		nil)
	t.Fatal("the run ended: ", err)
}

// lastingChild waits for a child that is still there after a while: the os package starts one of its own, to try out
// pidfds.
func lastingChild(t testing.TB) string {
	seen := ""
	for {
		now := children(t)
		if len(now) == 1 && now[0] == seen {
			return seen
		}
		seen = ""
		if len(now) == 1 {
			seen = now[0]
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// TestParentKilled: when the server is killed, its enclave dies with it, even one that listens to nobody; what it
// leaves on disk is removed by the next one.
func TestParentKilled(t *testing.T) {
	for _, do := range []string{"sleep", "deaf loop"} {
		t.Run(do, func(t *testing.T) {
			defer nothingLeft(t)()
			scratch := t.TempDir()
			server := exec.Command("/proc/self/exe", "-test.run=^TestHelperServer$")
			server.Env = append(os.Environ(), helperEnv+"="+scratch, helperEnv+"_DO="+do)
			out, err := server.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			enclave := 0
			for s := bufio.NewScanner(out); enclave == 0 && s.Scan(); {
				_, _ = fmt.Sscanf(s.Text(), "child %d", &enclave)
			}
			if enclave == 0 {
				t.Fatal("the helper started no enclave")
			}
			time.Sleep(100 * time.Millisecond) // into the handler
			_ = server.Process.Kill()
			_ = server.Wait()
			awaitDeath(t, enclave)
			sweepLeftovers(t, scratch)
		})
	}
}

// awaitDeath waits for a process to be gone, or to be a corpse that nobody has collected.
func awaitDeath(t *testing.T, pid int) {
	t.Helper()
	for range 6000 { // a minute
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if _, after, _ := strings.Cut(string(stat), ") "); errors.Is(err, os.ErrNotExist) ||
			strings.HasPrefix(after, "Z") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Errorf("enclave %d outlived its parent", pid)
}

func sweepLeftovers(t *testing.T, scratch string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(scratch, workdirPrefix+"*"))
	if len(left) != 1 {
		t.Fatalf("left on disk: %v", left)
	}
	testHost(t, Config{Scratch: scratch})
	if again, _ := filepath.Glob(filepath.Join(scratch, workdirPrefix+"*")); len(again) != 1 {
		t.Error("a folder of this minute was swept")
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left[0], old, old); err != nil {
		t.Fatal(err)
	}
	if _, _, err := deed(t, testHost(t, Config{Scratch: scratch}), testSpec{Do: "answer"}, nil); err != nil { // deed checks the folder
		t.Error(err)
	}
	noGroupLeft(t)
}

func noGroupLeft(t testing.TB) {
	t.Helper()
	var c cgroups
	parents, _ := c.find()
	for _, dir := range parents {
		if left, _ := filepath.Glob(filepath.Join(dir, groupPrefix+strconv.Itoa(os.Getpid())+"-*")); len(left) > 0 {
			t.Errorf("control groups left: %v", left)
		}
	}
}

// TestAsOrdinaryUser runs the suite again as a user without any privilege, where this one is root.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("needs root, to become somebody else")
	}
	dir, err := os.MkdirTemp("", "yumen-ordinary-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	const nobody = 65534
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "tmp"), 0o700),
		os.Chown(filepath.Join(dir, "tmp"), nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "sandbox.test")
	if err := os.WriteFile(binary, self, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^(TestRun|TestAttempts|TestBombs|TestDoctor|TestParentKilled)", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + filepath.Join(dir, "tmp"), "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	passed := strings.Count(string(out), "\n    --- PASS")
	if err != nil || passed < len(Probes()) {
		t.Fatalf("%v, %d passed:\n%s", err, passed, failures(string(out)))
	}
	t.Logf("%d passed as uid %d", passed, nobody)
}

// TestInheritedDescriptors: what the server itself inherited does not reach its enclaves.
func TestInheritedDescriptors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(path, unix.O_RDONLY, 0) // without O_CLOEXEC, as from a careless parent
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD, 300)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(high)
	if _, _, err := deed(t, testHost(t, Config{}), testSpec{Do: "attempt", Arg: "find a descriptor left open"},
		nil); err != nil {
		t.Error(err)
	}
}

// failures picks, from the verbose output of a test binary, the lines that may say why it failed.
func failures(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		said := strings.Contains(line, "_test.go:") && !strings.Contains(line, ": \"E") // what attempts ended with
		if said || strings.Contains(line, "FAIL") || strings.HasPrefix(line, "panic:") {
			b.WriteString(line)
		}
	}
	return b.String()
}
