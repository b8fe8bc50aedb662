package wasm

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// source is a table of a test as rows of text, "∅" for null. The first column is the unit.
type source struct {
	columns []yumen.OutputColumn
	rows    [][]string
}

// stream writes a table as an Arrow stream in batches of a few rows, so that units span them.
func (s source) stream(t testing.TB) []byte {
	t.Helper()
	schema, err := arrowio.Schema(s.columns)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	table, err := newTable(s.columns, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	table.out = arrowio.NewWriter(&out, schema, 0)
	for n, row := range s.rows {
		for i, cell := range row {
			if cell == "∅" {
				table.cells[i].Null()
			} else if err := table.set(i, cell); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.endRow(); err != nil {
			t.Fatal(err)
		}
		if n%7 == 3 {
			if err := table.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := table.flush(); err != nil {
		t.Fatal(err)
	}
	if err := table.out.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unitsJob is one run over units in a test.
type unitsJob struct {
	module  []byte
	sources []source
	spec    task.UnitsSpec
	key     []byte
}

// task is the spec of a run that is not private.
func (j unitsJob) task() task.WasmSpec {
	spec := task.WasmSpec{MaxRows: 100_000, Units: &j.spec}
	for i := range j.sources {
		spec.Files = append(spec.Files,
			task.WasmFile{Name: fmt.Sprintf("table%d.arrow", i+1), Format: yumen.FormatArrow})
	}
	return spec
}

// enclave is one without walls, with the inputs of the job.
func (j unitsJob) enclave(t testing.TB, spec task.WasmSpec) *sandboxtest.Env {
	t.Helper()
	in := sandboxtest.New(t, spec, nil)
	in.Bounds.Memory = 512 << 20
	in.Give(t, task.InModule, j.module)
	in.Give(t, task.InKey, j.key)
	for i, s := range j.sources {
		in.Give(t, fmt.Sprintf("table%d.arrow", i+1), s.stream(t))
	}
	return in
}

// copyTables hands over the inputs that are named like files.
func copyTables(_ context.Context, in sandbox.Env, spec task.WasmSpec, dir string) error {
	for _, f := range spec.Files {
		path, _ := in.Input(f.Name)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// confined is the task of a run behind real walls.
func (j unitsJob) confined(t testing.TB, spec task.WasmSpec) task.Task {
	t.Helper()
	tk := task.Task{Role: task.Wasm, Spec: spec}
	for name, path := range j.enclave(t, spec).Inputs {
		tk.Inputs = append(tk.Inputs, sandboxtest.Opened(t, name, path))
	}
	return tk
}

// run returns the rows of the result and of the evidence, names first.
func (j unitsJob) run(t testing.TB) (result, evidence [][]string, err error) {
	t.Helper()
	in := j.enclave(t, j.task())
	if err := Handler(copyTables)(t.Context(), in); err != nil {
		return nil, nil, err
	}
	return rowsOf(t, in.Outputs[task.OutResult].Bytes()), rowsOf(t, in.Outputs[task.OutEvidence].Bytes()), nil
}

func number64(name string, t yumen.Type, least, most, def float64) yumen.Coordinate {
	return yumen.Coordinate{Name: name, Type: t, Min: least, Max: most, Default: def}
}

// person of a test: a birth date and visits of a department and a fee in cents.
type person struct {
	born   string
	visits [][2]string
}

func people(n int) map[int]person {
	r := rand.New(rand.NewPCG(3, 4))
	list := map[int]person{}
	for i := range n {
		p := person{born: fmt.Sprintf("%d-%02d-%02d", 1930+r.IntN(96), 1+r.IntN(12), 1+r.IntN(28))}
		if r.IntN(20) == 0 {
			p.born = "" // not registered
		}
		for range r.IntN(9) {
			p.visits = append(p.visits,
				[2]string{[]string{"儿科", "骨科", "内科", ""}[r.IntN(4)],
					fmt.Sprintf("%d.%02d", r.IntN(40_000), r.IntN(100))})
		}
		list[3*i] = p
	}
	return list
}

func careSources(list map[int]person) []source {
	residents := source{columns: columns("_unit", "integer", "birth_date", "date")}
	visits := source{columns: columns("_unit", "integer", "department", "text", "fee_total", "decimal(10,2)")}
	var units []int
	for u := range list {
		units = append(units, u)
	}
	slices.Sort(units)
	for _, u := range units {
		if list[u].born != "" {
			residents.rows = append(residents.rows, []string{strconv.Itoa(u), list[u].born})
		}
		for _, v := range list[u].visits {
			visits.rows = append(visits.rows, []string{strconv.Itoa(u), v[0], v[1]})
		}
	}
	return []source{residents, visits}
}

var careSpec = task.UnitsSpec{Mode: yumen.ModeMap, Groups: 9, Steps: 1_000_000, Coordinates: []yumen.Coordinate{
	number64("patients", yumen.TypeInteger, 0, 1, 0), number64("visits", yumen.TypeInteger, 0, 150, 0),
	number64("departments", yumen.TypeInteger, 0, 20, 0), number64("fees", yumen.TypeDouble, 0, 50_000, 0)}}

// care computes what the guest shall compute, in another way: whole cents, sets, calendar dates as text.
func care(list map[int]person) [][]string {
	type total struct{ units, patients, visits, departments, cents int64 }
	var sums [9]total
	for _, p := range list {
		if p.born == "" && len(p.visits) == 0 {
			continue // in no table
		}
		if p.born == "" {
			sums[0].units++ // the default
			continue
		}
		year, _ := strconv.Atoi(p.born[:4])
		s := &sums[min(8, (2025-year)/10)]
		s.units++
		seen := map[string]bool{}
		cents := int64(0)
		for _, v := range p.visits {
			seen[v[0]] = true
			c, _ := strconv.ParseInt(strings.ReplaceAll(v[1], ".", ""), 10, 64)
			cents += c
		}
		if len(p.visits) > 0 {
			s.patients++
		}
		s.visits += int64(len(p.visits))
		s.departments += int64(len(seen))
		s.cents += min(cents, 5_000_000)
	}
	rows := [][]string{{"group", "units", "patients", "visits", "departments", "fees"}}
	for g, s := range sums {
		rows = append(rows, []string{fmt.Sprint(g), fmt.Sprint(s.units), fmt.Sprint(s.patients), fmt.Sprint(s.visits),
			fmt.Sprint(s.departments), fmt.Sprint(s.cents)})
	}
	return rows
}

// inCents rounds the last column to whole cents: each person's fees are rounded to a multiple of 2^-40 on their way.
func inCents(t testing.TB, rows [][]string) [][]string {
	t.Helper()
	for _, r := range rows[1:] {
		v, err := strconv.ParseFloat(r[len(r)-1], 64)
		cents := math.Round(v * 100)
		if err != nil || math.Abs(v*100-cents) > 1e-4 {
			t.Errorf("%s is no number of cents", r[len(r)-1])
		}
		r[len(r)-1] = strconv.FormatInt(int64(cents), 10)
	}
	return rows
}

func TestCare(t *testing.T) {
	list := people(3000)
	got, evidence, err := unitsJob{module: guest(t, "care"), sources: careSources(list), spec: careSpec}.run(t)
	if err != nil {
		t.Fatal(err)
	}
	want := care(list)
	if d := cmp.Diff(want, inCents(t, got)); d != "" {
		t.Error(d)
	}
	for i, r := range evidence[1:] {
		if r[0] != want[i+1][1] {
			t.Errorf("group %d: evidence of %s units", i, r[0])
		}
	}
}

// TestMapInEnclave runs the same behind the real walls.
func TestMapInEnclave(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	list := people(300)
	job := unitsJob{module: guest(t, "care"), sources: careSources(list), spec: careSpec}
	tk := job.confined(t, job.task())
	var out, evidence bytes.Buffer
	if _, err := host.Run(t.Context(), tk,
		map[string]io.Writer{task.OutResult: &out, task.OutEvidence: &evidence}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(care(list), inCents(t, rowsOf(t, out.Bytes()))); d != "" {
		t.Error(d)
	}
}

// returning builds a module that returns the first cell of its first row as its only coordinate, with a group of its
// own.
func returning(group int64, size int64) []byte {
	body := asm().i32(1024).i32(group).op(0x36, 2, 0).i32(1032).
		local(0).local(0).op(0x28, 2, 16, 0x6a, 0x29, 3, 0, 0x37, 3, 0).i64(1024<<32 | size).code
	return withMap(body)
}

// withMap builds a module whose yumen_map is the given code, which leaves an i64.
func withMap(body []byte) []byte {
	p, err := parse(mapModule{}.bytes())
	if err != nil {
		panic(err)
	}
	alloc, run, init := cat([]byte{0}, asm().i32(2048).code, []byte{opEnd}), cat([]byte{0}, body, []byte{opEnd}),
		[]byte{0, opEnd}
	p.sections[codeSection] = cat([]byte{3}, uleb(nil, uint32(len(alloc))), alloc, uleb(nil, uint32(len(run))), run,
		uleb(nil, uint32(len(init))), init)
	return p.bytes()
}

// TestWhatIsReturned holds clamping, defaults and what counts as garbage.
func TestWhatIsReturned(t *testing.T) {
	double := number64("x", yumen.TypeDouble, -5, 10, 2.5)
	for _, c := range []struct {
		name       string
		group      int64
		size       int64
		coordinate yumen.Coordinate
		column     string
		cell, want string
	}{
		{"as it is", 1, 16, double, "double", "1.25", "1.25"},
		{"too large", 1, 16, double, "double", "1e300", "10"},
		{"too small", 1, 16, double, "double", "-7", "-5"},
		{"infinite", 1, 16, double, "integer", strconv.FormatUint(math.Float64bits(math.Inf(1)), 10), "10"},
		{"NaN", 1, 16, double, "integer", strconv.FormatUint(math.Float64bits(math.NaN()), 10), "2.5"},
		{"another NaN", 1, 16, double, "integer", "-1", "2.5"},
		{"too long", 1, 24, double, "double", "1.25", "2.5"},
		{"too short", 1, 8, double, "double", "1.25", "2.5"},
		{"no such group", 3, 16, double, "double", "1.25", "2.5"},
		{"negative group", -1, 16, double, "double", "1.25", "2.5"},
		{"integer", 1, 16, number64("x", yumen.TypeInteger, -5, 10, 2), "integer", "7", "7"},
		{"integer too large", 1, 16, number64("x", yumen.TypeInteger, -5, 10, 2), "integer", "9223372036854775807",
			"10"},
		{"integer too small", 1, 16, number64("x", yumen.TypeInteger, -5, 10, 2), "integer", "-9223372036854775808",
			"-5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			job := unitsJob{module: returning(c.group, c.size),
				sources: []source{{columns("_unit", "integer", "v", c.column), [][]string{{"4", c.cell}}}},
				spec: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 3, Steps: 1000,
					Coordinates: []yumen.Coordinate{c.coordinate}}}
			got, _, err := job.run(t)
			if err != nil {
				t.Fatal(err)
			}
			isDefault := c.want == "2.5"
			row := got[2]
			if isDefault {
				row = got[1] // of group 0
			}
			if row[1] != "1" || row[2] != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestSumsAreExact holds that sums do not depend on the order of units and lose nothing.
func TestSumsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-maxBound, maxBound), 1, 50).Draw(t, "values")
		want := new(big.Rat)
		var sum privacy.Int128
		for _, v := range values {
			f := fixedOf(v)
			sum = sum.Add(f)
			exact := new(big.Rat).SetFrac(bigOf(f), new(big.Int).Lsh(big.NewInt(1), fractionBits))
			off := new(big.Rat).Sub(exact, new(big.Rat).SetFloat64(v))
			if off.Abs(off).Cmp(big.NewRat(1, 1<<(fractionBits+1))) > 0 {
				t.Fatalf("%v is off by %v", v, off)
			}
			want.Add(want, exact)
		}
		nearest, _ := want.Float64()
		if got := double(sum, fractionBits, 1); got != nearest {
			t.Fatalf("sum %v, want %v", got, nearest)
		}
	})
}

// TestRecord reads records back by the published layout.
func TestRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.SampledFrom([]string{"∅", "", "医院", "x", strings.Repeat("长", 40)})
		text := source{columns: columns("_unit", "integer", "a", "text", "n", "integer", "b", "text")}
		for range rapid.IntRange(0, 20).Draw(rt, "rows") {
			text.rows = append(text.rows,
				[]string{"5", cell.Draw(rt, "a"), rapid.SampledFrom([]string{"∅", "-3", "9"}).Draw(rt, "n"),
					cell.Draw(rt, "b")})
		}
		flags := source{columns: columns("_unit", "integer", "f", "boolean", "d", "date"),
			rows: [][]string{{"5", "true", "1970-01-03"}}}
		dir := t.TempDir()
		var paths []string
		for i, s := range []source{text, flags} {
			paths = append(paths, filepath.Join(dir, strconv.Itoa(i)))
			if err := os.WriteFile(paths[i], s.stream(t), 0o600); err != nil {
				rt.Fatal(err)
			}
		}
		in, err := openRows(paths)
		if err != nil {
			rt.Fatal(err)
		}
		defer in.close()
		rec := newRecord(in.schemas())
		if err := in.take(5, rec); err != nil {
			rt.Fatal(err)
		}
		b := rec.bytes()
		if len(b) != rec.size() || int(binary.LittleEndian.Uint32(b[4:])) != len(b) {
			rt.Fatalf("%d bytes, size %d", len(b), rec.size())
		}
		if d := cmp.Diff(text.rows, readBack(b, 0, "tnt"),
			cmp.Transformer("nil", func(r [][]string) [][]string { return append([][]string{}, r...) })); d != "" {
			rt.Fatal(d)
		}
		if d := cmp.Diff([][]string{{"5", "1", "2"}}, readBack(b, 1, "nn")); d != "" {
			rt.Fatal(d)
		}
	})
}

func readBack(b []byte, table int, kinds string) (rows [][]string) {
	u32 := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
	head := 8 + 16*table
	n, cells, nulls := u32(head), u32(head+8), u32(head+12)
	for row := range n {
		r := []string{"5"}
		for col, kind := range kinds {
			at := cells + 8*(col*n+row)
			switch {
			case b[nulls+col*n+row] == 1:
				r = append(r, "∅")
			case kind == 't':
				r = append(r, string(b[u32(at):u32(at)+u32(at+4)]))
			default:
				r = append(r, strconv.FormatInt(int64(binary.LittleEndian.Uint64(b[at:])), 10))
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func TestUnsortedRowsAreRefused(t *testing.T) {
	for name, s := range map[string]source{
		"within a batch": {columns("_unit", "integer", "v", "integer"), [][]string{{"2", "0"}, {"1", "0"}}},
		"across batches": {columns("_unit", "integer", "v", "integer"),
			[][]string{{"2", "0"}, {"2", "0"}, {"2", "0"}, {"2", "0"}, {"1", "0"}}},
		"a null unit": {columns("_unit", "integer", "v", "integer"), [][]string{{"∅", "0"}}},
		"no integer":  {columns("_unit", "text", "v", "integer"), [][]string{{"1", "0"}}},
	} {
		job := unitsJob{module: returning(0, 16), sources: []source{s},
			spec: task.UnitsSpec{Mode: yumen.ModeMap, Groups: 1, Steps: 1000,
				Coordinates: []yumen.Coordinate{number64("x", yumen.TypeInteger, 0, 1, 0)}}}
		if _, _, err := job.run(t); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
}
