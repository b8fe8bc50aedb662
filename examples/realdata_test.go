package examples

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/examples/adult/segregation"
	"github.com/yumen-data/yumen/internal/task"
)

// realData is where the microdata lies on machines that have it; the project does not ship it.
const realData = "../../shared/data"

// home is a home made for a test and driven by the program, as a person would.
type home struct {
	t   *testing.T
	dir string
}

func newHome(t *testing.T) home {
	t.Helper()
	if _, err := os.Stat(realData); err != nil {
		t.Skipf("the real data is not here: there is no folder %s", realData)
	}
	if os.Getenv("YUMEN_BIN") == "" {
		t.Skip("the program is not named: set YUMEN_BIN to a built yumen, as make test does")
	}
	h := home{t, filepath.Join(t.TempDir(), "home")}
	h.must(nil, "init")
	return h
}

// run runs a command with --json, decodes its answer and returns the exit code and what it said on standard error.
func (h home) run(answer any, args ...string) (code int, said string) {
	h.t.Helper()
	cmd := exec.Command(os.Getenv("YUMEN_BIN"), append(args, "--home", h.dir, "--json")...)
	cmd.Env = append(os.Environ(), "LANG=C", "YUMEN_LANG=", "YUMEN_AS=", "YUMEN_HOME=")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	if answer != nil {
		if err := json.Unmarshal(out.Bytes(), answer); err != nil {
			h.t.Fatalf("yumen %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
		}
	}
	return cmd.ProcessState.ExitCode(), out.String() + errs.String()
}

func (h home) must(answer any, args ...string) {
	h.t.Helper()
	if code, said := h.run(answer, args...); code != 0 {
		h.t.Fatalf("yumen %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
}

// load registers, imports and publishes a dataset and returns its version.
func (h home) load(entry, name string, files ...string) (v yumen.Version) {
	h.t.Helper()
	h.must(nil, "catalog", "register", entry, "--as", "provider")
	for i, f := range files {
		files[i] = filepath.Join(realData, f)
	}
	h.must(&v, append([]string{"catalog", "import", name, "--as", "provider"}, files...)...)
	h.must(nil, "catalog", "publish", name, "--as", "provider")
	return v
}

// submit submits a job file, with the module it names built beside a copy of it.
func (h home) submit(file, guest string) (job yumen.Job, code int) {
	h.t.Helper()
	if guest != "" {
		dir := h.t.TempDir()
		copied := filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(copied, read(h.t, file), 0o600); err != nil {
			h.t.Fatal(err)
		}
		build := exec.Command("go", "build", "-o", filepath.Join(dir, jobSpec(h.t, file).Wasm), guest)
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			h.t.Fatalf("build %s: %v\n%s", guest, err, out)
		}
		file = copied
	}
	code, _ = h.run(&job, "job", "submit", file, "--as", "applicant")
	return job, code
}

// release has reviewers approve a job's result and lets it leave; it returns the released rows with their header, after
// the receipt was verified against the file and the domain's public key alone.
func (h home) release(job yumen.Job, voters ...string) [][]string {
	h.t.Helper()
	var shown yumen.Job // its submitter is not told the digest
	h.must(&shown, "job", "show", job.ID, "--as", voters[0])
	for _, v := range voters {
		h.must(nil, "review", "vote", job.ID, string(shown.Artifact), "--reason",
			"aggregates over many, small cells gone", "--as", v)
	}
	var r yumen.Release
	h.must(&r, "review", "release", job.ID, "--as", voters[0])
	rows, _ := h.get(r.Name)
	return rows
}

// get fetches what was released and verifies its receipt.
func (h home) get(release string) ([][]string, *audit.ReceiptBody) {
	h.t.Helper()
	out := h.t.TempDir()
	var made struct{ File, Receipt string }
	h.must(&made, "release", "get", release, "--out", out, "--as", "applicant")
	var verdict struct {
		OK        bool               `json:"ok"`
		Statement *audit.ReceiptBody `json:"statement"`
	}
	h.must(&verdict, "release", "verify", made.Receipt, "--file", made.File, "--key",
		filepath.Join(h.dir, "keys", "domain.pub"))
	if !verdict.OK || verdict.Statement == nil {
		h.t.Fatalf("the receipt of %s does not verify", release)
	}
	rows, err := csv.NewReader(bytes.NewReader(read(h.t, made.File))).ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	return rows, verdict.Statement
}

// private submits a job of class dp, which leaves by itself, and compares a column of counts with the truth, which is
// known to within slack: they differ, and by no more than ten standard deviations of the noise that the receipt states.
func (h home) private(file, column string, truth map[string]int, slack float64) {
	h.t.Helper()
	job, code := h.submit(file, "")
	if job.State != yumen.StateReleased || job.Class != yumen.ClassDP || code != 0 {
		h.t.Fatalf("%s is %s, class %s: %v", file, job.State, job.Class, job.Error)
	}
	rows, st := h.get(job.Release)
	at := slices.Index(rows[0], column)
	if at < 0 || len(rows) != len(truth)+1 || st.Privacy == nil {
		h.t.Fatalf("released %d rows, header %v", len(rows)-1, rows[0])
	}
	sigma, exact := 0.0, 0
	for _, c := range st.Privacy.Noise.Components {
		if c.Kind == task.TotalRows || c.Kind == task.TotalUnits {
			sigma = max(sigma, c.Sigma)
		}
	}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[at])
		if err != nil || math.Abs(float64(n-truth[row[0]])) > 10*sigma+slack {
			h.t.Errorf("%s: %s, %v", row[0], row[at], err)
		}
		if n == truth[row[0]] {
			exact++
		}
	}
	if sigma == 0 || exact == len(truth) {
		h.t.Errorf("there is no noise: σ %g, %d exact counts of %d", sigma, exact, len(truth))
	}
	again, _ := h.submit(file, "")
	if again.State != yumen.StateReleased {
		h.t.Fatalf("asked again it is %s, %v", again.State, again.Error)
	}
	if same, _ := h.get(again.Release); !reflect.DeepEqual(same, rows) {
		h.t.Error("asked again it is another answer")
	}
}

