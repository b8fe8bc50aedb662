package privacy

import "math"

// Rho returns a ρ for which ρ-zCDP implies (ε, δ)-differential privacy: the largest that Delta below allows, rounded
// down. It is 0 where ε or δ is not positive.
func Rho(epsilon, delta float64) float64 {
	if !(epsilon > 0 && delta > 0) || math.IsInf(epsilon, 0) {
		return 0
	}
	if delta >= 1 {
		return math.Inf(1)
	}
	// ρ-zCDP implies (ρ + 2√(ρ·ln(1/δ)), δ) (Bun and Steinke 2016, proposition 1.3), and no conversion gives ε < ρ for
	// δ < ½.
	lo, hi := 0.0, 2*epsilon+2
	for deltaOf(hi, epsilon) <= delta {
		hi *= 2
	}
	return bisect(lo, hi, func(rho float64) bool { return deltaOf(rho, epsilon) <= delta }).lo
}

// Epsilon returns an ε for which ρ-zCDP implies (ε, δ)-differential privacy: the least that the conversion gives,
// rounded up.
func Epsilon(rho, delta float64) float64 {
	switch {
	case rho <= 0 || delta >= 1:
		return 0
	case !(delta > 0) || math.IsInf(rho, 0) || math.IsNaN(rho):
		return math.Inf(1)
	}
	hi := rho + 2*math.Sqrt(rho*math.Log(1/delta)) + 1e-300
	return bisect(0, hi, func(eps float64) bool { return deltaOf(rho, eps) > delta }).hi
}

// deltaOf returns δ for which ρ-zCDP implies (ε, δ)-differential privacy:
//
//	δ = min over α > 1 of exp((α−1)(αρ−ε)) / (α−1) · (1−1/α)^α
//
// (Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy, 2020, proposition 12 and corollary 13).
// Each α gives a valid δ, so that an inexact minimum errs to the safe side. The logarithm is convex in α; the
// derivative's sign finds the minimum.
func deltaOf(rho, epsilon float64) float64 {
	slope := func(alpha float64) float64 { return (2*alpha-1)*rho - epsilon + math.Log1p(-1/alpha) }
	lo, hi := 1.0, (epsilon+1)/(2*rho)+2
	best := bisect(lo, hi, func(alpha float64) bool { return slope(alpha) < 0 }).hi
	log := (best-1)*(best*rho-epsilon) + best*math.Log1p(-1/best) - math.Log(best-1)
	return min(1, math.Exp(log)*(1+1e-12)) // exp and log are exact to a few units in the last place
}

// span is an interval that bisect has narrowed: the predicate holds at lo and not at hi.
type span struct{ lo, hi float64 }

// bisect narrows [lo, hi] around the point where a predicate turns false, to a width of 10^-13 of hi.
func bisect(lo, hi float64, holds func(float64) bool) span {
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi || hi-lo <= 1e-13*hi {
			return span{lo, hi}
		}
		if holds(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
}
