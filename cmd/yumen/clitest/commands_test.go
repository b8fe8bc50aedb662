package clitest

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// queue lists what waits for review, page by page.
func (h home) queue(args ...string) (out []api.Waiting) {
	h.t.Helper()
	for after := ""; ; {
		q := ask[api.Queue](h, append([]string{"review", "list", "--as", "reviewer", "--after", after}, args...)...)
		out = append(out, q.Jobs...)
		if after = q.Next; after == "" {
			if q.Total != len(out) {
				h.t.Errorf("%d jobs on all pages, said to be %d", len(out), q.Total)
			}
			return out
		}
	}
}

// TestEveryCommand takes one home through every command, each once with --json, and checks that it succeeds and answers
// in JSON.
func TestEveryCommand(t *testing.T) { eachWay(t, testEveryCommand) }

func testEveryCommand(t *testing.T) {
	files := t.TempDir()
	h := home{t: t, dir: filepath.Join(t.TempDir(), "home"), json: true}
	said := func(args ...string) map[string]any {
		t.Helper()
		out := h.must(args...)
		var v any
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Errorf("yumen %s: not JSON: %v\n%s", strings.Join(args, " "), err, out)
		}
		m, _ := v.(map[string]any) // lists are not looked into
		return m
	}
	said("init", "--domain", "test-domain")
	write(t, h.dir, "people.yaml", people)
	relax(t, h.dir)
	said("catalog", "register", write(t, files, "visits.yaml", visitsYAML), "--as", "provider")
	said("catalog", "import", "visits", write(t, files, "visits.csv", visitsCSV()), "--as", "provider")
	said("catalog", "publish", "visits", "--as", "provider")
	said("catalog", "list")
	said("catalog", "show", "visits")
	said("contract", "sign", write(t, files, "study.yaml", contractYAML), "--as", "regulator")
	said("contract", "list")
	said("contract", "show", "study")
	said("query", "--explain", "--contract", "study", countSQL, "--as", "analyst")
	asked := write(t, files, "asked.sql", "-- what would come of it?\nexplain policy "+countSQL)
	for _, args := range [][]string{{"query", "EXPLAIN POLICY " + countSQL}, {"job", "submit", "--sql", asked}} {
		if x := said(append(args, "--contract", "study", "--as", "analyst")...); x["emitted_sql"] == nil ||
			x["state"] != nil {
			t.Errorf("yumen %s: not explained: %v", args[0], x)
		}
	}
	sql := write(t, files, "q.sql", countSQL)
	submit := func() string {
		t.Helper()
		id, _ := said("job", "submit", "--contract", "study", "--sql", sql, "--as", "analyst")["id"].(string)
		return id
	}
	artifact := func(job string) string {
		t.Helper()
		d, _ := said("job", "show", job, "--as", "reviewer")["artifact"].(string)
		return d
	}
	first, second, third, fourth := submit(), submit(), submit(), submit()
	said("job", "list")
	said("job", "logs", first, "--as", "reviewer")
	said("job", "resume")
	said("job", "cancel", fourth, "--as", "analyst")
	if got := h.queue("--limit", "2"); len(got) != 3 || got[0].ID != first || got[2].ID != third {
		t.Errorf("the queue in pages of two: %v", got)
	}
	said("review", "show", first, "--as", "reviewer")
	said("review", "preview", first, "--as", "reviewer")
	said("review", "return", second, artifact(second), "--reason", "say what it is for", "--as", "reviewer")
	said("review", "reject", third, artifact(third), "--reason", "not covered by the purpose", "--as", "reviewer")
	said("review", "vote", first, artifact(first), "--reason", "fine", "--as", "reviewer")
	said("review", "release", first, "--format", "parquet", "--as", "reviewer")
	said("job", "recur", first, "--every", "24h", "--as", "analyst")
	said("job", "recur", "--as", "reviewer")
	said("job", "resume") // nothing is due
	said("job", "recur", first, "--end", "--as", "analyst")
	said("release", "list")
	got := said("release", "get", "r"+strings.TrimPrefix(first, "j"), "--out", files, "--as", "analyst")
	receipt, _ := got["receipt"].(string)
	file, _ := got["file"].(string)
	said("release", "verify", receipt, "--file", file)
	said("audit", "verify", "--receipt", receipt, "--file", file, "--key", filepath.Join(h.dir, "keys", "domain.pub"))
	said("store", "migrate")
	said("store", "rotate", "--as", "admin")
	said("store", "destroy", "visits/1", "--reason", "the term is over", "--as", "provider")
	if v := said("audit", "verify"); v["state"].(map[string]any)["destroyed"] != 1.0 {
		t.Errorf("verified: %v", v)
	}
	said("audit", "tail", "--as", "regulator")
	said("contract", "terminate", "study", "--as", "regulator")
	said("doctor")
	said("doctor", "--probes")
	h.json = false
	for line := range strings.Lines(h.must("audit", "export", "--as", "regulator")) {
		var e yumen.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
			t.Errorf("export: %v in %q", err, line)
		}
	}
}

