package clitest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/examples/guests"
	"github.com/yumen-data/yumen/internal/city"
	"github.com/yumen-data/yumen/internal/task"
)

// cityHome returns a home with the persons' tables of a small city, published and under contract, and the shipped
// modules beside its jobs: a copy of one that is made once.
func cityHome(t *testing.T) (h home, dir string) {
	t.Helper()
	base, dir := filepath.Join(shared, "city"), filepath.Join(t.TempDir(), "city")
	if _, err := os.Stat(base); err != nil {
		made := makeCity(t)
		home{t: t, dir: filepath.Join(made, "home")}.stop()
		copyTree(t, made, base)
	}
	copyTree(t, base, dir)
	return home{t: t, dir: filepath.Join(dir, "home")}, dir
}

func makeCity(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	h := home{t: t, dir: filepath.Join(dir, "home")}
	h.must("init", "--domain", "small-city")
	people, err := os.ReadFile("../demo_people.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.dir, "people.yaml", string(people))
	if err := city.Generate(7, city.Size{Residents: 2000, Enterprises: 100},
		func(table string) (io.WriteCloser, error) {
			return os.Create(filepath.Join(dir, table+".csv"))
		}); err != nil {
		t.Fatal(err)
	}
	for name, module := range map[string][]byte{"care": guests.Care, "inequality": guests.Inequality} {
		write(t, dir, name+".wasm", string(module))
	}
	for _, pattern := range []string{"datasets/*", "contracts/city-health.yaml", "jobs/*"} {
		names, err := filepath.Glob(filepath.Join("../../../internal/city", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, filepath.Base(name), string(text))
		}
	}
	for table, person := range map[string]string{city.Districts: "zhou.police", city.Residents: "zhou.police",
		city.SocialInsurance: "zheng.labour", city.HospitalVisits: "wang.health"} {
		h.must("catalog", "register", filepath.Join(dir, table+".yaml"), "--as", person)
		h.must("catalog", "import", table, filepath.Join(dir, table+".csv"), "--acquired", "2026-01-01", "--as", person)
		h.must("catalog", "publish", table, "--as", person)
	}
	h.must("contract", "sign", filepath.Join(dir, "city-health.yaml"), "--as", "regulator.chen")
	return dir
}

// held submits a job and returns the rows of its held result.
func held(h home, file string) (yumen.Job, [][]string) {
	h.t.Helper()
	job := ask[yumen.Job](h, "job", "submit", file, "--as", "applicant.gao")
	if job.State != yumen.StateInReview || job.Class != yumen.ClassOpaque {
		h.t.Fatalf("%s: %s, class %s, %v", file, job.State, job.Class, job.Error)
	}
	return job, ask[task.PreviewAnswer](h, "review", "preview", job.ID, "--rows", "100", "--as", "reviewer.sun").Rows
}

// csvRows reads columns of a generated table.
func csvRows(t *testing.T, file string, columns ...string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, row := range all[1:] {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[slices.Index(all[0], c)])
		}
		out = append(out, cells)
	}
	return out
}

// A map job goes from its file to a held result, whose sums are those of the same count over the providers' files.
func TestMapJob(t *testing.T) { eachWay(t, testMapJob) }

func testMapJob(t *testing.T) {
	h, dir := cityHome(t)
	_, got := held(h, filepath.Join(dir, "care_by_age.yaml"))
	type total struct{ units, patients, visits, departments, cents int }
	sums, ages := [9]total{}, map[string]int{}
	for _, r := range csvRows(t, filepath.Join(dir, "residents.csv"), "resident_id", "birth_date") {
		year, _ := strconv.Atoi(r[1][:4])
		ages[r[0]] = min(8, (city.Year-year)/10)
		sums[ages[r[0]]].units++
	}
	patients, departments := map[string]bool{}, map[[2]string]bool{}
	for _, r := range csvRows(t, filepath.Join(dir, "hospital_visits.csv"), "resident_id", "department", "fee_total") {
		s := &sums[ages[r[0]]]
		s.visits++
		cents, _ := strconv.Atoi(strings.ReplaceAll(r[2], ".", ""))
		s.cents += cents
		if k := [2]string{r[0], r[1]}; !departments[k] {
			departments[k] = true
			s.departments++
		}
		if !patients[r[0]] {
			patients[r[0]] = true
			s.patients++
		}
	}
	for i, row := range got {
		fees, err := strconv.ParseFloat(row[5], 64)
		if err != nil || math.Abs(fees*100-float64(sums[i].cents)) > 0.001 {
			t.Errorf("group %d: fees %s, want %d cents", i, row[5], sums[i].cents)
		}
		want := []string{fmt.Sprint(i), fmt.Sprint(sums[i].units), fmt.Sprint(sums[i].patients),
			fmt.Sprint(sums[i].visits), fmt.Sprint(sums[i].departments)}
		if d := cmp.Diff(want, row[:5]); d != "" {
			t.Error(d)
		}
	}
	if len(got) != 9 {
		t.Errorf("%d groups", len(got))
	}
}

