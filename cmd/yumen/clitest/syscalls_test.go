package clitest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSyscalls traces the demonstration, in which every role but those of a file of one's own is at work, and says
// which system calls each enclave made from its leave to start on. It fails if the list refused one that is not known
// to be merely tried, or if a trace cannot be read. It takes minutes and needs strace: `make syscalls` asks for it.
func TestSyscalls(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if os.Getenv("YUMEN_TRACE") == "" || err != nil {
		t.Skip("make syscalls, with strace installed, traces what enclaves call")
	}
	file := filepath.Join(t.TempDir(), "trace")
	out, err := exec.Command(strace, "-f", "--pidns-translation", "-s", "64", "-o", file, bin, "demo").CombinedOutput()
	if err != nil {
		t.Logf("the demonstration, slowed down by the tracer, did not end well: %v\n%s", err, out)
	}
	roles := readTrace(t, file)
	for _, role := range []string{"parse", "import", "sql", "check", "fix", "preview", "export", "inspect", "wasm",
		"private", "post"} {
		r := roles[role]
		if r == nil {
			t.Logf("%-8s was not at work", role)
			continue
		}
		t.Logf("%-8s used %d calls: %s", role, len(r.used), strings.Join(sorted(r.used), " "))
		for name, n := range r.refused {
			if !merelyTried[name] {
				t.Errorf("%s: %s was refused %d times", role, name, n)
			}
		}
	}
	if len(roles) < 8 {
		t.Errorf("%d roles were seen at work", len(roles))
	}
}

// merelyTried are calls that fail without harm: clone3, for which libraries take clone, and the runtime's poller trying
// a file that cannot be polled, which is the kernel's answer and not the list's.
var merelyTried = map[string]bool{"clone3": true, "epoll_ctl": true, "close_range": true, "copy_file_range": true,
	"openat2": true, "get_mempolicy": true}

func sorted(m map[string]int) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// traced is what enclaves of one role called.
type traced struct{ used, refused map[string]int }

var (
	traceLine    = regexp.MustCompile(`^(\d+) +(.*)$`)
	traceResumed = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	traceThread  = regexp.MustCompile(`^clone3?\(.*CLONE_THREAD.* = \d+(?: /\* (\d+) in strace's PID NS \*/)?$`)
	traceRole    = regexp.MustCompile(`^read\(3, ?"\{\\"role\\":\\"([a-z]+)\\"`)
	traceLeave   = regexp.MustCompile(`^read\(3, ?"G", 1\)`)
	traceCall    = regexp.MustCompile(`^(\w+)\(.* = (-1 (?:EPERM|ENOSYS)\b)?`)
)

// readTrace adds up, for each role, the calls of its enclaves' threads from their leave to start on.
func readTrace(t *testing.T, path string) map[string]*traced {
	t.Helper()
	calls := traceCalls(t, path)
	enclaves, parents := map[string]bool{}, map[string]string{}
	for _, c := range calls {
		if strings.HasPrefix(c.text, `execve("/proc/self/exe", ["yumen", "enclave"]`) &&
			strings.HasSuffix(c.text, "= 0") {
			enclaves[c.thread] = true
		}
		if m := traceThread.FindStringSubmatch(c.text); m != nil && m[1] != "" {
			parents[m[1]] = c.thread
		}
	}
	process := func(thread string) string {
		for thread != "" && !enclaves[thread] {
			thread = parents[thread]
		}
		return thread
	}
	roles, role, started := map[string]*traced{}, map[string]string{}, map[string]bool{}
	for _, c := range calls {
		p := process(c.thread)
		switch m := traceRole.FindStringSubmatch(c.text); {
		case p == "":
		case m != nil:
			role[p] = m[1]
		case traceLeave.MatchString(c.text):
			started[p] = true
		case started[p]:
			if roles[role[p]] == nil {
				roles[role[p]] = &traced{map[string]int{}, map[string]int{}}
			}
			count(roles[role[p]], c.text)
		}
	}
	return roles
}

func count(r *traced, text string) {
	switch m := traceCall.FindStringSubmatch(text); {
	case m == nil:
	case m[2] != "":
		r.refused[m[1]]++
	default:
		r.used[m[1]]++
	}
}

type traceEntry struct{ thread, text string }

// traceCalls reads the calls that ended, in the order in which they did, with their two halves put together.
func traceCalls(t *testing.T, path string) (out []traceEntry) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begun := map[string]string{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := traceLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		thread, text := m[1], m[2]
		if half, ok := strings.CutSuffix(text, "<unfinished ...>"); ok {
			begun[thread] = strings.TrimRight(half, " ")
			continue
		}
		if r := traceResumed.FindStringSubmatch(text); r != nil {
			text = begun[thread] + r[2]
			if begun[thread] == "" {
				text = fmt.Sprintf("%s(%s", r[1], r[2])
			}
		}
		out = append(out, traceEntry{thread, text})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
