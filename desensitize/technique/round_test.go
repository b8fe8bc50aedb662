package technique

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundAtTheLimits(t *testing.T) {
	for _, c := range []struct{ v, base, want int64 }{
		{12, 5, 10}, {13, 5, 15}, {-12, 5, -10}, {-13, 5, -15}, {5, 10, 10}, {-5, 10, -10}, {0, 5, 0},
		{math.MaxInt64, 10, math.MaxInt64 - 7}, {math.MinInt64, 10, math.MinInt64 + 8},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64}, {math.MinInt64, math.MaxInt64, -math.MaxInt64},
		{math.MaxInt64, 1 << 62, 1 << 62},
	} {
		if got := roundInt(c.v, c.base, nearest, nil); got != c.want {
			t.Errorf("round %d to %d: %d, want %d", c.v, c.base, got, c.want)
		}
	}
	base, _ := ParseBase("0.1")
	f := roundFloat(base, nearest, nil)
	for _, v := range []float64{math.Inf(1), math.Inf(-1), math.MaxFloat64} {
		if f(v) != v {
			t.Errorf("round %g: %g", v, f(v))
		}
	}
	if v := f(math.NaN()); v == v {
		t.Error("NaN became", v)
	}
	for _, s := range []string{"", "0", "0.0", "-5", "1/2", "1e9", "x", "5 ", strings.Repeat("9", 39)} {
		if _, ok := ParseBase(s); ok {
			t.Errorf("%q taken as a base", s)
		}
	}
}

func TestRoundLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, base := rapid.Int64().Draw(t, "v"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "base")
		got := roundInt(v, base, nearest, nil)
		if got%base != 0 {
			t.Fatalf("%d is no multiple of %d", got, base)
		}
		if d := uint64(max(got, v)) - uint64(min(got, v)); d > uint64(base) { // doubles this large are further apart
			t.Fatalf("%d → %d moves by more than %d", v, got, base)
		}
	})
}
