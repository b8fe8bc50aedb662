package anonymity

import (
	"context"
	"math"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// TestAdultRisk compares with the figures ARX gives for the raw table.
func TestAdultRisk(t *testing.T) {
	data, _ := adult(t)
	r, err := MeasureRisk(data, adultColumns, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"sample uniqueness", r.Uniqueness, 0.5142895033485844},
		{"highest risk", r.Prosecutor.Highest, 1},
		{"average risk", r.Prosecutor.Average, 0.6465751607983555},
		{"marketer risk", r.Marketer, 0.6465751607983555},
	} {
		if !sameTenDigits(tt.got, tt.want) {
			t.Errorf("%s %.16f, want %.16f", tt.name, tt.got, tt.want)
		}
	}
	if r.Journalist != r.Prosecutor || r.Rows != 30162 {
		t.Errorf("journalist %v, prosecutor %v, rows %d", r.Journalist, r.Prosecutor, r.Rows)
	}
}

func TestRiskAgainstPopulation(t *testing.T) {
	people := table(t, []string{"zip"}, []string{"a"}, []string{"a"}, []string{"a"}, []string{"a"}, []string{"b"},
		[]string{"b"}, []string{"c"})
	released := []bool{true, true, false, false, true, false, false}
	got, err := MeasureRisk(people, []string{"zip"}, 0.3, released)
	if err != nil {
		t.Fatal(err)
	}
	want := &Risk{Rows: 3, Classes: 2, Smallest: 1, Largest: 2, AverageClass: 1.5, SampleUniques: 1, Uniqueness: 1. / 3,
		Prosecutor: Attack{Highest: 1, Average: 2. / 3, AtRisk: 1},
		Journalist: Attack{Highest: 0.5, Average: 1. / 3, AtRisk: 1. / 3}, Marketer: 1. / 3}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []float64{-1, 1.5, math.NaN()} {
		if _, err := MeasureRisk(people, []string{"zip"}, bad, nil); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("threshold %v: %v", bad, err)
		}
	}
	if _, err := MeasureRisk(people, []string{"zip"}, 0, released[1:]); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("too few marks: %v", err)
	}
}

// TestRankQuasi is the worked example of ARX's tests, calculated by hand there.
func TestRankQuasi(t *testing.T) {
	data := table(t, []string{"age", "sex", "state"}, []string{"20", "Female", "CA"}, []string{"30", "Female", "CA"},
		[]string{"40", "Female", "TX"}, []string{"20", "Male", "NY"}, []string{"40", "Male", "CA"})
	got, err := RankQuasi(context.Background(), data, data.Columns(), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []QuasiRank{
		{[]string{"age"}, 0.6, 0.8, 0.2}, {[]string{"state"}, 0.6, 0.7, 0.4}, {[]string{"sex"}, 0.4, 0.6, 0},
		{[]string{"age", "sex"}, 1, 1, 1}, {[]string{"age", "state"}, 1, 1, 1},
		{[]string{"sex", "state"}, 0.8, 0.9, 0.6},
		{[]string{"age", "sex", "state"}, 1, 1, 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSUDAWorkedExample is counted by hand: with four columns, a minimal sample unique on one column scores 3·2 = 6 up
// to size 3, on two columns 2, on three columns 1.
func TestSUDAWorkedExample(t *testing.T) {
	data := table(t, []string{"region", "sex", "age", "job"},
		[]string{"u", "f", "y", "a"}, []string{"u", "f", "y", "a"}, // alike: never unique
		[]string{"u", "m", "y", "a"}, // unique on sex alone: 6
		[]string{"r", "f", "o", "a"}, // region and age each shared with the next row; with job unique
		[]string{"r", "f", "o", "b"}, // and so here
		[]string{"u", "f", "y", "b"}, // unique on region+job and age+job
	)
	got, err := MeasureSUDA(context.Background(), data, data.Columns(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{0, 0, 6, 4, 4, 4}, got.Score); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 6, 0}, got.BySize); diff != "" {
		t.Errorf("by size (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{6. / 18, 6. / 18, 6. / 18, 12. / 18}, got.Contribution,
		cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("contributions (-want +got):\n%s", diff)
	}
	if got.Rows != 4 || len(got.Keys) != 3 {
		t.Errorf("%d rows, keys %v", got.Rows, got.Keys)
	}
}

// TestSUDAByDefinition compares with the definition, row by row and set by set.
func TestSUDAByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, cells := drawTable(t, 4, 25)
		got, err := MeasureSUDA(context.Background(), data, data.Columns(), 0)
		if err != nil {
			t.Fatal(err)
		}
		bySize := make([]int64, 4)
		for row := range cells {
			for set := uint32(1); set < 16; set++ {
				minimal := alone(cells, row, set)
				for _, c := range columnsOf(set) {
					rest := set &^ (1 << c) // sets of columns are not empty: a row alone in its table is unique on each column
					minimal = minimal && (rest == 0 || !alone(cells, row, rest))
				}
				if minimal {
					bySize[bits.OnesCount32(set)-1]++
				}
			}
		}
		if diff := cmp.Diff(bySize, got.BySize); diff != "" {
			t.Fatalf("by size (-definition +got):\n%s", diff)
		}
	})
}

// alone reports whether no other row agrees with one on a set of columns.
func alone(cells [][]string, row int, set uint32) bool {
	for other := range cells {
		same := other != row
		for _, c := range columnsOf(set) {
			same = same && cells[other][c] == cells[row][c]
		}
		if same {
			return false
		}
	}
	return true
}

func TestTooManySubsets(t *testing.T) {
	names := make([]string, 20)
	for i := range names {
		names[i] = itoa(i)
	}
	data := table(t, names)
	if _, err := RankQuasi(context.Background(), data, names, 10); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("error %v, want kind limit", err)
	}
	if _, err := MeasureSUDA(context.Background(), data, names, 3); err != nil {
		t.Error(err)
	}
}

// drawTable draws a table of small categories, so that many rows meet.
func drawTable(t *rapid.T, columns, rows int) (*Table, [][]string) {
	names := make([]string, columns)
	for i := range names {
		names[i] = "c" + itoa(i)
	}
	b, err := NewBuilder(names...)
	if err != nil {
		t.Fatal(err)
	}
	n := rapid.IntRange(1, rows).Draw(t, "rows")
	cells := make([][]string, n)
	for r := range cells {
		cells[r] = make([]string, columns)
		for c := range cells[r] {
			cells[r][c] = itoa(rapid.IntRange(0, 3).Draw(t, "cell"))
		}
		if err := b.Add(cells[r], nil); err != nil {
			t.Fatal(err)
		}
	}
	return b.Table(), cells
}