// A block job gives one row for each coordinate, near what the same figure is over everybody; its key is nowhere in
// what the submitter sees.
func TestBlockJob(t *testing.T) { eachWay(t, testBlockJob) }

func testBlockJob(t *testing.T) {
	h, dir := cityHome(t)
	job, got := held(h, filepath.Join(dir, "fee_inequality.yaml"))
	paid := map[string]float64{}
	for _, r := range csvRows(t, filepath.Join(dir, "hospital_visits.csv"), "resident_id", "fee_total") {
		fee, _ := strconv.ParseFloat(r[1], 64)
		paid[r[0]] += fee
	}
	var differences, sum float64
	for _, a := range paid {
		sum += a
		for _, b := range paid {
			differences += math.Abs(a - b)
		}
	}
	gini := differences / (2 * float64(len(paid)) * sum)
	if len(got) != 3 || got[0][0] != "gini" || got[0][3] != "50" {
		t.Fatalf("%v", got)
	}
	if mean, err := strconv.ParseFloat(got[0][1], 64); err != nil || math.Abs(mean-gini) > 0.1 {
		t.Errorf("mean %s over blocks, %v over all", got[0][1], gini)
	}
	if keys, _ := filepath.Glob(filepath.Join(h.dir, "objects", "units", "*")); len(keys) == 0 {
		t.Error("the key lies elsewhere than this test looks")
	}
	if plan := string(job.Plan); strings.Contains(plan, `"key":"`) || !strings.Contains(plan, `"digest"`) {
		t.Errorf("the plan does not name the key by its digest alone: %s", plan)
	}
}

// What a job over people may not declare is refused with all reasons, before anything runs.
func TestMapJobRefused(t *testing.T) { eachWay(t, testMapJobRefused) }

func testMapJobRefused(t *testing.T) {
	h, dir := cityHome(t)
	bad := write(t, dir, "bad.yaml", `job: bad
contract: city-health
purpose: x
wasm: care.wasm
mode: map
groups: 100000
blocks: 4
steps: -1
inputs:
  - {name: v.csv, dataset: hospital_visits, columns: [fee_total, diagnosis]}
coordinates:
  - {name: units, type: text, min: 5, max: 1, default: 9}
output: {name: o.csv}
`)
	a := h.run("job", "submit", bad, "--as", "applicant.gao")
	for _, want := range []string{"inputs[0].name", "inputs[0].columns[1]", "groups", "blocks", "steps",
		"coordinates[0].name", "coordinates[0].type", "coordinates[0].min", "coordinates[0].default", "output"} {
		if a.code == 0 || !strings.Contains(a.err, want) {
			t.Errorf("exit code %d, no word of %s in:\n%s", a.code, want, a.err)
		}
	}
	write(t, dir, "bad.yaml", `job: bad
contract: city-health
purpose: x
wasm: inequality.wasm
inputs:
  - {name: v.csv, dataset: hospital_visits, columns: [fee_total]}
coordinates:
  - {name: n, type: integer, min: 0, max: 1, default: 0}
output: {name: o.csv, columns: [{name: n, type: integer}]}
`)
	if a := h.run("job", "submit", bad, "--as", "applicant.gao"); a.code == 0 ||
		!strings.Contains(a.err, "coordinates") {
		t.Errorf("exit code %d\n%s", a.code, a.err)
	}
}

