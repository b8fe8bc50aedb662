package anonymity

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sameTenDigits reports whether two numbers agree to ten significant digits.
func sameTenDigits(got, want float64) bool { return math.Abs(got-want) <= 1e-10*math.Abs(want) }

// exhaustive scores every node of the lattice, without any of the search's shortcuts.
func exhaustive(t testing.TB, p Problem) (best float64, at []int) {
	t.Helper()
	s, err := newSearch(p)
	if err != nil {
		t.Fatal(err)
	}
	best = math.Inf(1)
	for node := range s.nodes {
		levels := s.decode(node)
		s.part.make(levels, s.suppressing)
		if s.part.suppressed > s.limit || s.part.failed {
			continue
		}
		if score, _ := s.scorer.score(s.part); score < best {
			best, at = score, ints(levels)
		}
	}
	return best, at
}

func ints(levels []uint8) []int {
	out := make([]int, len(levels))
	for i, l := range levels {
		out[i] = int(l)
	}
	return out
}

var adultColumns = []string{"sex", "age", "race", "marital-status", "education", "native-country", "workclass",
	"occupation", "salary-class"}

func without(names []string, name string) []string {
	var out []string
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}

// TestAdultOptimum compares with optima that ARX publishes in its tests for the same file and hierarchies.
func TestAdultOptimum(t *testing.T) {
	data, hierarchies := adult(t)
	alphabet := slices.Clone(data.cols[data.at["occupation"]].values)
	slices.Sort(alphabet)
	entropy := func(k int, share float64) Problem {
		return Problem{Quasi: adultColumns, Models: []Model{KAnonymity{k}}, MaxSuppressed: share}
	}
	occupation := without(adultColumns, "occupation")
	diverse := func(share float64) Problem {
		return Problem{Quasi: occupation, Models: []Model{EntropyLDiversity{"occupation", 5}}, MaxSuppressed: share,
			CountSuppressed: true}
	}
	close := func(k int, share float64) Problem {
		return Problem{Quasi: occupation, Models: []Model{TCloseness{Attribute: "occupation", T: 0.2}, KAnonymity{k}},
			MaxSuppressed: share, Metric: Discernibility}
	}
	ordered := func(t float64, k int, share float64) Problem {
		p := close(k, share)
		p.Models[0] = TCloseness{Attribute: "occupation", T: t, Ordered: true, Order: alphabet}
		return p
	}
	tests := []struct {
		name   string
		p      Problem
		score  float64
		levels []int
	}{
		{"k=5", entropy(5, 0), 407289.5388925293, []int{1, 2, 1, 1, 3, 2, 2, 1, 1}},
		{"k=100", entropy(100, 0), 453196.8932458743, []int{0, 4, 1, 1, 3, 2, 2, 1, 1}},
		{"k=5, 4% suppressed", entropy(5, 0.04), 255559.85455731067, []int{1, 0, 1, 1, 3, 2, 2, 0, 1}},
		{"k=100, 4% suppressed", entropy(100, 0.04), 379417.3460570988, []int{1, 1, 1, 1, 3, 2, 2, 1, 1}},
		{"entropy l=5", diverse(0), 324620.5269918692, []int{1, 1, 1, 1, 3, 2, 2, 1}},
		{"entropy l=5, 4% suppressed and counted", diverse(0.04), 228878.2039109517, []int{1, 0, 1, 1, 2, 2, 2, 1}},
		{"t=0.2, k=5", close(5, 0), 4.56853172e8, []int{1, 4, 1, 1, 3, 2, 2, 1}},
		{"ordered t=0.2, k=5, 4% suppressed", ordered(0.2, 5, 0.04), 2712340, []int{0, 0, 1, 1, 2, 2, 2, 0}},
		{"ordered t=0.2, k=100, 4% suppressed", ordered(0.2, 100, 0.04), 1.9937246e7, []int{1, 0, 1, 2, 3, 2, 2, 1}},
		{"ordered t=0.1, k=5", ordered(0.1, 5, 0), 9.786802e7, []int{1, 1, 1, 2, 3, 2, 2, 1}},
		{"ordered t=0.2, k=100", ordered(0.2, 100, 0), 1.6231213e8, []int{1, 4, 1, 1, 1, 2, 2, 1}},
		{"t=0.2, k=100, 4% suppressed", close(100, 0.04), 3.11880088e8, []int{1, 4, 1, 0, 3, 2, 2, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.p.Table, tt.p.Hierarchies = data, hierarchies
			got, err := Optimal(context.Background(), tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if !sameTenDigits(got.Score, tt.score) {
				t.Errorf("score %.10f, want %.10f", got.Score, tt.score)
			}
			if diff := cmp.Diff(tt.levels, got.Levels); diff != "" {
				t.Errorf("levels (-want +got):\n%s", diff)
			}
			t.Logf("checked %d of %d nodes", got.Checked, got.Nodes)
		})
	}
}

// TestAdultOptimumIsProven searches the whole lattice.
func TestAdultOptimumIsProven(t *testing.T) {
	if testing.Short() {
		t.Skip("searching all 12,960 nodes takes some seconds")
	}
	data, hierarchies := adult(t)
	p := Problem{Table: data, Quasi: adultColumns, Hierarchies: hierarchies, Models: []Model{KAnonymity{5}}}
	got, err := Optimal(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	best, at := exhaustive(t, p)
	if got.Nodes != 12960 || got.Score != best {
		t.Errorf("score %v over %d nodes, want %v over 12960", got.Score, got.Nodes, best)
	}
	if diff := cmp.Diff(at, got.Levels); diff != "" {
		t.Errorf("levels (-whole lattice +search):\n%s", diff)
	}
	if !sameTenDigits(best, 407289.5388925293) {
		t.Errorf("best score %.10f", best)
	}
}

// BenchmarkOptimalAdult is the case of k = 5, with a walk over the whole lattice as baseline.
func BenchmarkOptimalAdult(b *testing.B) {
	data, hierarchies := adult(b)
	p := Problem{Table: data, Quasi: adultColumns, Hierarchies: hierarchies, Models: []Model{KAnonymity{5}}}
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			if _, err := Optimal(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole-lattice", func(b *testing.B) {
		for b.Loop() {
			exhaustive(b, p)
		}
	})
}
