package anonymity

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// recode runs a recoding over rows of text; a cell of NullLabel is null.
func recode(t testing.TB, cfg RecodeConfig, rows [][]string) (*Recoding, error) {
	t.Helper()
	r, err := NewRecoder(cfg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, row := range rows {
		null := make([]bool, len(row))
		for i, s := range row {
			null[i] = s == NullLabel
		}
		if err := r.Add(row, null); err != nil {
			return nil, err
		}
	}
	return r.Run(context.Background())
}

func regions(t testing.TB) *Hierarchy {
	h, err := ReadHierarchy("region", strings.NewReader("1;east;all\n2;west;all\n3;east;all\n4;west;all\n"))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRecode is small enough to follow by hand: the ages are cut at 30, then each half between two regions.
func TestRecode(t *testing.T) {
	rows := [][]string{{"20", "1"}, {"25", "3"}, {"30", "2"}, {"9", "2"}, {"50", "4"}, {"100", "4"}, {"40", "1"},
		{"45", "3"}}
	got, err := recode(t, RecodeConfig{Quasi: []RecodeColumn{{Name: "age"}, {Name: "region", Hierarchy: regions(t)}},
		Models: []Model{KAnonymity{2}}}, rows)
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for row := range got.Rows() {
		cells = append(cells, got.Label(got.Class(row), 0)+" "+got.Label(got.Class(row), 1))
	}
	want := []string{"[20,25] east", "[20,25] east", "[9,30] 2", "[9,30] 2", "[50,100] 4", "[50,100] 4", "[40,45] east",
		"[40,45] east"}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	u := got.Utility()
	// Ranks of the ages 9 20 25 30 40 45 50 100 are 0…7. Regions below east: (2−1)÷(4−1).
	loss := (2*(1./7+1./3) + 2*(3./7) + 2*(1./7) + 2*(1./7+1./3)) / 16
	if u.Discernibility != 16 || u.AverageClassSize != 2 || !sameTenDigits(u.Loss, loss) {
		t.Errorf("utility %+v, want loss %v", u, loss)
	}
}

func TestRecodeNulls(t *testing.T) {
	rows := [][]string{{NullLabel, "1"}, {"5", NullLabel}, {NullLabel, "1"}, {"7", NullLabel}}
	got, err := recode(t, RecodeConfig{Quasi: []RecodeColumn{{Name: "n"}, {Name: "region", Hierarchy: regions(t)}},
		Models: []Model{KAnonymity{4}}}, rows)
	if err != nil {
		t.Fatal(err)
	}
	if got.Label(0, 0) != Suppressed || got.Label(0, 1) != "all" || got.Classes() != 1 {
		t.Errorf("labels %q %q in %d classes", got.Label(0, 0), got.Label(0, 1), got.Classes())
	}
}

// TestRecodeLaws holds that every class, as its labels show it, meets the models, that every cell lies in its label,
// that no class of twice k rows is left uncut while a column differs in it by enough, and that the budget of memory
// changes nothing.
func TestRecodeLaws(t *testing.T) {
	h := regions(t)
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 5).Draw(t, "k")
		models := []Model{KAnonymity{k}}
		switch rapid.IntRange(0, 3).Draw(t, "model") {
		case 1:
			models = append(models, DistinctLDiversity{"s", 2})
		case 2:
			models = append(models, TCloseness{Attribute: "s", T: 0.4})
		case 3:
			models = append(models, EntropyLDiversity{"s", 1.5}, RecursiveLDiversity{"s", 3, 2})
		}
		sensitive := len(models) > 1
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []string {
			row := []string{strconv.Itoa(rapid.IntRange(0, 300).Draw(t, "a")),
				rapid.SampledFrom([]string{"1", "2", "3", "4", NullLabel}).Draw(t, "b"),
				rapid.SampledFrom([]string{"2020-01-01", "2020-02-01", NullLabel}).Draw(t, "c")}
			if sensitive {
				row = append(row, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "s"))
			}
			return row
		}), 1, 120).Draw(t, "rows")
		cfg := RecodeConfig{Quasi: []RecodeColumn{{Name: "a"}, {Name: "b", Hierarchy: h}, {Name: "c"}}, Models: models,
			Dir: dir}
		got, err := drawRecoding(t, cfg, rows, 0)
		if err != nil {
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Fatal(err)
			}
			return
		}
		checkRecoding(t, got, rows, models)
		spilled, err := drawRecoding(t, cfg, rows, 100)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.of, spilled.of) || !slices.Equal(got.bounds, spilled.bounds) ||
			!slices.Equal(got.size, spilled.size) {
			t.Fatal("classes cut on disk differ from classes cut in memory")
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// drawRecoding is recode with a budget of memory far below what may be configured.
func drawRecoding(t *rapid.T, cfg RecodeConfig, rows [][]string, memory int64) (*Recoding, error) {
	r, err := NewRecoder(cfg)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if memory > 0 {
		r.cfg.Memory = memory
	}
	for _, row := range rows {
		null := make([]bool, len(row))
		for i, s := range row {
			null[i] = s == NullLabel
		}
		if err := r.Add(row, null); err != nil {
			t.Fatal(err)
		}
	}
	return r.Run(context.Background())
}

func checkRecoding(t *rapid.T, got *Recoding, rows [][]string, models []Model) {
	names := []string{"a", "b", "c", "s"}[:len(rows[0])]
	b, err := NewBuilder(names...)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		out := slices.Clone(row)
		for q := range 3 {
			out[q] = got.Label(got.Class(i), q)
			if !within(row[q], out[q], got.axes[q]) {
				t.Fatalf("row %d, column %d: the cell does not lie in its label", i, q)
			}
		}
		if err := b.Add(out, nil); err != nil {
			t.Fatal(err)
		}
	}
	results, err := Measure(b.Table(), names[:3], models, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Holds {
			t.Fatalf("%s does not hold", r.Model)
		}
	}
}

