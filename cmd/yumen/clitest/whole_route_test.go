package clitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// TestWholeRouteOfMakeServe is what a reader may run to see all of it: make serve, and then from another folder people
// who log in at an OpenID provider or have a token, a job in SQL and one that is a module, a review by two people in
// the midst of which one of them loses the role, a release with its receipt, and the limits of tenants and disks.
//
//	go test ./cmd/yumen/clitest -run TestWholeRouteOfMakeServe -v
//
// Duty 107 (XX33.1): a sandbox for statements and modules, from submission to release.
func TestWholeRouteOfMakeServe(t *testing.T) {
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Shutdown() // the test is over
	c := &madeCity{T: t, city: filepath.Join(t.TempDir(), "city"), desk: t.TempDir()}
	c.make()
	c.keeps(provider)
	c.logIn(provider, "applicant.gao")
	for _, name := range []string{"analyst.lin", "reviewer.sun", "reviewer.qian", "regulator.chen"} {
		c.take(name)
	}
	sql := c.submit("analyst.lin", "visits_by_district.yaml")
	module := c.submit("applicant.gao", "readmission.yaml")
	if sql.Engine != yumen.EngineSQL || module.Engine != yumen.EngineWasm || module.Class != yumen.ClassOpaque {
		t.Fatalf("%+v\n%+v", sql, module)
	}
	c.decide(sql, "analyst.lin", "reviewer.sun")
	c.reviewByTwo(module)
	c.limits()
}

// madeCity is a demo city that make serves, and a desk from where it is asked.
type madeCity struct {
	*testing.T
	city, desk string
	address    string
	cmd        *exec.Cmd
	said       *quiet
	ended      chan error
}

// quiet keeps what a program says.
type quiet struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (q *quiet) Write(b []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.Write(b)
}

func (q *quiet) String() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.String()
}

