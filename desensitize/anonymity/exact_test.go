package anonymity

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// drawHierarchy draws a hierarchy over the values 0…3: two steps up, both monotone, then the top.
func drawHierarchy(t *rapid.T, name string) *Hierarchy {
	var b strings.Builder
	pair := rapid.IntRange(0, 2).Draw(t, "pair")
	for v := range 4 {
		group := []int{v / 2, v % 2, min(v, 1)}[pair]
		b.WriteString(itoa(v) + ";g" + itoa(group) + ";*\n")
	}
	h, err := ReadHierarchy(name, strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func drawModels(t *rapid.T) []Model {
	models := []Model{KAnonymity{rapid.IntRange(1, 4).Draw(t, "k")}}
	switch rapid.IntRange(0, 4).Draw(t, "model") {
	case 1:
		models = append(models, DistinctLDiversity{"c3", rapid.IntRange(1, 3).Draw(t, "l")})
	case 2:
		models = append(models, EntropyLDiversity{"c3", rapid.Float64Range(1, 3).Draw(t, "l")})
	case 3:
		models = append(models,
			RecursiveLDiversity{"c3", rapid.Float64Range(0.5, 4).Draw(t, "c"), rapid.IntRange(1, 3).Draw(t, "l")})
	case 4:
		models = []Model{TCloseness{Attribute: "c3", T: rapid.Float64Range(0.1, 0.8).Draw(t, "t"),
			Ordered: rapid.Bool().Draw(t, "ordered")}}
	}
	return models
}

// TestSearchIsExact compares the search with a walk over the whole lattice, for every metric and model, with and
// without suppression, weights and a population.
func TestSearchIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, cells := drawTable(t, 4, 40)
		p := Problem{Table: data, Quasi: []string{"c0", "c1", "c2"}, Models: drawModels(t),
			Metric: rapid.SampledFrom([]Metric{NonUniformEntropy, Loss, Discernibility,
				AverageClassSize}).Draw(t, "metric"),
			MaxSuppressed:   rapid.SampledFrom([]float64{0, 0.1, 0.3, 1}).Draw(t, "suppress"),
			CountSuppressed: rapid.Bool().Draw(t, "count"),
			Weights:         map[string]float64{"c1": rapid.SampledFrom([]float64{0, 0.5, 1, 3}).Draw(t, "weight")},
			Hierarchies:     map[string]*Hierarchy{}}
		for _, name := range p.Quasi {
			p.Hierarchies[name] = drawHierarchy(t, name)
		}
		if rapid.Bool().Draw(t, "population") {
			p.Released = rapid.SliceOfN(rapid.Bool(), len(cells), len(cells)).Draw(t, "released")
			p.Released[0] = true
			p.Models = append(p.Models,
				DeltaPresence{rapid.Float64Range(0, 0.3).Draw(t, "min"), rapid.Float64Range(0.5, 1).Draw(t, "max")})
		}
		checkExact(t, p)
	})
}

