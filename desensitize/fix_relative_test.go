package desensitize

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

func TestGrid(t *testing.T) {
	column := func(fn string) yumen.ArtifactColumn { return yumen.ArtifactColumn{Function: fn, Step: 1} }
	over := func(fn string, counts bool, upper, lower float64) yumen.ArtifactColumn {
		return yumen.ArtifactColumn{Function: fn, Step: 1, Bound: upper,
			Over: &yumen.Divisor{Counts: counts, Step: 1, Bound: lower}}
	}
	for _, c := range []struct {
		name string
		col  yumen.ArtifactColumn
		s    Spread
		v    float64
		g    Grid
		want float64
	}{
		{"a sum: five of 730 average units are 24188, so to 50000", column("sum"),
			Spread{Units: 730, Values: 0, Total: 3531395.85}, 3531395.85, Grid{5, 0.1}, 3550000},
		{"a sum of ones is a count", column("sum"), Spread{Units: 763, Values: 0, Total: 763}, 763, Grid{5, 0.1}, 765},
		{"a sum of both signs: what units add counts, not what is left", column("sum"),
			Spread{Units: 100, Values: 0, Total: 1e6}, 36505, Grid{5, 0.1}, 50000},
		{"a negative sum", column("sum"), Spread{Units: 763, Values: 0, Total: 763}, -763, Grid{5, 0.1}, -765},
		{"a mean with a bound: 0.1 · 100 ÷ 760, so to 0.02", yumen.ArtifactColumn{Function: "avg", Step: 1, Bound: 100},
			Spread{Units: 760, Values: 760, Total: 0}, 36.98028909329829,
			Grid{5, 0.1}, 36.98},
		{"a mean of hours of 97 people, without a bound", column("avg"), Spread{Units: 97, Values: 97, Total: 0},
			2333.3, Grid{5, 0.1}, 2350},
		{"a mean of hours of 20 people, without a bound", column("avg"), Spread{Units: 20, Values: 20, Total: 0},
			2147.2, Grid{5, 0.1}, 2200},
		{"the step of the values where nobody can be estimated", column("avg"), Spread{Units: 50, Values: 50, Total: 0},
			3.456, Grid{5, 0}, 3.45},
		{"a deviation", column("stddev"), Spread{Units: 760, Values: 760, Total: 0}, 36.98028909329829, Grid{5, 0.1},
			37},
		{"a share: 1 ÷ 343, so to 0.005", over("ratio", true, 0, 0), Spread{Units: 345, Values: 40, OverTotal: 345},
			0.1159, Grid{5, 0.1}, 0.115},
		{"a mean of what is counted beside: 0.1 · 100 ÷ 757.5", over("ratio", true, 100, 0),
			Spread{Units: 760, Values: 700, OverTotal: 760}, 36.985,
			Grid{5, 0.1}, 36.98},
		{"a ratio of sums: 0.1 · 300000 ÷ 9500000, so to 0.005", over("ratio", false, 300000, 0),
			Spread{Units: 1000, Values: 2000, Total: 5e6, OverValues: 2000, OverTotal: 1e7},
			0.50123, Grid{5, 0.1}, 0.5},
		{"a correlation", column("corr"), Spread{Units: 760}, 0.1234, Grid{5, 0.1}, 0.12},
		{"nothing", column("sum"), Spread{Units: 100, Values: 0, Total: 10}, 0, Grid{5, 0.1}, 0},
		{"a contract that allows exact figures", column("sum"), Spread{Units: 100, Values: 0, Total: 12.34}, 12.34,
			Grid{1, 0.1}, 12.34},
		{"the least double", column("stddev"), Spread{Units: 100, Values: 100, Total: 0}, 5e-324, Grid{5, 0.1}, 0},
	} {
		if got := c.g.Round(c.col, c.s, c.v); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGridLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e12,
			1e12).Filter(func(v float64) bool { return v == 0 || math.Abs(v) > 1e-9 }).Draw(t, "v")
		n := rapid.Int64Range(10, 1e7).Draw(t, "n")
		g := Grid{rapid.IntRange(2, 10).Draw(t, "base"), 0.1}
		c := yumen.ArtifactColumn{Function: rapid.SampledFrom([]string{"sum", "avg", "stddev", "ratio"}).Draw(t,
			"function"), Step: 1}
		c.Over = &yumen.Divisor{Counts: rapid.Bool().Draw(t, "counts")}
		s := Spread{Units: n, Values: n, Total: math.Abs(v) * rapid.Float64Range(1, 100).Draw(t, "cancelled"),
			OverValues: n, OverTotal: float64(n) * rapid.Float64Range(1, 100).Draw(t, "over")}
		r := g.Round(c, s, v)
		if g.Round(c, s, r) != r {
			t.Fatalf("rounding %v again gives %v", r, g.Round(c, s, r))
		}
		// A step is at most two and a half times what is asked for, and doubled at most by crossing a power of ten.
		if least := g.least(c, s, v); math.Abs(r-v) > 2.6*least {
			t.Fatalf("%v became %v, where steps of %v are asked for", v, r, least)
		}
		i := big.NewInt(int64(v))
		once := g.roundScaled(c, s, i, 0)
		if g.roundScaled(c, s, once, 0).Cmp(once) != 0 {
			t.Fatalf("rounding %v again gives %v", once, g.roundScaled(c, s, once, 0))
		}
	})
}

// A mean of whole numbers beside a count rounded to 5 must not give the exact count back: every count that the rounded
// one may stand for must remain possible.
func TestRoundedMeanHidesTheCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(20, 5000).Draw(t, "n")
		sum := rapid.Int64Range(n, 100*n).Draw(t, "sum")
		g, c := Grid{5, 0}, yumen.ArtifactColumn{Function: "avg", Step: 1}
		round := func(mean float64, n int64) float64 { return g.Round(c, Spread{Units: n, Values: n, Total: 0}, mean) }
		mean := round(float64(sum)/float64(n), n)
		shown := int64(math.Round(float64(n)/5)) * 5
		for other := shown - 2; other <= shown+2; other++ {
			// Is there a whole sum with which other units have the mean that is shown?
			shows := func(s float64) bool { return round(s/float64(other), other) == mean }
			if s := mean * float64(other); !shows(math.Floor(s)) && !shows(math.Ceil(s)) {
				t.Fatalf("mean %v of %d: a count of %d is ruled out", mean, n, other)
			}
		}
	})
}