// privately submits a job of class dp and returns the rows of the file that leaves, names first.
func privately(h home, dir, file string) (yumen.Job, [][]string) {
	h.t.Helper()
	job := ask[yumen.Job](h, "job", "submit", filepath.Join(dir, file), "--as", "applicant.gao")
	if job.State != yumen.StateReleased || job.Class != yumen.ClassDP {
		h.t.Fatalf("%s: %s, class %s, %v", file, job.State, job.Class, job.Error)
	}
	out := h.t.TempDir()
	h.must("release", "get", job.Release, "--out", out, "--as", "applicant.gao")
	b, err := os.ReadFile(filepath.Join(out, job.Release+".csv"))
	if err != nil {
		h.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	return job, rows
}

// noiseOf returns the standard deviation that the plan says for each measure, in the measure's own unit.
func noiseOf(h home, job yumen.Job) []float64 {
	h.t.Helper()
	var plan struct {
		Private struct {
			Question task.Question `json:"question"`
			Noise    task.Noise    `json:"noise"`
		} `json:"private"`
	}
	if err := json.Unmarshal(job.Plan, &plan); err != nil {
		h.t.Fatal(err)
	}
	var out []float64
	for _, c := range plan.Private.Noise.Components {
		s := c.Sigma
		if c.Input > 0 {
			s /= math.Pow10(plan.Private.Question.Inputs[c.Input-1].Scale)
		}
		out = append(out, s)
	}
	return out
}

// A module over people answers privately: every group, each figure as near as its noise says, released without review;
// asked again under other names it is the same answer at no cost; another budget cannot be spent.
func TestPrivateModules(t *testing.T) { eachWay(t, testPrivateModules) }

func testPrivateModules(t *testing.T) {
	h, dir := cityHome(t)
	text, err := os.ReadFile("../../../internal/city/contracts/city-modules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	h.must("contract", "sign",
		write(t, dir, "city-modules.yaml", strings.Replace(string(text), "[1s, 4s, 15s]", "[8s]", 1)), "--as",
		"regulator.chen")
	before := ask[api.Explanation](h, "job", "submit", "--explain", filepath.Join(dir, "care_by_age_private.yaml"),
		"--as", "applicant.gao")
	if c := before.Privacy; c == nil || !c.Affordable || c.Free || !c.Module || len(c.Measures) != 5 ||
		before.Class != yumen.ClassDP || len(ask[[]yumen.Job](h, "job", "list", "--as", "applicant.gao")) != 0 {
		t.Errorf("explained: %+v", before)
	}
	job, got := privately(h, dir, "care_by_age_private.yaml")
	if d := cmp.Diff([]string{"group", "units", "patients", "visits", "departments", "fees",
		"units_error", "patients_error", "visits_error", "departments_error", "fees_error"}, got[0]); d != "" ||
		len(got) != 10 {
		t.Fatal(d, len(got))
	}
	exact, sigma := careWithin(t, dir, 20, 8, 10_000), noiseOf(h, job)
	off := 0
	for g, row := range got[1:] {
		for i, s := range sigma {
			v, err := strconv.ParseFloat(row[i+1], 64)
			if err != nil || row[0] != strconv.Itoa(g) || math.Abs(v-exact[g][i]) > 9*s+1 {
				t.Errorf("group %s, %s: %s, without noise %v, sigma %v", row[0], got[0][i+1], row[i+1], exact[g][i], s)
			}
			if v != exact[g][i] {
				off++
			}
		}
	}
	if off < 35 { // of 45; the narrowest noise has a sigma of about 11
		t.Errorf("only %d figures are noisy", off)
	}
	other := strings.NewReplacer("job: care_by_age_private", "job: other", "name: fees",
		"name: yuan").Replace(readText(t, filepath.Join(dir, "care_by_age_private.yaml")))
	write(t, dir, "other.yaml", other)
	if c := ask[api.Explanation](h, "job", "submit", "--explain", filepath.Join(dir, "other.yaml"), "--as",
		"applicant.gao").Privacy; c == nil || !c.Free || c.Left >= before.Privacy.Left {
		t.Errorf("explained again: %+v", c)
	}
	_, again := privately(h, dir, "other.yaml")
	got[0][5], got[0][10] = "yuan", "yuan_error"
	if d := cmp.Diff(got, again); d != "" {
		t.Error("the same question has another answer", d)
	}
	_, got = privately(h, dir, "fee_inequality_private.yaml")
	if d := cmp.Diff([]string{"gini", "top_tenth", "median", "gini_error", "top_tenth_error", "median_rank_error"},
		got[0]); d != "" || len(got) != 2 {
		t.Fatal(d, got)
	}
	for i, cell := range got[1][:3] {
		if v, err := strconv.ParseFloat(cell, 64); err != nil || v < 0 || v > []float64{1, 1, 10_000}[i] {
			t.Errorf("%s: %s", got[0][i], cell)
		}
	}
	write(t, dir, "dear.yaml", strings.Replace(other, "class: dp", "class: dp\nprivacy: {epsilon: 3.9}", 1))
	if a := h.run("job", "submit", filepath.Join(dir, "dear.yaml"), "--as", "applicant.gao"); a.code == 0 ||
		!strings.Contains(a.err+a.out, "budget") {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	h.must("audit", "verify")
}

func readText(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// careWithin counts units, patients, visits, departments and fees by decade of age, each person's held to bounds.
func careWithin(t *testing.T, dir string, visits, departments int, fees float64) [9][5]float64 {
	t.Helper()
	type person struct {
		visits, cents int
		departments   map[string]bool
	}
	people := map[string]*person{}
	for _, r := range csvRows(t, filepath.Join(dir, "hospital_visits.csv"), "resident_id", "department", "fee_total") {
		p := people[r[0]]
		if p == nil {
			p = &person{departments: map[string]bool{}}
			people[r[0]] = p
		}
		cents, _ := strconv.Atoi(strings.ReplaceAll(r[2], ".", ""))
		p.visits, p.cents, p.departments[r[1]] = p.visits+1, p.cents+cents, true
	}
	var sums [9][5]float64
	for _, r := range csvRows(t, filepath.Join(dir, "residents.csv"), "resident_id", "birth_date") {
		year, _ := strconv.Atoi(r[1][:4])
		s := &sums[min(8, (city.Year-year)/10)]
		s[0]++
		if p := people[r[0]]; p != nil {
			s[1]++
			s[2] += float64(min(p.visits, visits))
			s[3] += float64(min(len(p.departments), departments))
			s[4] += min(float64(p.cents)/100, fees)
		}
	}
	return sums
}
