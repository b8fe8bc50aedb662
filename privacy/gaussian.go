package privacy

import (
	"math"

	"github.com/google/differential-privacy/go/v3/noise"
	"github.com/yumen-data/yumen"
)

// The library draws from a discrete Gaussian on a grid of 2^-k ≥ 2σ·2^-57, cut off at 8.9σ (gaussian_noise.go,
// symmetricBinomial: it accepts m with a probability in proportion to exp(−2m²/n), n = (2σ/grid)²), and gives it as a
// double, rounded to 53 bits. Three things follow.
//
//  1. As long as all noise stays below 2^52, doubles are at most ½ apart there, so that each integer's share [n−½, n+½) holds the
//     same pattern of doubles, and rounding to 53 bits favours no integer for being even. Beyond 2^53 doubles are even
//     integers, and a total's parity would show through the noise. 8.9σ < 2^52 holds for σ ≤ 2^48. Larger σ is drawn on a
//     coarser grid: see grain.
//  2. Rounding half up commutes with adding an integer: T + round(z) = round(T + z). So integer noise on an integer total is
//     post-processing of the library's mechanism.
//  3. Its distribution depends on σ alone, which is fixed before any data is read.
//
// docs/privacy.md counts what these leave: less than 2^-43 of ε and 2^-46 of δ for a draw.
const sigmaBits = 48

// There is no exported call that takes σ: the library works it out of sensitivity, ε and δ, in proportion to the
// sensitivity. With these two the search for it is short.
const (
	libraryEpsilon = 1
	libraryDelta   = 0.1
)

// grain returns the shift of a component's grid: totals are rounded down to multiples of 2^grain, and noise is drawn in
// these.
func grain(sigma float64) uint {
	_, exponent := math.Frexp(sigma) // σ < 2^exponent; 0 for what is no number
	return uint(max(0, exponent-sigmaBits))
}

// drawable reports whether noise of that width can be drawn, and added to a total below 2^126 without leaving 128 bits.
func drawable(sigma float64) bool {
	return sigma >= 1e-6 && !math.IsInf(sigma, 0) && grain(sigma) <= maxGrain
}

const maxGrain = 74 // noise in units of the grain stays below 2^52

// sampler draws integer noise, in multiples of 2^grain(σ).
type sampler struct{ sensitivity float64 }

// newSampler returns a sampler whose standard deviation is σ or, by rounding, a little more.
func newSampler(sigma float64) (sampler, error) {
	if !drawable(sigma) {
		return sampler{}, yumen.Errorf(yumen.KindInternal, "noise without a width", "噪声的标准差无效")
	}
	scaled := math.Ldexp(sigma, -int(grain(sigma)))
	s := scaled / noise.SigmaForGaussian(1, 1, libraryEpsilon, libraryDelta)
	for noise.SigmaForGaussian(1, s, libraryEpsilon, libraryDelta) < scaled {
		s *= 1 + 0x1p-50
	}
	return sampler{s}, nil
}

// draw returns one noise.
func (s sampler) draw() (int64, error) {
	z, err := noise.Gaussian().AddNoiseFloat64(0, 1, s.sensitivity, libraryEpsilon, libraryDelta)
	if err != nil {
		return 0, err
	}
	return roundHalfUp(z), nil
}

// roundHalfUp is exact: math.Floor and the difference are.
func roundHalfUp(z float64) int64 {
	n := math.Floor(z)
	if z-n >= 0.5 {
		n++
	}
	return int64(n)
}
