package result

import (
	"bytes"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/egress/ledger"
	"github.com/yumen-data/yumen/internal/task"
)

// labelsOf writes the labels of a table in which unit u lies in cell cellOf(u), none below 0.
func labelsOf(t *testing.T, cells int, cellOf func(u int) int) []byte {
	t.Helper()
	b := ledger.NewBuilder(cells, false)
	for u := range 200 {
		if c := cellOf(u); c >= 0 {
			if err := b.Add(ledger.Label{Unit: u, Cell: c, Adds: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	ls := ledger.Labels{Layers: []ledger.LabeledLayer{{Table: b.Table()}}}
	if err := ls.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A difference is found among visible cells alone, and what is written are the labels of these.
//
// Duty 106 (XX38.3): the ledger compares what is visible after all fixes with what left before.
func TestLedgerComparesVisibleCells(t *testing.T) {
	table := task.LabeledTable{Kinds: []task.LabeledUnits{{Unit: "person", Populations: []int64{200},
		Layers: []task.LabelLayer{{Columns: []string{"n"}}}}}, Cells: 2, K: 10, Rounding: 1}
	all := labelsOf(t, 2, func(u int) int { return u % 2 })
	without := labelsOf(t, 2, func(u int) int {
		if u == 7 {
			return -1
		}
		return u % 2
	})
	for name, c := range map[string]struct {
		second string // its figure, none where suppressed
		want   int
	}{"both visible": {"99", 2}, "the differing one suppressed": {"", 0}} {
		spec := task.LedgerSpec{Columns: []yumen.ArtifactColumn{{Name: "k"}, {Name: "n"}}, Table: table, P: 0.1,
			Earlier: []task.LabeledTable{table}}
		in := given(t, spec, map[string][]byte{task.InLabels: without, task.LabelsName(0): all,
			task.InArtifact: streamOf(t, []string{"k text", "n integer"}, []string{"a", "100"}, []string{"b", c.second})})
		got := run[task.LedgerAnswer](t, in, task.Ledger)
		if len(got.Found) != c.want || c.want > 0 && (got.Found[0].Units != 1 || len(got.Found[0].Cells) == 0) {
			t.Errorf("%s: %+v", name, got)
		}
		kept, err := ledger.ReadLabels(bytes.NewReader(in.Outputs[task.OutLabels].Bytes()))
		if err != nil || kept.Salt == [32]byte{} {
			t.Fatal(err)
		}
		if n := kept.Layers[0].Table.CellUnits(); (n[1] == 0) != (c.want == 0) || n[0] != 100 {
			t.Errorf("%s: %v", name, n)
		}
	}
	in := given(t, task.LedgerSpec{Table: table, Earlier: []task.LabeledTable{table}},
		map[string][]byte{task.InLabels: all, task.LabelsName(0): []byte("nonsense")})
	if err := compareLabels(t.Context(), in); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("nonsense for labels: %v", err)
	}
}