func within(cell, label string, a *axis) bool {
	if cell == label || label == Suppressed {
		return true
	}
	if a.ladder != nil {
		code := a.code[slices.Index(a.values, cell)]
		for level := range a.ladder.to {
			if a.ladder.labels[level][a.ladder.to[level][code]] == label {
				return true
			}
		}
		return false
	}
	lo, hi, ok := strings.Cut(strings.Trim(label, "[]"), ",")
	place := func(s string) int { return slices.Index(a.values, s) }
	return ok && cell != NullLabel && place(lo) <= place(cell) && place(cell) <= place(hi)
}

func TestRecodeRefuses(t *testing.T) {
	q := []RecodeColumn{{Name: "a"}}
	rows := [][]string{{"1"}, {"2"}}
	tests := []struct {
		name string
		cfg  RecodeConfig
		rows [][]string
		kind yumen.ErrorKind
	}{
		{"no k", RecodeConfig{Quasi: q, Models: []Model{DistinctLDiversity{"s", 2}}}, nil, yumen.KindInvalid},
		{"k of 0", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{0}}}, nil, yumen.KindInvalid},
		{"no quasi-identifier", RecodeConfig{Models: []Model{KAnonymity{2}}}, nil, yumen.KindInvalid},
		{"one twice", RecodeConfig{Quasi: append(q, q...), Models: []Model{KAnonymity{2}}}, nil, yumen.KindInvalid},
		{"presence", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{2}, DeltaPresence{0, 1}}}, nil,
			yumen.KindInvalid},
		{"both roles", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{2}, DistinctLDiversity{"a", 2}}}, nil,
			yumen.KindInvalid},
		{"too little memory", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{2}}, Memory: 10}, nil,
			yumen.KindInvalid},
		{"no rows", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{1}}}, nil, yumen.KindInvalid},
		{"k larger than the table", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{3}}}, rows, yumen.KindInvalid},
		{"row of another width", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{1}}}, [][]string{{"1", "2"}},
			yumen.KindInvalid},
		{"not UTF-8", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{1}}}, [][]string{{"\xff"}}, yumen.KindInvalid},
		{"value not in the hierarchy",
			RecodeConfig{Quasi: []RecodeColumn{{Name: "a", Hierarchy: regions(t)}}, Models: []Model{KAnonymity{1}}},
			[][]string{{"9"}}, yumen.KindInvalid},
		{"out of reach", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{1}, DistinctLDiversity{"s", 3}}},
			[][]string{{"1", "x"}, {"2", "y"}}, yumen.KindInvalid},
		{"no such folder", RecodeConfig{Quasi: q, Models: []Model{KAnonymity{1}}, Memory: minRecodeMemory,
			Dir: "/no/such/folder"}, manyRows(20000), yumen.KindUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := recode(t, tt.cfg, tt.rows); yumen.KindOf(err) != tt.kind {
				t.Errorf("error %v, want kind %s", err, tt.kind)
			}
		})
	}
}

func manyRows(n int) [][]string {
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{strconv.Itoa(i)}
	}
	return rows
}

func TestRecodeStops(t *testing.T) {
	r, err := NewRecoder(RecodeConfig{Quasi: []RecodeColumn{{Name: "a"}}, Models: []Model{KAnonymity{2}}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, row := range manyRows(10000) {
		if err := r.Add(row, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

var recodeRows = flag.Int("recode.rows", 200_000, "rows of BenchmarkRecode; 10000000 for the full size")

// BenchmarkRecode recodes synthetic people with six quasi-identifiers to k = 10.
func BenchmarkRecode(b *testing.B) {
	for b.Loop() {
		r, err := NewRecoder(RecodeConfig{Models: []Model{KAnonymity{10}}, Dir: b.TempDir(),
			Quasi: []RecodeColumn{{Name: "birth"}, {Name: "district"}, {Name: "sex"}, {Name: "occupation"},
				{Name: "income"}, {Name: "admitted"}}})
		if err != nil {
			b.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		text := make([]string, 100_000)
		for i := range text {
			text[i] = strconv.Itoa(i)
		}
		row := make([]string, 6)
		for range *recodeRows {
			row[0], row[1], row[2] = text[rng.IntN(36500)], text[rng.IntN(3000)], text[rng.IntN(2)]
			row[3], row[4], row[5] = text[rng.IntN(400)], text[int(min(rng.ExpFloat64()*8000, 99_999))],
				text[rng.IntN(1500)]
			if err := r.Add(row, nil); err != nil {
				b.Fatal(err)
			}
		}
		got, err := r.Run(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
		b.ReportMetric(float64(got.Classes()), "classes")
	}
	b.ReportMetric(float64(*recodeRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestRecodeBatches(t *testing.T) {
	told := int64(0)
	r, err := NewRecoder(RecodeConfig{Quasi: []RecodeColumn{{Name: "age"}},
		Models:   []Model{KAnonymity{2}, DistinctLDiversity{"name", 2}},
		Progress: func(done, total int64) { told = done*10 + total }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if diff := cmp.Diff([]string{"age", "name"}, r.Columns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if err := r.AddBatch(people(t)); err != nil {
		t.Fatal(err)
	}
	got, err := r.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows() != 3 || got.Classes() != 1 || got.Label(0, 0) != Suppressed || told != 33 {
		t.Errorf("%d rows, %d classes, progress %d", got.Rows(), got.Classes(), told)
	}
	other, err := NewRecoder(RecodeConfig{Quasi: []RecodeColumn{{Name: "nobody"}}, Models: []Model{KAnonymity{2}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.AddBatch(people(t)); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("missing column: %v", err)
	}
}