func checkExact(t *rapid.T, p Problem) {
	s, err := newSearch(p)
	if err != nil {
		if yumen.KindOf(err) != yumen.KindInvalid { // a k beyond the rows released
			t.Fatal(err)
		}
		return
	}
	best := math.Inf(1)
	for node := range s.nodes {
		s.part.make(s.decode(node), s.suppressing)
		if s.part.suppressed <= s.limit && !s.part.failed {
			score, _ := s.scorer.score(s.part)
			best = min(best, score)
		}
	}
	got, err := Optimal(context.Background(), p)
	if math.IsInf(best, 1) {
		if yumen.KindOf(err) != yumen.KindInvalid {
			t.Fatalf("no node meets the models, but the search says %v, %v", got, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("the search failed although score %v is possible: %v", best, err)
	}
	if math.Abs(got.Score-best) > 1e-9*max(1, best) {
		t.Fatalf("score %v, best over the whole lattice %v", got.Score, best)
	}
	checkApplied(t, p, got)
}

// checkApplied holds that the table without its suppressed rows meets the models that look at its rows alone.
func checkApplied(t *rapid.T, p Problem, s *Solution) {
	kept := s.Apply(true)
	if got, want := int64(kept.Rows()), s.part.v.rows-s.Suppressed; got != want {
		t.Fatalf("%d rows kept, want %d", got, want)
	}
	var models []Model
	for _, m := range p.Models {
		switch m.(type) {
		case DeltaPresence, TCloseness: // these compare with rows that are not in the table any more
		default:
			models = append(models, m)
		}
	}
	results, err := Measure(kept, p.Quasi, models, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Holds {
			t.Fatalf("%s does not hold after generalization", r.Model)
		}
	}
	if all := s.Apply(false); int64(all.Rows()) != s.part.v.rows {
		t.Fatalf("%d rows with suppressed ones, want %d", all.Rows(), s.part.v.rows)
	}
}

func TestApply(t *testing.T) {
	b, err := NewBuilder("city", "note")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		city string
		null bool
	}{{"a", false}, {"b", false}, {"", true}, {"", true}, {"c", false}} {
		if err := b.Add([]string{r.city, "n" + r.city}, []bool{r.null, false}); err != nil {
			t.Fatal(err)
		}
	}
	data := b.Table()
	h, err := ReadHierarchy("city", strings.NewReader("a;north;all\nb;north;all\nc;south;all\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Optimal(context.Background(),
		Problem{Table: data, Quasi: []string{"city"}, Hierarchies: map[string]*Hierarchy{"city": h},
			Models: []Model{KAnonymity{2}}, MaxSuppressed: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	text := func(t *Table) (rows []string) {
		for r := range t.Rows() {
			rows = append(rows, t.Value(r, 0)+" "+t.Value(r, 1))
		}
		return rows
	}
	if diff := cmp.Diff([]string{"north na", "north nb", "∅ n", "∅ n", "* nc"}, text(s.Apply(false))); diff != "" {
		t.Errorf("starred (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"north na", "north nb", "∅ n", "∅ n"}, text(s.Apply(true))); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{false, false, false, false, true}, s.SuppressedRows()); diff != "" {
		t.Errorf("suppressed rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1}, s.Levels); diff != "" || s.Suppressed != 1 || s.Classes != 2 {
		t.Errorf("levels %v, suppressed %d, classes %d", s.Levels, s.Suppressed, s.Classes)
	}
}

func TestUtility(t *testing.T) {
	data, hierarchies := adult(t)
	p := Problem{Table: data, Quasi: adultColumns, Hierarchies: hierarchies, Models: []Model{KAnonymity{5}},
		MaxSuppressed: 0.04, CountSuppressed: true}
	for _, m := range []Metric{NonUniformEntropy, Loss, Discernibility, AverageClassSize} {
		p.Metric = m
		s, err := Optimal(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		u := s.Utility()
		same := map[Metric]float64{NonUniformEntropy: u.Entropy, Loss: u.Loss, Discernibility: u.Discernibility,
			AverageClassSize: u.AverageClassSize}[m]
		if same != s.Score {
			t.Errorf("%s: utility %v, score %v", m, same, s.Score)
		}
		if !(u.NormalizedEntropy > 0 && u.NormalizedEntropy < 1 && u.Loss > 0 && u.Loss < 1) {
			t.Errorf("%s: normalized entropy %v, loss %v not in (0,1)", m, u.NormalizedEntropy, u.Loss)
		}
		t.Logf("%s: %d of %d nodes checked, levels %v, %+v", m, s.Checked, s.Nodes, s.Levels, u)
	}
}

func TestOptimalRefuses(t *testing.T) {
	data := table(t, []string{"a", "b"}, []string{"1", "x"}, []string{"2", "x"})
	h, err := ReadHierarchy("a", strings.NewReader("1;*\n"))
	if err != nil {
		t.Fatal(err)
	}
	full, err := ReadHierarchy("a", strings.NewReader("1;*\n2;*\n"))
	if err != nil {
		t.Fatal(err)
	}
	deep := map[string]*Hierarchy{"a": full}
	tests := []struct {
		name string
		p    Problem
		kind yumen.ErrorKind
	}{
		{"no table", Problem{Quasi: []string{"a"}, Models: []Model{KAnonymity{1}}}, yumen.KindInvalid},
		{"no model", Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep}, yumen.KindInvalid},
		{"unknown column", Problem{Table: data, Quasi: []string{"z"}, Hierarchies: deep,
			Models: []Model{KAnonymity{1}}}, yumen.KindInvalid},
		{"no hierarchy", Problem{Table: data, Quasi: []string{"b"}, Hierarchies: deep, Models: []Model{KAnonymity{1}}},
			yumen.KindInvalid},
		{"value not in the hierarchy",
			Problem{Table: data, Quasi: []string{"a"}, Hierarchies: map[string]*Hierarchy{"a": h},
				Models: []Model{KAnonymity{1}}}, yumen.KindInvalid},
		{"k larger than the table",
			Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep, Models: []Model{KAnonymity{3}}},
			yumen.KindInvalid},
		{"out of reach", Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep,
			Models: []Model{DistinctLDiversity{"b", 2}}}, yumen.KindInvalid},
		{"share of suppressed rows",
			Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep, Models: []Model{KAnonymity{1}},
				MaxSuppressed: math.NaN()}, yumen.KindInvalid},
		{"weight", Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep, Models: []Model{KAnonymity{1}},
			Weights: map[string]float64{"a": -1}}, yumen.KindInvalid},
		{"metric", Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep, Models: []Model{KAnonymity{1}},
			Metric: "x"}, yumen.KindInvalid},
		{"no rows", Problem{Table: table(t, []string{"a"}), Quasi: []string{"a"}, Hierarchies: deep,
			Models: []Model{KAnonymity{1}}}, yumen.KindInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Optimal(context.Background(), tt.p); yumen.KindOf(err) != tt.kind {
				t.Errorf("error %v, want kind %s", err, tt.kind)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Optimal(ctx, Problem{Table: data, Quasi: []string{"a"}, Hierarchies: deep,
		Models: []Model{KAnonymity{1}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