// What checks found in a held result is told to reviewers and regulators, and to nobody else, by no command.
func TestSubmitterIsNotToldFindings(t *testing.T) { eachWay(t, testSubmitterIsNotToldFindings) }

func testSubmitterIsNotToldFindings(t *testing.T) {
	h := newHome(t)
	job, submitted := h.submitSQL(countSQL)
	if job.State != yumen.StateInReview {
		t.Fatalf("job is %s: %v", job.State, job.Error)
	}
	digest := yumen.Digest(h.artifact(job.ID))
	for _, who := range [][]string{{"--as", "analyst"}, {"--as", "admin"}, {"--as", "provider"}, nil} {
		for _, how := range [][]string{{"job", "show", job.ID}, {"job", "list"}, {"job", "resume"}} {
			for _, form := range []string{"--json=true", "--json=false"} {
				got := h.must(append(append(how, form), who...)...)
				for _, secret := range []string{digest.Hex()[:12], "rounds", "findings", `"value"`, `"row":`, "applied",
					"verdict", "threshold.units"} {
					if strings.Contains(got+submitted.out, secret) {
						t.Errorf("yumen %v %v tells %s:\n%s", how, who, secret, got)
					}
				}
			}
		}
	}
	for _, who := range []string{"reviewer", "regulator"} {
		if got := h.must("job", "show", job.ID, "--as", who); !strings.Contains(got, string(digest)) ||
			!strings.Contains(got, "threshold.units") {
			t.Errorf("%s is not told:\n%s", who, got)
		}
	}
	for _, who := range []string{"analyst", "provider"} {
		if a := h.run("job", "logs", job.ID, "--as", who); a.code != 1 || a.out != "" {
			t.Errorf("%s reads the log of a job: %d\n%s", who, a.code, a.out)
		}
	}
	h.must("review", "vote", job.ID, string(digest), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", job.ID, "--as", "reviewer")
	if got := h.must("job", "show", job.ID, "--as", "analyst"); !strings.Contains(got, noticeEN) ||
		strings.Contains(got, "applied") || strings.Contains(got, "held") {
		t.Errorf("after release:\n%s", got)
	}
}

// No command that reads answers nobody.
func TestReadsNameSomebody(t *testing.T) { eachWay(t, testReadsNameSomebody) }

func testReadsNameSomebody(t *testing.T) {
	h := newHome(t)
	h.env = []string{"YUMEN_AS="}
	for _, args := range [][]string{{"catalog", "list"}, {"catalog", "show", "visits"}, {"contract", "list"},
		{"contract", "show", "study"},
		{"contract", "budget", "study"}, {"job", "list"}, {"job", "show", "j-1"}, {"job", "logs", "j-1"},
		{"job", "recur"},
		{"review", "list"}, {"review", "show", "j-1"}, {"review", "preview", "j-1"}, {"release", "list"},
		{"release", "get", "r-1"},
		{"desensitize", "records"}, {"desensitize", "show", "d-1"}, {"key", "list"}, {"audit", "tail"},
		{"audit", "export"}} {
		if a := h.run(args...); a.code != 2 || a.out != "" || !strings.Contains(a.err, "--as") {
			t.Errorf("yumen %v answers nobody: %d\n%s%s", args, a.code, a.out, a.err)
		}
	}
}

// Whoever submitted a job is told nothing of its checks as a regulator either, by the log of the job or by the whole
// log, while another regulator reads all of it.
func TestOwnChecksAreWithheldFromTheLog(t *testing.T) { eachWay(t, testOwnChecksAreWithheldFromTheLog) }

func testOwnChecksAreWithheldFromTheLog(t *testing.T) {
	h := newHome(t)
	h.must("person", "role", "grant", "analyst", "regulator", "--as", "regulator")
	job, _ := h.submitSQL(countSQL)
	digest := yumen.Digest(h.artifact(job.ID))
	if a := h.run("job", "logs", job.ID, "--as", "analyst"); a.code != 1 || a.out != "" {
		t.Errorf("the log of the job: %d\n%s", a.code, a.out)
	}
	for _, how := range [][]string{{"audit", "tail", "-n", "30"}, {"audit", "tail", "-n", "30", "--json"},
		{"audit", "export"}} {
		mine, all := h.must(append(how, "--as", "analyst")...), h.must(append(how, "--as", "regulator")...)
		if strings.Contains(mine, job.ID) || strings.Contains(mine, digest.Hex()[:12]) ||
			strings.Contains(mine, "verdict") {
			t.Errorf("yumen %v tells the submitter:\n%s", how, mine)
		}
		if !strings.Contains(all, job.ID) || !strings.Contains(all, digest.Hex()[:12]) ||
			!strings.Contains(mine, "contract.sign") {
			t.Errorf("yumen %v:\n%s\n%s", how, mine, all)
		}
		if how[1] == "export" && strings.Count(mine, "\n") != strings.Count(all, "\n") {
			t.Errorf("entries are left out without a word:\n%s", mine)
		}
	}
}

// TestExitCodes checks 2 for wrong usage and 1 for what is refused, with one line that says what to do.
func TestExitCodes(t *testing.T) { eachWay(t, testExitCodes) }

func testExitCodes(t *testing.T) {
	h := newHome(t)
	usage := [][]string{
		{"nonsense"}, {"catalog"}, {"catalog", "nonsense"}, {"catalog", "register"}, {"catalog", "import", "visits"},
		{"catalog", "import", "visits", "file.xyz", "--as", "provider"},
		{"catalog", "publish"}, {"catalog", "show"}, {"catalog", "list", "extra"}, {"contract", "sign"},
		{"contract", "show"}, {"job", "submit"},
		{"job", "submit", "a.yaml", "--contract", "x"}, {"job", "show"}, {"job", "cancel"}, {"query", "SELECT 1"},
		{"query", "--explain", "SELECT 1"}, {"review", "list"},
		{"review", "vote", "x"}, {"review", "preview", "x", "--rows", "0"},
		{"review", "release", "x", "--format", "xlsx"}, {"release", "get"}, {"release", "verify"},
		{"audit", "tail", "-n", "0"}, {"audit", "verify", "--nonsense"}, {"job", "recur", "j-1", "--as", "analyst"},
		{"job", "recur", "j-1", "--every", "24h", "--end", "--as", "analyst"},
		{"catalog", "import", "visits", "f.csv", "--acquired", "yesterday", "--as", "provider"},
	}
	for _, args := range usage {
		if a := h.run(args...); a.code != 2 || a.err == "" || a.out != "" {
			t.Errorf("yumen %s: exit code %d, want 2; printed %q %q", strings.Join(args, " "), a.code, a.out, a.err)
		}
	}
	refused := [][]string{
		{"catalog", "show", "nothing"}, {"catalog", "publish", "visits", "--as", "analyst"},
		{"catalog", "register", "/nowhere.yaml", "--as", "provider"},
		{"contract", "show", "nothing"}, {"contract", "terminate", "study", "--as", "analyst"},
		{"job", "show", "nothing"}, {"job", "cancel", "nothing", "--as", "analyst"},
		{"review", "show", "nothing", "--as", "reviewer"}, {"review", "list", "--as", "nobody"},
		{"review", "release", "nothing", "--as", "reviewer"},
		{"release", "get", "nothing", "--as", "analyst"}, {"release", "verify", "/nowhere"},
		{"audit", "tail", "--as", "analyst"}, {"init"},
	}
	for _, args := range refused {
		if a := h.run(args...); a.code != 1 || a.err == "" {
			t.Errorf("yumen %s: exit code %d, want 1; printed %q %q", strings.Join(args, " "), a.code, a.out, a.err)
		}
	}
}

// TestBothLanguages checks that --lang and the environment choose the language of results and of errors.
func TestBothLanguages(t *testing.T) { eachWay(t, testBothLanguages) }

func testBothLanguages(t *testing.T) {
	h := newHome(t)
	nobody := h
	nobody.env = append(nobody.env, "YUMEN_AS=")
	for _, args := range [][]string{{"catalog", "list"}, {"catalog", "show", "visits"}, {"contract", "list"},
		{"contract", "show", "study"},
		{"contract", "budget", "study"}, {"release", "list"}, {"job", "list"}, {"job", "show", "j-1"}} {
		if a := nobody.run(args...); a.code != 2 || !strings.Contains(a.err, "--as") {
			t.Errorf("yumen %s answers nobody: %d %s%s", strings.Join(args, " "), a.code, a.out, a.err)
		}
	}
	if a := h.run("contract", "budget", "study", "--as", "admin"); a.code != 1 {
		t.Errorf("the budget is shown to the administrator: %d %s", a.code, a.out)
	}
	if a := h.run("catalog", "show", "nothing", "--lang", "zh"); !strings.Contains(a.err, "没有") {
		t.Errorf("--lang zh: %q", a.err)
	}
	h.env = []string{"LANG=zh_CN.UTF-8"}
	if out := h.must("catalog", "list"); !strings.Contains(out, "就诊") || !strings.Contains(out, "数据集") {
		t.Errorf("LANG=zh_CN: %q", out)
	}
	if out := h.must("catalog", "list", "--lang", "en"); !strings.Contains(out, "Visits") {
		t.Errorf("--lang en: %q", out)
	}
}

// A release goes into a folder or into the file that is named; what names neither is refused with what to name.
func TestReleaseGetOut(t *testing.T) {
	h, dir := newHome(t), t.TempDir()
	j, _ := h.submitSQL(countSQL)
	if a := h.run("review", "preview", j.ID, "--offset", "5000", "--as", "reviewer"); a.code != 0 ||
		!strings.Contains(a.out, "no rows are left after skipping 5000: there are ") {
		t.Errorf("%d %s%s", a.code, a.out, a.err)
	}
	h.must("review", "vote", j.ID, h.artifact(j.ID), "--reason", "fine", "--as", "reviewer")
	h.must("review", "release", j.ID, "--as", "reviewer")
	name := "r" + strings.TrimPrefix(j.ID, "j")
	for _, c := range []struct{ out, file, receipt, says string }{
		{dir, name + ".csv", name + ".receipt", ""},
		{filepath.Join(dir, "visits.csv"), "visits.csv", "visits.receipt", ""},
		{filepath.Join(dir, "visits.csv"), "", "", "the file is already there"},
		{filepath.Join(dir, "visits.parquet"), "", "", "name a file: --out " + name + ".csv"},
		{filepath.Join(dir, "nowhere"), "", "", "there is no such folder"},
		{filepath.Join(dir, "nowhere", "x.csv"), "", "", "there is no such file or folder"},
	} {
		a := h.run("release", "get", name, "--out", c.out, "--as", "analyst")
		if c.says != "" {
			if a.code != 1 || !strings.Contains(a.err, c.says) {
				t.Errorf("%s: %d %s", c.out, a.code, a.err)
			}
			continue
		}
		h.must("release", "verify", filepath.Join(dir, c.receipt), "--file", filepath.Join(dir, c.file))
	}
}

// What is wrong with a command line is said in the language of the rest.
func TestWrongUsageInChinese(t *testing.T) {
	h := newHome(t)
	for _, args := range [][]string{{"job", "show"}, {"job", "show", "a", "b"}, {"job"}, {"job", "sow"},
		{"review", "preview", "j", "--rows", "0"}, {"review", "release", "x", "--format", "xlsx"},
		{"query", "SELECT 1"},
		{"job", "submit", "--contract", "study"}, {"job", "recur", "j"}, {"audit", "tail", "--lines", "0"},
		{"key", "destroy", "k", "x"}, {"token", "create", "--days", "0"}} {
		a := h.run(append(args, "--lang", "zh", "--as", "reviewer")...)
		if first, _, _ := strings.Cut(a.err, "\n"); a.code != 2 || !regexp.MustCompile(`\p{Han}`).MatchString(first) {
			t.Errorf("%v: %d %s", args, a.code, a.err)
		}
	}
}
