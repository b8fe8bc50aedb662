package attacks

import (
	"context"
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// membership tells, from one answer of each mechanism, whether the target is in the data, and bounds ε from below by
// how well that works.
func membership(ctx context.Context, l *Lab) ([]Result, error) {
	success := yumen.Say("one answer tells whether a person is in the data", "由一个答案判断某人是否在数据中")
	var out []Result
	all := mechanisms()
	for i, m := range all {
		l.tell(i, len(all))
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		runs := l.pick(4000, 200_000)
		if m.draws > 8 {
			runs = l.pick(1000, 20_000)
		}
		with, n, err := m.run(true, runs)
		if err != nil {
			return out, err
		}
		without, _, err := m.run(false, runs)
		if err != nil {
			return out, err
		}
		out = append(out, distinguish(m.name, with, without, n.Rho, success)...)
	}
	return out, nil
}

// distinguish chooses the best threshold on the first halves of two samples and tries it on the second halves.
func distinguish(name string, with, without []float64, rho float64, success yumen.Text) []Result {
	h := len(with) / 2
	cut := bestCut(with[:h], without[:h])
	hits := cut.above(with[h:]) + len(without[h:]) - cut.above(without[h:])
	// The noise of an answer is Gaussian with ρ = μ²/2, so no test is right more often than Φ(μ/2) (J. Dong, A. Roth,
	// W. J. Su, Gaussian Differential Privacy, 2022, section 2.2).
	bound := math.Erfc(-math.Sqrt(2*rho)/2/math.Sqrt2) / 2
	r := rate("membership: "+name, DP, "mechanism", hits, 2*len(with[h:]), 0.5, new(bound), success)
	return []Result{r, lowerBound(name, with, without)}
}

// cut is a threshold: what lies above it, or below where it is turned, is taken for the dataset with the target.
type cut struct {
	at     float64
	turned bool
}

func (c cut) above(vs []float64) (n int) {
	for _, v := range vs {
		n += bit((v > c.at) != c.turned)
	}
	return n
}

// cuts are the thresholds that are tried: quantiles of both samples together.
func cuts(a, b []float64) []cut {
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	var out []cut
	for _, q := range []float64{0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97,
		0.99, 0.997, 0.999} {
		at := all[int(q*float64(len(all)-1))]
		out = append(out, cut{at, false}, cut{at, true})
	}
	return out
}

func bestCut(with, without []float64) (best cut) {
	most := -1
	for _, c := range cuts(with, without) {
		if n := c.above(with) + len(without) - c.above(without); n > most {
			best, most = c, n
		}
	}
	return best
}

// lowerBound bounds ε from below: an (ε, δ)-private answer meets every test with P ≤ e^ε·P' + δ for neighbouring
// datasets. The test is chosen on the first half of the runs and its probabilities are bounded on the second half (M.
// Jagielski, J. Ullman, A. Oprea, Auditing Differentially Private Machine Learning, NeurIPS 2020).
func lowerBound(name string, with, without []float64) Result {
	h := len(with) / 2
	best, most := cut{}, math.Inf(-1)
	for _, c := range cuts(with[:h], without[:h]) {
		if e := epsilonFrom(c.above(with[:h]), h, c.above(without[:h]), h, 0.025); e > most {
			best, most = c, e
		}
	}
	rest := len(with) - h
	a, b := best.above(with[h:]), best.above(without[h:])
	e := Epsilon{Low: epsilonFrom(a, rest, b, rest, 0.025), Strict: epsilonFrom(a, rest, b, rest, 0.00005),
		Declared: attackEpsilon, Delta: attackDelta}
	r := Result{Attack: "empirical ε: " + name, System: DP, Through: "mechanism", Trials: 2 * rest, Epsilon: &e,
		Verdict: Holds,
		Success: yumen.Say("ε that follows from how often the best test tells neighbouring datasets apart",
			"由最佳检验区分相邻数据集的频率推得的 ε 下界")}
	if e.Strict > e.Declared {
		r.Verdict = Broken
	}
	return r
}

// epsilonFrom bounds ε by one test that is positive on a of n answers with the target and b of m without; by the test
// and by its negation, each error bounded exactly.
func epsilonFrom(a, n, b, m int, alpha float64) float64 {
	aLow, aHigh := clopperPearson(a, n, alpha)
	bLow, bHigh := clopperPearson(b, m, alpha)
	of := func(p, q float64) float64 {
		if p <= attackDelta || q <= 0 {
			return 0
		}
		return max(0, math.Log((p-attackDelta)/q))
	}
	return max(of(aLow, bHigh), of(1-bHigh, 1-aLow), of(bLow, aHigh), of(1-aHigh, 1-bLow))
}
