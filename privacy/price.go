package privacy

import (
	"cmp"
	"math"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

const (
	minEpsilon = 1e-6
	maxEpsilon = 100     // of a contract: beyond, there is no privacy to speak of
	maxRho     = 2       // of one answer: beyond, it would matter that the library's noise ends at 8.8σ
	maxCap     = 1 << 20 // rows of a unit in a group, groups of a unit
	maxDraws   = 1 << 22 // noises of one answer over public groups: at 2 to 5 µs each, some ten seconds
	poolDraws  = 1 << 12 // noises drawn beforehand where the number of groups is not public
	// maxUnits is more units than a dataset has; that many times what one unit adds to a total must stay below 2^126.
	maxUnits = 1 << 40
	// margin is a part of ρ by which an answer costs less than its ε would allow, and which sums of costs may lose to
	// rounding.
	margin = 1e-9
)

// Price settles the noise of an answer: a job's ε, at the contract's δ of which half is for the conversion, gives ρ;
// every component gets an equal share of it. No share is better for every question, and equal ones depend on nothing
// but the question. ε of 0 stands for the budget's own (PerQuery, or a tenth of Epsilon). k is the contract's least
// number of units behind a cell; it matters where keys are not public.
//
// Where keys are not public, the answer uses the same part of the contract's δ for thresholds as of its ρ, so that δ is
// never used up before ρ is.
//
// What no noise can answer is refused with all reasons: bounds too wide to sum, caps that are none. Nothing here
// depends on data.
func Price(q *task.Question, epsilon float64, b yumen.Budget, k int) (task.Noise, error) {
	epsilon = cmp.Or(epsilon, perQuery(b))
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the question cannot be priced", "无法为该查询计价"),
		unpriceable(q, epsilon, b, k)); err != nil {
		return task.Noise{}, err
	}
	n := task.Noise{Rho: Rho(epsilon, b.Delta/2) * (1 - margin), Components: Components(q)}
	share := n.Rho / float64(len(n.Components))
	for i := range n.Components {
		setNoise(q, &n.Components[i], share)
		if c := n.Components[i]; !drawable(c.Sigma) {
			return task.Noise{},
				yumen.Refuse(yumen.KindInvalid, yumen.Say("the question cannot be priced", "无法为该查询计价"),
					[]yumen.Reason{tooWide(c)})
		}
	}
	if !Public(q) {
		n.Delta = b.Delta / 2 * min(1, n.Rho/Limit(b).Rho) * (1 - margin)
		n.MinUnits = k
		n.Tau = threshold(k, n.Components[0].Sigma, n.Delta, groupsTouched(q))
	}
	return n, nil
}

func perQuery(b yumen.Budget) float64 {
	if b.PerQuery > 0 {
		return b.PerQuery
	}
	return b.Epsilon / 10
}

// setNoise settles sensitivity and σ of a component that costs ρ: ρ = Δ²/(2σ²) (Bun and Steinke 2016, proposition 1.6;
// for noise on a grid Canonne, Kamath and Steinke 2020, theorem 4). Where σ is so large that totals are rounded to a
// coarser grid first, rounding adds to the sensitivity.
func setNoise(q *task.Question, c *task.Component, rho float64) {
	exact := max(1, Sensitivity(q, *c)) // where the bounds leave one value only, nothing can move; totals are integers
	c.Sensitivity, c.Sigma = exact, sigmaOf(exact, rho)
	for shift := uint(0); grain(c.Sigma) > shift; {
		shift = grain(c.Sigma)
		c.Sensitivity = exact + rounding(q, c.Sigma)
		c.Sigma = sigmaOf(c.Sensitivity, rho)
	}
}

// rounding is what rounding totals down to multiples of 2^grain adds to a sensitivity: in each group less than one
// multiple.
func rounding(q *task.Question, sigma float64) float64 {
	if grain(sigma) == 0 {
		return 0
	}
	return math.Ldexp(math.Sqrt(groupsTouched(q)), int(grain(sigma)))
}

// sigmaOf rounds up, by more than sensitivities lose to rounding.
func sigmaOf(sensitivity, rho float64) float64 { return sensitivity / math.Sqrt(2*rho) * (1 + 8e-15) }

// threshold is the number of noisy units that a group needs to be told of: with probability 1−δ at least, none of the
// groups that one unit lifts to k reaches it. τ = k + σ·Φ⁻¹((1−δ)^(1/L0)), and one more for rounding the noise to
// integers.
func threshold(k int, sigma, delta, l0 float64) float64 {
	tail := -math.Expm1(math.Log1p(-delta) / l0)                                            // 1 − (1−δ)^(1/L0), without cancellation
	z := bisect(0, 40, func(z float64) bool { return math.Erfc(z/math.Sqrt2)/2 > tail }).hi // math.Erfcinv is inexact in the tail
	return float64(k) + math.Ceil(sigma*z+1)
}
