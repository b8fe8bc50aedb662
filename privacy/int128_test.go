package privacy

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestInt128IsArithmetic(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 128)
	wrap := func(x *big.Int) *big.Int { // into [-2^127, 2^127)
		x = new(big.Int).Mod(x, modulus)
		if x.Bit(127) == 1 {
			x.Sub(x, modulus)
		}
		return x
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Int128 {
			return Int128{rapid.Int64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		})
		a, b, shift := draw.Draw(t, "a"), draw.Draw(t, "b"), rapid.UintRange(0, 127).Draw(t, "shift")
		x, y := asBig(a), asBig(b)
		for name, c := range map[string]struct {
			got  Int128
			want *big.Int
		}{
			"sum":      {a.Add(b), new(big.Int).Add(x, y)},
			"negative": {a.Neg(), new(big.Int).Neg(x)},
			"floor":    {a.floor(shift), new(big.Int).Rsh(x, shift)},
			"times":    {a.times(shift), new(big.Int).Lsh(x, shift)},
		} {
			if asBig(c.got).Cmp(wrap(c.want)) != 0 {
				t.Fatalf("%s of %v, %v, %d: %v, want %v", name, x, y, shift, asBig(c.got), wrap(c.want))
			}
		}
		if a.Less(b) != (x.Cmp(y) < 0) {
			t.Fatalf("%v < %v is %v", x, y, a.Less(b))
		}
		if want, _ := new(big.Float).SetInt(x).Float64(); math.Abs(a.Float64()-want) > 1e-15*math.Abs(want) {
			t.Fatalf("%v is the double %v, want %v", x, a.Float64(), want)
		}
	})
	if got, want := asBig(maxDecimal).String(), "99999999999999999999999999999999999999"; got != want {
		t.Errorf("10^38 − 1 is %s", got)
	}
}
