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

// TestGuestsRebuild builds the committed C guests again and compares the bytes.
func TestGuestsRebuild(t *testing.T) {
	out, err := exec.Command("clang", "--version").Output()
	if err != nil || !strings.Contains(string(out), "version 14.") {
		t.Skip("clang 14 with wasi-libc is not installed")
	}
	built := filepath.Join(t.TempDir(), "built.wasm")
	if out, err := exec.Command(filepath.Join(guests, "readmission/build.sh"), built).CombinedOutput(); err != nil {
		t.Skipf("cannot build: %s", out)
	}
	b, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if yumen.DigestOf(b) != yumen.DigestOf(guest(t, "readmission")) {
		t.Error("readmission.c does not build to the committed module")
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
		fmt.Fprintf(&b, "%d,%d,\"%s\",%s,%d.50\n", v.resident, v.resident, strings.ReplaceAll(v.department, `"`, `""`), date, v.day)
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
	for _, data := range []string{"", "a,b\n", "resident_id,visit_date,department\n1,2024-13-01,x\n", "resident_id,visit_date,department\nx,2024-01-01,x\n",
		"resident_id,visit_date,department\n1,2024-01-01\n", "resident_id,visit_date,department\n1,2024-01-01,\"x\n"} {
		j.data = data
		if _, err := runReadmission(t, j); yumen.KindOf(err) != yumen.Failed {
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
