package clitest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
)

// TestOneServer: a home has one server, which says so to a second one and to whoever needs the home for themselves; it
// ends in order, and a socket that is left over stops nobody.
func TestOneServer(t *testing.T) {
	h := newHome(t)
	r := h.serve()
	defer h.stop()
	if !h.answers() {
		t.Fatalf("no server: %s", r.saidSoFar())
	}
	for _, args := range [][]string{{"serve", "--listen", "none", "--operations", "none"}, {"store", "migrate"}} {
		a := h.run(args...)
		if a.code != 1 || !strings.Contains(a.err,
			fmt.Sprintf("a server (pid %d) has this home open", r.cmd.Process.Pid)) ||
			!strings.Contains(a.err, "stop the server first") {
			t.Errorf("%v: %d %s", args, a.code, a.err)
		}
	}
	file := filepath.Join(t.TempDir(), "b.tar")
	h.must("backup", file)
	if out, err := exec.Command("tar", "tf", file).CombinedOutput(); err != nil ||
		strings.Contains(string(out), "server.sock") {
		t.Errorf("the backup: %v\n%s", err, out)
	}
	if fi, err := os.Stat(filepath.Join(h.dir, "server.sock")); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", fi, err)
	}
	h.stop()
	if _, err := os.Lstat(filepath.Join(h.dir, "server.sock")); err == nil {
		t.Error("the socket is left")
	}
	h.must("catalog", "list")
	r = h.serve()
	_ = r.cmd.Process.Kill()
	<-r.ended
	delete(servers, h.dir)
	h.must("catalog", "list") // directly, although a socket is left
	h.serve()
	h.must("catalog", "list")
}

// TestServerKilled kills a server at every point of the steps of a job, and starts it again: whoever submitted the job
// is answered by the next one as if nothing had been, it ends what was begun, and nothing is lost or done twice.
func TestServerKilled(t *testing.T) {
	base, file := newHome(t), write(t, t.TempDir(), "q.sql", countSQL)
	points := points
	if testing.Short() {
		points = []string{"after-log"}
	}
	for _, point := range points {
		for _, step := range []int{3, 5, 7} { // the first two are the start and the code of a home without tokens
			h := copyHome(t, base)
			h.env = []string{fmt.Sprintf("YUMEN_CRASH=%s:%d", point, step)}
			r := h.serve()
			h.env = nil
			said := make(chan answer, 1)
			go func() {
				said <- h.run("job", "submit", "--contract", "study", "--sql", file, "--as", "analyst", "--json")
			}()
			if <-r.ended; r.cmd.ProcessState.ExitCode() != -1 {
				t.Fatalf("%s:%d: the server was not killed", point, step)
			}
			delete(servers, h.dir)
			h.serve()
			var j yumen.Job
			if a := <-said; a.code != 0 || json.Unmarshal([]byte(a.out), &j) != nil || j.State != yumen.StateInReview {
				t.Errorf("%s:%d: %d %s%s", point, step, a.code, a.out, a.err)
			}
			if jobs := ask[[]yumen.Job](h, "job", "list"); len(jobs) != 1 || jobs[0].ID != j.ID {
				t.Errorf("%s:%d: %d jobs", point, step, len(jobs))
			}
			h.bringHome()
			h.stop()
			h.intact()
		}
	}
}

// Where a server does not come back, whoever asked is told what is known of the job, and how to go on.
func TestServerGone(t *testing.T) {
	base, file := newHome(t), write(t, t.TempDir(), "q.sql", countSQL)
	for step, says := range map[int]string{2: "nobody knows whether the job was submitted",
		4: "was submitted, and the server goes on with it"} {
		h := copyHome(t, base)
		h.env = []string{fmt.Sprintf("YUMEN_CRASH=before-intent:%d", step)}
		r := h.serve()
		h.env = nil
		a := h.run("job", "submit", "--contract", "study", "--sql", file, "--as", "analyst")
		<-r.ended
		delete(servers, h.dir)
		next := regexp.MustCompile(`→ yumen job (list|show (j-\S+))`).FindStringSubmatch(a.err)
		if a.code != 1 || !strings.Contains(a.err, says) || next == nil {
			t.Fatalf("step %d: %d %s%s", step, a.code, a.out, a.err)
		}
		args := append([]string{"job"}, strings.Fields(next[1])...)
		if got := h.must(append(args, "--as", "analyst")...); !strings.Contains(got, next[2]) {
			t.Errorf("%v: %s", args, got)
		}
	}
}

// remote is a server that is asked over the network, by people with tokens.
type remote struct {
	home
	address string
	tokens  string // folder of their files
}

// serveRemote serves a home by TLS on loopback, where each of the people has a token.
func serveRemote(t *testing.T, h home, names ...string) (remote, *running) {
	t.Helper()
	write(t, h.dir, "home.yaml", "domain: test-domain\nisolation: reduced\nlocal_identities: asserted\n")
	r := h.serve("--listen", "127.0.0.1:0")
	rem := remote{home{t: t, dir: h.dir}, listensAt(t, r), t.TempDir()}
	for _, name := range names {
		h.must("token", "create", "--as", name, "--out", filepath.Join(rem.tokens, name))
	}
	return rem, r
}

