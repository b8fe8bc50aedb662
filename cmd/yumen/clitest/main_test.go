package clitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

var (
	bin    string // the program under test
	shared string // a folder for what several tests begin with
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "yumen-clitest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	shared = dir
	bin = os.Getenv("YUMEN_BIN")
	if bin == "" {
		bin = filepath.Join(dir, "yumen")
		build := exec.Command("go", "build", "-tags", "duckdb_arrow", "-o", dir,
			"github.com/yumen-data/yumen/cmd/yumen",
			"github.com/yumen-data/yumen/cmd/yumen-bench", "github.com/yumen-data/yumen/cmd/yumen-bench-plain")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return 0, fmt.Errorf("build the program under test: %w", err)
		}
	}
	// Nothing of the machine's own settings may decide a test.
	for _, name := range []string{"YUMEN_HOME", "YUMEN_AS", "YUMEN_SERVER", "YUMEN_CA", "YUMEN_LANG", "YUMEN_CRASH",
		"YUMEN_KEYS", "CREDENTIALS_DIRECTORY", "LC_ALL", "LC_MESSAGES"} {
		if err := os.Unsetenv(name); err != nil {
			return 0, err
		}
	}
	if err := os.Setenv("LANG", "C"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// home is a home under test.
type home struct {
	t   *testing.T
	dir string
	env []string
	// json adds --json to every command.
	json bool
}

// answer is how a command ended.
type answer struct {
	code     int // −1 when a signal killed it
	out, err string
}

// run runs a command on the home.
func (h home) run(args ...string) answer {
	h.t.Helper()
	h.through(args)
	args = append(args, "--home", h.dir)
	if h.json {
		args = append(args, "--json")
	}
	cmd := exec.Command(bin, args...)
	cmd.Env = append(append(os.Environ(), unnamed(args)...), h.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// unnamed names who acts where a command names nobody: one who may read what there is, and is shown no more of a job
// than anybody is.
func unnamed(args []string) []string {
	first := strings.Join(args[:min(2, len(args))], " ")
	switch first {
	case "contract budget", "release list":
		return []string{"YUMEN_AS=regulator"}
	case "catalog list", "catalog show", "contract list", "contract show", "job list", "job show":
		return []string{"YUMEN_AS=admin"}
	}
	return nil
}

// must runs a command that has to succeed and returns what it printed.
func (h home) must(args ...string) string {
	h.t.Helper()
	a := h.run(args...)
	if a.code != 0 {
		h.t.Fatalf("yumen %s: exit code %d\n%s%s", strings.Join(args, " "), a.code, a.out, a.err)
	}
	return a.out
}

// ask runs a command with --json and decodes its answer.
func ask[T any](h home, args ...string) T {
	h.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(h.must(append(args, "--json")...)), &v); err != nil {
		h.t.Fatalf("yumen %s: %v", strings.Join(args, " "), err)
	}
	return v
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

const people = `people:
  - {name: provider,  org: hospital, roles: [provider]}
  - {name: regulator, org: bureau,   roles: [regulator]}
  - {name: analyst,   org: lab,      roles: [analyst]}
  - {name: reviewer,  org: bureau,   roles: [reviewer]}
  - {name: reviewer2, org: office,   roles: [reviewer]}
  - {name: admin,     org: bureau,   roles: [admin]}
`

const visitsYAML = `dataset: visits
title: {en: Visits, zh: 就诊}
provider: hospital
source: {system: generated}
unit: {kind: person, column: person}
columns:
  - {name: person, title: Person, type: text, role: unit, grade: 3, constraints: [join]}
  - {name: district, title: District, type: text, role: quasi, grade: 2, domain: [north, south, east, west], constraints: [filter, join, group, plain]}
  - {name: day, title: Day, type: date, role: quasi, grade: 2, constraints: [filter, plain]}
  - {name: fee, title: Fee, type: integer, role: measure, grade: 2, bounds: {min: 0, max: 1000}, constraints: [{aggregate: {functions: [sum, avg, count]}}, plain]}
  - {name: note, title: Note, type: text, role: text, grade: 4, nullable: true}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: monthly
`

const contractYAML = `contract: study
title: A study
purpose: {en: to test, zh: 测试}
parties: {providers: [hospital], operator: lab, applicant: lab}
datasets:
  - dataset: visits
    columns:
      - {name: person, uses: [join]}
      - {name: district, uses: [filter, group, plain]}
      - {name: day, uses: [filter, plain]}
      - {name: fee, uses: [{aggregate: {functions: [sum, avg, count]}}, plain]}
classes: [aggregate, rows, opaque]
risk: {k: 10, rounding: 5, max_rows: 500}
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {wall: 60s, memory: 1GiB}
`

// briefYAML is the contract for what runs until it is stopped. Elsewhere no deadline decides a test.
var briefYAML = strings.NewReplacer("contract: study", "contract: brief", "wall: 60s", "wall: 5s").Replace(contractYAML)

// visitsCSV is 800 people with 1 to 3 visits each; five of them in the west.
func visitsCSV() string {
	var b strings.Builder
	b.WriteString("person,district,day,fee,note\n")
	for i := range 800 {
		district := []string{"north", "south", "east"}[i%3]
		if i >= 795 {
			district = "west"
		}
		for v := range 1 + i%3 {
			fmt.Fprintf(&b, "P%04d,%s,2026-%02d-%02d,%d,\n", i, district, 1+(i+v)%12, 1+(i*7+v)%28, (i*37+v*11)%900)
		}
	}
	return b.String()
}

const countSQL = "SELECT district, count(*) AS visits, sum(fee) AS fees FROM visits GROUP BY district"

// newHome returns a home with one published dataset and a contract on it: a copy of one that is made once.
func newHome(t *testing.T) home {
	t.Helper()
	base := home{t: t, dir: filepath.Join(shared, "home")}
	if _, err := os.Stat(base.dir); err != nil {
		base = makeHome(t)
		base.stop()
		copyTree(t, base.dir, filepath.Join(shared, "home"))
	}
	return copyHome(t, base)
}

func makeHome(t *testing.T) home {
	t.Helper()
	files := t.TempDir()
	h := home{t: t, dir: filepath.Join(t.TempDir(), "home")}
	h.must("init", "--domain", "test-domain")
	write(t, h.dir, "people.yaml", people)
	relax(t, h.dir)
	h.must("catalog", "register", write(t, files, "visits.yaml", visitsYAML), "--as", "provider")
	h.must("catalog", "import", "visits", write(t, files, "visits.csv", visitsCSV()), "--as", "provider")
	h.must("catalog", "publish", "visits", "--as", "provider")
	h.must("contract", "sign", write(t, files, "study.yaml", contractYAML), "--as", "regulator")
	h.must("contract", "sign", write(t, files, "brief.yaml", briefYAML), "--as", "regulator")
	return h
}

// relax accepts the isolation that the host of the test can give, if it is at least namespaces and a private root.
func relax(t *testing.T, dir string) {
	write(t, dir, "home.yaml", "domain: test-domain\nisolation: reduced\n")
}

// submitSQL submits a query and returns the job, however it ended.
func (h home) submitSQL(sql string) (yumen.Job, answer) {
	h.t.Helper()
	return h.submitTo("study", sql)
}

// submitTo submits a query under a contract, with more flags.
func (h home) submitTo(contract, sql string, more ...string) (yumen.Job, answer) {
	h.t.Helper()
	file := write(h.t, h.t.TempDir(), "q.sql", sql)
	a := h.run(append([]string{"job", "submit", "--contract", contract, "--sql", file, "--as", "analyst", "--json"},
		more...)...)
	var j yumen.Job
	if err := json.Unmarshal([]byte(a.out), &j); err != nil && a.code >= 0 {
		h.t.Fatalf("job submit: %v\n%s%s", err, a.out, a.err)
	}
	return j, a
}

// artifact returns the digest of a held result, which reviewers are told.
func (h home) artifact(job string) string {
	h.t.Helper()
	return string(ask[yumen.Job](h, "job", "show", job, "--as", "reviewer").Artifact)
}