// blocked checks that a job's result was held back because its rows point at somebody.
func (h home) blocked(job yumen.Job, code int) {
	h.t.Helper()
	if job.State != yumen.StateRejected || code == 0 {
		h.t.Fatalf("the job is %s, exit code %d", job.State, code)
	}
	if job.Error == nil || !slices.ContainsFunc(job.Error.Reasons,
		func(r yumen.Reason) bool { return r.Rule == "rows.equal-input" }) {
		h.t.Errorf("no finding blocks it: %v", job.Error)
	}
}

func wantColumns(t *testing.T, rows [][]string, columns ...string) {
	t.Helper()
	if len(rows) < 2 || !slices.Equal(rows[0], columns) {
		t.Fatalf("released %d rows, header %v; want %v", len(rows)-1, rows[0], columns)
	}
}

func TestAdult(t *testing.T) {
	h := newHome(t)
	if v := h.load("adult/datasets/adult.yaml", "adult", "adult/adult.csv"); v.Rows != 30_162 || v.Units != 30_162 {
		t.Errorf("imported %d rows, %d units", v.Rows, v.Units)
	}
	h.must(nil, "contract", "sign", "adult/contract.yaml", "--as", "regulator")

	job, _ := h.submit("adult/jobs/income_by_education.yaml", "")
	if job.State != yumen.StateInReview || job.Class != yumen.ClassAggregate {
		t.Fatalf("the query is %s, class %s: %v", job.State, job.Class, job.Error)
	}
	wantColumns(t, h.release(job, "reviewer"), "education", "salary_class", "people", "mean_age")

	job, _ = h.submit("adult/jobs/segregation.yaml", "./adult/guest")
	if job.State != yumen.StateInReview || job.Class != yumen.ClassOpaque {
		t.Fatalf("the module is %s, class %s: %v", job.State, job.Class, job.Error)
	}
	rows := h.release(job, "reviewer", "reviewer2")
	wantColumns(t, rows, "education", "people", "women", "dissimilarity")
	sameTable(t, rows, segregationOutside(t))

	h.blocked(h.submit("adult/jobs/people.yaml", ""))

	people := map[string]int{}
	for _, row := range adultRows(t)[1:] {
		people[row[4]]++
	}
	h.private("adult/jobs/age_by_education.yaml", "people", people, 0)
}

// segregationOutside computes what the module computes, without an enclave, on the file as it is.
func segregationOutside(t *testing.T) [][]string {
	t.Helper()
	all := adultRows(t)
	var people, table bytes.Buffer
	w := csv.NewWriter(&people)
	for _, row := range all {
		w.Write([]string{row[4], row[0], row[7]}) // education, sex, occupation
	}
	w.Flush()
	if err := segregation.Run(&people, &table, segregation.Options{Least: 50, Round: 5}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// adultRows reads the file as it is.
func adultRows(t *testing.T) [][]string {
	t.Helper()
	in := csv.NewReader(bytes.NewReader(read(t, filepath.Join(realData, "adult/adult.csv"))))
	in.Comma = ';'
	all, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameTable compares tables cell by cell, numbers by their value.
func sameTable(t *testing.T, got, want [][]string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b string) bool {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		return a == b || errX == nil && errY == nil && x == y
	})); diff != "" {
		t.Errorf("(-outside +released):\n%s", diff)
	}
}

func TestAirline(t *testing.T) {
	h := newHome(t)
	if v := h.load("airline/datasets/members.yaml", "members", "airline/members.parquet"); v.Rows != 16_150 ||
		v.Units != 16_150 {
		t.Errorf("imported %d rows, %d units", v.Rows, v.Units)
	}
	v := h.load("airline/datasets/flights.yaml", "flights", "airline/flight_history_01.parquet",
		"airline/flight_history_02.parquet")
	if v.Rows != 391_152 || v.Units != 16_137 {
		t.Errorf("imported %d rows, %d units", v.Rows, v.Units)
	}
	h.must(nil, "contract", "sign", "airline/contract.yaml", "--as", "regulator")

	job, _ := h.submit("airline/jobs/flights_by_card.yaml", "")
	if job.State != yumen.StateInReview || job.Class != yumen.ClassAggregate {
		t.Fatalf("the query is %s, class %s: %v", job.State, job.Class, job.Error)
	}
	wantColumns(t, h.release(job, "reviewer"), "loyalty_card", "province", "members", "flights", "distance")
	job, _ = h.submit("airline/jobs/tenure.yaml", "./airline/guest")
	if job.State != yumen.StateInReview || job.Class != yumen.ClassOpaque {
		t.Fatalf("the module is %s, class %s: %v", job.State, job.Class, job.Error)
	}
	wantColumns(t, h.release(job, "reviewer", "reviewer2"), "card", "tenure_years", "member_count", "mean_flights",
		"gini", "share_without_flight")

	h.blocked(h.submit("airline/jobs/members.yaml", ""))

	// The truth by card is the same statement in class aggregate: three large groups, each rounded to five.
	job, _ = h.submit("airline/jobs/members_by_card.yaml", "")
	members := map[string]int{}
	for _, row := range h.release(job, "reviewer")[1:] {
		n, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		members[row[0]] = n
	}
	h.private("airline/jobs/flights_private.yaml", "members", members, 5)
}
