package wasm

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

const guests = "../../examples/guests"

func guest(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(guests, name, name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(guests, name, name+".wasm.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if digest := yumen.DigestOf(b); !strings.HasPrefix(string(sum), digest.Hex()) {
		t.Fatalf("%s.wasm is not what its .sha256 says", name)
	}
	return b
}

// TestGuestsRebuild builds the committed guests again and compares the bytes.
func TestGuestsRebuild(t *testing.T) {
	for _, g := range []struct{ name, source, compiler, version string }{
		{"readmission", "readmission.c", "clang", "version 14."}, {"echo", "echo.c", "clang", "version 14."},
		{"care", "care.c", "clang", "version 14."}, {"inequality", "inequality.rs", "/usr/bin/rustc", "rustc 1.63."},
	} {
		t.Run(g.name, func(t *testing.T) {
			committed := guest(t, g.name)
			out, err := exec.Command(g.compiler, "--version").Output()
			if err != nil || !strings.Contains(string(out), g.version) {
				t.Skipf("%s %s with what it needs for Wasm is not installed", g.compiler, g.version)
			}
			built := filepath.Join(t.TempDir(), "built.wasm")
			if out, err := exec.Command(filepath.Join(guests, g.name, "build.sh"), built).CombinedOutput(); err != nil {
				t.Skipf("cannot build: %s", out)
			}
			b, err := os.ReadFile(built)
			if err != nil {
				t.Fatal(err)
			}
			if yumen.DigestOf(b) != yumen.DigestOf(committed) {
				t.Errorf("%s does not build to the committed module", g.source)
			}
		})
	}
}

// goGuest builds a guest with the toolchain that runs the test.
func goGuest(t testing.TB, dir string, flags ...string) []byte {
	t.Helper()
	built := filepath.Join(t.TempDir(), "built.wasm")
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-tags=", "-ldflags=-s -w"}, flags...), "-o",
		built, ".")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", dir, err, out)
	}
	b, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWeekdays builds the Go guest and compares what it counts with a count in another way: over sorted lines.
func TestWeekdays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	data, lines := "resident_id,hospital,visit_date,visit_type\n", map[[2]string][]int{}
	for range 5000 {
		person, day, kind := r.IntN(400), r.IntN(365), []string{"门诊", "急诊"}[r.IntN(2)]
		date := time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC)
		data += fmt.Sprintf("%d,\"a, b\",%s,%s\n", person, date.Format(time.DateOnly), kind)
		k := [2]string{fmt.Sprint((day + 3) % 7), kind} // 2025-01-01 was a Wednesday
		lines[k] = append(lines[k], person)
	}
	want := [][]string{{"weekday", "visit_type", "visits", "people"}}
	for _, day := range []string{"0", "1", "2", "3", "4", "5", "6"} {
		for _, kind := range []string{"急诊", "门诊"} {
			people := lines[[2]string{day, kind}]
			n := len(people)
			slices.Sort(people)
			want = append(want, []string{day, kind, fmt.Sprint(n), fmt.Sprint(len(slices.Compact(people)))})
		}
	}
	j := job{module: goGuest(t, filepath.Join(guests, "weekdays")), data: data,
		limits:  yumen.Limits{Memory: 512 << 20, Output: 1 << 20},
		columns: columns("weekday", "integer", "visit_type", "text", "visits", "integer", "people", "integer")}
	spec := j.spec()
	spec.Files, spec.Output.Name = []task.WasmFile{{Name: "visits.csv"}}, "weekdays.csv"
	got, err := j.runSpec(t, spec)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

type visit struct {
	resident   int
	day        int
	department string
}

// visits draws visits of residents, some of whom come back soon.
func visits(n int) []visit {
	r := rand.New(rand.NewPCG(1, 2))
	departments := []string{"心内科", "General, \"mixed\"", "骨科", "", "儿科"}
	var out []visit
	for len(out) < n {
		v := visit{r.IntN(n / 6), r.IntN(700), departments[r.IntN(len(departments))]}
		for out = append(out, v); r.IntN(3) == 0 && len(out) < n; out = append(out, v) {
			v.day += r.IntN(60)
		}
	}
	return out
}

func visitsCSV(list []visit) string {
	var b strings.Builder
	b.WriteString("_unit,resident_id,department,visit_date,cost\n")
	first := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, v := range list {
		date := first.AddDate(0, 0, v.day).Format(time.DateOnly)
		fmt.Fprintf(&b, "%d,%d,\"%s\",%s,%d.50\n", v.resident, v.resident, strings.ReplaceAll(v.department, `"`, `""`),
			date, v.day)
	}
	return b.String()
}

// readmissions computes what the guest shall compute, the slow and obvious way.
func readmissions(list []visit) [][]string {
	days := map[string]map[int][]int{}
	for _, v := range list {
		if days[v.department] == nil {
			days[v.department] = map[int][]int{}
		}
		days[v.department][v.resident] = append(days[v.department][v.resident], v.day)
	}
	rows := [][]string{{"department", "patients", "visits", "returned_within_30_days"}}
	for _, dept := range slices.Sorted(maps.Keys(days)) {
		all, returned := 0, 0
		for _, d := range days[dept] {
			all += len(d)
			if comesBack(d) {
				returned++
			}
		}
		rows = append(rows, []string{dept, fmt.Sprint(len(days[dept])), fmt.Sprint(all), fmt.Sprint(returned)})
	}
	return rows
}

func comesBack(days []int) bool {
	for _, a := range days {
		for _, b := range days {
			if b > a && b <= a+30 {
				return true
			}
		}
	}
	return false
}

func readmissionJob(t testing.TB, list []visit) job {
	return job{module: guest(t, "readmission"), data: visitsCSV(list), columns: columns("department", "text",
		"patients", "integer", "visits", "integer", "returned_within_30_days", "integer")}
}

// runReadmission runs the guest with its own file names.
func runReadmission(t testing.TB, j job) ([][]string, error) {
	t.Helper()
	spec := j.spec()
	spec.Files, spec.Output.Name = []task.WasmFile{{Name: "visits.csv"}}, "readmission.csv"
	return j.runSpec(t, spec)
}

func TestReadmission(t *testing.T) {
	list := visits(20_000)
	got, err := runReadmission(t, readmissionJob(t, list))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(readmissions(list), got); d != "" {
		t.Error(d)
	}
}

func TestReadmissionOnBadInput(t *testing.T) {
	j := readmissionJob(t, nil)
	for _, data := range []string{"", "a,b\n", "resident_id,visit_date,department\n1,2024-13-01,x\n",
		"resident_id,visit_date,department\nx,2024-01-01,x\n",
		"resident_id,visit_date,department\n1,2024-01-01\n", "resident_id,visit_date,department\n1,2024-01-01,\"x\n"} {
		j.data = data
		if _, err := runReadmission(t, j); yumen.KindOf(err) != yumen.KindFailed {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func BenchmarkReadmission300k(b *testing.B) {
	j := readmissionJob(b, visits(300_000))
	for b.Loop() {
		if _, err := runReadmission(b, j); err != nil {
			b.Fatal(err)
		}
	}
}
