package result

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// statementsOf are what an enclave of a stream is asked.
func statementsOf(t *testing.T, stream []byte) (ask func(sandbox.Handler, task.ExportSpec) (string, error),
	kept sandbox.Handler) {
	t.Helper()
	kept, free, err := Openers()[task.Export](t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(free)
	return func(run sandbox.Handler, spec task.ExportSpec) (string, error) {
		in := given(t, spec, map[string][]byte{task.InArtifact: stream})
		err := run(t.Context(), in)
		out := ""
		if b := in.Outputs[task.OutFile]; b != nil {
			out = b.String()
		}
		return string(in.Said) + out, err
	}, kept
}

// An enclave that keeps its result answers each statement as one that reads it anew, whatever came before.
func TestKeptResult(t *testing.T) {
	rows := [][]string{{"a", "1"}, {"b", ""}, {"", "3"}, {"d", "4"}, {"e", "5"}}
	cols := []yumen.ArtifactColumn{{Name: "t", Type: yumen.TypeText}, {Name: "n", Type: yumen.TypeInteger}}
	ask, kept := statementsOf(t, streamOf(t, []string{"t text", "n integer"}, rows...))
	types := []uint32{25, 20}
	specs := []task.ExportSpec{{Rows: &task.RowRange{From: 1, Rows: 2, Types: types}}, {Messages: true, Columns: cols},
		{Rows: &task.RowRange{Types: types, Formats: []int16{1}}}, {Rows: &task.RowRange{From: 4, Rows: 1, Types: types}},
		{Rows: &task.RowRange{From: 9, Types: types}}, {Format: yumen.FormatCSV}, {Messages: true, Columns: cols},
		{Rows: &task.RowRange{Types: []uint32{25, 25}}}, {Messages: true, Columns: cols[:1]}}
	for i, spec := range append(specs, specs...) {
		want, wantErr := ask(exportOnce, spec)
		got, err := ask(kept, spec)
		if d := cmp.Diff(want, got); d != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("statement %d: %v, %v: %s", i, err, wantErr, d)
		}
	}
}

// A result that is not sound is refused by every statement: nothing is kept of what was read before its end.
func TestKeptResultIsSound(t *testing.T) {
	whole := streamOf(t, []string{"t text"}, []string{"a"}, []string{"b"}, []string{"c"}, []string{"d"})
	ask, kept := statementsOf(t, whole[:len(whole)-24])
	for range 3 {
		if got, err := ask(kept, task.ExportSpec{Rows: &task.RowRange{Types: []uint32{25}}}); yumen.KindOf(err) !=
			yumen.KindCorrupt {
			t.Errorf("read %q, %v", got, err)
		}
	}
}
