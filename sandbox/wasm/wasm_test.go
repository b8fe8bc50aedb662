package wasm

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// The test binary is its own enclave.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "enclave" {
		os.Exit(sandbox.Main(map[task.Role]sandbox.Handler{task.Wasm: Handler(copyAny), task.Inspect: Inspect}, nil))
	}
	os.Exit(m.Run())
}

// copyData stands for the engine that writes a module's inputs: it hands over the task's input "data" as it is, under
// the name of every declared file.
func copyData(_ context.Context, in sandbox.Env, spec task.WasmSpec, dir string) error {
	path, ok := in.Input("data")
	if !ok {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, f := range spec.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// job is one run of a module in a test.
type job struct {
	module  []byte
	args    []string
	data    string // what the module finds as /in/data
	format  yumen.FileFormat
	columns []yumen.OutputColumn
	rows    int64
	limits  yumen.Limits
}

func columns(spec ...string) []yumen.OutputColumn {
	var cols []yumen.OutputColumn
	for i := 0; i < len(spec); i += 2 {
		cols = append(cols, yumen.OutputColumn{Name: spec[i], Type: yumen.Type(spec[i+1])})
	}
	return cols
}

func (j job) spec() task.WasmSpec {
	if j.format == "" {
		j.format = yumen.FormatCSV
	}
	if j.columns == nil {
		j.columns = columns("a", "integer")
	}
	if j.rows == 0 {
		j.rows = 1000
	}
	return task.WasmSpec{
		Files:   []task.WasmFile{{Name: "data"}},
		Output:  yumen.JobOutput{Name: "out.csv", Format: j.format, Columns: j.columns},
		Args:    j.args,
		MaxRows: j.rows,
	}
}

func (j job) inside(t testing.TB) *sandboxtest.Env {
	t.Helper()
	return j.insideWith(t, j.spec())
}

func (j job) insideWith(t testing.TB, spec any) *sandboxtest.Env {
	t.Helper()
	in := sandboxtest.New(t, spec, nil)
	in.Bounds = j.limits
	if j.limits.Memory == 0 {
		in.Bounds = yumen.Limits{Memory: 256 << 20, Output: 16 << 20}
	}
	in.Give(t, task.InModule, j.module)
	in.Give(t, "data", []byte(j.data))
	return in
}

// run runs the job without isolation and returns its rows as text, the names first.
func (j job) run(t testing.TB) ([][]string, error) {
	t.Helper()
	return j.runSpec(t, j.spec())
}

func (j job) runSpec(t testing.TB, spec task.WasmSpec) ([][]string, error) {
	t.Helper()
	in := j.insideWith(t, spec)
	if err := Handler(copyData)(t.Context(), in); err != nil {
		return nil, err
	}
	return rowsOf(t, in.Outputs[task.OutResult].Bytes()), nil
}

func rowsOf(t testing.TB, stream []byte) [][]string {
	t.Helper()
	return sandboxtest.Rows(t, stream, "∅", false)
}

func tool(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/tool.wasm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// given makes the module leave data as its output.
var given = []string{"copy", "/in/data", "/out/out.csv"}

func TestAnswer(t *testing.T) {
	in := job{module: tool(t), args: given, data: "a,名\n1,x\n,\"\"\n",
		columns: columns("a", "integer", "名", "text")}.inside(t)
	if err := Handler(copyData)(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	want := `{"rows":2,"columns":[{"name":"a","type":"integer","kind":"opaque"},{"name":"名","type":"text","kind":"opaque"}]}`
	if string(in.Said) != want {
		t.Errorf("answer %s", in.Said)
	}
	if d := cmp.Diff([][]string{{"a", "名"}, {"1", "x"}, {"∅", ""}},
		rowsOf(t, in.Outputs[task.OutResult].Bytes())); d != "" {
		t.Error(d)
	}
	if len(in.Engines) != 1 || !strings.HasPrefix(in.Engines[0], "wazero") {
		t.Errorf("engines %v", in.Engines)
	}
}

// TestMisbehaviour runs modules that end badly, and what each is told.
func TestMisbehaviour(t *testing.T) {
	for _, c := range []struct {
		name string
		job  job
		kind yumen.ErrorKind
		says string
	}{
		{"no output", job{args: []string{"nothing"}}, yumen.KindFailed, "did not write"},
		{"trap", job{args: []string{"trap"}}, yumen.KindFailed, "unreachable"},
		{"wild pointer", job{args: []string{"wild"}}, yumen.KindFailed, "out of bounds"},
		{"deep recursion", job{args: []string{"recurse"}}, yumen.KindFailed, "the module trapped"},
		{"exit code", job{args: []string{"exit", "77"}}, yumen.KindFailed, "exit code other than 0"},
		{"memory bomb", job{args: []string{"grow"}}, yumen.KindLimit, "more memory than 192MiB"},
		{"output too large", job{args: []string{"flood", "/out/out.csv", "17"}}, yumen.KindLimit, "larger than 16MiB"},
		{"another file", job{args: append(slices.Clone(given), "/in/data", "/out/more"), data: "a\n"}, yumen.KindFailed,
			"more under /out"},
		{"a folder", job{args: []string{"mkdir"}}, yumen.KindFailed, "more under /out"},
		{"too many rows", job{args: given, data: "a\n1\n2\n3\n", rows: 2}, yumen.KindLimit, "more than 2 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.job.module = tool(t)
			_, err := c.job.run(t)
			if yumen.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) ||
				strings.Contains(err.Error(), "77") {
				t.Errorf("got %v: %v", yumen.KindOf(err), err)
			}
		})
	}
}

func TestPrintingIsDiscarded(t *testing.T) {
	rows, err := job{module: tool(t), args: []string{"print", "/in/data", "/out/out.csv"}, data: "a\n5\n"}.run(t)
	if err != nil || len(rows) != 2 {
		t.Errorf("%v %v", rows, err)
	}
}

func TestNoWayOut(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	up := strings.Repeat("../", 12) + strings.TrimPrefix(secret, "/")
	rows, err := job{module: tool(t), args: []string{"escape", up}, data: "x",
		columns: columns("try", "text", "got", "integer")}.run(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 16 {
		t.Fatalf("%d ways tried, want 15", len(rows)-1)
	}
	for _, r := range rows[1:] {
		if r[1] != "0" {
			t.Errorf("%s succeeded", r[0])
		}
	}
}

func TestEveryRunSeesTheSameWorld(t *testing.T) {
	j := job{module: tool(t), args: []string{"world"}, columns: columns("seconds", "integer", "random", "text")}
	first, err := j.run(t)
	if err != nil {
		t.Fatal(err)
	}
	second, err := j.run(t)
	if d := cmp.Diff(first, second); d != "" || err != nil {
		t.Error(d, err)
	}
	seeded := j.spec()
	seeded.Seed = 42
	third, err := j.runSpec(t, seeded)
	if err != nil || third[1][0] != first[1][0] || third[1][1] == first[1][1] {
		t.Errorf("another seed gave %v after %v (%v)", third, first, err)
	}
}

func TestDeclarations(t *testing.T) {
	good := job{}.spec()
	for name, edit := range map[string]func(*task.WasmSpec){
		"path as name": func(s *task.WasmSpec) { s.Output.Name = "../x" },
		"no name":      func(s *task.WasmSpec) { s.Output.Name = "" },
		"no columns":   func(s *task.WasmSpec) { s.Output.Columns = nil },
		"same names":   func(s *task.WasmSpec) { s.Output.Columns = columns("a", "text", "a", "text") },
		"unknown type": func(s *task.WasmSpec) { s.Output.Columns = columns("a", "blob") },
		"parquet":      func(s *task.WasmSpec) { s.Output.Format = yumen.FormatParquet },
		"no row cap":   func(s *task.WasmSpec) { s.MaxRows = 0 },
	} {
		spec := good
		edit(&spec)
		if _, err := newResult(spec); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInEnclave runs a module behind the real walls.
func TestInEnclave(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j := job{module: tool(t), args: given, data: "a\n1\n2\n"}
	in := j.inside(t)
	var out bytes.Buffer
	run := func(edit func(*task.Task)) (task.Outcome, error) {
		tk := task.Task{Role: task.Wasm, Spec: j.spec()}
		for name, path := range in.Inputs {
			tk.Inputs = append(tk.Inputs, sandboxtest.Opened(t, name, path))
		}
		if edit != nil {
			edit(&tk)
		}
		return host.Run(t.Context(), tk, map[string]io.Writer{task.OutResult: &out})
	}
	got, err := run(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Report.Level != yumen.IsolationFull || len(rowsOf(t, out.Bytes())) != 3 {
		t.Errorf("%+v %v", got.Report, rowsOf(t, out.Bytes()))
	}
	j.args = []string{"loop"}
	_, err = run(func(k *task.Task) { k.Limits.Wall = yumen.Duration(500 * time.Millisecond) })
	if yumen.KindOf(err) != yumen.KindLimit || !strings.Contains(err.Error(), "killed after 500ms") {
		t.Errorf("endless loop: %v", err)
	}
	j.args = []string{"grow"}
	_, err = run(func(k *task.Task) { k.Limits.Memory = 512 << 20 })
	if yumen.KindOf(err) != yumen.KindLimit || !strings.Contains(err.Error(), "more memory") {
		t.Errorf("memory bomb: %v", err)
	}
	var code bytes.Buffer
	inspect := task.Task{Role: task.Inspect, Spec: task.InspectSpec{},
		Inputs: []task.Input{sandboxtest.Opened(t, task.InModule, in.Inputs[task.InModule])}}
	if _, err := host.Run(t.Context(), inspect, map[string]io.Writer{task.OutCompiled: &code}); err != nil ||
		code.Len() == 0 {
		t.Errorf("inspect: %d bytes, %v", code.Len(), err)
	}
	in.Give(t, task.InCompiled, code.Bytes())
	j.args = given
	if _, err := run(nil); err != nil {
		t.Errorf("with machine code from another enclave: %v", err)
	}
}

// Machine code that one enclave hands out is what the next one runs; code of another module, or of another version of
// the engine, is not found there and does no harm.
func TestCompiledCodeIsKept(t *testing.T) {
	inspect := func(module []byte) []byte {
		in := job{module: module}.insideWith(t, task.WasmSpec{})
		if err := Inspect(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return in.Outputs[task.OutCompiled].Bytes()
	}
	code := inspect(tool(t))
	if again := inspect(tool(t)); !bytes.Equal(code, again) {
		t.Error("the same module gives other machine code")
	}
	j := job{module: tool(t), args: given, data: "a,b\n1,2\n", columns: columns("a", "integer", "b", "integer")}
	want, err := j.run(t)
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := bytes.Cut(code, []byte("\n"))
	for what, kept := range map[string][]byte{
		"its own": code, "another module's": inspect(guest(t, "readmission")),
		"another version's": append([]byte("wazero-v0.0.0/"+filepath.Base(string(name))+"\n"), "x"...),
	} {
		in := j.inside(t)
		in.Give(t, task.InCompiled, kept)
		if err := Handler(copyData)(t.Context(), in); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if d := cmp.Diff(want, rowsOf(t, in.Outputs[task.OutResult].Bytes())); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
	for _, kept := range []string{"no name", "../../escape\nx", "/etc/passwd\nx"} {
		in := j.inside(t)
		in.Give(t, task.InCompiled, []byte(kept))
		if err := Handler(copyData)(t.Context(), in); yumen.KindOf(err) != yumen.KindCorrupt {
			t.Errorf("%q: got %v, want kind corrupt", kept, err)
		}
	}
}

// Of a module of map and block modes, what is kept is the machine code of what it is rewritten to, which a run then
// finds.
func TestCompiledCodeOverUnitsIsKept(t *testing.T) {
	care := unitsJob{module: guest(t, "care"), sources: careSources(people(100)), spec: careSpec}
	inspect := func(module, handed []byte, mode yumen.WasmMode, memory yumen.Size) []byte {
		in := job{module: module}.insideWith(t, task.InspectSpec{Mode: mode, Memory: memory})
		if handed != nil {
			in.Give(t, task.InCompiled, handed)
		}
		if err := Inspect(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return in.Outputs[task.OutCompiled].Bytes()
	}
	blocks := unitsJob{module: care.module, sources: care.sources, spec: careSpec, key: testKey}
	blocks.spec.Mode, blocks.spec.Groups, blocks.spec.Blocks = yumen.ModeBlock, 1, 5
	const memory = 512 << 20
	for _, c := range []struct {
		name   string
		job    unitsJob
		handed []byte
		files  int // in the cache after the run: one where the code that was handed in was found
	}{
		{"none", care, nil, 1},
		{"its own", care, inspect(care.module, nil, yumen.ModeMap, memory), 1},
		{"its own, inspected again with it", care,
			inspect(care.module, inspect(care.module, nil, yumen.ModeMap, memory), yumen.ModeMap, memory), 1},
		{"its own, inspected again with another's", care,
			inspect(care.module, inspect(guest(t, "inequality"), nil, yumen.ModeMap, memory), yumen.ModeMap, memory),
			1},
		{"another module's", care, inspect(guest(t, "inequality"), nil, yumen.ModeMap, memory), 2},
		{"of another mode", care, inspect(care.module, nil, yumen.ModeBlock, memory), 2},
		{"of blocks", blocks, inspect(care.module, nil, yumen.ModeBlock, memory), 1},
		{"of blocks with less memory", blocks, inspect(care.module, nil, yumen.ModeBlock, memory/2), 2},
	} {
		spec := task.WasmSpec{MaxRows: 1000, Units: &c.job.spec,
			Files: []task.WasmFile{{Name: "table1.arrow", Format: yumen.FormatArrow},
				{Name: "table2.arrow", Format: yumen.FormatArrow}}}
		in := c.job.enclave(t, spec)
		if c.handed != nil {
			in.Give(t, task.InCompiled, c.handed)
		}
		if err := Handler(copyTables)(t.Context(), in); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want, _, err := c.job.run(t)
		if d := cmp.Diff(want, rowsOf(t, in.Outputs[task.OutResult].Bytes())); d != "" || err != nil {
			t.Errorf("%s: %v %s", c.name, err, d)
		}
		files, err := filepath.Glob(filepath.Join(in.Work(), "compiled", "*", "*"))
		if len(files) != c.files || err != nil {
			t.Errorf("%s: %d files of machine code, want %d (%v)", c.name, len(files), c.files, err)
		}
	}
}

// copyAny serves both kinds of job in the enclave of the tests.
func copyAny(ctx context.Context, in sandbox.Env, spec task.WasmSpec, dir string) error {
	if spec.Units != nil {
		return copyTables(ctx, in, spec, dir)
	}
	return copyData(ctx, in, spec, dir)
}
