package attacks

import (
	"math"
	"slices"

	"github.com/yumen-data/yumen"
)

// System is what is attacked.
type System string

// The systems.
const (
	// Threshold is the weak baseline: the analyst's SQL in plain DuckDB inside an enclave, groups under k units
	// dropped, exact figures, as many queries as wanted.
	Threshold System = "k-threshold"
	// Naive is a baseline that adds noise as textbooks write it, in floating point, without an account.
	Naive System = "naive noise"
	// Aggregate is class aggregate: what a table shows after analysis, enclave, checks and fixes. A reviewer decides
	// before it leaves, and every release is on record; the attack supposes that all were let go.
	Aggregate System = "aggregate"
	// DP is class dp, which leaves by itself.
	DP System = "dp"
	// Wasm is a module over persons.
	Wasm System = "wasm map"
)

// Ours reports whether the system is one that Yumen answers for.
func (s System) Ours() bool { return s != Threshold && s != Naive }

// Verdict is what a measurement says of a system.
type Verdict string

// The verdicts.
const (
	Holds    Verdict = "holds"     // the attack does no better than the stated bound allows
	Broken   Verdict = "BROKEN"    // it does
	Beaten   Verdict = "beaten"    // a baseline: the attack does better than chance
	Stands   Verdict = "stands"    // a baseline: it does not
	Unbound  Verdict = "unbounded" // nothing is promised: a reviewer and the record of releases stand between
	Untested Verdict = "untested"  // the part that is attacked is not there
)

// Result is one attack on one system.
type Result struct {
	Attack  string     `json:"attack"`
	System  System     `json:"system"`
	Through string     `json:"through"` // what was attacked: enclave, jobs, mechanism (its code on exact totals), analysis
	Success yumen.Text `json:"success"` // what counts as one
	Hits    int        `json:"hits"`
	Trials  int        `json:"trials"`
	Rate    float64    `json:"rate"`
	Low     float64    `json:"low95"`
	High    float64    `json:"high95"`
	Chance  float64    `json:"chance"`
	// Bound is the rate that the system promises not to be exceeded; nil where it promises none.
	Bound   *float64   `json:"bound,omitempty"`
	Verdict Verdict    `json:"verdict"`
	Note    yumen.Text `json:"note,omitzero"`
	// Epsilon is set for an empirical lower bound on ε: no mechanism that is (Declared, Delta)-private gives data from
	// which more than Declared follows, but with a probability of 5 in 100 for EpsilonLow.
	Epsilon *Epsilon `json:"epsilon,omitempty"`
	// P is set for a test of independence or of fit: how likely what was seen, or anything less even, is where all is
	// as it should be.
	P *float64 `json:"p,omitempty"`
}

// Epsilon is an empirical lower bound on ε.
type Epsilon struct {
	Low      float64 `json:"low95"`
	Strict   float64 `json:"low_strict"` // at 99.99 %, which decides the verdict
	Declared float64 `json:"declared"`
	Delta    float64 `json:"delta"`
}

// rate makes a result of hits in trials and judges it.
func rate(attack string, s System, through string, hits, trials int, chance float64, bound *float64,
	success yumen.Text) Result {
	r := Result{Attack: attack, System: s, Through: through, Success: success, Hits: hits, Trials: trials,
		Chance: chance, Bound: bound}
	if trials == 0 {
		r.High, r.Verdict = 1, Untested
		return r
	}
	r.Rate = float64(hits) / float64(trials)
	r.Low, r.High = wilson(hits, trials, z95)
	strict, _ := wilson(hits, trials, zVerdict)
	r.Verdict = judge(s, r.Low > chance, bound != nil, bound != nil && (*bound == 0 && hits > 0 || strict > *bound))
	return r
}

// judge takes whether the attack does better than chance, whether the system promises a bound, and whether it is
// exceeded.
func judge(s System, better, bounded, exceeded bool) Verdict {
	switch {
	case !s.Ours() && better:
		return Beaten
	case !s.Ours():
		return Stands
	case !bounded:
		return Unbound
	case exceeded:
		return Broken
	}
	return Holds
}

// area makes a result of an area under a curve, which is ½ where two samples are alike. Its bound holds on both sides
// of ½.
func area(attack string, s System, through string, a, b []float64, bound *float64, success yumen.Text) Result {
	v, err := auc(a, b)
	r := Result{Attack: attack, System: s, Through: through, Success: success, Trials: len(a) + len(b), Rate: v,
		Chance: 0.5, Bound: bound,
		Low: max(0, v-z95*err), High: min(1, v+z95*err)}
	off := math.Abs(v - 0.5)
	r.Verdict = judge(s, off > z95*err, bound != nil, bound != nil && off-zVerdict*err > *bound-0.5)
	return r
}

// leastP is the likelihood below which what is seen is taken for a flaw.
const leastP = 1e-6

// fits makes a result of a test.
func fits(attack string, s System, through string, trials int, p float64, success yumen.Text) Result {
	return Result{Attack: attack, System: s, Through: through, Success: success, Trials: trials, P: &p,
		Verdict: judge(s, p < leastP, true, p < leastP)}
}

func (r Result) with(note yumen.Text) Result { r.Note = note; return r }

// never bounds what must not succeed once.
func never() *float64 { return new(float64) }

// guess is the best rate at which anybody can tell which of two neighbouring datasets an (ε, δ)-private answer came
// from, either being as likely (P. Kairouz, S. Oh, P. Viswanath, The composition theorem for differential privacy,
// theorem 2.1).
func guess(epsilon, delta float64) float64 {
	e := math.Exp(epsilon)
	return (e + delta) / (1 + e)
}

// BrokenOnes returns the results that show a promise broken.
func BrokenOnes(rs []Result) []Result {
	return slices.DeleteFunc(slices.Clone(rs), func(r Result) bool { return r.Verdict != Broken })
}
