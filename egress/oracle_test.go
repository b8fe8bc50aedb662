package egress

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// measure computes, as the enclave does, what two units' dominance looks like behind contributions that are not
// negative.
func measure(contributions []float64) yumen.MeasureEvidence {
	x := slices.Clone(contributions)
	slices.Sort(x)
	slices.Reverse(x)
	total := 0.0
	for _, v := range x {
		total += v
	}
	x = append(x, 0, 0)
	m := yumen.MeasureEvidence{Units: int64(len(contributions)), Share: -1, P: -1}
	if total > 0 {
		m.Share, m.P = (x[0]+x[1])/total, (total-x[0]-x[1])/x[0]
	}
	return m
}

// verdicts returns whether the cell of one group with these contributions is unsafe by each rule.
func verdicts(t interface{ Fatalf(string, ...any) }, contributions []float64, r yumen.Risk) (threshold, nk, p bool) {
	s := visits(yumen.GroupEvidence{Units: int64(len(contributions)),
		Measures: []yumen.MeasureEvidence{measure(contributions)}})
	s.Columns[2].Measure = 1 // the total alone
	s.Columns, s.Evidence.Groups[0].Measures = slices.Delete(s.Columns, 1, 2), s.Evidence.Groups[0].Measures[1:]
	s.Risk, s.K = r, r.K
	failed := map[yumen.Rule]bool{}
	for _, f := range Check(s) {
		failed[f.Rule] = f.Verdict == yumen.VerdictFail
		if f.Verdict == yumen.VerdictBlock {
			t.Fatalf("%s: %s", f.Rule, f.Msg)
		}
	}
	return failed["threshold.units"], failed["dominance.nk"], failed["dominance.p"]
}

// TestHandbookExamples holds the examples of the SDC handbook, section 4.2.1.
func TestHandbookExamples(t *testing.T) {
	spread := func(large []float64, rest float64, n int) []float64 {
		for range n {
			large = append(large, rest/float64(n))
		}
		return large
	}
	for _, c := range []struct {
		name          string
		contributions []float64
		n             int
		share, p      float64
		nk, unsafeP   bool
	}{
		// Example 1: safe by (1,90), yet the second can estimate the first to within 2 %.
		{"example 1, (2,90) and p = 10 %", spread([]float64{50000, 49000}, 1000, 20), 2, 0.9, 0.1, true, true},
		// Example 2: the p-rule at 10 % holds it safe, the corresponding (2,90.9) does not.
		{"example 2, (2,90.9) and p = 10 %", spread([]float64{52000, 50000}, 8000, 20), 2, 1 / 1.1, 0.1, true, false},
		// Example 1d: one company with 99 % of the turnover and fifty small ones.
		{"example 1d", spread([]float64{99}, 1, 50), 2, 0.9, 0.1, true, true},
		{"even contributions", spread(nil, 100, 20), 2, 0.9, 0.1, false, false},
	} {
		r := risk
		r.Dominance, r.PRatio = yumen.Dominance{N: c.n, Share: c.share}, c.p
		if _, nk, p := verdicts(t, c.contributions, r); nk != c.nk || p != c.unsafeP {
			t.Errorf("%s: nk unsafe %v, want %v; p unsafe %v, want %v", c.name, nk, c.nk, p, c.unsafeP)
		}
	}
}

// TestAgreesWithACRO compares with what ACRO's default.yaml and aggregation functions decide on the contributions
// themselves: safe_threshold 10, safe_nk_n 2, safe_nk_k 0.90, safe_pratio_p 0.10, zeros_are_disclosive.
func TestAgreesWithACRO(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 100), rapid.Float64Range(0, 1e6)), 1,
			25).Draw(t, "contributions")
		sorted := slices.Clone(x)
		slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
		total := 0.0
		for _, v := range sorted {
			total += v
		}
		wantThreshold, wantNK, wantP := len(x) < 10, false, true
		if total > 0 {
			wantNK = (sorted[0]+slices.Concat(sorted, []float64{0})[1])/total > 0.90
		}
		if total > 0 && len(x) > 1 {
			wantP = (total-sorted[0]-sorted[1])/sorted[0] < 0.10
		}
		threshold, nk, p := verdicts(t, x, risk)
		if threshold != wantThreshold || nk != wantNK || p != wantP {
			t.Fatalf("threshold %v, nk %v, p %v; ACRO %v, %v, %v", threshold, nk, p, wantThreshold, wantNK, wantP)
		}
	})
}
