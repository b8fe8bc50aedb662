package desensitize

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundRelative(t *testing.T) {
	for _, c := range []struct {
		v    float64
		n    int64
		base int
		want float64
	}{
		{36.98028909329829, 760, 5, 37}, // five average people are 0.243: to 0.5
		{3531395.85, 730, 5, 3550000},   // 24188: to 50000
		{760, 760, 5, 760},              // a sum of ones is a count: to 5
		{763, 760, 5, 760},
		{-763, 760, 5, -760},
		{0.123456789, 1e6, 5, 0.123457}, // 6.2e-7: to 1e-6
		{9.96, 100, 5, 10},
		{0, 100, 5, 0},
		{12.34, 100, 1, 12.34}, // the contract allows exact figures
		{5e-324, 100, 5, 0},
	} {
		if got := RoundRelative(c.v, c.n, c.base); got != c.want {
			t.Errorf("RoundRelative(%v, %d, %d) = %v, want %v", c.v, c.n, c.base, got, c.want)
		}
	}
}

func TestRoundRelativeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e12, 1e12).Filter(func(v float64) bool { return v == 0 || math.Abs(v) > 1e-9 }).Draw(t, "v")
		n := rapid.Int64Range(10, 1e7).Draw(t, "n")
		base := rapid.IntRange(2, 10).Draw(t, "base")
		r := RoundRelative(v, n, base)
		if RoundRelative(r, n, base) != r {
			t.Fatalf("rounding %v again gives %v", r, RoundRelative(r, n, base))
		}
		// The unit is at most five times the part of base average units, and at most doubled by crossing a power of
		// ten.
		if math.Abs(r-v) > 5.01*math.Abs(v)*float64(base)/float64(n) {
			t.Fatalf("%v became %v", v, r)
		}
		i := big.NewInt(int64(v))
		once := roundScaled(i, n, base)
		if roundScaled(once, n, base).Cmp(once) != 0 {
			t.Fatalf("rounding %v again gives %v", once, roundScaled(once, n, base))
		}
	})
}

// A mean of whole numbers beside a count rounded to 5 must not give the exact count back: every count that the rounded
// one may stand for must remain possible.
func TestRoundedMeanHidesTheCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(20, 5000).Draw(t, "n")
		sum := rapid.Int64Range(n, 100*n).Draw(t, "sum")
		mean := RoundRelative(float64(sum)/float64(n), n, 5)
		shown := int64(math.Round(float64(n)/5)) * 5
		for other := shown - 2; other <= shown+2; other++ {
			// Is there a whole sum with which other units have the mean that is shown?
			shows := func(s float64) bool { return RoundRelative(s/float64(other), other, 5) == mean }
			if s := mean * float64(other); !shows(math.Floor(s)) && !shows(math.Ceil(s)) {
				t.Fatalf("mean %v of %d: a count of %d is ruled out", mean, n, other)
			}
		}
	})
}
