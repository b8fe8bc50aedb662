package duck

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

// The test binary is its own enclave, as the yumen executable is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "enclave" {
		os.Exit(sandbox.Main(Handlers(), Openers()))
	}
	os.Exit(m.Run())
}

// enclave runs a task in a real enclave and returns its answer and streams.
func enclave[T any](t *testing.T, host *sandbox.Host, tk task.Task, streams ...string) (T, map[string][]byte) {
	t.Helper()
	sinks, bufs := map[string]io.Writer{}, map[string]*bytes.Buffer{}
	for _, s := range streams {
		bufs[s] = &bytes.Buffer{}
		sinks[s] = bufs[s]
	}
	out, err := host.Run(t.Context(), tk, sinks)
	if err != nil {
		t.Fatalf("%s: %v", tk.Role, err)
	}
	if d := cmp.Diff([]string{"DuckDB v1.5.5"}, out.Report.Engines); d != "" {
		t.Error(d)
	}
	var answer T
	if err := json.Unmarshal(out.Answer, &answer); err != nil {
		t.Fatal(err)
	}
	data := map[string][]byte{}
	for s, b := range bufs {
		data[s] = b.Bytes()
	}
	return answer, data
}

// TestInEnclave takes a file from import to check behind real walls.
func TestInEnclave(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	input := func(name string, data []byte) task.Input {
		return sandboxtest.Opened(t, name, writeFile(t, name, data))
	}
	limits := yumen.Limits{Memory: 1 << 30, Threads: 2}
	tree, _ := enclave[task.ParseAnswer](t, host,
		task.Task{Role: task.Parse, Spec: task.ParseSpec{SQL: "SELECT 1"}, Limits: limits})
	if !json.Valid(tree.Tree) {
		t.Errorf("tree %s", tree.Tree)
	}

	spec := task.ImportSpec{Dataset: eightColumns(), Format: yumen.FormatCSV, MaxBad: 5}
	imported, streams := enclave[task.ImportAnswer](t, host, task.Task{Role: task.Import, Spec: spec, Limits: limits,
		Inputs: []task.Input{input(task.InSource, eightColumnFile(20000))}}, task.OutVersion, task.OutUnits)
	if imported.Rows != 20000 || imported.BadTotal != 0 || imported.Units == 0 {
		t.Fatalf("%+v", imported)
	}
	version := input("visits", streams[task.OutVersion])

	view := task.View{Name: "visits", Input: "visits",
		Columns: []task.ViewColumn{{Name: "dept", From: "dept", Type: yumen.TypeText},
			{Name: "fee", From: "fee", Type: "decimal(10,2)"}}}
	answer, streams := enclave[task.ResultAnswer](t, host,
		task.Task{Role: task.Query, Limits: limits, Inputs: []task.Input{version},
			Spec: task.QuerySpec{Views: []task.View{view}, MaxRows: 10, Evidence: 2,
				SQL: "SELECT dept, count(*) AS n, count(DISTINCT _unit) AS _units, count(*) AS _rows FROM visits GROUP BY dept ORDER BY dept"}},
		task.OutResult, task.OutEvidence)
	if answer.Rows != 3 {
		t.Errorf("%+v", answer)
	}

	measured, _ := enclave[yumen.Evidence](t, host, task.Task{Role: task.Check, Limits: limits,
		Inputs: []task.Input{version, input(task.InArtifact, streams[task.OutResult]),
			input(task.InEvidence, streams[task.OutEvidence])},
		Spec: task.CheckSpec{K: 10, Rounding: 5, MaxCells: 5, Sources: []task.Source{{View: view, Dataset: "visits"}},
			Columns: []yumen.ArtifactColumn{
				{Name: "dept", Type: yumen.TypeText, Kind: yumen.ColumnOpaque},
				{Name: "n", Type: yumen.TypeInteger, Kind: yumen.ColumnOpaque}}}})
	if measured.Rows != 3 || len(measured.Groups) != 3 {
		t.Errorf("%+v", measured)
	}

	q := heldBack(task.Scattered)
	q.Views, q.SQL, q.Keys = []task.View{view}, "SELECT _unit AS u, dept AS k1, fee AS a1 FROM visits",
		[]task.GroupKey{{Type: yumen.TypeText}}
	told, streams := enclave[task.ResultAnswer](t, host,
		task.Task{Role: task.Private, Limits: limits, Inputs: []task.Input{version},
			Spec: task.PrivateSpec{Question: *q, Noise: noiseOf(q, 5), MaxRows: 10}}, task.OutNoisy)
	ended, _ := enclave[task.ResultAnswer](t, host,
		task.Task{Role: task.Post, Limits: limits, Inputs: []task.Input{input(task.InCells, streams[task.OutNoisy])},
			Spec: task.PostSpec{SQL: "SELECT k1, v1 FROM _cells ORDER BY v1 DESC LIMIT 2", MaxRows: 10}},
		task.OutResult)
	if told.Rows != 3 || ended.Rows != 2 {
		t.Errorf("%d groups told of, %d after", told.Rows, ended.Rows)
	}

	_, err = host.Run(t.Context(),
		task.Task{Role: task.Query, Limits: limits, Spec: task.QuerySpec{SQL: "SELECT error('secret')", MaxRows: 1}},
		map[string]io.Writer{task.OutResult: io.Discard})
	if yumen.KindOf(err) != yumen.KindFailed || bytes.Contains([]byte(err.Error()), []byte("secret")) {
		t.Errorf("a failing query: %v", err)
	}
}

// TestSpillInEnclave sorts more than the engine may hold in memory, behind real walls.
func TestSpillInEnclave(t *testing.T) {
	host, err := sandbox.New(sandbox.Config{Minimum: yumen.IsolationReduced, Scratch: t.TempDir()})
	if err != nil {
		t.Skipf("this host gives no enclave: %v", err)
	}
	answer, _ := enclave[task.ResultAnswer](t, host,
		task.Task{Role: task.Query, Limits: yumen.Limits{Memory: 512 << 20, Threads: 2, Output: 1 << 30},
			Spec: task.QuerySpec{MaxRows: 10_000_000,
				SQL: "SELECT i, md5(i::VARCHAR) AS x FROM range(2000000) t(i) ORDER BY hash(i), x"}}, task.OutResult)
	if answer.Rows != 2_000_000 {
		t.Errorf("%d rows", answer.Rows)
	}
}