// listensAt is the address at which a server that was started listens for users.
func listensAt(t *testing.T, r *running) string {
	t.Helper()
	at := regexp.MustCompile(`"door":"users","address":"([^"]+)"`)
	for range 500 {
		if at.Match(r.saidSoFar()) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	m := at.FindSubmatch(r.saidSoFar())
	if m == nil {
		t.Fatalf("it does not listen: %s", r.saidSoFar())
	}
	return "https://" + string(m[1])
}

// ask runs a command as a person, at the address.
func (r remote) ask(person string, args ...string) answer {
	r.t.Helper()
	args = append(args, "--server", r.address, "--ca", filepath.Join(r.dir, "keys", "server.crt"))
	if person != "" {
		args = append(args, "--token-file", filepath.Join(r.tokens, person))
	}
	cmd := exec.Command(bin, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (r remote) must(person string, args ...string) string {
	r.t.Helper()
	a := r.ask(person, args...)
	if a.code != 0 {
		r.t.Fatalf("%s: yumen %s: %d\n%s%s", person, strings.Join(args, " "), a.code, a.out, a.err)
	}
	return a.out
}

// TestFromAnotherFolder: people with tokens take a job from submission to a verified file over the network, each as
// themselves; whoever has no token, one that was revoked, or a role that was withdrawn meanwhile is refused. The
// server's log has no job, no text and no value.
func TestFromAnotherFolder(t *testing.T) {
	h := newHome(t)
	r, server := serveRemote(t, h, "analyst", "reviewer", "reviewer2", "regulator")
	defer h.stop()
	sql := write(t, t.TempDir(), "q.sql", countSQL)
	var j yumen.Job
	if err := json.Unmarshal([]byte(r.must("analyst", "job", "submit", "--contract", "study", "--sql", sql, "--json")),
		&j); err != nil || j.State != yumen.StateInReview {
		t.Fatalf("%+v, %v", j, err)
	}
	if err := json.Unmarshal([]byte(r.must("reviewer", "job", "show", j.ID, "--json")), &j); err != nil {
		t.Fatal(err)
	}
	r.must("reviewer", "review", "show", j.ID)
	r.must("reviewer", "review", "preview", j.ID)
	for person, want := range map[string]string{"analyst": "analyst (analyst) may not do review.vote",
		"": "a server is asked with a token"} {
		if a := r.ask(person, "review", "vote", j.ID, string(j.Artifact), "--reason", "mine"); a.code == 0 ||
			!strings.Contains(a.err, want) {
			t.Errorf("%q: %d %s", person, a.code, a.err)
		}
	}
	if a := r.ask("reviewer", "review", "list", "--as", "regulator"); a.code != 2 ||
		!strings.Contains(a.err, "the token is that of reviewer") {
		t.Errorf("another name: %d %s", a.code, a.err)
	}
	r.must("regulator", "person", "role", "withdraw", "reviewer2", "reviewer")
	if a := r.ask("reviewer2", "review", "vote", j.ID, string(j.Artifact), "--reason", "was one"); a.code != 1 ||
		!strings.Contains(a.err, "may not do") {
		t.Errorf("a role that was withdrawn: %d %s", a.code, a.err)
	}
	r.must("reviewer", "review", "vote", j.ID, string(j.Artifact), "--reason", "fine")
	r.must("reviewer", "review", "release", j.ID)
	out, name := t.TempDir(), "r"+strings.TrimPrefix(j.ID, "j")
	r.must("analyst", "release", "get", name, "--out", out)
	h.must("release", "verify", filepath.Join(out, name+".receipt"), "--file", filepath.Join(out, name+".csv"))
	id := regexp.MustCompile(`[a-z2-9]{12}`).FindString(r.must("analyst", "token", "list"))
	r.must("regulator", "token", "revoke", id)
	if a := r.ask("analyst", "job", "list"); a.code != 1 || !strings.Contains(a.err, "no token of this domain") &&
		!strings.Contains(a.err, "revoked") {
		t.Errorf("a revoked token: %d %s", a.code, a.err)
	}
	r.reloads(server)
	h.stop()
	for _, word := range []string{"north", "SELECT", j.ID, name, "yumen_"} {
		if strings.Contains(string(server.saidSoFar()), word) {
			t.Errorf("the log of the server says %s:\n%s", word, server.saidSoFar())
		}
	}
}

// reloads has the server read its configuration again, which the audit log names by its digest; one that is wrong
// changes nothing.
func (r remote) reloads(server *running) {
	r.t.Helper()
	text, settings := "limits: {body: 1KiB}\n", filepath.Join(r.dir, "home.yaml")
	write(r.t, r.dir, "server.yaml", text)
	before, err := os.ReadFile(settings)
	if err != nil {
		r.t.Fatal(err)
	}
	low := string(before) + "disk: {reserve: 4000TiB}\n"
	write(r.t, r.dir, "home.yaml", low)
	r.hang(server, `"msg":"reloaded"`)
	long := write(r.t, r.t.TempDir(), "long.sql", countSQL+strings.Repeat(" ", 2000))
	if a := r.ask("reviewer", "job", "submit", "--contract", "study", "--sql", long); a.code != 1 ||
		!strings.Contains(a.err, "more than 1KiB") {
		r.t.Errorf("the limit is not in force: %d %s", a.code, a.err)
	}
	write(r.t, r.dir, "server.yaml", "limits: {body: 0B, nonsense: 1}\n")
	r.hang(server, "nothing changes")
	if log := r.must("regulator", "audit", "tail"); strings.Count(log, "server.reload") != 1 ||
		!strings.Contains(log, "configuration="+yumen.DigestOf([]byte(text)).Short()) ||
		!strings.Contains(log, "settings="+yumen.DigestOf([]byte(low)).Short()) {
		r.t.Errorf("the log: %s", log)
	}
	write(r.t, r.dir, "home.yaml", string(before))
}

// hang sends SIGHUP and waits until the server says something.
func (r remote) hang(server *running, want string) {
	r.t.Helper()
	if err := server.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		r.t.Fatal(err)
	}
	for range 500 {
		if strings.Contains(string(server.saidSoFar()), want) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Errorf("it does not say %s: %s", want, server.saidSoFar())
}
