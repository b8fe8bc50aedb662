package technique

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The univariate cuts have the least loss of all cuts into groups of k or more.
func TestUnivariateIsOptimal(t *testing.T) {
	loss := func(v []float64) float64 {
		m, s := 0.0, 0.0
		for _, x := range v {
			m += x / float64(len(v))
		}
		for _, x := range v {
			s += (x - m) * (x - m)
		}
		return s
	}
	var best func(v []float64, k int) float64
	best = func(v []float64, k int) float64 {
		if len(v) == 0 {
			return 0
		}
		b := math.Inf(1)
		for n := k; n <= len(v); n++ {
			b = min(b, loss(v[:n])+best(v[n:], k))
		}
		return b
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 4, 12).Draw(rt, "v")
		slices.Sort(v)
		sum := 0.0
		for _, g := range optimalGroups(v, allRows(len(v)), 2) {
			group := make([]float64, len(g))
			for i, r := range g {
				group[i] = v[r]
			}
			sum += loss(group)
		}
		if want := best(v, 2); math.Abs(sum-want) > 1e-6*(1+want) {
			rt.Fatalf("loss %g, the least is %g", sum, want)
		}
	})
}
