package technique

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Controlled rounding: cells and all totals are multiples of the base less than one base away, and the table adds up.
func TestControlledRounding(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.Int64Range(2, 12).Draw(rt, "base")
		m, n := rapid.IntRange(1, 7).Draw(rt, "m"), rapid.IntRange(1, 7).Draw(rt, "n")
		cells := make([][]int64, m)
		for i := range cells {
			cells[i] = rapid.SliceOfN(rapid.Int64Range(-5, 40), n, n).Draw(rt, "row")
		}
		rowsWas, colsWas, allWas := sums(cells)
		was := slices.Clone(cells)
		for i := range was {
			was[i] = slices.Clone(cells[i])
		}
		controlledRound(cells, base, rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)))
		near := func(was, is int64, what string) {
			if d := was - is; is%base != 0 || d >= base || d <= -base || was%base == 0 && d != 0 {
				rt.Fatalf("%s: %d became %d, base %d", what, was, is, base)
			}
		}
		rows, cols, all := sums(cells)
		for i := range cells {
			near(rowsWas[i], rows[i], "row total")
			for j := range cells[i] {
				near(was[i][j], cells[i][j], "cell")
			}
		}
		for j := range cols {
			near(colsWas[j], cols[j], "column total")
		}
		near(allWas, all, "total")
	})
}

func TestControlledRoundingIsUnbiased(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	was := [][]int64{{3, 11, 4}, {7, 2, 9}}
	sum := [2][3]float64{}
	const trials = 20000
	for range trials {
		cells := [][]int64{slices.Clone(was[0]), slices.Clone(was[1])}
		controlledRound(cells, 5, random)
		for i := range cells {
			for j, v := range cells[i] {
				sum[i][j] += float64(v)
			}
		}
	}
	for i := range was {
		for j, v := range was[i] {
			if m := sum[i][j] / trials; math.Abs(m-float64(v)) > 0.1 { // five standard errors are 0.088
				t.Errorf("cell %d,%d: mean %.3f, want %d", i, j, m, v)
			}
		}
	}
}
