package attacks

import (
	"context"
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

var recoversBits = yumen.Say("secret bits recovered from counts over random subsets", "由随机子集计数还原的敏感比特")

// reconstruction solves counts over random subsets for every secret bit (I. Dinur, K. Nissim, PODS 2003; least squares
// as in C. Dwork, F. McSherry, K. Talwar, STOC 2007).
func reconstruction(ctx context.Context, l *Lab) ([]Result, error) {
	r, n := l.random(13), len(l.Crowd.people)
	var subsets []subset
	var conditions []string
	for range 8 * n {
		s := newSubset(r, n)
		subsets = append(subsets, s)
		conditions = append(conditions, "secret = 1 AND "+s.sql())
	}
	weak, err := l.weakCounts(ctx, conditions)
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, m := range l.sizes(n) {
		out = append(out, l.reconstructed(Threshold, "enclave", subsets[:m], weak[:m], 0, m))
	}
	last := slices.Max(l.sizes(n))
	ours, _, err := l.counts(ctx, conditions[:last])
	if err != nil {
		return nil, err
	}
	for _, m := range l.sizes(n) {
		// rounding to 5 errs by −2 … 2, a variance of 2
		out = append(out, l.reconstructed(Aggregate, "jobs", subsets[:m], ours[:m], 2, (m+perTable-1)/perTable))
	}
	return out, nil
}

// sizes are the numbers of counts that the bits are solved from.
func (l *Lab) sizes(n int) []int {
	if l.Quick {
		return []int{n, 4 * n}
	}
	return []int{n, 2 * n, 4 * n, 8 * n}
}

// reconstructed solves for the bits. The variance is that of the error of one count.
func (l *Lab) reconstructed(s System, through string, subsets []subset, cells []cell, variance float64,
	asked int) Result {
	hits, ones := l.solve(subsets, cells, variance), 0
	for _, p := range l.Crowd.people {
		ones += bit(p.secret)
	}
	n := len(l.Crowd.people)
	base := float64(max(ones, n-ones)) / float64(n)
	return rate(fmt.Sprintf("linear reconstruction, %d·n counts", len(subsets)/n), s, through, hits, n, 0.5, nil,
		recoversBits).
		with(yumen.Say("n = %d bits, %d counts, %d statements; naming the commoner value for all gets %.0f %%",
			"n = %d 比特，%d 个计数，%d 条语句；全猜较多者为 %.0f %%",
			n, len(cells), asked, 100*base))
}

func (l *Lab) solve(subsets []subset, cells []cell, variance float64) (hits int) {
	var a [][]bool
	var y []float64
	for i, c := range cells {
		if c.known {
			a, y = append(a, subsets[i].row()), append(y, c.v)
		}
	}
	for i, x := range leastSquares(a, y, len(l.Crowd.people), 1e-6+4*variance) {
		hits += bit((x > 0.5) == l.Crowd.people[i].secret)
	}
	return hits
}