// makes is make serve with what is built already.
func (c *madeCity) makes(args ...string) *exec.Cmd {
	cmd := exec.Command("make",
		append([]string{"-C", "../../..", "serve", "-o", "build", "BIN=" + bin, "CITY=" + c.city,
			"SERVE=--listen 127.0.0.1:0 --operations none"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// make starts make serve and waits until the server answers.
func (c *madeCity) make(args ...string) {
	c.Helper()
	c.cmd, c.said, c.ended = c.makes(args...), &quiet{}, make(chan error, 1)
	c.cmd.Stdout, c.cmd.Stderr = c.said, c.said
	if err := c.cmd.Start(); err != nil {
		c.Skip("make is not there: ", err)
	}
	cmd, ended := c.cmd, c.ended
	go func() { ended <- cmd.Wait() }()
	c.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	at := regexp.MustCompile(`"door":"users","address":"([^"]+)"`)
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if m := at.FindStringSubmatch(c.said.String()); m != nil {
			c.address = "https://" + m[1]
			return
		}
		select {
		case err := <-c.ended:
			c.Fatalf("make serve: %v\n%s", err, c.said)
		default:
		}
		if time.Since(begin) > 5*time.Minute {
			c.Fatalf("make serve does not listen\n%s", c.said)
		}
	}
}

// stop ends the server in order.
func (c *madeCity) stop() {
	c.Helper()
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGTERM) // it may have ended
	select {
	case <-c.ended:
	case <-time.After(time.Minute):
		c.Fatalf("the server does not stop\n%s", c.said)
	}
}

// keeps tries to have the city made anew while it is served, which is refused, and serves it once more with a provider:
// what was there is kept.
func (c *madeCity) keeps(provider *mockoidc.MockOIDC) {
	c.Helper()
	for _, args := range [][]string{nil, {"FRESH=1"}} {
		out, err := c.makes(args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "is in use") {
			c.Fatalf("make serve %v while it is served: %v\n%s", args, err, out)
		}
	}
	c.Logf("$ make serve (once more)\n%s", "refused: the city is in use")
	c.stop()
	settings, err := os.ReadFile(filepath.Join(c.city, "home.yaml"))
	if err != nil {
		c.Fatal(err)
	}
	write(c.T, c.city, "home.yaml", string(settings)+fmt.Sprintf(
		"\noidc: {issuer: %s, client_id: %s, client_secret_file: %s}\n", provider.Issuer(), provider.ClientID,
		write(c.T, c.T.TempDir(), "secret", provider.ClientSecret)))
	before, err := os.ReadFile(filepath.Join(c.city+"-tokens", "analyst.lin"))
	if err != nil {
		c.Fatal(err)
	}
	c.make()
	if after, err := os.ReadFile(filepath.Join(c.city+"-tokens", "analyst.lin")); err != nil ||
		!bytes.Equal(before, after) {
		c.Errorf("make serve did not keep what was there: %v", err)
	}
	write(c.T, c.desk, "server.crt", c.read(filepath.Join(c.city, "keys", "server.crt")))
	write(c.T, c.desk, "domain.pub", c.read(filepath.Join(c.city, "keys", "domain.pub")))
	jobs, err := filepath.Glob(c.city + "-files/*")
	if err != nil {
		c.Fatal(err)
	}
	for _, f := range jobs {
		if regexp.MustCompile(`(visits_by_district|readmission)\.`).MatchString(f) {
			write(c.T, c.desk, filepath.Base(f), c.read(f))
		}
	}
}

func (c *madeCity) read(path string) string {
	c.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		c.Fatal(err)
	}
	return string(b)
}

// command is one of a person at the desk, which has nothing of the home but its two public files.
func (c *madeCity) command(args ...string) *exec.Cmd {
	cmd := exec.Command(bin, append(args, "--server", c.address, "--ca", "server.crt")...)
	cmd.Dir = c.desk
	cmd.Env = append(os.Environ(), "HOME="+c.desk)
	return cmd
}

// ask runs a command of a person and tells of it.
func (c *madeCity) ask(person string, args ...string) answer {
	c.Helper()
	cmd := c.command(append(args, "--token-file", person+".token")...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	shown := out.String()
	if slices.Contains(args, "--json") {
		shown = ""
	}
	c.Logf("%s$ yumen %s\n%s%s", person, strings.Join(args, " "), shown, errs.String())
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (c *madeCity) must(person string, args ...string) string {
	c.Helper()
	a := c.ask(person, args...)
	if a.code != 0 {
		c.Fatalf("%s: yumen %s: %d\n%s%s", person, strings.Join(args, " "), a.code, a.out, a.err)
	}
	return a.out
}

// refused runs a command that has to be refused, with words.
func (c *madeCity) refused(says, person string, args ...string) {
	c.Helper()
	if a := c.ask(person, args...); a.code != 1 || !strings.Contains(a.err, says) {
		c.Errorf("%s: yumen %s: %d, and not %q\n%s%s", person, strings.Join(args, " "), a.code, says, a.out, a.err)
	}
}

// logIn has a person log in at the provider.
func (c *madeCity) logIn(provider *mockoidc.MockOIDC, person string) {
	c.Helper()
	provider.QueueUser(&mockoidc.MockUser{Subject: "s-" + person, PreferredUsername: person})
	code, said := browse(c.T, http.DefaultClient, c.command("login", "--out", person+".token"))
	c.Logf("%s$ yumen login\n%s", person, said)
	if code != 0 {
		c.Fatal(said)
	}
	var tokens []api.Token
	if err := json.Unmarshal([]byte(c.must(person, "token", "list", "--json")), &tokens); err != nil ||
		tokens[len(tokens)-1].Method != api.MethodOIDC {
		c.Errorf("%+v, %v", tokens, err)
	}
}

// take has a person use the token that make serve made for them.
func (c *madeCity) take(person string) {
	c.Helper()
	write(c.T, c.desk, person+".token", c.read(filepath.Join(c.city+"-tokens", person)))
}

func (c *madeCity) submit(person, file string) (j yumen.Job) {
	c.Helper()
	if err := json.Unmarshal([]byte(c.must(person, "job", "submit", file, "--json")), &j); err != nil ||
		j.State != yumen.StateInReview {
		c.Fatalf("%s: %+v, %v", file, j, err)
	}
	return j
}

// artifact is the digest of what a reviewer decides on.
func (c *madeCity) artifact(reviewer string, j yumen.Job) string {
	c.Helper()
	var shown yumen.Job
	if err := json.Unmarshal([]byte(c.must(reviewer, "job", "show", j.ID, "--json")), &shown); err != nil {
		c.Fatal(err)
	}
	return string(shown.Artifact)
}

// decide has a result read, approved and released, and fetched and verified by whoever asked for it.
func (c *madeCity) decide(j yumen.Job, submitter, reviewer string) {
	c.Helper()
	c.must(reviewer, "review", "show", j.ID)
	c.must(reviewer, "review", "preview", j.ID, "--rows", "3")
	c.must(reviewer, "review", "vote", j.ID, c.artifact(reviewer, j), "--reason", "as the contract allows")
	c.must(reviewer, "review", "release", j.ID)
	c.fetch(j, submitter)
}

// fetch fetches a release and verifies it with nothing but the public key.
func (c *madeCity) fetch(j yumen.Job, submitter string) {
	c.Helper()
	file := j.ID + ".csv"
	c.must(submitter, "release", "get", "r"+strings.TrimPrefix(j.ID, "j"), "--out", file)
	cmd := exec.Command(bin, "release", "verify", j.ID+".receipt", "--file", file, "--key", "domain.pub")
	cmd.Dir = c.desk
	out, err := cmd.CombinedOutput()
	c.Logf("$ yumen release verify\n%s", out)
	if err != nil || strings.Contains(string(out), "✗") || strings.Count(string(out), "✓") < 7 {
		c.Errorf("release verify: %v\n%s", err, out)
	}
}

// reviewByTwo has a module's result decided by two people. In the midst one of them loses the role, and counts no more
// until it is back.
func (c *madeCity) reviewByTwo(j yumen.Job) {
	c.Helper()
	digest := c.artifact("reviewer.sun", j)
	c.refused("may not do review.vote", "applicant.gao", "review", "vote", j.ID, digest, "--reason", "mine")
	c.must("reviewer.sun", "review", "vote", j.ID, digest, "--reason", "read the program")
	c.refused("in_review", "reviewer.sun", "review", "release", j.ID)
	c.must("regulator.chen", "person", "role", "withdraw", "reviewer.qian", "reviewer")
	c.refused("may not do review.vote", "reviewer.qian", "review", "vote", j.ID, digest, "--reason", "was one")
	c.must("regulator.chen", "person", "role", "grant", "reviewer.qian", "reviewer")
	c.again("reviewer.qian")
	c.must("reviewer.qian", "review", "vote", j.ID, digest, "--reason", "read it, too")
	c.must("reviewer.qian", "review", "release", j.ID)
	c.fetch(j, "applicant.gao")
}

// again gives a person a new token at the home, where the role that was given ended those before.
func (c *madeCity) again(person string) {
	c.Helper()
	file := filepath.Join(c.desk, person+".token")
	if err := os.Remove(file); err != nil {
		c.Fatal(err)
	}
	out, err := exec.Command(bin, "token", "create", "--home", c.city, "--as", person, "--out", file).CombinedOutput()
	if err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
}

// limits has the server read limits of tenants and disks that are as good as reached, by SIGHUP: new work is refused,
// what is held is decided all the same.
func (c *madeCity) limits() {
	c.Helper()
	was := c.read(filepath.Join(c.city, "home.yaml"))
	held := c.submit("analyst.lin", "visits_by_district.yaml")
	c.reload(was + "\nlimits: {each_organisation: {held: 1MiB}}\n")
	a := c.ask("analyst.lin", "job", "submit", "visits_by_district.yaml")
	if a.code != 1 || !strings.Contains(a.err, "quota.held") || !strings.Contains(a.err, "city-data-group") {
		c.Errorf("the limit of the tenant: %d %s%s", a.code, a.out, a.err)
	}
	c.reload(was + "\ndisk: {reserve: 4000TiB}\n")
	c.refused("nearly full", "analyst.lin", "job", "submit", "visits_by_district.yaml")
	c.decide(held, "analyst.lin", "reviewer.qian")
	c.reload(was)
	c.submit("analyst.lin", "visits_by_district.yaml")
}

// reload has the server read other settings.
func (c *madeCity) reload(settings string) {
	c.Helper()
	write(c.T, c.city, "home.yaml", settings)
	n := strings.Count(c.said.String(), `"msg":"reloaded"`)
	pid := 0
	if _, err := fmt.Sscan(c.read(filepath.Join(c.city, "lock")), &pid); err != nil {
		c.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		c.Fatal(err)
	}
	for range 1000 {
		if strings.Count(c.said.String(), `"msg":"reloaded"`) > n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.Fatalf("it does not reload\n%s", c.said)
}
