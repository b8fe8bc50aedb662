package attacks

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

// The values were computed apart: binomial sums, numeric integration of the density, tables of the chi-square.
func TestIntervals(t *testing.T) {
	low, high := wilson(8, 10, z95)
	near(t, "wilson low", low, 0.4901625, 1e-6)
	near(t, "wilson high", high, 0.9433178, 1e-6)
	low, high = clopperPearson(8, 10, 0.025)
	near(t, "exact low", low, 0.4439045, 1e-6)
	near(t, "exact high", high, 0.9747893, 1e-6)
	low, high = clopperPearson(0, 100, 0.025)
	near(t, "exact low of none", low, 0, 0)
	near(t, "exact high of none", high, 1-math.Pow(0.025, 0.01), 1e-9)
	near(t, "pchisq(3.84, 1) tail", chiSquareTail(1, 3.841458820694124), 0.05, 1e-9)
	near(t, "pchisq(100, 120) tail", chiSquareTail(120, 100), 0.9077349, 1e-6)
}

// An interval that covers with the promised probability does so for every rate.
func TestClopperPearsonCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range []float64{0.01, 0.3, 0.5, 0.99} {
		missed, runs := 0, 2000
		for range runs {
			hits := 0
			for range 50 {
				if r.Float64() < p {
					hits++
				}
			}
			if low, high := clopperPearson(hits, 50, 0.025); p < low || p > high {
				missed++
			}
		}
		if missed > runs*7/100 {
			t.Errorf("p = %g: missed %d of %d", p, missed, runs)
		}
	}
}

func TestIndependence(t *testing.T) {
	near(t, "even table", independent([][]float64{{50, 50}, {50, 50}}), 1, 1e-12)
	// chi-square 4 with one degree of freedom
	near(t, "uneven table", independent([][]float64{{60, 40}, {46, 54}}), 0.0477, 1e-3)
	if p := independent([][]float64{{100, 0}, {0, 100}}); p > 1e-20 {
		t.Errorf("dependent table: p = %g", p)
	}
}

func TestAUC(t *testing.T) {
	a, _ := auc([]float64{1, 2, 3}, []float64{4, 5, 6})
	near(t, "apart", a, 1, 0)
	a, _ = auc([]float64{1, 2}, []float64{1, 2})
	near(t, "alike", a, 0.5, 0)
	r := rand.New(rand.NewPCG(3, 4))
	var x, y []float64
	for range 2000 {
		x, y = append(x, r.NormFloat64()), append(y, r.NormFloat64())
	}
	if a, e := auc(x, y); math.Abs(a-0.5) > 5*e || e > 0.02 {
		t.Errorf("one distribution: %g ± %g", a, e)
	}
}

func TestLeastSquaresFindsTheBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	n := 40
	bits := make([]bool, n)
	for i := range bits {
		bits[i] = r.IntN(2) == 1
	}
	var a [][]bool
	var y []float64
	for range 4 * n {
		row, sum := make([]bool, n), 0.0
		for i := range row {
			if row[i] = r.IntN(2) == 1; row[i] && bits[i] {
				sum++
			}
		}
		a, y = append(a, row), append(y, sum)
	}
	for i, x := range leastSquares(a, y, n, 1e-6) {
		if (x > 0.5) != bits[i] {
			t.Errorf("bit %d: %g", i, x)
		}
	}
}
