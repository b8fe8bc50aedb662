package clitest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// A token is made, used, listed and revoked, as its holder would do it; from the first one on nobody can be named
// without.
func TestTokens(t *testing.T) { eachWay(t, tokensScript) }

func tokensScript(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	file := filepath.Join(dir, "token")
	h.must("token", "create", "--out", file, "--label", "laptop", "--as", "admin")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if a := h.run("audit", "tail", "--as", "admin"); a.code != 1 || !strings.Contains(a.err, "local_identities") {
		t.Errorf("named without a token: %d %s", a.code, a.err)
	}
	out := h.must("token", "list", "--token-file", file)
	if !strings.Contains(out, "laptop") || strings.Contains(out, secretIn(t, file)) {
		t.Errorf("%s", out)
	}
	if a := h.run("token", "create", "--out", file, "--token-file", file); a.code != 1 ||
		!strings.Contains(a.err, "already there") {
		t.Errorf("over another file: %d %s", a.code, a.err)
	}
	code := filepath.Join(dir, "code")
	if out := h.must("token", "create", "--for", "analyst", "--scopes", "jobs", "--out", code, "--token-file",
		file); !strings.Contains(out, "--token-file "+code) {
		t.Errorf("%s", out)
	}
	if a := h.run("job", "recur", "--token-file", code); a.code != 1 || !strings.Contains(a.err, "one-time code") {
		t.Errorf("a code does more: %d %s", a.code, a.err)
	}
	made := ask[api.IssuedToken](h, "token", "create", "--token-file", code)
	if a := h.run("token", "create", "--token-file", code); a.code != 1 || !strings.Contains(a.err, "revoked") ||
		made.HandedBy != "admin" {
		t.Errorf("a code counts twice: %d %s", a.code, a.err)
	}
	few := write(t, dir, "few", made.Secret)
	h.must("job", "recur", "--token-file", few)
	if a := h.run("contract", "show", "study", "--token-file", few, "--as", "analyst"); a.code != 1 ||
		!strings.Contains(a.err, "scope") {
		t.Errorf("beyond its scopes: %d\n%s%s", a.code, a.out, a.err)
	}
	if a := h.run("job", "list", "--token-file", few, "--as", "reviewer"); a.code != 2 ||
		!strings.Contains(a.err, "analyst") {
		t.Errorf("as somebody else: %d %s", a.code, a.err)
	}
	if got := ask[[]api.Token](h, "token", "revoke", made.ID, "--token-file", file); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if a := h.run("job", "recur", "--token-file", few); a.code != 1 || !strings.Contains(a.err, "revoked") {
		t.Errorf("revoked: %d %s", a.code, a.err)
	}
	if a := h.run("token", "revoke", made.Secret, "--token-file", file); a.code != 2 ||
		strings.Contains(a.out+a.err, made.Secret) {
		t.Errorf("a secret on the command line: %d %s", a.code, a.err)
	}
	h.must("audit", "verify")
	if log := h.must("audit", "export", "--token-file", file); strings.Contains(log, secretIn(t, file)) ||
		!strings.Contains(log, "token.revoke") {
		t.Error("the log is not as it should be")
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if a := h.run("token", "list", "--token-file", file); a.code != 1 || !strings.Contains(a.err, "others can read") {
		t.Errorf("a file that others can read: %d %s", a.code, a.err)
	}
}

func secretIn(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// A contract that asks for it takes no vote of somebody whom nobody authenticated.
func TestAssertedVotesAreRefused(t *testing.T) { eachWay(t, assertedVotesScript) }

func assertedVotesScript(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	text := strings.Replace(contractYAML, "contract: study", "contract: strict", 1) + "review: {authenticated: true}\n"
	h.must("contract", "sign", write(t, dir, "strict.yaml", text), "--as", "regulator")
	job := ask[yumen.Job](h, "job", "submit", "--contract", "strict", "--sql", write(t, dir, "q.sql", countSQL), "--as",
		"analyst")
	a := h.run("review", "vote", job.ID, h.artifact(job.ID), "--reason", "fine", "--as", "reviewer")
	if a.code != 1 || !strings.Contains(a.err, "vote.authenticated") {
		t.Errorf("%d %s", a.code, a.err)
	}
}

// A role that is withdrawn in the middle of a review counts at the next step, and people.yaml no more.
func TestRoleWithdrawnInReview(t *testing.T) { eachWay(t, roleWithdrawnScript) }

func roleWithdrawnScript(t *testing.T) {
	h := newHome(t)
	job, _ := h.submitSQL(countSQL)
	digest := h.artifact(job.ID)
	if a := h.run("person", "role", "grant", "admin", "reviewer", "--as", "admin"); a.code != 1 ||
		!strings.Contains(a.err, "appoint.self") || !strings.Contains(a.err, "appoint.role") {
		t.Errorf("an administrator makes themselves a reviewer: %d %s", a.code, a.err)
	}
	h.must("review", "vote", job.ID, digest, "--reason", "fine", "--as", "reviewer")
	h.must("person", "role", "withdraw", "reviewer", "reviewer", "--as", "regulator")
	if a := h.run("review", "release", job.ID, "--as", "reviewer"); a.code != 1 {
		t.Errorf("released by somebody without the role: %s", a.out)
	}
	h.must("org", "add", "court", "--contact", "wang@court", "--credential", "appointment=2099-12-31", "--as", "admin")
	h.must("person", "add", "wang.wu", "--org", "court", "--role", "reviewer", "--as", "regulator")
	if a := h.run("review", "release", job.ID, "--as", "wang.wu"); a.code != 1 ||
		!strings.Contains(a.err, "release.votes") {
		t.Errorf("released on a vote that counts no more: %d %s%s", a.code, a.out, a.err)
	}
	h.must("review", "vote", job.ID, digest, "--reason", "fine", "--as", "wang.wu")
	h.must("review", "release", job.ID, "--as", "wang.wu")
	if out := h.must("person", "list", "--as", "analyst"); !strings.Contains(out, "wang.wu") {
		t.Errorf("%s", out)
	}
	if out := h.must("org", "show", "court", "--as", "analyst"); strings.Contains(out, "wang@court") ||
		!strings.Contains(out, "appointment") {
		t.Errorf("%s", out)
	}
	h.must("audit", "verify")
	h.stop()
	write(t, h.dir, "people.yaml", people+"  - {name: mallory, org: lab, roles: [reviewer]}\n")
	if a := h.run("review", "list", "--as", "mallory"); a.code != 1 || !strings.Contains(a.err, "yumen person") {
		t.Errorf("a file that counts no more: %d %s", a.code, a.err)
	}
}

// What comes next is said as whoever reads it came in: people with a token are told of no name.
func TestHintsFitTheWayIn(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	settings, err := os.ReadFile(filepath.Join(h.dir, "home.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.dir, "home.yaml", string(settings)+"\nlocal_identities: asserted\n")
	sql := write(t, dir, "q.sql", countSQL)
	for _, way := range []string{"--as", "--token-file"} {
		who := func(name string) []string {
			if way == "--as" {
				return []string{way, name}
			}
			file := filepath.Join(dir, name)
			if _, err := os.Stat(file); err != nil {
				h.must("token", "create", "--out", file, "--as", name)
			}
			return []string{way, file}
		}
		must := func(name, next string, args ...string) {
			t.Helper()
			out := h.must(append(args, who(name)...)...)
			if named := strings.Contains(out, "--as "); named != (way == "--as") || !strings.Contains(out, next) {
				t.Errorf("%s, %v: %s", way, args, out)
			}
		}
		must("analyst", "yumen review show", "job", "submit", "--contract", "study", "--sql", sql)
		jobs := ask[[]yumen.Job](h, "job", "list", "--as", "reviewer")
		job := jobs[slices.IndexFunc(jobs, func(j yumen.Job) bool { return j.State == yumen.StateInReview })]
		must("reviewer", "yumen review vote", "review", "show", job.ID)
		must("reviewer", "yumen review release", "review", "vote", job.ID, h.artifact(job.ID), "--reason", "fine")
		must("reviewer", "yumen release get", "review", "release", job.ID)
	}
}
